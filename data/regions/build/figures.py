"""Figure: one value of the atlas with interval, unit, year, status and source; and its table."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

COLUMNS = (
    "key", "field", "value", "low", "high", "unit",
    "year", "status", "source", "address", "note",
)  # fmt: skip
OWN = "hubselect estimate"

Number = float | int


@dataclass(frozen=True)
class Figure:
    """One figure. Numbers are plain; text has unit "text". low/high: 90 % interval, or None."""

    key: str
    field: str
    value: str | Number
    unit: str
    year: str
    status: str
    source: str
    address: str = ""
    note: str = ""
    low: Number | None = None
    high: Number | None = None

    @property
    def number(self) -> float:
        """Value as a number. Raises ValueError for text."""
        return float(self.value)

    def moved(self, **changes: str | Number | None) -> Figure:
        """Copy with some attributes changed."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def row(self) -> tuple[str, ...]:
        """Cells in the order of COLUMNS."""
        return (
            self.key, self.field, plain(self.value), plain(self.low), plain(self.high), self.unit,
            self.year, self.status, self.source, self.address, self.note,
        )  # fmt: skip


def plain(value: str | Number | None) -> str:
    """Number without exponent and without trailing zeros, at most six decimals."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def number(text: str) -> float | None:
    """Number in `text`, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def table_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """CSV as UTF-8 with LF."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")


def write(path: Path, figures: Iterable[Figure]) -> list[Figure]:
    """Write one long table sorted by key and field, and return it sorted. ValueError if twice."""
    ordered = sorted(figures, key=lambda f: (f.key, f.field))
    for a, b in itertools.pairwise(ordered):
        if (a.key, a.field) == (b.key, b.field):
            raise ValueError(f"{path.name}: {a.key} {a.field} appears twice")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(table_bytes(COLUMNS, (f.row() for f in ordered)))
    return ordered


def estimate(
    key: str, field: str, value: Number, low: Number, high: Number, unit: str, note: str,
    year: str = "2025", source: str = OWN, address: str = "",
) -> Figure:  # fmt: skip
    """An estimate: interval and formula required."""
    return Figure(key, field, value, unit, year, "estimate", source, address, note, low, high)


def derived(
    key: str, field: str, value: str | Number, unit: str, year: str, source: str, note: str,
    address: str = "", low: Number | None = None, high: Number | None = None,
) -> Figure:  # fmt: skip
    """A figure computed from sourced figures by the formula in `note`."""
    return Figure(key, field, value, unit, year, "derived", source, address, note, low, high)


def pick(figures: Iterable[Figure], field: str) -> dict[str, float]:
    """key → number of one field."""
    return {f.key: f.number for f in figures if f.field == field}


def words(figures: Iterable[Figure], field: str) -> dict[str, str]:
    """key → text of one field."""
    return {f.key: plain(f.value) for f in figures if f.field == field}
