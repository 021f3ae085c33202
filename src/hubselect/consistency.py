"""Before solving: do the stated targets agree with each other and with what is possible?

Each statement is compared with a bound that ignores everything else, so 'contradicts' is
proof, 'slack' is proof, and 'may bind' says that only the model can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from hubselect.instance import (
    Floats,
    Instance,
    may_open,
    place_of,
    reached,
    yearly_budgets,
)

Verdict = Literal["slack", "may bind", "contradicts"]


@dataclass(frozen=True)
class Statement:
    """One policy statement, the bound it is compared with, and the arithmetic in words."""

    family: str
    subject: str
    verdict: Verdict
    required: float
    possible: float
    unit: str
    arithmetic: str

    def to_dict(self) -> dict[str, object]:
        """JSON-ready copy."""
        return asdict(self)


def check_targets(i: Instance) -> tuple[Statement, ...]:
    """Compare every target, floor and budget of an instance with simple proven bounds."""
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


def reachable_jobs(i: Instance) -> Floats:
    """Most jobs each segment can have by year: absorption in every basin, then demand; [S,T]."""
    growth, floor = 1.0 + i.absorption_growth, i.absorption_floor * len(i.basins)
    jobs, found = i.base_jobs.sum(axis=0), np.zeros((len(i.segments), len(i.years)))
    for t in range(len(i.years)):
        jobs = growth * jobs + floor
        found[:, t] = np.minimum(jobs, i.demand[:, t])
    return found


def _job_targets(i: Instance, reach: Floats) -> Iterator[Statement]:
    for t, heads in i.policy.job_target:
        most = float(reach[:, t].sum())
        shares = ", ".join(f"{s} {_n(j)}" for s, j in zip(i.segments, reach[:, t], strict=True))
        base = float(i.base_jobs.sum())
        yearly = ((heads / base) ** (1 / (t + 1)) - 1) * 100 if base > 0 else np.inf
        yield _at_most(
            "job_target", f"jobs {i.years[t]}", heads, most, "jobs",
            f"{_n(heads)} jobs ask for {yearly:.1f} % a year from {_n(base)}; demand and "
            f"absorption allow at most {_n(most)} ({shares})",
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
        per_job = f", {_n(goal / heads * 1e6)} MAD per job" if heads else ""
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
            yield _at_most("export_target", f"exports {i.years[t]}", goal, most, "MMAD", text)


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
        yield _at_most(
            "job_target", f"talent {i.years[t]}", heads, most, "heads",
            f"{_n(heads)} jobs need as many people; retained staff, spontaneous inflow and every "
            f"training place, grown as fast as schools can, bring at most {_n(most)} willing heads",
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
    for t, heads in i.policy.job_target:
        need = float(i.workstations_per_job.min()) * heads
        offices = float(i.workstations[:, t].sum())
        hubs = 0.0
        for h in range(len(i.sites)):
            size = float(i.increment[: i.largest_size[h] + 1].sum())
            ages = range(t - int(i.first_year[h]) + 1)
            hubs += size * max((float(i.ramp_up[h, a]) for a in ages), default=0.0)
        closed = {h for h, _ in i.policy.gated}
        yield _at_most(
            "job_target", f"workstations {i.years[t]}", need, offices + hubs, "workstations",
            f"{_n(heads)} jobs need at least {_n(need)} workstations; other offices give "
            f"{_n(offices)}, every site at its largest {_n(hubs)} after ramp-up"
            + (f" ({len(closed)} sites are closed by gates)" if closed else ""),
        )  # fmt: skip


def _floors(i: Instance) -> Iterator[Statement]:
    for floor in i.policy.floors:
        if floor.heads <= 0:
            continue
        start = jobs = i.base_jobs[list(floor.basins)].sum(axis=0)
        for _ in range(floor.year + 1):
            jobs = (1.0 + i.absorption_growth) * jobs + i.absorption_floor * len(floor.basins)
        most = float(np.minimum(jobs, i.demand[:, floor.year]).sum())
        basin = place_of(i, floor)
        yield _at_most(
            "regional_floor", f"{basin} {i.years[floor.year]}", floor.heads, most, "jobs",
            f"{basin} starts from {_n(float(start.sum()))} jobs and can absorb "
            f"at most {_n(most)}",
        )  # fmt: skip
    total, seen = 0.0, set[int]()
    for floor in sorted(i.policy.floors, key=lambda f: -f.heads):
        # floors on territories that overlap do not add up
        if not seen.intersection(floor.basins):
            seen.update(floor.basins)
            total += floor.heads
    demand = float(i.demand[:, -1].sum())
    if total > demand:
        text = f"floors add up to {_n(total)} jobs, the market absorbs {_n(demand)}"
        yield Statement("regional_floor", "all", "contradicts", total, demand, "jobs", text)


def _coverage(i: Instance) -> Iterator[Statement]:
    """Who could be near a hub if every site that may open stood."""
    for row in i.policy.coverage:
        if row.share is None:
            continue
        people, year = sum(row.heads), i.years[row.year]
        most = float(np.dot(row.heads, reached(row, may_open(i, row.year))))
        text = (
            f"{row.share:.1%} of {_n(people)} are {_n(row.share * people)}; with a hub at every "
            f"site that may be open, {_n(most)} live near one"
        )
        yield _at_most("coverage", f"{row.name} {year}", row.share * people, most, "people", text)


def _budgets(i: Instance) -> Iterator[Statement]:
    """The state's premiums on the net creations of the job target, against all its money."""
    if not i.policy.job_target:
        return
    t, heads = max(i.policy.job_target)
    creations = max(heads - float(i.base_jobs.sum()), 0.0)
    cheapest = float(i.hiring_premium[:, :, : t + 1].min(initial=np.inf))
    need = creations * cheapest
    text = (
        f"{_n(creations)} net creations at no less than {_n(cheapest * 1e6)} MAD of hiring "
        f"premium cost at least {_n(need)} MMAD"
    )
    budgets = [b for b in yearly_budgets(i.policy) if b.payer == "state"]
    if budgets and all(any(b.year == y for b in budgets) for y in range(t + 1)):
        money = sum(b.amount for b in budgets if b.year <= t)
        yield _at_most("budget", "state, all years", need, money, "MMAD", text)
    periods = [
        p
        for p in i.policy.periods
        if p.payer == "state" and (not p.kinds or "hiring_premium" in p.kinds) and p.first <= t
    ]
    if all(any(p.first <= y <= p.last for p in periods) for y in range(t + 1)):
        money = sum(p.amount for p in periods)
        yield _at_most("budget_period", "state, all periods", need, money, "MMAD", text)
    for b in i.policy.budgets:
        if b.year < 0 and b.payer == "state":
            yield _at_most("budget_total", "state, total", need, b.amount, "MMAD", text)


def _at_most(
    family: str, subject: str, required: float, possible: float, unit: str, text: str
) -> Statement:
    verdict: Verdict = "contradicts" if required > possible * (1 + 1e-9) else "may bind"
    return Statement(family, subject, verdict, required, possible, unit, text)


def _n(value: float) -> str:
    return f"{value:,.0f}"
