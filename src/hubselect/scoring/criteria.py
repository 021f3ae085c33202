"""The frozen tree of criteria: leaves (indicators), nodes (pillars, sub-pillars), and its laws.

A tree says everything that is judgement: what counts, in which direction, between which goalposts,
with which weight, through which mean, and what the optimiser may do with a leaf (its role).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hubselect.errors import Problem, ScenarioError, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROLES: dict[str, str] = {
    "S": "counts in the quality score Q",
    "K": "is a capacity in the planning model",
    "C": "is money in the planning model",
    "G": "is a gate of the planning model",
}
MEANS: dict[str, float] = {"arithmetic": 1.0, "geometric": 0.0, "harmonic": -1.0}
NORMALISATIONS = ("goalposts", "min_max", "z_score", "percentile", "rank", "target")
TREATMENTS = ("none", "winsorise")
IMPUTATIONS = ("mean", "median", "group_mean", "group_median", "knn")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One indicator: a column of the table and how to read it.

    `direction` is +1 (more is better) or -1. `goalposts` are (low, high) in `unit`, before the log;
    values beyond them are truncated. `denominator` names a column the values are divided by.
    `role` is one of S, K, C, G (see `ROLES`).
    """

    name: str
    column: str
    weight: float = 1.0
    direction: int = 1
    unit: str = ""
    goalposts: tuple[float, float] | None = None
    log: bool = False
    target: float | None = None
    role: str = "S"
    denominator: str | None = None
    treatment: str | None = None
    label: str = ""
    note: str = ""

    @property
    def title(self) -> str:
        """Label for people; the name where there is none."""
        return self.label or self.name.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Node:
    """A pillar or sub-pillar: the power mean of its children (1 arithmetic, 0 geometric)."""

    name: str
    children: tuple[Node | Leaf, ...]
    weight: float = 1.0
    power: float = 1.0
    label: str = ""

    @property
    def title(self) -> str:
        """Label for people; the name where there is none."""
        return self.label or self.name.replace("_", " ")

    @property
    def aggregation(self) -> str:
        """Name of the mean: arithmetic, geometric, harmonic, or `power p`."""
        return next((k for k, p in MEANS.items() if p == self.power), f"power {self.power:g}")

    @property
    def local_weights(self) -> NDArray[np.float64]:
        """Weights of the children, summing to one. Shape (children,)."""
        weights = np.array([child.weight for child in self.children], dtype=np.float64)
        return np.asarray(weights / weights.sum(), dtype=np.float64)

    def walk(self) -> Iterator[Node | Leaf]:
        """This node and everything under it, depth first."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()
            else:
                yield child


@dataclass(frozen=True)
class Criteria:
    """A tree of criteria and the rules that go with it. Frozen; `replace` gives a new one.

    `consistency`: consistency ratio of every node weighted by comparisons. Raises ScenarioError,
    listing every problem, where the tree is not sound.
    """

    name: str
    root: Node
    normalisation: str = "goalposts"
    treatment: str = "none"
    imputation: str = "median"
    minimum_coverage: float = 0.65
    goalposts_date: str = ""
    note: str = ""
    consistency: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        problems = [*_setting_problems(self), *_tree_problems(self)]
        if problems:
            raise ScenarioError(problems)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every node, the root first, depth first."""
        return tuple(x for x in self.root.walk() if isinstance(x, Node))

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Every leaf in depth-first order: the order of the columns of every matrix."""
        return tuple(x for x in self.root.walk() if isinstance(x, Leaf))

    @property
    def pillars(self) -> tuple[Node | Leaf, ...]:
        """The children of the root."""
        return self.root.children

    @property
    def leaf_names(self) -> tuple[str, ...]:
        """Names of the leaves in order."""
        return tuple(leaf.name for leaf in self.leaves)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the tree reads: leaves first, then denominators."""
        denominators = {leaf.denominator for leaf in self.leaves if leaf.denominator}
        return (*(leaf.column for leaf in self.leaves), *sorted(denominators))

    def weights(self) -> dict[str, float]:
        """Stated weight of every leaf in the whole: products of local weights, summing to one."""
        return dict(zip(self.leaf_names, effective_weights(self.root), strict=True))

    def pillar_of(self) -> dict[str, str]:
        """Pillar of every leaf."""
        return {
            leaf.name: pillar.name
            for pillar in self.pillars
            for leaf in (pillar.walk() if isinstance(pillar, Node) else (pillar,))
            if isinstance(leaf, Leaf)
        }

    def replace(self, **changes: Any) -> Criteria:
        """A new tree with some fields changed."""
        return dataclasses.replace(self, **changes)

    def with_weights(self, weights: Mapping[str, float]) -> Criteria:
        """A new tree with the weights of the named nodes or leaves changed.

        Raises ScenarioError for unknown names (with the nearest) and for unusable weights.
        """
        known = [x.name for x in self.root.walk() if x is not self.root]
        problems = [
            Problem(
                f"score.weights.{name}", "no criterion has this name", hint=nearest(name, known)
            )
            for name in weights
            if name not in known
        ]
        problems += [_weight_problem(name, w) for name, w in weights.items() if not _is_weight(w)]
        if problems:
            raise ScenarioError(problems)

        def change(x: Node | Leaf) -> Node | Leaf:
            return dataclasses.replace(x, weight=float(weights.get(x.name, x.weight)))

        return self.replace(root=_mapped(self.root, change))

    def with_aggregation(self, aggregation: str | float) -> Criteria:
        """A new tree whose root takes another mean across the pillars."""
        power = power_of(aggregation, "score.aggregation")
        return self.replace(root=dataclasses.replace(self.root, power=power))

    def keep(self, chosen: Callable[[Leaf], bool]) -> Criteria | None:
        """The tree with the chosen leaves (weights move on to siblings); None if none counts."""
        root = _pruned(self.root, chosen)
        return None if root is None else self.replace(root=root)

    def without(self, leaf: str) -> Criteria | None:
        """The tree without one leaf."""
        return self.keep(lambda x: x.name != leaf)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Criteria:
        """A tree from a document (see docs/scoring.md, "A tree as TOML")."""
        from hubselect.scoring.document import criteria_from_dict

        return criteria_from_dict(document)

    @classmethod
    def preset(cls, name: str = "default") -> Criteria:
        """A shipped tree. Raises ScenarioError with the nearest name where there is none."""
        from hubselect.scoring.document import read_preset

        return read_preset(name)

    @staticmethod
    def presets() -> tuple[str, ...]:
        """Names of the shipped trees."""
        from hubselect.scoring.document import preset_names

        return preset_names()

    def to_dict(self) -> dict[str, Any]:
        """The document of this tree; `from_dict` reads it back."""
        from hubselect.scoring.document import criteria_to_dict

        return criteria_to_dict(self)


def effective_weights(root: Node) -> NDArray[np.float64]:
    """Weight of every leaf in the whole tree: products of local weights. Shape (leaves,)."""
    parts = [
        local * (effective_weights(child) if isinstance(child, Node) else np.ones(1))
        for child, local in zip(root.children, root.local_weights, strict=True)
    ]
    return np.concatenate(parts)


def power_of(aggregation: str | float, where: str) -> float:
    """Exponent of a mean given by name or number. Raises ScenarioError."""
    if isinstance(aggregation, str) and aggregation in MEANS:
        return MEANS[aggregation]
    if isinstance(aggregation, int | float) and math.isfinite(aggregation):
        return float(aggregation)
    raise ScenarioError(
        [
            Problem(
                where,
                f"'{aggregation}' is not a mean",
                f"one of {', '.join(MEANS)} or the exponent of a power mean",
                nearest(str(aggregation), MEANS),
            )
        ]
    )


def _mapped(node: Node, change: Callable[[Node | Leaf], Node | Leaf]) -> Node:
    children = tuple(
        change(_mapped(child, change) if isinstance(child, Node) else child)
        for child in node.children
    )
    return dataclasses.replace(node, children=children)


def _pruned(node: Node, chosen: Callable[[Leaf], bool]) -> Node | None:
    kept: list[Node | Leaf] = []
    for child in node.children:
        if isinstance(child, Leaf):
            if chosen(child):
                kept.append(child)
        elif (inner := _pruned(child, chosen)) is not None:
            kept.append(inner)
    if not any(child.weight > 0 for child in kept):
        return None
    return dataclasses.replace(node, children=tuple(kept))


def _is_weight(weight: object) -> bool:
    return (
        isinstance(weight, int | float)
        and not isinstance(weight, bool)
        and math.isfinite(weight)
        and weight >= 0
    )


def _weight_problem(name: str, weight: object) -> Problem:
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
        if not _is_weight(x.weight):
            problems.append(_weight_problem(x.name, x.weight))
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
    if all(_is_weight(w) for w in weights) and not sum(weights) > 0:
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
