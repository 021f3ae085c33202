"""A planner's travel matrix: long form, checked; what is odd is reported, never fatal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hubselect.errors import Problem, nearest
from hubselect.own.numbers import parse
from hubselect.own.sheets import Sheet, read_csv

Floats = NDArray[np.float64]
HEADER = ("origin", "destination", "km")
ASYMMETRY, DETOUR, SHOWN = 0.2, 1.05, 20


def read_matrix(path: Path, codes: tuple[str, ...], problems: list[Problem]) -> pd.DataFrame | None:
    """Kilometres by road between basins, NaN where a pair is not stated."""
    sheet = read_csv(path, problems)
    if sheet is None:
        return None
    absent = [c for c in HEADER if c not in sheet.header]
    if absent:
        problems += [Problem(path.name, f"column {c} is missing", hint=nearest(c, sheet.header))
                     for c in absent]  # fmt: skip
        return None
    return _filled(sheet, codes, problems)


def _filled(sheet: Sheet, codes: tuple[str, ...], problems: list[Problem]) -> pd.DataFrame:
    at = {c: sheet.header.index(c) for c in HEADER}
    km = pd.DataFrame(np.nan, index=list(codes), columns=list(codes))
    known, seen = set(codes), set[tuple[str, str]]()
    for n, row in enumerate(sheet.rows):
        if not any(row):
            continue
        ends = [str(row[at[c]]) for c in ("origin", "destination")]
        for c, end in zip(("origin", "destination"), ends, strict=True):
            if end not in known:
                where, hint = sheet.cell(n, at[c]), nearest(end, codes)
                problems.append(Problem(where, f"'{end}' is not a basin", hint=hint))
        value, advice = parse(row[at["km"]])
        if value is None or value < 0:
            where, want = sheet.cell(n, at["km"]), advice or "0 or more"
            problems.append(Problem(where, f"km is '{row[at['km']]}'", want))
        elif set(ends) <= known:
            if (ends[0], ends[1]) in seen:
                where = sheet.cell(n, at["origin"])
                problems.append(Problem(where, f"{ends[0]} → {ends[1]} appears twice", "once"))
            seen.add((ends[0], ends[1]))
            km.at[ends[0], ends[1]] = value
    return km


def report(km: pd.DataFrame) -> list[Problem]:
    """Missing pairs, one way longer than the other, detours longer than through a third place."""
    values = km.to_numpy(dtype=float, copy=True)
    np.fill_diagonal(values, 0.0)
    names = [str(c) for c in km.index]
    found = []
    gaps = np.argwhere(np.isnan(values))
    if len(gaps):
        shown = ", ".join(f"{names[a]} → {names[b]}" for a, b in gaps[:5])
        found.append(
            Problem("travel", f"{len(gaps)} pairs are missing: {shown}", "a distance",
                    "great-circle times the detour factor is taken")
        )  # fmt: skip
    found += _asymmetric(values, names)
    return found + _triangles(values, names)


def _asymmetric(values: Floats, names: list[str]) -> list[Problem]:
    there, back = values, values.T
    with np.errstate(invalid="ignore", divide="ignore"):
        odd = np.triu(np.abs(there - back) > ASYMMETRY * np.minimum(there, back), k=1)
    return [
        Problem("travel", f"{names[a]} → {names[b]} is {there[a, b]:g} km, back {back[a, b]:g} km")
        for a, b in np.argwhere(odd)[:SHOWN]
    ]


def _triangles(values: Floats, names: list[str]) -> list[Problem]:
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
            "travel", f"{names[a]} → {names[b]} is {full[a, b]:g} km",
            f"about {best[a, b]:g} km, as through {names[through[a, b]]}",
        )
        for a, b in np.argwhere(off)[:SHOWN]
    ]  # fmt: skip
