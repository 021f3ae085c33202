"""What a map of hubs costs: the LP that is left, or why there is none, with a cut or a bar.

With hubs z fixed at z̄, the LP's optimum F(z̄) and reduced costs g give F(z) ≥ F(z̄) + g·(z − z̄); a
Farkas ray of an infeasible one gives a row that all hubs with a plan satisfy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from hubselect.arrays import Arrays
from hubselect.instance import Floats, Ints
from hubselect.solving.breaches import Breaches
from hubselect.solving.highs import Result, Settings
from hubselect.solving.lazy import NONE, LazyLP
from hubselect.solving.master import ray_bar
from hubselect.solving.split import Split

HARDER = 10.0  # times the price, for rows that the cheapest map breaks and moves do not mend

Run = Callable[[LazyLP], Result]


@dataclass(frozen=True, eq=False)
class Priced:
    """A map's LP: how it ended, its cut where optimal, a bar where infeasible and one is known.

    `plan` is None where a row is broken at its price, which the columns `broken` do: the cost is
    then a lower bound only.
    """

    hubs: Floats
    state: str
    cost: float = np.inf
    slope: Floats | None = None
    duals: Floats | None = None
    plan: Floats | None = None
    broken: Ints = field(default_factory=lambda: NONE)
    bar: tuple[Floats, float] | None = None


class Pricing:
    """The live LPs of one model: the exact one, and one in use whose rows may be broken."""

    def __init__(self, split: Split, settings: Settings, exact: LazyLP) -> None:
        self._split, self._settings, self._exact = split, settings, exact
        self._lp = exact
        self._breaches: Breaches | None = None

    def soften(self, breaches: Breaches) -> None:
        """Let rows be broken at their price from now on."""
        self._breaches = breaches
        self._lp = LazyLP(breaches.arrays, self._settings)

    def condense(self, root: Result) -> None:
        """Make the LP in use small where the model is large."""
        assert root.x is not None
        pure = np.ones(len(self._exact.arrays.rows), dtype=bool)
        pure[self._split.mixed] = False
        b = self._breaches
        if b is None:
            self._exact.condense(root, pure)
        else:
            self._lp.condense(replace(root, x=b.extended(root.x)), pure, b.columns)

    def harden(self, columns: Ints) -> None:
        """Let what these columns break cost `HARDER` times as much from now on."""
        self._lp.charge(columns, HARDER * self._lp.arrays.cost[columns])

    def price(self, hubs: Floats, run: Run, *, exactly: bool = False) -> Priced:
        """Price a map; exactly: in the model itself, where no row may be broken."""
        lp = self._exact if exactly else self._lp
        lp.fix(self._split.hubs, hubs)
        found = run(lp)
        if found.state == "optimal" and found.x is not None and found.row_duals is not None:
            b = None if lp is self._exact else self._breaches
            broken = NONE if b is None else b.broken(found.x)
            plan = None if len(broken) else found.x[: len(self._exact.arrays.columns)]
            slope, duals = slope_of(self._split, found.row_duals), found.row_duals
            return Priced(hubs, "optimal", found.objective, slope, duals, plan, broken)
        ray = lp.ray() if found.state == "infeasible" else None
        arrays = self._exact.arrays
        bar = None if ray is None else ray_bar(arrays, self._split.hubs, ray, hubs)
        return Priced(hubs, found.state, bar=bar)


def slope_of(split: Split, row_duals: Floats) -> Floats:
    """What a hub more adds to the cost by the duals of the rows it shares with the rest."""
    a: Arrays = split.arrays
    prices = a.matrix[split.mixed][:, split.hubs].T @ row_duals[split.mixed]
    return np.asarray(a.cost[split.hubs] - prices)
