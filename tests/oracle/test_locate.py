"""Each problem of `locate` against all choices of sites of tiny random instances."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import optimize

import hubselect as hs

SEEDS = range(25)


def instance(seed: int) -> tuple[np.random.Generator, np.ndarray, int]:
    """Random costs [clients, sites], sometimes whole, and a number of sites."""
    random = np.random.default_rng(seed)
    clients, sites = int(random.integers(2, 9)), int(random.integers(2, 8))
    cost = random.uniform(1, 50, (clients, sites))
    if seed % 3 == 0:
        cost = np.round(cost)
    return random, cost, int(random.integers(1, sites + 1))


def subsets(sites: int, number: int | None = None) -> list[list[int]]:
    sizes = range(1, sites + 1) if number is None else [number]
    return [list(s) for k in sizes for s in itertools.combinations(range(sites), k)]


def check(result: hs.locate.Location, best: float) -> None:
    assert result.outcome == "proven"
    assert result.objective == pytest.approx(best, rel=1e-7, abs=1e-7)
    assert result.bound == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert len(result.open) == result.is_open.sum()


@pytest.mark.parametrize("seed", SEEDS)
def test_p_median_and_uncapacitated_are_the_best_of_all_choices(seed: int) -> None:
    random, cost, p = instance(seed)
    weights = random.integers(1, 9, len(cost)).astype(float)
    fixed = np.round(random.uniform(0, 80, cost.shape[1]), seed % 2)
    total = cost * weights[:, None]
    best = min(total[:, s].min(axis=1).sum() for s in subsets(cost.shape[1], p))
    check(hs.locate.p_median(cost, p=p, weights=weights), best)
    best = min(fixed[s].sum() + total[:, s].min(axis=1).sum() for s in subsets(cost.shape[1]))
    check(hs.locate.uncapacitated(cost, weights=weights, fixed_costs=fixed), best)


@pytest.mark.parametrize("seed", SEEDS)
def test_covering_problems_are_the_best_of_all_choices(seed: int) -> None:
    random, cost, p = instance(seed)
    weights = random.uniform(0, 5, len(cost))
    radius = float(cost.min(axis=1).max()) + seed % 5
    covered = {tuple(s): (cost[:, s] <= radius).any(axis=1) for s in subsets(cost.shape[1])}
    price = random.uniform(1, 3, cost.shape[1])
    best = min(price[list(s)].sum() for s, c in covered.items() if c.all())
    check(hs.locate.cover(cost, radius=radius, costs=price), best)
    check(hs.locate.cover(cost <= radius), min(len(s) for s, c in covered.items() if c.all()))
    short = float(np.quantile(cost, 0.3))
    reached = ((cost[:, s] <= short).any(axis=1) @ weights for s in subsets(cost.shape[1], p))
    check(hs.locate.max_cover(cost, p=p, radius=short, weights=weights), max(reached))


@pytest.mark.parametrize("seed", SEEDS)
def test_p_center_and_p_dispersion_are_the_best_of_all_choices(seed: int) -> None:
    random, cost, p = instance(seed)
    best = min(cost[:, s].min(axis=1).max() for s in subsets(cost.shape[1], p))
    check(hs.locate.p_center(cost, p=p), best)
    points = random.uniform(0, 9, (cost.shape[1] + 1, 2))
    apart = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
    p = max(p, 2)
    best = max(
        min(apart[a, b] for a, b in itertools.combinations(s, 2)) for s in subsets(len(apart), p)
    )
    check(hs.locate.p_dispersion(apart, p=p), best)


def transport(cost: np.ndarray, demand: np.ndarray, capacity: np.ndarray, s: list[int]) -> float:
    """Least cost of the flow from sites `s`, by scipy; inf if there is none."""
    clients, sites = len(cost), len(s)
    serve = np.kron(np.eye(clients), np.ones(sites))
    load = np.kron(demand, np.eye(sites))
    found = optimize.linprog(
        cost[:, s].ravel(), load, capacity[s], serve, np.ones(clients), bounds=(0, 1)
    )
    return float(found.fun) if found.status == 0 else np.inf


def single(cost: np.ndarray, demand: np.ndarray, capacity: np.ndarray, s: list[int]) -> float:
    """Least cost of one site a client, by all assignments."""
    best = np.inf
    for choice in itertools.product(s, repeat=len(cost)):
        load = np.bincount(choice, demand, cost.shape[1])
        if (load <= capacity + 1e-9).all():
            best = min(best, float(cost[range(len(cost)), choice].sum()))
    return best


@pytest.mark.parametrize("seed", SEEDS)
def test_capacitated_is_the_best_of_all_choices(seed: int) -> None:
    random = np.random.default_rng(seed)
    clients, sites = int(random.integers(2, 6)), int(random.integers(2, 5))
    cost = random.uniform(1, 50, (clients, sites))
    demand = random.integers(1, 9, clients).astype(float)
    capacity = random.integers(3, 20, sites).astype(float)
    fixed = random.uniform(0, 90, sites)
    for oracle, alone in ((transport, False), (single, True)):
        unit = cost * demand[:, None]
        best = min(fixed[s].sum() + oracle(unit, demand, capacity, s) for s in subsets(sites))
        given = {"demand": demand, "capacity": capacity, "fixed_costs": fixed}
        if np.isinf(best):
            with pytest.raises(hs.InfeasibleError):
                hs.locate.capacitated(cost, **given, single_source=alone)
            continue
        result = hs.locate.capacitated(cost, **given, single_source=alone)
        check(result, best)
        if result.shares is not None:
            assert result.shares.sum(axis=1) == pytest.approx(1.0)
            assert (demand @ result.shares <= capacity * result.is_open + 1e-6).all()
        else:
            assert (np.bincount(result.assignment, demand, sites) <= capacity + 1e-9).all()


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("block", range(8))
def test_capacitated_with_sites_settled_and_clients_without_demand(block: int, alone: bool) -> None:
    """Whole figures and costs for all of a client's demand: many choices cost nearly as much."""
    solve, proven = single if alone else transport, 0
    for seed in range(block * 40, block * 40 + 40):
        random = np.random.default_rng(seed)
        clients, sites = int(random.integers(2, 5)), int(random.integers(2, 5))
        cost = random.integers(0, 12, (clients, sites)).astype(float)
        demand = random.integers(seed % 2, 6, clients).astype(float)
        demand[0] = max(demand[0], 1.0)
        capacity = random.integers(1, 10, sites).astype(float)
        fixed = random.integers(0, 40, sites).astype(float)
        required, forbidden = (list(np.flatnonzero(random.random(sites) < 0.15)) for _ in range(2))
        forbidden = sorted(set(forbidden) - set(required))
        allowed = [s for s in subsets(sites) if {*required} <= {*s} and not {*s} & {*forbidden}]
        costs = (fixed[s].sum() + solve(cost, demand, capacity, s) for s in allowed)
        best = min(costs, default=np.inf)
        given = {"demand": demand, "capacity": capacity, "fixed_costs": fixed, "per_unit": False}
        settled = {"required": required, "forbidden": forbidden, "single_source": alone}
        if np.isinf(best):
            with pytest.raises(hs.InfeasibleError):
                hs.locate.capacitated(cost, **given, **settled)
            continue
        result = hs.locate.capacitated(cost, **given, **settled)
        check(result, best)
        assert result.is_open[result.assignment].all()
        proven += 1
    assert proven > 5


def test_sites_that_only_split_plans_need_are_not_kept_open() -> None:
    cost = np.array([[1, 0, 9, 2], [9, 1, 1, 6], [1, 3, 9, 4]], dtype=float)
    demand, capacity = np.array([1.0, 5, 3]), np.array([8.0, 3, 1, 1])
    fixed = np.array([27.0, 15, 0, 23])
    unit = cost * demand[:, None]
    best = min(fixed[s].sum() + single(unit, demand, capacity, s) for s in subsets(4) if 3 in s)
    given = {"demand": demand, "capacity": capacity, "fixed_costs": fixed, "required": [3]}
    check(hs.locate.capacitated(cost, **given, single_source=True), best)


def test_kicks_begin_elsewhere_where_no_site_of_the_best_plan_is_left() -> None:
    cost = np.array([[0, 3, 1, 2, 1, 0, 1], [3, 0, 1, 0, 1, 2, 1]], dtype=float)
    weights = np.random.default_rng(295).integers(1, 6, 2).astype(float)
    total = cost * weights[:, None]
    best = min(len(s) + total[:, s].min(axis=1).sum() for s in subsets(7))
    check(hs.locate.uncapacitated(cost, weights=weights, fixed_costs=1), best)


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("scale", [1e-6, 1e-10])
def test_tiny_costs_are_proven_as_large_ones_are(scale: float, alone: bool) -> None:
    for seed in range(12):
        random = np.random.default_rng(seed)
        cost, demand = random.integers(1, 30, (6, 4)).astype(float), random.integers(1, 6, 6)
        capacity, fixed = np.full(4, demand.sum() / 2.0), random.integers(5, 60, 4).astype(float)
        given = {"demand": demand, "capacity": capacity, "single_source": alone}
        told: list[float] = []
        large = hs.locate.capacitated(cost, **given, fixed_costs=fixed)
        tiny = hs.locate.capacitated(
            cost * scale, **given, fixed_costs=fixed * scale,
            progress=lambda p, told=told: told.append(p.bound),
        )  # fmt: skip
        assert tiny.outcome == "proven"
        assert tiny.objective / scale == pytest.approx(large.objective, rel=1e-6)
        assert tiny.bound / scale == pytest.approx(large.objective, rel=1e-6)
        assert told[-1] / scale == pytest.approx(large.objective, rel=1e-4)


def test_a_cheaper_plan_that_highs_tells_but_does_not_give_is_found() -> None:
    """HiGHS 1.16 gives the start back as the solution of the optimum's cost (a required site)."""
    random = np.random.default_rng(16)
    clients, sites = random.integers(2, 14), random.integers(2, 9)
    cost = random.uniform(0, 20, (clients, sites))
    if random.random() < 0.3:
        cost[random.random((clients, sites)) < 0.15] = np.inf
    demand = random.integers(1, 10, clients).astype(float)
    capacity = np.ceil(random.uniform(0.5, 2.0, sites) * demand.sum() / sites * 1.3)
    result = hs.locate.capacitated(
        cost, demand=demand, capacity=capacity,
        fixed_costs=random.integers(0, 60, sites).astype(float),
        single_source=True, required=[0],
    )  # fmt: skip
    assert result.outcome == "proven"
    assert result.objective == pytest.approx(403.31732310375264)
