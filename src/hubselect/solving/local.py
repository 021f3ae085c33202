"""What a map costs at least by blocks planned apart at the prices of good maps nearby.

Blocks at the prices of one map cost milliseconds, where the LP of the whole takes a second; near
that map they come close to it (`apart`).
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapreplace

import numpy as np

from hubselect.instance import Floats
from hubselect.solving.apart import Apart, Blocks, Run
from hubselect.solving.highs import Settings

KEPT = 6  # latest good maps whose prices are kept


class Local:
    """Blocks planned apart at the prices of the latest good maps, none to begin with."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._prices: list[Apart] = []  # newest first

    @property
    def known(self) -> bool:
        """Whether there are any prices."""
        return bool(self._prices)

    def keep(self, blocks: Blocks, duals: Floats) -> None:
        """Plan blocks apart at these prices too."""
        self._prices = [Apart(blocks, duals, self._settings), *self._prices][:KEPT]

    def least(self, hubs: Floats, goal: float, run: Run) -> tuple[float, float, Floats]:
        """What a map costs at least, and the cut that says so: cost ≥ constant + slope·z.

        Further prices are looked at until one shows it to cost `goal`.
        """
        best = -np.inf, 0.0, hubs
        for apart in self._prices:
            constant, slope = apart.cut(hubs, run)
            cost = constant + float(slope @ hubs)
            if cost > best[0]:
                best = cost, constant, slope
            if cost >= goal:
                break
        return best

    def cheapest(
        self, maps: Sequence[Floats], goal: float, run: Run
    ) -> tuple[Floats | None, list[Floats]]:
        """The map that all prices allow to cost least, below `goal`, if any; those that cost more.

        Blocks are planned at further prices only for the map that is the cheapest so far.
        """
        least = [(-np.inf, n, 0) for n in range(len(maps))]  # a heap of cost, map, prices used
        while least[0][0] < goal:
            cost, n, used = least[0]
            if used == len(self._prices):
                return maps[n], [maps[m] for value, m, _ in least if value >= goal]
            constant, slope = self._prices[used].cut(maps[n], run)
            heapreplace(least, (max(cost, constant + float(slope @ maps[n])), n, used + 1))
        return None, list(maps)
