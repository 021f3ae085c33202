"""Benders decomposition: hubs in a small integer master, all else in an LP that prices them.

With the hubs z fixed, what is left is a linear program of cost F(z), convex in z. Its optimum
gives a plan, and its reduced costs g a cut F(z) ≥ F(z̄) + g·(z − z̄). The master minimises the
largest cut over whole hubs; its bound is proven. The first cut is priced by the LP relaxation, so
that the master's bound starts where branch and bound starts.

J. F. Benders, Numerische Mathematik 4 (1962) 238-252; cuts at points between the incumbent and
the master's choice: W. Ben-Ameur and J. Neto, Networks 49 (2007) 3-17.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np

from hubselect.arrays import Arrays
from hubselect.instance import Floats
from hubselect.solving.alike import ordered
from hubselect.solving.apart import Apart
from hubselect.solving.breaches import breakable
from hubselect.solving.compiled import Run
from hubselect.solving.highs import (
    PRECISION,
    Progress,
    Result,
    Settings,
    Watched,
    relative_gap,
)
from hubselect.solving.lazy import LARGE, LazyLP
from hubselect.solving.master import Master, ray_bar
from hubselect.solving.memory import Memory
from hubselect.solving.moves import Neighbours
from hubselect.solving.reduction import Reduced
from hubselect.solving.split import Split

ROUNDS = 8  # masters solved below the large sizes; branching on the whole does better then
HUNTS = 3  # of these, first masters that look for any hubs worth pricing
THRESHOLDS = (0.35, 0.2, 0.5)  # fractions from which a hub is rather built, tried in turn
HUNT_NODES = 600
MASTER_NODES = 300
MOVES = 200  # maps priced near the best one without asking the master


def decompose(
    problem: Arrays | Reduced,
    settings: Settings,
    *,
    memory: Memory | None = None,
    without: Collection[str] = (),
    progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Minimise by decomposition as far as a bounded number of rounds leads.

    With a memory, maps and duals of earlier solves are tried first, and new ones added.

    `without` names devices to leave out. `x` of the result has the columns of the arrays given, or
    of the reduced ones. The result is 'optimal' when the gap asked for is proven, 'infeasible' or
    'unbounded' when that is proven, else 'limit' or 'interrupted' with the best plan (if any) and
    the best bound. Rounds are counted, not timed, so that a run can be repeated.
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
        self.master = Master(self.split, how.settings)
        self.state: str | None = None
        self.best: Floats | None = None
        self.objective, self.bound = np.inf, root.objective
        self.centre: Floats | None = None  # the cheapest map, broken rows priced in
        self.level = np.inf
        self.tried: set[bytes] = set()  # whole maps priced
        self.neighbours = None
        if "moves" not in without:
            self.neighbours = Neighbours.of(self.split.arrays, self.split.pure)
        self.endless = arrays.matrix.nnz >= LARGE
        self.cutoff, self.rounding = "cutoff" not in without, "rounding" not in without
        self.cap = np.inf  # of the master: cost below which a map is worth pricing
        self.hunts = HUNTS
        self.rounds, self.nodes = 0, 0
        self.misses = 0  # masters that found nothing in the nodes they had
        self.duals = None if "blocks_apart" in without else root.row_duals
        self.exact = self.priced = lp  # nothing may be broken in the first
        elastic = self.endless and not {"priced_breaches", "sifting"} & without
        self.breaches = breakable(arrays, root.row_duals) if elastic else None
        self._condense(root)
        self.core = root.x[self.split.hubs]
        self.master.cut(root.objective, self._slope(root), self.core)

    def _condense(self, root: Result) -> None:
        """Make the LP that prices maps small, and rows breakable where they may be broken."""
        assert root.x is not None
        pure = np.ones(len(self.reduced.arrays.rows), dtype=bool)
        pure[self.split.mixed] = False
        if self.breaches is None:
            self.exact.condense(root, pure)
            return
        self.priced = LazyLP(self.breaches.arrays, self.settings)
        extended = replace(root, x=self.breaches.extended(root.x))
        self.priced.condense(extended, pure, self.breaches.columns)

    def to_the_end(self) -> None:
        """Look for hubs and bounds until a state is reached."""
        if self.endless:
            self.part()
        self.recall()
        if self.state is None and self.centre is None and self.rounding:
            self.round()
        self.around()
        while self.state is None:
            self.step()

    def recall(self) -> None:
        """Cut with what earlier solves proved and price the maps they found."""
        for constant, slope in self.memory.cuts(self.reduced.model):
            self.master.cut(constant, slope, np.zeros_like(slope))
        for hubs in self.memory.candidates(self.reduced.model):
            if self.state is None and not self._closed():
                self._price(hubs, whole=True)
        if self.state is None and self._closed():
            self.state = "optimal"

    def round(self) -> None:
        """Price whole hubs near the optimum of the relaxation, and points on the way to them.

        A fraction above a threshold is rather built than not; all rows of hubs alone hold.
        """
        relaxed = self.core
        tried: list[Floats] = []
        for threshold in THRESHOLDS:
            self.master.aim(threshold - relaxed, 0.0, gap=0.01, nodes=MASTER_NODES)
            near = self._run(self.master)
            if self.state is not None or near.x is None:
                break
            chosen = near.x[: len(relaxed)]
            if any(np.array_equal(chosen, z) for z in tried):
                continue
            tried.append(chosen)
            self._price(chosen, whole=True)
            if self.state is None:
                self._price((relaxed + chosen) / 2, whole=False)
            if self.centre is not None:
                break

    def around(self) -> None:
        """Improve the cheapest map, broken rows priced in, by maps near it that the cuts favour.

        Then a point on the way to it is priced: its cut helps the master most.
        """
        self._improve()
        if self.centre is not None and self.state is None and not self._closed():
            self._price((self.core + self.centre) / 2, whole=False)

    def _improve(self) -> None:
        if self.neighbours is None:
            return
        for _ in range(MOVES):
            if self.centre is None or self.state is not None or self._closed():
                return
            share = self.settings.gap / (5 if self.endless else 25)
            worth = max(share, PRECISION) * abs(self.level)
            found = self.neighbours.cheapest(
                self.centre, self.master.known(), self.level - worth, self.tried, self.master.apart
            )
            if found is None:
                return
            self._price(found, whole=True)

    def step(self) -> None:
        """One round: the master proposes hubs, the LP prices them and a point on the way.

        With a plan known the master looks only for hubs that cost less by more than the gap; where
        there are none, that is the bound.
        """
        if self.rounds > 0:
            self.part()
        if self.state is not None:
            return
        hunting = self._aim()
        proposal = self._run(self.master)
        self.rounds += 1
        if self.state is not None:
            return
        if proposal.state in ("infeasible", "unbounded"):
            # HiGHS may leave the two apart; the first cut bounds the cost, so there are no hubs
            self.bound = max(self.bound, self.cap)
            self.state = "infeasible" if self.best is None else "optimal"
            return
        self.nodes += proposal.nodes
        if not hunting:
            self.bound = max(self.bound, min(proposal.bound, self.cap))
        if proposal.x is not None:
            self._judge(proposal.x[: len(self.core)])
        if proposal.state != "optimal" and hunting:
            self.hunts = 0
            return
        self.misses += proposal.x is None
        if self._closed() and self.state != "interrupted":
            self.state = "optimal"
        # many rounds, or a master that is hard itself: branching on the whole does better
        elif not self.endless and (self.rounds >= ROUNDS or proposal.state != "optimal"):
            self.state = self.state or "limit"

    def part(self) -> None:
        """Plan blocks of basins apart, once: a bound, and an estimate a block for the master."""
        duals, self.duals = self.duals, None
        if duals is None or self.state is not None:
            return
        apart = Apart.of(self.reduced.arrays, duals, self.settings, self._run)
        if apart is None:
            return
        self.master.part(apart)
        self.bound = max(self.bound, apart.bound)
        for hubs in (self.core, *(np.frombuffer(key) for key in sorted(self.tried))):
            self.master.cut_blocks(hubs, self._run)
        if self.state is None and self._closed():
            self.state = "optimal"

    def _aim(self) -> bool:
        """Set what the next master looks for; True where that is any map worth pricing."""
        known = self.best is not None
        if known and self.cutoff:
            self.cap = self.objective - self.settings.gap * abs(self.objective)
            self.master.cap(self.cap)
        hunting = known and self.cutoff and not self.endless and self.rounds < self.hunts
        gap = relative_gap(self.objective, self.bound) if known else 1.0
        gap = max(self.settings.gap / 5, min(gap / 5, 0.01))
        nodes = HUNT_NODES if hunting else MASTER_NODES << min(self.misses, 20)
        self.master.aim(None, 0.0 if hunting else 1.0, gap=gap, nodes=nodes)
        return hunting

    def _judge(self, chosen: Floats) -> None:
        """Price hubs the master chose, and a point on the way; then maps near a better one."""
        # the point on the way is nearer to where the LP stands, and its cut may settle the rest
        middle = (self.core + chosen) / 2
        if self._price(middle, whole=False) < self.objective:
            self.core = middle
        if self.state is None and self.master.lowest(chosen) < self.objective:
            level = self.level
            # a map that breaks rows at their price and comes again is judged by the LP itself
            self._price(chosen, whole=True, exact=chosen.tobytes() in self.tried)
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

    def _price(self, hubs: Floats, *, whole: bool, exact: bool = False) -> float:
        """Solve the LP with the hubs fixed; add its cut, keep the plan where they are whole.

        Returns the cost, inf where there is none.
        """
        lp = self.exact if exact else self.priced
        if whole:
            self.tried.add(hubs.tobytes())
        self.master.cut_blocks(hubs, self._run)
        if self.state is not None:
            return np.inf
        lp.fix(self.split.hubs, hubs)
        priced = self._run(lp)
        if priced.state == "optimal" and priced.x is not None:
            self.master.cut(priced.objective, self._slope(priced), hubs)
            self._remember(priced, hubs, whole)
            if whole and priced.objective < self.level:
                self.centre, self.level = hubs, priced.objective
            if lp is not self.exact and self._broken(priced.x):
                return np.inf
            if whole and priced.objective < self.objective:
                plan = priced.x[: len(self.reduced.arrays.columns)].copy()
                plan[self.split.hubs] = hubs
                self.best, self.objective = plan, priced.objective
            return priced.objective
        if self.state is None and priced.state == "infeasible":
            self._forbid(lp, hubs, whole)
        elif self.state is None and whole:
            self.state = "limit"
        return np.inf

    def _broken(self, x: Floats) -> bool:
        return self.breaches is not None and self.breaches.broken(x)

    def _slope(self, priced: Result) -> Floats:
        """What a hub more adds to the cost by the duals of the rows it shares with the rest."""
        assert priced.row_duals is not None
        a, mixed = self.split.arrays, self.split.mixed
        prices = a.matrix[mixed][:, self.split.hubs].T @ priced.row_duals[mixed]
        return np.asarray(a.cost[self.split.hubs] - prices)

    def _remember(self, priced: Result, hubs: Floats, whole: bool) -> None:
        if priced.row_duals is not None:
            self.memory.keep_dual(self.reduced.duals(priced.row_duals))
        if whole:
            self.memory.keep_map(hubs)

    def _forbid(self, lp: LazyLP, hubs: Floats, whole: bool) -> None:
        """Bar hubs that carry no plan by a ray; where none is good enough, just these."""
        ray, a = lp.ray(), self.reduced.arrays
        bar = None if ray is None else ray_bar(a, self.split.hubs, ray, hubs)
        if bar is not None:
            self.master.bar(*bar)
        elif whole:
            self.master.exclude(hubs)

    def _run(self, solver: Watched | Master | LazyLP) -> Result:
        """Run one of the two solvers in what is left of the time; notes limits reached."""
        left = self.settings.time_limit - (time.perf_counter() - self.began)
        result = solver.run(max(left, 0.0), self._told)
        if result.state == "interrupted":
            self.state = "interrupted"
        elif left <= 0:
            self.state = "limit"
        return result

    def _told(self, inner: Progress) -> None:
        if self.progress is not None:
            best = self.objective if self.best is not None else None
            seconds = time.perf_counter() - self.began
            self.progress(Progress(seconds, best, self.bound, self.nodes, inner.stopping))
