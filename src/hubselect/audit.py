"""The independent certificate: every equation of docs/model.md recomputed from a plan's tables.

Written from the document with numpy: no solver, nothing from the model room. A violation is
how far a row is from holding, relative to max(1, |right-hand side|).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from hubselect.instance import Floats, Instance, place_of
from hubselect.ledger import cash, ledger, objective
from hubselect.tables import decisions_from

TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Audit:
    """Certificate of a plan: worst violation by family, and the recomputed cost."""

    table: pd.DataFrame  # family, rows, max_violation, where
    objective: float  # MMAD, from the ledger
    objective_error: float  # |ledger − claimed| / max(1, |claimed|)

    @property
    def max_violation(self) -> float:
        """Worst relative violation of any row, the cost's included."""
        return max(float(self.table["max_violation"].max()), self.objective_error)

    @property
    def passed(self) -> bool:
        """Whether everything holds within the tolerance of 1e-6."""
        return self.max_violation <= TOLERANCE

    def to_dict(self) -> dict[str, object]:
        """JSON-ready copy."""
        return {
            "passed": self.passed,
            "max_violation": self.max_violation,
            "objective_mad": self.objective * 1e6,
            "objective_error": self.objective_error,
            "families": self.table.to_dict("records"),
        }


def audit(i: Instance, tables: Mapping[str, pd.DataFrame], claimed: float) -> Audit:
    """Recompute every family and the cost of a plan from its decision tables.

    Args:
        claimed: the objective the plan states [MMAD].
    """
    sheet = _Sheet(i, tables)
    rows = []
    for family, check in CHECKS.items():
        gaps, places = check(sheet)
        gaps = np.nan_to_num(gaps, nan=np.inf, posinf=np.inf)
        worst = int(np.argmax(gaps)) if len(gaps) else -1
        bad = worst >= 0 and gaps[worst] > TOLERANCE
        rows.append(
            {
                "family": family,
                "rows": len(gaps),
                "max_violation": float(max(gaps[worst], 0.0)) if worst >= 0 else 0.0,
                "where": places(worst) if bad else "",
            }
        )
    recomputed = objective(sheet.costs)
    error = abs(recomputed - claimed) / max(1.0, abs(claimed))
    return Audit(pd.DataFrame(rows), recomputed, error)


Checked = tuple[Floats, Callable[[int], str]]


class _Sheet:
    """Instance and decisions under short names, as in docs/model.md."""

    DECIDED = ("z", "n", "m", "J", "e", "x", "S", "U", "a", "c", "carry")

    def __init__(self, i: Instance, tables: Mapping[str, pd.DataFrame]) -> None:
        self.i = i
        d = decisions_from(i, tables)
        self.z, self.n, self.m, self.J = d.installed, d.seats, d.places_added, d.jobs
        self.e, self.x, self.S, self.U = d.staff, d.recruits, d.talent, d.pool
        self.a, self.c, self.carry = d.hires, d.net_creations, d.carry
        self.costs = ledger(i, d)
        self.J0 = np.concatenate([i.base_jobs[:, :, None], self.J[:, :, :-1]], axis=2)
        self.used = np.einsum("s,rst->rt", i.workstations_per_job, self.J)

    def offered(self, since: int = 0) -> Floats:
        """Usable workstations by basin and year of what opened `since` years ago or earlier."""
        i, total = self.i, np.zeros((len(self.i.basins), len(self.i.years)))
        for h, r in enumerate(i.site_basin):
            for k, size in enumerate(i.increment):
                opening = np.diff(np.concatenate([[0.0], self.z[h, k]]))
                for u in np.flatnonzero(opening):
                    for t in range(u + since, len(i.years)):
                        total[r, t] += size * opening[u] * i.ramp_up[h, t - u]
        return total


def _le(left: Floats, right: Floats, *labels: Any) -> Checked:
    """left ≤ right, elementwise."""
    left, right = np.broadcast_arrays(np.asarray(left, float), np.asarray(right, float))
    gaps = ((left - right) / np.maximum(1.0, np.abs(right))).ravel()
    return gaps, lambda n: _place(np.unravel_index(n, left.shape), labels)


def _eq(left: Floats, right: Floats, *labels: Any) -> Checked:
    gaps = (np.abs(left - right) / np.maximum(1.0, np.abs(right))).ravel()
    return gaps, lambda n: _place(np.unravel_index(n, np.shape(left)), labels)


def _place(index: tuple[Any, ...], labels: tuple[Any, ...]) -> str:
    return " ".join(str(members[n]) for members, n in zip(labels, index, strict=False))


def _rows(found: list[tuple[float, float, str]]) -> Checked:
    """left ≤ right for a list of (left, right, place)."""
    gaps = np.array([(a - b) / max(1.0, abs(b)) for a, b, _ in found])
    return gaps, lambda n: found[n][2]


def _domain(s: _Sheet) -> Checked:
    """Every decision is a number, and none is negative."""
    values = {name: getattr(s, name).ravel() for name in _Sheet.DECIDED}
    gaps = np.concatenate([np.where(np.isfinite(v), -v, np.inf) for v in values.values()])
    names = [name for name, v in values.items() for _ in v]
    return gaps, lambda n: names[n]


def _ladder(s: _Sheet) -> Checked:
    i = s.i
    return _le(s.z[:, 1:], s.z[:, :-1], i.sites, i.sizes[1:], i.years)


def _permanence(s: _Sheet) -> Checked:
    i = s.i
    return _le(s.z[:, :, :-1], s.z[:, :, 1:], i.sites, i.sizes, i.years)


def _status(s: _Sheet) -> Checked:
    i = s.i
    early = np.arange(len(i.years))[None, None, :] < i.first_year[:, None, None]
    large = np.arange(len(i.sizes))[None, :, None] > i.largest_size[:, None, None]
    whole = np.abs(s.z - np.rint(s.z))
    return _le(np.where(early | large, s.z, whole), np.zeros_like(s.z), i.sites, i.sizes, i.years)


def _workstations(s: _Sheet) -> Checked:
    return _le(s.used, s.i.workstations + s.offered(), s.i.basins, s.i.years)


def _jobs_from_staff(s: _Sheet) -> Checked:
    return _eq(s.e.sum(axis=2), s.J, s.i.basins, s.i.segments, s.i.years)


def _segment_mix(s: _Sheet) -> Checked:
    """Hall's condition for every set of needs, and no staff that fills none."""
    i, found = s.i, []
    for q, segment in enumerate(i.segments):
        needs = np.flatnonzero(i.skill_need[q] > 0)
        idle = ~i.fills[:, needs].any(axis=1)
        found.append((float(s.e[:, q, idle].sum()), 0.0, f"{segment} unfit staff"))
        for size in range(1, len(needs) + 1):
            for group in combinations(needs, size):
                fit = i.fills[:, list(group)].any(axis=1)
                need = i.skill_need[q, list(group)].sum() * s.J[:, q]
                have = s.e[:, q, fit].sum(axis=1)
                for r, t in np.ndindex(need.shape):
                    place = f"{i.basins[r]} {segment} {i.years[t]}"
                    found.append((float(need[r, t] - have[r, t]), 0.0, place))
    scale = max(1.0, float(s.J.max(initial=0.0)))
    return _rows([(a / scale, b, place) for a, b, place in found])


def _recruitment(s: _Sheet) -> Checked:
    arrived = np.zeros_like(s.S)
    np.add.at(arrived, s.i.arc_to, s.x)
    return _eq(arrived, s.e.sum(axis=1), s.i.basins, s.i.skills, s.i.years)


def _willing_talent(s: _Sheet) -> Checked:
    drawn = np.zeros_like(s.S)
    np.add.at(drawn, s.i.arc_from, s.x)
    return _le(drawn, s.i.willing[None, :, None] * s.S, s.i.basins, s.i.skills, s.i.years)


def _arc_reach(s: _Sheet) -> Checked:
    i = s.i
    limit = i.arc_reach[:, :, None] * i.willing[None, :, None] * s.S[i.arc_from]
    arcs = [f"{i.basins[a]}→{i.basins[b]}" for a, b in zip(i.arc_from, i.arc_to, strict=True)]
    return _le(s.x, limit, arcs, i.skills, i.years)


def _talent_balance(s: _Sheet) -> Checked:
    i = s.i
    expected = np.zeros_like(s.S)
    before = i.base_talent
    for t in range(len(i.years)):
        stock = before * (1.0 - i.leaving) + i.talent_inflow[:, :, t]
        for p in range(len(i.programmes)):
            ended = sum(s.n[:, p, u] * i.finishing[p, t - u] for u in range(t + 1))
            success = i.completion[p] * i.placement[p]
            stock[:, i.programme_target[p]] += success * ended
            if i.programme_skill[p] >= 0:
                stock[:, i.programme_skill[p]] += (1.0 - success) * ended - s.n[:, p, t]
        expected[:, :, t] = stock
        before = s.S[:, :, t]
    return _eq(s.S, expected, i.basins, i.skills, i.years)


def _reskilling(s: _Sheet) -> Checked:
    i = s.i
    sent = np.zeros_like(s.S)
    for p in np.flatnonzero(i.programme_skill >= 0):
        sent[:, i.programme_skill[p]] += s.n[:, p]
    before = np.concatenate([i.base_talent[:, :, None], s.S[:, :, :-1]], axis=2)
    return _le(sent, before * (1.0 - i.leaving)[None, :, None], i.basins, i.skills, i.years)


def _pool_balance(s: _Sheet) -> Checked:
    i = s.i
    taken = np.zeros_like(s.U)
    for p in np.flatnonzero(i.programme_pool >= 0):
        taken[:, i.programme_pool[p]] += s.n[:, p]
    before = np.concatenate([i.base_pool[:, :, None], s.U[:, :, :-1]], axis=2)
    expected = before * (1.0 - i.pool_leaving)[None, :, None] + i.pool_inflow - taken
    return _eq(s.U, expected, i.basins, i.pools, i.years)


def _training_places(s: _Sheet) -> Checked:
    i = s.i
    seated = np.zeros_like(s.n)
    for t in range(len(i.years)):
        for u in range(t + 1):
            seated[:, :, t] += i.seated[:, t - u] * s.n[:, :, u]
    added = np.cumsum(s.m, axis=2) - s.m
    return _le(seated, i.places + added, i.basins, i.programmes, i.years)


def _place_growth(s: _Sheet) -> Checked:
    i = s.i
    existing = i.places + np.cumsum(s.m, axis=2) - s.m
    limit = i.place_growth[None, :, None] * existing + i.place_floor[None, :, None]
    return _le(s.m, limit, i.basins, i.programmes, i.years)


def _hires(s: _Sheet) -> Checked:
    stay = (1.0 - s.i.attrition)[None, :, None]
    return _le(s.J - stay * s.J0, s.a, s.i.basins, s.i.segments, s.i.years)


def _net_creations(s: _Sheet) -> Checked:
    return _le(s.J - s.J0, s.c, s.i.basins, s.i.segments, s.i.years)


def _absorption(s: _Sheet) -> Checked:
    i = s.i
    limit = (1.0 + i.absorption_growth)[None, :, None] * s.J0 + i.absorption_floor[None, :, None]
    return _le(s.J, limit, i.basins, i.segments, i.years)


def _openings_per_year(s: _Sheet) -> Checked:
    limit = s.i.policy.openings_per_year
    opened = np.diff(s.z[:, 0], axis=1, prepend=0.0).sum(axis=0)
    return _rows([] if limit is None else [(float(o), limit, "") for o in opened])


def _max_open(s: _Sheet) -> Checked:
    limit = s.i.policy.max_open
    return _rows([] if limit is None else [(float(s.z[:, 0, -1].sum()), limit, "")])


def _rival_sites(s: _Sheet) -> Checked:
    return _rows(
        [
            (float(s.z[a, 0, -1] + s.z[b, 0, -1]), 1.0, f"{s.i.sites[a]} {s.i.sites[b]}")
            for a, b in s.i.policy.rivals
        ]
    )


def _minimum_use(s: _Sheet) -> Checked:
    share = s.i.policy.minimum_use
    if share is None:
        return _rows([])
    start = s.i.base_jobs @ s.i.workstations_per_job
    grown = s.used - start[:, None]
    return _le((share * s.offered(since=1))[:, 1:], grown[:, 1:], s.i.basins, s.i.years[1:])


def _demand(s: _Sheet) -> Checked:
    return _le(s.J.sum(axis=0), s.i.demand, s.i.segments, s.i.years)


def _job_target(s: _Sheet) -> Checked:
    total = s.J.sum(axis=(0, 1))
    return _rows(
        [(-float(total[t]), -heads, str(s.i.years[t])) for t, heads in s.i.policy.job_target]
    )


def _export_target(s: _Sheet) -> Checked:
    exports = ((s.J + s.J0) / 2 * s.i.revenue[None]).sum(axis=(0, 1))
    return _rows(
        [(-float(exports[t]), -goal, str(s.i.years[t])) for t, goal in s.i.policy.export_target]
    )


def _regional_floor(s: _Sheet) -> Checked:
    found = []
    for f in s.i.policy.floors:
        jobs = s.J[:, :, f.year].sum(axis=1)
        required = f.heads + f.share * float(jobs.sum())
        here = float(jobs[list(f.basins)].sum())
        found.append((-here, -required, place_of(s.i, f)))
    return _rows(found)


def _regional_ceiling(s: _Sheet) -> Checked:
    found = []
    for f in s.i.policy.ceilings:
        jobs = s.J[:, :, f.year].sum(axis=1)
        allowed = f.heads + f.share * float(jobs.sum())
        here = float(jobs[list(f.basins)].sum())
        found.append((here, allowed, place_of(s.i, f)))
    return _rows(found)


def _budget(s: _Sheet) -> Checked:
    found, kept = [], dict.fromkeys(("state", "operator", "firm"), 0.0)
    for row in sorted((b for b in s.i.policy.budgets if b.year >= 0), key=lambda b: b.year):
        year = s.i.years[row.year]
        spent = cash(s.costs, row.payer, year)
        left = kept[row.payer] + row.amount - spent
        found.append((spent, kept[row.payer] + row.amount, f"{row.payer} {year}"))
        kept[row.payer] = max(left, 0.0) if s.i.policy.carry_over else 0.0
    return _rows(found)


def _budget_total(s: _Sheet) -> Checked:
    return _rows(
        [
            (sum(cash(s.costs, b.payer, y) for y in s.i.years), b.amount, b.payer)
            for b in s.i.policy.budgets
            if b.year < 0
        ]
    )


def _quality_floor(s: _Sheet) -> Checked:
    floor = s.i.policy.quality_floor
    if floor is None:
        return _rows([])
    jobs = s.J[:, :, -1].sum(axis=1)
    return _rows([(floor * float(jobs.sum()), float(s.i.quality @ jobs), "")])


def _gate(s: _Sheet) -> Checked:
    return _rows([(float(s.z[h, 0].max()), 0.0, s.i.sites[h]) for h, _ in s.i.policy.gated])


def _fix(s: _Sheet) -> Checked:
    return _rows(
        [(-float(s.z[f.site, f.size, f.year]), -1.0, s.i.sites[f.site]) for f in s.i.policy.fixed]
    )


# one check a family of docs/model.md, in its order, after the domain
CHECKS: Mapping[str, Callable[[_Sheet], Checked]] = {
    check.__name__.removeprefix("_"): check
    for check in (
        _domain, _ladder, _permanence, _status, _workstations, _jobs_from_staff, _segment_mix,
        _recruitment, _willing_talent, _arc_reach, _talent_balance, _reskilling, _pool_balance,
        _training_places, _place_growth, _hires, _net_creations, _absorption, _openings_per_year,
        _max_open, _rival_sites, _minimum_use, _demand, _job_target, _export_target,
        _regional_floor, _regional_ceiling, _budget, _budget_total, _quality_floor, _gate, _fix,
    )
}  # fmt: skip
