"""Three prices of each policy statement: operating, planning and arc, in money of its year."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from hubselect.arrays import Arrays
from hubselect.errors import Problem, ScenarioError, nearest
from hubselect.explore.answers.binding import fixed_hubs
from hubselect.explore.answers.one_more import one_more
from hubselect.explore.answers.parametric import SideOfRow, Slope, live
from hubselect.explore.answers.policy_rows import (
    HUB_FAMILIES,
    PolicyRow,
    policy_rows,
    raised,
    strengthened,
)
from hubselect.explore.answers.proven import Difference, Known, Step, Told, ask, base_of
from hubselect.explore.answers.turning import changed
from hubselect.explore.workbench import Workbench
from hubselect.instance import Instance
from hubselect.plan import Plan
from hubselect.solving import Progress
from hubselect.solving.live import LiveLp, Point
from hubselect.tables import records

COLUMNS = [
    "family", "row", "unit", "money_of", "stated", "binds", "operating_mad", "operating_down_mad",
    "holds_from", "holds_to", "planning_mad", "step", "arc_mad", "arc_low_mad", "arc_high_mad",
    "arc_state",
]  # fmt: skip
ASKED = (
    "job_target", "export_target", "regional_floor", "regional_ceiling", "budget", "budget_period",
    "budget_total", "quality_floor", "minimum_use", *HUB_FAMILIES,
)  # fmt: skip
SMALL = 0.01  # of a point, for the slope of a number that stands before decisions


@dataclass(frozen=True, eq=False)
class Prices:
    """What one more unit of each policy statement, and of each resource, adds to the cost.

    `table`: one row a statement, `worth`: what one more job, graduate, place, point or dirham is
    worth. Money in MAD of the row's year, undiscounted; of present value where a row has no year.
    """

    table: pd.DataFrame
    worth: pd.DataFrame
    complete: bool = True

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; an infinite price (no more fits) is written as null."""
        tables = {"prices": self.table, "one_more": self.worth}
        plain = {name: [_plain(row) for row in records(t)] for name, t in tables.items()}
        return {"complete": self.complete, **plain}


def prices(
    plan: Plan | Workbench,
    *,
    arcs: Iterable[str] = ASKED,
    steps: Mapping[str, float] | None = None,
    gap: float | None = None,
    progress: Told | None = None,
) -> Prices:
    """Price every policy statement of a plan three ways.

    Args:
        arcs: families re-optimised for an arc price; demand is not among them unless named.
        steps: step of the arc by family, in the statement's unit; a hub, a point or 1 % if not
            given. May be negative.
        gap: relative gap of the arcs' solves, the plan's unless given.
        progress: told before and during each re-optimisation.

    *Operating*: dual of the plan's linear program, hubs fixed. *Planning*: dual of the
    strengthened relaxation. *Arc*: cost difference after a step, everything re-optimised, divided
    by the step; NaN where its interval contains zero (below the gap).

    Raises:
        ScenarioError: no statement of the plan is of a family named, or a step is 0.
        CertificateError, SolverError: as `solve`.
    """
    bench = plan if isinstance(plan, Workbench) else Workbench.of(plan, gap=gap)
    arcs, steps = frozenset(arcs), dict(steps or {})
    _refuse_strangers(bench, arcs - set(ASKED), steps)
    work = _Pricing(bench, arcs, steps, gap or bench.settings.gap, progress)
    return work.prices()


def _refuse_strangers(bench: Workbench, arcs: Iterable[str], steps: Mapping[str, float]) -> None:
    """Refuse families the plan has no statement of, and steps that lead nowhere."""
    known = sorted({row.family for row in policy_rows(bench.instance)} | set(ASKED))
    problems = [
        Problem(f"{what} '{name}'", "is no statement of this plan", hint=nearest(name, known))
        for what, names in (("arc", sorted(arcs)), ("step", steps))
        for name in names
        if name not in known
    ]
    still = (n for n, by in steps.items() if n in known and not (np.isfinite(by) and by))
    problems += [Problem(f"step {n}={steps[n]:g}", "changes nothing", "not 0") for n in still]
    if problems:
        raise ScenarioError(problems)


@dataclass(eq=False)
class _Pricing:
    bench: Workbench
    arcs: frozenset[str]
    steps: dict[str, float]
    gap: float
    progress: Told | None
    complete: bool = True
    base: Known = field(default_factory=lambda: Known(np.inf, -np.inf))

    def prices(self) -> Prices:
        bench, installed = self.bench, self.bench.plan.decisions.installed
        arrays = fixed_hubs(bench, installed)
        lp, point = live(arrays, bench.settings)
        relaxed, root = live(bench.compiled.arrays, bench.settings)
        assert point is not None and root is not None  # the plan satisfies both
        statements = policy_rows(bench.instance)
        found = []
        for row in statements:
            binds = self._binds(row, arrays, point)
            entry = self._entry(row, binds)
            entry |= self._operating(row, binds, arrays, lp, point)
            entry["planning_mad"] = self._planning(row, relaxed, root)
            found.append(entry)
        worth = one_more(bench, lp, arrays, point)
        self._all_arcs(statements, found)
        return Prices(pd.DataFrame(found, columns=COLUMNS), worth, self.complete)

    def _entry(self, row: PolicyRow, binds: bool | None) -> dict[str, Any]:
        i = self.bench.instance
        return {
            "family": row.family,
            "row": row.name,
            "unit": "dirham" if row.unit == "million MAD" else row.unit,
            "money_of": "present value" if row.year is None else str(i.years[row.year]),
            "stated": row.stated * (1e6 if row.unit == "million MAD" else 1.0),
            "binds": binds,
            "arc_state": "not asked",
        }

    def _binds(self, row: PolicyRow, arrays: Arrays, point: Point) -> bool | None:
        """Whether the plan has no slack; None where several rows stand for the statement."""
        n = self.bench.compiled.row.get(row.name)
        if n is None:
            return None
        side = (arrays.row_lower if row.lower else arrays.row_upper)[n]
        activity = float((arrays.matrix[[n]] @ point.x)[0])
        return bool(abs(activity - side) <= 1e-6 * max(1.0, abs(side)))

    def _operating(
        self, row: PolicyRow, binds: bool | None, arrays: Arrays, lp: LiveLp, point: Point
    ) -> dict[str, float]:
        if row.of_hubs:
            return {}
        if row.coefficient:
            return self._by_instance(row, point)
        n = self.bench.compiled.row[row.name]
        side = SideOfRow(lp, arrays, n, lower=row.lower)
        if binds:
            slope = side.slope(point.cost)
        else:
            activity = float((arrays.matrix[[n]] @ point.x)[0])
            ends = (-np.inf, activity) if row.lower else (activity, np.inf)
            slope = Slope(0.0, 0.0, *ends)
        offset = row.stated - side.side  # constants moved to the other side of the row
        million = 1e6 if row.unit == "million MAD" else 1.0
        return {
            "operating_mad": self._mad(row, slope.up),
            "operating_down_mad": self._mad(row, slope.down),
            "holds_from": (slope.lowest + offset) * million,
            "holds_to": (slope.highest + offset) * million,
        }

    def _by_instance(self, row: PolicyRow, point: Point) -> dict[str, float]:
        """Slopes of a number that stands before decisions: the instance stated anew, hubs fixed."""
        installed = self.bench.plan.decisions.installed
        costs = []
        for step in (SMALL, -SMALL):
            other = changed(self.bench, raised(self.bench.instance, row, step))
            priced = live(fixed_hubs(other, installed), other.settings)[1]
            costs.append(np.inf if priced is None else priced.cost)
        up, down = (costs[0] - point.cost) / SMALL, (point.cost - costs[1]) / SMALL
        return {"operating_mad": self._mad(row, up), "operating_down_mad": self._mad(row, down)}

    def _planning(self, row: PolicyRow, relaxed: LiveLp, root: Point) -> float:
        """Slope of the strengthened relaxation upwards; over a step for points and hubs."""
        bench = self.bench
        if row.of_hubs or row.coefficient:
            step = -1.0 if row.family == "fix" else 1.0
            other = changed(bench, raised(bench.instance, row, step))
            point = live(other.compiled.arrays, other.settings)[1]
            return self._mad(row, ((np.inf if point is None else point.cost) - root.cost) / step)
        n, arrays = bench.compiled.row[row.name], bench.compiled.arrays
        side = SideOfRow(
            relaxed, arrays, n, lower=row.lower, with_it=lambda by: strengthened(bench, row, by)
        )
        if abs(root.row_duals[n]) < 1e-9 and not strengthened(bench, row, 1.0):
            slack = abs(float((arrays.matrix[[n]] @ root.x)[0]) - side.side)
            if slack > 1e-6 * max(1.0, abs(side.side)):
                return 0.0
        step = 1e-4 * max(1.0, abs(side.side))
        return self._mad(row, (side.cost(step) - root.cost) / step)

    def _all_arcs(self, rows: tuple[PolicyRow, ...], entries: list[dict[str, Any]]) -> None:
        asked = [(r, e) for r, e in zip(rows, entries, strict=True) if r.family in self.arcs]
        if not asked:
            return
        self.base = base_of(self.bench, self.gap, None)
        for n, (row, entry) in enumerate(asked):
            step = Step(f"arc price of {row.name}", n, len(asked))
            entry |= self._arc(row, self._told(step))
            if not self.complete:
                return

    def _told(self, step: Step) -> Callable[[Progress], None] | None:
        if self.progress is None:
            return None
        tell = self.progress
        tell(step)
        return lambda inner: tell(replace(step, inner=inner))

    def _arc(self, row: PolicyRow, told: Callable[[Progress], None] | None) -> dict[str, Any]:
        by = self.steps.get(row.family, -1.0 if row.family == "fix" else row.step)
        relaxes = (by > 0) != row.lower
        instance = raised(self.bench.instance, row, by)
        other = changed(self.bench, instance)
        answer = ask(
            other, other.compiled.arrays, instance=instance, title=f"{row.name} {by:+g}",
            gap=self.gap, progress=told,
        )  # fmt: skip
        self.complete = not answer.stopped
        known = answer.known
        step = by * (1e6 if row.unit == "million MAD" else 1.0)
        if known is None:
            return {"step": step, "arc_state": answer.state}
        if relaxes:
            cost = -known.up_to(self.base, nested=True)
        else:
            cost = self.base.up_to(known, nested=True)
        return {"step": step, **self._arc_price(row, cost, by)}

    def _arc_price(self, row: PolicyRow, cost: Difference, by: float) -> dict[str, Any]:
        ends = sorted(self._mad(row, end / by) for end in (cost.low, cost.high))
        return {
            "arc_mad": np.nan if cost.hidden else self._mad(row, cost.value / by),
            "arc_low_mad": ends[0],
            "arc_high_mad": ends[1],
            "arc_state": "below the gap" if cost.hidden else "proven",
        }

    def _mad(self, row: PolicyRow, price: float) -> float:
        """MMAD of present value per unit as MAD of the row's year per unit, or per dirham."""
        return (
            price
            * (1.0 if row.unit == "million MAD" else 1e6)
            * undiscount(self.bench.instance, row.year)
        )


def undiscount(i: Instance, year: int | None) -> float:
    """Factor from present value to money of a year; 1 where there is none."""
    return 1.0 if year is None else 1.0 / float(i.discount[year])


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    def shown(value: Any) -> Any:
        return None if isinstance(value, float) and not np.isfinite(value) else value

    return {key: shown(value) for key, value in row.items()}
