"""A bound from regions planned apart: Lagrangian relaxation of what links them.

Rows that many basins share (targets, demand, budgets) are priced by their duals at the relaxation,
and people who work in another basin are bought there at the price that employers pay. Each block of
basins is then a small integer program of its own. Their sum is a lower bound, never below the
relaxation's: it knows that hubs are whole in each block, if not that the blocks must add up.

A. M. Geoffrion, Mathematical Programming Study 2 (1974) 82-114; copies of linking columns:
M. Guignard and S. Kim, Mathematical Programming 39 (1987) 215-228.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from hubselect.arrays import Arrays
from hubselect.instance import Bools, Floats, Ints
from hubselect.solving.highs import Result, Settings, Watched
from hubselect.solving.lazy import with_columns, with_rows

REACH = "arc_reach_"  # rows of people who work in another basin
PEOPLE = ("willing_talent_", REACH)  # rows of residents, who may work elsewhere
MOVERS = "recruits_"
LINKS = (
    "job_target_", "export_target_", "demand_", "national_capacity_", "openings_per_year_",
    "enlargements_per_year_", "max_open", "budget", "quality_floor", "coverage", "regional_floor_",
    "regional_ceiling_", "floor_cover_", "rival_sites_", "alike_",
)  # fmt: skip
FEW = 4  # a row on at most a quarter of the basins ties them into one block
NODES = 100  # of each block's branch and bound; its bound holds wherever it stops
NOISE = 1e-9  # relative, for what the blocks' bounds are trusted to

Run = Callable[[Watched], Result]
AtOnce = Callable[[Sequence[Callable[[], Result]]], list[Result]]


def in_turn(works: Sequence[Callable[[], Result]]) -> list[Result]:
    """Do one work after the other."""
    return [work() for work in works]


@dataclass(frozen=True, eq=False)
class Blocks:
    """A model taken apart; columns of movers whose residents' rows lie elsewhere have a copy."""

    arrays: Arrays  # columns with the copies behind; the copies' rows hold the copies
    copied: Ints  # column of which each copy is one
    column: Ints  # block of each column, −1: none
    row: Ints  # block of each row, −1: links blocks

    @classmethod
    def of(cls, a: Arrays) -> Blocks:
        """Basins, those that a row of few ties together as one block."""
        people = _starts(a.rows, PEOPLE)
        links = _starts(a.rows, LINKS)
        away = np.zeros(len(a.columns), dtype=bool)
        away[a.matrix[np.flatnonzero(_starts(a.rows, (REACH,)))].indices] = True
        away &= _starts(a.columns, (MOVERS,))
        basin = _components(_held(a.matrix, ~links), away, people)
        touched = _touched(a.matrix, basin)
        narrow = links & (np.diff(touched.indptr) <= max(touched.shape[1] // FEW, 1))
        tied = touched[np.flatnonzero(narrow)]
        column = np.asarray(
            connected_components(tied.T @ tied, directed=False)[1][basin], dtype=np.intp
        )
        stay = np.flatnonzero(~away)
        row = np.where(
            people,
            _single(_touched(a.matrix[:, stay], column[stay])),
            _single(_touched(a.matrix, column)),
        )
        entries = sparse.coo_array(a.matrix)
        moved = people[entries.row] & (row[entries.row] >= 0)
        moved &= row[entries.row] != column[entries.col]
        copied, place = np.unique(entries.col[moved], return_inverse=True)
        where = entries.col.copy()
        where[moved] = len(a.columns) + place
        home = np.zeros(len(copied), dtype=np.intp)
        home[place] = row[entries.row[moved]]
        shape = (len(a.rows), len(a.columns) + len(copied))
        extended = replace(
            a,
            matrix=sparse.csr_array((entries.data, (entries.row, where)), shape=shape),
            cost=np.append(a.cost, np.zeros(len(copied))),
            lower=np.append(a.lower, a.lower[copied]),
            upper=np.append(a.upper, a.upper[copied]),
            integer=np.append(a.integer, np.zeros(len(copied), dtype=bool)),
            columns=(*a.columns, *(f"{a.columns[j]}_copy" for j in copied)),
        )
        return cls(extended, np.asarray(copied, dtype=np.intp), np.append(column, home), row)

    @property
    def count(self) -> int:
        """Number of blocks."""
        return int(self.column.max(initial=-1)) + 1

    def prices(self, duals: Floats) -> tuple[Floats, float]:
        """Cost of each column with the links priced, and what is due whatever the blocks do."""
        a, own = self.arrays, len(self.column) - len(self.copied)
        # a dual of the wrong sign is noise; a side that is not there proves nothing
        sides = np.where(duals > 0, a.row_lower, a.row_upper)
        link = np.where((self.row < 0) & np.isfinite(sides), duals, 0.0)
        cost = a.cost - a.matrix.T @ link
        pay = -(a.matrix[:, own:].T @ duals)  # what an employer elsewhere pays for a resident
        cost[self.copied] += pay
        cost[own:] -= pay
        return cost, a.offset + float(link @ np.where(link != 0, sides, 0.0))

    def part(self, block: int, cost: Floats) -> Arrays:
        """One block as a model of its own, its columns at the costs given."""
        columns, part = self._parts[block]
        return replace(part, cost=cost[columns])

    @cached_property
    def _parts(self) -> list[tuple[Ints, Arrays]]:
        """Columns of each block, and its rows and columns."""
        found = []
        for block in range(self.count):
            rows, columns = np.flatnonzero(self.row == block), np.flatnonzero(self.column == block)
            part = with_columns(with_rows(self.arrays, rows), columns)
            found.append((columns, replace(part, offset=0.0)))
        return found


@dataclass(frozen=True, eq=False)
class BlockCut:
    """θ ≥ constant + slope·z for one block; `slope` is over all hubs."""

    block: int
    constant: float
    slope: Floats


class Apart:
    """Blocks at the prices of their links, each with a bound, a live LP and cuts of its own.

    For any map z of hubs, cost ≥ constant + Σ_b θ_b, where θ_b is at least the block's `least` and
    at least each of its cuts at z.
    """

    def __init__(self, blocks: Blocks, duals: Floats, settings: Settings) -> None:
        self._blocks, self._settings = blocks, settings
        self._cost, self.constant = blocks.prices(duals)
        whole = np.flatnonzero(blocks.arrays.integer)
        self._place = np.full(len(blocks.column), -1)
        self._place[whole] = np.arange(len(whole))
        self.block = blocks.column[whole]  # of each hub column
        self.least = np.full(blocks.count, -np.inf)
        self.chosen = np.zeros(len(whole))  # hubs that the blocks would build, once planned by `of`
        self._live: list[_Live | None] = [None] * blocks.count

    @classmethod
    def of(
        cls, blocks: Blocks, duals: Floats, settings: Settings, run: Run, at_once: AtOnce = in_turn
    ) -> Apart | None:
        """Solve each block with whole hubs; None where the model does not come apart in time.

        Args:
            duals: of the rows, at the optimum of the relaxation; any would give a bound.
            run: runs a solver in the time that is left.
            at_once: does several works, in threads where there are some.
        """
        if blocks.count < 2:
            return None
        apart = cls(blocks, duals, settings)

        def planned(block: int) -> Result:
            solver = Watched(blocks.part(block, apart._cost), replace(settings, gap=0.0))
            solver.option("mip_max_nodes", NODES)
            return run(solver)

        for b, found in enumerate(at_once([partial(planned, b) for b in range(blocks.count)])):
            if found.state not in ("optimal", "limit") or not np.isfinite(found.bound):
                return None
            apart.least[b] = found.bound - NOISE * abs(found.bound)
            if found.x is not None:
                columns = np.flatnonzero(blocks.column == b)
                whole = blocks.arrays.integer[columns]
                apart.chosen[apart._place[columns[whole]]] = np.rint(found.x[whole])
        return apart

    def copy(self) -> Apart:
        """The same with live LPs of its own, for another thread."""
        other = copy.copy(self)
        other._live = [None if live is None else live.copy() for live in self._live]
        return other

    def _at(self, b: int) -> _Live:
        """The LP of a block, stated when it is first asked for."""
        live = self._live[b]
        if live is None:
            part = self._blocks.part(b, self._cost)
            whole = self._blocks.arrays.integer[self._blocks.column == b]
            columns = np.flatnonzero(self._blocks.column == b)[whole]
            live = self._live[b] = _Live(part, self._settings, self._place[columns])
        return live

    @property
    def bound(self) -> float:
        """The lower bound on the least cost, MMAD."""
        return float(self.constant + self.least.sum() - NOISE * abs(self.constant))

    def cuts(self, hubs: Floats, run: Run) -> list[BlockCut]:
        """New cuts of the blocks at a map."""
        found = []
        for b in range(len(self._live)):
            live = self._at(b)
            cut = live.cut(hubs[live.hubs], run)
            if cut is not None:
                slope = np.zeros(len(self.block))
                slope[live.hubs] = cut[1]
                found.append(BlockCut(b, cut[0], slope))
        return found

    def add(self, cuts: Sequence[BlockCut]) -> None:
        """Take over cuts that a copy found."""
        for cut in cuts:
            live = self._at(cut.block)
            live.add(cut.constant, cut.slope[live.hubs])

    def theta(self, hubs: Floats) -> Floats:
        """What each block costs at least at a map."""
        lives = [self._at(b) for b in range(len(self._live))]
        known = [live.lowest(hubs[live.hubs]) for live in lives]
        return np.asarray(np.maximum(self.least, known))

    def lowest(self, hubs: Floats) -> float:
        """What a map costs at least, MMAD."""
        return float(self.constant + self.theta(hubs).sum())

    def changes(self, hubs: Floats, change: sparse.csr_array) -> tuple[Ints, Floats]:
        """Of each move, its block (−1: several) and by how much θ of that block changes at least.

        Args:
            change: what each move adds to the map, [moves, hubs].
        """
        block = _single(_touched(change, self.block))
        theta, delta = self.theta(hubs), np.full(change.shape[0], -np.inf)
        for b in range(len(self._live)):
            live = self._at(b)
            moves = np.flatnonzero(block == b)
            if len(moves):
                moved = hubs[live.hubs] + change[moves][:, live.hubs].toarray()
                delta[moves] = np.maximum(live.lowest(moved), self.least[b]) - theta[b]
        return block, delta


class _Live:
    """One block's live LP at the prices of the links, and the cuts it gave."""

    def __init__(self, part: Arrays, settings: Settings, hubs: Ints) -> None:
        self.hubs = hubs  # positions among all hub columns
        self._part, self._settings = part, settings
        self._own = np.flatnonzero(part.integer)
        self._solver: Watched | None = None
        self._seen: set[bytes] = set()
        self._constants, self._slopes = np.zeros(0), np.zeros((0, len(hubs)))

    def copy(self) -> _Live:
        """The same cuts, and an LP that is yet to be stated."""
        other = copy.copy(self)
        other._solver, other._seen = None, set(self._seen)
        return other

    def cut(self, hubs: Floats, run: Run) -> tuple[float, Floats] | None:
        """The cut at hubs of this block; None where it is known or there is none."""
        if hubs.tobytes() in self._seen:
            return None
        self._seen.add(hubs.tobytes())
        if self._solver is None:
            self._solver = Watched(self._part, self._settings, relaxed=True)
        self._solver.fix(self._own, hubs)
        found = run(self._solver)
        if found.state != "optimal" or found.column_duals is None:
            return None
        slope = found.column_duals[self._own]
        size = max(1.0, abs(found.objective))
        constant = found.objective - float(slope @ hubs) - NOISE * size
        self.add(constant, slope)
        return constant, slope

    def add(self, constant: float, slope: Floats) -> None:
        """Know a cut from now on; `slope` is over the hubs of this block."""
        self._constants = np.append(self._constants, constant)
        self._slopes = np.vstack([self._slopes, slope])

    def lowest(self, hubs: Floats) -> Floats:
        """The largest of the cuts at one map or at several, −inf without cuts."""
        values = hubs @ self._slopes.T + self._constants
        return np.asarray(values.max(axis=-1, initial=-np.inf))


def _starts(names: Sequence[str], prefixes: tuple[str, ...]) -> Bools:
    return np.array([name.startswith(prefixes) for name in names], dtype=bool)


def _held(matrix: sparse.csr_array, rows: Bools | None = None) -> sparse.coo_array:
    """1 where the matrix is not 0, in all rows or in some."""
    entries = sparse.coo_array(matrix)
    kept = entries.data != 0
    if rows is not None:
        kept &= rows[entries.row]
    places = (entries.row[kept], entries.col[kept])
    return sparse.coo_array((np.ones(len(places[0])), places), shape=matrix.shape)


def _components(held: sparse.coo_array, away: Bools, people: Bools) -> Ints:
    """Component of each column, of those that rows tie together; residents' rows tie no movers."""
    kept = ~(people[held.row] & away[held.col])
    places = (held.row[kept], held.shape[0] + held.col[kept])
    size = sum(held.shape)
    graph = sparse.coo_array((np.ones(int(kept.sum())), places), shape=(size, size))
    label = connected_components(graph, directed=False)[1][held.shape[0] :]
    return np.asarray(np.unique(label, return_inverse=True)[1])


def _touched(matrix: sparse.csr_array, group: Ints) -> sparse.csr_array:
    """Which groups of columns each row touches; [rows, groups], 1 where it does."""
    held = _held(matrix)
    shape = (matrix.shape[0], int(group.max(initial=-1)) + 1)
    places = (held.row, group[held.col])
    touched = sparse.csr_array((np.ones(len(held.row)), places), shape=shape)
    touched.sum_duplicates()
    touched.data[:] = 1.0
    return touched


def _single(touched: sparse.csr_array) -> Ints:
    """The one group of each row, −1 where it touches none or several."""
    found = np.full(touched.shape[0], -1)
    alone = np.flatnonzero(np.diff(touched.indptr) == 1)
    found[alone] = touched.indices[touched.indptr[alone]]
    return found
