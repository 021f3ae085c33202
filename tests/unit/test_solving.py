"""Statuses become outcomes or typed errors; limits and interruptions keep the best plan."""

from __future__ import annotations

import _thread
import threading
from dataclasses import replace

import numpy as np
import pytest

from checks import EXACT, check_audit
from hubselect.arrays import compile_problem
from hubselect.errors import (
    InfeasibleError,
    NoPlanError,
    SolverError,
    UnboundedError,
)
from hubselect.explore.futures.stages import marginal_job
from hubselect.instance import Instance, Policy, RegionRow
from hubselect.model import build
from hubselect.solving import Progress, Settings, highs, solve_instance
from hubselect.solving.highs import relative_gap
from toy import full_policy, random_instance, toy


def hard(size: int = 60) -> highs.Arrays:
    """An equality knapsack that branching cannot finish soon, but that has easy solutions."""
    rng = np.random.default_rng(7)
    weights = rng.integers(1_000, 10_000, size=(5, size)).astype(float)
    from scipy import sparse

    return highs.Arrays(
        matrix=sparse.csr_array(weights),
        row_lower=np.full(5, -np.inf),
        row_upper=weights.sum(axis=1) / 2,
        cost=-(weights.mean(axis=0) + rng.integers(0, 100, size)),
        offset=0.0,
        lower=np.zeros(size),
        upper=np.ones(size),
        integer=np.ones(size, dtype=bool),
        columns=tuple(f"x{n}" for n in range(size)),
        rows=tuple(f"r{n}" for n in range(5)),
    )


def test_a_proven_plan_says_so() -> None:
    solved = solve_instance(toy(), EXACT)
    assert solved.outcome == "proven"
    assert solved.stopped_by == "gap"
    assert solved.gap == pytest.approx(0.0, abs=1e-9)


def test_time_limit_returns_the_best_so_far_and_never_says_optimal() -> None:
    result = highs.run(hard(), Settings(gap=0.0, time_limit=1.0))
    assert result.state == "limit"
    assert result.x is not None
    assert result.bound < result.objective


def test_ctrl_c_returns_the_best_so_far() -> None:
    timer = threading.Timer(1.5, _thread.interrupt_main)
    timer.start()
    result = highs.run(hard(), Settings(gap=0.0, time_limit=60.0))
    assert result.state == "interrupted"
    assert result.x is not None
    assert result.seconds < 30


def test_ctrl_c_at_the_end_of_a_run_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Heard too late to stop HiGHS: the solution stands, and whoever asked still stops."""
    arrays = compile_problem(build(toy()).problem)
    ran = highs._Watch.run

    def late(self: highs._Watch, began: float, progress: object) -> bool:
        ran(self, began, None)
        return True

    exact = highs.run(arrays, Settings(gap=0.0))
    monkeypatch.setattr(highs._Watch, "run", late)
    result = highs.run(arrays, Settings(gap=0.0))
    assert (exact.state, result.state) == ("optimal", "interrupted")
    assert result.x is not None and result.objective == pytest.approx(exact.objective)
    impossible = replace(arrays, row_lower=np.full(len(arrays.rows), 1e12))
    impossible = replace(impossible, row_upper=np.full(len(arrays.rows), 1e12))
    assert highs.run(impossible, Settings()).state == "infeasible"
    with pytest.raises(KeyboardInterrupt):
        marginal_job(toy(), Settings())


def test_progress_reports_incumbent_bound_and_gap() -> None:
    seen: list[Progress] = []
    highs.run(hard(), Settings(gap=0.0, time_limit=1.5), progress=seen.append)
    assert seen
    last = seen[-1]
    assert last.incumbent is not None and last.bound is not None
    assert last.gap == relative_gap(last.incumbent, last.bound)
    assert [p.seconds for p in seen] == sorted(p.seconds for p in seen)


def test_no_time_means_no_plan() -> None:
    with pytest.raises(NoPlanError, match="time limit"):
        solve_instance(random_instance(3), Settings(time_limit=0.0))


def test_a_negative_cost_without_limit_is_unbounded() -> None:
    free = toy(policy=Policy(), seat_cost=np.array([-1.0, 0.1]), place_cost=np.array([-9.0, 0.0]))
    unlimited = free.replace(place_growth=np.array([1e30, 0.5]), place_floor=np.array([1e30, 1.0]))
    with pytest.raises((UnboundedError, SolverError)):
        solve_instance(unlimited, EXACT)


@pytest.mark.parametrize("solver", ["HIGS", "GUROBI_CMD"])
def test_missing_solver_is_named(solver: str) -> None:
    with pytest.raises(SolverError, match=solver):
        solve_instance(toy(), EXACT, solver=solver)


def blame(instance: Instance) -> set[str]:
    with pytest.raises(InfeasibleError) as error:
        solve_instance(instance, EXACT)
    return set(error.value.families)


def test_conflict_names_the_families_and_only_them() -> None:
    policy = replace(full_policy(), ceilings=(RegionRow((0,), 1, heads=10.0),))
    assert blame(toy(policy=policy)) == {"regional_ceiling", "regional_floor"}


def test_impossible_target_is_blamed_with_the_demand_that_limits_it() -> None:
    families = blame(toy(policy=Policy(job_target=((1, 5_000.0),))))
    assert families in ({"job_target"}, {"demand", "job_target"})


def test_a_conflict_only_whole_hubs_show_is_blamed_too() -> None:
    """Half a hub would do: the LP has a plan, whole numbers do not."""
    tight = toy(
        policy=Policy(job_target=((1, 1_500.0),), max_open=1, rivals=((0, 1),)),
        workstations=toy().workstations * 0.7,
        largest_size=np.array([0, 0]),
        increment=np.array([400.0, 1.0]),
        ramp_up=np.full((2, 2), 0.6),
    )
    arrays = compile_problem(build(tight).problem)
    assert highs.run(arrays, EXACT, relaxed=True).state in ("optimal", "infeasible")
    assert "job_target" in blame(tight)


def test_plans_do_not_depend_on_the_strengthening_rows() -> None:
    instance = toy(policy=Policy(job_target=((1, 1_560.0),)))
    plain = solve_instance(instance, EXACT, without=["national_capacity", "floor_cover"])
    assert plain.objective == pytest.approx(solve_instance(instance, EXACT).objective, rel=1e-7)
    check_audit(instance, plain)


def test_same_seed_same_plan() -> None:
    instance = toy(policy=full_policy())
    first, second = (solve_instance(instance, EXACT).decisions for _ in range(2))
    assert np.array_equal(first.installed, second.installed)
    assert np.allclose(first.seats, second.seats)


def test_changing_threads_in_a_process_still_solves() -> None:
    costs = [
        solve_instance(toy(), replace(EXACT, threads=threads)).objective for threads in (1, 2, 1)
    ]
    assert costs == pytest.approx([costs[0]] * 3)


@pytest.mark.parametrize(
    ("objective", "bound", "gap"), [(100, 99, 0.01), (100, 101, 0.0), (0, 0, 0.0), (-50, -55, 0.1)]
)
def test_gap_is_relative_to_the_plan(objective: float, bound: float, gap: float) -> None:
    assert relative_gap(objective, bound) == pytest.approx(gap)
