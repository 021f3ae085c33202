"""The benchmark of growth: points, fitted exponents, what is kept, the page; one point measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks import growth_page, kept
from benchmarks.growth import measured
from benchmarks.growth_page import PHASES, fit, fitted, size_of
from benchmarks.growth_points import (
    POINTS,
    SYNTHETIC,
    Point,
    ordered_sites,
    regions_of,
    write_candidates,
)
from benchmarks.kept import Kept
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import linregress

import hubselect as hs

SMALLEST = POINTS[0]
HOW = {"limit": 20.0, "root_limit": 20.0}


@pytest.fixture(scope="module")
def smallest() -> dict[str, object]:
    """The smallest point, once through its phases; its plan is audited there."""
    return measured(SMALLEST, None, 20.0, 20.0)


@given(
    st.floats(-3, 3), st.floats(0.01, 100),
    st.lists(st.floats(1, 1e6), min_size=3, max_size=12, unique_by=lambda v: round(np.log(v), 2)),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_power_law_is_found_again(exponent: float, factor: float, x: list[float]) -> None:
    found = fit(x, [factor * v**exponent for v in x])
    assert found is not None
    assert found.exponent == pytest.approx(exponent, abs=1e-6)
    assert found.factor == pytest.approx(factor, rel=1e-4)
    assert found.error < 1e-6
    assert found.points == len(x)


@pytest.mark.parametrize("seed", range(5))
def test_a_fit_agrees_with_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.exp(rng.uniform(0, 10, size=9))
    y = x**1.3 * np.exp(rng.normal(0, 0.4, size=9))
    found, other = fit(list(x), list(y)), linregress(np.log(x), np.log(y))
    assert found is not None
    assert found.exponent == pytest.approx(other.slope)
    assert found.error == pytest.approx(other.stderr)
    assert found.r2 == pytest.approx(other.rvalue**2)


def test_too_little_is_not_fitted() -> None:
    assert fit([1.0, 2.0], [1.0, 2.0]) is None
    assert fit([2.0, 2.0, 2.0], [1.0, 2.0, 3.0]) is None
    assert fit([], []) is None


def test_points_run_from_the_smallest_to_the_largest_named() -> None:
    names = [p.name for p in POINTS]
    assert len(set(names)) == len(names)
    assert (names[0], names[-1]) == ("12 × 12", "1,503 × 300")


def test_fewer_sites_are_the_best_of_more() -> None:
    few, many = (set(regions_of(p, None).site_basins) for p in POINTS[:2])
    assert (len(few), len(many)) == (12, 25)
    assert few < many
    atlas = hs.Regions.morocco()
    assert set(ordered_sites(atlas)[:12]) == few
    desks = atlas.table("hub_sizes")["workstations"]
    size = atlas.table("sites")["max_size"].map(desks)
    assert size[list(few)].min() >= size[list(many - few)].max()


def test_gathered_points_have_a_site_a_basin() -> None:
    for point in POINTS:
        if point.gathered:
            homes = list(regions_of(point, None).site_basins.values())
            assert len(homes) == len(set(homes)) == point.sites == point.basins


def test_added_sites_are_synthetic_and_say_so(tmp_path: Path) -> None:
    point = Point("province", 75, 80)
    added = write_candidates(point, tmp_path)
    regions, atlas = regions_of(point, added), hs.Regions.morocco("province")
    new = set(regions.site_basins) - set(atlas.site_basins)
    assert len(new) == 4 and len(regions.site_basins) == 80
    values = regions.values
    mine = values[values["table"].eq("sites") & values["key"].isin(new)]
    assert set(mine["source"]) == {SYNTHETIC}
    assert set(mine["status"]) == {"planner"}
    assert ordered_sites(regions)[-4:] == [s for s in ordered_sites(regions) if s in new]
    assert write_candidates(Point("province", 75, 76), tmp_path) is None


def test_the_smallest_point_goes_through_every_phase(smallest: dict[str, object]) -> None:
    cpu = smallest["cpu"]
    assert isinstance(cpu, dict)
    assert list(cpu) == list(PHASES)
    assert cpu["first plan"] <= cpu["1 %"]
    assert smallest["outcome"] == "proven"
    assert smallest["base_mb"] <= smallest["stated_mb"] <= smallest["peak_mb"]  # type: ignore[operator]
    assert size_of(SMALLEST, smallest, "modelled") == 144


def test_the_page_shows_what_was_reached(smallest: dict[str, object], tmp_path: Path) -> None:
    runs = Kept(tmp_path / "growth.json")
    late = {**smallest, "nonzeros": 10**6, "cpu": {"read": 4.0, "state": 9.0},
            "outcome": "root LP not solved in 20 s", "gap": None}  # fmt: skip
    runs.keep(SMALLEST.name, smallest, HOW)
    runs.keep(POINTS[1].name, {**smallest, "nonzeros": 30_000}, HOW)
    runs.keep(POINTS[-1].name, late, HOW)
    growth_page.write(runs, tmp_path)
    text = (tmp_path / "growth.md").read_text(encoding="utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith("| 1,503 × 300")]
    assert row.count("| – ") == 3
    assert "root LP not solved in 20 s" in row
    assert (tmp_path / "charts" / "growth.svg").stat().st_size > 1000
    found = {p: runs.found(p.name) or {} for p in (*POINTS[:2], POINTS[-1])}
    assert fitted(found, "1 %", "nonzeros") is None  # two points are no law
    assert fitted(found, "state", "nonzeros") is not None


def test_what_is_kept_goes_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "runs.json"
    first = Kept(file)
    assert not first.fresh("a", HOW) and first.found("a") is None
    first.keep("a", {"seconds": 1.5}, HOW)
    first.keep("b", {"seconds": 1.0}, {**HOW, "limit": 2.0})
    again = Kept(file)
    assert again.fresh("a", HOW)
    assert again.found("a") == {"seconds": 1.5}
    assert not again.fresh("b", HOW)
    assert again.fresh("b")
    assert not again.alike("a", "b")
    monkeypatch.setattr(kept, "fingerprint", lambda: "another state of the code")
    assert not again.fresh("a", HOW)
    again.keep("c", {"seconds": 2.0}, HOW)
    assert not again.alike("a", "c")
    assert again.found("a") == {"seconds": 1.5}


def test_code_scenarios_and_data_are_fingerprinted_and_reports_are_not() -> None:
    names = {f.relative_to(kept.ROOT).as_posix() for f in kept.measured_files()}
    wanted = {
        "src/hubselect/solving/decomposition.py",
        "benchmarks/scenarios/tech-valley-2030.toml",
        "benchmarks/growth_points.py",
        "data/regions/national/sites.csv",
    }
    assert wanted <= names
    assert not {"src/hubselect/cli.py", "src/hubselect/bench/page.py"} & names
