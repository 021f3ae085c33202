"""The planning model without strengthening, by HiGHS and CBC as they come, against hubselect.

`python benchmarks/plain.py [scenario …] [--level region] [--time-limit 120]`. The plain model is
what PuLP states without the strengthening families, handed over as an MPS file; both solvers run
with two threads, their own defaults, and the scenario's gap, all in one run. MPS drops the constant
of the objective, so the gap is asked as an amount: gap × the cost hubselect found. Writes
plain.md, plain.json and charts/plain.svg beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pandas as pd
import pulp

import hubselect as hs
from hubselect.assemble import assemble
from hubselect.bench.cases import Case, cases
from hubselect.bench.measure import measure
from hubselect.bench.page import gap_chart, gap_points, table_lines
from hubselect.catchments import gather
from hubselect.model import build
from hubselect.solving import strength_families

HERE = Path(__file__).parent
THREADS = 2  # of all three
OVER = 1.1  # times its limit, after which CBC is ended: it does not always heed it
Curve = list[list[float | None]]


def mps_of(case: Case, folder: Path) -> tuple[Path, float, float]:
    """The plain model as MPS (objective constant apart: MPS drops it), and the gap to prove."""
    regions, scenario = hs.Regions.morocco(case.level), hs.Scenario.named(case.scenario)
    scores = hs.score(regions, scenario)
    planned = gather(regions) if case.level == "commune" else regions
    problem = build(assemble(planned, scenario, scores), without=strength_families()).problem
    path = folder / "plain.mps"
    problem.writeMPS(str(path))
    gap = scenario.solve.gap if case.gap is None else case.gap
    return path, float(problem.objective.constant), gap


def plain_highs(path: Path, offset: float, allowed: float, limit: float) -> dict[str, Any]:
    """HiGHS with its defaults on the MPS file."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.readModel(str(path))
    wanted = {"threads": THREADS, "mip_rel_gap": 0.0, "mip_abs_gap": allowed, "time_limit": limit}
    for name, value in wanted.items():
        solver.setOptionValue(name, value)
    curve: Curve = []
    began, spent = time.perf_counter(), time.process_time()

    def note(event: Any) -> None:
        cost, bound = event.data_out.mip_primal_bound, event.data_out.mip_dual_bound
        known = [float(v) + offset if np.isfinite(v) and abs(v) < 1e29 else None
                 for v in (cost, bound)]  # fmt: skip
        if not curve or curve[-1][1:] != known:
            curve.append([time.perf_counter() - began, *known])

    solver.cbMipInterrupt.subscribe(note)
    solver.cbMipImprovingSolution.subscribe(note)
    solver.run()
    info = solver.getInfo()
    found = abs(info.objective_function_value) < 1e29 and info.primal_solution_status == 2
    cost = info.objective_function_value + offset if found else None
    bound = info.mip_dual_bound + offset if abs(info.mip_dual_bound) < 1e29 else None
    wall = time.perf_counter() - began
    curve.append([wall, cost, bound])
    return _row("HiGHS, plain", cost, bound, wall, time.process_time() - spent, curve)


def plain_cbc(path: Path, offset: float, allowed: float, limit: float) -> dict[str, Any] | None:
    """CBC with its defaults on the MPS file; None where it is not installed."""
    command = _cbc()
    if command is None:
        return None
    began = time.perf_counter()
    options = ["-sec", str(limit), "-allow", str(allowed), "-timeMode", "elapsed"]
    options += ["-threads", str(THREADS), "-solve"]
    try:
        log = subprocess.run(
            [command, str(path), *options], capture_output=True, text=True, check=False,
            timeout=limit * OVER,
        ).stdout  # fmt: skip
    except subprocess.TimeoutExpired:
        log = ""
    wall = time.perf_counter() - began
    values = dict(re.findall(r"^(Objective value|Lower bound):\s+(\S+)$", log, re.M))
    cost = _number(values.get("Objective value"), offset)
    bound = _number(values.get("Lower bound"), offset)
    if bound is None and "Optimal solution found" in log and cost is not None:
        bound = cost - allowed
    spent = re.search(r"Total time \(CPU seconds\):\s+([\d.]+)", log)
    cpu = float(spent.group(1)) if spent else wall
    return _row("CBC, plain", cost, bound, wall, cpu, [[wall, cost, bound]])


def ours(case: Case, limit: float) -> dict[str, Any]:
    """hubselect from the instance to the proven plan: stating the model is part of its time."""
    run = measure(case, time_limit=limit)
    facts = None if run.plan is None else run.plan.facts
    if facts is None:
        return _row("hubselect", None, None, limit, limit, [])
    cost, bound = facts.objective_mad / 1e6, (facts.bound_mad or 0.0) / 1e6
    cpu = run.clock.cpu["solve"]
    curve = [list(point) for point in run.curve]
    row = _row("hubselect", cost, bound, facts.seconds, cpu, curve)
    return {**row, "search": facts.solve_seconds}


def main() -> None:
    """Run the three on every case and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--level", default="region")
    parser.add_argument("--time-limit", type=float, default=120.0)
    parser.add_argument("--gap", type=float, help="asked of all, in place of the scenario's")
    options = parser.parse_args()
    found: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(options.level, tuple(options.names)):
            case = replace(case, gap=options.gap or case.gap)
            path, offset, gap = mps_of(case, Path(folder))
            rows = [ours(case, options.time_limit)]
            allowed = gap * abs(rows[0]["cost"] or 0.0)
            rows.append(plain_highs(path, offset, allowed, options.time_limit))
            cbc = plain_cbc(path, offset, allowed, options.time_limit)
            found[case.name] = [*rows, cbc] if cbc is not None else rows
            for row in found[case.name]:
                print(case.name, row["solver"], row["cost"], row["gap"], f"{row['cpu']:.1f} s")
            if not options.names:
                _write(found, options)  # an interruption keeps the cases that are done
    if options.names:  # the page is of every case
        print("\n".join(_table(found)))


def _write(found: dict[str, list[dict[str, Any]]], options: argparse.Namespace) -> None:
    import altair

    stem = "plain" if options.level == "region" else f"plain_{options.level}"
    (HERE / f"{stem}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    drawn = [
        gap_points({name: row["curve"]}).assign(solver=row["solver"])
        for name, rows in found.items() for row in rows
    ]  # fmt: skip
    points = pd.concat(drawn, ignore_index=True) if drawn else pd.DataFrame()
    if len(points):
        (HERE / "charts").mkdir(exist_ok=True)
        for kind in ("svg", "png"):
            gap_chart(altair, points).save(str(HERE / "charts" / f"{stem}.{kind}"))
    asked = f"a gap of {options.gap:.1%}" if options.gap else "the scenario's gap"
    text = [
        "# Against the plain model",
        "",
        f"Written by `python benchmarks/plain.py --level {options.level} --time-limit "
        f"{options.time_limit:.0f}{f' --gap {options.gap}' if options.gap else ''}`, HiGHS "
        f"{highspy.Highs().version()}, PuLP {pulp.__version__}, on {date.today().isoformat()}, "
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}. "
        f"Single runs, {THREADS} threads, {asked}, limit {options.time_limit:.0f} s. "
        "A solver that stopped at the limit would have taken longer than the ratio says. "
        "*Wall* and *CPU* of hubselect hold stating the model and the plan's audit, of which the "
        "peers are spared; *search* is from arrays to proof, wall seconds, for all.",
        "",
        *_table(found),
        "",
        f"![Gap against time](charts/{stem}.svg)",
    ]
    (HERE / f"{stem}.md").write_text("\n".join(text) + "\n", encoding="utf-8")


def _table(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    table = [
        [name, row["solver"], _text(row["cost"], ",.1f"), _text(row["bound"], ",.1f"),
         _text(row["gap"], ".2%"), f"{row['wall']:.1f}", f"{row['cpu']:.1f}",
         f"{row['cpu'] / max(rows[0]['cpu'], 1e-9):.1f} ×", f"{row['search']:.2f}",
         f"{row['search'] / max(rows[0]['search'], 1e-9):.1f} ×"]
        for name, rows in found.items() for row in rows
    ]  # fmt: skip
    head = ["scenario", "solver", "cost MMAD", "bound", "gap", "wall s", "CPU s", "CPU ÷ ours",
            "search s", "search ÷ ours"]  # fmt: skip
    return table_lines(head, table)


def _row(
    solver: str, cost: float | None, bound: float | None, wall: float, cpu: float, curve: Curve
) -> dict[str, Any]:
    gap = None if not cost or bound is None else max(cost - bound, 0.0) / abs(cost)
    return {"solver": solver, "cost": cost, "bound": bound, "gap": gap, "wall": wall, "cpu": cpu,
            "search": wall, "curve": curve}  # fmt: skip


def _cbc() -> str | None:
    try:
        import cbcbox

        return str(cbcbox.cbc_bin_path())
    except (ImportError, AttributeError):
        solver = getattr(pulp, "PULP_CBC_CMD", None)
        return str(solver().path) if solver is not None and solver().available() else None


def _number(text: str | None, offset: float) -> float | None:
    return None if text is None else float(text) + offset


def _text(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


if __name__ == "__main__":
    main()
