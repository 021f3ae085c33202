"""A sweep against its futures solved from scratch: `python benchmarks/sweep.py [--futures N]`.

Two sweeps of the base scenario at region level: six settings drawn, and every estimate drawn with
missing jobs priced. A sample of the same futures is then solved from scratch at the same gap: read
nothing again, assemble, state and compile the model, solve. CPU seconds a future of both, in one
process each, and their ratio; writes sweep.md beside this file.
"""

from __future__ import annotations

import argparse
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
from hubselect.explore.draws import draw, uncertain_figures, uncertain_settings
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


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--futures", type=int, default=100)
    parser.add_argument("--sample", type=int, default=10)
    parser.add_argument("--gap", type=float, action="append")
    parser.add_argument("--no-estimates", action="store_true", help="the six settings alone")
    options = parser.parse_args()
    regions = hs.Regions.morocco()
    scenario = hs.Scenario.named("tech-valley-2030")
    scores = hs.score(regions, scenario)
    settings = draw(uncertain_settings(scenario, RANGES), options.futures)
    figures = draw(uncertain_figures(regions, scenario, scores), options.futures)
    rows: list[list[str]] = []
    many = f"{len(figures.names)} estimates, missing jobs priced"
    for gap in options.gap or [0.001, 0.01]:
        both = (("6 settings", settings, None), (many, figures, MISSING_JOB))
        for name, draws, price in both[:1] if options.no_estimates else both:
            asked = (options.sample, gap)
            rows.append(_compared(name, regions, scenario, scores, draws, price, asked))
            print("  ".join(rows[-1]), flush=True)
            _write(rows, options)


def _write(rows: list[list[str]], options: argparse.Namespace) -> None:
    head = [
        "drawn", "gap", "futures", "with a plan", "CPU s a future", "sample",
        "CPU s from scratch", "ratio", "costs agree",
    ]  # fmt: skip
    stated = ", ".join(f"{k} {v}" for k, v in versions().items())
    text = [
        "# A sweep against its futures from scratch",
        "",
        f"Written by `python benchmarks/sweep.py --futures {options.futures} --sample "
        f"{options.sample}` on {datetime.now(UTC):%Y-%m-%d}; {stated}. Base scenario, regions, one "
        "process and one thread for both, CPU seconds. From scratch: "
        "assemble, state, compile, solve. The sweep's seconds hold the base plan it begins with. "
        "Costs agree where each is within the gap of the other's bound.",
        "",
        *table_lines(head, rows),
    ]
    (HERE / "sweep.md").write_text("\n".join(text) + "\n", encoding="utf-8")


def _compared(
    name: str, regions: Any, scenario: Any, scores: Any, draws: Any, price: Any, asked: Any
) -> list[str]:
    count, gap = asked
    began = time.process_time()
    swept = hs.sweep(
        regions, scenario, draws=draws, scores=scores, gap=gap, missing_job_mad=price,
        backend="serial",
    )  # fmt: skip
    each = (time.process_time() - began) / len(draws)
    sample = np.linspace(0, len(draws) - 1, count).astype(int)
    spent, agree = [], 0
    for n in sample:
        began = time.process_time()
        cost, bound = _alone(regions, scenario, scores, draws, int(n), price, gap)
        spent.append(time.process_time() - began)
        row = swept.results.loc[n]
        agree += _agree(cost, bound, row["objective_mad"] / 1e6, row["bound_mad"] / 1e6)
    planned = int(swept.results["objective_mad"].notna().sum())
    mean = float(np.mean(spent))
    return [
        name, f"{gap:.1%}", f"{len(draws):,}", f"{planned:,}", f"{each:.3f}", f"{len(sample)}",
        f"{mean:.3f}",
        f"{mean / each:.1f} ×", f"{agree} of {len(sample)}",
    ]  # fmt: skip


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
