"""Rules that cannot hold together are proven so before solving, and only those."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import hubselect as hs
from checks import EXACT
from hubselect.consistency import check_targets
from hubselect.instance import FixedHub, RegionRow
from hubselect.solving import solve_instance
from toy import full_policy, random_instance, toy

# the toy: two basins, two sites, two years, target 1,500 jobs in the second
IMPOSSIBLE: dict[str, tuple[str, dict[str, Any]]] = {
    "ceilings below one": (
        "regional_ceiling",
        {"ceilings": (RegionRow((0,), 1, share=0.5), RegionRow((1,), 1, share=0.4))}),
    "ceiling on all of it": ("regional_ceiling", {"ceilings": (RegionRow((0, 1), 1, share=0.9),)}),
    "the others cannot absorb the rest": (
        "regional_ceiling", {"ceilings": (RegionRow((0,), 1, share=0.02),)}),
    "share floors above one": (
        "regional_floor",
        {"floors": (RegionRow((0,), 1, share=0.6), RegionRow((1,), 1, share=0.5))}),
    "floor above the ceiling of its basin": (
        "regional_floor",
        {"floors": (RegionRow((0,), 1, share=0.5),), "ceilings": (RegionRow((0,), 1, share=0.4),)}),
    "heads above the ceiling of its basin": (
        "regional_floor",
        {"floors": (RegionRow((0,), 1, heads=900),), "ceilings": (RegionRow((0,), 1, share=0.1),)}),
    "quality no basin has": ("quality_floor", {"quality_floor": 99.5}),
    "no hub allowed": ("max_open", {"max_open": 0}),
    "no opening allowed": ("openings_per_year", {"openings_per_year": 0}),
    "decided but closed": ("fix", {"fixed": (FixedHub(0, 0, 1),), "gated": ((0, "a gate"),)}),
    "decided rivals": (
        "rival_sites", {"fixed": (FixedHub(0, 0, 1), FixedHub(1, 0, 1)), "rivals": ((0, 1),)}),
    "more decided than allowed": (
        "max_open", {"fixed": (FixedHub(0, 0, 1), FixedHub(1, 0, 1)), "max_open": 1}),
}  # fmt: skip


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_what_cannot_hold_is_proven_and_the_solver_agrees(case: str) -> None:
    family, changes = IMPOSSIBLE[case]
    instance = toy()
    asked = instance.replace(policy=replace(instance.policy, **changes))
    blamed = {s.family for s in check_targets(asked) if s.verdict == "contradicts"}
    assert family in blamed
    with pytest.raises(hs.InfeasibleError):
        solve_instance(asked, EXACT)


def test_a_decided_hub_too_large_or_too_early_is_named() -> None:
    instance = toy(largest_size=toy().largest_size * 0, first_year=toy().first_year * 0 + 1)
    hub = FixedHub(0, 1, 0)
    asked = instance.replace(policy=replace(instance.policy, fixed=(hub,)))
    said = [s.arithmetic for s in check_targets(asked) if s.family == "fix"]
    assert len(said) == 2
    assert "its largest size is" in said[0] and "at the earliest" in said[1]


def test_ceilings_of_parts_are_used_where_they_are_tighter() -> None:
    parts = (RegionRow((0,), 1, share=0.5), RegionRow((1,), 1, share=0.4))
    whole = RegionRow((0, 1), 1, share=1.0)
    instance = toy()
    asked = instance.replace(policy=replace(instance.policy, ceilings=(whole, *parts)))
    found = [s for s in check_targets(asked) if s.subject.startswith("all")]
    assert [(s.verdict, s.possible) for s in found] == [("contradicts", pytest.approx(0.9))]


def test_what_holds_together_is_not_called_a_contradiction() -> None:
    instance = toy()
    found = check_targets(instance.replace(policy=full_policy()))
    assert not [s for s in found if s.verdict == "contradicts"]


@pytest.mark.parametrize("seed", range(60, 100))
def test_rules_at_random_contradict_only_when_there_is_no_plan(seed: int) -> None:
    instance = random_instance(seed)
    policy = instance.policy
    share, last = 0.3 + 0.005 * (seed % 80), len(instance.years) - 1
    tight = replace(
        policy,
        ceilings=(RegionRow((0,), last, share=share),),
        floors=(RegionRow((1,), last, share=0.9 - share),),
        quality_floor=float(instance.quality.mean()),
        max_open=1 + seed % 2,
    )
    asked = instance.replace(policy=tight)
    if any(s.verdict == "contradicts" for s in check_targets(asked)):
        with pytest.raises(hs.InfeasibleError):
            solve_instance(asked, EXACT)


def test_a_region_may_have_a_floor_of_heads_and_one_of_a_share() -> None:
    atlas = hs.Regions.morocco()
    both = hs.Scenario.named("tech-valley-2030").replace(
        regions__jobs_floor={"MA-03": 12000}, regions__share_floor={"MA-03": 0.04}
    )
    plan = hs.solve(atlas, both.replace(solve__gap=0.01))
    last = plan.jobs.query("year == 2030")
    here = last.loc[last["region"].eq("MA-03"), "jobs"].sum()
    assert here >= max(12000, 0.04 * last["jobs"].sum()) - 1e-3
