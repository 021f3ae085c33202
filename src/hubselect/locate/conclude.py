"""From a search to a Location: recomputed objective, assignment, and the caller's frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hubselect.errors import InfeasibleError, NoPlanError
from hubselect.instance import Bools, Floats, Ints
from hubselect.locate.inputs import Table
from hubselect.locate.result import Location
from hubselect.locate.search import EXACT, Search
from hubselect.solving.highs import relative_gap


@dataclass(frozen=True, eq=False)
class Answer:
    """What a plan means to the caller: objective, assignment [clients] and shares."""

    objective: float
    assignment: Ints
    shares: Floats | None = None


def searched(search: Search, work: Callable[[], None]) -> None:
    """Work until done, out of time or Ctrl-C; a plan found before is kept."""
    try:
        work()
    except KeyboardInterrupt:
        search.interrupted = True
    if search.listener is not None and not search.interrupted:
        search.listener(search.progress())


def infeasible(problem: str, lines: list[str]) -> InfeasibleError:
    """An InfeasibleError with the contradictions in words."""
    return InfeasibleError(
        f"{problem}: proven, no choice of sites satisfies this", arithmetic=lines
    )


def no_plan(problem: str, search: Search) -> NoPlanError:
    """A NoPlanError that says what came first."""
    reason = "interruption" if search.interrupted else "time limit"
    return NoPlanError(f"{problem}: the {reason} came before a first plan")


def conclude(
    problem: str,
    table: Table,
    search: Search,
    answer: Callable[[Bools, Floats | None], Answer],
    *,
    bound: Callable[[float], float] = float,
) -> Location:
    """The typed result.

    Args:
        answer: from open sites and shares [sites, clients] to what they mean.
        bound: from the bound of the search to that of the objective.

    Raises:
        InfeasibleError, NoPlanError.
    """
    if search.plan is None:
        if search.left > 0 and not search.interrupted:
            raise infeasible(problem, [])
        raise no_plan(problem, search)
    is_open = search.plan
    found = answer(is_open, search.shares)
    limit = bound(search.bound)
    if abs(limit - found.objective) <= EXACT * max(abs(found.objective), 1e-9):
        limit = found.objective
    gap = relative_gap(*sorted((found.objective, limit), reverse=True))
    if np.isfinite(limit) and found.objective:
        gap = abs(found.objective - limit) / abs(found.objective)
    served = found.assignment >= 0
    picked = table.values[np.arange(len(served)), np.maximum(found.assignment, 0)]
    cost = np.where(served, picked, np.nan)
    if found.shares is not None:
        cost = (np.where(found.shares > 0, table.values, 0.0) * found.shares).sum(axis=1)
    clients, sites = _frames(table, is_open, found, cost)
    for array in (is_open, found.assignment, found.shares, cost):
        if array is not None:
            array.setflags(write=False)
    return Location(
        problem=problem,
        outcome="proven" if gap <= search.gap + EXACT else "feasible",
        objective=found.objective,
        bound=limit,
        gap=gap,
        open=tuple(table.site_labels[i] for i in np.flatnonzero(is_open)),
        is_open=is_open,
        assignment=found.assignment,
        shares=found.shares,
        cost=cost,
        seconds=search.elapsed,
        nodes=search.nodes,
        measured=table.measured,
        clients=clients,
        sites=sites,
    )


def _frames(table: Table, is_open: Bools, found: Answer, cost: Floats) -> tuple[object, object]:
    """Copies of the caller's frames with the columns that the result adds."""
    if table.sites is None:
        return None, None
    served = found.assignment >= 0
    sites = table.sites.assign(open=is_open)
    if table.clients is None:
        return None, sites
    used = np.zeros((len(served), len(is_open)))
    used[np.flatnonzero(served), found.assignment[served]] = 1.0
    shares = used if found.shares is None else found.shares
    labels = np.array([*table.site_labels, None], dtype=object)
    clients = table.clients.assign(
        site=labels[found.assignment], site_cost=cost, site_share=shares.max(axis=1)
    )
    return clients, sites.assign(clients_served=(shares > 1e-9).sum(axis=0))
