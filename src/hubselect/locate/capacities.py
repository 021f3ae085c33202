"""Capacitated location with split demand: Lagrangian bounds, flows by a live LP, swaps."""

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

    def attempt(part: Case, opened: Bools) -> None:
        offer(flows.of(part, opened), flows, search)

    attempt(case, np.ones(len(case.fixed), dtype=bool))
    if search.plan is None:
        return
    root = tighten(case, search, attempt)
    if not search.over:
        swaps(flows, search)
    if not search.over:
        branch(root.case, search, root.best.prices, attempt)


@dataclass(frozen=True, eq=False)
class Priced:
    """Open sites [rows of the case] and their flow."""

    opened: Bools
    flow: Flow


@dataclass
class Flows:
    """Flows of sets of open sites, none priced twice. The live LP grows by the sites asked for."""

    case: Case
    search: Search
    best: Priced | None = None
    _seen: set[bytes] = field(default_factory=set)
    _live: Transport | None = None
    _inside: Bools | None = None  # [sites], those of the live LP

    def of(self, part: Case, rows: Bools) -> Priced | None:
        """The flow from these rows of a part of the case; None if seen before or impossible."""
        opened = np.zeros(len(self.case.fixed), dtype=bool)
        opened[np.searchsorted(self.case.index, part.index[rows])] = True
        key = np.packbits(opened).tobytes()
        if key in self._seen:
            return None
        self._seen.add(key)
        flow = self._serve(opened)
        return None if flow is None else Priced(opened, flow)

    def _serve(self, opened: Bools) -> Flow | None:
        if self._inside is None or (opened & ~self._inside).any():
            self._inside = opened if self._inside is None else opened | self._inside
            self._live = Transport(self.case.decide(np.zeros_like(opened), ~self._inside))
        assert self._live is not None
        flow = self._live.serve(opened[self._inside], self.search.left)
        if flow is None:
            return None
        shares, rents = np.zeros_like(self.case.cost), np.zeros(len(opened))
        shares[self._inside], rents[self._inside] = flow.shares, flow.rents
        return Flow(flow.value, shares, flow.prices, rents)


def offer(priced: Priced | None, flows: Flows, search: Search) -> bool:
    """Offer a flow, without the open sites that serve nobody; whether it is the best."""
    if priced is None:
        return False
    case, shares = flows.case, priced.flow.shares
    used = priced.opened & ((shares.sum(axis=1) > 1e-9) | case.required)
    value = float(case.fixed[used].sum() + (shares * case.cost).sum())
    better = search.offer(value, case, used, shares)
    if better:
        flows.best = Priced(used, priced.flow)
    return better


def swaps(flows: Flows, search: Search) -> list[Priced]:
    """Add, drop or swap the sites that the prices of the best flow favour, while the cost falls.

    Returns the plans on the way, the last the best.
    """
    way: list[Priced] = []
    improved = flows.best is not None
    while improved and not search.over:
        assert flows.best is not None
        improved = False
        for into, out in _favoured(flows.case, flows.best):
            trial = flows.best.opened.copy()
            trial[into[into >= 0]] = True
            trial[out[out >= 0]] = False
            improved = offer(flows.of(flows.case, trial), flows, search)
            if improved or search.over:
                break
        if improved:
            way.append(flows.best)
    return way


def _favoured(case: Case, best: Priced) -> list[tuple[Ints, Ints]]:
    """Moves by the saving that the prices promise, best first. No saving is above its promise.

    Opening k saves at most −min_x Σ_j (cost_kj − u_j) x_j − fixed_k; closing r costs at least what
    its clients pay more at the prices of the others.
    """
    flow, opened = best.flow, best.opened
    outside, inside = np.flatnonzero(~opened), np.flatnonzero(opened & ~case.required)
    gain = np.append(-knapsacks(case, flow.prices)[1][outside] - case.fixed[outside], 0.0)
    loss = np.append(_loss(case, flow, opened)[inside] - case.fixed[inside], 0.0)
    promise = gain[:, None] - loss
    into, out = np.append(outside, -1), np.append(inside, -1)
    first = np.argsort(-promise, axis=None)[: 4 * TRIED]
    moves: list[tuple[Ints, Ints]] = []
    for k, r in zip(*np.unravel_index(first, promise.shape), strict=True):
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
