"""Location without capacities: UFL, p-median and, as a p-median, maximal covering."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hubselect.instance import Bools
from hubselect.locate.branch import branch
from hubselect.locate.case import Case
from hubselect.locate.interchange import cost_of, greedy, interchange
from hubselect.locate.root import Root, Try, tighten
from hubselect.locate.search import Search

KICKS = 40  # local searches without a better plan before branching


def solve(case: Case, search: Search) -> None:
    """Fill `search` with the best plan and its bound."""

    def attempt(part: Case, opened: Bools) -> None:
        if part.at_least <= int(opened.sum()) <= part.at_most:
            search.offer(cost_of(part, opened), part, opened)

    start, _ = interchange(case, greedy(case), stop=lambda: search.over)
    attempt(case, start)
    root = tighten(case, search, attempt)
    kicks = Kicks(root, search, attempt)
    while kicks.failures < KICKS and not search.over:
        kicks.once()
    if not search.over:
        branch(root.case, search, root.best.prices, attempt, kicks.once)


@dataclass
class Kicks:
    """Local searches from plans drawn around the average of the ascent and around the best plan."""

    root: Root
    search: Search
    attempt: Try
    failures: int = 0  # since the last better plan
    _random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def once(self) -> None:
        """One local search."""
        search, case = self.search, self.root.case
        before = search.value
        best = case.required if search.plan is None else search.plan[case.index] | case.required
        # sites of the best plan may be none of those that a better one can use
        if self.failures % 2 or search.plan is None or not best.any():
            draw = _rounded(self.root, self._random)
        else:
            draw = _shaken(case, best, self._random)
        self.attempt(case, interchange(case, draw, stop=lambda: search.over)[0])
        self.failures = 0 if search.value < before else self.failures + 1


def _rounded(root: Root, random: np.random.Generator) -> Bools:
    """Sites drawn by their average shares, within the number allowed."""
    case = root.case
    average = np.where(case.required, 1.0, np.clip(root.average, 1e-3, 1.0))
    count = int(np.clip(round(float(average.sum())), max(case.at_least, 1), case.at_most))
    # the largest of u^(1/w): a sample weighted by w without replacement (Efraimidis, Spirakis 2006)
    keys = np.where(case.required, 2.0, random.random(len(average)) ** (1.0 / average))
    opened = np.zeros(len(average), dtype=bool)
    opened[np.argsort(-keys)[: max(count, int(case.required.sum()))]] = True
    return opened


def _shaken(case: Case, opened: Bools, random: np.random.Generator) -> Bools:
    """A plan with a tenth of its sites, at least two, moved."""
    opened = opened.copy()
    movable = np.flatnonzero(opened & ~case.required)
    outside = np.flatnonzero(~opened)
    count = min(max(2, len(movable) // 10), len(movable), len(outside))
    opened[random.choice(movable, count, replace=False)] = False
    opened[random.choice(outside, count, replace=False)] = True
    return opened
