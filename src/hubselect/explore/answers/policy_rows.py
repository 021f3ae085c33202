"""The policy rows of an instance as statements of a planner: number, unit, year, and one more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hubselect.explore.workbench import Workbench
from hubselect.instance import BudgetRow, Instance, RegionRow, place_of
from hubselect.model.strength import fewest_workstations
from hubselect.model.variables import label


@dataclass(frozen=True)
class PolicyRow:
    """One stated number.

    `stated` is in `unit`s; `year` a position, None where the row speaks of all years. `lower`: at
    least so many are asked; else at most so many allowed. `index`: its place in the policy.
    `coefficient`: the number stands before decisions, not on the right-hand side.
    """

    family: str
    name: str
    stated: float
    unit: str
    year: int | None
    lower: bool
    index: Any = 0
    coefficient: bool = False

    @property
    def of_hubs(self) -> bool:
        """Whether the row speaks of hubs alone: with the hubs fixed it has no price."""
        return self.family in HUB_FAMILIES

    @property
    def step(self) -> float:
        """The step of an arc price unless one is stated: a hub, a point, or 1 %."""
        if self.of_hubs or self.unit == "point":
            return 1.0
        return max(abs(self.stated) * 0.01, 1e-3)


HUB_FAMILIES = (
    "max_open", "openings_per_year", "enlargements_per_year", "rival_sites", "gate", "fix",
    "coverage",
)  # fmt: skip


def policy_rows(i: Instance) -> tuple[PolicyRow, ...]:
    """Every policy row of an instance that has a number, and each rule about one hub."""
    return (*_of_targets(i), *_of_places(i), *_of_money(i), *_of_hubs(i))


def _of_targets(i: Instance) -> Iterator[PolicyRow]:
    p, last = i.policy, len(i.years) - 1
    for n, (t, heads) in enumerate(p.job_target):
        yield PolicyRow("job_target", label("job_target", i.years[t]), heads, "job", t, True, n)
    for n, (t, exports) in enumerate(p.export_target):
        name = label("export_target", i.years[t])
        yield PolicyRow("export_target", name, exports, "million MAD", t, True, n)
    for s, segment in enumerate(i.segments):
        for t, year in enumerate(i.years):
            name = label("demand", segment, year)
            yield PolicyRow("demand", name, float(i.demand[s, t]), "job", t, False, (s, t))
    if p.quality_floor is not None:
        name = label("quality_floor", i.years[last])
        yield PolicyRow(
            "quality_floor", name, p.quality_floor, "point", last, True, coefficient=True
        )


def _of_places(i: Instance) -> Iterator[PolicyRow]:
    for family, rows in (("floors", i.policy.floors), ("ceilings", i.policy.ceilings)):
        lower = family == "floors"
        for n, row in enumerate(rows):
            kind = "regional_floor" if lower else "regional_ceiling"
            name = label(kind, place_of(i, row), i.years[row.year])
            if row.share:
                yield PolicyRow(kind, name, row.share * 100, "point", row.year, lower, n, True)
            else:
                yield PolicyRow(kind, name, row.heads, "job", row.year, lower, n)


def _of_money(i: Instance) -> Iterator[PolicyRow]:
    for n, line in enumerate(i.policy.budgets):
        if line.year < 0:
            name = label("budget_total", line.payer)
            yield PolicyRow("budget_total", name, line.amount, "million MAD", None, False, n)
        else:
            name = label("budget", line.payer, i.years[line.year])
            yield PolicyRow("budget", name, line.amount, "million MAD", line.year, False, n)
    for n, p in enumerate(i.policy.periods):
        name = label("budget_period", n + 1, p.payer, i.years[p.first], i.years[p.last])
        yield PolicyRow("budget_period", name, p.amount, "million MAD", None, False, n)


def _of_hubs(i: Instance) -> Iterator[PolicyRow]:
    p, last = i.policy, len(i.years) - 1
    if p.max_open is not None:
        yield PolicyRow("max_open", label("max_open"), p.max_open, "hub", last, False)
    if p.openings_per_year is not None:
        # one number for all years
        name = label("openings_per_year", i.years[0])
        limit = p.openings_per_year
        yield PolicyRow("openings_per_year", name, limit, "hub a year", None, False)
    if p.enlargements_per_year is not None:
        name, limit = label("enlargements_per_year", i.years[last]), p.enlargements_per_year
        yield PolicyRow("enlargements_per_year", name, limit, "hub a year", None, False)
    for n, row in enumerate(p.coverage):
        if row.share is not None:
            name = label("coverage", n + 1, row.name, i.years[row.year])
            yield PolicyRow("coverage", name, row.share * 100, "point", row.year, True, n)
    if p.minimum_use is not None:
        share = p.minimum_use * 100
        yield PolicyRow("minimum_use", "minimum_use", share, "point", None, True, coefficient=True)
    for n, (a, b) in enumerate(p.rivals):
        name = label("rival_sites", i.sites[a], i.sites[b])
        yield PolicyRow("rival_sites", name, 1, "hub", last, False, n)
    for h in sorted({h for h, _ in p.gated}):
        name = label("gate", i.sites[h], i.years[last])
        yield PolicyRow("gate", name, 0, "hub", last, False, h)
    for n, hub in enumerate(p.fixed):
        name = label("fix", i.sites[hub.site], i.sizes[hub.size], i.years[hub.year])
        yield PolicyRow("fix", name, 1, "hub", hub.year, True, n)


def raised(i: Instance, row: PolicyRow, step: float) -> Instance:
    """The instance with a statement raised by a step in its unit.

    A gate or a pair of rivals is lifted by any step above 0, a decided hub by any below 0.
    """
    p, family = i.policy, row.family
    if family == "demand":
        demand = i.demand.copy()
        demand[row.index] += step
        return i.replace(demand=demand)
    if family in ("job_target", "export_target"):
        stated = list(getattr(p, family))
        t, value = stated[row.index]
        stated[row.index] = (t, value + step)
        return with_policy(i, **{family: tuple(stated)})
    if family in ("regional_floor", "regional_ceiling"):
        field = "floors" if row.lower else "ceilings"
        return with_policy(i, **{field: _places_raised(i, row, step, field)})
    if family in ("budget", "budget_total"):
        lines = list(p.budgets)
        old = lines[row.index]
        lines[row.index] = BudgetRow(old.payer, old.year, old.amount + step)
        return with_policy(i, budgets=tuple(lines))
    if family == "budget_period":
        periods = list(p.periods)
        periods[row.index] = replace(periods[row.index], amount=periods[row.index].amount + step)
        return with_policy(i, periods=tuple(periods))
    return with_policy(i, **_rule_raised(i, row, step))


def _places_raised(i: Instance, row: PolicyRow, step: float, field: str) -> tuple[RegionRow, ...]:
    rows = list(getattr(i.policy, field))
    old: RegionRow = rows[row.index]
    rows[row.index] = (
        replace(old, share=old.share + step / 100)
        if row.coefficient
        else replace(old, heads=old.heads + step)
    )
    return tuple(rows)


def _rule_raised(i: Instance, row: PolicyRow, step: float) -> dict[str, Any]:
    p, number = i.policy, row.stated + step
    if row.family == "quality_floor":
        return {"quality_floor": number}
    if row.family == "minimum_use":
        return {"minimum_use": number / 100}
    if row.family == "coverage":
        rows = list(p.coverage)
        rows[row.index] = replace(rows[row.index], share=number / 100)
        return {"coverage": tuple(rows)}
    if row.family in ("max_open", "openings_per_year", "enlargements_per_year"):
        return {row.family: round(number)}
    if row.family == "gate":
        return {"gated": tuple(g for g in p.gated if g[0] != row.index)}
    field = {"rival_sites": "rivals", "fix": "fixed"}[row.family]
    return {field: tuple(r for n, r in enumerate(getattr(p, field)) if n != row.index)}


def with_policy(i: Instance, **changes: Any) -> Instance:
    """The instance with some policy statements changed."""
    return i.replace(policy=replace(i.policy, **changes))


def strengthened(bench: Workbench, row: PolicyRow, step: float) -> list[tuple[int, float]]:
    """(row, change of its lower side) of the national capacity rows that follow a statement."""
    i = bench.instance
    if row.family not in ("job_target", "demand") or row.year is None:
        return []
    found = bench.compiled.row.get(label("national_capacity", i.years[row.year]))
    heads = dict(i.policy.job_target).get(row.year)
    if found is None or heads is None:
        return []
    after = raised(i, row, step)
    demand = after.demand[:, row.year]
    target = dict(after.policy.job_target)[row.year]
    needed = fewest_workstations(i, target, demand)
    change = needed - fewest_workstations(i, heads, i.demand[:, row.year])
    return [(found, float(change))] if np.isfinite(change) else []
