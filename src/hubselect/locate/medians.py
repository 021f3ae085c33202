"""Location without capacities: UFL, p-median and, as a p-median, maximal covering."""

from __future__ import annotations

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
    if not search.over:
        _kick(root, search, attempt)
    if not search.over:
        branch(root.case, search, root.best.prices, attempt)


def _kick(root: Root, search: Search, attempt: Try) -> None:
    """Local searches from plans drawn around the average of the ascent and around the best plan."""
    random = np.random.default_rng(0)
    case = root.case
    failures = 0
    while failures < KICKS and not search.over:
        before = search.value
        draw = _rounded(root, random) if failures % 2 else _shaken(case, search, random)
        attempt(case, interchange(case, draw, stop=lambda: search.over)[0])
        failures = 0 if search.value < before else failures + 1


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


def _shaken(case: Case, search: Search, random: np.random.Generator) -> Bools:
    """The best plan with a tenth of its sites, at least two, moved."""
    assert search.plan is not None
    opened = search.plan[case.index] | case.required
    movable = np.flatnonzero(opened & ~case.required)
    outside = np.flatnonzero(~opened)
    count = min(max(2, len(movable) // 10), len(movable), len(outside))
    opened[random.choice(movable, count, replace=False)] = False
    opened[random.choice(outside, count, replace=False)] = True
    return opened
