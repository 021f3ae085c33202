"""Plans side by side, replanned, and what they rest on: toys, with brute force where it counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import hubselect as hs
from checks import histories, lp_cost
from hubselect.arrays import compile_problem
from hubselect.cli import app
from hubselect.errors import DataError, InfeasibleError
from hubselect.explore.plans.assumptions import assumptions, rank
from hubselect.explore.plans.compare import compare
from hubselect.explore.plans.leaks import leaks, public_cost_per_net_job
from hubselect.explore.plans.replan import Replan, replan_instance
from hubselect.explore.sweep import Sweep
from hubselect.instance import Instance, Policy
from hubselect.model import build
from hubselect.plan import Plan
from plans import plan_of
from toy import short_of_talent, toy

MORE = Policy(job_target=((1, 1380.0),))


def again(approved: Plan, new: Instance, **options: object) -> Replan:
    return replan_instance(approved, approved, new, until=2026, **options)  # type: ignore[arg-type]


# compare


def test_side_by_side_the_numbers_are_the_plans_own() -> None:
    one, other = plan_of(toy()), plan_of(toy(policy=MORE))
    found = compare(other, one, names=["fewer", "more"])
    summary = found.summary
    assert summary.loc["more", "cost_mad"] == one.facts.objective_mad
    assert summary.loc["more", "jobs_change"] == pytest.approx(120.0)
    rise = one.facts.objective_mad - other.facts.objective_mad
    assert summary.loc["more", "cost_change_mad"] == pytest.approx(rise)
    assert summary.loc["more", "mad_per_additional_job"] == pytest.approx(rise / 120.0)
    assert np.isnan(summary.loc["fewer", "mad_per_additional_job"])
    counted = one.costs["mad_million"].sum() * 1e6
    assert found.payers["more"].sum() == pytest.approx(counted)
    assert found.regions["more"].sum() == pytest.approx(1500.0)
    for site, row in found.hubs.iterrows():
        held = [str(site) in set(p.hubs["site"]) for p in (other, one)]
        assert [row["fewer"] != "–", row["more"] != "–"] == held
        assert (row["change"] == "comes") == (held == [False, True])
    assert found.to_dict()["summary"][1]["plan"] == "more"


def test_a_change_below_the_gap_has_no_price() -> None:
    plan = plan_of(toy(policy=MORE))
    more = plan_of(toy(policy=Policy(job_target=((1, 1381.0),))))
    wide = more.facts.model_copy(update={"bound_mad": plan.facts.objective_mad * 0.5})
    loose = replace(more, facts=wide)
    assert np.isfinite(compare(plan, more).summary["mad_per_additional_job"].iloc[1])
    assert np.isnan(compare(plan, loose).summary["mad_per_additional_job"].iloc[1])


def test_plans_and_names_must_fit() -> None:
    plan = plan_of(toy(policy=MORE))
    with pytest.raises(DataError, match="two or more"):
        compare(plan)
    with pytest.raises(DataError, match="2 different names"):
        compare(plan, plan, names=["a", "a"])
    assert list(compare(plan, plan).summary.index) == ["1 toy", "2 toy"]


def test_plans_of_other_data_are_compared_with_a_note() -> None:
    plan, other = (plan_of(toy(), data_hash=digit * 64) for digit in "12")
    found = compare(plan, plan, other, names=["one", "same", "other"])
    assert len(found.notes) == 1
    assert found.notes[0].startswith("other was made from other data than one (222222222222, not 1")
    assert found.to_dict()["notes"] == list(found.notes)
    assert set(found.to_dict()) == {"summary", "payers", "hubs", "regions", "notes"}
    assert compare(plan, plan).notes == ()


def test_the_command_notes_other_data_and_is_no_error(tmp_path: Path) -> None:
    folders = [str(plan_of(toy(), data_hash=digit * 64).write(tmp_path / digit)) for digit in "12"]
    for other, noted in ((folders[1], True), (folders[0], False)):
        done = CliRunner().invoke(app, ["compare", folders[0], other])
        assert done.exit_code == 0, done.output
        assert done.stdout.startswith("Note: ") == noted


# replan


def frozen_brute_force(approved: Plan, new: Instance) -> float | None:
    """Least cost over every future of the hubs that begins as approved, first-year heads kept."""
    model = build(new, without=["national_capacity", "floor_cover"])
    arrays = compile_problem(model.problem)
    position = {name: n for n, name in enumerate(arrays.columns)}
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    for name in ("seats", "places_added", "jobs"):
        for key, column in getattr(model.variables, name).items():
            if key[-1] == 0 and column.name in position:
                value = getattr(approved.decisions, name)[key]
                lower[position[column.name]] = max(value - 1e-3, 0.0)
                upper[position[column.name]] = value + 1e-3
    best = None
    started = approved.decisions.installed[:, :, 0].sum(axis=1)
    paths = [[p for p in histories(new) if p[0] == start] for start in started]
    for first in paths[0]:
        for second in paths[1]:
            low, high = lower.copy(), upper.copy()
            for (h, k, t), column in model.variables.installed.items():
                at = position[column.name]
                low[at] = high[at] = 1.0 if (first, second)[h][t] > k else 0.0
            cost = lp_cost(arrays, low, high)
            if cost is not None and (best is None or cost < best):
                best = cost
    return best


@pytest.mark.parametrize("seed", range(8))
def test_a_replan_is_the_cheapest_that_begins_as_approved(seed: int) -> None:
    rng = np.random.default_rng(seed)
    approved = plan_of(toy(policy=MORE))
    changed = toy(
        policy=Policy(job_target=((1, float(rng.uniform(1330, 1480))),)),
        capex=toy().capex * rng.uniform(0.7, 1.5, size=(2, 2)),
        seat_cost=toy().seat_cost * rng.uniform(0.7, 1.5, size=2),
    )
    best = frozen_brute_force(approved, changed)
    if best is None:
        with pytest.raises(InfeasibleError, match="nothing fits what was decided"):
            again(approved, changed)
        return
    found = again(approved, changed)
    assert found.plan.facts.objective_mad / 1e6 == pytest.approx(best, rel=1e-6)
    assert found.plan.audit().passed
    before, after = approved.decisions, found.plan.decisions
    assert np.array_equal(before.installed[:, :, 0], after.installed[:, :, 0])
    assert before.jobs[:, :, 0] == pytest.approx(after.jobs[:, :, 0], abs=2e-3)
    assert found.kept_cost_mad >= found.plan.facts.objective_mad - 1.0


def test_why_adds_up_and_each_step_is_its_own_problem() -> None:
    approved = plan_of(toy(policy=MORE))
    dearer = toy(policy=Policy(job_target=((1, 1420.0),)), seat_cost=toy().seat_cost * 1.4)
    why = again(approved, dearer).why
    assert list(why.index) == ["approved", "gap", "data", "targets"]
    total = why["cost_mad"].iloc[-1] - why["cost_mad"].iloc[0]
    assert why["change_mad"].sum() == pytest.approx(total)
    inside = (why["change_low_mad"] <= why["change_mad"] + 1e-6) & (
        why["change_mad"] <= why["change_high_mad"] + 1e-6
    )
    assert inside.iloc[1:].all()
    assert abs(why.loc["gap", "change_mad"]) < 1.0, "the approved plan was optimal"
    only_data = frozen_brute_force(approved, toy(policy=MORE, seat_cost=toy().seat_cost * 1.4))
    assert only_data is not None
    assert why.loc["data", "cost_mad"] == pytest.approx(only_data * 1e6, rel=1e-6)
    nothing = again(approved, approved.instance)
    assert nothing.why["change_mad"].iloc[1:].abs().max() < 1.0
    assert nothing.moved == ()
    assert nothing.to_dict()["deviation_per_hub_mad"] is None


def test_what_the_gap_hid_is_told_apart() -> None:
    plan = plan_of(toy(policy=MORE))
    worse = plan.facts.model_copy(
        update={"objective_mad": plan.facts.objective_mad + 5e6, "gap": 0.9, "outcome": "feasible"}
    )
    why = again(replace(plan, facts=worse), plan.instance).why
    assert why.loc["gap", "change_mad"] == pytest.approx(-5e6, rel=1e-3)
    assert abs(why.loc["data", "change_mad"]) < 1.0


def test_changing_the_approved_hubs_has_a_price_and_a_penalty_keeps_them() -> None:
    approved = plan_of(toy(policy=MORE))
    # a hub elsewhere becomes much cheaper; nothing of the first year stands in the way
    cheap = toy(policy=Policy(job_target=((1, 1450.0),)), capex=toy().capex * [[1.0], [0.05]])
    free = again(approved, cheap, freeze=("seats",))
    assert free.moved, "worth moving"
    assert free.deviation_mad > 0
    assert free.deviation_per_hub_mad == pytest.approx(free.deviation_mad / len(free.moved))
    dear = again(approved, cheap, freeze=("seats",), penalty_mad=1e12)
    if np.isfinite(free.kept_cost_mad):
        assert dear.moved == ()
    assert dear.plan.facts.objective_mad >= free.plan.facts.objective_mad - 1.0
    assert dear.plan.audit().passed
    nothing = again(approved, cheap, freeze=("seats",), penalty_mad=1.0)
    assert nothing.plan.facts.objective_mad == pytest.approx(
        free.plan.facts.objective_mad, rel=1e-6
    )
    assert free.comparison.hubs["change"].isin(["comes", "goes", "changes", ""]).all()


def test_what_cannot_be_frozen_is_refused() -> None:
    plan = plan_of(toy(policy=MORE))
    with pytest.raises(DataError) as told:
        replan_instance(plan, plan, toy(segments=("A", "B")), until=2027, freeze=("talent",))
    assert len(told.value.problems) == 3


# what a plan rests on


def test_seats_leak_as_the_model_says() -> None:
    plan = plan_of(short_of_talent())
    table = leaks(plan)
    i, d = plan.instance, plan.decisions
    assert table.loc["seats", "heads"] == pytest.approx(d.seats.sum())
    assert (table["heads"].diff().iloc[1:] <= 1e-9).all()
    assert table["lost"].sum() == pytest.approx(d.seats.sum() - table.loc["in a job", "heads"])
    # without any seat, talent would end lower by exactly who is still there, reskilled apart
    direct = i.replace(programme_skill=np.array([-1, -1]), programme_pool=np.array([0, 0]))
    plain = plan_of(direct)
    talent = i.base_talent.copy()
    for t in range(2):
        talent = talent * (1 - i.leaving) + i.talent_inflow[:, :, t]
    grown = plain.decisions.talent[:, :, -1].sum() - talent.sum()
    assert leaks(plain).loc["still there", "heads"] == pytest.approx(grown)
    spent = plan.costs[
        (plan.costs["payer"] == "state")
        & (~plan.costs["kind"].isin(["residual_value", "tax_expenditure"]))
    ]
    added = d.jobs[:, :, -1].sum() - i.base_jobs.sum()
    assert public_cost_per_net_job(plan) == pytest.approx(spent["mad_million"].sum() * 1e6 / added)


def made_up(cost: np.ndarray, drawn: pd.DataFrame) -> Sweep:
    results = pd.DataFrame({"objective_mad": cost, "outcome": "proven"}, index=drawn.index)
    return Sweep({"scenario": "made up"}, drawn, results, pd.DataFrame(index=drawn.index))


@pytest.mark.parametrize("count", [36, 400])
def test_the_ranking_finds_what_moves_a_known_cost(count: int) -> None:
    rng = np.random.default_rng(5)
    drawn = pd.DataFrame(rng.random((count, 12)), columns=[f"x{n}" for n in range(12)])
    cost = 100 + 30 * drawn["x3"] - 10 * np.exp(drawn["x7"]) + 0.1 * rng.random(count)
    table, method = rank(made_up(cost.to_numpy(), drawn))
    assert ("regression coefficients" in method) == (count == 400)
    assert list(table.index[:2]) == ["x3", "x7"]
    assert list(table["direction"].iloc[:2]) == [1, -1]
    assert table["swing_mad"].iloc[0] == pytest.approx(27.0, rel=0.25)
    assert table["told"].iloc[:2].all()
    if count == 400:
        assert table["share"].sum() == pytest.approx(1.0, abs=0.1)
        assert table["swing_mad"].iloc[0] == pytest.approx(27.0, rel=0.1)


def test_too_few_futures_rank_nothing() -> None:
    drawn = pd.DataFrame({"x": np.arange(10.0)})
    with pytest.raises(DataError, match="20 or more"):
        rank(made_up(np.arange(10.0), drawn))


@pytest.mark.slow
def test_a_plan_says_what_it_rests_on(atlas: hs.Regions) -> None:
    away = [code for code in atlas.codes if code not in ("MA-03", "MA-04")]
    scenario = hs.Scenario.named("tech-valley-2030").replace(
        regions__leave_out=away, targets__jobs={"2030": 60_000}, targets__exports={}
    )
    plan = hs.solve(atlas, scenario)
    found = assumptions(
        plan, atlas, draws=24, figures=["hub_sizes", "programmes", "skills/leaving"],
        backend="serial",
    )  # fmt: skip
    assert len(found.top) == 5
    assert found.futures == 24
    assert found.without_plan == 0
    assert found.leaks.loc["seats", "heads"] > 10_000
    counted = plan.costs[plan.costs["counted"]]
    assert found.prices["mad"].sum() == pytest.approx(plan.facts.objective_mad, rel=1e-6)
    assert set(found.prices.index) == set(counted["kind"])
    assert 0.0 < found.share_on_estimates <= 1.0
    assert found.to_dict()["leaks"][0]["stage"] == "seats"
