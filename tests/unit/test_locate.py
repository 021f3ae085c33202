"""`hs.locate` as a caller meets it: frames and CRS, wrong input, limits and interruptions."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import threading

import geopandas
import numpy as np
import pandas as pd
import pytest

import hubselect as hs
from hubselect.solving.highs import Progress

POINTS = np.array([[-7.6, 33.6], [-6.8, 34.0], [-5.0, 34.0], [-8.0, 31.6], [-9.6, 30.4]])


def cities(crs: object = 4326) -> geopandas.GeoDataFrame:
    """Five Moroccan cities in longitude and latitude."""
    frame = geopandas.GeoDataFrame(
        {"people": [3.4, 0.6, 1.1, 0.9, 0.4], "room": 9.0},
        geometry=geopandas.points_from_xy(*POINTS.T),
        crs=4326,
        index=["Casablanca", "Rabat", "Fes", "Marrakech", "Agadir"],
    )
    return frame if crs == 4326 else frame.to_crs(crs)


def hard(size: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """An uncapacitated instance with a wide gap (Körkel and Ghosh): minutes to prove."""
    random = np.random.default_rng(3)
    return random.integers(1000, 2000, (size, size)).astype(float), np.full(size, 1500.0)


def test_frames_come_back_with_columns_added() -> None:
    frame = cities()
    before = frame.copy()
    result = hs.locate.p_median(frame, frame, p=2, weights="people")
    pd.testing.assert_frame_equal(frame, before)
    assert result.measured == "ellipsoid"
    assert isinstance(result.clients, geopandas.GeoDataFrame)
    assert list(result.sites.index[result.sites["open"]]) == list(result.open)
    assert result.sites["clients_served"].sum() == len(frame)
    assert set(result.clients["site"]) == set(result.open)
    paid = (result.clients["site_cost"] * frame["people"]).sum()
    assert paid == pytest.approx(result.objective)
    assert (result.clients["site_share"] == 1).all()


def test_degrees_are_never_taken_for_metres() -> None:
    on_ellipsoid = hs.locate.p_center(cities(), cities(), p=1)
    in_plane = hs.locate.p_center(cities(26191), cities(26191), p=1)
    assert (on_ellipsoid.measured, in_plane.measured) == ("ellipsoid", "plane")
    assert 200_000 < on_ellipsoid.objective < 500_000  # metres
    assert in_plane.objective == pytest.approx(on_ellipsoid.objective, rel=0.01)


@pytest.mark.parametrize("crs", [3857, 6933, 3395])
def test_a_map_that_stretches_lengths_is_measured_on_the_ellipsoid(crs: int) -> None:
    on_ellipsoid = hs.locate.p_center(cities(), cities(), p=1)
    found = hs.locate.p_center(cities(crs), cities(crs), p=1)
    assert found.measured == "ellipsoid"
    assert found.objective == pytest.approx(on_ellipsoid.objective, rel=1e-6)


def test_points_that_are_nowhere_and_a_crs_of_no_map_are_refused() -> None:
    frame = cities()
    frame.geometry = geopandas.points_from_xy([-7.0] * 5, [30, 31, 32, 33, 95])
    with pytest.raises(hs.DataError, match=r"rows Agadir are nowhere in EPSG:4326"):
        hs.locate.p_median(frame, cities(), p=1)
    space = cities(4978)
    with pytest.raises(hs.DataError, match="is geocentric"):
        hs.locate.p_median(space, space, p=1)


def test_messages_say_what_was_given() -> None:
    frame, table = cities(), np.ones((5, 5))
    with pytest.raises(hs.DataError, match=r"sites: is a ndarray; expected a GeoDataFrame"):
        hs.locate.p_median(frame, table, p=1)  # type: ignore[arg-type]
    frame["name"] = list(frame.index)
    with pytest.raises(hs.DataError, match="weights: holds what is no number"):
        hs.locate.p_median(frame, frame, p=1, weights="name")
    with pytest.raises(hs.DataError, match="True and False"):
        hs.locate.cover(np.eye(3, dtype=int))
    assert hs.locate.p_median(table, p=1, required=3).open == (3,)


def test_a_crs_in_feet_is_measured_in_metres() -> None:
    points = geopandas.points_from_xy([-74.0, -73.9, -73.8], [40.7, 40.8, 40.6])
    york = geopandas.GeoDataFrame(geometry=points, crs=4326)
    feet = york.to_crs(2263)
    assert feet.crs.axis_info[0].unit_name == "US survey foot"
    found = hs.locate.p_dispersion(feet, p=3).objective
    assert found == pytest.approx(hs.locate.p_dispersion(york, p=3).objective, rel=1e-3)


def test_distances_of_the_callers_own_go_with_frames() -> None:
    frame = cities()
    minutes = np.abs(np.arange(5)[:, None] - np.arange(5)) * 60.0
    result = hs.locate.cover(frame, frame, radius=60.0, distances=minutes)
    assert result.measured == "given"
    assert result.objective == 2
    assert hs.locate.p_dispersion(frame, p=2, distances=minutes).objective == 240.0


def test_a_data_frame_names_the_sites() -> None:
    cost = pd.DataFrame([[1, 9], [2, 1.0]], index=["a", "b"], columns=["here", "there"])
    assert hs.locate.p_median(cost, p=1, required=["there"]).open == ("there",)


def test_split_shares_and_their_columns() -> None:
    frame = cities()
    result = hs.locate.capacitated(frame, frame, demand="people", capacity=2.0)
    assert result.shares is not None
    assert result.shares.sum(axis=1) == pytest.approx(1.0)
    assert (frame["people"].to_numpy() @ result.shares <= 2.0 + 1e-6).all()
    assert result.clients["site_share"].min() < 1
    with pytest.raises(hs.InfeasibleError):
        hs.locate.capacitated(frame, frame, demand="people", capacity=2.0, single_source=True)
    alone = hs.locate.capacitated(frame, frame, demand="people", capacity=3.5, single_source=True)
    assert alone.shares is None
    assert alone.outcome == "proven"


def test_a_result_is_frozen_and_speaks() -> None:
    result = hs.locate.p_median(np.eye(3), p=1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.gap = 0.5  # type: ignore[misc]
    assert "p_median" in str(result)
    assert "proven" in str(result)


def test_every_problem_of_the_input_is_told_at_once() -> None:
    with pytest.raises(hs.DataError) as caught:
        hs.locate.p_median(
            [[1, 2], [3, 4]],
            p=3,
            weights=[1, -1],
            required=[0, 7],
            forbidden=[0],
            gap=2,
            time_limit=0,
        )
    text = str(caught.value)
    for word in ("p:", "weights[1]", "no site 7", "forbidden too", "gap:", "time_limit:"):
        assert word in text
    assert len(caught.value.problems) == 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([1, 2],), "has shape"),
        (([["a"]],), "no matrix of numbers"),
        (([[np.nan, 1]],), "[0, 0]"),
        (([[-1, 1]],), "negative"),
        ((cities(), None), "sites: is missing"),
        ((np.eye(2), cities()), "clients: is a ndarray; expected a GeoDataFrame"),
        ((cities(), cities(26191)), "sites.to_crs(clients.crs)"),
        ((cities().set_crs(None, allow_override=True), cities()), "has no CRS"),
        ((cities(26191).buffer(9).to_frame("geometry"), cities(26191)), "no points"),
        ((cities().assign(site=1), cities().assign(open=1)), "already has site"),
    ],
)
def test_wrong_clients_or_sites(arguments: tuple[object, ...], said: str) -> None:
    with pytest.raises(hs.DataError, match=re.escape(said)):
        hs.locate.p_median(*arguments, p=1)


def test_wrong_columns_get_the_nearest_name() -> None:
    with pytest.raises(hs.DataError, match="did you mean 'people'"):
        hs.locate.p_median(cities(), cities(), p=1, weights="peple")
    with pytest.raises(hs.DataError, match="did you mean 'Fes'"):
        hs.locate.p_median(cities(), cities(), p=1, required="Fez")
    with pytest.raises(hs.DataError, match="same distance both ways"):
        hs.locate.p_dispersion([[0, 1], [2, 0]], p=2)
    with pytest.raises(hs.DataError, match="radius"):
        hs.locate.cover(np.eye(2))
    with pytest.raises(hs.DataError, match="fixed_costs: is missing"):
        hs.locate.uncapacitated(np.eye(2), fixed_costs=None)


def test_contradictions_are_told_in_words() -> None:
    barred = np.array([[np.inf, 1.0], [2.0, np.inf]])
    for call in (
        lambda: hs.locate.p_median(barred, p=1),
        lambda: hs.locate.p_median(barred, p=2, forbidden=[0]),
        lambda: hs.locate.cover(np.eye(2), radius=-0.0, forbidden=[0, 1]),
        lambda: hs.locate.p_median(np.eye(3), p=1, required=[0, 1]),
        lambda: hs.locate.p_center(barred, p=1),
        lambda: hs.locate.capacitated(np.eye(2), demand=2, capacity=1),
    ):
        with pytest.raises(hs.InfeasibleError, match="no choice of sites"):
            call()
    assert hs.locate.p_median(barred, p=2).objective == 3.0


def test_a_time_limit_keeps_the_best_plan_and_its_bound() -> None:
    cost, fixed = hard()
    told: list[Progress] = []
    result = hs.locate.uncapacitated(cost, fixed_costs=fixed, time_limit=1.0, progress=told.append)
    assert result.outcome == "feasible"
    assert 0 < result.gap < 0.2
    assert result.seconds < 20  # of 60 by default
    assert told
    assert told[-1].incumbent == pytest.approx(result.objective)
    loose = hs.locate.uncapacitated(cost, fixed_costs=fixed, gap=0.1)
    assert loose.outcome == "proven"
    assert loose.gap <= 0.1


@pytest.mark.parametrize("problem", ["uncapacitated", "split", "single"])
def test_ctrl_c_keeps_the_best_plan(problem: str) -> None:
    cost, fixed = hard(60)
    timer = threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    try:
        if problem == "uncapacitated":
            large, costs = hard()
            result = hs.locate.uncapacitated(large, fixed_costs=costs, time_limit=60.0)
        else:
            demand = np.random.default_rng(1).integers(5, 35, 60).astype(float)
            result = hs.locate.capacitated(
                cost,
                demand=demand,
                capacity=160.0,
                fixed_costs=40 * fixed,
                single_source=problem == "single",
                time_limit=60.0,
            )
    finally:
        timer.cancel()
    assert result.seconds < 20
    assert result.is_open.any()
    assert result.bound <= result.objective


def test_labelled_figures_are_read_by_their_labels() -> None:
    frame, other = cities(), cities().iloc[::-1]
    minutes = pd.DataFrame(
        np.abs(np.arange(5)[:, None] - np.arange(5)) * 60.0, frame.index, frame.index
    )
    people = frame["people"]
    found = hs.locate.p_median(frame, frame, p=2, distances=minutes, weights=people)
    mixed = minutes.loc[other.index, other.index]
    again = hs.locate.p_median(frame, frame, p=2, distances=mixed, weights=people[::-1])
    assert again.open == found.open
    assert again.objective == found.objective
    strange = minutes.rename(index={"Fes": "Fez"})
    with pytest.raises(hs.DataError, match="distances: has labels that are none of its own: Fez"):
        hs.locate.p_median(frame, frame, p=2, distances=strange)
    twice = people.rename({"Fes": frame.index[0]})
    with pytest.raises(hs.DataError, match="weights: has labels twice"):
        hs.locate.p_median(frame, frame, p=2, weights=twice)
    numbered = people.reset_index(drop=True)
    assert hs.locate.p_median(frame, frame, p=2, weights=numbered).objective > 0


def test_a_label_of_several_sites_names_none() -> None:
    cost = pd.DataFrame([[1, 9, 3.0]], columns=["a", "a", "b"])
    with pytest.raises(hs.DataError, match="'a' is the label of several sites"):
        hs.locate.p_median(cost, p=1, required=["a"])
    assert hs.locate.p_median(cost, p=1, required=["b"]).open == ("b",)


def test_capacities_without_any_demand_are_refused() -> None:
    with pytest.raises(hs.DataError, match="demand: is 0 everywhere"):
        hs.locate.capacitated(np.eye(2), demand=0, capacity=1)
