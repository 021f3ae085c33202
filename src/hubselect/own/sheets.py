"""Sheets: the rows of a CSV file or of a sheet of a workbook, with the name of every cell."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from hubselect.errors import Problem

LARGEST = 100_000_000  # bytes; the atlas of 1,503 communes is 1.3 MB
IGNORED = ("readme", "lists", "contradictions", "sources")

Cell = str | float | bool | None


@dataclass(frozen=True)
class Sheet:
    """Rows below a header. `excel`: cells are named A1, else by row and column name."""

    name: str
    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    excel: bool = False
    first: int = 2  # row number of rows[0] in the file

    def cell(self, row: int, column: int) -> str:
        """Name of a cell for people; row and column count from 0 below the header."""
        line = self.first + row
        if self.excel:
            return f"{self.file} {self.name}!{letters(column)}{line}"
        label = self.header[column] if column < len(self.header) else str(column + 1)
        return f"{self.file} row {line} column {label}"


def letters(column: int) -> str:
    """Letters of a spreadsheet column, 0 is A."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def too_large(path: Path) -> list[Problem]:
    """A problem when a file is too large to be a planner's table."""
    size = path.stat().st_size
    if size <= LARGEST:
        return []
    return [Problem(path.name, f"has {size / 1e6:,.0f} MB", f"{LARGEST / 1e6:,.0f} MB or less")]


def read_csv(path: Path, problems: list[Problem]) -> Sheet | None:
    """One CSV file as a sheet; None and a problem when it cannot be read."""
    if found := too_large(path):
        problems += found
        return None
    text = _decoded(path, problems)
    if text is None:
        return None
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        problems.append(Problem(path.name, f"cannot be read: {error}", "a CSV file"))
        return None
    if not rows or not any(c.strip() for c in rows[0]):
        problems.append(Problem(path.name, "is empty", "a header and rows"))
        return None
    if len(rows[0]) == 1 and (";" in rows[0][0] or "\t" in rows[0][0]):
        sign = "semicolons" if ";" in rows[0][0] else "tabs"
        problems.append(Problem(path.name, f"is separated by {sign}", "commas"))
        return None
    header = tuple(c.strip() for c in rows[0])
    kept = []
    for n, cells in enumerate(rows[1:], 2):
        if not any(c.strip() for c in cells):
            kept.append(tuple("" for _ in header))
        elif len(cells) != len(header):
            what, want = f"has {len(cells)} cells", f"{len(header)} cells"
            problems.append(Problem(f"{path.name} row {n}", what, want, _comma_hint(cells)))
            kept.append(tuple("" for _ in header))
        else:
            kept.append(tuple(c.strip() for c in cells))
    return Sheet(path.stem, path.name, header, tuple(kept))


def _comma_hint(cells: list[str]) -> str:
    return "quote texts and numbers that contain a comma" if cells else ""


def _decoded(path: Path, problems: list[Problem]) -> str | None:
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        problems.append(Problem(path.name, "is encoded in UTF-16", "UTF-8"))
        return None
    if b"\x00" in raw[:4096]:
        problems.append(Problem(path.name, "is not a text file", "CSV in UTF-8"))
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problems.append(
            Problem(f"{path.name} row {line}", "is not UTF-8", "UTF-8", "save as 'CSV UTF-8'")
        )
        return None
