"""Buildings and people planned apart: against brute force over every hub map."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

import hubselect as hs
from checks import histories, lp_cost
from hubselect.arrays import Arrays
from hubselect.explore.plans.siloed import GRANTED, First
from hubselect.explore.workbench import Workbench
from hubselect.instance import Instance, Policy
from plans import plan_of
from toy import random_instance, short_of_talent, toy

SEEDS = range(14)


def joint(seed: int) -> hs.Plan | None:
    """Short of talent in the cheaper place, so that it matters where the desks are."""
    instance = random_instance(seed)
    inflow = instance.talent_inflow * np.array([1.2, 0.2])[:, None, None]
    try:
        return plan_of(instance.replace(talent_inflow=inflow))
    except hs.InfeasibleError:
        return None


def least(bench: Workbench, arrays: Arrays) -> float:
    """Least cost over every hub map; infinite where none fits."""
    i = bench.instance
    columns = bench.compiled.columns("installed")
    best = np.inf
    for choice in product(*(histories(i) for _ in i.sites)):
        lower, upper = arrays.lower.copy(), arrays.upper.copy()
        for (h, k, t), column in columns.items():
            lower[column] = upper[column] = float(choice[h][t] > k)
        cost = lp_cost(arrays, lower, upper)
        best = best if cost is None else min(best, cost)
    return best


def by_hand(plan: hs.Plan, first: First) -> tuple[float, float]:
    """Cost of the first office's part, and of the siloed plan; by scipy."""
    bench = Workbench.of(plan)
    arrays = bench.compiled.arrays
    own = np.where(arrays.hubs == (first == "buildings"), arrays.cost, 0.0)
    offset = 0.0 if first == "buildings" else arrays.offset
    families = np.isin(np.array(bench.compiled.families), GRANTED[first])
    alone = arrays.with_row_bounds(np.flatnonzero(families), -np.inf, np.inf)
    part = least(bench, replace(alone, cost=own, offset=offset))
    return part, least(bench, arrays.with_row("first", own, -np.inf, part - offset + 1e-6))


@pytest.mark.parametrize("first", ["buildings", "people"])
@pytest.mark.parametrize("seed", SEEDS)
def test_siloed_plans_cost_what_brute_force_finds(seed: int, first: First) -> None:
    plan = joint(seed)
    if plan is None:
        return
    found = hs.siloed(plan, first=first)
    part, cost = by_hand(plan, first)
    assert found.first_cost == pytest.approx(part, rel=1e-6, abs=1e-6)
    if found.plan is None:
        assert cost == np.inf
        assert found.more_percent == (np.inf, np.inf, np.inf)
    else:
        assert found.plan.facts.objective_mad / 1e6 == pytest.approx(cost, rel=1e-6)
        assert found.plan.audit().passed
        assert found.plan.facts.objective_mad >= plan.facts.objective_mad * (1 - 1e-7)
        low, more, high = found.more_percent
        assert 0 <= low <= more + 1e-6 <= high + 2e-6
        assert not (found.missing["missing"] > 1e-3).any()


def test_the_instances_are_of_every_kind() -> None:
    """The oracle means little if planning apart never costs, or always fails."""
    kinds = []
    for plan in filter(None, map(joint, SEEDS)):
        for first in ("buildings", "people"):
            found = hs.siloed(plan, first=first)  # type: ignore[arg-type]
            kinds.append("none" if found.plan is None else found.more_percent[0] > 0.01)
    assert {"none", True, False} <= set(kinds), kinds


def desks_where_nobody_lives() -> Instance:
    """B is cheaper to build in, and has no talent; A has the people."""
    base = toy(policy=Policy(job_target=((1, 1400.0),)))
    return base.replace(
        capex=base.capex * np.array([[1.0], [0.1]]),
        first_year=np.array([0, 0]),
        ramp_up=np.ones((2, 2)),
        workstations=base.workstations * 0.85,
        base_talent=base.base_talent * np.array([[1.4], [1.0]]),
        talent_inflow=base.talent_inflow * np.array([2.0, 0.0])[:, None, None],
        arc_cost=base.arc_cost * 20,
    )


def test_cheap_desks_where_nobody_lives_cost_more_in_the_end() -> None:
    plan = plan_of(desks_where_nobody_lives())
    found = hs.siloed(plan)
    assert found.plan is not None
    assert set(found.plan.hubs["site"]) == {"b1"}
    assert set(plan.hubs["site"]) == {"a1"}
    assert found.more_percent[0] > 100
    assert "Buildings first, people after: the siloed plan costs" in found.sentence


def test_missing_jobs_are_told_where_the_second_office_cannot_make_do() -> None:
    """Desks are dear in the first year and people cheap: nobody builds what people then need."""
    found = [hs.siloed(plan, first="people") for plan in filter(None, map(joint, SEEDS))]
    short = [f for f in found if f.plan is None and (f.missing["missing"] > 1.0).any()]
    assert short
    for f in short:
        assert "are missing" in f.sentence
        reached = f.missing["asked"] - f.missing["reached"]
        assert np.allclose(np.maximum(reached, 0.0), f.missing["missing"])


def test_a_wide_gap_proves_little_and_says_so() -> None:
    plan = plan_of(short_of_talent())
    loose = replace(
        plan, facts=plan.facts.model_copy(update={"bound_mad": plan.facts.objective_mad * 0.9})
    )
    low, _, high = hs.siloed(loose).more_percent
    assert low == pytest.approx(0.0, abs=1e-6)
    assert high > 5
    assert "nothing above 0 is proven" in hs.siloed(loose).sentence
