"""Parameters of sites, hubs and offices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hubselect.assemble.source import MMAD, PERCENT, Source
from hubselect.instance import Floats, Ints


def increment(s: Source) -> Floats:
    """Workstations each size adds to the one below, [K]."""
    return np.diff(s.column("hub_sizes", "workstations"), prepend=0.0)


def first_year(s: Source) -> Ints:
    """First year index a hub may open at each site, [H]."""
    earliest = dict(zip(s.labels.sites, s.column("sites", "earliest_year"), strict=True))
    earliest |= s.settings.hubs.earliest_year
    start = s.labels.years[0]
    return np.array([max(int(earliest[h]) - start, 0) for h in s.labels.sites], dtype=int)


def largest_size(s: Source) -> Ints:
    """Largest size index allowed at each site, [H]."""
    largest = dict(zip(s.labels.sites, s.texts("sites", "max_size"), strict=True))
    largest |= s.settings.hubs.largest_size
    return np.array([s.labels.sizes.index(largest[h]) for h in s.labels.sites], dtype=int)


def capex(s: Source) -> Floats:
    """Cost of each increment at each site, MMAD [H,K]: national cost × local factor."""
    cost = np.diff(s.column("hub_sizes", "capex"), prepend=0.0)
    local = s.column("basins", "construction_factor")[s.site_basin]
    factor: float = s.settings.hubs.capex_factor
    return np.asarray(MMAD * factor * np.outer(local, cost))


def opex(s: Source) -> Floats:
    """Running cost of each increment, MMAD a year [H,K]."""
    cost = np.diff(s.column("hub_sizes", "opex"), prepend=0.0)
    return MMAD * np.outer(np.ones(len(s.labels.sites)), cost)


def workstations(s: Source) -> Floats:
    """Workstations outside the planned hubs, [R,T]: today's, grown as offices are let."""
    growth = s.finance("market_office_growth") * PERCENT
    growth = growth if s.settings.hubs.market_offices else 0.0
    return np.outer(s.column("basins", "workstations"), (1.0 + growth) ** s.elapsed)


def ramp_up(s: Source) -> Floats:
    """Share of an increment in use by age, [H,T]: strong and regional profiles mixed by score.

    θ = clip((Q − Q_regional) / (Q_strong − Q_regional), 0, 1), Q the score of the site's region,
    anchors from national/ramp_up.
    """
    return _mixed(s, range(len(s.labels.years)))


def share_at_maturity(s: Source) -> Floats:
    """Share of a hub in use at the oldest age on record, [H]: what its building is worth."""
    return np.asarray(_mixed(s, [len(s.keys("ramp_up", "strong/")) - 1])[:, 0])


def _mixed(s: Source, ages: Sequence[int]) -> Floats:
    strong, regional = (_profile(s, kind, ages) for kind in ("strong", "regional"))
    low, high = (s.value("ramp_up", f"anchor/{k}", "quality") for k in ("regional", "strong"))
    span = max(high - low, 1e-9)  # equal anchors: one profile below, the other above
    mix = np.clip((s.filling - low) / span, 0.0, 1.0)
    if s.settings.hubs.ramp_up != "score":
        mix = np.full(len(mix), 1.0 if s.settings.hubs.ramp_up == "strong" else 0.0)
    return np.outer(mix, strong) + np.outer(1.0 - mix, regional)


def _profile(s: Source, kind: str, ages: Sequence[int]) -> Floats:
    """Shares by age; after the last age on record the last share holds."""
    last = len(s.keys("ramp_up", f"{kind}/")) - 1
    keys = [f"{kind}/{min(age, last)}" for age in ages]
    return np.array([s.value("ramp_up", key, "share") for key in keys]) * PERCENT
