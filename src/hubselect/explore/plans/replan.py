"""replan(): years that are over stay as decided, the rest is planned anew; and why it differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from hubselect.arrays import Arrays
from hubselect.assemble import assemble
from hubselect.catchments import gather
from hubselect.consistency import check_targets
from hubselect.errors import DataError, InfeasibleError, NoPlanError, Problem, refuse_outside
from hubselect.explore.plans.compare import Comparison, compare, moved_hubs
from hubselect.explore.workbench import Workbench, hub_map
from hubselect.instance import Instance
from hubselect.plan import Plan
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.score_regions import score
from hubselect.scoring import Scores
from hubselect.solving import Compiled, Progress, Settings, Solved

FROZEN = ("installed", "seats", "places_added", "jobs")
SETS = ("basins", "sites", "sizes", "years", "segments", "skills", "pools", "programmes")


@dataclass(frozen=True, eq=False)
class Replan:
    """The new plan, why it costs what it costs, and what keeping the approved hubs would cost.

    `why` [step]: cost_mad, bound_mad after each step (approved, gap, data, targets), change_mad
    and the interval that the gaps allow, change_low_mad to change_high_mad.
    `moved`: sites with a hub in the last year of one plan and not of the other.
    `kept_cost_mad`: least cost when no hub of the approved plan is moved, shrunk or delayed and
    none is added; inf where nothing fits; `deviation_mad`: what moving saves, kept_cost_mad − cost
    of the new plan.
    """

    plan: Plan
    approved: Plan
    until: int
    why: pd.DataFrame
    moved: tuple[str, ...]
    kept_cost_mad: float

    @property
    def deviation_mad(self) -> float:
        """What changing the approved hubs saves, MAD at present value; inf where it must be."""
        return self.kept_cost_mad - self.plan.facts.objective_mad

    @property
    def deviation_per_hub_mad(self) -> float:
        """The saving by hub added or dropped; NaN where none is."""
        return self.deviation_mad / len(self.moved) if self.moved else np.nan

    @property
    def comparison(self) -> Comparison:
        """Approved and new plan side by side."""
        return compare(self.approved, self.plan, names=["approved", "replanned"])

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready copy; infinite costs are None."""
        why = self.why.reset_index().replace([np.inf, -np.inf], np.nan).astype(object)
        per_hub = self.deviation_per_hub_mad
        finite = np.isfinite(self.kept_cost_mad)
        return {
            "until": self.until,
            "why": why.where(why.notna(), None).to_dict("records"),
            "moved": list(self.moved),
            "kept_cost_mad": self.kept_cost_mad if finite else None,
            "deviation_mad": self.deviation_mad if finite else None,
            "deviation_per_hub_mad": per_hub if np.isfinite(per_hub) else None,
            "comparison": self.comparison.to_dict(),
            "plan": self.plan.summary(),
        }


def replan(
    approved: Plan,
    regions: Regions,
    scenario: Scenario,
    *,
    until: int,
    freeze: Iterable[str] = FROZEN,
    penalty_mad: float = 0.0,
    scores: Scores | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Replan:
    """Plan again on new data or targets, with everything up to a year as it was approved.

    Args:
        until: last year that is over.
        freeze: decisions kept in those years; `jobs` may have to be left out where new data no
            longer allow the old figures.
        penalty_mad: price of each hub added to or dropped from the approved ones, MAD at present
            value: it steers the choice and is no part of the plan's cost.

    The change of cost is split by solving again in order: the approved problem with its past kept
    (what the gap hid), the new data with the old targets, then the new targets. 'Targets' is all
    that is in the instance's policy; every other setting counts as data.

    Raises:
        DataError: the new problem has other regions, sites or years, or `until` is not in them.
        InfeasibleError: nothing fits the kept years and the new data or targets.
        NoPlanError, SolverError, CertificateError: as `solve`.
    """
    scores = score(regions, scenario) if scores is None else scores
    gathered = gather(regions) if regions.level == "commune" else regions
    new = assemble(gathered, scenario, scores)
    return replan_instance(
        _named(approved, scenario, regions, scores), approved, new, until=until,
        freeze=tuple(freeze), penalty_mad=penalty_mad, progress=progress,
    )  # fmt: skip


def replan_instance(
    named: Plan,
    approved: Plan,
    new: Instance,
    *,
    until: int,
    freeze: tuple[str, ...] = FROZEN,
    penalty_mad: float = 0.0,
    progress: Callable[[Progress], None] | None = None,
) -> Replan:
    """`replan` on an instance made already; `named` lends the new plan its facts and scenario.

    Raises:
        DataError, InfeasibleError, NoPlanError, SolverError, CertificateError: as `replan`.
    """
    refuse_outside(penalty_mad=(penalty_mad, 0.0, np.inf))
    old = approved.instance
    _check(old, new, until, freeze)
    past = _past(approved, until, freeze)
    facts = approved.facts
    steps: dict[str, tuple[float, float]] = {
        "approved": (facts.objective_mad / 1e6, (facts.bound_mad or -np.inf) / 1e6)
    }
    steps["gap"] = _known(_Step(named, approved, old, past).solve(progress))
    data = _Step(named, approved, new.replace(policy=old.policy), past)
    try:
        steps["data"] = _known(data.solve(progress))
    except InfeasibleError:
        steps["data"] = (np.inf, np.inf)
    last = _Step(named, approved, new, past)
    try:
        best = last.solve(progress)
    except InfeasibleError as error:
        raise InfeasibleError(
            f"nothing fits what was decided up to {until} and the new data and targets",
            error.families, error.arithmetic,
        ) from None  # fmt: skip
    steps["targets"] = _known(best)
    chosen = best if penalty_mad == 0 else last.near(best, penalty_mad / 1e6, progress)
    plan = last.bench.plan_from(chosen, instance=new, title=named.facts.title)
    plan = replace(plan, statements=check_targets(new))
    return Replan(
        plan=plan,
        approved=approved,
        until=until,
        why=_why(steps),
        moved=tuple(moved_hubs(approved, plan)),
        kept_cost_mad=last.kept(progress) * 1e6,
    )


class _Step:
    """One problem of the sequence with the past kept in it."""

    def __init__(
        self, named: Plan, approved: Plan, instance: Instance, past: Mapping[str, Any]
    ) -> None:
        compiled = Compiled.of(instance)
        facts = named.facts
        settings = Settings(facts.gap_asked, facts.time_limit, facts.threads or 1, facts.seed or 0)
        memory = compiled.memory()
        self.map = hub_map(compiled, approved.decisions.installed)
        memory.keep_map(self.map)
        self.bench = Workbench(named, compiled, memory, settings)
        self.arrays = _kept(compiled, past)

    def solve(self, progress: Callable[[Progress], None] | None) -> Solved:
        return self.bench.solve(self.arrays, progress=progress)

    def kept(self, progress: Callable[[Progress], None] | None) -> float:
        """Least cost with every hub as approved, MMAD; inf where nothing fits."""
        hubs = np.flatnonzero(self.arrays.integer)
        try:
            fixed = self.arrays.with_bounds(hubs, self.map, self.map)
            return self.bench.solve(fixed, progress=progress).objective
        except (InfeasibleError, NoPlanError):
            return np.inf

    def near(
        self, best: Solved, penalty: float, progress: Callable[[Progress], None] | None
    ) -> Solved:
        """The plan that is cheapest with a price on each hub added or dropped.

        Its cost is the plan's own; its bound is that of the cheapest plan.
        """
        compiled = self.bench.compiled
        last = len(compiled.instance.years) - 1
        cost, offset = self.arrays.cost.copy(), self.arrays.offset
        before = self.bench.instance
        approved = np.zeros(len(self.arrays.columns))
        approved[self.arrays.integer] = self.map
        for h in range(len(before.sites)):
            column = compiled.column("installed", h, 0, last)
            if column is not None:
                stood = approved[column] > 0.5
                cost[column] += -penalty if stood else penalty
                offset += penalty if stood else 0.0
        found = self.bench.solve(replace(self.arrays, cost=cost, offset=offset), progress=progress)
        installed = found.decisions.installed[:, 0, last]
        stood = np.array(
            [approved[c] if (c := compiled.column("installed", h, 0, last)) is not None else 0.0
             for h in range(len(before.sites))]
        )  # fmt: skip
        own = found.objective - penalty * float(np.abs(installed - stood).sum())
        gap = max(own - best.bound, 0.0) / max(abs(own), 1e-9)
        outcome = "proven" if gap <= self.bench.settings.gap + 1e-8 else "feasible"
        return replace(
            found,
            objective=own,
            bound=min(best.bound, own),
            gap=gap,
            outcome=outcome,  # type: ignore[arg-type]
        )


def _known(solved: Solved) -> tuple[float, float]:
    return solved.objective, solved.bound


def _why(steps: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Changes from step to step; the true change of least cost lies in the interval."""
    cost = np.array([c for c, _ in steps.values()]) * 1e6
    bound = np.array([b for _, b in steps.values()]) * 1e6
    change, low, high = (np.full(len(cost), np.nan) for _ in range(3))
    with np.errstate(invalid="ignore"):
        change[1:] = cost[1:] - cost[:-1]
        low[1:], high[1:] = bound[1:] - cost[:-1], cost[1:] - bound[:-1]
    return pd.DataFrame(
        {
            "cost_mad": cost,
            "bound_mad": bound,
            "change_mad": change,
            "change_low_mad": low,
            "change_high_mad": high,
        },
        index=pd.Index(list(steps), name="step"),
    )


def _check(old: Instance, new: Instance, until: int, freeze: tuple[str, ...]) -> None:
    problems = [
        Problem(f"the new problem's {name}", "are not those of the approved plan", "the same")
        for name in SETS
        if getattr(old, name) != getattr(new, name)
    ]
    if until not in old.years[:-1]:
        expected = f"a year from {old.years[0]} to {old.years[-2]}"
        problems.append(Problem("until", f"{until} leaves nothing to freeze or to plan", expected))
    problems += [
        Problem("freeze", f"'{name}' is unknown", f"one of {', '.join(FROZEN)}")
        for name in freeze
        if name not in FROZEN
    ]
    if problems:
        raise DataError(problems)


def _past(plan: Plan, until: int, freeze: tuple[str, ...]) -> dict[str, Any]:
    """Decided values of the years that are over, by decision; the last axis is the year."""
    count = plan.instance.years.index(until) + 1
    return {name: getattr(plan.decisions, name)[..., :count] for name in freeze}


def _kept(compiled: Compiled, past: Mapping[str, Any]) -> Arrays:
    """The arrays with the decisions of the past fixed; heads within a thousandth."""
    arrays = compiled.arrays
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    for name, values in past.items():
        slack = 0.0 if name == "installed" else 1e-3
        for key, column in compiled.columns(name).items():
            if key[-1] < values.shape[-1]:
                lower[column] = max(lower[column], float(values[key]) - slack)
                upper[column] = min(upper[column], float(values[key]) + slack)
    return replace(arrays, lower=lower, upper=upper)


def _named(approved: Plan, scenario: Scenario, regions: Regions, scores: Scores) -> Plan:
    """The approved plan under the new scenario's name and settings, to make plans from."""
    options = scenario.solve
    facts = approved.facts.model_copy(
        update={
            "scenario": scenario.name,
            "title": scenario.about.title,
            "gap_asked": options.gap,
            "time_limit": options.time_limit,
            "threads": options.threads,
            "seed": options.seed,
            "solver": "HiGHS",
            "data_hash": regions.hash,
            "scenario_hash": scenario.hash,
        }
    )
    return replace(approved, facts=facts, scenario=scenario.to_dict(), scores=scores.table)
