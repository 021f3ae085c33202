"""A corpus of broken inputs: each is found, named at its place, and nothing is loaded."""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import country
import hubselect as hs
from hubselect.own import check, excel, sheets

Tables = dict[str, country.Table]
Spoil = Callable[[Tables], object]

FIVE = country.tables()


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> hs.Regions:
    """The fictional country, whole."""
    return hs.Regions.read(country.write_folder(tmp_path_factory.mktemp("five"), FIVE))


def refused(path: Path, over: hs.Regions | None, said: str) -> None:
    """The files are refused with a problem that says this, and nothing is loaded."""
    regions, problems, _ = check(path, over=over)
    text = "\n".join(map(str, problems))
    assert regions is None
    assert said in text, text
    with pytest.raises(hs.DataError):
        hs.Regions.read(path, over=over)


# one file over the country: text of basins.csv, what is said ---------------------------------------

CELLS = {
    "word for a number": ("key,office_rent\nNORTH,dear\n", "row 2 column office_rent: NORTH office_rent is 'dear'"),
    "space as thousands": ("key,population_legal\nNORTH,1 100 000\n", "without thousands separators"),
    "narrow space": ("key,population_legal\nNORTH,1\u202f100\u202f000\n", "without thousands separators"),
    "comma thousands": ('key,population_legal\nNORTH,"1,100,000"\n', "without thousands separators"),
    "point thousands": ("key,population_legal\nNORTH,1.100.000\n", "without thousands separators"),
    "apostrophe thousands": ("key,population_legal\nNORTH,1'100'000\n", "without thousands separators"),
    "decimal comma": ('key,wage_factor\nNORTH,"0,95"\n', "write a decimal point: 0.95"),
    "Arabic-Indic digits": ("key,office_rent\nNORTH,١٢٠\n", "write western digits: 120"),
    "Persian digits": ("key,office_rent\nNORTH,۱۲۰\n", "write western digits: 120"),
    "Arabic decimal sign": ("key,wage_factor\nNORTH,٠٫٩٥\n", "western digits"),
    "percent sign": ("key,income_tax_cap\nNORTH,20 %\n", "without its sign: 20"),
    "not available": ("key,office_rent\nNORTH,n/a\n", "leave the cell empty"),
    "dash for nothing": ("key,office_rent\nNORTH,–\n", "leave the cell empty"),
    "spreadsheet error": ("key,office_rent\nNORTH,#REF!\n", "leave the cell empty"),
    "formula as text": ("key,office_rent\nNORTH,=A1*2\n", "not a formula"),
    "infinite": ("key,office_rent\nNORTH,1e400\n", "a finite number"),
    "not a number": ("key,office_rent\nNORTH,NaN\n", "leave the cell empty"),
    "unit in the cell": ("key,office_rent\nNORTH,100 MAD\n", "is '100 MAD'"),
    "negative rent": ("key,office_rent\nNORTH,-5\n", "0 MAD per m2 per month or more"),
    "wage factor too high": ("key,wage_factor\nNORTH,95\n", "10 ratio or less"),
    "tax above hundred": ("key,income_tax_cap\nNORTH,120\n", "100 percent or less"),
    "percent as fraction": ("key,income_tax_cap\nNORTH,0.2\nSOUTH,0.2\n", "looks like fractions"),
    "new share as fraction": ("key,graduates_share\nNORTH,0.3\nSOUTH,0.21\n", "looks like fractions"),
    "latitude out of bounds": ("key,capital_lat\nNORTH,152\n", "far from the others"),
    "swapped coordinates": ("key,capital_lat,capital_lon\nNORTH,10,52\n", "swapped?"),
    "a point far away": ("key,capital_lat,capital_lon\nNORTH,-33,151\n", "far from the others"),
    "unknown field": ("key,ofice_rent\nNORTH,90\n", "did you mean 'office_rent'"),
    "unknown basin": ("key,office_rent\nNORD,90\n", "NORD has no field"),
    "key twice": ("key,office_rent\nNORTH,90\nNORTH,91\n", "NORTH office_rent appears twice"),
    "column twice": ("key,office_rent,office_rent\nNORTH,90,91\n", "column office_rent appears twice"),
    "column without a name": ("key,office_rent,\nNORTH,90,3\n", "a column has no name"),
    "no key column": ("code,office_rent\nNORTH,90\n", "column key is missing"),
    "empty key": ("key,office_rent\n,90\n", "the key is empty"),
    "ragged row": ("key,office_rent\nNORTH,90,1\n", "row 2: has 3 cells"),
    "semicolons": ("key;office_rent\nNORTH;90\n", "is separated by semicolons"),
    "tabs": ("key\toffice_rent\nNORTH\t90\n", "is separated by tabs"),
    "open quote": ('key,office_rent\nNORTH,"90\n', "cannot be read"),
    "empty file": ("", "is empty"),
    "wrong unit": ("key,office_rent\nunit,EUR per m2\nNORTH,90\n", "the unit of office_rent is 'EUR per m2'"),
    "long row without a field": ("key,field,value\nNORTH,,90\n", "the field is empty"),
    "long row without a value": ("key,field,value\nNORTH,office_rent,\n", "office_rent is empty"),
    "long form, unknown column": ("key,field,value,vlaue\nNORTH,office_rent,90,1\n", "column vlaue is unknown"),
    "interval beside the value": ("key,field,value,low,high\nNORTH,office_rent,90,95,99\n", "lies outside 95"),
    "interval not a number": ("key,field,value,low,high\nNORTH,office_rent,90,eighty,99\n", "low of NORTH office_rent"),
    "mixed unemployment": (
        "key,unemployment_rate_pct,labour_force_15plus,unemployed_15plus\n"
        "unit,percent,people,people\nNORTH,13.3,100000,21300\n", "its counts give 21.3"),
}  # fmt: skip


@pytest.mark.parametrize("case", CELLS)
def test_a_broken_file_over_a_country(five: hs.Regions, tmp_path: Path, case: str) -> None:
    text, said = CELLS[case]
    (tmp_path / "basins.csv").write_text(text, "utf-8")
    refused(tmp_path, five, said)


# a whole country with one thing wrong --------------------------------------------------------------

WHOLE: dict[str, tuple[Spoil, str]] = {
    "a table is missing": (lambda t: t.pop("skills"), "skills: has no rows"),
    "a field is missing": (
        lambda t: [r.pop("office_rent") for r in t["basins"].values()], "field office_rent is missing"),
    "a field of one basin": (
        lambda t: t["basins"]["NORTH"].pop("wage_factor"), "NORTH has no field wage_factor"),
    "a pair is missing": (lambda t: t["jobs"].pop("MID/code"), "key MID/code is missing"),
    "a pair too many": (
        lambda t: t["jobs"].update({"MIDDLE/code": {"jobs": 1}}), "'MIDDLE' is an unknown region code"),
    "a key of one part": (lambda t: t["jobs"].update({"MID": {"jobs": 1}}), "basins / segments"),
    "mix not of hundred": (
        lambda t: t["segment_mix"]["code/agent"].update(min_share=50), "min_share of code sums to 135"),
    "a site nowhere": (
        lambda t: t["sites"]["mid_park"].update(region="MIDDLE"), "mid_park region 'MIDDLE' is unknown"),
    "a size unknown": (
        lambda t: t["sites"]["mid_park"].update(max_size="tower"), "max_size 'tower' is unknown"),
    "a course to nowhere": (
        lambda t: t["programmes"]["coding_course"].update(to="poet"), "coding_course to 'poet'"),
    "a course from nowhere": (
        lambda t: t["programmes"]["coding_course"].update({"from": "moon"}), "coding_course from 'moon'"),
    "a rule is missing": (lambda t: t["incentives"].pop("hiring_premium"), "key hiring_premium is missing"),
    "no anchor": (lambda t: t["ramp_up"].pop("anchor/strong"), "key anchor/strong is missing"),
    "an age is missing": (lambda t: t["ramp_up"].pop("regional/3"), "key regional/3 is missing"),
    "detour under one": (
        lambda t: t["finance"]["national"].update(detour_factor=0.8), "1 ratio or more"),
    "all points swapped but one": (
        lambda t: t["sites"]["mid_park"].update(lat=10.1, lon=51.1), "mid_park lies at"),
    "a sheet no one knows": (lambda t: t.update(bassins={"X": {"a": 1}}), "'bassins' is not a table"),
    "no bracket of income tax": (
        lambda t: [t["finance"].pop(k) for k in ("income_tax/1", "income_tax/2")],
        "has no bracket of income tax"),
    "brackets from above zero": (
        lambda t: t["finance"]["income_tax/1"].update(threshold=100), "no bracket of income tax starts at 0"),
    "two brackets from one threshold": (
        lambda t: t["finance"]["income_tax/2"].update(threshold=0), "income_tax/2 starts at 0"),
    "a bracket without a rate": (
        lambda t: t["finance"].update({"income_tax/3": {"threshold": 9e4}}), "income_tax/3 has no field rate"),
    "a premium of two and a half years": (
        lambda t: t["incentives"]["training_premium"].update(years=2.5), "a whole number, years"),
    "half a calendar year": (
        lambda t: t["sites"]["mid_park"].update(earliest_year=2026.5), "a whole number, year"),
    "fractions for percent": (
        lambda t: [r.update(completion=0.85, placement=75) for r in t["programmes"].values()],
        "completion looks like fractions"),
}  # fmt: skip


@pytest.mark.parametrize("case", WHOLE)
def test_a_broken_country(tmp_path: Path, case: str) -> None:
    spoil, said = WHOLE[case]
    tables = copy.deepcopy(FIVE)
    spoil(tables)
    refused(country.write_folder(tmp_path / "five", tables), None, said)


# polygons -----------------------------------------------------------------------------------------

BOW = [[9.25, 51.5], [10.75, 52.5], [10.75, 51.5], [9.25, 52.5], [9.25, 51.5]]
WIDE = [[9.25, 51.2], [10.75, 51.2], [10.75, 52.5], [9.25, 52.5], [9.25, 51.2]]
METRES = [[1e6, 6e6], [1.1e6, 6e6], [1.1e6, 6.1e6], [1e6, 6.1e6], [1e6, 6e6]]


def ring(west: float, south: float, east: float, north: float) -> list[list[float]]:
    """A rectangle."""
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def holed() -> dict[str, Any]:
    """Four rectangles around a gap where MID should be larger."""
    return country.squares(
        NORTH=ring(7.75, 51.5, 12.25, 52.5), SOUTH=ring(7.75, 49.5, 12.25, 50.5),
        WEST=ring(7.75, 50.5, 9.25, 51.5), EAST=ring(10.75, 50.5, 12.25, 51.5),
        MID=ring(9.25, 50.5, 10.5, 51.5),
    )  # fmt: skip


def renamed(code: str) -> dict[str, Any]:
    """The first polygon under another code."""
    shapes = country.squares()
    shapes["features"][0]["properties"]["code"] = code
    return shapes


def swapped() -> dict[str, Any]:
    """Every polygon with latitude first."""
    shapes = country.squares()
    for feature in shapes["features"]:
        found = feature["geometry"]["coordinates"]
        feature["geometry"]["coordinates"] = [[[y, x] for x, y in r] for r in found]
    return shapes


def pointed() -> dict[str, Any]:
    """A point for a polygon."""
    shapes = country.squares()
    shapes["features"][2]["geometry"] = {"type": "Point", "coordinates": [10, 50]}
    return shapes


def bare() -> dict[str, Any]:
    """No property code."""
    shapes = country.squares()
    for feature in shapes["features"]:
        feature["properties"] = {"name": "x"}
    return shapes


MAPS: dict[str, tuple[dict[str, Any] | str, str]] = {
    "crosses itself": (country.squares(NORTH=BOW), "NORTH: crosses itself"),
    "overlap": (country.squares(NORTH=WIDE), "overlap"),
    "hole": (holed(), "a hole at latitude"),
    "wrong coordinate system": (country.squares(NORTH=METRES), "wrong coordinate system"),
    "swapped axes": (swapped(), "latitude and longitude are swapped"),
    "code twice": (renamed("EAST"), "the code appears twice"),
    "unknown code": (renamed("NORD"), "is not a basin"),
    "a polygon is missing": (renamed("NORD"), "NORTH has no polygon"),
    "a point": (pointed(), "is a Point"),
    "no code": (bare(), "has no property 'code'"),
    "not GeoJSON": ("{", "cannot be read"),
}


@pytest.mark.parametrize("case", MAPS)
def test_a_broken_map(tmp_path: Path, five: hs.Regions, case: str) -> None:
    content, said = MAPS[case]
    text = content if isinstance(content, str) else json.dumps(content)
    (tmp_path / "map.geojson").write_text(text, "utf-8")
    refused(tmp_path, five, said)


def test_two_maps(tmp_path: Path, five: hs.Regions) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.geojson").write_text(json.dumps(country.squares()), "utf-8")
    refused(tmp_path, five, "is a second map")


# bytes --------------------------------------------------------------------------------------------

BYTES = {
    "Latin-1": ("key,capital\nNORTH,Fès\n".encode("latin-1"), "row 2: is not UTF-8"),
    "Windows Arabic": ("key,name_ar\nNORTH,شمال\n".encode("cp1256"), "is not UTF-8"),
    "UTF-16": ("key,capital\nNORTH,Fes\n".encode("utf-16"), "is encoded in UTF-16"),
    "binary": (b"key\x00\x01,office_rent\n", "is not a text file"),
}


@pytest.mark.parametrize("case", BYTES)
def test_a_file_of_other_bytes(tmp_path: Path, five: hs.Regions, case: str) -> None:
    raw, said = BYTES[case]
    (tmp_path / "basins.csv").write_bytes(raw)
    refused(tmp_path, five, said)


def test_a_byte_order_mark_is_no_problem(tmp_path: Path, five: hs.Regions) -> None:
    (tmp_path / "basins.csv").write_text("key,capital\nNORTH,Fès\n", "utf-8-sig")
    assert hs.Regions.read(tmp_path, over=five).table("basins").loc["NORTH", "capital"] == "Fès"


def test_a_file_of_two_hundred_megabytes_is_refused_unread(
    tmp_path: Path, five: hs.Regions
) -> None:
    for name in ("basins.csv", "book.xlsx", "map.geojson"):
        with (tmp_path / name).open("wb") as handle:
            handle.truncate(200_000_000)  # sparse: takes no room
    _, problems, _ = check(tmp_path, over=five)
    assert [p.what for p in problems] == ["has 200 MB"] * 3


# workbooks ----------------------------------------------------------------------------------------


def book(path: Path, fill: Callable[[Any, Any], object], name: str = "basins") -> Path:
    """A workbook whose one sheet has a header and what `fill` writes."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet(name)
        sheet.write_row(0, 0, ["key", "office_rent", "capital"])
        fill(made, sheet)
    return path


BOOKS: dict[str, tuple[Callable[[Any, Any], object], str]] = {
    "formula": (
        lambda _, s: (s.write_row(1, 0, ["NORTH"]), s.write_formula(1, 1, "=40+50", None, 90)),
        "basins!B2: is a formula"),
    "merged cells": (
        lambda _, s: (s.write_row(1, 0, ["NORTH", 90]), s.merge_range(2, 1, 3, 1, 80)),
        "basins!B3:B4: cells are merged"),
    "text for a number": (
        lambda _, s: s.write_row(1, 0, ["NORTH", "1 200"]), "basins!B2: NORTH office_rent is '1 200'"),
    "number for a key": (lambda _, s: s.write_row(1, 0, [1.05, 90]), "basins!A2: the key 1.05 is a number"),
    "true for a number": (lambda _, s: s.write_row(1, 0, ["NORTH", True]), "not true or false"),
    "date for a number": (
        lambda b, s: (s.write(1, 0, "NORTH"),
                      s.write_datetime(1, 1, __import__("datetime").date(2026, 1, 1),
                                       b.add_format({"num_format": "yyyy-mm-dd"}))),
        "basins!B2: NORTH office_rent is '2026-01-01'"),
    "no key": (lambda _, s: s.write_row(1, 1, [90]), "basins!A2: the key is empty"),
}  # fmt: skip


@pytest.mark.parametrize("case", BOOKS)
def test_a_broken_workbook(tmp_path: Path, five: hs.Regions, case: str) -> None:
    fill, said = BOOKS[case]
    refused(book(tmp_path / "book.xlsx", fill), five, said)


def test_workbooks_that_are_none(tmp_path: Path, five: hs.Regions) -> None:
    (tmp_path / "book.xlsx").write_bytes(b"not a workbook")
    refused(tmp_path / "book.xlsx", five, "cannot be read")
    (tmp_path / "book.xls").write_bytes(b"old")
    refused(tmp_path / "book.xls", five, "is .xls")
    refused(tmp_path / "nothing.xlsx", five, "is not there")
    refused(book(tmp_path / "b.xlsx", lambda *_: None, "basin"), five, "did you mean 'basins'")


def test_a_workbook_that_unpacks_to_too_much(
    tmp_path: Path, five: hs.Regions, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book(tmp_path / "book.xlsx", lambda _, s: s.write_row(1, 0, ["NORTH", 90]))
    assert excel.EXPANDED > sheets.LARGEST
    monkeypatch.setattr(excel, "EXPANDED", 1000)
    refused(path, five, "unpacks to")


TRAVEL = {
    "no header": ("a,b,c\nNORTH,SOUTH,5\n", "column origin is missing"),
    "unknown basin": ("origin,destination,km\nNORD,SOUTH,5\n", "'NORD' is not a basin"),
    "negative": ("origin,destination,km\nNORTH,SOUTH,-5\n", "km is '-5'"),
    "words": ("origin,destination,km\nNORTH,SOUTH,near\n", "km is 'near'"),
    "twice": ("origin,destination,km\nNORTH,SOUTH,5\nNORTH,SOUTH,6\n", "appears twice"),
}


@pytest.mark.parametrize("case", TRAVEL)
def test_a_broken_travel_matrix(tmp_path: Path, five: hs.Regions, case: str) -> None:
    text, said = TRAVEL[case]
    (tmp_path / "travel.csv").write_text(text, "utf-8")
    refused(tmp_path, five, said)


def test_an_empty_folder(tmp_path: Path, five: hs.Regions) -> None:
    refused(tmp_path, five, "is empty")
    (tmp_path / "notes.txt").write_text("hello", "utf-8")
    refused(tmp_path, five, "holds no table")


def test_the_corpus_is_large() -> None:
    assert sum(map(len, (CELLS, WHOLE, MAPS, BYTES, BOOKS, TRAVEL))) >= 60


def test_all_problems_of_all_files_come_at_once(tmp_path: Path, five: hs.Regions) -> None:
    (tmp_path / "basins.csv").write_text("key,office_rent\nNORTH,dear\nSOUTH,cheap\n", "utf-8")
    (tmp_path / "sites.csv").write_text("key,lat\nmid_park,north\n", "utf-8")
    (tmp_path / "map.geojson").write_text("{", "utf-8")
    _, problems, _ = check(tmp_path, over=five)
    assert len(problems) == 4
