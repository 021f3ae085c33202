"""A tree in two halves at once: maps with one hub column at 0, and those with it at 1.

Each half has cuts and LPs of its own. They wait for each other after so many nodes and tell what
they learnt, so that what one does never depends on how fast the other is.
T. K. Ralphs, Y. Shinano, T. Berthold and T. Koch, Parallel solvers for mixed integer linear
optimization, in Handbook of Parallel Constraint Reasoning (2018) 283-336.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from hubselect.instance import Floats, Ints
from hubselect.solving.highs import Settings, Watched
from hubselect.solving.known import taught
from hubselect.solving.master import BlockCuts, Line, Master
from hubselect.solving.narrow import narrowed
from hubselect.solving.pricing import Priced, Pricing
from hubselect.solving.runner import Runner
from hubselect.solving.tree import Caller, Grown, grow

TRIED = 5  # hub columns nearest to a half, until one leaves maps on both sides
MEET = 300  # nodes after which halves wait for each other


@dataclass(frozen=True, eq=False)
class Aim:
    """What halves look for, MMAD: maps below a level, or below what ends the search for these."""

    level: float  # to be proven
    cheaper: float  # than the cheapest map by so much that the plan is to be bettered first
    objective: float  # of the best plan
    core: Floats  # hubs of the relaxation, or nearer to the plan
    sizes: bool  # branch on large sizes first


@dataclass(eq=False)
class Half:
    """What one half searches with, and what it learnt."""

    master: Master
    pricing: Pricing
    side: Line  # of the maps that are its own
    aim: Aim
    runner: Runner
    meeting: threading.Barrier
    learnt: list[tuple[Priced, BlockCuts]] = field(default_factory=list)
    met: Floats | None = None  # a map that no cut shows to cost enough: both halves end

    def __post_init__(self) -> None:
        self.core, self.grown = self.aim.core, Grown("stopped", -np.inf, 0)
        self._partner, self._heard, self._due, self._stop = self, 0, MEET, False

    def grow(self, partner: Half) -> None:
        """Branch until nothing below the level is left."""
        self._partner = partner
        caller = Caller(self._judge, lambda: self.aim.level, self._told)
        left, sizes = self.runner.left, self.aim.sizes
        try:
            self.grown = grow(self.master, caller, seconds=left, sizes=sizes, side=self.side)
        finally:
            self.meeting.abort()  # the other half goes on alone

    def _judge(self, chosen: Floats) -> None:
        """Price a point on the way to hubs the tree chose, and these where that is not enough."""
        middle = (self.core + chosen) / 2
        for hubs in (middle, chosen):
            if self.runner.ended or self.master.lowest(chosen) >= self.aim.level:
                return
            cuts = self.master.cut_blocks(hubs, self.runner.run)
            priced = self.pricing.price(hubs, self.runner.run)
            taught(self.master, priced)
            self.learnt.append((priced, cuts))
            if hubs is middle and priced.plan is not None and priced.cost < self.aim.objective:
                self.core = middle
        if self.master.lowest(chosen) < max(self.aim.level, self.aim.cheaper):
            self.met = chosen

    def _told(self, _bound: float, nodes: int) -> bool:
        """Whether to stop, heard after each node."""
        if nodes >= self._due:
            self._due = nodes + MEET
            self._meet()
        return self._stop or self.met is not None or self.runner.ended

    def _meet(self) -> None:
        """Take over what the partner learnt until it got as far, or until it ended."""
        try:
            self.meeting.wait()
        except threading.BrokenBarrierError:  # the partner has ended
            self._hear()
            return
        self._hear()
        with suppress(threading.BrokenBarrierError):  # it ended since
            self.meeting.wait()

    def _hear(self) -> None:
        partner = self._partner
        for priced, cuts in partner.learnt[self._heard :]:
            self.master.add_blocks(cuts)
            taught(self.master, priced)
        self._heard = len(partner.learnt)
        self._stop = partner.met is not None


def grown_at_once(
    master: Master,
    lanes: tuple[Pricing, Pricing],
    aim: Aim,
    settings: Settings,
    runner: Runner,
) -> list[Half]:
    """Two halves, grown; none where no hub column leaves maps below the level on both sides."""
    sides = _sides(master, aim.level, settings, runner)
    meeting = threading.Barrier(2)
    halves = [
        Half(master.copy(), lane, side, aim, runner, meeting)
        for lane, side in zip(lanes, sides, strict=False)
    ]
    if halves:
        one, two = halves
        runner.at_once([partial(one.grow, two), partial(two.grow, one)])
    return halves


def _sides(master: Master, level: float, settings: Settings, runner: Runner) -> list[Line]:
    """Rows that part the maps in two: by the column nearest to one half at the relaxation."""
    open_ = narrowed(master.capped(level))
    if open_ is None:
        return []
    lp = Watched(open_, settings, relaxed=True)
    found = runner.run(lp)
    if found.x is None:
        return []
    away = np.abs(found.x[: master.hubs] - 0.5)
    for column in np.argsort(away, kind="stable")[:TRIED]:
        one = np.array([column])
        if all(_least(lp, one, at, runner) < level for at in (0.0, 1.0)):
            unit = np.zeros(master.hubs)
            unit[column] = 1.0
            return [(-unit, 0.0), (unit, 1.0)]
        lp.free(one)
    return []


def _least(lp: Watched, column: Ints, at: float, runner: Runner) -> float:
    lp.fix(column, np.array([at]))
    return runner.run(lp).objective
