"""What is left, handed to HiGHS: the strong formulation as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Bools, Floats, Ints
from hubselect.locate.case import Case
from hubselect.locate.search import Search
from hubselect.solving.highs import Progress, Result, Settings, run


@dataclass(frozen=True, eq=False)
class Block:
    """Rows lower ≤ matrix·x ≤ upper."""

    matrix: sparse.csr_array
    lower: Floats
    upper: Floats


def strong(case: Case, cells: Bools, *, whole: bool) -> Arrays:
    """min Σ fixed y + Σ cost x;  Σ_i x_ij = 1;  x_ij ≤ y_i;  demand·x_i ≤ capacity_i y_i;  number.

    Args:
        cells: pairs that may be used [sites, clients]; x is one column for each, then y.
        whole: x is 0 or 1 (a client has one site).
    """
    rows, clients = np.nonzero(cells)
    sites, count = len(case.fixed), len(rows)
    blocks = [_assign(clients, case.cost.shape[1], sites), linked_rows(rows, sites)]
    if case.capacity is not None:
        blocks.append(_loads(case, rows, clients))
    number = sparse.csr_array(np.append(np.zeros(count), np.ones(sites))[None, :])
    blocks.append(Block(number, np.array([float(case.at_least)]), np.array([float(case.at_most)])))
    matrix = sparse.csr_array(sparse.vstack([block.matrix for block in blocks]))
    return Arrays(
        matrix=matrix,
        row_lower=np.concatenate([block.lower for block in blocks]),
        row_upper=np.concatenate([block.upper for block in blocks]),
        cost=np.append(case.cost[cells], case.fixed),
        offset=0.0,
        lower=np.append(np.zeros(count), case.required.astype(float)),
        upper=np.ones(count + sites),
        integer=np.append(np.full(count, whole), np.ones(sites, dtype=bool)),
        columns=tuple(map(str, range(count + sites))),
        rows=tuple(map(str, range(matrix.shape[0]))),
    )


def _assign(clients: Ints, total: int, sites: int) -> Block:
    """Σ_i x_ij = 1."""
    count = len(clients)
    matrix = sparse.csr_array((np.ones(count), (clients, np.arange(count))), (total, count + sites))
    return Block(matrix, np.ones(total), np.ones(total))


def linked_rows(rows: Ints, sites: int) -> Block:
    """x_ij − y_i ≤ 0."""
    count = len(rows)
    each = np.arange(count)
    matrix = sparse.csr_array(
        (
            np.append(np.ones(count), -np.ones(count)),
            (np.append(each, each), np.append(each, count + rows)),
        ),
        (count, count + sites),
    )
    return Block(matrix, np.full(count, -np.inf), np.zeros(count))


def _loads(case: Case, rows: Ints, clients: Ints) -> Block:
    """Σ_j demand_j x_ij − capacity_i y_i ≤ 0, and Σ_i capacity_i y_i ≥ Σ_j demand_j."""
    assert case.demand is not None and case.capacity is not None
    sites, count = len(case.fixed), len(rows)
    own = np.arange(sites)
    matrix = sparse.csr_array(
        (
            np.concatenate([case.demand[clients], -case.capacity, case.capacity]),
            (
                np.concatenate([rows, own, np.full(sites, sites)]),
                np.concatenate([np.arange(count), count + own, count + own]),
            ),
        ),
        (sites + 1, count + sites),
    )
    lower = np.append(np.full(sites, -np.inf), case.demand.sum())
    return Block(matrix, lower, np.append(np.zeros(sites), np.inf))


@dataclass(frozen=True, eq=False)
class Found:
    """Open sites and shares of a plan of HiGHS [rows of the case]; None where it found none."""

    opened: Bools
    shares: Floats


def finish(
    case: Case, cells: Bools, search: Search, *, whole: bool, start: Found | None = None
) -> Found | None:
    """Solve what is left by HiGHS within the time left; raises the bound of `search`.

    What is left must hold every plan cheaper than `search.cutoff`.
    """
    settings = Settings(gap=search.gap, time_limit=max(search.left, 0.01))
    base = search.bound

    def listen(progress: Progress) -> None:
        if search.listener is not None and search.plan is not None:
            bound = base if progress.bound is None else max(base, progress.bound)
            bound = min(bound, search.value)
            search.listener(Progress(search.elapsed, search.value, bound, progress.nodes))

    first = None
    if start is not None and not (start.shares[~cells] > 1e-9).any():
        first = np.append(start.shares[cells], start.opened.astype(float))
    result = run(strong(case, cells, whole=whole), settings, start=first, progress=listen)
    search.interrupted |= result.state == "interrupted"
    search.nodes += result.nodes
    return _read(case, cells, search, result)


def _read(case: Case, cells: Bools, search: Search, result: Result) -> Found | None:
    if result.state == "infeasible":
        search.raise_bound(search.cutoff)
        return None
    if np.isfinite(result.bound):
        search.raise_bound(min(result.bound, search.cutoff))
    if result.x is None:
        return None
    count = int(cells.sum())
    shares = np.zeros_like(case.cost)
    shares[cells] = np.clip(result.x[:count], 0.0, 1.0)
    return Found(result.x[count:] > 0.5, shares)
