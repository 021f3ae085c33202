"""A scenario adds and leaves out regions."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import hubselect as hs
from hubselect.assemble import assemble
from hubselect.own import stands_alone


@pytest.fixture(scope="module")
def atlas() -> hs.Regions:
    """The shipped regions."""
    return hs.Regions.morocco()


def write(folder: Path, name: str, rows: dict[str, dict[str, object]]) -> None:
    """A wide table."""
    fields = sorted({f for row in rows.values() for f in row})
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["key", *fields])
        writer.writerows([k, *(row.get(f, "") for f in fields)] for k, row in rows.items())


@pytest.fixture
def extra(atlas: hs.Regions, tmp_path: Path) -> Path:
    """A region MA-13 like Souss-Massa, with one site, and a scenario that adds it."""
    folder = tmp_path / "extra"
    folder.mkdir()
    like = atlas.table("basins").loc["MA-09"].dropna().to_dict()
    write(folder, "basins", {"MA-13": {**like, "name_fr": "Nouvelle", "capital_lat": 29.5}})
    for table in ("jobs", "talent", "pool_stock", "places"):
        rows = atlas.table(table)
        here = rows[rows.index.str.startswith("MA-09/")]
        write(folder, table, {str(k).replace("MA-09", "MA-13"): r.dropna().to_dict()
                              for k, r in here.iterrows()})  # fmt: skip
    site = atlas.table("sites").loc["agadir"].dropna().to_dict()
    write(folder, "sites", {"new_park": {**site, "region": "MA-13", "lat": 29.5}})
    file = tmp_path / "wider.toml"
    file.write_text(
        'extends = "tech-valley-2030"\n[regions]\nadd = "extra"\nleave_out = ["MA-12"]\n'
        "[regions.jobs_floor]\nMA-13 = 4000\n",
        "utf-8",
    )
    return file


def test_a_scenario_adds_a_region_and_leaves_one_out(atlas: hs.Regions, extra: Path) -> None:
    scenario = hs.Scenario.read(extra)
    plan = hs.solve(atlas, scenario.replace(solve__gap=0.01))
    last = plan.regions.set_index("region")
    assert "MA-13" in last.index and "MA-12" not in last.index
    jobs = plan.jobs.query("year == 2030 and region == 'MA-13'")["jobs"].sum()
    assert jobs >= 4000 - 1e-3
    assert plan.geometry is not None
    assert plan.geometry.geometry["MA-13"].geom_type == "Point"  # the atlas has no outline of it
    assert len(atlas) == 12  # the atlas itself is as it was


def test_what_is_added_is_the_planner_s_and_is_added_once(atlas: hs.Regions, extra: Path) -> None:
    scenario = hs.Scenario.read(extra)
    once = atlas.extended(scenario.additions)
    assert once.extended(scenario.additions) is once
    assert once.provenance("MA-13", "office_rent").status == "planner"
    assert once.provenance("MA-09", "office_rent").status != "planner"
    scores = hs.score(atlas, scenario)
    assert "MA-13" in scores.units
    assert assemble(atlas, scenario, scores).hash == assemble(once, scenario, scores).hash


def test_a_broken_addition_is_named(atlas: hs.Regions, extra: Path) -> None:
    (extra.parent / "extra" / "jobs.csv").unlink()
    with pytest.raises(hs.DataError, match="key MA-13/CRM is missing"):
        hs.score(atlas, hs.Scenario.read(extra))
    nowhere = hs.Scenario.named("tech-valley-2030", overrides=["regions.add=nowhere"])
    with pytest.raises(hs.DataError, match="nowhere: is not there"):
        hs.score(atlas, nowhere)


def test_basins_alone_are_no_country(atlas: hs.Regions, extra: Path) -> None:
    assert not stands_alone(extra.parent / "extra", atlas)
