"""`Criteria`: a frozen tree of criteria and the rules that go with it.

It says everything that is judgement: what counts, in which direction, between which goalposts, with
which weight, through which mean, and what the optimiser may do with a leaf (its role).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hubselect.errors import Problem, ScenarioError, nearest
from hubselect.scoring.soundness import is_weight, problems_of, weight_problem
from hubselect.scoring.tree import Leaf, Node, effective_weights, mapped, power_of, pruned


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
        problems = problems_of(self)
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
        problems += [weight_problem(name, w) for name, w in weights.items() if not is_weight(w)]
        if problems:
            raise ScenarioError(problems)

        def change(x: Node | Leaf) -> Node | Leaf:
            return dataclasses.replace(x, weight=float(weights.get(x.name, x.weight)))

        return self.replace(root=mapped(self.root, change))

    def with_goalposts(self, goalposts: Mapping[str, tuple[float, float]]) -> Criteria:
        """A new tree with the goalposts of the named leaves changed."""

        def change(x: Node | Leaf) -> Node | Leaf:
            if isinstance(x, Leaf) and x.name in goalposts:
                return dataclasses.replace(x, goalposts=goalposts[x.name])
            return x

        return self.replace(root=mapped(self.root, change))

    def with_aggregation(self, aggregation: str | float) -> Criteria:
        """A new tree whose root takes another mean across the pillars."""
        power = power_of(aggregation, "score.aggregation")
        return self.replace(root=dataclasses.replace(self.root, power=power))

    def keep(self, chosen: Callable[[Leaf], bool]) -> Criteria | None:
        """The tree with the chosen leaves (weights move on to siblings); None if none counts."""
        root = pruned(self.root, chosen)
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
