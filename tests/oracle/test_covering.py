"""Maximal covering inside the plan, against every hub map."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

import hubselect as hs
from checks import histories, lp_cost
from hubselect.explore.plans.covering import most_covered
from hubselect.explore.workbench import Workbench
from plans import plan_of
from toy import near_a_hub, random_instance, toy

EXTRA = (0.0, 5.0, 50.0, 500.0)


def shown(seed: int) -> hs.Plan | None:
    """A random plan that shows who lives near a hub, asked or not."""
    instance = random_instance(seed)
    rows = instance.policy.coverage or (near_a_hub(None),)
    try:
        return plan_of(instance.replace(policy=replace(instance.policy, coverage=rows)))
    except hs.InfeasibleError:
        return None


def by_hand(plan: hs.Plan, limit: float) -> float:
    """Largest share over the hub maps that some plan of at most this cost has."""
    bench = Workbench.of(plan)
    i, arrays, columns = plan.instance, bench.compiled.arrays, bench.compiled.columns("installed")
    row, best = i.policy.coverage[0], -1.0
    for choice in product(*(histories(i) for _ in i.sites)):
        lower, upper = arrays.lower.copy(), arrays.upper.copy()
        for (h, k, t), column in columns.items():
            lower[column] = upper[column] = float(choice[h][t] > k)
        cost = lp_cost(arrays, lower, upper)
        if cost is not None and cost <= limit * (1 + 1e-7) + 1e-7:
            near = [any(choice[h][row.year] > 0 for h in sites) for sites in row.near]
            best = max(best, float(np.dot(row.heads, near)) / sum(row.heads))
    return best


@pytest.mark.parametrize("seed", range(10))
def test_no_hub_map_of_that_cost_covers_more(seed: int) -> None:
    plan = shown(seed)
    if plan is None:
        return
    table = most_covered(plan, extra_percent=EXTRA)
    cost = plan.facts.objective_mad / 1e6
    for extra, share, bound, reached in zip(
        table["extra_percent"], table["share"], table["share_bound"], table["cost_mad_million"],
        strict=True,
    ):  # fmt: skip
        limit = cost * (1 + extra / 100)
        assert share == pytest.approx(by_hand(plan, limit), abs=1e-6)
        assert bound == pytest.approx(share, abs=1e-6)
        assert reached <= limit * (1 + 1e-6) + 1e-6
    assert table["share"].is_monotonic_increasing


def test_more_money_covers_more_people_somewhere() -> None:
    tables = [most_covered(p, extra_percent=EXTRA) for p in map(shown, range(10)) if p is not None]
    assert any(t["share"].iloc[-1] > t["share"].iloc[0] + 0.1 for t in tables)


def test_a_plan_without_the_statement_is_refused() -> None:
    with pytest.raises(hs.DataError, match="0 of 0 coverage statements"):
        most_covered(plan_of(toy()))
