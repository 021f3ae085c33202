"""Cost lines: who pays what, where and when, as linear terms (undiscounted MMAD)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hubselect.instance import PAYERS, Instance, positions
from hubselect.model.variables import Variables

NON_CASH = frozenset({"residual_value", "tax_expenditure"})
Terms = list[tuple[float, object]]


@dataclass(frozen=True)
class CostLine:
    """One line: payer, kind, year and basin (positions), terms and constant in MMAD."""

    payer: str
    kind: str
    year: int
    basin: int
    terms: Terms
    constant: float = 0.0


def cost_lines(i: Instance, v: Variables) -> Iterator[CostLine]:
    """Every cost line of the plan, in the order of docs/model.md."""
    for t in range(len(i.years)):
        for h, r in enumerate(i.site_basin):
            yield from _hub_lines(i, v, h, int(r), t)
        for r in range(len(i.basins)):
            yield from _training_lines(i, v, r, t)
            yield from _job_lines(i, v, r, t)


def objective(i: Instance, v: Variables) -> tuple[Terms, float]:
    """Σ_t discount[t] · Σ lines of the chosen payers: terms and constant, MMAD."""
    found: Terms = []
    constant = 0.0
    for line in cost_lines(i, v):
        if counts(i, line.payer, line.kind):
            factor = float(i.discount[line.year])
            found += [(factor * c, x) for c, x in line.terms]
            constant += factor * line.constant
    return found, constant


def cash(i: Instance, v: Variables) -> dict[tuple[str, int], tuple[Terms, float]]:
    """Terms and constant of what each payer spends in each year: no residual, no tax given up."""
    spent: dict[tuple[str, int], tuple[Terms, float]] = {
        (payer, t): ([], 0.0) for payer in PAYERS for t in range(len(i.years))
    }
    for line in cost_lines(i, v):
        if line.kind not in NON_CASH:
            row, constant = spent[line.payer, line.year]
            row += line.terms
            spent[line.payer, line.year] = (row, constant + line.constant)
    return spent


def counts(i: Instance, payer: str, kind: str) -> bool:
    """Whether a cost line is part of the objective."""
    return payer in i.payers and (kind != "tax_expenditure" or i.tax_in_objective)


def _hub_lines(i: Instance, v: Variables, h: int, r: int, t: int) -> Iterator[CostLine]:
    opened = [
        (float(cost), v.installed[h, k, t], v.installed.get((h, k, t - 1)))
        for k, cost in enumerate(i.capex[h])
    ]
    capex: Terms = []
    for cost, z, before in opened:
        capex.append((cost, z))
        if before is not None:
            capex.append((-cost, before))
    premium = float(i.capex_premium[h])
    opex: Terms = [(float(c), v.installed[h, k, t]) for k, c in enumerate(i.opex[h])]
    left = float(i.residual_hub[h, t])
    last = len(i.years) - 1
    yield CostLine("operator", "capex", t, r, _scaled(capex, 1.0 - premium))
    yield CostLine("operator", "opex", t, r, opex)
    yield CostLine("operator", "residual_value", last, r, _scaled(capex, -left * (1.0 - premium)))
    if premium > 0:
        yield CostLine("state", "territorial_premium", t, r, _scaled(capex, premium))
        yield CostLine("state", "residual_value", last, r, _scaled(capex, -left * premium))


def _training_lines(i: Instance, v: Variables, r: int, t: int) -> Iterator[CostLine]:
    programmes = range(len(i.programmes))
    places: Terms = [(float(i.place_cost[p]), v.places_added[r, p, t]) for p in programmes]
    seats: Terms = [(float(i.seat_cost[p]), v.seats[r, p, t]) for p in programmes]
    left = float(i.residual_place[t])
    yield CostLine("state", "seats", t, r, seats)
    yield CostLine("state", "training_places", t, r, places)
    yield CostLine("state", "residual_value", len(i.years) - 1, r, _scaled(places, -left))
    moving: Terms = [
        (float(i.arc_cost[a]), v.recruits[a, g, t])
        for a in positions((i.arc_to == r) & (i.arc_cost > 0))
        for g in range(len(i.skills))
        if (a, g, t) in v.recruits
    ]
    yield CostLine("state", "mobility", t, r, moving)


def _job_lines(i: Instance, v: Variables, r: int, t: int) -> Iterator[CostLine]:
    segments = range(len(i.segments))
    created: Terms = [
        (float(i.hiring_premium[r, s, t]), v.net_creations[r, s, t]) for s in segments
    ]
    trained: Terms = [
        (float(i.training_premium[r, s, u, t]), v.hires[r, s, u])
        for s in segments
        for u in range(t + 1)
        if i.training_premium[r, s, u, t] > 0
    ]
    yield CostLine("state", "hiring_premium", t, r, created)
    yield CostLine("state", "training_premium", t, r, trained)
    for payer, kind, per_job in (
        ("state", "tax_expenditure", i.tax_expenditure[r, :, t]),
        ("firm", "rent", i.rent[r] * i.workstations_per_job),
        ("firm", "employment", i.employer_cost[r]),
    ):
        stock, constant = _mean_stock(i, v, r, t, per_job)
        yield CostLine(payer, kind, t, r, stock, constant)


def _mean_stock(i: Instance, v: Variables, r: int, t: int, per_job: object) -> tuple[Terms, float]:
    """Terms and constant of Σ_s per_job[s]·(J[r,s,t] + J[r,s,t−1])/2."""
    half = np.asarray(per_job, dtype=float) / 2
    found: Terms = [(float(c), v.jobs[r, s, t]) for s, c in enumerate(half)]
    if t > 0:
        found += [(float(c), v.jobs[r, s, t - 1]) for s, c in enumerate(half)]
        return found, 0.0
    return found, float(half @ i.base_jobs[r])


def _scaled(row: Terms, factor: float) -> Terms:
    return [(factor * c, x) for c, x in row] if factor != 0.0 else []
