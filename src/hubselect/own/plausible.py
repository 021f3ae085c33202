"""What no single cell shows: fractions for percentages, swapped coordinates, mixed measures."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from statistics import median

from hubselect.errors import Problem
from hubselect.own.rows import Own
from hubselect.schema import REQUIRED

POINTS = {"basins": ("capital_lat", "capital_lon"), "sites": ("lat", "lon")}
FAR = 12.0  # degrees from the middle of the country
_DECLARED = {(f.table, f.name): f for f in REQUIRED}
_RATE, _FORCE, _OUT = "unemployment_rate_pct", "labour_force_15plus", "unemployed_15plus"


def implausible(
    rows: Iterable[Own], base: Mapping[tuple[str, str, str], float], notes: list[Problem]
) -> list[Problem]:
    """Problems of values together. `base`: numbers of the data below, by (table, key, field).

    What only looks odd, with nothing to compare it with, is added to `notes`.
    """
    numbers: dict[tuple[str, str, str], float] = dict(base)
    cells: dict[tuple[str, str, str], Own] = {}
    for own in rows:
        if isinstance(own.value, float):
            numbers[own.table, own.key, own.field] = own.value
            cells[own.table, own.key, own.field] = own
    return [
        *_fractions(cells, base, notes),
        *_swapped(numbers, cells, base),
        *_mixed(numbers, cells),
    ]


def _fractions(
    cells: Mapping[tuple[str, str, str], Own],
    base: Mapping[tuple[str, str, str], float],
    notes: list[Problem],
) -> Iterator[Problem]:
    columns: dict[tuple[str, str], list[Own]] = defaultdict(list)
    for own in cells.values():
        if own.unit.startswith("percent"):
            columns[own.table, own.field].append(own)
    known: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (table, _, name), value in base.items():
        known[table, name].append(abs(value))
    for (table, name), found in columns.items():
        values = [abs(float(o.value)) for o in found if o.value]
        small = values and max(values) <= 1 and any(v < 1 for v in values)
        usual = median(known[table, name]) if known[table, name] else 2.0
        if not (small and usual > 1 and (len(values) > 1 or usual > 20)):
            continue
        first, declared = found[0], _DECLARED.get((table, name))
        problem = Problem(
            first.cell, f"{name} looks like fractions (largest {max(values):g})",
            f"{first.unit}: {max(values) * 100:g} rather than {max(values):g}",
        )  # fmt: skip
        if known[table, name] or (declared is not None and declared.minimum >= 0):
            yield problem
        else:  # a rate of growth, or a share nothing is known of, may well be below one
            notes.append(problem)


def _swapped(
    numbers: Mapping[tuple[str, str, str], float],
    cells: Mapping[tuple[str, str, str], Own],
    base: Mapping[tuple[str, str, str], float],
) -> Iterator[Problem]:
    points, below = _points(numbers), _points(base)
    # the data below knows where the country lies, even where every point was swapped
    known = below if len(below) >= 3 else points
    if len(known) < 3:
        return
    middle = tuple(median(p[axis] for p in known.values()) for axis in (0, 1))
    for (table, key), (lat, lon) in points.items():
        own = cells.get((table, key, POINTS[table][0])) or cells.get((table, key, POINTS[table][1]))
        away = math.dist((lat, lon), middle)
        if own is None or away < FAR / 4:
            continue
        what = f"{key} lies at latitude {lat:g}, longitude {lon:g}"
        if math.dist((lon, lat), middle) < away / 3:
            yield Problem(own.cell, f"{what}: swapped?", f"latitude {lon:g}, longitude {lat:g}")
        elif away > FAR * 2:
            yield Problem(own.cell, f"{what}: far from the others", "a point in the country")


def _points(
    numbers: Mapping[tuple[str, str, str], float],
) -> dict[tuple[str, str], tuple[float, float]]:
    """(latitude, longitude) by table and key."""
    found = {}
    for table, (north, east) in POINTS.items():
        for t, key, name in numbers:
            if t == table and name == north and (table, key, east) in numbers:
                found[table, key] = (numbers[table, key, north], numbers[table, key, east])
    return found


def _mixed(
    numbers: Mapping[tuple[str, str, str], float], cells: Mapping[tuple[str, str, str], Own]
) -> Iterator[Problem]:
    for (table, key, name), own in cells.items():
        if table != "basins" or name != _RATE:
            continue
        force, out = numbers.get((table, key, _FORCE)), numbers.get((table, key, _OUT))
        if not force or out is None:
            continue
        implied = 100 * out / force
        if abs(implied - float(own.value)) > 2:
            yield Problem(
                own.cell, f"{key} {_RATE} is {own.value:g}, its counts give {implied:.1f}",
                "one measure: the census, as labour_force_15plus and unemployed_15plus",
                "figures of the labour-force survey go to hcp_lfs_unemployment_rate_pct",
            )  # fmt: skip
