"""What a search knows: the cuts of its master, the cheapest map, the best plan, the best bound."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from hubselect.instance import Floats, Ints
from hubselect.solving.highs import PRECISION, Settings
from hubselect.solving.lazy import NONE
from hubselect.solving.master import Master
from hubselect.solving.memory import Memory
from hubselect.solving.pricing import Priced

LAST = 0.55  # of the gap: what is left when no more halfway bounds are proven
FINE = 4e-4  # the least gap for that
FAR = 0.03  # of the cost: the gap from which a plan is to be bettered

Cheapest = tuple[Floats | None, float, Ints, Floats]  # map, cost, what breaks a row there, duals


class Known:
    """A record that grows with every map that is priced."""

    def __init__(
        self, master: Master, memory: Memory | None, settings: Settings, bound: float,
        duals: Floats, *, merged: bool, without: Collection[str],
    ) -> None:  # fmt: skip
        self.master, self._memory, self._gap = master, memory, settings.gap
        self.bound = bound
        self.best: Floats | None = None  # plan: values of the columns of the model itself
        self.objective = np.inf  # its cost
        self.centre: Floats | None = None  # the cheapest map, broken rows priced in
        self.level = np.inf  # what it costs at least
        self.broken = NONE  # columns of the LP searched that break a row there
        self._merged = merged  # the LP searched is not the model's
        self.duals = duals  # of the rows of the model as stated there; to begin with any
        self._without = without  # devices left out
        self.tried: set[bytes] = set()  # whole maps priced
        self.confirmed: set[bytes] = set()  # those priced in the model itself

    def learn(self, priced: Priced, *, plans: bool) -> bool:
        """Add the cut or the bar of a map; keep the plan where it is whole and the cheapest.

        Args:
            plans: priced in the model itself, not in one with basins merged.

        False where nothing is learnt of a whole map, as its LP was not solved.
        """
        learnt = taught(self.master, priced)
        if priced.whole:
            self.tried.add(priced.hubs.tobytes())
            if plans:
                self.confirmed.add(priced.hubs.tobytes())
        if priced.slope is not None and priced.duals is not None:
            if self._memory is not None:
                self._memory.keep_dual(priced.duals)
            if priced.whole:
                self._keep(priced, plans)
        return learnt or not priced.whole

    def _keep(self, priced: Priced, plans: bool) -> None:
        """A whole map as the cheapest one, as the best plan, and for later solves."""
        if self._memory is not None:
            self._memory.keep_map(priced.hubs)
        cost = max(priced.cost, self.master.lowest(priced.hubs))
        if cost < self.level:
            assert priced.duals is not None
            self.centre, self.level = priced.hubs, cost
            self.broken = NONE if plans and self._merged else priced.broken
            self.duals = priced.duals
        if plans and priced.plan is not None and priced.cost < self.objective:
            self.best, self.objective = priced.plan, priced.cost

    def forget_costs(self) -> None:
        """Let maps be priced again, as breaking rows costs more from now on."""
        self.level = np.inf
        self.tried.clear()

    def begin_at(self, hubs: Floats) -> Cheapest:
        """Take another map for the cheapest one, to look around it; what it was before."""
        before = self.centre, self.level, self.broken, self.duals
        self.centre, self.level, self.broken = hubs, self.master.lowest(hubs), NONE
        return before

    def end_at(self, before: Cheapest) -> None:
        """Go back to what was the cheapest map before, unless there is a cheaper one now."""
        if before[1] <= self.level:
            self.centre, self.level, self.broken, self.duals = before

    @property
    def cost(self) -> float | None:
        """What the best plan costs, None where there is none."""
        return None if self.best is None else self.objective

    @property
    def closed(self) -> bool:
        """Whether the gap asked for is proven."""
        if self.best is None:
            return False
        noise = PRECISION * max(1.0, abs(self.objective))
        return self.objective - self.bound <= self._worth + noise

    @property
    def cap(self) -> float:
        """The cost from which maps are not worth pricing: the plan's, with `cutoff` less a gap."""
        if self.best is None or "cutoff" in self._without:
            return self.objective
        return self.objective - self._worth

    @property
    def dear(self) -> float:
        """The cost from which it is of no use how much a map costs: that of the cheapest one."""
        return np.inf if "dear_maps" in self._without else self.level

    @property
    def halfway(self) -> float:
        """The bound to prove next, halfway to the one asked for; inf where that is near."""
        left = self.cap - self.bound
        near = LAST * max(self._gap, FINE) * abs(self.objective)
        return self.bound + left / 2 if np.isfinite(left) and left > near else np.inf

    @property
    def far(self) -> bool:
        """Whether the plan is rather to be bettered than to be proven good."""
        return self.objective - self.bound >= FAR * abs(self.objective)

    @property
    def _worth(self) -> float:
        return self._gap * abs(self.objective)


def taught(master: Master, priced: Priced) -> bool:
    """Add the cut or the bar of a map to a master; False where its LP was not solved."""
    if priced.slope is not None:
        master.cut(priced.cost, priced.slope, priced.hubs)
    elif priced.bar is not None:
        master.bar(*priced.bar)
    elif priced.whole and priced.state == "infeasible":
        master.exclude(priced.hubs)
    else:
        return False
    return True
