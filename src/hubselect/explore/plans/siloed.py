"""The price of planning apart: one office decides first as if the other's part were plentiful.

Buildings first: the cheapest buildings that hold the jobs asked for if people were plentiful; then
the cheapest way to staff buildings that cost no more. People first: the cheapest training and
premiums if desks were plentiful; then desks for people who cost no more. Where several plans of the
first office cost the same, the second may choose among them, so the price is the least there is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from hubselect.arrays import Arrays
from hubselect.errors import InfeasibleError
from hubselect.explore.workbench import Workbench
from hubselect.instance import Floats
from hubselect.model import FAMILIES
from hubselect.plan import Plan
from hubselect.solving import Progress

First = Literal["buildings", "people"]

# what the first office takes for granted: every rule of people, or every rule that needs a desk
GRANTED: dict[First, tuple[str, ...]] = {
    "buildings": tuple(
        name for name, family in FAMILIES.items() if family.rows.__module__.endswith(".talent")
    ),
    "people": ("workstations", "minimum_use", "national_capacity", "floor_cover"),
}


@dataclass(frozen=True, eq=False)
class Siloed:
    """A plan made in two offices beside the joint plan. Money in MMAD, present value.

    `plan` is None where the first office leaves nothing that the second can complete; `missing`
    then tells how far it gets: year, jobs asked, jobs reached, missing (heads).
    """

    first: First
    joint: Plan
    plan: Plan | None
    first_cost: float  # what the first office's part costs at least, as found
    first_bound: float  # and no less than this, proven
    missing: pd.DataFrame

    @property
    def more_percent(self) -> tuple[float, float, float]:
        """What the siloed plan costs more than the joint one, percent: least, as found, most.

        Least and most are what the gaps of both plans allow. Infinite where there is no plan.
        """
        if self.plan is None:
            return np.inf, np.inf, np.inf
        cost, bound = _interval(self.plan)
        joint_cost, joint_bound = _interval(self.joint)
        return (
            max(_percent(bound, joint_cost), 0.0),
            max(_percent(cost, joint_cost), 0.0),
            max(_percent(cost, joint_bound), 0.0),
        )

    @property
    def sentence(self) -> str:
        """The answer in words."""
        other = "people" if self.first == "buildings" else "buildings"
        if self.plan is None:
            short = self.missing[self.missing["missing"] > 0.5]
            years = ", ".join(
                f"{heads:,.0f} jobs in {year}"
                for year, heads in zip(short["year"], short["missing"], strict=True)
            )
            what = f"{years} are missing" if years else "rules other than the targets break"
            return f"{self.first.capitalize()} first, {other} after: no plan exists; {what}."
        low, found, high = self.more_percent
        if low <= 0:
            return (
                f"{self.first.capitalize()} first, {other} after: {found:.2f} % more was found; up "
                f"to {high:.2f} % is possible and nothing above 0 is proven at these gaps."
            )
        return (
            f"{self.first.capitalize()} first, {other} after: the siloed plan costs {found:.1f} % "
            f"more (proven between {low:.2f} and {high:.2f} %)."
        )


def siloed(
    plan: Plan,
    *,
    first: First = "buildings",
    gap: float | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Siloed:
    """What the same targets cost if one office decides first and the other makes do.

    Args:
        plan: the joint plan; its instance, gap and time limit are used.
        first: who decides first. Buildings cost what their columns carry in the objective
            (capex, opex, residual value, territorial premium), people the rest of it.
        gap: relative gap of every solve, the plan's unless given.

    Raises:
        NoPlanError, SolverError: as `solve`.
    """
    bench = Workbench.of(plan, gap=gap)
    arrays = bench.compiled.arrays
    own = np.where(arrays.hubs == (first == "buildings"), arrays.cost, 0.0)
    offset = 0.0 if first == "buildings" else arrays.offset
    alone = replace(_freed(bench, arrays, GRANTED[first]), cost=own, offset=offset)
    part = bench.solve(alone, progress=progress)
    # the second office may choose among what costs the first no more
    most = part.objective - offset + 1e-7 * max(1.0, abs(part.objective))
    bound_to = arrays.with_row("silo", own, -np.inf, most)
    try:
        solved = bench.solve(bound_to, progress=progress)
    except InfeasibleError:
        missing = _missing(bench, bound_to, progress)
        return Siloed(first, plan, None, part.objective, part.bound, missing)
    made = bench.plan_from(solved, title=f"{plan.facts.title}: {first} first")
    return Siloed(first, plan, made, part.objective, part.bound, _jobs(bench, made))


def _missing(
    bench: Workbench, arrays: Arrays, progress: Callable[[Progress], None] | None
) -> pd.DataFrame:
    """Jobs reached at most, all target years together, with the first office's part as it is."""
    targets = bench.compiled.rows_of("job_target")
    free = _freed(bench, arrays, ("export_target", "national_capacity", "floor_cover"))
    free = free.with_row_bounds(targets, -np.inf, arrays.row_lower[targets])
    jobs: Floats = np.zeros(len(arrays.columns))
    for t, _ in bench.instance.policy.job_target:
        for (_, _, year), column in bench.compiled.columns("jobs").items():
            jobs[column] += year == t
    try:
        found = bench.solve(replace(free, cost=-jobs, offset=0.0), progress=progress)
    except InfeasibleError:
        return _table(bench, {})
    return _table(bench, _reached(bench, found.decisions.jobs))


def _jobs(bench: Workbench, plan: Plan) -> pd.DataFrame:
    return _table(bench, _reached(bench, plan.decisions.jobs))


def _reached(bench: Workbench, jobs: Floats) -> dict[int, float]:
    return {t: float(jobs[:, :, t].sum()) for t, _ in bench.instance.policy.job_target}


def _table(bench: Workbench, reached: dict[int, float]) -> pd.DataFrame:
    rows = [
        (bench.instance.years[t], heads, reached[t], max(heads - reached[t], 0.0))
        for t, heads in bench.instance.policy.job_target
        if t in reached
    ]
    return pd.DataFrame(rows, columns=["year", "asked", "reached", "missing"])


def _freed(bench: Workbench, arrays: Arrays, families: tuple[str, ...]) -> Arrays:
    rows = np.concatenate([bench.compiled.rows_of(name) for name in families])
    return arrays.with_row_bounds(rows.astype(int), -np.inf, np.inf)


def _interval(plan: Plan) -> tuple[float, float]:
    """Cost and proven bound, MAD."""
    bound = plan.facts.bound_mad
    return plan.facts.objective_mad, -np.inf if bound is None else bound


def _percent(value: float, base: float) -> float:
    return 100.0 * (value / base - 1.0) if base > 0 else np.inf
