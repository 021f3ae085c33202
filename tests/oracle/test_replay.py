"""Replayed plans: every outcome audited, what is drawn is what is solved, workers do not matter."""

from __future__ import annotations

import numpy as np
import pytest

import hubselect as hs
from checks import EXACT
from hubselect.explore.futures.l_shaped import Recourse
from hubselect.explore.futures.replay import Replay
from hubselect.explore.futures.stages import Stage, worlds_of
from hubselect.explore.futures.stress import wilson
from hubselect.instance import Policy
from plans import plan_of
from toy import toy
from worlds import base, instances, price


def test_a_plan_in_its_own_future_costs_what_it_costs() -> None:
    plan = plan_of(base())
    outcome = Replay.of(plan, Stage(0), price()).outcome(plan.instance, certify=True)
    assert outcome["cost_mmad"] == pytest.approx(plan.facts.objective_mad / 1e6, rel=1e-6)
    assert outcome["jobs_missing"] == outcome["penalty_mmad"] == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_replay_prices_a_future_as_the_two_stage_program_does(seed: int) -> None:
    plan = plan_of(base(seed))
    stage = Stage(0)
    replay = Replay.of(plan, stage, price())
    for instance in instances(seed):
        (world,) = worlds_of([instance], ["one"], [1.0], stage, price())
        expected = Recourse([world], EXACT).price(replay.first).costs[0]
        outcome = replay.outcome(instance, certify=True)
        assert outcome["cost_mmad"] + outcome["penalty_mmad"] == pytest.approx(expected, rel=1e-6)


def test_a_future_with_arcs_of_its_own_is_stated_anew() -> None:
    apart = base()
    closed = apart.arc_reach.copy()
    closed[2:] = 0.0
    plan = plan_of(apart.replace(arc_reach=closed))
    replay = Replay.of(plan, Stage(0), price())
    kept = replay.outcome(plan.instance)
    outcome = replay.outcome(apart, certify=True)
    total = [o["cost_mmad"] + o["penalty_mmad"] for o in (outcome, kept)]
    assert total[0] <= total[1] + 1e-6, "more ways to work cannot cost more"


def test_empty_seats_are_paid_and_counted() -> None:
    short = toy(policy=Policy(job_target=((1, 1380.0),)))
    short = short.replace(talent_inflow=short.talent_inflow * 0.5)
    plan = plan_of(short)
    assert plan.decisions.seats[:, :, 0].sum() > 1.0, "nothing is offered: nothing tested"
    nobody = short.replace(base_pool=short.base_pool * 0.0, pool_inflow=short.pool_inflow * 0.0)
    outcome = Replay.of(plan, Stage(0), price()).outcome(nobody, certify=True)
    from_pools = plan.decisions.seats[:, short.programme_pool >= 0, 0].sum()
    assert outcome["seats_empty"] >= from_pools - 1e-6
    assert outcome["jobs_missing"] > 0.0


@pytest.mark.slow
def test_stress_does_not_depend_on_workers_and_is_reproduced(atlas: hs.Regions) -> None:
    plan = hs.solve(atlas, hs.Scenario.named("tech-valley-2030").replace(solve__gap=0.01))
    one = hs.stress(plan, 30, seed=3, regions=atlas)
    two = hs.stress(plan, 30, seed=3, regions=atlas, workers=2)
    assert one.outcomes.equals(two.outcomes)
    assert len(one.outcomes) == 30
    assert one.summary["probability_low"] <= one.summary["probability_jobs_missing"]
    assert "drawn futures" in one.text


def test_a_plan_of_other_regions_is_refused(atlas: hs.Regions) -> None:
    with pytest.raises(hs.DataError, match="not made from these regions"):
        hs.stress(plan_of(base()), 2, regions=atlas)


def test_the_interval_of_a_probability_is_wilsons() -> None:
    low, high = wilson(0, 20)
    assert low == pytest.approx(0.0, abs=1e-12)
    assert high == pytest.approx(0.1611, abs=1e-4)
    assert wilson(10, 20) == pytest.approx((0.2993, 0.7007), abs=1e-4)
    assert np.isfinite(wilson(0, 0)).all()
