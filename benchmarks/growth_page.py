"""The page of `growth.py`: table, fitted exponents, chart."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from benchmarks.growth_points import POINTS, SCENARIO, Point, ungathered_arcs
from benchmarks.kept import Kept

import hubselect as hs
from hubselect import atomic
from hubselect.bench.page import table_lines
from hubselect.planning import versions

HERE = Path(__file__).parent
PHASES = ("read", "state", "root LP", "first plan", "1 %")
MEMORY = "memory"
SIZES = {
    "read": "basins read × sites",
    "modelled": "basins modelled × sites",
    "nonzeros": "nonzeros",
}
Found = Mapping[str, Any]


@dataclass(frozen=True)
class Fit:
    """y = factor · x^exponent by least squares in logarithms.

    `error` is the exponent's standard error, `r2` the share of the variance of log y explained.
    """

    exponent: float
    error: float
    r2: float
    factor: float
    points: int


def fit(x: Sequence[float], y: Sequence[float]) -> Fit | None:
    """Power law through points above 0; None with fewer than three, or where all x are the same."""
    log_x, log_y = np.log(np.asarray(x, dtype=float)), np.log(np.asarray(y, dtype=float))
    spread = float(((log_x - log_x.mean()) ** 2).sum()) if len(log_x) else 0.0
    if len(log_x) < 3 or spread < 1e-12:
        return None
    design = np.column_stack([np.ones_like(log_x), log_x])
    (constant, exponent), *_ = np.linalg.lstsq(design, log_y, rcond=None)
    residual = float(((log_y - design @ [constant, exponent]) ** 2).sum())
    total = float(((log_y - log_y.mean()) ** 2).sum())
    error = math.sqrt(residual / (len(log_x) - 2) / spread)
    r2 = 1.0 - residual / total if total > 1e-12 else 1.0
    return Fit(float(exponent), error, r2, math.exp(float(constant)), len(log_x))


def size_of(point: Point, found: Found, kind: str) -> float:
    """What is meant to explain time and memory: a key of SIZES."""
    if kind == "nonzeros":
        return float(found["nonzeros"])
    return float(found["read" if kind == "read" else "basins"] * point.sites)


def value_of(found: Found, what: str) -> float | None:
    """CPU seconds of a phase, or MB above what an empty process holds; None: not reached."""
    if what == MEMORY:
        return float(found["peak_mb"] - found["base_mb"])
    seconds = found["cpu"].get(what)
    return None if seconds is None else float(seconds)


def fitted(runs: Mapping[Point, Found], what: str, kind: str) -> Fit | None:
    """Power law of a phase or of memory over all points that reached it."""
    pairs = [(size_of(p, f, kind), value_of(f, what)) for p, f in runs.items()]
    reached = [(x, y) for x, y in pairs if y is not None and y > 0]
    return fit([x for x, _ in reached], [y for _, y in reached])


def told(point: Point, found: Found) -> str:
    """One line a point, for who waits."""
    spent = ", ".join(f"{p} {s:.2f} s" for p in PHASES if (s := found["cpu"].get(p)) is not None)
    return f"{point.name}: {found['nonzeros']:,} nonzeros, {spent}, {found['peak_mb']:,.0f} MB, " \
           f"{outcome(found)}"  # fmt: skip


def outcome(found: Found) -> str:
    """The gap at the end, or why there is none."""
    gap = found.get("gap")
    return str(found["outcome"]) if gap is None else f"{gap:.2%}"


def size_table(runs: Mapping[Point, Found]) -> list[str]:
    """A row a point."""
    counts = ("arcs", "columns", "rows", "nonzeros")
    head = ["point", "basins read", "modelled", "sites", *counts, *PHASES]
    head += ["gap at the end", "stated MB", "peak MB"]
    rows = []
    for point, found in runs.items():
        cells = [point.name, f"{found['read']:,}", f"{found['basins']:,}", str(point.sites)]
        cells += [f"{found[k]:,}" for k in counts]
        cells += [_seconds(value_of(found, phase)) for phase in PHASES]
        cells += [outcome(found), *(f"{found[k]:,.0f}" for k in ("stated_mb", "peak_mb"))]
        rows.append(cells)
    return table_lines(head, rows)


def fit_table(runs: Mapping[Point, Found]) -> list[str]:
    """Exponents with standard error, R² and the number of points, a row a phase."""
    rows = []
    for what in (*PHASES, MEMORY):
        cells = [what]
        for kind in SIZES:
            found = fitted(runs, what, kind)
            cells.append("–" if found is None else _exponent(found))
        rows.append(cells)
    return table_lines(["", *SIZES.values()], rows)


def write(kept: Kept, folder: Path = HERE) -> None:
    """growth.md and the chart in a folder, of every point measured so far."""
    runs = {p: f for p in POINTS if (f := kept.found(p.name)) is not None}
    stale = [p.name for p in runs if not kept.fresh(p.name)]
    stated = ", ".join(f"{k} {v}" for k, v in versions().items())
    dates = sorted({kept.all[p.name]["date"] for p in runs})
    limits, root = (
        " or ".join(f"{s:.0f}" for s in sorted({kept.all[p.name]["how"][name] for p in runs}))
        for name in ("limit", "root_limit")
    )
    radius = hs.Scenario.named(SCENARIO).document.talent.mobility_radius
    text = [
        "# Growth",
        "",
        f"Written by `python -m benchmarks.growth`; measured on {' and '.join(dates)}: "
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}. {stated}. "
        f"Scenario {SCENARIO}, its two threads, a process a point, single runs, gap 1 %, limits "
        f"in seconds of wall clock: {root} for the root LP, then {limits} for the solve.",
        *([f"Measured with older code: {', '.join(stale)}."] if stale else []),
        "",
        *_explained(ungathered_arcs(radius), radius),
        "",
        *size_table(runs),
        "",
        "## Fitted exponents",
        "",
        "Time or memory = factor · size^exponent, least squares in logarithms over the points "
        "that reached the phase: exponent ± standard error (R², points). Memory is the peak less "
        "what the process held before it read. Where the largest points are missing, the "
        "exponent says nothing of them.",
        "",
        *fit_table(runs),
        "",
        *(["![Time and memory against size](charts/growth.svg)"] if draw(runs, folder) else []),
    ]
    atomic.write_text(folder / "growth.md", "\n".join(text).rstrip() + "\n")


def _explained(arcs: int, radius: float) -> list[str]:
    return [
        "The atlas has 12 regions with 25 sites, 75 provinces and 1,503 communes with 76. Points "
        "with fewer sites keep the largest. 25 × 25 and 40 × 40 are the provinces gathered around "
        "so many centres, as communes always are around those with a site: *modelled* says how "
        "many basins the model has. Every point is the whole country with the same national "
        "targets. Beyond 76 sites, the largest communes without one are *synthetic* candidates, "
        f"for this benchmark only. Communes that are not gathered would have {arcs:,} arcs within "
        f"{radius:g} km.",
        "",
        "CPU seconds. *read*: atlas, scores, instance. *state*: the model in PuLP, as arrays. "
        "*root LP*: the relaxation, from scratch. *first plan* and *1 %* count from the start of "
        "the solve, which solves a relaxation of its own, at large sizes with basins merged. `–`: "
        "not reached within the limits.",
    ]


def points_of(runs: Mapping[Point, Found]) -> pd.DataFrame:
    """What is drawn: panel, phase, size, value and fitted value of each point."""
    rows: list[dict[str, Any]] = []
    for what in (*PHASES, MEMORY):
        panel = "MB above an empty process" if what == MEMORY else "CPU seconds"
        line = fitted(runs, what, "nonzeros")
        for point, found in runs.items():
            x, y = size_of(point, found, "nonzeros"), value_of(found, what)
            if y is not None and y > 0:
                drawn = None if line is None else line.factor * x**line.exponent
                rows.append({"what": what, "panel": panel, "x": x, "y": y, "fit": drawn})
    return pd.DataFrame(rows, columns=["what", "panel", "x", "y", "fit"])


def draw(runs: Mapping[Point, Found], folder: Path) -> bool:
    """Write charts/growth.svg and .png; whether there was anything to draw."""
    import altair

    points = points_of(runs)
    if points.empty:
        return False

    def panel(title: str) -> Any:
        log = altair.Scale(type="log")
        base = altair.Chart(points[points["panel"].eq(title)], width=380).encode(
            x=altair.X("x:Q", title="nonzeros of the model", scale=log),
            color=altair.Color("what:N", title=None, sort=[*PHASES, MEMORY]),
        )
        marks = base.mark_point(filled=True).encode(y=altair.Y("y:Q", title=title, scale=log))
        lines = base.mark_line(strokeDash=[4, 3]).encode(y=altair.Y("fit:Q"))
        return marks + lines

    chart = altair.hconcat(*(panel(title) for title in dict.fromkeys(points["panel"])))
    (folder / "charts").mkdir(exist_ok=True)
    for kind in ("svg", "png"):
        path = folder / "charts" / f"growth.{kind}"
        atomic.write(path, lambda p: chart.save(str(p)))
    return True


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}" if value < 100 else f"{value:.0f}"


def _exponent(found: Fit) -> str:
    return f"{found.exponent:.2f} ± {found.error:.2f} ({found.r2:.2f}, {found.points})"
