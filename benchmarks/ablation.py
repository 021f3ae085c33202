"""What each device of the search brings: the search without it, against the search with all.

    python -m benchmarks.ablation                            # all scenarios at region level
    python -m benchmarks.ablation tech-valley-2030 --level province
    python -m benchmarks.ablation --only "without rounding"  # one row anew
    python -m benchmarks.ablation --again                    # everything anew
    python -m benchmarks.ablation --table                    # only the page, of what was measured

Variants: all devices; without each of `devices.DEVICES`; without the strengthening rows;
without any device; branching on the whole (without decomposition); the plain model. All of a
scenario run in one process from the same stated model, to the same gap. What is found is kept in
ablation.json; an interrupted command goes on where it stopped, and what older code measured is
measured again. Writes ablation_results.md beside this file. Other solvers: benchmarks/plain.py.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks import ablation_page
from benchmarks.ablation_page import ALL, IMPOSSIBLE, Cell, Variant, name_of, variants
from benchmarks.kept import Kept

import hubselect as hs
from hubselect.errors import InfeasibleError, NoPlanError, SolverError
from hubselect.planning import Posed, pose
from hubselect.scenario import shipped_names
from hubselect.schema import LEVELS
from hubselect.solving import Compiled, Run, Settings, Solved, solve_compiled, strength_families

RUNS = Path(__file__).with_name("ablation.json")
LIMITS = {"region": 60.0, "province": 120.0, "commune": 240.0}  # seconds of wall clock a run
FINE_GAP = 0.01  # asked at the finer levels, where the scenario's own takes too long
SHORT = 3.0  # CPU seconds: runs are repeated while all of them took less


def measured(
    posed: Posed, compiled: Compiled, variant: Variant, how: dict[str, float], repeats: int
) -> dict[str, Any]:
    """CPU seconds (median), gap, cost and bound [MMAD] of a variant; its plan is certified.

    Raises:
        KeyboardInterrupt: the run was interrupted, so that what it spent means nothing.
    """
    run = Run(
        Settings(gap=how["gap"], time_limit=how["limit"]),
        without=variant.without,
        decomposed=variant.decomposed,
    )
    times: list[float] = []
    found: Solved | str = ""
    while not times or (len(times) < repeats and sum(times) < SHORT):
        began = time.process_time()
        found = _solved(compiled, run)
        times.append(time.process_time() - began)
    spent = {"cpu": statistics.median(times), "runs": len(times), "asked": how["gap"]}
    if isinstance(found, str):
        return {**spent, "gap": None, "cost": None, "bound": None, "failure": found}
    posed.plan(found, seconds=times[-1])
    known = math.isfinite(found.bound)  # there may be a plan and no bound yet
    gap, bound = (found.gap, found.bound) if known else (None, None)
    return {**spent, "gap": gap, "cost": found.objective, "bound": bound, "failure": ""}


def _solved(compiled: Compiled, run: Run) -> Solved | str:
    """The plan, or why there is none."""
    try:
        solved = solve_compiled(compiled, run, blame=False)
    except NoPlanError as error:
        if "interruption" in str(error):
            raise KeyboardInterrupt from None
        return "no plan"
    except InfeasibleError:
        return IMPOSSIBLE
    except SolverError:
        return "solver failed"
    if solved.stopped_by == "interruption":
        raise KeyboardInterrupt
    return solved


def scenario_measured(
    regions: hs.Regions, name: str, kept: Kept, chosen: Collection[str], options: argparse.Namespace
) -> None:
    """Measure the variants of a scenario that are missing or stale, and those asked for."""
    scenario = hs.Scenario.named(name)
    own = scenario.solve.gap if regions.level == "region" else FINE_GAP
    how = {"gap": own if options.gap is None else options.gap, "limit": options.limit}
    posed = cache(lambda: pose(regions, scenario))
    stated: Callable[[bool], Compiled] = cache(
        lambda strong: Compiled.of(posed().instance, without=() if strong else strength_families())
    )
    for variant in variants():
        key = name_of(regions.level, name, variant.name)
        asked = variant.name in chosen if chosen else options.again
        wanted = not chosen or variant.name in chosen or variant.name == ALL
        if asked or (wanted and not kept.fresh(key, how)):
            compiled = stated(variant.strengthened)
            kept.keep(key, measured(posed(), compiled, variant, how, options.repeats), how)
        found = kept.found(key)
        if found is not None and wanted:
            shown = ablation_page.seconds(Cell.of(found))
            print(f"{name:22s} {variant.name:28s} {shown}", flush=True)


def arguments() -> argparse.Namespace:
    """What is asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="SCENARIO", help="all shipped ones when empty")
    parser.add_argument("--level", choices=LEVELS, default="region")
    parser.add_argument("--gap", type=float, help="the scenario's own; 1 %% at finer levels")
    parser.add_argument("--limit", type=float, help="wall-clock seconds a run")
    parser.add_argument("--repeats", type=int, default=3, help="of short runs")
    parser.add_argument("--only", nargs="*", metavar="VARIANT", default=[],
                        choices=[v.name for v in variants()])  # fmt: skip
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    options.limit = LIMITS[options.level] if options.limit is None else options.limit
    return options


def main() -> None:
    """Measure, keep, write."""
    options, kept = arguments(), Kept(RUNS)
    try:
        if not options.table:
            regions = hs.Regions.morocco(level=options.level)
            for name in options.names or shipped_names():
                scenario_measured(regions, name, kept, options.only, options)
    except KeyboardInterrupt:
        print("interrupted: the page holds what was measured", file=sys.stderr)
    if told := ablation_page.write(kept):
        sys.exit("\n".join(["variants contradict each other:", *told]))


if __name__ == "__main__":
    main()
