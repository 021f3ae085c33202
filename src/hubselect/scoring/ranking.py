"""Ranks: of one score vector, and of thousands at once.

Rank 1 is the best. `block_order` ranks a block of draws by sorting 64-bit keys that carry the score
in their high bits and the unit in their low bits: a vectorised sort of integers, not an argsort.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

_TIE = 1e-12


def competition_ranks(scores: Array) -> Integers:
    """Ranks 1, 2, 2, 4, … of scores, higher is better; ties (within 1e-12) share the best rank."""
    x = np.asarray(scores, dtype=np.float64)
    order = np.sort(x)
    tolerance = _TIE * max(1.0, float(np.abs(x).max(initial=0.0)))
    above = len(x) - np.searchsorted(order, x + tolerance, side="right")
    return np.asarray(above + 1, dtype=np.int64)


def mean_ranks(scores: Array) -> Array:
    """Ranks, higher is better, ties sharing their mean rank. Along the last axis."""
    from scipy.stats import rankdata

    ranks: Array = rankdata(-np.asarray(scores, dtype=np.float64), axis=-1)
    return ranks


def block_order(scores: Array, rng: np.random.Generator) -> Integers:
    """Units from best to worst in every draw. `scores` (draws, units), finite; is overwritten.

    Scores equal to about 1e-13 of their size are ties, broken by chance and evenly: each of two
    tied units is ahead of the other in half of the draws. Returns (draws, units).
    """
    draws, units = scores.shape
    bits = max(1, int(units - 1).bit_length())
    low = np.int64((1 << bits) - 1)
    np.negative(scores, out=scores)
    scores += 0.0
    keys = scores.view(np.int64)
    keys ^= (keys >> 63) & np.int64(0x7FFF_FFFF_FFFF_FFFF)
    mask = rng.integers(0, int(low) + 1, size=(draws, 1), dtype=np.int64)
    keys &= ~low
    keys |= np.arange(units, dtype=np.int64) ^ mask
    keys.sort(axis=1)
    keys &= low
    keys ^= mask
    return keys
