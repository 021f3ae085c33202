"""A live LP that begins without rows that seldom bind and takes in those a solution breaks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Bools, Floats, Ints
from hubselect.solving.highs import Progress, Result, Settings, Watched

SELDOM = ("arc_reach_",)
LARGE = 60_000  # nonzeros from which the interior point method is faster from scratch
BROKEN = 1e-7  # heads: HiGHS's own tolerance


class LazyLP:
    """An LP over the given arrays; rows of the `SELDOM` families are taken in when broken."""

    def __init__(self, arrays: Arrays, settings: Settings) -> None:
        self.arrays = arrays
        seldom = np.array([name.startswith(SELDOM) for name in arrays.rows], dtype=bool)
        self.waiting: Bools = seldom
        self.order: Ints = np.flatnonzero(~seldom)  # rows in the solver, in its order
        self._solver = Watched(with_rows(arrays, self.order), settings, relaxed=True)
        if arrays.matrix.nnz >= LARGE:
            self._solver.option("solver", "ipx")

    def fix(self, columns: Ints, values: Floats) -> None:
        """Fix columns by their bounds."""
        self._solver.fix(columns, values)

    def free(self, columns: Ints) -> None:
        """Give columns the bounds of the model back."""
        self._solver.free(columns)

    def run(self, seconds: float, progress: Callable[[Progress], None] | None = None) -> Result:
        """Run to an optimum that breaks no row, for at most `seconds`; duals of all rows."""
        began = time.perf_counter()
        while True:
            left = seconds - (time.perf_counter() - began)
            result = self._solver.run(max(left, 0.0), progress)
            self._solver.option("solver", "choose")
            if result.state != "optimal" or result.x is None or not self._take_in(result.x):
                break
        taken = time.perf_counter() - began
        duals = None
        if result.row_duals is not None:
            duals = self._spread(result.row_duals)
        return replace(result, row_duals=duals, seconds=taken)

    def ray(self) -> Floats | None:
        """Weights of all rows that prove the last run infeasible, where HiGHS has them."""
        found = self._solver.ray()
        return None if found is None else self._spread(found)

    def _take_in(self, x: Floats) -> bool:
        """Add the waiting rows that x breaks; False where there is none."""
        rows = np.flatnonzero(self.waiting)
        if not len(rows):
            return False
        a = self.arrays
        value = a.matrix[rows] @ x
        give = BROKEN * np.maximum(1.0, np.abs(value))
        broken = (value < a.row_lower[rows] - give) | (value > a.row_upper[rows] + give)
        taken = rows[broken]
        if not len(taken):
            return False
        self.waiting[taken] = False
        self.order = np.concatenate([self.order, taken])
        self._solver.add_rows(
            sparse.csr_array(a.matrix[taken]), a.row_lower[taken], a.row_upper[taken]
        )
        return True

    def _spread(self, values: Floats) -> Floats:
        full = np.zeros(len(self.arrays.rows))
        full[self.order] = values
        return full


def with_rows(a: Arrays, rows: Ints) -> Arrays:
    """The arrays with some of their rows, in the order given."""
    return replace(
        a,
        matrix=a.matrix[rows],
        row_lower=a.row_lower[rows],
        row_upper=a.row_upper[rows],
        rows=tuple(a.rows[r] for r in rows),
    )
