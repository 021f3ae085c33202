"""Regions: tables, provenance, changed copies, and every problem of a wrong atlas at its row."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubselect.errors import DataError, Problem
from hubselect.regions import Regions, Value
from hubselect.schema import BY_NAME, COLUMNS, REQUIRED, SEGMENTS, path_of

ATLAS = Path(__file__).resolve().parents[2] / "data" / "regions"
Change = Callable[[list[str]], list[str]]


@pytest.fixture(scope="module")
def atlas() -> Regions:
    """The shipped atlas."""
    return Regions.morocco()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A copy of the shipped tables and polygons that a test may spoil."""
    for folder in ("national", "region", "geometry"):
        shutil.copytree(ATLAS / folder, tmp_path / folder)
    return tmp_path


def edit(path: Path, change: Change) -> None:
    """Change the lines of a file."""
    path.write_text("".join(change(path.read_text("utf-8").splitlines(True))), "utf-8")


def set_cell(path: Path, key: str, field: str, column: str, value: str) -> int:
    """Set one cell of a long table and return its row in the file."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    hit = table["key"].eq(key) & table["field"].eq(field)
    assert hit.sum() == 1
    table.loc[hit, column] = value
    table.to_csv(path, index=False, lineterminator="\n")
    return int(np.flatnonzero(hit)[0]) + 2


def refusal(home: Path, level: str = "region") -> tuple[Problem, ...]:
    """The problems of an atlas that must be refused."""
    with pytest.raises(DataError) as caught:
        Regions.read(home, level=level)
    return caught.value.problems


# reading ------------------------------------------------------------------------------------------


def test_wide_tables_have_typed_columns(atlas: Regions) -> None:
    basins = atlas.table("basins")
    assert basins.index.tolist() == list(atlas.codes)
    assert basins["population_legal"].dtype == np.float64
    assert basins["name_ar"].dtype == object
    assert basins.loc["MA-03", "capital"] == "Fès"
    segments = atlas.table("segments")
    assert segments.index.tolist() == list(SEGMENTS)
    assert np.isfinite(segments.select_dtypes("float").to_numpy()[:, 0]).any()


def test_every_required_field_is_a_column_of_its_kind(atlas: Regions) -> None:
    for f in REQUIRED:
        column = atlas.table(f.table)[f.name]
        assert column.dtype == (np.float64 if f.kind == "number" else object), f
        keys = [k for k in column.index if f.asks(k)]
        assert column.loc[keys].notna().all(), f


def test_a_table_is_a_copy(atlas: Regions) -> None:
    table, values = atlas.table("jobs"), atlas.values
    table["jobs"] = 0.0
    values["value"] = None
    assert atlas.table("jobs")["jobs"].sum() == 157_750
    assert atlas.values["value"].notna().all()


def test_values_hold_every_row_of_every_table(atlas: Regions) -> None:
    files = [ATLAS / path_of(name, "region") for name in BY_NAME]
    rows = sum(len(pd.read_csv(p, dtype=str)) for p in files)
    assert len(atlas.values) == rows
    assert not atlas.values.duplicated(["table", "key", "field"]).any()
    assert set(COLUMNS) < set(atlas.values.columns)


def test_provenance_tells_where_a_value_comes_from(atlas: Regions) -> None:
    value = atlas.provenance("MA-03", "population_legal")
    assert isinstance(value, Value)
    assert (value.value, value.unit, value.year, value.status) == (
        4467911.0,
        "people",
        "2024",
        "official",
    )
    assert value.source.startswith("HCP")
    assert value.address.startswith("https://")
    assert value.low is None
    guess = atlas.provenance("MA-03", "wage_factor")
    assert guess.low is not None and guess.high is not None
    assert guess.low < guess.value < guess.high  # type: ignore[operator]
    with pytest.raises(FrozenInstanceError):
        value.value = 1.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("key", "field", "hint"),
    [
        ("MA-03", "office_rents", "office_rent"),
        ("casanearshor", "area_m2", "casanearshore"),
        ("MA-3", "wage_factor", "MA-"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(
    atlas: Regions, key: str, field: str, hint: str
) -> None:
    with pytest.raises(DataError, match="is unknown") as caught:
        atlas.provenance(key, field)
    assert hint in caught.value.problems[0].hint


def test_unknown_table_is_refused_with_the_nearest(atlas: Regions) -> None:
    with pytest.raises(DataError, match="did you mean 'segments'"):
        atlas.table("segment")
    with pytest.raises(DataError, match="table: 'basin' is unknown"):
        atlas.provenance("MA-03", "wage_factor", table="basin")


def test_levels_that_are_not_shipped_are_refused(atlas: Regions) -> None:
    with pytest.raises(DataError, match=r"no level 'district'.*region"):
        Regions.morocco(level="district")


def test_listing_counts_every_value(atlas: Regions) -> None:
    listing = atlas.listing()
    assert listing["figures"].sum() == len(atlas.values)
    by_status = listing[["official", "press", "derived", "estimate", "planner"]].sum(axis=1)
    assert (by_status == listing["figures"]).all()


def test_repr_names_level_and_size(atlas: Regions) -> None:
    assert "12 basins" in repr(atlas)
    assert "Fès-Meknès" in atlas._repr_html_()
    assert len(atlas) == 12


def test_polygons_are_read_only_when_asked_for() -> None:
    code = (
        "import sys; from hubselect.regions import Regions; r = Regions.morocco();"
        "r.table('basins'); assert 'pyogrio' not in sys.modules;"
        "r.geometry; assert 'pyogrio' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# changed copies -----------------------------------------------------------------------------------


def test_replace_changes_one_value_in_a_copy(atlas: Regions) -> None:
    other = atlas.replace(table="basins", key="MA-03", field="office_rent", value=90)
    value = other.provenance("MA-03", "office_rent")
    assert (value.value, value.status, value.low, value.high) == (90.0, "planner", None, None)
    assert "was 75" in value.note
    assert atlas.provenance("MA-03", "office_rent").value == 75
    assert other.table("basins").loc["MA-03", "office_rent"] == 90
    changed = atlas.values["value"].ne(other.values["value"])
    assert changed.sum() == 1


@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [
        (("basins", "MA-03", "office_rent"), -1, "0 MAD per m2 per month or more"),
        (("basins", "MA-03", "office_rent"), float("nan"), "a finite number"),
        (("basins", "MA-03", "office_rent"), "dear", "a number, MAD"),
        (("basins", "MA-03", "capital"), 3, "a text"),
        (("basins", "MA-03", "office_rant"), 3, "did you mean 'office_rent'"),
        (("skills", "data", "willing"), 101, "100 percent or less"),
        (("sites", "rabat", "region"), "MA-99", "is unknown"),
        (("segment_mix", "CRM/data", "min_share"), 50, "sums to 148"),
    ],
)
def test_replace_refuses_what_a_file_could_not_say(
    atlas: Regions, cell: tuple[str, str, str], value: float | str, said: str
) -> None:
    with pytest.raises(DataError) as caught:
        atlas.replace(table=cell[0], key=cell[1], field=cell[2], value=value)
    assert said in str(caught.value)


def test_without_leaves_basins_and_their_sites_out(atlas: Regions) -> None:
    other = atlas.without(["MA-11", "MA-12"])
    assert len(other) == 10
    assert not other.values["key"].str.startswith(("MA-11", "MA-12")).any()
    assert {"laayoune", "dakhla"} & set(other.table("sites").index) == set()
    assert {"laayoune", "dakhla"} < set(atlas.table("sites").index)
    assert list(other.geometry.index) == list(other.codes)
    pd.testing.assert_frame_equal(other.table("segments"), atlas.table("segments"))
    assert len(other.table("jobs")) == 50


def test_without_is_the_same_in_one_step_or_two(atlas: Regions) -> None:
    assert atlas.without("MA-01").without("MA-02").hash == atlas.without(["MA-02", "MA-01"]).hash


def test_without_refuses_unknown_codes_and_all(atlas: Regions) -> None:
    with pytest.raises(DataError) as caught:
        atlas.without(["MA-13", "MA-99", "MA-01"])
    assert len(caught.value.problems) == 2
    with pytest.raises(DataError, match="at least one basin"):
        atlas.without(atlas.codes)


def test_regions_are_frozen(atlas: Regions) -> None:
    with pytest.raises(FrozenInstanceError):
        atlas.level = "commune"  # type: ignore[misc]


# hash ---------------------------------------------------------------------------------------------


def test_hash_ignores_row_order_and_the_form_of_numbers(atlas: Regions, home: Path) -> None:
    edit(home / "region" / "jobs.csv", lambda lines: [lines[0], *reversed(lines[1:])])
    set_cell(home / "national" / "finance.csv", "national", "capped_rate", "value", "8.980")
    assert Regions.read(home).hash == atlas.hash
    assert len(atlas.hash) == 64


@settings(max_examples=15, deadline=None)
@given(value=st.floats(min_value=1, max_value=500).filter(lambda x: x != 75))
def test_hash_changes_with_any_value(value: float) -> None:
    atlas = Regions.morocco()
    other = atlas.replace(table="basins", key="MA-03", field="office_rent", value=value)
    again = atlas.replace(table="basins", key="MA-03", field="office_rent", value=value)
    assert other.hash != atlas.hash
    assert other.hash == again.hash


# wrong input --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [
        (("national/segments.csv", "ITO", "jobs", "value"), "many", "expected a finite number"),
        (("national/segments.csv", "ITO", "jobs", "value"), "NaN", "expected a finite number"),
        (("national/segments.csv", "ITO", "jobs", "value"), "inf", "expected a finite number"),
        (("national/segments.csv", "ITO", "jobs", "value"), "1,5", "expected a finite number"),
        (("national/segments.csv", "ITO", "jobs", "value"), "", "is empty"),
        (
            ("national/programmes.csv", "cmc_digital", "cost_per_seat", "value"),
            "-5",
            "0 MAD per seat, whole course or more",
        ),
        (("national/skills.csv", "data", "willing", "value"), "120", "100 percent or less"),
        (
            ("national/ramp_up.csv", "strong/0", "share", "value"),
            "-1",
            "0 percent of the workstations of the hub or more",
        ),
        (("national/finance.csv", "national", "occupancy", "high"), "lots", "a finite number or"),
        (("national/finance.csv", "national", "occupancy", "low"), "", "without interval"),
        (("national/finance.csv", "national", "occupancy", "low"), "93", "low ≤ value ≤ high"),
        (
            ("national/finance.csv", "national", "occupancy", "status"),
            "guess",
            "'guess' is unknown",
        ),
        (("national/finance.csv", "national", "occupancy", "unit"), "text", "expected a number"),
        (("national/finance.csv", "national", "occupancy", "unit"), "", "is empty"),
        (("national/finance.csv", "national", "occupancy", "year"), "", "is empty"),
        (("national/finance.csv", "national", "occupancy", "source"), "", "is empty"),
        (("national/sites.csv", "rabat", "region", "value"), "MA-O4", "did you mean 'MA-04'"),
        (("national/sites.csv", "rabat", "max_size", "value"), "huge", "valid: "),
        (("national/programmes.csv", "cmc_digital", "to", "value"), "software", "software_cloud"),
        (
            ("region/basins.csv", "MA-05", "wage_factor", "value"),
            "0",
            "0.01 ratio to Casablanca-Settat or more",
        ),
    ],
)
def test_a_wrong_cell_is_named_by_file_row_and_column(
    home: Path, cell: tuple[str, str, str, str], value: str, said: str
) -> None:
    file, key, field, column = cell
    row = set_cell(home / file, key, field, column, value)
    problems = refusal(home)
    at_row = [p for p in problems if p.where.startswith(f"{file} row {row} ")]
    assert len(at_row) == 1
    assert said in str(at_row[0])


def test_all_problems_are_listed_at_once(home: Path) -> None:
    first = set_cell(home / "national" / "segments.csv", "ITO", "jobs", "value", "many")
    second = set_cell(home / "region" / "basins.csv", "MA-05", "office_rent", "value", "-3")
    (home / "national" / "hub_sizes.csv").unlink()
    problems = refusal(home)
    wheres = {p.where for p in problems}
    assert f"national/segments.csv row {first} column value" in wheres
    assert f"region/basins.csv row {second} column value" in wheres
    assert "national/hub_sizes.csv" in wheres


def test_a_missing_table_is_named(home: Path) -> None:
    (home / "region" / "talent.csv").unlink()
    found = [str(p) for p in refusal(home) if p.where == "region/talent.csv"]
    assert any("the file is missing" in text for text in found)


def test_optional_tables_may_be_missing(home: Path, atlas: Regions) -> None:
    (home / "national" / "facts.csv").unlink()
    (home / "national" / "contradictions.csv").unlink()
    other = Regions.read(home)
    assert set(atlas.tables) - set(other.tables) == {"facts"}
    assert other.contradictions.empty


def test_a_missing_column_is_named(home: Path) -> None:
    edit(
        home / "region" / "jobs.csv",
        lambda lines: [lines[0].replace("value", "valeur"), *lines[1:]],
    )
    problem = next(p for p in refusal(home) if p.where == "region/jobs.csv")
    assert "column value is missing" in problem.what
    assert "valeur" in problem.hint


def test_a_missing_field_is_named_once_for_all_keys(home: Path) -> None:
    edit(home / "region" / "talent.csv", lambda lines: [x for x in lines if ",inflow," not in x])
    problems = refusal(home)
    assert [p.what for p in problems] == ["field inflow is missing"]


def test_a_missing_field_of_one_key_is_named_with_it(home: Path) -> None:
    edit(
        home / "national" / "finance.csv",
        lambda lines: [x for x in lines if not x.startswith("national,discount_rate,")],
    )
    assert [p.what for p in refusal(home)] == ["national has no field discount_rate"]


def test_a_missing_key_is_named(home: Path) -> None:
    edit(home / "region" / "jobs.csv", lambda lines: [x for x in lines if "MA-07/KPO" not in x])
    assert [p.what for p in refusal(home)] == ["key MA-07/KPO is missing"]


def test_an_unknown_region_code_is_named(home: Path) -> None:
    edit(
        home / "region" / "jobs.csv",
        lambda lines: [x.replace("MA-07/KPO", "MA-77/KPO") for x in lines],
    )
    texts = [str(p) for p in refusal(home)]
    assert any("'MA-77' is an unknown region code" in t and "MA-07" in t for t in texts)


def test_duplicates_are_named(home: Path) -> None:
    edit(home / "national" / "targets.csv", lambda lines: [*lines, lines[1]])
    problems = refusal(home)
    assert len(problems) == 1
    assert "appears twice" in problems[0].what


def test_an_empty_site_list_is_refused(home: Path) -> None:
    edit(home / "national" / "sites.csv", lambda lines: lines[:1])
    assert Problem("national/sites.csv", "has no rows", "at least one of sites") in refusal(home)


def test_a_segment_mix_that_does_not_add_up_is_refused(home: Path) -> None:
    set_cell(home / "national" / "segment_mix.csv", "ITO/data", "min_share", "value", "7")
    assert [p.what for p in refusal(home)] == ["min_share of ITO sums to 101"]


def test_a_ragged_row_is_named(home: Path) -> None:
    edit(home / "national" / "pools.csv", lambda lines: [*lines[:3], "a,b,c\n", *lines[3:]])
    assert Problem("national/pools.csv row 4", "has 3 cells", "11 cells") in refusal(home)


def test_a_broken_quote_is_named(home: Path) -> None:
    edit(home / "national" / "pools.csv", lambda lines: [*lines, '"open,quote\n'])
    assert any(
        p.where == "national/pools.csv" and "cannot be read" in p.what for p in refusal(home)
    )


def test_a_file_that_is_not_utf8_is_named(home: Path) -> None:
    path = home / "national" / "pools.csv"
    path.write_bytes(path.read_bytes() + b"\xff\xfe\xe9")
    assert any(
        p.where == "national/pools.csv" and "cannot be read" in p.what for p in refusal(home)
    )


def test_a_folder_in_place_of_a_file_is_named(home: Path) -> None:
    path = home / "national" / "pools.csv"
    path.unlink()
    path.mkdir()
    assert any(
        p.where == "national/pools.csv" and "cannot be read" in p.what for p in refusal(home)
    )


def test_an_empty_file_is_refused(home: Path) -> None:
    (home / "region" / "jobs.csv").write_bytes(b"")
    assert any(p.where == "region/jobs.csv" for p in refusal(home))


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "is not a folder" in refusal(tmp_path / "nowhere")[0].what
    assert "no level 'region'" in refusal(tmp_path)[0].what


def test_geometry_is_refused_when_absent_broken_or_incomplete(home: Path) -> None:
    path = home / "geometry" / "regions.geojson"
    whole = path.read_text("utf-8")
    path.write_text(whole.replace('"code":"MA-05"', '"code":"MA-55"'), "utf-8")
    with pytest.raises(DataError, match="MA-05 has no polygon"):
        _ = Regions.read(home).geometry
    path.write_text(whole.replace('"code"', '"id_"'), "utf-8")
    with pytest.raises(DataError, match="has no property 'code'"):
        _ = Regions.read(home).geometry
    path.write_text("{", "utf-8")
    with pytest.raises(DataError, match="cannot be read"):
        _ = Regions.read(home).geometry
    path.unlink()
    with pytest.raises(DataError, match="the file is missing"):
        _ = Regions.read(home).geometry


def test_the_shipped_atlas_has_no_problem(home: Path, atlas: Regions) -> None:
    assert Regions.read(home).hash == atlas.hash
