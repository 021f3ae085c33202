"""How far basins are from each other: by road, or by the time the fastest link takes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hubselect.assemble.source import Source
from hubselect.errors import DataError, Problem
from hubselect.instance import Bools, Floats
from hubselect.travel import Speeds, link_minutes, road_km

_SPEEDS = {
    "road_kmh": "km per hour", "motorway_kmh": "km per hour",
    "high_speed_rail_kmh": "km per hour", "station_minutes": "minutes",
}  # fmt: skip
_STOPS = ("high_speed_rail_stop", "high_speed_rail_station")  # the finer one first


def distances(s: Source) -> Floats:
    """Km between basins [R,R] that the mobility radius and the reach are read against.

    `talent.travel` distance: km by road, the planner's, else those of the planner's minutes, else
    great circle times the detour factor. `talent.travel` network: minutes, the planner's, else
    those of the road by class of link, in km of motorway: a minute is motorway_kmh ÷ 60 km.

    Raises:
        DataError: minutes are needed and the data has no speeds.
    """
    latitude, longitude = s.column("basins", "capital_lat"), s.column("basins", "capital_lon")
    default = road_km(latitude, longitude, s.finance("detour_factor"))
    km = _stated(s, s.regions.travel)
    minutes = _stated(s, s.regions.travel_minutes)
    network = s.settings.talent.travel == "network"
    if not network and np.isnan(minutes).all():
        return _first(km, default)
    known = speeds(s)
    as_km = minutes * known.motorway / 60.0
    if not network:
        return _first(km, as_km, default)
    road = _first(km, default)
    linked = link_minutes(road, _flag(s, "motorway_connected"), _flag(s, *_STOPS), known)
    return _first(as_km, linked * known.motorway / 60.0)


def _first(*choices: Floats) -> Floats:
    """The first stated value of every pair; 0 on the diagonal."""
    found = choices[0]
    for other in choices[1:]:
        found = np.where(np.isnan(found), other, found)
    found = np.array(found)
    np.fill_diagonal(found, 0.0)
    return found


def _stated(s: Source, matrix: pd.DataFrame | None) -> Floats:
    basins = list(s.labels.basins)
    if matrix is None:
        return np.full((len(basins), len(basins)), np.nan)
    return matrix.reindex(index=basins, columns=basins).to_numpy(dtype=float)


def speeds(s: Source) -> Speeds:
    """Speeds of the data, all above 0.

    Raises:
        DataError: some are missing.
    """
    columns = s.regions.table("finance").columns
    held = {name: s.finance(name) if name in columns else np.nan for name in _SPEEDS}
    problems = [
        Problem(f"finance national {name}", "is missing", f"a number above 0, {_SPEEDS[name]}",
                "needed for minutes of travel")
        for name, value in held.items()
        if not value > 0
    ]  # fmt: skip
    if problems:
        raise DataError(problems)
    road, motorway, rail, station = held.values()
    return Speeds(road, motorway, rail, station)


def _flag(s: Source, *names: str) -> Bools:
    """Whether each basin has a link, by the first field the data has; nowhere without one."""
    columns = s.regions.table("basins").columns
    name = next((n for n in names if n in columns), None)
    if name is None:
        return np.zeros(len(s.labels.basins), dtype=bool)
    return np.asarray(np.nan_to_num(s.column("basins", name)) > 0.5)
