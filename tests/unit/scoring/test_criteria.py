"""Trees of criteria: what is refused, what is changed, what is read and written."""

from __future__ import annotations

import math
from typing import Any

import pytest

from hubselect.errors import ScenarioError
from hubselect.scoring import Criteria, Leaf, Node, read_criteria

DOCUMENT: dict[str, Any] = {
    "name": "small",
    "aggregation": "geometric",
    "node": {"people": {"weight": 60}, "skills": {"parent": "people", "weight": 2}},
    "leaf": {
        "young": {"parent": "people", "weight": 1, "goalposts": [0, 10]},
        "french": {"parent": "skills", "weight": 3, "goalposts": [0, 1], "role": "G"},
        "english": {"parent": "skills", "weight": 1, "goalposts": [0, 1]},
        "rent": {"weight": 40, "direction": "-", "goalposts": [5, 9], "role": "C", "unit": "MAD"},
    },
}


def _with(**changes: Any) -> dict[str, Any]:
    return {**DOCUMENT, **changes}


def _leaf(**changes: Any) -> Criteria:
    fields: dict[str, Any] = {"name": "a", "column": "a", "goalposts": (0.0, 1.0), **changes}
    return Criteria("one", Node("index", (Leaf(**fields),)))


def test_any_depth_is_read() -> None:
    criteria = Criteria.from_dict(DOCUMENT)
    assert criteria.leaf_names == ("french", "english", "young", "rent")
    assert [node.name for node in criteria.nodes] == ["index", "people", "skills"]
    assert criteria.weights() == pytest.approx(
        {"french": 0.6 * 2 / 3 * 0.75, "english": 0.6 * 2 / 3 * 0.25, "young": 0.2, "rent": 0.4}
    )
    assert criteria.pillar_of()["english"] == "people"
    assert criteria.root.aggregation == "geometric"


def test_a_document_is_given_back() -> None:
    criteria = Criteria.from_dict(DOCUMENT)
    assert Criteria.from_dict(criteria.to_dict()) == criteria
    for name in Criteria.presets():
        preset = Criteria.preset(name)
        assert Criteria.from_dict(preset.to_dict()) == preset


def test_a_file_is_read_and_a_bad_one_named(tmp_path: Any) -> None:
    good = tmp_path / "mine.toml"
    good.write_text("[leaf.a]\ngoalposts = [0, 1]\n")
    assert read_criteria(good).name == "mine"
    bad = tmp_path / "bad.toml"
    bad.write_text("[leaf")
    with pytest.raises(ScenarioError, match=r"bad\.toml"):
        read_criteria(bad)
    with pytest.raises(ScenarioError, match=r"none\.toml"):
        read_criteria(tmp_path / "none.toml")


def test_every_problem_is_reported_at_once() -> None:
    leaves = (
        Leaf("a", "same", goalposts=(3.0, 2.0), role="K/S"),
        Leaf("b", "same", weight=-1.0, direction=2),
        Leaf("b", "c", goalposts=(-1.0, 1.0), log=True, weight=math.nan),
    )
    with pytest.raises(ScenarioError) as caught:
        Criteria("bad", Node("index", leaves), treatment="magic", minimum_coverage=2)
    text = str(caught.value)
    for part in (
        "column same: used 2 times, by a, b",
        "criterion a (column same): role 'K/S'; expected one of S, K, C, G",
        "goalposts [3, 2] are inverted",
        "weight -1.0",
        "weight nan",
        "direction 2",
        "criterion b: has no goalposts",
        "criterion b: named 2 times",
        "low goalpost -1 before a log",
        "'magic' is unknown",
        "minimum_coverage: 2",
    ):
        assert part in text, part


def test_all_zero_weights_and_empty_nodes_are_refused() -> None:
    with pytest.raises(ScenarioError, match="all zero"):
        _leaf(weight=0.0)
    with pytest.raises(ScenarioError, match="no children"):
        Criteria("empty", Node("index", ()))
    with pytest.raises(ScenarioError, match="finite"):
        _leaf(goalposts=(0.0, math.inf))
    with pytest.raises(ScenarioError, match="no target"):
        _leaf().replace(normalisation="target")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (_with(leef={}), "did you mean 'leaf'"),
        (_with(leaf={"a": {"goalpost": [0, 1]}}), "did you mean 'goalposts'"),
        (_with(leaf={"a": {"goalposts": [0]}}), "two numbers"),
        (_with(leaf={"a": {"goalposts": [0, 1], "direction": "up"}}), "'\\+' or '-'"),
        (_with(leaf={"a": {"goalposts": [0, 1], "log": 1}}), "true or false"),
        (_with(leaf={"a": {"goalposts": [0, 1], "unit": 3}}), "text"),
        (_with(leaf={"a": 3}), "a table"),
        (_with(leaf=3), "expected a table"),
        (_with(leaf={"a": {"goalposts": [0, 1], "weight": True}}), "a number"),
        (_with(leaf={"a": {"goalposts": [0, 1], "target": math.inf}}), "a finite number"),
        (_with(leaf={"a": {"parent": "peeple", "goalposts": [0, 1]}}), "did you mean 'people'"),
        (_with(node={"x": {"parent": "y"}, "y": {"parent": "x"}}), "circle"),
        (_with(aggregation="geometrik"), "did you mean 'geometric'"),
        (_with(extends="default"), "beside"),
        ({"extends": "defualt"}, "did you mean 'default'"),
        (_with(weights={"rents": 1}), "did you mean 'rent'"),
    ],
)
def test_a_wrong_document_says_where(document: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        Criteria.from_dict(document)


def test_weights_change_by_name() -> None:
    criteria = Criteria.from_dict(DOCUMENT).with_weights({"people": 10, "english": 0})
    assert criteria.weights()["english"] == 0
    assert criteria.weights()["rent"] == pytest.approx(0.8)
    with pytest.raises(ScenarioError) as caught:
        criteria.with_weights({"peoples": 1, "rent": -1, "young": math.nan})
    assert len(caught.value.problems) == 3
    with pytest.raises(ScenarioError, match="all zero"):
        criteria.with_weights({"people": 0, "rent": 0})


def test_a_power_mean_by_number_or_name() -> None:
    criteria = Criteria.from_dict(DOCUMENT)
    assert criteria.with_aggregation("harmonic").root.power == -1
    assert criteria.with_aggregation(0.5).root.aggregation == "power 0.5"
    with pytest.raises(ScenarioError, match="not a mean"):
        criteria.with_aggregation(math.nan)


def test_leaves_taken_out_move_their_weight_on() -> None:
    criteria = Criteria.from_dict(DOCUMENT)
    kept = criteria.keep(lambda leaf: leaf.role == "S")
    assert kept is not None
    assert kept.weights() == pytest.approx({"english": 2 / 3, "young": 1 / 3})
    assert _leaf().without("a") is None


def test_a_tree_is_frozen() -> None:
    criteria = Criteria.from_dict(DOCUMENT)
    with pytest.raises(AttributeError):
        criteria.name = "other"  # type: ignore[misc]
    assert criteria.replace(name="other").name == "other"
    assert criteria.leaves[3].title == "rent"
    assert hash(criteria) == hash(Criteria.from_dict(DOCUMENT))


def test_presets_are_sound() -> None:
    assert set(Criteria.presets()) == {
        *("default", "gsli", "fdi_shared_services", "fdi_customer_support", "equal"),
        *("crm", "bpo", "ito", "eso", "kpo"),
    }
    assert Criteria.presets()[0] == "default"
    for name in Criteria.presets():
        criteria = Criteria.preset(name)
        assert criteria.name == name
        assert criteria.goalposts_date
        assert {leaf.role for leaf in criteria.leaves} == {"S", "K", "C"}
        assert all(leaf.label and leaf.unit for leaf in criteria.leaves)
        cost = [leaf for leaf in criteria.leaves if criteria.pillar_of()[leaf.name] == "cost"]
        assert all(leaf.role == "C" and leaf.direction == -1 for leaf in cost)
    default = Criteria.preset().root.children
    assert [(pillar.name, pillar.weight) for pillar in default] == [
        *(("talent", 40), ("infrastructure", 30), ("cost", 30)),
    ]
    assert [pillar.weight for pillar in Criteria.preset("gsli").pillars] == [32.5, 32.5, 35]
    assert len(set(Criteria.preset("equal").weights().values())) == 3
    with pytest.raises(ScenarioError, match="did you mean 'gsli'"):
        Criteria.preset("gsl")
