"""Travel: by road or by the fastest link, and a planner's matrices in every form they come in."""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import country
import hubselect as hs
from hubselect.assemble import assemble
from hubselect.instance import Instance
from hubselect.own import check
from hubselect.travel import Speeds, link_minutes

BASE = hs.Scenario.named("tech-valley-2030")
NETWORK = BASE.replace(talent__travel="network")


@pytest.fixture(scope="module")
def atlas() -> hs.Regions:
    """The shipped regions."""
    return hs.Regions.morocco()


def reach(instance: Instance, a: str, b: str) -> float:
    """Share of the first profile that goes from a to b; 0 where no arc leads."""
    here = (instance.arc_from == instance.basins.index(a)) & (
        instance.arc_to == instance.basins.index(b)
    )
    return float(instance.arc_reach[here, 0].sum())


def assembled(regions: hs.Regions, scenario: hs.Scenario) -> Instance:
    """The instance of a scenario on its own scores."""
    return assemble(regions, scenario, hs.score(regions, scenario))


def test_minutes_by_class_of_link() -> None:
    road = np.array([[0.0, 100.0, 300.0], [100.0, 0.0, 300.0], [300.0, 300.0, 0.0]])
    motorway, rail = np.array([True, True, False]), np.array([True, False, True])
    found = link_minutes(road, motorway, rail, Speeds(50, 100, 200, 45))
    assert found[0, 1] == 60  # motorway at both ends
    assert found[1, 2] == 360  # ordinary road
    assert found[0, 2] == 45 + 90  # train: stations, then 300 km at 200
    assert (found == found.T).all() and not found.diagonal().any()
    # a train between near places is no faster than the motorway
    near = link_minutes(road / 4, motorway, motorway, Speeds(50, 100, 200, 45))
    assert near[0, 1] == 15


def test_the_network_is_an_option_and_changes_nothing_else(atlas: hs.Regions) -> None:
    plain, network = assembled(atlas, BASE), assembled(atlas, NETWORK)
    # both on a motorway, no train faster: the same distance
    assert reach(network, "MA-04", "MA-06") == pytest.approx(reach(plain, "MA-04", "MA-06"))
    assert reach(plain, "MA-01", "MA-06") == 0  # 378 km by road
    assert reach(network, "MA-01", "MA-06") > 0.05  # 2 h 10 by train and the stations
    assert len(network.arc_from) < len(plain.arc_from)  # slow roads reach less far
    same = network.replace(
        arc_from=plain.arc_from, arc_to=plain.arc_to,
        arc_reach=plain.arc_reach, arc_cost=plain.arc_cost,
    )  # fmt: skip
    assert same.hash == plain.hash


def test_the_fast_train_stops_in_four_provinces() -> None:
    provinces = hs.Regions.morocco("province").table("basins")
    stops = provinces.index[provinces["high_speed_rail_stop"] == 1]
    assert set(provinces.loc[stops, "name_fr"]) == {
        "Tanger-Assilah", "Kénitra", "Rabat", "Casablanca",
    }  # fmt: skip


LONG = {
    "ours": "origin,destination,km,minutes\nMA-04,MA-06,95,70\n",
    "from and to": "from,to,distance_km,time_min\nMA-04,MA-06,95,70\n",
    "letters": "O,D,road_km,duration_min\nMA-04,MA-06,95,70\n",
    "a matrix a row": "matrix,origin,destination,value\nkm,MA-04,MA-06,95\nminutes,MA-04,MA-06,70\n",
    "a core a row": "core,from,to,value\nkm,MA-04,MA-06,95\ntime_min,MA-04,MA-06,70\n",
}


@pytest.mark.parametrize("form", LONG)
def test_long_forms_say_the_same(atlas: hs.Regions, tmp_path: Path, form: str) -> None:
    (tmp_path / "Travel.csv").write_text(LONG[form], "utf-8")
    regions, problems, notes = check(tmp_path, over=atlas)
    assert not problems
    assert regions is not None and regions.travel is not None
    assert regions.travel_minutes is not None
    assert regions.travel.at["MA-04", "MA-06"] == 95
    assert regions.travel_minutes.at["MA-04", "MA-06"] == 70
    assert np.isnan(regions.travel.at["MA-06", "MA-04"])
    said = "\n".join(map(str, notes))
    assert "131 pairs are missing in km" in said and "131 pairs are missing in minutes" in said


BROKEN = {
    "no unit": ("origin,destination,time\nMA-04,MA-06,70\n", "state the unit: km or minutes"),
    "no destination": ("origin,km\nMA-04,70\n", "column destination is missing"),
    "no measure": ("origin,destination\nMA-04,MA-06\n", "column km or minutes is missing"),
    "twice": ("from,to,km\nMA-04,MA-06,1\nMA-04,MA-06,2\n", "MA-04 → MA-06 appears twice"),
    "two columns of one measure": ("from,to,km,road_km\nMA-04,MA-06,1,2\n", "says the same"),
    "unknown basin": ("from,to,km\nMA-4,MA-06,1\n", "did you mean 'MA-04'"),
    "negative": ("from,to,km\nMA-04,MA-06,-1\n", "0 or more"),
    "empty": ("from,to,km\nMA-04,MA-06,\n", "km is empty"),
    "Arabic-Indic digits": ("from,to,minutes\nMA-04,MA-06,٧٠\n", "write western digits: 70"),
    "unknown matrix": ("matrix,from,to,value\nfare,MA-04,MA-06,70\n", "matrix 'fare' is unknown"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_matrices_are_refused(atlas: hs.Regions, tmp_path: Path, case: str) -> None:
    text, said = BROKEN[case]
    (tmp_path / "travel.csv").write_text(text, "utf-8")
    regions, problems, _ = check(tmp_path, over=atlas)
    assert regions is None
    assert said in "\n".join(map(str, problems))


def test_odd_minutes_are_reported_and_refuse_nothing(atlas: hs.Regions, tmp_path: Path) -> None:
    rows = ["from,to,minutes", "MA-04,MA-06,60", "MA-06,MA-04,90", "MA-03,MA-04,120",
            "MA-03,MA-06,400"]  # fmt: skip
    (tmp_path / "travel.csv").write_text("\n".join(rows) + "\n", "utf-8")
    regions, problems, notes = check(tmp_path, over=atlas)
    assert regions is not None and not problems and regions.travel is None
    said = "\n".join(map(str, notes))
    assert "MA-04 → MA-06 is 60 minutes, back 90 minutes" in said
    assert "MA-03 → MA-06 is 400 minutes; expected about 180 minutes, as through MA-04" in said


@pytest.mark.parametrize("scenario", [BASE, NETWORK], ids=["distance", "network"])
def test_minutes_stand_for_km_of_motorway(
    atlas: hs.Regions, tmp_path: Path, scenario: hs.Scenario
) -> None:
    (tmp_path / "travel.csv").write_text("from,to,minutes\nMA-03,MA-04,40\n", "utf-8")
    mine = hs.Regions.read(tmp_path, over=atlas)
    wanted = np.exp(-40 * 90 / 60 / 80)
    remote = float(atlas.table("skills")["remote"].iloc[0]) / 100
    assert reach(assembled(mine, scenario), "MA-03", "MA-04") == pytest.approx(wanted + remote)
    assert reach(assembled(mine, scenario), "MA-04", "MA-03") == reach(
        assembled(atlas, scenario), "MA-04", "MA-03"
    )


def test_a_country_without_speeds_is_told_what_minutes_need(tmp_path: Path) -> None:
    folder = country.write_folder(tmp_path / "five", country.tables())
    settings = tmp_path / "five.toml"
    settings.write_text(country.SCENARIO + '[talent]\ntravel = "network"\n', "utf-8")
    with pytest.raises(hs.DataError, match="finance national motorway_kmh: is missing"):
        assembled(hs.Regions.read(folder), hs.Scenario.read(settings))


def test_a_sheet_of_a_workbook_may_be_the_matrix(atlas: hs.Regions, tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "mine.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("travel")
        sheet.write_row(0, 0, ["from", "to", "km"])
        sheet.write_row(1, 0, ["MA-04", "MA-06", 95])
        sheet.write_row(2, 0, ["MA-4", "MA-06", 95])
    _, problems, _ = check(path, over=atlas)
    assert [p.where for p in problems] == ["mine.xlsx travel!A3"]


def omx(path: Path, codes: list[str], **matrices: np.ndarray) -> Path:
    """An OMX file as the specification lays it out."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        file.attrs["OMX_VERSION"] = b"0.2"
        file.attrs["SHAPE"] = np.array([len(codes), len(codes)], dtype="int32")
        for name, values in matrices.items():
            file.create_dataset(f"data/{name}", data=values)
        file.create_dataset("lookup/zones", data=np.array(codes, dtype="S"))
    return path


def test_an_omx_file_is_a_matrix(atlas: hs.Regions, tmp_path: Path) -> None:
    values = np.array([[0.0, 95.0], [97.0, 0.0]])
    omx(tmp_path / "skims.omx", ["MA-04", "MA-06"], km=values, fare=values)
    mine = hs.Regions.read(tmp_path, over=atlas)
    assert mine.travel is not None and mine.travel_minutes is None
    assert mine.travel.at["MA-06", "MA-04"] == 97
    assert np.isnan(mine.travel.at["MA-01", "MA-04"])


@pytest.mark.parametrize(
    ("codes", "matrices", "said"),
    [
        (["MA-04", "MA-13"], {"km": np.ones((2, 2))}, "'MA-13' is not a basin"),
        (["MA-04", "MA-04"], {"km": np.ones((2, 2))}, "appears twice"),
        (["MA-04", "MA-06"], {"fare": np.ones((2, 2))}, "a matrix named km or minutes"),
        (["MA-04", "MA-06"], {"km": np.ones((3, 3))}, "has shape"),
        (["MA-04", "MA-06"], {"km": -np.ones((2, 2))}, "negative or infinite"),
    ],
)
def test_broken_omx_files_are_refused(
    atlas: hs.Regions, tmp_path: Path, codes: list[str], matrices: dict[str, np.ndarray], said: str
) -> None:
    omx(tmp_path / "skims.omx", codes, **matrices)
    regions, problems, _ = check(tmp_path, over=atlas)
    assert regions is None
    assert said in "\n".join(map(str, problems))


def test_a_file_that_is_no_omx_and_two_matrices(atlas: hs.Regions, tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    (tmp_path / "skims.omx").write_bytes(b"not HDF5")
    (tmp_path / "travel.csv").write_text("from,to,km\nMA-04,MA-06,95\n", "utf-8")
    _, problems, _ = check(tmp_path, over=atlas)
    assert "second travel matrix" in "\n".join(map(str, problems))
    (tmp_path / "travel.csv").unlink()
    _, problems, _ = check(tmp_path, over=atlas)
    assert "cannot be read" in "\n".join(map(str, problems))


def test_without_h5py_an_omx_file_is_refused_with_a_hint(
    atlas: hs.Regions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    (tmp_path / "skims.omx").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(hs.DataError, match=r"hubselect\[omx\]', or export"):
        hs.Regions.read(tmp_path, over=atlas)
