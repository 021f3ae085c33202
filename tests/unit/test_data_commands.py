"""Commands about data, the audit, and communes gathered around sites."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import country
import hubselect as hs
from hubselect.catchments import gather, nearest_centres
from hubselect.cli import app
from hubselect.data_audit import audit_data, page

RUN = CliRunner()


def out(*arguments: str) -> str:
    """Standard output of a command that succeeds."""
    done = RUN.invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def grains() -> list[hs.Regions]:
    """The shipped atlas at its three levels."""
    return [hs.Regions.morocco(level) for level in ("region", "province", "commune")]


def test_scores_at_province_level() -> None:
    found = json.loads(out("score", "tech-valley-2030", "--level", "province", "--json"))
    assert "MA-06.141" in json.dumps(found)


def test_show_a_province_and_a_planner_s_value(tmp_path: Path) -> None:
    one = json.loads(
        out("data", "show", "MA-06.141", "population_legal", "--level", "province", "--json")
    )
    assert one["value"] == 3215935.0 or one["value"] > 3e6
    (tmp_path / "basins.csv").write_text("key,office_rent\nMA-03,91\n", "utf-8")
    mine = out("data", "show", "MA-03", "office_rent", "--data", str(tmp_path), "--json")
    assert (json.loads(mine)["value"], json.loads(mine)["status"]) == (91.0, "planner")


def test_template_then_check(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    out("data", "template", str(path), "--level", "region", "--language", "en")
    assert "no problem: 0 values, over the atlas of 12 basins" in out("data", "check", str(path))


def test_check_lists_every_problem_and_fails(tmp_path: Path) -> None:
    (tmp_path / "basins.csv").write_text("key,office_rent\nMA-03,dear\nMA-4,70\n", "utf-8")
    done = RUN.invoke(app, ["data", "check", str(tmp_path)])
    assert done.exit_code != 0
    assert isinstance(done.exception, hs.DataError)
    found = RUN.invoke(app, ["data", "check", str(tmp_path), "--json"])
    assert len(json.loads(found.stdout)["problems"]) == len(done.exception.problems) >= 1


def test_a_country_of_its_own_is_checked_alone(tmp_path: Path) -> None:
    folder = country.write_folder(tmp_path / "five", country.tables())
    assert "a data set of its own" in out("data", "check", str(folder))


def test_the_audit_says_what_the_data_is_worth(grains: list[hs.Regions]) -> None:
    found = audit_data(grains)
    coverage = found["coverage"].set_index("indicator")
    assert coverage.loc["population_legal"].tolist() == [100.0, 100.0, 100.0]
    assert coverage.loc["gdp_per_capita_mad"].tolist() == [100.0, 0.0, 0.0]
    status = found["status"].drop(columns=["grain", "figures"]).sum(axis=1)
    assert status.between(99.5, 100.5).all()
    assert found["status"]["figures"].tolist() == [len(g.values) for g in grains]
    ages = found["age"].drop(columns="year").sum()
    assert ages.tolist() == [len(g.values) for g in grains]
    sums = found["sums"].set_index("count")
    assert sums["off_percent"].max() < 0.5
    assert sums.loc["jobs.jobs", "off_percent"] == 0
    assert sums.loc["basins.population_legal", "national"] == 36_828_330
    assert sums.loc["basins.population_legal", "off_national_percent"] == 0
    # shares of one decimal, a university not counted: nothing is further off
    assert sums["off_national_percent"].max() < 2
    assert found["contradictions"]["values"].sum() == len(grains[0].contradictions)
    assert {"grain", "key", "field", "value", "deviations"} == set(found["outliers"].columns)


def test_the_audit_page_needs_no_network(tmp_path: Path, grains: list[hs.Regions]) -> None:
    text = page(audit_data(grains[:1]))
    assert text.startswith("<!doctype html>")
    assert "http" not in text.split("<body>")[0]
    assert "OpenStreetMap" in text
    path = tmp_path / "audit.html"
    printed = out("data", "audit", "--html", str(path))
    assert "Coverage" in printed
    assert path.read_text("utf-8").count("<h2>") == 6


def test_communes_are_gathered_around_sites_and_nobody_is_lost(grains: list[hs.Regions]) -> None:
    communes = grains[2]
    home = nearest_centres(communes)
    regions = communes.table("basins")["region"]
    assert set(home) == set(communes.codes)
    assert all(regions[c] == regions[centre] for c, centre in home.items())
    gathered = gather(communes)
    assert set(gathered.codes) == set(communes.site_basins.values())
    for table, field in (("jobs", "jobs"), ("talent", "stock"), ("talent", "inflow"),
                         ("pool_stock", "stock"), ("places", "places"),
                         ("basins", "workstations")):  # fmt: skip
        before, after = communes.table(table)[field].sum(), gathered.table(table)[field].sum()
        assert after == pytest.approx(before), (table, field)
    assert gathered.site_basins == communes.site_basins
