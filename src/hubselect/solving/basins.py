"""Basins as the search sees them: which rows and columns are about which, and which are alike.

A solver knows rows and columns by name only. Here the names of basins are looked up in them, so
that basins can be merged (`aggregation`). Nothing of this decides whether a bound holds; it only
decides how close the merged model comes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform

from hubselect.arrays import Arrays
from hubselect.instance import Bools, Floats, Instance, Ints
from hubselect.model.variables import label
from hubselect.solving.alike import hub_bounds

COSTS = 20.0  # how much apart other costs, or other shares in a national row, set two basins
NOWHERE = -1


@dataclass(frozen=True, eq=False)
class Basins:
    """Names of the basins in rows and columns, and how near they are to each other."""

    labels: tuple[str, ...]
    reach: Floats  # [R,R] largest share of any profile that may work in the other, either way

    @classmethod
    def of(cls, i: Instance) -> Basins:
        """The basins of an instance."""
        reach = np.zeros((len(i.basins), len(i.basins)))
        np.maximum.at(reach, (i.arc_from, i.arc_to), i.arc_reach.max(axis=1, initial=0.0))
        return cls(tuple(label(basin) for basin in i.basins), np.maximum(reach, reach.T))


@dataclass(frozen=True, eq=False)
class Places:
    """Where rows and columns of a model lie.

    Two that differ in their basins only have the same *kind*. A row is at a basin where it names it
    and holds no column of another that it does not name; all others are national. Only continuous
    columns from 0 upwards are at basins; each other one is of a kind of its own.
    """

    arrays: Arrays
    basins: Basins
    row_kind: Ints
    row_at: Ints  # [rows, 2], NOWHERE where a row is at fewer basins
    column_kind: Ints
    column_at: Ints  # [columns, 2]

    @classmethod
    def of(cls, a: Arrays, basins: Basins) -> Places:
        """Look basins up in the names of rows and columns."""
        row_kind, row_at = _named(a.rows, basins.labels)
        column_kind, column_at = _named(a.columns, basins.labels)
        free = ~a.integer & np.isinf(a.upper) & (a.lower == 0)
        column_kind, column_at = _national(column_kind, column_at, ~free)
        held = sparse.coo_array(a.matrix)
        at = column_at[held.col]
        named = row_at[held.row]
        own = ((at[:, :1] == named) | (at[:, 1:] == named)) & (named >= 0)
        stray = ~a.integer[held.col] & ~own.any(axis=1)
        pure = np.diff(a.matrix[:, np.flatnonzero(~a.integer)].indptr) == 0
        pure[held.row[stray]] = True
        return cls(a, basins, *_national(row_kind, row_at, pure), column_kind, column_at)

    @cached_property
    def hub_basin(self) -> Ints:
        """Basin of each hub column, by the rows at one basin that hold it."""
        hubs = np.flatnonzero(self.arrays.hubs)
        held = sparse.coo_array(self.arrays.matrix[:, hubs])
        local = (self.row_at[held.row, 0] >= 0) & (self.row_at[held.row, 1] < 0)
        basin = np.full(len(hubs), NOWHERE)
        basin[held.col[local]] = self.row_at[held.row[local], 0]
        return basin

    @cached_property
    def room(self) -> Floats:
        """What hubs add in the rows at each basin, all that may be built taken together."""
        hubs = np.flatnonzero(self.arrays.hubs)
        held = sparse.coo_array(self.arrays.matrix[:, hubs])
        local = self.row_at[held.row, 0] >= 0
        _, upper, _ = hub_bounds(self.arrays, hubs)
        room = np.zeros(len(self.basins.labels))
        added = np.abs(held.data) * upper[held.col]
        np.add.at(room, self.row_at[held.row[local], 0], added[local])
        return room

    @property
    def national(self) -> float:
        """Share of all nonzeros that national rows hold."""
        held = np.diff(self.arrays.matrix.indptr)
        return float(held[self.row_at[:, 0] < 0].sum() / max(held.sum(), 1))

    @cached_property
    def distance(self) -> Floats:
        """[R,R] How much two basins differ: 1 − reach, and other costs or national shares."""
        a, count = self.arrays, len(self.basins.labels)
        single = (self.column_at[:, 0] >= 0) & (self.column_at[:, 1] < 0)
        one = np.flatnonzero(single)
        cost = np.zeros((count, int(self.column_kind.max(initial=-1)) + 1))
        cost[self.column_at[one, 0], self.column_kind[one]] = a.cost[one]
        total = np.abs(cost).sum(axis=1)
        most = np.maximum(np.maximum.outer(total, total), 1e-9)
        costs = squareform(pdist(cost, "cityblock")) / most
        apart = 1.0 - self.basins.reach + COSTS * np.maximum(costs, self._shares(one))
        np.fill_diagonal(apart, 0.0)
        return np.asarray(apart)

    def _shares(self, one: Ints) -> Floats:
        """[R,R] By how much two basins differ at most in a national row, relatively."""
        count = len(self.basins.labels)
        national = np.flatnonzero(self.row_at[:, 0] < 0)
        held = sparse.coo_array(self.arrays.matrix[national][:, one])
        if not held.nnz:
            return np.zeros((count, count))
        kinds = int(self.column_kind.max()) + 1
        _, pair = np.unique(
            held.row.astype(np.int64) * kinds + self.column_kind[one[held.col]],
            return_inverse=True,
        )
        share = np.zeros((count, int(pair.max()) + 1))
        share[self.column_at[one[held.col], 0], pair] = held.data
        most = np.abs(share).max(axis=0)
        share /= np.where(most > 0, most, 1.0)
        return np.asarray(squareform(pdist(share, "chebyshev")))

    def groups(self, alone: Bools, others: int) -> Ints:
        """A group for each basin: its own for those `alone`, at most `others` for the rest."""
        rest = np.flatnonzero(~alone)
        group = np.cumsum(alone) - 1
        found: Ints = np.arange(1, len(rest) + 1)
        if len(rest) > others:
            near = squareform(self.distance[np.ix_(rest, rest)], checks=False)
            found = np.asarray(fcluster(linkage(near, "complete"), others, "maxclust"), dtype=int)
        group[rest] = int(alone.sum()) + found - 1
        return np.asarray(group)


def _named(names: Sequence[str], labels: Sequence[str]) -> tuple[Ints, Ints]:
    """Of each name its kind, what is left of it without its basins, and up to two basins."""
    place = {basin: n for n, basin in enumerate(labels)}
    any_basin = "|".join(re.escape(basin) for basin in sorted(labels, key=len, reverse=True))
    pattern = re.compile(rf"([a-z_]+?_)({any_basin})(?:_({any_basin}))?(?=_|$)")
    kinds: dict[object, int] = {}
    kind, at = np.empty(len(names), dtype=np.intp), np.full((len(names), 2), NOWHERE)
    for n, name in enumerate(names):
        found = pattern.match(name)
        key: object = name
        if found is not None:
            prefix, first, second = found.groups()
            at[n, 0] = place[first]
            at[n, 1] = place.get(second, NOWHERE)
            key = prefix, second is None, name[found.end() :]
        kind[n] = kinds.setdefault(key, len(kinds))
    return kind, at


def _national(kind: Ints, at: Ints, which: Bools) -> tuple[Ints, Ints]:
    """Kinds and basins with some that are at no basin, each of a kind of its own."""
    own = int(kind.max(initial=-1)) + 1 + np.arange(len(kind))
    return np.where(which, own, kind), np.where(which[:, None], NOWHERE, at)
