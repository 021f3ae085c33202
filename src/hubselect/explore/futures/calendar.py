"""The decision calendar: what is the same in every future, what can wait, and until when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hubselect.errors import DataError, InfeasibleError, NoPlanError, Problem, refuse_outside
from hubselect.explore.futures.named import Futures
from hubselect.explore.futures.two_stage import TwoStage, two_stage
from hubselect.explore.workbench import Workbench
from hubselect.instance import Floats
from hubselect.plan import Plan
from hubselect.planning import solve
from hubselect.regions import Regions
from hubselect.scenario import Scenario

Told = Callable[[str], None]
NEVER = 9999
LONGEST = 120.0  # seconds for the program whose hubs are integers in every future


@dataclass(frozen=True, eq=False)
class Calendar:
    """When to decide what. Money in MMAD of present value.

    `hubs`: site, planned year, last responsible year (NEVER: it need not open), what waiting
    until then costs, and what a year more costs at least and at most. `futures`: opening year of
    each site in the best plan of each future. `waiting`: cost with all hubs decided now, with
    those of later years decided once the future is known, and the difference with the interval
    the gaps allow.
    """

    plan: Plan
    delta: float
    hubs: pd.DataFrame
    futures: pd.DataFrame
    waiting: pd.DataFrame
    now: TwoStage | None
    stopped_by: str = ""

    @property
    def same(self) -> pd.DataFrame:
        """Sites that open in every future, with the earliest and latest year."""
        years = self.futures
        everywhere = years[years.notna().all(axis=1)]
        return pd.DataFrame(
            {"earliest": everywhere.min(axis=1), "latest": everywhere.max(axis=1)}
        ).astype(int)

    @property
    def seats(self) -> pd.DataFrame:
        """Seats to offer now, whatever the future: programme, year, heads."""
        columns = ["programme", "year", "seats"]
        if self.now is None:
            return pd.DataFrame(columns=columns)
        world = self.now.worlds[0]
        i, years = world.instance, self.now.stage.year + 1
        count = len(i.basins) * len(i.programmes) * years
        offered = self.now.answer.first[-2 * count : -count]
        total = offered.reshape(len(i.basins), len(i.programmes), years).sum(axis=0)
        rows = [
            (i.programmes[p], i.years[t], float(total[p, t])) for p, t in np.ndindex(total.shape)
        ]
        return pd.DataFrame([r for r in rows if r[2] > 0.5], columns=columns)

    @property
    def text(self) -> str:
        """The calendar in plain words."""
        cost = self.plan.facts.objective_mad / 1e6
        lines = [f"Plan of {cost:,.0f} MMAD; 'can wait' means at most {self.delta:.1%} dearer."]
        for row in self.hubs.to_dict("records"):
            last = int(row["last_year"])
            doubt = ", perhaps later: the gap hides it" if row["unclear"] else ""
            until = "need not open at all" if last == NEVER else f"by {last} at the latest"
            lines.append(
                f"  {row['site']}: planned for {row['planned']}, {until} "
                f"(+{row['cost_of_waiting']:,.0f} MMAD){doubt}"
            )
        if len(self.futures.columns):
            same = ", ".join(self.same.index) or "none"
            lines.append(f"Sites that open in every future: {same}.")
        for row in self.waiting.to_dict("records"):
            lines.append(
                f"Hubs after {row['decided_until']} decided once the future is known: worth "
                f"{row['worth']:,.0f} MMAD ({row['worth_low']:,.0f} to {row['worth_high']:,.0f})."
            )
        if len(self.seats):
            lines.append("Seats to offer now, whatever the future:")
            lines += [
                f"  {r['programme']} {r['year']}: {r['seats']:,.0f}"
                for r in self.seats.to_dict("records")
            ]
        if self.stopped_by:
            lines.append(f"Stopped by the {self.stopped_by}; the rest is not known.")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready copy."""
        opened = self.futures.astype(object).where(self.futures.notna(), None)
        return {
            "cost_mmad": self.plan.facts.objective_mad / 1e6,
            "delta": self.delta,
            "hubs": self.hubs.to_dict("records"),
            "futures": opened.to_dict("index"),
            "same": self.same.to_dict("index"),
            "waiting": self.waiting.to_dict("records"),
            "seats": self.seats.to_dict("records"),
            "stopped_by": self.stopped_by,
        }


def calendar(
    regions: Regions,
    scenario: Scenario,
    futures: Futures | None = None,
    *,
    plan: Plan | None = None,
    delta: float = 0.005,
    decide_by: int | None = None,
    progress: Told | None = None,
) -> Calendar:
    """When each decision of a scenario must be taken.

    Args:
        plan: the scenario's plan, if it is solved already.
        delta: a hub can wait as long as the plan gets no dearer than this share.
        decide_by: last year whose hubs are decided now, for what waiting is worth; the second
            year unless given, since few hubs can open in the first.

    Ctrl-C gives what is known so far.

    Raises:
        ScenarioError, DataError, InfeasibleError, NoPlanError, SolverError: as `solve`.
    """
    refuse_outside(delta=(delta, 0.0, np.inf))
    if plan is not None and plan.facts.data_hash != regions.hash:
        what = "the plan was not made from these regions"
        raise DataError([Problem("regions", what, "the atlas or data it was solved with")])
    tell = progress or (lambda _: None)
    tell("the plan of the scenario")
    plan = solve(regions, scenario) if plan is None else plan
    years = plan.instance.years
    by = years[min(1, len(years) - 1)] if decide_by is None else decide_by
    rows: list[dict[str, Any]] = []
    opened, waiting = pd.DataFrame(), WAITING
    now: TwoStage | None = None
    stopped = ""
    try:
        tell("all hubs decided now, for all futures")
        now = two_stage(regions, scenario, futures, decide_by=by)
        if now.stopped_by == "interruption":
            raise KeyboardInterrupt
        opened = openings(now)
        tell(f"hubs after {by} decided once the future is known")
        brief = scenario.replace(solve__time_limit=min(scenario.solve.time_limit, LONGEST))
        later = two_stage(
            regions, brief, futures, decide_by=by, hubs="later", compare=False,
            job_price=now.job_price, start=now.answer,
        )  # fmt: skip
        waiting = worth_of_waiting(now, later)
        if later.stopped_by == "interruption":
            raise KeyboardInterrupt
        last_years(plan, delta, tell, rows)
    except (KeyboardInterrupt, NoPlanError) as stop:
        if isinstance(stop, NoPlanError) and not stop.interrupted:
            raise
        stopped = "interruption"
    return Calendar(plan, delta, _table(rows), opened, waiting, now, stopped)


WAITING = pd.DataFrame(
    columns=["decided_until", "all_now", "later", "worth", "worth_low", "worth_high"]
)


def worth_of_waiting(now: TwoStage, later: TwoStage) -> pd.DataFrame:
    """What deciding later hubs later saves, with the interval the gaps allow."""
    a, b = now.answer, later.answer
    year = later.worlds[0].instance.years[later.stage.year]
    # no plan beats knowing the future beforehand
    known = sum(w.probability * now.alone[w.name][1] for w in now.worlds) if now.alone else -np.inf
    least = max(b.bound, known)
    low, high = max(a.bound - b.objective, 0.0), a.objective - least
    row = [year, a.objective, b.objective, a.objective - b.objective, low, high]
    return pd.DataFrame([row], columns=WAITING.columns)


def openings(found: TwoStage) -> pd.DataFrame:
    """Opening year of each site (rows) in the best plan of each future (columns); NaN: none."""
    world = found.worlds[0]
    i = world.instance
    keys = list(world.compiled.model.variables.installed)
    columns = {}
    for name in (w.name for w in found.worlds):
        first = found.first_stages[f"best for {name}"]
        z = {key: first[n] for n, key in enumerate(keys)}
        columns[name] = [
            next((float(i.years[t]) for t in range(len(i.years)) if z[h, 0, t] > 0.5), np.nan)
            for h in range(len(i.sites))
        ]
    return pd.DataFrame(columns, index=list(i.sites)).dropna(how="all")


def last_years(
    plan: Plan, delta: float, tell: Told, rows: list[dict[str, Any]] | None = None
) -> pd.DataFrame:
    """The latest opening year of each hub at which a plan costs at most 1 + delta as much.

    Each trial forbids the hub before a year and solves everything else anew; it is within reach
    when a plan is found, and out of reach when the bound proves so. `unclear` says that a trial
    was neither, and the last year may be later than stated. `rows` is filled as hubs are done.

    Raises:
        KeyboardInterrupt: stopped; `rows` has what was done.
    """
    rows = [] if rows is None else rows
    bench = Workbench.of(plan)
    i, z = plan.instance, plan.decisions.installed
    sites = [h for h in range(len(i.sites)) if z[h, 0, -1] > 0.5]
    for h in sites:
        tell(f"how long can {i.names.get(i.sites[h], i.sites[h])} wait?")
        rows.append({"site": i.sites[h], **_last_year(bench, h, z, delta)})
    return _table(rows)


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = ["site", "planned", "last_year", "cost_of_waiting", "a_year_more_low",
               "a_year_more_high", "unclear"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["last_year", "planned"], ignore_index=True)


def _last_year(bench: Workbench, h: int, z: Floats, delta: float) -> dict[str, Any]:
    i, most = bench.instance, (1 + delta) * bench.cost
    opened = int(np.argmax(z[h, 0] > 0.5))
    last, paid, low, high, unclear = i.years[opened], 0.0, np.nan, np.nan, False
    for t in range(opened + 1, len(i.years) + 1):
        columns = [c for (site, _, u), c in bench.compiled.columns("installed").items()
                   if site == h and u < t]  # fmt: skip
        try:
            solved = bench.solve(bench.compiled.arrays.with_bounds(columns, 0.0, 0.0))
        except (InfeasibleError, NoPlanError):
            low = high = np.inf
            break
        if solved.stopped_by == "interruption":
            raise KeyboardInterrupt
        extra = max(solved.objective - bench.cost, 0.0)
        if solved.objective > most:
            low, high = max(solved.bound - bench.cost, 0.0), extra
            unclear = solved.bound <= most
            break
        last, paid = (i.years[t] if t < len(i.years) else NEVER), extra
    return {"planned": i.years[opened], "last_year": last, "cost_of_waiting": paid,
            "a_year_more_low": low, "a_year_more_high": high, "unclear": unclear}  # fmt: skip
