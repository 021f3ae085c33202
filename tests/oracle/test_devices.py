"""Devices of the search against the plain model: none cuts off the optimum."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

import hubselect as hs
from checks import EXACT
from hubselect.arrays import Arrays
from hubselect.assemble import assemble
from hubselect.devices import DEVICES
from hubselect.errors import SolverError
from hubselect.score_regions import score
from hubselect.solving import highs, lazy
from hubselect.solving.alike import ordered, stand_ins
from hubselect.solving.breaches import breakable
from hubselect.solving.decomposition import decompose
from hubselect.solving.lazy import LazyLP
from hubselect.solving.memory import dual_cut
from hubselect.solving.pricing import Pricing
from hubselect.solving.reduction import reduce
from hubselect.solving.split import Split
from searches import agree, alike, arrays_of
from toy import random_instance


@pytest.mark.parametrize("seed", range(30))
def test_all_devices_agree_with_the_plain_model(seed: int) -> None:
    agree(alike(seed))


@pytest.mark.parametrize("seed", range(230, 260))
def test_a_tree_finds_what_nothing_else_has_found(seed: int) -> None:
    others = set(DEVICES) - {"one_tree", "smaller_model"}
    agree(alike(seed), without=sorted(others))


@pytest.mark.parametrize("seed", range(260, 280))
def test_bounds_proven_level_by_level_hold(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubselect.solving.decomposition.HARD", 0)
    others = set(DEVICES) - {"one_tree", "levels", "cutoff", "smaller_model"}
    agree(alike(seed), without=sorted(others))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30, 230))
def test_all_devices_agree_with_the_plain_model_on_many(seed: int) -> None:
    agree(alike(seed))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("seed", range(300, 306))
def test_each_device_can_be_left_out(seed: int, device: str) -> None:
    agree(alike(seed), without=[device])


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """The devices of large sizes, on tiny problems."""
    monkeypatch.setattr("hubselect.solving.lazy.LARGE", 0)
    monkeypatch.setattr("hubselect.solving.decomposition.LARGE", 0)


@pytest.mark.usefixtures("everything_is_large")
@pytest.mark.parametrize("seed", range(400, 410))
def test_devices_of_large_sizes_agree_with_the_plain_model(seed: int) -> None:
    agree(alike(seed))


@pytest.mark.slow
@pytest.mark.usefixtures("everything_is_large")
@pytest.mark.parametrize("seed", range(410, 510))
def test_devices_of_large_sizes_agree_on_many(seed: int) -> None:
    agree(alike(seed))


@pytest.mark.usefixtures("everything_is_large")
@pytest.mark.parametrize("seed", range(400, 403))
def test_a_price_too_low_to_stop_breaches_cuts_nothing_off(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaking rows is then cheaper than building: maps must be judged by the LP itself."""
    monkeypatch.setattr("hubselect.solving.breaches.DEAR", 1e-4)
    agree(alike(seed))


@pytest.mark.parametrize("seed", range(10))
def test_breaches_relax_the_model_and_a_high_price_prevents_them(seed: int) -> None:
    arrays = arrays_of(random_instance(seed))
    root = highs.run(arrays, EXACT, relaxed=True)
    if root.row_duals is None:
        return
    breaches = breakable(arrays, root.row_duals)
    loose = highs.run(breaches.arrays, EXACT, relaxed=True)
    assert loose.x is not None
    assert loose.objective == pytest.approx(root.objective, rel=1e-7)
    assert not len(breaches.broken(loose.x))
    hubs = np.flatnonzero(arrays.integer)
    alone = np.diff(arrays.matrix[:, np.flatnonzero(~arrays.integer)].indptr) == 0
    none_built = breaches.arrays.with_bounds(hubs, 0.0, 0.0)
    none_built = none_built.with_row_bounds(np.flatnonzero(alone), -np.inf, np.inf)
    assert highs.run(none_built, EXACT, relaxed=True).x is not None


def run(lp: LazyLP) -> highs.Result:
    return lp.run(60.0)


def softened(seed: int, low: float, monkeypatch: pytest.MonkeyPatch) -> tuple[Arrays, Pricing]:
    """A random model and the pricing of its maps, where breaking rows costs `low` times as much."""
    monkeypatch.setattr("hubselect.solving.breaches.DEAR", 25.0 * low)
    arrays = arrays_of(random_instance(seed))
    lp = LazyLP(arrays, EXACT)
    root = lp.run(60.0)
    pricing = Pricing(Split.of(arrays), EXACT, lp, lambda duals: duals)
    if root.row_duals is not None:
        pricing.soften(breakable(arrays, root.row_duals))
    return arrays, pricing


@pytest.mark.parametrize("seed", range(20))
def test_what_is_broken_can_become_dearer_and_every_cut_still_holds(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays, pricing = softened(seed, 1e-3, monkeypatch)
    hubs, rng = np.flatnonzero(arrays.integer), np.random.default_rng(seed)
    maps = [rng.integers(0, 2, len(hubs)).astype(float) for _ in range(8)]
    exact = [pricing.price(z, run, exactly=True).cost for z in maps]
    for z in maps:
        before = pricing.price(z, run)
        if before.plan is None and before.state == "optimal":
            pricing.harden(before.broken)
            after = pricing.price(z, run)
            assert after.cost > before.cost
            before = after
        if before.slope is None:
            continue
        for other, cost in zip(maps, exact, strict=True):
            claimed = before.cost + float(before.slope @ (other - z))
            assert claimed <= cost + 1e-6 * max(1.0, abs(claimed))


@pytest.mark.usefixtures("everything_is_large")
def test_dearer_breaches_lead_moves_to_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    """With moves alone, where breaking rows is cheaper than building at first."""
    monkeypatch.setattr("hubselect.solving.breaches.DEAR", 0.25)

    def found(times: int) -> int:
        monkeypatch.setattr("hubselect.solving.decomposition.HARDENED", times)
        models = [arrays_of(alike(seed)) for seed in range(30)]
        return sum(decompose(a, EXACT, without=["one_tree"]).x is not None for a in models)

    assert found(4) > found(0)


@pytest.mark.parametrize("fixed", [False, True])
def test_an_lp_that_is_narrowed_before_dense_rows_come_in_is_the_same(
    fixed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Budgets of the State, which hold every basin's spending."""
    regions, scenario = hs.Regions.morocco(), hs.Scenario.named("tight-budget")
    arrays = reduce(arrays_of(assemble(regions, scenario, score(regions, scenario)))).arrays
    whole = highs.run(arrays, EXACT, relaxed=True)
    monkeypatch.setattr("hubselect.solving.lazy.LARGE", 0)
    monkeypatch.setattr("hubselect.solving.lazy.DENSE", 0.05)
    lp, hubs = LazyLP(arrays, EXACT), np.flatnonzero(arrays.integer)
    if fixed:
        assert whole.x is not None
        at = np.minimum(1.2 * whole.x[hubs], 1.0)
        lp.fix(hubs, at)
        mixed = np.diff(arrays.matrix[:, np.flatnonzero(~arrays.integer)].indptr) > 0
        loose = arrays.with_row_bounds(np.flatnonzero(~mixed), -np.inf, np.inf)
        lp = LazyLP(loose, EXACT)
        lp.fix(hubs, at)
        whole = highs.run(loose.with_bounds(hubs, at, at), EXACT, relaxed=True)
    found = lp.run(60.0)
    assert found.objective == pytest.approx(whole.objective, rel=1e-7)
    assert len(lp.columns) < len(arrays.columns)
    assert any(arrays.rows[r].startswith("budget_") for r in lp.rows)


def test_the_instances_have_sites_that_stand_in_for_each_other() -> None:
    """The oracle means little where no row is ever added."""
    counts = [len(stand_ins(arrays_of(alike(seed)))) for seed in range(30)]
    assert np.count_nonzero(counts) >= 10, counts


@pytest.mark.parametrize("seed", range(20))
def test_ordering_alike_sites_keeps_the_optimum(seed: int) -> None:
    arrays = arrays_of(alike(seed))
    plain, fewer = highs.run(arrays, EXACT), highs.run(ordered(arrays), EXACT)
    assert plain.state == fewer.state
    if plain.state == "optimal":
        assert fewer.objective == pytest.approx(plain.objective, rel=1e-7)


def test_a_forbidden_site_stands_in_for_none() -> None:
    seed = next(s for s in range(30) if stand_ins(arrays_of(alike(s))))
    arrays = arrays_of(alike(seed))
    first, second = stand_ins(arrays)[0]
    closed = arrays.with_bounds(first, 0.0, 0.0)
    pairs = [(int(a[0]), int(b[0])) for a, b in stand_ins(closed)]
    assert (int(first[0]), int(second[0])) not in pairs


@pytest.mark.parametrize("seed", range(20))
def test_the_smaller_model_has_the_same_relaxation_and_duals(seed: int) -> None:
    arrays = arrays_of(random_instance(seed))
    reduced = reduce(arrays)
    assert len(reduced.arrays.columns) < len(arrays.columns)
    full = highs.run(arrays, EXACT, relaxed=True)
    small = highs.run(reduced.arrays, EXACT, relaxed=True)
    assert small.state == full.state
    if small.x is None or small.row_duals is None:
        return
    assert small.objective == pytest.approx(full.objective, rel=1e-7)
    x = reduced.restore(small.x, EXACT)
    assert x is not None
    value = arrays.matrix @ x
    give = 1e-7 * np.maximum(1.0, abs(arrays.matrix) @ np.abs(x))
    assert (value >= arrays.row_lower - give).all() and (value <= arrays.row_upper + give).all()
    cut = dual_cut(arrays, reduced.duals(small.row_duals))
    assert cut is not None
    at_root = cut[0] + float(cut[1] @ x[arrays.integer])
    assert at_root == pytest.approx(full.objective, rel=1e-6)


def test_the_smaller_model_is_left_alone_where_staff_has_a_cost() -> None:
    arrays = arrays_of(random_instance(0))
    priced = arrays.cost + np.array([n.startswith("staff_") for n in arrays.columns]) * 0.1
    changed = Arrays(**{**vars(arrays), "cost": priced})
    assert reduce(changed).arrays is changed


@pytest.fixture(scope="module")
def atlas_arrays() -> Arrays:
    regions, scenario = hs.Regions.morocco(), hs.Scenario.named("tech-valley-2030")
    return arrays_of(assemble(regions, scenario, score(regions, scenario)))


def test_the_atlas_has_the_same_relaxation_in_far_fewer_rows(atlas_arrays: Arrays) -> None:
    reduced = reduce(atlas_arrays)
    lp = LazyLP(reduced.arrays, EXACT)
    found = lp.run(60.0)
    whole = highs.run(atlas_arrays, EXACT, relaxed=True)
    assert found.objective == pytest.approx(whole.objective, rel=1e-8)
    assert len(lp.rows) < 0.8 * len(atlas_arrays.rows)


def test_a_sifted_lp_prices_hubs_like_the_whole_one(
    atlas_arrays: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Condensed around the relaxation, then far away from it: rows and columns come back."""
    monkeypatch.setattr("hubselect.solving.lazy.LARGE", 0)
    arrays = reduce(atlas_arrays).arrays
    hubs = np.flatnonzero(arrays.integer)
    lp = LazyLP(arrays, EXACT)
    root = lp.run(60.0)
    assert root.x is not None
    mixed = np.diff(arrays.matrix[:, np.flatnonzero(~arrays.integer)].indptr) > 0
    lp.condense(root, ~mixed)
    held = len(lp.columns)
    for share in (1.2, 1.5):
        at = np.minimum(root.x[hubs] * share, 1.0)
        lp.fix(hubs, at)
        found = lp.run(60.0)
        fixed = arrays.with_bounds(hubs, at, at)
        pure = np.flatnonzero(~mixed)
        loose = fixed.with_row_bounds(pure, -np.inf, np.inf)
        whole = highs.run(loose, EXACT, relaxed=True)
        assert found.state == whole.state == "optimal"
        assert found.objective == pytest.approx(whole.objective, rel=1e-7)
    assert held < len(arrays.columns)


def test_an_lp_that_highs_gives_up_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    lp = LazyLP(arrays_of(random_instance(0)), EXACT)

    def fails(*_: object) -> None:
        raise SolverError("HiGHS stopped with status 'Unknown'")

    monkeypatch.setattr(highs.Watched, "run", fails)
    found = lp.run(10.0)
    assert found.state == "limit"
    assert found.x is None
    assert found.bound == -np.inf


def test_a_scenario_can_leave_out_every_device() -> None:
    scenario = hs.Scenario.named("tech-valley-2030").replace(solve__without=DEVICES)
    assert scenario.solve.without == DEVICES


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("coefficient", [1.0, -1.0])
def test_columns_that_mend_an_infeasible_lp_come_in(
    coefficient: float, sign: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """x ≥ 1 with x left out, as a row of either side; HiGHS may give a ray or its opposite."""
    matrix = sparse.csr_array([[0.0, coefficient], [1.0, 0.0]])
    low, high = (1.0, np.inf) if coefficient > 0 else (-np.inf, -1.0)
    arrays = Arrays(
        matrix=matrix, row_lower=np.array([low, 0.0]), row_upper=np.array([high, np.inf]),
        cost=np.ones(2), offset=0.0, lower=np.zeros(2), upper=np.full(2, np.inf),
        integer=np.zeros(2, dtype=bool), columns=("held", "waiting"), rows=("asks", "other"),
    )  # fmt: skip
    ray = highs.Watched.ray
    monkeypatch.setattr(highs.Watched, "ray", lambda lp: np.asarray(ray(lp)) * sign)
    held = np.arange(2), np.array([0])
    found = LazyLP(arrays, EXACT, held=held).run(60.0)
    assert (found.state, found.objective) == ("optimal", 1.0)


def test_simplex_that_strays_from_its_basis_begins_anew(
    atlas_arrays: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubselect.solving.lazy.WARM", 0.001)
    arrays = reduce(atlas_arrays).arrays
    hubs, forgotten, forget = np.flatnonzero(arrays.integer), [], highs.Watched.forget
    lp = LazyLP(arrays, EXACT)
    root = lp.run(60.0)
    assert root.x is not None
    monkeypatch.setattr(highs.Watched, "forget", lambda lp: (forgotten.append(1), forget(lp))[1])
    at = np.minimum(1.2 * root.x[hubs], 1.0)
    lp.fix(hubs, at)
    found = lp.run(60.0)
    assert forgotten
    whole = highs.run(arrays.with_bounds(hubs, at, at), EXACT, relaxed=True)
    assert found.state == whole.state
    if whole.x is not None:
        assert found.objective == pytest.approx(whole.objective, rel=1e-7)


@pytest.mark.parametrize("last", [1, 2, 3])
def test_every_way_of_simplex_ends_at_the_same_optimum(
    last: int, atlas_arrays: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With hardly an iteration in each way but the last; there the limit alone ends it."""
    monkeypatch.setattr(lazy, "COLD", 0.01)
    monkeypatch.setattr(lazy, "WAYS", lazy.WAYS[: last + 1])
    used, use = [], LazyLP._use

    def told(lp: LazyLP, way: int, allowed: float) -> None:
        used.append(way)
        use(lp, way, allowed)

    monkeypatch.setattr(LazyLP, "_use", told)
    arrays = reduce(atlas_arrays).arrays
    found, alone = run(LazyLP(arrays, EXACT)), highs.run(arrays, EXACT, relaxed=True)
    assert used == list(range(last + 1))
    assert (found.state, alone.state) == ("optimal", "optimal")
    assert found.objective == pytest.approx(alone.objective, rel=1e-7)
    if last < 3:  # the interior point method has no iterations of simplex
        monkeypatch.setattr(lazy, "ENDLESS", 1)
        assert run(LazyLP(arrays, EXACT)).state == "limit"
