"""Distances [m] between two sets of points: in the plane, or on the ellipsoid. Never in degrees."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyproj import Proj

from hubselect.errors import Problem
from hubselect.instance import Bools, Floats

STRETCHED = 0.01  # of a length
HIGHEST = 90.0  # degrees


def check_points(name: str, frame: Any, problems: list[Problem]) -> None:
    """Points with a known CRS, none empty."""
    if frame.crs is None:
        problems.append(
            Problem(name, "has no CRS", "a known CRS", "frame.set_crs(...) says which it is")
        )
    elif frame.crs.is_geocentric:
        problems.append(Problem(name, f"CRS {frame.crs.to_string()} is geocentric", "a map's CRS"))
    kinds = frame.geometry.geom_type
    wrong = frame.index[(kinds != "Point") | frame.geometry.is_empty | frame.geometry.isna()]
    if len(wrong):
        shown = ", ".join(map(str, wrong[:5]))
        hint = "frame.representative_point() gives one a shape"
        problems.append(Problem(name, f"rows {shown} are no points", "a point in each row", hint))
    elif frame.crs is not None and not frame.crs.is_geocentric:
        off = frame.index[~_on_earth(frame)]
        if len(off):
            what = f"rows {', '.join(map(str, off[:5]))} are nowhere in {frame.crs.to_string()}"
            problems.append(Problem(name, what, "coordinates of that CRS"))


def _on_earth(frame: Any) -> Bools:
    """Which points have a longitude and a latitude; all where the CRS is of no earth."""
    if frame.crs.geodetic_crs is None:
        return np.ones(len(frame), dtype=bool)
    points = frame.geometry.to_crs(frame.crs.geodetic_crs)
    longitude, latitude = points.x.to_numpy(), points.y.to_numpy()
    return np.asarray(np.isfinite(longitude) & (np.abs(latitude) <= HIGHEST))


def same_crs(clients: Any, sites: Any, problems: list[Problem]) -> None:
    """Both frames in one CRS."""
    if clients.crs is not None and sites.crs is not None and clients.crs != sites.crs:
        what = f"CRS {sites.crs.to_string()} is not that of clients, {clients.crs.to_string()}"
        problems.append(Problem("sites", what, "one CRS", "sites.to_crs(clients.crs)"))


def measure(clients: Any, sites: Any) -> tuple[Floats, str]:
    """Distances [clients, sites] in metres, and how they were measured.

    A projected CRS is measured in the plane (Euclid), a geographic one on its ellipsoid
    (geodesics of Karney 2013, by pyproj), and so is one that stretches a length at any of the
    points by more than `STRETCHED`, as web maps do.
    """
    crs = clients.crs
    if not crs.is_geographic and crs.geodetic_crs is not None:
        degrees = [frame.to_crs(crs.geodetic_crs) for frame in (clients, sites)]
        if any(_stretches(crs, frame) for frame in degrees):
            clients, sites = degrees
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


def _stretches(crs: Any, degrees: Any) -> bool:
    """Whether a projection stretches or shortens what is near points, given on its ellipsoid."""
    factors = Proj(crs).get_factors(degrees.geometry.x.to_numpy(), degrees.geometry.y.to_numpy())
    scale = np.array([factors.meridional_scale, factors.parallel_scale])
    return bool((np.abs(scale - 1.0) > STRETCHED).any())
