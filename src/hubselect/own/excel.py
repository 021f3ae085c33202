"""Workbooks: every sheet's rows, with formulas and merged cells refused by their name."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

from hubselect.errors import Problem
from hubselect.own.sheets import IGNORED, Cell, Sheet, letters, too_large

EXPANDED = 400_000_000  # bytes of XML a workbook may unpack to
_FORMULA = re.compile(rb'<c r="([A-Z]+\d+)"[^>]*>\s*<f[ >/]')
_SHEET = re.compile(r"<sheet [^>]*?/?>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')


def read_workbook(path: Path, problems: list[Problem]) -> list[Sheet]:
    """The sheets of an .xlsx workbook; problems are added for whatever cannot be trusted.

    Needs python-calamine (extra `excel`); its absence is a problem like any other.
    """
    if found := too_large(path) or _unpacked(path):
        problems += found
        return []
    try:
        import python_calamine as calamine
    except ImportError:
        hint = "pip install 'hubselect[excel]'"
        problems.append(Problem(path.name, "needs python-calamine to be read", "", hint))
        return []
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        names = list(book.sheet_names)
        sheets = {name: book.get_sheet_by_name(name) for name in names}
    except Exception as error:  # noqa: BLE001 - the reader raises its own types
        problems.append(Problem(path.name, f"cannot be read: {error}", "an .xlsx workbook"))
        return []
    formulas = _formulas(path)
    found_sheets = []
    for name in names:
        if name.casefold() in IGNORED:
            continue
        problems += _traps(path.name, name, sheets[name], formulas.get(name, []))
        if (sheet := _sheet(path.name, name, sheets[name], problems)) is not None:
            found_sheets.append(sheet)
    return found_sheets


def _sheet(file: str, name: str, source: Any, problems: list[Problem]) -> Sheet | None:
    rows = source.to_python(skip_empty_area=False)
    if not rows or not any(str(c).strip() for c in rows[0]):
        problems.append(Problem(f"{file} {name}!A1", "the sheet has no header", "names of fields"))
        return None
    header = tuple(str(c).strip() for c in rows[0])
    while header and not header[-1]:
        header = header[:-1]
    body = tuple(tuple(_plain(c) for c in row[: len(header)]) for row in rows[1:])
    return Sheet(name, file, header, body, excel=True)


def _plain(cell: Any) -> Cell:
    if cell is None or isinstance(cell, bool):
        return cell
    if isinstance(cell, (int, float)):
        return float(cell)
    return str(cell).strip()


def _traps(file: str, name: str, source: Any, formulas: list[str]) -> list[Problem]:
    found = [
        Problem(f"{file} {name}!{cell}", "is a formula", "a value", "copy and paste as values")
        for cell in formulas
    ]
    for start, end in source.merged_cell_ranges or []:
        area = ":".join(f"{letters(column)}{row + 1}" for row, column in (start, end))
        found.append(Problem(f"{file} {name}!{area}", "cells are merged", "one value a cell"))
    return found


def _unpacked(path: Path) -> list[Problem]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        return [Problem(path.name, f"cannot be read: {error}", "an .xlsx workbook")]
    if size <= EXPANDED:
        return []
    return [Problem(path.name, f"unpacks to {size / 1e6:,.0f} MB", f"{EXPANDED / 1e6:,.0f} MB")]


def _formulas(path: Path) -> dict[str, list[str]]:
    """Cells with a formula by sheet: the reader gives their last result, which may be stale."""
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if "xl/workbook.xml" not in names:
            return {}
        book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
        links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
        target = {}
        for tag in re.findall(r"<Relationship [^>]*>", links):
            about = dict(_ATTRIBUTE.findall(tag))
            target[about.get("Id", "")] = "xl/" + about.get("Target", "").removeprefix("/xl/")
        out = {}
        for tag in _SHEET.findall(book):
            about = dict(_ATTRIBUTE.findall(tag))
            file = target.get(about.get("r:id", ""), "")
            if file in names:
                found = _FORMULA.findall(archive.read(file))
                out[about["name"]] = [cell.decode() for cell in found]
        return out
