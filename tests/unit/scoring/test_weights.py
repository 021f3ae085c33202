"""Weights and comparisons: what they are, what they refuse; weights by a method in a document."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubselect.errors import DataError, ScenarioError
from hubselect.scoring import Criteria, pairwise, weights

LEAVES = {"leaf": {name: {"goalposts": [0, 1]} for name in "abc"}}
CONTRADICTION = [["a", "b", 9], ["b", "c", 9], ["c", "a", 9]]


def test_simple_weights() -> None:
    assert weights.equal_weights(4).tolist() == [0.25] * 4
    assert weights.direct_weights([1, 3]).tolist() == [0.25, 0.75]
    assert weights.rank_order_centroid(1).tolist() == [1]
    named = weights.rank_order_weights(["b", "a"], ["a", "b"])
    assert named == {"b": 0.75, "a": 0.25}


@pytest.mark.parametrize("points", [[], [1, -1], [0, 0], [np.nan, 1], [np.inf, 1], [[1, 2]]])
def test_unusable_points_are_refused(points: Any) -> None:
    with pytest.raises(DataError, match="weights"):
        weights.direct_weights(points)


def test_diagnostics_give_a_constant_leaf_nothing() -> None:
    x = np.c_[np.random.default_rng(0).random((9, 3)), np.full(9, 2.0)]
    for method in (weights.entropy_weights, weights.critic_weights, weights.pca_weights):
        found = method(x)
        assert found[3] == 0
        assert found.sum() == pytest.approx(1)
        with pytest.raises(DataError):
            method(np.ones((9, 3)))
        with pytest.raises(DataError, match="not finite"):
            method(np.full((9, 3), np.nan))
    assert weights.critic_weights(np.c_[x[:, 0], x[:, 3]]).tolist() == [1, 0]


def test_entropy_refuses_negative_values() -> None:
    with pytest.raises(DataError, match="negative"):
        weights.entropy_weights([[1.0, -1.0], [2.0, 3.0]])


def test_principal_components() -> None:
    rng = np.random.default_rng(1)
    common = rng.normal(size=200)
    x = np.c_[common, common + 0.1 * rng.normal(size=200), rng.normal(size=200)]
    found = weights.principal_components(x)
    assert found.eigenvalues.sum() == pytest.approx(3)
    assert (np.diff(found.eigenvalues) <= 0).all()
    assert found.shares.sum() == pytest.approx(1)
    rebuilt = found.loadings @ found.loadings.T
    np.testing.assert_allclose(rebuilt, np.corrcoef(x, rowvar=False), atol=1e-10)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(2, 20), st.integers(0, 2**32 - 1))
def test_consistent_comparisons_give_their_weights_back(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    w = rng.dirichlet(np.ones(count)) + 0.01
    w /= w.sum()
    matrix = w[:, None] / w[None, :]
    found = pairwise.ahp(matrix)
    np.testing.assert_allclose(found.weights, w, rtol=1e-8)
    assert found.consistency_ratio < 1e-9 and found.consistent
    holes = matrix.copy()
    for i in range(count):
        for j in range(i + 2, count):
            if rng.random() < 0.4:
                holes[i, j] = holes[j, i] = np.nan
    np.testing.assert_allclose(pairwise.ahp(holes).weights, w, rtol=1e-4)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(2, 8), st.integers(0, 2**32 - 1))
def test_best_worst_gives_consistent_weights_back(count: int, seed: int) -> None:
    w = np.random.default_rng(seed).uniform(1, 9, count)
    w /= w.sum()
    names = [f"c{i}" for i in range(count)]
    found = pairwise.best_worst(
        {n: float(w.max() / x) for n, x in zip(names, w, strict=True)},
        {n: float(x / w.min()) for n, x in zip(names, w, strict=True)},
    )
    np.testing.assert_allclose([found.weights[n] for n in names], w, rtol=1e-6)
    assert found.deviation < 1e-9
    assert found.consistency_ratio < 1e-9


def test_best_worst_is_optimal_where_judgements_contradict() -> None:
    best = {"quality": 2.0, "price": 1.0, "comfort": 4.0, "safety": 3.0, "style": 8.0}
    worst = {"quality": 4.0, "price": 8.0, "comfort": 2.0, "safety": 3.0, "style": 1.0}
    found = pairwise.best_worst(best, worst)
    names = list(best)
    w = np.array([found.weights[n] for n in names])

    def deviation(v: np.ndarray) -> np.ndarray:
        a = np.abs(v[..., [1]] - np.array(list(best.values())) * v)
        b = np.abs(v - np.array(list(worst.values())) * v[..., [4]])
        return np.asarray(np.maximum(a, b).max(axis=-1))

    assert deviation(w) == pytest.approx(found.deviation)
    others = np.random.default_rng(0).dirichlet(500 * w, 20_000)
    assert (deviation(others) >= found.deviation - 1e-9).all()
    assert 0 < found.consistency_ratio < 0.2
    assert pairwise.best_worst({"a": 1}, {"a": 1}).weights == {"a": 1.0}


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[1, 2, 3]], "square"),
        ([[1, 2], [2, 1]], "reciprocal"),
        ([[1, -2], [-0.5, 1]], "positive"),
        ([[2, 2], [0.5, 1]], "diagonal"),
        ([[1, np.nan], [0.5, 1]], "one way"),
        ([[1, np.nan], [np.nan, 1]], "link"),
    ],
)
def test_ahp_refuses(matrix: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        pairwise.ahp(matrix)


def test_one_and_two_leaves_are_always_consistent() -> None:
    assert pairwise.ahp([[1.0]]).weights.tolist() == [1]
    two = pairwise.ahp([[1, 4], [0.25, 1]])
    assert two.weights == pytest.approx([0.8, 0.2]) and two.consistency_ratio == 0
    assert pairwise.random_index(16) == pytest.approx(1.6, abs=0.05)


@pytest.mark.parametrize(
    ("best", "worst", "message"),
    [
        ({"a": 1, "b": 2}, {"a": 2}, "same leaves"),
        ({"a": 1, "b": 0.5}, {"a": 2, "b": 1}, "below 1"),
        ({"a": 2, "b": 3}, {"a": 2, "b": 1}, "1 to itself"),
    ],
)
def test_best_worst_refuses(best: Any, worst: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        pairwise.best_worst(best, worst)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"method": "equal"}, [1 / 3] * 3),
        ({"method": "direct", "weights": {"a": 2, "b": 1, "c": 1}}, [0.5, 0.25, 0.25]),
        ({"method": "rank_order", "order": ["c", "a", "b"]}, [5 / 18, 2 / 18, 11 / 18]),
        ({"method": "ahp", "pairs": [["a", "b", 2], ["b", "c", 2]]}, [4 / 7, 2 / 7, 1 / 7]),
        (
            {
                "method": "best_worst",
                "best_to_others": {"a": 1, "b": 2, "c": 4},
                "others_to_worst": {"a": 4, "b": 2, "c": 1},
            },
            [4 / 7, 2 / 7, 1 / 7],
        ),
    ],
)
def test_weights_by_a_method_in_a_document(table: Any, expected: list[float]) -> None:
    criteria = Criteria.from_dict({**LEAVES, "weighting": {"index": table}})
    assert list(criteria.weights().values()) == pytest.approx(expected, abs=1e-6)
    compared = table["method"] in ("ahp", "best_worst")
    assert [name for name, _ in criteria.consistency] == (["index"] if compared else [])
    assert Criteria.from_dict(criteria.to_dict()).consistency == criteria.consistency


def test_contradictory_comparisons_are_refused_unless_accepted() -> None:
    table: dict[str, Any] = {"method": "ahp", "pairs": CONTRADICTION}
    with pytest.raises(ScenarioError, match="contradict each other, consistency ratio 6"):
        Criteria.from_dict({**LEAVES, "weighting": {"index": table}})
    table["accept_inconsistent"] = True
    criteria = Criteria.from_dict({**LEAVES, "weighting": {"index": table}})
    assert criteria.consistency[0][1] > 0.1


@pytest.mark.parametrize(
    ("weighting", "message"),
    [
        ({"indx": {"method": "equal"}}, "did you mean 'index'"),
        ({"index": {"method": "guess"}}, "'guess'"),
        ({"index": 3}, "3"),
        ({"index": {"method": "rank_order"}}, "order: is missing"),
        ({"index": {"method": "equal", "order": []}}, "order: is unknown"),
        ({"index": {"method": "rank_order", "order": ["a"]}}, "each of a, b, c once"),
        ({"index": {"method": "direct", "weights": {"a": 1}}}, "each of a, b, c once"),
        ({"index": {"method": "ahp", "pairs": [["a", "b", 2]]}}, "link"),
        ({"index": {"method": "ahp", "pairs": [["a", "b"]]}}, "cannot be read"),
        ({"index": {"method": "ahp", "pairs": [["a", "z", 2]]}}, "two of a, b, c"),
        ({"index": {"method": "ahp", "pairs": [["a", "b", 0]]}}, "positive"),
        ({"index": {"method": "ahp", "pairs": [["a", "b", 2], ["b", "a", 2]]}}, "twice"),
    ],
)
def test_a_wrong_weighting_says_where(weighting: Any, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        Criteria.from_dict({**LEAVES, "weighting": weighting})
