"""Regions: the checked tables of the atlas, the provenance of every value, and the polygons."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hubselect.errors import DataError, Problem, nearest
from hubselect.regions_check import problems_of, typed
from hubselect.regions_geometry import (
    CREDIT,
    OUTLINES,
    credited,
    geojson_of,
    points_of,
    polygons_of,
    with_points,
)
from hubselect.regions_read import WHERE, available_levels, read_contradictions, read_tables
from hubselect.regions_values import Value, canonical, pivot, value_of, with_floats
from hubselect.schema import BY_NAME, COLUMNS, LEVELS, STATUSES
from hubselect.shipped import atlas_folder

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_VALUE_COLUMNS = (
    "table", "key", "field", "value", "low", "high", "unit",
    "year", "status", "source", "address", "note",
)  # fmt: skip
_HASHED = ("table", "key", "field", "value", "low", "high", "unit", "year", "status", "source")


@dataclass(frozen=True, eq=False)
class Regions:
    """Basins with every table a plan needs. Immutable: `replace` and `without` give new ones.

    Read it with `Regions.morocco()` or `Regions.read(folder)`. Every value has a source, a year, a
    status (official, press, derived, estimate, planner) and, when it is an estimate, an interval.
    """

    level: str
    folder: Path
    _long: pd.DataFrame = field(repr=False)
    polygons: bool = True
    shapes: gpd.GeoDataFrame | None = field(default=None, repr=False)  # the planner's own map
    travel: pd.DataFrame | None = field(default=None, repr=False)  # km by road, NaN: not stated
    travel_minutes: pd.DataFrame | None = field(default=None, repr=False)  # door to door
    added: tuple[Path, ...] = ()  # files of scenarios that are in it already

    @classmethod
    def morocco(cls, level: str = "region") -> Regions:
        """The shipped atlas of Morocco. Raises DataError for an unknown level."""
        return cls.read(atlas_folder(), level=level)

    @classmethod
    def read(
        cls, path: str | PathLike[str], level: str = "region", *, over: Regions | None = None
    ) -> Regions:
        """An atlas folder, or a planner's workbook or folder of tables and polygons, checked.

        With `over`, a planner's files replace only what they state, marked 'planner' in provenance;
        without it they are a data set of their own. Raises DataError listing every problem.
        """
        home = Path(path)
        if over is not None or not _is_atlas(home):
            from hubselect.own import read_own

            return read_own(home, level, over)
        raw, problems = read_tables(home, level)
        long = typed(raw)
        problems += problems_of(long, level)
        if problems:
            raise DataError(problems)
        return cls(level, home, long)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Codes of the basins, sorted."""
        return tuple(sorted(set(self._long.loc[self._long["table"].eq("basins"), "key"])))

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables."""
        return tuple(t for t in BY_NAME if t in set(self._long["table"]))

    @cached_property
    def territories(self) -> dict[str, tuple[str, ...]]:
        """Basins of every code a rule may name: a basin, or the region or province it lies in."""
        out: dict[str, tuple[str, ...]] = {code: (code,) for code in self.codes}
        basins = self.table("basins")
        for parent in (p for p in LEVELS if p != self.level and p in basins.columns):
            for code, members in basins.groupby(parent, sort=True).groups.items():
                out.setdefault(str(code), tuple(str(m) for m in members))
        return out

    @cached_property
    def site_basins(self) -> dict[str, str]:
        """Basin of every site: its field `basin` at a finer level, else its region."""
        sites = self.table("sites")
        finer = sites["basin"] if "basin" in sites.columns else sites["region"]
        home = finer.where(finer.notna(), sites["region"])
        return {str(s): str(b) for s, b in home.items()}

    @cached_property
    def wider(self) -> Regions | None:
        """The regions of a finer atlas, as shipped; None at region level and where there are none.

        What a planner changes at the finer grain is not in it. Raises DataError when it is broken.
        """
        widest = LEVELS[0]
        if self.level == widest or widest not in available_levels(self.folder):
            return None
        return Regions.read(self.folder, widest)

    @cached_property
    def _wide(self) -> dict[str, pd.DataFrame]:
        return {}

    def table(self, name: str) -> pd.DataFrame:
        """One table, wide: index the keys, a column a field (numbers float64, texts object).

        A value the atlas does not have is NaN (None in a text column).
        Raises DataError for an unknown name.
        """
        if name not in self.tables:
            hint = nearest(name, self.tables)
            raise DataError([Problem("table", f"'{name}' is unknown", hint=hint)])
        if name not in self._wide:
            self._wide[name] = pivot(self._long[self._long["table"].eq(name)], name)
        return self._wide[name].copy()

    @property
    def values(self) -> pd.DataFrame:
        """Every value, long: table, key, field, value, low, high, unit, year, status, source, …

        `value` holds floats and texts; `low` and `high` are floats, NaN where none is stated.
        """
        return with_floats(self._long)[list(_VALUE_COLUMNS)].reset_index(drop=True)

    @property
    def long(self) -> pd.DataFrame:
        """Every row as it stands in its file, with its place and its numbers; do not change it."""
        return self._long

    @cached_property
    def contradictions(self) -> pd.DataFrame:
        """Older or conflicting values, as text, with the table each belongs to."""
        return read_contradictions(self.folder)

    @cached_property
    def _places(self) -> dict[tuple[str, str], list[int]]:
        out: dict[tuple[str, str], list[int]] = {}
        pairs = zip(self._long["key"], self._long["field"], strict=True)
        for n, pair in enumerate(pairs):
            out.setdefault(pair, []).append(n)
        return out

    def provenance(self, key: str, field: str, *, table: str | None = None) -> Value:
        """A value with its unit, year, status, source and interval.

        Raises DataError for an unknown key or field, with the nearest name.
        """
        found = [
            n
            for n in self._places.get((key, field), [])
            if table is None or self._long["table"].iloc[n] == table
        ]
        if len(found) != 1:
            raise DataError([self._unknown(key, field, table, len(found))])
        return value_of(self._long.iloc[found[0]])

    def _unknown(self, key: str, field: str, table: str | None, count: int) -> Problem:
        if count > 1:
            return Problem("field", f"'{field}' of {key} is in {count} tables", hint="name a table")
        rows = self._long if table is None else self._long[self._long["table"].eq(table)]
        if rows.empty:
            return Problem("table", f"'{table}' is unknown", hint=nearest(str(table), self.tables))
        keys = dict.fromkeys(rows["key"])
        if key not in keys:
            return Problem("key", f"'{key}' is unknown", hint=nearest(key, keys))
        fields = dict.fromkeys(rows.loc[rows["key"].eq(key), "field"])
        return Problem("field", f"'{field}' of {key} is unknown", hint=nearest(field, fields))

    @cached_property
    def geometry(self) -> gpd.GeoDataFrame:
        """Polygons in EPSG:4326, index the codes (© OpenStreetMap contributors, ODbL 1.0).

        At commune level, and for a data set without polygons, the main points instead. Whose they
        are is in `geometry.attrs["credit"]`. Read when first asked for. Raises DataError when the
        file or a polygon is missing.
        """
        census = CREDIT if _is_shipped(self.folder) else ""
        if self.shapes is not None:
            own = self.shapes.loc[list(self.codes)]
            return credited(own, f"Outlines: the planner's. {census}".strip())
        if self.level == "commune" or not self.polygons:
            return credited(points_of(self.table("basins")), census)
        new = self._own_basins
        file = self.folder / "geometry" / f"{self.level}s.geojson"
        shapes = polygons_of(file, tuple(c for c in self.codes if c not in new))
        if new:
            shapes = with_points(shapes, points_of(self.table("basins").loc[list(new)]))
        return credited(shapes, f"Outlines: {OUTLINES}. {census}".strip())

    @property
    def _own_basins(self) -> tuple[str, ...]:
        """Basins of which every figure is the planner's: the atlas has no outline of them."""
        basins = self._long[self._long["table"].eq("basins")]
        whole = basins["status"].eq("planner").groupby(basins["key"]).all()
        return tuple(str(code) for code in whole.index[whole])

    def extended(self, path: Path | None) -> Regions:
        """With what a scenario adds (`regions.add`), once; the same without.

        Raises DataError listing every problem of the files.
        """
        if path is None or path in self.added:
            return self
        return replace(Regions.read(path, over=self), added=(*self.added, path))

    def geojson(self) -> dict[str, Any]:
        """The geometry as GeoJSON with property `code`; member `credit` belongs on every map."""
        return geojson_of(self.geometry)

    def replace(self, *, table: str, key: str, field: str, value: float | str) -> Regions:
        """A copy with one value changed by the planner (status planner, no interval).

        Raises DataError when the value does not exist, has the wrong kind or is out of bounds.
        """
        old = self.provenance(key, field, table=table)
        if isinstance(old.value, str) != isinstance(value, str):
            kind = "a text" if isinstance(old.value, str) else f"a number, {old.unit}"
            raise DataError([Problem(f"{table} {key} {field}", f"is {value!r}", kind)])
        row = next(n for n in self._places[key, field] if self._long["table"].iloc[n] == table)
        long = self._long.copy()
        label = long.index[row]
        cell = value if isinstance(value, str) else repr(float(value))
        shown = old.value if isinstance(old.value, str) else f"{old.value:g}"
        long.loc[label, ["value", "low", "high", "status", "source", "address", "note"]] = [
            cell, "", "", "planner", "planner", "", f"was {shown} ({old.status}, {old.source})",
        ]  # fmt: skip
        raw = long[[*WHERE, *COLUMNS]]
        changed = typed(raw)
        problems = problems_of(changed, self.level)
        if problems:
            raise DataError(problems)
        return self.with_values(changed)

    def with_values(self, long: pd.DataFrame) -> Regions:
        """The same map with other values: a checked frame as `regions_check.typed` makes it."""
        return replace(self, _long=long)

    def with_numbers(self, rows: Ints, numbers: Floats) -> Regions:
        """A copy with other numbers in some rows of `long` (by position), for drawn futures.

        Nothing is checked; origin and interval stay those of the figure that was drawn.
        """
        long = self._long.copy()
        number, text = long["number"].to_numpy(copy=True), long["value"].to_numpy(copy=True)
        number[rows], text[rows] = numbers, [repr(float(n)) for n in numbers]
        changed = self.with_values(long.assign(number=number, value=text))
        touched = self._long.iloc[rows]
        changed._wide.update({name: self.table(name) for name in self.tables})
        for (name, one), part in touched.groupby(["table", "field"], sort=False):
            wide = changed._wide[str(name)]
            column = wide[one].to_numpy(copy=True)
            where = self._long.index.get_indexer(part.index)
            column[wide.index.get_indexer(pd.Index(part["key"]))] = number[where]
            wide[one] = column
        return changed

    def without(self, codes: Iterable[str]) -> Regions:
        """A copy that leaves basins out: their rows in every table and their sites.

        National tables stay as they are. Raises DataError for an unknown code, or if none is left.
        """
        named = {codes} if isinstance(codes, str) else set(codes)
        unknown = sorted(named - set(self.territories))
        if unknown:
            raise DataError(
                Problem("region", f"'{c}' is unknown", hint=nearest(c, self.territories))
                for c in unknown
            )
        out = {basin for code in named for basin in self.territories[code]}
        if out == set(self.codes):
            raise DataError([Problem("region", "all are left out", "at least one basin")])
        long = self._long
        local = long["table"].map(lambda t: BY_NAME[t].place == "grain")
        gone = local & long["key"].str.split("/").str[0].isin(out)
        sites = {site for site, basin in self.site_basins.items() if basin in out}
        gone |= long["table"].eq("sites") & long["key"].isin(sites)
        return self.with_values(long[~gone].reset_index(drop=True))

    @cached_property
    def hash(self) -> str:
        """sha256 of the values in canonical order and form; the order of rows does not matter."""
        frame = with_floats(self._long)
        digest = hashlib.sha256(self.level.encode())
        columns = [frame[c].map(canonical) for c in _HASHED]
        for matrix in (self.travel, self.travel_minutes):
            if matrix is not None:
                digest.update(matrix.to_csv().encode())
        for line in sorted("\x1f".join(cells) for cells in zip(*columns, strict=True)):
            digest.update(line.encode() + b"\x1e")
        return digest.hexdigest()

    def listing(self) -> pd.DataFrame:
        """A row per table and field: unit, figures, years and how many of each status."""
        by = [self._long["table"], self._long["field"]]
        rows = self._long.groupby(by, sort=False).agg(
            unit=("unit", "first"), figures=("key", "size"), first=("year", "min"),
            last=("year", "max"), numbers=("number", "count"),
        )  # fmt: skip
        for status in STATUSES:
            rows[status] = self._long["status"].eq(status).groupby(by, sort=False).sum()
        return rows.reset_index()

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        return f"Regions(level={self.level!r}, {len(self)} basins, {len(self._long)} values)"

    def _repr_html_(self) -> str:
        names = self.table("basins").filter(["name_fr", "capital", "population_legal"])
        return f"<p>{self!r}</p>{names.to_html()}"


def _is_atlas(path: Path) -> bool:
    """Whether a path has the layout of an atlas (or is nothing at all)."""
    if not path.exists():
        return True
    return path.is_dir() and (
        not any(path.iterdir()) or any((path / name).is_dir() for name in ("national", *LEVELS))
    )


def _is_shipped(folder: Path) -> bool:
    return folder == atlas_folder()
