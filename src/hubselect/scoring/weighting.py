"""Weights of a node's children by a method: `[weighting.<node>]` of a document.

`method` is direct (`weights`), equal, rank_order (`order`), ahp (`pairs`) or best_worst
(`best_to_others`, `others_to_worst`). Comparisons with a consistency ratio above 0.10 are refused
unless `accept_inconsistent` says otherwise; the ratio is kept for the audit either way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubselect.errors import DataError, Problem, ScenarioError, nearest
from hubselect.scoring.criteria import Criteria
from hubselect.scoring.pairwise import CONSISTENT, ahp, best_worst, comparison_matrix
from hubselect.scoring.tree import Node
from hubselect.scoring.weights import direct_weights, equal_weights, rank_order_weights

METHODS: dict[str, tuple[str, ...]] = {
    "direct": ("weights",),
    "equal": (),
    "rank_order": ("order",),
    "ahp": ("pairs",),
    "best_worst": ("best_to_others", "others_to_worst"),
}


def weigh(criteria: Criteria, tables: Mapping[str, Any]) -> Criteria:
    """The tree with the children of the named nodes weighted. Raises ScenarioError."""
    nodes = {node.name: node for node in criteria.nodes}
    for name, table in tables.items():
        where = f"weighting.{name}"
        if name not in nodes:
            raise ScenarioError(
                [Problem(where, "no node has this name", hint=nearest(name, nodes))]
            )
        problems = _table_problems(where, table)
        if problems:
            raise ScenarioError(problems)
        try:
            weights, ratio = _weights(nodes[name], table)
        except (TypeError, ValueError, AttributeError) as error:
            if not isinstance(error, DataError):
                raise ScenarioError([Problem(where, f"cannot be read: {error}")]) from error
            raise ScenarioError(
                Problem(f"{where}.{p.where}", p.what, p.expected, p.hint) for p in error.problems
            ) from error
        if ratio is not None:
            _refuse_inconsistent(where, ratio, table)
            criteria = criteria.replace(consistency=(*criteria.consistency, (name, ratio)))
        criteria = criteria.with_weights(weights)
    return criteria


def _table_problems(where: str, table: Any) -> list[Problem]:
    if not isinstance(table, Mapping) or table.get("method") not in METHODS:
        found = table.get("method") if isinstance(table, Mapping) else table
        return [Problem(f"{where}.method", f"{found!r}", f"one of {', '.join(METHODS)}")]
    needed = METHODS[table["method"]]
    known = (*needed, "method", "accept_inconsistent")
    problems = [Problem(f"{where}.{key}", "is missing") for key in needed if key not in table]
    return problems + [
        Problem(f"{where}.{key}", "is unknown", hint=nearest(str(key), known))
        for key in table
        if key not in known
    ]


def _weights(node: Node, table: Mapping[str, Any]) -> tuple[dict[str, float], float | None]:
    names = [child.name for child in node.children]
    method = table["method"]
    if method == "equal":
        return dict(zip(names, equal_weights(len(names)).tolist(), strict=True)), None
    if method == "rank_order":
        return rank_order_weights(list(table["order"]), names), None
    if method == "direct":
        _refuse_other_names(names, table["weights"])
        points = direct_weights([table["weights"][name] for name in names])
        return dict(zip(names, points.tolist(), strict=True)), None
    if method == "ahp":
        pairs = [(str(a), str(b), float(times)) for a, b, times in table["pairs"]]
        found = ahp(comparison_matrix(names, pairs))
        return dict(zip(names, found.weights.tolist(), strict=True)), found.consistency_ratio
    _refuse_other_names(names, table["best_to_others"])
    chosen = best_worst(table["best_to_others"], table["others_to_worst"])
    return chosen.weights, chosen.consistency_ratio


def _refuse_other_names(names: list[str], given: Mapping[str, Any]) -> None:
    if sorted(names) != sorted(given):
        raise DataError([Problem("names", ", ".join(given), f"each of {', '.join(names)} once")])


def _refuse_inconsistent(where: str, ratio: float, table: Mapping[str, Any]) -> None:
    if ratio <= CONSISTENT or table.get("accept_inconsistent", False):
        return
    raise ScenarioError(
        [
            Problem(
                where,
                f"the comparisons contradict each other, consistency ratio {ratio:.3f}",
                f"{CONSISTENT:.2f} or less",
                "look at them again, or say accept_inconsistent = true",
            )
        ]
    )
