"""Distance between basins and sites."""

from __future__ import annotations

import numpy as np
from pyproj import Geod

from hubselect.instance import Floats

_ELLIPSOID = Geod(ellps="WGS84")


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
