"""Case: one location problem as arrays, whatever its name. Sites by rows, clients by columns.

UFL, p-median, maximal covering and capacitated location differ only in these arrays::

    min Σ_i fixed_i y_i + Σ_ij cost_ij x_ij
    Σ_i x_ij = 1,  x_ij ≤ y_i,  at_least ≤ Σ_i y_i ≤ at_most,  Σ_j demand_j x_ij ≤ capacity_i y_i
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hubselect.instance import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Case:
    """`cost` [sites, clients] is that of serving all of a client; `index` [sites] are the positions
    of the rows in the caller's list, of which a reduced case keeps some.

    A pair that may not be used costs `barred`, more than any plan without such a pair.
    """

    cost: Floats  # [sites, clients]
    fixed: Floats  # [sites]
    required: Bools  # [sites]
    index: Ints  # [sites]
    at_least: int
    at_most: int
    barred: float
    demand: Floats | None = None  # [clients], with capacity
    capacity: Floats | None = None  # [sites]

    @property
    def free(self) -> Bools:
        """Sites not yet decided."""
        return ~self.required

    @property
    def hopeless(self) -> bool:
        """Whether too few sites, or too little capacity, are left."""
        if self.at_most < max(self.at_least, int(self.required.sum())):
            return True
        if self.capacity is None or self.demand is None:
            return not len(self.fixed)
        return bool(self.capacity.sum() < self.demand.sum() * (1 - 1e-12))

    def decide(self, opened: Bools, closed: Bools) -> Case:
        """The case with some sites required and some left out."""
        stay = ~closed
        return replace(
            self,
            cost=self.cost[stay] if closed.any() else self.cost,
            fixed=self.fixed[stay],
            required=(self.required | opened)[stay],
            index=self.index[stay],
            at_most=min(self.at_most, int(stay.sum())),
            capacity=None if self.capacity is None else self.capacity[stay],
        )


def make_case(
    cost: Floats,
    *,
    fixed: Floats | None = None,
    required: Bools | None = None,
    forbidden: Bools | None = None,
    at_least: int = 1,
    at_most: int | None = None,
    demand: Floats | None = None,
    capacity: Floats | None = None,
) -> Case:
    """A case from [sites, clients] costs, inf where a pair may not be used."""
    sites = len(cost)
    opening = np.zeros(sites) if fixed is None else fixed
    finite = np.where(np.isfinite(cost), cost, 0.0)
    barred = 2.0 * float(finite.max(axis=0).sum() + np.abs(opening).sum()) + 1.0
    if demand is not None and capacity is not None:
        largest = np.sort(capacity if forbidden is None else capacity[~forbidden])[::-1]
        # short of capacity altogether, the number wanted passes that of the sites
        at_least = max(at_least, int(np.searchsorted(largest.cumsum(), demand.sum() - 1e-9) + 1))
    case = Case(
        cost=np.ascontiguousarray(np.where(np.isfinite(cost), cost, barred)),
        fixed=opening,
        required=np.zeros(sites, dtype=bool) if required is None else required,
        index=np.arange(sites),
        at_least=at_least,
        at_most=sites if at_most is None else at_most,
        barred=barred,
        demand=demand,
        capacity=capacity,
    )
    nothing = np.zeros(sites, dtype=bool)
    return case.decide(nothing, nothing if forbidden is None else forbidden)
