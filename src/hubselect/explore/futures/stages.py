"""Two stages: what is decided now for every future, and each future's own model around it.

Decided now: hubs (all of them, or those that open up to the decision year), training seats
offered and places built up to that year. What is offered is paid in full; a future in which too
few people come leaves seats empty. Promises may be broken at a price, so that every future has a
recourse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.decisions import Decisions
from hubselect.errors import InfeasibleError, NoPlanError, SolverError
from hubselect.explore.conflict.clause import Clause
from hubselect.explore.conflict.clauses import clauses_of
from hubselect.explore.conflict.elastic import elastic
from hubselect.instance import Floats, Instance, Ints
from hubselect.solving import Compiled, Settings, decode, highs, strength_families

MARKUP = 2.5  # price of a broken promise over its honest marginal cost
LATE = "offered"

# what a slack of a family's rows is counted in: heads, MMAD of exports, MMAD of money, points
HEADS = ("job_target", "regional_floor", "regional_ceiling", "minimum_use")
MONEY = ("budget", "budget_total")
SOFT = (*HEADS, *MONEY, "export_target", "quality_floor")
POINTS = 10.0  # points of the quality score, times a head, that weigh as much as a job


@dataclass(frozen=True)
class Stage:
    """What is decided now: hubs 'now' (all of them) or 'later' (those of later years wait).

    `year` is the index of the last year whose seats and places are decided now.
    """

    year: int
    hubs: Literal["now", "later"] = "now"


@dataclass(frozen=True, eq=False)
class World:
    """One future's model: rows and columns of its own, and where the first stage stands in it.

    `shared` are columns of the first stage in the order all worlds have them: hubs, then seats
    offered, then places offered. `soft` are the promises that can be broken; their slacks stand
    from column `slacks` on.
    """

    name: str
    probability: float
    compiled: Compiled
    arrays: Arrays
    shared: Ints
    soft: tuple[Clause, ...]
    slacks: int
    prices: Floats  # MMAD per unit of slack

    @property
    def instance(self) -> Instance:
        """The future's instance."""
        return self.compiled.instance

    def slack(self, x: Floats) -> Floats:
        """How far each promise is broken, in units of its scale."""
        found = x[self.slacks : self.slacks + len(self.soft)]
        return np.where(found > 1e-7, found, 0.0)

    def short(self, x: Floats) -> dict[str, float]:
        """Broken promises by key, in their own unit."""
        slack = self.slack(x)
        return {c.key: float(v * c.scale) for c, v in zip(self.soft, slack, strict=True) if v > 0}

    def penalty(self, x: Floats) -> float:
        """Price of the broken promises, MMAD."""
        return float(self.slack(x) @ self.prices)

    @property
    def missing(self) -> Floats:
        """Coefficients of the jobs missing in the last year of a target."""
        found = np.zeros(len(self.arrays.columns))
        for n, clause in enumerate(self.soft):
            if clause.group == "job_target":
                found[self.slacks + n] = clause.scale
        return found

    def decisions(self, x: Floats) -> Decisions:
        """What happens in this future."""
        own = x[: len(self.compiled.arrays.columns)]
        return decode(self.instance, self.compiled.model, self.compiled.arrays, own)


def worlds_of(
    instances: Sequence[Instance],
    names: Sequence[str],
    probabilities: Sequence[float],
    stage: Stage,
    job_price: float,
) -> tuple[World, ...]:
    """Every future's model. Sets must be the same in all."""
    compiled = [Compiled.of(i, without=strength_families()) for i in instances]
    return tuple(
        world_of(c, c.arrays, name, float(p), stage, job_price)
        for c, name, p in zip(compiled, names, probabilities, strict=True)
    )


def world_of(
    compiled: Compiled,
    arrays: Arrays,
    name: str,
    probability: float,
    stage: Stage,
    job_price: float,
) -> World:
    """A future's model around compiled arrays."""
    soft = tuple(c for c in clauses_of(compiled) if c.family in SOFT)
    prices = np.array([_price(compiled.instance, c, job_price) for c in soft])
    return _world(compiled, arrays, name, probability, stage, soft, prices)


def around(world: World, instance: Instance, arrays: Arrays, stage: Stage) -> World:
    """The model of another instance of the same structure, whose arrays are given.

    Promises and their prices are those of the first world.
    """
    compiled = replace(world.compiled, instance=instance)
    return _world(compiled, arrays, world.name, world.probability, stage, world.soft, world.prices)


def _world(
    compiled: Compiled,
    arrays: Arrays,
    name: str,
    probability: float,
    stage: Stage,
    soft: tuple[Clause, ...],
    prices: Floats,
) -> World:
    softened = elastic(arrays, soft, prices)
    hubs, offers = _first_stage(compiled, stage)
    most = _most(compiled.instance, stage.year + 1)
    offered, where = _offered(softened, compiled, offers, most)
    shared = np.concatenate([hubs, where]).astype(int)
    return World(name, probability, compiled, offered, shared, soft, len(arrays.columns), prices)


def first_of(world: World, decisions: Decisions, stage: Stage) -> Floats:
    """Values of the first stage in a plan."""
    hubs = [decisions.installed[key] for key in _hub_keys(world.compiled, stage)]
    seats = decisions.seats[:, :, : stage.year + 1].ravel()
    places = decisions.places_added[:, :, : stage.year + 1].ravel()
    return np.concatenate([np.array(hubs), seats, places])


def marginal_job(instance: Instance, settings: Settings) -> float:
    """Honest marginal cost of a job: the largest planning price of a job target, MMAD.

    Raises:
        InfeasibleError: the instance itself admits no plan, so that nothing has a price.
        KeyboardInterrupt: Ctrl-C was heard.
        NoPlanError: the time limit came first.
    """
    compiled = Compiled.of(instance, without=strength_families())
    result = highs.run(compiled.arrays, settings, relaxed=True)
    if result.state == "interrupted":
        raise KeyboardInterrupt
    if result.state == "limit":
        raise NoPlanError("stopped by the time limit before a job had a price")
    if result.x is None or result.row_duals is None:
        raise InfeasibleError("no plan exists as stated, so that a job has no price")
    rows = compiled.rows_of("job_target")
    duals = result.row_duals[rows] if len(rows) else np.zeros(1)
    created = max(max((h for _, h in instance.policy.job_target), default=0.0)
                  - float(instance.base_jobs.sum()), 1.0)  # fmt: skip
    return max(float(duals.max()), result.objective / created, 1e-3)


def _price(i: Instance, clause: Clause, job: float) -> float:
    """MMAD per unit of slack."""
    if clause.family in MONEY:
        return MARKUP * clause.scale
    if clause.family == "export_target":
        return job * clause.scale / float(i.revenue[:, -1].mean())
    if clause.family == "quality_floor":
        return job * clause.scale / POINTS
    return job * clause.scale


def _hub_keys(compiled: Compiled, stage: Stage) -> list[tuple[int, ...]]:
    last = len(compiled.instance.years) - 1 if stage.hubs == "now" else stage.year
    return [key for key in compiled.model.variables.installed if key[2] <= last]


def _first_stage(compiled: Compiled, stage: Stage) -> tuple[Ints, list[int | None]]:
    """Columns of the hubs decided now, and of the seats and places that offers stand for."""
    hubs = [compiled.column("installed", *key) for key in _hub_keys(compiled, stage)]
    if None in hubs:
        raise SolverError("a hub's column is missing")
    i = compiled.instance
    r, p, years = len(i.basins), len(i.programmes), stage.year + 1
    offers = [
        compiled.column(name, *key)
        for name in ("seats", "places_added")
        for key in np.ndindex(r, p, years)
    ]
    return np.array(hubs, dtype=int), offers


def _most(i: Instance, years: int) -> Floats:
    """More seats and places than any basin can use or build: schools grown as fast as they can."""
    places = np.zeros((len(i.basins), len(i.programmes), years))
    seats = np.zeros_like(places)
    for t in range(years):
        there = i.places[:, :, t] + places[:, :, :t].sum(axis=2)
        seats[:, :, t] = there / np.maximum(i.seated[:, 0], 1e-3)
        places[:, :, t] = i.place_growth * there + i.place_floor
    return np.concatenate([seats.ravel(), places.ravel()])


def _offered(
    arrays: Arrays, compiled: Compiled, offers: Sequence[int | None], most: Floats
) -> tuple[Arrays, Ints]:
    """Columns of what is offered: they cost what the seat or place did; used ≤ offered."""
    count, columns = len(offers), len(arrays.columns)
    there = np.array([n for n, column in enumerate(offers) if column is not None], dtype=int)
    used = np.array([offers[n] for n in there], dtype=int)
    pays = np.zeros(len(arrays.rows))
    for family in MONEY:
        pays[compiled.rows_of(family)] = 1.0
    place = sparse.csr_array((np.ones(len(used)), (used, there)), shape=(columns, count))
    moved = sparse.csr_array(sparse.diags_array(pays) @ arrays.matrix @ place)
    kept = arrays.matrix - moved @ place.T
    limits = sparse.csr_array(
        (np.ones(len(used)), (np.arange(len(used)), used)), shape=(len(used), columns)
    )
    offer = sparse.csr_array(
        (-np.ones(len(used)), (np.arange(len(used)), there)), shape=(len(used), count)
    )
    cost = arrays.cost.copy()
    cost[used] = 0.0
    matrix = sparse.csr_array(sparse.block_array([[kept, moved], [limits, offer]]))
    matrix.eliminate_zeros()
    unused = np.ones(count, dtype=bool)
    unused[there] = False
    offered = replace(
        arrays,
        matrix=matrix,
        row_lower=np.concatenate([arrays.row_lower, np.full(len(used), -np.inf)]),
        row_upper=np.concatenate([arrays.row_upper, np.zeros(len(used))]),
        cost=np.concatenate([cost, place.T @ arrays.cost]),
        lower=np.concatenate([arrays.lower, np.zeros(count)]),
        upper=np.concatenate([arrays.upper, np.where(unused, 0.0, most)]),
        integer=np.concatenate([arrays.integer, np.zeros(count, dtype=bool)]),
        columns=(*arrays.columns, *(f"{LATE}_{n}" for n in range(count))),
        rows=(*arrays.rows, *(f"{LATE}_{n}" for n in there)),
    )
    return offered, np.arange(columns, columns + count)
