"""A linear program kept alive: sides, bounds and costs change, the next solve starts warm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hubselect.arrays import Arrays
from hubselect.errors import SolverError, UnboundedError
from hubselect.instance import Floats
from hubselect.solving.highs import Settings, Watched

LONGEST = 3600.0  # seconds for one linear program


@dataclass(frozen=True, eq=False)
class Point:
    """Optimum of a linear program: cost, columns, duals of rows, reduced costs of columns."""

    cost: float
    x: Floats
    row_duals: Floats
    column_duals: Floats


class LiveLp(Watched):
    """The LP relaxation of arrays in a live solver."""

    def __init__(self, arrays: Arrays, settings: Settings) -> None:
        super().__init__(arrays, settings, relaxed=True)

    def set_rows(self, rows: Any, lower: Any, upper: Any) -> None:
        """Change the sides of some rows; ±inf sets one free."""
        where, low, high = _alike(rows, lower, upper)
        self._solver.changeRowsBounds(len(where), where, low, high)

    def set_columns(self, columns: Any, lower: Any, upper: Any) -> None:
        """Change the bounds of some columns."""
        where, low, high = _alike(columns, lower, upper)
        self._solver.changeColsBounds(len(where), where, low, high)

    def set_cost(self, cost: Floats) -> None:
        """Minimise another linear function of the columns; the constant term stays."""
        where = np.arange(len(cost), dtype=np.int32)
        self._solver.changeColsCost(len(where), where, np.asarray(cost, dtype=float))

    def solve(self) -> Point | None:
        """The optimum, or None where nothing fits.

        Raises:
            UnboundedError: the cost can fall without end.
            SolverError: the solver failed.
            KeyboardInterrupt: Ctrl-C was heard.
        """
        result = self.run(LONGEST, None)
        if result.state == "interrupted":
            raise KeyboardInterrupt
        if result.state == "infeasible":
            return None
        if result.state == "unbounded":
            raise UnboundedError("a linear program can fall without end")
        if result.x is None or result.row_duals is None or result.column_duals is None:
            raise SolverError("a linear program was not solved")
        return Point(result.objective, result.x, result.row_duals, result.column_duals)


def _alike(where: Any, lower: Any, upper: Any) -> tuple[Any, Floats, Floats]:
    index = np.atleast_1d(np.asarray(where, dtype=np.int32))
    low = np.array(np.broadcast_to(np.asarray(lower, dtype=float), index.shape))
    high = np.array(np.broadcast_to(np.asarray(upper, dtype=float), index.shape))
    return index, low, high
