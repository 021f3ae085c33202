"""Provinces and communes: nested codes, exact sums, places inside their provinces, fast reading."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

import hubselect as hs
from hubselect.assemble import assemble
from hubselect.regions import Regions
from hubselect.score_regions import score
from hubselect.scoring import Criteria

ATLAS = Path(__file__).resolve().parents[2] / "data" / "regions"
FINE = ("province", "commune")
# great-circle knowledge of an atlas of the world, not of ours: city, latitude, longitude, province
CITIES = (
    ("Casablanca", 33.573, -7.590, "06.141"), ("Tanger", 35.760, -5.834, "01.511"),
    ("Fès", 34.033, -5.000, "03.231"), ("Marrakech", 31.630, -8.000, "07.351"),
    ("Salé", 34.040, -6.800, "04.441"), ("Rabat", 33.990, -6.850, "04.421"),
    ("Meknès", 33.890, -5.555, "03.061"), ("Oujda", 34.680, -1.910, "02.411"),
    ("Kénitra", 34.260, -6.580, "04.281"), ("Agadir", 30.420, -9.580, "09.001"),
    ("Tétouan", 35.575, -5.370, "01.571"), ("Témara", 33.920, -6.910, "04.501"),
    ("Safi", 32.300, -9.230, "07.431"), ("Mohammedia", 33.680, -7.380, "06.371"),
    ("Khouribga", 32.880, -6.910, "05.311"), ("El Jadida", 33.230, -8.500, "06.181"),
    ("Béni Mellal", 32.340, -6.350, "05.091"), ("Laâyoune", 27.150, -13.200, "11.321"),
)  # fmt: skip


@pytest.fixture(scope="module")
def grains() -> dict[str, Regions]:
    """The shipped atlas at its three levels."""
    return {level: Regions.morocco(level) for level in ("region", *FINE)}


def parent(level: str) -> str:
    """Level above."""
    return "region" if level == "province" else "province"


def summed(atlas: Regions, table: str, field: str, by: str) -> pd.Series:
    """A count summed over the basins of each parent, items kept apart."""
    values = atlas.table(table)[field].fillna(0.0)
    home = atlas.table("basins")[by].to_dict()
    keys = [k.split("/", 1) for k in values.index]
    labels = ["/".join([home[k[0]], *k[1:]]) for k in keys]
    return values.groupby(np.array(labels, dtype=object)).sum()


def test_codes_are_nested(grains: dict[str, Regions]) -> None:
    assert [len(grains[level]) for level in ("region", *FINE)] == [12, 75, 1503]
    for level in FINE:
        basins = grains[level].table("basins")
        above = set(grains[parent(level)].codes)
        assert set(basins[parent(level)]) == above
        for code, up in basins[parent(level)].items():
            assert str(code).startswith(str(up) + ".")


@pytest.mark.parametrize("level", FINE)
@pytest.mark.parametrize(
    ("table", "field"),
    [
        ("jobs", "jobs"), ("talent", "stock"), ("talent", "inflow"), ("pool_stock", "stock"),
        ("pool_stock", "inflow"), ("places", "places"), ("basins", "population_legal"),
        ("basins", "population_municipal"), ("basins", "workstations"),
        ("basins", "people_20_34_upper_secondary_plus"), ("basins", "job_seekers_diploma"),
        ("basins", "offshoring_jobs_base"), ("basins", "cmc_capacity_places"),
        ("basins", "university_new_entrants"), ("basins", "ready_park_space_m2"),
    ],
)  # fmt: skip
def test_counts_add_up_exactly(
    grains: dict[str, Regions], level: str, table: str, field: str
) -> None:
    above = grains[parent(level)].table(table)[field].dropna()
    parts = summed(grains[level], table, field, parent(level)).reindex(above.index, fill_value=0.0)
    assert parts.to_numpy() == pytest.approx(above.to_numpy(), abs=1e-6)


@pytest.mark.parametrize(
    ("field", "why", "share"),
    [
        ("labour_force_15plus", "confidentiality rounding of the census", 1e-3),
        ("employed_15plus", "confidentiality rounding of the census", 1e-3),
        ("literate_population_10plus", "confidentiality rounding of the census", 1e-3),
        ("population_20_34", "computed from shares of one decimal", 5e-3),
        ("population_higher_education_level", "computed from shares of one decimal", 2e-2),
        ("french_readers_10plus", "computed from shares of one decimal", 1e-2),
    ],
)
def test_census_counts_add_up_within_their_rounding(
    grains: dict[str, Regions], field: str, why: str, share: float
) -> None:
    assert why
    nation = grains["region"].table("basins")[field].sum()
    for level in FINE:
        assert grains[level].table("basins")[field].sum() == pytest.approx(nation, rel=share)


def test_the_eighteen_largest_cities_lie_in_their_province(grains: dict[str, Regions]) -> None:
    shapes = grains["province"].geometry
    for city, lat, lon, code in CITIES:
        point = shapely.Point(lon, lat)
        inside = shapes.index[shapes.contains(point)].tolist()
        # a town on the water may lie beyond a simplified coast
        nearest = shapes.index[shapely.distance(shapes.geometry.to_numpy(), point).argmin()]
        assert (inside or [nearest]) == [f"MA-{code}"], city


def test_every_commune_and_site_lies_in_its_province(grains: dict[str, Regions]) -> None:
    shapes = grains["province"].geometry
    communes = grains["commune"].table("basins")
    points = grains["commune"].geometry
    home = shapes.geometry.loc[communes["province"]].to_numpy()
    away = shapely.distance(points.geometry.to_numpy(), home)
    assert (away > 0).mean() < 0.03
    assert away.max() < 0.15  # degrees: simplified borders and points of unions
    sites = grains["province"].table("sites")
    for site, code in grains["province"].site_basins.items():
        point = shapely.Point(sites.loc[site, "lon"], sites.loc[site, "lat"])
        assert shapes.geometry[code].distance(point) < 0.15, site


def test_sites_have_a_basin_at_each_grain(grains: dict[str, Regions]) -> None:
    assert len(grains["region"].site_basins) == 25
    for level in FINE:
        homes = grains[level].site_basins
        assert len(homes) >= 75
        provinces = {b[:9] for b in homes.values()}
        assert len(provinces) == 75
        for site, basin in grains["region"].site_basins.items():
            assert homes[site].startswith(basin + ".")


@pytest.mark.parametrize("level", FINE)
def test_estimates_have_intervals_and_formulas(grains: dict[str, Regions], level: str) -> None:
    values = grains[level].values
    numbers = values[values["status"].eq("estimate") & values["unit"].ne("text")]
    assert numbers["low"].notna().all()
    assert (numbers["low"] <= numbers["high"]).all()
    local = numbers[numbers["key"].str.startswith("MA-")]
    assert local["note"].str.len().gt(5).all()
    guess = grains[level].provenance(grains[level].codes[0], "workstations")
    assert guess.status == "estimate"


@pytest.mark.parametrize("level", FINE)
def test_every_preset_scores_every_grain(grains: dict[str, Regions], level: str) -> None:
    basins = grains[level].table("basins")
    for name in Criteria.presets():
        assert set(Criteria.preset(name).columns) <= set(basins.columns), name
    scores = score(grains[level], hs.Scenario.named("tech-valley-2030"))
    assert scores.quality.between(0, 100).all()
    assert scores.quality.idxmax().startswith("MA-06.141")


@pytest.mark.parametrize("level", FINE)
def test_a_hub_fills_like_its_region_at_every_grain(grains: dict[str, Regions], level: str) -> None:
    base = hs.Scenario.named("tech-valley-2030")

    def filling(grain: str) -> dict[str, list[float]]:
        atlas = grains[grain]
        instance = assemble(atlas, base, score(atlas, base))
        return dict(zip(instance.sites, instance.ramp_up.tolist(), strict=True))

    region, fine = filling("region"), filling(level)
    assert {site: fine[site] for site in region} == region
    # two parks that filled, three that did not, and two zones that were announced and never came
    mature = {site: shares[-1] for site, shares in fine.items()}
    poor = ("fes_shore", "oujda_shore", "tetouan_shore", "marrakech", "agadir")
    assert min(mature["casanearshore"], mature["technopolis"]) > 0.85
    assert max(mature[site] for site in poor) < 0.4
    assert mature["place_06_461"] == mature["casanearshore"]  # Settat: lent by its region


def test_a_country_without_wider_regions_uses_its_own_scores(tmp_path: Path) -> None:
    import country

    own = Regions.read(country.write_folder(tmp_path / "five", country.tables()))
    assert own.wider is None
    assert Regions.morocco().wider is None


def test_a_region_is_a_territory_at_province_level(grains: dict[str, Regions]) -> None:
    atlas = grains["province"]
    assert len(atlas.territories["MA-06"]) == 9
    assert atlas.territories["MA-06.141"] == ("MA-06.141",)
    left = atlas.without("MA-12")
    assert len(left) == 73
    assert not {"dakhla", "place_12_066"} & set(left.table("sites").index)
    base = hs.Scenario.named("tech-valley-2030")
    equity = base.replace(regions__jobs_floor_all=1500, regions__share_ceiling={"MA-06": 0.55})
    instance = assemble(atlas, equity, score(atlas, equity))
    assert len(instance.policy.floors) == 12
    ceiling = next(c for c in instance.policy.ceilings if c.name == "MA-06")
    assert {instance.basins[r] for r in ceiling.basins} == set(atlas.territories["MA-06"])


def test_a_figure_takes_as_long_to_read_where_there_are_more(grains: dict[str, Regions]) -> None:
    def seconds(level: str) -> float:
        times = []  # of the processor: others on the machine do not count
        for _ in range(3):
            start = time.process_time()
            Regions.morocco(level)
            times.append(time.process_time() - start)
        return min(times) / len(grains[level].values)

    few = seconds("region")
    assert seconds("province") < 3 * few
    assert seconds("commune") < 3 * few


def test_places_of_a_wide_file_are_named_by_their_column(tmp_path: Path) -> None:
    import shutil

    for folder in ("national", "commune"):
        shutil.copytree(ATLAS / folder, tmp_path / folder)
    path = tmp_path / "commune" / "jobs.wide.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    lines[4] = lines[4].split(",")[0] + ",many\n"
    path.write_text("".join(lines), "utf-8")
    with pytest.raises(hs.DataError, match=r"commune/jobs.wide.csv row 5 column jobs: .* 'many'"):
        Regions.read(tmp_path, level="commune")
