"""What each device of the search brings: `python benchmarks/ablation.py [scenario …]`.

Writes benchmarks/ablation_results.md. Every variant is solved in one process, from the same stated
model, to the same gap, in CPU seconds: with all devices, without each of them, with none (branching
on the whole with the strengthening rows), and as the plain model. `--peers` adds the plain model as
an MPS file in HiGHS with its own defaults and in CBC. The root LP is HiGHS's on the plain model.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import highspy
import pulp

import hubselect as hs
from hubselect.errors import HubselectError
from hubselect.planning import pose, versions
from hubselect.scenario import shipped_names
from hubselect.solving import Compiled, Run, Settings, highs, solve_compiled, strength_families
from hubselect.solving.devices import DEVICES

RESULTS = Path(__file__).parent / "ablation_results.md"


@dataclass(frozen=True)
class Measured:
    """CPU seconds to the gap asked, or to the limit; relative gap left (None: no plan)."""

    seconds: float
    gap: float | None

    def words(self, asked: float) -> str:
        """`3.2`, or what is left after the limit."""
        if self.gap is None:
            return f"no plan after {self.seconds:.0f}"
        done = self.gap <= asked + highs.PRECISION
        return f"{self.seconds:.2f}" if done else f"{self.gap:.2%} left after {self.seconds:.0f}"


def cpu() -> float:
    """CPU seconds of this process and of the solvers it called."""
    own, called = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + called.ru_utime + called.ru_stime


def measured(solve: Callable[[], float | None], repeats: int) -> Measured:
    """The median of the repeats that `solve` takes; the gap it returns last."""
    times, gap = [], None
    for _ in range(repeats):
        began = cpu()
        gap = solve()
        times.append(cpu() - began)
    return Measured(statistics.median(times), gap)


def ours(compiled: Compiled, how: Run) -> Callable[[], float | None]:
    """Our solve of a compiled instance."""

    def solve() -> float | None:
        try:
            return solve_compiled(compiled, how, blame=False).gap
        except HubselectError:
            return None

    return solve


def through_mps(
    problem: pulp.LpProblem, name: str, gap: float, limit: float
) -> Callable[[], float | None]:
    """HiGHS or CBC on the problem's MPS file, with its own defaults; the gap it proves."""

    def solve() -> float | None:
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "plain.mps")
            problem.writeMPS(file)
            if name == "CBC":
                solver = pulp.PULP_CBC_CMD(msg=False, timeLimit=limit, gapRel=gap, threads=1)
                problem.solve(solver)
                return gap if problem.sol_status == 1 else float("inf")
            solver = highspy.Highs()
            for option, value in (("output_flag", False), ("mip_rel_gap", gap),
                                  ("time_limit", limit), ("threads", 1)):  # fmt: skip
                solver.setOptionValue(option, value)
            solver.readModel(file)
            solver.run()
            found = solver.getInfo().mip_gap
            return float(found) if found < 1e20 else None

    return solve


def variants(
    scenario: hs.Scenario, regions: hs.Regions, options: argparse.Namespace
) -> dict[str, Measured]:
    """Every variant of one scenario."""
    instance = pose(regions, scenario).instance
    settings = Settings(gap=options.gap, time_limit=options.time_limit)
    began = cpu()
    strong = Compiled.of(instance)
    found = {"state and compile": Measured(cpu() - began, 0.0)}
    plain = Compiled.of(instance, without=strength_families())
    root = lambda: highs.run(plain.arrays, settings, relaxed=True) and 0.0  # noqa: E731
    found["root LP"] = measured(root, options.repeats)
    every = frozenset(DEVICES)
    runs: Iterable[tuple[str, Compiled, Run]] = [
        ("all devices", strong, Run(settings)),
        *((f"without {d}", strong, Run(settings, without=frozenset({d}))) for d in DEVICES),
        ("without strengthening rows", plain, Run(settings)),
        ("without decomposition", strong, Run(settings, decomposed=False, without=every)),
        ("plain", plain, Run(settings, decomposed=False, without=every)),
    ]
    chosen = [r for r in runs if not options.only or r[0] in options.only]
    for name, compiled, how in chosen:
        found[name] = measured(ours(compiled, how), options.repeats)
    for name in ("HiGHS", "CBC") if options.peers else ():
        solve = through_mps(plain.model.problem, name, options.gap, options.time_limit)
        found[f"plain MPS, {name}"] = measured(solve, 1)
    return found


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=shipped_names())
    parser.add_argument("--level", default="region")
    parser.add_argument("--gap", type=float, default=0.001)
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[], help="variants by name")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    regions = hs.Regions.morocco(level=options.level)
    table: dict[str, dict[str, Measured]] = {}
    for name in options.names:
        table[name] = variants(hs.Scenario.named(name), regions, options)
        for variant, value in table[name].items():
            print(f"{name:24s} {variant:28s} {value.words(options.gap)}", flush=True)
    rows = list(next(iter(table.values())))
    stated = ", ".join(f"{k} {v}" for k, v in versions().items())
    text = [
        f"# What each device brings, {options.level} level",
        "",
        f"Written by `python benchmarks/ablation.py` on {datetime.now(UTC):%Y-%m-%d}. Machine: "
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}. {stated}. "
        f"One thread, gap {options.gap:.2%}, CPU seconds, median of {options.repeats}; a limit of "
        f"{options.time_limit:.0f} s of wall clock a run.",
        "",
        "| variant | " + " | ".join(options.names) + " |",
        "|" + "---|" * (len(options.names) + 1),
        *(
            f"| {row} | "
            + " | ".join(table[n][row].words(options.gap) for n in options.names)
            + " |"
            for row in rows
        ),
    ]
    options.out.write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
