"""Rows that may give way: one slack column a clause, minimised in the clause's own unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.decisions import Decisions
from hubselect.explore.conflict.clause import Clause
from hubselect.instance import Floats
from hubselect.solving import Compiled, Settings, decode, highs

TIGHT = 1e-7  # a slack below this is none


@dataclass(frozen=True, eq=False)
class Relaxed:
    """What had to give way: slack by clause in units of its `scale`, and a proven least sum.

    `state` is that of the solver: 'infeasible' when even this does not suffice.
    """

    state: str
    slack: Floats
    least: float  # proven lower bound on Σ weight · slack
    decisions: Decisions | None


def without(arrays: Arrays, rows: Sequence[int]) -> Arrays:
    """The arrays with some rows set free."""
    return arrays.with_row_bounds(list(rows), -np.inf, np.inf)


def relax(
    compiled: Compiled,
    clauses: Sequence[Clause],
    weights: Floats,
    settings: Settings,
    *,
    lp: bool = False,
    capped: Sequence[tuple[Floats, float]] = (),
    dropped: Sequence[Clause] = (),
    beyond: bool = False,
) -> Relaxed:
    """Minimise Σ weight · slack over the clauses, all else as stated, at no regard to cost.

    `capped` are rows weights·slack ≤ limit; `dropped` are clauses left out; `lp` lets hubs be
    fractions; `beyond` lets slacks be negative, for rows that hold with room to spare.
    """
    base = without(compiled.arrays, [row for clause in dropped for row in clause.rows])
    free = replace(base, cost=np.zeros_like(base.cost), offset=1.0)  # gap: a share of the figures
    arrays = elastic(free, clauses, weights)
    count = len(clauses)
    for n, (row, limit) in enumerate(capped):
        padded = np.concatenate([np.zeros(len(arrays.columns) - count), row])
        arrays = arrays.with_row(f"level_{n}", padded, -np.inf, limit)
    if beyond:
        arrays = arrays.with_bounds(np.arange(len(arrays.columns))[-count:], -np.inf, np.inf)
    result = highs.run(arrays, settings, relaxed=lp)
    if result.state == "interrupted":
        raise KeyboardInterrupt
    if result.x is None:
        return Relaxed(result.state, np.full(count, np.inf), -np.inf, None)
    slack = result.x[len(result.x) - count :]
    decisions = decode(compiled.instance, compiled.model, compiled.arrays, _own(result.x, count))
    return Relaxed(result.state, slack, result.bound - 1.0, decisions)


def _own(x: Floats, count: int) -> Floats:
    return x[: len(x) - count]


def elastic(arrays: Arrays, clauses: Sequence[Clause], costs: Floats) -> Arrays:
    """The arrays with a slack column ≥ 0 of a cost for each clause, on the side that can break.

    Slack is in units of the clause's scale. Columns are added last.
    """
    columns = sparse.lil_array((len(arrays.rows), len(clauses)))
    for n, clause in enumerate(clauses):
        scales = clause.scales or [clause.scale] * len(clause.rows)
        for row, scale in zip(clause.rows, scales, strict=True):
            columns[row, n] = scale if np.isfinite(arrays.row_lower[row]) else -scale
    count = len(clauses)
    return replace(
        arrays,
        matrix=sparse.csr_array(sparse.hstack([arrays.matrix, columns.tocsr()])),
        cost=np.concatenate([arrays.cost, costs]),
        lower=np.concatenate([arrays.lower, np.zeros(count)]),
        upper=np.concatenate([arrays.upper, np.full(count, np.inf)]),
        integer=np.concatenate([arrays.integer, np.zeros(count, dtype=bool)]),
        columns=(*arrays.columns, *(f"gives_way {c.key}" for c in clauses)),
    )
