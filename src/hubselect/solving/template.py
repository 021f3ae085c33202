"""Arrays of many instances of one structure: the families stated again over a compiled one."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from types import FunctionType, MethodType
from typing import Any

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Floats, Instance, Ints
from hubselect.model import FAMILIES, Family
from hubselect.model.costs import objective
from hubselect.model.positions import Line, Position
from hubselect.model.variables import Variables, declare, kept_keys, label
from hubselect.solving.compiled import Compiled

KEPT = 16  # sets of keys whose variables are remembered
OBJECTIVE = "objective"


class RestructuredError(Exception):
    """An instance needs a column that the compiled one does not have."""


@dataclass(frozen=True, eq=False)
class _Part:
    """What one family states: entries of the matrix, sides of its rows, and what it reads.

    Of the objective: a row of its own, and its constant on the left.
    """

    rows: Ints  # of each entry
    columns: Ints
    values: Floats
    places: Ints  # rows stated
    lower: Floats
    upper: Floats
    reads: frozenset[str] = frozenset()  # fields of the instance


@dataclass(frozen=True, eq=False)
class Template:
    """A compiled instance whose rows and columns other instances of its structure share.

    A row the other instance does not have is set free; one it has on top comes after the shared
    ones. Families that read nothing which differs are not stated again. Proven equal to `build`
    and `compile_problem` by tests/properties.
    """

    compiled: Compiled
    without: frozenset[str] = frozenset()
    _rows: dict[tuple[Any, ...], int] = field(default_factory=dict, repr=False)
    _base: dict[str, _Part] = field(default_factory=dict, repr=False)
    _variables: dict[Any, Variables] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, compiled: Compiled, *, without: Iterable[str] = ()) -> Template:
        """The template of a compiled instance, itself compiled without some families."""
        template = cls(compiled, frozenset(without))
        instance = compiled.instance
        variables = template._declared(instance)
        for name, family in template._families():
            for labels, _ in family.rows(instance, variables):
                template._rows[name, *labels] = compiled.row[label(name, *labels)]
        for name in (*(name for name, _ in template._families()), OBJECTIVE):
            reader: Any = _Reader(instance)
            part = template._state(name, reader, variables, [])
            template._base[name] = replace(part, reads=frozenset(reader.read))
        return template

    def arrays(self, instance: Instance) -> Arrays:
        """Arrays of an instance, columns in the order of the compiled one.

        Raises:
            RestructuredError: the instance has other sets, or a column of its own.
        """
        known = self.compiled.instance
        if instance.shape != known.shape:
            raise RestructuredError("the instance has other sets")
        variables, changed = self._declared(instance), instance.changed(known)
        again = variables is not self._declared(known)
        names: list[str] = []
        with _uncollected():  # collecting garbage took a third of the time and found none
            parts = {
                name: self._state(name, instance, variables, names)
                if again or part.reads & changed
                else part
                for name, part in self._base.items()
            }
        return self._joined(parts, names)

    def _joined(self, parts: dict[str, _Part], names: list[str]) -> Arrays:
        """Arrays of all parts; `names` are those of rows behind the shared ones."""
        base, costs = self.compiled.arrays, parts.pop(OBJECTIVE)
        count, width = len(base.rows) + len(names), len(base.columns)
        every = list(parts.values())
        rows, columns, values = (
            np.concatenate([getattr(p, entry) for p in every])
            for entry in ("rows", "columns", "values")
        )
        matrix = sparse.csr_array(sparse.coo_array((values, (rows, columns)), shape=(count, width)))
        matrix.eliminate_zeros()
        lower, upper, cost = np.full(count, -np.inf), np.full(count, np.inf), np.zeros(width)
        for p in every:
            lower[p.places], upper[p.places] = p.lower, p.upper
        np.add.at(cost, costs.columns, costs.values)
        return replace(
            base,
            matrix=matrix,
            row_lower=lower,
            row_upper=upper,
            cost=cost,
            offset=float(costs.lower[0]),
            rows=(*base.rows, *names),
        )

    def _state(
        self, name: str, instance: Instance, variables: Variables, names: list[str]
    ) -> _Part:
        """A family, or the objective, over positions; rows not shared are added to `names`."""
        if name == OBJECTIVE:
            return _costs(*objective(instance, variables))
        entries = _Entries()
        places: list[int] = []
        lower: list[float] = []
        upper: list[float] = []
        for labels, constraint in FAMILIES[name].rows(instance, variables):
            row = self._rows.get((name, *labels))
            if row is None:
                row = len(self.compiled.arrays.rows) + len(names)
                names.append(label(name, *labels))
            pairs, right = _parts(constraint)
            entries.add(row, pairs)
            places.append(row)
            lower.append(right if constraint.sense >= 0 else -np.inf)
            upper.append(right if constraint.sense <= 0 else np.inf)
        return _Part(
            np.array(entries.rows, dtype=int),
            np.array(entries.columns, dtype=int),
            np.array(entries.values, dtype=float),
            np.array(places, dtype=int),
            np.array(lower, dtype=float),
            np.array(upper, dtype=float),
        )

    def _families(self) -> list[tuple[str, Family]]:
        return [(name, f) for name, f in FAMILIES.items() if name not in self.without]

    def _declared(self, instance: Instance) -> Variables:
        """Positions of the instance's variables; named again only where keys come or go."""
        pattern = tuple(tuple(keys) for keys in kept_keys(instance).values())
        if pattern not in self._variables:
            if len(self._variables) >= KEPT:
                self._variables.clear()
            self._variables[pattern] = declare(_Names(self.compiled.position), instance)
        return self._variables[pattern]


class _Reader:
    """An instance that notes which of its fields are read."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        own = getattr(Instance, name, None)
        if isinstance(own, property) and own.fget is not None:
            return own.fget(self)
        if isinstance(own, FunctionType):
            return MethodType(own, self)
        self.read.add(name)
        return getattr(self._instance, name)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


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


def _parts(constraint: Any) -> tuple[list[tuple[float, Any]], float]:
    if isinstance(constraint, Line):
        return constraint.parts()
    return [], -float(constraint.constant)  # a row without terms is PuLP's own


def _costs(terms: Iterable[tuple[float, Any]], offset: float) -> _Part:
    where = [(c, x.at) for c, x in terms]
    values, places = np.array([c for c, _ in where]), np.array([n for _, n in where], dtype=int)
    if (values[places < 0] != 0).any():
        raise RestructuredError("a column that was empty costs something")
    there, none = places >= 0, np.zeros(0, dtype=int)
    return _Part(none, places[there], values[there], none, np.array([offset]), np.zeros(0))
