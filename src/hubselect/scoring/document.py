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
_SETTINGS = {
    "name": str,
    "extends": str,
    "normalisation": str,
    "treatment": str,
    "imputation": str,
    "minimum_coverage": (int, float),
    "goalposts_date": str,
    "note": str,
    "label": str,
    "aggregation": (str, int, float),
    "node": Mapping,
    "leaf": Mapping,
    "weights": Mapping,
    "weighting": Mapping,
    "consistency": Mapping,
}
_NODE_FIELDS = ("parent", "weight", "aggregation", "label", "note")
_LEAF_FIELDS = (
    "parent",
    "column",
    "weight",
    "direction",
    "unit",
    "goalposts",
    "log",
    "target",
    "role",
    "denominator",
    "treatment",
    "label",
    "note",
)
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
    problems = [
        Problem(f"criteria.{key}", "is unknown", hint=nearest(str(key), _SETTINGS))
        for key in document
        if key not in _SETTINGS
    ]
    for key, kind in _SETTINGS.items():
        if key in document and not isinstance(document[key], kind):  # type: ignore[arg-type]
            problems.append(Problem(f"criteria.{key}", f"{document[key]!r} has the wrong type"))
    if "extends" in document and ("node" in document or "leaf" in document):
        problems.append(Problem("criteria.extends", "stands beside nodes or leaves", "one of them"))
    for kind_name, fields in (("node", _NODE_FIELDS), ("leaf", _LEAF_FIELDS)):
        tables = document.get(kind_name, {})
        for name, table in tables.items() if isinstance(tables, Mapping) else ():
            if not isinstance(table, Mapping):
                problems.append(Problem(f"{kind_name}.{name}", "is not a table"))
                continue
            problems += [
                Problem(f"{kind_name}.{name}.{key}", "is unknown", hint=nearest(str(key), fields))
                for key in table
                if key not in fields
            ]
    return problems


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
    for key in ("unit", "role", "column", "denominator", "label", "note"):
        if key in table and not isinstance(table[key], str):
            problems.append(Problem(f"{where}.{key}", f"{table[key]!r}", "text"))
    if not isinstance(table.get("log", False), bool):
        problems.append(Problem(f"{where}.log", f"{table['log']!r}", "true or false"))
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
