"""Plans at fine grains: slow, run with `make test-slow`."""

from __future__ import annotations

import pytest

import hubselect as hs
from hubselect.assemble import assemble
from hubselect.catchments import gather
from hubselect.scenario import shipped_names
from hubselect.score_regions import score


@pytest.mark.parametrize("level", ["province", "commune"])
@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_scenario_assembles_at_every_grain(name: str, level: str) -> None:
    atlas, settings = hs.Regions.morocco(level), hs.Scenario.named(name)
    scores = score(atlas, settings)
    if level == "commune":
        atlas = gather(atlas)
    instance = assemble(atlas, settings, scores)
    assert instance.base_jobs.sum() == pytest.approx(157_750)
    assert len(instance.basins) == 75
    assert len(instance.sites) == 76


@pytest.mark.slow
@pytest.mark.parametrize("level", ["province", "commune"])
def test_a_plan_without_new_training_is_certified(level: str) -> None:
    settings = hs.Scenario.named("no-new-training").replace(
        solve__gap=0.02, solve__time_limit=300.0, talent__mobility_radius=120.0
    )
    plan = hs.solve(hs.Regions.morocco(level), settings)
    assert plan.facts.gap is not None
    assert plan.facts.gap <= 0.02
