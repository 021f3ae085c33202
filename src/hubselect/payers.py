"""One plan seen by each payer: what it spends, gives to the others and gets from them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hubselect.decisions import Decisions, usable_workstations
from hubselect.instance import PAYERS, Floats, Instance
from hubselect.ledger import NON_CASH, ledger

# what the State pays in cash for others; rent for desks in hubs is the firms' gift to operators
GIFTS = {
    ("state", "territorial_premium"): "operator",
    ("state", "hiring_premium"): "firm",
    ("state", "training_premium"): "firm",
}


def payers(i: Instance, d: Decisions) -> pd.DataFrame:
    """Money of each payer by year, MMAD of the price year; one row a payer and year.

    Columns: payer, year, cash_mad_million, other_mad_million (residual value, tax given up),
    discounted_mad_million (present value of both), counted_mad_million (its part of the objective),
    given_mad_million and received_mad_million (cash to and from the other payers),
    additional_jobs (heads since the base year), mad_per_additional_job (present value so far ÷
    additional jobs, MAD; NaN where there are none).

    What is given is part of the giver's cash. What is received is not taken off a payer's cost.
    """
    costs = ledger(i, d)
    gifts = _gifts(i, d, costs)
    added = d.jobs.sum(axis=(0, 1)) - i.base_jobs.sum()
    frames = []
    for payer in PAYERS:
        own = costs[costs["payer"] == payer]
        cash = own[~own["kind"].isin(NON_CASH)]
        value = _by_year(i, own, "discounted_mad_million")
        per_job = np.full(len(i.years), np.nan)
        np.divide(np.cumsum(value) * 1e6, added, out=per_job, where=added > 0.5)
        frames.append(
            pd.DataFrame(
                {
                    "payer": payer,
                    "year": i.years,
                    "cash_mad_million": _by_year(i, cash, "mad_million"),
                    "other_mad_million": _by_year(
                        i, own[own["kind"].isin(NON_CASH)], "mad_million"
                    ),
                    "discounted_mad_million": value,
                    "counted_mad_million": _by_year(
                        i, own[own["counted"]], "discounted_mad_million"
                    ),
                    "given_mad_million": _sum(i, gifts, payer, 0),
                    "received_mad_million": _sum(i, gifts, payer, 1),
                    "additional_jobs": added,
                    "mad_per_additional_job": per_job,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _gifts(i: Instance, d: Decisions, costs: pd.DataFrame) -> dict[tuple[str, str], Floats]:
    """Cash from one payer to another by year [T]; rent goes to operators for desks in hubs.

    A basin's rent is split over its hubs and other offices by usable workstations.
    """
    found = {("firm", "operator"): _rent_of_hubs(i, d, costs)}
    for (giver, kind), taker in GIFTS.items():
        lines = costs[(costs["payer"] == giver) & (costs["kind"] == kind)]
        before = found.get((giver, taker), np.zeros(len(i.years)))
        found[giver, taker] = before + _by_year(i, lines, "mad_million")
    return found


def _rent_of_hubs(i: Instance, d: Decisions, costs: pd.DataFrame) -> Floats:
    in_hubs = np.zeros((len(i.basins), len(i.years)))
    np.add.at(in_hubs, i.site_basin, usable_workstations(i, d.installed))
    share = in_hubs / np.maximum(in_hubs + i.workstations, 1e-12)
    rent = costs[costs["kind"] == "rent"].pivot_table(
        index="region", columns="year", values="mad_million", aggfunc="sum", fill_value=0.0
    )
    paid = rent.reindex(index=i.basins, columns=i.years, fill_value=0.0).to_numpy(dtype=float)
    return np.asarray((paid * share).sum(axis=0))


def _by_year(i: Instance, lines: pd.DataFrame, column: str) -> Floats:
    sums = lines.groupby("year")[column].sum()
    return np.asarray(sums.reindex(i.years, fill_value=0.0), dtype=float)


def _sum(i: Instance, gifts: dict[tuple[str, str], Floats], payer: str, end: int) -> Floats:
    """Gifts with the payer at one end, 0 the giver and 1 the taker; [T]."""
    chosen = [gift for ends, gift in gifts.items() if ends[end] == payer]
    return np.asarray(np.sum([np.zeros(len(i.years)), *chosen], axis=0))
