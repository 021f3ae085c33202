"""Simple proven bounds: most jobs of basins, fewest desks of jobs, most desks of hubs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hubselect.instance import Floats, Instance


def reachable_jobs(i: Instance, basins: Sequence[int] | None = None) -> Floats:
    """Most jobs of some basins (all by default) by segment and year, [S,T].

    Absorption in every basin from the year before, never above the national demand.
    """
    here = list(range(len(i.basins)) if basins is None else basins)
    growth, floor = 1.0 + i.absorption_growth, i.absorption_floor * len(here)
    jobs, found = i.base_jobs[here].sum(axis=0), np.zeros((len(i.segments), len(i.years)))
    for t in range(len(i.years)):
        jobs = np.minimum(growth * jobs + floor, i.demand[:, t])
        found[:, t] = jobs
    return found


def fewest_desks(i: Instance, heads: float, t: int) -> float:
    """min Σ_s φ_s·J_s with Σ_s J_s = heads and J_s ≤ demand[s,t]: shared desks first."""
    total, rest = 0.0, heads
    for s in np.argsort(i.workstations_per_job, kind="stable"):
        jobs = min(rest, float(i.demand[s, t]))
        total += float(i.workstations_per_job[s]) * jobs
        rest -= jobs
    return total


def most_desks(i: Instance, h: int, t: int) -> float:
    """Most workstations a hub at site h can have in use in year t; 0 where a rule closes it."""
    if h in {closed for closed, _ in i.policy.gated}:
        return 0.0
    size = float(i.increment[: i.largest_size[h] + 1].sum())
    ages = range(t - int(i.first_year[h]) + 1)
    return size * max((float(i.ramp_up[h, a]) for a in ages), default=0.0)
