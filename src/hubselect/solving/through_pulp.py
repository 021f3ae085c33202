"""Any other solver that PuLP knows, by its PuLP name."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pulp

from hubselect.arrays import Arrays
from hubselect.errors import SolverError, nearest
from hubselect.solving.highs import Result, Settings, State


def run(problem: Any, arrays: Arrays, name: str, settings: Settings) -> Result:
    """Minimise with the PuLP solver `name`, for example `PULP_CBC_CMD`, `SCIP_CMD`.

    PuLP reports no bound: where the solver claims optimality within the gap, the bound is the
    objective less that gap; else it is −inf.

    Raises:
        SolverError: unknown or not installed solver, or the solver failed.
    """
    available = pulp.listSolvers(onlyAvailable=True)
    if name not in available:
        known = name in pulp.listSolvers()
        what = "is not installed" if known else "is not a PuLP solver"
        raise SolverError(f"solver '{name}' {what} ({nearest(name, available)})")
    options = {"msg": False, "timeLimit": settings.time_limit, "gapRel": settings.gap}
    began = time.perf_counter()
    try:
        answer = problem.solve(pulp.getSolver(name, **options))
    except (pulp.PulpSolverError, OSError) as error:
        raise SolverError(f"solver '{name}' failed: {error}") from error
    seconds = time.perf_counter() - began
    status, found, proven = _answer(problem, answer)
    values = [x.varValue for x in problem.variables()]
    x = np.array(values, dtype=float) if found and None not in values else None
    objective = float(arrays.cost @ x + arrays.offset) if x is not None else np.inf
    state = _state(status, proven)
    bound = objective - settings.gap * abs(objective) if proven else -np.inf
    return Result(state, x, objective, bound, 0, seconds)


def _answer(problem: Any, answer: Any) -> tuple[int, bool, bool]:
    """Status, whether a solution is known, and whether it is proven within the gap.

    PuLP 3 returns a status and keeps the rest in the problem; PuLP 4 returns statistics.
    """
    if isinstance(answer, int):
        return answer, problem.sol_status in (1, 2), problem.sol_status == 1
    optimal, within_gap = 1, -7
    proven = answer.status in (optimal, within_gap)
    return int(answer.status), bool(answer.has_solution), proven


def _state(status: int, proven: bool) -> State:
    if proven:
        return "optimal"
    return {-1: "infeasible", -2: "unbounded"}.get(status, "limit")  # type: ignore[return-value]
