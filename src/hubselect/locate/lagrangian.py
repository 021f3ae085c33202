"""Lagrangian relaxation of Σ_i x_ij = 1: bounds, penalties and sites worth opening.

With a price u_j for each client the problem falls apart into one score per site
(Cornuéjols, Fisher and Nemhauser 1977; for capacities Beasley 1988, 1993)::

    L(u) = Σ_j u_j + min_y Σ_i score_i(u) y_i
    score_i(u) = fixed_i + min_x Σ_j (cost_ij − u_j) x_j,  0 ≤ x ≤ 1,  Σ_j demand_j x_j ≤ capacity_i

Every L(u) is a proven bound. No L(u) is better than the LP of the strong formulation, but where
the number of sites, or all capacities together, round up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hubselect.instance import Bools, Floats
from hubselect.locate.case import Case


@dataclass(frozen=True, eq=False)
class Point:
    """L(u) at one u: the bound, the sites' scores, the share of each that the minimum opens, and
    the subgradient 1 − Σ_i x_ij of each client."""

    prices: Floats  # [clients]
    bound: float
    scores: Floats  # [sites]
    chosen: Floats  # [sites], 0–1
    surplus: Floats  # [clients]


def evaluate(case: Case, prices: Floats) -> Point:
    """L(u) = Σ_j u_j + min_y Σ_i score_i(u) y_i."""
    if case.capacity is None:
        reduced = case.cost - prices
        np.minimum(reduced, 0.0, out=reduced)
        scores = reduced.sum(axis=1) + case.fixed
        chosen = select(case, scores)
        served = np.count_nonzero(reduced[chosen > 0], axis=0)
    else:
        shares, gains = knapsacks(case, prices)
        scores = gains + case.fixed
        chosen = select(case, scores)
        served = chosen @ shares
    bound = float(prices.sum() + scores @ chosen)
    return Point(prices, bound, scores, chosen, 1.0 - served)


def knapsacks(case: Case, prices: Floats) -> tuple[Floats, Floats]:
    """min_x { Σ_j (cost_ij − u_j) x_j : Σ_j demand_j x_j ≤ capacity_i } of each site: x and value.

    Fractional, so solved by the order of (cost_ij − u_j) / demand_j (Dantzig 1957).
    """
    assert case.demand is not None and case.capacity is not None
    size = np.maximum(case.demand, 1e-12)
    ratio = (case.cost - prices) / size
    # only clients below 0 are taken: the others need no order
    width = min(max(int(np.count_nonzero(ratio < 0, axis=1).max()), 1), ratio.shape[1] - 1)
    order = np.argpartition(ratio, width, axis=1)[:, : width + 1]
    ordered = np.take_along_axis(ratio, order, axis=1)
    inner = np.argsort(ordered, axis=1)
    order = np.take_along_axis(order, inner, axis=1)
    ordered = np.take_along_axis(ordered, inner, axis=1)
    sizes = size[order]
    taken = np.clip(case.capacity[:, None] - (np.cumsum(sizes, axis=1) - sizes), 0.0, sizes)
    taken[ordered >= 0.0] = 0.0
    shares = np.zeros_like(ratio)
    np.put_along_axis(shares, order, taken / sizes, axis=1)
    return shares, (ordered * taken).sum(axis=1)


def select(case: Case, scores: Floats) -> Floats:
    """y with the least Σ_i score_i y_i within the number of sites, or their capacity."""
    by_number = select_number(case, scores)
    if case.capacity is None:
        return by_number
    by_capacity = select_capacity(case, scores)
    return by_capacity if by_capacity @ scores > by_number @ scores else by_number


def select_number(case: Case, scores: Floats) -> Floats:
    """y ∈ {0, 1} with the least Σ_i score_i y_i and at_least ≤ Σ_i y_i ≤ at_most."""
    chosen = case.required.astype(float)
    free = np.flatnonzero(case.free)
    inside = free[np.argsort(scores[free], kind="stable")]
    already = len(scores) - len(free)
    wanted = int((scores[free] < 0).sum())
    count = min(max(wanted, case.at_least - already), case.at_most - already)
    chosen[inside[: max(count, 0)]] = 1.0
    return chosen


def select_capacity(case: Case, scores: Floats) -> Floats:
    """y ∈ [0, 1] with the least Σ_i score_i y_i and Σ_i capacity_i y_i ≥ Σ_j demand_j."""
    assert case.demand is not None and case.capacity is not None
    chosen = np.where(case.required | (scores < 0), 1.0, 0.0)
    missing = float(case.demand.sum() - case.capacity @ chosen)
    if missing <= 0:
        return chosen
    rest = np.flatnonzero(chosen == 0)
    size = np.maximum(case.capacity[rest], 1e-12)
    order = np.argsort(scores[rest] / size)
    sizes = size[order]
    chosen[rest[order]] = np.clip((missing - (np.cumsum(sizes) - sizes)) / sizes, 0.0, 1.0)
    return chosen


def what_if(case: Case, point: Point) -> tuple[Floats, Floats]:
    """L(u) with each site opened, and with each closed: the penalties of Beasley (1993)."""
    opened, closed = _what_if_number(case, point)
    if case.capacity is None:
        return opened, closed
    by_capacity = _what_if_capacity(case, point)
    return np.maximum(opened, by_capacity[0]), np.maximum(closed, by_capacity[1])


def _what_if_number(case: Case, point: Point) -> tuple[Floats, Floats]:
    scores = point.scores
    inside = select_number(case, scores) > 0
    base = float(point.prices.sum() + scores[inside].sum())
    movable = scores[inside & case.free]
    worst = float(movable.max()) if movable.size else -np.inf
    best = float(scores[~inside].min()) if (~inside).any() else np.inf
    count = int(inside.sum())
    out = worst if count >= case.at_most else max(0.0, worst) if count <= case.at_least else 0.0
    into = best if count <= case.at_least else min(0.0, best)
    opening = np.where(inside, 0.0, scores - out)
    closing = np.where(inside, into - scores, 0.0)
    return base + np.maximum(opening, 0.0), base + np.maximum(closing, 0.0)


def _what_if_capacity(case: Case, point: Point) -> tuple[Floats, Floats]:
    """The capacity row at its price: that of the last site that is needed."""
    assert case.demand is not None and case.capacity is not None
    needed = (select_capacity(case, point.scores) > 0) & case.free
    size = np.maximum(case.capacity, 1e-12)
    price = float(np.max(point.scores[needed] / size[needed], initial=0.0))
    scores = point.scores - price * size
    inside = case.required | (scores < 0)
    base = float(point.prices.sum() + price * case.demand.sum() + scores[inside].sum())
    opened = base + np.where(case.required, 0.0, np.maximum(scores, 0.0))
    return opened, base + np.maximum(-scores, 0.0)


def decided(case: Case, point: Point, cutoff: float) -> tuple[Bools, Bools]:
    """Free sites that every plan cheaper than `cutoff` opens, and those that it closes."""
    if_opened, if_closed = what_if(case, point)
    return case.free & (if_closed >= cutoff), case.free & (if_opened >= cutoff)


@dataclass(frozen=True, eq=False)
class Ascent:
    """Where an ascent ended: its best point, and the average share of each site (the primal of the
    volume algorithm, near the LP's)."""

    best: Point
    average: Floats  # [sites]


def ascend(
    case: Case,
    prices: Floats,
    target: Callable[[], float],
    seen: Callable[[Point, bool], bool],
    rounds: int,
    *,
    scale: float = 1.0,
    patience: int = 5,
    newest: float = 0.5,
) -> Ascent:
    """Raise L(u) from `prices`: the volume algorithm of Barahona and Anbil (2000).

    Args:
        target: cost of the best plan, towards which steps are made.
        seen: told each point and whether it is the best; True stops.
        rounds: most evaluations.
        newest: most weight of the newest subgradient in the direction. Large is faster from far
            away, small is better near the top.
    """
    best = evaluate(case, prices)
    direction, average = best.surplus, best.chosen
    failures = 0
    for _ in range(rounds):
        if seen(best, failures == 0):
            break
        norm = float(direction @ direction)
        distance = min(target(), best.bound + 0.1 * abs(best.bound) + 1e-9) - best.bound
        if norm < 1e-12 or scale < 1e-4 or distance <= 0:
            break
        point = evaluate(case, best.prices + scale * distance / norm * direction)
        agreement = float(direction @ point.surplus)
        weight = _weight(direction, point.surplus, newest)
        direction = direction + weight * (point.surplus - direction)
        average = average + min(weight, 0.1) * (point.chosen - average)
        if point.bound > best.bound:
            best, failures = point, 0
            scale = min(scale * 1.1, 2.0) if agreement > 0 else scale
        else:
            failures += 1
            if failures % patience == 0:
                scale *= 0.66
    return Ascent(best, average)


def _weight(average: Floats, new: Floats, most: float) -> float:
    """Weight of the new subgradient that makes the average shortest, within [most/10, most]."""
    difference = new - average
    norm = float(difference @ difference)
    weight = -float(average @ difference) / norm if norm > 0 else most
    return min(max(weight, most / 10), most)
