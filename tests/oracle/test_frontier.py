"""Frontiers against brute force: every level stated as an instance, every hub map tried."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from checks import brute_force
from hubselect.errors import ScenarioError
from hubselect.explore.answers.criteria import gini
from hubselect.explore.answers.frontier import Frontier, frontier
from hubselect.instance import BudgetRow, Instance, RegionRow
from plans import plan_of
from toy import toy

HEADS = {"A": 9000.0, "B": 6000.0}
POPULATION = np.array(list(HEADS.values()))
NAMES = ("jobs", "quality", "fairness", "gini", "budget:operator")


def stated(i: Instance, name: str, level: float) -> Instance:
    """The instance in which a criterion's level is a policy statement."""
    p = i.policy
    if name == "jobs":
        return i.replace(policy=replace(p, job_target=((1, level),)))
    if name == "quality":
        return i.replace(policy=replace(p, quality_floor=level))
    if name.startswith("budget"):
        payer = name.partition(":")[2]
        return i.replace(policy=replace(p, budgets=(*p.budgets, BudgetRow(payer, -1, level / 1e6))))
    if name == "fairness":
        floors = tuple(
            RegionRow((r,), 1, heads=level * POPULATION[r] / 1000, name=f"fair {r}")
            for r in range(2)
        )
        return i.replace(policy=replace(p, floors=floors))
    shares = POPULATION / POPULATION.sum()  # with two basins: neither above its share plus γ
    ceilings = tuple(RegionRow((r,), 1, share=shares[r] + level, name=f"c{r}") for r in range(2))
    return i.replace(policy=replace(p, ceilings=ceilings))


def instance() -> Instance:
    """The toy with a quality and a population that pull against cost."""
    return toy(policy=replace(toy().policy, job_target=((1, 1380.0),)))


@pytest.fixture(scope="module", params=NAMES)
def one(request: pytest.FixtureRequest) -> Frontier:
    plan = plan_of(instance())
    return frontier(plan, request.param, points=4, population=HEADS, check=True)


def test_every_point_costs_what_brute_force_says(one: Frontier) -> None:
    (name,) = one.against
    assert one.complete
    assert len(one.table) >= 2, name
    for row in one.table.to_dict("records"):
        noise = 1e-9 * max(1.0, abs(row[name]))
        at_value = brute_force(stated(instance(), name, row[name] + _easier(name, noise)))
        assert at_value is not None
        assert row["cost_mad"] / 1e6 == pytest.approx(at_value, rel=1e-5)
        assert row["bound_mad"] / 1e6 <= at_value + 1e-5


def test_a_level_that_nothing_reaches_is_one_brute_force_cannot_reach(one: Frontier) -> None:
    (name,) = one.against
    for (level,) in one.none_beyond:
        assert brute_force(stated(instance(), name, level)) is None


def test_points_are_efficient_and_monotone(one: Frontier) -> None:
    (name,) = one.against
    table = one.table
    better = table[name] if name in ("jobs", "quality", "fairness") else -table[name]
    assert (np.diff(better) > 0).all()
    assert (np.diff(table["cost_mad"]) > 0).all()
    assert (np.diff(table["bound_mad"]) >= -1.0).all()
    assert table["efficient"].all()
    grid = abs(table[f"{name}_asked"].iloc[-1] - table[f"{name}_asked"].iloc[0])
    step = max(grid, 1e-3 * max(1.0, abs(table[f"{name}_asked"].iloc[-1]))) * 3e-3
    for row in table.to_dict("records"):
        cost = brute_force(stated(instance(), name, row[name] - _easier(name, step)))
        assert cost is None or cost * 1e6 > row["cost_mad"], "something beats the point"


def test_prices_between_points_are_within_their_intervals(one: Frontier) -> None:
    told = one.table.dropna(subset=["mad_per_unit"])
    assert len(told) >= 1
    inside = told["mad_per_unit"].between(
        told["mad_per_unit_low"] - 1e-6, told["mad_per_unit_high"] + 1e-6
    )
    assert inside.all()


def test_every_plan_is_certified(one: Frontier) -> None:
    assert len(one.plans) == len(one.table)
    assert all(plan.audit().passed for plan in one.plans)


def _easier(name: str, by: float) -> float:
    return -by if name in ("jobs", "quality", "fairness") else by


def test_two_criteria_leave_no_point_beaten_and_agree_with_brute_force() -> None:
    plan = plan_of(instance())
    both = frontier(plan, ["jobs", "fairness"], points=3, population=HEADS)
    assert len(both.table) >= 3
    rows = both.table.to_dict("records")
    for row in rows:
        levels = stated(instance(), "jobs", row["jobs"] - 1e-6)
        expected = brute_force(stated(levels, "fairness", row["fairness"] - 1e-7))
        assert expected is not None
        assert row["cost_mad"] / 1e6 == pytest.approx(expected, rel=1e-5)
        for other in rows:
            beaten = (
                other["cost_mad"] < row["cost_mad"] - 1
                and other["jobs"] >= row["jobs"]
                and other["fairness"] >= row["fairness"]
            )
            assert not beaten


def test_levels_may_be_given_and_an_easier_target_is_cheaper() -> None:
    plan = plan_of(instance())
    table = frontier(plan, "jobs", levels={"jobs": [1300, 1380]}).table
    assert table["jobs"].to_numpy() == pytest.approx([1300, 1380], abs=1e-4)
    assert table["cost_mad"].iloc[0] < plan.facts.objective_mad
    assert table["cost_mad"].iloc[1] == pytest.approx(plan.facts.objective_mad)


def test_gini_is_zero_where_all_have_the_same_and_known_otherwise() -> None:
    heads = np.array([10.0, 10.0, 20.0])
    assert gini(heads * 0.3, heads) == pytest.approx(0.0)
    # one half of the people has all jobs
    assert gini(np.array([0.0, 0.0, 7.0]), heads) == pytest.approx(0.5)


def test_what_cannot_be_asked_is_refused() -> None:
    plan = plan_of(instance())
    with pytest.raises(ScenarioError, match="did you mean 'fairness'"):
        frontier(plan, "fairnes")
    with pytest.raises(ScenarioError, match="population of A, B"):
        frontier(plan, "gini")
    with pytest.raises(ScenarioError, match="one or two"):
        frontier(plan, ["jobs", "quality", "gini"])
