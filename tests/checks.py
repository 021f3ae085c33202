"""Checks shared by tests: every plan any test makes is audited."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
from scipy import optimize

from hubselect.arrays import Arrays, compile_problem
from hubselect.audit import Audit, audit
from hubselect.instance import Instance
from hubselect.model import build
from hubselect.solving import Settings, Solved, solve_instance
from hubselect.tables import decision_tables

EXACT = Settings(gap=0.0)


def solved_and_audited(instance: Instance, *, solver: str = "HiGHS", **options: object) -> Solved:
    """Solve at zero gap and check the certificate."""
    solved = solve_instance(instance, EXACT, solver=solver, **options)  # type: ignore[arg-type]
    check_audit(instance, solved)
    return solved


def check_audit(instance: Instance, solved: Solved) -> Audit:
    result = audit(instance, decision_tables(instance, solved.decisions), solved.objective)
    assert result.passed, result.table[result.table["max_violation"] > 1e-6].to_string()
    return result


def brute_force(instance: Instance) -> float | None:
    """Least cost over every assignment of hubs, each by an LP of its own; None: none fits.

    The strengthening families are left out, so that they are tested and not trusted.
    """
    model = build(instance, without=["national_capacity", "floor_cover"])
    arrays = compile_problem(model.problem)
    position = {name: n for n, name in enumerate(arrays.columns)}
    z = model.variables.installed
    best = None
    for choice in product(*(histories(instance) for _ in instance.sites)):
        lower, upper = arrays.lower.copy(), arrays.upper.copy()
        for (h, k, t), column in z.items():
            value = 1.0 if choice[h][t] > k else 0.0
            lower[position[column.name]] = upper[position[column.name]] = value
        cost = lp_cost(arrays, lower, upper)
        if cost is not None and (best is None or cost < best):
            best = cost
    return best


def histories(instance: Instance) -> list[tuple[int, ...]]:
    """Every way a site's number of sizes can grow over the years."""
    sizes = range(len(instance.sizes) + 1)
    paths = product(sizes, repeat=len(instance.years))
    return [path for path in paths if all(a <= b for a, b in pairwise(path))]


def lp_cost(arrays: Arrays, lower: np.ndarray, upper: np.ndarray) -> float | None:
    """Optimum with the given column bounds, classes whole, by scipy; None where infeasible."""
    rows = [optimize.LinearConstraint(arrays.matrix, arrays.row_lower, arrays.row_upper)]
    result = optimize.milp(
        arrays.cost,
        constraints=rows,
        bounds=optimize.Bounds(lower, upper),
        integrality=(arrays.integer & ~arrays.hubs).astype(int),
        options={"mip_rel_gap": 0.0},
    )
    assert result.status in (0, 2), result.message
    return float(result.fun) + arrays.offset if result.status == 0 else None


def priced_maps(instance: Instance) -> list[tuple[np.ndarray, float]]:
    """Every hub map z [H,K,T] that admits a plan, with its least cost; for tiny instances."""
    model = build(instance, without=["national_capacity", "floor_cover"])
    arrays = compile_problem(model.problem)
    position = {name: n for n, name in enumerate(arrays.columns)}
    sizes, years = range(len(instance.sizes)), range(len(instance.years))
    found = []
    for choice in product(*(histories(instance) for _ in instance.sites)):
        z = np.array([[[float(path[t] > k) for t in years] for k in sizes] for path in choice])
        lower, upper = arrays.lower.copy(), arrays.upper.copy()
        for key, column in model.variables.installed.items():
            lower[position[column.name]] = upper[position[column.name]] = z[key]
        cost = lp_cost(arrays, lower, upper)
        if cost is not None:
            found.append((z, cost))
    return found
