"""Laws of the scoring room, on random tables and trees."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from hubselect.scoring import Criteria, Leaf, Node, evaluate, rank_reversal
from hubselect.scoring.acceptability import rank_acceptability
from hubselect.scoring.crosschecks import dominance
from hubselect.scoring.sampling import dirichlet

FAST = settings(max_examples=50, deadline=None, derandomize=True)
POWERS = st.sampled_from([1.0, 0.0, -1.0, 0.5])


@st.composite
def cases(draw: st.DrawFn, power: float | None = None) -> tuple[pd.DataFrame, Criteria]:
    """A table of 2–8 units and a tree of 1–3 pillars of 1–4 leaves, goalposts 0–100."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    units = draw(st.integers(2, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pillars = []
    for p, size in enumerate(sizes):
        leaves = tuple(
            Leaf(
                f"leaf_{p}_{j}",
                f"column_{p}_{j}",
                weight=float(rng.uniform(0.1, 5)),
                direction=int(rng.choice([1, -1])),
                goalposts=(0.0, 100.0),
                role=str(rng.choice(["S", "K", "C"])),
            )
            for j in range(size)
        )
        inner = 1.0 if power == 1.0 else draw(POWERS)
        pillars.append(Node(f"pillar_{p}", leaves, weight=float(rng.uniform(0.1, 5)), power=inner))
    outer = draw(POWERS) if power is None else power
    criteria = Criteria("random", Node("index", tuple(pillars), power=outer))
    matrix = rng.uniform(-10, 110, (units, len(criteria.leaves)))
    table = pd.DataFrame(
        matrix,
        index=[f"u{i}" for i in range(units)],
        columns=[leaf.column for leaf in criteria.leaves],
    )
    return table, criteria


def _leaves(node: Node, change: object) -> Node:
    children = tuple(
        _leaves(child, change) if isinstance(child, Node) else change(child)  # type: ignore[operator]
        for child in node.children
    )
    return dataclasses.replace(node, children=children)


@FAST
@given(cases(), st.floats(0.001, 1000), st.floats(-50, 50))
def test_units_of_measure_do_not_matter(
    case: tuple[pd.DataFrame, Criteria], scale: float, shift: float
) -> None:
    table, criteria = case

    def change(leaf: Leaf) -> Leaf:
        return dataclasses.replace(leaf, goalposts=(shift, 100.0 * scale + shift))

    other = criteria.replace(root=_leaves(criteria.root, change))
    np.testing.assert_allclose(
        evaluate(table, criteria).score, evaluate(table * scale + shift, other).score, atol=1e-6
    )


@FAST
@given(cases(), st.integers(0, 2**32 - 1))
def test_order_of_units_and_leaves_does_not_matter(
    case: tuple[pd.DataFrame, Criteria], seed: int
) -> None:
    table, criteria = case
    rng = np.random.default_rng(seed)
    shuffled = table.iloc[rng.permutation(len(table)), rng.permutation(table.shape[1])]

    def reverse(node: Node) -> Node:
        children = tuple(reverse(c) if isinstance(c, Node) else c for c in node.children[::-1])
        return dataclasses.replace(node, children=children)

    one = evaluate(table, criteria)
    two = evaluate(shuffled, criteria.replace(root=reverse(criteria.root)))
    np.testing.assert_allclose(one.score, two.score.reindex(one.score.index), atol=1e-9)
    np.testing.assert_allclose(
        one.contributions, two.contributions.reindex(one.score.index)[list(one.contributions)],
        atol=1e-9,
    )  # fmt: skip


@FAST
@given(cases(), st.floats(0, 100))
def test_a_leaf_of_zero_weight_changes_nothing(
    case: tuple[pd.DataFrame, Criteria], value: float
) -> None:
    table, criteria = case
    first = criteria.root.children[0]
    assert isinstance(first, Node)
    idle = Leaf("idle", "idle", weight=0.0, goalposts=(0.0, 100.0))
    wider = dataclasses.replace(first, children=(*first.children, idle))
    root = dataclasses.replace(criteria.root, children=(wider, *criteria.root.children[1:]))
    one = evaluate(table, criteria)
    two = evaluate(table.assign(idle=value), criteria.replace(root=root))
    np.testing.assert_allclose(one.score, two.score, atol=1e-9)
    np.testing.assert_allclose(one.quality, two.quality, atol=1e-9)
    assert (two.contributions["idle"] == 0).all()


@FAST
@given(cases())
def test_a_leaf_split_in_two_halves_changes_nothing(case: tuple[pd.DataFrame, Criteria]) -> None:
    table, criteria = case
    first = criteria.root.children[0]
    assert isinstance(first, Node)
    leaf = first.children[0]
    assert isinstance(leaf, Leaf)
    half = dataclasses.replace(leaf, weight=leaf.weight / 2)
    copy = dataclasses.replace(half, name="copy", column="copy")
    split = dataclasses.replace(first, children=(half, copy, *first.children[1:]))
    root = dataclasses.replace(criteria.root, children=(split, *criteria.root.children[1:]))
    two = evaluate(table.assign(copy=table[leaf.column]), criteria.replace(root=root))
    np.testing.assert_allclose(evaluate(table, criteria).score, two.score, atol=1e-9)


@FAST
@given(cases(), st.data())
def test_raising_a_leaf_never_lowers_a_score(
    case: tuple[pd.DataFrame, Criteria], data: st.DataObject
) -> None:
    table, criteria = case
    leaf = criteria.leaves[data.draw(st.integers(0, len(criteria.leaves) - 1))]
    row = data.draw(st.integers(0, len(table) - 1))
    raised = table.copy()
    raised.iloc[row, list(table).index(leaf.column)] += leaf.direction * data.draw(
        st.floats(0, 100)
    )
    before, after = evaluate(table, criteria), evaluate(raised, criteria)
    assert (after.score >= before.score - 1e-9).all()
    own = leaf.name
    assert after.contributions[own].iloc[row] >= before.contributions[own].iloc[row] - 1e-9


@FAST
@given(cases())
def test_contributions_sum_to_the_score(case: tuple[pd.DataFrame, Criteria]) -> None:
    scores = evaluate(*case)
    np.testing.assert_allclose(scores.contributions.sum(axis=1), scores.score, atol=1e-9)
    assert (scores.contributions >= 0).all().all()
    assert ((scores.score >= 0) & (scores.score <= 100 + 1e-9)).all()


@FAST
@given(cases(), st.integers(0, 100), st.sampled_from([None, 1.0, 10.0]))
def test_acceptability_rows_and_columns_sum_to_one(
    case: tuple[pd.DataFrame, Criteria], seed: int, concentration: float | None
) -> None:
    scores = evaluate(*case)
    found = rank_acceptability(
        scores.criteria.root, scores.prepared.scores, draws=200, seed=seed,
        concentration=concentration, pairwise=True,
    )  # fmt: skip
    np.testing.assert_allclose(found.acceptability.sum(axis=0), 1, atol=1e-9)
    np.testing.assert_allclose(found.acceptability.sum(axis=1), 1, atol=1e-9)
    assert found.pairwise is not None
    off = ~np.eye(len(scores.units), dtype=bool)
    np.testing.assert_allclose((found.pairwise + found.pairwise.T)[off], 1, atol=1e-9)
    ahead = len(scores.units) - found.pairwise.sum(axis=1)
    np.testing.assert_allclose(found.expected_rank, ahead, atol=1e-9)
    first = found.acceptability[:, 0] > 0
    np.testing.assert_allclose(found.central_weights[first].sum(axis=1), 1, atol=1e-9)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(2, 6), st.floats(0.5, 20), st.integers(0, 2**32 - 1))
def test_monte_carlo_matches_the_closed_form(count: int, concentration: float, seed: int) -> None:
    """Mean Σ w·x and variance (Σ w·x² − (Σ w·x)²) / (α₀ + 1) of a Dirichlet-weighted sum."""
    rng = np.random.default_rng(seed)
    w = rng.dirichlet(np.ones(count))
    x = rng.random(count)
    draws = 40_000
    sums = dirichlet(w, draws, rng, concentration) @ x
    mean, variance = w @ x, (w @ x**2 - (w @ x) ** 2) / (concentration * count + 1)
    error = np.sqrt(variance / draws)
    assert abs(sums.mean() - mean) < 6 * error + 1e-12
    assert abs(sums.std() - np.sqrt(variance)) < 0.05 * np.sqrt(variance) + 1e-9


@FAST
@given(cases(power=1.0))
def test_geometric_is_at_most_arithmetic(case: tuple[pd.DataFrame, Criteria]) -> None:
    table, criteria = case
    scores = {p: evaluate(table, criteria.with_aggregation(p)).score for p in (-1.0, 0.0, 0.5, 1.0)}
    for lower, higher in ((-1.0, 0.0), (0.0, 0.5), (0.5, 1.0)):
        assert (scores[lower] <= scores[higher] + 1e-9).all()


@FAST
@given(cases())
def test_a_dominated_unit_never_ranks_first(case: tuple[pd.DataFrame, Criteria]) -> None:
    table, criteria = case
    table = table.clip(1, 99)
    worse = table.iloc[0] - np.array([leaf.direction for leaf in criteria.leaves]) * 0.5
    table.loc["worse"] = worse
    scores = evaluate(table, criteria)
    assert dominance(scores.prepared.scores)[0, -1]
    assert scores.rank["worse"] > scores.rank.iloc[0]
    found = rank_acceptability(criteria.root, scores.prepared.scores, draws=300, pairwise=True)
    assert found.acceptability[-1, 0] == 0
    assert found.pairwise is not None and found.pairwise[0, -1] == 1


@FAST
@given(cases())
def test_goalposts_never_reverse_ranks(case: tuple[pd.DataFrame, Criteria]) -> None:
    assert rank_reversal(evaluate(*case)).free


@FAST
@given(cases())
def test_quality_ignores_what_is_not_quality(case: tuple[pd.DataFrame, Criteria]) -> None:
    table, criteria = case
    scores = evaluate(table, criteria)
    others = [leaf.column for leaf in criteria.leaves if leaf.role != "S"]
    changed = table.copy()
    changed[others] = 100 - changed[others]
    np.testing.assert_array_equal(scores.quality, evaluate(changed, criteria).quality)
    if len(others) == len(criteria.leaves):
        assert scores.quality.isna().all()
