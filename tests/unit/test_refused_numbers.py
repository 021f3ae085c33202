"""Numbers outside their range and unknown names: one error before any solve, in every question."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hubselect as hs
from hubselect.errors import DataError, Problem, ScenarioError, refuse_outside
from hubselect.explore.plans.replan import replan_instance
from hubselect.explore.workbench import Workbench
from hubselect.instance import Policy
from plans import plan_of
from toy import toy

NAN = float("nan")


@pytest.fixture(scope="module")
def plan() -> hs.Plan:
    return plan_of(toy(policy=Policy(job_target=((1, 1380.0),))))


def test_every_number_outside_is_named() -> None:
    refuse_outside(gap=(None, 0.0, 1.0), delta=(0.0, 0.0, 1.0))
    with pytest.raises(ScenarioError) as caught:
        refuse_outside(gap=(-1.0, 0.0, 1.0), workers=(0, 1, float("inf")), share=(NAN, 0.0, 1.0))
    assert [str(p) for p in caught.value.problems] == [
        "gap: is -1.0; expected 0 to 1",
        "workers: is 0; expected a whole number, 1 or more",
        "share: is nan; expected 0 to 1",
    ]


@pytest.mark.parametrize("kind", [DataError, ScenarioError])
def test_an_error_comes_home_whole_from_a_worker(kind: type[hs.InputError]) -> None:
    error = kind([Problem("hubs.nope", "is not a known setting"), Problem("b", "is", "c", "d")])
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error) and again.problems == error.problems


ASKED: tuple[tuple[str, Callable[[hs.Plan], Any]], ...] = (
    ("gap", lambda plan: hs.why(plan, "a1", gap=-1.0)),
    ("gap", lambda plan: hs.alternatives(plan, gap=-0.1)),
    ("gap", lambda plan: hs.frontier(plan, "jobs", gap=2.0)),
    ("time_limit", lambda plan: Workbench.of(plan, time_limit=-1.0)),
    ("gap", lambda plan: hs.prices(plan, gap=NAN)),
    ("arc 'job_targets'", lambda plan: hs.prices(plan, arcs=["job_targets"])),
    ("step 'x'", lambda plan: hs.prices(plan, steps={"x": 1.0})),
    ("step job_target=0", lambda plan: hs.prices(plan, steps={"job_target": 0.0})),
    ("weight", lambda _: hs.Measure("cvar", weight=4.0)),
    ("level", lambda _: hs.Measure("cvar", level=1.0)),
    (
        "penalty_mad",
        lambda plan: replan_instance(plan, plan, plan.instance, until=0, penalty_mad=-5.0),
    ),
)


@pytest.mark.parametrize(("where", "question"), ASKED)
def test_a_question_refuses_it(
    where: str, question: Callable[[hs.Plan], Any], plan: hs.Plan
) -> None:
    with pytest.raises(ScenarioError) as caught:
        question(plan)
    assert [p.where for p in caught.value.problems] == [where]


@pytest.mark.parametrize(
    "given", [{"gap": -1.0}, {"missing_job_mad": -4.0}, {"workers": 0}, {"block": 0}]
)
def test_a_sweep_refuses_it(given: dict[str, Any], atlas: hs.Regions, tmp_path: Path) -> None:
    base = hs.Scenario.named("tech-valley-2030")
    with pytest.raises(ScenarioError) as caught:
        hs.sweep(atlas, base, draws=2, folder=tmp_path / "swept", **given)
    assert [p.where for p in caught.value.problems] == list(given)
    assert not (tmp_path / "swept").exists()


def test_a_calendar_and_a_stress_refuse_it(atlas: hs.Regions, plan: hs.Plan) -> None:
    base = hs.Scenario.named("tech-valley-2030")
    with pytest.raises(ScenarioError, match="delta: is -1"):
        hs.calendar(atlas, base, hs.Futures.read("offshoring-2030"), plan=plan, delta=-1.0)
    with pytest.raises(DataError, match="not made from these regions"):
        hs.calendar(atlas, base, hs.Futures.read("offshoring-2030"), plan=plan)
    with pytest.raises(ScenarioError, match="workers: is 0"):
        hs.stress(plan, 10, regions=atlas, workers=0)


def test_a_plan_of_another_format_is_named_by_its_file(plan: hs.Plan, tmp_path: Path) -> None:
    file = tmp_path / "old.json"
    file.write_text(plan.to_json().replace("hubselect-plan/1", "hubselect-plan/0"), "utf-8")
    with pytest.raises(DataError) as caught:
        hs.Plan.read(file)
    (problem,) = caught.value.problems
    assert problem.where == str(file) and "hubselect-plan/1" in problem.what
