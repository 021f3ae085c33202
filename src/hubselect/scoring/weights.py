"""Weights: equal, rank-order centroid; entropy, CRITIC and principal components as diagnostics.

Diagnostics say what the data alone would weigh; they are never the index's weights by themselves.
Values are (units, leaves), finite; every function returns weights (leaves,) that sum to one.
Direct weights are the tree's own; AHP and best–worst are in `pairwise`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hubselect.scoring.inputs import finite_matrix, refuse, weight_vector
from hubselect.scoring.normalisation import min_max

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]


def direct_weights(points: ArrayLike) -> Array:
    """Points given by people, scaled to sum to one; refuses negative, infinite, all-zero ones."""
    return weight_vector(points)


def equal_weights(count: int) -> Array:
    """1/n each."""
    if count < 1:
        raise refuse("weights", f"{count} leaves", "at least 1")
    return np.full(count, 1.0 / count)


def rank_order_centroid(count: int) -> Array:
    """Weights of leaves ranked 1 to n by importance: w_k = (1/n) Σ_{i=k..n} 1/i.

    The centroid of all weights that keep the order (Barron & Barrett 1996).
    """
    if count < 1:
        raise refuse("weights", f"{count} leaves", "at least 1")
    inverse = 1.0 / np.arange(1, count + 1)
    return np.asarray(np.cumsum(inverse[::-1])[::-1] / count, dtype=np.float64)


def rank_order_weights(order: Sequence[str], names: Sequence[str]) -> dict[str, float]:
    """Rank-order centroid weights by name; `order` lists all names, the most important first."""
    if sorted(order) != sorted(names):
        raise refuse("order", f"names {', '.join(order)}", f"each of {', '.join(names)} once")
    return dict(zip(order, rank_order_centroid(len(order)).tolist(), strict=True))


def entropy_weights(values: ArrayLike) -> Array:
    """1 − Shannon entropy of each leaf's shares, scaled (Hwang & Yoon 1981).

    Refuses negative values and leaves that sum to zero. A constant leaf weighs nothing.
    """
    x = finite_matrix(values, "values", rows=2)
    if np.any(x < 0) or np.any(x.sum(axis=0) <= 0):
        raise refuse("values", "are negative or sum to zero in a leaf", "shares of a positive sum")
    shares = x / x.sum(axis=0)
    logs = np.log(np.where(shares > 0, shares, 1.0))
    entropy = -(shares * logs).sum(axis=0) / np.log(len(x))
    spread = np.where(np.ptp(x, axis=0) == 0, 0.0, np.maximum(1.0 - entropy, 0.0))
    return _scaled(spread)


def critic_weights(values: ArrayLike, directions: ArrayLike = 1.0) -> Array:
    """sd × Σ (1 − correlation with every other leaf), of min–max values (Diakoulaki et al. 1995).

    A constant leaf weighs nothing and is left out of the correlations.
    """
    x = finite_matrix(values, "values", rows=2)
    kept = np.flatnonzero(np.ptp(x, axis=0) > 0)
    if kept.size == 0:
        raise refuse("values", "are all constant", "a leaf that differs between units")
    scaled = min_max(x, directions)[:, kept]
    sd = scaled.std(axis=0, ddof=1)
    correlation = np.atleast_2d(np.corrcoef(scaled, rowvar=False))
    weights = np.zeros(x.shape[1])
    weights[kept] = sd * (1.0 - correlation).sum(axis=0) if kept.size > 1 else 1.0
    return _scaled(np.maximum(weights, 0.0))


@dataclass(frozen=True, eq=False)
class PrincipalComponents:
    """Components of the correlation matrix, largest first.

    `eigenvalues` (components,), `shares` of variance, `loadings` (leaves, components), `kept`: how
    many have an eigenvalue of 1 or more (Kaiser), `weights` (leaves,).
    """

    eigenvalues: Array
    shares: Array
    loadings: Array
    kept: int
    weights: Array


def principal_components(values: ArrayLike) -> PrincipalComponents:
    """Principal components, and the weights they suggest (OECD/JRC Handbook, step 6, unrotated).

    Weights: squared loadings of the kept components, each component scaled to one and weighted by
    its share of the variance explained. Constant leaves weigh nothing.
    """
    x = finite_matrix(values, "values", rows=3)
    kept = np.flatnonzero(np.ptp(x, axis=0) > 0)
    if kept.size == 0:
        raise refuse("values", "are all constant", "a leaf that differs between units")
    correlation = np.atleast_2d(np.corrcoef(x[:, kept], rowvar=False))
    raw, vectors = np.linalg.eigh(correlation)
    eigenvalues = np.maximum(raw[::-1], 0.0)
    vectors = vectors[:, ::-1]
    count = max(1, int(np.sum(eigenvalues >= 1.0 - 1e-12)))
    shares = eigenvalues / eigenvalues.sum()
    weights = np.zeros(x.shape[1])
    weights[kept] = (vectors[:, :count] ** 2) @ eigenvalues[:count]
    loadings = np.zeros((x.shape[1], kept.size))
    loadings[kept] = vectors * np.sqrt(eigenvalues)
    return PrincipalComponents(eigenvalues, shares, loadings, count, _scaled(weights))


def pca_weights(values: ArrayLike) -> Array:
    """Weights suggested by the principal components (`principal_components`)."""
    return principal_components(values).weights


def _scaled(weights: Array) -> Array:
    total = weights.sum()
    if not total > 0:
        raise refuse("values", "do not differ between units", "a leaf that differs")
    return np.asarray(weights / total, dtype=np.float64)
