"""Maps near a given one: brute force over all pairs of moves finds the same."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from hubselect.arrays import Arrays, compile_problem
from hubselect.instance import Floats
from hubselect.model import build
from hubselect.solving.moves import Cuts, Neighbours
from hubselect.solving.split import Split
from toy import random_instance


def split_of(seed: int) -> Split:
    return Split.of(compile_problem(build(random_instance(seed)).problem))


def maps_of(arrays: Arrays, split: Split) -> list[Floats]:
    """Every map of hubs that the rows of hubs alone and the bounds allow."""
    hubs = split.hubs
    rows = arrays.matrix[split.pure][:, hubs].toarray()
    low, high = arrays.row_lower[split.pure], arrays.row_upper[split.pure]
    found = []
    for values in product((0.0, 1.0), repeat=len(hubs)):
        z = np.array(values)
        inside = (z >= arrays.lower[hubs]).all() and (z <= arrays.upper[hubs]).all()
        value = rows @ z
        if inside and (value >= low - 1e-9).all() and (value <= high + 1e-9).all():
            found.append(z)
    return found


def closed_by_hand(arrays: Arrays, split: Split, z: Floats, j: int) -> Floats:
    """z with column j turned over, and the least further changes that keep two-column ties."""
    moved = z.copy()
    moved[j] = 1.0 - z[j]
    rising = moved[j] > 0.5
    rows = arrays.matrix[split.pure][:, split.hubs].toarray()
    sides = zip(rows, arrays.row_lower[split.pure], arrays.row_upper[split.pure], strict=True)
    # z_above − z_below ≥ 0, or the same the other way round, as PuLP states it
    ties = [
        (int(np.argmin(row)), int(np.argmax(row)))
        if low == 0
        else (int(np.argmax(row)), int(np.argmin(row)))
        for row, low, high in sides
        if sorted(row[row != 0]) == [-1.0, 1.0] and 0 in (low, high)
    ]
    for _ in range(len(z)):
        for below, above in ties:
            if moved[below] > moved[above]:
                moved[above if rising else below] = 1.0 if rising else 0.0
    return moved


@pytest.mark.parametrize("seed", range(12))
def test_the_cheapest_neighbour_is_that_of_all_pairs_of_moves(seed: int) -> None:
    split = split_of(seed)
    arrays = split.arrays
    allowed = {z.tobytes() for z in maps_of(arrays, split)}
    rng = np.random.default_rng(seed)
    start = next(iter(maps_of(arrays, split)), None)
    if start is None:
        return
    size = len(start)
    cuts = Cuts(rng.uniform(0, 5, 4), rng.normal(size=(4, size)), np.zeros((0, size)), np.zeros(0))
    neighbours, tried, ranked = Neighbours.of(arrays, split.pure), set(), []
    for _ in range(5):
        found = neighbours.cheapest(start, cuts, np.inf, tried)
        if found is None:
            break
        ranked.append(found)
        tried.add(found.tobytes())
    singles = [closed_by_hand(arrays, split, start, j) for j in range(size)]
    near = list(singles)
    for one, two in combinations(singles, 2):
        change = (one - start) + (two - start)
        if not ((one != start) & (two != start)).any():
            near.append(start + change)
    near = [z for z in near if z.tobytes() in allowed]
    if not ranked:
        assert not near
        return
    assert all(z.tobytes() in allowed for z in ranked)

    def lowest(z: Floats) -> float:
        return float((cuts.constants + cuts.slopes @ z).max())

    costs = [lowest(z) for z in ranked]
    assert costs == sorted(costs)
    assert costs[0] == pytest.approx(min(lowest(z) for z in near))


def test_maps_tried_and_barred_are_left_out() -> None:
    split = split_of(1)
    start = maps_of(split.arrays, split)[0]
    size = len(start)
    near = Neighbours.of(split.arrays, split.pure)
    slopes = np.linspace(1, 2, size)[None, :]
    none = np.zeros((0, size)), np.zeros(0)
    first = near.cheapest(start, Cuts(np.zeros(1), slopes, *none), np.inf)
    assert first is not None
    again = near.cheapest(start, Cuts(np.zeros(1), slopes, *none), np.inf, {first.tobytes()})
    assert again is not None
    assert not np.array_equal(first, again)
    away = 1.0 - 2.0 * first
    bars = away[None, :], np.array([1.0 - first.sum()])
    barred = near.cheapest(start, Cuts(np.zeros(1), slopes, *bars), np.inf)
    assert barred is not None
    assert np.array_equal(barred, again)
    assert near.cheapest(start, Cuts(np.zeros(1), slopes, *none), -np.inf) is None
