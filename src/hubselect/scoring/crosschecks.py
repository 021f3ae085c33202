"""Cross-checks: other ways to rank. They never feed the planning model.

Values are (units, leaves), finite; weights (leaves,) are scaled to sum to one; directions are +1 or
−1. Sources: Hwang & Yoon (1981) TOPSIS; Opricovic & Tzeng (2004) VIKOR; Brans & Vincke (1985)
PROMETHEE II; Borda (1781); Copeland (1951).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hubselect.scoring.inputs import direction_vector, finite_matrix, refuse, weight_vector
from hubselect.scoring.normalisation import min_max

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from hubselect.scoring.result import Scores

    Array = NDArray[np.float64]

Ballots = Sequence[tuple[float, Sequence[str]]]


def topsis(
    values: ArrayLike,
    weights: ArrayLike,
    directions: ArrayLike | None = None,
    *,
    normalisation: str = "vector",
) -> Array:
    """Closeness to the best of all leaves against the worst, in [0, 1], higher is better (units,).

    `normalisation`: vector (x / √Σx²), min_max, or none (already on one scale). Where all units are
    equal every one gets 0.5. Vector normalisation reverses ranks when units come and go.
    """
    x, w, d = _case(values, weights, directions)
    if normalisation == "vector":
        length = np.sqrt((x**2).sum(axis=0))
        scaled = x / np.where(length > 0, length, 1.0)
    elif normalisation in ("min_max", "none"):
        scaled = min_max(x, d) if normalisation == "min_max" else x
        d = np.ones_like(d) if normalisation == "min_max" else d
    else:
        raise refuse("normalisation", f"'{normalisation}'", "vector, min_max or none")
    weighted = scaled * w * d
    to_best = np.sqrt(((weighted.max(axis=0) - weighted) ** 2).sum(axis=1))
    to_worst = np.sqrt(((weighted - weighted.min(axis=0)) ** 2).sum(axis=1))
    total = to_best + to_worst
    return np.where(total > 0, to_worst / np.where(total > 0, total, 1.0), 0.5)


@dataclass(frozen=True, eq=False)
class Vikor:
    """VIKOR's group utility S, individual regret R and compromise Q, lower is better (units,).

    `compromise`: positions of the units that the method will not tell apart from the first.
    """

    utility: Array
    regret: Array
    compromise_value: Array
    compromise: tuple[int, ...]


def vikor(
    values: ArrayLike,
    weights: ArrayLike,
    directions: ArrayLike | None = None,
    *,
    majority: float = 0.5,
) -> Vikor:
    """Compromise between the group's utility and the worst regret.

    A constant leaf gives nobody regret; where S or R is equal for all, its part of Q is zero.
    """
    if not 0 <= majority <= 1:
        raise refuse("majority", f"{majority}", "between 0 and 1")
    x, w, d = _case(values, weights, directions)
    flat = np.ptp(x, axis=0) == 0
    gap = np.where(flat, 0.0, 1.0 - min_max(x, d)) * w
    s, r = gap.sum(axis=1), gap.max(axis=1)
    q = majority * _unit(s) + (1.0 - majority) * _unit(r)
    return Vikor(s, r, q, _compromise(s, r, q))


def _unit(x: Array) -> Array:
    spread = float(np.ptp(x))
    return (x - x.min()) / spread if spread > 0 else np.zeros_like(x)


def _compromise(s: Array, r: Array, q: Array) -> tuple[int, ...]:
    """Opricovic & Tzeng's acceptable advantage (1/(n−1)) and acceptable stability."""
    order = np.lexsort((np.arange(len(q)), q))
    if len(q) == 1:
        return (0,)
    first, second = int(order[0]), int(order[1])
    step = 1.0 / (len(q) - 1)
    stable = s[first] <= s.min() + 1e-12 or r[first] <= r.min() + 1e-12
    if q[second] - q[first] < step - 1e-12:
        return tuple(int(i) for i in order if q[i] - q[first] < step - 1e-12)
    return (first,) if stable else (first, second)


def promethee_ii(
    values: ArrayLike,
    weights: ArrayLike,
    directions: ArrayLike | None = None,
    *,
    preference: str = "usual",
    threshold: ArrayLike | None = None,
) -> Array:
    """Net flow in [−1, 1], higher is better (units,).

    `preference`: usual (any difference counts in full) or linear (in proportion up to `threshold`,
    a positive number a leaf). One unit has a flow of zero.
    """
    x, w, d = _case(values, weights, directions)
    if len(x) == 1:
        return np.zeros(1)
    if preference == "usual":
        reach = None
    elif preference == "linear" and threshold is not None:
        reach = np.asarray(threshold, dtype=np.float64)
        if reach.shape != (x.shape[1],) or np.any(~(reach > 0)):
            raise refuse("threshold", "is not positive", "a positive difference a leaf")
    else:
        raise refuse("preference", f"'{preference}'", "usual, or linear with a threshold")
    index = np.zeros((len(x), len(x)))
    for j, ahead in enumerate(_duels(x, d)):
        degree = ahead > 0 if reach is None else np.clip(ahead / reach[j], 0.0, 1.0)
        index += w[j] * degree
    return np.asarray((index.sum(axis=1) - index.sum(axis=0)) / (len(x) - 1), dtype=np.float64)


def borda(ballots: Ballots) -> dict[str, float]:
    """Points of every unit: n − 1 for a first place down to 0, times the voters of each ballot."""
    names = _candidates(ballots)
    points = dict.fromkeys(names, 0.0)
    for voters, order in ballots:
        for place, name in enumerate(order):
            points[name] += voters * (len(names) - 1 - place)
    return points


def copeland(ballots: Ballots) -> dict[str, int]:
    """Majority duels won minus lost by every unit."""
    names = _candidates(ballots)
    margin = np.zeros((len(names), len(names)))
    at = {name: i for i, name in enumerate(names)}
    for voters, order in ballots:
        for place, name in enumerate(order):
            for other in order[place + 1 :]:
                margin[at[name], at[other]] += voters
                margin[at[other], at[name]] -= voters
    net = np.sign(margin).sum(axis=1)
    return {name: int(net[at[name]]) for name in names}


def _candidates(ballots: Ballots) -> list[str]:
    if not ballots:
        raise refuse("ballots", "there are none", "at least one")
    names = list(ballots[0][1])
    for voters, order in ballots:
        if sorted(order) != sorted(names) or len(set(order)) != len(order):
            raise refuse("ballots", f"{', '.join(order)}", f"each of {', '.join(names)} once")
        if not (np.isfinite(voters) and voters >= 0):
            raise refuse("ballots", f"{voters} voters", "zero or more")
    return names


def leaf_borda(values: ArrayLike, weights: ArrayLike, directions: ArrayLike | None = None) -> Array:
    """Borda with leaves as voters: Σ w × (units beaten + half of those tied). Shape (units,)."""
    x, w, d = _case(values, weights, directions)
    points = np.zeros(len(x))
    for weight, ahead in zip(w, _duels(x, d), strict=True):
        points += weight * ((ahead > 0) + 0.5 * (ahead == 0)).sum(axis=1)
    return points - 0.5


def leaf_copeland(
    values: ArrayLike, weights: ArrayLike, directions: ArrayLike | None = None
) -> Array:
    """Copeland with leaves as voters: weighted majority duels won minus lost. Shape (units,)."""
    x, w, d = _case(values, weights, directions)
    margin = np.zeros((len(x), len(x)))
    for weight, ahead in zip(w, _duels(x, d), strict=True):
        margin += weight * np.sign(ahead)
    margin[np.abs(margin) < 1e-12] = 0.0
    return np.asarray(np.sign(margin).sum(axis=1), dtype=np.float64)


def dominance(values: ArrayLike, directions: ArrayLike | None = None) -> NDArray[np.bool_]:
    """[a, b] true where a is at least as good as b on every leaf and better on one."""
    x = finite_matrix(values, "values")
    no_worse = np.ones((len(x), len(x)), dtype=bool)
    better = np.zeros((len(x), len(x)), dtype=bool)
    for ahead in _duels(x, direction_vector(directions, x.shape[1])):
        no_worse &= ahead >= 0
        better |= ahead > 0
    return np.asarray(no_worse & better, dtype=bool)


def non_dominated(values: ArrayLike, directions: ArrayLike | None = None) -> NDArray[np.bool_]:
    """True for the units that no other dominates. Shape (units,)."""
    return np.asarray(~dominance(values, directions).any(axis=0), dtype=bool)


def cross_checks(scores: Scores) -> pd.DataFrame:
    """Ranks of the units by the index and by every cross-check, on the normalised leaves.

    Columns: index, topsis, vikor, promethee_ii, borda, copeland (ranks, 1 best), non_dominated.
    """
    import pandas as pd

    from hubselect.scoring.ranking import competition_ranks

    x = scores.prepared.scores
    w = np.array(list(scores.criteria.weights().values()))
    better: Mapping[str, Array] = {
        "topsis": topsis(x, w, normalisation="none"),
        "vikor": -vikor(x, w).compromise_value,
        "promethee_ii": promethee_ii(x, w),
        "borda": leaf_borda(x, w),
        "copeland": leaf_copeland(x, w),
    }
    frame = pd.DataFrame({"index": scores.rank})
    for name, values in better.items():
        frame[name] = competition_ranks(values)
    frame["non_dominated"] = non_dominated(x[:, w > 0])
    return frame


def _case(
    values: ArrayLike, weights: ArrayLike, directions: ArrayLike | None
) -> tuple[Array, Array, Array]:
    x = finite_matrix(values, "values")
    return x, weight_vector(weights, x.shape[1]), direction_vector(directions, x.shape[1])


def _duels(x: Array, directions: Array) -> Iterator[Array]:
    """Leaf by leaf, how far each unit is ahead of each other. (units, units) each."""
    for j, direction in enumerate(directions):
        yield (x[:, j, None] - x[None, :, j]) * direction
