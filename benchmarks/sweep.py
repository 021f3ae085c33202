"""A sweep against its futures solved from scratch: `python benchmarks/sweep.py [--futures N]`.

Sweeps of the base scenario at region level on two worker processes: six settings drawn; every
estimate drawn, with targets that must be met and with missing jobs and exports priced. A sample of
the same futures is then solved from scratch at the same gap, one after the other: by `hs.solve`
(score, assemble, state, solve, audit, tables), which is what a user does without a sweep, and by
the solver alone (assemble, state, compile, solve). Writes sweep.md beside this file.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import hubselect as hs
from hubselect.assemble import assemble
from hubselect.bench.page import table_lines
from hubselect.errors import HubselectError
from hubselect.explore.draws import draw
from hubselect.explore.uncertain import uncertain_figures, uncertain_settings
from hubselect.planning import versions
from hubselect.solving import Compiled, Run, Settings, solve_compiled
from hubselect.solving.shortfall import HARD, with_shortfall

HERE = Path(__file__).parent
RANGES = {
    "talent.inflow_factor": (0.85, 1.0, 1.15),
    "talent.leaving_factor": (0.8, 1.0, 1.2),
    "training.completion_factor": (0.9, 1.0, 1.05),
    "training.cost_factor": (0.8, 1.0, 1.4),
    "hubs.capex_factor": (0.8, 1.0, 1.3),
    "demand.factor.ITO": (0.95, 1.0, 1.1),
}
MISSING_JOB = 200_000.0  # MAD
WORKERS = 2


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--futures", type=int, default=1000)
    parser.add_argument("--estimated", type=int, default=100, help="futures with estimates drawn")
    parser.add_argument("--sample", type=int, default=20)
    parser.add_argument("--gap", type=float, action="append")
    options = parser.parse_args()
    regions = hs.Regions.morocco()
    scenario = hs.Scenario.named("tech-valley-2030")
    scores = hs.score(regions, scenario)
    case = (regions, scenario, scores)
    settings = draw(uncertain_settings(scenario, RANGES), options.futures)
    kinds: list[tuple[str, Any, float | None]] = [("6 settings", settings, None)]
    if options.estimated:
        figures = draw(uncertain_figures(regions, scenario, scores), options.estimated)
        many = f"{len(figures.names)} estimates"
        kinds.append((many, figures, None))
        kinds.append((f"{many}, missing jobs and exports priced", figures, MISSING_JOB))
    rows: list[list[str]] = []
    for gap in options.gap or [0.001, 0.01]:
        for name, draws, price in kinds:
            rows.append(_compared(name, case, draws, price, options.sample, gap))
            print("  ".join(rows[-1]), flush=True)
            _write(rows, options)


def _write(rows: list[list[str]], options: argparse.Namespace) -> None:
    head = [
        "drawn", "gap", "futures", "outcomes", "wall s a future, 2 workers", "CPU s a future",
        "sample", "its CPU s in the sweep", "hs.solve: wall s", "CPU s", "solver alone: CPU s",
        "wall of hs.solve / sweep", "CPU of hs.solve / sweep", "CPU of solver / sweep",
        "costs agree",
    ]  # fmt: skip
    stated = ", ".join(f"{k} {v}" for k, v in versions().items())
    text = [
        "# A sweep against its futures from scratch",
        "",
        f"Written by `python benchmarks/sweep.py --futures {options.futures} --estimated "
        f"{options.estimated} --sample {options.sample}` on {datetime.now(UTC):%Y-%m-%d}; "
        f"{stated}. Base scenario, regions, {os.cpu_count()} cores shared with other work. The "
        f"sweep runs on {WORKERS} processes; its wall time holds their start and the base plan "
        "each begins with, its CPU seconds are those of the futures alone. From scratch: a sample "
        "of the same futures in one process, one thread: `hs.solve` as a user calls it, and the "
        "solver alone (assemble, state, compile, solve). Ratios are of the sample's own futures, "
        "whose share of the sweep's wall time goes by CPU seconds. `hs.solve` prices nothing that "
        "is missing, so it is not measured there. Costs agree where each is within the gap of the "
        "other's bound, or neither has a plan.",
        "",
        *table_lines(head, rows),
    ]
    (HERE / "sweep.md").write_text("\n".join(text) + "\n", encoding="utf-8")


def _compared(
    name: str, case: Any, draws: Any, price: float | None, sample: int, gap: float
) -> list[str]:
    regions, scenario, scores = case
    sample = min(sample, len(draws))
    began = time.perf_counter()
    swept = hs.sweep(
        regions, scenario, draws=draws, scores=scores, gap=gap, missing_job_mad=price,
        workers=WORKERS,
    )  # fmt: skip
    wall = (time.perf_counter() - began) / len(draws)
    each = float(swept.results["cpu_seconds"].mean())
    numbers = [int(n) for n in np.linspace(0, len(draws) - 1, sample)]
    # some futures take far longer than most: ratios are of the same ones
    own = float(swept.results["cpu_seconds"].loc[numbers].mean())
    share = wall * own / each
    alone, agree = [], 0
    for n in numbers:
        began = time.process_time()
        cost, bound = _alone(regions, scenario, scores, draws, n, price, gap)
        alone.append(time.process_time() - began)
        row = swept.results.loc[n]
        agree += _agree(cost, bound, row["objective_mad"] / 1e6, row["bound_mad"] / 1e6)
    whole = None if price else _solved(regions, scenario, draws, numbers, gap)
    counts = swept.results["outcome"].value_counts()
    return [
        name, f"{gap:.1%}", f"{len(draws):,}", ", ".join(f"{n} {k}" for k, n in counts.items()),
        f"{wall:.3f}", f"{each:.3f}", f"{len(numbers)}", f"{own:.3f}",
        *(("–", "–") if whole is None else (f"{whole[0]:.2f}", f"{whole[1]:.2f}")),
        f"{np.mean(alone):.2f}",
        "–" if whole is None else f"{whole[0] / share:.1f} ×",
        "–" if whole is None else f"{whole[1] / own:.1f} ×",
        f"{np.mean(alone) / own:.1f} ×",
        f"{agree} of {len(numbers)}",
    ]  # fmt: skip


def _solved(
    regions: Any, scenario: Any, draws: Any, numbers: list[int], gap: float
) -> tuple[float, float]:
    """Wall and CPU seconds a future of `hs.solve`, a future without a plan included."""
    wall, cpu = time.perf_counter(), time.process_time()
    for n in numbers:
        atlas, changed = draws.future(regions, scenario, n)
        with contextlib.suppress(HubselectError):
            hs.solve(atlas, changed.replace(solve__gap=gap, solve__threads=1))
    count = len(numbers)
    return (time.perf_counter() - wall) / count, (time.process_time() - cpu) / count


def _alone(
    regions: Any, scenario: Any, scores: Any, draws: Any, n: int, price: Any, gap: float
) -> tuple[float | None, float | None]:
    instance = assemble(*draws.future(regions, scenario, n), scores)
    compiled = Compiled.of(instance, without=HARD if price else ())
    arrays = compiled.arrays
    if price:
        arrays = with_shortfall(arrays, instance, price / 1e6)
    run = Run(replace(Settings(), gap=gap))
    try:
        solved = solve_compiled(compiled, run, arrays=arrays, blame=False)
    except HubselectError:
        return None, None
    return solved.objective, solved.bound


def _agree(cost: float | None, bound: float | None, other: float, other_bound: float) -> bool:
    if cost is None or bound is None:
        return bool(np.isnan(other))
    return bool(bound <= other * (1 + 1e-7) and other_bound <= cost * (1 + 1e-7))


if __name__ == "__main__":
    main()
