"""Cost of a linear program as one right-hand side moves: slopes on both sides, and their range.

The cost is convex and piecewise linear in a right-hand side (Gal, Postoptimal Analyses, 1995):
where the left and the right slope differ the dual is not unique, and only the two are prices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hubselect.arrays import Arrays
from hubselect.solving import Settings
from hubselect.solving.live import LiveLp, Point

STEP = 2e-5  # of the right-hand side, for a slope
FACTOR = 4.0  # by which the search for the end of a piece lengthens its steps
HALVINGS = 7


@dataclass(frozen=True)
class Slope:
    """Change of cost (MMAD) per unit of a right-hand side, up and down, and how far each holds.

    `up` is +inf where no more fits. `highest`: the side up to which `up` holds; `lowest`: the
    side down to which `down` holds; both are safe to a hundredth of the piece's length.
    """

    up: float
    down: float
    lowest: float
    highest: float


class SideOfRow:
    """One row of a live linear program whose side is moved and put back."""

    def __init__(
        self,
        lp: LiveLp,
        arrays: Arrays,
        row: int,
        *,
        lower: bool,
        with_it: Callable[[float], Sequence[tuple[int, float]]] | None = None,
    ) -> None:
        """`with_it`: (row, change of its lower side) of rows that move along with a step."""
        self.lp, self.arrays, self.row, self.lower = lp, arrays, row, lower
        self.side = float((arrays.row_lower if lower else arrays.row_upper)[row])
        self._with_it = with_it

    def cost(self, step: float) -> float:
        """Optimal cost with the side moved by a step; +inf where nothing fits."""
        a, moved = self.arrays, [(self.row, step, self.lower)]
        if self._with_it is not None:
            moved += [(row, change, True) for row, change in self._with_it(step)]
        for row, change, lower in moved:
            low = a.row_lower[row] + (change if lower else 0.0)
            high = a.row_upper[row] + (0.0 if lower else change)
            self.lp.set_rows(row, low, max(low, high))
        point = self.lp.solve()
        for row, _, _ in moved:
            self.lp.set_rows(row, a.row_lower[row], a.row_upper[row])
        return np.inf if point is None else point.cost

    def slope(self, cost: float, unit: float = 1.0) -> Slope:
        """Slopes at the present side, per `unit` of it, and the sides between which they hold."""
        step = STEP * max(1.0, abs(self.side))
        up = (self.cost(step) - cost) / step
        down = (cost - self.cost(-step)) / step
        highest = self.side + self._reach(cost, up, step)
        lowest = self.side - self._reach(cost, -down, -step)
        return Slope(up * unit, down * unit, lowest, highest)

    def _reach(self, cost: float, slope: float, step: float) -> float:
        """Length of the piece that starts here, in the direction of the step."""
        if not np.isfinite(slope):
            return 0.0
        direction, near = float(np.sign(step)), abs(step)
        farthest = 10.0 * max(1.0, abs(self.side))
        far = near * FACTOR
        while self._straight(cost, slope, far, direction):
            if far >= farthest:
                return np.inf
            near, far = far, far * FACTOR
        for _ in range(HALVINGS):
            middle = (near + far) / 2
            if self._straight(cost, slope, middle, direction):
                near = middle
            else:
                far = middle
        return near

    def _straight(self, cost: float, slope: float, length: float, direction: float) -> bool:
        expected = cost + slope * length
        found = self.cost(direction * length)
        noise = 1e-7 * max(1.0, abs(cost)) + 1e-6 * abs(slope) * length
        return bool(np.isfinite(found) and found <= expected + noise)


def live(arrays: Arrays, settings: Settings) -> tuple[LiveLp, Point | None]:
    """A live solver of the LP relaxation and its optimum."""
    lp = LiveLp(arrays, settings)
    return lp, lp.solve()
