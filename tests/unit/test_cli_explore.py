"""The commands that ask a plan, on a toy plan written to a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import hubselect as hs
from hubselect.cli import app
from hubselect.explore.answers import proven
from hubselect.explore.answers.why import why, why_all
from hubselect.instance import Policy
from plans import plan_of
from toy import toy

run = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan = plan_of(toy(policy=Policy(job_target=((1, 1380.0),))))
    return plan.write(tmp_path_factory.mktemp("plans") / "plan")


COMMANDS = (
    ("why", ["a1"], ["questions"]),
    ("why", [], ["questions"]),
    ("prices", [], ["statements", "one-more"]),
    ("alternatives", ["--count", "1", "--seeds", "0", "--within", "0.3"], ["sites", "regions"]),
    ("frontier", ["--against", "jobs", "--at", "jobs=1380,1400"], ["points"]),
)


@pytest.mark.parametrize(("name", "options", "tables"), COMMANDS)
def test_a_command_answers_in_json_and_in_files(
    name: str, options: list[str], tables: list[str], folder: Path, tmp_path: Path
) -> None:
    result = run.invoke(app, [name, str(folder), *options, "--json", "-o", str(tmp_path)])
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["complete"]
    assert json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8")) == document
    for table in tables:
        assert len(pd.read_csv(tmp_path / f"{name}-{table}.csv")) > 0
    assert "NaN" not in result.stdout


@pytest.mark.parametrize(("name", "options", "tables"), COMMANDS[1:])
def test_a_command_answers_in_words(
    name: str, options: list[str], tables: list[str], folder: Path
) -> None:
    del tables
    result = run.invoke(app, [name, str(folder / "plan.json"), *options])
    assert result.exit_code == 0, result.output
    assert "INTERRUPTED" not in result.stdout
    assert len(result.stdout.splitlines()) > 3


def test_an_unknown_place_names_the_nearest(folder: Path) -> None:
    result = run.invoke(app, ["why", str(folder), "a11"])
    assert isinstance(result.exception, hs.ScenarioError)
    assert "did you mean" in str(result.exception)


def test_levels_are_a_name_and_numbers(folder: Path) -> None:
    result = run.invoke(app, ["frontier", str(folder), "--at", "many jobs"])
    assert isinstance(result.exception, hs.ScenarioError)
    assert "jobs=270000,275000" in str(result.exception)


def test_an_interruption_keeps_what_is_answered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the second solve: the first answer stands, no further question is asked."""
    solved, calls = proven._solve, []

    def once(*args: object) -> object:
        calls.append(args)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return solved(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(proven, "_solve", once)
    plan = hs.Plan.read(folder)
    answer = why(plan, "a1")
    assert not answer.complete
    assert [a.answer.state for a in answer.asked] == ["solved", "interrupted"]
    assert len(calls) == 2
    calls.clear()
    assert len(why_all(plan)) == 1
    calls.clear()
    near = hs.alternatives(plan, 0.3)
    assert not near.complete and near.to_dict()["sites"]
    calls.clear()
    points = hs.frontier(plan, "jobs", levels={"jobs": [1380.0, 1400.0]})
    assert not points.complete and len(points.table) == 1
    calls.clear()
    priced = hs.prices(plan, arcs=["job_target", "demand"])
    assert not priced.complete
    assert (priced.table["arc_state"] == "not asked").any()


def test_a_setting_cannot_change_a_plan_that_is_made(folder: Path) -> None:
    result = run.invoke(app, ["why", str(folder), "a1", "--set", "hubs.max_open=3"])
    assert isinstance(result.exception, hs.ScenarioError)
    assert "a plan that is made" in str(result.exception) and "replan" in str(result.exception)


@pytest.mark.parametrize("name", ["why", "stress", "calendar", "compare", "assumptions"])
def test_a_folder_that_cannot_be_written_is_refused_first(
    name: str, folder: Path, tmp_path: Path
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("", encoding="utf-8")
    result = run.invoke(app, [name, str(folder), "-o", str(taken)])
    assert isinstance(result.exception, hs.DataError)
    assert "is a file" in str(result.exception) and not result.stdout


def test_a_comparison_is_written_with_its_keys(folder: Path, tmp_path: Path) -> None:
    asked = ["compare", str(folder), str(folder), "--json", "-o", str(tmp_path)]
    result = run.invoke(app, asked)
    assert result.exit_code == 0, result.output
    written = (tmp_path / "compare.json").read_text(encoding="utf-8")
    assert json.loads(written) == json.loads(result.stdout)
    summary = pd.read_csv(tmp_path / "compare-summary.csv")
    assert summary["cost_mad"].nunique() == 1 and summary.columns[0] == "plan"
    assert "a1" in pd.read_csv(tmp_path / "compare-hubs.csv").iloc[:, 0].tolist()
