"""Checks of the policy families, written from docs/model.md."""

from __future__ import annotations

import numpy as np

from hubselect.audit.sheet import Checked, Sheet, eq, le, rows_of
from hubselect.instance import place_of
from hubselect.ledger import NON_CASH, cash


def _openings_per_year(s: Sheet) -> Checked:
    limit = s.i.policy.openings_per_year
    opened = np.diff(s.z[:, 0], axis=1, prepend=0.0).sum(axis=0)
    return rows_of([] if limit is None else [(float(o), limit, "") for o in opened])


def _enlargements_per_year(s: Sheet) -> Checked:
    """A hub grows in a year when it was open the year before and has more sizes than then."""
    limit = s.i.policy.enlargements_per_year
    sizes = s.z.sum(axis=1)
    grown = (sizes[:, 1:] > sizes[:, :-1] + 0.5) & (s.z[:, 0, :-1] > 0.5)
    counts = zip(grown.sum(axis=0), s.i.years[1:], strict=True)
    return rows_of([] if limit is None else [(float(n), limit, str(year)) for n, year in counts])


def _max_open(s: Sheet) -> Checked:
    limit = s.i.policy.max_open
    return rows_of([] if limit is None else [(float(s.z[:, 0, -1].sum()), limit, "")])


def _rival_sites(s: Sheet) -> Checked:
    return rows_of(
        [
            (float(s.z[a, 0, -1] + s.z[b, 0, -1]), 1.0, f"{s.i.sites[a]} {s.i.sites[b]}")
            for a, b in s.i.policy.rivals
        ]
    )


def _minimum_use(s: Sheet) -> Checked:
    share = s.i.policy.minimum_use
    if share is None:
        return rows_of([])
    start = s.i.base_jobs @ s.i.workstations_per_job
    grown = s.used - start[:, None]
    return le((share * s.offered(since=1))[:, 1:], grown[:, 1:], s.i.basins, s.i.years[1:])


def _demand(s: Sheet) -> Checked:
    return le(s.J.sum(axis=0), s.i.demand, s.i.segments, s.i.years)


def _job_target(s: Sheet) -> Checked:
    total = s.J.sum(axis=(0, 1))
    return rows_of(
        [(-float(total[t]), -heads, str(s.i.years[t])) for t, heads in s.i.policy.job_target]
    )


def _export_target(s: Sheet) -> Checked:
    exports = ((s.J + s.J0) / 2 * s.i.revenue[None]).sum(axis=(0, 1))
    return rows_of(
        [(-float(exports[t]), -goal, str(s.i.years[t])) for t, goal in s.i.policy.export_target]
    )


def _regional_floor(s: Sheet) -> Checked:
    found = []
    for f in s.i.policy.floors:
        jobs = s.J[:, :, f.year].sum(axis=1)
        required = f.heads + f.share * float(jobs.sum())
        here = float(jobs[list(f.basins)].sum())
        found.append((-here, -required, place_of(s.i, f)))
    return rows_of(found)


def _regional_ceiling(s: Sheet) -> Checked:
    found = []
    for f in s.i.policy.ceilings:
        jobs = s.J[:, :, f.year].sum(axis=1)
        allowed = f.heads + f.share * float(jobs.sum())
        here = float(jobs[list(f.basins)].sum())
        found.append((here, allowed, place_of(s.i, f)))
    return rows_of(found)


def _coverage(s: Sheet) -> Checked:
    found = []
    for row in s.i.policy.coverage:
        if row.share is not None:
            hubs = [min(float(s.z[list(h), 0, row.year].sum()), 1.0) for h in row.near]
            reached = float(np.dot(row.heads, hubs))
            found.append((-reached, -row.share * sum(row.heads), row.name))
    return rows_of(found)


def _budget(s: Sheet) -> Checked:
    found, kept = [], dict.fromkeys(("state", "operator", "firm"), 0.0)
    for row in sorted((b for b in s.i.policy.budgets if b.year >= 0), key=lambda b: b.year):
        year = s.i.years[row.year]
        spent = cash(s.costs, row.payer, year)
        left = kept[row.payer] + row.amount - spent
        found.append((spent, kept[row.payer] + row.amount, f"{row.payer} {year}"))
        kept[row.payer] = max(left, 0.0) if s.i.policy.carry_over else 0.0
    return rows_of(found)


def _budget_period(s: Sheet) -> Checked:
    found = []
    for p in s.i.policy.periods:
        years = s.i.years[p.first : p.last + 1]
        lines = s.costs[s.costs["payer"].eq(p.payer) & s.costs["year"].isin(years)]
        lines = lines[~lines["kind"].isin(NON_CASH)]
        if p.kinds:
            lines = lines[lines["kind"].isin(p.kinds)]
        found.append(
            (float(lines["mad_million"].sum()), p.amount, f"{p.payer} {years[0]}-{years[-1]}")
        )
    return rows_of(found)


def _budget_total(s: Sheet) -> Checked:
    return rows_of(
        [
            (sum(cash(s.costs, b.payer, y) for y in s.i.years), b.amount, b.payer)
            for b in s.i.policy.budgets
            if b.year < 0
        ]
    )


def _quality_floor(s: Sheet) -> Checked:
    floor = s.i.policy.quality_floor
    if floor is None:
        return rows_of([])
    jobs = s.J[:, :, -1].sum(axis=1)
    return rows_of([(floor * float(jobs.sum()), float(s.i.quality @ jobs), "")])


def _gate(s: Sheet) -> Checked:
    return rows_of([(float(s.z[h, 0].max()), 0.0, s.i.sites[h]) for h, _ in s.i.policy.gated])


def _fix(s: Sheet) -> Checked:
    return rows_of(
        [(-float(s.z[f.site, f.size, f.year]), -1.0, s.i.sites[f.site]) for f in s.i.policy.fixed]
    )


def _whole_cohorts(s: Sheet) -> Checked:
    size = s.i.cohort_size[None, :, None]
    nearest = np.rint(s.n / np.maximum(size, 1.0)) * size
    return eq(s.n, np.where(size > 0, nearest, s.n), s.i.basins, s.i.programmes, s.i.years)


# one check a policy family of docs/model.md, in its order
POLICY = (
    _openings_per_year, _enlargements_per_year, _max_open, _rival_sites, _minimum_use, _demand,
    _job_target, _export_target, _regional_floor, _regional_ceiling, _coverage, _budget,
    _budget_period, _budget_total, _quality_floor, _gate, _fix, _whole_cohorts,
)  # fmt: skip
