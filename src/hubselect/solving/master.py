"""The master of the decomposition: whole hubs, a cost estimate, and all that is known of both."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Floats, Ints
from hubselect.solving.apart import Apart, BlockCut, Run
from hubselect.solving.highs import PRECISION, Settings, Watched
from hubselect.solving.moves import Cuts
from hubselect.solving.split import Split

LARGEST = 1e7  # no decision of a plan is larger: heads, seats, MMAD
NODES = 300  # of the search for whole hubs of least price
NOISE = PRECISION / 10  # relative margin of a cut, for the noise of its duals


BlockCuts = list[list[BlockCut]]  # of each family
Line = tuple[Floats, float]  # coefficients of the first columns, and the least they come to


class Master:
    """An integer program: hubs z, an estimate of the cost, and one a block where apart.

    A record of all that is known; `rows` come behind those of hubs alone, in the order added.
    """

    def __init__(self, split: Split) -> None:
        self.hubs = len(split.hubs)
        self._split = split
        self.rows: list[Line] = []
        self.families: list[Apart] = []  # each with an estimate a block, in the order added
        self._first: list[int] = []  # column of each family's first estimate
        self._cuts: list[tuple[float, Floats]] = []  # cost ≥ constant + slope·z
        self._bars: list[Line] = []  # slope·z ≥ side, for there to be a plan

    def copy(self) -> Master:
        """The same, to learn apart from this one, with live LPs of its own."""
        other = copy.copy(self)
        other.rows, other._cuts, other._bars = [*self.rows], [*self._cuts], [*self._bars]
        other.families, other._first = [family.copy() for family in self.families], [*self._first]
        return other

    def arrays(self) -> Arrays:
        """The program as it stands, to be minimised: hubs, the estimate, those of blocks."""
        least = np.concatenate([[-np.inf], *(family.least for family in self.families)])
        price = np.append(1.0, np.zeros(len(least) - 1))
        names = ("cost", *(f"block_{n}" for n in range(1, len(least))))
        a = self._split.alone()
        none = sparse.csr_array((len(a.rows), len(least)))
        wider = replace(
            a,
            matrix=sparse.csr_array(sparse.hstack([a.matrix, none])),
            cost=np.append(a.cost, price),
            lower=np.append(a.lower, least),
            upper=np.append(a.upper, np.full(len(least), np.inf)),
            integer=np.append(a.integer, np.zeros(len(least), dtype=bool)),
            columns=(*a.columns, *names),
        )
        return _with_lines(wider, self.rows)

    def capped(self, cap: float, side: Line | None = None) -> Arrays:
        """The program of maps that cost at most `cap`, on one side of a row where it is given."""
        a = self.arrays()
        upper = a.upper.copy()
        upper[self.hubs] = cap
        a = replace(a, upper=upper)
        return a if side is None else _with_lines(a, [side])

    def nearest(self, prices: Floats, settings: Settings, run: Run) -> Floats | None:
        """Whole hubs of nearly least price that the rows of hubs alone and the bars allow."""
        program = _with_lines(replace(self._split.alone(), cost=prices), self._bars)
        solver = Watched(program, settings)
        solver.option("mip_rel_gap", 0.01)
        solver.option("mip_max_nodes", NODES)
        found = run(solver).x
        return None if found is None else np.rint(found) + 0.0  # no -0

    def cut(self, cost: float, slope: Floats, at: Floats) -> None:
        """Estimate − slope·z ≥ cost − slope·at, less the noise of the duals."""
        margin = NOISE * max(1.0, abs(cost))
        constant = cost - float(slope @ at) - margin
        self._cuts.append((constant, slope))
        self.rows.append((np.append(-slope, 1.0), constant))

    def bar(self, slope: Floats, side: float) -> None:
        """Without slope·z ≥ side there is no plan."""
        self._bars.append((slope, side))
        self.rows.append((slope, side))

    def exclude(self, hubs: Floats) -> None:
        """Any hubs but these."""
        self.bar(1.0 - 2.0 * hubs, 1.0 - float(hubs.sum()))

    def part(self, apart: Apart) -> None:
        """An estimate a block from now on; their sum is below the estimate of the cost."""
        first = self.hubs + 1 + sum(len(family.least) for family in self.families)
        self.families.append(apart)
        self._first.append(first)
        total = np.zeros(first + len(apart.least))
        total[self.hubs], total[first:] = 1.0, -1.0
        margin = NOISE * max(1.0, abs(apart.constant))
        self.rows.append((total, apart.constant - margin))

    def cut_blocks(self, hubs: Floats, run: Run) -> BlockCuts:
        """Cut each block's estimate at a map where its hubs are new to it; these cuts."""
        found = [apart.cuts(hubs, run) for apart in self.families]
        self._estimate(found)
        return found

    def add_blocks(self, found: BlockCuts) -> None:
        """Take over the cuts that a copy of this master found."""
        for apart, cuts in zip(self.families, found, strict=True):
            apart.add(cuts)
        self._estimate(found)

    def _estimate(self, found: BlockCuts) -> None:
        for cuts, first in zip(found, self._first, strict=True):
            for cut in cuts:
                row = np.zeros(first + cut.block + 1)
                row[: self.hubs], row[-1] = -cut.slope, 1.0
                self.rows.append((row, cut.constant))

    def known(self) -> Cuts:
        """All cuts and bars as arrays."""
        return Cuts(
            np.array([constant for constant, _ in self._cuts]),
            np.array([slope for _, slope in self._cuts]).reshape(-1, self.hubs),
            np.array([slope for slope, _ in self._bars]).reshape(-1, self.hubs),
            np.array([side for _, side in self._bars]),
        )

    def lowest(self, hubs: Floats) -> float:
        """The cost that the cuts show these hubs to have at least."""
        lowest = max(constant + float(slope @ hubs) for constant, slope in self._cuts)
        return max([lowest, *(apart.lowest(hubs) for apart in self.families)])


def _with_lines(a: Arrays, lines: Sequence[Line]) -> Arrays:
    """The arrays with a row behind the others for each line."""
    places = [np.flatnonzero(row) for row, _ in lines]
    values = [row[held] for (row, _), held in zip(lines, places, strict=True)]
    starts = np.cumsum([0, *(len(held) for held in places)])
    parts = np.concatenate([np.zeros(0), *values]), np.concatenate([np.zeros(0, int), *places])
    added = sparse.csr_array((*parts, starts), shape=(len(lines), len(a.columns)))
    return replace(
        a,
        matrix=sparse.csr_array(sparse.vstack([a.matrix, added])),
        row_lower=np.append(a.row_lower, [lower for _, lower in lines]),
        row_upper=np.append(a.row_upper, np.full(len(lines), np.inf)),
        rows=(*a.rows, *(f"line_{n}" for n in range(len(lines)))),
    )


def ray_bar(arrays: Arrays, hubs: Ints, ray: Floats, at: Floats) -> tuple[Floats, float] | None:
    """The bar of a Farkas ray that no plan exists with the hubs `at`; None where it is too noisy.

    For weights w of the rows, w·(A x) ≥ Σ w⁺·lower − w⁻·upper. Where the continuous columns
    cannot raise w·(A x), the hubs must; what noise lets them raise is given away.
    """
    ray = ray / max(float(np.abs(ray).max()), 1e-300)
    for weights in (ray, -ray):
        sides = np.where(weights > 0, arrays.row_lower, arrays.row_upper)
        # a weight of the wrong sign is noise where it is small, and may be any number
        used = np.where(np.isfinite(sides) & (np.abs(weights) > NOISE), weights, 0.0)
        if np.abs(weights - used).max() > 1e-6:
            continue
        needed = float(used @ np.where(used != 0, sides, 0.0))
        lift = np.asarray(arrays.matrix.T @ used)
        free = np.delete(lift, hubs)
        margin = LARGEST * float(np.maximum(free, 0.0).sum()) + NOISE * abs(needed)
        slope = lift[hubs]
        if slope @ at < needed - margin - PRECISION * max(1.0, abs(needed)):
            return slope, needed - margin
    return None
