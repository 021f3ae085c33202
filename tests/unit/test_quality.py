"""Quality, gates and their prices on the shipped regions (loose gaps: statuses matter here)."""

from __future__ import annotations

import pytest

import hubselect as hs
from hubselect.assemble import assemble
from hubselect.explore.answers.criteria import mean_quality
from hubselect.explore.answers.frontier import Frontier, frontier

LOOSE = ["solve.gap=0.02", "training.seats=false"]


@pytest.fixture(scope="module")
def scenario() -> hs.Scenario:
    return hs.Scenario.named("no-new-training", overrides=LOOSE)


@pytest.fixture(scope="module")
def points(scenario: hs.Scenario) -> Frontier:
    plan = hs.solve(hs.Regions.morocco(), scenario)
    return frontier(plan, "quality", levels={"quality": [0, 77, 78, 99]})


def test_each_floor_is_reached_and_costs_no_less(points: Frontier) -> None:
    kept = points.table
    assert len(kept) >= 2
    assert (kept["quality"] >= kept["quality_asked"] - 1e-6).all()
    assert (kept["cost_mad"].to_numpy()[1:] >= kept["bound_mad"].to_numpy()[:-1]).all()


def test_an_impossible_floor_is_named(points: Frontier) -> None:
    assert points.none_beyond == ((99.0,),)


def test_a_price_below_the_gap_is_refused(points: Frontier) -> None:
    told = points.table.dropna(subset=["mad_per_unit_low"])
    hidden = told[told["mad_per_unit_low"] <= 0]
    assert hidden["mad_per_unit"].isna().all()
    shown = told.dropna(subset=["mad_per_unit"])
    inside = shown["mad_per_unit"].between(shown["mad_per_unit_low"], shown["mad_per_unit_high"])
    assert inside.all()


def test_mean_quality_is_weighted_by_jobs(scenario: hs.Scenario) -> None:
    plan = hs.solve(hs.Regions.morocco(), scenario)
    regions = plan.regions
    expected = (regions["quality"] * regions["jobs_end"]).sum() / regions["jobs_end"].sum()
    assert mean_quality(plan) == pytest.approx(expected)


def closed(atlas: hs.Regions, *overrides: str) -> dict[str, str]:
    scenario = hs.Scenario.named("tech-valley-2030", overrides=overrides)
    instance = assemble(atlas, scenario, hs.score(atlas, scenario))
    return {instance.sites[h]: reason for h, reason in instance.policy.gated}


def test_a_pillar_gate_closes_sites_and_says_why(atlas: hs.Regions) -> None:
    reasons = closed(atlas, "regions.gates.infrastructure=45")
    assert "errachidia" in reasons and "casanearshore" not in reasons
    assert "infrastructure" in reasons["errachidia"]


def test_a_gate_on_acceptability_closes_what_is_unlikely(atlas: hs.Regions) -> None:
    reasons = closed(atlas, "regions.gate_rank=6", "regions.gate_probability=0.5")
    assert "guelmim" in reasons and "fes_shore" not in reasons
    assert "50%" in reasons["guelmim"]


def test_a_gate_on_no_pillar_is_refused(atlas: hs.Regions) -> None:
    with pytest.raises(hs.ScenarioError, match="did you mean 'talent'"):
        closed(atlas, "regions.gates.talents=45")


def test_a_scenario_may_bring_its_own_tree(atlas: hs.Regions) -> None:
    leaf = {"direction": "+", "goalposts": [0, 100], "weight": 1, "role": "S", "unit": "percent"}
    own = {
        "name": "readers",
        "aggregation": "arithmetic",
        "node": {"language": {"weight": 1}},
        "leaf": {
            "french": {
                "parent": "language",
                "column": "french_readers_share_of_10plus_pct",
                **leaf,
            },
            "english": {
                "parent": "language",
                "column": "english_readers_share_of_10plus_pct",
                **leaf,
            },
        },
    }
    scenario = hs.Scenario.from_dict({"score": {"criteria": own}})
    scores = hs.score(atlas, scenario)
    basins = atlas.table("basins")
    expected = (
        basins["french_readers_share_of_10plus_pct"] + basins["english_readers_share_of_10plus_pct"]
    ) / 2
    assert scores.score.to_numpy() == pytest.approx(expected.to_numpy())


def test_sizes_that_do_not_grow_are_refused(atlas: hs.Regions) -> None:
    flat = atlas.replace(table="hub_sizes", key="large", field="workstations", value=3000)
    cheap = flat.replace(table="hub_sizes", key="flagship", field="capex", value=1000)
    scenario = hs.Scenario.named("tech-valley-2030")
    with pytest.raises(hs.DataError) as error:
        assemble(cheap, scenario, hs.score(cheap, scenario))
    text = str(error.value)
    assert "workstations" in text and "flagship capex" in text


def test_ramp_up_anchors_are_the_scores_they_were_read_from(atlas: hs.Regions) -> None:
    """Changed criteria or data move the scores: the anchors must then be read again."""
    quality = hs.score(atlas, hs.Scenario.named("tech-valley-2030")).quality
    anchors = atlas.table("ramp_up")["quality"]
    parks = quality[["MA-01", "MA-02", "MA-03"]].mean()  # Tétouan, Oujda and Fès Shore
    assert anchors["anchor/regional"] == round(parks)
    assert anchors["anchor/strong"] == round(quality["MA-04"])  # Technopolis
