"""How a yearly cohort of trainees flows through a course of fractional length.

Seats start evenly over a year, so a cohort's ends and presence spread over calendar years.
"""

from __future__ import annotations

import numpy as np

from hubselect.instance import Floats


def finishing_profile(length: float, years: int) -> Floats:
    """Share of a cohort that ends its course in its a-th calendar year, a = 0 … years − 1.

    Args:
        length: course length [years], ≥ 0.
        years: number of calendar years to return, from the year of the start.

    Starts are uniform on [0, 1], so the share ended by time v is clip(v − length, 0, 1).
    """
    edges = np.clip(np.arange(years + 1) - length, 0.0, 1.0)
    return np.asarray(np.diff(edges))


def seated_profile(length: float, years: int) -> Floats:
    """Mean share of a cohort sitting in training in its a-th calendar year.

    Sums to `length` over enough years: a place-year serves 1 / length seats.
    """
    edges = np.arange(years + 1, dtype=float)
    present = _integral(edges) - _integral(edges - length)
    return np.asarray(np.diff(present))


def _integral(v: Floats) -> Floats:
    """Integral of clip(u, 0, 1) up to v: what has started by then, in cohort-years."""
    inside = np.clip(v, 0.0, 1.0)
    return np.asarray(inside**2 / 2 + np.maximum(v - 1.0, 0.0))
