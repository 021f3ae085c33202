"""Hub maps put together site by site are those that looking at every map finds."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubselect.solving import Compiled, buildouts
from hubselect.solving.buildouts import Buildouts, Cut, HubRows, Search, TooManyError
from toy import full_policy, random_instance, toy


def twins():  # type: ignore[no-untyped-def]
    """Two sites of one basin that nothing tells apart."""
    one = toy()
    return toy(
        site_basin=np.array([0, 0]), first_year=np.array([0, 0]), ramp_up=one.ramp_up[[0, 0]],
        capex=one.capex[[0, 0]], capex_premium=np.zeros(2), residual_hub=one.residual_hub[[0, 0]],
    )  # fmt: skip


def every_map(rows: HubRows) -> list[np.ndarray]:
    vectors = (np.array(z, dtype=float) for z in product((0.0, 1.0), repeat=len(rows.low)))
    return [z for z in vectors if rows.allow(z)]


def cheapest(maps: list[np.ndarray], cuts: list[Cut]) -> list[tuple[float, np.ndarray]]:
    fit = [z for z in maps if all(c.at(z) <= 0 for c in cuts if not c.prices)]
    return sorted(((max(c.at(z) for c in cuts if c.prices), z) for z in fit), key=lambda p: p[0])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000), st.floats(0.0, 1.0))
def test_the_cheapest_map_of_random_cuts(seed: int, other: int, height: float) -> None:
    """Whatever the duals: they only drop what cannot matter."""
    rng = np.random.default_rng(other)
    arrays = Compiled.of(random_instance(seed)).arrays
    rows = HubRows.of(arrays)
    search = Search.of(arrays, rows)
    hubs = len(rows.low)
    cuts = [Cut(rng.normal(0, 5), rng.normal(0, 10, hubs)) for _ in range(3)]
    cuts.append(Cut(rng.normal(-8, 5), rng.normal(0, 3, hubs), prices=False))
    duals = rng.normal(0, 4, len(rows.lower))
    ranked = cheapest(every_map(rows), cuts)
    levels = [cost for cost, _ in ranked] or [0.0]
    level = levels[0] + height * (levels[-1] - levels[0])
    known: set[bytes] = set()
    for cost, _ in [p for p in ranked if p[0] <= level][:4]:
        found = search.cheapest(cuts, duals, level, known)
        assert found is not None
        assert max(c.at(found) for c in cuts if c.prices) == pytest.approx(cost, abs=1e-7)
        assert rows.allow(found)
        known.add(found.tobytes())
    # one that costs the level but for rounding may be found or not
    if len([p for p in ranked if p[0] <= level + 1e-6]) == len(known):
        assert search.cheapest(cuts, duals, level, known) is None


@pytest.mark.parametrize("seed", range(5))
def test_sites_that_are_alike_are_taken_in_one_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    arrays = Compiled.of(twins()).arrays
    rows = HubRows.of(arrays)
    search = Search.of(arrays, rows)
    assert [len(g) for g in search.groups] == [2]
    slope = np.zeros(len(rows.low))
    for site in rows.sites:
        slope[site] = rng.normal(0, 10, len(site)) if not slope.any() else slope[rows.sites[0]]
    cuts, duals = [Cut(3.0, slope)], np.zeros(len(rows.lower))
    met: set[bytes] = set()
    while (found := search.cheapest(cuts, duals, 1e6, met)) is not None:
        assert np.array_equal(search.in_order(found), found)
        met.add(found.tobytes())
    orders = {search.in_order(z).tobytes() for z in every_map(rows)}
    assert met == orders
    assert len(met) < len(every_map(rows))


def test_what_tells_sites_apart_is_seen() -> None:
    dearer = twins()
    capex = dearer.capex.copy()
    capex[1, 0] += 0.5
    for instance in (toy(), dearer.replace(capex=capex), toy(policy=full_policy())):
        arrays = Compiled.of(instance).arrays
        assert all(len(g) == 1 for g in Search.of(arrays, HubRows.of(arrays)).groups)


def test_build_outs_are_known_again_and_too_many_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, other = (Compiled.of(i).arrays for i in (toy(), toy(capex=toy().capex * 2)))
    rows = HubRows.of(one)
    known = Search.of(one, rows).buildouts
    assert Search.of(other, HubRows.of(other), known).buildouts is known
    later = Compiled.of(toy(first_year=np.array([1, 1]))).arrays
    fewer = Search.of(later, HubRows.of(later), known).buildouts
    assert len(fewer.choices[0]) < len(known.choices[0])
    monkeypatch.setattr(buildouts, "MOST", 2)
    with pytest.raises(TooManyError):
        Buildouts.of(rows)
    monkeypatch.setattr(buildouts, "WIDEST", 2)
    nothing = [Cut(0.0, np.zeros(len(rows.low)))]
    with pytest.raises(TooManyError):
        Search(rows, known, [[0], [1]]).cheapest(nothing, np.zeros(len(rows.lower)), 1.0, set())
