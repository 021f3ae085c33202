"""Rows of the recourse that may be broken at a price, so that every map of hubs has a cost.

With hubs that cannot carry a plan the LP that prices them has no solution, and proving so takes
longer than solving it. Here each row that hubs share with the rest may be broken at a price per
unit. That is a relaxation, so its optimum and reduced costs give a valid cut whatever the price;
where nothing is broken the optimum is that of the LP itself, and the map is a plan.

Penalised recourse: J. R. Birge and F. Louveaux, Introduction to Stochastic Programming (2011), 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Floats, Ints

DEAR = 25.0  # times what breaking a row by a whole hub would save at the relaxation
SMALLEST = 1.0  # workstations or MMAD: a row whose hubs count less is priced as if they did
UNBROKEN = 1e-7  # relative to the row's side


@dataclass(frozen=True, eq=False)
class Breaches:
    """A model whose rows of both hubs and people have columns that break them, behind its own."""

    arrays: Arrays
    rows: Ints  # row that each such column breaks
    own: int  # columns of the model itself

    @property
    def columns(self) -> Ints:
        """Positions of the columns that break a row."""
        return np.arange(self.own, len(self.arrays.columns))

    def extended(self, x: Floats) -> Floats:
        """A solution of the model with nothing broken."""
        return np.append(x, np.zeros(len(self.rows)))

    def broken(self, x: Floats) -> Ints:
        """The columns that break a row by more than the LP's own tolerance."""
        sides = np.maximum(
            1.0, np.abs(self.arrays.matrix[self.rows][:, : self.own] @ x[: self.own])
        )
        return self.own + np.flatnonzero(x[self.own :] > UNBROKEN * sides)


def breakable(arrays: Arrays, row_duals: Floats) -> Breaches:
    """The model with a column for each side of each row shared by hubs and other columns.

    A unit costs `DEAR` times the highest of `row_duals` among these rows, each dual taken for what
    the row's largest hub would be worth.
    """
    hubs = sparse.csr_array(arrays.matrix[:, np.flatnonzero(arrays.integer)])
    rest = sparse.csr_array(arrays.matrix[:, np.flatnonzero(~arrays.integer)])
    shared = np.flatnonzero((np.diff(hubs.indptr) > 0) & (np.diff(rest.indptr) > 0))
    size = np.maximum(abs(hubs[shared]).max(axis=1).toarray().ravel(), SMALLEST)
    worth = float((np.abs(row_duals[shared]) * size).max(initial=0.0))
    price = DEAR * max(worth, 1.0) / size
    short, over = np.isfinite(arrays.row_lower[shared]), np.isfinite(arrays.row_upper[shared])
    rows = np.concatenate([shared[short], shared[over]])
    sign = np.repeat([1.0, -1.0], [int(short.sum()), int(over.sum())])
    count = len(rows)
    added = sparse.csr_array((sign, (rows, np.arange(count))), (len(arrays.rows), count))
    grown = replace(
        arrays,
        matrix=sparse.csr_array(sparse.hstack([arrays.matrix, added])),
        cost=np.append(arrays.cost, np.concatenate([price[short], price[over]])),
        lower=np.append(arrays.lower, np.zeros(count)),
        upper=np.append(arrays.upper, np.full(count, np.inf)),
        integer=np.append(arrays.integer, np.zeros(count, dtype=bool)),
        columns=(*arrays.columns, *(f"breach_{n}" for n in range(count))),
    )
    return Breaches(grown, rows, len(arrays.columns))
