"""The master of the decomposition: whole hubs, a cost estimate, and all that is known of both."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Floats, Ints
from hubselect.solving.apart import Apart, Run
from hubselect.solving.highs import PRECISION, Progress, Result, Settings, Watched
from hubselect.solving.moves import Cuts
from hubselect.solving.split import Split

LARGEST = 1e7  # no decision of a plan is larger: heads, seats, MMAD
NOISE = PRECISION / 10  # relative margin of a cut, for the noise of its duals


class Master:
    """A live integer program: hubs z, an estimate of the cost, and one a block where apart."""

    def __init__(self, split: Split, settings: Settings) -> None:
        self.hubs = len(split.hubs)
        self.apart: Apart | None = None
        self._solver = Watched(split.master(), settings)
        # a master is run again anyway, with more cuts
        self._solver.option("mip_allow_restart", False)
        self._cuts: list[tuple[float, Floats]] = []  # cost ≥ constant + slope·z
        self._bars: list[tuple[Floats, float]] = []  # slope·z ≥ side, for there to be a plan

    def run(self, seconds: float, progress: Callable[[Progress], None] | None) -> Result:
        """Run for at most `seconds`; x of the result are whole hubs."""
        found = self._solver.run(seconds, progress)
        if found.x is not None:
            found.x[: self.hubs] = np.rint(found.x[: self.hubs])
        return found

    def aim(self, prices: Floats | None, estimate: float, *, gap: float, nodes: int) -> None:
        """What the next run minimises, prices of hubs (None: 0) and of the estimate, how far."""
        hubs = np.zeros(self.hubs) if prices is None else prices
        self._solver.price(np.append(hubs, estimate))
        self._solver.option("mip_rel_gap", gap)
        self._solver.option("mip_max_nodes", nodes)

    def cap(self, cost: float) -> None:
        """Only hubs whose estimate is at most `cost` from now on."""
        self._solver.cap(self.hubs, cost)

    def cut(self, cost: float, slope: Floats, at: Floats) -> None:
        """Estimate − slope·z ≥ cost − slope·at, less the noise of the duals."""
        margin = NOISE * max(1.0, abs(cost))
        constant = cost - float(slope @ at) - margin
        self._cuts.append((constant, slope))
        self._solver.add_row(np.append(-slope, 1.0), constant)

    def bar(self, slope: Floats, side: float) -> None:
        """Without slope·z ≥ side there is no plan."""
        self._bars.append((slope, side))
        self._solver.add_row(np.append(slope, 0.0), side)

    def exclude(self, hubs: Floats) -> None:
        """Any hubs but these."""
        self.bar(1.0 - 2.0 * hubs, 1.0 - float(hubs.sum()))

    def part(self, apart: Apart) -> None:
        """An estimate a block from now on; their sum is below the estimate of the cost."""
        self.apart = apart
        count = len(apart.least)
        none, free = sparse.csc_array((0, count)), np.full(count, np.inf)
        self._solver.add_columns(none, np.zeros(count), apart.least, free)
        total = np.concatenate([np.zeros(self.hubs), [1.0], np.full(count, -1.0)])
        margin = NOISE * max(1.0, abs(apart.constant))
        self._solver.add_row(total, apart.constant - margin)

    def cut_blocks(self, hubs: Floats, run: Run) -> None:
        """Cut each block's estimate at a map where its hubs are new to it."""
        if self.apart is None:
            return
        for block, constant, slope in self.apart.cuts(hubs, run):
            row = np.concatenate([-slope, np.zeros(block + 2)])
            row[-1] = 1.0
            self._solver.add_row(row, constant)

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
        return lowest if self.apart is None else max(lowest, self.apart.lowest(hubs))


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
