"""`evaluate` and `Scores`: values by hand, wrong input, words."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hubselect.errors import DataError
from hubselect.scoring import Criteria, Leaf, Node, aggregation, evaluate, freeze_goalposts
from unit.scoring.made import UNITS, criteria, table


def test_a_score_by_hand() -> None:
    row = {"people": 100.0, "french": 50.0, "park": 25.0, "distance": 25.0, "wage": 2.5}
    scores = evaluate(pd.DataFrame([row], index=["A"]), criteria())
    talent, space, wage = 0.5 * (1 + 2) / 3, 0.5 * (0.5 + 0.75), 0.25
    expected = 100 * math.exp(0.5 * math.log(talent) + 0.3 * math.log(space) + 0.2 * math.log(wage))
    assert scores.score["A"] == pytest.approx(expected)
    assert scores.pillars.loc["A"].tolist() == pytest.approx([50, 62.5, 25])
    quality = 100 * math.exp((0.5 * math.log(0.5) + 0.3 * math.log(0.625)) / 0.8)
    assert scores.quality["A"] == pytest.approx(quality)
    assert scores.rank["A"] == 1
    assert scores.coverage["A"] == 1


def test_scores_hold_together() -> None:
    scores = evaluate(table(), criteria(), others=[criteria(name="two", aggregation="arithmetic")])
    assert list(scores.table.index) == list(scores.score.sort_values(ascending=False).index)
    assert list(scores.preset_ranks) == ["made", "two"]
    assert (scores.rank_low <= scores.rank).all() and (scores.rank <= scores.rank_high).all()
    assert list(scores.table)[:4] == ["rank", "rank_low", "rank_high", "score"]
    assert scores.leaf_scores.shape == (6, 5)
    assert scores.nodes["index"].tolist() == scores.score.tolist()
    document = scores.to_dict()
    json.dumps(document)
    first = document["regions"][0]
    assert {"code", "score", "pillars", "rank", "rank_low", "rank_high"} <= set(first)
    assert document["aggregation"] == "geometric"
    robust = scores.to_dict(scores.robustness(draws=200))
    json.dumps(robust)
    assert {"p_top3", "rankable", "preset_rank_low"} <= set(robust["regions"][0])
    with pytest.raises(AttributeError):
        scores.score = scores.rank  # type: ignore[misc]


def test_equal_units_share_a_rank() -> None:
    same = pd.concat([table(units=["A"])] * 3).set_index(pd.Index(["A", "B", "C"]))
    for rule in ("goalposts", "min_max", "z_score", "percentile", "rank"):
        scores = evaluate(same, criteria(normalisation=rule))
        assert scores.rank.tolist() == [1, 1, 1]
        robust = scores.robustness(draws=4000)
        assert robust.expected_rank.tolist() == pytest.approx([2, 2, 2], abs=0.05)


@pytest.mark.parametrize("rule", ["goalposts", "min_max", "z_score", "percentile", "rank"])
def test_one_unit_and_constant_columns(rule: str) -> None:
    """One unit ranks first; a constant leaf sits mid-scale where the data set the scale."""
    one = evaluate(table(units=["A"]), criteria(normalisation=rule))
    assert one.rank.tolist() == [1]
    assert one.robustness(draws=50).rank_high.tolist() == [1]
    flat = evaluate(table().assign(french=30.0), criteria(normalisation=rule))
    expected = 100 * (30 - 20) / 60 if rule == "goalposts" else 50
    assert flat.leaf_scores["french"].to_numpy() == pytest.approx(expected)


def test_a_zero_leaf_makes_a_geometric_mean_zero() -> None:
    frame = table()
    frame.loc["B", "wage"] = 5.0
    scores = evaluate(frame, criteria())
    assert scores.score["B"] == 0 and scores.rank["B"] == 6
    assert (scores.contributions.loc["B"] == 0).all()
    assert "wage" in scores.explain("B")
    robust = scores.robustness(draws=100)
    assert robust.p_top(5)["B"] == 0
    harmonic = evaluate(frame, criteria(aggregation="harmonic"))
    assert harmonic.score["B"] == 0


def test_means_refuse_negative_values() -> None:
    with pytest.raises(DataError, match="negative"):
        aggregation.geometric_mean([[1.0, -1.0]], [1, 1])
    assert aggregation.arithmetic_mean([[1.0, -1.0]], [1, 1]).tolist() == [0]
    assert aggregation.power_mean([[1.0, 0.0]], [1, 0], -1).tolist() == [1]
    with pytest.raises(DataError, match="2 numbers"):
        aggregation.arithmetic_mean([[1.0, 2.0]], [1, 1, 1])


def _changed(**values: Any) -> pd.DataFrame:
    frame = table().astype(object)
    for column, value in values.items():
        frame.loc["B", column] = value
    return frame


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (table().iloc[:0], "no units"),
        (table().drop(columns="park"), "column park: is not in the table"),
        (table().rename(columns={"park": "parks"}), "did you mean 'parks'"),
        (_changed(park=np.inf), "column park: is infinite for B"),
        (_changed(park="much"), "column park: is not numeric"),
        (_changed(people=0.0), "column people: zero or negative before a log for B"),
        (_changed(people=-3.0), "zero or negative before a log"),
        (table(units=["A", "A", "B"]), "repeats A"),
        (pd.concat([table(), table()[["park"]]], axis=1), "names two columns"),
        (table().assign(park=np.nan), "leaf park: 0% of the units"),
        (_changed(park=np.nan, distance=np.nan), "pillar space of unit B: 0% present"),
        (_changed(park=np.nan, people=np.nan, wage=np.nan), "unit B: 40% of its values"),
    ],
)
def test_a_wrong_table_says_where(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataError, match=message):
        evaluate(frame, criteria())


def test_all_problems_at_once() -> None:
    frame = _changed(park=np.inf, french="x").drop(columns=[])
    with pytest.raises(DataError) as caught:
        evaluate(frame, criteria())
    assert len(caught.value.problems) == 2


def test_missing_values_are_filled_flagged_and_drawn() -> None:
    frame = table()
    frame.loc["C", "french"] = np.nan
    scores = evaluate(frame, criteria(minimum_coverage=0.5))
    assert scores.imputed.loc["C", "french"] and scores.imputed.to_numpy().sum() == 1
    filled = scores.prepared.filled[2, scores.prepared.names["french"]]
    assert filled == frame["french"].median()
    assert "Not measured, filled by median: french" in scores.explain("C")
    assert scores.coverage["C"] == 0.8
    still = evaluate(frame.fillna(float(filled)), criteria())
    drawn, fixed = scores.robustness(draws=2000), still.robustness(draws=2000)
    assert not drawn.acceptability.equals(fixed.acceptability)


def test_groups_and_denominators() -> None:
    leaf = Leaf("rate", "count", denominator="size", goalposts=(0.0, 1.0))
    tree = Criteria("d", Node("index", (leaf,)), imputation="group_mean", minimum_coverage=0.0)
    frame = pd.DataFrame({"count": [1, 2, np.nan, 4], "size": [10, 10, 10, 10]}, index=list("ABCD"))
    scores = evaluate(frame, tree, groups=["x", "x", "y", "y"])
    assert scores.score.tolist() == pytest.approx([10, 20, 40, 40])
    assert tree.columns == ("count", "size")
    with pytest.raises(DataError, match="size: divides rate and is zero or negative for B"):
        evaluate(frame.assign(size=[1, 0, 1, 1]), tree, groups=list("xxyy"))
    with pytest.raises(DataError, match="needs a group"):
        evaluate(frame, tree)


def test_a_target_may_be_passed_either_way() -> None:
    leaf = Leaf("age", "age", target=40.0, goalposts=(20.0, 70.0))
    tree = Criteria("t", Node("index", (leaf,)), normalisation="target")
    frame = pd.DataFrame({"age": [40, 25, 55, 10, 100]}, index=list("ABCDE"))
    assert evaluate(frame, tree).score.tolist() == pytest.approx([100, 50, 50, 0, 0])


def test_winsorising_only_where_the_data_set_the_scale() -> None:
    frame = table(units=[f"u{i}" for i in range(30)])
    frame.loc["u3", "park"] = 1e6
    capped = evaluate(frame, criteria(normalisation="min_max", treatment="winsorise"))
    plain = evaluate(frame, criteria(normalisation="min_max"))
    assert capped.prepared.steps[capped.prepared.names["park"]] == "winsorised"
    assert capped.leaf_scores["park"].median() > 20 > plain.leaf_scores["park"].median()
    posts = evaluate(frame, criteria(treatment="winsorise"))
    assert posts.leaf_scores["park"]["u3"] == 100
    assert posts.prepared.truncated[3, posts.prepared.names["park"]]
    assert posts.score["u3"] < 100


def test_a_log_step_survives_the_draws() -> None:
    units = [f"u{i:03d}" for i in range(200)]
    skewed = np.sort(np.random.default_rng(0).lognormal(0, 1.5, 200))
    frame = table(units=units).assign(park=skewed)
    scores = evaluate(frame, criteria(normalisation="min_max", treatment="winsorise"))
    assert scores.prepared.steps[scores.prepared.names["park"]] == "log"
    assert (scores.leaf_scores["park"].diff().dropna() >= 0).all()
    assert scores.robustness(draws=50).acceptability.shape == (200, 200)


def test_explain_is_words_and_html_is_escaped() -> None:
    frame = table(units=["<b>", "B", "C"])
    scores = evaluate(frame, criteria())
    text = scores.explain("B")
    assert "of 100, rank" in text and "By pillar: talent" in text
    assert "one set of weights looked at" in text
    robust = scores.robustness(draws=300)
    told = scores.explain("B", robust)
    assert "In nine of ten of 300 draws" in told
    assert ("too wide" in told) == (not robust.rankable["B"])
    html = scores._repr_html_()
    assert "&lt;b&gt;" in html and "<b>" not in html
    assert "goalposts normalisation, geometric mean" in html
    with pytest.raises(DataError, match="unit Z"):
        scores.explain("Z")


def test_the_long_weighted_sum_is_the_plain_one() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5000, 7))
    w, low = rng.dirichlet(np.ones(7)), rng.uniform(-1, 0, 7)
    high, d = low + rng.uniform(0.5, 2, 7), rng.choice([1.0, -1.0], 7)
    scaled = np.clip((x - low) / (high - low), 0, 1)
    expected = np.where(d > 0, scaled, 1 - scaled) @ w
    for layout in (x, np.asfortranarray(x)):
        np.testing.assert_allclose(
            aggregation.weighted_sum(layout, w, low, high, d), expected, atol=1e-12
        )
    plain = aggregation.weighted_sum(x, w, low, high)
    np.testing.assert_allclose(plain, scaled @ w, atol=1e-12)


def test_goalposts_are_set_once_from_a_table_and_dated() -> None:
    loose = criteria(normalisation="min_max")
    big = table(units=[f"u{i}" for i in range(75)])
    frozen = freeze_goalposts(big, loose, date="2026-06-01")
    assert frozen.normalisation == "goalposts" and frozen.goalposts_date == "2026-06-01"
    for leaf in frozen.leaves:
        assert leaf.goalposts is not None
        low, high = big[leaf.column].quantile([0.05, 0.95])
        assert leaf.goalposts == pytest.approx((low, high), rel=0.05)
        assert leaf.goalposts[0] == float(f"{leaf.goalposts[0]:.2g}")
    few = evaluate(big.iloc[:6], frozen).score
    np.testing.assert_allclose(few, evaluate(big, frozen).score.iloc[:6])
    with pytest.raises(DataError, match="park: its percentiles 3 and 3 coincide"):
        freeze_goalposts(big.assign(park=3.0), loose, date="2026-06-01")


def test_units_keep_the_tables_order() -> None:
    assert list(evaluate(table(), criteria()).score.index) == UNITS
