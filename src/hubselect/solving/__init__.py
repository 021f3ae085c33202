"""Solve an instance: state, run, polish, and turn statuses into decisions or a typed error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from hubselect.arrays import Arrays
from hubselect.decisions import DECIDED, Decisions
from hubselect.devices import DEVICES
from hubselect.errors import InfeasibleError, NoPlanError, SolverError, UnboundedError
from hubselect.instance import Floats, Instance
from hubselect.model import FAMILIES, Model
from hubselect.solving import highs, through_pulp
from hubselect.solving.alike import ordered
from hubselect.solving.basins import Basins
from hubselect.solving.classes import any_seats, into_classes
from hubselect.solving.compiled import Compiled, Run
from hubselect.solving.conflict import blamed
from hubselect.solving.decomposition import decompose
from hubselect.solving.highs import PRECISION, Progress, Result, Settings, relative_gap
from hubselect.solving.lazy import LazyLP
from hubselect.solving.memory import Memory
from hubselect.solving.reduction import Reduced, reduce

__all__ = [
    "Compiled", "Memory", "Outcome", "Progress", "Run", "Settings", "Solved", "solve_compiled",
    "solve_instance",
]  # fmt: skip

Outcome = Literal["proven", "feasible"]


@dataclass(frozen=True, eq=False)
class Solved:
    """Decisions with what is known of their cost: MMAD, relative gap, seconds."""

    decisions: Decisions
    outcome: Outcome
    stopped_by: str  # 'gap', 'time limit' or 'interruption'
    objective: float
    bound: float
    gap: float
    nodes: int
    seconds: float
    columns: int
    rows: int
    nonzeros: int


def solve_instance(
    instance: Instance,
    settings: Settings,
    *,
    solver: str = "HiGHS",
    without: Iterable[str] = (),
    decomposed: bool = True,
    progress: Callable[[Progress], None] | None = None,
) -> Solved:
    """Least-cost decisions of an instance, with a proven bound.

    Args:
        decomposed: try Benders decomposition before branching on the whole (HiGHS only).
        without: names of strengthening families and of search devices to leave out.
        progress: called about ten times a second while HiGHS runs.

    Raises:
        InfeasibleError: proven; names a smallest set of policy families in conflict.
        UnboundedError: the cost can fall without end.
        NoPlanError: the time limit or an interruption came before any plan.
        SolverError: the solver failed or is not installed.
    """
    off = frozenset(without)
    compiled = Compiled.of(instance, without=off - set(DEVICES))
    if solver == "HiGHS":
        how = Run(settings, decomposed=decomposed, without=off, progress=progress)
        return solve_compiled(compiled, how)
    result = through_pulp.run(compiled.model.problem, compiled.arrays, solver, settings)
    if result.x is not None:
        result = polish(compiled.arrays, result, settings)
    return _solved(compiled, compiled.arrays, result, settings, blame=True)


def solve_compiled(
    compiled: Compiled, how: Run, *, arrays: Arrays | None = None, blame: bool = True
) -> Solved:
    """Least-cost decisions of a compiled instance, or of changed vectors of it, with HiGHS.

    Args:
        arrays: a changed copy of `compiled.arrays` with the same columns; rows may be added.
        blame: name the policy families in conflict where nothing fits (takes many solves).

    With `how.memory`, what earlier solves taught is used and added to. The decisions are those of
    the changed vectors; whether they satisfy the instance is for its audit to say.

    Raises:
        InfeasibleError, UnboundedError, NoPlanError, SolverError: as `solve_instance`.
    """
    arrays = compiled.arrays if arrays is None else arrays
    result = _with_highs(arrays, replace(how, basins=Basins.of(compiled.instance)))
    return _solved(compiled, arrays, result, how.settings, blame=blame)


def _solved(
    compiled: Compiled, arrays: Arrays, result: Result, settings: Settings, *, blame: bool
) -> Solved:
    """A solver's result as exact decisions, or as the error its state stands for."""
    if result.state == "infeasible":
        if not blame:
            raise InfeasibleError("no plan exists")
        families = [compiled.model.family_of_row.get(row, row) for row in arrays.rows]
        raise blamed(arrays, families, settings)
    if result.state == "unbounded":
        raise UnboundedError("the cost can fall without end: a cost in the data has a wrong sign")
    if result.x is None:
        cause = "interruption" if result.state == "interrupted" else "time limit"
        raise NoPlanError(f"no plan was found before the {cause} ({result.seconds:.1f} s)")
    x = result.x
    decisions = decode(compiled.instance, compiled.model, arrays, x)
    objective = float(arrays.cost @ x + arrays.offset)
    bound = min(result.bound, objective)
    gap = relative_gap(objective, bound) if np.isfinite(bound) else np.inf
    stops = {"optimal": "gap", "limit": "time limit", "interrupted": "interruption"}
    return Solved(
        decisions=decisions,
        outcome="proven" if gap <= settings.gap + PRECISION else "feasible",
        stopped_by=stops[result.state],
        objective=objective,
        bound=bound,
        gap=gap,
        nodes=result.nodes,
        seconds=result.seconds,
        columns=len(arrays.columns),
        rows=len(arrays.rows),
        nonzeros=int(arrays.matrix.nnz),
    )


def _with_highs(arrays: Arrays, how: Run) -> Result:
    """An exact plan with HiGHS; by decomposition and on a smaller model where asked."""
    if not how.decomposed:
        result = highs.run(arrays, how.settings, progress=how.progress)
        return result if result.x is None else polish(arrays, result, how.settings)
    off = how.without
    reduced = Reduced.same(arrays) if "smaller_model" in off else reduce(arrays)
    small = _search(reduced, how)
    if small.x is None:
        return small
    try:
        full = reduced.restore(small.x, how.settings)
    except KeyboardInterrupt:  # the plan is found, and kept
        small = replace(small, state="interrupted")
        full = reduced.restore(small.x, how.settings)  # type: ignore[arg-type]
    if full is not None:
        return replace(small, x=full)
    whole = np.zeros(len(arrays.columns))
    whole[reduced.kept] = small.x
    return polish(arrays, replace(small, x=whole), how.settings)


def _search(reduced: Reduced, how: Run) -> Result:
    """Decomposition as far as it leads, then branch and bound from its plan, in the time left.

    The plan is exact: its hubs are whole numbers, and the LP that is left is solved with them.
    """
    settings, progress = how.settings, how.progress
    first = _first(reduced, how)
    left = settings.time_limit - first.seconds
    if first.state != "limit" or left <= 0:
        return first

    def told(p: Progress) -> None:
        if progress is not None:
            bound = first.bound if p.bound is None else max(first.bound, p.bound)
            best = first.objective if p.incumbent is None else min(first.objective, p.incumbent)
            known = best if np.isfinite(best) else None
            seconds, nodes = first.seconds + p.seconds, first.nodes + p.nodes
            progress(Progress(seconds, known, bound, nodes, p.stopping))

    remaining = replace(settings, time_limit=left)
    whole = reduced.arrays if "alike_sites" in how.without else ordered(reduced.arrays)
    second = highs.run(whole, remaining, start=first.x, progress=told)
    better = second.x is not None and second.objective <= first.objective
    best = polish(reduced.arrays, second, settings) if better else first
    return replace(
        best,
        state=best.state if better else second.state,
        bound=max(first.bound, second.bound),
        nodes=first.nodes + second.nodes,
        seconds=first.seconds + second.seconds,
    )


def _first(reduced: Reduced, how: Run) -> Result:
    """Decomposition; where seats come in classes, the hubs first and then the classes."""
    settings, progress = how.settings, how.progress
    arrays = reduced.arrays
    if bool((arrays.hubs == arrays.integer).all()):
        return decompose(
            reduced, settings, basins=how.basins, memory=how.memory, without=how.without,
            progress=progress,
        )  # fmt: skip
    # half of the gap is left for the classes
    half = replace(settings, gap=settings.gap / 2)
    loose = replace(reduced, model=any_seats(reduced.model), arrays=any_seats(arrays))
    found = decompose(
        loose, half, basins=how.basins, memory=how.memory, without=how.without, progress=progress
    )
    whole = into_classes(arrays, found, settings, progress=progress)
    return whole if whole.x is None else polish(arrays, whole, settings)


def polish(arrays: Arrays, result: Result, settings: Settings) -> Result:
    """Round hubs and classes and re-solve the LP that is left: exact hubs, cheapest use of them.

    An interruption here keeps the solver's own plan.

    Raises:
        SolverError: the rounded hubs admit no plan, so the solver's solution was not one.
    """
    assert result.x is not None
    hubs = np.flatnonzero(arrays.integer)
    whole = np.rint(result.x[hubs])
    lp = LazyLP(arrays, settings)
    lp.fix(hubs, whole)
    found = lp.run(600.0)
    if found.state == "interrupted":
        return replace(result, state="interrupted")
    if found.state == "limit":
        return result
    if found.x is None:
        raise SolverError("the solver's plan does not hold once its hubs are whole numbers")
    found.x[hubs] = whole
    return replace(result, x=found.x)


def decode(instance: Instance, model: Model, arrays: Arrays, x: Floats) -> Decisions:
    """Values of the columns as decisions."""
    value = dict(zip(arrays.columns, x.tolist(), strict=True))
    # PuLP leaves out columns that are in no row and have no cost: they stay at 0
    keys = {
        name: {key: value.get(column.name, 0.0) for key, column in columns.items()}
        for name, columns in vars(model.variables).items()
        if name in DECIDED
    }
    return Decisions.from_columns(instance, keys)


def strength_families() -> tuple[str, ...]:
    """Names of the strengthening families, each of which can be left out."""
    return tuple(f.name for f in FAMILIES.values() if f.kind == "strength")
