"""Parameters of jobs, talent, arcs, pools and training."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hubselect.assemble.distances import distances
from hubselect.assemble.source import MMAD, PERCENT, Source
from hubselect.cohorts import finishing_profile, seated_profile
from hubselect.instance import Bools, Floats, Ints


def base_jobs(s: Source) -> Floats:
    """Jobs at the end of the base year, [R,S]."""
    return s.matrix("jobs", "jobs", s.labels.segments)


def demand(s: Source) -> Floats:
    """What the market absorbs, [S,T]: base jobs × (1 + growth)^years × the scenario's factor."""
    settings = s.settings.demand
    growth = _overridden(s, "demand_growth", settings.growth) * PERCENT
    factor = [
        [settings.factor.get(segment, {}).get(year, 1.0) for year in s.labels.years]
        for segment in s.labels.segments
    ]
    national = base_jobs(s).sum(axis=0)
    path = national[:, None] * (1.0 + growth[:, None]) ** s.elapsed
    return np.asarray(path * np.array(factor))


def revenue(s: Source) -> Floats:
    """Exports, MMAD per job-year [S,T]: today's × (1 + productivity)^years."""
    growth = _overridden(s, "productivity_growth", s.settings.demand.productivity_growth)
    price = s.column("segments", "revenue_per_job")
    return MMAD * price[:, None] * (1.0 + PERCENT * growth[:, None]) ** s.elapsed


def skill_need(s: Source) -> Floats:
    """Share of each segment's jobs that need at least each profile, [S,G]."""
    table = s.regions.table("segment_mix")["min_share"].to_dict()
    need = [
        [float(table.get(f"{segment}/{skill}", 0.0)) for skill in s.labels.skills]
        for segment in s.labels.segments
    ]
    return np.array(need) * PERCENT


def fills(s: Source) -> Bools:
    """Which profile can do a job that needs which, [G,G]: itself and those it lists."""
    found = np.eye(len(s.labels.skills), dtype=bool)
    for g, listed in enumerate(s.texts("skills", "fills")):
        for lower in listed.split(";"):
            if lower in s.labels.skills:
                found[g, s.labels.skills.index(lower)] = True
    return found


def talent_inflow(s: Source) -> Floats:
    """Heads a year who join without a funded seat, [R,G,T]."""
    yearly = s.matrix("talent", "inflow", s.labels.skills) * s.settings.talent.inflow_factor
    return np.repeat(yearly[:, :, None], len(s.labels.years), axis=2)


def leaving(s: Source) -> Floats:
    """Share of talent leaving the sector each year, [G]."""
    share = s.column("skills", "leaving") * PERCENT * s.settings.talent.leaving_factor
    return np.minimum(share, 1.0)


def arcs(s: Source) -> dict[str, Floats | Ints]:
    """Own-basin arcs, then pairs of basins within the mobility radius; reach falls with distance.

    reach = min(1, e^(−km / decay) + remote share), 1 inside a basin.
    """
    count = len(s.labels.basins)
    road = distances(s)
    near = (road <= s.settings.talent.mobility_radius) & ~np.eye(count, dtype=bool)
    origin, place = np.nonzero(near)
    remote = s.column("skills", "remote") * PERCENT
    decay = np.exp(-road[near] / s.finance("mobility_decay_km"))
    reach = np.minimum(decay[:, None] + remote[None, :], 1.0)
    support = s.finance("mobility_support") * MMAD
    own = np.arange(count)
    return {
        "arc_from": np.concatenate([own, origin]),
        "arc_to": np.concatenate([own, place]),
        "arc_reach": np.vstack([np.ones((count, len(remote))), reach]),
        "arc_cost": np.concatenate([np.zeros(count), np.full(len(origin), support)]),
    }


def training(s: Source) -> dict[str, Floats | Ints]:
    """Pools, programmes, places and seats; the scenario may switch seats or new places off."""
    labels, settings, years = s.labels, s.settings.training, len(s.labels.years)
    offered = np.array(
        [settings.seats and p not in settings.exclude for p in labels.programmes], dtype=float
    )
    grows = offered * float(settings.new_places)
    places = s.matrix("places", "places", labels.programmes) * offered
    opening = s.matrix("places", "available_from", labels.programmes)
    is_open = np.array(labels.years)[None, None, :] >= opening[:, :, None]
    completion = s.column("programmes", "completion") * PERCENT * settings.completion_factor
    inflow = s.matrix("pool_stock", "inflow", labels.pools)
    length = s.column("programmes", "length")
    source, target = s.texts("programmes", "from"), s.texts("programmes", "to")
    return {
        "base_pool": s.matrix("pool_stock", "stock", labels.pools),
        "pool_inflow": np.repeat(inflow[:, :, None], years, axis=2),
        "pool_leaving": s.column("pools", "leaving") * PERCENT,
        "programme_pool": _positions(source, labels.pools),
        "programme_skill": _positions(source, labels.skills),
        "programme_target": _positions(target, labels.skills),
        "completion": np.minimum(completion, 1.0),
        "placement": s.column("programmes", "placement") * PERCENT,
        "finishing": np.array([finishing_profile(x, years) for x in length]),
        "seated": np.array([seated_profile(x, years) for x in length]),
        "places": places[:, :, None] * is_open,
        "place_growth": s.column("programmes", "place_growth") * PERCENT * grows,
        "place_floor": s.column("programmes", "place_floor") * grows,
        "seat_cost": s.column("programmes", "cost_per_seat") * MMAD * settings.cost_factor,
        "place_cost": s.column("programmes", "place_cost") * MMAD,
        "cohort_size": np.array(
            [
                float(settings.cohort_size or 0)
                * (not settings.cohort_programmes or p in settings.cohort_programmes)
                for p in labels.programmes
            ]
        ),
    }


def _overridden(s: Source, field: str, changes: Mapping[str, float]) -> Floats:
    """A field of the segments, with the scenario's values in place of the atlas's."""
    stated = zip(s.labels.segments, s.column("segments", field), strict=True)
    return np.array([changes.get(segment, value) for segment, value in stated])


def _positions(names: list[str], members: tuple[str, ...]) -> Ints:
    return np.array([members.index(n) if n in members else -1 for n in names], dtype=int)
