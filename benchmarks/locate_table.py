"""The table of `locate.py`, written from its runs."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import math
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.published import known

RESULTS = Path(__file__).with_name("locate_results.md")
LARGE = 50_000  # assignments
GAP = 0.01
PROBLEMS = {
    "split": "CFLP split",
    "single_source": "CFLP single source",
    "uncapacitated": "UFLP",
    "p_median": "p-median",
    "p_center": "p-center",
}
TITLES = {
    "highs": "HiGHS",
    "scip": "SCIP",
    "ortools": "OR-Tools",
    "pulp_cbc": "PuLP + CBC",
    "spopt": "spopt",
}
Run = dict[str, Any]


def text(
    runs: dict[str, Run], order: list[str], peers: tuple[str, ...], python: Path, folder: Path
) -> str:
    """What locate_results.md says."""
    optima = known_values(folder)
    names = [name for name in order if name in runs and "ours" in runs[name]]
    columns = ["instance", "problem", "assignments", "known", "ours", "ours to 1 %"]
    columns += [TITLES[p] for p in peers] + ["best peer ÷ ours"]
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for name in names:
        lines.append("| " + " | ".join(row(name, runs[name], optima.get(name), peers)) + " |")
    told = [*head(python, runs), *lines, "", *verdict(names, runs, optima, peers)]
    return "\n".join(told) + "\n"


def known_values(folder: Path) -> dict[str, tuple[float, bool]]:
    """Known value of each row, and whether it is proven."""
    found: dict[str, tuple[float, bool]] = {}
    for line in known(folder):
        if line.folder == "tbed1" and "split" not in line.problem:
            continue
        name = line.name if line.problem != "p-center" else f"{line.name} centre"
        name = f"Holmberg {name}" if line.folder == "holmberg" else name
        found[name] = (line.value, line.optimal)
    expected = json.loads((folder / "sf_spopt" / "EXPECTED.json").read_text(encoding="utf-8"))
    found["SF p-median"] = (expected["PMedian"]["objective"], True)
    found["SF LSCP"] = (expected["LSCP"]["facilities"], True)
    found["SF MCLP"] = (expected["MCLP"]["covered_population"], True)
    found["SF p-centre"] = (expected["PCenter"]["objective_m"], True)
    return found


def head(python: Path, runs: dict[str, Run]) -> list[str]:
    """What was run, where and with what."""
    limits = {r["limit"] for kept in runs.values() for r in kept.values() if isinstance(r, dict)}
    limit = " or ".join(f"{s:g}" for s in sorted(limits))
    versions = [f"hubselect {importlib.metadata.version('hubselect')}"]
    versions += [f"{p} {importlib.metadata.version(p)}" for p in ("numpy", "highspy")]
    if python.exists():
        code = (
            "import importlib.metadata as m; "
            "print(', '.join(f'{p} {m.version(p)}' for p in "
            "('highspy','pyscipopt','ortools','pulp','spopt')))"
        )
        shown = subprocess.run(
            [str(python), "-c", code], capture_output=True, text=True, check=True
        )
        versions.append(f"peers: {shown.stdout.strip()}")
    return [
        "# Published location instances",
        "",
        "Written by `python -m benchmarks.locate`; do not edit.",
        "",
        f"{datetime.date.today()}, {platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}; {'; '.join(versions)}.",
        f"One thread each, limit {limit} CPU seconds a run. Seconds are CPU, without imports and "
        "reading; single runs of peers on a shared machine, so ratios "
        "below 2 say little.",
        "",
        "A cell is *value as % above the known one (below, for a maximum) / proven gap / seconds*. "
        "**ours** was asked for the optimum, the other columns for a proven gap of 1 %. `–`: not "
        "measured, or the peer has no such problem; `none`: no plan, `?`: no bound. `known` with * "
        "is best known, not proven. The last column: seconds of the fastest peer that proved 1 %, "
        "or what all of them spent (`>`), against ours to 1 %.",
        "",
    ]


def row(name: str, kept: Run, known_value: Any, peers: tuple[str, ...]) -> list[str]:
    """Cells of one instance."""
    value, proven = known_value or (None, False)
    mark = "" if proven else " \\*"
    shown = "–" if value is None else f"{value:,.10g}{mark}"
    size = kept["clients"] * kept["sites"]
    cells = [name, PROBLEMS.get(kept["problem"], kept["problem"]), f"{size:,}", shown]
    reference = value if value is not None else kept["ours"]["value"]
    cells += [cell(kept.get(job), reference) for job in ("ours", "ours 1%", *peers)]
    return [*cells, ratio_text(kept, peers)]


def cell(run: Run | None, reference: float) -> str:
    """value % above known / gap / seconds."""
    if run is None:
        return "–"
    if run.get("failed"):
        spent = "" if run["cpu"] is None else f", {run['cpu']:.0f} s"
        return f"none ({run['failed']}{spent})"
    if run["value"] is None:
        return f"none / {run['cpu']:.1f} s"
    above = abs(run["value"] - reference) / abs(reference) * 100
    gap = gap_of(run)
    bound = "?" if gap is None else f"{100 * gap:.2g} %"
    off = "0" if above < 1e-4 else f"{above:.2g} %"
    return f"{off} / {bound} / {run['cpu']:.2f} s"


def gap_of(run: Run) -> float | None:
    """|value − bound| / |value|."""
    if run.get("value") is None or run.get("bound") is None:
        return None
    gap = abs(run["value"] - run["bound"]) / max(abs(run["value"]), 1e-9)
    return 0.0 if gap < 1e-9 else gap


def reached(run: Run | None) -> bool:
    """Whether a run proved 1 %."""
    gap = None if run is None else gap_of(run)
    return gap is not None and gap <= GAP * (1 + 1e-6)


def ratio(kept: Run, peers: tuple[str, ...]) -> tuple[float, bool] | None:
    """Seconds of the best peer over ours, and whether it is only a lower bound."""
    met = [kept[p] for p in peers if p in kept]
    if not met or not reached(kept.get("ours 1%")):
        return None
    mine = max(kept["ours 1%"]["cpu"], 1e-3)
    done = [run["cpu"] for run in met if reached(run)]
    if done:
        return min(done) / mine, False
    spent = [run["cpu"] for run in met if run["cpu"] is not None]
    return min(spent, default=0.0) / mine, True


def ratio_text(kept: Run, peers: tuple[str, ...]) -> str:
    """The last column."""
    found = ratio(kept, peers)
    if found is None:
        mine = kept.get("ours 1%")
        return "–" if mine is None or reached(mine) else "1 % not reached"
    return f"{'> ' if found[1] else ''}{found[0]:.2g}"


def verdict(
    names: list[str], runs: dict[str, Run], optima: dict[str, Any], peers: tuple[str, ...]
) -> list[str]:
    """The targets, and what misses them."""
    missed, unproven, slow, fast = [], [], [], []
    for name in names:
        kept, (value, proven) = runs[name], optima.get(name, (math.nan, False))
        off = abs(kept["ours"]["value"] - value) / abs(value)
        if proven and off > 1e-6:
            missed.append(f"{name} ({100 * off:.2g} % off)")
        if gap_of(kept["ours"]) != 0.0:
            unproven.append(f"{name} ({100 * (gap_of(kept['ours']) or math.inf):.2g} %)")
        if kept["clients"] * kept["sites"] > LARGE and any(p in kept for p in peers):
            found = ratio(kept, peers)
            ok = found is not None and found[0] >= 10
            shown = f"{name} ({ratio_text(kept, peers)})"
            (fast if ok else slow).append(shown)
    but = f"; not on {', '.join(slow)}" if slow else ", which is all"
    return [
        "## Targets",
        "",
        f"- Optimum reached where one is proven: {answer(missed)}",
        f"- Optimum proven by us within the limit: {answer(unproven)}",
        f"- At least 10 × faster to 1 % than the best peer, over {LARGE:,} assignments: reached on "
        f"{', '.join(fast) or 'none'}{but}.",
    ]


def answer(exceptions: list[str]) -> str:
    """Yes, or all but."""
    return f"all but {', '.join(exceptions)}." if exceptions else "all."
