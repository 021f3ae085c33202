"""Cost against one or two other things a planner wants, by ε-constraint.

For each level ε of the other criterion the least cost is found and bounded. The points are
filtered to those no other one beats, and costs and bounds made monotone, which they are in truth.
Y. Haimes, L. Lasdon and D. Wismer, IEEE Trans. SMC 1 (1971) 296-297; efficiency of the points by
a second stage: G. Mavrotas, Applied Mathematics and Computation 213 (2009) 455-465.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Any

import numpy as np
import pandas as pd

from hubselect.arrays import Arrays
from hubselect.errors import Problem, ScenarioError
from hubselect.explore.answers.criteria import Criterion, criterion
from hubselect.explore.answers.proven import Answer, Step, Told, ask
from hubselect.explore.workbench import Workbench
from hubselect.instance import Instance
from hubselect.plan import Plan
from hubselect.solving import Progress
from hubselect.tables import records

Levels = Mapping[str, Sequence[float]]
ORDERS = 40  # rows added at most for one level of a criterion stated row by row
RESOLUTION = 1e-3  # of the range: what the second stage tells apart


@dataclass(frozen=True, eq=False)
class Point:
    """A plan on the frontier and what is proven: no plan at its levels costs less than `bound`."""

    levels: tuple[float, ...]
    values: tuple[float, ...]
    cost: float
    bound: float
    plan: Plan
    efficient: bool | None = None


@dataclass(frozen=True, eq=False)
class Frontier:
    """Non-dominated points of cost against other criteria, and MAD per unit between them.

    `table`: one row a point in the order of the first criterion: cost_mad, bound_mad, for each
    criterion its value and level, `efficient` (proven that nothing beats it at `RESOLUTION`; None:
    not asked), hubs; with one criterion also mad_per_unit to the point before, with its interval.
    `none_beyond`: levels proven to admit no plan. `unanswered`: levels without plan or proof
    before the time limit.
    """

    against: tuple[str, ...]
    table: pd.DataFrame
    plans: tuple[Plan, ...]
    none_beyond: tuple[tuple[float, ...], ...]
    unanswered: tuple[tuple[float, ...], ...] = ()
    complete: bool = True

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; money in MAD."""
        return {
            "against": list(self.against),
            "complete": self.complete,
            "points": [
                {k: None if isinstance(v, float) and not np.isfinite(v) else v
                 for k, v in row.items()}
                for row in records(self.table)
            ],
            "no_plan_at": [list(levels) for levels in self.none_beyond],
            "unanswered": [list(levels) for levels in self.unanswered],
        }  # fmt: skip


def frontier(
    plan: Plan | Workbench,
    against: str | Sequence[str] = "jobs",
    *,
    levels: Levels | None = None,
    points: int = 5,
    population: Mapping[str, float] | None = None,
    check: bool = False,
    gap: float | None = None,
    progress: Told | None = None,
) -> Frontier:
    """Least cost at levels of one or two criteria.

    Args:
        against: one or two of 'jobs', 'quality', 'fairness', 'gini', 'budget:state',
            'budget:operator', 'budget:firm'.
        levels: levels by criterion; by default `points` of them from the plan's own value on.
        population: working-age inhabitants by basin, for 'fairness' and 'gini'.
        check: prove of each point that nothing beats it (at least one more solve each).
        gap: relative gap of every solve, the plan's unless given.
        progress: told before and during each solve.

    Every plan is certified. Ctrl-C gives the points found, `complete` False.

    Raises:
        ScenarioError: unknown criteria, more than two, or no population where it is needed.
        CertificateError, SolverError: as `solve`.
    """
    names = (against,) if isinstance(against, str) else tuple(against)
    if not 1 <= len(names) <= 2 or len(set(names)) < len(names):
        raise ScenarioError([Problem("against", f"names {list(names)}", "one or two criteria")])
    bench = plan if isinstance(plan, Workbench) else Workbench.of(plan, gap=gap)
    chosen = [criterion(bench, name, population) for name in names]
    grids = [_grid(bench, c, points, (levels or {}).get(c.name)) for c in chosen]
    return _Walk(bench, chosen, grids, gap or bench.settings.gap, check, progress).frontier()


def _grid(
    bench: Workbench, c: Criterion, points: int, levels: Sequence[float] | None
) -> list[float]:
    """Levels from the easiest to the hardest."""
    if levels is None:
        now = c.value(bench.plan)
        levels = list(np.linspace(now, _far(bench, c, now), points))
    return sorted({float(v) for v in levels}, reverse=not c.higher)


def _far(bench: Workbench, c: Criterion, now: float) -> float:
    """A level worth asking for that is far from the plan's own value."""
    if c.ideal is not None:
        # some of the way to what the relaxation allows, but no more than a planner would discuss
        step = (0.9 if c.higher else 0.3) * (c.ideal() - now)
        return now + float(np.sign(step)) * min(abs(step), 0.04 * abs(now))
    if c.name == "quality":
        return now + 0.25 * (float(bench.instance.quality.max()) - now)
    return 0.9 * now if c.name == "gini" else max(2 * now, 0.1)


@dataclass(eq=False)
class _Walk:
    bench: Workbench
    criteria: list[Criterion]
    grids: list[list[float]]
    gap: float
    check: bool
    progress: Told | None
    asked: int = 0
    complete: bool = True

    def frontier(self) -> Frontier:
        found: list[Point] = []
        none: list[tuple[float, ...]] = []
        unanswered: list[tuple[float, ...]] = []
        for levels in product(*self.grids):
            if any(self._harder(levels, known) for known in none):
                continue
            answer, bound = self._least(levels, self._told(levels))
            if answer.plan is not None and answer.known is not None:
                values = tuple(c.value(answer.plan) for c in self.criteria)
                found.append(Point(levels, values, answer.known.cost, bound, answer.plan))
            elif answer.state == "nothing fits":
                none.append(levels)
            else:
                unanswered.append(levels)
            if answer.stopped:
                self.complete = False
                break
        kept = self._efficient(self._monotone(found))
        kept.sort(key=lambda p: [v if c.higher else -v for c, v in zip(self.criteria, p.values,
                                                                     strict=True)])  # fmt: skip
        return Frontier(
            tuple(c.name for c in self.criteria), self._table(kept), tuple(p.plan for p in kept),
            tuple(none), tuple(unanswered), self.complete,
        )  # fmt: skip

    def _harder(self, levels: tuple[float, ...], known: tuple[float, ...]) -> bool:
        """Whether levels ask at least as much as known ones."""
        return all(
            a >= b if c.higher else a <= b
            for c, a, b in zip(self.criteria, levels, known, strict=True)
        )

    def _told(self, levels: tuple[float, ...]) -> Callable[[Progress], None] | None:
        of = int(np.prod([len(g) for g in self.grids]))
        shown = ", ".join(f"{c.name} {v:,.6g}" for c, v in zip(self.criteria, levels, strict=True))
        step = Step(f"least cost with {shown}", self.asked, of)
        self.asked += 1
        if self.progress is None:
            return None
        tell = self.progress
        tell(step)
        return lambda inner: tell(replace(step, inner=inner))

    def _least(
        self, levels: tuple[float, ...], told: Callable[[Progress], None] | None
    ) -> tuple[Answer, float]:
        """Least cost at these levels and its bound; rows of a criterion are added as they break."""
        arrays: Arrays = self.bench.compiled.arrays
        instance: Instance = self.bench.instance
        for c, level in zip(self.criteria, levels, strict=True):
            arrays, instance = c.hold(arrays, level), c.instance(instance, level)
        bound = -np.inf
        for _ in range(ORDERS):
            answer = ask(
                self.bench, arrays, instance=instance, title="a point of a frontier",
                gap=self.gap, progress=told,
            )  # fmt: skip
            if answer.plan is None or answer.known is None:
                return answer, bound
            bound = max(bound, answer.known.bound)
            more = self._broken(arrays, levels, answer.plan)
            if more is None or answer.stopped:
                return (answer if more is None else Answer("interrupted")), bound
            arrays = more
        return Answer("no plan yet"), bound

    def _broken(self, arrays: Arrays, levels: tuple[float, ...], plan: Plan) -> Arrays | None:
        for c, level in zip(self.criteria, levels, strict=True):
            more = None if c.tighten is None else c.tighten(arrays, level, plan)
            if more is not None:
                return more
        return None

    def _monotone(self, found: Sequence[Point]) -> list[Point]:
        """Each point with the best bound that easier levels prove; points that are beaten left out.

        A plan at harder levels is one at easier ones too, so bounds can only rise with the levels.
        """
        bounded = []
        for p in found:
            proven = max(q.bound for q in found if self._harder(p.levels, q.levels))
            bounded.append(replace(p, bound=min(p.cost, proven)))
        kept = []
        for n, p in enumerate(bounded):
            others = [(m, q) for m, q in enumerate(bounded) if m != n]
            if not any(self._beats(q, p, m < n) for m, q in others):
                kept.append(p)
        return kept

    def _beats(self, q: Point, p: Point, first: bool) -> bool:
        """Whether q is nowhere worse than p and somewhere better; of equals the first stays."""
        noise = 1e-7 * max(1.0, abs(p.cost))
        pairs = list(zip(self.criteria, q.values, p.values, strict=True))
        if q.cost > p.cost + noise or any(c.better(b, a) for c, a, b in pairs):
            return False
        return first or q.cost < p.cost - noise or any(c.better(a, b) for c, a, b in pairs)

    def _efficient(self, points: list[Point]) -> list[Point]:
        """The points with `efficient` said, where asked: a better level is proven to cost more.

        A point that is beaten gives way to the plan that beats it.
        """
        if not self.check or not self.complete:
            return points
        ranges = [
            max(abs(g[-1] - g[0]), 1e-3 * max(1.0, abs(g[-1]))) * RESOLUTION for g in self.grids
        ]
        return self._monotone([self._proved(p, ranges) for p in points])

    def _proved(self, point: Point, ranges: Sequence[float]) -> Point:
        for _ in range(ORDERS):
            proofs = []
            for n, step in enumerate(ranges):
                c = self.criteria[n]
                harder = list(point.values)
                harder[n] += step if c.higher else -step
                answer, bound = self._least(tuple(harder), None)
                known = answer.known
                noise = 1e-7 * max(1.0, abs(point.cost))
                if answer.plan is not None and known is not None and (
                    known.cost <= point.cost + noise
                ):  # fmt: skip
                    values = tuple(o.value(answer.plan) for o in self.criteria)
                    point = replace(point, values=values, cost=known.cost, plan=answer.plan)
                    break
                proofs.append(answer.state == "nothing fits" or bound > point.cost + noise)
            else:
                return replace(point, efficient=all(proofs))
        return replace(point, efficient=False)

    def _table(self, points: Sequence[Point]) -> pd.DataFrame:
        rows = []
        for p in points:
            row: dict[str, Any] = {"cost_mad": p.cost * 1e6, "bound_mad": p.bound * 1e6}
            for c, value, level in zip(self.criteria, p.values, p.levels, strict=True):
                row |= {c.name: value, f"{c.name}_asked": level}
            row |= {"efficient": p.efficient}
            row |= {"hubs": int(p.plan.decisions.installed[:, 0, -1].sum())}
            rows.append(row)
        columns = ["cost_mad", "bound_mad"]
        for c in self.criteria:
            columns += [c.name, f"{c.name}_asked"]
        table = pd.DataFrame(rows, columns=[*columns, "efficient", "hubs"])
        return table.assign(**self._between(points)) if len(self.criteria) == 1 else table

    def _between(self, points: Sequence[Point]) -> dict[str, list[float]]:
        """MAD for each unit more than at the point before, NaN where the gaps hide it."""
        price, low, high = ([np.nan] for _ in range(3))
        for a, b in pairwise(points):
            step = abs(b.values[0] - a.values[0])
            # the bound at b's level holds for all it asks; a's plan may reach beyond its level
            ends = ((b.bound - a.cost) / step * 1e6, (b.cost - a.bound) / step * 1e6)
            low.append(ends[0])
            high.append(ends[1])
            price.append((b.cost - a.cost) / step * 1e6 if ends[0] > 0 else np.nan)
        names = ("mad_per_unit", "mad_per_unit_low", "mad_per_unit_high")
        return dict(zip(names, (price, low, high), strict=True))
