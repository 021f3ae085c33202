"""Seats in whole classes: against brute force over hubs and over every number of classes."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import hubselect as hs
from checks import EXACT, brute_force, check_audit, lp_cost, solved_and_audited
from hubselect.arrays import compile_problem
from hubselect.assemble import assemble
from hubselect.audit import audit
from hubselect.explore.answers.alternatives import alternatives
from hubselect.explore.answers.prices import prices
from hubselect.explore.answers.why import why
from hubselect.explore.workbench import Workbench
from hubselect.instance import Instance, Policy
from hubselect.model import build
from hubselect.solving import Settings, solve_instance
from hubselect.tables import decision_tables
from plans import plan_of
from toy import random_instance, short_of_talent, toy, whole_classes


def cost(instance: Instance, **options: Any) -> float:
    try:
        return solved_and_audited(instance, **options).objective
    except hs.InfeasibleError:
        return np.inf


def in_classes(seed: int) -> Instance:
    """A random instance short of talent, so that seats matter, in classes of 20 and of 5."""
    instance = random_instance(seed)
    inflow = instance.talent_inflow * 0.45
    return instance.replace(talent_inflow=inflow, cohort_size=np.array([20.0, 5.0]))


@pytest.mark.parametrize("seed", range(300, 318))
def test_classes_cost_what_brute_force_finds(seed: int) -> None:
    instance = in_classes(seed)
    expected = brute_force(instance)
    found = cost(instance)
    assert found == pytest.approx(np.inf if expected is None else expected, rel=1e-6)
    assert cost(instance, decomposed=False) == pytest.approx(found, rel=1e-6)


def test_classes_matter_in_the_random_instances() -> None:
    """The oracle means little if seats are whole anyway."""
    pairs = [
        (cost(in_classes(s)), cost(in_classes(s).replace(cohort_size=np.zeros(2))))
        for s in range(300, 318)
    ]
    assert all(whole >= free - 1e-6 for whole, free in pairs)
    assert sum(whole > free + 1e-4 for whole, free in pairs) >= 3


def test_every_number_of_classes_tried_by_hand() -> None:
    """No hub may open; schools in A hold at most 80 seats a year, in B 40."""
    instance = whole_classes().replace(largest_size=np.array([-1, -1]))
    arrays = compile_problem(build(instance).problem)
    columns = [n for n, name in enumerate(arrays.columns) if name.startswith("classes")]
    hubs = np.flatnonzero(arrays.hubs)
    best = np.inf
    for numbers in product(range(5), range(5), range(3), range(3)):
        lower, upper = arrays.lower.copy(), arrays.upper.copy()
        lower[columns] = upper[columns] = numbers
        upper[hubs] = 0.0
        found = lp_cost(arrays, lower, upper)
        best = min(best, np.inf if found is None else found)
    solved = solved_and_audited(instance)
    assert solved.objective == pytest.approx(best, rel=1e-7)
    seats = solved.decisions.seats[:, 0]
    assert seats.max() > 0
    assert np.allclose(seats % 20.0, 0.0)
    assert solved_and_audited(short_of_talent(1210)).objective < solved.objective


def test_the_audit_sees_a_class_that_is_not_full() -> None:
    solved = solve_instance(short_of_talent(), EXACT)
    instance = short_of_talent().replace(cohort_size=np.array([10.0, 10.0]))
    result = audit(instance, decision_tables(instance, solved.decisions), solved.objective)
    assert result.table.set_index("family").loc["whole_cohorts", "max_violation"] > 1e-3


def test_a_wide_gap_is_still_proven_against_seats_in_any_number() -> None:
    instance = whole_classes()
    free = solve_instance(instance.replace(cohort_size=np.zeros(2)), EXACT)
    solved = solve_instance(instance, Settings(gap=0.2))
    check_audit(instance, solved)
    assert solved.outcome == "proven"
    assert solved.bound <= free.objective * (1 + 1e-8)
    assert solved.objective <= cost(instance) * 1.2 + 1e-6


def test_classes_larger_than_any_school_are_blamed() -> None:
    instance = short_of_talent().replace(cohort_size=np.array([5000.0, 5000.0]))
    with pytest.raises(hs.InfeasibleError) as error:
        solve_instance(instance, EXACT)
    assert "whole_cohorts" in error.value.families


def test_a_plan_in_classes_is_laid_open_and_solved_again() -> None:
    instance = whole_classes()
    bench = Workbench.of(plan_of(instance))
    assert bench.solve().objective == pytest.approx(bench.cost, rel=1e-7)


def test_why_prices_and_alternatives_of_a_plan_in_classes() -> None:
    plan = plan_of(whole_classes())
    assert why(plan, "a1", turns=False).sentences
    assert prices(plan, arcs=["job_target"]).complete
    table = alternatives(plan, within=0.05, count=1, seeds=()).regions.set_index("measure")
    seats = table.loc["seats"]
    held = plan.decisions.seats.sum(axis=(1, 2))
    assert (seats["fewest"].to_numpy() <= held + 1e-6).all()
    assert (seats["most"].to_numpy() >= held - 1e-6).all()
    assert (seats["fewest_bound"] <= seats["fewest"] + 1e-6).all()
    assert (seats["most_bound"] >= seats["most"] - 1e-6).all()


def test_named_programmes_and_no_others(atlas: hs.Regions) -> None:
    base = hs.Scenario.named("tech-valley-2030")
    names = list(atlas.table("programmes").index)
    asked = base.replace(training__cohort_size=25, training__cohort_programmes=[names[0], names[2]])
    sizes = assemble(atlas, asked, hs.score(atlas, asked)).cohort_size
    assert sizes.tolist() == [25.0 if n in (0, 2) else 0.0 for n in range(len(names))]
    every = base.replace(training__cohort_size=30)
    assert (assemble(atlas, every, hs.score(atlas, every)).cohort_size == 30.0).all()
    with pytest.raises(hs.ScenarioError, match="cohort_size as well"):
        base.replace(training__cohort_programmes=names[:1])
    with pytest.raises(hs.ScenarioError, match="not a programme"):
        wrong = base.replace(training__cohort_size=25, training__cohort_programmes=["none"])
        assemble(atlas, wrong, hs.score(atlas, wrong))


def test_no_target_no_classes() -> None:
    instance = toy(policy=Policy(), cohort_size=np.array([10.0, 10.0]))
    assert not solved_and_audited(instance).decisions.seats.any()
