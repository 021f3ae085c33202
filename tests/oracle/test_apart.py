"""Blocks planned apart: their bound lies between the relaxation's and the optimum."""

from __future__ import annotations

import numpy as np
import pytest

import hubselect as hs
from checks import EXACT
from hubselect.arrays import Arrays, compile_problem
from hubselect.assemble import assemble
from hubselect.instance import Floats
from hubselect.model import build
from hubselect.score_regions import score
from hubselect.solving import highs
from hubselect.solving.apart import Apart, Blocks
from hubselect.solving.highs import Watched
from hubselect.solving.reduction import reduce
from toy import random_instance


def run(solver: Watched) -> highs.Result:
    return solver.run(60.0, None)


def bound_apart(arrays: Arrays, duals: Floats) -> float:
    apart = Apart.of(Blocks.of(arrays), duals, EXACT, run)
    return -np.inf if apart is None else apart.bound


def small(seed: int) -> Arrays:
    return reduce(compile_problem(build(random_instance(seed)).problem)).arrays


@pytest.mark.parametrize("seed", range(40))
def test_the_bound_lies_between_relaxation_and_optimum(seed: int) -> None:
    arrays = small(seed)
    root, whole = highs.run(arrays, EXACT, relaxed=True), highs.run(arrays, EXACT)
    if root.row_duals is None or whole.x is None:
        return
    bound = bound_apart(arrays, root.row_duals)
    give = 1e-6 * max(1.0, abs(whole.objective))
    assert bound <= whole.objective + give
    assert bound == -np.inf or bound >= root.objective - give


@pytest.mark.parametrize("seed", range(40))
def test_any_prices_of_the_links_give_a_bound(seed: int) -> None:
    arrays, rng = small(seed), np.random.default_rng(seed)
    root, whole = highs.run(arrays, EXACT, relaxed=True), highs.run(arrays, EXACT)
    if root.row_duals is None or whole.x is None:
        return
    duals = root.row_duals * rng.uniform(0.5, 1.5, len(root.row_duals))
    bound = bound_apart(arrays, duals)
    assert bound <= whole.objective + 1e-6 * max(1.0, abs(whole.objective))


@pytest.mark.parametrize("seed", range(20))
def test_cuts_of_blocks_hold_at_every_map(seed: int) -> None:
    """With the hubs fixed the model costs at least the blocks' cuts, made at other maps."""
    arrays, rng = small(seed), np.random.default_rng(seed)
    hubs = np.flatnonzero(arrays.integer)
    root = highs.run(arrays, EXACT, relaxed=True)
    if root.x is None or root.row_duals is None:
        return
    apart = Apart.of(Blocks.of(arrays), root.row_duals, EXACT, run)
    if apart is None:
        return
    maps = [root.x[hubs], *(rng.integers(0, 2, len(hubs)).astype(float) for _ in range(12))]
    maps += [np.maximum(z, root.x[hubs]) for z in maps[1:]]
    for z in maps:
        apart.cuts(z, run)
    assert not apart.cuts(maps[0], run)
    for z in maps:
        at = highs.run(arrays.with_bounds(hubs, z, z), EXACT, relaxed=True)
        # a map between whole ones may cost less than the blocks' whole hubs do
        below = apart.lowest(z) if set(np.unique(z)) <= {0.0, 1.0} else -np.inf
        assert below <= at.objective + 1e-6 * max(1.0, abs(at.objective))


@pytest.mark.parametrize("seed", range(20))
def test_the_sum_of_cuts_at_the_prices_of_a_map_holds_at_every_map(seed: int) -> None:
    """Blocks share their live LPs: cuts at two prices, made in turns, hold all the same."""
    arrays, rng = small(seed), np.random.default_rng(seed)
    hubs, blocks = np.flatnonzero(arrays.integer), Blocks.of(arrays)
    maps = [rng.integers(0, 2, len(hubs)).astype(float) for _ in range(8)]
    exact = [highs.run(arrays.with_bounds(hubs, z, z), EXACT, relaxed=True) for z in maps]
    duals = [at.row_duals for at in exact if at.row_duals is not None][:2]
    families = [Apart(blocks, own, EXACT) for own in duals]
    for z in maps:
        for family in families:
            family.cuts(z, run)
            for other, at in zip(maps, exact, strict=True):
                allowed = 1e-6 * max(1.0, abs(at.objective))
                assert family.lowest(other) <= at.objective + allowed


@pytest.mark.parametrize("seed", range(20))
def test_the_blocks_own_hubs_cost_what_the_bound_says(seed: int) -> None:
    arrays = small(seed)
    root = highs.run(arrays, EXACT, relaxed=True)
    if root.row_duals is None:
        return
    apart = Apart.of(Blocks.of(arrays), root.row_duals, EXACT, run)
    if apart is None:
        return
    assert set(np.unique(apart.chosen)) <= {0.0, 1.0}
    own = [cut.constant + float(cut.slope @ apart.chosen) for cut in apart.cuts(apart.chosen, run)]
    assert len(own) == len(apart.least)
    assert apart.constant + sum(own) == pytest.approx(apart.bound, rel=1e-6, abs=1e-6)


@pytest.fixture(scope="module")
def equity() -> Arrays:
    regions, scenario = hs.Regions.morocco(), hs.Scenario.named("regional-equity")
    instance = assemble(regions, scenario, score(regions, scenario))
    return reduce(compile_problem(build(instance).problem)).arrays


def test_each_region_of_the_atlas_is_a_block(equity: Arrays) -> None:
    blocks = Blocks.of(equity)
    assert blocks.count == 12
    hubs = blocks.column[: len(equity.columns)][equity.hubs]
    assert len(np.unique(hubs)) == 12
    assert (blocks.row >= 0).sum() > 0.9 * len(equity.rows)
    copied = [equity.columns[j] for j in blocks.copied]
    assert copied and all(name.startswith("recruits_") for name in copied)


def test_whole_hubs_in_each_region_raise_the_bound_of_regional_equity(equity: Arrays) -> None:
    root = highs.run(equity, EXACT, relaxed=True)
    assert root.row_duals is not None
    bound = bound_apart(equity, root.row_duals)
    assert bound > 1.01 * root.objective
