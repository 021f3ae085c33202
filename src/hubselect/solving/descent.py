"""Descent over maps of hubs: the map the cuts favour is priced, and the search goes on from it.

A map's LP is run no longer than it takes to prove that the map costs more than the cheapest one
known: its duals are then feasible ones, which give a cut as an optimum's do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hubselect.instance import Floats
from hubselect.solving.highs import PRECISION
from hubselect.solving.known import Known
from hubselect.solving.moves import Neighbours
from hubselect.solving.runner import Runner

LONGEST = 200  # maps priced in one descent
PATIENCE = 15  # maps that are no cheaper, until a descent from the cheapest map ends
ELSEWHERE = 5  # and until one from another map ends


@dataclass(frozen=True, eq=False)
class Descent:
    """What descents look with: moves (None: there are none), what is known, what prices a map."""

    neighbours: Neighbours | None
    known: Known
    runner: Runner
    price: Callable[[Floats], object]
    share: float  # of the cost, by which a map is to be cheaper
    paired: int  # moves of which pairs are tried

    def from_cheapest(self) -> None:
        """Price maps near the cheapest one, broken rows priced in, until none is cheaper."""
        if self.known.centre is not None:
            self._go(self.known.centre, self.known.level, PATIENCE)

    def from_elsewhere(self, start: Floats | None) -> None:
        """Price maps near another one, if there is one, for a cheapest one of another kind."""
        if start is None or self.neighbours is None or self.runner.ended:
            return
        if start.tobytes() not in self.known.tried:
            self.price(start)
        self._go(start, self.known.master.lowest(start), ELSEWHERE)

    def _go(self, here: Floats, cost: float, patience: int) -> None:
        left = patience
        for _ in range(LONGEST if self.neighbours is not None else 0):
            if not left or self.runner.ended or self.known.closed:
                return
            goal = cost - max(self.share, PRECISION) * abs(cost)
            master = self.known.master
            found = self.neighbours.cheapest(  # type: ignore[union-attr]
                here, master.known(), goal, self.known.tried, master.families, self.paired
            )
            if found is None:
                return
            self.price(found)
            priced = master.lowest(found) if found.tobytes() in self.known.tried else np.inf
            left -= 1
            if priced < cost:
                here, cost, left = found, priced, patience
