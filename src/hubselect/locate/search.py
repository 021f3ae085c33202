"""Where a search stands: the best plan, the proven bound, the time left, who wants to know."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from hubselect.instance import Bools, Floats
from hubselect.locate.case import Case
from hubselect.solving.highs import Progress, relative_gap

Listener = Callable[[Progress], None]
EXACT = 1e-9  # relative: costs closer than this are the same


@dataclass
class Search:
    """The best plan so far of a minimisation and what is proven; the only thing that changes.

    `step` is the least difference of two plans' costs (1 where all costs are whole, else 0).
    `enough`: a question, whether a plan costs at most this; either answer ends the search.
    `total`: the gap is of |total − value|, where value is what a maximum misses of the total.
    """

    sites: int  # in the caller's list
    gap: float = 0.0
    seconds: float = 60.0
    listener: Listener | None = None
    step: float = 0.0
    enough: float | None = None
    total: float = 0.0
    bound: float = -np.inf
    nodes: int = 0
    interrupted: bool = False
    began: float = field(default_factory=time.perf_counter)
    _told: float = 0.0
    # cost, open sites, shares [sites, clients]: one assignment, so that no interruption splits it
    _best: tuple[float, Bools | None, Floats | None] = (np.inf, None, None)

    @property
    def value(self) -> float:
        """Cost of the best plan; inf before the first."""
        return self._best[0]

    @property
    def plan(self) -> Bools | None:
        """Open sites of the best plan [sites of the caller]."""
        return self._best[1]

    @property
    def shares(self) -> Floats | None:
        """Shares of the best plan [sites of the caller, clients], where there are capacities."""
        return self._best[2]

    @property
    def elapsed(self) -> float:
        """Seconds since the search began."""
        return time.perf_counter() - self.began

    @property
    def left(self) -> float:
        """Seconds until the limit."""
        return max(self.seconds - self.elapsed, 0.0)

    @property
    def cutoff(self) -> float:
        """A part of the problem whose bound reaches this needs no look."""
        better = np.inf
        if np.isfinite(self.value):
            share = max(self.gap * abs(self.total - self.value), EXACT * abs(self.value), 1e-12)
            better = self.value - max(share, self.step * (1.0 - 1e-5))
        if self.enough is None:
            return better
        return min(better, self.enough + 1e-6 * max(abs(self.enough), 1.0))

    @property
    def proven(self) -> bool:
        """Whether the bound reaches the best plan, within the gap asked."""
        if self.enough is not None and self.value <= self.enough:
            return True
        return self.bound >= self.cutoff or relative_gap(self.value, self.bound) <= EXACT

    @property
    def over(self) -> bool:
        """Whether to stop: proven, out of time, or interrupted. Tells the listener."""
        now = self.elapsed
        if self.listener is not None and now - self._told > 0.1:
            self._told = now
            self.listener(self.progress())
        return self.proven or self.interrupted or now >= self.seconds

    def progress(self) -> Progress:
        """What the listener is told."""
        value = self.value if np.isfinite(self.value) else None
        bound = self.bound if np.isfinite(self.bound) else None
        return Progress(self.elapsed, value, bound, self.nodes, stopping=self.interrupted)

    def offer(self, value: float, case: Case, opened: Bools, shares: Floats | None = None) -> bool:
        """Keep the plan that opens these rows of a case, if it is better than the best."""
        if not value < self.value - EXACT * abs(value):
            return False
        plan = np.zeros(self.sites, dtype=bool)
        plan[case.index[opened]] = True
        whole = None
        if shares is not None:
            whole = np.zeros((self.sites, shares.shape[1]))
            whole[case.index] = shares
        self._best = (float(value), plan, whole)
        return True

    def raise_bound(self, bound: float) -> None:
        """Keep a proven bound if it is higher. With whole costs it is rounded up."""
        if self.step:
            bound = np.ceil(bound / self.step - 1e-6) * self.step
        if not self.gap and self.enough is None and bound >= self.cutoff:
            bound = self.value  # all that is cheaper is cheaper by noise only
        self.bound = max(self.bound, min(float(bound), self.value))
