"""The root of every search: ascend, try plans on the way, leave out what no better one has."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hubselect.instance import Bools, Floats
from hubselect.locate.case import Case
from hubselect.locate.lagrangian import Point, ascend, decided
from hubselect.locate.search import Search

ROUNDS = (500, 200, 200)  # evaluations before each reduction
Try = Callable[[Case, Bools], None]


@dataclass(frozen=True, eq=False)
class Root:
    """What the root leaves: a smaller case, its best point, and the average share of each site."""

    case: Case
    best: Point
    average: Floats


def first_prices(case: Case) -> Floats:
    """The middle of each client's two cheapest sites: near the prices of a good dual."""
    cheapest = np.partition(case.cost, min(1, len(case.cost) - 1), axis=0)[:2]
    middle: Floats = cheapest.mean(axis=0)
    return middle


def tighten(case: Case, search: Search, attempt: Try) -> Root:
    """Bound, plans and reductions at the root, until a reduction decides little."""
    prices, scale = first_prices(case), 1.0
    for rounds in ROUNDS:
        ascent = ascend(
            case, prices, lambda: search.value, _watch(case, search, attempt), rounds, scale=scale
        )
        attempt(case, ascent.best.chosen > 0)
        opened, closed = decided(case, ascent.best, search.cutoff)
        before = len(case.fixed)
        if (opened & closed).any():  # neither way leads to a better plan
            search.raise_bound(search.cutoff)
        if search.over:
            return Root(case, ascent.best, ascent.average)
        case = case.decide(opened, closed)
        root = Root(case, _kept(ascent.best, closed), ascent.average[~closed])
        if len(case.fixed) > 0.9 * before:
            return root
        prices, scale = ascent.best.prices, 0.3
    return root


def _watch(case: Case, search: Search, attempt: Try) -> Callable[[Point, bool], bool]:
    count = itertools.count()

    def seen(point: Point, is_best: bool) -> bool:
        search.raise_bound(point.bound)
        if is_best and next(count) % 10 == 5:
            attempt(case, point.chosen > 0)
        return search.over

    return seen


def _kept(point: Point, closed: Bools) -> Point:
    return Point(
        point.prices, point.bound, point.scores[~closed], point.chosen[~closed], point.surplus
    )
