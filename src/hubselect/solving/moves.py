"""Maps of hubs near a given one, judged by the cuts: which to price next.

A move opens, enlarges, brings forward, closes, shrinks or delays what one hub column stands for,
with all columns that ladders, permanence and alike sites tie to it; a pair of moves does two at
once, such as closing here and opening there. The cuts tell what a map costs at least, so thousands
of maps are compared in the time of one LP.

Local branching keeps to a neighbourhood by a row (M. Fischetti and A. Lodi, Mathematical
Programming 98 (2003) 23-47); here the neighbourhood is listed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Bools, Floats, Ints
from hubselect.solving.alike import hub_bounds
from hubselect.solving.apart import Apart

PAIRED = 150  # moves, cheapest first, of which pairs are tried
ALL = 600  # of which they are at large sizes, where a better map spares long proofs
GIVE = 1e-7  # how far a row of hubs may be from holding, for sums of floats


@dataclass(frozen=True, eq=False)
class Cuts:
    """What is known of maps z of `m` hubs: cost ≥ constant + slope·z, and side ≤ bar·z."""

    constants: Floats  # [cuts]
    slopes: Floats  # [cuts, m]
    bars: Floats  # [bars, m]
    sides: Floats  # [bars]


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Moves that keep ladders, permanence and the order of alike sites; `m` hub columns."""

    above: sparse.csr_array  # [m, m], 0 or 1: row j marks the columns that are 1 whenever j is
    rows: sparse.csr_array  # the other rows of hubs alone, [rows, m]
    row_lower: Floats
    row_upper: Floats
    lower: Floats  # [m], with the rows that hold one column
    upper: Floats

    @classmethod
    def of(cls, arrays: Arrays, pure: Ints) -> Neighbours:
        """Read what ties hubs together off the rows `pure` that hold integer columns only."""
        hubs = np.flatnonzero(arrays.integer)
        rows = sparse.csr_array(arrays.matrix[pure][:, hubs])
        low, high = arrays.row_lower[pure], arrays.row_upper[pure]
        tied, below, above = ties(rows, low, high)
        lower, upper, _ = hub_bounds(arrays, hubs)
        other = np.flatnonzero((np.diff(rows.indptr) > 1) & ~tied)
        closure = _closure(below, above, len(hubs))
        return cls(closure, rows[other], low[other], high[other], lower, upper)

    def cheapest(
        self,
        z: Floats,
        cuts: Cuts,
        goal: float,
        tried: Collection[bytes] = (),
        families: Sequence[Apart] = (),
        paired: int = PAIRED,
    ) -> Floats | None:
        """The map near z that the cuts allow to cost least, where that is below `goal`.

        Maps whose bytes are in `tried` are left out. Pairs are tried of the `paired` moves that
        are cheapest alone. With blocks apart, a pair in two blocks costs what both change.
        """
        sets, change = self._moves(z > 0.5)
        rows = np.concatenate([self.rows.toarray(), cuts.bars])
        low = np.concatenate([self.row_lower, cuts.sides])
        high = np.concatenate([self.row_upper, np.full(len(cuts.sides), np.inf)])
        held, adds = rows @ z, _with_none(np.asarray(change @ rows.T))
        least = _Least.of(z, change, cuts, families)
        alone = least.moves(np.arange(change.shape[0]), -1)
        top = np.argsort(alone, kind="stable")[:paired]
        one, two = _compatible(sets[top], change[top])
        one, two = least.below(goal, top[one], top[two])
        single = np.flatnonzero(alone < goal)
        first = np.concatenate([single, one])
        second = np.concatenate([np.full(len(single), -1), two])
        activity = held + adds[first] + adds[second]
        fits = ((activity >= low - GIVE) & (activity <= high + GIVE)).all(axis=1)
        first, second = first[fits], second[fits]
        for n in np.argsort(least.moves(first, second), kind="stable"):
            moves = [m for m in (first[n], second[n]) if m >= 0]
            found = np.rint(z + change[moves].sum(axis=0))
            if found.tobytes() not in tried:
                return np.asarray(found)
        return None

    def _moves(self, built: Bools) -> tuple[sparse.csr_array, sparse.csr_array]:
        """All moves: the columns each settles, and what it adds to z; [moves, m] both."""
        barred, owed = (self.upper < 0.5).astype(float), (self.lower > 0.5).astype(float)
        below = sparse.csr_array(self.above.T)
        rise = self.above[np.flatnonzero((self.above @ barred == 0) & ~built)]
        fall = below[np.flatnonzero((below @ owed == 0) & built)]
        added = rise @ sparse.diags_array((~built).astype(float))
        taken = fall @ sparse.diags_array(-built.astype(float))
        sets = sparse.csr_array(sparse.vstack([rise, fall]))
        return sets, sparse.csr_array(sparse.vstack([added, taken]))


@dataclass(frozen=True, eq=False)
class _Least:
    """What a map costs at least after one or two moves; the last row stands for "no move"."""

    cost: Floats  # of the map by each cut
    costs: Floats  # [moves + 1, cuts]: what a move adds
    parted: tuple[_Parted, ...]  # a family of blocks each

    @classmethod
    def of(
        cls, z: Floats, change: sparse.csr_array, cuts: Cuts, families: Sequence[Apart]
    ) -> _Least:
        """Of all moves from a map."""
        return cls(
            cuts.constants + cuts.slopes @ z,
            _with_none(np.asarray(change @ cuts.slopes.T)),
            tuple(_Parted.of(z, change, apart) for apart in families),
        )

    def moves(self, one: Ints, two: Ints | int) -> Floats:
        """After the moves `one` and `two` together; −1 for no move."""
        added = self.cost + self.costs[one] + self.costs[two]
        return np.asarray(np.maximum(added.max(axis=1), self._by_blocks(one, two)))

    def below(self, goal: float, one: Ints, two: Ints) -> tuple[Ints, Ints]:
        """The pairs of moves that may cost less than `goal`, cut after cut."""
        left = np.flatnonzero(self._by_blocks(one, two) < goal)
        for c in range(len(self.cost)):
            added = self.costs[one[left], c] + self.costs[two[left], c]
            left = left[self.cost[c] + added < goal]
        return one[left], two[left]

    def _by_blocks(self, one: Ints, two: Ints | int) -> Floats:
        known = [parted.pairs(one, two) for parted in self.parted]
        return np.asarray(np.max([np.full(len(one), -np.inf), *known], axis=0))


@dataclass(frozen=True, eq=False)
class _Parted:
    """The same by the cuts of blocks planned apart."""

    cost: float  # of the map
    block: Ints  # [moves + 1]: −1: several or unknown
    delta: Floats  # [moves + 1]: what a move adds to its block

    @classmethod
    def of(cls, z: Floats, change: sparse.csr_array, apart: Apart) -> _Parted:
        """Of all moves from a map."""
        block, delta = apart.changes(z, change)
        return cls(apart.lowest(z), np.append(block, -2), np.append(delta, 0.0))

    def pairs(self, one: Ints, two: Ints | int) -> Floats:
        """After the moves `one` and `two` together, −inf where that is not known."""
        # two moves in one block do not add up
        split = (self.block[one] != self.block[two]) & (self.block[one] >= 0)
        total = self.cost + self.delta[one] + self.delta[two]
        return np.where(split & (self.block[two] != -1), total, -np.inf)


def _with_none(values: Floats) -> Floats:
    return np.concatenate([values, np.zeros((1, values.shape[1]))])


def _compatible(sets: sparse.csr_array, change: sparse.csr_array) -> tuple[Ints, Ints]:
    """Pairs of moves that do not touch the same columns and leave all ties kept."""
    moved = abs(change)
    rising = np.asarray(change.max(axis=1).toarray()).ravel() > 0
    apart = (moved @ moved.T).toarray() == 0
    # one rises and one falls: neither may need what the other takes
    crossed = (sets @ moved.T).toarray() > 0
    same = rising[:, None] == rising[None, :]
    one, two = np.nonzero(np.triu(apart & (same | ~(crossed | crossed.T)), 1))
    return one, two


def ties(rows: sparse.csr_array, low: Floats, high: Floats) -> tuple[Bools, Ints, Ints]:
    """Which rows say z_j ≤ z_i with nothing else in them, and the columns j and i of these."""
    at = np.flatnonzero(np.diff(rows.indptr) == 2)
    start = rows.indptr[at]
    one, other = rows.data[start], rows.data[start + 1]
    unit = (np.abs(one) == 1.0) & (one == -other)
    least = unit & (low[at] == 0) & np.isposinf(high[at])
    most = unit & (high[at] == 0) & np.isneginf(low[at])
    first, second = rows.indices[start], rows.indices[start + 1]
    # in a row ≥ 0 the column with +1 is the higher one, in a row ≤ 0 the other
    higher_first = (one > 0) == least
    tied = np.zeros(rows.shape[0], dtype=bool)
    tied[at[least | most]] = True
    used = least | most
    below = np.where(higher_first, second, first)[used]
    above = np.where(higher_first, first, second)[used]
    return tied, below, above


def _closure(below: Ints, above: Ints, count: int) -> sparse.csr_array:
    """Of each column all that are 1 whenever it is, itself included, from pairs of ties."""
    own = np.arange(count)
    places = (np.concatenate([own, below]), np.concatenate([own, above]))
    reach = sparse.csr_array((np.ones(len(places[0])), places), shape=(count, count))
    while True:
        further = sparse.csr_array((reach @ reach) > 0)
        if further.nnz == np.count_nonzero(reach.data):
            return sparse.csr_array(further.astype(float))
        reach = sparse.csr_array(further.astype(float))
