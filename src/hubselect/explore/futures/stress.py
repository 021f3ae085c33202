"""stress(): what becomes of a plan's first decisions in many drawn futures."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from hubselect.errors import DataError, Problem, ScenarioError, refuse_outside
from hubselect.explore.draws import Range, draw
from hubselect.explore.futures.extensive import cvar
from hubselect.explore.futures.replay import Job, replay_block
from hubselect.explore.futures.stages import MARKUP, Stage, marginal_job
from hubselect.explore.uncertain import uncertain_figures, uncertain_settings
from hubselect.plan import Plan
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.score_regions import score
from hubselect.solving import Settings

BLOCK = 25
AUDITED = 50  # every so-many-th future is audited
LEVELS = ("region", "province", "commune")

SETTINGS: Mapping[str, Range] = {
    "demand.factor.CRM": (0.75, 1.0, 1.05),
    "demand.factor.BPO": (0.9, 1.0, 1.15),
    "demand.factor.ITO": (0.9, 1.0, 1.1),
    "demand.factor.ESO": (0.9, 1.0, 1.1),
    "hubs.capex_factor": (0.95, 1.0, 1.25),
    "training.cost_factor": (0.95, 1.0, 1.2),
}
"""90 % ranges of settings that no estimate of the atlas stands for; judgement."""


@dataclass(frozen=True, eq=False)
class Stress:
    """A plan's first stage in drawn futures. Index of the tables: `future`.

    `outcomes`: cost_mmad, penalty_mmad, jobs, jobs_missing (of the last target), seats_empty, and
    a column `broken …` for each promise broken somewhere, in its own unit. `drawn`: the draws.
    """

    outcomes: pd.DataFrame
    drawn: pd.DataFrame
    decide_by: int
    job_price: float
    seed: int
    asked: int
    seconds: float
    planned_mmad: float
    stopped_by: str = ""
    targets: Mapping[str, float] = field(default_factory=dict)

    @property
    def broken(self) -> pd.DataFrame:
        """Each promise: in what share of futures it is broken, and by how much where it is."""
        rows = []
        for name in [c for c in self.outcomes.columns if c.startswith("broken ")]:
            short = self.outcomes[name].fillna(0.0).to_numpy()
            held = short[short > 0]
            rows.append(
                {
                    "promise": name.removeprefix("broken "),
                    "probability": float((short > 0).mean()),
                    "mean_where_broken": float(held.mean()),
                    "p95": float(np.quantile(short, 0.95)),
                    "worst": float(held.max()),
                }
            )
        columns = ["promise", "probability", "mean_where_broken", "p95", "worst"]
        table = pd.DataFrame(rows, columns=columns)
        return table.sort_values("probability", ascending=False, ignore_index=True)

    @property
    def summary(self) -> dict[str, Any]:
        """Probabilities and quantiles. An interval is that of the draws (95 %, Wilson)."""
        count = len(self.outcomes)
        missing = self.outcomes["jobs_missing"].to_numpy()
        cost = self.outcomes["cost_mmad"].to_numpy()
        low, high = wilson(int((missing > 0.5).sum()), count)
        quantiles = {f"cost_p{q}": float(np.quantile(cost, q / 100)) for q in (5, 50, 95)}
        even = np.full(count, 1.0 / max(count, 1))
        return {
            "futures": count,
            "asked": self.asked,
            "seed": self.seed,
            "decide_by": self.decide_by,
            "planned_mmad": self.planned_mmad,
            "probability_jobs_missing": float((missing > 0.5).mean()),
            "probability_low": low,
            "probability_high": high,
            "jobs_missing_mean": float(missing.mean()),
            "jobs_missing_p95": float(np.quantile(missing, 0.95)),
            "jobs_missing_cvar90": cvar(missing, even, 0.9),
            **quantiles,
            "seats_empty_mean": float(self.outcomes["seats_empty"].mean()),
            "stopped_by": self.stopped_by,
            "seconds": self.seconds,
        }

    @property
    def text(self) -> str:
        """How often which promise is broken, in plain words."""
        from hubselect.explore.futures.words import stress_text

        return stress_text(self)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready copy."""
        return {
            **self.summary,
            "job_price_mmad": self.job_price,
            "broken": self.broken.to_dict("records"),
            "outcomes": self.outcomes.reset_index().to_dict("list"),
        }


def wilson(hits: int, count: int, z: float = 1.959964) -> tuple[float, float]:
    """95 % interval of a probability after `hits` of `count` draws.

    E. B. Wilson, Journal of the American Statistical Association 22 (1927) 209-212.
    """
    if count == 0:
        return 0.0, 1.0
    p, n = hits / count, count
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
    return max(centre - half, 0.0), min(centre + half, 1.0)


def stress(
    plan: Plan,
    draws: int = 1000,
    *,
    seed: int = 0,
    regions: Regions | None = None,
    ranges: Mapping[str, Range] | None = None,
    decide_by: int | None = None,
    job_price: float | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Stress:
    """Replay a plan's hubs, and its seats and places up to a year, in drawn futures.

    Estimates of the atlas are drawn from their intervals, settings from `ranges`; in each future
    all else is decided anew at least cost, at a price for every promise broken. Results do not
    depend on the number of workers; every fiftieth future is audited.

    Args:
        regions: the atlas of the plan; the shipped one of its level unless given.
        ranges: 90 % ranges of settings by dotted key; `SETTINGS` (judgement) unless given.
        decide_by: last year whose seats and places are kept; the first year unless given.
        progress: told how many futures are done, of how many.

    Ctrl-C gives the futures done so far.

    Raises:
        DataError: the plan was not made from these regions.
        ScenarioError: an unknown setting, year, or no draw.
    """
    refuse_outside(workers=(workers, 1, np.inf))
    began = time.perf_counter()
    regions = _regions(plan, regions)
    scenario = Scenario.from_dict(plan.scenario, name=plan.facts.scenario)
    years = plan.instance.years
    year = years[0] if decide_by is None else decide_by
    if year not in years:
        raise ScenarioError([Problem("decide_by", f"{year} is not planned", f"one of {years}")])
    scores = score(regions, scenario)
    uncertain = [
        *uncertain_figures(regions, scenario, scores),
        *uncertain_settings(scenario, SETTINGS if ranges is None else ranges),
    ]
    drawn = draw(uncertain, draws, seed=seed)
    if job_price is None:
        job_price = MARKUP * marginal_job(plan.instance, Settings())
    stage = Stage(years.index(year))
    job = Job(plan, stage, job_price, regions, scenario, scores, drawn, AUDITED)
    rows, stopped = replayed(job, draws, workers, progress)
    rows.sort(key=lambda row: row["future"])  # the order of columns follows that of the rows
    table = pd.DataFrame(rows) if rows else pd.DataFrame(columns=["future"])
    return Stress(
        outcomes=table.astype({"future": int}).set_index("future"),
        drawn=drawn.table,
        decide_by=year,
        job_price=job_price,
        seed=seed,
        asked=draws,
        seconds=time.perf_counter() - began,
        planned_mmad=plan.facts.objective_mad / 1e6,
        stopped_by=stopped,
    )


def replayed(
    job: Job, count: int, workers: int, progress: Callable[[int, int], None] | None = None
) -> tuple[list[dict[str, float]], str]:
    """Outcomes of all draws, in blocks that do not depend on the number of workers."""
    from joblib import Parallel, delayed

    blocks = [range(n, min(n + BLOCK, count)) for n in range(0, count, BLOCK)]
    found: list[dict[str, float]] = []
    pool = Parallel(n_jobs=min(workers, len(blocks)), return_as="generator_unordered", batch_size=1)
    try:
        for rows in pool(delayed(replay_block)(job, block) for block in blocks):
            found += rows
            if progress is not None:
                progress(len(found), count)
    except KeyboardInterrupt:
        if not found:
            raise
        return found, "interruption"
    return found, ""


def _regions(plan: Plan, regions: Regions | None) -> Regions:
    """The regions a plan was made from.

    Raises:
        DataError: they are not.
    """
    tried = [regions] if regions is not None else [Regions.morocco(level) for level in LEVELS[:2]]
    for candidate in tried:
        if candidate.hash == plan.facts.data_hash:
            return candidate
    what = "the plan was not made from these regions"
    raise DataError([Problem("regions", what, "the atlas or data it was solved with")])
