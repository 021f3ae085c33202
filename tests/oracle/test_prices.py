"""Prices against another solver: every right-hand side moved, the predicted change found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from checks import brute_force, lp_cost
from hubselect.arrays import compile_problem
from hubselect.explore.answers.policy_rows import HUB_FAMILIES, PolicyRow, policy_rows, raised
from hubselect.explore.answers.prices import prices
from hubselect.instance import Instance, Policy
from hubselect.model import build
from hubselect.plan import Plan
from plans import plan_of, random_plan
from toy import full_policy, short_of_talent, toy

SEEDS = range(1, 9)
NO_STRENGTH = ["national_capacity", "floor_cover"]


def operated(instance: Instance, installed: np.ndarray) -> float | None:
    """Least cost with the hubs fixed, by scipy, stated without strengthening rows."""
    model = build(instance, without=NO_STRENGTH)
    arrays = compile_problem(model.problem)
    position = {name: n for n, name in enumerate(arrays.columns)}
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    for key, column in model.variables.installed.items():
        lower[position[column.name]] = upper[position[column.name]] = installed[key]
    return lp_cost(arrays, lower, upper)


def in_money_of_the_row(i: Instance, row: PolicyRow, cost: float) -> float:
    year = 1.0 if row.year is None else i.discount[row.year]
    return cost * (1.0 if row.unit == "million MAD" else 1e6) / year


@pytest.mark.parametrize("seed", SEEDS)
def test_a_moved_side_changes_the_cost_as_its_operating_price_says(seed: int) -> None:
    plan = random_plan(seed)
    i, installed = plan.instance, plan.decisions.installed
    table = prices(plan, arcs=()).table.set_index("row")
    base = operated(i, installed)
    assert base is not None
    checked = 0
    for row in policy_rows(i):
        if row.family in HUB_FAMILIES:
            continue
        known = table.loc[row.name]
        scale = 1e6 if row.unit == "million MAD" else 1.0
        room = [known["holds_to"] / scale - row.stated, row.stated - known["holds_from"] / scale]
        for sign, price, length in zip(
            (1, -1), (known["operating_mad"], known["operating_down_mad"]), room, strict=True
        ):
            step = sign * (0.005 if row.coefficient else min(length * 0.95, 20.0))
            if not np.isfinite(price):
                assert operated(raised(i, row, 0.01), installed) is None
                continue
            moved = operated(raised(i, row, step), installed)
            if step == 0:
                continue
            assert moved is not None
            found = in_money_of_the_row(i, row, (moved - base) / step)
            assert found == pytest.approx(price, rel=2e-3, abs=1.0), (row.name, step)
            checked += 1
    assert checked >= 2


@pytest.mark.parametrize("seed", SEEDS[:6])
def test_beyond_the_range_the_price_no_longer_predicts(seed: int) -> None:
    plan = random_plan(seed)
    i, installed = plan.instance, plan.decisions.installed
    row = next(r for r in policy_rows(i) if r.family == "job_target")
    known = prices(plan, arcs=()).table.set_index("row").loc[row.name]
    base = operated(i, installed)
    assert base is not None
    for end, price in (("holds_to", "operating_mad"), ("holds_from", "operating_down_mad")):
        length = known[end] - row.stated
        if not np.isfinite(length) or not np.isfinite(known[price]):
            continue
        step = 1.5 * length
        moved = operated(raised(i, row, step), installed)
        expected = base + known[price] * step * i.discount[1] / 1e6
        assert moved is None or moved > expected + 1e-6


def test_a_demand_made_degenerate_has_two_prices() -> None:
    """A ceiling exactly at what the plan uses: more room is worth nothing, less costs money."""
    instance = toy(policy=Policy(job_target=((1, 1400.0),)))
    plan = plan_of(instance)
    used = plan.decisions.jobs.sum(axis=0)
    s = int(np.argmax(used[:, 1] < instance.demand[:, 1] - 1))
    demand = instance.demand.copy()
    demand[s, 1] = used[s, 1]
    tight = instance.replace(demand=demand)
    plan = plan_of(tight)
    row = f"demand_{instance.segments[s]}_2027"
    price = prices(plan, arcs=()).table.set_index("row").loc[row]
    assert price["binds"]
    assert price["operating_mad"] == pytest.approx(0.0, abs=1.0)
    assert price["operating_down_mad"] < -1.0


@pytest.mark.parametrize("seed", SEEDS[:6])
def test_arc_prices_are_differences_of_brute_force(seed: int) -> None:
    plan = random_plan(seed)
    i = plan.instance
    base = brute_force(i)
    table = prices(plan, arcs=[*HUB_FAMILIES, "job_target", "budget", "budget_total",
                               "quality_floor", "minimum_use"]).table  # fmt: skip
    assert base is not None
    for row, known in zip(policy_rows(i), table.to_dict("records"), strict=True):
        if known["arc_state"] == "not asked":
            continue
        scale = 1e6 if row.unit == "million MAD" else 1.0
        after = brute_force(raised(i, row, known["step"] / scale))
        if after is None:
            assert known["arc_state"] == "nothing fits"
            continue
        expected = in_money_of_the_row(i, row, (after - base) / (known["step"] / scale))
        slack = max(1.0, abs(expected) * 1e-4)
        assert known["arc_low_mad"] - slack <= expected <= known["arc_high_mad"] + slack, row.name
        if known["arc_state"] == "proven":
            assert known["arc_mad"] == pytest.approx(expected, rel=1e-3, abs=1.0)


def test_a_price_below_the_gap_is_refused() -> None:
    plan = plan_of(toy())
    loose = plan.facts.model_copy(update={"bound_mad": plan.facts.objective_mad * 0.5})
    doubtful = Plan(loose, plan.instance, plan.decisions)
    result = prices(doubtful, arcs=["job_target"], gap=0.5, steps={"job_target": 1e-3})
    row = result.table.set_index("row").loc["job_target_2027"]
    assert row["arc_state"] == "below the gap"
    assert np.isnan(row["arc_mad"])
    assert row["arc_low_mad"] <= 0 <= row["arc_high_mad"]


def test_planning_prices_are_slopes_of_the_strengthened_relaxation() -> None:
    plan = plan_of(toy())
    known = prices(plan, arcs=()).table.set_index("row").loc["job_target_2027"]
    costs = []
    for heads in (1500.0, 1500.05):
        model = build(toy(policy=Policy(job_target=((1, heads),))))
        arrays = compile_problem(model.problem)
        arrays = type(arrays)(**{**vars(arrays), "integer": np.zeros_like(arrays.integer)})
        costs.append(lp_cost(arrays, arrays.lower, arrays.upper))
    assert costs[0] is not None and costs[1] is not None
    slope = (costs[1] - costs[0]) / 0.05 * 1e6 / plan.instance.discount[1]
    assert known["planning_mad"] == pytest.approx(slope, rel=1e-3)


def changed_resource(i: Instance, entry: dict[str, object], by: float) -> Instance:
    """The instance with one more of what a row of the table of worth speaks of."""
    kind, what, where = entry["one_more"], entry["what"], entry["where"]
    if kind == "graduate":
        inflow = i.talent_inflow.copy()
        year = i.years.index(int(str(entry["money_of"])))
        inflow[i.basins.index(str(where)), i.skills.index(str(what)), year] += by
        return i.replace(talent_inflow=inflow)
    if kind == "place":
        places = i.places.copy()
        year = i.years.index(int(str(entry["money_of"])))
        places[i.basins.index(str(where)), i.programmes.index(str(what)), year] += by
        # a place more of a year is not a school that can grow more
        return i.replace(places=places, place_growth=i.place_growth * 0)
    completion = i.completion.copy()
    every = what == "all programmes"
    chosen = range(len(completion)) if every else [i.programmes.index(str(what))]
    completion[list(chosen)] += by / 100
    return i.replace(completion=completion)


def test_one_more_is_worth_what_re_solving_with_one_more_says() -> None:
    i = short_of_talent(1200.0)
    i = i.replace(place_growth=i.place_growth * 0)
    plan = plan_of(i)
    installed, base = plan.decisions.installed, operated(i, plan.decisions.installed)
    assert base is not None
    worth = prices(plan, arcs=()).worth
    kinds = {"graduate", "place", "point of completion"}
    assert kinds <= set(worth["one_more"])
    for entry in worth[worth["one_more"].isin(kinds)].to_dict("records"):
        for by, column in ((1.0, "mad"), (-1.0, "mad_if_one_less")):
            moved = operated(changed_resource(i, entry, by), installed)
            if moved is None:
                assert entry[column] == np.inf
                continue
            money = str(entry["money_of"])
            year = 1.0 if money == "present value" else i.discount[i.years.index(int(money))]
            expected = (moved - base) * 1e6 / year
            assert entry[column] == pytest.approx(expected, rel=1e-4, abs=1.0), entry


def test_a_tight_budget_is_worth_more_than_a_dirham() -> None:
    plan = plan_of(toy(policy=full_policy()))
    result = prices(plan, arcs=())
    budgets = result.worth[result.worth["one_more"] == "dirham of budget"]
    assert len(budgets) == 2
    rows = result.table.set_index("row")
    for entry in budgets.to_dict("records"):
        row = rows.loc[f"budget_{entry['what']}_{entry['money_of']}"]
        assert entry["mad"] == pytest.approx(row["operating_mad"], abs=1e-6)
    assert isinstance(result.table, pd.DataFrame)
    assert result.to_dict()["complete"]
