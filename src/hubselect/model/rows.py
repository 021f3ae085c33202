"""Rows: a family yields (labels, PuLP constraint) pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pulp

from hubselect.instance import Instance
from hubselect.model.positions import Position, Sum
from hubselect.model.variables import Variables

# an expression from its coefficients, as PuLP 3 and PuLP 4 have it
SUM = getattr(pulp.LpAffineExpression, "from_dict", pulp.LpAffineExpression)

Labels = tuple[object, ...]
Row = tuple[Labels, Any]
Statement = Callable[[Instance, Variables], Iterator[Row]]
Kind = Literal["physics", "policy", "strength"]


@dataclass(frozen=True)
class Family:
    """A constraint family: its equation is the docstring of `rows`.

    Physics always holds; policy comes from the scenario and may be blamed; strength is implied
    by the others and only helps the solver.
    """

    rows: Statement
    kind: Kind

    @property
    def name(self) -> str:
        """Name of the family: row prefix, heading of docs/model.md, key of the audit."""
        return self.rows.__name__


def terms(pairs: Iterable[tuple[float, Any]]) -> Any:
    """Σ coefficient · variable as a PuLP expression, or over positions as a plain sum."""
    listed = list(pairs)
    if listed and isinstance(listed[0][1], Position):
        return Sum(listed)
    total: dict[Any, float] = {}  # at once: PuLP's own sum makes an expression of each term
    for c, x in listed:
        total[x] = total.get(x, 0.0) + c
    return SUM(total)
