"""Better plans without capacities: add, drop and swap sites while the cost falls.

The profit of all swaps at once, from the two nearest open sites of each client (Whitaker 1983)
by the decomposition of Resende and Werneck (2004)::

    profit(in, out) = gain(in) − loss(out) + extra(in, out)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hubselect.instance import Bools, Floats, Ints
from hubselect.locate.case import Case


@dataclass(frozen=True, eq=False)
class Nearest:
    """The cheapest and second cheapest open site of each client; `site` is a row of the case."""

    site: Ints  # [clients]
    cost: Floats  # [clients]
    second: Floats  # [clients]; of one open site alone, what is barred


def nearest(case: Case, opened: Bools) -> Nearest:
    """The two cheapest open sites of each client."""
    rows = np.flatnonzero(opened)
    cost = case.cost[rows]
    first = np.argmin(cost, axis=0)
    clients = np.arange(cost.shape[1])
    lowest = cost[first, clients]
    if len(rows) == 1:
        return Nearest(rows[first], lowest, np.full(len(clients), case.barred))
    cost[first, clients] = np.inf
    return Nearest(rows[first], lowest, cost.min(axis=0))


def cost_of(case: Case, opened: Bools) -> float:
    """Σ_i fixed_i y_i + Σ_j the cost of the cheapest open site."""
    return float(case.fixed[opened].sum() + case.cost[opened].min(axis=0).sum())


def gains(case: Case, now: Nearest, rows: Ints) -> Floats:
    """gain(i) = Σ_j max(0, nearest_j − cost_ij): what clients save if i is opened too."""
    saved = now.cost - case.cost[rows]
    np.maximum(saved, 0.0, out=saved)
    total: Floats = saved.sum(axis=1)
    return total


def losses(now: Nearest, sites: int) -> Floats:
    """loss(r) = Σ_{j of r} (second_j − nearest_j): what clients lose if r is closed."""
    return np.bincount(now.site, now.second - now.cost, sites).astype(float)


def extras(case: Case, now: Nearest, rows: Ints, open_rows: Ints) -> Floats:
    """extra(i, r) = Σ_{j of r} second_j − max(nearest_j, min(cost_ij, second_j)) [rows, open].

    What clients of r find at i instead of at their second nearest.
    """
    clients = np.argsort(now.site, kind="stable")
    first, second = now.cost[clients], now.second[clients]
    spared = case.cost[np.ix_(rows, clients)]
    np.clip(spared, first, second, out=spared)
    np.subtract(second, spared, out=spared)
    starts = np.searchsorted(now.site[clients], open_rows)
    used = np.append(np.diff(starts), len(clients) - starts[-1]) > 0
    extra = np.zeros((len(rows), len(open_rows)))
    extra[:, used] = np.add.reduceat(spared, starts[used], axis=1)
    return extra


def interchange(
    case: Case, opened: Bools, stop: Callable[[], bool] = lambda: False
) -> tuple[Bools, float]:
    """The plan after the best add, drop or swap again and again until none lowers the cost."""
    opened = opened.copy()
    value = cost_of(case, opened)
    while not stop():
        into, out, profit = best_move(case, opened)
        if profit <= 1e-9 * max(abs(value), 1e-9):
            break
        if into >= 0:
            opened[into] = True
        if out >= 0:
            opened[out] = False
        value -= profit
    return opened, cost_of(case, opened)


def best_move(case: Case, opened: Bools) -> tuple[int, int, float]:
    """Site to open and site to close (−1: none) of the move that saves most."""
    now = nearest(case, opened)
    outside = np.flatnonzero(~opened)
    inside = np.flatnonzero(opened)
    gain = gains(case, now, outside) - case.fixed[outside]
    loss = losses(now, len(opened))[inside] - case.fixed[inside]
    kept = case.required[inside]
    loss = np.where(kept, np.inf, loss)
    best = (-1, -1, 0.0)
    if len(inside) < case.at_most and outside.size:
        add = int(np.argmax(gain))
        best = max(best, (int(outside[add]), -1, float(gain[add])), key=lambda move: move[2])
    if len(inside) > max(case.at_least, 1):
        drop = int(np.argmin(loss))
        best = max(best, (-1, int(inside[drop]), float(-loss[drop])), key=lambda move: move[2])
    if outside.size and not kept.all():
        profit = gain[:, None] - loss + extras(case, now, outside, inside)
        i, r = np.unravel_index(int(np.argmax(profit)), profit.shape)
        swap = (int(outside[i]), int(inside[r]), float(profit[i, r]))
        best = max(best, swap, key=lambda move: move[2])
    return best


def greedy(case: Case) -> Bools:
    """A first plan: open the site that saves most, until none saves (Kuehn and Hamburger 1963)."""
    opened = case.required.copy()
    nearest_cost = (
        case.cost[opened].min(axis=0) if opened.any() else np.full(case.cost.shape[1], case.barred)
    )
    while opened.sum() < case.at_most:
        saved = np.maximum(nearest_cost - case.cost, 0.0).sum(axis=1) - case.fixed
        saved[opened] = -np.inf
        i = int(np.argmax(saved))
        if saved[i] <= 0 and opened.sum() >= max(case.at_least, 1):
            break
        opened[i] = True
        nearest_cost = np.minimum(nearest_cost, case.cost[i])
    return opened
