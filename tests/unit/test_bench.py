"""A smoke run of the benchmark, results kept and compared, pages and charts; the new commands."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hubselect.bench.cases import PHASES, Case, cases
from hubselect.bench.measure import Measured, measure
from hubselect.bench.page import gap_points, phase_lines, plan_lines, write_charts
from hubselect.bench.results import Results, gathered
from hubselect.cli import app
from hubselect.errors import DataError
from hubselect.scenario import shipped_names
from hubselect.shipped import results_file, scenario_folder
from plans import plan_of
from toy import toy

RUN = CliRunner()


@pytest.fixture(scope="module")
def run() -> Measured:
    """The quickest shipped scenario, once through every phase."""
    return measure(Case("no-new-training"))


def test_every_phase_is_measured_and_the_plan_is_proven(run: Measured) -> None:
    assert [p for p in PHASES if p in run.clock.wall] == list(PHASES)
    assert all(v >= 0 for v in run.clock.cpu.values())
    assert run.clock.wall["first plan"] <= run.clock.wall["1 %"] <= run.clock.wall["0.1 %"]
    assert run.peak_mb > 50
    assert run.plan is not None
    assert run.plan.audit().passed
    last = run.curve[-1]
    assert last[1] == pytest.approx(run.plan.facts.objective_mad / 1e6)


def test_results_are_kept_and_compared(run: Measured, tmp_path: Path) -> None:
    results = gathered([run, run], repeats=2)
    assert results.phases.loc[("no-new-training", "build"), "runs"] == 2
    results.write(tmp_path / "results.json")
    again = Results.read(tmp_path / "results.json")
    assert again.to_dict() == results.to_dict()
    assert results.changes(again) == []
    dearer = replace(again, plans=again.plans.assign(cost_mad=again.plans["cost_mad"] * 1.5))
    (told,) = results.changes(dearer)
    assert "no-new-training: cost" in told
    assert "-33.33%" in told
    near = replace(
        again, plans=again.plans.assign(
            cost_mad=again.plans["cost_mad"] * 1.001, bound_mad=again.plans["bound_mad"] * 0.99
        )
    )  # fmt: skip
    assert results.changes(near)[0].endswith("within the gaps")
    other = replace(again, plans=again.plans.rename(index={"no-new-training": "another"}))
    assert results.changes(other) == ["no-new-training: new"]
    (tmp_path / "results.json").write_text("{}")
    with pytest.raises(DataError, match="no benchmark result"):
        Results.read(tmp_path / "results.json")


def test_pages_and_charts_show_them(run: Measured, tmp_path: Path) -> None:
    results = gathered([run])
    assert "| no-new-training | proven | " in "\n".join(plan_lines(results))
    assert "peak MB" in phase_lines(results)[0]
    written = write_charts(results, tmp_path)
    assert {p.name for p in written} >= {"phases.svg", "phases.png", "gaps.svg"}
    assert all(p.stat().st_size > 1000 for p in written)
    assert gap_points({"a": [[0.0, None, 5.0], [1.0, 10.0, 5.0]]})["gap"].tolist() == [50.0]


def test_a_scenario_without_a_plan_is_a_row(run: Measured) -> None:
    failed = Measured(run.case, run.clock, None, (), 1.0, "no plan exists: demand")
    assert "no plan exists" in "\n".join(plan_lines(gathered([failed])))


def test_the_registry_holds_every_shipped_scenario() -> None:
    assert [c.scenario for c in cases()] == list(shipped_names())
    assert [c.name for c in cases("commune")] == ["tech-valley-2030 (commune)"]
    with pytest.raises(DataError, match="did you mean 'province'"):
        cases("provinces")
    with pytest.raises(DataError) as told:  # before anything is solved
        cases("region", ("tech-valley-2030", "regional-equty", "/"))
    assert len(told.value.problems) == 2
    assert "did you mean 'regional-equity'" in str(told.value)


def test_committed_results_are_read_and_name_shipped_scenarios() -> None:
    committed = Results.read(results_file())
    assert set(shipped_names()) <= set(committed.plans.index)
    assert set(committed.plans.loc[list(shipped_names()), "outcome"]) <= {"proven", "feasible"}


# commands


def test_bench_prints_a_table_and_what_changed(run: Measured, tmp_path: Path) -> None:
    gathered([run]).write(tmp_path / "before.json")
    done = RUN.invoke(app, ["bench", "no-new-training", "--against", str(tmp_path / "before.json")])
    assert done.exit_code == 0, done.output
    assert "| no-new-training | proven" in done.stdout
    assert "Against the results of" in done.stdout


def test_compare_prints_plans_side_by_side(tmp_path: Path) -> None:
    for name, scale in (("cheap", 1.0), ("dear", 1.5)):
        plan_of(toy(capex=toy().capex * scale)).write(tmp_path / name)
    folders = [str(tmp_path / name) for name in ("cheap", "dear")]
    done = RUN.invoke(app, ["compare", *folders])
    assert done.exit_code == 0, done.output
    assert "cost_per_job_mad" in done.stdout
    told = json.loads(RUN.invoke(app, ["compare", *folders, "--json"]).stdout)
    assert [row["plan"] for row in told["summary"]] == ["cheap", "dear"]


def test_sweep_writes_prints_and_refuses_what_is_no_list(tmp_path: Path) -> None:
    out = tmp_path / "swept"
    asked = ["sweep", "no-new-training", "--grid", "hubs.max_open=[0, 1]", "--backend", "serial"]
    done = RUN.invoke(app, [*asked, "--output", str(out), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["summary"]["done"] == 2
    assert (out / "part-00000.csv").is_file()
    again = RUN.invoke(app, [*asked, "--output", str(out)])
    assert "2 futures, 2 proven" in again.stdout
    wrong = RUN.invoke(app, ["sweep", "no-new-training", "--grid", "hubs.max_open=4"])
    assert "is not a list of values" in str(wrong.exception)


@pytest.mark.skipif(
    not (scenario_folder().parent / "locate.py").is_file(), reason="installed from the wheel"
)
def test_published_instances_are_run_by_the_checkouts_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, met = subprocess.run, []

    def asked(command: list[str], **given: Any) -> Any:
        met.append(given["env"]["HUBSELECT_INSTANCES"])
        return work([*command, "--help"], capture_output=True, **given)

    monkeypatch.setattr("hubselect.cli_bench.subprocess.run", asked)
    ended = RUN.invoke(app, ["bench", "no-new-training", "--published", str(tmp_path)])
    assert ended.exit_code == 0, "the script starts"
    assert met == [str(tmp_path.resolve())]
    ended = RUN.invoke(app, ["bench", "no-new-training", "--published", str(tmp_path / "no")])
    assert isinstance(ended.exception, DataError)
