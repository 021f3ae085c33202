"""Time and memory against basins × sites, from 12 × 12 to 1,503 × 300.

    python -m benchmarks.growth            # what is missing or of older code, then the page
    python -m benchmarks.growth --again    # every point anew
    python -m benchmarks.growth --only "75 × 76" "75 × 150"
    python -m benchmarks.growth --quick    # the two smallest, shown and not written
    python -m benchmarks.growth --table    # only the page, of what was measured

Each point runs in a process of its own, so that its peak of memory is its own. What is found is
kept in growth.json; an interrupted command goes on where it stopped. Writes growth.md and
charts/growth.svg and .png beside this file.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import growth_page
from benchmarks.growth_points import POINTS, SCENARIO, Point, regions_of, write_candidates
from benchmarks.kept import ROOT, Kept

import hubselect as hs
from hubselect.bench.measure import Clock, peak_mb
from hubselect.catchments import gather
from hubselect.errors import HubselectError, NoPlanError
from hubselect.planning import Posed, pose
from hubselect.solving import Compiled, Run, Settings, solve_compiled
from hubselect.solving.lazy import LazyLP
from hubselect.solving.reduction import reduce

RUNS = Path(__file__).with_name("growth.json")
GAP = 0.01
LIMIT = 300.0  # wall-clock seconds of a solve
ROOT_LIMIT = 400.0  # and of the root LP, measured apart
QUICK = 2
FIRST, CLOSED = "first plan", "1 %"


def measured(point: Point, added: Path | None, limit: float, root_limit: float) -> dict[str, Any]:
    """One point through its phases, in this process.

    Sizes; CPU seconds by phase ('first plan' and '1 %' from the start of the solve; absent: not
    reached); MB held at most, before reading (`base_mb`), once stated and in all.
    """
    base, clock = peak_mb(), Clock()
    with clock.phase("read"):
        regions = regions_of(point, added)
        posed = pose(gather(regions) if point.gathered else regions, hs.Scenario.named(SCENARIO))
    with clock.phase("state"):
        compiled = Compiled.of(posed.instance)
    found: dict[str, Any] = {
        "read": len(regions),
        "basins": len(posed.instance.basins),
        "arcs": len(posed.instance.arc_from),
        "columns": len(compiled.arrays.columns),
        "rows": len(compiled.arrays.rows),
        "nonzeros": int(compiled.arrays.matrix.nnz),
        "base_mb": base,
        "stated_mb": peak_mb(),
    }
    with clock.phase("root LP"):
        state = relaxed(compiled, root_limit)
    if state != "optimal":  # the search merges basins and may need no such LP
        del clock.cpu["root LP"]
    found |= searched(posed, compiled, clock, limit)
    return {**found, "cpu": clock.cpu, "wall": clock.wall, "peak_mb": peak_mb()}


def relaxed(compiled: Compiled, limit: float) -> str:
    """Solve the relaxation of the whole model; how that ended."""
    lp = LazyLP(reduce(compiled.arrays).arrays, Settings(time_limit=limit))
    return lp.run(limit).state


def searched(posed: Posed, compiled: Compiled, clock: Clock, limit: float) -> dict[str, Any]:
    """Solve to the gap or the limit; the plan is certified by its audit. Adds to the clock."""
    watch = watching(clock)
    began = time.perf_counter()
    how = Run(Settings(gap=GAP, time_limit=limit), progress=lambda p: watch(p.gap))
    try:
        solved = solve_compiled(compiled, how)
    except NoPlanError:
        return {"outcome": f"no plan in {limit:.0f} s"}
    watch(solved.gap)
    plan = posed.plan(solved, seconds=time.perf_counter() - began)
    return {
        "outcome": plan.facts.outcome,
        "gap": plan.facts.gap,
        "cost_mad": plan.facts.objective_mad,
        "hubs": len(plan.hubs),
    }


def watching(clock: Clock) -> Callable[[float | None], None]:
    """A listener to gaps that notes when the first plan and the gap asked came."""
    wall, cpu = time.perf_counter(), time.process_time()

    def note(gap: float | None) -> None:
        for name, wanted in ((FIRST, float("inf")), (CLOSED, GAP)):
            if name not in clock.cpu and gap is not None and gap <= wanted + 1e-9:
                clock.keep(name, time.perf_counter() - wall, time.process_time() - cpu)

    return note


def in_a_process(point: Point, limit: float, root_limit: float) -> dict[str, Any]:
    """`measured` in a new process; `failure` where it came to nothing."""
    with tempfile.TemporaryDirectory() as folder:
        added = write_candidates(point, Path(folder))
        command = [sys.executable, "-m", "benchmarks.growth", "--point", str(POINTS.index(point))]
        command += ["--limit", str(limit), "--root-limit", str(root_limit)]
        command += ["--added", folder] if added else []
        try:
            done = subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, check=False,
                timeout=2 * (limit + root_limit) + 600,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            return {"failure": f"stopped after {error.timeout:.0f} s"}
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return {"failure": said[-1]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def run(points: Iterable[Point], kept: Kept, how: Mapping[str, float], again: bool) -> None:
    """Measure what is missing or stale and tell each point as it ends."""
    for point in points:
        if again or not kept.fresh(point.name, how):
            found = in_a_process(point, how["limit"], how["root_limit"])
            if "failure" in found:  # not kept: the next run tries again
                print(f"{point.name}: {found['failure']}", file=sys.stderr, flush=True)
                continue
            kept.keep(point.name, found, how)
        print(growth_page.told(point, kept.found(point.name) or {}), flush=True)


def arguments() -> argparse.Namespace:
    """What is asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--limit", type=float, default=LIMIT, help="wall-clock seconds a solve")
    parser.add_argument("--root-limit", type=float, default=ROOT_LIMIT, help="and a root LP")
    parser.add_argument("--only", nargs="*", metavar="POINT", choices=[p.name for p in POINTS])
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--point", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--added", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Measure, keep, write."""
    options = arguments()
    if options.point is not None:
        try:
            point, limits = POINTS[options.point], (options.limit, options.root_limit)
            print(json.dumps(measured(point, options.added, *limits)))
        except HubselectError as error:
            sys.exit(f"{type(error).__name__}: {error}".splitlines()[0])
        return
    how = {"limit": options.limit, "root_limit": options.root_limit, "gap": GAP}
    if options.quick:
        with tempfile.TemporaryDirectory() as folder:
            run(POINTS[:QUICK], Kept(Path(folder) / RUNS.name), how, True)
        return
    kept = Kept(RUNS)
    try:
        if not options.table:
            chosen = [p for p in POINTS if not options.only or p.name in options.only]
            run(chosen, kept, how, options.again or bool(options.only))
    except KeyboardInterrupt:
        print("interrupted: the page holds what was measured", file=sys.stderr)
    growth_page.write(kept)


if __name__ == "__main__":
    main()
