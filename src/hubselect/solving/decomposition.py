"""Benders decomposition: hubs in a small integer master, all else in an LP that prices them.

With the hubs z fixed, what is left is a linear program of cost F(z), convex in z. Its optimum
gives a plan, and its reduced costs g a cut F(z) ≥ F(z̄) + g·(z − z̄). The least of the largest cut
over whole hubs is a bound; one tree looks for it (`tree`). The first cut is priced by the LP
relaxation, so that the bound starts where branch and bound starts.

J. F. Benders, Numerische Mathematik 4 (1962) 238-252; cuts at points between the incumbent and
the master's choice: W. Ben-Ameur and J. Neto, Networks 49 (2007) 3-17.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

import numpy as np

from hubselect.arrays import Arrays
from hubselect.instance import Floats
from hubselect.solving.aggregation import Merged, relaxed
from hubselect.solving.alike import ordered
from hubselect.solving.apart import Apart, Blocks
from hubselect.solving.basins import Basins
from hubselect.solving.breaches import breakable
from hubselect.solving.compiled import Run
from hubselect.solving.descent import Descent
from hubselect.solving.halves import Aim, grown_at_once
from hubselect.solving.highs import Progress, Result, Settings
from hubselect.solving.known import Known
from hubselect.solving.lazy import LARGE
from hubselect.solving.master import Master
from hubselect.solving.memory import Memory
from hubselect.solving.moves import ALL, PAIRED, Neighbours
from hubselect.solving.pricing import Priced, Pricing, slope_of
from hubselect.solving.reduction import Reduced
from hubselect.solving.runner import Runner
from hubselect.solving.split import Split
from hubselect.solving.tree import Caller, grow

THRESHOLDS = (0.35, 0.2, 0.5, 0.65)  # fractions from which a hub is rather built, tried in turn
LIFTED = 0.01  # of the bound: where blocks lift it by more, their own hubs are priced first
WHOLE = 1e-6  # how far a hub of the relaxation may be from a whole number and count as one
AGAIN = 0.1  # of the gap: a plan better by more is worth a new tree
EASY = 25  # nodes of a tree below a plan before blocks are planned apart
ROOT = 0.5  # of what is left to prove: what the root of such a tree closes at least
HARD = 500  # nodes after which trees prove bounds halfway to the one asked for
HARDENED = 4  # times that breaking rows becomes dearer before a tree is grown
CONFIRMED = 10  # of the cheapest maps of a merged model, until one is a plan of the model


def decompose(
    problem: Arrays | Reduced,
    settings: Settings,
    *,
    basins: Basins | None = None,
    memory: Memory | None = None,
    known: Merged | None = None,
    without: Collection[str] = (),
    progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Minimise by decomposition, to the gap or to the end of the time.

    With a memory, maps and duals of earlier solves are tried first, and new ones added. `basins`
    are merged where the model is large (`aggregation`), unless its relaxation is `known` already.
    `without` names devices to leave out.

    `x` of the result has the columns of the arrays given, or of the reduced ones; it is exact, with
    whole hubs. The result is 'optimal' when the gap asked for is proven, 'infeasible' or
    'unbounded' when that is proven, else 'limit' or 'interrupted' with the best plan (if any) and
    the best bound. Nothing but the limit is timed: a run with as many threads can be repeated.
    """
    runner = Runner(settings, progress)
    reduced = problem if isinstance(problem, Reduced) else Reduced.same(problem)
    off, alone = frozenset(without), replace(settings, threads=1)  # of each solver
    how = Run(alone, memory=memory, without=off, progress=progress, basins=basins)
    searched = relaxed(reduced, how, runner.run) if known is None else known
    root = replace(searched.root, seconds=runner.seconds)
    if root.state != "optimal":  # an LP that is not solved proves no bound and prices nothing
        return replace(root, x=None, objective=np.inf, bound=-np.inf)
    if not reduced.arrays.integer.any():
        return root
    search = _Search(reduced, how, searched, runner)
    try:
        search.to_the_end()
    except KeyboardInterrupt:  # heard between two runs of a solver
        search.runner.state = "interrupted"
    return search.result()


class _Search:
    """State of a decomposition: what is searched, what is known of it, what is left to try."""

    def __init__(self, reduced: Reduced, how: Run, searched: Merged, runner: Runner) -> None:
        root, arrays, without = searched.root, searched.reduced.arrays, how.without
        assert root.x is not None and root.row_duals is not None
        self.reduced, self.searched, self.runner = reduced, searched, runner
        self.memory, self.settings, self.without = how.memory, how.settings, without
        alike = "alike_sites" not in without
        self.split = Split.of(ordered(arrays, reduced.arrays) if alike else arrays)
        self.master = Master(self.split)
        self.known = Known(
            self.master, how.memory, self.settings, root.objective, searched.duals(root.row_duals),
            merged=searched.merged, without=without,
        )  # fmt: skip
        self.endless = searched.merged or arrays.matrix.nnz >= LARGE
        self.nodes = 0
        share = self.settings.gap / (20 if searched.merged else 5 if self.endless else 10)
        self.descent = Descent(
            None if "moves" in without else Neighbours.of(self.split.arrays, self.split.pure),
            self.known, runner, self._price, share, ALL if self.endless else PAIRED,
        )  # fmt: skip
        # maps priced and trees grown at once; small LPs are as fast in turn
        self.abreast = min(runner.threads, 2) if self.endless else 1
        self.one_next = False  # a half met a map that only one tree for all can judge
        runner.status = lambda: (self.known.cost, self.known.bound, self.nodes)
        self.starts: list[Floats] = []  # rounded maps that moves have not begun at
        self.parted: Floats | None = None  # hubs of blocks planned apart, where most is known there
        self.duals = None if "blocks_apart" in without else root.row_duals
        self.pricing = Pricing(self.split, self.settings, searched.lp, searched.duals)
        self.whole = None if searched.merged else self.pricing  # of the model itself
        self.rigid = bool({"priced_breaches", "sifting"} & without)
        self.softer = None if self.rigid else root.row_duals
        if self.endless:
            self._soften()
        self.pricing.condense(root)
        self.core = root.x[self.split.hubs]
        self.master.cut(root.objective, slope_of(self.split, root.row_duals), self.core)

    def to_the_end(self) -> None:
        """Look for hubs and bounds until a state is reached."""
        known, runner = self.known, self.runner
        if self.endless and np.abs(self.core - np.rint(self.core)).max() > WHOLE:
            self.part()
        self.recall()
        if runner.state is None and known.centre is None and "rounding" not in self.without:
            self.round()
            if runner.state is None and known.centre is None and self._soften():
                self.part()
                self.round()
        self.around()
        for start in self.starts:
            if runner.state is None and known.far:
                before = known.begin_at(start)
                self.around()
                known.end_at(before)
        if "one_tree" in self.without:
            runner.state = runner.state or "limit"
        while runner.state is None:
            self.branch()

    def _soften(self) -> bool:
        """Give a cost to maps that carry no plan too; False where they have one or may not."""
        duals, self.softer = self.softer, None
        if duals is not None:
            self.pricing.soften(breakable(self.searched.reduced.arrays, duals))
        return duals is not None

    def recall(self) -> None:
        """Cut with what earlier solves proved and price the maps they found."""
        if self.memory is None:
            return
        for constant, slope in self.memory.cuts(self.reduced.model):
            self.master.cut(constant, slope, np.zeros_like(slope))
        for hubs in self.memory.candidates(self.reduced.model):
            if self.runner.state is None and not self.known.closed:
                self._price(hubs)
        if self.runner.state is None and self.known.closed:
            self.runner.state = "optimal"

    def round(self) -> None:
        """Price whole hubs near the optimum of the relaxation, and points on the way to them.

        A fraction above a threshold is rather built than not; all rows of hubs alone hold. Where
        maps cost little to price, as basins are merged, all thresholds are tried; moves begin at
        the cheapest map, and at the others as long as the plan is far from the bound.
        """
        tried: list[Floats] = []
        prices = [threshold - self.core for threshold in THRESHOLDS]
        if self.parted is not None:
            prices.insert(0, 0.5 - self.parted)
        for price in prices:
            chosen = self.master.nearest(price, self.settings, self.runner.run)
            if self.runner.state is not None or chosen is None:
                break
            if any(np.array_equal(chosen, z) for z in tried):
                continue
            tried.append(chosen)
            self._price(chosen, (self.core + chosen) / 2)
            if self.known.centre is not None and not self.searched.merged:
                break
        if self.searched.merged:
            self.starts = sorted(tried, key=self.master.lowest)[1:]

    def around(self) -> None:
        """Improve the cheapest map, broken rows priced in, by maps near it that the cuts favour.

        Where that ends with a map that still breaks rows, breaking these becomes dearer.
        Then a point on the way to it is priced: its cut helps the master most.
        """
        known = self.known
        self._improve()
        for _ in range(HARDENED):
            if known.best is not None or self.runner.state is not None or not len(known.broken):
                break
            self.pricing.harden(known.broken)
            assert known.centre is not None
            known.forget_costs()
            self._price(known.centre)
            self._improve()
        self._confirm_cheapest()
        if known.centre is not None and self.runner.state is None and not known.closed:
            self._price((self.core + known.centre) / 2)

    def _improve(self) -> None:
        """Descend from the cheapest map; meanwhile that map becomes the first plan."""
        known, begun = self.known, self.known.centre
        works: list[Callable[[], Priced | None]] = [self.descent.from_cheapest]
        early = self.searched.merged and known.best is None and not len(known.broken)
        if early and begun is not None and begun.tobytes() not in known.confirmed:
            works.insert(0, partial(self.in_model().price, begun, self.runner.run))
        for first in self.runner.at_once(works):
            if first is not None:
                self._learnt(first, plans=True)

    def _confirm_cheapest(self) -> None:
        """Price the cheapest map of merged basins in the model itself, until one is a plan."""
        known = self.known
        for _ in range(CONFIRMED if self.searched.merged else 0):
            if known.centre is None or self.runner.state is not None:
                return
            if known.centre.tobytes() in known.confirmed:
                return
            found = self._confirm(known.centre)
            if found.plan is not None or self.runner.state is not None or found.slope is None:
                return
            if known.best is None:
                self.in_model().harden(found.broken)
            known.level = max(known.level, found.cost)
            self._improve()

    def branch(self) -> None:
        """Branch over the hubs for maps that cost less than the plan by more than the gap.

        Where there are none, that is the bound. A tree that is grown without a plan ends with the
        first one, which lets the next begin with far fewer hubs. Where trees are large, each looks
        for maps below a level halfway only: what its cuts taught is worth more to a new tree.
        Far from a bound a tree over merged basins rather looks for better plans.
        """
        known, easy = self.known, self.duals is not None
        planned, begun, before = known.best is not None, known.objective, self.nodes
        proven = known.bound
        hard = self.endless or before >= HARD
        near = self.searched.merged and not known.far
        stepwise = "levels" not in self.without and (near if self.searched.merged else hard)
        level = known.halfway if stepwise else np.inf
        one, self.one_next = self.one_next or self.abreast == 1, False
        if stepwise and planned and not (easy or one) and self.halve(min(level, known.cap)):
            return

        def met(bound: float, nodes: int) -> bool:
            known.bound = max(known.bound, bound)
            self.nodes = before + nodes
            again = known.best is not None and not planned
            again |= known.objective < begun - AGAIN * (begun - known.bound)
            if easy and planned:  # a root that closes little leaves too much to the nodes
                again |= known.bound - proven < ROOT * (known.cap - proven)
            return self.runner.state is not None or again or known.closed

        nodes = EASY if easy and planned else -1 if hard else HARD
        caller, left = Caller(self._judge, lambda: min(level, known.cap), met), self.runner.left
        tree = partial(grow, self.master, caller, seconds=left, nodes=nodes, sizes=near)
        (grown,) = self.runner.at_once([tree])
        self.nodes = before + grown.nodes
        known.bound = max(known.bound, grown.bound)
        self._conclude(closed=grown.state == "closed")
        if self.runner.state is None and easy:
            self.part()

    def halve(self, level: float) -> bool:
        """Prove a level by two trees at once; False where one is to be grown instead."""
        known, merged = self.known, self.searched.merged
        cheaper = known.level - AGAIN * (known.objective - known.bound)
        aim = Aim(level, cheaper, known.objective, self.core, sizes=merged)
        lanes = (self.pricing, self.pricing.twin())
        halves = grown_at_once(self.master, lanes, aim, self.settings, self.runner)
        if not halves:
            return False
        for priced, cuts in (found for half in halves for found in half.learnt):
            self.master.add_blocks(cuts)
            known.learn(priced, plans=not merged)
        self.nodes += sum(half.grown.nodes for half in halves)
        self.core = halves[0].core
        mets = [half.met for half in halves if half.met is not None]
        for met in mets:
            if not self.runner.ended and merged and self.master.lowest(met) < level:
                self._confirm(met)
        # a half leaves out the map it met, which may cost less than what it then proves
        cost = min((self.master.lowest(met) for met in mets), default=np.inf)
        self.one_next = cost < level
        known.bound = max(known.bound, min(cost, *(half.grown.bound for half in halves)))
        self._conclude(closed=False)
        before = known.level
        if self.runner.state is None and before >= cheaper:  # the cuts may favour other maps now
            start = self.master.nearest(THRESHOLDS[0] - self.core, self.settings, self.runner.run)
            self.descent.from_elsewhere(start)
        if self.runner.state is None and known.level < max(cheaper, before):
            self.around()
        return True

    def _conclude(self, *, closed: bool) -> None:
        """What the end of a tree says of the search; closed: no map is left."""
        if self.runner.stopping:
            self.runner.state = "interrupted"
        if self.runner.state is not None:
            return
        if closed and self.known.best is None:
            self.runner.state = "infeasible"
        elif self.known.closed:
            self.runner.state = "optimal"
        elif not self.runner.left:
            self.runner.state = "limit"

    def part(self) -> None:
        """Plan blocks of basins apart, once: a bound, and an estimate a block for the master."""
        duals, self.duals = self.duals, None
        if duals is None or self.runner.state is not None:
            return
        known, blocks = self.known, Blocks.of(self.searched.reduced.arrays)
        apart = Apart.of(blocks, duals, self.settings, self.runner.run, self.runner.at_once)
        if apart is None:
            return
        self.master.part(apart)
        if apart.bound - known.bound > LIFTED * abs(known.bound):
            self.parted = apart.chosen
        known.bound = max(known.bound, apart.bound)
        for hubs in (self.core, *(np.frombuffer(key) for key in sorted(known.tried))):
            self.master.cut_blocks(hubs, self.runner.run)
        if self.runner.state is None and known.closed:
            self.runner.state = "optimal"

    def _judge(self, chosen: Floats) -> None:
        """Price hubs the tree chose, and a point on the way; then maps near a better one."""
        known, middle = self.known, (self.core + chosen) / 2
        level, objective = known.level, known.objective
        if chosen.tobytes() in known.confirmed:
            # a map that breaks rows at their price and comes again is judged by the LP itself
            self._confirm(chosen, exactly=True)
        else:
            # the point on the way is nearer to where the LP stands, its cut may settle the rest
            found = self._price(middle)
            if found is not None and found.plan is not None and found.cost < objective:
                self.core = middle
            if self.runner.state is None and self.master.lowest(chosen) < objective:
                self._price(chosen)
            merged = self.searched.merged and self.runner.state is None
            if merged and self.master.lowest(chosen) < known.cap:
                self._confirm(chosen)
        if known.level < level:
            self.around()

    def result(self) -> Result:
        """The best plan and bound found, with what is proven."""
        known, seconds = self.known, self.runner.seconds
        bound, state = min(known.bound, known.objective), self.runner.state or "limit"
        return Result(state, known.best, known.objective, bound, self.nodes, seconds)  # type: ignore[arg-type]

    def _price(self, *maps: Floats) -> Priced | None:
        """Solve the LP with the hubs fixed, map after map or two at once, and learn from it.

        The first map's; None where time is up.
        """
        learnt = []
        for n in range(0, len(maps), self.abreast):
            few = maps[n : n + self.abreast]
            for hubs in few:
                self.master.cut_blocks(hubs, self.runner.run)
            if self.runner.state is not None:
                return None
            for priced in self.pricing.price_all(few, self.runner, self.known.dear):
                learnt.append(self._learnt(priced, plans=not self.searched.merged))
        return learnt[0]

    def _confirm(self, hubs: Floats, *, exactly: bool = False) -> Priced:
        """Price a map in the model itself."""
        priced = self.in_model().price(hubs, self.runner.run, exactly=exactly)
        return self._learnt(priced, plans=True)

    def in_model(self) -> Pricing:
        """What maps cost in the model itself."""
        if self.whole is None:
            soften, duals = not self.rigid, self.known.duals
            self.whole = Pricing.near(self.reduced, self.settings, duals, soften=soften)
        return self.whole

    def _learnt(self, priced: Priced, *, plans: bool) -> Priced:
        if not self.known.learn(priced, plans=plans):
            self.runner.state = self.runner.state or "limit"
        return priced
