"""Parameters of money: pay, rent, incentives, taxes, discounting."""

from __future__ import annotations

import numpy as np

from hubselect.assemble.hubs import share_at_maturity
from hubselect.assemble.people import skill_need
from hubselect.assemble.source import MMAD, PERCENT, Source
from hubselect.finance import (
    discount_factors,
    employer_charges,
    income_tax,
    premium_schedule,
    residual_shares,
)
from hubselect.instance import Floats


def monthly_pay(s: Source) -> Floats:
    """Gross pay by basin and profile, MAD a month [R,G]."""
    return np.outer(s.column("basins", "wage_factor"), s.column("skills", "gross_wage"))


def per_job(s: Source, monthly: Floats) -> Floats:
    """MAD a month by profile [R,G] as MMAD per job-year by segment [R,S], at the needed mix."""
    return np.asarray(monthly @ skill_need(s).T * 12 * MMAD, dtype=float)


def employer_cost(s: Source) -> Floats:
    """Gross pay and employer's charges, MMAD per job-year [R,S]."""
    pay = monthly_pay(s)
    charges = employer_charges(
        pay,
        capped_rate=s.finance("capped_rate") * PERCENT,
        ceiling=s.finance("capped_ceiling"),
        uncapped_rate=s.finance("uncapped_rate") * PERCENT,
    )
    return per_job(s, pay + charges)


def rent(s: Source) -> Floats:
    """Office rent, MMAD per workstation-year [R], at the area per desk of the smallest hub."""
    area, desks = s.column("hub_sizes", "area_m2"), s.column("hub_sizes", "workstations")
    per_desk = float(area[0] / desks[0])
    return s.column("basins", "office_rent") * 12 * per_desk * MMAD


def hiring_premium(s: Source) -> Floats:
    """Premium on a net creation, MMAD [R,S,T]: rate × yearly pay × share who stay long enough."""
    rule = "hiring_premium"
    months = s.value("incentives", rule, "retention_months")
    stays = (1.0 - s.column("segments", "attrition") * PERCENT) ** (months / 12)
    paid = per_job(s, monthly_pay(s)) * stays * s.value("incentives", rule, "rate") * PERCENT
    years = np.array(s.labels.years)
    first, last = s.value("incentives", rule, "from"), s.value("incentives", rule, "until")
    return np.asarray(paid[:, :, None] * ((years >= first) & (years <= last))[None, None, :])


def training_premium(s: Source) -> Floats:
    """Premium paid in year t (last axis) per hire of year τ (third), MMAD [R,S,T,T]."""
    rule = "training_premium"
    schedules = [
        premium_schedule(
            s.value("incentives", rule, "rate") * PERCENT,
            attrition=float(attrition) * PERCENT,
            duration=int(s.value("incentives", rule, "years")),
            years=s.labels.years,
            until=int(s.value("incentives", rule, "until")),
        )
        for attrition in s.column("segments", "attrition")
    ]
    wage = per_job(s, monthly_pay(s))
    return wage[:, :, None, None] * np.array(schedules)[None]


def tax_expenditure(s: Source) -> Floats:
    """Income tax above the cap, MMAD per job-year [R,S,T], while the rule lasts."""
    monthly = monthly_pay(s)
    brackets = sorted(
        (s.value("finance", key, "threshold"), s.value("finance", key, "rate") * PERCENT)
        for key in s.keys("finance", "income_tax/")
    )
    taxable = 12 * monthly * (1.0 - s.finance("tax_deduction") * PERCENT)
    due = income_tax(taxable, [low for low, _ in brackets], [rate for _, rate in brackets])
    cap = s.column("basins", "income_tax_cap")[:, None] * PERCENT
    given_up = per_job(s, np.maximum(due - cap * 12 * monthly, 0.0) / 12)
    until = s.value("incentives", "income_tax_cap_primary", "until")
    return given_up[:, :, None] * (np.array(s.labels.years) <= until)[None, None, :]


def discounting(s: Source) -> dict[str, Floats]:
    """Discount factors [T] and residual shares of hubs [H,T] and of training places [T].

    Residual value is booked in the last year, whose factor is for mid-year. A building is
    worth what will be let of it: cost left × the share in use at maturity.
    """
    chosen, years = s.settings.finance.discount_rate, len(s.labels.years)
    rate = (s.finance("discount_rate") if chosen is None else chosen) * PERCENT
    left = residual_shares(s.finance("building_life"), years) * (1.0 + rate) ** -0.5
    left = left * float(s.settings.finance.residual_value)
    return {
        "discount": discount_factors(rate, years),
        "residual_hub": np.outer(share_at_maturity(s), left),
        "residual_place": left,
    }
