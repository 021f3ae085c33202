"""Covering: fewest sites (LSCP), most weight covered (MCLP), least farthest distance (p-centre).

All three are location without capacities, with costs of 0 and 1 (Toregas et al. 1971; Church and
ReVelle 1974; Minieka 1970 for the p-centre as a sequence of covering problems).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Bools, Floats
from hubselect.locate import medians
from hubselect.locate.case import Case, make_case
from hubselect.locate.search import Search
from hubselect.solving.highs import Progress, Settings, run

SMALL = 10_000  # pairs up to which a covering problem goes to HiGHS as it is


@dataclass(frozen=True, eq=False)
class Choice:
    """Which sites must, and which may not, be open [sites]."""

    required: Bools
    forbidden: Bools


def cover(covers: Bools, costs: Floats, choice: Choice, search: Search) -> None:
    """min Σ_i cost_i y_i, Σ_{i covers j} y_i ≥ 1 for each client j.

    The caller has seen to it that every client is covered by some allowed site.
    """
    if covers.size <= SMALL:
        _cover_by_highs(covers, costs, choice, search)
        return
    case = make_case(
        np.where(covers, 0.0, np.inf),
        fixed=costs,
        required=choice.required,
        forbidden=choice.forbidden,
    )
    medians.solve(case, search)


def _cover_by_highs(covers: Bools, costs: Floats, choice: Choice, search: Search) -> None:
    sites, clients = covers.shape
    arrays = Arrays(
        matrix=sparse.csr_array(covers.T.astype(float)),
        row_lower=np.ones(clients),
        row_upper=np.full(clients, np.inf),
        cost=costs,
        offset=0.0,
        lower=choice.required.astype(float),
        upper=(~choice.forbidden).astype(float),
        integer=np.ones(sites, dtype=bool),
        columns=tuple(map(str, range(sites))),
        rows=tuple(map(str, range(clients))),
    )

    def listen(progress: Progress) -> None:
        if search.listener is not None:
            search.listener(replace(progress, seconds=search.elapsed))

    settings = Settings(gap=search.gap, time_limit=max(search.left, 0.01))
    result = run(arrays, settings, progress=listen)
    search.interrupted |= result.state == "interrupted"
    search.nodes += result.nodes
    if result.x is not None:
        opened = result.x > 0.5
        whole = make_case(np.zeros((sites, 1)))
        search.offer(float(costs[opened].sum()), whole, opened)
    if np.isfinite(result.bound):
        search.raise_bound(result.bound)


def median_case(cost: Floats, sites: int, choice: Choice) -> Case:
    """The p-median of [sites, clients] costs; maximal covering where a cost is a weight missed."""
    return make_case(
        cost,
        required=choice.required,
        forbidden=choice.forbidden,
        at_least=sites,
        at_most=sites,
    )


def centre(distances: Floats, sites: int, choice: Choice, search: Search) -> None:
    """min max_j min_{i open} distance_ij with so many sites: bisection over the distances.

    Each step asks whether `sites` sites cover all clients within a distance. A yes lowers the best
    plan to that of the cover; a no raises the bound to the next distance.
    """
    able = ~choice.forbidden
    levels = np.unique(distances[able][np.isfinite(distances[able])])
    levels = levels[levels >= distances[able].min(axis=0).max()]
    low, high = 0, len(levels)  # the optimum is levels[low] at least; beyond them all, none
    _offer_centre(distances, _first_centre(distances, sites, choice, search), sites, able, search)
    while not search.over:
        high = min(high, int(np.searchsorted(levels, search.value)))
        search.raise_bound(float(levels[low]) if low < len(levels) else search.value)
        if low >= high or search.over:
            break
        middle = (low + high) // 2
        question = _ask(distances <= levels[middle], sites, choice, search)
        if question.plan is not None and question.value <= sites:
            _offer_centre(distances, question.plan, sites, able, search)
        elif question.bound >= question.cutoff:
            low = middle + 1
        else:
            break


def _first_centre(distances: Floats, sites: int, choice: Choice, search: Search) -> Bools:
    """Sites of a p-median, a first plan."""
    start = Search(len(distances), gap=0.05, seconds=search.left / 4)
    if search.listener is not None:
        told = search.listener
        start.listener = lambda _: told(search.progress())
    medians.solve(median_case(distances, sites, choice), start)
    search.interrupted |= start.interrupted
    return choice.required if start.plan is None else start.plan


def _ask(covers: Bools, sites: int, choice: Choice, search: Search) -> Search:
    """Whether so many sites cover all clients."""

    def listen(_: Progress) -> None:
        if search.listener is not None:
            search.listener(search.progress())

    question = Search(
        len(covers), seconds=search.left, listener=listen, step=1.0, enough=float(sites)
    )
    cover(covers, np.ones(len(covers)), choice, question)
    search.interrupted |= question.interrupted
    search.nodes += question.nodes
    return question


def _offer_centre(
    distances: Floats, opened: Bools, sites: int, able: Bools, search: Search
) -> None:
    """Offer a plan, with further sites where it has fewer than asked."""
    opened = opened.copy()
    while opened.sum() < sites:
        nearest = (
            distances[opened].min(axis=0) if opened.any() else np.full(distances.shape[1], np.inf)
        )
        farthest = int(np.argmax(nearest))
        order = np.argsort(np.where(able & ~opened, distances[:, farthest], np.inf))
        opened[order[0]] = True
    value = float(distances[opened].min(axis=0).max())
    if np.isfinite(value):
        search.offer(value, make_case(np.zeros((len(distances), 1))), opened)
