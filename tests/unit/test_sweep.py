"""Sweeps: the same as solving each future, whatever the workers, through interruption and death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import hubselect as hs
from hubselect.errors import DataError, InfeasibleError, ScenarioError, SolverError
from hubselect.explore import sweep_block
from hubselect.explore.draws import draw
from hubselect.explore.sweep import Sweep, SweepProgress, sweep
from hubselect.explore.uncertain import uncertain_figures, uncertain_settings
from hubselect.solving import chain, highs

KEPT = ("MA-03", "MA-04")
RANGES = {
    "talent.inflow_factor": (0.7, 1.0, 1.2),
    "hubs.capex_factor": (0.7, 1.3),
    "training.completion_factor": (0.8, 1.0, 1.1),
}


@pytest.fixture(scope="module")
def small_scenario(atlas: hs.Regions) -> hs.Scenario:
    """Two regions and a target of theirs: a future solves in a moment."""
    away = [code for code in atlas.codes if code not in KEPT]
    base = hs.Scenario.named("tech-valley-2030")
    return base.replace(
        regions__leave_out=away, targets__jobs={"2030": 60_000}, targets__exports={}
    )


@pytest.fixture(scope="module")
def serial(atlas: hs.Regions, small_scenario: hs.Scenario) -> Sweep:
    return swept(atlas, small_scenario, backend="serial")


def swept(atlas: hs.Regions, scenario: hs.Scenario, **options: object) -> Sweep:
    draws = draw(uncertain_settings(scenario, RANGES), 6, seed=2)
    return sweep(atlas, scenario, draws=draws, block=2, **options)  # type: ignore[arg-type]


def same(one: Sweep, other: Sweep) -> None:
    columns = [c for c in one.results.columns if c != "cpu_seconds"]
    pd.testing.assert_frame_equal(one.results[columns], other.results[columns], check_exact=True)
    pd.testing.assert_frame_equal(one.sites, other.sites, check_exact=True)
    pd.testing.assert_frame_equal(one.drawn, other.drawn)


def test_every_future_costs_what_it_costs_alone(
    atlas: hs.Regions, small_scenario: hs.Scenario, serial: Sweep
) -> None:
    draws = draw(uncertain_settings(small_scenario, RANGES), 6, seed=2)
    scores = hs.score(atlas, small_scenario)
    for n in range(0, 6, 2):
        regions, scenario = draws.future(atlas, small_scenario, n)
        plan = hs.solve(regions, scenario, scores=scores)
        row = serial.results.loc[n]
        assert row["outcome"] == "proven"
        assert row["bound_mad"] <= plan.facts.objective_mad * (1 + 1e-9)
        assert plan.facts.bound_mad is not None
        assert plan.facts.bound_mad <= row["cost_mad"] * (1 + 1e-9)
        assert row["gap"] <= small_scenario.solve.gap + 1e-8
    assert serial.complete
    assert serial.sites.to_numpy().sum(axis=1) == pytest.approx(serial.results["hubs"].to_numpy())


@pytest.mark.slow
def test_futures_of_all_regions_cost_what_each_costs_alone(atlas: hs.Regions) -> None:
    base = hs.Scenario.named("tech-valley-2030")
    draws = draw(uncertain_settings(base, RANGES), 5, seed=3)
    found = sweep(atlas, base, draws=draws, backend="serial")
    scores = hs.score(atlas, base)
    for n in range(len(draws)):
        regions, scenario = draws.future(atlas, base, n)
        row = found.results.loc[n]
        try:
            facts = hs.solve(regions, scenario, scores=scores).facts
        except InfeasibleError as error:
            assert row["outcome"] == "infeasible"
            assert set(row["ruled_out_by"].split(" + ")) & set(error.families)
            continue
        assert row["outcome"] == "proven"
        assert facts.bound_mad is not None
        assert row["bound_mad"] <= facts.objective_mad * (1 + 1e-9)
        assert facts.bound_mad <= row["cost_mad"] * (1 + 1e-9)


@pytest.mark.slow
def test_a_future_called_infeasible_has_no_plan(atlas: hs.Regions) -> None:
    """Every estimate drawn: most futures have no plan, the sixteenth hardly has one."""
    base = hs.Scenario.named("tech-valley-2030")
    scores = hs.score(atlas, base)
    draws = draw(uncertain_figures(atlas, base, scores), 18)
    found = sweep(atlas, base, draws=draws, backend="serial", gap=0.01)
    without = found.results.index[found.results["outcome"] == "infeasible"]
    assert 5 < len(without) < 18
    for n in without:
        regions, scenario = draws.future(atlas, base, int(n))
        with pytest.raises(InfeasibleError):
            hs.solve(regions, scenario, scores=scores)


def test_the_order_of_a_block_is_its_own_and_its_rows_keep_theirs(
    small_scenario: hs.Scenario, serial: Sweep
) -> None:
    draws = draw(uncertain_settings(small_scenario, RANGES), 40, seed=2)
    path = draws.path(range(20, 40))
    assert sorted(path) == list(range(20, 40))
    assert path != sorted(path)
    q = draws.quantiles

    def length(order: list[int]) -> float:
        return float(sum(((q[a] - q[b]) ** 2).sum() ** 0.5 for a, b in pairwise(order)))

    assert length(path) < length(sorted(path))
    assert serial.results.index.tolist() == list(range(6))


def test_the_number_of_workers_changes_nothing(
    atlas: hs.Regions, small_scenario: hs.Scenario, serial: Sweep
) -> None:
    same(serial, swept(atlas, small_scenario, backend="processes", workers=2))


def test_progress_is_told_and_a_written_sweep_is_read_back(
    atlas: hs.Regions, small_scenario: hs.Scenario, serial: Sweep, tmp_path: Path
) -> None:
    told: list[SweepProgress] = []
    kept = swept(
        atlas, small_scenario, backend="serial", folder=tmp_path / "a", progress=told.append
    )
    assert [p.done for p in told] == [2, 4, 6]
    assert told[-1].left == 0
    same(serial, kept)
    same(serial, Sweep.read(tmp_path / "a"))
    same(serial, Sweep.read(serial.write(tmp_path / "b")))
    document = kept.to_dict()
    assert document["summary"]["outcomes"] == {"proven": 6}
    assert len(document["futures"]) == 6
    assert "6 proven" in repr(kept)


def test_an_interrupted_sweep_keeps_what_is_done_and_goes_on(
    atlas: hs.Regions, small_scenario: hs.Scenario, serial: Sweep, tmp_path: Path
) -> None:
    def stop(p: SweepProgress) -> None:
        raise KeyboardInterrupt

    half = swept(atlas, small_scenario, backend="serial", folder=tmp_path, progress=stop)
    assert len(half.results) == 2
    assert not half.complete
    told: list[SweepProgress] = []
    whole = swept(atlas, small_scenario, backend="serial", folder=tmp_path, progress=told.append)
    assert [p.done for p in told] == [4, 6], "the first block is not solved again"
    same(serial, whole)


@pytest.mark.parametrize("searched", [False, True])
@pytest.mark.parametrize("run", [1, 2, 4, 9, 14])
def test_ctrl_c_in_any_run_of_highs_ends_a_sweep(
    run: int, searched: bool, atlas: hs.Regions, small_scenario: hs.Scenario,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Heard as a run ends by itself, whatever it ends with; also in the search of one plan."""
    if searched:
        monkeypatch.setattr(chain, "FARTHEST", -1.0)
        monkeypatch.setattr(chain, "TRIED", 0)
    work, runs = highs._Watch.run, [0]

    def heard(watch: highs._Watch, *given: object) -> bool:
        stopped = work(watch, *given)  # type: ignore[arg-type]
        runs[0] += 1
        watch.stop |= runs[0] == run
        return watch.stop or stopped

    monkeypatch.setattr(highs._Watch, "run", heard)
    monkeypatch.setattr(sweep_block, "_READY", {})
    found = swept(atlas, small_scenario, backend="serial")
    assert not found.complete
    assert runs[0] <= run + 1


def test_a_killed_sweep_goes_on_from_its_folder(
    atlas: hs.Regions, small_scenario: hs.Scenario, serial: Sweep, tmp_path: Path
) -> None:
    script = f"""
        import os, signal
        import hubselect as hs
        from hubselect.explore.draws import draw
        from hubselect.explore.uncertain import uncertain_figures, uncertain_settings
        from hubselect.explore.sweep import sweep
        scenario = hs.Scenario.from_dict({small_scenario.to_dict()!r}, name="tech-valley-2030")
        draws = draw(uncertain_settings(scenario, {RANGES!r}), 6, seed=2)
        def kill(p):
            if p.done == 4:
                os.kill(os.getpid(), signal.SIGKILL)
        sweep(hs.Regions.morocco(), scenario, draws=draws, block=2, backend="serial",
              folder={str(tmp_path)!r}, progress=kill)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert len(Sweep.read(tmp_path).results) == 4
    same(serial, swept(atlas, small_scenario, backend="serial", folder=tmp_path))


def test_a_folder_of_another_sweep_is_refused(
    atlas: hs.Regions, small_scenario: hs.Scenario, serial: Sweep, tmp_path: Path
) -> None:
    serial.write(tmp_path)
    with pytest.raises(DataError, match="holds another sweep"):
        swept(atlas, small_scenario.replace(hubs__max_open=2), backend="serial", folder=tmp_path)
    with pytest.raises(DataError, match=r"gap_asked 0\.001 there, 0\.5 asked"):
        swept(atlas, small_scenario, backend="serial", folder=tmp_path, gap=0.5)
    (tmp_path / "sweep.json").write_text("{}")
    with pytest.raises(DataError, match="is no sweep"):
        Sweep.read(tmp_path)


def test_a_broken_folder_is_told_and_a_lost_table_written_again(
    atlas: hs.Regions, small_scenario: hs.Scenario, serial: Sweep, tmp_path: Path
) -> None:
    serial.write(tmp_path)
    (tmp_path / "drawn.csv").unlink()
    with pytest.raises(DataError, match=r"drawn\.csv: cannot be read"):
        Sweep.read(tmp_path)
    same(serial, swept(atlas, small_scenario, backend="serial", folder=tmp_path))
    same(serial, Sweep.read(tmp_path))
    parts = [tmp_path / f"part-0000{n}.csv" for n in range(3)]
    parts[0].write_text(parts[0].read_text().splitlines()[0] + "\n")
    with pytest.raises(DataError, match=r"part-00000\.csv: has 0 rows; expected futures 0 to 1"):
        swept(atlas, small_scenario, backend="serial", folder=tmp_path)
    parts[1].write_text("")
    parts[2].rename(tmp_path / "part-x.csv")
    with pytest.raises(DataError) as caught:
        Sweep.read(tmp_path)
    told = [str(problem) for problem in caught.value.problems]
    assert len(told) == 3
    assert not any("\n" in text for text in told)
    about = tmp_path / "sweep.json"
    about.write_text(about.read_text().replace('"block": 2', '"block": null'))
    with pytest.raises(DataError, match="is no sweep"):
        Sweep.read(tmp_path)


def test_a_grid_is_every_combination_and_what_cannot_be_is_said(
    atlas: hs.Regions, small_scenario: hs.Scenario, tmp_path: Path
) -> None:
    grid = {"targets.jobs.2030": [60_000, 300_000], "hubs.max_open": [3, 8]}
    found = sweep(atlas, small_scenario, grid=grid, backend="serial")
    assert found.drawn["targets.jobs.2030"].tolist() == [60_000, 60_000, 300_000, 300_000]
    assert found.results["outcome"].tolist() == ["proven", "proven", "infeasible", "infeasible"]
    why = found.results["ruled_out_by"].tolist()
    assert why[:2] == ["", ""]
    assert all("job_target" in families.split(" + ") for families in why[2:])
    assert sum(found.summary()["ruled_out_by"].values()) == 2
    same(found, Sweep.read(found.write(tmp_path)))
    assert found.results["cost_mad"].iloc[0] >= found.results["cost_mad"].iloc[1] * 0.999
    assert found.summary()["with_plan"] == 2
    soft = sweep(atlas, small_scenario, grid=grid, backend="serial", missing_job_mad=300_000.0)
    assert set(soft.results["outcome"]) == {"proven"}
    assert not soft.results["ruled_out_by"].any()
    missing = soft.results["missing_jobs"]
    assert (missing.iloc[2:] > 50_000).all()
    assert (soft.results["jobs"] + missing).iloc[2] == pytest.approx(300_000)
    with pytest.raises(InfeasibleError):
        hs.solve(atlas, small_scenario.replace(targets__jobs={"2030": 300_000}))


@pytest.mark.parametrize(
    ("grid", "told"),
    [
        (5, ["grid: is 5"]),
        ("abc", ["grid: is 'abc'"]),
        ({5: [1]}, ["5: is not a known setting"]),
        ([{"hubs.max_open": 1}, 4], ["grid, future 1: is 4"]),
        ({"hubs.max_open": 4, "hubs.capex_factor": "12"}, ["'hubs.max_open'", "'hubs.capex_fac"]),
        ({"hubs.max_opn": [1, 2], "hubs.capex_factor": [1, -5, "a"]}, ["max_open", "-5", "'a'"]),
    ],
)
def test_every_wrong_value_of_a_grid_is_told_before_anything_is_solved(
    atlas: hs.Regions, small_scenario: hs.Scenario, grid: Any, told: list[str]
) -> None:
    with pytest.raises(ScenarioError) as caught:
        sweep(atlas, small_scenario, grid=grid)
    assert all(words in str(caught.value) for words in told)


def test_a_value_that_only_another_one_allows_is_no_mistake(
    atlas: hs.Regions, small_scenario: hs.Scenario
) -> None:
    """A target in 2031 needs a longer horizon, which the same future has."""
    longer = {"horizon.last_year": 2031, "targets.jobs.2031": 60_000}
    with pytest.raises(ScenarioError):
        sweep(atlas, small_scenario, grid=[{"targets.jobs.2031": 60_000}])
    found = sweep(atlas, small_scenario, grid=[longer], backend="serial")
    assert set(found.results["outcome"]) == {"proven"}


def test_seats_in_whole_classes_stay_whole(atlas: hs.Regions, small_scenario: hs.Scenario) -> None:
    classes = small_scenario.replace(training__cohort_size=25)
    found = sweep(atlas, classes, grid={"hubs.capex_factor": [1.0, 1.1]}, backend="serial")
    assert set(found.results["outcome"]) == {"proven"}
    assert found.results["seats"].to_numpy() % 25 == pytest.approx(0, abs=1e-6)
    plan = hs.solve(atlas, classes)  # future 0, whose plan is audited
    assert found.results["bound_mad"][0] <= plan.facts.objective_mad * (1 + 1e-9)
    assert plan.facts.bound_mad is not None
    assert plan.facts.bound_mad <= found.results["cost_mad"][0] * (1 + 1e-9)


def test_what_is_asked_wrongly_is_refused(atlas: hs.Regions, small_scenario: hs.Scenario) -> None:
    with pytest.raises(ScenarioError, match="draws or a grid"):
        sweep(atlas, small_scenario)
    with pytest.raises(ScenarioError, match="no future"):
        sweep(atlas, small_scenario, grid={"hubs.max_open": []})
    with pytest.raises(ScenarioError, match="did you mean 'serial'"):
        sweep(atlas, small_scenario, grid={"hubs.max_open": [2]}, backend="seral")  # type: ignore[arg-type]
    with pytest.raises(ScenarioError) as caught:
        sweep(
            atlas, small_scenario, backend=None, workers=1.5, block="2", gap=True,  # type: ignore[arg-type]
            missing_job_mad="a", client=4,
        )  # fmt: skip
    wrong = ["gap", "missing_job_mad", "workers", "block", "backend", "sweep"]
    assert [p.where for p in caught.value.problems] == wrong
    with pytest.raises(ScenarioError, match="a Dask client"):
        sweep(atlas, small_scenario, draws=2, client=4)
    with pytest.raises(ScenarioError) as caught:
        sweep(atlas, small_scenario, draws=2.5, seed=-1, method="sobl", shape="norml")  # type: ignore[arg-type]
    assert len(caught.value.problems) == 4
    assert "did you mean 'sobol'" in str(caught.value)


def test_a_future_the_solver_fails_on_is_told_and_ends_nothing(
    atlas: hs.Regions, small_scenario: hs.Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    solve = sweep_block._solved
    met: list[int] = []

    def fails_once(*arguments: object, **named: object) -> object:
        met.append(1)
        if len(met) == 1:
            raise SolverError("HiGHS stopped with status 'Not Set'")
        return solve(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(sweep_block, "_solved", fails_once)
    found = sweep(atlas, small_scenario, grid={"hubs.max_open": [3, 8]}, backend="serial")
    assert found.results["outcome"].tolist() == ["solver error", "proven"]


@pytest.mark.slow
def test_a_dask_worker_that_dies_loses_nothing(
    atlas: hs.Regions, small_scenario: hs.Scenario, serial: Sweep, tmp_path: Path
) -> None:
    distributed = pytest.importorskip("distributed")
    killed: list[int] = []
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):

        def kill(p: SweepProgress) -> None:
            if not killed:
                victim = next(iter(client.run(os.getpid).values()))
                killed.append(victim)
                os.kill(victim, signal.SIGKILL)

        found = swept(atlas, small_scenario, backend="dask", client=client, progress=kill)
    assert killed
    same(serial, found)
