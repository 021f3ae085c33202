"""Capacitated location with one site a client (single source).

The bounds are those of split demand (Holmberg, Rönnqvist and Yuan 1999 strengthen them); plans
come from flows whose split clients a small assignment problem settles; HiGHS proves what is left.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hubselect.instance import Bools
from hubselect.locate import capacities
from hubselect.locate.capacities import Flows, Priced
from hubselect.locate.case import Case
from hubselect.locate.exact import Found, finish
from hubselect.locate.lagrangian import Point, decided, evaluate, what_if
from hubselect.locate.root import Root, tighten
from hubselect.locate.search import Search

NEAR = (4, 100_000)  # sites a client may choose from in an assignment, tried in turn
PATIENCE = 2.0  # seconds for one assignment problem


def solve(case: Case, search: Search) -> None:
    """Fill `search` with the best plan, its assignment as shares, and its bound."""
    split = Search(search.sites, search.gap, search.seconds)
    if search.listener is not None:
        told = search.listener  # plans with split clients are not told: they are none
        split.listener = lambda progress: told(replace(progress, incumbent=None))
    flows = Flows(case, split)
    good: list[Priced] = []

    def attempt(part: Case, opened: Bools) -> None:
        priced = flows.of(part, opened)
        if capacities.offer(priced, flows, split) and flows.best is not None:
            good.append(flows.best)

    root = None
    try:
        attempt(case, np.ones(len(case.fixed), dtype=bool))
        root = tighten(case, split, attempt)
        good.extend(capacities.swaps(flows, split))
    except KeyboardInterrupt:
        search.interrupted = True
    search.raise_bound(split.bound)
    for priced in good[::-1]:
        # a first plan is worth the wait, even after the limit
        if priced.flow.value >= search.cutoff or (search.plan is not None and search.over):
            break
        offer(case, assign(case, priced, search), search)
    if root is not None and not search.over:
        _prove(case, root, search)


def _prove(case: Case, root: Root, search: Search) -> None:
    """HiGHS on the sites and pairs that a cheaper plan can use."""
    # what the split search removed or forced open was judged by split plans, which cost less
    part, point = case, evaluate(case, root.best.prices)
    opened, closed = decided(part, point, search.cutoff)
    cells = useful(part, point, search.cutoff)[~closed]
    part = part.decide(opened, closed)
    found = finish(part, cells, search, whole=True, start=_start(part, search))
    offer(part, found, search)


def _start(part: Case, search: Search) -> Found | None:
    """The best plan on the sites of a part, if it opens no other."""
    if search.plan is None or search.shares is None:
        return None
    opened = search.plan[part.index]
    return Found(opened, search.shares[part.index]) if opened.sum() == search.plan.sum() else None


def useful(case: Case, point: Point, cutoff: float) -> Bools:
    """Pairs that a plan cheaper than `cutoff` can use, by the reduced costs of the knapsacks.

    x_ij = 1 raises L(u) by at least cost_ij − u_j − ratio_i demand_j, with ratio_i that of the last
    client that fits (the dual of the knapsack), besides opening i.
    """
    assert case.demand is not None and case.capacity is not None
    reduced = case.cost - point.prices
    size = np.maximum(case.demand, 1e-12)
    ratio = reduced / size
    order = np.argsort(ratio, axis=1)
    filled = np.cumsum(size[order], axis=1) >= case.capacity[:, None]
    # where everything fits the row's dual is 0
    full = filled.any(axis=1, keepdims=True)
    last = filled.argmax(axis=1)[:, None]
    critical = np.take_along_axis(np.take_along_axis(ratio, order, 1), last, 1)
    critical = np.where(full, np.minimum(critical, 0.0), 0.0)
    opened, _ = what_if(case, point)
    least = opened[:, None] + np.maximum(reduced - critical * size, 0.0)
    return (case.cost < case.barred) & (least < cutoff)


def assign(case: Case, priced: Priced, search: Search) -> Found | None:
    """One site a client: an assignment problem on the cells that the flow's prices favour."""
    assert case.demand is not None
    opened = priced.opened
    part = case.decide(opened, ~opened)
    cost = part.cost + priced.flow.rents[opened][:, None] * case.demand
    rank = np.argsort(np.argsort(cost, axis=0), axis=0)
    for near in NEAR:
        cells = np.asarray((rank < near) & (part.cost < case.barred))
        inner = Search(len(opened), gap=1e-4, seconds=PATIENCE)
        found = finish(part, cells, inner, whole=True)
        search.interrupted |= inner.interrupted
        if found is not None:
            shares = np.zeros_like(case.cost)
            shares[opened] = found.shares
            return Found(opened, shares)
        if near >= opened.sum():
            return None
    return None


def offer(case: Case, found: Found | None, search: Search) -> None:
    """Offer a plan with every client at one site, without the open sites that serve nobody."""
    if found is None:
        return
    chosen = found.shares.argmax(axis=0)
    shares = np.zeros_like(found.shares)
    shares[chosen, np.arange(len(chosen))] = 1.0
    assert case.demand is not None and case.capacity is not None
    if (shares @ case.demand > case.capacity * (1 + 1e-9)).any():
        return
    used = (shares.sum(axis=1) > 0) | case.required
    value = float(case.fixed[used].sum() + (shares * case.cost).sum())
    search.offer(value, case, used, shares)
