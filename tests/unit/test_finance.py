import numpy as np
import pytest

from hubselect.finance import (
    discount_factors,
    employer_charges,
    income_tax,
    premium_schedule,
    residual_shares,
)

THRESHOLDS = [0, 40_000, 60_000, 80_000, 100_000, 180_000]
RATES = [0.0, 0.10, 0.20, 0.30, 0.34, 0.37]


def test_charges_are_those_the_facts_quote() -> None:
    # 1,265 MAD at 6,000 and 1,992 at 12,000 (Cleiss rates)
    charges = employer_charges(
        [6000, 12000], capped_rate=0.0898, ceiling=6000, uncapped_rate=0.1211
    )
    assert charges.round() == pytest.approx([1265, 1992])


@pytest.mark.parametrize(
    ("taxable", "due"),
    # rate · income − the deduction the 2025 schedule prints for each bracket
    [
        (40_000, 0.0),
        (50_000, 0.10 * 50_000 - 4_000),
        (70_000, 0.20 * 70_000 - 10_000),
        (90_000, 0.30 * 90_000 - 18_000),
        (150_000, 0.34 * 150_000 - 22_000),
        (200_000, 0.37 * 200_000 - 27_400),
    ],
)
def test_income_tax_matches_the_printed_deductions(taxable: float, due: float) -> None:
    assert float(income_tax(taxable, THRESHOLDS, RATES)) == pytest.approx(due)


def test_discounting_is_at_mid_year() -> None:
    assert discount_factors(0.05, 2) == pytest.approx([1.05**-0.5, 1.05**-1.5])


def test_residual_is_straight_line_from_mid_year_and_never_negative() -> None:
    assert residual_shares(10.0, 3) == pytest.approx([0.75, 0.85, 0.95])
    assert residual_shares(1.0, 3) == pytest.approx([0.0, 0.0, 0.5])


def test_premium_follows_the_cohort_until_the_rule_ends() -> None:
    shares = premium_schedule(
        0.1, attrition=0.2, duration=2, years=(2028, 2029, 2030, 2031), until=2030
    )
    expected = [[0.05, 0.08, 0, 0], [0, 0.05, 0.08, 0], [0, 0, 0.05, 0], [0, 0, 0, 0]]
    assert shares == pytest.approx(np.array(expected))
