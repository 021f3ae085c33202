"""The frozen tree: leaves (indicators) and nodes (pillars, sub-pillars)."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

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


def mapped(node: Node, change: Callable[[Node | Leaf], Node | Leaf]) -> Node:
    """The tree under a node with everything below it changed, from the leaves up."""
    children = tuple(
        change(mapped(child, change) if isinstance(child, Node) else child)
        for child in node.children
    )
    return dataclasses.replace(node, children=children)


def pruned(node: Node, chosen: Callable[[Leaf], bool]) -> Node | None:
    """The tree under a node with the chosen leaves only; None where no weight is left."""
    kept: list[Node | Leaf] = []
    for child in node.children:
        if isinstance(child, Leaf):
            if chosen(child):
                kept.append(child)
        elif (inner := pruned(child, chosen)) is not None:
            kept.append(inner)
    if not any(child.weight > 0 for child in kept):
        return None
    return dataclasses.replace(node, children=tuple(kept))
