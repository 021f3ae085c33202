"""Draws: shapes, seeds, intervals, ties, memory; the cross-checks and sensitivities beside them."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from hubselect.errors import DataError
from hubselect.scoring import (
    Criteria,
    Leaf,
    Node,
    cross_checks,
    crosschecks,
    evaluate,
    leaf_removal,
    method_sensitivity,
    rank_reversal,
    sobol,
)
from hubselect.scoring.acceptability import BlockScorer, rank_acceptability
from hubselect.scoring.aggregation import node_values
from hubselect.scoring.ranking import block_order, competition_ranks
from hubselect.scoring.sampling import draw_weights, intervals, leaf_weights
from hubselect.scoring.sensitivity import _reweighted
from unit.scoring.made import UNITS, criteria, table

FLAT = Node("index", tuple(Leaf(f"l{j}", f"l{j}") for j in range(4)))


@pytest.mark.parametrize("power", [1.0, 0.0, -1.0, 0.5, -2.0])
def test_block_scores_rank_like_the_tree_itself(power: float) -> None:
    """The blocked products of the draws against one recursive evaluation a draw."""
    tree = criteria().with_aggregation(power)
    x = evaluate(table(), tree).prepared.scores
    names = {name: j for j, name in enumerate(tree.leaf_names)}
    local = draw_weights(tree.root, 20, np.random.default_rng(0), None)
    scorer = BlockScorer(tree.root, x)
    tiled = np.broadcast_to(x, (20, *x.shape))
    for found in (scorer.scores(local), scorer.scores(local, tiled)):
        for draw in range(20):
            root = _reweighted(tree.root, local, draw)
            expected = node_values(root, x, names)[root.name]
            np.testing.assert_array_equal(np.argsort(found[draw]), np.argsort(expected))
    stated = leaf_weights(tree.root, local)
    np.testing.assert_allclose(stated.sum(axis=1), 1)


def test_order_is_that_of_the_scores_and_ties_are_even() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(500, 37))
    np.testing.assert_array_equal(
        block_order(scores.copy(), rng), np.argsort(-scores, axis=1, kind="stable")
    )
    tied = block_order(np.zeros((40_000, 5)), rng)
    place = np.argsort(tied, axis=1)
    for i in range(5):
        for j in range(i):
            assert (place[:, i] < place[:, j]).mean() == pytest.approx(0.5, abs=0.02)
    assert competition_ranks(np.array([3.0, 5, 5, 1])).tolist() == [3, 1, 1, 4]
    assert block_order(np.ones((3, 1)), rng).tolist() == [[0]] * 3


def test_the_same_seed_gives_the_same_draws() -> None:
    scores = evaluate(table(), criteria())
    one, two = scores.robustness(draws=500, seed=3), scores.robustness(draws=500, seed=3)
    pd.testing.assert_frame_equal(one.acceptability, two.acceptability)
    assert not one.acceptability.equals(scores.robustness(draws=500, seed=4).acceptability)


def test_what_robustness_says() -> None:
    scores = evaluate(table(), criteria())
    robust = scores.robustness(draws=3000)
    assert robust.p_top(6).tolist() == pytest.approx([1] * 6)
    assert (robust.rank_low <= robust.rank_high).all()
    wide = robust.rank_high - robust.rank_low > 2
    assert (robust.rankable == ~wide).all()
    assert set(robust.gate(3, 0.5)) <= set(UNITS)
    assert robust.gate(6, 1.0) == tuple(UNITS)
    assert list(robust.table) == [
        *("expected_rank", "rank_low", "rank_high", "p_first", "p_top3", "rankable"),
    ]
    ever = robust.central_weights.dropna()
    np.testing.assert_allclose(ever.sum(axis=1), 1)
    assert robust.pairwise is not None and robust.pairwise.shape == (6, 6)
    with pytest.raises(DataError, match="1 to 6"):
        robust.p_top(7)
    with pytest.raises(DataError, match="draws"):
        scores.robustness(draws=0)


def test_a_pillar_with_more_leaves_gets_no_more_weight() -> None:
    leaves = tuple(Leaf(f"b{j}", f"b{j}") for j in range(9))
    root = Node("index", (Node("a", (Leaf("a0", "a0"),)), Node("b", leaves)))
    local = draw_weights(root, 20_000, np.random.default_rng(0), None)
    assert leaf_weights(root, local)[:, 0].mean() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("power", [0.0, -1.0, -2.0])
def test_a_zero_is_last_in_every_draw(power: float) -> None:
    frame = table()
    frame.loc["B", "wage"] = 5.0
    frame.loc["B", ["people", "french", "park"]] = [990.0, 79.0, 49.0]
    scores = evaluate(frame, criteria().with_aggregation(power))
    for concentration in (None, 10.0):
        robust = scores.robustness(draws=2000, concentration=concentration)
        assert robust.acceptability.loc["B", 6] == 1
    with pytest.raises(DataError, match="concentration"):
        scores.robustness(draws=10, concentration=0.0)


def test_draws_below_zero_do_not_break_a_log() -> None:
    long = pd.DataFrame([{"key": 1, "field": "people", "low": -500.0, "high": 900.0}])
    frame = table().set_index(pd.RangeIndex(6))
    scores = evaluate(frame, criteria(), uncertainty=long)
    robust = scores.robustness(draws=500)
    assert robust.acceptability.sum(axis=1).to_numpy() == pytest.approx(1)
    assert robust.rank_high["1"] > robust.rank_low["1"]


def test_zero_weights_are_never_drawn() -> None:
    root = Node("index", (Leaf("a", "a", weight=0.0), Leaf("b", "b"), Leaf("c", "c")))
    for concentration in (None, 1.0):
        drawn = draw_weights(root, 100, np.random.default_rng(0), concentration)["index"]
        assert (drawn[:, 0] == 0).all()
        np.testing.assert_allclose(drawn.sum(axis=1), 1)


def test_data_intervals_move_ranks() -> None:
    frame, tree = table(), criteria()
    long = pd.DataFrame(
        [
            {"key": "A", "field": "french", "low": 20.0, "high": 80.0},
            {"key": "B", "field": "people", "low": 15.0, "high": 800.0},
            {"key": "Z", "field": "people", "low": 1.0, "high": 2.0},
            {"key": "A", "field": "other", "low": 1.0, "high": 2.0},
            {"key": "A", "field": "park", "low": np.nan, "high": np.nan},
        ]
    )
    scores = evaluate(frame, tree, uncertainty=long)
    cells = intervals(scores.prepared, long, frame)
    assert cells.count == 2 and cells.logged.tolist() in ([True, False], [False, True])
    drawn = cells.draw(scores.prepared.filled, 40_000, np.random.default_rng(0))
    j = scores.prepared.names["french"]
    low, high = np.quantile(drawn[:, 0, j], [0.05, 0.95])
    assert (low, high) == pytest.approx((20, 80), abs=1)
    people = drawn[:, 1, scores.prepared.names["people"]]
    assert np.quantile(people, 0.5) == pytest.approx(frame["people"]["B"], rel=0.05)
    assert np.quantile(people, 0.95) == pytest.approx(800, rel=0.05)
    assert (drawn[:, 2] == scores.prepared.filled[2]).all()
    calm = evaluate(frame, tree).robustness(draws=3000)
    assert scores.robustness(draws=3000).acceptability.loc["A"].max() < (
        calm.acceptability.loc["A"].max()
    )
    with pytest.raises(DataError, match="above high"):
        bad = long.assign(low=[90.0, 1, 1, 1, 1])
        evaluate(frame, tree, uncertainty=bad).robustness(draws=10)
    with pytest.raises(DataError, match="lacks low"):
        evaluate(frame, tree, uncertainty=long.drop(columns="low")).robustness(draws=10)


def test_memory_does_not_grow_with_the_draws() -> None:
    x = np.random.default_rng(0).random((75, 4))
    peaks = []
    for draws in (5_000, 40_000):
        tracemalloc.start()
        rank_acceptability(FLAT, x, draws=draws, pairwise=True)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] + 100_000


def test_many_units_leave_the_pairs_out() -> None:
    x = np.random.default_rng(0).random((300, 4))
    found = rank_acceptability(FLAT, x, draws=50)
    assert found.pairwise is None
    np.testing.assert_allclose(found.acceptability.sum(axis=1), 1)


def test_cross_checks_are_ranks_beside_the_index() -> None:
    scores = evaluate(table(), criteria())
    frame = cross_checks(scores)
    assert frame["index"].tolist() == scores.rank.tolist()
    ranks = frame.drop(columns="non_dominated")
    assert ranks.min().tolist() == [1] * 6 and ranks.max().max() <= 6
    assert frame["non_dominated"].any()


def test_cross_checks_on_equal_units() -> None:
    same = np.ones((3, 2))
    assert crosschecks.topsis(same, [1, 1]).tolist() == [0.5] * 3
    assert crosschecks.vikor(same, [1, 1]).compromise_value.tolist() == [0] * 3
    assert crosschecks.promethee_ii(same, [1, 1]).tolist() == [0] * 3
    assert crosschecks.non_dominated(same).all()
    one = np.ones((1, 2))
    assert crosschecks.vikor(one, [1, 1]).compromise == (0,)
    assert crosschecks.promethee_ii(one, [1, 1]).tolist() == [0]


def test_cross_checks_refuse() -> None:
    x = [[1.0, 2.0], [2.0, 1.0]]
    for method in (crosschecks.topsis, crosschecks.vikor, crosschecks.promethee_ii):
        with pytest.raises(DataError, match="not finite"):
            method([[1.0, np.nan]], [1, 1])
        with pytest.raises(DataError, match="negative"):
            method(x, [1, -1])
        with pytest.raises(DataError, match="directions"):
            method(x, [1, 1], [1, 0])
        with pytest.raises(DataError, match="at least 1 units"):
            method(np.empty((0, 2)), [1, 1])
    with pytest.raises(DataError, match="vector"):
        crosschecks.topsis(x, [1, 1], normalisation="magic")
    with pytest.raises(DataError, match="majority"):
        crosschecks.vikor(x, [1, 1], majority=2)
    with pytest.raises(DataError, match="threshold"):
        crosschecks.promethee_ii(x, [1, 1], preference="linear", threshold=[0, 1])
    with pytest.raises(DataError, match="preference"):
        crosschecks.promethee_ii(x, [1, 1], preference="gaussian")
    for ballots in ([], [(1, ["a", "b"]), (1, ["a", "c"])], [(-1, ["a", "b"])]):
        with pytest.raises(DataError, match="ballots"):
            crosschecks.borda(ballots)


def test_linear_preference_is_gradual() -> None:
    x = [[0.0], [1.0], [4.0]]
    flow = crosschecks.promethee_ii(x, [1], preference="linear", threshold=[4])
    assert flow.tolist() == pytest.approx([-0.625, -0.25, 0.875])


def test_leaf_removal_moves_ranks_and_names_the_mover() -> None:
    scores = evaluate(table(), criteria())
    frame = leaf_removal(scores)
    assert list(frame.index) == list(scores.criteria.leaf_names)
    for _, row in frame.iterrows():
        assert row[UNITS].sum() == pytest.approx(0)
        assert row["largest_shift"] == row[UNITS].abs().max()
        assert (row["mover"] in UNITS) == (row["largest_shift"] > 0)
    alone = Criteria("one", Node("index", (Leaf("park", "park", goalposts=(0, 50)),)))
    assert leaf_removal(evaluate(table(), alone))["mean_shift"].isna().all()


def test_min_max_reverses_ranks_where_goalposts_do_not() -> None:
    reversed_pairs = 0.0
    for seed in range(20):
        scores = evaluate(table(seed), criteria(normalisation="min_max", aggregation="arithmetic"))
        found = rank_reversal(scores)
        reversed_pairs += found.dropped.sum()
        assert found.cloned.sum() == 0
        assert rank_reversal(evaluate(table(seed), criteria())).free
    assert reversed_pairs > 0
    two = evaluate(table(units=["A", "B"]), criteria())
    assert rank_reversal(two).pairs == 0


def test_method_sensitivity_is_exact_and_adds_up() -> None:
    frame = table()
    frame.loc["C", "french"] = np.nan
    scores = evaluate(frame, criteria(minimum_coverage=0.5))
    found = method_sensitivity(scores, weight_draws=3)
    assert found.runs == 5 * 4 * 2 * 3 * 6
    assert (found.indices["first"] >= -1e-12).all()
    assert (found.indices["total"] >= found.indices["first"] - 1e-9).all()
    assert found.indices["first"].sum() <= 1 + 1e-9
    still = method_sensitivity(
        scores, normalisations=["goalposts"], aggregations=[0.0], imputations=["median"],
        weight_draws=0, drop_leaves=False,
    )  # fmt: skip
    assert still.runs == 1 and still.mean_shift == 0
    assert (still.indices["total"] == 0).all()
    with pytest.raises(DataError, match="magic"):
        method_sensitivity(scores, normalisations=["magic"])


def test_sobol_of_a_sum_is_closed_form() -> None:
    a = np.array([1.0, 2.0, 3.0])
    found = sobol.sobol(lambda u: u @ np.c_[a, a[::-1]], 3, runs=4096)
    share = a**2 / (a @ a)
    np.testing.assert_allclose(found.first, np.c_[share, share[::-1]], atol=0.01)
    np.testing.assert_allclose(found.total, np.c_[share, share[::-1]], atol=0.01)
    still = sobol.sobol(lambda u: np.ones(len(u)), 2, runs=8)
    assert still.first.tolist() == still.total.tolist() == [0, 0]
    with pytest.raises(DataError, match="power of two"):
        sobol.saltelli_design(2, 1000)
    with pytest.raises(DataError, match="multiple"):
        sobol.sobol_indices(np.ones(9), 3)
