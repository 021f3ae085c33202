"""One plan seen by each payer."""

from __future__ import annotations

import numpy as np
import pytest

import hubselect as hs
from checks import brute_force
from hubselect.explore.plans.payers import payer_optima
from hubselect.instance import PAYERS, Policy
from hubselect.report.text import plan_text
from plans import plan_of
from toy import full_policy, toy


@pytest.fixture(scope="module")
def plan() -> hs.Plan:
    """A hub with a territorial premium (B) and one without (A), seats and premiums."""
    instance = toy(
        policy=Policy(job_target=((1, 1500.0),)),
        talent_inflow=toy().talent_inflow * 0.8,
        workstations=toy().workstations * 0.85,
    )
    return plan_of(instance)


def test_payers_add_up_to_the_ledger_the_budgets_and_the_objective(plan: hs.Plan) -> None:
    table, costs = plan.payers, plan.costs
    assert table["counted_mad_million"].sum() * 1e6 == pytest.approx(plan.facts.objective_mad)
    total = costs["mad_million"].sum()
    assert (table["cash_mad_million"] + table["other_mad_million"]).sum() == pytest.approx(total)
    for payer in PAYERS:
        own = table[table["payer"] == payer].set_index("year")["cash_mad_million"]
        shown = plan.national.set_index("year")[f"{payer}_mad_million"]
        assert np.allclose(own, shown.loc[own.index])


def test_what_is_given_is_received_and_is_what_the_ledger_says(plan: hs.Plan) -> None:
    table = plan.payers
    assert table["given_mad_million"].sum() == pytest.approx(table["received_mad_million"].sum())
    sums = table.groupby("payer")[["given_mad_million", "received_mad_million"]].sum()
    costs = plan.costs.groupby("kind")["mad_million"].sum()
    premiums = costs["hiring_premium"] + costs["training_premium"]
    assert sums.loc["firm", "received_mad_million"] == pytest.approx(premiums)
    given = premiums + costs.get("territorial_premium", 0.0)
    assert sums.loc["state", "given_mad_million"] == pytest.approx(given)
    assert costs.get("territorial_premium", 0.0) > 0
    # part of the rent: some desks are in hubs, most are not
    assert 0 < sums.loc["firm", "given_mad_million"] < costs["rent"]
    assert sums.loc["operator", "given_mad_million"] == 0


def test_rent_is_all_for_operators_where_hubs_are_all_there_is(plan: hs.Plan) -> None:
    from hubselect.payers import payers

    bare = plan.instance.replace(workstations=np.zeros_like(plan.instance.workstations))
    opened = plan.decisions.installed[:, 0, -1] > 0
    assert opened.all()
    table = payers(bare, plan.decisions)
    last = table[table["year"] == bare.years[-1]].set_index("payer")
    rent = plan.costs[(plan.costs["kind"] == "rent") & (plan.costs["year"] == bare.years[-1])]
    assert last.loc["firm", "given_mad_million"] == pytest.approx(rent["mad_million"].sum())


def test_cost_per_additional_job_is_of_all_money_so_far(plan: hs.Plan) -> None:
    last = plan.payers.groupby("payer").last()
    value = plan.costs.groupby("payer")["discounted_mad_million"].sum()
    added = float(plan.national["jobs"].iloc[-1] - plan.instance.base_jobs.sum())
    for payer in PAYERS:
        expected = value[payer] * 1e6 / added
        assert last.loc[payer, "mad_per_additional_job"] == pytest.approx(expected)
    idle = plan_of(toy(policy=Policy(), base_jobs=np.full((2, 2), 1e-3)))
    assert idle.payers["mad_per_additional_job"].isna().all()


def test_the_text_shows_who_pays(plan: hs.Plan) -> None:
    text = plan_text(plan)
    assert "Who pays" in text
    assert "MAD per additional job" in text


def test_no_payer_does_better_than_its_own_optimum() -> None:
    plan = plan_of(toy(policy=full_policy()))
    table = payer_optima(plan).set_index("payer")
    for payer in PAYERS:
        least = brute_force(plan.instance.replace(payers=(payer,)))
        assert table.loc[payer, "least_mad_million"] == pytest.approx(least, rel=1e-6)
        assert table.loc[payer, "more_mad_million_low"] >= 0
    paid = table.loc[list(plan.instance.payers), "mad_million"].sum()
    assert paid * 1e6 == pytest.approx(plan.facts.objective_mad)
