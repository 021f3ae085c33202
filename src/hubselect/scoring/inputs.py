"""Checks on arrays and tables, said once: every function of this room refuses what it cannot read.

All raise DataError (a ValueError) listing every problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hubselect.errors import DataError, Problem, nearest

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

_SHOWN = 6
_LARGEST = 1e100


def refuse(where: str, what: str, expected: str = "", hint: str = "") -> DataError:
    """The error for one problem."""
    return DataError([Problem(where, what, expected, hint)])


def finite_matrix(
    values: ArrayLike, where: str = "matrix", *, rows: int = 1
) -> NDArray[np.float64]:
    """A finite float matrix with at least `rows` rows and one column, shape (units, leaves)."""
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim != 2:
        raise refuse(where, f"has {matrix.ndim} dimensions", "units × leaves")
    if matrix.shape[0] < rows or matrix.shape[1] < 1:
        raise refuse(where, f"has shape {matrix.shape}", f"at least {rows} units and 1 leaf")
    bad = np.argwhere(~np.isfinite(matrix))
    if len(bad):
        cells = ", ".join(f"[{i}, {j}]" for i, j in bad[:_SHOWN])
        raise refuse(where, f"{len(bad)} values are not finite, first at {cells}", "finite numbers")
    return matrix


def weight_vector(
    weights: ArrayLike, length: int | None = None, where: str = "weights"
) -> NDArray[np.float64]:
    """Weights scaled to sum to one, shape (leaves,); refuses negative, non-finite, all-zero."""
    vector = np.asarray(weights, dtype=np.float64)
    if vector.ndim != 1 or vector.size == 0 or (length is not None and vector.size != length):
        expected = "one number a leaf" if length is None else f"{length} numbers"
        raise refuse(where, f"have shape {vector.shape}", expected)
    if not np.all(np.isfinite(vector)):
        raise refuse(where, "are not all finite", "finite numbers, zero or more")
    if np.any(vector < 0):
        raise refuse(where, f"{int(np.sum(vector < 0))} are negative", "zero or more")
    total = float(vector.sum())
    if not total > 0:
        raise refuse(where, "sum to zero", "a positive sum")
    return vector / total


def direction_vector(directions: ArrayLike | None, length: int) -> NDArray[np.float64]:
    """Directions +1 or −1, shape (leaves,); all +1 where None."""
    if directions is None:
        return np.ones(length)
    vector = np.asarray(directions, dtype=np.float64)
    if vector.shape != (length,) or not np.all(np.abs(vector) == 1):
        raise refuse("directions", f"{vector.tolist()}", f"{length} times 1 or -1")
    return vector


def table_matrix(table: pd.DataFrame, columns: Sequence[str]) -> NDArray[np.float64]:
    """The named columns of a table as floats, NaN where missing. Shape (units, columns)."""
    problems: list[Problem] = []
    if len(table.index) == 0:
        problems.append(Problem("table", "has no units", "at least one row"))
    if not table.index.is_unique:
        repeated = sorted({str(code) for code in table.index[table.index.duplicated()]})
        problems.append(Problem("table index", f"repeats {', '.join(repeated[:_SHOWN])}"))
    names = [str(column) for column in table.columns]
    problems += [
        Problem(f"column {name}", "names two columns of the table", "unique column names")
        for name in sorted({name for name in columns if names.count(name) > 1})
    ]
    absent = [name for name in columns if name not in names]
    problems += [
        Problem(f"column {name}", "is not in the table", hint=nearest(name, names))
        for name in absent
    ]
    if problems:
        raise DataError(problems)
    arrays = [_column(table, name, problems) for name in columns]
    if problems:
        raise DataError(problems)
    return np.column_stack(arrays) if arrays else np.empty((len(table.index), 0))


def _column(table: pd.DataFrame, name: str, problems: list[Problem]) -> NDArray[np.float64]:
    try:
        values = table[name].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        problems.append(Problem(f"column {name}", f"is not numeric: {error}", "numbers"))
        return np.full(len(table.index), np.nan)
    infinite = np.flatnonzero(np.isinf(values))
    if infinite.size:
        codes = ", ".join(str(table.index[i]) for i in infinite[:_SHOWN])
        problems.append(Problem(f"column {name}", f"is infinite for {codes}", "finite or missing"))
    large = np.flatnonzero(np.abs(values) > _LARGEST)
    if large.size and not infinite.size:
        codes = ", ".join(str(table.index[i]) for i in large[:_SHOWN])
        problems.append(Problem(f"column {name}", f"is beyond ±1e100 for {codes}", "another unit"))
    return values
