"""Tighter bounds and fewer rows leave every solution of an integer program, and no other."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Floats
from hubselect.solving.narrow import narrowed

WHOLE = 6


def program(seed: int) -> Arrays:
    """Six columns of 0 or 1 and a cost from 0 to 20, or without an end below or above."""
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-4, 5, size=(7, WHOLE + 1)) * (rng.uniform(size=(7, WHOLE + 1)) < 0.5)
    kind = rng.integers(0, 3, size=7)
    side = rng.integers(-5, 6, size=7).astype(float)
    ends = [(0.0, 20.0), (-np.inf, 20.0), (0.0, np.inf)][seed % 3]
    return Arrays(
        matrix=sparse.csr_array(matrix.astype(float)),
        row_lower=np.where(kind == 1, -np.inf, side),
        row_upper=np.where(kind == 0, np.inf, side),
        cost=np.append(np.zeros(WHOLE), 1.0),
        offset=0.0,
        lower=np.append(np.zeros(WHOLE), ends[0]),
        upper=np.append(np.ones(WHOLE), ends[1]),
        integer=np.append(np.ones(WHOLE, dtype=bool), False),
        columns=(*(f"z{n}" for n in range(WHOLE)), "cost"),
        rows=tuple(f"r{n}" for n in range(7)),
    )


def costs(a: Arrays, z: Floats) -> tuple[float, float] | None:
    """The costs that whole columns z allow, from and to."""
    if (z < a.lower[:WHOLE] - 1e-9).any() or (z > a.upper[:WHOLE] + 1e-9).any():
        return None
    low, high = a.lower[WHOLE], a.upper[WHOLE]
    dense = a.matrix.toarray()
    for row, lower, upper in zip(dense, a.row_lower, a.row_upper, strict=True):
        left, weight = row[:WHOLE] @ z, row[WHOLE]
        if weight == 0:
            if not lower - 1e-9 <= left <= upper + 1e-9:
                return None
            continue
        ends = sorted(((lower - left) / weight, (upper - left) / weight))
        low, high = max(low, ends[0]), min(high, ends[1])
    return (low, high) if low <= high + 1e-9 else None


@pytest.mark.parametrize("seed", range(300))
def test_every_solution_is_left_and_no_other(seed: int) -> None:
    whole = program(seed)
    left = narrowed(whole)
    maps = [np.array(z) for z in product((0.0, 1.0), repeat=WHOLE)]
    allowed = [costs(whole, z) for z in maps]
    if left is None:
        assert not any(allowed)
        return
    assert (left.lower <= left.upper).all()
    assert not left.matrix[:, np.flatnonzero(left.lower == left.upper)].nnz
    for z, expected in zip(maps, allowed, strict=True):
        found = costs(left, z)
        assert (found is None) == (expected is None)
        if found is not None and expected is not None:
            assert found == pytest.approx(expected, abs=1e-4)


def test_most_columns_are_settled_where_the_cost_leaves_little() -> None:
    """Of ten hubs that cost 3 a time 4 apart, two fit into 8."""
    row = np.append(-np.array([3.0, 3, 9, 9, 9, 9, 9, 9, 9, 9]), 1.0)
    a = Arrays(
        matrix=sparse.csr_array(row[None, :]),
        row_lower=np.zeros(1), row_upper=np.full(1, np.inf), cost=np.append(np.zeros(10), 1.0),
        offset=0.0, lower=np.zeros(11), upper=np.append(np.ones(10), 8.0),
        integer=np.append(np.ones(10, dtype=bool), False),
        columns=tuple(f"c{n}" for n in range(11)), rows=("cost",),
    )  # fmt: skip
    left = narrowed(a)
    assert left is not None
    assert left.upper[:10].tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert left.matrix.nnz == 3
