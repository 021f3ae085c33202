"""The core of `locate`: bounds, penalties and swaps say what they claim, on any instance."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from hubselect.locate.case import Case, make_case
from hubselect.locate.interchange import best_move, cost_of, greedy, interchange
from hubselect.locate.lagrangian import ascend, evaluate, knapsacks, what_if
from hubselect.locate.single import useful


def drawn(seed: int, *, capacities: bool) -> tuple[Case, np.random.Generator]:
    """A small random case with a number of sites, perhaps with capacities."""
    random = np.random.default_rng(seed)
    sites, clients = int(random.integers(2, 6)), int(random.integers(2, 6))
    cost = np.round(random.uniform(1, 30, (sites, clients)), 1)
    fixed = np.round(random.uniform(0, 25, sites), 1)
    required = random.random(sites) < 0.2
    if not capacities:
        low = int(random.integers(max(required.sum(), 1), sites + 1))
        high = int(random.integers(low, sites + 1))
        case = make_case(cost, fixed=fixed, required=required, at_least=low, at_most=high)
        return case, random
    demand = random.integers(1, 7, clients).astype(float)
    equal = random.random() < 0.5
    capacity = np.full(sites, 9.0) if equal else random.integers(4, 20, sites).astype(float)
    capacity *= max(1.0, demand.sum() / capacity.sum() * 1.2)
    return make_case(cost, fixed=fixed, required=required, demand=demand, capacity=capacity), random


def plans(case: Case) -> list[tuple[np.ndarray, float]]:
    """Every choice of sites and its cost."""
    found = []
    for choice in itertools.product([False, True], repeat=len(case.fixed)):
        opened = np.array(choice)
        if (case.required & ~opened).any() or not opened.any():
            continue
        if case.capacity is None:
            if case.at_least <= opened.sum() <= case.at_most:
                found.append((opened, cost_of(case, opened)))
            continue
        found.append((opened, flow_cost(case, opened)))
    return found


def flow_cost(case: Case, opened: np.ndarray) -> float:
    """Cost of the cheapest flow from the open sites, by scipy."""
    assert case.demand is not None
    assert case.capacity is not None
    rows, clients = int(opened.sum()), case.cost.shape[1]
    serve = np.kron(np.ones(rows), np.eye(clients))
    load = np.kron(np.eye(rows), case.demand)
    found = optimize.linprog(
        case.cost[opened].ravel(),
        load,
        case.capacity[opened],
        serve,
        np.ones(clients),
        bounds=(0, 1),
    )
    return float(case.fixed[opened].sum() + found.fun) if found.status == 0 else np.inf


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_no_bound_and_no_penalty_passes_the_plans_it_speaks_of(seed: int, full: bool) -> None:
    case, random = drawn(seed, capacities=full)
    known = plans(case)
    best = min(value for _, value in known)
    ascent = ascend(case, random.uniform(0, 30, case.cost.shape[1]), lambda: best, never, 60)
    for point in (evaluate(case, random.uniform(0, 40, case.cost.shape[1])), ascent.best):
        assert point.bound <= best + 1e-7
        if_opened, if_closed = what_if(case, point)
        for i in range(len(case.fixed)):
            with_it = min((v for o, v in known if o[i]), default=np.inf)
            without = min((v for o, v in known if not o[i]), default=np.inf)
            assert if_opened[i] <= with_it + 1e-7
            if case.free[i]:
                assert if_closed[i] <= without + 1e-7


def never(*_: object) -> bool:
    return False


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_the_profit_of_a_move_is_what_the_cost_falls_by(seed: int) -> None:
    case, _ = drawn(seed, capacities=False)
    opened = greedy(case)
    assert case.at_least <= opened.sum() <= case.at_most
    into, out, profit = best_move(case, opened)
    moved = opened.copy()
    if into >= 0:
        moved[into] = True
    if out >= 0:
        moved[out] = False
    assert cost_of(case, opened) - cost_of(case, moved) == pytest.approx(profit, abs=1e-9)
    final, value = interchange(case, opened)
    assert value <= cost_of(case, opened) + 1e-9
    assert case.at_least <= final.sum() <= case.at_most
    assert final[case.required].all()
    for i, r in itertools.product(np.flatnonzero(~final), np.flatnonzero(final & case.free)):
        other = final.copy()
        other[i], other[r] = True, False
        assert cost_of(case, other) >= value - 1e-7


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_knapsacks_are_those_of_scipy(seed: int) -> None:
    case, random = drawn(seed, capacities=True)
    assert case.demand is not None
    assert case.capacity is not None
    prices = random.uniform(0, 40, case.cost.shape[1])
    shares, values = knapsacks(case, prices)
    for i, row in enumerate(case.cost - prices):
        found = optimize.linprog(row, case.demand[None, :], [case.capacity[i]], bounds=(0, 1))
        assert values[i] == pytest.approx(found.fun, abs=1e-7)
        assert row @ shares[i] == pytest.approx(found.fun, abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_pairs_ruled_out_are_in_no_better_single_source_plan(seed: int) -> None:
    case, random = drawn(seed, capacities=True)
    assert case.demand is not None
    assert case.capacity is not None
    sites, clients = case.cost.shape
    point = evaluate(case, random.uniform(0, 40, clients))
    known = []
    for choice in itertools.product(range(sites), repeat=clients):
        if (np.bincount(choice, case.demand, sites) <= case.capacity + 1e-9).all():
            used = case.required.copy()
            used[list(choice)] = True
            paid = case.fixed[used].sum() + case.cost[choice, range(clients)].sum()
            known.append((float(paid), choice))
    if not known:
        return
    cutoff = float(np.quantile([value for value, _ in known], 0.3))
    cells = useful(case, point, cutoff)
    for value, choice in known:
        if value < cutoff - 1e-7:
            assert cells[choice, range(clients)].all()
