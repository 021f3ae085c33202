"""Instance: sets and parameters of one planning problem, as arrays. No geography, no files.

Letters are those of docs/model.md: R basins, H sites, K sizes, T years, S segments, G skills
(profiles), Q pools, P programmes, A arcs (the R own-basin arcs first). People are heads, money
is MMAD (10⁶ MAD) of the price year, rates are fractions. Arrays are read-only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

PAYERS = ("state", "operator", "firm")


@dataclass(frozen=True)
class RegionRow:
    """A floor or ceiling of a territory in one year: jobs against heads + share · all jobs.

    `basins` are the basins of the territory (one at region level, the provinces of a region at
    province level); `name` is its code, the basin's own when empty.
    """

    basins: tuple[int, ...]
    year: int
    heads: float = 0.0
    share: float = 0.0
    name: str = ""


@dataclass(frozen=True)
class CoverageRow:
    """People of a group who live near an open hub in year index `year`.

    `heads`: the group by basin; `near`: for each basin, the sites within `within` km by road or
    minutes (`unit`) of its main place. `share`: at least this share of all; None: only shown.
    """

    population: str
    within: float
    unit: str
    year: int
    heads: tuple[float, ...]
    near: tuple[tuple[int, ...], ...]
    share: float | None = None

    @property
    def name(self) -> str:
        """What is counted, without the year."""
        return f"{self.population} within {self.within:g} {self.unit}"


@dataclass(frozen=True)
class BudgetRow:
    """Money (MMAD) of a payer: in year index `year`, or over all years when `year` is −1."""

    payer: str
    year: int
    amount: float


@dataclass(frozen=True)
class PeriodBudget:
    """Money (MMAD) of a payer over the year indices `first` to `last`.

    `kinds`: kinds of cost lines it is for; all that is spent in cash when empty.
    """

    payer: str
    first: int
    last: int
    amount: float
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class FixedHub:
    """A decided hub: at least size `size` at site `site` from year index `year` on."""

    site: int
    size: int
    year: int


@dataclass(frozen=True)
class Policy:
    """The policy statements of a scenario: the only rows that infeasibility can be blamed on.

    `job_target`, `export_target`: year index → heads, MMAD. `rivals`: pairs of sites.
    `gated`: sites whose basin fails a gate, with the reason.
    """

    job_target: tuple[tuple[int, float], ...] = ()
    export_target: tuple[tuple[int, float], ...] = ()
    floors: tuple[RegionRow, ...] = ()
    ceilings: tuple[RegionRow, ...] = ()
    coverage: tuple[CoverageRow, ...] = ()
    budgets: tuple[BudgetRow, ...] = ()
    carry_over: bool = True
    periods: tuple[PeriodBudget, ...] = ()
    quality_floor: float | None = None
    gated: tuple[tuple[int, str], ...] = ()
    fixed: tuple[FixedHub, ...] = ()
    max_open: int | None = None
    openings_per_year: int | None = None
    enlargements_per_year: int | None = None
    rivals: tuple[tuple[int, int], ...] = ()
    minimum_use: float | None = None


@dataclass(frozen=True, eq=False)
class Instance:
    """One planning problem. Shapes in brackets; see docs/model.md for units and sources."""

    # labels
    basins: tuple[str, ...]
    sites: tuple[str, ...]
    sizes: tuple[str, ...]
    years: tuple[int, ...]
    segments: tuple[str, ...]
    skills: tuple[str, ...]
    pools: tuple[str, ...]
    programmes: tuple[str, ...]
    names: Mapping[str, str]
    # sites and hubs
    site_basin: Ints  # [H] basin of the site
    increment: Floats  # [K] workstations a size adds to the one below
    first_year: Ints  # [H] first year index a hub may open
    largest_size: Ints  # [H] highest size index allowed, −1: none
    ramp_up: Floats  # [H,T] usable share of an increment by age in years
    capex: Floats  # [H,K] MMAD of the increment, all in, paid on opening
    opex: Floats  # [H,K] MMAD a year of the increment
    capex_premium: Floats  # [H] share of capex the state pays as territorial premium
    workstations: Floats  # [R,T] workstations outside the planned hubs
    # jobs
    base_jobs: Floats  # [R,S] heads at the end of the base year
    workstations_per_job: Floats  # [S]
    attrition: Floats  # [S] share of jobs to rehire each year
    absorption_growth: Floats  # [S] highest growth of a basin's jobs in a year
    absorption_floor: Floats  # [S] heads a basin can add in a year on top
    demand: Floats  # [S,T] heads the market absorbs
    revenue: Floats  # [S,T] exports, MMAD per job-year
    # talent
    base_talent: Floats  # [R,G] job-ready heads at the end of the base year
    talent_inflow: Floats  # [R,G,T] heads a year without funded seats
    leaving: Floats  # [G] share of talent leaving the sector each year
    willing: Floats  # [G] share of talent available to employers
    skill_need: Floats  # [S,G] share of jobs that need at least this profile
    fills: Bools  # [G,G] fills[g,n]: profile g can do a job that needs n
    arc_from: Ints  # [A] basin of residence
    arc_to: Ints  # [A] basin of work
    arc_reach: Floats  # [A,G] share of willing talent that the arc can carry
    arc_cost: Floats  # [A] MMAD per head and year, mobility support
    # training
    base_pool: Floats  # [R,Q] heads at the end of the base year
    pool_inflow: Floats  # [R,Q,T]
    pool_leaving: Floats  # [Q]
    programme_pool: Ints  # [P] pool of origin, −1 where reskilling
    programme_skill: Ints  # [P] profile of origin when reskilling, else −1
    programme_target: Ints  # [P] profile obtained
    completion: Floats  # [P] share of starters who complete
    placement: Floats  # [P] share of completers who join the sector
    finishing: Floats  # [P,T] share of a cohort ending in its a-th year after the start
    seated: Floats  # [P,T] mean share of a cohort in training in its a-th year
    places: Floats  # [R,P,T] places at the plan's disposal
    place_growth: Floats  # [P] highest yearly growth of places
    place_floor: Floats  # [P] places a basin can add in a year on top
    seat_cost: Floats  # [P] MMAD per seat, whole course
    place_cost: Floats  # [P] MMAD per added place
    cohort_size: Floats  # [P] heads of a class that seats fill whole, 0: any number of seats
    # money
    wage: Floats  # [R,S] gross pay, MMAD per job-year
    employer_cost: Floats  # [R,S] gross pay and charges, MMAD per job-year
    rent: Floats  # [R] MMAD per workstation-year
    hiring_premium: Floats  # [R,S,T] MMAD per net creation of the year
    training_premium: Floats  # [R,S,T,T] MMAD in year t (last) per hire of year τ (third)
    tax_expenditure: Floats  # [R,S,T] MMAD per job-year of income tax given up
    discount: Floats  # [T] present value at the base year's end of one MMAD paid in the year
    residual_hub: Floats  # [H,T] share of capex left at the end, by year of opening
    residual_place: Floats  # [T] share of the cost of a place left at the end, by year
    payers: tuple[str, ...]  # payers whose money is minimised
    tax_in_objective: bool
    # policy
    quality: Floats  # [R] quality score, 0–100
    policy: Policy

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def replace(self, **changes: Any) -> Instance:
        """A copy with some parameters changed."""
        return replace(self, **changes)

    def changed(self, other: Instance) -> set[str]:
        """Names of the fields in which another instance differs."""
        pairs = ((f.name, getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return {
            name
            for name, a, b in pairs
            if a is not b and (not np.array_equal(a, b) if isinstance(a, np.ndarray) else a != b)
        }

    @property
    def shape(self) -> dict[str, int]:
        """Number of elements of each set, by letter."""
        sets = {
            "R": self.basins, "H": self.sites, "K": self.sizes, "T": self.years,
            "S": self.segments, "G": self.skills, "Q": self.pools, "P": self.programmes,
            "A": self.arc_from,
        }  # fmt: skip
        return {letter: len(members) for letter, members in sets.items()}

    def sites_of(self, basin: int) -> list[int]:
        """Indices of the sites in a basin."""
        return [h for h in range(len(self.sites)) if self.site_basin[h] == basin]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready copy; `from_dict` restores it exactly."""
        document: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                document[item.name] = value.tolist()
            elif item.name == "policy":
                document[item.name] = policy_to_dict(value)
            else:
                document[item.name] = dict(value) if isinstance(value, Mapping) else value
        return json.loads(json.dumps(document))  # type: ignore[no-any-return]

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Instance:
        """The instance that `to_dict` wrote."""
        values: dict[str, Any] = {}
        for item in fields(cls):
            value = document[item.name]
            dtype = _DTYPES.get(str(item.type))
            if dtype is not None:
                values[item.name] = np.array(value, dtype=dtype)
            elif item.name == "policy":
                values[item.name] = policy_from_dict(value)
            elif isinstance(value, list):
                values[item.name] = tuple(value)
            else:
                values[item.name] = value
        # an empty list has lost its trailing dimensions
        arcs = len(values["arc_from"])
        values["arc_reach"] = values["arc_reach"].reshape(arcs, len(values["skills"]))
        return cls(**values)

    @property
    def hash(self) -> str:
        """SHA-256 of every set and parameter."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()


_DTYPES: dict[str, Any] = {"Floats": np.float64, "Ints": np.int64, "Bools": np.bool_}


def place_of(instance: Instance, row: RegionRow) -> str:
    """Code of the territory of a floor or ceiling."""
    return row.name or "+".join(instance.basins[r] for r in row.basins)


def reached(row: CoverageRow, open_sites: Bools) -> Bools:
    """Which basins have an open site near them, [R]; `open_sites` [H]."""
    return np.array([bool(open_sites[list(near)].any()) for near in row.near], dtype=bool)


def may_open(instance: Instance, year: int) -> Bools:
    """Sites where a hub may stand in year index `year`, [H]: open by then, some size, not gated."""
    allowed = (instance.first_year <= year) & (instance.largest_size >= 0)
    allowed[[h for h, _ in instance.policy.gated]] = False
    return np.asarray(allowed)


def positions(mask: Bools) -> list[int]:
    """Positions where a one-dimensional mask is true, as plain integers."""
    return [int(n) for n in np.flatnonzero(mask)]


def yearly_budgets(policy: Policy) -> list[BudgetRow]:
    """Budgets of single years, in order of year."""
    return sorted((b for b in policy.budgets if b.year >= 0), key=lambda b: b.year)


def policy_to_dict(policy: Policy) -> dict[str, Any]:
    """JSON-ready copy of a policy."""
    document: dict[str, Any] = {}
    for item in fields(policy):
        value = getattr(policy, item.name)
        if item.name in _RECORDS:
            value = [vars(record) for record in value]
        document[item.name] = value
    return document


def policy_from_dict(document: Mapping[str, Any]) -> Policy:
    """The policy that `policy_to_dict` wrote."""
    values: dict[str, Any] = {}
    for name, value in document.items():
        if name in _RECORDS:
            values[name] = tuple(_RECORDS[name](**_tuples(record)) for record in value)
        elif isinstance(value, list):
            values[name] = tuple(tuple(v) for v in value)
        else:
            values[name] = value
    return Policy(**values)


def _tuples(value: Any) -> Any:
    """JSON lists as tuples, at any depth of a record."""
    if isinstance(value, Mapping):
        return {k: _tuples(v) for k, v in value.items()}
    return tuple(_tuples(v) for v in value) if isinstance(value, list | tuple) else value


_RECORDS: dict[str, Any] = {
    "floors": RegionRow,
    "ceilings": RegionRow,
    "coverage": CoverageRow,
    "budgets": BudgetRow,
    "periods": PeriodBudget,
    "fixed": FixedHub,
}
