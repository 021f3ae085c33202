"""Distances [m] between two sets of points: in the plane, or on the ellipsoid. Never in degrees."""

from __future__ import annotations

from typing import Any

import numpy as np

from hubselect.errors import Problem
from hubselect.instance import Floats


def check_points(name: str, frame: Any, problems: list[Problem]) -> None:
    """Points with a known CRS, none empty."""
    if frame.crs is None:
        problems.append(
            Problem(name, "has no CRS", "a known CRS", "frame.set_crs(...) says which it is")
        )
    kinds = frame.geometry.geom_type
    wrong = frame.index[(kinds != "Point") | frame.geometry.is_empty | frame.geometry.isna()]
    if len(wrong):
        shown = ", ".join(map(str, wrong[:5]))
        hint = "frame.representative_point() gives one a shape"
        problems.append(Problem(name, f"rows {shown} are no points", "a point in each row", hint))


def same_crs(clients: Any, sites: Any, problems: list[Problem]) -> None:
    """Both frames in one CRS."""
    if clients.crs is not None and sites.crs is not None and clients.crs != sites.crs:
        what = f"CRS {sites.crs.to_string()} is not that of clients, {clients.crs.to_string()}"
        problems.append(Problem("sites", what, "one CRS", "sites.to_crs(clients.crs)"))


def measure(clients: Any, sites: Any) -> tuple[Floats, str]:
    """Distances [clients, sites] in metres, and how they were measured.

    A projected CRS is measured in the plane (Euclid), a geographic one on its ellipsoid
    (geodesics of Karney 2013, by pyproj).
    """
    x, y = clients.geometry.x.to_numpy(), clients.geometry.y.to_numpy()
    u, v = sites.geometry.x.to_numpy(), sites.geometry.y.to_numpy()
    if clients.crs.is_geographic:
        shape = (len(x), len(u))
        geod = clients.crs.get_geod()
        spread = (np.broadcast_to(a, shape).ravel() for a in (x[:, None], y[:, None], u, v))
        _, _, metres = geod.inv(*spread)
        return np.asarray(metres, dtype=float).reshape(shape), "ellipsoid"
    unit = float(clients.crs.axis_info[0].unit_conversion_factor)
    return np.hypot(x[:, None] - u, y[:, None] - v) * unit, "plane"
