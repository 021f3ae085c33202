"""Merged basins: no map of hubs costs more in the merged model, whatever is merged."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import sparse

from checks import EXACT
from hubselect.arrays import Arrays, compile_problem
from hubselect.instance import Floats, Instance, Ints
from hubselect.model import build
from hubselect.solving import aggregation, decomposition, highs, lazy
from hubselect.solving.aggregation import aggregate
from hubselect.solving.basins import NOWHERE, Basins, Places
from hubselect.solving.memory import dual_cut
from searches import agree, alike
from toy import random_instance

MAPS = 12


def places_of(instance: Instance) -> Places:
    arrays = compile_problem(build(instance).problem)
    return Places.of(arrays, Basins.of(instance))


def some_maps(arrays: Arrays, seed: int) -> list[Floats]:
    count, rng = int(arrays.integer.sum()), np.random.default_rng(seed)
    if 2**count <= MAPS:
        return [np.array(z) for z in product((0.0, 1.0), repeat=count)]
    return [rng.integers(0, 2, count).astype(float) for _ in range(MAPS)]


def at(arrays: Arrays, hubs: Floats) -> highs.Result:
    return highs.run(arrays.with_bounds(arrays.integer, hubs, hubs), EXACT, relaxed=True)


def merged_is_a_relaxation(places: Places, group: Ints, seed: int) -> None:
    whole = places.arrays
    merged, weights = aggregate(places, group)
    assert [c for c, k in zip(merged.columns, merged.integer, strict=True) if k] == [
        c for c, k in zip(whole.columns, whole.integer, strict=True) if k
    ]
    maps = some_maps(whole, seed)
    costs = [at(whole, z) for z in maps]
    for z, exact in zip(maps, costs, strict=True):
        found = at(merged, z)
        give = 1e-6 * max(1.0, abs(exact.objective))
        if found.state == "infeasible":
            assert exact.state == "infeasible"
        if found.state == "optimal":
            assert found.objective <= exact.objective + give
            assert found.row_duals is not None
            cut = dual_cut(whole, np.asarray(weights.T @ found.row_duals))
            assert cut is not None
            for other, cost in zip(maps, costs, strict=True):
                assert cut[0] + float(cut[1] @ other) <= cost.objective + give


@pytest.mark.parametrize("seed", range(25))
def test_two_basins_as_one_cost_no_more_at_any_map(seed: int) -> None:
    instance = random_instance(seed)
    places = places_of(instance)
    merged, _ = aggregate(places, np.zeros(2, dtype=int))
    assert len(merged.columns) < len(places.arrays.columns)
    assert len(merged.rows) < len(places.arrays.rows)
    merged_is_a_relaxation(places, np.zeros(2, dtype=int), seed)


@pytest.mark.parametrize("seed", range(3))
def test_basins_left_apart_are_the_model_itself(seed: int) -> None:
    arrays = places_of(random_instance(seed)).arrays
    same, weights = aggregate(places_of(random_instance(seed)), np.arange(2))
    assert same.columns == arrays.columns
    for z in some_maps(arrays, seed):
        whole, found = at(arrays, z), at(same, z)
        assert (whole.state, found.state) in {("optimal",) * 2, ("infeasible",) * 2}
        assert found.objective == pytest.approx(whole.objective)
    assert weights.shape[1] == len(arrays.rows)


def nonsense(seed: int) -> Places:
    """A random program, its rows and columns at random basins and of random kinds."""
    rng = np.random.default_rng(seed)
    rows, hubs, others, basins = 14, 4, 20, 3
    columns = hubs + others
    matrix = rng.integers(-3, 5, size=(rows, columns)) * (rng.uniform(size=(rows, columns)) < 0.4)
    some = matrix @ np.append(rng.integers(0, 2, hubs), rng.uniform(0, 4, others))
    sense = rng.integers(0, 4, rows)  # at least, at most, equal, both sides
    arrays = Arrays(
        matrix=sparse.csr_array(matrix.astype(float)),
        row_lower=np.where(sense == 1, -np.inf, some - (sense != 2)),
        row_upper=np.where(sense == 0, np.inf, some + (sense != 2)),
        cost=rng.uniform(0, 5, columns),
        offset=float(rng.uniform()),
        lower=np.zeros(columns),
        upper=np.append(np.ones(hubs), np.where(rng.uniform(size=others) < 0.1, 3.0, np.inf)),
        integer=np.arange(columns) < hubs,
        columns=tuple(f"x{j}" for j in range(columns)),
        rows=tuple(f"r{i}" for i in range(rows)),
    )
    free = np.isinf(arrays.upper)
    column_kind = np.where(free, rng.integers(0, 4, columns), 100 + np.arange(columns))
    column_at = np.where(free[:, None], rng.integers(-1, basins, (columns, 2)), NOWHERE)
    row_at = rng.integers(-1, basins, (rows, 2))
    names = tuple("ABC")
    return Places(
        arrays, Basins(names, np.eye(basins)), rng.integers(0, 3, rows), row_at,
        column_kind, column_at,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_merging_what_has_nothing_in_common_is_still_a_relaxation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    merged_is_a_relaxation(nonsense(seed), rng.integers(0, 2, 3), seed)


@pytest.fixture
def all_is_merged(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Tiny models are searched with their basins as one; notes whether each was."""
    for room in (lazy, decomposition, aggregation):
        monkeypatch.setattr(room, "LARGE", 0)
    monkeypatch.setattr(aggregation, "OTHERS", 1)
    monkeypatch.setattr(aggregation, "LARGEST", 100)
    monkeypatch.setattr(aggregation, "WORTH", 0.5)
    monkeypatch.setattr(aggregation, "NATIONAL", 1.0)
    known, relaxed = [], aggregation.relaxed

    def noted(*given: object) -> aggregation.Merged:
        found = relaxed(*given)  # type: ignore[arg-type]
        known.append(found.merged)
        return found

    monkeypatch.setattr(decomposition, "relaxed", noted)
    return known


@pytest.mark.parametrize("seed", range(600, 620))
def test_a_search_over_merged_basins_finds_the_optimum(
    seed: int, all_is_merged: list[bool]
) -> None:
    agree(alike(seed))
    assert all_is_merged == [True]


@pytest.mark.parametrize("seed", range(620, 630))
def test_a_tree_alone_finds_it_over_merged_basins(seed: int, all_is_merged: list[bool]) -> None:
    agree(alike(seed), without=["rounding", "moves", "blocks_apart", "levels"])
    assert all_is_merged == [True]


@pytest.mark.parametrize("seed", range(630, 640))
def test_a_search_over_merged_basins_needs_no_prices_of_breaches(
    seed: int, all_is_merged: list[bool]
) -> None:
    agree(alike(seed), without=["priced_breaches"])
    assert all_is_merged == [True]


def test_what_breaks_the_model_is_not_made_dearer_in_the_merged_one(
    all_is_merged: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Positions of a confirmed map's breaches are of another LP."""
    monkeypatch.setattr("hubselect.solving.breaches.DEAR", 0.02)
    agree(alike(605), without=["alike_sites", "moves", "blocks_apart"])
    assert all_is_merged == [True]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(640, 840))
def test_a_search_over_merged_basins_finds_the_optimum_of_many(
    seed: int, all_is_merged: list[bool]
) -> None:
    agree(alike(seed))
    assert all_is_merged == [True]


def test_where_national_rows_hold_much_nothing_is_merged(
    all_is_merged: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    share = places_of(alike(600)).national
    assert 0 < share < 1
    monkeypatch.setattr(aggregation, "NATIONAL", share / 2)
    agree(alike(600))
    assert all_is_merged == [False]


def test_basins_are_read_off_names() -> None:
    places = places_of(random_instance(0))
    a, labels = places.arrays, places.basins.labels
    assert labels == ("A", "B")
    kind_of = dict(zip(a.columns, places.column_kind.tolist(), strict=True))
    at_of = dict(zip(a.columns, places.column_at.tolist(), strict=True))
    assert at_of["jobs_A_CRM_2026"] == [0, NOWHERE]
    assert at_of["recruits_A_B_voice_2027"] == [0, 1]
    assert at_of["installed_a1_small_2026"] == [NOWHERE, NOWHERE]
    assert kind_of["jobs_A_CRM_2026"] == kind_of["jobs_B_CRM_2026"]
    assert kind_of["jobs_A_CRM_2026"] != kind_of["jobs_A_CRM_2027"]
    assert kind_of["recruits_A_A_voice_2026"] != kind_of["jobs_A_CRM_2026"]
    rows = dict(zip(a.rows, places.row_at.tolist(), strict=True))
    assert rows["talent_balance_B_voice_2026"] == [1, NOWHERE]
    assert rows["ladder_a1_large_2026"] == [NOWHERE, NOWHERE]
    hubs = [c for c, k in zip(a.columns, a.hubs, strict=True) if k]
    homes = dict(zip(hubs, places.hub_basin.tolist(), strict=True))
    assert homes["installed_b1_small_2027"] == 1
    assert (places.room > 0).any()
