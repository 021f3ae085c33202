"""Branch and bound on sites with Lagrangian bounds (Beasley 1985), best bound first."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hubselect.instance import Bools, Floats
from hubselect.locate.case import Case
from hubselect.locate.lagrangian import Point, ascend, decided
from hubselect.locate.root import Try
from hubselect.locate.search import Search

ROUNDS = 60  # evaluations in a node


@dataclass(frozen=True, eq=False)
class Node:
    """A part of the problem: what is decided, where its ascent starts, and its bound."""

    opened: Bools  # [sites of the root case]
    closed: Bools
    prices: Floats  # [clients]
    bound: float


def branch(
    case: Case,
    search: Search,
    prices: Floats,
    attempt: Try,
    between: Callable[[], None] = lambda: None,
) -> None:
    """Search the whole case; the bound of `search` rises to the least of the open nodes.

    Args:
        prices: where the ascent of the first node starts.
        attempt: makes plans of the sites that a node's relaxation opens.
        between: called after every 20 nodes.
    """
    none = np.zeros(len(case.fixed), dtype=bool)
    order = itertools.count()
    heap = [(search.bound, next(order), Node(case.required, none, prices, search.bound))]
    while heap and not search.over:
        _, _, node = heapq.heappop(heap)
        search.nodes += 1
        if search.nodes % 20 == 0:
            between()
        for child in _expand(case, node, search, attempt):
            heapq.heappush(heap, (child.bound, next(order), child))
        least = heap[0][0] if heap else search.cutoff
        search.raise_bound(min(least, search.cutoff))
        if heap and least >= search.cutoff:
            break
    if not heap and not search.interrupted and search.left > 0:
        search.raise_bound(search.cutoff)


def _expand(root: Case, node: Node, search: Search, attempt: Try) -> list[Node]:
    """The children of a node: none if it cannot hold a better plan than the best."""
    case = root.decide(node.opened, node.closed)
    if case.hopeless:
        return []
    stays = np.flatnonzero(~node.closed)
    point, average = _bound(case, node, search, attempt)
    if point.bound >= search.cutoff:
        return []
    opened, closed = decided(case, point, search.cutoff)
    if (opened & closed).any():
        return []
    node_opened, node_closed = node.opened.copy(), node.closed.copy()
    node_opened[stays[opened]] = True
    node_closed[stays[closed]] = True
    free = case.free & ~opened & ~closed
    if not free.any() or int(node_opened.sum()) >= root.at_most:
        attempt(case, case.required | opened)
        if not free.any():
            return []
        free_all = np.zeros(len(root.fixed), dtype=bool)
        free_all[stays[free]] = True
        return [Node(node_opened, node_closed | free_all, point.prices, point.bound)]
    site = stays[_undecided(free, average)]
    children = []
    for into in (node_opened, node_closed):
        pair = [node_opened.copy(), node_closed.copy()]
        pair[0 if into is node_opened else 1][site] = True
        children.append(Node(pair[0], pair[1], point.prices, max(point.bound, node.bound)))
    return children


def _bound(case: Case, node: Node, search: Search, attempt: Try) -> tuple[Point, Floats]:
    count = itertools.count()

    def seen(point: Point, is_best: bool) -> bool:
        number = next(count)
        if is_best and number % 20 == 10:
            attempt(case, point.chosen > 0)
        return point.bound >= search.cutoff or (number % 10 == 9 and search.over)

    newest = 0.1 if case.capacity is None else 0.5  # measured: knapsacks move farther
    ascent = ascend(
        case, node.prices, lambda: search.value, seen, ROUNDS, scale=0.5, patience=3, newest=newest
    )
    attempt(case, ascent.best.chosen > 0)
    return ascent.best, ascent.average


def _undecided(free: Bools, average: Floats) -> int:
    """The free site whose share is farthest from decided."""
    return int(np.argmax(np.where(free, np.minimum(average, 1.0 - average) + 1e-6 * average, -1.0)))
