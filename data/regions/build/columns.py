"""Column: one field of many keys with one origin, for the fine grains; long or compact on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from figures import Figure, Number, plain, table_bytes

META = ("unit", "year", "status", "source", "address", "note")


@dataclass(frozen=True)
class Column:
    """Values of one field by key. low and high are factors on the value, or None."""

    field: str
    values: Mapping[str, str | Number]
    unit: str
    year: str
    status: str
    source: str
    address: str = ""
    note: str = ""
    low: float | None = None
    high: float | None = None

    def figures(self) -> list[Figure]:
        """A figure a key."""
        return [
            Figure(
                key, self.field, value, self.unit, self.year, self.status, self.source,
                self.address, self.note, self._bound(value, self.low),
                self._bound(value, self.high),
            )
            for key, value in self.values.items()
        ]  # fmt: skip

    def _bound(self, value: str | Number, factor: float | None) -> Number | None:
        return None if factor is None or isinstance(value, str) else float(value) * factor

    @property
    def numbers(self) -> dict[str, float]:
        """Values as numbers."""
        return {k: float(v) for k, v in self.values.items()}


def by_field(columns: list[Column]) -> dict[str, Column]:
    """Columns by field. Raises ValueError when a field appears twice."""
    out = {c.field: c for c in columns}
    if len(out) != len(columns):
        raise ValueError("a field appears twice")
    return out


def write_compact(folder: Path, name: str, columns: list[Column]) -> int:
    """`name.wide.csv` and `name.fields.csv`; returns the number of figures."""
    columns = sorted(by_field(columns).values(), key=lambda c: c.field)
    keys = sorted({k for c in columns for k in c.values})
    cells = [
        (key, *(plain(c.values[key]) if key in c.values else "" for c in columns)) for key in keys
    ]
    folder.mkdir(parents=True, exist_ok=True)
    header = ("key", *(c.field for c in columns))
    (folder / f"{name}.wide.csv").write_bytes(table_bytes(header, cells))
    about = [
        (c.field, plain(c.low), plain(c.high), *(getattr(c, m) for m in META)) for c in columns
    ]
    fields = table_bytes(("field", "low_factor", "high_factor", *META), about)
    (folder / f"{name}.fields.csv").write_bytes(fields)
    return sum(len(c.values) for c in columns)
