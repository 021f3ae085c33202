"""Weights from comparisons: the analytic hierarchy process and the best–worst method.

Sources: Saaty (1980, 1990); Bozóki, Fülöp & Rónyai (2010) for incomplete matrices; Rezaei (2016)
for the linear best–worst method; Liang, Brunelli & Rezaei (2020) for its input-based consistency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hubselect.scoring.inputs import refuse

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

CONSISTENT = 0.10
# Saaty's random consistency index for n = 1 … 15 (Saaty 1980).
_RANDOM_INDEX = (
    *(0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41),
    *(1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59),
)


@dataclass(frozen=True, eq=False)
class PairwiseWeights:
    """AHP weights (leaves,), λmax, consistency ratio, and the matrix they come from, completed."""

    weights: Array
    eigenvalue: float
    consistency_ratio: float
    matrix: Array

    @property
    def consistent(self) -> bool:
        """Consistency ratio of 0.10 or less."""
        return self.consistency_ratio <= CONSISTENT


def random_index(count: int) -> float:
    """Random consistency index: Saaty's table to 15, beyond it Alonso & Lamata's line (2006)."""
    if count <= len(_RANDOM_INDEX):
        return _RANDOM_INDEX[count - 1]
    return (2.7699 * count - 4.3513 - count) / (count - 1)


def ahp(matrix: ArrayLike) -> PairwiseWeights:
    """Principal eigenvector of a reciprocal matrix of comparisons, and its consistency ratio.

    `matrix[i, j]`: how many times i matters more than j; NaN (both ways) where nobody said. Missing
    entries are completed so that λmax is least; the comparisons made must link all leaves. An
    inconsistent matrix gives weights, with `consistent` False: who uses them decides.

    Raises DataError for matrices that are not square, positive and reciprocal, or not linked.
    """
    a = _comparisons(matrix)
    missing = np.argwhere(np.triu(np.isnan(a), 1))
    if len(missing):
        a = _completed(a, missing)
    eigenvalue, vector = _principal(a)
    n = len(a)
    index = (eigenvalue - n) / (n - 1) if n > 1 else 0.0
    ratio = index / random_index(n) if n > 2 else 0.0
    return PairwiseWeights(vector, eigenvalue, max(ratio, 0.0), a)


def comparison_matrix(names: Sequence[str], pairs: Sequence[tuple[str, str, float]]) -> Array:
    """Reciprocal matrix from pairs (a, b, how many times a matters more than b); NaN elsewhere."""
    at = {name: i for i, name in enumerate(names)}
    matrix = np.full((len(names), len(names)), np.nan)
    np.fill_diagonal(matrix, 1.0)
    for first, second, times in pairs:
        if first not in at or second not in at or first == second:
            raise refuse("pairs", f"{first} : {second}", f"two of {', '.join(names)}")
        if not (np.isfinite(times) and times > 0):
            raise refuse("pairs", f"{first} : {second} is {times}", "a positive number")
        i, j = at[first], at[second]
        if not np.isnan(matrix[i, j]):
            raise refuse("pairs", f"{first} : {second} is compared twice")
        matrix[i, j], matrix[j, i] = times, 1.0 / times
    return matrix


def _comparisons(matrix: ArrayLike) -> Array:
    a = np.array(matrix, dtype=np.float64)
    if a.ndim != 2 or a.shape[0] != a.shape[1] or a.size == 0:
        raise refuse("comparisons", f"have shape {a.shape}", "a square matrix")
    known = ~np.isnan(a)
    if np.any(known != known.T):
        raise refuse("comparisons", "a value is missing one way only", "both ways or neither")
    if np.any(~(a[known] > 0)) or np.any(np.isinf(a)):
        raise refuse("comparisons", "are not all positive", "positive ratios")
    if not np.allclose(np.diag(a), 1.0):
        raise refuse("comparisons", "the diagonal is not 1", "1 for a leaf against itself")
    product = (a * a.T)[known]
    if not np.allclose(product, 1.0, rtol=1e-6):
        raise refuse("comparisons", "are not reciprocal", "a[j, i] = 1 / a[i, j]")
    if not _linked(known):
        raise refuse(
            "comparisons", "do not link all leaves", "a chain of comparisons between any two"
        )
    return a


def _linked(known: NDArray[np.bool_]) -> bool:
    reached = known[0]
    for _ in range(len(known)):
        wider = known[reached].any(axis=0)
        if np.array_equal(wider, reached):
            break
        reached = wider
    return bool(reached.all())


def _principal(a: Array) -> tuple[float, Array]:
    """Perron root and vector of a positive matrix, the vector summing to one."""
    values, vectors = np.linalg.eig(a)
    k = int(np.argmax(values.real))
    vector = np.abs(vectors[:, k].real)
    return float(values[k].real), vector / vector.sum()


def _completed(a: Array, missing: NDArray[np.intp]) -> Array:
    """Missing entries that make λmax least: a smooth convex problem in their logarithms."""
    from scipy.optimize import minimize

    rows, columns = missing[:, 0], missing[:, 1]
    work = np.where(np.isnan(a), 1.0, a)

    def filled(logs: Array) -> Array:
        work[rows, columns] = np.exp(logs)
        work[columns, rows] = np.exp(-logs)
        return work

    def root_and_slope(logs: Array) -> tuple[float, Array]:
        m = filled(logs)
        root, right = _principal(m)
        left = _principal(m.T)[1]
        slope = left[rows] * m[rows, columns] * right[columns]
        slope -= left[columns] * m[columns, rows] * right[rows]
        return root, slope / (left @ right)

    start = np.zeros(len(missing))
    found = minimize(root_and_slope, start, jac=True, method="BFGS", options={"gtol": 1e-10})
    return filled(np.asarray(found.x, dtype=np.float64)).copy()


@dataclass(frozen=True, eq=False)
class BestWorstWeights:
    """Best–worst weights by name, the worst deviation ξ, and the input-based consistency ratio."""

    weights: dict[str, float]
    deviation: float
    consistency_ratio: float


def best_worst(
    best_to_others: Mapping[str, float], others_to_worst: Mapping[str, float]
) -> BestWorstWeights:
    """Linear best–worst method: min ξ with |w_B − a_Bj·w_j| ≤ ξ and |w_j − a_jW·w_W| ≤ ξ.

    Both mappings name every leaf; the best is compared 1 to itself in the first, the worst 1 to
    itself in the second; numbers are 1 or more. Raises DataError otherwise.
    """
    from scipy.optimize import linprog

    names, best, worst = _best_and_worst(best_to_others, others_to_worst)
    n = len(names)
    if n == 1:
        return BestWorstWeights({names[0]: 1.0}, 0.0, 0.0)
    rows = []
    for j, name in enumerate(names):
        for first, second, times in (
            (best, j, best_to_others[name]),
            (j, worst, others_to_worst[name]),
        ):
            if first != second:
                row = np.zeros(n + 1)
                row[first] += 1.0
                row[second] -= times
                rows += [row.copy(), -row]
    limits = np.array(rows)
    limits[:, n] = -1.0
    cost = np.zeros(n + 1)
    cost[n] = 1.0
    total = np.append(np.ones(n), 0.0)[None, :]
    found = linprog(
        cost, A_ub=limits, b_ub=np.zeros(len(limits)), A_eq=total, b_eq=[1.0], method="highs"
    )
    solution = np.asarray(found.x, dtype=np.float64)
    weights = np.maximum(solution[:n], 0.0)
    return BestWorstWeights(
        weights=dict(zip(names, (weights / weights.sum()).tolist(), strict=True)),
        deviation=float(max(solution[n], 0.0)),
        consistency_ratio=_input_consistency(best_to_others, others_to_worst, names[worst]),
    )


def _best_and_worst(
    best_to_others: Mapping[str, float], others_to_worst: Mapping[str, float]
) -> tuple[list[str], int, int]:
    names = list(best_to_others)
    if not names or sorted(names) != sorted(others_to_worst):
        raise refuse("best–worst", "the two lists name different leaves", "the same leaves")
    numbers = [*best_to_others.values(), *others_to_worst.values()]
    if not all(np.isfinite(x) and x >= 1 for x in numbers):
        raise refuse("best–worst", "a comparison is below 1", "numbers from 1 (to 9)")
    best = min(range(len(names)), key=lambda j: best_to_others[names[j]])
    worst = min(range(len(names)), key=lambda j: others_to_worst[names[j]])
    if best_to_others[names[best]] != 1 or others_to_worst[names[worst]] != 1:
        raise refuse("best–worst", "no leaf is 1 to itself", "1 for the best and for the worst")
    return names, best, worst


def _input_consistency(
    best_to_others: Mapping[str, float], others_to_worst: Mapping[str, float], worst: str
) -> float:
    """max |a_Bj·a_jW − a_BW| / (a_BW² − a_BW): 0 consistent, 1 as bad as can be."""
    whole = best_to_others[worst]
    if whole <= 1:
        return 0.0
    gaps = [abs(best_to_others[name] * others_to_worst[name] - whole) for name in best_to_others]
    return max(gaps) / (whole * whole - whole)
