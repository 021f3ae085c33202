"""The workbook a planner fills in: units, notes, drop-downs and today's values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from hubselect import atomic
from hubselect.errors import DataError, Problem
from hubselect.own.rows import unit_of
from hubselect.own.words import GUIDE
from hubselect.regions import Regions
from hubselect.schema import REQUIRED, Field
from hubselect.schema_words import label_of

LEFT_OUT = ("facts", "indicators")
ROOM = 200  # rows below the data that keep their drop-downs
_FIELDS = {(f.table, f.name): f for f in REQUIRED}
_KINDS = ("park", "candidate")


def write_template(path: Path, regions: Regions, *, language: str = "fr") -> None:
    """Write the workbook, whole or not at all.

    Raises DataError without XlsxWriter, for a language that has no labels and another ending.
    """
    if language not in GUIDE:
        raise DataError([Problem("language", f"'{language}' has no labels", ", ".join(GUIDE))])
    if path.suffix.casefold() != ".xlsx":
        raise DataError([Problem(path.name, f"ends in '{path.suffix}'", "a name ending in .xlsx")])
    try:
        import xlsxwriter
    except ImportError as error:
        hint = "pip install 'hubselect[excel]'"
        raise DataError([Problem(path.name, "needs XlsxWriter", "", hint)]) from error
    options = {"in_memory": True, "strings_to_formulas": False}
    atomic.write(
        path,
        lambda temporary: _fill(xlsxwriter.Workbook(str(temporary), options), regions, language),
    )


def _fill(book: Any, regions: Regions, language: str) -> None:
    styles = {
        "head": book.add_format({"bold": True, "bg_color": "#DDE6F0", "border": 1}),
        "about": book.add_format({"italic": True, "font_color": "#555555", "text_wrap": True}),
        "text": book.add_format({"num_format": "@"}),
    }
    guide = book.add_worksheet("README")
    guide.set_column(0, 0, 110)
    for n, line in enumerate(GUIDE[language]):
        guide.write_string(n, 0, line)
    for table in (t for t in regions.tables if t not in LEFT_OUT):
        _sheet(book, table, regions, styles, language)
    book.close()


def _sheet(book: Any, table: str, regions: Regions, styles: Any, language: str) -> None:
    wide, long = regions.table(table), regions.long
    rows = long[long["table"].eq(table)]
    about = rows.drop_duplicates("field").set_index("field")
    units = {str(f): unit_of(u) for f, u in rows.groupby("field")["unit"]}
    sheet = book.add_worksheet(table)
    sheet.freeze_panes(3, 1)
    sheet.set_column(0, 0, 26, styles["text"])
    fields = _ordered(table, list(wide.columns))
    for row, name in enumerate(("key", "unit", "label")):
        sheet.write_string(row, 0, name, styles["head" if row == 0 else "about"])
    for column, name in enumerate(fields, 1):
        sheet.write_string(0, column, name, styles["head"])
        sheet.write_string(1, column, units[name], styles["about"])
        sheet.write_string(2, column, label_of(table, name, language), styles["about"])
        note, status = str(about.loc[name, "note"])[:250], str(about.loc[name, "status"])
        if note:
            sheet.write_comment(0, column, f"{status}: {note}")
        _validate(
            sheet, column, len(wide), _FIELDS.get((table, name)), _choices(table, name, regions)
        )
    sheet.set_column(1, len(fields), 16)
    for n, key in enumerate(wide.index, 3):
        sheet.write_string(n, 0, str(key), styles["text"])
        for column, name in enumerate(fields, 1):
            _write(sheet, n, column, wide.loc[key, name], styles["text"])


def _ordered(table: str, columns: list[str]) -> list[str]:
    """Required fields first, in the order of the schema."""
    first = [f.name for f in REQUIRED if f.table == table and f.name in columns]
    unique = list(dict.fromkeys(first))
    return unique + [c for c in columns if c not in unique]


def _write(sheet: Any, row: int, column: int, value: Any, style: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, value, style)
    elif value is not None and not pd.isna(value):
        sheet.write_number(row, column, float(value))


def _choices(table: str, name: str, regions: Regions) -> list[str]:
    if (table, name) == ("sites", "region"):
        return list(regions.codes) if regions.level == "region" else []
    if (table, name) == ("sites", "max_size"):
        return [str(k) for k in regions.table("hub_sizes").index]
    if (table, name) == ("sites", "kind"):
        return list(_KINDS)
    if (table, name) == ("programmes", "to"):
        return [str(k) for k in regions.table("skills").index]
    if (table, name) == ("programmes", "from"):
        return [str(k) for t in ("pools", "skills") for k in regions.table(t).index]
    return []


def _validate(sheet: Any, column: int, count: int, field: Field | None, choices: list[str]) -> None:
    last = 3 + count + ROOM
    if choices and sum(len(c) + 1 for c in choices) < 255:
        rule: dict[str, Any] = {"validate": "list", "source": choices}
    elif field is not None and field.kind == "number" and field.minimum > float("-inf"):
        high = min(field.maximum, 1e15)
        rule = {"validate": "decimal", "criteria": "between", "minimum": field.minimum,
                "maximum": high, "error_title": field.name,
                "error_message": f"{field.minimum:g} – {high:g} {field.unit}"[:250]}  # fmt: skip
    else:
        return
    sheet.data_validation(3, column, last, column, rule)
