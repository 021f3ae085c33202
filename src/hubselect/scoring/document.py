"""Trees of criteria as documents: dictionaries, TOML files and the shipped presets.

A document is flat: `[node.<name>]` and `[leaf.<name>]` tables, each naming its `parent` (the root
is `index`), so that any depth reads the same and every name is unique. `extends` takes a shipped
preset and `[weights]` changes the weights of its nodes or leaves by name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hubselect.errors import Problem, ScenarioError, nearest
from hubselect.scoring.criteria import Criteria
from hubselect.scoring.tree import MEANS, Leaf, Node, power_of
from hubselect.scoring.weighting import weigh

ROOT = "index"
_FOLDER = Path(__file__).resolve().parent / "presets"
_KINDS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "a number": (int, float),
    "true or false": (bool,),
    "a table": (Mapping,),
    "a list": (list, tuple),
    "'+' or '-'": (str, int),
    "a name or a number": (str, int, float),
}
_SETTINGS = {
    "name": "text",
    "extends": "text",
    "normalisation": "text",
    "treatment": "text",
    "imputation": "text",
    "minimum_coverage": "a number",
    "goalposts_date": "text",
    "note": "text",
    "label": "text",
    "aggregation": "a name or a number",
    "node": "a table",
    "leaf": "a table",
    "weights": "a table",
    "weighting": "a table",
    "consistency": "a table",
}
_NODE_FIELDS = {
    "parent": "text",
    "weight": "a number",
    "aggregation": "a name or a number",
    "label": "text",
    "note": "text",
}
_LEAF_FIELDS = {
    "parent": "text",
    "column": "text",
    "weight": "a number",
    "direction": "'+' or '-'",
    "unit": "text",
    "goalposts": "a list",
    "log": "true or false",
    "target": "a number",
    "role": "text",
    "denominator": "text",
    "treatment": "text",
    "label": "text",
    "note": "text",
}
_DIRECTIONS = {"+": 1, "-": -1, "−": -1, 1: 1, -1: -1}
_COPIED = ("normalisation", "treatment", "imputation", "minimum_coverage", "goalposts_date", "note")


def preset_names() -> tuple[str, ...]:
    """Names of the shipped trees, `default` first."""
    names = sorted(path.stem for path in _FOLDER.glob("*.toml"))
    return tuple(sorted(names, key=lambda name: (name != "default", name)))


@cache
def read_preset(name: str) -> Criteria:
    """A shipped tree by name. Raises ScenarioError with the nearest name where there is none."""
    if name not in preset_names():
        raise ScenarioError(
            [Problem("score.preset", f"'{name}' is unknown", hint=nearest(name, preset_names()))]
        )
    return read_criteria(_FOLDER / f"{name}.toml")


def read_criteria(path: str | Path) -> Criteria:
    """A tree from a TOML file. Raises ScenarioError naming the file where it cannot be read."""
    path = Path(path)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScenarioError([Problem(str(path), f"cannot be read: {error}")]) from error
    document.setdefault("name", path.stem)
    return criteria_from_dict(document)


def criteria_from_dict(document: Mapping[str, Any]) -> Criteria:
    """A tree from a document. Raises ScenarioError listing every problem."""
    problems = _shape_problems(document)
    if problems:
        raise ScenarioError(problems)
    if "extends" in document:
        return _extended(document)
    nodes: Mapping[str, Any] = document.get("node", {})
    leaves: Mapping[str, Any] = document.get("leaf", {})
    problems = _parent_problems(nodes, leaves)
    parsed = {name: _leaf(name, table, problems) for name, table in leaves.items()}
    if problems:
        raise ScenarioError(problems)
    root = _node(ROOT, {**document, "weight": 1.0}, nodes, leaves, parsed)
    settings = {key: document[key] for key in _COPIED if key in document}
    criteria = Criteria(name=document.get("name", "criteria"), root=root, **settings)
    return _reweighted(criteria, document)


def criteria_to_dict(criteria: Criteria) -> dict[str, Any]:
    """The document of a tree: `criteria_from_dict` gives it back."""
    document: dict[str, Any] = {
        "name": criteria.name,
        **{key: getattr(criteria, key) for key in _COPIED},
        "aggregation": _mean_name(criteria.root),
        "node": {},
        "leaf": {},
    }
    if criteria.consistency:
        document["consistency"] = dict(criteria.consistency)
    for parent in criteria.nodes:
        for child in parent.children:
            table: dict[str, Any] = {"weight": child.weight}
            if parent is not criteria.root:
                table["parent"] = parent.name
            if child.label:
                table["label"] = child.label
            if isinstance(child, Node):
                document["node"][child.name] = table | {"aggregation": _mean_name(child)}
            else:
                document["leaf"][child.name] = table | _leaf_table(child)
    return document


def _mean_name(node: Node) -> str | float:
    return node.aggregation if node.aggregation in MEANS else node.power


def _leaf_table(leaf: Leaf) -> dict[str, Any]:
    table: dict[str, Any] = {
        "column": leaf.column,
        "direction": "+" if leaf.direction > 0 else "-",
        "role": leaf.role,
        "log": leaf.log,
        "unit": leaf.unit,
        "note": leaf.note,
        "target": leaf.target,
        "denominator": leaf.denominator,
        "treatment": leaf.treatment,
        "goalposts": list(leaf.goalposts) if leaf.goalposts else None,
    }
    return {key: value for key, value in table.items() if value not in (None, "")}


def _shape_problems(document: Mapping[str, Any]) -> list[Problem]:
    problems = _field_problems("criteria", document, _SETTINGS)
    if "extends" in document and ("node" in document or "leaf" in document):
        problems.append(Problem("criteria.extends", "stands beside nodes or leaves", "one of them"))
    for kind, fields in (("node", _NODE_FIELDS), ("leaf", _LEAF_FIELDS)):
        tables = document.get(kind, {})
        for name, table in tables.items() if isinstance(tables, Mapping) else ():
            if isinstance(table, Mapping):
                problems += _field_problems(f"{kind}.{name}", table, fields)
            else:
                problems.append(Problem(f"{kind}.{name}", f"{table!r}", "a table"))
    consistency = document.get("consistency", {})
    if isinstance(consistency, Mapping):
        problems += _field_problems(
            "consistency", consistency, dict.fromkeys(consistency, "a number")
        )
    return problems


def _field_problems(
    where: str, table: Mapping[str, Any], fields: Mapping[str, str]
) -> list[Problem]:
    """Unknown fields, and fields of the wrong type."""
    problems = []
    for key, value in table.items():
        if key not in fields:
            problems.append(Problem(f"{where}.{key}", "is unknown", hint=nearest(str(key), fields)))
        elif not _is_kind(value, fields[key]):
            problems.append(Problem(f"{where}.{key}", f"{value!r}", fields[key]))
    return problems


def _is_kind(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "true or false"
    return isinstance(value, _KINDS[kind])


def _extended(document: Mapping[str, Any]) -> Criteria:
    criteria = read_preset(document["extends"])
    changes = {key: document[key] for key in _COPIED if key in document}
    criteria = criteria.replace(name=document.get("name", criteria.name), **changes)
    if "aggregation" in document:
        criteria = criteria.with_aggregation(document["aggregation"])
    return _reweighted(criteria, document)


def _reweighted(criteria: Criteria, document: Mapping[str, Any]) -> Criteria:
    """Weights by name, then weights by a method for the children of a node."""
    criteria = criteria.with_weights(document.get("weights", {}))
    stated = tuple((str(k), float(v)) for k, v in document.get("consistency", {}).items())
    criteria = criteria.replace(consistency=criteria.consistency + stated)
    return weigh(criteria, document.get("weighting", {}))


def _parent_problems(nodes: Mapping[str, Any], leaves: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for kind, tables in (("node", nodes), ("leaf", leaves)):
        for name, table in tables.items():
            parent = table.get("parent", ROOT)
            if parent != ROOT and parent not in nodes:
                problems.append(
                    Problem(
                        f"{kind}.{name}.parent",
                        f"'{parent}' is not a node",
                        hint=nearest(str(parent), nodes),
                    )
                )
            elif kind == "node" and _in_circle(name, nodes):
                problems.append(Problem(f"node.{name}.parent", "its parents go in a circle"))
    return problems


def _in_circle(name: str, nodes: Mapping[str, Any]) -> bool:
    seen = {name}
    while (name := nodes.get(name, {}).get("parent", ROOT)) != ROOT:
        if name in seen:
            return True
        seen.add(name)
    return False


def _node(
    name: str,
    table: Mapping[str, Any],
    nodes: Mapping[str, Any],
    leaves: Mapping[str, Any],
    parsed: Mapping[str, Leaf],
) -> Node:
    children: list[Node | Leaf] = [
        _node(child, inner, nodes, leaves, parsed)
        for child, inner in nodes.items()
        if inner.get("parent", ROOT) == name
    ]
    children += [
        parsed[child] for child, inner in leaves.items() if inner.get("parent", ROOT) == name
    ]
    return Node(
        name=name,
        children=tuple(children),
        weight=table.get("weight", 1.0),
        power=power_of(table.get("aggregation", "arithmetic"), f"node.{name}.aggregation"),
        label=str(table.get("label", "")),
    )


def _leaf(name: str, table: Mapping[str, Any], problems: list[Problem]) -> Leaf:
    where = f"leaf.{name}"
    direction = table.get("direction", "+")
    if direction not in _DIRECTIONS:
        problems.append(Problem(f"{where}.direction", f"{direction!r}", "'+' or '-'"))
    posts = table.get("goalposts")
    if posts is not None and not _is_pair(posts):
        problems.append(Problem(f"{where}.goalposts", f"{posts!r}", "[low, high], two numbers"))
        posts = None
    return Leaf(
        name=name,
        column=str(table.get("column", name)),
        weight=table.get("weight", 1.0),
        direction=_DIRECTIONS.get(direction, 1),
        unit=str(table.get("unit", "")),
        goalposts=None if posts is None else (float(posts[0]), float(posts[1])),
        log=bool(table.get("log", False)),
        target=table.get("target"),
        role=str(table.get("role", "S")),
        denominator=table.get("denominator"),
        treatment=table.get("treatment"),
        label=str(table.get("label", "")),
        note=str(table.get("note", "")),
    )


def _is_pair(posts: object) -> bool:
    return (
        isinstance(posts, list | tuple)
        and len(posts) == 2
        and all(isinstance(p, int | float) and not isinstance(p, bool) for p in posts)
    )
