"""Communes gathered around those that have a site: a planning problem that can be solved."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hubselect.regions import Regions
from hubselect.schema import is_count

SUMMED = ("jobs", "stock", "inflow", "places")
LOCAL = ("jobs", "talent", "pool_stock", "places")
KM_A_DEGREE = 111.2


def gather(regions: Regions) -> Regions:
    """Basins with a site, each with the people and jobs of the communes nearest to it.

    A commune goes to the nearest centre of its own region (great circle). Heads, jobs, places,
    workstations and every count of people or things are summed; rates, rents and scores are the
    centre's own.
    """
    home = nearest_centres(regions)
    long = regions.long
    first = long["key"].str.split("/").str[0]
    local = long["table"].isin(LOCAL)
    pairs = zip(long["field"], long["unit"], strict=True)
    counts = np.array([f == "workstations" or is_count(f, unit) for f, unit in pairs])
    counted = long["table"].eq("basins") & counts
    gathered = _summed(long[local | counted], first, home)
    centres = set(home.values())
    kept = ~local & ~counted & (long["table"].ne("basins") | long["key"].isin(centres))
    return regions.with_values(pd.concat([long[kept], gathered], ignore_index=True))


def nearest_centres(regions: Regions) -> dict[str, str]:
    """Centre of every basin: the nearest one with a site in the same region."""
    basins = regions.table("basins")
    centres = sorted(set(regions.site_basins.values()))
    found: dict[str, str] = {}
    for _, members in basins.groupby("region", sort=True):
        here = [c for c in centres if c in members.index] or centres
        north = members["capital_lat"].to_numpy()[:, None] - _axis(basins, here, "lat")[None]
        east = members["capital_lon"].to_numpy()[:, None] - _axis(basins, here, "lon")[None]
        scale = np.cos(np.radians(members["capital_lat"].to_numpy()))[:, None]
        near = np.argmin(np.hypot(north, east * scale) * KM_A_DEGREE, axis=1)
        found |= {str(c): here[n] for c, n in zip(members.index, near, strict=True)}
    return found


def _axis(basins: pd.DataFrame, codes: list[str], axis: str) -> NDArray[np.float64]:
    return basins.loc[codes, f"capital_{axis}"].to_numpy(dtype=float)


def _summed(rows: pd.DataFrame, first: pd.Series[str], home: dict[str, str]) -> pd.DataFrame:
    """Rows of a centre: sums, and the earliest year where places exist."""
    centre = first.loc[rows.index].map(home)
    rest = rows["key"].str.partition("/")[2]
    out = rows.assign(key=centre.where(rest.eq(""), centre + "/" + rest))
    by = ["table", "key", "field"]
    numbers = ["number", "low_number", "high_number"]
    grouped = out.groupby(by, sort=True)
    totals = grouped[numbers].sum()
    early = grouped[numbers].min()
    year = totals.index.get_level_values("field") == "available_from"
    totals[year] = early[year]
    about = grouped.first().drop(columns=numbers)
    about["note"] = "sum over the communes nearest to this one in its region"
    made = about.join(totals).reset_index()
    for column, number in (("value", "number"), ("low", "low_number"), ("high", "high_number")):
        made[column] = made[number].map(repr)
    return made[rows.columns]
