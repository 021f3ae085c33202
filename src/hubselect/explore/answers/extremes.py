"""Fewest and most hubs, seats and jobs of each basin among plans almost as cheap as a plan."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from hubselect.arrays import Arrays
from hubselect.decisions import Decisions
from hubselect.errors import InfeasibleError
from hubselect.explore.answers.near import Near
from hubselect.explore.workbench import hub_map
from hubselect.instance import Floats
from hubselect.solving.live import LiveLp

Measure = Literal["hubs", "seats", "jobs"]
MEASURES: tuple[Measure, ...] = ("hubs", "seats", "jobs")
ALMOST = 1e-5  # of a hub: noise of a relaxation
COLUMNS = [
    "region", "name", "measure", "plan", "fewest", "fewest_bound", "most", "most_bound",
]  # fmt: skip


def weights(near: Near, r: int, measure: Measure) -> Floats:
    """Coefficients of a basin's hubs or jobs of the last year, or of its seats of all years."""
    bench = near.bench
    found = np.zeros(len(bench.compiled.arrays.columns))
    last = len(bench.instance.years) - 1
    variable = "installed" if measure == "hubs" else measure
    for key, column in bench.compiled.columns(variable).items():
        if measure == "hubs":
            counted = bench.instance.site_basin[key[0]] == r and key[1] == 0 and key[2] == last
        else:
            counted = key[0] == r and (measure == "seats" or key[2] == last)
        found[column] = float(counted)
    return found


def people(near: Near, basins: Iterable[int]) -> list[dict[str, Any]]:
    """Fewest and most seats and jobs: attained by certified plans, bounded by the relaxation.

    The bounds hold for every plan as cheap as `near` allows, whatever its hubs.
    """
    bench, arrays = near.bench, capped(near)
    whole = np.flatnonzero(arrays.hubs)
    inner = LiveLp(arrays, bench.settings)
    rows = []
    for r in basins:
        # a linear program fills no whole classes: then only plans found attain anything
        maps = _telling_maps(near, r) if (arrays.hubs == arrays.integer).all() else []
        for measure in MEASURES[1:]:
            w = weights(near, r, measure)
            bounds = [sign * near.least(sign * w) for sign in (1.0, -1.0)]
            known = [measured(plan.decisions, r, measure) for plan in near.found]
            attained = [min(known), max(known)]
            for hubs in maps:
                values = hub_map(bench.compiled, hubs)
                inner.set_columns(whole, values, values)
                for n, sign in enumerate((1.0, -1.0)):
                    value = _attained(near, inner, sign, w, (r, measure, values))
                    attained[n] = sign * min(sign * attained[n], sign * value)
            rows.append(_entry(near, r, measure, attained, bounds))
    return rows


def capped(near: Near) -> Arrays:
    """The plan's arrays with its cost held below the cap."""
    arrays = near.bench.compiled.arrays
    return arrays.with_row("cap", arrays.cost, -np.inf, near.cap - arrays.offset)


def _telling_maps(near: Near, r: int) -> list[Floats]:
    """The plan's hub map and those found with the fewest and the most workstations in a basin."""
    i, maps = near.bench.instance, list(near.maps())
    sites = i.sites_of(r)
    desks = [float(np.einsum("k,hk->", i.increment, z[sites][:, :, -1])) for z in maps]
    chosen = {0, int(np.argmin(desks)), int(np.argmax(desks))}
    return [maps[n] for n in sorted(chosen)]


def _attained(
    near: Near, lp: LiveLp, sign: float, w: Floats, what: tuple[int, str, Floats]
) -> float:
    """Extreme with the hubs fixed, read from the certified plan that has it."""
    r, measure, hubs = what
    arrays = near.bench.compiled.arrays
    title = f"{near.bench.instance.basins[r]}: {'fewest' if sign > 0 else 'most'} {measure}"
    if (arrays.hubs != arrays.integer).any():
        return _in_classes(near, sign, w, what, title)
    lp.set_cost(sign * w)
    point = lp.solve()
    if point is None:
        return sign * np.inf
    x = point.x.copy()
    x[arrays.hubs] = hubs
    return measured(near.point_plan(x, title).decisions, r, measure)


def _in_classes(
    near: Near, sign: float, w: Floats, what: tuple[int, str, Floats], title: str
) -> float:
    """The same where seats come in whole classes: an integer program, to the gap of the bench."""
    r, measure, hubs = what
    fixed = capped(near).with_bounds(near.bench.compiled.arrays.hubs, hubs, hubs)
    try:
        solved = near.bench.solve(replace(fixed, cost=sign * w, offset=0.0))
    except InfeasibleError:
        return sign * np.inf
    return measured(near.decided_plan(solved.decisions, title).decisions, r, measure)


def measured(d: Decisions, r: int, measure: str) -> float:
    """A basin's seats of all years, or jobs of the last."""
    return float(d.seats[r].sum() if measure == "seats" else d.jobs[r, :, -1].sum())


def hubs(near: Near, basins: Iterable[int], core: Iterable[int], never: Iterable[int]
         ) -> list[dict[str, Any]]:  # fmt: skip
    """Fewest and most hubs, by asking for a plan with one fewer or one more until there is none.

    Sites proven to be in every plan (`core`) or in none (`never`), and the relaxation, close most
    questions unasked.

    Raises:
        Interrupted: Ctrl-C was heard.
    """
    certain, out, rows = set(core), set(never), []
    i = near.bench.instance
    for r in basins:
        sites = i.sites_of(r)
        w = weights(near, r, "hubs")
        low, high = len(certain & set(sites)), len(set(sites) - out)
        if low < high:
            low = max(low, math.ceil(near.least(w) - ALMOST))
            high = min(high, math.floor(-near.least(-w) + ALMOST))
        ends = []
        for sign, bound in ((1, low), (-1, high)):
            ends.append(_walk(near, r, w, sign, bound))
        attained = [float(a) for a, _ in ends]
        rows.append(_entry(near, r, "hubs", attained, [float(b) for _, b in ends]))
    return rows


def _walk(near: Near, r: int, w: Floats, sign: int, bound: int) -> tuple[int, int]:
    """(attained, proven bound) of the fewest (sign 1) or most (−1) hubs of a basin."""
    sites = near.bench.instance.sites_of(r)

    def attained() -> int:
        counts = [round(float(z[sites, 0, -1].sum())) for z in near.maps()]
        return min(counts) if sign > 0 else max(counts)

    place = near.bench.instance.basins[r]
    while (best := attained()) != bound:
        side = best - sign
        limits = (-np.inf, float(side)) if sign > 0 else (float(side), np.inf)
        arrays = near.bench.compiled.arrays.with_row("hubs of a basin", w, *limits)
        few = f"{place}: at {'most' if sign > 0 else 'least'} {side} hubs"
        verdict = near.question(arrays, few)
        if verdict == "none":
            return best, best
        if verdict == "open":
            return best, bound
    return best, bound


def _entry(
    near: Near, r: int, measure: Measure, attained: list[float], bounds: list[float]
) -> dict[str, Any]:
    plan, i = near.bench.plan, near.bench.instance
    if measure == "hubs":
        now = float(plan.decisions.installed[i.sites_of(r), 0, -1].sum())
    else:
        now = measured(plan.decisions, r, measure)
    noise = 1e-6 * max(1.0, *(abs(b) for b in bounds if math.isfinite(b)), 1.0)
    values = (
        i.basins[r], i.names.get(i.basins[r], i.basins[r]), measure, now, min(attained[0], now),
        min(bounds[0], attained[0] + noise), max(attained[1], now),
        max(bounds[1], attained[1] - noise),
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))
