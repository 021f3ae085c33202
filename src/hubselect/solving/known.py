"""What a search knows: the cuts of its master, the cheapest map, the best plan, the best bound."""

from __future__ import annotations

import numpy as np

from hubselect.instance import Floats
from hubselect.solving.highs import PRECISION, Settings
from hubselect.solving.lazy import NONE
from hubselect.solving.master import Master
from hubselect.solving.memory import Memory
from hubselect.solving.pricing import Priced


class Known:
    """A record that grows with every map that is priced."""

    def __init__(
        self, master: Master, memory: Memory, settings: Settings, bound: float, duals: Floats
    ) -> None:
        self.master, self._memory, self._gap = master, memory, settings.gap
        self.bound = bound
        self.best: Floats | None = None  # plan: values of the columns of the model itself
        self.objective = np.inf  # its cost
        self.centre: Floats | None = None  # the cheapest map, broken rows priced in
        self.level = np.inf  # what it costs at least
        self.broken = NONE  # what breaks a row there
        self.duals = duals  # of the rows of the model as stated there; to begin with any
        self.tried: set[bytes] = set()  # whole maps priced
        self.confirmed: set[bytes] = set()  # those priced in the model itself

    def learn(self, priced: Priced, *, plans: bool) -> bool:
        """Add the cut or the bar of a map; keep the plan where it is whole and the cheapest.

        Args:
            plans: priced in the model itself, not in one with basins merged.

        False where nothing is learnt of a whole map, as its LP was not solved.
        """
        hubs = priced.hubs
        whole = bool((hubs == np.rint(hubs)).all())
        if whole:
            self.tried.add(hubs.tobytes())
            if plans:
                self.confirmed.add(hubs.tobytes())
        if priced.slope is not None and priced.duals is not None:
            self.master.cut(priced.cost, priced.slope, hubs)
            self._memory.keep_dual(priced.duals)
            if whole:
                self._keep(priced, plans)
        elif priced.bar is not None:
            self.master.bar(*priced.bar)
        elif whole and priced.state == "infeasible":
            self.master.exclude(hubs)
        else:
            return not whole
        return True

    def _keep(self, priced: Priced, plans: bool) -> None:
        """A whole map as the cheapest one, as the best plan, and for later solves."""
        self._memory.keep_map(priced.hubs)
        cost = max(priced.cost, self.master.lowest(priced.hubs))
        if cost < self.level:
            assert priced.duals is not None
            self.centre, self.level = priced.hubs, cost
            self.broken, self.duals = priced.broken, priced.duals
        if plans and priced.plan is not None and priced.cost < self.objective:
            self.best, self.objective = priced.plan, priced.cost

    @property
    def closed(self) -> bool:
        """Whether the gap asked for is proven."""
        if self.best is None:
            return False
        noise = PRECISION * max(1.0, abs(self.objective))
        return self.objective - self.bound <= self._worth + noise

    @property
    def cap(self) -> float:
        """The cost from which maps are of no use: they beat the plan by no more than the gap."""
        return self.objective if self.best is None else self.objective - self._worth

    @property
    def _worth(self) -> float:
        return self._gap * abs(self.objective)
