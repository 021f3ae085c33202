"""Constraint families of hubs: what may open where, how large and when."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from hubselect.instance import Instance
from hubselect.model.rows import Row, terms
from hubselect.model.variables import Variables


def ladder(i: Instance, v: Variables) -> Iterator[Row]:
    """z[h,k+1,t] ≤ z[h,k,t]: a size contains the sizes below it."""
    for (h, k, t), z in v.installed.items():
        if k > 0:
            yield (i.sites[h], i.sizes[k], i.years[t]), z <= v.installed[h, k - 1, t]


def permanence(i: Instance, v: Variables) -> Iterator[Row]:
    """z[h,k,t] ≥ z[h,k,t−1]: what is built stays."""
    for (h, k, t), z in v.installed.items():
        if t > 0:
            yield (i.sites[h], i.sizes[k], i.years[t]), z >= v.installed[h, k, t - 1]


def status(i: Instance, v: Variables) -> Iterator[Row]:
    """z[h,k,t] = 0 before the site's first year and above its largest size."""
    for (h, k, t), z in v.installed.items():
        if t < i.first_year[h] or k > i.largest_size[h]:
            yield (i.sites[h], i.sizes[k], i.years[t]), terms([(1.0, z)]) <= 0


def openings_per_year(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_h (z[h,1,t] − z[h,1,t−1]) ≤ openings per year."""
    limit = i.policy.openings_per_year
    if limit is None:
        return
    for t, year in enumerate(i.years):
        opened = [(1.0, v.installed[h, 0, t]) for h in range(len(i.sites))]
        before = [(-1.0, v.installed[h, 0, t - 1]) for h in range(len(i.sites)) if t > 0]
        yield (year,), terms(opened + before) <= limit


def enlargements_per_year(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_h grows[h,t] ≤ limit, grows[h,t] ≥ (z[h,k,t] − z[h,k,t−1]) − (z[h,1,t] − z[h,1,t−1])."""
    limit = i.policy.enlargements_per_year
    if limit is None:
        return
    for t, year in enumerate(i.years[1:], start=1):
        for h, k in product(range(len(i.sites)), range(1, len(i.sizes))):
            steps = [
                (sign * direction, v.installed[h, size, u])
                for size, sign in ((k, 1.0), (0, -1.0))
                for u, direction in ((t, 1.0), (t - 1, -1.0))
            ]
            # where none may grow no column is needed, and the row is one of hubs alone
            allowed = [(-1.0, v.grows[h, t])] if limit > 0 else []
            yield (i.sites[h], i.sizes[k], year), terms(steps + allowed) <= 0
        if limit > 0:
            yield (year,), terms((1.0, v.grows[h, t]) for h in range(len(i.sites))) <= limit


def max_open(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_h z[h,1,T] ≤ highest number of hubs."""
    limit = i.policy.max_open
    if limit is None:
        return
    last = len(i.years) - 1
    yield (), terms((1.0, v.installed[h, 0, last]) for h in range(len(i.sites))) <= limit


def rival_sites(i: Instance, v: Variables) -> Iterator[Row]:
    """z[h,1,T] + z[h',1,T] ≤ 1 for sites h, h' that exclude each other."""
    last = len(i.years) - 1
    for a, b in i.policy.rivals:
        row = v.installed[a, 0, last] + v.installed[b, 0, last] <= 1
        yield (i.sites[a], i.sites[b]), row


def usable(i: Instance, v: Variables, h: int, t: int) -> list[tuple[float, object]]:
    """Terms of site h's usable workstations in year t.

    Σ_k Δ_k Σ_{τ≤t} ramp_up[h,t−τ] · (z[h,k,τ] − z[h,k,τ−1])
    """
    found: list[tuple[float, object]] = []
    for k, size in enumerate(i.increment):
        for u in range(t + 1):
            # collected by z[h,k,u]: its own ramp-up minus that of the next year's opening
            later = i.ramp_up[h, t - u - 1] if u < t else 0.0
            weight = float(size * (i.ramp_up[h, t - u] - later))
            if weight != 0.0:
                found.append((weight, v.installed[h, k, u]))
    return found


def workstations(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_s φ_s·J[r,s,t] ≤ W[r,t] + Σ_{h∈r} usable[h,t]: nobody works without a desk."""
    for r, basin in enumerate(i.basins):
        for t, year in enumerate(i.years):
            used = [(float(f), v.jobs[r, s, t]) for s, f in enumerate(i.workstations_per_job)]
            offered = [(-w, z) for h in i.sites_of(r) for w, z in usable(i, v, h, t)]
            yield (basin, year), terms(used + offered) <= float(i.workstations[r, t])


def minimum_use(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_s φ_s·(J[r,s,t] − J[r,s,0]) ≥ u · Σ_{h∈r} usable[h,t] of hubs open since t−1 or before."""
    share = i.policy.minimum_use
    if share is None:
        return
    for r, basin in enumerate(i.basins):
        for t, year in enumerate(i.years[1:], start=1):
            used = [(float(f), v.jobs[r, s, t]) for s, f in enumerate(i.workstations_per_job)]
            owed = [(-share * w, z) for h in i.sites_of(r) for w, z in _settled(i, v, h, t)]
            at_start = float(i.workstations_per_job @ i.base_jobs[r])
            yield (basin, year), terms(used + owed) >= at_start


def _settled(i: Instance, v: Variables, h: int, t: int) -> list[tuple[float, object]]:
    """Usable workstations in year t of what opened in year t−1 or before."""
    found: list[tuple[float, object]] = []
    for k, size in enumerate(i.increment):
        for u in range(t):
            later = i.ramp_up[h, t - u - 1] if u < t - 1 else 0.0
            weight = float(size * (i.ramp_up[h, t - u] - later))
            if weight != 0.0:
                found.append((weight, v.installed[h, k, u]))
    return found
