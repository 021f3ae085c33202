"""Arrays of many instances of one structure: the families stated again over a compiled one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Floats, Instance
from hubselect.model import FAMILIES
from hubselect.model.costs import objective
from hubselect.model.positions import Line, Position
from hubselect.model.variables import Variables, declare, kept_keys, label
from hubselect.solving.compiled import Compiled

KEPT = 16  # sets of keys whose variables are remembered


class RestructuredError(Exception):
    """An instance needs a column that the compiled one does not have."""


@dataclass(frozen=True, eq=False)
class Template:
    """A compiled instance whose rows and columns other instances of its structure share.

    A row the other instance does not have is set free; one it has on top comes after the shared
    ones. Proven equal to `build` and `compile_problem` by tests/properties.
    """

    compiled: Compiled
    without: frozenset[str] = frozenset()
    _rows: dict[tuple[Any, ...], int] = field(default_factory=dict, repr=False)
    _variables: dict[Any, Variables] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, compiled: Compiled, *, without: Iterable[str] = ()) -> Template:
        """The template of a compiled instance, itself compiled without some families."""
        template = cls(compiled, frozenset(without))
        for key, _ in template._stated(compiled.instance, template._declared(compiled.instance)):
            template._rows[key] = compiled.row[label(*key)]
        return template

    def arrays(self, instance: Instance) -> Arrays:
        """Arrays of an instance, columns in the order of the compiled one.

        Raises:
            RestructuredError: the instance has other sets, or a column of its own.
        """
        base = self.compiled.arrays
        if instance.shape != self.compiled.instance.shape:
            raise RestructuredError("the instance has other sets")
        variables = self._declared(instance)
        entries = _Entries()
        lower = [-np.inf] * len(base.rows)
        upper = [np.inf] * len(base.rows)
        names: list[str] = []
        for key, constraint in self._stated(instance, variables):
            row = self._rows.get(key)
            if row is None:
                row = len(lower)
                lower.append(-np.inf)
                upper.append(np.inf)
                names.append(label(*key))
            pairs, right = _parts(constraint)
            entries.add(row, pairs)
            if constraint.sense >= 0:
                lower[row] = right
            if constraint.sense <= 0:
                upper[row] = right
        costs, offset = objective(instance, variables)
        return replace(
            base,
            matrix=entries.matrix((len(lower), len(base.columns))),
            row_lower=np.array(lower),
            row_upper=np.array(upper),
            cost=_cost(costs, len(base.columns)),
            offset=float(offset),
            rows=(*base.rows, *names),
        )

    def _stated(
        self, instance: Instance, variables: Variables
    ) -> Iterator[tuple[tuple[Any, ...], Any]]:
        for family in FAMILIES.values():
            if family.name not in self.without:
                for labels, constraint in family.rows(instance, variables):
                    yield (family.name, *labels), constraint

    def _declared(self, instance: Instance) -> Variables:
        """Positions of the instance's variables; named again only where keys come or go."""
        pattern = tuple(tuple(keys) for keys in kept_keys(instance).values())
        if pattern not in self._variables:
            if len(self._variables) >= KEPT:
                self._variables.clear()
            self._variables[pattern] = declare(_Names(self.compiled.position), instance)
        return self._variables[pattern]


class _Names:
    """Takes the place of a PuLP problem in `declare`: finds columns by name."""

    def __init__(self, position: dict[str, int]) -> None:
        self.position = position

    def add_variable(self, name: str, *_bounds: object, **_kind: object) -> Position:
        return Position(self.position.get(name, -1))


class _Entries:
    """Nonzeros in the order they are stated."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.columns: list[int] = []
        self.values: list[float] = []

    def add(self, row: int, pairs: Iterable[tuple[float, Any]]) -> None:
        merged: dict[int, float] = {}  # summed in the order stated, as PuLP does
        for c, x in pairs:
            merged[x.at] = merged.get(x.at, 0.0) + c
        if merged.pop(-1, 0.0) != 0.0:
            raise RestructuredError("a column that was empty is used")
        self.rows += [row] * len(merged)
        self.columns += merged
        self.values += merged.values()

    def matrix(self, shape: tuple[int, int]) -> sparse.csr_array:
        stated = sparse.coo_array(
            (np.array(self.values, dtype=float), (self.rows, self.columns)), shape=shape
        )
        matrix = sparse.csr_array(stated)
        matrix.eliminate_zeros()
        return matrix


def _parts(constraint: Any) -> tuple[list[tuple[float, Any]], float]:
    if isinstance(constraint, Line):
        return constraint.parts()
    return [], -float(constraint.constant)  # a row without terms is PuLP's own


def _cost(terms: Iterable[tuple[float, Any]], columns: int) -> Floats:
    cost = np.zeros(columns)
    where = [(c, x.at) for c, x in terms]
    values, places = np.array([c for c, _ in where]), np.array([n for _, n in where], dtype=int)
    if (values[places < 0] != 0).any():
        raise RestructuredError("a column that was empty costs something")
    np.add.at(cost, places[places >= 0], values[places >= 0])
    return cost
