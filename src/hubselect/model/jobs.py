"""Constraint families of jobs: hires, creations, and what basins and markets absorb."""

from __future__ import annotations

from collections.abc import Iterator

from hubselect.instance import Instance
from hubselect.model.rows import Row, terms
from hubselect.model.variables import Variables


def hires(i: Instance, v: Variables) -> Iterator[Row]:
    """a[r,s,t] ≥ J[r,s,t] − (1−attrition_s)·J[r,s,t−1]: leavers are replaced, growth is hired."""
    for (r, s, t), jobs in v.jobs.items():
        stay = 1.0 - float(i.attrition[s])
        yield (
            (i.basins[r], i.segments[s], i.years[t]),
            _change(i, v, (r, s, t), jobs, stay, "hires"),
        )


def net_creations(i: Instance, v: Variables) -> Iterator[Row]:
    """c[r,s,t] ≥ J[r,s,t] − J[r,s,t−1]: growth of the stock."""
    for (r, s, t), jobs in v.jobs.items():
        row = _change(i, v, (r, s, t), jobs, 1.0, "net_creations")
        yield (i.basins[r], i.segments[s], i.years[t]), row


def absorption(i: Instance, v: Variables) -> Iterator[Row]:
    """J[r,s,t] ≤ (1+growth_s)·J[r,s,t−1] + floor_s: firms can only grow so fast in a place."""
    for (r, s, t), jobs in v.jobs.items():
        factor = 1.0 + float(i.absorption_growth[s])
        constant = float(i.absorption_floor[s])
        row = [(1.0, jobs)]
        if t > 0:
            row.append((-factor, v.jobs[r, s, t - 1]))
        else:
            constant += factor * float(i.base_jobs[r, s])
        yield (i.basins[r], i.segments[s], i.years[t]), terms(row) <= constant


def demand(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_r J[r,s,t] ≤ demand[s,t]: the market takes no more."""
    for s, segment in enumerate(i.segments):
        for t, year in enumerate(i.years):
            everywhere = terms((1.0, v.jobs[r, s, t]) for r in range(len(i.basins)))
            yield (segment, year), everywhere <= float(i.demand[s, t])


def _change(
    i: Instance, v: Variables, key: tuple[int, int, int], jobs: object, stay: float, flow: str
) -> object:
    """flow[r,s,t] − J[r,s,t] + stay·J[r,s,t−1] ≥ 0, the base year's stock on the right."""
    r, s, t = key
    row = [(1.0, getattr(v, flow)[key]), (-1.0, jobs)]
    if t > 0:
        row.append((stay, v.jobs[r, s, t - 1]))
        return terms(row) >= 0
    return terms(row) >= -stay * float(i.base_jobs[r, s])
