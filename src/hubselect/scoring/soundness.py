"""What makes a tree of criteria sound; every problem is found at once."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from hubselect.errors import Problem, nearest
from hubselect.scoring.tree import ROLES, Leaf, Node

if TYPE_CHECKING:
    from hubselect.scoring.criteria import Criteria

NORMALISATIONS = ("goalposts", "min_max", "z_score", "percentile", "rank", "target")
TREATMENTS = ("none", "winsorise")
IMPUTATIONS = ("mean", "median", "group_mean", "group_median", "knn")


def problems_of(criteria: Criteria) -> list[Problem]:
    """Every problem of a tree: its settings, names, columns, weights, roles and goalposts."""
    return [*_setting_problems(criteria), *_tree_problems(criteria)]


def is_weight(weight: object) -> bool:
    """A finite number of zero or more."""
    return (
        isinstance(weight, int | float)
        and not isinstance(weight, bool)
        and math.isfinite(weight)
        and weight >= 0
    )


def weight_problem(name: str, weight: object) -> Problem:
    """The problem of an unusable weight."""
    return Problem(f"score.weights.{name}", f"weight {weight}", "a finite number, zero or more")


def _choice(where: str, value: str, valid: Iterable[str]) -> list[Problem]:
    names = list(valid)
    if value in names:
        return []
    return [
        Problem(
            where, f"'{value}' is unknown", f"one of {', '.join(names)}", nearest(str(value), names)
        )
    ]


def _setting_problems(criteria: Criteria) -> list[Problem]:
    problems = [
        *_choice("normalisation", criteria.normalisation, NORMALISATIONS),
        *_choice("treatment", criteria.treatment, TREATMENTS),
        *_choice("imputation", criteria.imputation, IMPUTATIONS),
    ]
    if not 0 <= criteria.minimum_coverage <= 1:
        problems.append(
            Problem("minimum_coverage", f"{criteria.minimum_coverage}", "a share between 0 and 1")
        )
    return problems


def _tree_problems(criteria: Criteria) -> list[Problem]:
    problems: list[Problem] = []
    names: dict[str, int] = {}
    columns: dict[str, list[str]] = {}
    for x in criteria.root.walk():
        names[x.name] = names.get(x.name, 0) + 1
        if not is_weight(x.weight):
            problems.append(weight_problem(x.name, x.weight))
        if isinstance(x, Leaf):
            columns.setdefault(x.column, []).append(x.name)
            problems += _leaf_problems(x, criteria)
        else:
            problems += _node_problems(x)
    problems += [
        Problem(f"criterion {name}", f"named {count} times", "one criterion per name")
        for name, count in names.items()
        if count > 1
    ]
    problems += [
        Problem(
            f"column {column}",
            f"used {len(users)} times, by {', '.join(users)}",
            "one leaf and one role per column",
        )
        for column, users in columns.items()
        if len(users) > 1
    ]
    return problems


def _node_problems(node: Node) -> list[Problem]:
    where = f"criterion {node.name}"
    if not node.children:
        return [Problem(where, "has no children", "at least one leaf")]
    weights = [child.weight for child in node.children]
    if all(is_weight(w) for w in weights) and not sum(weights) > 0:
        return [Problem(where, "the weights of its children are all zero", "a positive sum")]
    if not math.isfinite(node.power):
        return [Problem(where, f"power {node.power}", "a finite exponent")]
    return []


def _leaf_problems(leaf: Leaf, criteria: Criteria) -> list[Problem]:
    where = f"criterion {leaf.name}"
    problems: list[Problem] = []
    if leaf.role not in ROLES:
        hint = "a column has one role for the optimiser" if len(leaf.role) > 1 else ""
        problems.append(
            Problem(
                f"{where} (column {leaf.column})", f"role '{leaf.role}'", "one of S, K, C, G", hint
            )
        )
    if leaf.direction not in (1, -1):
        problems.append(Problem(where, f"direction {leaf.direction}", "1 or -1"))
    if leaf.treatment is not None:
        problems += _choice(f"{where} treatment", leaf.treatment, TREATMENTS)
    if leaf.goalposts is None:
        if criteria.normalisation == "goalposts":
            problems.append(Problem(where, "has no goalposts", "goalposts = [low, high]"))
    else:
        problems += _goalpost_problems(where, leaf)
    if criteria.normalisation == "target" and leaf.target is None:
        problems.append(Problem(where, "has no target", "target = number"))
    if leaf.target is not None and not math.isfinite(leaf.target):
        problems.append(Problem(where, f"target {leaf.target}", "a finite number"))
    return problems


def _goalpost_problems(where: str, leaf: Leaf) -> list[Problem]:
    low, high = leaf.goalposts or (0.0, 1.0)
    if not (math.isfinite(low) and math.isfinite(high)):
        return [Problem(where, f"goalposts [{low}, {high}]", "finite numbers")]
    if low >= high:
        return [
            Problem(
                where,
                f"goalposts [{low:g}, {high:g}] are inverted or equal",
                "low < high",
                "say 'direction = \"-\"' where less is better",
            )
        ]
    if leaf.log and low <= 0:
        return [Problem(where, f"low goalpost {low:g} before a log", "a positive number")]
    return []
