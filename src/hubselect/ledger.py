"""The cost ledger of a plan, computed from its decisions: every line, payer, place and year."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from hubselect.decisions import Decisions, previous_jobs
from hubselect.instance import Floats, Instance

NON_CASH = ("residual_value", "tax_expenditure")
COLUMNS = ["payer", "kind", "region", "year", "mad_million", "discounted_mad_million", "counted"]


def ledger(i: Instance, d: Decisions) -> pd.DataFrame:
    """Cost lines in MMAD of the price year: payer, kind, region, year, amount, present value.

    `counted` says whether the line is part of the objective; the discounted counted lines sum
    to it. Lines of zero are left out.
    """
    frames = []
    for payer, kind, amounts in _lines(i, d):
        counted = payer in i.payers and (kind != "tax_expenditure" or i.tax_in_objective)
        r, t = np.nonzero(amounts)
        values = amounts[r, t]
        frames.append(
            pd.DataFrame(
                {
                    "payer": payer,
                    "kind": kind,
                    "region": np.array(i.basins, dtype=object)[r],
                    "year": np.array(i.years)[t],
                    "mad_million": values,
                    "discounted_mad_million": values * i.discount[t],
                    "counted": counted,
                }
            )
        )
    table = pd.concat(frames, ignore_index=True)[COLUMNS]
    return table.sort_values(["payer", "kind", "region", "year"], ignore_index=True)


def objective(costs: pd.DataFrame) -> float:
    """Net present cost [MMAD] of the counted lines."""
    return float(costs.loc[costs["counted"], "discounted_mad_million"].sum())


def cash(costs: pd.DataFrame, payer: str, year: int) -> float:
    """What a payer spends in a year [MMAD]: no residual value, no tax given up."""
    chosen = (costs["payer"] == payer) & (costs["year"] == year) & ~costs["kind"].isin(NON_CASH)
    return float(costs.loc[chosen, "mad_million"].sum())


def _lines(i: Instance, d: Decisions) -> Iterator[tuple[str, str, Floats]]:
    """(payer, kind, amounts [R,T])."""
    opened = np.diff(d.installed, axis=2, prepend=0.0)
    capex = np.einsum("hk,hkt->ht", i.capex, opened)
    premium = i.capex_premium[:, None] * capex
    owned = capex - premium
    yield "operator", "capex", _by_basin(i, owned)
    yield "operator", "opex", _by_basin(i, np.einsum("hk,hkt->ht", i.opex, d.installed))
    yield "operator", "residual_value", _at_end(i, _by_basin(i, -owned * i.residual_hub))
    yield "state", "territorial_premium", _by_basin(i, premium)
    yield "state", "seats", np.einsum("p,rpt->rt", i.seat_cost, d.seats)
    places = np.einsum("p,rpt->rt", i.place_cost, d.places_added)
    yield "state", "training_places", places
    left = _at_end(i, -places * i.residual_place) + _at_end(
        i, _by_basin(i, -premium * i.residual_hub)
    )
    yield "state", "residual_value", left
    yield "state", "mobility", _mobility(i, d)
    yield "state", "hiring_premium", np.einsum("rst,rst->rt", i.hiring_premium, d.net_creations)
    yield "state", "training_premium", np.einsum("rsut,rsu->rt", i.training_premium, d.hires)
    mean = (d.jobs + previous_jobs(i, d.jobs)) / 2
    yield "state", "tax_expenditure", np.einsum("rst,rst->rt", i.tax_expenditure, mean)
    yield "firm", "rent", np.einsum("r,s,rst->rt", i.rent, i.workstations_per_job, mean)
    yield "firm", "employment", np.einsum("rs,rst->rt", i.employer_cost, mean)


def _by_basin(i: Instance, by_site: Floats) -> Floats:
    totals = np.zeros((len(i.basins), by_site.shape[1]))
    np.add.at(totals, i.site_basin, by_site)
    return totals


def _at_end(i: Instance, amounts: Floats) -> Floats:
    """All years' amounts booked in the last year."""
    booked = np.zeros((len(i.basins), len(i.years)))
    booked[:, -1] = amounts.sum(axis=1)
    return booked


def _mobility(i: Instance, d: Decisions) -> Floats:
    totals = np.zeros((len(i.basins), len(i.years)))
    np.add.at(totals, i.arc_to, i.arc_cost[:, None] * d.recruits.sum(axis=1))
    return totals
