"""How often each hub, and each map of hubs, is optimal when weights and figures are drawn.

R. Lahdelma and P. Salminen, Operations Research 49 (2001) 444-454, for portfolios as in
J. Liesiö, P. Mild and A. Salo, European Journal of Operational Research 181 (2007) 1488-1505.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from hubselect.errors import NoPlanError, Problem, ScenarioError
from hubselect.explore.draws import Draws, Range, draw
from hubselect.explore.futures.extensive import Measure, solve_extensive
from hubselect.explore.futures.stages import MARKUP, Stage, marginal_job, worlds_of
from hubselect.explore.uncertain import uncertain_figures, uncertain_settings
from hubselect.instance import Instance
from hubselect.planning import Posed, pose
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.solving import Settings

GAP = 0.005


@dataclass(frozen=True, eq=False)
class Portfolio:
    """Hubs by draw: `opened` [draws, sites], the year a site opens or NaN.

    A map within the gap of the optimum counts as optimal, so shares are those of near-optimal
    maps, one a draw.
    """

    opened: pd.DataFrame
    asked: int
    seed: int
    gap: float
    stopped_by: str = ""

    @property
    def hubs(self) -> pd.DataFrame:
        """Each site: share of draws in which it has a hub, and its earliest and median year."""
        has = self.opened.notna()
        return pd.DataFrame(
            {
                "acceptability": has.mean(),
                "earliest": self.opened.min(),
                "median": self.opened.median(),
                "core": has.all(),
            }
        ).sort_values("acceptability", ascending=False)

    @property
    def maps(self) -> pd.DataFrame:
        """Each map of sites with a hub, and the share of draws in which it is the plan's."""
        names = self.opened.notna().apply(lambda row: " ".join(row.index[row]), axis=1)
        share = names.value_counts(normalize=True)
        return pd.DataFrame({"sites": share.index, "acceptability": share.to_numpy()})

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready copy."""
        hubs = self.hubs.astype(object).where(self.hubs.notna(), None)
        return {
            "draws": len(self.opened),
            "asked": self.asked,
            "seed": self.seed,
            "gap": self.gap,
            "hubs": hubs.to_dict("index"),
            "maps": self.maps.to_dict("records"),
            "stopped_by": self.stopped_by,
        }


def portfolio(
    regions: Regions,
    scenario: Scenario,
    draws: int = 50,
    *,
    seed: int = 0,
    weights: bool = True,
    figures: bool = True,
    ranges: Mapping[str, Range] | None = None,
    gap: float = GAP,
    progress: Callable[[int, int], None] | None = None,
) -> Portfolio:
    """Plan again in every draw of weights and figures, and count hubs and maps.

    Args:
        weights: draw the weights of the pillars of the score, uniformly over all that sum to 1.
        figures: draw the atlas's estimates from their intervals.
        ranges: settings to draw, by dotted key: 90 % ranges.

    Missing jobs are priced, so that every draw has a plan. Ctrl-C gives the draws done so far.

    Raises:
        ScenarioError, DataError: wrong input, or nothing is drawn.
    """
    base = pose(regions, scenario)
    price = MARKUP * marginal_job(base.instance, base.settings)
    uncertain = [
        *(uncertain_figures(regions, scenario, base.scores) if figures else ()),
        *uncertain_settings(scenario, ranges or {}),
    ]
    if not (uncertain or weights) or draws < 1:
        raise ScenarioError([Problem("portfolio", "nothing is drawn", "weights, figures or both")])
    drawn = draw(uncertain, draws, seed=seed) if uncertain else None
    pillars = [str(p) for p in base.scores.pillars.columns]
    shares = np.random.default_rng(seed).dirichlet(np.ones(len(pillars)), size=draws)
    rows: list[list[float]] = []
    stopped = ""
    try:
        for n in range(draws):
            chosen = dict(zip(pillars, shares[n].tolist(), strict=True)) if weights else {}
            posed = _posed(regions, scenario, drawn, n, chosen)
            rows.append(_openings(posed.instance, price, replace(base.settings, gap=gap)))
            if progress is not None:
                progress(n + 1, draws)
    except (KeyboardInterrupt, NoPlanError) as stop:
        if isinstance(stop, NoPlanError) and not stop.interrupted:
            raise
        stopped = "interruption"
    table = pd.DataFrame(rows, columns=list(base.instance.sites), dtype=float)
    return Portfolio(table, draws, seed, gap, stopped)


def _posed(
    regions: Regions, scenario: Scenario, drawn: Draws | None, n: int, weights: dict[str, float]
) -> Posed:
    if drawn is not None:
        regions, scenario = drawn.future(regions, scenario, n)
    if weights:
        kept = dict(scenario.score.weights)
        # a weight of exactly 0 is refused; so small a one is as good
        least = {name: max(share, 1e-6) for name, share in weights.items()}
        scenario = scenario.replace(score__weights={**kept, **least})
    return pose(regions, scenario)


def _openings(instance: Instance, price: float, settings: Settings) -> list[float]:
    """Year each site opens in the least-cost plan with priced shortfalls; NaN: it does not."""
    worlds = worlds_of([instance], ["drawn"], [1.0], Stage(0), price)
    answer = solve_extensive(worlds, Measure(), settings)
    if answer.state == "interrupted":
        raise KeyboardInterrupt
    z = worlds[0].decisions(answer.x[0]).installed[:, 0, :]
    years = np.array(instance.years, dtype=float)
    return [float(years[np.argmax(row > 0.5)]) if row[-1] > 0.5 else np.nan for row in z]
