"""Money over time and by rule: discounting, residual value, pay, charges, income tax.

Functions take and return plain numbers or arrays; money in and out has the same unit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from hubselect.instance import Floats


def discount_factors(rate: float, years: int) -> Floats:
    """Present value of 1 paid at mid-year of year 1 … `years` after the base date.

    Args:
        rate: real discount rate [fraction a year].
    """
    return np.asarray((1.0 + rate) ** -(np.arange(years) + 0.5))


def residual_shares(life: float, years: int) -> Floats:
    """Share of an asset's cost left at the end of the horizon, by year of opening.

    Straight-line depreciation over `life` [years] from mid-year of the opening year.
    """
    age = years - np.arange(years) - 0.5
    return np.asarray(np.clip(1.0 - age / life, 0.0, 1.0))


def employer_charges(
    gross: ArrayLike, *, capped_rate: float, ceiling: float, uncapped_rate: float
) -> Floats:
    """Employer's social charges [MAD a month] on gross pay [MAD a month].

    capped_rate · min(gross, ceiling) + uncapped_rate · gross (Cleiss, rates of January 2024).
    """
    pay = np.asarray(gross, dtype=float)
    return np.asarray(capped_rate * np.minimum(pay, ceiling) + uncapped_rate * pay)


def income_tax(taxable: ArrayLike, thresholds: Sequence[float], rates: Sequence[float]) -> Floats:
    """Progressive income tax [MAD a year] on taxable pay [MAD a year].

    Args:
        thresholds: lower bound of each bracket, ascending, the first one 0.
        rates: marginal rate of each bracket [fraction].
    """
    pay = np.asarray(taxable, dtype=float)
    tax = np.zeros_like(pay)
    upper = [*thresholds[1:], np.inf]
    for low, high, rate in zip(thresholds, upper, rates, strict=True):
        tax = tax + rate * np.clip(pay - low, 0.0, high - low)
    return np.asarray(tax)


def premium_schedule(
    rate: float, *, attrition: float, duration: int, years: Sequence[int], until: int
) -> Floats:
    """Share of a year's gross pay paid in year t (column) per head hired in year τ (row).

    A hire is present half of the year of hiring, then stays with probability 1 − attrition a
    year; paid for `duration` calendar years and not after `until`. Shape [T, T].
    """
    shares = np.zeros((len(years), len(years)))
    for i, _hired in enumerate(years):
        for j in range(i, min(i + duration, len(years))):
            if years[j] > until:
                break
            age = j - i
            presence = 0.5 if age == 0 else (1.0 - attrition) ** age
            shares[i, j] = rate * presence
    return shares
