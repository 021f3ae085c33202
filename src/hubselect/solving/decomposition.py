"""Benders decomposition: hubs in a small integer master, all else in an LP that prices them.

With the hubs z fixed, what is left is a linear program of cost F(z), convex in z. Its optimum
gives a plan, and its reduced costs g a cut F(z) ≥ F(z̄) + g·(z − z̄). The least of the largest cut
over whole hubs is a bound; one tree looks for it (`tree`). The first cut is priced by the LP
relaxation, so that the bound starts where branch and bound starts.

J. F. Benders, Numerische Mathematik 4 (1962) 238-252; cuts at points between the incumbent and
the master's choice: W. Ben-Ameur and J. Neto, Networks 49 (2007) 3-17.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np

from hubselect.arrays import Arrays
from hubselect.instance import Floats
from hubselect.solving.alike import ordered
from hubselect.solving.apart import Apart, Blocks
from hubselect.solving.breaches import breakable
from hubselect.solving.compiled import Run
from hubselect.solving.highs import (
    PRECISION,
    Progress,
    Result,
    Settings,
    Watched,
)
from hubselect.solving.lazy import LARGE, NONE, LazyLP
from hubselect.solving.local import Local
from hubselect.solving.master import Master
from hubselect.solving.memory import Memory
from hubselect.solving.moves import Neighbours
from hubselect.solving.pricing import Priced, Pricing, slope_of
from hubselect.solving.reduction import Reduced
from hubselect.solving.split import Split
from hubselect.solving.tree import Caller, grow

THRESHOLDS = (0.35, 0.2, 0.5)  # fractions from which a hub is rather built, tried in turn
LIFTED = 0.01  # of the bound: where blocks lift it by more, their own hubs are priced first
WHOLE = 1e-6  # how far a hub of the relaxation may be from a whole number and count as one
AGAIN = 0.1  # of the gap: a plan better by more is worth a new tree
EASY = 25  # nodes of a tree below a plan before blocks are planned apart
ROOT = 0.5  # of what is left to prove: what the root of such a tree closes at least
HARD = 500  # nodes after which trees prove bounds halfway to the one asked for
LAST = 0.25  # of the gap: what is left when no more halfway bounds are proven
FINE = 4e-4  # the least gap for that
NEAR = 0.5  # of the gap: how much dearer than the cheapest map a good one may be
CANDIDATES = 10  # maps near the best one that these blocks judge before one is priced
HARDENED = 4  # times that breaking rows becomes dearer before a tree is grown
MOVES = 200  # maps priced near the best one before a tree is grown


def decompose(
    problem: Arrays | Reduced,
    settings: Settings,
    *,
    memory: Memory | None = None,
    without: Collection[str] = (),
    progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Minimise by decomposition, to the gap or to the end of the time.

    With a memory, maps and duals of earlier solves are tried first, and new ones added.

    `without` names devices to leave out. `x` of the result has the columns of the arrays given, or
    of the reduced ones. The result is 'optimal' when the gap asked for is proven, 'infeasible' or
    'unbounded' when that is proven, else 'limit' or 'interrupted' with the best plan (if any) and
    the best bound. Nothing but the limit is timed, so that a run can be repeated.
    """
    began = time.perf_counter()
    reduced = problem if isinstance(problem, Reduced) else Reduced.same(problem)
    arrays = reduced.arrays
    lp = LazyLP(arrays, settings, sifting="sifting" not in without)
    root = lp.run(settings.time_limit, progress)
    if root.state != "optimal":
        # an LP that is not solved proves no bound and prices nothing
        return replace(root, x=None, objective=np.inf, bound=-np.inf)
    if not arrays.integer.any():
        return root
    memory = memory or Memory(len(reduced.model.rows))
    how = Run(settings, memory=memory, without=frozenset(without), progress=progress)
    search = _Search(reduced, how, lp, root, memory, began)
    try:
        search.to_the_end()
    except KeyboardInterrupt:  # heard between two runs of a solver
        search.state = "interrupted"
    return search.result()


class _Search:
    """State of a decomposition: master, recourse, best plan, best bound."""

    def __init__(
        self, reduced: Reduced, how: Run, lp: LazyLP, root: Result, memory: Memory, began: float
    ) -> None:
        assert root.x is not None and root.row_duals is not None
        arrays, without = reduced.arrays, how.without
        self.reduced, self.memory, self.began = reduced, memory, began
        self.settings, self.progress = how.settings, how.progress
        self.split = Split.of(arrays if "alike_sites" in without else ordered(arrays))
        self.master = Master(self.split)
        self.state: str | None = None
        self.best: Floats | None = None
        self.objective, self.bound = np.inf, root.objective
        self.centre: Floats | None = None  # the cheapest map, broken rows priced in
        self.level = np.inf
        self.broken = NONE  # what breaks a row there
        self.tried: set[bytes] = set()  # whole maps priced
        self.neighbours = None
        if "moves" not in without:
            self.neighbours = Neighbours.of(self.split.arrays, self.split.pure)
        self.endless = arrays.matrix.nnz >= LARGE
        self.without = without
        self.nodes = 0
        self.thread = threading.current_thread()
        self.stopping = False  # Ctrl-C was heard while a tree grew
        self.blocks: Blocks | None = None
        self.parted: Floats | None = None  # hubs of blocks planned apart, where most is known there
        self.local = Local(self.settings)
        self.duals = None if "blocks_apart" in without else root.row_duals
        self.pricing = Pricing(self.split, self.settings, lp)
        rigid = bool({"priced_breaches", "sifting"} & without)
        self.softer = None if rigid else root.row_duals
        if self.endless:
            self._soften()
        self.pricing.condense(root)
        self.core = root.x[self.split.hubs]
        self.master.cut(root.objective, slope_of(self.split, root.row_duals), self.core)

    def to_the_end(self) -> None:
        """Look for hubs and bounds until a state is reached."""
        fraction = float(np.abs(self.core - np.rint(self.core)).max())
        if self.endless and fraction > WHOLE:
            self.part()
        self.recall()
        if self.state is None and self.centre is None and "rounding" not in self.without:
            self.round()
            if self.state is None and self.centre is None and self._soften():
                self.part()
                self.round()
        self.around()
        if "one_tree" in self.without:
            self.state = self.state or "limit"
        while self.state is None:
            self.branch()

    def _soften(self) -> bool:
        """Give a cost to maps that carry no plan too; False where they have one or may not."""
        duals, self.softer = self.softer, None
        if duals is not None:
            self.pricing.soften(breakable(self.reduced.arrays, duals))
        return duals is not None

    def recall(self) -> None:
        """Cut with what earlier solves proved and price the maps they found."""
        for constant, slope in self.memory.cuts(self.reduced.model):
            self.master.cut(constant, slope, np.zeros_like(slope))
        for hubs in self.memory.candidates(self.reduced.model):
            if self.state is None and not self._closed():
                self._price(hubs)
        if self.state is None and self._closed():
            self.state = "optimal"

    def round(self) -> None:
        """Price whole hubs near the optimum of the relaxation, and points on the way to them.

        A fraction above a threshold is rather built than not; all rows of hubs alone hold.
        """
        relaxed = self.core
        tried: list[Floats] = []
        prices = [threshold - relaxed for threshold in THRESHOLDS]
        if self.parted is not None:
            prices.insert(0, 0.5 - self.parted)
        for price in prices:
            chosen = self.master.nearest(price, self.settings, self._run)
            if self.state is not None or chosen is None:
                break
            if any(np.array_equal(chosen, z) for z in tried):
                continue
            tried.append(chosen)
            self._price(chosen)
            if self.state is None:
                self._price((relaxed + chosen) / 2)
            if self.centre is not None:
                break

    def around(self) -> None:
        """Improve the cheapest map, broken rows priced in, by maps near it that the cuts favour.

        Where that ends with a map that still breaks rows, breaking these becomes dearer.
        Then a point on the way to it is priced: its cut helps the master most.
        """
        self._improve()
        for _ in range(HARDENED):
            if self.best is not None or self.state is not None or not len(self.broken):
                break
            self.pricing.harden(self.broken)
            assert self.centre is not None
            self.level = np.inf
            self._price(self.centre)
            self._improve()
        if self.centre is not None and self.state is None and not self._closed():
            self._price((self.core + self.centre) / 2)

    def _improve(self) -> None:
        if self.neighbours is None:
            return
        ruled_out: set[bytes] = set()
        for _ in range(MOVES):
            if self.centre is None or self.state is not None or self._closed():
                return
            share = self.settings.gap / (5 if self.endless else 10)
            worth = max(share, PRECISION) * abs(self.level)
            goal = self.level - worth
            found = self.neighbours.cheapest(
                self.centre, self.master.known(), goal, self.tried | ruled_out,
                self.master.families, CANDIDATES if self.local.known else 1,
            )  # fmt: skip
            if not found:
                return
            chosen, dear = self.local.cheapest(found, goal, self._run)
            if chosen is not None:
                self._price(chosen)
            ruled_out |= {z.tobytes() for z in dear}

    def branch(self) -> None:
        """Branch over the hubs for maps that cost less than the plan by more than the gap.

        Where there are none, that is the bound. A tree that is grown without a plan ends with the
        first one, which lets the next begin with far fewer hubs. Where trees are large, each looks
        for maps below a level halfway only: what its cuts taught is worth more to a new tree.
        """
        easy = self.duals is not None
        known, begun, before = self.best is not None, self.objective, self.nodes
        proven = self.bound
        hard = self.endless or before >= HARD
        level = self._level() if hard and "levels" not in self.without else np.inf

        def met(bound: float, nodes: int) -> bool:
            self.bound = max(self.bound, bound)
            self.nodes = before + nodes
            again = self.best is not None and not known
            again |= self.objective < begun - AGAIN * (begun - self.bound)
            if easy and known:  # a root that closes little leaves too much to the nodes
                again |= self.bound - proven < ROOT * (self.cap() - proven)
            return self.state is not None or again or self._closed()

        def cap() -> float:
            return min(level, self.cap())

        caller = Caller(self._judge, cap, met, self._tell, self._stop)
        left = self.settings.time_limit - (time.perf_counter() - self.began)
        nodes = EASY if easy and known else -1 if hard else HARD
        grown = grow(self.master, caller, seconds=left, nodes=nodes)
        self.nodes = before + grown.nodes
        self.bound = max(self.bound, grown.bound)
        if self.stopping:
            self.state = "interrupted"
        if self.state is not None:
            return
        if grown.state == "closed" and self.best is None:
            self.state = "infeasible"
        elif self._closed():
            self.state = "optimal"
        elif time.perf_counter() - self.began >= self.settings.time_limit:
            self.state = "limit"
        elif easy:
            self.part()

    def _level(self) -> float:
        """The bound to prove next, halfway to the one asked for; inf where that is near."""
        left = self.cap() - self.bound
        near = LAST * max(self.settings.gap, FINE) * abs(self.objective)
        return self.bound + left / 2 if np.isfinite(left) and left > near else np.inf

    def cap(self) -> float:
        """The cost from which a map is not worth pricing."""
        if "cutoff" in self.without or self.best is None:
            return self.objective
        return self.objective - self.settings.gap * abs(self.objective)

    def part(self) -> None:
        """Plan blocks of basins apart, once: a bound, and an estimate a block for the master."""
        duals, self.duals = self.duals, None
        if duals is None or self.state is not None:
            return
        self.blocks = Blocks.of(self.reduced.arrays)
        apart = Apart.of(self.blocks, duals, self.settings, self._run)
        if apart is None:
            return
        self.master.part(apart)
        if apart.bound - self.bound > LIFTED * abs(self.bound):
            self.parted = apart.chosen
        self.bound = max(self.bound, apart.bound)
        for hubs in (self.core, *(np.frombuffer(key) for key in sorted(self.tried))):
            self.master.cut_blocks(hubs, self._run)
        if self.state is None and self._closed():
            self.state = "optimal"

    def _judge(self, chosen: Floats) -> None:
        """Price hubs the tree chose, and a point on the way; then maps near a better one."""
        level, middle = self.level, (self.core + chosen) / 2
        cost, constant, slope = self.local.least(chosen, self.cap(), self._run)
        if cost > self.cap():
            self.master.cut(constant, slope, np.zeros(len(slope)))
        elif chosen.tobytes() in self.tried:
            # a map that breaks rows at their price and comes again is judged by the LP itself
            self._learn(self.pricing.price(chosen, self._run, exactly=True))
        else:
            # the point on the way is nearer to where the LP stands, its cut may settle the rest
            found = self._price(middle)
            if found is not None and found.plan is not None and found.cost < self.objective:
                self.core = middle
            if self.state is None and self.master.lowest(chosen) < self.objective:
                self._price(chosen)
        if self.level < level:
            self.around()

    def result(self) -> Result:
        """The best plan and bound found, with what is proven."""
        bound = min(self.bound, self.objective)
        state = self.state or "limit"
        seconds = time.perf_counter() - self.began
        return Result(state, self.best, self.objective, bound, self.nodes, seconds)  # type: ignore[arg-type]

    def _closed(self) -> bool:
        allowed = self.settings.gap * abs(self.objective)
        allowed += PRECISION * max(1.0, abs(self.objective))
        return self.best is not None and self.objective - self.bound <= allowed

    def _price(self, hubs: Floats) -> Priced | None:
        """Solve the LP with the hubs fixed and learn from it; None where time is up."""
        self.master.cut_blocks(hubs, self._run)
        if self.state is not None:
            return None
        priced = self.pricing.price(hubs, self._run)
        self._learn(priced)
        return priced

    def _learn(self, priced: Priced) -> None:
        """Add the cut or the bar of a map; keep the plan where it is whole and the cheapest."""
        hubs = priced.hubs
        whole = bool((hubs == np.rint(hubs)).all())
        if whole:
            self.tried.add(hubs.tobytes())
        if priced.slope is not None and priced.duals is not None:
            self.master.cut(priced.cost, priced.slope, hubs)
            self.memory.keep_dual(self.reduced.duals(priced.duals))
            if not whole:
                return
            self.memory.keep_map(hubs)
            if priced.cost < self.level:
                self.centre, self.level, self.broken = hubs, priced.cost, priced.broken
            if priced.cost <= self.level + NEAR * (self.level - self.bound):
                self._keep_prices(priced.duals)
            if priced.plan is not None and priced.cost < self.objective:
                self.best, self.objective = priced.plan.copy(), priced.cost
                self.best[self.split.hubs] = hubs
        elif priced.bar is not None:
            self.master.bar(*priced.bar)
        elif whole and priced.state == "infeasible":
            self.master.exclude(hubs)
        elif whole and self.state is None:
            self.state = "limit"

    def _keep_prices(self, duals: Floats) -> None:
        """Plan blocks apart at the prices of a good map too."""
        if self.endless and self.blocks is not None and self.blocks.count > 1:
            self.local.keep(self.blocks, duals[: len(self.reduced.arrays.rows)])

    def _run(self, solver: Watched | LazyLP) -> Result:
        """Run one of the two solvers in what is left of the time; notes limits reached."""
        left = self.settings.time_limit - (time.perf_counter() - self.began)
        result = solver.run(max(left, 0.0), self._told)
        if result.state == "interrupted":
            self.state = "interrupted"
        elif left <= 0:
            self.state = "limit"
        return result

    def _told(self, inner: Progress) -> None:
        self._tell(inner.stopping)
        if self.stopping and threading.current_thread() is not self.thread:
            raise KeyboardInterrupt  # ends the LP that a tree waits for

    def _stop(self) -> None:
        self.stopping = True

    def _tell(self, stopping: bool | None = None) -> None:
        if self.progress is not None and threading.current_thread() is self.thread:
            best = self.objective if self.best is not None else None
            seconds = time.perf_counter() - self.began
            stopping = self.stopping if stopping is None else stopping
            self.progress(Progress(seconds, best, self.bound, self.nodes, stopping))
