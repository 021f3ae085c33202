"""Benders decomposition by future: a master of the first stage, one LP a future that prices it.

R. M. Van Slyke and R. Wets, SIAM Journal on Applied Mathematics 17 (1969) 638-663; a cut a
future: J. R. Birge and F. V. Louveaux, European Journal of Operational Research 34 (1988) 384-392.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.errors import NoPlanError, SolverError
from hubselect.explore.futures.extensive import STOPS, Answer, Measure
from hubselect.explore.futures.stages import World
from hubselect.instance import Floats
from hubselect.solving import Progress, Settings, highs
from hubselect.solving.highs import PRECISION, Watched, relative_gap

ROUNDS = 400


@dataclass(frozen=True, eq=False)
class Priced:
    """Cost of a first stage in every future, with slopes and what is then decided."""

    costs: Floats
    slopes: tuple[Floats, ...]
    x: tuple[Floats, ...]


class Recourse:
    """Every future's LP, live, with the first stage fixed by bounds."""

    def __init__(self, worlds: Sequence[World], settings: Settings) -> None:
        self.worlds, self.settings = worlds, settings
        self.live = [Watched(w.arrays, settings, relaxed=True) for w in worlds]

    def price(self, first: Floats) -> Priced:
        """Costs at a first stage.

        Raises:
            SolverError: a future has no recourse, although shortfalls are priced.
            KeyboardInterrupt: the user stopped it.
        """
        costs, slopes, found = [], [], []
        for world, solver in zip(self.worlds, self.live, strict=True):
            solver.fix(world.shared, first)
            result = solver.run(self.settings.time_limit, None)
            if result.state == "interrupted":
                raise KeyboardInterrupt
            if result.x is None or result.column_duals is None:
                raise SolverError(f"future '{world.name}' has no recourse ({result.state})")
            costs.append(result.objective)
            slopes.append(result.column_duals[world.shared])
            found.append(result.x)
        return Priced(np.array(costs), tuple(slopes), tuple(found))


def solve_decomposed(
    worlds: Sequence[World],
    measure: Measure,
    settings: Settings,
    *,
    progress: Callable[[Progress], None] | None = None,
) -> Answer:
    """Minimise by decomposition, until the gap is proven or a limit comes.

    All hubs must be decided now: the recourse is then linear and the cuts exact. The measure is
    one of cost. Ctrl-C and the time limit give the best so far.

    Raises:
        NoPlanError: stopped before any plan.
    """
    began = time.perf_counter()
    recourse = Recourse(worlds, settings)
    master = Watched(_master(worlds, measure), settings)
    p = np.array([w.probability for w in worlds])
    best: tuple[float, Floats, Priced] | None = None
    bound, state = -np.inf, "limit"
    core = _start(worlds, settings)
    try:
        for n in range(ROUNDS):
            if n == 0:
                _cut(master, worlds, recourse.price(core), core)
            gap = 1.0 if best is None else relative_gap(best[0], bound)
            master.option("mip_rel_gap", max(settings.gap / 5, min(gap / 5, 0.01)))
            left = settings.time_limit - (time.perf_counter() - began)
            proposal = master.run(max(left, 0.0), None)
            if proposal.state == "interrupted":
                raise KeyboardInterrupt
            if proposal.x is None or left <= 0:
                break
            bound = max(bound, proposal.bound)
            chosen = _whole(proposal.x[: len(core)], worlds[0])
            priced = recourse.price(chosen)
            value = measure.value(priced.costs, priced.costs, p)
            if best is None or value < best[0]:
                best = (value, chosen, priced)
            _cut(master, worlds, priced, chosen)
            if progress is not None:
                progress(Progress(time.perf_counter() - began, best[0], bound, n))
            if best[0] - bound <= settings.gap * abs(best[0]) + PRECISION * max(1, abs(best[0])):
                state = "optimal"
                break
            core = (core + chosen) / 2
            _cut(master, worlds, recourse.price(core), core)
    except KeyboardInterrupt:
        state = "interrupted"
    if best is None:
        cause = STOPS.get(state, state)
        raise NoPlanError(f"no plan for all futures was found before the {cause}")
    seconds = time.perf_counter() - began
    return Answer(state, best[0], min(bound, best[0]), best[1], best[2].x, seconds)


def _whole(first: Floats, world: World) -> Floats:
    """A proposal with hubs rounded and noise below zero cut."""
    first = np.maximum(first, 0.0)
    integer = world.arrays.integer[world.shared]
    first[integer] = np.rint(first[integer])
    return first


def _start(worlds: Sequence[World], settings: Settings) -> Floats:
    """The mean of what each future alone would decide, hubs as fractions."""
    found = np.zeros(len(worlds[0].shared))
    for world in worlds:
        result = highs.run(world.arrays, settings, relaxed=True)
        if result.x is None:
            raise SolverError(f"future '{world.name}' has no solution ({result.state})")
        found += world.probability * np.maximum(result.x[world.shared], 0.0)
    return found


def _cut(master: Watched, worlds: Sequence[World], priced: Priced, at: Floats) -> None:
    """cost of future w ≥ cost + slope·(first − at), for every w."""
    shared, count = len(at), len(worlds)
    for w in range(count):
        row = np.zeros(shared + 2 * count + 1)
        row[:shared] = -priced.slopes[w]
        row[shared + w] = 1.0
        cost = float(priced.costs[w])
        margin = PRECISION / 10 * max(1.0, abs(cost))
        master.add_row(row, cost - float(priced.slopes[w] @ at) - margin)


def _master(worlds: Sequence[World], measure: Measure) -> Arrays:
    """First stage, cost by future, η, and what is beyond it by future; rows of hubs alone."""
    world, count = worlds[0], len(worlds)
    a, shared = world.arrays, len(world.shared)
    others = np.setdiff1d(np.arange(len(a.columns)), world.shared)
    alone = np.flatnonzero(np.diff(a.matrix[:, others].indptr) == 0)
    p = np.array([w.probability for w in worlds])
    beyond = np.hstack([np.zeros((count, shared)), -np.eye(count), np.ones((count, 1)),
                        np.eye(count)])  # fmt: skip
    head = sparse.hstack(
        [a.matrix[alone][:, world.shared], sparse.csr_array((len(alone), 2 * count + 1))]
    )
    share = measure.share
    tail = np.full(count, 0.0 if measure.kind == "worst" else np.inf)
    return Arrays(
        matrix=sparse.csr_array(sparse.vstack([head, sparse.csr_array(beyond)])),
        row_lower=np.concatenate([a.row_lower[alone], np.zeros(count)]),
        row_upper=np.concatenate([a.row_upper[alone], np.full(count, np.inf)]),
        cost=np.concatenate(
            [np.zeros(shared), (1 - share) * p, [share], share * p / (1.0 - measure.level)]
        ),
        offset=0.0,
        lower=np.concatenate([a.lower[world.shared], np.full(count + 1, -np.inf), np.zeros(count)]),
        upper=np.concatenate([a.upper[world.shared], np.full(count + 1, np.inf), tail]),
        integer=np.concatenate([a.integer[world.shared], np.zeros(2 * count + 1, dtype=bool)]),
        columns=tuple(f"x{n}" for n in range(shared + 2 * count + 1)),
        rows=tuple(f"r{n}" for n in range(len(alone) + count)),
    )
