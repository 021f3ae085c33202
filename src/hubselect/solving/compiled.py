"""A compiled instance: stated once, solved many times while its vectors change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hubselect.arrays import Arrays, compile_problem
from hubselect.instance import Instance, Ints
from hubselect.model import Model, build
from hubselect.solving.basins import Basins
from hubselect.solving.highs import Progress, Settings
from hubselect.solving.memory import Memory


@dataclass(frozen=True, eq=False)
class Compiled:
    """An instance, the model stated from it, and its arrays.

    `arrays` are the instance's own; changed copies of them (`Arrays.with_bounds`,
    `with_row_bounds`, `with_row`, `replace`) are solved by `solving.solve_compiled`.
    """

    instance: Instance
    model: Model
    arrays: Arrays

    @classmethod
    def of(cls, instance: Instance, *, without: Iterable[str] = ()) -> Compiled:
        """State and compile an instance, without some strengthening families."""
        model = build(instance, without=without)
        return cls(instance, model, compile_problem(model.problem))

    @cached_property
    def position(self) -> dict[str, int]:
        """Position of each column by its name."""
        return {name: n for n, name in enumerate(self.arrays.columns)}

    @cached_property
    def row(self) -> dict[str, int]:
        """Position of each row by its name."""
        return {name: n for n, name in enumerate(self.arrays.rows)}

    def column(self, variable: str, *key: int) -> int | None:
        """Position of a decision's column, by the key of docs/model.md; None: not in the model.

        Raises:
            AttributeError, KeyError: there is no such variable or key.
        """
        return self.position.get(getattr(self.model.variables, variable)[key].name)

    def columns(self, variable: str) -> dict[tuple[int, ...], int]:
        """Positions of all columns of a decision that are in the model, by key."""
        named = getattr(self.model.variables, variable)
        found = ((key, self.position.get(column.name)) for key, column in named.items())
        return {key: n for key, n in found if n is not None}

    def memory(self) -> Memory:
        """An empty memory for solves of these arrays and of changed copies of them."""
        return Memory(len(self.arrays.rows))

    @cached_property
    def families(self) -> tuple[str, ...]:
        """Family of each row."""
        return tuple(self.model.family_of_row[row] for row in self.arrays.rows)

    def rows_of(self, family: str) -> Ints:
        """Positions of the rows of a family, empty where the scenario does not switch it on."""
        return np.flatnonzero(np.array(self.families, dtype=object) == family)


@dataclass(frozen=True, eq=False)
class Run:
    """How to run a compiled solve: settings, memory, who is told, devices left out."""

    settings: Settings
    memory: Memory | None = None
    decomposed: bool = True
    without: frozenset[str] = frozenset()  # devices left out
    progress: Callable[[Progress], None] | None = None
    basins: Basins | None = None  # that may be merged where the model is large
