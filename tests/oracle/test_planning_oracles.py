"""The solver against brute force, other solvers and the plain model, on tiny instances."""

from __future__ import annotations

import numpy as np
import pulp
import pytest
from scipy import optimize

from checks import EXACT, brute_force, check_audit, solved_and_audited
from hubselect.arrays import compile_problem
from hubselect.errors import InfeasibleError
from hubselect.instance import Instance
from hubselect.model import build
from hubselect.solving import solve_instance, strength_families
from hubselect.solving.decomposition import decompose
from hubselect.solving.reduction import reduce
from toy import random_instance, toy

CLOSE = 1e-6  # relative: the feasibility tolerance of the solvers


def cost_or_none(instance: Instance, **options: object) -> float | None:
    try:
        return solved_and_audited(instance, **options).objective
    except InfeasibleError as error:
        assert error.families, "an infeasible scenario blames some policy"
        return None


def assert_same(found: float | None, expected: float | None) -> None:
    assert (found is None) == (expected is None), (found, expected)
    if found is not None and expected is not None:
        assert found == pytest.approx(expected, rel=CLOSE, abs=CLOSE)


@pytest.mark.parametrize("seed", range(100))
def test_solver_finds_what_brute_force_finds(seed: int) -> None:
    instance = random_instance(seed)
    assert_same(cost_or_none(instance), brute_force(instance))


def test_random_instances_are_of_every_kind() -> None:
    """The oracle means little if all instances are trivial: some fit, some do not, some build."""
    outcomes = []
    for seed in range(100):
        try:
            solved = solve_instance(random_instance(seed), EXACT)
            outcomes.append("hubs" if solved.decisions.installed.any() else "no hub")
        except InfeasibleError:
            outcomes.append("infeasible")
    counts = {kind: outcomes.count(kind) for kind in set(outcomes)}
    assert counts.get("hubs", 0) >= 20, counts
    assert counts.get("infeasible", 0) >= 5, counts


@pytest.mark.parametrize("seed", range(100, 200))
def test_highs_agrees_with_scipy_milp(seed: int) -> None:
    instance = random_instance(seed)
    arrays = compile_problem(build(instance).problem)
    rows = [optimize.LinearConstraint(arrays.matrix, arrays.row_lower, arrays.row_upper)]
    result = optimize.milp(
        arrays.cost,
        constraints=rows,
        integrality=arrays.integer.astype(int),
        bounds=optimize.Bounds(arrays.lower, arrays.upper),
        options={"mip_rel_gap": 0.0},
    )
    expected = float(result.fun) + arrays.offset if result.status == 0 else None
    assert_same(cost_or_none(instance), expected)


@pytest.mark.skipif(
    not {"PULP_CBC_CMD", "COIN_CMD"} & set(pulp.listSolvers(onlyAvailable=True)),
    reason="PuLP 4 ships no CBC",
)
@pytest.mark.parametrize("seed", range(100, 200))
def test_highs_agrees_with_cbc(seed: int) -> None:
    instance = random_instance(seed)
    available = pulp.listSolvers(onlyAvailable=True)
    name = "PULP_CBC_CMD" if "PULP_CBC_CMD" in available else "COIN_CMD"
    assert_same(cost_or_none(instance), cost_or_none(instance, solver=name))


@pytest.mark.parametrize("seed", range(200, 300))
def test_decomposition_agrees_with_branching_on_the_whole(seed: int) -> None:
    instance = random_instance(seed)
    whole = cost_or_none(instance, decomposed=False)
    assert_same(cost_or_none(instance), whole)
    arrays = compile_problem(build(instance).problem)
    alone = decompose(reduce(arrays), EXACT)
    assert alone.state in ("optimal", "infeasible")
    assert (alone.state == "infeasible") == (whole is None)
    if whole is not None:
        assert alone.objective == pytest.approx(whole, rel=CLOSE, abs=CLOSE)
        assert alone.bound <= whole + CLOSE * max(1.0, abs(whole))


@pytest.mark.parametrize("seed", range(100, 140))
@pytest.mark.parametrize("family", strength_families())
def test_strengthening_rows_cut_nothing_off(seed: int, family: str) -> None:
    instance = random_instance(seed)
    assert_same(cost_or_none(instance), cost_or_none(instance, without=[family]))


def test_any_pulp_solver_by_name_gives_a_certified_plan() -> None:
    instance = toy()
    # not the name HiGHS, which takes our own way to it
    name = next(n for n in pulp.listSolvers(onlyAvailable=True) if n != "HiGHS")
    solved = solve_instance(instance, EXACT, solver=name)
    assert solved.outcome == "proven"
    check_audit(instance, solved)
    assert solved.objective == pytest.approx(solve_instance(instance, EXACT).objective, rel=CLOSE)


def test_bound_never_exceeds_the_optimum() -> None:
    for seed in range(20):
        instance = random_instance(seed)
        optimum = cost_or_none(instance)
        if optimum is None:
            continue
        arrays = compile_problem(build(instance).problem)
        rows = [optimize.LinearConstraint(arrays.matrix, arrays.row_lower, arrays.row_upper)]
        bounds = optimize.Bounds(arrays.lower, arrays.upper)
        relaxed = optimize.milp(arrays.cost, constraints=rows, bounds=bounds)
        assert relaxed.fun + arrays.offset <= optimum + 1e-6 * abs(optimum)
        assert np.isfinite(relaxed.fun)
