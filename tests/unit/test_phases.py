"""Budgets by period and kind, and how many hubs may grow in a year."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import hubselect as hs
from checks import EXACT, brute_force, solved_and_audited
from hubselect.assemble import assemble
from hubselect.audit import audit
from hubselect.consistency import check_targets
from hubselect.instance import BudgetRow, Instance, PeriodBudget
from hubselect.solving import solve_instance
from hubselect.tables import decision_tables
from toy import growing, random_instance


def enlargements(instance: Instance) -> float:
    solved = solved_and_audited(instance)
    z = solved.decisions.installed
    return float(((z[:, :, 1].sum(axis=1) > z[:, :, 0].sum(axis=1)) & (z[:, 0, 0] > 0)).sum())


def test_a_hub_grows_where_that_is_cheaper_and_not_where_it_may_not() -> None:
    free, bound = growing(), growing(enlargements_per_year=0)
    assert enlargements(free) == 1
    assert enlargements(bound) == 0
    assert enlargements(growing(enlargements_per_year=1)) == 1
    costs = [solved_and_audited(x).objective for x in (free, bound)]
    assert costs[0] < costs[1]
    assert costs == pytest.approx([brute_force(x) for x in (free, bound)])


def test_the_audit_sees_a_hub_that_grew_too_often() -> None:
    solved = solve_instance(growing(), EXACT)
    instance = growing(enlargements_per_year=0)
    result = audit(instance, decision_tables(instance, solved.decisions), solved.objective)
    assert result.table.set_index("family").loc["enlargements_per_year", "max_violation"] == 1.0


def test_a_period_binds_what_it_names_and_nothing_else() -> None:
    """Small in the first year is 12, large in the second 16 more: 15 there means all at once."""
    free = solved_and_audited(growing())
    loose = growing(periods=(PeriodBudget("operator", 1, 1, 16.0, ("capex",)),))
    tight = growing(periods=(PeriodBudget("operator", 1, 1, 15.0, ("capex",)),))
    other = growing(periods=(PeriodBudget("state", 1, 1, 15.0),))
    assert free.decisions.installed[0, :, 0].tolist() == [1.0, 0.0]
    assert solved_and_audited(tight).decisions.installed[0, :, 0].tolist() == [1.0, 1.0]
    assert solved_and_audited(tight).objective == pytest.approx(brute_force(tight))
    for same in (loose, other):
        assert solved_and_audited(same).objective == pytest.approx(free.objective)


@pytest.mark.parametrize("seed", range(12))
def test_a_total_is_the_period_of_all_years(seed: int) -> None:
    instance = random_instance(seed)

    def cost(**money: Any) -> float:
        policy = replace(instance.policy, **{"budgets": (), "periods": (), **money})
        try:
            return solved_and_audited(instance.replace(policy=policy)).objective
        except hs.InfeasibleError:
            return float("inf")

    total = cost(budgets=(BudgetRow("state", -1, 10.0),))
    assert cost(periods=(PeriodBudget("state", 0, 1, 10.0),)) == pytest.approx(total)


def test_periods_too_small_for_the_premiums_are_proven_before_solving() -> None:
    periods = (PeriodBudget("state", 0, 0, 0.1), PeriodBudget("state", 1, 1, 0.1))
    found = [s for s in check_targets(growing(periods=periods)) if s.family == "budget_period"]
    assert [s.verdict for s in found] == ["contradicts"]
    with pytest.raises(hs.InfeasibleError) as error:
        solve_instance(growing(periods=periods), EXACT)
    assert "budget_period" in error.value.families
    # half of the time says nothing about the other half
    half = growing(periods=periods[:1])
    assert not [s for s in check_targets(half) if s.family == "budget_period"]


def scenario(**period: Any) -> hs.Scenario:
    given = {"payer": "operator", "first_year": 2026, "last_year": 2028, "amount": 5e9, **period}
    return hs.Scenario.named("tech-valley-2030").replace(budget__periods=[given])


def test_periods_are_read_by_year_and_kind(atlas: hs.Regions) -> None:
    asked = scenario(kinds=["capex"])
    instance = assemble(atlas, asked, hs.score(atlas, asked))
    assert instance.policy.periods == (PeriodBudget("operator", 0, 2, 5000.0, ("capex",)),)
    assert Instance.from_dict(instance.to_dict()).hash == instance.hash


@pytest.mark.parametrize(
    ("period", "message"),
    [
        ({"kinds": ["capx"]}, "did you mean 'capex'"),
        ({"kinds": ["seats"]}, "not a kind of cost that operator pays"),
        ({"payer": "state", "kinds": ["tax_expenditure"]}, "not a kind of cost"),
        ({"first_year": 2029}, "runs from 2029 to 2028"),
        ({"last_year": 2031}, "a year from 2026 to 2030"),
        ({"amount": -1}, "greater than or equal to 0"),
    ],
)
def test_wrong_periods_are_refused(period: dict[str, Any], message: str) -> None:
    with pytest.raises(hs.ScenarioError, match=message):
        scenario(**period)
