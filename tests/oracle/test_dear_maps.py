"""Maps that are dear: their LP stops early, and what it then proves holds."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np
import pytest

from checks import EXACT
from hubselect.arrays import Arrays, compile_problem
from hubselect.instance import Floats
from hubselect.model import build
from hubselect.solving import Compiled, chain, highs
from hubselect.solving.breaches import breakable
from hubselect.solving.lazy import LazyLP
from hubselect.solving.pricing import slope_of
from hubselect.solving.split import Split
from hubselect.solving.template import RestructuredError, Template
from searches import alike
from toy import random_instance

MAPS = 8


def exact(arrays: Arrays, hubs: Floats) -> highs.Result:
    return highs.run(arrays.with_bounds(arrays.integer, hubs, hubs), EXACT, relaxed=True)


def some_maps(split: Split, seed: int) -> list[Floats]:
    """Maps that the rows of hubs alone allow, found by whole hubs of random prices."""
    alone, rng = split.alone(), np.random.default_rng(seed)
    priced = (replace(alone, cost=rng.normal(size=len(alone.columns))) for _ in range(MAPS))
    found = [highs.run(program, EXACT).x for program in priced]
    return [np.rint(x) for x in found if x is not None]


def model(seed: int, *, twice: bool, breached: bool) -> Arrays:
    arrays = compile_problem(build(alike(seed) if twice else random_instance(seed)).problem)
    duals = highs.run(arrays, EXACT, relaxed=True).row_duals
    return arrays if duals is None or not breached else breakable(arrays, duals).arrays


def early(arrays: Arrays, seed: int) -> int:
    """How many maps were dear before their optimum was known; all that they prove is checked."""
    split, count = Split.of(arrays), 0
    maps = some_maps(split, seed)
    costs = [exact(arrays, z).objective for z in maps]
    lp = LazyLP(arrays, EXACT)
    for z, cost in zip(maps, costs, strict=True):
        for share in (0.2, 0.9, 0.999, 1.1):
            lp.fix(split.hubs, z)
            lp.dear = share * cost if np.isfinite(cost) else share * 1e4
            found = lp.run(60.0)
            if found.state != "dear":
                assert found.state == ("optimal" if np.isfinite(cost) else "infeasible")
                assert not np.isfinite(cost) or lp.dear > cost
                assert not np.isfinite(cost) or found.objective == pytest.approx(cost, rel=1e-6)
                continue
            give = 1e-6 * max(1.0, abs(found.bound))
            assert found.x is None
            assert found.row_duals is not None
            assert lp.dear <= found.bound <= cost + give
            slope = slope_of(split, found.row_duals)
            for other, least in zip(maps, costs, strict=True):
                assert found.bound + float(slope @ (other - z)) <= least + give
            count += found.bound < cost - give
    return count


@pytest.mark.parametrize("twice", [True, False])
@pytest.mark.parametrize("breached", [True, False])
@pytest.mark.parametrize("seed", range(30))
def test_what_a_dear_map_proves_holds_at_every_map(seed: int, breached: bool, twice: bool) -> None:
    early(model(seed, twice=twice, breached=breached), seed)


def test_some_maps_are_dear_before_their_optimum_is_known() -> None:
    assert sum(early(model(seed, twice=True, breached=True), seed) for seed in range(6)) > 0


def test_what_a_dear_map_proves_in_a_chain_holds_at_every_map(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted: list[tuple[Arrays, chain.Cut]] = []
    cut = chain._Link._cut

    def told(link: chain._Link, priced: highs.Result, at: Floats) -> None:
        cut(link, priced, at)
        if priced.state == "dear":
            noted.append((link.arrays, link.cuts[-1]))

    monkeypatch.setattr(chain._Link, "_cut", told)
    for block in range(30):
        template = Template.of(Compiled.of(random_instance(1000 + block)))
        links = chain.Chain(EXACT)
        for seed in range(block * 15, block * 15 + 15):
            with contextlib.suppress(RestructuredError):
                links.solve(template.arrays(random_instance(seed)))
    assert len(noted) > 5
    for seed, (arrays, learnt) in enumerate(noted):
        for z in some_maps(Split.of(arrays), seed):
            least = exact(arrays, z).objective
            assert learnt.at(z) <= least + 1e-6 * max(1.0, abs(least))
