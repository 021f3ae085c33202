"""Distance and time between basins and sites."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pyproj import Geod

from hubselect.instance import Bools, Floats

_ELLIPSOID = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Speeds:
    """Speeds over road km [km per hour] by class of link, and minutes lost at stations."""

    road: float
    motorway: float
    rail: float
    station: float


def great_circle_km(latitude: Floats, longitude: Floats) -> Floats:
    """Distances [km] on the WGS 84 ellipsoid between all pairs of points, shape [N,N].

    Args:
        latitude: degrees north, shape [N].
        longitude: degrees east, shape [N].
    """
    count = len(latitude)
    a, b = np.triu_indices(count, k=1)
    _, _, metres = _ELLIPSOID.inv(longitude[a], latitude[a], longitude[b], latitude[b])
    distances = np.zeros((count, count))
    distances[a, b] = distances[b, a] = np.asarray(metres) / 1000.0
    return distances


def road_km(latitude: Floats, longitude: Floats, detour: float) -> Floats:
    """Road distances [km]: great circle times a detour factor (≥ 1)."""
    return detour * great_circle_km(latitude, longitude)


def road_km_between(
    origins: tuple[Floats, Floats], places: tuple[Floats, Floats], detour: float
) -> Floats:
    """Road distances [km] from N origins to M places, shape [N,M].

    Args:
        origins: latitude and longitude in degrees, shape [N] each.
        places: latitude and longitude in degrees, shape [M] each.
        detour: road distance over great circle (≥ 1).
    """
    north, east = (np.repeat(axis, len(places[0])) for axis in origins)
    to_north, to_east = (np.tile(axis, len(origins[0])) for axis in places)
    _, _, metres = _ELLIPSOID.inv(east, north, to_east, to_north)
    return detour * np.asarray(metres).reshape(len(origins[0]), -1) / 1000.0


def road_minutes(km: Floats, speed: float) -> Floats:
    """Minutes by road at a mean speed [km per hour]."""
    return np.asarray(60.0 * km / speed)


def link_minutes(road: Floats, motorway: Bools, fast_rail: Bools, speeds: Speeds) -> Floats:
    """Door-to-door minutes between all pairs, shape [N,N]; 0 on the diagonal.

    By motorway where both ends are on one, else by ordinary road; by high-speed train, stations
    included, where both ends have a stop and it is faster.

    Args:
        road: km by road, shape [N,N].
        motorway, fast_rail: whether a place is connected, shape [N].
    """
    by_motorway = np.logical_and.outer(motorway, motorway)
    driven = 60.0 * road / np.where(by_motorway, speeds.motorway, speeds.road)
    by_rail = np.logical_and.outer(fast_rail, fast_rail)
    railed = np.where(by_rail, speeds.station + 60.0 * road / speeds.rail, np.inf)
    minutes = np.minimum(driven, railed)
    np.fill_diagonal(minutes, 0.0)
    return minutes
