"""Whatever goes in, the scoring room answers with scores or with its own error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubselect.errors import DataError, InputError, ScenarioError
from hubselect.scoring import Criteria, Leaf, Node, cross_checks, evaluate
from hubselect.scoring.soundness import IMPUTATIONS, NORMALISATIONS

FUZZ = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
SCALAR = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(),
    st.sampled_from(["", "a", "b", "index", "geometric", "+", "-", "S", "K/S", "equal", "ahp"]),
)
ANY = st.recursive(
    SCALAR,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=5,
)
LEAF_FIELDS = (
    *("parent", "weight", "direction", "unit", "log", "target", "role"),
    *("denominator", "treatment", "column", "label", "note", "magic"),
)
SETTINGS = (
    *("name", "normalisation", "treatment", "imputation", "minimum_coverage"),
    *("aggregation", "weights", "extends", "goalposts_date", "consistency", "magic"),
)
LEAF = st.one_of(
    ANY,
    st.fixed_dictionaries(
        {"goalposts": st.one_of(st.just([0, 1]), st.lists(st.floats(), max_size=3), ANY)},
        optional=dict.fromkeys(
            (
                *("parent", "weight", "direction", "unit", "log", "target", "role"),
                *("denominator", "treatment", "column", "label", "note", "magic"),
            ),
            ANY,
        ),
    ),
)
NODE = st.one_of(
    ANY, st.fixed_dictionaries({}, optional=dict.fromkeys(("parent", "weight", "aggregation"), ANY))
)
DOCUMENT = st.fixed_dictionaries(
    {"leaf": st.one_of(ANY, st.dictionaries(st.sampled_from("abcd"), LEAF, max_size=4))},
    optional={
        "node": st.one_of(ANY, st.dictionaries(st.sampled_from("xyz"), NODE, max_size=3)),
        "weighting": st.one_of(ANY, st.dictionaries(st.sampled_from(["index", "x"]), ANY)),
        **dict.fromkeys(
            (
                *("name", "normalisation", "treatment", "imputation", "minimum_coverage"),
                *("aggregation", "weights", "extends", "goalposts_date", "consistency", "magic"),
            ),
            ANY,
        ),
    },
)


@FUZZ
@given(DOCUMENT)
def test_a_document_is_a_tree_or_a_scenario_error(document: dict[str, Any]) -> None:
    try:
        criteria = Criteria.from_dict(document)
    except ScenarioError as error:
        assert error.problems
        return
    assert abs(sum(criteria.weights().values()) - 1) < 1e-9
    assert Criteria.from_dict(criteria.to_dict()) == criteria


VALUE = st.one_of(
    st.floats(-1e3, 1e3), st.floats(), st.none(), st.just(0.0), st.sampled_from(["x", 1, True])
)


@FUZZ
@given(
    st.lists(st.lists(VALUE, min_size=4, max_size=4), max_size=6),
    st.sampled_from(NORMALISATIONS),
    st.sampled_from(IMPUTATIONS),
    st.sampled_from(["none", "winsorise"]),
    st.sampled_from([1.0, 0.0, -1.0, 2.0]),
    st.booleans(),
)
def test_a_table_is_scored_or_a_data_error(
    rows: list[list[Any]], normalisation: str, imputation: str, treatment: str, power: float,
    log: bool,
) -> None:  # fmt: skip
    leaves = tuple(
        Leaf(name, name, goalposts=(1.0, 50.0), target=7.0, direction=d, log=log and name == "a")
        for name, d in zip("abcd", (1, -1, 1, -1), strict=True)
    )
    root = Node("index", (Node("p", leaves[:2]), *leaves[2:]), power=power)
    criteria = Criteria(
        "fuzz", root, normalisation=normalisation, imputation=imputation, treatment=treatment,
        minimum_coverage=0.3,
    )  # fmt: skip
    frame = pd.DataFrame(rows, columns=list("abcd"), index=[f"u{i}" for i in range(len(rows))])
    try:
        scores = evaluate(frame, criteria, groups=["g"] * len(rows))
    except DataError as error:
        assert error.problems
        return
    assert np.isfinite(scores.score).all()
    np.testing.assert_allclose(scores.contributions.sum(axis=1), scores.score, atol=1e-6)
    try:
        robust = scores.robustness(draws=20)
        checks = cross_checks(scores)
    except InputError as error:
        assert error.problems
        return
    np.testing.assert_allclose(robust.acceptability.sum(axis=1), 1, atol=1e-9)
    assert checks["topsis"].between(1, len(rows)).all()
    assert scores.explain(scores.units[0])
