"""Draws of estimates and settings: intervals, seeds, sums that are kept, futures that assemble."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import hubselect as hs
from hubselect.assemble import assemble
from hubselect.errors import ScenarioError
from hubselect.explore.draws import Uncertain, draw
from hubselect.explore.uncertain import uncertain_figures, uncertain_settings

BASE = hs.Scenario.named("tech-valley-2030")
RANGES = {"talent.leaving_factor": (0.8, 1.3), "demand.factor.CRM": (0.7, 1.0, 1.1)}


@pytest.fixture(scope="module")
def figures(atlas: hs.Regions) -> tuple[Uncertain, ...]:
    return uncertain_figures(atlas, BASE, hs.score(atlas, BASE))


def test_what_the_plan_reads_is_drawn_and_nothing_else(figures: tuple[Uncertain, ...]) -> None:
    names = {u.name for u in figures}
    assert {"programmes/completion", "segments/CRM/demand_growth", "hub_sizes/capex"} <= names
    assert not any(n.startswith(("jobs/", "segment_mix/")) for n in names), "tied to one another"
    assert not any("land_price" in n or "earliest_year" in n for n in names)


@pytest.mark.parametrize("shape", ["normal", "triangular", "uniform"])
def test_quantiles_rise_and_the_normal_meets_the_interval(figures, shape: str) -> None:  # type: ignore[no-untyped-def]
    for u in figures:
        at = [u.at(q, shape) for q in (0.01, 0.3, 0.5, 0.8, 0.99)]
        assert all((b >= a).all() for a, b in pairwise(at))
        if shape == "normal":
            inside = np.clip(u.low, u.minimum, u.maximum)
            assert u.at(0.05, shape) == pytest.approx(inside, abs=1e-9 * max(1, abs(inside).max()))
            assert u.at(0.5, shape) == pytest.approx(u.best)


def test_a_seed_gives_the_same_futures_and_more_begin_with_fewer(
    figures: tuple[Uncertain, ...],
) -> None:
    few, many = draw(figures, 5, seed=3), draw(figures, 12, seed=3)
    assert np.array_equal(few.quantiles, many.quantiles[:5])
    assert not np.array_equal(few.quantiles, draw(figures, 5, seed=4).quantiles)
    assert few.table.shape == (5, len(figures))


@pytest.mark.parametrize("method", ["sobol", "latin"])
def test_points_fill_every_stratum(figures: tuple[Uncertain, ...], method: str) -> None:
    points = draw(figures, 16, method=method).quantiles  # type: ignore[arg-type]
    for j in range(points.shape[1]):
        assert sorted(np.floor(points[:, j] * 16)) == list(range(16))


def test_a_drawn_future_is_an_atlas_and_a_scenario(
    atlas: hs.Regions, figures: tuple[Uncertain, ...]
) -> None:
    scores = hs.score(atlas, BASE)
    tied = uncertain_figures(atlas, BASE, scores, only=["jobs", "segment_mix"])
    draws = draw([*figures, *tied, *uncertain_settings(BASE, RANGES)], 4)
    for n in range(4):
        regions, scenario = draws.future(atlas, BASE, n)
        again = atlas.with_values(regions.long)
        drawn = assemble(regions, scenario, scores)
        assert not drawn.changed(assemble(again, scenario, scores)), "fast tables are the tables"
        assert drawn.changed(assemble(atlas, BASE, scores))
        assert set(scenario.demand.factor["CRM"].values()) == {
            draws.settings(n)["demand.factor.CRM"]
        }
        for table, part in (("jobs", 1), ("segment_mix", 0)):
            column = {"jobs": "jobs", "segment_mix": "min_share"}[table]
            sums = [r.table(table)[column].groupby(lambda k: k.split("/")[part]).sum()  # noqa: B023
                    for r in (atlas, regions)]  # fmt: skip
            assert sums[0].to_numpy() == pytest.approx(sums[1].to_numpy())
    assert not assemble(atlas, BASE, scores).changed(assemble(atlas, BASE, scores))


def test_wrong_names_and_ranges_are_told_together(atlas: hs.Regions) -> None:
    with pytest.raises(ScenarioError, match=r"programmes/completion"):
        uncertain_figures(atlas, BASE, hs.score(atlas, BASE), only=["programmes/completions"])
    with pytest.raises(ScenarioError) as told:
        uncertain_settings(BASE, {"a.b": (2, 1), "hubs.capex_factor": (1, np.inf)})
    assert len(told.value.problems) == 2
    with pytest.raises(ScenarioError, match="not a known setting") as told:
        uncertain_settings(
            BASE, {"hubs.capex_facter": (0.8, 1.2), "talent.inflw_factor": (1, 2), "a.b": "12"}
        )
    assert len(told.value.problems) == 3
    with pytest.raises(ScenarioError, match="at least one"):
        draw([], 10)
