"""The command line, run as a user runs it: real processes, real exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

FAST = ["--gap", "0.05", "--time-limit", "120"]
HUBSELECT = [sys.executable, "-m", "hubselect"]


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*HUBSELECT, *arguments], capture_output=True, text=True, cwd=cwd, check=False, timeout=300
    )


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], str, Path]:
    folder = tmp_path_factory.mktemp("cli") / "plan"
    done = run("solve", "no-new-training", *FAST, "-o", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr, folder


def test_json_holds_one_object_with_what_programs_need(
    solved: tuple[dict[str, object], str, Path],
) -> None:
    document, stderr, folder = solved
    required = {
        "outcome", "objective_mad", "bound_mad", "gap", "seconds", "jobs_2030",
        "exports_2030_mad", "hubs", "seats", "costs", "audit",
    }  # fmt: skip
    assert required <= set(document)
    assert document["audit"]["max_violation"] <= 1e-6  # type: ignore[index]
    assert "solving" in stderr
    assert (folder / "plan.json").is_file()


def test_a_reader_that_stops_reading_loses_no_plan(tmp_path: Path) -> None:
    command = [*HUBSELECT, "solve", "no-new-training", *FAST, "-o", str(tmp_path / "plan")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.wait(timeout=300)
    assert (tmp_path / "plan" / "plan.json").is_file()


def test_text_is_for_people() -> None:
    done = run("solve", "no-new-training", *FAST)
    assert done.returncode == 0, done.stderr
    for heading in ("Do the targets agree?", "Hubs to open", "What it costs", "Proof"):
        assert heading in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["solve", "tech-valley-203"], 2, "did you mean 'tech-valley-2030'?"),
        (["solve", "tech-valley-2030", "--set", "hubs.max_opn=4"], 2, "max_open"),
        (["solve", "tech-valley-2030", "--set", "targets.jobs.2030=900000"], 3, "job_target"),
        (["solve", "tech-valley-2030", "--time-limit", "0"], 4, "time limit"),
        (["solve", "tech-valley-2030", "--solver", "NOPE"], 5, "NOPE"),
        (["data", "show", "MA-3", "population_legal"], 2, "MA-"),
        (["data", "show", "MA-03", "populaton_legal"], 2, "population_legal"),
        (["solve"], 2, "Missing argument"),
    ],
)
def test_wrong_use_has_its_exit_code_and_hint(
    arguments: list[str], code: int, said: str, tmp_path: Path
) -> None:
    done = run(
        *arguments, *(["-o", "out"] if arguments[:2] == ["solve", "x"] else []), cwd=tmp_path
    )
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_cannot_be_written_is_told_before_the_solve(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    done = run("solve", "tech-valley-2030", "-o", "taken", cwd=tmp_path)
    assert done.returncode == 2
    assert "is a file" in done.stderr and "solving" not in done.stderr


def test_broken_scenario_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[hubs\nmax_open = 1\n", encoding="utf-8")
    done = run("solve", "bad.toml", "-o", "out", cwd=tmp_path)
    assert done.returncode == 2
    assert "bad.toml" in done.stderr
    assert not (tmp_path / "out").exists()


def test_data_show_tells_where_a_value_comes_from() -> None:
    done = run("data", "show", "MA-03", "population_legal", "--json")
    value = json.loads(done.stdout)
    assert value["value"] == 4_467_911
    assert value["status"] == "official"
    assert value["source"] and value["year"] == "2024"


def test_lists_are_json_too() -> None:
    names = {s["name"] for s in json.loads(run("scenarios", "--json").stdout)}
    assert "tech-valley-2030" in names
    assert json.loads(run("data", "list", "--json").stdout)


def test_score_tells_ranks_and_how_sure_they_are() -> None:
    done = run("score", "tech-valley-2030", "--robust", "2000", "--json")
    regions = json.loads(done.stdout)["regions"]
    assert len(regions) == 12
    required = {"code", "score", "pillars", "rank", "rank_low", "rank_high", "p_top3"}
    assert all(required <= set(region) for region in regions)
    words = run("score", "tech-valley-2030", "--explain", "MA-03", "--robust", "2000").stdout
    assert "Fès-Meknès" in words or "MA-03" in words


def test_help_is_quick_because_it_imports_little() -> None:
    listed = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "hubselect", "--help"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    for heavy in ("pandas", "geopandas", "pulp", "highspy", "numpy"):
        assert f" {heavy}\n" not in listed.stderr, heavy


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_keeps_the_best_plan(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*HUBSELECT, "solve", "tech-valley-2030", "--gap", "0", "-o", "out", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stderr is not None
    while "solving" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(15)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=120)
    if process.returncode == 4:
        assert "before the interruption" in stderr
        return
    assert process.returncode == 0, stderr
    document = json.loads(stdout)
    assert document["outcome"] in ("feasible", "proven")
    if document["outcome"] == "feasible":
        assert document["stopped_by"] == "interruption"
    assert document["audit"]["passed"]
    assert (tmp_path / "out" / "plan.json").is_file()
