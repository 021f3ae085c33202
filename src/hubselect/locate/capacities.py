"""Capacitated location with split demand: Lagrangian bounds, flows by a live LP, dual-priced swaps."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hubselect.instance import Bools, Floats, Ints
from hubselect.locate.branch import branch
from hubselect.locate.case import Case
from hubselect.locate.lagrangian import knapsacks
from hubselect.locate.root import tighten
from hubselect.locate.search import Search
from hubselect.locate.transport import Flow, Transport

TRIED = 10  # swaps priced by an LP in each round of the local search


def solve(case: Case, search: Search) -> None:
    """Fill `search` with the best plan, its shares, and its bound."""
    flows = Flows(case, search)
    flows.attempt(case, np.ones(len(case.fixed), dtype=bool))
    if search.plan is None:
        return
    root = tighten(case, search, flows.attempt)
    if not search.over:
        swaps(case, flows, search)
    if not search.over:
        branch(root.case, search, root.best.prices, flows.attempt)


@dataclass
class Flows:
    """Flows of sets of open sites, none priced twice. The live LP grows by the sites asked for."""

    case: Case
    search: Search
    seen: set[bytes] = field(default_factory=set)
    live: Transport | None = None
    best: Flow | None = None

    def attempt(self, part: Case, opened: Bools) -> None:
        """Offer the flow from these rows of a part of the case."""
        whole = np.zeros(len(self.case.fixed), dtype=bool)
        whole[np.searchsorted(self.case.index, part.index[opened])] = True
        self.price(whole)

    def price(self, opened: Bools) -> bool:
        """Offer the flow from these sites of the case; whether it is the best."""
        key = np.packbits(opened).tobytes()
        if key in self.seen or not self.case.at_least <= opened.sum() <= self.case.at_most:
            return False
        self.seen.add(key)
        flow = self._serve(opened)
        if flow is None:
            return False
        used = opened & ((flow.shares.sum(axis=1) > 1e-9) | self.case.required)
        return self._offer(flow, opened if used.sum() < self.case.at_least else used)

    def _serve(self, opened: Bools) -> Flow | None:
        live = self.live
        sites = opened if live is None else opened | np.isin(self.case.index, live.case.index)
        if live is None or sites.sum() > len(live.case.index):
            part = self.case.decide(np.zeros_like(opened), ~sites)
            self.live = live = Transport(part)
        flow = live.serve(opened[np.isin(self.case.index, live.case.index)], self.search.left)
        if flow is None:
            return None
        shares = np.zeros_like(self.case.cost)
        rents = np.zeros(len(opened))
        inside = np.isin(self.case.index, live.case.index)
        shares[inside], rents[inside] = flow.shares, flow.rents
        return Flow(flow.value, shares, flow.prices, rents)

    def _offer(self, flow: Flow, opened: Bools) -> bool:
        value = float(self.case.fixed[opened].sum() + (flow.shares * self.case.cost).sum())
        plan = np.zeros(int(self.case.index.max()) + 1, dtype=bool)
        plan[self.case.index[opened]] = True
        better = self.search.offer(value, plan, flow.shares)
        if better:
            self.best = flow
        return better


def swaps(case: Case, flows: Flows, search: Search) -> None:
    """Add, drop or swap the sites that the prices of the best flow favour, while the cost falls."""
    improved = True
    while improved and not search.over:
        assert search.plan is not None and flows.best is not None
        opened = search.plan[case.index]
        improved = False
        for into, out in _favoured(case, flows.best, opened):
            trial = opened.copy()
            trial[[k for k in into if k >= 0]] = True
            trial[[k for k in out if k >= 0]] = False
            improved = flows.price(trial)
            if improved or search.over:
                break


def _favoured(case: Case, flow: Flow, opened: Bools) -> list[tuple[Ints, Ints]]:
    """Moves by the saving that the prices promise, best first. No saving is above its promise.

    Opening k saves at most −min_x Σ_j (cost_kj − u_j) x_j − fixed_k; closing r costs at least what
    its clients pay more at the prices of the others.
    """
    outside, inside = np.flatnonzero(~opened), np.flatnonzero(opened & ~case.required)
    gain = np.append(-knapsacks(case, flow.prices)[1][outside] - case.fixed[outside], 0.0)
    loss = np.append(_loss(case, flow, opened)[inside] - case.fixed[inside], 0.0)
    promise = gain[:, None] - loss
    into, out = np.append(outside, -1), np.append(inside, -1)
    best = np.argsort(-promise, axis=None)[: 4 * TRIED]
    moves = []
    for k, r in zip(*np.unravel_index(best, promise.shape), strict=True):
        if promise[k, r] > 1e-9 * flow.value and len(moves) < TRIED:
            moves.append((into[[k]], out[[r]]))
    return moves


def _loss(case: Case, flow: Flow, opened: Bools) -> Floats:
    assert case.demand is not None
    rows = np.flatnonzero(opened)
    priced = case.cost[rows] + flow.rents[rows][:, None] * case.demand
    order = np.sort(priced, axis=0)
    second = order[1] if len(rows) > 1 else np.full(priced.shape[1], case.barred)
    loss = np.zeros(len(opened))
    loss[rows] = (flow.shares[rows] * np.maximum(second - order[0], 0.0)).sum(axis=1)
    return loss
