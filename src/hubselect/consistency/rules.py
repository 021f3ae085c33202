"""Ceilings, floors, quality and hub rules against each other and against the job targets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hubselect.consistency.bounds import fewest_desks, most_desks, reachable_jobs
from hubselect.consistency.statement import Statement, at_most, shown
from hubselect.instance import Instance, RegionRow, place_of


def check_rules(i: Instance) -> tuple[Statement, ...]:
    """Every rule of an instance against simple proven bounds."""
    return (
        *_ceilings_together(i),
        *_outside_ceilings(i),
        *_floors_in_ceilings(i),
        *_floor_desks(i),
        *_quality(i),
        *_number_of_hubs(i),
        *_decided(i),
    )


def _ceilings_together(i: Instance) -> Iterator[Statement]:
    """Shares of territories that cover the country must reach 1, or there can be no job."""
    for t, heads in i.policy.job_target:
        blocks: list[tuple[frozenset[int], float]] = []
        rows = [c for c in i.policy.ceilings if c.year == t and c.heads <= 0]
        for row in sorted(rows, key=lambda c: len(c.basins)):
            here = frozenset(row.basins)
            inside = [b for b in blocks if b[0] <= here]
            whole = frozenset().union(*(b for b, _ in inside)) == here
            if whole and sum(share for _, share in inside) <= row.share:
                continue  # its parts are tighter
            blocks = [b for b in blocks if b not in inside and not b[0] & here]
            blocks.append((here, row.share))
        covered: frozenset[int] = frozenset().union(*(b for b, _ in blocks))
        if heads > 0 and len(covered) == len(i.basins):
            together = sum(share for _, share in blocks)
            yield at_most(
                "regional_ceiling", f"all {i.years[t]}", 1.0, together, "share",
                f"the ceilings cover every basin and add up to {together:.0%} of all jobs",
            )  # fmt: skip


def _outside_ceilings(i: Instance) -> Iterator[Statement]:
    """What a ceiling leaves to the others must be within what they can absorb."""
    targets = dict(i.policy.job_target)
    for row in i.policy.ceilings:
        others = sorted(set(range(len(i.basins))) - set(row.basins))
        rest = (1.0 - row.share) * targets.get(row.year, 0.0) - row.heads
        if not others or rest <= 0:
            continue
        most = float(reachable_jobs(i, others)[:, row.year].sum())
        place = place_of(i, row)
        yield at_most(
            "regional_ceiling", f"outside {place} {i.years[row.year]}", rest, most, "jobs",
            f"with at most {row.share:.0%} in {place} the others must hold {shown(rest)} jobs; "
            f"they can absorb at most {shown(most)}",
        )  # fmt: skip


def _floors_in_ceilings(i: Instance) -> Iterator[Statement]:
    """Floors inside a ceiling, or inside the country, must fit below it at some number of jobs."""
    last, everywhere = len(i.years) - 1, tuple(range(len(i.basins)))
    whole = RegionRow(everywhere, last, share=1.0, name="the country")
    for ceiling in (*i.policy.ceilings, whole):
        t, inside = ceiling.year, frozenset(ceiling.basins)
        floors = [f for f in i.policy.floors if f.year == t and inside >= set(f.basins)]
        if not floors:
            continue
        reach = reachable_jobs(i)[:, t]
        low, high = dict(i.policy.job_target).get(t, 0.0), float(reach.sum())
        need, room = _tightest(floors, ceiling, low, high)
        place = place_of(i, ceiling)
        if need > room * (1 + 1e-9):
            yield at_most(
                "regional_floor", f"in {place} {i.years[t]}", need, room, "jobs",
                f"floors inside {place} ask for {shown(need)} jobs, it may hold {shown(room)}",
            )  # fmt: skip


def _tightest(
    floors: list[RegionRow], ceiling: RegionRow, low: float, high: float
) -> tuple[float, float]:
    """Floors and ceiling in heads at the number of all jobs, low to high, where they fit best.

    For any choice of disjoint floors need − room is linear in the number of jobs, so the best is
    at an end. The choice is made once, at the high end, so that it is the same choice at both.
    """
    chosen, seen = list[RegionRow](), set[int]()
    for floor in sorted(floors, key=lambda f: -(f.heads + f.share * high)):
        if not seen & set(floor.basins):
            seen |= set(floor.basins)
            chosen.append(floor)
    heads, share = sum(f.heads for f in chosen), sum(f.share for f in chosen)
    ends = [
        (heads + share * jobs, ceiling.heads + ceiling.share * jobs)
        for jobs in (low, max(low, high))
    ]
    return min(ends, key=lambda pair: pair[0] - pair[1])


def _floor_desks(i: Instance) -> Iterator[Statement]:
    """A floor needs desks in its own territory."""
    targets = dict(i.policy.job_target)
    for floor in i.policy.floors:
        t, basins = floor.year, list(floor.basins)
        heads = floor.heads + floor.share * targets.get(t, 0.0)
        need, offices = fewest_desks(i, heads, t), float(i.workstations[basins, t].sum())
        hubs = sum(most_desks(i, h, t) for b in basins for h in i.sites_of(b))
        if need > (offices + hubs) * (1 + 1e-9):
            place = place_of(i, floor)
            yield at_most(
                "regional_floor", f"workstations {place} {i.years[t]}", need, offices + hubs,
                "workstations",
                f"{shown(heads)} jobs in {place} need {shown(need)} workstations; other offices "
                f"give {shown(offices)}, its open sites at most {shown(hubs)} after ramp-up",
            )  # fmt: skip


def _quality(i: Instance) -> Iterator[Statement]:
    """Mean quality if the jobs of the target fill the best basins first."""
    floor, last = i.policy.quality_floor, len(i.years) - 1
    heads = dict(i.policy.job_target).get(last, 0.0)
    if floor is None or heads <= 0:
        return
    rest, points = heads, 0.0
    for r in np.argsort(-i.quality, kind="stable"):
        jobs = min(rest, float(reachable_jobs(i, [int(r)])[:, last].sum()))
        points, rest = points + jobs * float(i.quality[r]), rest - jobs
    best = points / (heads - rest) if rest < heads else 0.0
    yield at_most(
        "quality_floor", f"quality {i.years[last]}", floor, best, "points",
        f"a mean of {floor:g} is asked for; {shown(heads)} jobs in the best basins, as far as "
        f"these can absorb them, have a mean of {best:.1f}",
    )  # fmt: skip


def _number_of_hubs(i: Instance) -> Iterator[Statement]:
    """The allowed number of hubs, each the best that is left, must give the desks that miss."""
    policy = i.policy
    for t, heads in policy.job_target:
        by_pace = None if policy.openings_per_year is None else policy.openings_per_year * (t + 1)
        limits = {"max_open": policy.max_open, "openings_per_year": by_pace}
        best = sorted((most_desks(i, h, t) for h in range(len(i.sites))), reverse=True)
        missing = fewest_desks(i, heads, t) - float(i.workstations[:, t].sum())
        for family, count in limits.items():
            most = sum(best[:count])
            # one line a rule is enough where no year is impossible
            if count is None or (missing <= most and t != policy.job_target[-1][0]):
                continue
            yield at_most(
                family, f"hubs {i.years[t]}", max(missing, 0.0), most, "workstations",
                f"{shown(heads)} jobs need {shown(max(missing, 0.0))} workstations in hubs; the "
                f"best {count} hubs give at most {shown(most)} after ramp-up",
            )  # fmt: skip


def _decided(i: Instance) -> Iterator[Statement]:
    """Decided hubs against gates, sites, rivals and the allowed numbers."""
    policy, reasons = i.policy, dict(i.policy.gated)
    for hub in policy.fixed:
        name, largest = i.sites[hub.site], int(i.largest_size[hub.site])
        year, first = i.years[hub.year], int(i.first_year[hub.site])
        if hub.site in reasons:
            yield _never("fix", name, f"decided, but closed: {reasons[hub.site]}")
        if hub.size > largest:
            size = i.sizes[largest] if largest >= 0 else "none"
            yield _never("fix", name, f"decided as {i.sizes[hub.size]}, its largest size is {size}")
        if hub.year < first:
            start = i.years[0] + first
            yield _never("fix", name, f"decided for {year}, it can open in {start} at the earliest")
    sites = {hub.site for hub in policy.fixed}
    for a, b in policy.rivals:
        if a in sites and b in sites and a != b:
            yield _never("rival_sites", f"{i.sites[a]}, {i.sites[b]}", "rivals, and both decided")
    if policy.max_open is not None and len(sites) > policy.max_open:
        yield _more("max_open", "decided hubs", len(sites), policy.max_open)
    if policy.openings_per_year is None:
        return
    for t in range(len(i.years)):
        by_now = len({hub.site for hub in policy.fixed if hub.year <= t})
        if by_now > policy.openings_per_year * (t + 1):
            most = policy.openings_per_year * (t + 1)
            yield _more("openings_per_year", f"decided hubs {i.years[t]}", by_now, most)


def _never(family: str, subject: str, text: str) -> Statement:
    return Statement(family, subject, "contradicts", 1.0, 0.0, "hubs", text)


def _more(family: str, subject: str, asked: int, allowed: int) -> Statement:
    text = f"{asked} hubs are decided by then, {allowed} may be open"
    return Statement(family, subject, "contradicts", asked, allowed, "hubs", text)
