"""What the ranking owes to choices: methods, single leaves, and the presence of single units."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hubselect.errors import DataError
from hubselect.scoring.aggregation import node_values
from hubselect.scoring.criteria import Criteria
from hubselect.scoring.inputs import refuse
from hubselect.scoring.pipeline import Prepared, fit_ruler, prepare
from hubselect.scoring.ranking import mean_ranks
from hubselect.scoring.sampling import CONCENTRATION, draw_weights
from hubselect.scoring.sobol import factorial_indices
from hubselect.scoring.soundness import NORMALISATIONS
from hubselect.scoring.treatment import impute
from hubselect.scoring.tree import Node

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hubselect.scoring.result import Scores

    Array = NDArray[np.float64]

CHOICES = ("normalisation", "weights", "aggregation", "imputation", "dropped_leaf")
_EVERY_UNIT = ("goalposts", "min_max", "percentile", "rank", "z_score")


@dataclass(frozen=True, eq=False)
class MethodSensitivity:
    """Sobol indices of the methodological choices on the mean rank shift.

    `indices`: one row a choice, columns first, total, levels. `mean_shift`: mean over all
    combinations of the mean absolute rank shift from the stated ranking. `runs`: combinations.
    """

    indices: pd.DataFrame
    mean_shift: float
    runs: int


def method_sensitivity(
    scores: Scores,
    *,
    normalisations: Sequence[str] | None = None,
    aggregations: Sequence[float] = (1.0, 0.0),
    imputations: Sequence[str] = ("mean", "median", "knn"),
    weight_draws: int = 8,
    drop_leaves: bool = True,
    concentration: float | None = CONCENTRATION,
    seed: int = 0,
) -> MethodSensitivity:
    """Every combination of choices is run; the indices are then exact, not estimated.

    Choices: the normalisation; the stated weights or one of `weight_draws` drawn ones; the mean
    across pillars (exponents); the imputation of missing values; each leaf dropped in turn, or
    none.
    """
    criteria, prepared = scores.criteria, scores.prepared
    chosen = tuple(normalisations) if normalisations is not None else _possible(criteria)
    unknown = [name for name in chosen if name not in NORMALISATIONS]
    if unknown:
        raise refuse("normalisations", ", ".join(unknown), ", ".join(NORMALISATIONS))
    fills = imputations if prepared.imputed.any() else (criteria.imputation,)
    dropped = (None, *criteria.leaf_names) if drop_leaves else (None,)
    trees = [criteria.root, *_drawn_trees(criteria.root, weight_draws, concentration, seed)]
    stated = mean_ranks(np.asarray(scores.score, dtype=np.float64))
    shape = (len(chosen), len(trees), len(aggregations), len(fills), len(dropped))
    shift = np.empty(shape)
    matrices = {
        (n, f): _rescaled(prepared, name, fill, scores.groups)
        for n, name in enumerate(chosen)
        for f, fill in enumerate(fills)
    }
    for w, (a, power), (d, leaf) in itertools.product(
        range(len(trees)), enumerate(aggregations), enumerate(dropped)
    ):
        root = _variant(criteria, trees[w], power, leaf)
        for (n, f), x in matrices.items():
            total = np.zeros(len(x)) if root is None else _root_values(root, x, prepared.names)
            shift[n, w, a, f, d] = np.abs(mean_ranks(total) - stated).mean()
    found = factorial_indices(shift)
    return MethodSensitivity(
        indices=pd.DataFrame(
            {"first": found.first, "total": found.total, "levels": shape},
            index=pd.Index(CHOICES, name="choice"),
        ),
        mean_shift=float(shift.mean()),
        runs=int(shift.size),
    )


def _possible(criteria: Criteria) -> tuple[str, ...]:
    posts = all(leaf.goalposts is not None for leaf in criteria.leaves)
    return tuple(name for name in _EVERY_UNIT if posts or name != "goalposts")


def _drawn_trees(root: Node, count: int, concentration: float | None, seed: int) -> list[Node]:
    if count < 1:
        return []
    local = draw_weights(root, count, np.random.default_rng(seed), concentration)
    return [_reweighted(root, local, i) for i in range(count)]


def _reweighted(node: Node, local: dict[str, Array], draw: int) -> Node:
    import dataclasses

    children = []
    for child, weight in zip(node.children, local[node.name][draw], strict=True):
        inner = _reweighted(child, local, draw) if isinstance(child, Node) else child
        children.append(dataclasses.replace(inner, weight=float(weight)))
    return dataclasses.replace(node, children=tuple(children))


def _variant(criteria: Criteria, root: Node, power: float, leaf: str | None) -> Node | None:
    tree: Criteria | None = criteria.replace(root=root).with_aggregation(power)
    if leaf is not None and tree is not None:
        tree = tree.without(leaf)
    return None if tree is None else tree.root


def _rescaled(
    prepared: Prepared, normalisation: str, fill: str, groups: Sequence[object] | None
) -> Array:
    filled = impute(prepared.measured, fill, groups)
    ruler, _ = fit_ruler(filled, prepared.criteria.replace(normalisation=normalisation))
    return np.clip(ruler.scores(filled), 0.0, None)


def _root_values(root: Node, x: Array, names: dict[str, int]) -> Array:
    return node_values(root, x, names)[root.name]


def leaf_removal(scores: Scores) -> pd.DataFrame:
    """Each leaf removed in turn (its weight moves on to its siblings): how far ranks move.

    One row a leaf: `mean_shift`, `largest_shift`, `mover` (the unit that moves most), and the rank
    change of every unit (positive: worse without the leaf). NaN where nothing would be left.
    """
    criteria, prepared = scores.criteria, scores.prepared
    stated = mean_ranks(np.asarray(scores.score, dtype=np.float64))
    rows = []
    for leaf in criteria.leaf_names:
        tree = criteria.without(leaf)
        if tree is None:
            change = np.full(len(stated), np.nan)
        else:
            change = mean_ranks(_root_values(tree.root, prepared.scores, prepared.names)) - stated
        rows.append(change)
    units = [str(code) for code in scores.score.index]
    changes = pd.DataFrame(rows, index=pd.Index(criteria.leaf_names, name="leaf"), columns=units)
    size = changes.abs()
    summary = pd.DataFrame(
        {
            "mean_shift": size.mean(axis=1),
            "largest_shift": size.max(axis=1),
            "mover": [
                "" if not row.notna().any() or not row.max() > 0 else str(row.idxmax())
                for _, row in size.iterrows()
            ],
        }
    )
    return summary.join(changes)


@dataclass(frozen=True, eq=False)
class RankReversal:
    """Pairs of other units that change order when a unit is dropped, or a copy of it added.

    `dropped` and `cloned`: number of reversed pairs by unit; `pairs`: pairs looked at each time;
    NaN where the index cannot be computed without the unit.
    """

    dropped: pd.Series[float]
    cloned: pd.Series[float]
    pairs: int

    @property
    def free(self) -> bool:
        """No reversal anywhere."""
        return not bool((self.dropped.fillna(0) > 0).any() or (self.cloned.fillna(0) > 0).any())


def rank_reversal(scores: Scores) -> RankReversal:
    """Drop-one and clone checks, the whole index recomputed each time.

    With goalposts and no missing value nothing is ever reversed: a unit's score depends on no
    other.
    """
    table, units = scores.source, list(scores.score.index)
    stated = np.asarray(scores.score, dtype=np.float64)
    count = len(units)
    dropped, cloned = [], []
    for i in range(count):
        rest = [j for j in range(count) if j != i]
        dropped.append(_reversed(scores, table.iloc[rest], rest, stated))
        copy = table.iloc[[i]].copy()
        copy.index = pd.Index([f"{units[i]} (copy)"])
        cloned.append(_reversed(scores, pd.concat([table, copy]), [*range(count), i], stated))
    return RankReversal(
        dropped=pd.Series(dropped, index=units, name="dropped"),
        cloned=pd.Series(cloned, index=units, name="cloned"),
        pairs=(count - 1) * (count - 2) // 2,
    )


def _reversed(scores: Scores, table: pd.DataFrame, rows: list[int], stated: Array) -> float:
    """Pairs among the stated units whose order is now the opposite."""
    groups = None if scores.groups is None else [scores.groups[i] for i in rows]
    try:
        prepared = prepare(table, scores.criteria, groups)
    except DataError:
        return float("nan")
    now = _root_values(scores.criteria.root, prepared.scores, prepared.names)
    kept = len(set(rows))
    before, after = stated[rows[:kept]] / 100.0, now[:kept]
    gap_before = np.sign(np.round(before[:, None] - before[None, :], 12))
    gap_after = np.sign(np.round(after[:, None] - after[None, :], 12))
    return float(np.sum(gap_before * gap_after < 0) // 2)
