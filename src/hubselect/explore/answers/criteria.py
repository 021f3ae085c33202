"""What a planner weighs against cost: jobs, quality, money of a payer, fairness, inequality.

Each criterion is a linear condition on a plan at any level asked: at least so much (or at most).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from hubselect.arrays import Arrays
from hubselect.errors import Problem, ScenarioError, nearest
from hubselect.explore.answers.policy_rows import PolicyRow, policy_rows, strengthened
from hubselect.explore.workbench import Workbench
from hubselect.instance import PAYERS, Floats, Instance, Ints
from hubselect.ledger import cash, ledger
from hubselect.model import costs
from hubselect.plan import Plan
from hubselect.solving.live import LiveLp

CRITERIA = ("jobs", "quality", "fairness", "gini", *(f"budget:{p}" for p in PAYERS))
ORDERS = 60  # orders of the basins stated before whole hubs are sought
Rows = Callable[[Arrays, float], Arrays]


@dataclass(frozen=True, eq=False)
class Criterion:
    """A second objective.

    `higher`: more of it is better. `value`: of a plan. `hold`: arrays in which every plan reaches
    a level. For a criterion whose condition has too many rows to state at once, the
    rows that a plan breaks are added one after the other (`tighten`). `ideal`: the best value the
    relaxation allows, whatever it costs.
    """

    name: str
    unit: str
    higher: bool
    value: Callable[[Plan], float]
    hold: Rows
    tighten: Callable[[Arrays, float, Plan], Arrays | None] | None = None
    holds_of: Callable[[Instance, float], Instance] | None = None
    ideal: Callable[[], float] | None = None

    def better(self, a: float, b: float) -> bool:
        """Whether value a is better than b, beyond noise."""
        noise = 1e-7 * max(1.0, abs(a), abs(b))
        return a > b + noise if self.higher else a < b - noise

    def instance(self, i: Instance, level: float) -> Instance:
        """The instance whose plans are asked for: where a level replaces a stated number."""
        return i if self.holds_of is None else self.holds_of(i, level)


def criterion(
    bench: Workbench, name: str, population: Mapping[str, float] | None = None
) -> Criterion:
    """A criterion by name, one of `CRITERIA`.

    Args:
        population: working-age inhabitants by basin (heads), for fairness and gini.

    Raises:
        ScenarioError: no such criterion, or a basin without population.
    """
    if name == "jobs":
        return _jobs(bench)
    if name == "quality":
        return _quality(bench)
    if name.startswith("budget:") and name in CRITERIA:
        return _budget(bench, name.partition(":")[2])
    if name in ("fairness", "gini"):
        heads = _heads(bench.instance, name, population)
        return _fairness(bench, heads) if name == "fairness" else _gini(bench, heads)
    problem = Problem(
        f"criterion '{name}'", "is unknown", "one of " + ", ".join(CRITERIA),
        nearest(name, CRITERIA),
    )  # fmt: skip
    raise ScenarioError([problem])


def last_jobs(bench: Workbench, by_basin: Floats) -> Floats:
    """Coefficients of the jobs of the last year, given one by basin."""
    found = np.zeros(len(bench.compiled.arrays.columns))
    last = len(bench.instance.years) - 1
    for (r, _, t), column in bench.compiled.columns("jobs").items():
        if t == last:
            found[column] = by_basin[r]
    return found


def _jobs(bench: Workbench) -> Criterion:
    """Jobs of the last year; the level replaces the target of that year."""
    i, last = bench.instance, len(bench.instance.years) - 1
    stated = [r for r in policy_rows(i) if r.family == "job_target" and r.year == last]
    row: PolicyRow | None = stated[0] if stated else None
    total = last_jobs(bench, np.ones(len(i.basins)))

    def hold(arrays: Arrays, level: float) -> Arrays:
        if row is None:
            return arrays.with_row("jobs at least", total, level, np.inf)
        moved = arrays.with_row_bounds(bench.compiled.row[row.name], level, np.inf)
        for n, change in strengthened(bench, row, level - row.stated):
            moved = moved.with_row_bounds(n, arrays.row_lower[n] + change, np.inf)
        return moved

    def holds_of(other: Instance, level: float) -> Instance:
        targets = {**dict(other.policy.job_target), last: level}
        policy = replace(other.policy, job_target=tuple(sorted(targets.items())))
        return other.replace(policy=policy)

    def value(plan: Plan) -> float:
        return float(plan.decisions.jobs[:, :, -1].sum())

    def ideal() -> float:
        return -_least(bench, -total)

    return Criterion("jobs", "job", True, value, hold, holds_of=holds_of, ideal=ideal)


def _quality(bench: Workbench) -> Criterion:
    """Mean quality score of the last year's jobs: Σ (Q − ε)·J ≥ 0."""
    quality = bench.instance.quality

    def hold(arrays: Arrays, level: float) -> Arrays:
        weights = _wide(arrays, last_jobs(bench, quality - level))
        return arrays.with_row("quality at least", weights, 0.0, np.inf)

    return Criterion("quality", "point", True, mean_quality, hold)


def mean_quality(plan: Plan) -> float:
    """Mean quality score of the last year's jobs: Σ Q·J / Σ J."""
    jobs = plan.decisions.jobs[:, :, -1].sum(axis=1)
    return float(plan.instance.quality @ jobs / jobs.sum())


def _budget(bench: Workbench, payer: str) -> Criterion:
    """What a payer spends over all years, undiscounted, MAD; less is better."""
    compiled, i = bench.compiled, bench.instance
    spent = costs.cash(i, compiled.model.variables)
    weights, constant = np.zeros(len(compiled.arrays.columns)), 0.0
    for t in range(len(i.years)):
        terms, fixed = spent[payer, t]
        constant += fixed
        for coefficient, column in terms:
            position = compiled.position.get(column.name)  # type: ignore[attr-defined]
            if position is not None:
                weights[position] += coefficient

    def hold(arrays: Arrays, level: float) -> Arrays:
        return arrays.with_row(
            f"{payer} spends at most", _wide(arrays, weights), -np.inf, level / 1e6 - constant
        )

    def value(plan: Plan) -> float:
        table = ledger(plan.instance, plan.decisions)
        return sum(cash(table, payer, year) for year in plan.instance.years) * 1e6

    def ideal() -> float:
        return (_least(bench, weights) + constant) * 1e6

    return Criterion(f"budget:{payer}", "dirham", False, value, hold, ideal=ideal)


def _least(bench: Workbench, weights: Floats) -> float:
    """Least weights · x of the relaxation; −inf where it has none."""
    lp = LiveLp(replace(bench.compiled.arrays, cost=weights, offset=0.0), bench.settings)
    point = lp.solve()
    return -np.inf if point is None else point.cost


def _fairness(bench: Workbench, heads: Floats) -> Criterion:
    """Jobs of the last year per thousand of working age in the basin that has fewest."""
    basins = bench.instance.basins

    def hold(arrays: Arrays, level: float) -> Arrays:
        for r, basin in enumerate(basins):
            one = np.zeros(len(basins))
            one[r] = 1.0
            weights = _wide(arrays, last_jobs(bench, one))
            arrays = arrays.with_row(f"{basin} at least", weights, level * heads[r] / 1000, np.inf)
        return arrays

    def value(plan: Plan) -> float:
        return float((plan.decisions.jobs[:, :, -1].sum(axis=1) / heads).min() * 1000)

    return Criterion("fairness", "job per 1000", True, value, hold)


def _gini(bench: Workbench, heads: Floats) -> Criterion:
    """Gini coefficient of the last year's jobs per inhabitant of working age; less is better.

    Σ_{r<r'} |p_r'·J_r − p_r·J_r'| ≤ γ·P·J holds if, for every order of the basins, the sum without
    bars does in that order. Only orders that a plan has are stated: the condition is exact once
    its own order holds, and any subset of them is a relaxation, so bounds stay proven.
    """
    share = heads / heads.sum()

    def row(order: Ints, level: float) -> Floats:
        """(heads below − heads above) / P − γ for each basin, from an ascending order."""
        below = np.zeros(len(share))
        below[order] = np.cumsum(share[order]) - share[order]
        above = 1.0 - below - share
        return np.asarray(below - above - level)

    def tighten(arrays: Arrays, level: float, plan: Plan) -> Arrays | None:
        if value(plan) <= level + 1e-6:
            return None
        each = plan.decisions.jobs[:, :, -1].sum(axis=1) / heads
        order: Ints = np.argsort(each, kind="stable").astype(np.int64)
        weights = _wide(arrays, last_jobs(bench, row(order, level)))
        return arrays.with_row("gini at most", weights, -np.inf, 0.0)

    def value(plan: Plan) -> float:
        return gini(plan.decisions.jobs[:, :, -1].sum(axis=1), heads)

    by_basin = np.array([last_jobs(bench, one) for one in np.eye(len(heads))])

    def hold(arrays: Arrays, level: float) -> Arrays:
        """The orders that the relaxation breaks, before whole hubs break others."""
        lp = LiveLp(arrays, bench.settings)
        for _ in range(ORDERS):
            point = lp.solve()
            if point is None or gini(jobs := by_basin @ point.x, heads) <= level + 1e-6:
                break
            order: Ints = np.argsort(jobs / heads, kind="stable").astype(np.int64)
            weights = last_jobs(bench, row(order, level))
            arrays = arrays.with_row("gini at most", weights, -np.inf, 0.0)
            lp.add_row(-weights, 0.0)
        return arrays

    return Criterion("gini", "point of Gini", False, value, hold, tighten)


def gini(jobs: Floats, heads: Floats) -> float:
    """Gini coefficient of jobs per head, weighted by heads: Σ_{r<r'} |p_r'·J_r − p_r·J_r'| / (P·J).

    (Gini 1912; with population weights: Shorrocks and Wan, Journal of Economic Geography 5, 2005.)
    """
    apart = np.abs(np.outer(jobs, heads) - np.outer(heads, jobs)).sum() / 2
    return float(apart / (heads.sum() * jobs.sum()))


def _wide(arrays: Arrays, weights: Floats) -> Floats:
    assert len(weights) == len(arrays.columns)  # columns never change
    return weights


def _heads(i: Instance, name: str, population: Mapping[str, float] | None) -> Floats:
    known = dict(population or {})
    missing = [b for b in i.basins if not known.get(b, 0) > 0]
    if missing:
        expected = "inhabitants of working age of every basin, above 0"
        what = f"{name} needs the population of {', '.join(missing[:5])}"
        raise ScenarioError([Problem("population", what, expected)])
    return np.array([float(known[b]) for b in i.basins])
