"""Rows implied by the others that tell the solver what it cannot see: how many hubs at least."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from hubselect.instance import Floats, Instance, place_of
from hubselect.model.hubs import usable
from hubselect.model.rows import Row, terms
from hubselect.model.variables import Variables


def national_capacity(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_h usable[h,t] ≥ fewest workstations of target[t] − Σ_r W[r,t]."""
    for t, heads in i.policy.job_target:
        missing = fewest_workstations(i, heads, i.demand[:, t]) - float(i.workstations[:, t].sum())
        if missing > 0:
            offered = [term for h in range(len(i.sites)) for term in usable(i, v, h, t)]
            yield (i.years[t],), terms(offered) >= missing


def floor_cover(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_{h∈B} z[h,1,t'] ≥ ⌈(fewest workstations of the floor − Σ_{r∈B} W[r,t]) / best hub⌉.

    t' is the last year of opening that is usable in the floor's year t.
    """
    targets = dict(i.policy.job_target)
    for floor in i.policy.floors:
        r, t = list(floor.basins), floor.year
        heads = floor.heads + floor.share * targets.get(t, 0.0)
        offices = float(i.workstations[r, t].sum())
        missing = fewest_workstations(i, heads, i.demand[:, t]) - offices
        sites = [h for basin in r for h in i.sites_of(basin)]
        best = [_largest(i, h, t) for h in sites]
        if missing <= 0 or not any(best):
            continue
        hubs = math.ceil(missing / max(best) - 1e-9)
        # a hub opened in year u is usable in t where ramp_up[h, t−u] > 0
        late = [max((u for u in range(t + 1) if i.ramp_up[h, t - u] > 0), default=0) for h in sites]
        row = terms((1.0, v.installed[h, 0, u]) for h, u in zip(sites, late, strict=True))
        yield (place_of(i, floor), i.years[t]), row >= hubs


def fewest_workstations(i: Instance, heads: float, demand: Floats) -> float:
    """min Σ_s φ_s·J_s with Σ_s J_s = heads and J_s ≤ demand_s; shared desks first."""
    total, rest = 0.0, heads
    for s in np.argsort(i.workstations_per_job, kind="stable"):
        jobs = min(rest, float(demand[s]))
        total += float(i.workstations_per_job[s]) * jobs
        rest -= jobs
    return total


def _largest(i: Instance, h: int, t: int) -> float:
    """Most workstations site h can offer in year t, whatever its opening year."""
    size = float(i.increment[: i.largest_size[h] + 1].sum())
    ages = range(t - int(i.first_year[h]) + 1)
    return size * max((float(i.ramp_up[h, a]) for a in ages), default=0.0)
