"""A planner's own data: another country from workbook to plan, partial files, template, travel."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import country
import hubselect as hs
from hubselect.assemble import assemble
from hubselect.own import check, write_template
from hubselect.score_regions import score


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fictional country as a workbook."""
    return country.write_workbook(tmp_path_factory.mktemp("own") / "five.xlsx", country.tables())


def scenario(folder: Path) -> hs.Scenario:
    """The fictional country's scenario."""
    path = folder / "five.toml"
    path.write_text(country.SCENARIO, "utf-8")
    return hs.Scenario.read(str(path))


def test_another_country_goes_from_workbook_to_plan(workbook: Path, tmp_path: Path) -> None:
    regions = hs.Regions.read(workbook)
    assert set(regions.codes) == set(country.REGIONS)
    assert set(regions.values["status"]) == {"planner"}
    settings = scenario(tmp_path)
    scores = hs.score(regions, settings)
    assert scores.quality.between(0, 100).all()
    plan = hs.solve(regions, settings)
    assert plan.facts.outcome == "proven"
    assert plan.jobs.query("year == 2030")["jobs"].sum() >= 6500 - 1e-6
    assert len(plan.hubs) > 0
    plan.write(tmp_path / "plan")


def test_a_folder_says_the_same_as_a_workbook(workbook: Path, tmp_path: Path) -> None:
    folder = country.write_folder(tmp_path / "five", country.tables())
    here, there = hs.Regions.read(folder), hs.Regions.read(workbook)
    for name in here.tables:
        left, right = here.table(name), there.table(name)
        assert left.equals(right.loc[left.index, left.columns]), name


def test_polygons_of_the_planner_are_the_geometry(tmp_path: Path) -> None:
    folder = country.write_folder(tmp_path / "five", country.tables())
    (folder / "map.geojson").write_text(json.dumps(country.squares()), "utf-8")
    regions = hs.Regions.read(folder)
    assert list(regions.geometry.index) == list(regions.codes)
    assert set(regions.geometry.geom_type) == {"Polygon"}
    regions.geometry.reset_index().to_file(folder / "map.gpkg", driver="GPKG")
    (folder / "map.geojson").unlink()
    assert hs.Regions.read(folder).geometry.geom_type.eq("Polygon").all()


def test_without_a_map_there_are_points(workbook: Path) -> None:
    assert set(hs.Regions.read(workbook).geometry.geom_type) == {"Point"}


def test_a_partial_file_overrides_only_what_it_contains(atlas: hs.Regions, tmp_path: Path) -> None:
    (tmp_path / "basins.csv").write_text("key,office_rent,wage_factor\nMA-03,90,\n", "utf-8")
    mixed = hs.Regions.read(tmp_path, over=atlas)
    value = mixed.provenance("MA-03", "office_rent")
    assert (value.value, value.status, value.low) == (90.0, "planner", None)
    assert "was 75" in value.note
    assert mixed.provenance("MA-03", "wage_factor").status == "estimate"
    changed = mixed.values["status"].eq("planner")
    assert changed.sum() == 1
    assert len(mixed.values) == len(atlas.values)
    assert mixed.hash != atlas.hash
    assert list(mixed.geometry.index) == list(atlas.codes)


def test_the_long_form_carries_interval_and_source(atlas: hs.Regions, tmp_path: Path) -> None:
    (tmp_path / "basins.csv").write_text(
        "key,field,value,low,high,year,source,note\n"
        'MA-03,office_rent,90,80,110,2026,"Survey, 12 leases",our own\n',
        "utf-8",
    )
    value = hs.Regions.read(tmp_path, over=atlas).provenance("MA-03", "office_rent")
    assert (value.low, value.high, value.year, value.source) == (
        80,
        110,
        "2026",
        "Survey, 12 leases",
    )
    assert value.note.startswith("our own; was 75")


def test_a_new_indicator_needs_a_unit_and_then_can_be_scored(
    atlas: hs.Regions, tmp_path: Path
) -> None:
    path = tmp_path / "basins.csv"
    path.write_text("key,fibre_km\nunit,km\nMA-03,120\nMA-04,300\n", "utf-8")
    mixed = hs.Regions.read(tmp_path, over=atlas)
    assert mixed.table("basins")["fibre_km"].notna().sum() == 2
    path.write_text("key,fibre_km\nMA-03,120\n", "utf-8")
    with pytest.raises(hs.DataError, match="no field 'fibre_km'"):
        hs.Regions.read(tmp_path, over=atlas)


def test_a_site_may_be_added(atlas: hs.Regions, tmp_path: Path) -> None:
    like = atlas.table("sites").loc["rabat"]
    fields = dict(like.dropna())
    fields |= {"name": "Rabat Sud"}
    header, cells = ",".join(fields), ",".join(str(v) for v in fields.values())
    (tmp_path / "sites.csv").write_text(f"key,{header}\nrabat_sud,{cells}\n", "utf-8")
    mixed = hs.Regions.read(tmp_path, over=atlas)
    assert mixed.site_basins["rabat_sud"] == "MA-04"
    (tmp_path / "sites.csv").write_text("key,name\nrabat_sud,Rabat Sud\n", "utf-8")
    with pytest.raises(hs.DataError, match="rabat_sud has no field max_size"):
        hs.Regions.read(tmp_path, over=atlas)


@pytest.mark.parametrize("language", ["fr", "en", "ar"])
def test_the_template_read_back_changes_nothing(
    atlas: hs.Regions, tmp_path: Path, language: str
) -> None:
    path = tmp_path / "template.xlsx"
    write_template(path, atlas, language=language)
    again = hs.Regions.read(path, over=atlas)
    assert again.hash == atlas.hash
    assert not again.values["status"].eq("planner").any()


def test_the_template_of_provinces_reads_back(tmp_path: Path) -> None:
    provinces = hs.Regions.morocco("province")
    path = tmp_path / "template.xlsx"
    write_template(path, provinces)
    assert hs.Regions.read(path, over=provinces).hash == provinces.hash


def test_the_template_has_units_notes_and_drop_downs(atlas: hs.Regions, tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "template.xlsx"
    write_template(path, atlas)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        sheets = b"".join(archive.read(n) for n in names if n.startswith("xl/worksheets/sheet"))
        words = archive.read("xl/sharedStrings.xml").decode()
    assert sheets.count(b"<dataValidation ") > 50
    assert any("comments" in n for n in names)
    assert "MAD per m2 per month" in words
    assert "loyer de bureau" in words


def test_a_travel_matrix_replaces_distances_and_is_questioned(
    atlas: hs.Regions, tmp_path: Path
) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    rows = ["origin,destination,km", "MA-04,MA-06,50", "MA-06,MA-04,90", "MA-03,MA-04,210",
            "MA-03,MA-06,900"]  # fmt: skip
    (folder / "travel.csv").write_text("\n".join(rows) + "\n", "utf-8")
    regions, problems, notes = check(folder, over=atlas)
    assert not problems
    said = "\n".join(map(str, notes))
    assert "128 pairs are missing" in said
    assert "MA-04 → MA-06 is 50 km, back 90 km" in said
    assert "MA-03 → MA-06 is 900 km" in said and "through MA-04" in said
    assert regions is not None and regions.hash != atlas.hash
    settings = hs.Scenario.named("tech-valley-2030")
    scores = score(atlas, settings)
    near = assemble(regions, settings, scores)
    base = assemble(atlas, settings, scores)
    pair = (list(base.basins).index("MA-04"), list(base.basins).index("MA-06"))

    def reach(instance: object, a: int, b: int) -> float:
        found = (instance.arc_from == a) & (instance.arc_to == b)  # type: ignore[attr-defined]
        return float(instance.arc_reach[found][0, 0])  # type: ignore[attr-defined]

    assert reach(near, *pair) > reach(base, *pair)


def test_nothing_is_half_loaded(atlas: hs.Regions, tmp_path: Path) -> None:
    (tmp_path / "basins.csv").write_text("key,office_rent\nMA-03,90\nMA-04,dear\n", "utf-8")
    regions, problems, _ = check(tmp_path, over=atlas)
    assert regions is None
    assert [p.where for p in problems] == ["basins.csv row 3 column office_rent"]
    assert atlas.provenance("MA-03", "office_rent").value == 75


def test_without_the_reader_a_workbook_is_refused_with_a_hint(
    workbook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(hs.DataError, match=r"hubselect\[excel\]"):
        hs.Regions.read(workbook)


def test_attributes_of_a_map_are_data(atlas: hs.Regions, tmp_path: Path) -> None:
    shapes = atlas.geometry[["geometry"]].assign(office_rent=90.0, OBJECTID=range(12))
    shapes.loc["MA-04", "office_rent"] = None
    shapes.reset_index().to_file(tmp_path / "map.gpkg", driver="GPKG")
    mixed, problems, notes = check(tmp_path, over=atlas)
    assert not problems and mixed is not None
    value = mixed.provenance("MA-03", "office_rent")
    assert (value.value, value.status) == (90.0, "planner")
    assert value.source == "planner, map.gpkg"
    assert mixed.provenance("MA-04", "office_rent").status != "planner"
    said = "\n".join(map(str, notes))
    assert "1 attributes are not fields of basins and are not read: OBJECTID" in said
    # the same value in a table is fine, another one is not
    (tmp_path / "basins.csv").write_text("key,office_rent\nMA-03,90\n", "utf-8")
    assert check(tmp_path, over=atlas)[1] == []
    (tmp_path / "basins.csv").write_text("key,office_rent\nMA-03,91\n", "utf-8")
    said = "\n".join(map(str, check(tmp_path, over=atlas)[1]))
    assert "MA-03 office_rent is 90.0, basins.csv row 2 column office_rent says 91.0" in said


def test_a_wrong_attribute_is_named_by_its_feature(atlas: hs.Regions, tmp_path: Path) -> None:
    shapes = atlas.geometry[["geometry"]].assign(office_rent="90", wage_factor=0.9)
    shapes.loc["MA-03", "office_rent"] = "90,5"
    shapes.loc["MA-05", "wage_factor"] = 95.0
    shapes.reset_index().to_file(tmp_path / "map.geojson", driver="GeoJSON")
    _, problems, _ = check(tmp_path, over=atlas)
    assert [p.where for p in problems] == [
        "map.geojson row 3 column office_rent", "map.geojson row 5 column wage_factor",
    ]  # fmt: skip


def test_a_geopackage_may_hold_tables_and_one_layer(atlas: hs.Regions, tmp_path: Path) -> None:
    import pandas as pd
    import pyogrio

    path = tmp_path / "all.gpkg"
    atlas.geometry.reset_index()[["code", "geometry"]].to_file(
        path, layer="outlines", driver="GPKG"
    )
    jobs = pd.DataFrame({"key": ["MA-03/CRM"], "jobs": [7000]})
    pyogrio.write_dataframe(jobs, path, layer="jobs", append=True)
    mixed = hs.Regions.read(path, over=atlas)
    assert mixed.provenance("MA-03/CRM", "jobs").value == 7000
    atlas.geometry.reset_index()[["code", "geometry"]].to_file(path, layer="more", driver="GPKG")
    _, problems, _ = check(path, over=atlas)
    assert "has 2 layers: outlines, more; expected one layer of polygons, or one named basins" in (
        "\n".join(map(str, problems))
    )


@pytest.mark.parametrize("level", ["region", "province"])
def test_the_atlas_s_own_outlines_are_accepted(level: str, tmp_path: Path) -> None:
    atlas = hs.Regions.morocco(level)
    atlas.geometry.reset_index()[["code", "geometry"]].to_file(tmp_path / "map.gpkg")
    regions, problems, notes = check(tmp_path, over=atlas)
    assert not problems and regions is not None
    assert "taken for water" in "\n".join(map(str, notes))  # lagoons


def test_problems_of_cells_names_and_maps_come_together(tmp_path: Path) -> None:
    tables = country.tables()
    tables["basins"]["NORTH"]["office_rent"] = "dear"
    tables["basins"]["EAST"]["income_tax_cap"] = 120
    tables["sites"]["mid_park"]["region"] = "MIDDLE"
    folder = country.write_folder(tmp_path / "five", tables)
    _, problems, _ = check(folder)
    said = "\n".join(map(str, problems))
    assert "is 'dear'" in said and "100 percent or less" in said and "'MIDDLE' is unknown" in said
    assert "has no field" not in said  # a refused cell is not an absent one


def test_growth_below_one_percent_is_questioned_and_refuses_nothing(tmp_path: Path) -> None:
    tables = country.tables()
    for n, row in enumerate(tables["segments"].values()):
        row["productivity_growth"] = 0.5 + n / 2
    regions, problems, notes = check(country.write_folder(tmp_path / "five", tables))
    assert regions is not None and not problems
    assert "productivity_growth looks like fractions" in "\n".join(map(str, notes))


def test_a_country_can_be_made_from_the_template(atlas: hs.Regions, tmp_path: Path) -> None:
    """Other codes in the template of the atlas, and nothing else of it below."""
    import python_calamine
    import xlsxwriter

    write_template(tmp_path / "template.xlsx", atlas, language="en")
    codes = {"MA-01": "ZX-A", "MA-03": "ZX-B", "MA-04": "ZX-C", "MA-06": "ZX-D"}
    book = python_calamine.CalamineWorkbook.from_path(str(tmp_path / "template.xlsx"))
    with xlsxwriter.Workbook(str(tmp_path / "country.xlsx")) as made:
        for name in (n for n in book.sheet_names if n != "README"):
            sheet = made.add_worksheet(name)
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            at = rows[0].index("region") if name == "sites" else 0
            kept = [r for r in rows if not str(r[at]).startswith("MA-")
                    or str(r[at]).split("/")[0] in codes]  # fmt: skip
            for n, row in enumerate(kept):
                for column, cell in enumerate(row):
                    for old, new in codes.items():
                        cell = cell.replace(old, new) if isinstance(cell, str) else cell
                    if cell != "":
                        sheet.write(n, column, cell)
    regions = hs.Regions.read(tmp_path / "country.xlsx")
    assert regions.codes == tuple(codes.values())
    assert set(regions.values["status"]) == {"planner"}
    settings = hs.Scenario.named("tech-valley-2030")
    assert assemble(regions, settings, score(regions, settings)).basins == regions.codes


def test_every_map_says_whose_it_is(atlas: hs.Regions, tmp_path: Path) -> None:
    assert "© OpenStreetMap contributors, ODbL 1.0" in atlas.geojson()["credit"]
    assert "HCP" in atlas.geojson()["credit"] and "GeoNames" in atlas.geojson()["credit"]
    assert {f["properties"]["code"] for f in atlas.geojson()["features"]} == set(atlas.codes)
    points = hs.Regions.morocco("commune").geojson()["credit"]
    assert "HCP" in points and "OpenStreetMap" not in points
    atlas.geometry.reset_index()[["code", "geometry"]].to_file(tmp_path / "map.gpkg")
    mine = hs.Regions.read(tmp_path, over=atlas).geometry.attrs["credit"]
    assert mine.startswith("Outlines: the planner's.") and "OpenStreetMap" not in mine
    folder = country.write_folder(tmp_path / "five", country.tables())
    assert hs.Regions.read(folder).geojson()["credit"] == ""


def test_a_country_swapped_as_a_whole_is_found(tmp_path: Path) -> None:
    atlas = hs.Regions.morocco("province")
    here = atlas.table("basins")
    rows = [f"{code},{r.capital_lon},{r.capital_lat}" for code, r in here.iterrows()]
    text = "\n".join(["key,capital_lat,capital_lon", *rows]) + "\n"
    (tmp_path / "basins.csv").write_text(text, "utf-8")
    _, problems, _ = check(tmp_path, over=atlas)
    assert sum("swapped?" in p.what for p in problems) == 75
