"""Attributes of a map as data: known fields are read, others are named and left alone."""

from __future__ import annotations

from dataclasses import replace

from hubselect.errors import Problem
from hubselect.own.rows import Known, Own
from hubselect.own.sheets import Sheet


def known_columns(sheet: Sheet, known: Known, notes: list[Problem]) -> Sheet:
    """The key and the columns that are fields of basins; a note names the others.

    Maps carry columns of their own (area, object number): these refuse nothing.
    """
    kept = [n for n, c in enumerate(sheet.header) if c == "key" or known.unit("basins", c)]
    rest = [c for n, c in enumerate(sheet.header) if n not in kept]
    if rest:
        shown = ", ".join(rest[:8]) + (", …" if len(rest) > 8 else "")
        what = f"{len(rest)} attributes are not fields of basins and are not read: {shown}"
        notes.append(Problem(sheet.file, what))
    header = tuple(sheet.header[n] for n in kept)
    return replace(sheet, header=header, rows=tuple(tuple(r[n] for n in kept) for r in sheet.rows))


def agreed(rows: list[Own], of_map: list[Own], problems: list[Problem]) -> list[Own]:
    """Rows of tables and of the map; where both state a value it must be the same."""
    stated = {(o.table, o.key, o.field): o for o in rows}
    new = []
    for own in of_map:
        other = stated.get((own.table, own.key, own.field))
        if other is None:
            new.append(own)
        elif other.value != own.value:
            what = f"{own.key} {own.field} is {own.value}, {other.cell} says {other.value}"
            problems.append(Problem(own.cell, what, "one value"))
    return [*rows, *new]
