"""Locate: the classical location problems on a cost matrix or on GeoDataFrames, with proof.

::

    result = hs.locate.p_median(clients, sites, p=4, weights="population")
    print(result)            # objective, bound, gap, open sites
    result.sites             # the caller's frame with the columns open and clients_served
"""

from hubselect.locate.problems import (
    capacitated,
    cover,
    max_cover,
    p_center,
    p_dispersion,
    p_median,
    uncapacitated,
)
from hubselect.locate.result import Location

__all__ = [
    "Location",
    "capacitated",
    "cover",
    "max_cover",
    "p_center",
    "p_dispersion",
    "p_median",
    "uncapacitated",
]
