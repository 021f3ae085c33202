"""sweep(): one scenario in many futures, compiled once, each future solved from the one before."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hubselect.errors import Problem, ScenarioError, outside
from hubselect.explore import sweep_store as store
from hubselect.explore.draws import Draws, Method, Range, Shape, draw, draw_problems
from hubselect.explore.grid import Grid
from hubselect.explore.sweep_block import SITE, TEXTS, Futures, Job
from hubselect.explore.sweep_runners import Backend, run, where_problems
from hubselect.explore.uncertain import uncertain_figures, uncertain_settings
from hubselect.planning import versions
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.score_regions import score
from hubselect.scoring import Scores
from hubselect.solving import Settings
from hubselect.solving.shortfall import HARD
from hubselect.tables import records

BLOCK = 20  # futures that begin at the scenario's plan and follow one another, at most
BLOCKS = 8  # of few futures so many, for workers and progress


@dataclass(frozen=True)
class SweepProgress:
    """How far a sweep is: futures done of all, seconds so far, seconds left (None: unknown)."""

    done: int
    total: int
    seconds: float
    left: float | None


@dataclass(frozen=True, eq=False)
class Sweep:
    """Futures of one scenario and the least-cost plan of each. Index of all tables: `future`.

    `drawn`: what distinguishes the futures. `results`: outcome, ruled_out_by (where nothing fits,
    the policy families that prove it), cost_mad, objective_mad (with the price of what is missing),
    bound_mad, gap, missing_jobs, missing_exports_mad (both of the last target), jobs, exports_mad,
    hubs, workstations, seats, cpu_seconds. `sites`: 1 where a future's plan has a hub in the last
    year.
    """

    about: Mapping[str, Any]
    drawn: pd.DataFrame
    results: pd.DataFrame
    sites: pd.DataFrame

    @property
    def complete(self) -> bool:
        """Whether every future was solved (an interrupted sweep holds those that were)."""
        return len(self.results) == len(self.drawn)

    @property
    def table(self) -> pd.DataFrame:
        """Everything by future, side by side."""
        return self.drawn.join(self.results, how="inner").join(self.sites)

    def summary(self) -> dict[str, Any]:
        """Counts by outcome, quantiles of the figures, and how often each site has a hub."""
        counts = self.results["outcome"].value_counts().sort_index()
        reasons = self.results["ruled_out_by"].loc[lambda told: told != ""].value_counts()
        planned = self.results[self.results["outcome"].isin(["proven", "feasible"])]
        figures = ["cost_mad", "missing_jobs", "jobs", "exports_mad", "hubs", "seats"]
        marks = {
            name: {f"{q:.0%}": float(planned[name].quantile(q)) for q in (0.05, 0.5, 0.95)}
            for name in (figures if len(planned) else [])
        }
        return {
            "scenario": self.about["scenario"],
            "futures": len(self.drawn),
            "done": len(self.results),
            "outcomes": {str(name): int(n) for name, n in counts.items()},
            "ruled_out_by": {str(name): int(n) for name, n in reasons.items()},
            "with_plan": len(planned),
            "quantiles": marks,
            "hub_frequency": {str(s): float(v) for s, v in self.sites.mean().items() if v > 0},
        }

    def to_dict(self) -> dict[str, Any]:
        """Summary and every row, JSON-ready (missing numbers are None)."""
        rows = self.table.reset_index().astype(object)
        return {
            "about": dict(self.about),
            "summary": self.summary(),
            "futures": records(rows.where(rows.notna(), None)),
        }

    def write(self, folder: str | Path) -> Path:
        """Write the sweep; `read` restores it.

        Raises:
            DataError: the folder holds another sweep or cannot be written.
        """
        home, size = Path(folder), int(self.about["block"])
        store.begin(home, dict(self.about), self.drawn)
        rows = self.results.join(self.sites.add_prefix(SITE))
        for block, part in rows.groupby(rows.index // size):
            store.write_part(home, int(block), part)
        return home

    @classmethod
    def read(cls, folder: str | Path) -> Sweep:
        """A sweep that `write` or `sweep(folder=…)` wrote, complete or not.

        Raises:
            DataError: the folder is not a sweep's.
        """
        home = Path(folder)
        about = store.read_about(home)
        return _gathered(about, store.read_drawn(home), store.read_parts(home, about))

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {name}" for name, n in self.summary()["outcomes"].items())
        return f"Sweep({self.about['scenario']}: {len(self.drawn)} futures, {counts or 'none yet'})"


def sweep(
    regions: Regions,
    scenario: Scenario,
    *,
    draws: int | Draws | None = None,
    grid: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]] | None = None,
    figures: bool | str | Iterable[str] = True,
    ranges: Mapping[str, Range] | None = None,
    seed: int = 0,
    method: Method = "sobol",
    shape: Shape = "normal",
    missing_job_mad: float | None = None,
    gap: float | None = None,
    scores: Scores | None = None,
    folder: str | Path | None = None,
    backend: Backend = "processes",
    workers: int | None = None,
    client: Any = None,
    block: int | None = None,
    progress: Callable[[SweepProgress], None] | None = None,
) -> Sweep:
    """The least-cost plan of a scenario in each of many futures.

    Args:
        draws: how many futures to draw from `seed`, or `Draws` made before.
        grid: instead of draws, values by dotted setting (every combination), or a list of
            settings, one mapping a future.
        figures: draw every estimate the plan reads (True), none, or those named.
        ranges: settings to draw: (low, high) or (low, best, high) by dotted key.
        missing_job_mad: price of a job missing at a target, MAD; missing exports cost as many
            jobs as they stand for. None: targets are hard, and a future that cannot reach them is
            infeasible.
        gap: relative gap to prove; the scenario's when not given.
        scores: held the same in all futures; computed when not given.
        folder: where finished blocks are kept; the same call resumes an interrupted sweep.
        backend, workers, client: 'processes' (joblib, all cores), 'serial' or 'dask' (a client
            of a cluster, or a local cluster made for the call). No effect on the results.
        block: futures that are solved in a row; an eighth, at most 20, when not given. Another size
            gives other plans within the gap.
        progress: told after each block.

    Ctrl-C returns the futures solved so far. Every tenth plan is audited. A future that HiGHS fails
    on has the outcome 'solver error'.

    Raises:
        ScenarioError, DataError: wrong input; the folder holds another sweep.
        CertificateError: a plan does not hold.
        SolverError: HiGHS failed on the scenario itself.
    """
    problems = outside(
        gap=(gap, 0.0, 1.0), missing_job_mad=(missing_job_mad, 0.0, np.inf),
        workers=(workers, 1, np.inf), block=(block, 1, np.inf),
    ) + where_problems(backend, client)  # fmt: skip
    if (draws is None) == (grid is None):
        problems.append(Problem("sweep", "takes draws or a grid", "one of the two"))
    elif draws is not None and not isinstance(draws, Draws):
        problems += draw_problems(draws, seed, method, shape)
    if problems:
        raise ScenarioError(problems)
    scores = score(regions, scenario) if scores is None else scores
    futures = _futures(regions, scenario, scores, draws, grid, figures, ranges, seed, method, shape)
    block = min(BLOCK, -(-len(futures) // BLOCKS)) if block is None else block
    job = _job(regions, scenario, scores, futures, missing_job_mad, gap, block)
    about = {
        "key": job.key, "scenario": scenario.name, "futures": len(futures), "block": block,
        "gap_asked": job.settings.gap, "missing_job_mad": missing_job_mad, "seed": seed,
        "data_hash": regions.hash, "scenario_hash": scenario.hash, "versions": versions(),
    }  # fmt: skip
    home = None if folder is None else Path(folder)
    done: dict[int, pd.DataFrame] = {}
    if home is not None:
        store.begin(home, about, futures.table)
        done = store.read_parts(home, about)
    todo = [b for b in range(job.blocks) if b not in done]
    _solve(job, todo, done, home, (backend, workers, client), progress)
    return _gathered(about, futures.table, done)


def _solve(
    job: Job,
    todo: Sequence[int],
    done: dict[int, pd.DataFrame],
    home: Path | None,
    where: tuple[Backend, int | None, Any],
    progress: Callable[[SweepProgress], None] | None,
) -> None:
    """Run blocks, keep each as it comes; an interruption ends it quietly."""
    began, total = time.perf_counter(), len(job.futures)
    before = sum(len(part) for part in done.values())
    try:
        for block, rows in run(job, todo, *where):
            if home is not None:
                store.write_part(home, block, rows)
            done[block] = rows
            if progress is not None:
                count = sum(len(part) for part in done.values())
                seconds = time.perf_counter() - began
                left = seconds * (total - count) / (count - before)
                progress(SweepProgress(count, total, seconds, left))
    except KeyboardInterrupt:
        return


def _futures(
    regions: Regions,
    scenario: Scenario,
    scores: Scores,
    draws: int | Draws | None,
    grid: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]] | None,
    figures: bool | str | Iterable[str],
    ranges: Mapping[str, Range] | None,
    seed: int,
    method: Method,
    shape: Shape,
) -> Futures:
    if grid is not None:
        return Grid.of(grid, scenario)
    if isinstance(draws, Draws):
        return draws
    assert draws is not None
    uncertain = list(uncertain_settings(scenario, ranges or {}))
    if figures is not False:
        only = None if figures is True else [figures] if isinstance(figures, str) else figures
        uncertain += uncertain_figures(regions, scenario, scores, only=only)
    return draw(uncertain, draws, seed=seed, method=method, shape=shape)


def _job(
    regions: Regions,
    scenario: Scenario,
    scores: Scores,
    futures: Futures,
    missing_job_mad: float | None,
    gap: float | None,
    block: int,
) -> Job:
    options = scenario.solve
    settings = Settings(options.gap, options.time_limit, 1, options.seed)
    settings = settings if gap is None else replace(settings, gap=gap)
    switches = {"national_capacity": options.national_capacity, "floor_cover": options.floor_cover}
    without = {name for name, on in switches.items() if not on}
    if missing_job_mad is not None:
        without |= set(HARD)
    missing = None if missing_job_mad is None else missing_job_mad / 1e6
    told = [
        regions.hash, scenario.hash, scores.table.to_csv(), futures.table.to_csv(),
        repr((settings, missing, sorted(without), block)), versions()["hubselect"],
    ]  # fmt: skip
    key = hashlib.sha256("\x1e".join(told).encode()).hexdigest()
    return Job(
        key, regions, scenario, scores, futures, settings, missing, tuple(sorted(without)), block
    )


def _gathered(
    about: Mapping[str, Any], drawn: pd.DataFrame, parts: Mapping[int, pd.DataFrame]
) -> Sweep:
    rows = pd.concat([parts[b] for b in sorted(parts)]) if parts else pd.DataFrame()
    rows.index.name = "future"
    sites = [c for c in rows.columns if str(c).startswith(SITE)]
    built = rows[sites].rename(columns=lambda c: str(c).removeprefix(SITE))
    results = rows.drop(columns=sites)
    for name in TEXTS:
        told = results.get(name, pd.Series("", index=results.index))
        results[name] = told.astype(object).where(told.notna(), "")  # an empty text in a file
    numbers = [c for c in results.columns if c not in TEXTS]  # a whole number in a file is one
    results = results.astype(dict.fromkeys(numbers, float))
    return Sweep(dict(about), drawn, results, built.astype(float))
