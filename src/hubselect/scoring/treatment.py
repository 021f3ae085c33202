"""Treatment of raw values: denominators, missing values, outliers.

Sources: OECD/JRC Handbook (2008), steps 3 and 5; the skew-and-kurtosis rule (|skew| > 2 and excess
kurtosis > 3.5, at most five points winsorised, then a log) as the JRC's audits and COINr apply it.
Frames are units × leaves; NaN is a missing value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hubselect.errors import DataError, Problem
from hubselect.scoring.inputs import refuse

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

SKEW_LIMIT = 2.0
KURTOSIS_LIMIT = 3.5
MOST_POINTS = 5
NEIGHBOURS = 5


def divide(values: Array, denominators: Array, where: str = "denominator") -> Array:
    """values ÷ denominators, elementwise; a missing denominator makes the value missing.

    Raises DataError where a denominator is zero or negative.
    """
    if np.any(denominators <= 0):
        raise refuse(where, "is zero or negative", "a positive size to divide by")
    return values / denominators


@dataclass(frozen=True)
class Coverage:
    """Share of values present: by unit, by leaf, and by unit inside each pillar."""

    units: Array
    leaves: Array
    pillars: dict[str, Array]


def coverage(present: Flags, pillars: Mapping[str, Sequence[int]]) -> Coverage:
    """Coverage of a table of flags (units, leaves); `pillars` names the leaf positions of each."""
    return Coverage(
        units=present.mean(axis=1),
        leaves=present.mean(axis=0),
        pillars={name: present[:, list(at)].mean(axis=1) for name, at in pillars.items()},
    )


def refuse_thin(found: Coverage, least: float, units: Sequence[str], leaves: Sequence[str]) -> None:
    """Raises DataError listing every unit, leaf and pillar below the least coverage."""
    problems = [
        Problem(f"unit {units[i]}", f"{share:.0%} of its values are present", f"{least:.0%}")
        for i, share in enumerate(found.units)
        if share < least
    ]
    problems += [
        Problem(f"leaf {leaves[j]}", f"{share:.0%} of the units have a value", f"{least:.0%}")
        for j, share in enumerate(found.leaves)
        if share < least
    ]
    problems += [
        Problem(f"pillar {name} of unit {units[i]}", f"{share:.0%} present", f"{least:.0%}")
        for name, shares in found.pillars.items()
        for i, share in enumerate(shares)
        if share < least
    ]
    if problems:
        raise DataError(problems)


def impute(values: Array, rule: str, groups: Sequence[object] | None = None) -> Array:
    """Missing values filled by rule: mean, median, group_mean, group_median, knn.

    A group without a value falls back on all units. Raises DataError where a leaf has no value at
    all, or where a group rule has no groups. Shape (units, leaves).
    """
    if not np.isnan(values).any():
        return values.copy()
    empty = np.flatnonzero(np.isnan(values).all(axis=0))
    if empty.size:
        raise refuse("table", f"{empty.size} leaves have no value at all", "at least one value")
    if rule == "knn":
        return impute_nearest(values)
    middle = np.nanmedian if rule.endswith("median") else np.nanmean
    everywhere = middle(values, axis=0)
    filled = values.copy()
    if rule.startswith("group"):
        if groups is None or len(groups) != len(values):
            raise refuse("imputation", f"'{rule}' needs a group for every unit", "groups=...")
        keys = np.array([str(group) for group in groups])
        for key in np.unique(keys):
            rows = np.flatnonzero(keys == key)
            inside = values[rows]
            some = ~np.isnan(inside).all(axis=0)
            fill = everywhere.copy()
            fill[some] = middle(inside[:, some], axis=0)
            filled[rows] = np.where(np.isnan(inside), fill, inside)
        return filled
    return np.where(np.isnan(filled), everywhere, filled)


def impute_nearest(values: Array, neighbours: int = NEIGHBOURS) -> Array:
    """Mean of the nearest units that have the value, nearness over the leaves both have.

    Distance: root mean square of differences in standard deviations. Shape (units, leaves).
    """
    sd = np.nanstd(values, axis=0)
    scaled = (values - np.nanmean(values, axis=0)) / np.where(sd > 0, sd, 1.0)
    present = ~np.isnan(values)
    known = np.where(present, scaled, 0.0)
    both = present.astype(float) @ present.T.astype(float)
    square = known**2
    gap = square @ present.T + present @ square.T - 2.0 * known @ known.T
    distance = np.where(both > 0, gap / np.maximum(both, 1.0), np.inf)
    filled = values.copy()
    for i, j in np.argwhere(~present):
        donors = np.flatnonzero(present[:, j])
        nearest = donors[np.argsort(distance[i, donors], kind="stable")[:neighbours]]
        filled[i, j] = values[nearest, j].mean()
    return filled


def skewness(values: ArrayLike) -> float:
    """Sample skewness G1 (Joanes & Gill 1998, type 2); 0 for fewer than 3 values or constants."""
    x = np.asarray(values, dtype=np.float64)
    n = len(x)
    centred = x - x.mean() if n else x
    square = float((centred**2).sum())
    if n < 3 or np.ptp(x) == 0 or square == 0:
        return 0.0
    g1 = np.sqrt(n) * float((centred**3).sum()) / square**1.5
    return float(g1 * np.sqrt(n * (n - 1)) / (n - 2))


def kurtosis(values: ArrayLike) -> float:
    """Sample excess kurtosis G2 (type 2); 0 for fewer than 4 values or constants."""
    x = np.asarray(values, dtype=np.float64)
    n = len(x)
    centred = x - x.mean() if n else x
    square = float((centred**2).sum())
    if n < 4 or np.ptp(x) == 0 or square == 0:
        return 0.0
    ratio = n * float((centred**4).sum()) / square**2
    return float(((n + 1) * (ratio - 3) + 6) * (n - 1) / ((n - 2) * (n - 3)))


def has_outliers(values: ArrayLike, skew: float = SKEW_LIMIT, kurt: float = KURTOSIS_LIMIT) -> bool:
    """|skewness| above its limit and excess kurtosis above its own."""
    return abs(skewness(values)) > skew and kurtosis(values) > kurt


@dataclass(frozen=True)
class Treated:
    """Treated values and what was done: `step` is none, winsorised, log or failed.

    `low`, `high`: the values were clipped to them. `shift`: the log taken was ln(x + shift).
    """

    values: Array
    step: str
    points: int
    low: float
    high: float
    shift: float | None = None


def winsorise(values: ArrayLike, most: int = MOST_POINTS) -> Treated:
    """Sets the extreme value to its neighbour, again and again, until the rule is met.

    On the side of the skew; ties move together; stops at `most` points. Shape (units,).
    """
    x = np.array(values, dtype=np.float64)
    touched = np.zeros(len(x), dtype=bool)
    while has_outliers(x) and touched.sum() < most:
        high = skewness(x) >= 0
        extreme = x == (x.max() if high else x.min())
        rest = x[~extreme]
        x[extreme] = rest.max() if high else rest.min()
        touched |= extreme
    step = "winsorised" if touched.any() else "none"
    return Treated(x, step, int(touched.sum()), float(x.min()), float(x.max()))


def shifted_log(values: ArrayLike) -> Treated:
    """ln(x − min + 1 % of the range): the COIN Tool's log, defined for any sign. Shape (units,)."""
    x = np.asarray(values, dtype=np.float64)
    shift = 0.01 * float(np.ptp(x)) - float(x.min())
    if np.ptp(x) == 0:
        return Treated(x.copy(), "none", 0, -np.inf, np.inf)
    return Treated(np.log(x + shift), "log", 0, -np.inf, np.inf, shift)


def winsorise_then_log(values: ArrayLike, most: int = MOST_POINTS) -> Treated:
    """Winsorise at most `most` points; if that is not enough, log the untouched values instead."""
    first = winsorise(values, most)
    if not has_outliers(first.values):
        return first
    second = shifted_log(values)
    if not has_outliers(second.values):
        return second
    return Treated(second.values, "failed", second.points, second.low, second.high, second.shift)
