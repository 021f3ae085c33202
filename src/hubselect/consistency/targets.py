"""Targets, floors and budgets against what demand, schools, sites and money allow."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hubselect.consistency.bounds import fewest_desks, most_desks, reachable_jobs
from hubselect.consistency.statement import Statement, at_most, shown
from hubselect.errors import NoPlanError
from hubselect.instance import (
    Bools,
    CoverageRow,
    Floats,
    Instance,
    may_open,
    place_of,
    reached,
    yearly_budgets,
)
from hubselect.locate import max_cover

SECONDS = 5.0  # for a covering bound; what is proven by then holds


def check_against_bounds(i: Instance) -> tuple[Statement, ...]:
    """Every target, floor and budget of an instance against simple proven bounds."""
    reach = reachable_jobs(i)
    return (
        *_job_targets(i, reach),
        *_exports(i, reach),
        *_talent(i),
        *_workstations(i),
        *_floors(i),
        *_coverage(i),
        *_budgets(i),
    )


def _job_targets(i: Instance, reach: Floats) -> Iterator[Statement]:
    for t, heads in i.policy.job_target:
        most = float(reach[:, t].sum())
        shares = ", ".join(f"{s} {shown(j)}" for s, j in zip(i.segments, reach[:, t], strict=True))
        base = float(i.base_jobs.sum())
        yearly = ((heads / base) ** (1 / (t + 1)) - 1) * 100 if base > 0 else np.inf
        yield at_most(
            "job_target", f"jobs {i.years[t]}", heads, most, "jobs",
            f"{shown(heads)} jobs ask for {yearly:.1f} % a year from {shown(base)}; demand and "
            f"absorption allow at most {shown(most)} ({shares})",
        )  # fmt: skip


def _exports(i: Instance, reach: Floats) -> Iterator[Statement]:
    targets = dict(i.policy.job_target)
    for t, goal in i.policy.export_target:
        before = reach[:, t - 1] if t > 0 else i.base_jobs.sum(axis=0)
        most = float(i.revenue[:, t] @ (reach[:, t] + before)) / 2
        heads = targets.get(t)
        least = _least_revenue(i, t, heads, reach[:, t]) / 2
        if t == 0:
            least += float(i.revenue[:, t] @ i.base_jobs.sum(axis=0)) / 2
        else:
            least += _least_revenue(i, t, targets.get(t - 1), reach[:, t - 1]) / 2
        per_job = f", {shown(goal / heads * 1e6)} MAD per job" if heads else ""
        text = (
            f"{goal / 1000:.1f} bn MAD{per_job}; exports count on the average stock; the market "
            f"allows at most {most / 1000:.1f} bn"
        )
        if least >= goal:
            text += f"; the jobs targets alone bring at least {least / 1000:.1f} bn"
            yield Statement(
                "export_target", f"exports {i.years[t]}", "slack", goal, most, "MMAD", text
            )
        else:
            yield at_most("export_target", f"exports {i.years[t]}", goal, most, "MMAD", text)


def _least_revenue(i: Instance, t: int, heads: float | None, reach: Floats) -> float:
    """Least exports [MMAD] of a stock of jobs: the least productive segments first."""
    total, rest = 0.0, heads or 0.0
    for s in np.argsort(i.revenue[:, t], kind="stable"):
        jobs = min(rest, float(reach[s]))
        total += jobs * float(i.revenue[s, t])
        rest -= jobs
    return total


def _talent(i: Instance) -> Iterator[Statement]:
    """Heads the sector can have if every place is filled and every place that can be added is."""
    supply = _largest_talent(i)
    for t, heads in i.policy.job_target:
        most = float(supply[t] * i.willing.max(initial=0.0))
        yield at_most(
            "job_target", f"talent {i.years[t]}", heads, most, "heads",
            f"{shown(heads)} jobs need as many people; retained staff, spontaneous inflow and "
            "every training place, grown as fast as schools can, bring at most "
            f"{shown(most)} willing heads",
        )  # fmt: skip


def _largest_talent(i: Instance) -> Floats:
    years = len(i.years)
    places = i.places.sum(axis=0)
    added = np.zeros_like(places)
    for t in range(years):
        existing = places[:, t] + added[:, :t].sum(axis=1)
        added[:, t] = i.place_growth * existing + len(i.basins) * i.place_floor
    seats = np.zeros_like(places)
    for t in range(years):
        offered = places[:, t] + added[:, :t].sum(axis=1)
        # a place serves at most 1 / (share seated in the first year) starters a year
        first = np.maximum(i.seated[:, 0], 1e-9)
        seats[:, t] = offered / first
    success = i.completion * i.placement * (i.programme_skill < 0)
    stay = 1.0 - float(i.leaving.min(initial=1.0))
    stock, found = float(i.base_talent.sum()), np.zeros(years)
    for t in range(years):
        ended = sum(seats[:, u] * i.finishing[:, t - u] for u in range(t + 1))
        stock = stay * stock + float(i.talent_inflow[:, :, t].sum() + (success * ended).sum())
        found[t] = stock
    return found


def _workstations(i: Instance) -> Iterator[Statement]:
    closed = len({h for h, _ in i.policy.gated})
    for t, heads in i.policy.job_target:
        need = fewest_desks(i, heads, t)
        offices = float(i.workstations[:, t].sum())
        hubs = sum(most_desks(i, h, t) for h in range(len(i.sites)))
        yield at_most(
            "job_target", f"workstations {i.years[t]}", need, offices + hubs, "workstations",
            f"{shown(heads)} jobs need at least {shown(need)} workstations; other offices give "
            f"{shown(offices)}, every open site at its largest {shown(hubs)} after ramp-up"
            + (f" ({closed} sites are closed by rules)" if closed else ""),
        )  # fmt: skip


def _floors(i: Instance) -> Iterator[Statement]:
    targets = dict(i.policy.job_target)
    for floor in i.policy.floors:
        t, basins = floor.year, list(floor.basins)
        heads = floor.heads + floor.share * targets.get(t, 0.0)
        if heads <= 0:
            continue
        start = float(i.base_jobs[basins].sum())
        most = float(reachable_jobs(i, basins)[:, t].sum())
        place = place_of(i, floor)
        yield at_most(
            "regional_floor", f"{place} {i.years[t]}", heads, most, "jobs",
            f"{place} starts from {shown(start)} jobs and can absorb at most {shown(most)}",
        )  # fmt: skip


def _coverage(i: Instance) -> Iterator[Statement]:
    """Who could be near a hub if as many stood as may be open, where they reach most people."""
    for row in i.policy.coverage:
        if row.share is None:
            continue
        people, year, allowed = sum(row.heads), i.years[row.year], may_open(i, row.year)
        count = _most_hubs(i, row.year)
        if count is None or count >= int(allowed.sum()):
            most = float(np.dot(row.heads, reached(row, allowed)))
            hubs = "a hub at every site that may be open"
        else:
            most = _covered_by(count, row, allowed)
            hubs = f"the {shown(count)} hubs that may be open, wherever they stand"
        text = (
            f"{row.share:.1%} of {shown(people)} are {shown(row.share * people)}; with {hubs}, "
            f"{shown(most)} live near one"
        )
        yield at_most("coverage", f"{row.name} {year}", row.share * people, most, "people", text)


def _most_hubs(i: Instance, year: int) -> int | None:
    """Most hubs that may be open in year index `year`; None where no rule says."""
    policy = i.policy
    pace = None if policy.openings_per_year is None else policy.openings_per_year * (year + 1)
    return min((n for n in (policy.max_open, pace) if n is not None), default=None)


def _covered_by(count: int, row: CoverageRow, allowed: Bools) -> float:
    """Most people near one of `count` hubs: the proven bound of maximal covering."""
    if count < 1:
        return 0.0
    covers = np.zeros((len(row.heads), len(allowed)), dtype=bool)
    for basin, near in enumerate(row.near):
        covers[basin, list(near)] = True
    heads = np.array(row.heads)
    try:
        return max_cover(covers[:, allowed], p=count, weights=heads, time_limit=SECONDS).bound
    except NoPlanError:  # no time at all: every site may be open then
        return float(heads @ covers[:, allowed].any(axis=1))


def _budgets(i: Instance) -> Iterator[Statement]:
    """The state's premiums on the net creations of the job target, against all its money."""
    if not i.policy.job_target:
        return
    t, heads = max(i.policy.job_target)
    creations = max(heads - float(i.base_jobs.sum()), 0.0)
    cheapest = float(i.hiring_premium[:, :, : t + 1].min(initial=np.inf))
    need = creations * cheapest
    text = (
        f"{shown(creations)} net creations at no less than {shown(cheapest * 1e6)} MAD of hiring "
        f"premium cost at least {shown(need)} MMAD"
    )
    budgets = [b for b in yearly_budgets(i.policy) if b.payer == "state"]
    if budgets and all(any(b.year == y for b in budgets) for y in range(t + 1)):
        money = sum(b.amount for b in budgets if b.year <= t)
        yield at_most("budget", "state, all years", need, money, "MMAD", text)
    periods = [
        p
        for p in i.policy.periods
        if p.payer == "state" and (not p.kinds or "hiring_premium" in p.kinds) and p.first <= t
    ]
    if all(any(p.first <= y <= p.last for p in periods) for y in range(t + 1)):
        money = sum(p.amount for p in periods)
        yield at_most("budget_period", "state, all periods", need, money, "MMAD", text)
    for b in i.policy.budgets:
        if b.year < 0 and b.payer == "state":
            yield at_most("budget_total", "state, total", need, b.amount, "MMAD", text)
