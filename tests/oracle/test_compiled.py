"""A compiled instance re-solved with changed vectors, with the memory of earlier solves."""

from __future__ import annotations

import numpy as np
import pytest

from checks import EXACT
from hubselect.arrays import Arrays
from hubselect.errors import InfeasibleError
from hubselect.solving import Compiled, Memory, Run, highs, solve_compiled
from hubselect.solving.memory import dual_cut
from toy import random_instance, toy


def changed(compiled: Compiled, rng: np.random.Generator) -> Arrays:
    """Vectors changed as an explanation or a sweep would: hubs, targets, costs, one more row."""
    arrays = compiled.arrays
    hubs = np.flatnonzero(arrays.integer)
    kind = rng.integers(0, 4)
    if kind == 0:
        return arrays.with_bounds(rng.choice(hubs, 3), 0.0, 0.0)
    if kind == 1:
        rows = compiled.rows_of("job_target")
        return arrays.with_row_bounds(rows, arrays.row_lower[rows] * rng.uniform(0.9, 1.0), np.inf)
    if kind == 2:
        cost = arrays.cost * rng.uniform(0.8, 1.2, size=len(arrays.cost))
        return Arrays(**{**vars(arrays), "cost": cost})
    counted = np.where(arrays.integer, 1.0, 0.0)
    return arrays.with_row("counted", counted, float(rng.integers(0, 3)), np.inf)


def cost_of(compiled: Compiled, arrays: Arrays, memory: Memory | None) -> float | None:
    try:
        run = Run(EXACT, memory)
        return solve_compiled(compiled, run, arrays=arrays, blame=False).objective
    except InfeasibleError:
        return None


@pytest.mark.parametrize("seed", range(40))
def test_memory_changes_no_optimum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    compiled = Compiled.of(random_instance(seed))
    memory = compiled.memory()
    for _ in range(5):
        arrays = changed(compiled, rng)
        plain = highs.run(arrays, EXACT)
        expected = plain.objective if plain.state == "optimal" else None
        found = cost_of(compiled, arrays, memory)
        assert (found is None) == (expected is None), (found, expected)
        if found is not None:
            assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_memory_fills() -> None:
    compiled = Compiled.of(toy())
    memory = compiled.memory()
    solve_compiled(compiled, Run(EXACT, memory))
    assert memory.maps and memory.duals


def test_a_dual_is_tight_where_it_was_found_and_proves_nothing_once_costs_cross_it() -> None:
    compiled = Compiled.of(toy())
    root = highs.run(compiled.arrays, EXACT, relaxed=True)
    assert root.x is not None and root.row_duals is not None
    cut = dual_cut(compiled.arrays, root.row_duals)
    assert cut is not None
    constant, slope = cut
    at_root = constant + float(slope @ root.x[compiled.arrays.integer])
    assert at_root == pytest.approx(root.objective, rel=1e-6)
    cheaper = Arrays(**{**vars(compiled.arrays), "cost": compiled.arrays.cost - 1e3})
    assert dual_cut(cheaper, root.row_duals) is None


def test_columns_and_rows_are_found_by_their_names() -> None:
    compiled = Compiled.of(toy())
    position = compiled.column("installed", 0, 1, 1)
    assert position is not None
    assert compiled.arrays.columns[position] == "installed_a1_large_2027"
    assert compiled.columns("installed")[0, 1, 1] == position
    (row,) = compiled.rows_of("job_target")
    assert compiled.arrays.rows[row] == "job_target_2027"
    assert len(compiled.rows_of("budget")) == 0
