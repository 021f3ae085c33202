"""Laws every plan obeys, whatever the instance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import solved_and_audited
from hubselect.errors import InfeasibleError
from hubselect.instance import BudgetRow, Instance, Policy, RegionRow
from toy import random_instance, toy

seeds = st.integers(0, 10_000)
ROUND = 1e-6


def cost(instance: Instance) -> float:
    """Optimal cost, infinite where nothing fits."""
    try:
        return solved_and_audited(instance).objective
    except InfeasibleError:
        return float("inf")


def at_most(left: float, right: float) -> bool:
    return left <= right + ROUND * max(1.0, abs(right)) if np.isfinite(right) else True


@settings(max_examples=25, deadline=None)
@given(seed=seeds, money=st.floats(5, 40), more=st.floats(0, 40))
def test_more_budget_never_costs_more(seed: int, money: float, more: float) -> None:
    instance = random_instance(seed)

    def with_budget(amount: float) -> Instance:
        rows = (BudgetRow("state", 0, amount), BudgetRow("state", 1, amount))
        return instance.replace(policy=replace(instance.policy, budgets=rows))

    assert at_most(cost(with_budget(money + more)), cost(with_budget(money)))


MONEY = (
    "capex", "opex", "seat_cost", "place_cost", "wage", "employer_cost", "rent", "hiring_premium",
    "training_premium", "tax_expenditure", "arc_cost",
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(seed=seeds, factor=st.floats(0.1, 10))
def test_scaling_money_scales_cost(seed: int, factor: float) -> None:
    instance = random_instance(seed)
    policy = instance.policy
    budgets = tuple(replace(b, amount=b.amount * factor) for b in policy.budgets)
    periods = tuple(replace(p, amount=p.amount * factor) for p in policy.periods)
    scaled = instance.replace(
        **{name: getattr(instance, name) * factor for name in MONEY},
        policy=replace(policy, budgets=budgets, periods=periods),
    )
    assert cost(scaled) == pytest.approx(factor * cost(instance), rel=1e-5)


@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_permuting_regions_changes_nothing(seed: int) -> None:
    instance = random_instance(seed)
    assert cost(swapped(instance)) == pytest.approx(cost(instance), rel=1e-5)


@settings(max_examples=25, deadline=None)
@given(seed=seeds, radius=st.floats(0, 1), wider=st.floats(0, 1))
def test_a_wider_reach_never_costs_more(seed: int, radius: float, wider: float) -> None:
    instance = random_instance(seed)
    own = np.ones((2, 2))

    def reaching(share: float) -> Instance:
        return instance.replace(arc_reach=np.vstack([own, np.full((2, 2), share)]))

    assert at_most(cost(reaching(min(radius + wider, 1.0))), cost(reaching(radius)))


@settings(max_examples=25, deadline=None)
@given(seed=seeds, fewer=st.floats(0, 200))
def test_a_lower_target_never_costs_more(seed: int, fewer: float) -> None:
    instance = random_instance(seed)
    ((t, heads),) = instance.policy.job_target
    easier = replace(instance.policy, job_target=((t, heads - fewer),))
    assert at_most(cost(instance.replace(policy=easier)), cost(instance))


@settings(max_examples=25, deadline=None)
@given(seed=seeds, heads=st.floats(0, 400), less=st.floats(0, 200))
def test_a_lower_floor_never_costs_more(seed: int, heads: float, less: float) -> None:
    instance = random_instance(seed)

    def floored(jobs: float) -> Instance:
        rows = (RegionRow((1,), 1, heads=jobs),)
        return instance.replace(policy=replace(instance.policy, floors=rows))

    assert at_most(cost(floored(max(heads - less, 0.0))), cost(floored(heads)))


def test_no_target_costs_no_more_than_any() -> None:
    free = toy(policy=Policy())
    assert at_most(cost(free), cost(toy()))


PER_BASIN = (
    "workstations", "base_jobs", "base_talent", "talent_inflow", "base_pool", "pool_inflow",
    "places", "wage", "employer_cost", "rent", "hiring_premium", "training_premium",
    "tax_expenditure", "quality",
)  # fmt: skip


def swapped(i: Instance) -> Instance:
    """The same problem with its two basins in the other order."""

    def row(r: RegionRow) -> RegionRow:
        return replace(r, basins=tuple(1 - b for b in r.basins))

    policy = replace(
        i.policy,
        coverage=tuple(
            replace(c, heads=c.heads[::-1], near=c.near[::-1]) for c in i.policy.coverage
        ),
        floors=tuple(map(row, i.policy.floors)),
        ceilings=tuple(map(row, i.policy.ceilings)),
    )
    changes: dict[str, Any] = {name: getattr(i, name)[::-1].copy() for name in PER_BASIN}
    # own arcs are alike; the two others change places
    reach = i.arc_reach[[0, 1, 3, 2]]
    return i.replace(
        basins=i.basins[::-1],
        site_basin=1 - i.site_basin,
        arc_reach=reach,
        policy=policy,
        **changes,
    )
