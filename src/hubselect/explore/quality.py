"""The price of quality: dirhams per point of the jobs' mean quality score, by ε-constraint."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from hubselect.errors import InfeasibleError
from hubselect.instance import Floats
from hubselect.plan import Plan
from hubselect.planning import solve
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.scoring import Scores
from hubselect.solving import Progress


def quality_prices(
    regions: Regions,
    scenario: Scenario,
    floors: Sequence[float],
    *,
    scores: Scores | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> pd.DataFrame:
    """Least cost at each floor ε on the mean quality of the last year's jobs, and its price.

    Args:
        floors: values of `quality.floor` (0–100), tried in ascending order.

    Columns: floor, quality (reached), cost_mad, bound_mad, mad_per_point: cost of one more point
    since the row above, with mad_per_point_low and _high, the interval the gaps allow. The price
    is NaN where that interval contains zero: the effect is below the gap. A floor nothing
    satisfies ends the table with infinite cost.

    Raises:
        ScenarioError, DataError, SolverError: as `solve`.
    """
    rows: list[dict[str, float]] = []
    for floor in sorted(floors):
        try:
            asked = scenario.replace(quality__floor=float(floor))
            plan = solve(regions, asked, scores=scores, progress=progress)
        except InfeasibleError:
            rows.append({"floor": floor, "cost_mad": np.inf, "bound_mad": np.inf})
            break
        rows.append(
            {
                "floor": floor,
                "quality": mean_quality(plan),
                "cost_mad": plan.facts.objective_mad,
                "bound_mad": plan.facts.bound_mad or -np.inf,
            }
        )
    table = pd.DataFrame(rows, columns=["floor", "quality", "cost_mad", "bound_mad"])
    return table.assign(**_prices(table))


def mean_quality(plan: Plan) -> float:
    """Mean quality score of the last year's jobs: Σ Q·J / Σ J."""
    jobs = plan.decisions.jobs[:, :, -1].sum(axis=1)
    return float(plan.instance.quality @ jobs / jobs.sum())


def _prices(table: pd.DataFrame) -> dict[str, Floats]:
    """Arc prices between consecutive rows and the interval the gaps allow."""
    floor, cost, bound = (table[c].to_numpy(float) for c in ("floor", "cost_mad", "bound_mad"))
    price, low, high = (np.full(len(table), np.nan) for _ in range(3))
    for n in range(1, len(table)):
        step = floor[n] - floor[n - 1]
        if np.isfinite(cost[n]) and step > 0:
            low[n] = (bound[n] - cost[n - 1]) / step
            high[n] = (cost[n] - bound[n - 1]) / step
            price[n] = (cost[n] - cost[n - 1]) / step if low[n] > 0 else np.nan
    return {"mad_per_point": price, "mad_per_point_low": low, "mad_per_point_high": high}
