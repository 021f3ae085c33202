"""assumptions(): the estimates that move a plan most, how much of it they carry, where seats go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from hubselect.errors import DataError, Problem
from hubselect.explore.plans.leaks import leaks, public_cost_per_net_job
from hubselect.explore.sweep import Sweep, sweep
from hubselect.instance import Floats
from hubselect.plan import Plan
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.scoring import Scores
from hubselect.tables import records

DRAWS = 128
LISTED = 5
MISSING_JOB = 3.0  # price of a missing job, in times the plan's cost per job added
GAP = 0.005  # wide enough to be quick, narrow against what the estimates move

# figures that are the price of a cost line; statutory rates stand with the pay they apply to
PRICES: dict[str, tuple[tuple[str, str], ...]] = {
    "capex": (("hub_sizes", "capex"), ("basins", "construction_factor")),
    "territorial_premium": (("hub_sizes", "capex"), ("basins", "construction_factor")),
    "opex": (("hub_sizes", "opex"),),
    "seats": (("programmes", "cost_per_seat"),),
    "training_places": (("programmes", "place_cost"),),
    "residual_value": (("finance", "building_life"),),
    "mobility": (("finance", "mobility_support"),),
    "hiring_premium": (("skills", "gross_wage"), ("basins", "wage_factor")),
    "training_premium": (("skills", "gross_wage"), ("basins", "wage_factor")),
    "tax_expenditure": (("skills", "gross_wage"), ("basins", "wage_factor")),
    "rent": (("basins", "office_rent"),),
    "employment": (("skills", "gross_wage"), ("basins", "wage_factor")),
}


@dataclass(frozen=True, eq=False)
class Assumptions:
    """What a plan rests on.

    `ranking` [assumption]: share (squared standardised rank regression coefficient of the cost, or
    squared rank correlation: see `method`), direction (+1: the higher, the dearer), swing_mad
    (linear change of cost from the 5 % to the 95 % point of the interval), told (whether the share
    stands out of the noise of the draws); all drawn assumptions, the strongest first.
    `prices` [kind]: the plan's counted cost lines, and whether their price is an estimate.
    `share_on_estimates`: part of the sum of absolute counted lines whose price is an estimate.
    `leaks`: see `hubselect.explore.plans.leaks`.
    """

    ranking: pd.DataFrame
    method: str
    prices: pd.DataFrame
    share_on_estimates: float
    leaks: pd.DataFrame
    public_cost_per_net_job_mad: float
    futures: int
    without_plan: int

    @property
    def top(self) -> pd.DataFrame:
        """The five that move the plan most."""
        return self.ranking.head(LISTED)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready copy."""
        return {
            "top": records(self.top.reset_index()),
            "method": self.method,
            "share_on_estimates": self.share_on_estimates,
            "prices": records(self.prices.reset_index()),
            "leaks": records(self.leaks.reset_index()),
            "public_cost_per_net_job_mad": self.public_cost_per_net_job_mad,
            "futures": self.futures,
            "without_plan": self.without_plan,
        }


def assumptions(
    plan: Plan,
    regions: Regions,
    *,
    swept: Sweep | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    scores: Scores | None = None,
    **options: Any,
) -> Assumptions:
    """What moves a plan most, what of it rests on estimates, and where its seats go.

    Args:
        regions: the atlas the plan was made from.
        swept: a sweep of the plan's scenario over drawn figures; made here when not given, with
            every estimate drawn and a job missing at a target priced at three times the plan's
            cost per job added, so that most futures have a plan.
        draws, seed, scores, options: of that sweep; `options` as `sweep` takes them.

    Raises:
        DataError: the sweep has too few futures with a plan (fewer than 20).
        ScenarioError, CertificateError, SolverError: as `sweep`.
    """
    if swept is None:
        scenario = Scenario.from_dict(plan.scenario, name=plan.facts.scenario)
        added = plan.decisions.jobs[:, :, -1].sum() - plan.instance.base_jobs.sum()
        asked = {
            "missing_job_mad": MISSING_JOB * plan.facts.objective_mad / max(float(added), 1.0),
            "gap": max(plan.facts.gap_asked, GAP),
        }
        swept = sweep(regions, scenario, draws=draws, seed=seed, scores=scores, **(asked | options))
    ranking, method = rank(swept)
    prices = _prices(plan, regions)
    size = prices["mad"].abs()
    return Assumptions(
        ranking=ranking,
        method=method,
        prices=prices,
        share_on_estimates=float((size * prices["share_estimated"]).sum() / max(size.sum(), 1e-9)),
        leaks=leaks(plan),
        public_cost_per_net_job_mad=public_cost_per_net_job(plan),
        futures=len(swept.results),
        without_plan=int(swept.results["objective_mad"].isna().sum()),
    )


def rank(swept: Sweep) -> tuple[pd.DataFrame, str]:
    """Drawn assumptions by how much of the variance of the cost's rank each explains.

    With more than three futures to an assumption: squared standardised rank regression
    coefficients (A. Saltelli, J. Marivoet, Reliability Engineering and System Safety 28, 1990);
    with fewer, where that regression has no room, squared rank correlations (Spearman). Both are
    shares of variance as far as the cost is monotone and the draws are independent. The cost is
    `objective_mad`: with the price of missing jobs.

    Raises:
        DataError: fewer than 20 futures have a plan.
    """
    kept = swept.results["objective_mad"].dropna()
    if len(kept) < 20:
        what = f"{len(kept)} futures with a plan"
        raise DataError([Problem("sweep", what, "20 or more; price missing jobs, or draw more")])
    drawn = swept.drawn.loc[kept.index].astype(float)
    drawn = drawn.loc[:, drawn.nunique() > 1]
    count, width = drawn.shape
    x = _standard(stats.rankdata(drawn.to_numpy(), axis=0))
    y = _standard(stats.rankdata(kept.to_numpy()))
    if count > 3 * (width + 1):
        beta = np.linalg.lstsq(x, y, rcond=None)[0]
        method = "squared standardised rank regression coefficients"
    else:
        beta = x.T @ y / count
        method = "squared rank correlations (too few futures for a regression)"
    uniform = (stats.rankdata(drawn.to_numpy(), axis=0) - 0.5) / count
    slope = ((uniform - 0.5) * (kept.to_numpy() - kept.mean())[:, None]).mean(axis=0) * 12
    table = pd.DataFrame(
        {
            "share": beta**2,
            "direction": np.sign(beta).astype(int),
            "swing_mad": 0.9 * slope,
            "told": np.abs(beta) > 2.0 / np.sqrt(count),
        },
        index=pd.Index(drawn.columns, name="assumption"),
    )
    return table.sort_values("share", ascending=False, kind="stable"), method


def _standard(values: Floats) -> Floats:
    centred = values - values.mean(axis=0)
    return np.asarray(centred / centred.std(axis=0))


def _prices(plan: Plan, regions: Regions) -> pd.DataFrame:
    """Counted cost by kind, present value, with the share whose price is an estimate.

    Seats and places count by programme; another line is on estimates where any figure of its price
    is one.
    """
    costs = plan.costs[plan.costs["counted"]]
    by_kind = costs.groupby("kind")["discounted_mad_million"].sum() * 1e6
    long = regions.long
    estimated = long[long["status"].eq("estimate")]
    fields = set(zip(estimated["table"], estimated["field"], strict=True))
    shares = {}
    for kind in by_kind.index:
        figures = PRICES.get(str(kind), ())
        shares[kind] = float(any(f in fields for f in figures))
        if kind in ("seats", "training_places"):
            shares[kind] = _by_programme(plan, estimated, str(kind))
    named = [" × ".join("/".join(f) for f in PRICES.get(str(k), ())) for k in by_kind.index]
    return pd.DataFrame({"mad": by_kind}).assign(
        share_estimated=[shares[kind] for kind in by_kind.index], price=named
    )


def _by_programme(plan: Plan, estimated: pd.DataFrame, kind: str) -> float:
    """Share of what seats or places cost that is paid at an estimated price."""
    i, d = plan.instance, plan.decisions
    field = "cost_per_seat" if kind == "seats" else "place_cost"
    rows = estimated[estimated["table"].eq("programmes") & estimated["field"].eq(field)]
    heads = d.seats.sum(axis=(0, 2)) if kind == "seats" else d.places_added.sum(axis=(0, 2))
    paid = heads * (i.seat_cost if kind == "seats" else i.place_cost)
    guessed = np.isin(np.array(i.programmes), rows["key"].to_numpy(dtype=str))
    return float(paid[guessed].sum() / paid.sum()) if paid.sum() > 0 else 0.0
