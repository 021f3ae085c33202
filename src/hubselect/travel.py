"""Distance between basins and sites."""

from __future__ import annotations

import numpy as np
from pyproj import Geod

from hubselect.instance import Floats

_ELLIPSOID = Geod(ellps="WGS84")
ROAD_KM_H = 60.0  # mean speed by road, as in the atlas's own 45-minute catchments


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


def road_minutes(km: Floats) -> Floats:
    """Minutes by road at the mean speed `ROAD_KM_H`."""
    return np.asarray(km / ROAD_KM_H * 60.0)
