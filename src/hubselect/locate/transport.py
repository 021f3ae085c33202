"""Least cost of serving all demand from given open sites with capacities: one live LP.

::

    min Σ_ij cost_ij x_ij,  Σ_i x_ij = 1,  Σ_j demand_j x_ij ≤ capacity_i y_i,
    x_ij ≤ y_i where demand_j = 0,  0 ≤ x, y fixed

Another set of open sites changes bounds of y only, so that the simplex starts from the last basis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Bools, Floats, Ints
from hubselect.locate.case import Case
from hubselect.locate.exact import linked_rows
from hubselect.solving.highs import Settings, Watched


@dataclass(frozen=True, eq=False)
class Flow:
    """Shares x, the total cost with the open sites' fixed costs, prices of clients, and what a unit
    of capacity of each site is worth."""

    value: float
    shares: Floats  # [sites, clients]
    prices: Floats  # [clients]
    rents: Floats  # [sites], at least 0, per unit of demand


class Transport:
    """The live LP over the sites of a case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.cells = np.nonzero(case.cost < case.barred)
        self._live = Watched(arrays_of(case, self.cells), Settings(time_limit=1e6), relaxed=True)
        self._first_y = len(self.cells[0])

    def serve(self, opened: Bools, seconds: float) -> Flow | None:
        """The cheapest flow from the open sites; None if there is none or no time."""
        case = self.case
        assert case.demand is not None and case.capacity is not None
        if case.capacity[opened].sum() < case.demand.sum() * (1 - 1e-12):
            return None
        columns = self._first_y + np.arange(len(opened))
        self._live.fix(columns, opened.astype(float))
        result = self._live.run(seconds, None)
        if result.state == "interrupted":
            raise KeyboardInterrupt
        if result.state != "optimal" or result.x is None or result.row_duals is None:
            return None
        shares = np.zeros_like(case.cost)
        shares[self.cells] = np.maximum(result.x[: self._first_y], 0.0)
        clients = case.cost.shape[1]
        return Flow(
            value=float(case.fixed[opened].sum() + (shares * case.cost).sum()),
            shares=shares,
            prices=result.row_duals[:clients],
            rents=np.maximum(-result.row_duals[clients : clients + len(opened)], 0.0),
        )


def arrays_of(case: Case, cells: tuple[Ints, ...]) -> Arrays:
    """The rows of capacitated location: x of the cells, then y.

    Without x ≤ y, but for clients without demand: no load holds these from a closed site.
    """
    assert case.demand is not None and case.capacity is not None
    sites, clients = case.cost.shape
    rows, columns = cells
    count = len(rows)
    numbers = np.arange(count)
    assign = sparse.csr_array((np.ones(count), (columns, numbers)), (clients, count + sites))
    loads = sparse.csr_array(
        (
            np.concatenate([case.demand[columns], -case.capacity]),
            (np.append(rows, np.arange(sites)), np.arange(count + sites)),
        ),
        (sites, count + sites),
    )
    free = np.flatnonzero(case.demand[columns] == 0)
    linked = linked_rows(rows, sites).matrix[free]
    limits = sites + len(free)
    return Arrays(
        matrix=sparse.csr_array(sparse.vstack([assign, loads, linked])),
        row_lower=np.append(np.ones(clients), np.full(limits, -np.inf)),
        row_upper=np.append(np.ones(clients), np.zeros(limits)),
        cost=np.append(case.cost[cells], case.fixed),
        offset=0.0,
        lower=np.append(np.zeros(count), case.required.astype(float)),
        upper=np.ones(count + sites),
        integer=np.append(np.zeros(count, dtype=bool), np.ones(sites, dtype=bool)),
        columns=tuple(map(str, range(count + sites))),
        rows=tuple(map(str, range(clients + limits))),
    )
