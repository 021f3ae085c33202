"""Benchmark results as a page in Markdown and as charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from hubselect import atomic
from hubselect.bench.cases import PHASES
from hubselect.bench.results import Results
from hubselect.errors import DataError, Problem
from hubselect.tables import records

COLUMNS: Mapping[str, tuple[str, str]] = {
    "outcome": ("outcome", "{}"),
    "cost_mad": ("cost bn MAD", "{:.3f}"),
    "bound_mad": ("bound", "{:.3f}"),
    "gap": ("gap", "{:.2%}"),
    "jobs": ("jobs", "{:,.0f}"),
    "exports_mad": ("exports bn MAD", "{:.1f}"),
    "hubs": ("hubs", "{:.0f}"),
    "workstations": ("desks", "{:,.0f}"),
    "seats": ("seats", "{:,.0f}"),
    "cost_per_job_mad": ("MAD per additional job", "{:,.0f}"),
    "axis_share": ("axis share", "{:.1%}"),
    "solve_seconds": ("solve s", "{:.1f}"),
    "seconds": ("total s", "{:.1f}"),
    "nodes": ("nodes", "{:,.0f}"),
}
BILLIONS = ("cost_mad", "bound_mad", "exports_mad")


def plan_lines(results: Results) -> list[str]:
    """The table of plans in Markdown."""
    shown = [name for name in COLUMNS if name in results.plans.columns]
    rows = [
        [str(row["case"]), *(_cell(name, row[name]) for name in shown)]
        for row in records(results.plans.reset_index())
    ]
    return table_lines(["scenario", *(COLUMNS[n][0] for n in shown)], rows)


def phase_lines(results: Results, kind: str = "cpu") -> list[str]:
    """Median seconds by case and phase in Markdown, quartiles in brackets where repeated."""
    rows = []
    for case in results.plans.index:
        cells, peak = [], 0.0
        for phase in PHASES:
            if (case, phase) not in results.phases.index:
                cells.append("–")
                continue
            one: Any = results.phases.loc[(case, phase)]
            text = f"{one[f'{kind}_s']:.3g}"
            if one["runs"] > 1:
                text += f" ({one[f'{kind}_q1']:.3g}–{one[f'{kind}_q3']:.3g})"
            cells.append(text)
            peak = max(peak, float(one["peak_mb"]))
        rows.append([str(case), *cells, f"{peak:,.0f}"])
    return table_lines(["case", *PHASES, "peak MB"], rows)


def about_line(results: Results) -> str:
    """Where, when and with what the results were measured."""
    about = results.about
    stated = ", ".join(f"{k} {v}" for k, v in about["versions"].items())
    return (
        f"Measured on {about['date']}: {about['cores']} cores, {about['machine']}. {stated}. "
        f"{about.get('repeats', 1)} run(s) a case, as many threads as the scenario allows, "
        f"limit {about.get('time_limit', 300):.0f} s a solve."
    )


def table_lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(cells) + " |" for cells in rows),
    ]


def write_charts(results: Results, folder: Path) -> list[Path]:
    """Gap against time, and seconds by phase, as SVG and PNG files; returns their paths.

    Raises:
        DataError: Altair or vl-convert is not installed.
    """
    try:
        import altair
        import vl_convert as _  # noqa: F401
    except ImportError as error:
        expected = "pip install 'hubselect[report]'"
        raise DataError([Problem("charts", "Altair is not installed", expected)]) from error
    folder.mkdir(parents=True, exist_ok=True)
    phases = results.phases.reset_index()
    charts: dict[str, Any] = {
        "phases": altair.Chart(phases, title="CPU seconds by phase")
        .mark_bar()
        .encode(
            x=altair.X("cpu_s:Q", title="CPU seconds (median)"),
            y=altair.Y("phase:N", sort=list(PHASES), title=None),
            row=altair.Row("case:N", title=None),
        )
    }
    curves = gap_points(results.curves)
    if len(curves):
        charts["gaps"] = gap_chart(altair, curves)
    written = []
    for name, chart in charts.items():
        for kind in ("svg", "png"):
            path = folder / f"{name}.{kind}"
            atomic.write(path, lambda p, c=chart: c.save(str(p)))  # type: ignore[misc]
            written.append(path)
    return written


def gap_points(curves: Mapping[str, Sequence[Sequence[float | None]]]) -> pd.DataFrame:
    """Points (case, seconds, gap %) of every curve from its first plan on."""
    rows = [
        {"case": case, "seconds": max(seconds or 0.0, 0.01), "gap": 100 * (cost - bound) / cost}
        for case, points in curves.items()
        for seconds, cost, bound in points
        if cost and bound is not None
    ]
    return pd.DataFrame(rows)


def gap_chart(altair: Any, points: pd.DataFrame) -> Any:
    """Gap against time, a step line a case; a proven zero is drawn at 0.001 %.

    Where points name a solver, a panel a case and a line a solver.
    """
    drawn = points.assign(gap=points["gap"].clip(lower=1e-3))
    line = "solver" if "solver" in drawn else "case"
    chart = (
        altair.Chart(drawn, title="Gap against time", width=560 if line == "case" else 240)
        .mark_line(interpolate="step-after", point=True)
        .encode(
            x=altair.X("seconds:Q", title="seconds", scale=altair.Scale(type="log")),
            y=altair.Y("gap:Q", title="gap, %", scale=altair.Scale(type="log")),
            color=altair.Color(f"{line}:N", title=None),
        )
    )
    return chart if line == "case" else chart.facet(altair.Facet("case:N", title=None), columns=2)


def _cell(name: str, value: Any) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "–"
    return COLUMNS[name][1].format(value / 1e9 if name in BILLIONS else value)
