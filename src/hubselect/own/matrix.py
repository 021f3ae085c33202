"""A planner's travel matrix: long form or OMX, checked; what is odd is reported, never fatal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hubselect.errors import Problem, nearest
from hubselect.own.numbers import parse
from hubselect.own.sheets import Cell, Sheet

Floats = NDArray[np.float64]
# names that open-matrix exports use for the same thing; the first is ours
ALIASES = {
    "origin": ("origin", "from", "o", "orig"),
    "destination": ("destination", "to", "d", "dest"),
    "km": ("km", "road_km", "distance_km"),
    "minutes": ("minutes", "time_min", "duration_min"),
    "matrix": ("matrix", "core"),
    "value": ("value",),
    "note": ("note", "source"),
}
MEASURES = ("km", "minutes")
ASYMMETRY, DETOUR, SHOWN = 0.2, 1.05, 20


@dataclass(frozen=True)
class Matrix:
    """Travel between basins, NaN where a pair is not stated; None where a measure is not.

    km: by road; minutes: door to door. Index the origins, columns the destinations.
    """

    km: pd.DataFrame | None = None
    minutes: pd.DataFrame | None = None

    @classmethod
    def of(cls, found: dict[str, pd.DataFrame]) -> Matrix:
        """From frames by measure; a measure without any value is not there."""
        held = {m: f if f.notna().to_numpy().any() else None for m, f in found.items()}
        return cls(held.get("km"), held.get("minutes"))

    def report(self) -> list[Problem]:
        """What is odd in either measure."""
        found = {"km": self.km, "minutes": self.minutes}
        return [
            p for unit, frame in found.items() if frame is not None for p in report(frame, unit)
        ]


def measure_of(name: str) -> str | None:
    """km or minutes for the name of a column or matrix, None for any other."""
    return next((m for m in MEASURES if name.strip().casefold() in ALIASES[m]), None)


def read_matrix(sheet: Sheet, codes: tuple[str, ...], problems: list[Problem]) -> Matrix | None:
    """A matrix in long form: origin, destination and km or minutes; or matrix and value.

    The names of open-matrix exports (from, to, o, d, core …) are understood. A measure whose
    name does not state its unit is refused.
    """
    at = _columns(sheet, problems)
    if at is None:
        return None
    found = {m: pd.DataFrame(np.nan, index=list(codes), columns=list(codes)) for m in MEASURES}
    known, seen = set(codes), set[tuple[str, str, str]]()
    for n, row in enumerate(sheet.rows):
        if not any(c not in (None, "") for c in row):
            continue
        ends = _text(row[at["origin"]]), _text(row[at["destination"]])
        good = [end in known for end in ends]
        for name, end, fine in zip(("origin", "destination"), ends, good, strict=True):
            if not fine:
                where = sheet.cell(n, at[name])
                problems.append(Problem(where, f"'{end}' is not a basin", hint=nearest(end, codes)))
        for measure, column in _stated(sheet, n, row, at, problems):
            value = _number(sheet.cell(n, column), measure, row[column], problems)
            if value is None or not all(good):
                continue
            if (measure, *ends) in seen:
                where = sheet.cell(n, at["origin"])
                problems.append(Problem(where, f"{ends[0]} → {ends[1]} appears twice", "once"))
            seen.add((measure, *ends))
            found[measure].at[ends[0], ends[1]] = value
    return Matrix.of(found)


def _columns(sheet: Sheet, problems: list[Problem]) -> dict[str, int] | None:
    """Column of every name understood, or None and problems."""
    at: dict[str, int] = {}
    count = len(problems)
    everything = [a for names in ALIASES.values() for a in names]
    for column, header in enumerate(sheet.header):
        name = next((k for k, names in ALIASES.items() if header.casefold() in names), None)
        where = sheet.cell(-1, column)
        if name is None:
            hint = "state the unit: km or minutes" if _unitless(header) else ""
            hint = hint or nearest(header, everything)
            problems.append(Problem(where, f"column {header} is unknown", "km or minutes", hint))
        elif name in at and name != "note":
            problems.append(Problem(where, f"column {header} says the same as another", "once"))
        else:
            at[name] = column
    wanted = [c for c in ("origin", "destination") if c not in at]
    if not any(m in at for m in MEASURES) and not {"matrix", "value"} <= set(at):
        wanted.append("km or minutes")
    problems += [
        Problem(sheet.file, f"column {c} is missing", hint=nearest(c, sheet.header)) for c in wanted
    ]
    return at if len(problems) == count else None


def _unitless(header: str) -> bool:
    return header.casefold() in ("distance", "dist", "time", "duration", "cost", "length")


def _stated(
    sheet: Sheet, n: int, row: tuple[Cell, ...], at: dict[str, int], problems: list[Problem]
) -> Iterator[tuple[str, int]]:
    """(measure, column) of every value of a row."""
    yield from ((m, at[m]) for m in MEASURES if m in at and row[at[m]] not in (None, ""))
    if {"matrix", "value"} <= set(at):
        name = _text(row[at["matrix"]])
        if (measure := measure_of(name)) is not None:
            yield measure, at["value"]
        else:
            where = sheet.cell(n, at["matrix"])
            problems.append(Problem(where, f"matrix '{name}' is unknown", "km or minutes"))
    elif not any(row[at[m]] not in (None, "") for m in MEASURES if m in at):
        measure = next(m for m in MEASURES if m in at)
        where = sheet.cell(n, at[measure])
        problems.append(Problem(where, f"{measure} is empty", "a number, or no row"))


def _text(cell: Cell) -> str:
    return f"{cell:g}" if isinstance(cell, float) else str(cell or "").strip()


def _number(where: str, measure: str, cell: Cell, problems: list[Problem]) -> float | None:
    value, advice = parse(cell)
    if value is not None and value >= 0:
        return value
    problems.append(Problem(where, f"{measure} is '{cell}'", advice or "0 or more"))
    return None


def report(frame: pd.DataFrame, unit: str = "km") -> list[Problem]:
    """Missing pairs, one way longer than the other, detours longer than through a third place."""
    values = frame.to_numpy(dtype=float, copy=True)
    np.fill_diagonal(values, 0.0)
    names = [str(c) for c in frame.index]
    found = []
    gaps = np.argwhere(np.isnan(values))
    if len(gaps):
        shown = ", ".join(f"{names[a]} → {names[b]}" for a, b in gaps[:5])
        found.append(
            Problem("travel", f"{len(gaps)} pairs are missing in {unit}: {shown}", "a value",
                    "great-circle times the detour factor is taken")
        )  # fmt: skip
    found += _asymmetric(values, names, unit)
    return found + _triangles(values, names, unit)


def _asymmetric(values: Floats, names: list[str], unit: str) -> list[Problem]:
    there, back = values, values.T
    with np.errstate(invalid="ignore", divide="ignore"):
        odd = np.triu(np.abs(there - back) > ASYMMETRY * np.minimum(there, back), k=1)
    return [
        Problem("travel", f"{names[a]} → {names[b]} is {there[a, b]:g} {unit}, "
                f"back {back[a, b]:g} {unit}")
        for a, b in np.argwhere(odd)[:SHOWN]
    ]  # fmt: skip


def _triangles(values: Floats, names: list[str], unit: str) -> list[Problem]:
    full = np.where(np.isnan(values), np.inf, values)
    best = np.full_like(full, np.inf)
    through = np.zeros(full.shape, dtype=int)
    for k in range(len(names)):
        by_k = full[:, [k]] + full[[k], :]
        by_k[k, :] = by_k[:, k] = np.inf
        better = by_k < best
        best[better], through[better] = by_k[better], k
    off = np.isfinite(full) & (full > DETOUR * best)
    np.fill_diagonal(off, val=False)
    return [
        Problem(
            "travel", f"{names[a]} → {names[b]} is {full[a, b]:g} {unit}",
            f"about {best[a, b]:g} {unit}, as through {names[through[a, b]]}",
        )
        for a, b in np.argwhere(off)[:SHOWN]
    ]  # fmt: skip
