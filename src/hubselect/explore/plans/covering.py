"""Maximal covering inside the plan: how many people could live near a hub for a little more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from hubselect.errors import DataError, Problem
from hubselect.explore.workbench import Workbench
from hubselect.instance import Floats
from hubselect.plan import Plan
from hubselect.solving import Progress


def most_covered(
    plan: Plan,
    *,
    statement: int = 0,
    extra_percent: Sequence[float] = (0.0, 1.0, 2.0, 5.0),
    gap: float | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> pd.DataFrame:
    """The largest share of a group near a hub among plans that cost at most so much more.

    All rules of the plan hold, its targets too. R. Church and C. ReVelle, Papers of the Regional
    Science Association 32 (1974) 101-118, with the whole plan in place of a number of sites.

    Args:
        statement: position in `regions.coverage` of the group, distance and year; a statement
            without a share will do.
        extra_percent: what a plan may cost above this plan's cost.
        gap: relative gap of every solve, the plan's unless given.

    Columns: extra_percent, people, covered (heads), share, share_bound (no plan of that cost covers
    more), cost_mad_million and hubs of the cheapest plan found that covers as many.

    Raises:
        DataError: the plan has no such statement.
        NoPlanError, SolverError: as `solve`.
    """
    rows = plan.instance.policy.coverage
    if not 0 <= statement < len(rows):
        what = f"{statement} of {len(rows)} coverage statements"
        raise DataError([Problem("statement", what, "a group in regions.coverage")])
    asked = rows[statement]
    bench = Workbench.of(_asking(plan, statement, asked.share or 0.0), gap=gap)
    share = _share(bench, statement)
    found = []
    for extra in sorted(extra_percent):
        limit = bench.cost * (1.0 + extra / 100.0) - bench.compiled.arrays.offset
        limited = bench.compiled.arrays.with_row(
            "cost", bench.compiled.arrays.cost, -np.inf, limit + 1e-7 * abs(bench.cost)
        )
        most = bench.solve(replace(limited, cost=-share, offset=0.0), progress=progress)
        row = bench.compiled.arrays.with_row("share", share, -most.objective - 1e-9, np.inf)
        cheapest = bench.solve(row, progress=progress)
        reached, people = -most.objective, float(sum(asked.heads))
        hubs = int(cheapest.decisions.installed[:, 0, -1].sum())
        bound = min(-most.bound, 1.0)
        found.append((extra, people, reached * people, reached, bound, cheapest.objective, hubs))
    columns = [
        "extra_percent", "people", "covered", "share", "share_bound", "cost_mad_million", "hubs",
    ]  # fmt: skip
    return pd.DataFrame(found, columns=columns)


def _asking(plan: Plan, statement: int, share: float) -> Plan:
    """The plan with a share asked of a statement, so that the model has its columns."""
    rows = list(plan.instance.policy.coverage)
    rows[statement] = replace(rows[statement], share=share)
    policy = replace(plan.instance.policy, coverage=tuple(rows))
    return replace(plan, instance=plan.instance.replace(policy=policy))


def _share(bench: Workbench, statement: int) -> Floats:
    """Weights of the columns whose sum is the share of the group near a hub."""
    heads = bench.instance.policy.coverage[statement].heads
    weights: Floats = np.zeros(len(bench.compiled.arrays.columns))
    for (row, basin), column in bench.compiled.columns("covered").items():
        if row == statement:
            weights[column] = heads[basin] / max(sum(heads), 1e-12)
    return weights
