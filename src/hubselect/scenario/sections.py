"""What a scenario may say: one frozen pydantic model per section, every field with its unit.

Unknown keys are refused. Dictionaries by year use the calendar year as key, by region the
region's code, by segment, skill, programme or pool the key used in the atlas.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict
from pydantic_core import PydanticCustomError

from hubselect.devices import Device


def _number(given: Any) -> Any:
    """Refuse true and false, which Python takes for 1 and 0."""
    if isinstance(given, bool):
        raise PydanticCustomError("number", "a number, not true or false")
    return given


Payer = Literal["state", "operator", "firm"]
NotFlag = BeforeValidator(_number)
Flag = Annotated[bool, Strict()]
Share = Annotated[float, Field(ge=0, le=1), NotFlag]
Positive = Annotated[float, Field(ge=0, allow_inf_nan=False), NotFlag]
Factor = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False), NotFlag]
Year = Annotated[int, Field(ge=2000, le=2100), NotFlag]
Count = Annotated[int, Field(ge=0), NotFlag]


class Section(BaseModel):
    """Base of all sections: frozen, strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class About(Section):
    """What the scenario is: title, story and sources, for people."""

    title: str = ""
    story: str = ""
    sources: tuple[str, ...] = ()


class Horizon(Section):
    """Years: the last observed one and the years decided."""

    base_year: Year = 2025
    first_year: Year = 2026
    last_year: Year = 2030


class Targets(Section):
    """What must be reached by year: jobs (heads at 31 December), exports (MAD over the year)."""

    jobs: dict[Year, Positive] = {}
    exports: dict[Year, Positive] = {}


class Hub(Section):
    """A decision about one site: a size of national/hub_sizes, by a year."""

    site: str
    size: str
    year: Year


class Hubs(Section):
    """The hub programme: how many, how fast, where not, and what is decided already."""

    max_open: Count | None = None
    openings_per_year: Count | None = None
    enlargements_per_year: Count | None = Field(default=None, description="0: hubs never grow")
    minimum_use: Share | None = Field(
        default=None, description="share of ramped-up places in use from a hub's second year"
    )
    earliest_year: dict[str, Year] = {}
    largest_size: dict[str, str] = {}
    forbidden: tuple[str, ...] = ()
    decided: tuple[Hub, ...] = ()
    rivals: tuple[tuple[str, str], ...] = ()
    ramp_up: Literal["score", "strong", "regional"] = "score"
    capex_factor: Factor = 1.0
    market_offices: Flag = True


class Demand(Section):
    """What the market absorbs: percent a year by segment, and a factor by segment and year."""

    growth: dict[str, Annotated[float, Field(ge=-100, le=200), NotFlag]] = {}
    factor: dict[str, dict[Year, Factor]] = {}
    productivity_growth: dict[str, Annotated[float, Field(ge=-50, le=100), NotFlag]] = {}


class Talent(Section):
    """People: how far they move, and factors on the spontaneous inflow and the leavers.

    `travel` reads distance by road, or by the time of the fastest link (`network`).
    """

    mobility_radius: Positive = Field(default=300.0, description="km by road")
    travel: Literal["distance", "network"] = "distance"
    inflow_factor: Factor = 1.0
    leaving_factor: Factor = 1.0


class Training(Section):
    """Funded seats: on or off, whether places may grow, and which programmes are left out."""

    seats: Flag = True
    new_places: Flag = True
    exclude: tuple[str, ...] = ()
    cost_factor: Factor = 1.0
    completion_factor: Factor = 1.0
    cohort_size: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="seats start in whole classes of so many heads"
    )
    cohort_programmes: tuple[str, ...] = Field(
        default=(), description="programmes with whole classes; all when empty"
    )


class Coverage(Section):
    """People near a hub: a group of table basins, within km by road or minutes, share, year."""

    population: str = Field(description="a field of table basins that counts people or things")
    within_km: Positive | None = Field(default=None, description="km by road")
    within_minutes: Positive | None = Field(default=None, description="minutes by road")
    share: Share | None = Field(default=None, description="at least; absent: shown, not asked")
    year: Year | None = Field(default=None, description="the last year when absent")


class RegionRules(Section):
    """Territory: floors and ceilings by region, regions left out, gates on pillar scores."""

    leave_out: tuple[str, ...] = ()
    add: str | None = Field(
        default=None, description="workbook or folder of basins laid over the data"
    )
    jobs_floor: dict[str, Positive] = Field(default={}, description="heads in the last year")
    jobs_floor_all: Positive | None = Field(
        default=None, description="heads in the last year, every region"
    )
    share_floor: dict[str, Share] = Field(default={}, description="share of all jobs, last year")
    share_ceiling: dict[str, Share] = Field(default={}, description="share of all jobs, last year")
    coverage: tuple[Coverage, ...] = ()
    gates: dict[str, Positive] = Field(
        default={}, description="lowest pillar score (0-100) a region needs to receive a hub"
    )
    gate_rank: Annotated[int, Field(ge=1), NotFlag] | None = Field(
        default=None, description="a region needs rank ≤ this to receive a hub …"
    )
    gate_probability: Share = Field(
        default=0.5, description="… with at least this probability over drawn weights and data"
    )
    only_hubs_in: tuple[str, ...] = ()


KINDS: dict[str, tuple[str, ...]] = {
    "state": (
        "territorial_premium", "seats", "training_places", "mobility", "hiring_premium",
        "training_premium",
    ),
    "operator": ("capex", "opex"),
    "firm": ("rent", "employment"),
}  # fmt: skip


class BudgetPeriod(Section):
    """Money of a payer over several years, MAD, for all its cash or some kinds of cost lines."""

    payer: Payer
    first_year: Year
    last_year: Year
    amount: Positive
    kinds: tuple[str, ...] = Field(default=(), description="kinds of cost lines; all when empty")


class Budget(Section):
    """Money of the price year each payer can spend, MAD: by year, by period and in total."""

    yearly: dict[Payer, dict[Year, Positive]] = {}
    periods: tuple[BudgetPeriod, ...] = ()
    total: dict[Payer, Positive] = {}
    carry_over: Flag = True


class Finance(Section):
    """How money is counted: discount rate (percent a year), payers, residual value, taxes."""

    discount_rate: Annotated[float, Field(ge=0, le=50), NotFlag] | None = None
    payers: Annotated[tuple[Payer, ...], Field(min_length=1)] = ("state", "operator")
    residual_value: Flag = True
    tax_expenditure: Flag = False


class Quality(Section):
    """Lowest mean quality score (0-100) of the jobs of the last year."""

    floor: Annotated[float, Field(ge=0, le=100), NotFlag] | None = None


class Score(Section):
    """The index: a preset or a tree of its own, weight overrides, aggregation across pillars."""

    preset: str = "default"
    criteria: dict[str, Any] = {}
    weights: dict[str, Annotated[float, Field(allow_inf_nan=True), NotFlag]] = {}
    aggregation: str | None = None
    minimum_coverage: Share = 0.65


class Solve(Section):
    """How to solve: relative gap, seconds, threads, seed, solver, and each device on or off."""

    gap: Share = 0.001
    time_limit: Positive = 600.0
    threads: Annotated[int, Field(ge=1, le=64), NotFlag] = 2
    seed: Count = 0
    solver: str = "HiGHS"
    decomposition: Flag = True
    national_capacity: Flag = True
    floor_cover: Flag = True
    without: tuple[Device, ...] = Field(
        default=(), description="devices of the search to leave out; none changes the optimum"
    )


class Document(Section):
    """A whole scenario, as written in TOML."""

    about: About = About()
    horizon: Horizon = Horizon()
    targets: Targets = Targets()
    hubs: Hubs = Hubs()
    demand: Demand = Demand()
    talent: Talent = Talent()
    training: Training = Training()
    regions: RegionRules = RegionRules()
    budget: Budget = Budget()
    finance: Finance = Finance()
    quality: Quality = Quality()
    score: Score = Score()
    solve: Solve = Solve()
