"""Draws of weights and of data for the robustness run.

Weights: a Dirichlet at each node of the tree, so that a pillar with more leaves gets no more
weight. Data: each value's 90 % interval as a two-piece normal (median at the value, 5th and 95th
percentiles at its ends; Wallis 2014), in logarithms for a leaf that is logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hubselect.errors import DataError, Problem
from hubselect.scoring.inputs import refuse
from hubselect.scoring.tree import Node

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from hubselect.scoring.pipeline import Prepared

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

CONCENTRATION = 10.0
_Z95 = 1.6448536269514722
_NEEDED = ("key", "field", "low", "high")


def dirichlet(
    weights: Array, draws: int, rng: np.random.Generator, concentration: float | None
) -> Array:
    """Weight vectors on the simplex, shape (draws, leaves).

    Mean: the stated weights (which sum to one); parameters: concentration × count × weight. None:
    flat over the simplex of the positive weights, total ignorance. Zero weights stay zero.
    """
    if concentration is not None and not 0 < concentration < np.inf:
        raise refuse("concentration", f"{concentration}", "a positive number, or None")
    kept = np.flatnonzero(weights > 0)
    if concentration is None:
        sample = rng.standard_exponential((draws, kept.size))
    else:
        shape = concentration * kept.size * weights[kept]
        sample = rng.standard_gamma(shape, (draws, kept.size))
        sample += np.finfo(float).tiny
    sample /= sample.sum(axis=1, keepdims=True)
    if kept.size == weights.size:
        return sample
    full = np.zeros((draws, weights.size))
    full[:, kept] = sample
    return full


def draw_weights(
    root: Node, draws: int, rng: np.random.Generator, concentration: float | None
) -> dict[str, Array]:
    """Local weights of every node: name → (draws, children), rows summing to one."""
    return {
        node.name: dirichlet(node.local_weights, draws, rng, concentration)
        for node in root.walk()
        if isinstance(node, Node)
    }


def leaf_weights(root: Node, local: dict[str, Array]) -> Array:
    """Weights of the leaves in the whole, from local weights. Shape (draws, leaves)."""
    return np.column_stack(_leaf_columns(root, local, None))


def _leaf_columns(node: Node, local: dict[str, Array], scale: Array | None) -> list[Array]:
    own = local[node.name] if scale is None else local[node.name] * scale[:, None]
    columns: list[Array] = []
    for j, child in enumerate(node.children):
        inner = child if isinstance(child, Node) else None
        columns += [own[:, j]] if inner is None else _leaf_columns(inner, local, own[:, j])
    return columns


@dataclass(frozen=True)
class Intervals:
    """Cells of the matrix known as an interval only: their place, value and 90 % ends."""

    rows: Integers
    columns: Integers
    value: Array
    low: Array
    high: Array
    logged: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """How many cells are uncertain."""
        return len(self.value)

    def draw(self, filled: Array, draws: int, rng: np.random.Generator) -> Array:
        """Raw matrices with the uncertain cells drawn. Shape (draws, units, leaves)."""
        normal = rng.standard_normal((draws, self.count)) / _Z95
        x = np.where(self.logged, np.log(np.where(self.logged, self.value, 1.0)), self.value)
        a = np.where(self.logged, np.log(np.where(self.logged, self.low, 1.0)), self.low)
        b = np.where(self.logged, np.log(np.where(self.logged, self.high, 1.0)), self.high)
        drawn = x + np.where(normal > 0, (b - x) * normal, (x - a) * normal)
        drawn = np.where(self.logged, np.exp(np.where(self.logged, drawn, 0.0)), drawn)
        block = np.broadcast_to(filled, (draws, *filled.shape)).copy()
        block[:, self.rows, self.columns] = drawn
        return block


def intervals(
    prepared: Prepared, uncertainty: pd.DataFrame | None, source: pd.DataFrame
) -> Intervals:
    """Uncertain cells: those with `low` and `high` in the long table, and every imputed value.

    An imputed value's interval is the 5th to 95th percentile of the leaf's measured values. A leaf
    with a denominator has its ends divided by it. Raises DataError for inverted intervals.
    """
    low, high = _stated(prepared, uncertainty, source)
    measured = prepared.measured
    with np.errstate(invalid="ignore"):
        ends = np.nanquantile(measured, [0.05, 0.95], axis=0)
    for i, j in np.argwhere(prepared.imputed):
        low[i, j] = min(ends[0, j], prepared.filled[i, j])
        high[i, j] = max(ends[1, j], prepared.filled[i, j])
    cells = np.argwhere(np.isfinite(low) & np.isfinite(high) & (high > low))
    rows, columns = cells[:, 0], cells[:, 1]
    log = np.array([leaf.log for leaf in prepared.criteria.leaves])
    return Intervals(
        rows=rows,
        columns=columns,
        value=prepared.filled[rows, columns],
        low=np.minimum(low[rows, columns], prepared.filled[rows, columns]),
        high=np.maximum(high[rows, columns], prepared.filled[rows, columns]),
        logged=log[columns] & (low[rows, columns] > 0),
    )


def _stated(
    prepared: Prepared, uncertainty: pd.DataFrame | None, source: pd.DataFrame
) -> tuple[Array, Array]:
    low = np.full(prepared.filled.shape, np.nan)
    high = low.copy()
    if uncertainty is None or len(uncertainty) == 0:
        return low, high
    absent = [name for name in _NEEDED if name not in uncertainty.columns]
    if absent:
        raise refuse("uncertainty", f"lacks {', '.join(absent)}", ", ".join(_NEEDED))
    unit_at = {code: i for i, code in enumerate(prepared.units)}
    leaves = prepared.criteria.leaves
    leaf_at = {leaf.column: j for j, leaf in enumerate(leaves)}
    known = uncertainty["field"].isin(list(leaf_at))
    known &= uncertainty["key"].astype(str).isin(list(unit_at))
    rows = uncertainty.loc[known, list(_NEEDED)].dropna()
    problems = []
    for key, name, a, b in rows.itertuples(index=False):
        i, j = unit_at[str(key)], leaf_at[str(name)]
        ends = (float(a), float(b))
        if ends[0] > ends[1]:
            problems.append(Problem(f"uncertainty {key}/{name}", f"low {a} above high {b}"))
        size = leaves[j].denominator
        scale = float(source[size].iloc[i]) if size else 1.0
        low[i, j], high[i, j] = ends[0] / scale, ends[1] / scale
    if problems:
        raise DataError(problems)
    return low, high
