"""What the caller gives, read into arrays; every problem of it in one DataError."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

import geopandas
import numpy as np
import pandas as pd

from hubselect.errors import DataError, Problem, nearest
from hubselect.instance import Bools, Floats, Ints
from hubselect.locate.covering import Choice
from hubselect.locate.distances import check_points, measure, same_crs

ADDED = {"clients": ("site", "site_cost", "site_share"), "sites": ("open", "clients_served")}


@dataclass(frozen=True, eq=False)
class Table:
    """Costs or distances [clients, sites], inf where a pair may not be used."""

    values: Floats
    covers: bool  # the values are yes and no
    site_labels: tuple[Hashable, ...]
    client_labels: tuple[Hashable, ...]
    measured: str
    clients: Any = None
    sites: Any = None

    def alone(self) -> Table:
        """The table without clients, for a problem that has only sites."""
        return replace(self, clients=None)


class Reader:
    """Reads one call's arguments and gathers what is wrong with them."""

    def __init__(
        self,
        clients: Any,
        sites: Any,
        distances: Any = None,
        adds: tuple[str, ...] = ("clients", "sites"),
    ) -> None:
        self.problems: list[Problem] = []
        self._adds = adds  # frames that the result adds columns to
        self.table = self._table(clients, sites, distances)

    def _table(self, clients: Any, sites: Any, distances: Any) -> Table | None:
        frames = [isinstance(x, geopandas.GeoDataFrame) for x in (clients, sites)]
        if not any(frames):
            if sites is not None or distances is not None:
                what = "sites and distances go with a GeoDataFrame of clients"
                self._wrong("clients", what, "a matrix [clients, sites] alone, or GeoDataFrames")
                return None
            return self._matrix("clients", clients)
        if not all(frames):
            name, other = ("sites", sites) if frames[0] else ("clients", clients)
            what = "is missing" if other is None else f"is a {type(other).__name__}"
            self._wrong(name, what, "a GeoDataFrame", "a matrix goes alone, or as distances")
            return None
        self._new_columns(clients, sites)
        if distances is not None:
            given = self._matrix("distances", distances)
            shape = (len(clients), len(sites))
            if given is not None and given.values.shape != shape:
                what = f"has shape {given.values.shape}"
                self._wrong("distances", what, f"{shape}: clients by rows, sites by columns")
                return None
            values, how = (None if given is None else given.values), "given"
            if values is not None and isinstance(distances, pd.DataFrame):
                values = values[self._order("distances", distances.index, clients.index)]
                values = values[:, self._order("distances", distances.columns, sites.index)]
        else:
            values, how = self._measured(clients, sites)
        if values is None:
            return None
        labels = tuple(sites.index), tuple(clients.index)
        return Table(values, False, *labels, how, clients, sites)

    def _measured(self, clients: Any, sites: Any) -> tuple[Floats | None, str]:
        found = len(self.problems)
        check_points("clients", clients, self.problems)
        check_points("sites", sites, self.problems)
        same_crs(clients, sites, self.problems)
        for name, frame in (("clients", clients), ("sites", sites)):
            if not len(frame):
                self._wrong(name, "is empty", "at least one row")
        return measure(clients, sites) if len(self.problems) == found else (None, "")

    def _new_columns(self, clients: Any, sites: Any) -> None:
        for name, frame in (("clients", clients), ("sites", sites)):
            taken = [column for column in ADDED[name] if column in frame.columns]
            if taken and name in self._adds:
                what = f"already has {', '.join(taken)}, which the result adds"
                self._wrong(name, what, "other names", "rename or drop them")

    def _matrix(self, name: str, given: Any) -> Table | None:
        try:
            raw = np.asarray(given)
            values = raw.astype(float)
        except (TypeError, ValueError):
            self._wrong(name, "is no matrix of numbers", "numbers [clients, sites]")
            return None
        if values.ndim != 2 or not values.size:
            self._wrong(name, f"has shape {values.shape}", "a matrix [clients, sites]")
            return None
        for bad, what in ((np.isnan(values), "no number"), (values < 0, "negative")):
            if bad.any():
                row, column = np.argwhere(bad)[0]
                place = f"{name}[{row}, {column}]"
                hint = "inf bars a pair" if what == "no number" else ""
                self._wrong(place, f"is {what} ({int(bad.sum())} such)", "0 or more, or inf", hint)
        if isinstance(given, pd.DataFrame):
            labels: tuple[Any, Any] = tuple(given.columns), tuple(given.index)
        else:
            labels = tuple(range(values.shape[1])), tuple(range(values.shape[0]))
        return Table(values, raw.dtype == bool, *labels, "given")

    def column(
        self, name: str, given: Any, side: str, default: float | None, *,
        infinite: bool = False, some: bool = False,
    ) -> Floats:  # fmt: skip
        """Numbers of the clients or sites: one for all, one each, or a column of the frame.

        A Series is read by its labels where it has any. Not all are 0 where `some` is asked for.
        """
        if self.table is None:
            return np.ones(0)
        count = self.table.values.shape[0 if side == "clients" else 1]
        frame = self.table.clients if side == "clients" else self.table.sites
        if given is None and default is None:
            self._wrong(name, "is missing", f"one number for each of {count} {side}")
        if given is None:
            return np.full(count, 1.0 if default is None else default)
        if isinstance(given, str):
            if frame is None or given not in frame.columns:
                columns = [] if frame is None else list(frame.columns)
                self._wrong(name, f"no column '{given}' in {side}", "", nearest(given, columns))
                return np.ones(count)
            given = frame[given]
        values = self._numbers(name, given, count, side)
        if values is None:
            return np.ones(count)
        if isinstance(given, pd.Series):
            labels = self.table.client_labels if side == "clients" else self.table.site_labels
            values = values[self._order(name, given.index, pd.Index(labels))]
        if some and not values.any():
            self._wrong(name, "is 0 everywhere", "some above 0")
        bad = np.isnan(values) | (values < 0) | (np.isinf(values) & (not infinite))
        if bad.any():
            first = int(np.argmax(bad))
            self._wrong(f"{name}[{first}]", f"is {values[first]:g}", "a number, 0 or more")
            return np.ones(count)
        return values

    def _numbers(self, name: str, given: Any, count: int, side: str) -> Floats | None:
        """One number for all or one each, `count` of them."""
        try:
            values = np.asarray(given, dtype=float)
        except (TypeError, ValueError):
            self._wrong(name, "holds what is no number", f"a number for each of {count} {side}")
            return None
        if values.shape in ((), (1,), (count,)):
            return np.array(np.broadcast_to(values, (count,)))
        what = f"has shape {values.shape}"
        self._wrong(name, what, f"one number for each of {count} {side}")
        return None

    def _order(self, name: str, given: pd.Index, wanted: pd.Index) -> Ints:
        """Places of what is given in the order wanted, by label; as given where it is numbered."""
        as_given = np.arange(len(wanted))
        numbered = given.equals(pd.RangeIndex(len(wanted)))
        if given.equals(wanted) or (numbered and not wanted.isin(given).all()):
            return as_given
        if given.is_unique and wanted.is_unique and wanted.isin(given).all():
            return np.asarray(given.get_indexer(wanted), dtype=np.intp)
        strange = [str(label) for label in given[~given.isin(wanted)]]
        what = f"has labels that are none of its own: {', '.join(strange[:3])}" if strange else ""
        known = ", ".join(str(label) for label in wanted[:3])
        self._wrong(name, what or "has labels twice", f"{known}, …; or an array, in order")
        return as_given

    def count(self, name: str, given: Any, least: int = 1) -> int:
        """A number of sites."""
        sites = None if self.table is None else self.table.values.shape[1]
        whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
        if not whole or given < least or (sites is not None and given > sites):
            top = "the number of sites" if sites is None else str(sites)
            self._wrong(name, f"is {given!r}", f"a whole number from {least} to {top}")
            return least
        return int(given)

    def radius(self, given: Any) -> Bools:
        """Which clients a site covers [sites, clients]: within the radius, or as given."""
        if self.table is None:
            return np.ones((0, 0), dtype=bool)
        if self.table.covers:
            if given is not None:
                self._wrong("radius", "goes with distances", "None for a matrix of yes and no")
            return self.table.values.T > 0
        if not _is_number(given) or not given >= 0:
            flags = given is None and np.isin(self.table.values, (0.0, 1.0)).all()
            hint = "who covers whom is given as True and False: .astype(bool)" if flags else ""
            self._wrong("radius", f"is {given!r}", "a distance, 0 or more", hint)
            return np.ones_like(self.table.values.T, dtype=bool)
        return np.ascontiguousarray(float(given) >= self.table.values.T)

    def symmetric(self) -> None:
        """The same distance both ways, and none barred."""
        if self.table is None:
            return
        values = self.table.values
        if values.shape[0] != values.shape[1]:
            self._wrong("sites", f"has shape {values.shape}", "as many rows as columns")
            return
        inner = values[~np.eye(len(values), dtype=bool)]
        if np.isinf(inner).any():
            self._wrong("sites", "holds inf", "distances")
        elif not np.allclose(values, values.T, rtol=1e-9, atol=1e-9):
            row, column = np.argwhere(~np.isclose(values, values.T, rtol=1e-9, atol=1e-9))[0]
            what = f"is not [{column}, {row}]"
            self._wrong(f"sites[{row}, {column}]", what, "the same distance both ways")

    def finish(
        self,
        required: Iterable[Hashable] | Hashable,
        forbidden: Iterable[Hashable] | Hashable,
        gap: Any,
        time_limit: Any,
    ) -> tuple[Table, Choice]:
        """The table and the choice of sites, once what every problem asks for is read too.

        Raises:
            DataError: with all problems.
        """
        choice = self._choice(required, forbidden)
        self._limits(gap, time_limit)
        if self.problems or self.table is None:
            raise DataError(self.problems)
        return self.table, choice

    def _choice(
        self, required: Iterable[Hashable] | Hashable, forbidden: Iterable[Hashable] | Hashable
    ) -> Choice:
        """Required and forbidden sites by label."""
        labels = () if self.table is None else self.table.site_labels
        position = {label: i for i, label in enumerate(labels)}
        masks = np.zeros((2, len(labels)), dtype=bool)
        for row, (name, given) in enumerate((("required", required), ("forbidden", forbidden))):
            one = isinstance(given, str) or not isinstance(given, Iterable)
            for label in cast("Iterable[Hashable]", [given] if one else given):
                if labels.count(label) > 1:
                    self._wrong(name, f"{label!r} is the label of several sites", "labels once")
                elif label in position:
                    masks[row, position[label]] = True
                elif labels:
                    hint = nearest(str(label), map(str, labels))
                    self._wrong(name, f"no site {label!r}", "labels of sites", hint)
        both = np.flatnonzero(masks.all(axis=0))
        if len(both):
            shown = ", ".join(str(labels[i]) for i in both)
            self._wrong("required", f"sites {shown} are forbidden too", "one or the other")
        return Choice(masks[0], masks[1])

    def _limits(self, gap: Any, time_limit: Any) -> None:
        """The gap asked and the time allowed."""
        if not _is_number(gap) or not 0 <= gap < 1:
            self._wrong("gap", f"is {gap!r}", "a fraction, 0 or more and below 1")
        if not _is_number(time_limit) or not time_limit > 0:
            self._wrong("time_limit", f"is {time_limit!r}", "seconds, above 0")

    def _wrong(self, where: str, what: str, expected: str, hint: str = "") -> None:
        self.problems.append(Problem(where, what, expected, hint))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
