"""Sheets as long rows: wide or long form, units, and what is wrong with each cell."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hubselect.errors import Problem, nearest
from hubselect.own.numbers import parse
from hubselect.own.sheets import IGNORED, Cell, Sheet
from hubselect.schema import BY_NAME, COLUMNS, REQUIRED

MIXED = "as stated"  # unit of a column whose figures have several
ABOUT = ("unit", "label", "note", "status")  # first cells of rows that describe columns
_FIELDS = {(f.table, f.name): f for f in REQUIRED}
_LONG = ("key", "field", "value")


@dataclass(frozen=True)
class Own:
    """One value of the planner's: where it stands and what it says."""

    table: str
    key: str
    field: str
    value: str | float
    unit: str
    cell: str
    file: str
    row: int
    extra: Mapping[str, str] = dataclasses.field(
        default_factory=dict
    )  # low, high, year, source … if given


@dataclass(frozen=True)
class Known:
    """What is known of a field before reading: unit by (table, field), and text or number."""

    units: Mapping[tuple[str, str], str]
    fields: Mapping[str, tuple[str, ...]]

    def unit(self, table: str, name: str) -> str:
        """Unit of a field, empty when the field is new."""
        stated = _FIELDS.get((table, name))
        return self.units.get((table, name), stated.unit if stated else "")


def unit_of(units: Iterable[object]) -> str:
    """Unit of a column: 'as stated' where its figures have several, 'text' where one is a text."""
    found = dict.fromkeys(str(u) for u in units)
    if len(found) == 1:
        return next(iter(found))
    return "text" if "text" in found else MIXED


def rows_of(sheet: Sheet, known: Known, problems: list[Problem]) -> list[Own]:
    """Values of a sheet whose name is a table; problems of its header and cells are added."""
    table = "pool_stock" if sheet.name == "pool_stock" else sheet.name
    if table not in BY_NAME:
        if table.casefold() not in IGNORED:
            hint = nearest(table, BY_NAME)
            problems.append(Problem(_title(sheet), f"'{table}' is not a table", hint=hint))
        return []
    if not _good_header(sheet, problems):
        return []
    long = all(c in sheet.header for c in _LONG)
    found = _long_rows if long else _wide_rows
    out = list(found(sheet, table, known, problems))
    _twice(out, problems)
    return out


def _title(sheet: Sheet) -> str:
    return f"{sheet.file} {sheet.name}" if sheet.excel else sheet.file


def _good_header(sheet: Sheet, problems: list[Problem]) -> bool:
    good = True
    if "key" not in sheet.header:
        hint = nearest("key", [h for h in sheet.header if h])
        problems.append(Problem(_title(sheet), "column key is missing", "a column key", hint))
        good = False
    for n, name in enumerate(sheet.header):
        if not name:
            problems.append(Problem(sheet.cell(-1, n), "a column has no name", "a field"))
            good = False
        elif name in sheet.header[:n]:
            problems.append(Problem(sheet.cell(-1, n), f"column {name} appears twice", "once"))
            good = False
    return good


def _key(sheet: Sheet, n: int, cell: Cell, problems: list[Problem]) -> str | None:
    """Key of a row, or None for empty and describing rows."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, (float, bool)):
        where = sheet.cell(n, sheet.header.index("key"))
        text = f"{cell:g}" if isinstance(cell, float) else str(cell)
        problems.append(Problem(where, f"the key {text} is a number", "text", "format as text"))
        return None
    return str(cell)


def _wide_rows(sheet: Sheet, table: str, known: Known, problems: list[Problem]) -> Iterator[Own]:
    at = sheet.header.index("key")
    units = _units(sheet, table, known, problems)
    for n, row in enumerate(sheet.rows):
        first = row[at] if at < len(row) else None
        if isinstance(first, str) and first in ABOUT:
            continue
        filled = [c for c in row if c not in (None, "")]
        key = _key(sheet, n, first, problems)
        if key is None:
            if filled and first in (None, ""):
                problems.append(Problem(sheet.cell(n, at), "the key is empty", "a key"))
            continue
        for column, cell in enumerate(row):
            name = sheet.header[column]
            if column == at or cell in (None, "") or name not in units:
                continue
            where = sheet.cell(n, column)
            value = _value(cell, units[name], where, f"{key} {name}", problems)
            if value is not None:
                line = sheet.first + n
                yield Own(table, key, name, value, units[name], where, sheet.file, line)


def _units(sheet: Sheet, table: str, known: Known, problems: list[Problem]) -> dict[str, str]:
    """Unit of every column: of the atlas, or stated by the row 'unit' for a new field."""
    at = sheet.header.index("key")
    stated: dict[str, tuple[str, str]] = {}
    for n, row in enumerate(sheet.rows):
        if at < len(row) and row[at] == "unit":
            stated = {
                name: (str(cell), sheet.cell(n, c))
                for c, (name, cell) in enumerate(zip(sheet.header, row, strict=False))
                if cell not in (None, "")
            }
    out = {}
    for column, name in enumerate(sheet.header):
        if name == "key":
            continue
        unit = known.unit(table, name)
        said, where = stated.get(name, ("", ""))
        if not unit and not said:
            hint = nearest(name, known.fields.get(table, ()))
            problems.append(
                Problem(sheet.cell(-1, column), f"{table} has no field '{name}'",
                        "a known field, or a unit in a row 'unit'", hint)
            )  # fmt: skip
            continue
        if unit and said and said != unit and (table, name) in known.units:
            problems.append(Problem(where, f"the unit of {name} is '{said}'", unit))
        out[name] = unit or said
    return out


def _value(
    cell: Cell, unit: str, where: str, name: str, problems: list[Problem]
) -> str | float | None:
    if unit == "text":
        return f"{cell:g}" if isinstance(cell, float) else str(cell)
    value, advice = parse(cell)
    if value is None:
        problems.append(Problem(where, f"{name} is '{cell}'", f"a number, {unit}", advice))
    return value


def _long_rows(sheet: Sheet, table: str, known: Known, problems: list[Problem]) -> Iterator[Own]:
    at = {c: n for n, c in enumerate(sheet.header)}
    unknown = [c for c in sheet.header if c not in COLUMNS]
    problems += [
        Problem(_title(sheet), f"column {c} is unknown", hint=nearest(c, COLUMNS)) for c in unknown
    ]
    for n, row in enumerate(sheet.rows):
        cells = {c: row[i] if i < len(row) else None for c, i in at.items()}
        if all(v in (None, "") for v in cells.values()):
            continue
        key, name = _key(sheet, n, cells["key"], problems), str(cells["field"] or "")
        if key is None or not name:
            missing = "key" if key is None else "field"
            problems.append(
                Problem(sheet.cell(n, at[missing]), f"the {missing} is empty", "a name")
            )
            continue
        unit = str(cells.get("unit") or "") or known.unit(table, name)
        if not unit:
            hint = nearest(name, known.fields.get(table, ()))
            what = f"{table} has no field '{name}'"
            problems.append(
                Problem(sheet.cell(n, at["field"]), what, "a known field or a unit", hint)
            )
            continue
        where = sheet.cell(n, at["value"])
        if cells["value"] in (None, ""):
            problems.append(Problem(where, f"{key} {name} is empty", f"a value, {unit}"))
            continue
        value = _value(cells["value"], unit, where, f"{key} {name}", problems)
        extra = _extra(sheet, n, at, cells, f"{key} {name}", problems)
        if value is not None:
            line = sheet.first + n
            yield Own(table, key, name, value, unit, where, sheet.file, line, extra)


def _extra(
    sheet: Sheet, n: int, at: Mapping[str, int], cells: Mapping[str, Cell], name: str,
    problems: list[Problem],
) -> dict[str, str]:  # fmt: skip
    """Interval, year, source, address and note of a long row, where given."""
    out = {}
    for side in ("low", "high"):
        if cells.get(side) not in (None, ""):
            bound, advice = parse(cells[side])
            if bound is None:
                where, what = sheet.cell(n, at[side]), f"{side} of {name} is '{cells[side]}'"
                problems.append(Problem(where, what, "a number", advice))
            else:
                out[side] = repr(bound)
    for c in ("year", "source", "address", "note"):
        if cells.get(c) not in (None, ""):
            cell = cells[c]
            out[c] = f"{cell:g}" if isinstance(cell, float) else str(cell)
    return out


def _twice(found: list[Own], problems: list[Problem]) -> None:
    seen: dict[tuple[str, str, str], str] = {}
    for own in found:
        place = (own.table, own.key, own.field)
        if place in seen:
            what = f"{own.key} {own.field} appears twice"
            problems.append(Problem(own.cell, what, "once", f"first at {seen[place]}"))
        seen.setdefault(place, own.cell)
