"""The conflict of a shipped scenario: in Python, on the command line, and when interrupted."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import hubselect as hs
from hubselect.cli import app
from hubselect.explore.conflict import diagnosis as room
from plans import PosedToy
from planted import planted


def test_too_few_hubs_are_named() -> None:
    outcome = CliRunner().invoke(
        app, ["conflict", "tech-valley-2030", "--set", "hubs.max_open=2", "--no-repairs"]
    )
    assert outcome.exit_code == 0, outcome.output
    assert "no plan exists" in outcome.stdout
    assert "at most 2 hubs" in outcome.stdout and "270,000 jobs in 2030" in outcome.stdout


@pytest.mark.slow
def test_too_few_hubs_are_mended() -> None:
    outcome = CliRunner().invoke(
        app, ["conflict", "tech-valley-2030", "--set", "hubs.max_open=2", "--json"]
    )
    assert outcome.exit_code == 0, outcome.output
    found = json.loads(outcome.stdout)
    keys = [s["key"] for s in found["conflicts"][0]["statements"]]
    assert keys == ["max_open", "job_target 2030"]
    (repair,) = found["repairs"]
    assert repair["audit_passed"] and repair["outcome"] == "proven"
    (change,) = repair["changes"]
    assert change["setting"] == "hubs.max_open=7"
    assert found["relaxation"]["changes"][0]["after"] == change["after"]


def test_the_error_of_solve_points_to_the_conflict(atlas: hs.Regions) -> None:
    scenario = hs.Scenario.named("tech-valley-2030").replace(hubs__max_open=2)
    with pytest.raises(hs.InfeasibleError, match=r"hubselect\.conflict"):
        hs.solve(atlas, scenario)


def test_an_interruption_keeps_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(room, "lexicographic", interrupted)
    instance, culprits = planted("one hub too many", 0)
    found = room.diagnose(PosedToy(instance))  # type: ignore[arg-type]
    assert found.stopped_by == "interruption"
    assert set(found.conflicts[0].keys) == culprits
    assert found.repairs
    assert "Stopped by the interruption" in found.text
