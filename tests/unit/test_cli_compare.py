"""Commands that compare and question plans, on two regions so that each solves in a moment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import hubselect as hs
from hubselect.cli import app

KEPT = ("MA-03", "MA-04")


@pytest.fixture(scope="module")
def small(atlas: hs.Regions) -> list[str]:
    """Overrides that leave two regions and targets of theirs."""
    away = [code for code in atlas.codes if code not in KEPT]
    jobs = {2026: 40_000, 2027: 43_000, 2028: 48_000, 2029: 54_000, 2030: 60_000}
    told = [f"regions.leave_out={json.dumps(away)}", "targets.exports.2030=1e9"]
    told += [f"targets.jobs.{year}={heads}" for year, heads in jobs.items()]
    return [part for text in told for part in ("--set", text)]


@pytest.fixture(scope="module")
def plan(small: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compare") / "plan"
    run("solve", "tech-valley-2030", *small, "-o", str(folder))
    return folder


def run(*arguments: str) -> str:
    outcome = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


def test_a_replan_keeps_what_is_past_and_writes_the_new_plan(
    small: list[str], plan: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    dearer = [*small, "--set", "hubs.capex_factor=1.5"]
    asked = ["replan", str(plan), "tech-valley-2030", *dearer, "--until", "2027", "-o", str(new)]
    found = json.loads(run(*asked, "--json"))
    was, now = hs.Plan.read(plan), hs.Plan.read(new)
    assert found
    assert (now.decisions.installed[:, :, :2] == was.decisions.installed[:, :, :2]).all()
    assert now.facts.objective_mad > was.facts.objective_mad
    assert "hubs added or dropped" in run(*asked)


def test_assumptions_name_five_estimates(plan: Path) -> None:
    asked = ["assumptions", str(plan), "--draws", "16", "--workers", "1"]
    found = json.loads(run(*asked, "--json"))
    assert len(found["top"]) == 5
    assert found["futures"] == 16
    assert found["leaks"][0]["stage"] == "seats"


def test_a_portfolio_counts_hubs_by_draw(small: list[str]) -> None:
    asked = ["portfolio", "tech-valley-2030", *small, "--draws", "2", "--no-estimates"]
    found = json.loads(run(*asked, "--json"))
    assert found["draws"] == 2
    shares = [row["acceptability"] for row in found["hubs"].values()]
    assert set(shares) <= {0.0, 0.5, 1.0}
    assert max(shares) > 0
    assert sum(row["acceptability"] for row in found["maps"]) == pytest.approx(1.0)
    assert "acceptability" in run(*asked)
