"""Constraint families a scenario imposes: targets, territory, money, quality, decisions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from hubselect.instance import PAYERS, Instance, RegionRow, place_of, yearly_budgets
from hubselect.model.costs import NON_CASH, cash, cost_lines
from hubselect.model.rows import Row, terms
from hubselect.model.variables import Variables


def job_target(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_{r,s} J[r,s,t] ≥ target[t]."""
    for t, heads in i.policy.job_target:
        yield (i.years[t],), terms((1.0, v.jobs[r, s, t]) for r, s in _places(i)) >= heads


def export_target(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_{r,s} revenue[s,t]·(J[r,s,t] + J[r,s,t−1])/2 ≥ exports[t]: exports on average stock."""
    for t, exports in i.policy.export_target:
        row = [(float(i.revenue[s, t]) / 2, v.jobs[r, s, t]) for r, s in _places(i)]
        required = exports
        if t > 0:
            row += [(float(i.revenue[s, t]) / 2, v.jobs[r, s, t - 1]) for r, s in _places(i)]
        else:
            required -= float((i.base_jobs @ i.revenue[:, 0]).sum()) / 2
        yield (i.years[t],), terms(row) >= required


def regional_floor(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_{r∈B,s} J[r,s,t] ≥ heads + share · Σ_{r',s} J[r',s,t] for the basins B of a territory."""
    for floor in i.policy.floors:
        yield _place(i, floor), terms(_share_terms(i, v, floor)) >= floor.heads


def regional_ceiling(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_{r∈B,s} J[r,s,t] ≤ heads + share · Σ_{r',s} J[r',s,t] for the basins B of a territory."""
    for ceiling in i.policy.ceilings:
        yield _place(i, ceiling), terms(_share_terms(i, v, ceiling)) <= ceiling.heads


def coverage(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_r heads[r]·covered[r] ≥ share·Σ_r heads[r], covered[r] ≤ Σ_{h near r} z[h,1,t]."""
    for n, row in enumerate(i.policy.coverage):
        if row.share is None:
            continue
        place = (n + 1, row.name, i.years[row.year])
        reached = terms((row.heads[r], v.covered[c, r]) for c, r in v.covered if c == n)
        yield place, reached >= row.share * sum(row.heads)
        for c, r in v.covered:
            if c == n:
                open_hubs = terms((1.0, v.installed[h, 0, row.year]) for h in row.near[r])
                yield (*place, i.basins[r]), v.covered[c, r] <= open_hubs


def budget(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ cash of payer in t + carry[t] ≤ budget[t] + carry of the budgeted year before t."""
    lines = yearly_budgets(i.policy)
    spent = cash(i, v) if lines else {}
    carried: dict[int, list[tuple[float, object]]] = {}
    for line in lines:
        payer, t = PAYERS.index(line.payer), line.year
        terms_of_year, constant = spent[line.payer, t]
        row = [*terms_of_year, *carried.get(payer, [])]
        if (payer, t) in v.carry:
            row.append((1.0, v.carry[payer, t]))
            carried[payer] = [(-1.0, v.carry[payer, t])]
        yield (line.payer, i.years[t]), terms(row) <= line.amount - constant


def budget_period(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_{t in period} Σ cash of payer and kinds in t ≤ amount."""
    lines = list(cost_lines(i, v)) if i.policy.periods else []
    for n, period in enumerate(i.policy.periods):
        row: list[tuple[float, object]] = []
        constant = 0.0
        for line in lines:
            wanted = not period.kinds or line.kind in period.kinds
            in_time = period.first <= line.year <= period.last
            if line.payer == period.payer and wanted and in_time and line.kind not in NON_CASH:
                row += line.terms
                constant += line.constant
        place = (n + 1, period.payer, i.years[period.first], i.years[period.last])
        yield place, terms(row) <= period.amount - constant


def budget_total(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_t Σ cash of payer in t ≤ total budget."""
    lines = [line for line in i.policy.budgets if line.year < 0]
    spent = cash(i, v) if lines else {}
    for line in lines:
        parts = [spent[line.payer, t] for t in range(len(i.years))]
        row = [term for part, _ in parts for term in part]
        yield (line.payer,), terms(row) <= line.amount - sum(c for _, c in parts)


def quality_floor(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_{r,s} (Q_r − ε)·J[r,s,T] ≥ 0: mean quality of the jobs of the last year."""
    floor = i.policy.quality_floor
    if floor is None:
        return
    last = len(i.years) - 1
    gaps = [(float(i.quality[r]) - floor, v.jobs[r, s, last]) for r, s in _places(i)]
    yield (i.years[last],), terms(gaps) >= 0


def gate(i: Instance, v: Variables) -> Iterator[Row]:
    """z[h,1,t] ≤ 0 for sites whose basin fails a gate."""
    for h, _reason in i.policy.gated:
        for t, year in enumerate(i.years):
            yield (i.sites[h], year), terms([(1.0, v.installed[h, 0, t])]) <= 0


def fix(i: Instance, v: Variables) -> Iterator[Row]:
    """z[h,k,t] ≥ 1 for decided hubs, from the decided year."""
    for hub in i.policy.fixed:
        z = v.installed[hub.site, hub.size, hub.year]
        place = (i.sites[hub.site], i.sizes[hub.size], i.years[hub.year])
        yield place, terms([(1.0, z)]) >= 1


def _places(i: Instance) -> Iterator[tuple[int, int]]:
    return product(range(len(i.basins)), range(len(i.segments)))


def _place(i: Instance, row: RegionRow) -> tuple[object, ...]:
    return (place_of(i, row), i.years[row.year])


def _share_terms(i: Instance, v: Variables, row: RegionRow) -> list[tuple[float, object]]:
    weights = np.isin(np.arange(len(i.basins)), row.basins).astype(float) - row.share
    return [(float(weights[r]), v.jobs[r, s, row.year]) for r, s in _places(i) if weights[r] != 0.0]
