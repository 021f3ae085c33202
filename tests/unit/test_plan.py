"""Plans: audit, JSON, files, tables. Made from the toy, so that no atlas is needed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import hubselect as hs
from checks import EXACT
from hubselect.audit import CHECKS, audit
from hubselect.consistency import check_targets
from hubselect.decisions import DECIDED
from hubselect.instance import Policy
from hubselect.ledger import objective
from hubselect.model import FAMILIES
from hubselect.report.text import plan_text
from hubselect.solving import solve_instance
from hubselect.tables import decision_tables, decisions_from
from plans import plan_of
from toy import (
    full_policy,
    growing,
    idle_hub,
    random_instance,
    reskilling_first,
    short_of_talent,
    toy,
    whole_classes,
)


@pytest.fixture(scope="module")
def plan() -> hs.Plan:
    return plan_of(toy(policy=full_policy()))


@pytest.fixture(scope="module")
def trained() -> hs.Plan:
    return plan_of(short_of_talent())


def test_audit_covers_every_family_but_the_implied_ones() -> None:
    assert set(CHECKS) - {"domain"} == {
        name for name, f in FAMILIES.items() if f.kind != "strength"
    }


def test_audit_passes_and_recomputes_the_cost(plan: hs.Plan) -> None:
    result = plan.audit()
    assert result.passed
    assert result.objective * 1e6 == pytest.approx(plan.facts.objective_mad)


PERTURBED = [
    ("jobs", 1.02), ("jobs", 0.9), ("staff", 1.1), ("seats", 1.1), ("talent", 1.05),
    ("pool", 0.9), ("recruits", 1.1), ("hires", 0.5), ("net_creations", 0.5), ("installed", 0.0),
    ("installed", 0.5), ("carry", 50.0),
]  # fmt: skip


@pytest.mark.parametrize(("decision", "factor"), PERTURBED)
def test_a_perturbed_plan_is_rejected(
    plan: hs.Plan, trained: hs.Plan, decision: str, factor: float
) -> None:
    plan = trained if decision == "seats" else plan
    tables = decision_tables(plan.instance, plan.decisions)
    changed = tables[decision].copy()
    changed["value"] = changed["value"] * factor
    result = audit(plan.instance, {**tables, decision: changed}, plan.facts.objective_mad / 1e6)
    if decision == "carry":
        # money carried is recomputed from the budgets, not believed
        assert result.passed
    else:
        assert not result.passed


# hires and net creations are set from the jobs by definition: perturbed above instead
@pytest.mark.parametrize("family", sorted(set(CHECKS) - {"domain", "hires", "net_creations"}))
def test_each_family_is_caught_by_its_own_check(family: str) -> None:
    """Solve without the family: on some instance that is cheaper, and the audit names it."""
    made = [toy(policy=full_policy()), short_of_talent(1300), reskilling_first()]
    made += [idle_hub(), whole_classes(), growing(enlargements_per_year=0), growing(max_open=0)]
    seeds = [*made, *(random_instance(s) for s in range(200))]
    for instance in seeds:
        try:
            solved = solve_instance(
                instance, EXACT, without=[family, "national_capacity", "floor_cover"]
            )
        except hs.HubselectError:
            continue
        table = audit(
            instance, decision_tables(instance, solved.decisions), solved.objective
        ).table.set_index("family")
        if table.loc[family, "max_violation"] > 1e-6:
            return
    pytest.fail(f"no instance misses {family}")


def test_ledger_sums_to_the_objective(plan: hs.Plan) -> None:
    assert objective(plan.costs) * 1e6 == pytest.approx(plan.facts.objective_mad)


def test_tables_and_decisions_are_the_same(plan: hs.Plan) -> None:
    again = decisions_from(plan.instance, decision_tables(plan.instance, plan.decisions))
    for name in DECIDED:
        assert np.array_equal(getattr(again, name), getattr(plan.decisions, name)), name


def test_json_round_trips_exactly(plan: hs.Plan) -> None:
    text = plan.to_json()
    again = hs.Plan.from_json(text)
    assert again.to_json() == text
    assert again.facts == plan.facts
    assert again.instance.hash == plan.instance.hash
    for name, table in plan.tables().items():
        pd.testing.assert_frame_equal(again.tables()[name], table)


def test_a_forged_plan_does_not_load(plan: hs.Plan) -> None:
    document = json.loads(plan.to_json())
    document["decisions"]["jobs"]["value"][0] *= 1.1
    with pytest.raises(hs.CertificateError, match="jobs_from_staff"):
        hs.Plan.from_json(json.dumps(document))
    document = json.loads(plan.to_json())
    document["facts"]["objective_mad"] *= 0.9
    with pytest.raises(hs.CertificateError, match="cost"):
        hs.Plan.from_json(json.dumps(document))


def test_tampering_the_equations_do_not_see_is_refused_too(plan: hs.Plan) -> None:
    def tampered(change: Callable[[dict[str, Any]], object]) -> str:
        document = json.loads(plan.to_json())
        change(document)
        return json.dumps(document)

    nothing = tampered(lambda d: d["decisions"]["talent"]["value"].__setitem__(0, float("nan")))
    with pytest.raises(hs.CertificateError, match="domain"):
        hs.Plan.from_json(nothing)
    easier = tampered(lambda d: d["instance"]["policy"].update(job_target=[]))
    with pytest.raises(hs.CertificateError, match="not the one it was solved for"):
        hs.Plan.from_json(easier)


def test_negative_decisions_are_refused(plan: hs.Plan) -> None:
    tables = decision_tables(plan.instance, plan.decisions)
    owed = pd.DataFrame([{"region": "A", "programme": "bootcamp", "year": 2026, "value": -100.0}])
    changed = {**tables, "places_added": pd.concat([tables["places_added"], owed])}
    result = audit(plan.instance, changed, plan.facts.objective_mad / 1e6)
    assert result.table.set_index("family").loc["domain", "max_violation"] >= 100


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "hubselect-plan/0"}', "null"])
def test_what_is_not_a_plan_is_refused(text: str) -> None:
    with pytest.raises(hs.DataError, match="not a readable plan"):
        hs.Plan.from_json(text)


def test_folder_holds_what_other_programs_open(plan: hs.Plan, tmp_path: Path) -> None:
    folder = plan.write(tmp_path / "plan")
    assert hs.Plan.read(folder).facts == plan.facts
    for name, table in plan.tables().items():
        assert len(pd.read_csv(folder / f"{name}.csv")) == len(table), name
    layers = {
        name: gpd.read_file(folder / "plan.gpkg", layer=name)
        for name in ("regions", "hubs", "flows")
    }
    assert len(layers["regions"]) == 2
    assert len(layers["hubs"]) == plan.hubs["site"].nunique()
    assert all(str(layer.crs) == "EPSG:4326" for layer in layers.values())
    assert set(layers["flows"].geom_type) <= {"LineString"}


def test_the_map_of_a_plan_carries_its_credit(plan: hs.Plan, tmp_path: Path) -> None:
    import sqlite3

    outlines = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy([0, 1], [0, 1]),
        index=list(plan.instance.basins),
        crs="EPSG:4326",
    )
    outlines.attrs["credit"] = "© The surveyors"
    folder = replace(plan, geometry=outlines).write(tmp_path / "plan")
    with sqlite3.connect(folder / "plan.gpkg") as database:
        said = [row[0] for row in database.execute("select description from gpkg_contents")]
    database.close()
    assert said == ["© The surveyors"] * 3


def test_a_plan_without_hubs_still_writes(tmp_path: Path) -> None:
    idle = plan_of(toy(policy=Policy()))
    folder = idle.write(tmp_path)
    assert len(gpd.read_file(folder / "plan.gpkg", layer="hubs")) == 0
    assert "none" in (folder / "plan.txt").read_text(encoding="utf-8")


def test_site_jobs_add_up_to_the_regions_jobs(plan: hs.Plan) -> None:
    split = plan.site_jobs.groupby(["region", "year"])["jobs"].sum()
    total = plan.jobs.groupby(["region", "year"])["jobs"].sum()
    assert split.to_dict() == pytest.approx(total.to_dict())
    assert (
        plan.site_jobs["used_workstations"] <= plan.site_jobs["usable_workstations"] + 1e-6
    ).all()


def test_text_says_what_is_proven(plan: hs.Plan) -> None:
    assert "proven" in repr(plan)
    words = " ".join(plan_text(plan).split())
    assert "proven within 0.00% of the least possible" in words
    assert "audit passed" in words


def test_a_limited_plan_is_never_called_proven() -> None:
    limited = plan_of(toy(), outcome="feasible", stopped_by="time limit", gap=0.2)
    words = " ".join(plan_text(limited).split())
    assert "proven" not in words.split("Do the targets")[0]
    assert "stopped by the time limit" in words


def test_statements_contradict_only_what_is_impossible() -> None:
    for seed in range(60):
        instance = random_instance(seed)
        contradicted = [s for s in check_targets(instance) if s.verdict == "contradicts"]
        if contradicted:
            with pytest.raises(hs.InfeasibleError):
                solve_instance(instance, EXACT)


def test_slack_export_target_changes_nothing() -> None:
    instance = toy()
    policy = instance.policy
    asked = instance.replace(policy=replace(policy, export_target=((1, 100.0),)))
    verdicts = {s.family: s.verdict for s in check_targets(asked) if s.family == "export_target"}
    assert verdicts == {"export_target": "slack"}
    without = solve_instance(instance, EXACT).objective
    assert solve_instance(asked, EXACT).objective == pytest.approx(without)
