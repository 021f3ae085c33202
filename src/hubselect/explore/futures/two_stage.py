"""A plan for several futures: what to decide now, its cost in each, what knowing is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from hubselect.errors import NoPlanError, Problem, ScenarioError
from hubselect.explore.futures.extensive import STOPS, Answer, Measure, cvar, solve_extensive
from hubselect.explore.futures.l_shaped import Recourse, solve_decomposed
from hubselect.explore.futures.named import Futures, mean_instance
from hubselect.explore.futures.outcomes import outcome_plan
from hubselect.explore.futures.stages import MARKUP, Stage, World, marginal_job, worlds_of
from hubselect.instance import Floats, Instance
from hubselect.plan import Plan
from hubselect.planning import Posed, pose
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.scoring import Scores
from hubselect.solving import Progress, Settings

Told = Callable[[Progress], None]
Method = Literal["extensive", "decomposition"]


@dataclass(frozen=True, eq=False)
class TwoStage:
    """One first stage for all futures, and what follows in each. Money in MMAD of present value.

    `answer` is the program solved; `first_stages` are first stages to compare, by name: this
    plan's ('recourse'), that of the mean figures ('mean figures'), and each future's own. `alone`
    holds cost and proven bound of each future if it were known ('wait and see').
    """

    worlds: tuple[World, ...]
    stage: Stage
    measure: Measure
    job_price: float
    answer: Answer
    judgement: str
    first_stages: Mapping[str, Floats] = field(default_factory=dict, repr=False)
    alone: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    posed: tuple[Posed, ...] = field(default=(), repr=False)
    stopped_by: str = ""

    @property
    def probabilities(self) -> Floats:
        """Probability of each future."""
        return np.array([w.probability for w in self.worlds])

    @property
    def hubs(self) -> pd.DataFrame:
        """Hubs decided now: site, size, year."""
        world = self.worlds[0]
        i, columns = world.instance, world.compiled.columns("installed")
        key_of = {column: key for key, column in columns.items()}
        size: dict[tuple[int, int], int] = {}
        for column, value in zip(world.shared, self.answer.first, strict=True):
            key = key_of.get(int(column))
            if key is not None and value > 0.5:
                h, k, t = key
                size[t, h] = max(size.get((t, h), -1), k)
        rows = [
            {"year": i.years[t], "site": i.sites[h], "size": i.sizes[k]}
            for (t, h), k in sorted(size.items())
            if k > size.get((t - 1, h), -1)
        ]
        return pd.DataFrame(rows, columns=["year", "site", "size"])

    @property
    def outcomes(self) -> pd.DataFrame:
        """Each future: probability, cost, price of what is broken, and what is missing."""
        rows = []
        for world, x in zip(self.worlds, self.answer.x, strict=True):
            cost = float(world.arrays.cost @ x + world.arrays.offset)
            penalty = world.penalty(x)
            rows.append(
                {
                    "future": world.name,
                    "probability": world.probability,
                    "cost_mmad": cost - penalty,
                    "penalty_mmad": penalty,
                    "jobs_missing": float(world.missing @ x),
                    "broken": "; ".join(f"{k} {v:,.4g}" for k, v in world.short(x).items()),
                }
            )
        return pd.DataFrame(rows)

    @property
    def risk(self) -> dict[str, float]:
        """Expected, CVaR and worst total cost [MMAD], and CVaR of missing jobs [heads]."""
        table = self.outcomes
        total = (table["cost_mmad"] + table["penalty_mmad"]).to_numpy()
        jobs, level = table["jobs_missing"].to_numpy(), self.measure.level
        return {
            "expected_mmad": float(self.probabilities @ total),
            "cvar_mmad": cvar(total, self.probabilities, level),
            "worst_mmad": float(total.max()),
            "cvar_jobs_missing": cvar(jobs, self.probabilities, level),
        }

    @cached_property
    def costs(self) -> pd.DataFrame:
        """Total cost [MMAD] of every first stage (rows) in every future (columns)."""
        recourse = Recourse(self.worlds, Settings())
        names = [w.name for w in self.worlds]
        rows = {n: recourse.price(first).costs for n, first in self.first_stages.items()}
        return pd.DataFrame(rows, index=names).T

    @property
    def regret(self) -> pd.DataFrame:
        """What every first stage costs above the best proven possible in each future [MMAD].

        With the largest regret and the expected cost. Future by future an upper bound, since it
        is taken from the proven bound of the future's own plan.
        """
        bounds = pd.Series({name: bound for name, (_, bound) in self.alone.items()})
        table = self.costs.sub(bounds, axis=1).clip(lower=0.0)
        largest = table.max(axis=1)
        return table.assign(
            largest=largest, expected_cost=self.costs.to_numpy() @ self.probabilities
        )

    @property
    def values(self) -> dict[str, float]:
        """Wait and see ≤ recourse ≤ mean figures: values of the plan and of knowing [MMAD].

        Of plans that minimise expected cost; of others the order need not hold.

        `knowing` (expected value of perfect information) and `planning` (value of the stochastic
        solution) with the intervals the gaps allow.
        """
        p = self.probabilities
        seen = float(p @ [self.alone[w.name][0] for w in self.worlds])
        seen_bound = float(p @ [self.alone[w.name][1] for w in self.worlds])
        mean = float(self.costs.loc["mean figures"].to_numpy() @ p)
        return {
            "wait_and_see": seen,
            "recourse": self.answer.objective,
            "mean_figures": mean,
            "knowing": self.answer.objective - seen,
            "knowing_low": max(self.answer.bound - seen, 0.0),
            "knowing_high": self.answer.objective - seen_bound,
            "planning": mean - self.answer.objective,
            "planning_low": mean - self.answer.objective,
            "planning_high": mean - self.answer.bound,
        }

    def plans(self) -> dict[str, Plan]:
        """A certified plan a future: what happens there, promises restated as they are kept."""
        return {
            world.name: outcome_plan(posed, world, x, self.answer, self.stopped_by)
            for posed, world, x in zip(self.posed, self.worlds, self.answer.x, strict=True)
        }

    @property
    def text(self) -> str:
        """What to decide, what follows, and what it is worth, in plain words."""
        from hubselect.explore.futures.words import two_stage_text

        return two_stage_text(self)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready copy."""
        answer = self.answer
        return {
            "decide_by": self.worlds[0].instance.years[self.stage.year],
            "hubs_decided": self.stage.hubs,
            "measure": vars(self.measure),
            "judgement": self.judgement,
            "job_price_mmad": self.job_price,
            "state": answer.state,
            "stopped_by": self.stopped_by,
            "objective_mmad": answer.objective,
            "bound_mmad": answer.bound,
            "seconds": answer.seconds,
            "hubs": self.hubs.to_dict("records"),
            "outcomes": self.outcomes.to_dict("records"),
            "risk": self.risk,
            **({"regret": self.regret.to_dict("index")} if self.alone else {}),
            **({"values": self.values} if self.alone and self.measure.kind == "expected" else {}),
        }


def two_stage(
    regions: Regions,
    scenario: Scenario,
    futures: Futures | None = None,
    *,
    scores: Scores | None = None,
    decide_by: int | None = None,
    hubs: Literal["now", "later"] = "now",
    measure: Measure | None = None,
    method: Method = "extensive",
    compare: bool = True,
    job_price: float | None = None,
    start: Answer | None = None,
    progress: Told | None = None,
) -> TwoStage:
    """The best first stage for several futures, and what it costs in each.

    Args:
        futures: the shipped set of futures unless given.
        decide_by: last year whose seats and places (and hubs, with `hubs="later"`) are decided
            now; the first year unless given.
        hubs: 'now': the whole hub programme is decided now, and all that follows is linear.
            'later': hubs of later years are decided once the future is known (integers a future).
        measure: expected cost unless given.
        method: 'decomposition' prices the futures apart; for hubs decided now and costs only.
        compare: solve each future alone and the mean figures too, for regret and values; only
            where all hubs are decided now.
        job_price: MMAD per job missing; 2.5 times the honest marginal cost unless given.
        start: an answer for the same futures and year, to begin from.

    Raises:
        ScenarioError, DataError: wrong input; every problem is listed.
        InfeasibleError: the scenario itself admits no plan.
        NoPlanError, SolverError: see hubselect.errors.
    """
    futures = (futures or Futures.read()).checked()
    posed = futures.pose(regions, scenario, scores=scores)
    years = posed[0].instance.years
    year = years[0] if decide_by is None else decide_by
    measure = measure or Measure()
    if year not in years:
        raise ScenarioError([Problem("decide_by", f"{year} is not planned", f"one of {years}")])
    if method == "decomposition" and (hubs == "later" or measure.kind == "missing"):
        what = f"cannot be used for hubs '{hubs}', measure '{measure.kind}'"
        raise ScenarioError([Problem("decomposition", what, "method 'extensive'")])
    if job_price is None:
        base = pose(regions, scenario, scores=posed[0].scores)
        job_price = MARKUP * marginal_job(base.instance, base.settings)
    return solve_two_stage(
        posed, [f.name for f in futures.futures], futures.probabilities,
        Stage(years.index(year), hubs), measure, job_price, judgement=futures.judgement,
        method=method, compare=compare, start=start, progress=progress,
    )  # fmt: skip


def solve_two_stage(
    posed: Sequence[Posed],
    names: Sequence[str],
    probabilities: Sequence[float] | Floats,
    stage: Stage,
    measure: Measure,
    job_price: float,
    *,
    judgement: str = "",
    method: Method = "extensive",
    compare: bool = True,
    start: Answer | None = None,
    progress: Told | None = None,
) -> TwoStage:
    """As `two_stage`, of futures already assembled."""
    settings = posed[0].settings
    instances = [p.instance for p in posed]
    worlds = worlds_of(instances, names, list(probabilities), stage, job_price)
    if method == "decomposition":
        answer = solve_decomposed(worlds, measure, settings, progress=progress)
    else:
        answer = solve_extensive(
            worlds, measure, settings, job_price=job_price,
            start=None if start is None else start.x, progress=progress,
        )  # fmt: skip
    found = TwoStage(
        worlds, stage, measure, job_price, answer, judgement, {"recourse": answer.first}, {},
        tuple(posed), STOPS.get(answer.state, answer.state),
    )  # fmt: skip
    if not compare or stage.hubs == "later" or answer.state == "interrupted":
        return found
    try:
        return _compared(found, mean_instance(instances, probabilities), settings, progress)
    except (KeyboardInterrupt, NoPlanError) as stop:
        # the plan stands without what it would be compared with
        limit = isinstance(stop, NoPlanError) and not stop.interrupted
        return replace(found, stopped_by=STOPS["limit" if limit else "interrupted"])


def _compared(
    found: TwoStage, mean_figures: Instance, settings: Settings, progress: Told | None
) -> TwoStage:
    """With the first stages of the mean figures and of each future alone.

    Raises:
        KeyboardInterrupt, NoPlanError: stopped.
    """
    firsts, alone = dict(found.first_stages), {}
    mean = worlds_of([mean_figures], ["mean"], [1.0], found.stage, found.job_price)
    firsts["mean figures"] = solve_extensive(mean, Measure(), settings, progress=progress).first
    for world in found.worlds:
        own = solve_extensive(
            [replace(world, probability=1.0)], Measure(), settings, progress=progress
        )
        if own.state == "interrupted":
            raise KeyboardInterrupt
        firsts[f"best for {world.name}"] = own.first
        alone[world.name] = (own.objective, own.bound)
    return replace(found, first_stages=firsts, alone=alone)
