"""A stated PuLP model as sparse arrays, with names: what HiGHS is handed and re-handed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from hubselect.instance import Bools, Floats


@dataclass(frozen=True, eq=False)
class Arrays:
    """min cost·x + offset, row_lower ≤ matrix·x ≤ row_upper, lower ≤ x ≤ upper.

    `matrix` is CSR [rows, columns]; infinite bounds are ±inf; `integer` marks integer columns.
    """

    matrix: sparse.csr_array
    row_lower: Floats
    row_upper: Floats
    cost: Floats
    offset: float
    lower: Floats
    upper: Floats
    integer: Bools
    columns: tuple[str, ...]
    rows: tuple[str, ...]

    @property
    def hubs(self) -> Bools:
        """Integer columns of 0 or 1: the hubs. Other integer columns count classes of trainees."""
        return np.asarray(self.integer & (self.upper <= 1.0))

    def with_bounds(self, columns: Any, lower: Any, upper: Any) -> Arrays:
        """A copy with other bounds of some columns."""
        low, high = self.lower.copy(), self.upper.copy()
        low[columns], high[columns] = lower, upper
        return replace(self, lower=low, upper=high)

    def with_row_bounds(self, rows: Any, lower: Any, upper: Any) -> Arrays:
        """A copy with other sides of some rows; ±inf sets one free."""
        low, high = self.row_lower.copy(), self.row_upper.copy()
        low[rows], high[rows] = lower, upper
        return replace(self, row_lower=low, row_upper=high)

    def with_row(self, name: str, coefficients: Floats, lower: float, upper: float) -> Arrays:
        """A copy with the row lower ≤ coefficients·x ≤ upper added last."""
        row = sparse.csr_array(coefficients[None, :])
        return replace(
            self,
            matrix=sparse.csr_array(sparse.vstack([self.matrix, row])),
            row_lower=np.append(self.row_lower, lower),
            row_upper=np.append(self.row_upper, upper),
            rows=(*self.rows, name),
        )


def compile_problem(problem: Any) -> Arrays:
    """Read a PuLP minimisation problem (3.3 and 4) into arrays; columns in order of creation."""
    variables = problem.variables()
    position = {x.name: j for j, x in enumerate(variables)}
    cost = np.zeros(len(variables))
    for x, c in problem.objective.items():
        cost[position[x.name]] += c
    constraints = problem.constraints()
    starts, index, value = [0], [], []
    lower = np.full(len(constraints), -np.inf)
    upper = np.full(len(constraints), np.inf)
    for r, constraint in enumerate(constraints):
        for x, c in constraint.items():
            if c != 0.0:
                index.append(position[x.name])
                value.append(float(c))
        starts.append(len(index))
        bound = -float(constraint.constant)
        if constraint.sense >= 0:
            lower[r] = bound
        if constraint.sense <= 0:
            upper[r] = bound
    return Arrays(
        matrix=sparse.csr_array(
            (np.array(value, dtype=float), np.array(index, dtype=np.int32), np.array(starts)),
            shape=(len(constraints), len(variables)),
        ),
        row_lower=lower,
        row_upper=upper,
        cost=cost,
        offset=float(problem.objective.constant),
        lower=_bounds(variables, "lowBound", -np.inf),
        upper=_bounds(variables, "upBound", np.inf),
        integer=np.array([x.cat != "Continuous" for x in variables], dtype=bool),
        columns=tuple(x.name for x in variables),
        rows=tuple(c.name for c in constraints),
    )


def _bounds(variables: Any, attribute: str, missing: float) -> Floats:
    values = (getattr(x, attribute) for x in variables)
    return np.array([missing if b is None else float(b) for b in values])
