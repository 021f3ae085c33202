"""People near a hub: from the scenario to the rows, and what a plan covers."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

import hubselect as hs
from checks import EXACT, brute_force, solved_and_audited
from hubselect.assemble import assemble
from hubselect.audit import audit
from hubselect.consistency import check_targets
from hubselect.instance import Instance, Policy
from hubselect.planning import pose
from hubselect.solving import solve_instance
from hubselect.tables import coverage, decision_tables
from plans import plan_of
from toy import near_a_hub, toy


def asking(share: float | None, **policy: Any) -> Instance:
    """The toy without a target; the cheaper site, in B, covers 300 of 1,000 people."""
    stated = Policy(coverage=(near_a_hub(share),), **policy)
    return toy(policy=stated, first_year=np.array([0, 0]), residual_hub=np.zeros((2, 2)))


def test_more_people_near_a_hub_take_the_site_that_reaches_them() -> None:
    """A site in A covers all, the cheaper one in B covers 300 of 1,000; nothing else asks a hub."""
    few = solved_and_audited(asking(0.3))
    many = solved_and_audited(asking(0.31))
    none = solved_and_audited(asking(None))
    assert not none.decisions.installed.any()
    assert few.decisions.installed[:, 0, 1].tolist() == [0.0, 1.0]
    assert many.decisions.installed[0, 0, 1] == 1.0
    assert none.objective < few.objective <= many.objective
    for share in (0.3, 0.31, 1.0):
        expected = brute_force(asking(share))
        assert solved_and_audited(asking(share)).objective == pytest.approx(expected)


def test_nobody_near_is_proven_before_and_by_the_solver() -> None:
    closed = asking(0.5, gated=((0, "forbidden by the scenario"),))
    (statement,) = [s for s in check_targets(closed) if s.family == "coverage"]
    assert statement.verdict == "contradicts"
    assert (statement.required, statement.possible) == (500.0, 300.0)
    with pytest.raises(hs.InfeasibleError) as error:
        solve_instance(closed, EXACT)
    assert set(error.value.families) == {"coverage", "gate"}


@pytest.mark.parametrize("rule", ["max_open", "openings_per_year"])
@pytest.mark.parametrize("seed", range(12))
def test_few_hubs_reach_as_many_as_the_best_choice_of_them(seed: int, rule: str) -> None:
    """The bound against every choice of so many sites."""
    rng = np.random.default_rng(seed)
    near = tuple(tuple(h for h in range(2) if rng.random() < 0.5) for _ in range(2))
    heads = tuple(float(n) for n in rng.integers(1, 900, size=2))
    count, share = int(rng.integers(0, 2)), float(rng.uniform(0.1, 1.0))
    row = replace(near_a_hub(share), near=near, heads=heads, year=0)
    one = toy(policy=Policy(coverage=(row,), **{rule: count}), first_year=np.array([0, 0]))
    (statement,) = [s for s in check_targets(one) if s.family == "coverage"]
    choices = combinations(range(2), count)
    best = max(sum(n for n, s in zip(heads, near, strict=True) if set(s) & set(c)) for c in choices)
    assert statement.possible == pytest.approx(best)
    assert (statement.verdict == "contradicts") == (share * sum(heads) > best * (1 + 1e-9))


def test_too_few_hubs_for_the_share_are_proven_before_solving(atlas: hs.Regions) -> None:
    """Every site together would reach the share; the hubs that may be open cannot."""
    wide = scenario(within_km=60.0, share=0.5)
    few = wide.replace(hubs__max_open=2)
    found = {
        name: next(s for s in check_targets(pose(atlas, one).instance) if s.family == "coverage")
        for name, one in (("wide", wide), ("few", few))
    }
    assert found["wide"].verdict == "may bind"
    assert found["few"].verdict == "contradicts"
    with pytest.raises(hs.InfeasibleError, match="coverage"):
        hs.solve(atlas, few)


def test_the_table_shows_every_year_and_what_was_asked() -> None:
    table = plan_of(asking(0.3)).coverage
    assert table["year"].tolist() == [2026, 2027]
    last = table.iloc[-1]
    assert (last["people"], last["covered"], last["share"]) == (1000.0, 300.0, 0.3)
    assert last["possible_share"] == 1.0
    assert table["asked_share"].isna().tolist() == [True, False]


def test_the_audit_counts_hubs_and_not_what_a_solver_says() -> None:
    instance = asking(0.5)
    solved = solve_instance(asking(None), EXACT)
    tables = decision_tables(instance, solved.decisions)
    result = audit(instance, tables, solved.objective).table.set_index("family")
    assert result.loc["coverage", "max_violation"] == pytest.approx(1.0)


def scenario(**row: Any) -> hs.Scenario:
    base = hs.Scenario.named("tech-valley-2030")
    return base.replace(regions__coverage=[{"population": "population_legal", **row}])


def near(regions: hs.Regions, asked: hs.Scenario, basin: str) -> set[str]:
    instance = assemble(regions, asked, hs.score(regions, asked))
    (row,) = instance.policy.coverage
    return {instance.sites[h] for h in row.near[instance.basins.index(basin)]}


def test_km_minutes_and_people_come_from_the_atlas(atlas: hs.Regions) -> None:
    by_road, by_time = scenario(within_km=60), scenario(within_minutes=60, year=2029)
    assert near(atlas, by_road, "MA-03") == near(atlas, by_time, "MA-03")
    assert "fes_shore" in near(atlas, by_road, "MA-03")
    assert "rabat" not in near(atlas, by_road, "MA-03")
    assert "rabat" in near(atlas, scenario(within_km=300), "MA-03")
    (row,) = assemble(atlas, by_time, hs.score(atlas, by_time)).policy.coverage
    assert sum(row.heads) == pytest.approx(atlas.table("basins")["population_legal"].sum())
    assert (row.year, row.unit, row.share) == (3, "minutes", None)


def test_the_planners_own_km_replace_the_estimate(atlas: hs.Regions) -> None:
    codes = list(atlas.codes)
    stated = np.full((len(codes), len(codes)), np.nan)
    stated[codes.index("MA-03"), codes.index("MA-04")] = 50.0
    import pandas as pd

    own = replace(atlas, travel=pd.DataFrame(stated, index=codes, columns=codes))
    assert "rabat" in near(own, scenario(within_km=60), "MA-03")
    assert "rabat" not in near(own, scenario(within_km=49), "MA-03")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"population": "population_legl", "within_km": 9}, "did you mean 'population_legal'"),
        ({"population": "office_rent", "within_km": 9}, "not a count"),
        ({"population": "people_within_45_min", "within_km": 9}, "not a count"),
        ({"population": "public_medical_staff", "within_km": 9}, "not a count"),
        ({"population": "baccalaureate_candidates", "within_km": 9}, "unknown for"),
        ({}, "neither or both"),
        ({"within_km": 9, "within_minutes": 9}, "neither or both"),
        ({"within_km": 9, "year": 2040}, "a year from 2026 to 2030"),
        ({"within_km": 9, "share": 1.5}, "less than or equal to 1"),
        ({"within_kms": 9}, "within_km"),
    ],
)
def test_wrong_statements_are_refused(atlas: hs.Regions, row: dict[str, Any], message: str) -> None:
    with pytest.raises(hs.ScenarioError, match=message):
        asked = scenario(**row)
        assemble(atlas, asked, hs.score(atlas, asked))


def test_coverage_of_a_plan_with_no_statement_is_an_empty_table() -> None:
    plan = plan_of(toy())
    assert coverage(plan.instance, plan.decisions).empty
    assert "population" in plan.coverage.columns
