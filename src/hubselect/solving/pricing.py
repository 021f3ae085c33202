"""What a map of hubs costs: the LP that is left, or why there is none, with a cut or a bar.

With hubs z fixed at z̄, the LP's optimum F(z̄) and reduced costs g give F(z) ≥ F(z̄) + g·(z − z̄); a
Farkas ray of an infeasible one gives a row that all hubs with a plan satisfy.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from hubselect.arrays import Arrays
from hubselect.instance import Floats, Ints
from hubselect.solving.breaches import Breaches, breakable
from hubselect.solving.highs import Result, Settings
from hubselect.solving.lazy import CHEAP, NONE, LazyLP, seldom
from hubselect.solving.master import ray_bar
from hubselect.solving.reduction import Reduced
from hubselect.solving.runner import Runner
from hubselect.solving.split import Split

HARDER = 10.0  # times the price, for rows that the cheapest map breaks and moves do not mend

Run = Callable[[LazyLP], Result]


@dataclass(frozen=True, eq=False)
class Priced:
    """A map's LP: how it ended, its cut where optimal, a bar where infeasible and one is known.

    `plan` is None where a row is broken at its price, which the columns `broken` do: the cost is
    then a lower bound only. `duals` are those of the rows of the model as stated.
    """

    hubs: Floats
    state: str
    cost: float = np.inf
    slope: Floats | None = None
    duals: Floats | None = None
    plan: Floats | None = None
    broken: Ints = field(default_factory=lambda: NONE)
    bar: tuple[Floats, float] | None = None

    @property
    def whole(self) -> bool:
        """Whether the map has whole hubs."""
        return bool((self.hubs == np.rint(self.hubs)).all())


class Pricing:
    """The live LPs of one model: the exact one, and one in use whose rows may be broken.

    `stated` gives the duals of the rows of the model as stated from those of the LP's rows.
    """

    def __init__(
        self, split: Split, settings: Settings, exact: LazyLP, stated: Callable[[Floats], Floats]
    ) -> None:
        self._split, self._settings, self._exact, self._stated = split, settings, exact, stated
        self._lp = exact
        self._breaches: Breaches | None = None
        self._narrow = True  # the LP in use holds only what mattered once
        self._twin: Pricing | None = None

    def twin(self) -> Pricing:
        """Live LPs of the same model for another thread; there is one such, which lasts."""
        if self._twin is None:
            twin = copy.copy(self)
            twin._lp = self._lp.twin()
            twin._exact = twin._lp if self._lp is self._exact else self._exact.twin()
            self._twin = twin
        return self._twin

    @classmethod
    def near(cls, reduced: Reduced, settings: Settings, duals: Floats, *, soften: bool) -> Pricing:
        """Of a model as reduced, with LPs that begin with what matters at duals of its rows.

        Args:
            duals: of the rows of the model as stated.
            soften: let rows be broken at a price.
        """
        a, model = reduced.arrays, reduced.model
        own = reduced.own_duals(duals)
        worth = (model.cost - model.matrix.T @ duals)[reduced.kept]
        columns = np.flatnonzero((worth <= CHEAP) | a.integer | (a.lower != 0))
        held = np.flatnonzero(~seldom(a) | (own != 0)), columns
        pricing = cls(Split.of(a), settings, LazyLP(a, settings, held=held), reduced.duals)
        if soften:
            pricing.soften(breakable(a, own), held)
        pricing._narrow = False
        return pricing

    def soften(self, breaches: Breaches, held: tuple[Ints, Ints] | None = None) -> None:
        """Let rows be broken at their price from now on; `held`: the LP begins with these."""
        self._breaches, self._twin = breaches, None
        if held is not None:
            held = held[0], np.append(held[1], breaches.columns)
        self._lp = LazyLP(breaches.arrays, self._settings, held=held)

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
        if self._twin is not None:
            self._twin.harden(columns)

    def price_all(self, maps: Sequence[Floats], runner: Runner, dear: float) -> list[Priced]:
        """Price one map, or two at once."""
        if len(maps) == 1:
            return [self.price(maps[0], runner.run, dear=dear)]
        lanes = zip((self, self.twin()), maps, strict=True)
        return runner.at_once(
            [partial(lane.price, hubs, runner.run, dear=dear) for lane, hubs in lanes]
        )

    def price(
        self, hubs: Floats, run: Run, *, exactly: bool = False, dear: float = np.inf
    ) -> Priced:
        """Price a map; exactly: in the model itself, where no row may be broken.

        Of one that costs `dear` or more that is proven, no more.
        """
        lp = self._exact if exactly else self._lp
        lp.fix(self._split.hubs, hubs)
        lp.dear = dear
        found = run(lp)
        if found.state == "dear" and found.row_duals is not None:
            slope, duals = slope_of(self._split, found.row_duals), self._stated(found.row_duals)
            return Priced(hubs, "dear", found.bound, slope, duals)
        if found.state == "optimal" and found.x is not None and found.row_duals is not None:
            b = None if lp is self._exact else self._breaches
            broken = NONE if b is None else b.broken(found.x)
            plan = None
            whole = bool((hubs == np.rint(hubs)).all())
            if whole and b is not None and not len(broken) and found.x[b.columns].any():
                return self.price(hubs, run, exactly=True)  # broken by less than counts
            if not len(broken):
                plan = found.x[: len(self._exact.arrays.columns)].copy()
                plan[self._split.hubs] = hubs
            if not self._narrow and lp is self._lp:
                self._narrow = True
                lp.sift(found, NONE if b is None else b.columns)
            slope, duals = slope_of(self._split, found.row_duals), self._stated(found.row_duals)
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
