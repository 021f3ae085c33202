"""A much smaller model that costs no more at any map of hubs: basins far from any hub are merged.

Rows of one kind at basins of a group are added up, and their columns of one kind become one, with
the cost and the coefficients that suit it best. Whatever plan the model has, its sums are a plan of
the merged one that costs no more. So its bounds and its cuts, and its having no plan, hold for the
model; whether a map is a plan, and what it costs, only the model tells.

D. F. Rogers, R. D. Plante, R. T. Wong and J. R. Evans, Aggregation and disaggregation techniques
and methodology in optimization, Operations Research 39 (1991) 553-582.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Bools, Floats, Ints
from hubselect.solving.basins import Places
from hubselect.solving.compiled import Run as How
from hubselect.solving.highs import Result, Settings
from hubselect.solving.lazy import LARGE, LazyLP
from hubselect.solving.reduction import Reduced, reduce

OTHERS = 22  # groups of the basins that are not kept apart
LARGEST = 6  # one basin of so many, those with most room for hubs, is kept apart from the start
USED = 0.01  # of a hub at the relaxation: its basin is kept apart
ROUNDS = 2  # times that basins are taken out of groups
NATIONAL = 0.1  # of all nonzeros: with more in national rows, such as budgets, merging is far off
WORTH = 0.8  # of the basins: with more groups merging does not pay
SAME = 1e-12  # coefficients that differ by no more are one

Run = Callable[[LazyLP], Result]


@dataclass(frozen=True, eq=False)
class Merged:
    """What is searched, a model with basins merged or the model itself, and its relaxation."""

    reduced: Reduced
    weights: sparse.csr_array | None  # [rows of `reduced.model`, rows of the model]; None: itself
    lp: LazyLP
    root: Result

    @property
    def merged(self) -> bool:
        """Whether basins are merged, so that costs are lower bounds only."""
        return self.weights is not None

    def duals(self, searched: Floats) -> Floats:
        """Duals of the model's rows from those of the rows searched; feasible where these are."""
        stated = self.reduced.duals(searched)
        return stated if self.weights is None else np.asarray(self.weights.T @ stated)


def relaxed(reduced: Reduced, how: How, run: Run) -> Merged:
    """The relaxation of a model, or of one with basins merged where it is large."""
    arrays, without = reduced.arrays, how.without
    large = arrays.matrix.nnz >= LARGE and bool(arrays.integer.any())
    if how.basins is not None and large and not {"aggregation", "sifting"} & without:
        places = Places.of(reduced.model, how.basins)
        merged = merge(places, how.settings, run, smaller="smaller_model" not in without)
        if merged is not None:
            return merged
    lp = LazyLP(arrays, how.settings, sifting="sifting" not in without)
    return Merged(reduced, None, lp, run(lp))


def merge(places: Places, settings: Settings, run: Run, *, smaller: bool = True) -> Merged | None:
    """Merge basins but those with most room for hubs and those whose hubs the relaxation uses.

    Args:
        run: solves a relaxation in the time that is left.
        smaller: leave out staff by segment (`reduction`).

    None where that leaves nearly all basins, where national rows price all that basins differ in,
    or where the merged model is unbounded, which says nothing of the model.
    """
    if places.national > NATIONAL:
        return None
    count = len(places.room)
    alone = np.zeros(count, dtype=bool)
    alone[np.argsort(-places.room, kind="stable")[: count // LARGEST]] = True
    group = places.groups(alone, OTHERS)
    merged = None
    for _ in range(ROUNDS):
        if group.max() + 1 > WORTH * count:
            break
        found = _solved(places, group, settings, run, smaller)
        root = found.root
        if merged is not None and root.state not in ("optimal", "infeasible", "interrupted"):
            break  # the round before is what there is
        merged = found
        if root.state != "optimal" or root.x is None:
            break
        used = np.unique(places.hub_basin[root.x[found.reduced.arrays.hubs] > USED])
        used = used[used >= 0]
        used = used[np.bincount(group)[group[used]] > 1]
        if not len(used):
            break
        group[used] = group.max() + 1 + np.arange(len(used))
    return None if merged is None or merged.root.state == "unbounded" else merged


def _solved(places: Places, group: Ints, settings: Settings, run: Run, smaller: bool) -> Merged:
    arrays, weights = aggregate(places, group)
    reduced = reduce(arrays) if smaller else Reduced.same(arrays)
    lp = LazyLP(reduced.arrays, settings)
    return Merged(reduced, weights, lp, run(lp))


def aggregate(places: Places, group: Ints) -> tuple[Arrays, sparse.csr_array]:
    """The model with the basins of each group merged, and the weights of its rows in each row."""
    a = places.arrays
    row, first_row = _grouped(places.row_kind, places.row_at, group)
    every = np.arange(len(row))
    weights = sparse.csr_array((np.ones(len(row)), (row, every)), shape=(len(first_row), len(row)))
    summed = sparse.csr_array(weights @ a.matrix)
    low, high = np.asarray(weights @ a.row_lower), np.asarray(weights @ a.row_upper)
    at_least = np.isfinite(low) & np.isinf(high)
    at_most = np.isinf(low) & np.isfinite(high)
    column, _ = _grouped(places.column_kind, places.column_at, group)
    column = _equal(summed[np.flatnonzero(~(at_least | at_most))], column)
    column, first = _numbered(column)
    matrix = _best(summed, column, at_most)
    cost = np.full(len(first), np.inf)
    np.minimum.at(cost, column, a.cost)
    # what nothing can break, as people of a group work where they live
    idle = at_most & (high >= 0) & (matrix.max(axis=1).toarray().ravel() <= 0)
    kept = np.flatnonzero(~idle)
    merged = Arrays(
        matrix=matrix[kept],
        row_lower=low[kept],
        row_upper=high[kept],
        cost=cost,
        offset=a.offset,
        lower=a.lower[first],
        upper=a.upper[first],
        integer=a.integer[first],
        columns=tuple(a.columns[j] for j in first),
        rows=tuple(a.rows[r] for r in first_row[kept]),
    )
    return merged, sparse.csr_array(weights[kept])


def _best(summed: sparse.csr_array, column: Ints, at_most: Bools) -> sparse.csr_array:
    """One column for each group: in every row the coefficient that suits a solution best.

    That is the largest in a row that asks for something, the smallest in one that limits. Columns
    are from 0 upwards; one that a row does not hold has 0 there.
    """
    held = sparse.coo_array(summed)
    members = np.bincount(column)
    sign = np.where(at_most[held.row], -1.0, 1.0)
    key = held.row.astype(np.int64) * len(members) + column[held.col]
    order = np.argsort(key, kind="stable")
    key, value = key[order], (held.data * sign)[order]
    start = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    top = np.maximum.reduceat(value, start)
    count = np.diff(np.append(start, len(value)))
    place = key[start]
    row, column = place // len(members), place % len(members)
    top = np.where(count < members[column], np.maximum(top, 0.0), top)
    top *= np.where(at_most[row], -1.0, 1.0)
    kept = top != 0
    shape = (summed.shape[0], len(members))
    return sparse.csr_array((top[kept], (row[kept], column[kept])), shape=shape)


def _equal(strict: sparse.csr_array, column: Ints) -> Ints:
    """Groups of columns, less those that differ from the first of theirs in an equality."""
    _, first, column = np.unique(column, return_index=True, return_inverse=True)
    difference = sparse.coo_array(strict - strict[:, first[column]])
    off = np.unique(difference.col[np.abs(difference.data) > SAME])
    column = column.copy()
    column[off] = len(first) + np.arange(len(off))
    return np.asarray(column)


def _grouped(kind: Ints, at: Ints, group: Ints) -> tuple[Ints, Ints]:
    """A number for each kind and groups of basins, in order of first use, and where that is."""
    of = np.append(group, -1)  # NOWHERE
    size = np.int64(len(of) + 1)
    key = (kind.astype(np.int64) * size + of[at[:, 0]] + 1) * size + of[at[:, 1]] + 1
    return _numbered(key)


def _numbered(key: Ints) -> tuple[Ints, Ints]:
    """Keys numbered in order of first use, and where each is first used."""
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return np.asarray(rank[number]), np.asarray(first[order])
