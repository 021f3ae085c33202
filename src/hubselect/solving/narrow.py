"""What rows leave of an integer program: tighter bounds, fewer rows, shorter ones.

A bound that keeps a row from ever holding is tightened, until nothing changes.
M. W. P. Savelsbergh, ORSA Journal on Computing 6 (1994) 445-454.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Floats

PASSES = 50
GIVE = 1e-7  # relative: how far a row may be from holding, and a bound from a whole number
GAIN = 1e-3  # what tightens a continuous column at least, of its size


def narrowed(a: Arrays) -> Arrays | None:
    """The program with bounds tightened; rows that hold anyway are left out; None: no solution.

    All columns stay; rows no longer hold those that have one value left.
    """
    matrix, least = _asking(a)
    lower, upper = a.lower.copy(), a.upper.copy()
    for _ in range(PASSES):
        low, high = _tightened(matrix, least, lower, upper)
        whole = a.integer
        low[whole], high[whole] = np.ceil(low[whole] - GIVE), np.floor(high[whole] + GIVE)
        up = low > lower + np.where(whole, 0.5, _gain(low))
        down = high < upper - np.where(whole, 0.5, _gain(high))
        lower[up], upper[down] = low[up], high[down]
        if (lower > upper + GIVE * np.maximum(1.0, np.abs(upper))).any():
            return None
        upper = np.maximum(upper, lower)
        matrix, least = _left(matrix, least, lower, upper)
        if not (up | down).any():
            break
    return replace(
        a,
        matrix=matrix,
        row_lower=least,
        row_upper=np.full(len(least), np.inf),
        rows=tuple(f"row_{n}" for n in range(len(least))),
        lower=lower,
        upper=upper,
    )


def _gain(end: Floats) -> Floats:
    """By how much a continuous column's bound must be tighter to be worth it."""
    return GAIN * np.maximum(1.0, np.where(np.isfinite(end), np.abs(end), 1.0))


def _left(
    matrix: sparse.csr_array, least: Floats, lower: Floats, upper: Floats
) -> tuple[sparse.csr_array, Floats]:
    """Rows that may yet be broken, without the columns that have one value left."""
    entries = sparse.coo_array(matrix)
    ends = entries.data * np.where(entries.data > 0, lower[entries.col], upper[entries.col])
    broken = np.bincount(entries.row, ends, minlength=len(least)) < least
    settled = lower == upper
    kept = broken[entries.row] & ~settled[entries.col]
    held = broken[entries.row] & settled[entries.col]
    paid = np.bincount(entries.row[held], ends[held], minlength=len(least))
    number = np.cumsum(broken) - 1
    places = (number[entries.row[kept]], entries.col[kept])
    shape = (int(broken.sum()), matrix.shape[1])
    return sparse.csr_array((entries.data[kept], places), shape=shape), (least - paid)[broken]


def _tightened(
    matrix: sparse.csr_array, least: Floats, lower: Floats, upper: Floats
) -> tuple[Floats, Floats]:
    """The bounds that each row alone implies, given those of its other columns."""
    entries = sparse.coo_array(matrix)
    row, column, weight = entries.row, entries.col, entries.data
    most = weight * np.where(weight > 0, upper[column], lower[column])
    endless = np.isinf(most)
    count = np.bincount(row, endless, minlength=len(least))
    finite = np.where(endless, 0.0, most)
    rest = np.bincount(row, finite, minlength=len(least))[row] - finite
    known = (count[row] == 0) | ((count[row] == 1) & endless)
    side = least - GIVE * np.maximum(1.0, np.abs(least))
    end = (side[row] - rest) / weight
    low, high = lower.copy(), upper.copy()
    rising, falling = known & (weight > 0), known & (weight < 0)
    np.maximum.at(low, column[rising], end[rising])
    np.minimum.at(high, column[falling], end[falling])
    return low, high


def _asking(a: Arrays) -> tuple[sparse.csr_array, Floats]:
    """All rows as ones that ask for at least something: those that limit are turned round."""
    over, under = np.flatnonzero(np.isfinite(a.row_upper)), np.flatnonzero(np.isfinite(a.row_lower))
    matrix = sparse.csr_array(sparse.vstack([a.matrix[under], -a.matrix[over]]))
    return matrix, np.concatenate([a.row_lower[under], -a.row_upper[over]])
