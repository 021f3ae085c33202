"""Aggregation: power means, node by node, and the decomposition that sums to the score.

Scores are on the unit scale here; `Scores` shows them times 100. Sources: OECD/JRC Handbook (2008),
section 1.6 and step 7; UNDP technical note 1 (geometric mean across dimensions).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hubselect.scoring.inputs import finite_matrix, refuse, weight_vector
from hubselect.scoring.tree import Leaf, Node

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

_ROWS = 1024


def power_mean(values: ArrayLike, weights: ArrayLike, power: float = 1.0) -> Array:
    """Weighted power mean (Σ w·xᵖ)^(1/p) of each row; exp(Σ w·ln x) at p = 0.

    `values` (units, leaves), `weights` (leaves,), scaled to sum to one. Returns (units,). At
    p ≤ 0 a zero with a positive weight makes the mean zero. Negative values are refused unless
    p = 1.
    """
    x = finite_matrix(values, "values")
    w = weight_vector(weights, x.shape[1])
    return _combined([x.T[i] for i in range(len(w))], w, power)


def arithmetic_mean(values: ArrayLike, weights: ArrayLike) -> Array:
    """Σ w·x of each row: full compensation."""
    return power_mean(values, weights, 1.0)


def geometric_mean(values: ArrayLike, weights: ArrayLike) -> Array:
    """Π xʷ of each row: a weak leaf is not bought back. Zero where a weighted leaf is zero."""
    return power_mean(values, weights, 0.0)


def weighted_sum(
    values: Array, weights: Array, low: Array, high: Array, directions: Array | None = None
) -> Array:
    """Σ w·goalposts(x) for very long tables, in one pass through memory. Shape (units,).

    No check of the input: NaN comes out as NaN, infinities are truncated at the goalposts. A
    column-major table (what a DataFrame holds) is read in place.
    """
    slope = weights / (high - low) if directions is None else weights * directions / (high - low)
    shift = slope @ low if directions is None else slope @ np.where(directions > 0, low, high)
    rowwise = not values.flags.f_contiguous
    source = values if rowwise else values.T
    out = np.empty(len(values))
    axis = (_ROWS, 1) if rowwise else (1, _ROWS)
    lows = np.tile(low if rowwise else low[:, None], axis)
    highs = np.tile(high if rowwise else high[:, None], axis)
    buffer = np.empty_like(lows)
    for start in range(0, len(values), _ROWS):
        stop = min(start + _ROWS, len(values))
        at = np.s_[: stop - start] if rowwise else np.s_[:, : stop - start]
        block = source[start:stop] if rowwise else source[:, start:stop]
        inner = np.maximum(block, lows[at], out=buffer[at])
        np.minimum(inner, highs[at], out=inner)
        if rowwise:
            np.dot(inner, slope, out=out[start:stop])
        else:
            np.dot(slope, inner, out=out[start:stop])
    out -= shift
    return out


def node_values(root: Node, x: Array, names: Mapping[str, int]) -> dict[str, Array]:
    """Score of every node and leaf of the tree. `x` (units, leaves) → name: (units,)."""
    values: dict[str, Array] = {}
    for child in root.children:
        if isinstance(child, Node):
            values |= node_values(child, x, names)
        else:
            values[child.name] = x[:, names[child.name]]
    parts = [values[child.name] for child in root.children]
    values[root.name] = _combined(parts, root.local_weights, root.power)
    return values


def contributions(root: Node, x: Array, names: Mapping[str, int]) -> Array:
    """Share of the root's score owed to every leaf; each row sums to the unit's score.

    A node's amount is split over its children in proportion to w·x, their shares of the arithmetic
    mean: for an arithmetic node this is the plain decomposition w·x; for another mean it is that
    decomposition scaled to the node's score (M/A), so that it stays exact, non-negative, and grows
    with the leaf. What the mean takes off the arithmetic one is the node's imbalance (`imbalance`).
    Shape (units, leaves).
    """
    values = node_values(root, x, names)
    shares = np.zeros_like(x)
    _split(root, values[root.name], values, names, shares)
    return shares


def _split(
    node: Node, amount: Array, values: dict[str, Array], names: Mapping[str, int], shares: Array
) -> None:
    """Hands a node's amount down to its leaves, into `shares`."""
    parts = np.array([values[child.name] for child in node.children])
    parts = node.local_weights[:, None] * parts
    total = parts.sum(axis=0)
    split = np.divide(parts, total, out=np.zeros_like(parts), where=total != 0)
    for child, part in zip(node.children, split, strict=True):
        if isinstance(child, Leaf):
            shares[:, names[child.name]] = amount * part
        else:
            _split(child, amount * part, values, names, shares)


def imbalance(root: Node, x: Array, names: Mapping[str, int]) -> Array:
    """Arithmetic mean of the pillars minus the score: what unevenness costs. Shape (units,)."""
    values = node_values(root, x, names)
    flat = sum(
        w * values[child.name] for child, w in zip(root.children, root.local_weights, strict=True)
    )
    return np.asarray(flat - values[root.name], dtype=np.float64)


def _combined(parts: list[Array], weights: Array, power: float) -> Array:
    """Power mean of (units,) vectors; children of zero weight are left out."""
    kept = [(w, part) for w, part in zip(weights, parts, strict=True) if w > 0]
    w = np.array([w for w, _ in kept])
    x = np.array([part for _, part in kept])
    if power == 1.0:
        return np.asarray(w @ x, dtype=np.float64)
    if np.any(x < 0):
        raise refuse(
            "aggregation",
            "a negative value before a geometric or power mean",
            "values of zero or more",
        )
    if power > 0:
        return np.asarray((w @ x**power) ** (1.0 / power), dtype=np.float64)
    zero = (x == 0).any(axis=0)
    safe = np.where(x == 0, 1.0, x)
    mean = np.exp(w @ np.log(safe)) if power == 0 else (w @ safe**power) ** (1.0 / power)
    return np.where(zero, 0.0, mean)
