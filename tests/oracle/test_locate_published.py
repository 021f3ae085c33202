"""Published instances: readers give the known values, and we reach the proven optima.

The instances are not in the repository; without their folder these tests are skipped.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.locate import CASES, call_of
from benchmarks.locate_table import known_values
from benchmarks.published import home, san_francisco

import hubselect as hs

FOLDER = home()
pytestmark = pytest.mark.skipif(FOLDER is None, reason="no published instances here")
QUICK = ("cap41", "cap131", "pmed1", "pmed5", "pmed10", "pmed11", "Holmberg p1", "B1.1", "C1.1")
SLOW = ("capa8000", "capa10000", "capb5000", "pmed16", "pmed21", "pmed26", "pmed31")
SLOWER = ("pmed26 centre", "Holmberg p33", "Holmberg p41", "Holmberg p60", "Holmberg p64")


def folder() -> Path:
    assert FOLDER is not None
    return FOLDER


def solved(name: str) -> hs.locate.Location:
    problem, file, read = CASES[name]
    return call_of(problem, read(folder() / file))(time_limit=120.0)


@pytest.mark.parametrize(
    "name", [*QUICK, *(pytest.param(n, marks=pytest.mark.slow) for n in (*SLOW, *SLOWER))]
)
def test_proven_optima_are_reached_and_proven(name: str) -> None:
    value, proven = known_values(folder())[name]
    assert proven
    result = solved(name)
    assert result.objective == pytest.approx(value, rel=1e-7)
    assert result.outcome == "proven"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["i300_1", "i300_10", "gs250a-1", "gs250b-1"])
def test_hard_instances_come_within_a_hundredth_with_a_true_bound(name: str) -> None:
    value, _ = known_values(folder())[name]
    problem, file, read = CASES[name]
    result = call_of(problem, read(folder() / file))(gap=0.01, time_limit=120.0)
    assert result.outcome == "proven"
    assert result.bound <= value * (1 + 1e-6)
    assert result.objective <= value * 1.01


def test_san_francisco_is_what_spopt_published() -> None:
    place = folder() / "sf_spopt"
    data, said = san_francisco.read(place), json.loads((place / "EXPECTED.json").read_text())
    assert data.weights is not None
    median = hs.locate.p_median(data.cost, p=4, weights=data.weights)
    assert median.objective == pytest.approx(said["PMedian"]["objective"], rel=1e-12)
    mean = median.objective / data.weights.sum()
    assert mean == pytest.approx(said["PMedian"]["mean_distance_m"], rel=1e-9)
    fewest = hs.locate.cover(data.cost, radius=5000)
    assert fewest.objective == said["LSCP"]["facilities"]
    most = hs.locate.max_cover(data.cost, radius=5000, p=4, weights=data.weights)
    assert most.objective == said["MCLP"]["covered_population"]
    share = 100 * np.mean(most.assignment >= 0)
    assert share == pytest.approx(said["MCLP"]["pct_clients_covered"])
    centre = hs.locate.p_center(data.cost, p=4)
    assert centre.objective == pytest.approx(said["PCenter"]["objective_m"], abs=1e-5)
    stores = san_francisco.stores(place)
    apart = hs.locate.p_dispersion(stores.to_crs(said["PDispersion"]["crs"]), p=3)
    assert apart.objective == pytest.approx(said["PDispersion"]["objective_m"], abs=1e-5)
    geodesic = hs.locate.p_dispersion(stores, p=3)
    assert geodesic.objective == pytest.approx(apart.objective, rel=1e-4)
