"""The extensive form: all futures in one model around one first stage, and measures of risk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.errors import NoPlanError, SolverError, refuse_outside
from hubselect.explore.futures.stages import World
from hubselect.instance import Floats, Ints
from hubselect.solving import Memory, Progress, Settings, highs
from hubselect.solving.decomposition import decompose
from hubselect.solving.highs import Result

STOPS = {"optimal": "", "limit": "time limit", "interrupted": "interruption"}
Kind = Literal["expected", "cvar", "worst", "missing"]


@dataclass(frozen=True)
class Measure:
    """What is minimised: (1 − weight) · expected cost + weight · risk.

    'expected': cost alone (weight 0). 'cvar': the mean cost of the worst 1 − level of the
    probability. 'worst': the cost of the dearest future. 'missing': CVaR of the jobs missing in
    the last year, each counted at the price of a job.

    R. T. Rockafellar and S. Uryasev, Journal of Risk 2 (2000) 21-41.
    """

    kind: Kind = "expected"
    level: float = 0.9
    weight: float = 0.5

    def __post_init__(self) -> None:
        """Refuse a level of 1 (no future is worse) and a weight outside 0 to 1."""
        refuse_outside(level=(self.level, 0.0, 1 - 1e-9), weight=(self.weight, 0.0, 1.0))

    @property
    def share(self) -> float:
        """Weight of the risk."""
        return 0.0 if self.kind == "expected" else self.weight

    def value(self, costs: Floats, losses: Floats, probabilities: Floats) -> float:
        """The measure of given costs and losses."""
        risk = losses.max() if self.kind == "worst" else cvar(losses, probabilities, self.level)
        return float((1 - self.share) * (probabilities @ costs) + self.share * risk)


def cvar(losses: Floats, probabilities: Floats, level: float) -> float:
    """Mean of the losses in the worst 1 − level of the probability."""
    order = np.argsort(-losses)
    left, total = 1.0 - level, 0.0
    for n in order:
        taken = min(left, float(probabilities[n]))
        total += taken * float(losses[n])
        left -= taken
    return total / (1.0 - level)


@dataclass(frozen=True, eq=False)
class Answer:
    """A solved stochastic program: MMAD; `x` by world over that world's own columns."""

    state: str
    objective: float
    bound: float
    first: Floats
    x: tuple[Floats, ...]
    seconds: float


def solve_extensive(
    worlds: Sequence[World],
    measure: Measure,
    settings: Settings,
    *,
    job_price: float = 0.0,
    start: Sequence[Floats] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Answer:
    """Solve all futures in one model, hubs by Benders' cuts first.

    `start` is `Answer.x` of a program whose hubs this one allows: they are priced first.

    Raises:
        NoPlanError: a limit came before any plan.
    """
    shared = len(worlds[0].shared)
    arrays = with_risk(worlds, together(worlds), measure, job_price)
    memory = Memory(len(arrays.rows))
    known = None if start is None else _joined(worlds, start)
    if known is not None:
        memory.keep_map(np.rint(known[arrays.integer[: len(known)]]))
    result = minimise(arrays, settings, memory=memory, progress=progress)
    if known is not None and measure.share == 0.0:
        result = _no_worse(result, arrays, known)
    if result.x is None:
        if result.state in ("limit", "interrupted"):
            cause = STOPS[result.state]
            raise NoPlanError(f"no plan for all futures was found before the {cause}")
        raise SolverError(f"a model with priced shortfalls is {result.state}")
    first = result.x[:shared]
    found, behind = [], shared
    for world in worlds:
        own = _private(world)
        x = np.zeros(len(world.arrays.columns))
        x[world.shared] = first
        x[own] = result.x[behind : behind + len(own)]
        behind += len(own)
        found.append(x)
    bound = min(result.bound, result.objective)
    return Answer(result.state, result.objective, bound, first, tuple(found), result.seconds)


def _joined(worlds: Sequence[World], x: Sequence[Floats]) -> Floats:
    """Values by world as values of the extensive form's columns."""
    own = [values[_private(w)] for w, values in zip(worlds, x, strict=True)]
    return np.concatenate([x[0][worlds[0].shared], *own])


def _no_worse(result: Result, arrays: Arrays, known: Floats) -> Result:
    """The result, or the solution known beforehand where a limit left nothing better."""
    cost = float(arrays.cost @ known + arrays.offset)
    if result.x is not None and result.objective <= cost:
        return result
    return replace(result, x=known, objective=cost)


def minimise(
    arrays: Arrays,
    settings: Settings,
    *,
    memory: Memory | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Decomposition as far as it leads, then branch and bound from its plan."""
    if not arrays.integer.any():
        return highs.run(arrays, settings, relaxed=True, progress=progress)
    first = decompose(arrays, settings, memory=memory, progress=progress)
    left = settings.time_limit - first.seconds
    if first.state != "limit" or left <= 0:
        return first
    second = highs.run(arrays, replace(settings, time_limit=left), start=first.x, progress=progress)
    best = second if second.objective <= first.objective else first
    bound, seconds = max(first.bound, second.bound), first.seconds + second.seconds
    return replace(best, state=second.state, bound=bound, seconds=seconds)


def together(worlds: Sequence[World]) -> Arrays:
    """First-stage columns once, then every world's own; cost is expected cost."""
    shared = len(worlds[0].shared)
    p = [w.probability for w in worlds]
    blocks: list[list[Any]] = []
    for n, w in enumerate(worlds):
        row: list[Any] = [w.arrays.matrix[:, w.shared]]
        row += [None] * len(worlds)
        row[n + 1] = w.arrays.matrix[:, _private(w)]
        blocks.append(row)
    head = [w.arrays for w in worlds]
    lower = np.max([w.arrays.lower[w.shared] for w in worlds], axis=0)
    upper = np.max([w.arrays.upper[w.shared] for w in worlds], axis=0)
    costs = [w.arrays.cost for w in worlds]
    first = sum((q * c[w.shared] for q, c, w in zip(p, costs, worlds, strict=True)),
                np.zeros(shared))  # fmt: skip
    own = [_private(w) for w in worlds]

    def joined(field: str, start: Any) -> Any:
        parts = [getattr(a, field)[o] for a, o in zip(head, own, strict=True)]
        return np.concatenate([start, *parts])

    base = worlds[0].arrays
    return Arrays(
        matrix=sparse.csr_array(sparse.block_array(blocks)),
        row_lower=np.concatenate([a.row_lower for a in head]),
        row_upper=np.concatenate([a.row_upper for a in head]),
        cost=np.concatenate([first, *(q * c[o] for q, c, o in zip(p, costs, own, strict=True))]),
        offset=float(sum(q * a.offset for q, a in zip(p, head, strict=True))),
        lower=joined("lower", lower),
        upper=joined("upper", upper),
        integer=joined("integer", base.integer[worlds[0].shared]).astype(bool),
        columns=tuple(
            [base.columns[n] for n in worlds[0].shared]
            + [f"{w.name}:{w.arrays.columns[n]}" for w, o in zip(worlds, own, strict=True)
               for n in o]
        ),
        rows=tuple(f"{w.name}:{r}" for w in worlds for r in w.arrays.rows),
    )  # fmt: skip


def with_risk(
    worlds: Sequence[World], arrays: Arrays, measure: Measure, job_price: float
) -> Arrays:
    """The extensive form with the measure as its cost: η + Σ p·v / (1 − level), v ≥ loss − η.

    For the worst case v is 0.
    """
    share = measure.share
    if share == 0.0:
        return arrays
    count, columns = len(worlds), len(arrays.columns)
    p = np.array([w.probability for w in worlds])
    shared = len(worlds[0].shared)
    rows, sides, start = sparse.lil_array((count, columns + 1 + count)), np.zeros(count), shared
    for n, w in enumerate(worlds):
        missing = measure.kind == "missing"
        loss = job_price * w.missing if missing else w.arrays.cost
        own = _private(w)
        rows[n, np.arange(shared)] = -loss[w.shared]
        rows[n, np.arange(start, start + len(own))] = -loss[own]
        rows[n, columns] = 1.0
        rows[n, columns + 1 + n] = 1.0
        sides[n] = 0.0 if missing else w.arrays.offset
        start += len(own)
    tail = np.full(count, 0.0 if measure.kind == "worst" else np.inf)
    empty = sparse.csr_array((len(arrays.rows), 1 + count))
    return replace(
        arrays,
        matrix=sparse.csr_array(
            sparse.vstack([sparse.hstack([arrays.matrix, empty]), rows.tocsr()])
        ),
        row_lower=np.concatenate([arrays.row_lower, sides]),
        row_upper=np.concatenate([arrays.row_upper, np.full(count, np.inf)]),
        cost=np.concatenate(
            [(1 - share) * arrays.cost, [share], share * p / (1.0 - measure.level)]
        ),
        offset=(1 - share) * arrays.offset,
        lower=np.concatenate([arrays.lower, [-np.inf], np.zeros(count)]),
        upper=np.concatenate([arrays.upper, [np.inf], tail]),
        integer=np.concatenate([arrays.integer, np.zeros(1 + count, dtype=bool)]),
        columns=(*arrays.columns, "risk", *(f"{w.name}:beyond" for w in worlds)),
        rows=(*arrays.rows, *(f"{w.name}:loss" for w in worlds)),
    )


def _private(world: World) -> Ints:
    return np.delete(np.arange(len(world.arrays.columns)), world.shared)
