"""HiGHS on arrays: quiet, interruptible, with progress. Only here highspy is run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import highspy
import numpy as np

from hubselect.arrays import Arrays
from hubselect.errors import SolverError
from hubselect.instance import Floats, Ints
from hubselect.solving.process import quiet, share_threads

PRECISION = 1e-8  # relative: what LP solutions and their duals are trusted to
LOST = 1e-6  # HiGHS 1.16 may return the start as the solution of a cost that is lower by more

# 'dear': it costs at least what was asked, and the duals are feasible ones that prove so
State = Literal["optimal", "limit", "interrupted", "infeasible", "unbounded", "dear"]


@dataclass(frozen=True)
class Settings:
    """How to solve: relative gap, wall-clock limit [s], threads, seed."""

    gap: float = 1e-3
    time_limit: float = 600.0
    threads: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Progress:
    """Where a running solve stands: seconds so far, best cost and bound [MMAD], gap, nodes."""

    seconds: float
    incumbent: float | None
    bound: float | None
    nodes: int
    stopping: bool = False  # Ctrl-C was heard

    @property
    def gap(self) -> float | None:
        """(incumbent − bound) / |incumbent|, or None before the first plan."""
        if self.incumbent is None or self.bound is None:
            return None
        return relative_gap(self.incumbent, self.bound)


@dataclass(frozen=True, eq=False)
class Result:
    """What a run returned: x is None where no solution is known; duals only for LPs."""

    state: State
    x: Floats | None
    objective: float
    bound: float
    nodes: int
    seconds: float
    row_duals: Floats | None = None
    column_duals: Floats | None = None


def relative_gap(objective: float, bound: float) -> float:
    """(objective − bound) / |objective|, 0 where they agree, never negative."""
    difference = max(objective - bound, 0.0)
    return difference / max(abs(objective), 1e-9) if difference > 0 else 0.0


def run(
    arrays: Arrays,
    settings: Settings,
    *,
    relaxed: bool = False,
    start: Floats | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Minimise; Ctrl-C and the time limit return the best solution so far.

    Args:
        relaxed: drop integrality and solve the LP.
        start: values of all columns of a feasible solution to start from.
        progress: called about ten times a second, in the calling thread.

    Raises:
        SolverError: HiGHS failed.
    """
    solver = load(arrays, settings, relaxed=relaxed)
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = list(start)
        solver.setSolution(solution)
    watch = _Watch(solver)
    began = time.perf_counter()
    interrupted = watch.run(began, progress)
    found = _result(solver, arrays, time.perf_counter() - began, interrupted, relaxed)
    if start is None or found.x is None:
        return found
    cost = float(arrays.cost @ found.x) + arrays.offset
    if relative_gap(cost, found.objective) <= LOST:
        return found
    if found.state != "optimal":
        return replace(found, objective=cost)
    left = replace(settings, time_limit=max(settings.time_limit - found.seconds, 0.0))
    return run(arrays, left, relaxed=relaxed, progress=progress)


def load(arrays: Arrays, settings: Settings, *, relaxed: bool = False) -> Any:
    """A quiet HiGHS holding the model."""
    solver = quiet()
    share_threads(settings.threads)
    solver.setOptionValue("mip_rel_gap", settings.gap)
    solver.setOptionValue("mip_abs_gap", 1e-9)
    solver.setOptionValue("time_limit", settings.time_limit)
    solver.setOptionValue("threads", settings.threads)
    solver.setOptionValue("random_seed", settings.seed)
    # re-solving a sub-MIP at the root took half of the time and found no better plan
    solver.setOptionValue("mip_heuristic_run_root_reduced_cost", False)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(arrays.columns), len(arrays.rows)
    lp.col_cost_, lp.offset_ = arrays.cost, arrays.offset
    lp.col_lower_, lp.col_upper_ = arrays.lower, arrays.upper
    lp.row_lower_, lp.row_upper_ = arrays.row_lower, arrays.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = arrays.matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = arrays.matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = arrays.matrix.data
    if not relaxed and arrays.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(k)] for k in arrays.integer]
    if solver.passModel(lp) == highspy.HighsStatus.kError:
        raise SolverError("HiGHS refuses the model: a coefficient is infinite or not a number")
    return solver


BASIC, AT_LOWER = highspy.HighsBasisStatus.kBasic, highspy.HighsBasisStatus.kLower


@dataclass(frozen=True, eq=False)
class Basis:
    """Where a simplex run ended: HiGHS's status of every column and row."""

    columns: list[Any]
    rows: list[Any]
    names: tuple[str, ...]  # of the rows

    def for_rows(self, names: tuple[str, ...]) -> Basis:
        """The basis over other rows; those it does not know are basic."""
        if names == self.names:
            return self
        known = dict(zip(self.names, self.rows, strict=True))
        return Basis(self.columns, [known.get(name, BASIC) for name in names], names)


class Watched:
    """A live solver that is run again and again while its bounds and rows change."""

    def __init__(self, arrays: Arrays, settings: Settings, *, relaxed: bool = False) -> None:
        self._arrays, self._relaxed = arrays, relaxed
        self._solver = load(arrays, settings, relaxed=relaxed)
        self._watch = _Watch(self._solver)

    def option(self, name: str, value: float | str | bool) -> None:
        """Set one of HiGHS's options."""
        self._solver.setOptionValue(name, value)

    def fix(self, columns: Ints, values: Floats) -> None:
        """Fix columns by their bounds."""
        self._solver.changeColsBounds(len(columns), columns.astype(np.int32), values, values)

    def price(self, cost: Floats) -> None:
        """Change the cost of every column."""
        self.charge(np.arange(len(cost)), cost)

    def charge(self, columns: Ints, cost: Floats) -> None:
        """Change the cost of some columns."""
        self._solver.changeColsCost(len(columns), columns.astype(np.int32), cost)

    def add_row(self, coefficients: Floats, lower: float) -> None:
        """Add the row coefficients·x ≥ lower."""
        kept = np.flatnonzero(np.abs(coefficients) > 1e-9).astype(np.int32)
        self._solver.addRow(lower, highspy.kHighsInf, len(kept), kept, coefficients[kept])

    def add_rows(self, matrix: Any, lower: Floats, upper: Floats) -> None:
        """Add the rows lower ≤ matrix·x ≤ upper; `matrix` is CSR."""
        start, index = matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32)
        self._solver.addRows(len(lower), lower, upper, matrix.nnz, start, index, matrix.data)

    def add_columns(self, matrix: Any, cost: Floats, lower: Floats, upper: Floats) -> None:
        """Add continuous columns; `matrix` is CSC."""
        start, index = matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32)
        self._solver.addCols(len(cost), cost, lower, upper, matrix.nnz, start, index, matrix.data)

    def forget(self) -> None:
        """Drop the basis: the next run begins anew, with presolve."""
        self._solver.clearSolver()

    @property
    def heard(self) -> bool:
        """Whether Ctrl-C was heard in a run, even where the run ended by itself."""
        return self._watch.stop

    @property
    def has_basis(self) -> bool:
        """Whether a run has ended somewhere."""
        return bool(self._solver.getBasis().valid)

    def basis(self) -> Basis:
        """Status of every column and row where the last run ended."""
        found = self._solver.getBasis()
        return Basis(list(found.col_status), list(found.row_status), self._arrays.rows)

    def start_at(self, basis: Basis) -> None:
        """Begin the next run at a basis of the same columns; rows it does not know are basic."""
        start = highspy.HighsBasis()
        start.col_status = basis.columns
        start.row_status = basis.for_rows(self._arrays.rows).rows
        start.valid = True
        self._solver.setBasis(start)

    def cap(self, column: int, upper: float) -> None:
        """Give one column another upper bound."""
        self._solver.changeColBounds(column, self._arrays.lower[column], upper)

    def free(self, columns: Ints) -> None:
        """Give columns the bounds of the model back."""
        a = self._arrays
        where = columns.astype(np.int32)
        self._solver.changeColsBounds(len(columns), where, a.lower[columns], a.upper[columns])

    def run(
        self, seconds: float, progress: Callable[[Progress], None] | None, dear: float = np.inf
    ) -> Result:
        """Run from where the last run ended, for at most `seconds`.

        Simplex stops once it proves that the optimum is `dear` or more.
        """
        began = time.perf_counter()
        self._solver.setOptionValue("objective_bound", dear)
        # HiGHS counts the time of all runs of a solver
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + seconds)
        interrupted = self._watch.run(began, progress)
        if self._solver.getModelStatus() == highspy.HighsModelStatus.kUnknown:
            # the basis of the last run led nowhere: again from none
            self._solver.clearSolver()
            interrupted = self._watch.run(began, progress)
        info, feasible = self._solver.getInfo(), highspy.SolutionStatus.kSolutionStatusFeasible
        dear_now = self._solver.getModelStatus() == highspy.HighsModelStatus.kObjectiveBound
        if dear_now and info.dual_solution_status != feasible:  # nothing shows it: to the optimum
            self._solver.setOptionValue("objective_bound", highspy.kHighsInf)
            interrupted = self._watch.run(began, progress)
        taken = time.perf_counter() - began
        return _result(self._solver, self._arrays, taken, interrupted, self._relaxed)

    def ray(self) -> Floats | None:
        """Weights of the rows that prove the last run infeasible, where HiGHS has them."""
        status, found, values = self._solver.getDualRay()
        if status != highspy.HighsStatus.kOk or not found:
            return None
        return np.array(values, dtype=float)


class _Watch:
    """Runs HiGHS in a thread, so that this one can report progress and hear Ctrl-C."""

    def __init__(self, solver: Any) -> None:
        self.solver = solver
        self.stop = False
        self.seen: tuple[float, float, int] | None = None
        for name in ("cbMipInterrupt", "cbSimplexInterrupt", "cbIpmInterrupt"):
            getattr(solver, name).subscribe(self._heard)

    def _heard(self, event: Any) -> None:
        data = event.data_out
        self.seen = (data.mip_primal_bound, data.mip_dual_bound, data.mip_node_count)
        if self.stop:
            event.data_in.user_interrupt = True

    def run(self, began: float, progress: Callable[[Progress], None] | None) -> bool:
        """Run to the end; True where a keyboard interruption stopped it."""
        failure: list[BaseException] = []
        # not Thread.join: an interruption inside it makes the thread look finished
        begun, done = threading.Lock(), threading.Event()

        def work() -> None:
            # Ctrl-C can break off a start that took place: a second one must do nothing
            if not begun.acquire(blocking=False):
                return
            try:
                self.solver.run()
            except Exception as error:  # noqa: BLE001 — re-raised in the calling thread
                failure.append(error)
            finally:
                # HiGHS ties its scheduler to the thread it ran in
                highspy.Highs.resetThreadScheduler(False)
                done.set()

        finished = False
        while not finished:
            try:
                # started in here: a run left behind by Ctrl-C aborts the process when it ends
                if not begun.locked():
                    threading.Thread(target=work, daemon=True).start()
                finished = done.wait(0.1)
                if progress is not None and not finished:
                    progress(self._progress(time.perf_counter() - began))
            except KeyboardInterrupt:
                self.stop = True
        if failure:
            raise SolverError(f"HiGHS failed: {failure[0]}") from failure[0]
        return self.stop

    def _progress(self, seconds: float) -> Progress:
        if self.seen is None:
            return Progress(seconds, None, None, 0, stopping=self.stop)
        incumbent, bound, nodes = self.seen
        known = (_finite(incumbent), _finite(bound), max(int(nodes), 0))
        return Progress(seconds, *known, stopping=self.stop)


def _result(
    solver: Any, arrays: Arrays, seconds: float, interrupted: bool, relaxed: bool
) -> Result:
    status = solver.getModelStatus()
    known = highspy.HighsModelStatus
    if status == known.kUnboundedOrInfeasible:
        status = known.kInfeasible if _infeasible(arrays) else known.kUnbounded
    states: dict[Any, State] = {
        known.kOptimal: "optimal",
        known.kModelEmpty: "optimal",
        known.kInfeasible: "infeasible",
        known.kUnbounded: "unbounded",
        known.kTimeLimit: "limit",
        known.kIterationLimit: "limit",
        known.kSolutionLimit: "limit",
        known.kInterrupt: "interrupted",
        known.kObjectiveBound: "dear",
    }
    if status not in states:
        raise SolverError(f"HiGHS stopped with status '{solver.modelStatusToString(status)}'")
    # a Ctrl-C heard in the last moments of a run must still end what asked for it; proofs stand
    heard = interrupted and states[status] in ("limit", "optimal", "dear")
    state = "interrupted" if heard else states[status]
    info = solver.getInfo()
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    integer = not relaxed and bool(arrays.integer.any())
    priced = not integer and (feasible or state == "dear")
    solution = solver.getSolution()
    value = float(info.objective_function_value)
    return Result(
        state=state,
        x=np.array(solution.col_value) if feasible else None,
        objective=value if feasible else np.inf,
        bound=float(info.mip_dual_bound) if integer else (value if priced else -np.inf),
        nodes=max(int(info.mip_node_count), 0) if integer else 0,
        seconds=seconds,
        row_duals=np.array(solution.row_dual) if priced else None,
        column_duals=np.array(solution.col_dual) if priced else None,
    )


def _infeasible(arrays: Arrays) -> bool:
    """Whether the rows alone, without the objective, have no solution."""
    free = Arrays(**{**vars(arrays), "cost": np.zeros_like(arrays.cost)})
    solver = load(free, Settings())
    solver.run()
    return bool(solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) and abs(value) < 1e29 else None
