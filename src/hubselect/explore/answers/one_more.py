"""What one more is worth with the hubs as they stand: graduate, place, point of completion, …"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hubselect.arrays import Arrays
from hubselect.explore.answers.binding import fixed_hubs
from hubselect.explore.answers.parametric import live
from hubselect.explore.answers.policy_rows import with_policy
from hubselect.explore.answers.proven import Known, ask
from hubselect.explore.answers.turning import changed
from hubselect.explore.workbench import Workbench
from hubselect.instance import Instance, RegionRow, place_of
from hubselect.model.variables import label
from hubselect.solving.live import LiveLp, Point

COLUMNS = [
    "one_more", "unit", "what", "where", "money_of", "hubs", "mad", "mad_if_one_less", "low_mad",
    "high_mad",
]  # fmt: skip
NOISE = 1e-8  # of the cost: differences of two solves below it are nothing
POINT = 0.01


def one_more(bench: Workbench, lp: LiveLp, arrays: Arrays, point: Point) -> pd.DataFrame:
    """Change of cost when there is one more of something, everything but the hubs re-solved.

    Columns: one_more, unit, what, where, money_of (a year or present value), hubs, mad (negative:
    one more saves money), mad_if_one_less, low_mad, high_mad. Graduates and places are those
    worth most over places and years. A point is a hundredth. Where no more fits with the hubs as
    planned they are re-optimised (`hubs`), and low_mad and high_mad are what the gaps prove.
    """
    i = bench.instance
    found = [*_jobs(bench, lp, arrays, point)]
    for skill in i.skills:
        rows = _rows(bench, "talent_balance", skill)
        found += _dearest(bench, lp, arrays, point, ("graduate", "person", skill), rows)
    for programme in i.programmes:
        rows = _rows(bench, "training_places", programme)
        found += _dearest(bench, lp, arrays, point, ("place", "place", programme), rows)
    found += _budgets(bench, lp, arrays, point)
    found += [_by_instance(bench, point, *change) for change in _points(bench)]
    return pd.DataFrame(found, columns=COLUMNS)


def _rows(bench: Workbench, family: str, name: str) -> list[tuple[int, int, int]]:
    """(row, basin, year) of a family's rows about one profile or programme."""
    i = bench.instance
    named = (
        (bench.compiled.row.get(label(family, basin, name, year)), r, t)
        for r, basin in enumerate(i.basins)
        for t, year in enumerate(i.years)
    )
    return [(row, r, t) for row, r, t in named if row is not None]


def _jobs(bench: Workbench, lp: LiveLp, arrays: Arrays, point: Point) -> Iterator[dict[str, Any]]:
    i = bench.instance
    for t, _heads in i.policy.job_target:
        row = bench.compiled.row[label("job_target", i.years[t])]
        yield _moved(bench, lp, arrays, point, ("job", "job", "asked for"), (row, -1, t))


def _budgets(
    bench: Workbench, lp: LiveLp, arrays: Arrays, point: Point
) -> Iterator[dict[str, Any]]:
    i = bench.instance
    for line in i.policy.budgets:
        if line.year >= 0:
            row = bench.compiled.row[label("budget", line.payer, i.years[line.year])]
            what = ("dirham of budget", "dirham", line.payer)
            # a dirham is lost in the noise: a hundred thousand are moved
            where = (row, -1, line.year)
            yield _moved(bench, lp, arrays, point, what, where, by=0.1, mad=1.0)


def _dearest(
    bench: Workbench,
    lp: LiveLp,
    arrays: Arrays,
    point: Point,
    what: tuple[str, str, str],
    rows: Sequence[tuple[int, int, int]],
) -> list[dict[str, Any]]:
    """The row with the highest price, moved by one; none where nothing has a price."""
    i = bench.instance
    prices = [-float(point.row_duals[row]) / float(i.discount[t]) for row, _, t in rows]
    if not prices or max(prices) <= 1e-7:
        return []
    return [_moved(bench, lp, arrays, point, what, rows[int(np.argmax(prices))])]


def _moved(
    bench: Workbench,
    lp: LiveLp,
    arrays: Arrays,
    point: Point,
    what: tuple[str, str, str],
    where: tuple[int, int, int],
    *,
    by: float = 1.0,
    mad: float = 1e6,
) -> dict[str, Any]:
    """Cost of one more and of one less on a row's right-hand side, by re-solving.

    A step `by` of the side is taken; `mad` is what an MMAD for each unit of the side is in MAD.
    """
    row, basin, t = where
    i, costs = bench.instance, []
    for step in (by, -by):
        lp.set_rows(row, arrays.row_lower[row] + step, arrays.row_upper[row] + step)
        moved = lp.solve()
        costs.append(np.inf if moved is None else moved.cost)
    lp.set_rows(row, arrays.row_lower[row], arrays.row_upper[row])
    place = "country" if basin < 0 else i.basins[basin]
    scale = mad / by / float(i.discount[t])
    return _entry(
        what, place, str(i.years[t]), [_still(c - point.cost, point.cost) * scale for c in costs]
    )


def _points(bench: Workbench) -> Iterator[tuple[tuple[str, str, str], str, Instance, Instance]]:
    """Points of completion by funded programme and of floors: (what, where, more, less)."""
    i, seats = bench.instance, bench.plan.decisions.seats

    def completing(p: list[int], by: float) -> Instance:
        shares = i.completion.copy()
        shares[p] = np.clip(shares[p] + by, 0.0, 1.0)
        return i.replace(completion=shares)

    funded = [p for p in range(len(i.programmes)) if seats[:, p].sum() > 0.5]
    for p in funded:
        what = ("point of completion", "point", i.programmes[p])
        yield what, "country", completing([p], POINT), completing([p], -POINT)
    if funded:
        what = ("point of completion", "point", "all programmes")
        yield what, "country", completing(funded, POINT), completing(funded, -POINT)
    yield from _floors(bench)


def _floors(bench: Workbench) -> Iterator[tuple[tuple[str, str, str], str, Instance, Instance]]:
    """A point of quality and of the lowest basin's share, above what is stated or is reached."""
    i, jobs = bench.instance, bench.plan.decisions.jobs[:, :, -1].sum(axis=1)
    last, total = len(i.years) - 1, float(jobs.sum())
    quality = i.policy.quality_floor
    reached = float(i.quality @ jobs / total) if quality is None else quality

    def of_quality(by: float) -> Instance:
        return with_policy(i, quality_floor=reached + by)

    stated = "stated" if quality is not None else "reached"
    what = ("point of a floor", "point", f"quality, above the {stated} {reached:.1f}")
    yield what, "country", of_quality(1.0), of_quality(-1.0)
    r = int(np.argmin(jobs))
    share = float(jobs[r] / total)

    def of_share(by: float) -> Instance:
        floor = RegionRow((r,), last, share=share + by, name=f"{i.basins[r]} at least")
        return with_policy(i, floors=(*i.policy.floors, floor))

    what = ("point of a floor", "point", f"share of jobs, above the reached {share:.1%}")
    yield what, place_of(i, RegionRow((r,), last)), of_share(POINT), of_share(-POINT)


def _by_instance(
    bench: Workbench, point: Point, what: tuple[str, str, str], where: str, *stated: Instance
) -> dict[str, Any]:
    """Present cost of one more and one less where the instance must be stated anew."""
    costs = []
    for instance in stated:
        other = changed(bench, instance)
        arrays = fixed_hubs(other, bench.plan.decisions.installed)
        priced = live(arrays, other.settings)[1]
        costs.append(np.inf if priced is None else priced.cost)
    differences = [_still(c - point.cost, point.cost) * 1e6 for c in costs]
    if np.isinf(differences[0]):
        return _reoptimised(bench, what, where, stated[0], differences[1])
    return _entry(what, where, "present value", differences)


def _reoptimised(
    bench: Workbench, what: tuple[str, str, str], where: str, instance: Instance, less: float
) -> dict[str, Any]:
    other = changed(bench, instance)
    known = ask(other, other.compiled.arrays, instance=instance, title=" ".join(what)).known
    entry = _entry(what, where, "present value", [np.inf, less]) | {"hubs": "re-optimised"}
    if known is None:
        return entry
    cost = Known(bench.cost, bench.bound).up_to(known, nested=False)
    shown = np.nan if cost.hidden else cost.value * 1e6
    return entry | {"mad": shown, "low_mad": cost.low * 1e6, "high_mad": cost.high * 1e6}


def _still(difference: float, cost: float) -> float:
    return 0.0 if abs(difference) <= NOISE * abs(cost) else difference


def _entry(
    what: tuple[str, str, str], where: str, money: str, costs: Sequence[float]
) -> dict[str, Any]:
    more, less = costs
    return dict(
        zip(COLUMNS, (*what, where, money, "as planned", more, less, more, more), strict=True)
    )
