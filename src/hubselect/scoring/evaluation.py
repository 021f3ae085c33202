"""`evaluate`: a table and a tree of criteria in, `Scores` out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hubselect.scoring.aggregation import contributions, node_values
from hubselect.scoring.criteria import Criteria
from hubselect.scoring.pipeline import Prepared, prepare
from hubselect.scoring.ranking import competition_ranks
from hubselect.scoring.result import Scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

POINTS = 100.0


def evaluate(
    table: pd.DataFrame,
    criteria: Criteria,
    *,
    uncertainty: pd.DataFrame | None = None,
    groups: Sequence[object] | None = None,
    others: Sequence[Criteria] = (),
) -> Scores:
    """Scores of the units of a table.

    Parameters
    ----------
    table : one row a unit (index: codes), one numeric column a leaf or denominator; NaN is missing.
    criteria : the tree.
    uncertainty : long table with `key` (unit), `field` (column), `low` and `high` (90 % interval of
        the value); `year` and `status` are used by the audit where they are there.
    groups : a group for every unit, for the group imputation rules.
    others : further trees (presets); the rank interval is taken over them and `criteria`.

    Raises DataError listing every problem of the table.
    """
    prepared = prepare(table, criteria, groups)
    units = pd.Index(prepared.units, name="code")
    names = prepared.names
    values = node_values(criteria.root, prepared.scores, names)
    score = pd.Series(POINTS * values[criteria.root.name], index=units, name="score")
    pillars = pd.DataFrame(
        {pillar.name: POINTS * values[pillar.name] for pillar in criteria.pillars}, index=units
    )
    shares = POINTS * contributions(criteria.root, prepared.scores, names)
    ranks = {criteria.name: competition_ranks(values[criteria.root.name])}
    ranks |= _other_ranks(table, [x for x in others if x.name != criteria.name], groups)
    leaves = list(criteria.leaf_names)
    return Scores(
        criteria=criteria,
        score=score,
        pillars=pillars,
        contributions=pd.DataFrame(shares, index=units, columns=leaves),
        rank=pd.Series(ranks[criteria.name], index=units, name="rank"),
        preset_ranks=pd.DataFrame(ranks, index=units),
        coverage=pd.Series(prepared.coverage.units, index=units, name="coverage"),
        imputed=pd.DataFrame(prepared.imputed, index=units, columns=leaves),
        quality=quality(prepared),
        nodes=pd.DataFrame(
            {node.name: POINTS * values[node.name] for node in criteria.nodes}, index=units
        ),
        prepared=prepared,
        source=table,
        uncertainty=uncertainty,
        groups=None if groups is None else tuple(groups),
    )


def _other_ranks(
    table: pd.DataFrame, others: Sequence[Criteria], groups: Sequence[object] | None
) -> dict[str, NDArray[np.int64]]:
    """Ranks of the units by further trees, by name."""
    ranks = {}
    for other in others:
        prepared = prepare(table, other, groups)
        total = node_values(other.root, prepared.scores, prepared.names)[other.root.name]
        ranks[other.name] = competition_ranks(total)
    return ranks


def quality(prepared: Prepared) -> pd.Series[float]:
    """Q, 0–100: the score over the leaves of role S only, their weights re-normalised at each node.

    The optimiser reads this and never the score: money (C) and capacities (K) are in its model
    already. NaN for every unit where the tree has no S leaf.
    """
    units = pd.Index(prepared.units, name="code")
    kept = prepared.criteria.keep(lambda leaf: leaf.role == "S")
    if kept is None:
        return pd.Series(np.nan, index=units, name="quality")
    values = node_values(kept.root, prepared.scores, prepared.names)
    return pd.Series(POINTS * values[kept.root.name], index=units, name="quality")
