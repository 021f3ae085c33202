"""One peer on one instance, in the peers' environment; prints one line of JSON.

    .venv-peers/bin/python benchmarks/peers/locate_peer.py PEER INSTANCE.npz GAP SECONDS

CPU seconds are those of stating, handing over and solving, children (CBC) counted; reading the
instance, imports, and writing the MPS that SCIP and OR-Tools read, are not.
"""

from __future__ import annotations

import importlib
import json
import re
import resource
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from formulations import Rows, rows_of

Outcome = tuple[float | None, float | None]  # value, bound
SLOWEST = 5  # wall-clock seconds allowed for one of CPU, on a shared machine
IMPORTS = {  # before the clock starts
    "highs": ["highspy"],
    "scip": ["highspy", "pyscipopt"],
    "ortools": ["highspy", "ortools.linear_solver.python.model_builder"],
    "pulp_cbc": ["pulp"],
    "spopt": ["pulp", "spopt.locate"],
}


def highs_of(rows: Rows) -> Any:
    """HiGHS holding the rows, handed over as arrays."""
    import highspy

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(rows.cost), len(rows.lower)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = rows.cost, np.zeros(len(rows.cost)), rows.high
    lp.row_lower_, lp.row_upper_ = rows.lower, rows.upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = rows.matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = rows.matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = rows.matrix.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[int(k)] for k in rows.integer]
    solver.passModel(lp)
    return solver


def highs(rows: Rows, gap: float, seconds: float) -> Outcome:
    """Plain HiGHS, one thread, stopped by CPU seconds."""
    solver = highs_of(rows)
    for name, value in (("mip_rel_gap", gap), ("time_limit", SLOWEST * seconds), ("threads", 1)):
        solver.setOptionValue(name, value)
    end = cpu() + seconds

    def heard(event: Any) -> None:
        if cpu() > end:
            event.data_in.user_interrupt = True

    for name in ("cbMipInterrupt", "cbSimplexInterrupt", "cbIpmInterrupt"):
        getattr(solver, name).subscribe(heard)
    solver.run()
    info = solver.getInfo()
    value = info.objective_function_value if info.primal_solution_status == 2 else None
    return value, info.mip_dual_bound


def scip(mps: str, gap: float, seconds: float) -> Outcome:
    """SCIP through pyscipopt."""
    from pyscipopt import Model

    model = Model()
    model.hideOutput()
    model.setParam("timing/clocktype", 1)  # CPU
    model.setParam("limits/time", seconds)
    model.setParam("limits/gap", gap)
    model.readProblem(mps)
    model.optimize()
    return (model.getObjVal() if model.getNSols() else None), model.getDualbound()


def ortools(mps: str, gap: float, seconds: float, backend: str) -> Outcome:
    """OR-Tools: CP-SAT with one worker where all columns are whole, its SCIP where not."""
    from ortools.linear_solver.python import model_builder

    model = model_builder.Model()
    assert model.import_from_mps_file(mps)
    solver = model_builder.Solver(backend)
    solver.set_time_limit_in_seconds(SLOWEST * seconds)
    threading.Thread(target=stop_after, args=(solver, seconds), daemon=True).start()
    sat = f"num_workers:1, relative_gap_limit:{gap}"
    solver.set_solver_specific_parameters(sat if backend == "sat" else f"limits/gap = {gap}")
    status = solver.solve(model)
    if status not in (model_builder.SolveStatus.OPTIMAL, model_builder.SolveStatus.FEASIBLE):
        return None, None
    return solver.objective_value, solver.best_objective_bound


def stop_after(solver: Any, seconds: float) -> None:
    """Stop OR-Tools after CPU seconds."""
    end = cpu() + seconds
    while cpu() < end:
        time.sleep(0.05)
    solver.stop_search()


def cbc(gap: float, seconds: float, log: str) -> Any:
    """PuLP's CBC with its log kept: PuLP returns no bound."""
    import pulp

    return pulp.PULP_CBC_CMD(
        msg=False, timeLimit=seconds, gapRel=gap, threads=1, logPath=log, timeMode="cpu"
    )


def read_log(problem: Any, log: str, gap: float) -> Outcome:
    """Value and bound from a PuLP problem and CBC's log."""
    text = Path(log).read_text(encoding="utf-8", errors="replace")
    if problem.sol_status not in (1, 2):
        return None, None
    value = float(problem.objective.value())
    found = re.findall(r"^(?:Lower bound|Upper bound):\s*(\S+)", text, flags=re.M)
    if found:
        return value, abs(float(found[-1])) * (1 if value >= 0 else -1)
    if problem.sol_status == 1 and "Optimal solution found" in text:
        return value, value - gap * abs(value)  # proven within the gap asked, no more is printed
    return value, None


def pulp_cbc(rows: Rows, gap: float, seconds: float, log: str) -> Outcome:
    """The same rows stated in PuLP, solved by CBC."""
    import pulp

    began = cpu()
    problem = pulp.LpProblem("locate", pulp.LpMinimize)
    x = [
        pulp.LpVariable(
            f"x{j}", 0, None if np.isinf(top) else top, "Integer" if k else "Continuous"
        )
        for j, (top, k) in enumerate(zip(rows.high, rows.integer, strict=True))
    ]
    problem += pulp.LpAffineExpression(zip(x, rows.cost.tolist(), strict=True))
    start, index, value = rows.matrix.indptr, rows.matrix.indices, rows.matrix.data
    for r, (low, high) in enumerate(zip(rows.lower, rows.upper, strict=True)):
        span = slice(start[r], start[r + 1])
        terms = pulp.LpAffineExpression(
            (x[j], v) for j, v in zip(index[span], value[span].tolist(), strict=True)
        )
        if low == high:
            problem += terms == float(low)
        elif np.isfinite(low):
            problem += terms >= float(low)
        else:
            problem += terms <= float(high)
    left = seconds - (cpu() - began)
    if left <= 0:
        return None, None
    problem.solve(cbc(gap, left, log))
    value, bound = read_log(problem, log, gap)
    # stopped in its first LP, CBC gives that LP's unfinished point for a plan
    found = np.array([np.nan if xj.value() is None else xj.value() for xj in x])
    return (value, bound) if holds(rows, found) else (None, bound)


def holds(rows: Rows, x: Any) -> bool:
    """Whether values keep to rows, bounds and whole numbers."""
    value = rows.matrix @ x
    give = 1e-5 * np.maximum(1.0, np.abs(value))
    kept = (value >= rows.lower - give) & (value <= rows.upper + give)
    whole = np.abs(x - np.rint(x))[rows.integer] <= 1e-5
    inside = (x >= -1e-5) & (x <= rows.high + 1e-5)
    return bool(kept.all() and whole.all() and inside.all())


def spopt(data: dict[str, Any], gap: float, seconds: float, log: str) -> Outcome:
    """spopt's own statement of the problem, with CBC."""
    from spopt.locate import LSCP, MCLP, PCenter, PMedian

    cost, name = data["cost"], data["problem"]
    weights = data.get("weights", np.ones(len(cost)))
    p, radius = int(data.get("p", 0)), float(data.get("radius", 0.0))
    began = cpu()
    if name == "p_median":
        model = PMedian.from_cost_matrix(cost, weights, p_facilities=p)
    elif name == "cover":
        model = LSCP.from_cost_matrix(cost, radius)
    elif name == "max_cover":
        model = MCLP.from_cost_matrix(cost, weights, radius, p_facilities=p)
    else:
        model = PCenter.from_cost_matrix(cost, p_facilities=p)
    left = seconds - (cpu() - began)
    if left <= 0:
        return None, None
    model.problem.solve(cbc(gap, left, log))
    value, bound = read_log(model.problem, log, gap)
    return value, bound


def main() -> None:
    """Run and print."""
    peer, file, gap, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
    with np.load(file, allow_pickle=False) as stored:
        data = {name: stored[name] for name in stored.files}
    data = {name: (v.item() if v.ndim == 0 else v) for name, v in data.items()}
    for package in IMPORTS[peer]:
        importlib.import_module(package)
    sign = 1.0
    with tempfile.TemporaryDirectory() as folder:
        log, mps = f"{folder}/log", f"{folder}/model.mps"
        began = cpu()
        if peer == "spopt":
            value, bound = spopt(data, gap, seconds, log)
            if data["problem"] == "max_cover" and bound is not None:
                bound = value + abs(value - bound)  # above a maximum
        else:
            rows = rows_of(data)
            sign = rows.sign
            if peer in ("scip", "ortools"):
                highs_of(rows).writeModel(mps)
                began = cpu()
                if peer == "scip":
                    value, bound = scip(mps, gap, seconds)
                else:
                    backend = "sat" if rows.integer.all() else "scip"
                    value, bound = ortools(mps, gap, seconds, backend)
            elif peer == "highs":
                value, bound = highs(rows, gap, seconds)
            else:
                value, bound = pulp_cbc(rows, gap, seconds, log)
        taken = cpu() - began
    finite = [
        None if v is None or not np.isfinite(v) or abs(v) > 1e19 else v for v in (value, bound)
    ]
    value, bound = (None if v is None else sign * float(v) for v in finite)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"value": value, "bound": bound, "cpu": taken, "peak_mb": peak}))


def cpu() -> float:
    """CPU seconds of this process and its finished children."""
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
