"""A planner's files → Regions: laid over an atlas, or a data set of their own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from hubselect.errors import DataError, Problem, nearest
from hubselect.own.attributes import agreed, known_columns
from hubselect.own.excel import read_workbook
from hubselect.own.matrix import Matrix, read_matrix
from hubselect.own.omx import read_omx
from hubselect.own.plausible import implausible
from hubselect.own.rows import ABOUT, MIXED, Known, Own, rows_of, unit_of
from hubselect.own.shapes import SUFFIXES, Map, check_shapes, read_map, waters
from hubselect.own.sheets import IGNORED, Sheet, read_csv
from hubselect.regions import Regions
from hubselect.regions_check import problems_of, typed
from hubselect.regions_read import WHERE
from hubselect.schema import BY_NAME, COLUMNS, LEVELS

TRAVEL = "travel"  # name of the file or sheet with a travel matrix
STATUS = "planner"


@dataclass
class Found:
    """What the files hold, before it is believed."""

    problems: list[Problem] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    map: Map | None = None
    travel: Path | Sheet | None = None


def read_own(path: Path, level: str, over: Regions | None) -> Regions:
    """Regions of a workbook or folder. Raises DataError listing every problem.

    With `over`, only what the files state replaces it, with status planner.
    """
    regions, problems, _ = check(path, level=level, over=over)
    if regions is None or problems:
        raise DataError(problems)
    return regions


def check(
    path: Path, *, level: str = "region", over: Regions | None = None
) -> tuple[Regions | None, list[Problem], list[Problem]]:
    """The regions (None when refused), every problem, and notes that refuse nothing."""
    found = _collect(path)
    problems = found.problems
    if over is None and level not in LEVELS:
        problems.append(Problem("level", f"'{level}' is unknown", hint=nearest(level, LEVELS)))
    known = _known(over)
    rows = [own for sheet in found.sheets for own in rows_of(sheet, known, problems)]
    notes: list[Problem] = []
    if found.map is not None and found.map.attributes is not None:
        sheet = known_columns(found.map.attributes, known, notes)
        rows = agreed(rows, rows_of(sheet, known, problems), problems)
    if not rows and not problems and found.travel is None and found.map is None:
        problems.append(Problem(path.name, "holds no table", "a sheet or file named as a table",
                                f"tables: {', '.join(BY_NAME)}"))  # fmt: skip
    problems += implausible(rows, _numbers(over), notes)
    frame = typed(_merged(rows, over))
    # what is absent is told only where every cell was read: a refused cell is not absent
    found_all, named = not problems, level if over is None else over.level
    problems += problems_of(frame, named, own=path.name, complete=found_all)
    if problems and over is None:
        return None, problems, notes
    made = over if problems and over is not None else _regions(path, level, over, frame)
    return _with_maps(made, found, problems, notes)


def _with_maps(
    regions: Regions, found: Found, problems: list[Problem], notes: list[Problem]
) -> tuple[Regions | None, list[Problem], list[Problem]]:
    if found.map is not None and found.map.shapes is not None:
        shapes = found.map.shapes
        problems += check_shapes(found.map.file, shapes, regions.table("basins"))
        notes += [] if problems else waters(found.map.file, shapes)
        regions = replace(regions, polygons=True, shapes=shapes)
    if found.travel is not None:
        matrix = _matrix(found.travel, regions.codes, problems)
        if matrix is not None:
            notes += matrix.report()
            regions = replace(regions, travel=matrix.km, travel_minutes=matrix.minutes)
    return (None if problems else regions), problems, notes


def _matrix(source: Path | Sheet, codes: tuple[str, ...], problems: list[Problem]) -> Matrix | None:
    if isinstance(source, Path):
        return read_omx(source, codes, problems)
    return read_matrix(source, codes, problems)


def _collect(path: Path) -> Found:
    found = Found()
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        for file in files:
            _one(file, found)
        if not files:
            found.problems.append(Problem(path.name, "is empty", "CSV files"))
    elif path.is_file():
        _one(path, found)
    else:
        found.problems.append(Problem(str(path), "is not there", "a folder or an .xlsx workbook"))
    for sheet in [s for s in found.sheets if s.name.casefold() == TRAVEL]:
        found.sheets.remove(sheet)
        _travels(sheet, sheet.file, found)
    return found


def _one(path: Path, found: Found) -> None:
    suffix = path.suffix.casefold()
    if suffix == ".csv":
        sheet = read_csv(path, found.problems) if path.stem.casefold() not in IGNORED else None
        found.sheets += [sheet] if sheet is not None else []
    elif suffix == ".xlsx":
        found.sheets += read_workbook(path, found.problems)
    elif suffix == ".omx":
        _travels(path, path.name, found)
    elif suffix in SUFFIXES:
        if found.map is not None:
            found.problems.append(Problem(path.name, "is a second map", "one file of polygons"))
        found.map = read_map(path, found.problems)
        found.sheets += found.map.tables
    elif suffix in (".xls", ".xlsm", ".ods", ".xlsb"):
        found.problems.append(Problem(path.name, f"is {suffix}", "an .xlsx workbook"))


def _travels(source: Path | Sheet, name: str, found: Found) -> None:
    if found.travel is not None:
        found.problems.append(Problem(name, "is a second travel matrix", "one"))
    found.travel = source


def _known(over: Regions | None) -> Known:
    if over is None:
        return Known({}, {})
    listing = over.values[["table", "field", "unit"]].drop_duplicates()
    units: dict[tuple[str, str], str] = {}
    fields: dict[str, tuple[str, ...]] = {}
    for (table, name), found in listing.groupby(["table", "field"], sort=False)["unit"]:
        units[str(table), str(name)] = unit_of(found)
        fields[str(table)] = (*fields.get(str(table), ()), str(name))
    return Known(units, fields)


def _numbers(over: Regions | None) -> dict[tuple[str, str, str], float]:
    if over is None:
        return {}
    long = over.long
    rows = long[~long["text"].astype(bool)]
    keys = zip(rows["table"], rows["key"], rows["field"], strict=True)
    return dict(zip(keys, rows["number"].astype(float), strict=True))


def _merged(rows: list[Own], over: Regions | None) -> pd.DataFrame:
    """Long frame: the planner's values in place of those below."""
    if over is None:
        return pd.DataFrame([_row(o, None) for o in rows], columns=[*WHERE, *COLUMNS]).astype(
            object
        )
    below = over.long
    places = zip(below["table"], below["key"], below["field"], strict=True)
    at = {place: n for n, place in enumerate(places)}
    taken, new = [], []
    for own in rows:
        n = at.get((own.table, own.key, own.field))
        old = None if n is None else below.iloc[n]
        if old is not None and _same(own, old):
            continue
        if n is not None:
            taken.append(below.index[n])
        new.append(_row(own, old))
    kept = below.drop(index=taken)[[*WHERE, *COLUMNS]]
    added = pd.DataFrame(new, columns=[*WHERE, *COLUMNS])
    return pd.concat([kept, added], ignore_index=True).astype(object)


def _same(own: Own, old: pd.Series[Any]) -> bool:
    if old["text"]:
        return str(own.value) == str(old["value"])
    return isinstance(own.value, float) and own.value == float(old["number"]) and not own.extra


def _row(own: Own, old: pd.Series[Any] | None) -> tuple[object, ...]:
    value = own.value if isinstance(own.value, str) else repr(own.value)
    unit = own.unit if old is None or own.unit not in (MIXED, "text") else str(old["unit"])
    was = "" if old is None else f"was {old['value']} ({old['status']}, {old['source']})"
    note = "; ".join(x for x in (own.extra.get("note", ""), was) if x)
    return (
        own.table, own.file, own.row, own.cell, own.key, own.field, value,
        own.extra.get("low", ""), own.extra.get("high", ""), unit,
        own.extra.get("year", "not stated"), STATUS,
        own.extra.get("source", f"planner, {own.file}"), own.extra.get("address", ""), note,
    )  # fmt: skip


def _regions(path: Path, level: str, over: Regions | None, frame: pd.DataFrame) -> Regions:
    if over is not None:
        return over.with_values(frame)
    return Regions(level, path, frame, polygons=False)


def stands_alone(path: Path, atlas: Regions) -> bool:
    """Whether a planner's files are a country of their own.

    They then have basins, none of the atlas, and national tables; without the latter they add
    basins to the atlas.
    """
    found = _collect(path)
    keys: set[object] = set()
    if not any(s.name in ("segments", "skills", "finance") for s in found.sheets):
        return False
    for sheet in found.sheets:
        if sheet.name == "basins" and "key" in sheet.header:
            at = sheet.header.index("key")
            keys |= {row[at] for row in sheet.rows if row[at] not in (None, "", *ABOUT)}
    return bool(keys) and not keys & set(atlas.codes)
