"""Normalisation: from measured values to a common scale where more is better.

Every function takes values of shape (..., units, leaves), bounds of shape (leaves,), and returns
the same shape. Directions are +1 or −1 a leaf. Sources: OECD/JRC, Handbook on Constructing
Composite Indicators (2008), section 1.5 and step 5; UNDP, Human Development Report, technical note
1 (goalposts).

A leaf that is constant over the units has no power to tell them apart under the normalisations that
look at the data (min–max, z, percentile, rank): every unit gets the middle of the scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hubselect.scoring.inputs import refuse

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

MIDDLE = 0.5


def goalposts(
    values: ArrayLike, low: ArrayLike, high: ArrayLike, directions: ArrayLike = 1.0
) -> Array:
    """(x − low) / (high − low), truncated to [0, 1]; 1 minus it where less is better.

    A value's score depends on no other unit: adding or dropping units never reorders the rest.
    """
    x, a, b = (np.asarray(v, dtype=np.float64) for v in (values, low, high))
    if np.any(~(b > a)):
        raise refuse("goalposts", "are inverted or equal", "low < high for every leaf")
    return _directed(np.clip((x - a) / (b - a), 0.0, 1.0), directions)


def log_goalposts(
    values: ArrayLike, low: ArrayLike, high: ArrayLike, directions: ArrayLike = 1.0
) -> Array:
    """Goalposts on the logarithm of positive values (UNDP's income index)."""
    x, a, b = (np.asarray(v, dtype=np.float64) for v in (values, low, high))
    if np.any(x <= 0) or np.any(a <= 0):
        raise refuse("goalposts", "a log of zero or of a negative value", "positive values")
    return goalposts(np.log(x), np.log(a), np.log(b), directions)


def min_max(values: ArrayLike, directions: ArrayLike = 1.0) -> Array:
    """(x − min) / (max − min) over the units of the table. In [0, 1]."""
    x = np.asarray(values, dtype=np.float64)
    low, high = x.min(axis=-2, keepdims=True), x.max(axis=-2, keepdims=True)
    spread = np.where(high > low, high - low, 1.0)
    scaled = np.where(high > low, (x - low) / spread, MIDDLE)
    return _directed(scaled, directions)


def z_score(values: ArrayLike, directions: ArrayLike = 1.0) -> Array:
    """(x − mean) / sd over the units, with the sample standard deviation. Around 0, unbounded."""
    x = np.asarray(values, dtype=np.float64)
    centred = x - x.mean(axis=-2, keepdims=True)
    if x.shape[-2] < 2:
        return np.zeros_like(x)
    sd = x.std(axis=-2, ddof=1, keepdims=True)
    constant = np.ptp(x, axis=-2, keepdims=True) == 0
    z = np.where(constant, 0.0, centred / np.where(constant | (sd == 0), 1.0, sd))
    return z * np.asarray(directions, dtype=np.float64)


def z_scale(values: ArrayLike, directions: ArrayLike = 1.0) -> Array:
    """z-scores laid on the unit scale: mean 0.5, one standard deviation 0.1 (50 ± 10 points)."""
    return MIDDLE + 0.1 * z_score(values, directions)


def percentile(values: ArrayLike, directions: ArrayLike = 1.0) -> Array:
    """Share of the units below, plus half of those equal (mid-rank). In (0, 1)."""
    x = np.asarray(values, dtype=np.float64)
    return _directed((_mid_ranks(x) - 0.5) / x.shape[-2], directions)


def rank(values: ArrayLike, directions: ArrayLike = 1.0) -> Array:
    """(mid-rank − 1) / (units − 1): 0 for the lowest, 1 for the highest. In [0, 1]."""
    x = np.asarray(values, dtype=np.float64)
    if x.shape[-2] < 2:
        return np.full_like(x, MIDDLE)
    return _directed((_mid_ranks(x) - 1.0) / (x.shape[-2] - 1), directions)


def target_distance(values: ArrayLike, target: ArrayLike, reach: ArrayLike) -> Array:
    """1 − |x − target| / reach, not below 0: nearness to a target. `reach` in the leaf's unit."""
    x, t, r = (np.asarray(v, dtype=np.float64) for v in (values, target, reach))
    if np.any(~(r > 0)):
        raise refuse("target", "has no reach", "a positive distance that scores zero")
    return np.clip(1.0 - np.abs(x - t) / r, 0.0, 1.0)


def _directed(scaled: Array, directions: ArrayLike) -> Array:
    return np.where(np.asarray(directions) > 0, scaled, 1.0 - scaled)


def _mid_ranks(x: Array) -> Array:
    """Ranks from 1, ties sharing their mean rank, along the units axis."""
    from scipy.stats import rankdata

    ranks: Array = rankdata(x, axis=-2)
    return ranks
