"""Results of a benchmark: rows, machine and versions; kept as JSON, compared with earlier ones."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hubselect import atomic
from hubselect.bench.cases import PHASES
from hubselect.bench.measure import Measured
from hubselect.errors import DataError, Problem
from hubselect.planning import versions
from hubselect.tables import records

FORMAT = "hubselect-bench/1"
AXIS = ("MA-04", "MA-06")
# what is compared with the committed results, and from what relative change on it is named
COMPARED = {"cost_mad": 1e-6, "jobs": 1e-6, "exports_mad": 1e-6, "hubs": 1e-9, "seats": 1e-6}
NOISE = 1.5  # a ratio of times below this is noise


@dataclass(frozen=True, eq=False)
class Results:
    """Benchmark results. Money in MAD, time in seconds, memory in MB.

    `plans` [case]: outcome, cost_mad, bound_mad, gap, jobs, exports_mad, hubs, workstations,
    seats, cost_per_job_mad, axis_share, seconds, nodes. `phases` [case, phase]: runs, median and
    quartiles of wall and CPU seconds, peak_mb (largest of the runs). `curves`: by case, the first
    run's (seconds, cost MMAD, bound MMAD).
    """

    about: Mapping[str, Any]
    plans: pd.DataFrame
    phases: pd.DataFrame
    curves: Mapping[str, list[list[float | None]]]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready copy."""
        return {
            "format": FORMAT,
            "about": dict(self.about),
            "plans": _plain(self.plans),
            "phases": _plain(self.phases),
            "curves": dict(self.curves),
        }

    def write(self, path: Path) -> None:
        """Write as JSON, whole or not at all."""
        text = json.dumps(self.to_dict(), indent=1, ensure_ascii=False)
        atomic.write_text(path, text + "\n")

    @classmethod
    def read(cls, path: Path) -> Results:
        """Results that `write` wrote.

        Raises:
            DataError: the file is not one.
        """
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["format"] != FORMAT:
                raise ValueError(f"format {document['format']!r}, expected {FORMAT!r}")
            return cls(
                document["about"],
                pd.DataFrame(document["plans"]).set_index("case"),
                pd.DataFrame(document["phases"]).set_index(["case", "phase"]),
                document["curves"],
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            problem = Problem(str(path), f"is no benchmark result: {error}", "a results.json")
            raise DataError([problem]) from error

    def changes(self, before: Results) -> list[str]:
        """What differs from earlier results, in words, case by case; empty where nothing does.

        A cost within both gaps of the other is no change of the optimum and said so.
        """
        known = {row["case"]: row for row in records(before.plans.reset_index())}
        told = []
        for row in records(self.plans.reset_index()):
            case = row["case"]
            found = _changed(row, known[case]) if case in known else ["new"]
            told += [f"{case}: {text}" for text in found]
        return told


def gathered(runs: Iterable[Measured], **about: Any) -> Results:
    """Results of measured runs, several a case where it was repeated."""
    listed = list(runs)
    first = {run.case.name: run for run in reversed(listed)}
    order = list(dict.fromkeys(run.case.name for run in listed))
    return Results(
        about={
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "cores": os.cpu_count(),
            "machine": f"{platform.machine()}, {platform.system()}",
            "versions": versions(),
            **about,
        },
        plans=pd.DataFrame([_plan_row(first[name]) for name in order]).set_index("case"),
        phases=_phase_rows(listed),
        curves={name: [list(point) for point in first[name].curve] for name in order},
    )


def _plan_row(run: Measured) -> dict[str, Any]:
    plan = run.plan
    if plan is None:
        return {"case": run.case.name, "outcome": run.failure}
    facts, last = plan.facts, records(plan.national)[-1]
    regions = plan.regions.set_index("region")
    added = float(regions["jobs_end"].sum() - regions["jobs_start"].sum())
    axis = [code for code in regions.index if str(code).startswith(AXIS)]
    return {
        "case": run.case.name,
        "outcome": facts.outcome,
        "cost_mad": facts.objective_mad,
        "bound_mad": facts.bound_mad,
        "gap": facts.gap,
        "jobs": last["jobs"],
        "exports_mad": last["exports_mad_million"] * 1e6,
        "hubs": float(last["hubs_open"]),
        "workstations": float(regions["hub_workstations"].sum()),
        "seats": float(regions["seats"].sum()),
        "cost_per_job_mad": facts.objective_mad / added if added > 0.5 else None,
        "axis_share": float(regions.loc[axis, "share_of_jobs_end"].sum()),
        "solve_seconds": facts.solve_seconds,
        "seconds": facts.seconds,
        "nodes": facts.nodes,
    }


def _phase_rows(runs: list[Measured]) -> pd.DataFrame:
    rows = []
    for name in dict.fromkeys(run.case.name for run in runs):
        mine = [run for run in runs if run.case.name == name]
        for phase in PHASES:
            wall = [r.clock.wall[phase] for r in mine if phase in r.clock.wall]
            cpu = [r.clock.cpu[phase] for r in mine if phase in r.clock.cpu]
            if not wall:
                continue
            row: dict[str, Any] = {"case": name, "phase": phase, "runs": len(wall)}
            for kind, values in (("wall", wall), ("cpu", cpu)):
                low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
                row |= {f"{kind}_s": middle, f"{kind}_q1": low, f"{kind}_q3": high}
            row["peak_mb"] = max(r.peak_mb for r in mine)
            rows.append(row)
    return pd.DataFrame(rows).set_index(["case", "phase"])


def _changed(row: dict[str, Any], old: dict[str, Any]) -> list[str]:
    found = []
    if row["outcome"] != old["outcome"]:
        found.append(f"outcome {old['outcome']} → {row['outcome']}")
    for name, tolerance in COMPARED.items():
        now, then = row.get(name), old.get(name)
        if now is None or then is None or pd.isna(now) or pd.isna(then):
            continue
        if abs(now - then) > tolerance * max(abs(then), 1.0):
            share = f" ({now / then - 1:+.2%})" if then else ""
            found.append(f"{name.removesuffix('_mad')} {then:,.0f} → {now:,.0f}{share}")
    bounds = row.get("bound_mad"), old.get("bound_mad")
    if found and not any(b is None or pd.isna(b) for b in bounds):
        apart = row["cost_mad"] < old["bound_mad"] or old["cost_mad"] < row["bound_mad"]
        if not apart:
            found[-1] += "; within the gaps"
    now, then = row.get("seconds"), old.get("seconds")
    if now and then and max(now / then, then / now) > NOISE and max(now, then) > 1.0:
        found.append(f"seconds {then:.1f} → {now:.1f}")
    return found


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.reset_index().astype(object)
    return records(rows.where(rows.notna(), None))
