"""The classical problems, one function each. See docs/locate.md.

Each takes a matrix [clients, sites] of costs or distances (numpy or a DataFrame, whose labels name
the sites), or two GeoDataFrames of points. inf bars a pair. A projected CRS is measured in its
plane, a geographic one, or one that stretches lengths, on the ellipsoid, both in metres;
`distances` gives others, by road say.

Shared arguments: `required` and `forbidden` sites by label; `gap`, the relative gap at which to
stop; `time_limit` in seconds; `progress`, told where the search stands. Ctrl-C and the time limit
return the best plan so far.

All raise DataError (every problem of the input at once), InfeasibleError (proven) and NoPlanError.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from hubselect.instance import Bools, Floats
from hubselect.locate import capacities, covering, dispersion, medians, single
from hubselect.locate.case import Case, make_case
from hubselect.locate.conclude import Answer, conclude, infeasible, no_plan, searched
from hubselect.locate.covering import Choice
from hubselect.locate.inputs import Reader, Table
from hubselect.locate.result import Location
from hubselect.locate.search import Listener, Search
from hubselect.solving.highs import Progress

Sites = Iterable[Hashable] | Hashable  # labels, or one


def cover(
    clients: Any,
    sites: Any = None,
    *,
    radius: float | None = None,
    costs: Any = None,
    required: Sites = (),
    forbidden: Sites = (),
    distances: Any = None,
    gap: float = 0.0,
    time_limit: float = 60.0,
    progress: Listener | None = None,
) -> Location:
    """LSCP: min Σ_i cost_i y_i with every client within `radius` of an open site.

    A matrix of yes and no needs no radius. `costs` of sites [sites] are 1 by default.
    """
    reader = Reader(clients, sites, distances)
    covers = reader.radius(radius)
    price = reader.column("costs", costs, "sites", 1.0)
    table, choice = reader.finish(required, forbidden, gap, time_limit)
    _reachable("cover", covers, choice, table)
    search = _search(price, gap, time_limit, progress, len(price))
    searched(search, lambda: covering.cover(covers, price, choice, search))

    def answer(is_open: Bools, _: Floats | None) -> Answer:
        return Answer(float(price[is_open].sum()), _nearest(table, is_open, covers))

    return conclude("cover", table, search, answer)


def max_cover(
    clients: Any,
    sites: Any = None,
    *,
    p: int,
    radius: float | None = None,
    weights: Any = None,
    required: Sites = (),
    forbidden: Sites = (),
    distances: Any = None,
    gap: float = 0.0,
    time_limit: float = 60.0,
    progress: Listener | None = None,
) -> Location:
    """MCLP: max Σ_j weight_j [j within `radius` of an open site] with `p` open sites."""
    reader = Reader(clients, sites, distances)
    covers = reader.radius(radius)
    weight = reader.column("weights", weights, "clients", 1.0)
    number = reader.count("p", p)
    table, choice = reader.finish(required, forbidden, gap, time_limit)
    _enough("max_cover", number, choice)
    missed = np.where(covers, 0.0, weight)
    total = float(weight.sum())
    search = _search(weight, gap, time_limit, progress, len(covers))
    search.total = total
    case = covering.median_case(missed, number, choice)
    searched(search, lambda: medians.solve(case, search))

    def answer(is_open: Bools, _: Floats | None) -> Answer:
        reached = covers[is_open].any(axis=0)
        assignment = _nearest(table, is_open, covers)
        return Answer(float(weight[reached].sum()), assignment)

    return conclude("max_cover", table, search, answer, bound=lambda value: total - value)


def p_median(
    clients: Any,
    sites: Any = None,
    *,
    p: int,
    weights: Any = None,
    required: Sites = (),
    forbidden: Sites = (),
    distances: Any = None,
    gap: float = 0.0,
    time_limit: float = 60.0,
    progress: Listener | None = None,
) -> Location:
    """min Σ_j weight_j · distance of j to the nearest of `p` open sites (Hakimi 1964)."""
    reader = Reader(clients, sites, distances)
    weight = reader.column("weights", weights, "clients", 1.0)
    number = reader.count("p", p)
    table, choice = reader.finish(required, forbidden, gap, time_limit)
    _enough("p_median", number, choice)
    cost = _costs("p_median", table, weight, choice)
    case = covering.median_case(cost, number, choice)
    search = _search(cost, gap, time_limit, progress, len(cost))
    searched(search, lambda: medians.solve(case, search))
    return _concluded("p_median", table, case, search, np.zeros(len(cost)), cost)


def uncapacitated(
    clients: Any,
    sites: Any = None,
    *,
    fixed_costs: Any,
    weights: Any = None,
    required: Sites = (),
    forbidden: Sites = (),
    distances: Any = None,
    gap: float = 0.0,
    time_limit: float = 60.0,
    progress: Listener | None = None,
) -> Location:
    """UFL: min Σ_i fixed_i y_i + Σ_j weight_j · cost of j at the cheapest open site."""
    reader = Reader(clients, sites, distances)
    weight = reader.column("weights", weights, "clients", 1.0)
    fixed = reader.column("fixed_costs", fixed_costs, "sites", None)
    table, choice = reader.finish(required, forbidden, gap, time_limit)
    cost = _costs("uncapacitated", table, weight, choice)
    case = make_case(cost, fixed=fixed, required=choice.required, forbidden=choice.forbidden)
    search = _search(np.append(cost.ravel(), fixed), gap, time_limit, progress, len(cost))
    searched(search, lambda: medians.solve(case, search))
    return _concluded("uncapacitated", table, case, search, fixed, cost)


def capacitated(
    clients: Any,
    sites: Any = None,
    *,
    demand: Any,
    capacity: Any,
    fixed_costs: Any = None,
    single_source: bool = False,
    per_unit: bool = True,
    required: Sites = (),
    forbidden: Sites = (),
    distances: Any = None,
    gap: float = 0.0,
    time_limit: float = 60.0,
    progress: Listener | None = None,
) -> Location:
    """CFL: min Σ_i fixed_i y_i + Σ_ij cost_ij x_ij with Σ_j demand_j x_ij ≤ capacity_i y_i.

    Args:
        demand: of clients; capacity: of sites, in the same unit.
        single_source: each client is served by one site; else demand may be split.
        per_unit: costs are for one unit of demand; else for a client's whole demand.
    """
    reader = Reader(clients, sites, distances)
    need = reader.column("demand", demand, "clients", None, some=True)
    room = reader.column("capacity", capacity, "sites", None, infinite=True)
    fixed = reader.column("fixed_costs", fixed_costs, "sites", 0.0)
    table, choice = reader.finish(required, forbidden, gap, time_limit)
    cost = _costs("capacitated", table, need if per_unit else np.ones(len(need)), choice)
    room = np.minimum(room, need.sum())
    held = float(room[~choice.forbidden].sum())
    if held < need.sum() * (1 - 1e-12):
        line = f"demand {need.sum():,.6g}, capacity of all allowed sites {held:,.6g}"
        raise infeasible("capacitated", [line])
    unit = _unit(cost, fixed)
    case = make_case(
        cost * unit,
        fixed=fixed * unit,
        required=choice.required,
        forbidden=choice.forbidden,
        demand=need,
        capacity=room,
    )
    whole = np.append(cost.ravel(), fixed) if single_source else np.array([0.5])
    search = _search(whole, gap, time_limit, _in_units(progress, unit), len(cost))
    solver = single.solve if single_source else capacities.solve
    searched(search, lambda: solver(case, search))

    def answer(is_open: Bools, shares: Floats | None) -> Answer:
        assert shares is not None
        paid = float(fixed[is_open].sum() + (np.where(shares > 0, cost, 0.0) * shares).sum())
        assignment = shares.argmax(axis=0)
        return Answer(paid, assignment, None if single_source else shares.T.copy())

    return conclude("capacitated", table, search, answer, bound=lambda bound: bound / unit)


def _unit(cost: Floats, fixed: Floats) -> float:
    """A power of two that lifts the largest cost to 1 or more: HiGHS's tolerances are absolute."""
    every = np.append(cost[np.isfinite(cost)], fixed)
    top = float(every.max(initial=0.0))
    return 1.0 if top >= 1 or top == 0 else float(2.0 ** np.ceil(-np.log2(top)))


def _in_units(progress: Listener | None, unit: float) -> Listener | None:
    """Progress told in the caller's costs."""
    if progress is None or unit == 1:
        return progress

    def told(p: Progress) -> None:
        best, bound = (None if value is None else value / unit for value in (p.incumbent, p.bound))
        progress(replace(p, incumbent=best, bound=bound))

    return told


def p_center(
    clients: Any,
    sites: Any = None,
    *,
    p: int,
    weights: Any = None,
    required: Sites = (),
    forbidden: Sites = (),
    distances: Any = None,
    gap: float = 0.0,
    time_limit: float = 60.0,
    progress: Listener | None = None,
) -> Location:
    """min of the largest weight_j · distance of j to the nearest of `p` open sites."""
    reader = Reader(clients, sites, distances)
    weight = reader.column("weights", weights, "clients", 1.0)
    number = reader.count("p", p)
    table, choice = reader.finish(required, forbidden, gap, time_limit)
    _enough("p_center", number, choice)
    cost = _costs("p_center", table, weight, choice)
    search = _search(np.array([0.5]), gap, time_limit, progress, len(cost))
    searched(search, lambda: covering.centre(cost, number, choice, search))

    def answer(is_open: Bools, _: Floats | None) -> Answer:
        return Answer(float(cost[is_open].min(axis=0).max()), _nearest(table, is_open))

    return conclude("p_center", table, search, answer)


def p_dispersion(
    sites: Any,
    *,
    p: int,
    required: Sites = (),
    forbidden: Sites = (),
    distances: Any = None,
    gap: float = 0.0,
    time_limit: float = 60.0,
    progress: Listener | None = None,
) -> Location:
    """max of the least distance between any two of `p` open sites.

    `sites` is a symmetric matrix [sites, sites] or a GeoDataFrame.
    """
    framed = hasattr(sites, "geometry")
    reader = Reader(sites, sites if framed else None, distances, adds=("sites",))
    number = reader.count("p", p, least=2)
    reader.symmetric()
    table, choice = reader.finish(required, forbidden, gap, time_limit)
    _enough("p_dispersion", number, choice)
    search = _search(np.array([0.5]), gap, time_limit, progress, len(table.values))
    searched(search, lambda: dispersion.disperse(table.values, number, choice, search))

    def answer(is_open: Bools, _: Floats | None) -> Answer:
        pairs = table.values[np.ix_(is_open, is_open)]
        nobody = np.full(len(table.values), -1)
        return Answer(float(pairs[np.triu_indices(len(pairs), 1)].min()), nobody)

    return conclude("p_dispersion", table.alone(), search, answer, bound=lambda value: -value)


def _concluded(
    problem: str, table: Table, case: Case, search: Search, fixed: Floats, cost: Floats
) -> Location:
    """The result where each client goes to its cheapest open site."""
    if search.plan is not None and search.value >= case.barred:
        if search.proven or search.bound > case.barred / 2:
            raise infeasible(problem, ["no allowed choice reaches every client"])
        raise no_plan(problem, search)

    def answer(is_open: Bools, _: Floats | None) -> Answer:
        paid = float(fixed[is_open].sum() + cost[is_open].min(axis=0).sum())
        return Answer(paid, _nearest(table, is_open))

    return conclude(problem, table, search, answer)


def _nearest(table: Table, is_open: Bools, covers: Bools | None = None) -> Any:
    """Position of each client's cheapest open site; −1 where none covers it."""
    cost = np.where(is_open, table.values, np.inf)
    if covers is None:
        return cost.argmin(axis=1)
    if table.covers:  # yes and no: the first that covers
        cost = np.where(is_open & covers.T, 0.0, np.inf)
    chosen = cost.argmin(axis=1)
    return np.where(covers[chosen, np.arange(len(chosen))] & is_open[chosen], chosen, -1)


def _costs(problem: str, table: Table, weight: Floats, choice: Choice) -> Floats:
    """weight_j · cost_ij [sites, clients]; barred stays barred, whatever the weight.

    Raises:
        InfeasibleError: a client has no allowed site.
    """
    barred = np.isinf(table.values)
    whole = np.where(barred, 0.0, table.values) * weight[:, None]
    cost = np.ascontiguousarray(np.where(barred, np.inf, whole).T)
    _reachable(problem, np.isfinite(cost), choice, table)
    return cost


def _search(
    numbers: Floats,
    gap: float,
    seconds: float,
    listener: Callable[..., None] | None,
    sites: int,
) -> Search:
    """A search; with costs that are all whole, plans differ by 1 at least."""
    finite = numbers[np.isfinite(numbers)]
    whole = bool(np.all(finite == np.round(finite))) and float(finite.sum()) < 2**50
    return Search(sites, gap, seconds, listener, step=1.0 if whole else 0.0)


def _reachable(problem: str, serves: Bools, choice: Choice, table: Table) -> None:
    """Every client has an allowed site that serves it [sites, clients]."""
    alone = np.flatnonzero(~serves[~choice.forbidden].any(axis=0))
    if len(alone):
        shown = ", ".join(str(table.client_labels[j]) for j in alone[:8])
        more = " …" if len(alone) > 8 else ""
        raise infeasible(problem, [f"no allowed site serves clients {shown}{more}"])


def _enough(problem: str, number: int, choice: Choice) -> None:
    """The number of sites lies between those required and those allowed."""
    least, most = int(choice.required.sum()), int((~choice.forbidden).sum())
    if not least <= number <= most:
        raise infeasible(problem, [f"p is {number}; {least} sites are required, {most} allowed"])
