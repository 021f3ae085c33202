"""Laws of location that hold for any instance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hubselect as hs

CLOSE = 1e-7


@st.composite
def medians(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    """Costs [clients, sites] on a coarse grid, with ties, and p below the number of sites."""
    sites, clients = draw(st.integers(2, 7)), draw(st.integers(1, 8))
    flat = draw(st.lists(st.integers(0, 12), min_size=sites * clients, max_size=sites * clients))
    return np.array(flat, dtype=float).reshape(clients, sites), draw(st.integers(1, sites - 1))


def objective(result: hs.locate.Location) -> float:
    """The objective of a proven result whose bound is on the right side."""
    assert result.outcome == "proven"
    assert result.bound <= result.objective + CLOSE
    return result.objective


@settings(max_examples=40, deadline=None)
@given(medians(), st.randoms(use_true_random=False))
def test_more_sites_never_cost_more_and_orders_do_not_matter(
    drawn: tuple[np.ndarray, int], random: object
) -> None:
    cost, p = drawn
    value = objective(hs.locate.p_median(cost, p=p))
    assert objective(hs.locate.p_median(cost, p=p + 1)) <= value + CLOSE
    extra = np.column_stack([cost, cost.max(axis=1) - cost.min(axis=1)])
    assert objective(hs.locate.p_median(extra, p=p)) <= value + CLOSE
    rows, columns = (list(range(n)) for n in cost.shape)
    random.shuffle(rows)  # type: ignore[attr-defined]
    random.shuffle(columns)  # type: ignore[attr-defined]
    moved = hs.locate.p_median(cost[np.ix_(rows, columns)], p=p)
    assert objective(moved) == pytest.approx(value)
    centre = objective(hs.locate.p_center(cost, p=p))
    assert objective(hs.locate.p_center(cost, p=p + 1)) <= centre + CLOSE
    assert centre <= value + CLOSE


@settings(max_examples=40, deadline=None)
@given(medians(), st.data())
def test_required_and_forbidden_sites_are_respected_and_never_help(
    drawn: tuple[np.ndarray, int], data: st.DataObject
) -> None:
    cost, p = drawn
    sites = cost.shape[1]
    must = data.draw(st.integers(0, sites - 1))
    never = data.draw(st.integers(0, sites - 1).filter(lambda i: i != must))
    limits = {"required": [must], "forbidden": [never]}
    for free, bound in (
        (hs.locate.p_median(cost, p=p), hs.locate.p_median(cost, p=p, **limits)),
        (hs.locate.p_center(cost, p=p), hs.locate.p_center(cost, p=p, **limits)),
        (
            hs.locate.uncapacitated(cost, fixed_costs=5.0),
            hs.locate.uncapacitated(cost, fixed_costs=5.0, **limits),
        ),
    ):
        assert must in bound.open
        assert never not in bound.open
        assert objective(bound) >= objective(free) - CLOSE


@settings(max_examples=30, deadline=None)
@given(medians(), st.integers(1, 12))
def test_covering_problems_agree_with_each_other(
    drawn: tuple[np.ndarray, int], radius: int
) -> None:
    cost, p = drawn
    reachable = cost.min(axis=1).max()
    fewest = hs.locate.cover(cost, radius=max(float(radius), reachable))
    number = round(fewest.objective)
    centre = hs.locate.p_center(cost, p=number)
    assert centre.objective <= max(float(radius), reachable)
    all_covered = hs.locate.max_cover(cost, p=number, radius=max(float(radius), reachable))
    assert all_covered.objective == len(cost)
    some = hs.locate.max_cover(cost, p=p, radius=float(radius))
    more = hs.locate.max_cover(cost, p=p + 1, radius=float(radius))
    assert some.objective <= more.objective <= len(cost)
    assert some.bound >= some.objective
    assert (some.assignment >= 0).sum() == some.objective


@settings(max_examples=15, deadline=None)
@given(medians(), st.integers(0, 40), st.integers(0, 1000))
def test_capacities_never_help(drawn: tuple[np.ndarray, int], fixed: int, seed: int) -> None:
    cost, _ = drawn
    demand = np.random.default_rng(seed).integers(1, 6, len(cost)).astype(float)
    free = hs.locate.uncapacitated(cost, weights=demand, fixed_costs=fixed)
    given_ = {"demand": demand, "fixed_costs": fixed}
    wide = hs.locate.capacitated(cost, capacity=demand.sum(), **given_)
    assert objective(wide) == pytest.approx(objective(free))
    tight = max(demand.max(), 1.5 * demand.sum() / cost.shape[1])
    split = hs.locate.capacitated(cost, capacity=tight, **given_)
    assert objective(split) >= objective(free) - CLOSE
    try:
        single = hs.locate.capacitated(cost, capacity=tight, single_source=True, **given_)
    except hs.InfeasibleError:
        return
    assert objective(single) >= objective(split) - CLOSE
