"""Instances of growing size, from the shipped atlas: fewer basins and sites, or more sites.

Sets are nested: the largest sites first. Fewer basins are the whole country gathered around fewer
centres, as communes always are. Beyond the atlas's 76 sites
the largest communes without one become candidates. These are synthetic and for the benchmark only:
coordinates and people are the census's, the rest is what the atlas says of candidates it makes
itself (small, from 2028, land and tax cap of the basin, premium of the province's own site).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import hubselect as hs
from hubselect.travel import road_km

SCENARIO = "tech-valley-2030"
SYNTHETIC = "synthetic, for the benchmark of growth only"
ADDED = "added_"  # how keys of such sites start
COLUMNS = ("key", "field", "value", "unit", "year", "source", "note")


@dataclass(frozen=True)
class Point:
    """A level, how many basins to name it by, and how many sites there are.

    `gathered`: basins are gathered around those of the sites, one site each. At commune level they
    always are, and `basins` says how many are read.
    """

    level: str
    basins: int
    sites: int
    gathered: bool = False

    @property
    def name(self) -> str:
        """`75 × 150`."""
        return f"{self.basins:,} × {self.sites}"


POINTS = (
    Point("region", 12, 12),
    Point("region", 12, 25),
    Point("province", 25, 25, gathered=True),
    Point("province", 40, 40, gathered=True),
    Point("province", 75, 38),
    Point("province", 75, 76),
    Point("province", 75, 150),
    Point("commune", 1503, 76),
    Point("commune", 1503, 150),
    Point("commune", 1503, 300),
)


def regions_of(point: Point, added: Path | None) -> hs.Regions:
    """The atlas with a point's sites and all basins, not yet gathered.

    Args:
        added: a folder that `write_candidates` filled, where the atlas has too few sites.
    """
    atlas = hs.Regions.morocco(point.level).extended(added)
    sites, home = ordered_sites(atlas), atlas.site_basins
    if point.gathered:
        best = {home[site]: site for site in reversed(sites)}
        sites = [site for site in sites if best[home[site]] == site]
    long = atlas.long
    gone = long["table"].eq("sites") & ~long["key"].isin(sites[: point.sites])
    return atlas.with_values(long[~gone].reset_index(drop=True))


def ordered_sites(regions: hs.Regions) -> list[str]:
    """Sites, the best first: what the atlas names, the largest, the earliest, where most live."""
    sites, home = regions.table("sites"), pd.Series(regions.site_basins)
    order = pd.DataFrame(
        {
            "made": sites.index.str.startswith(ADDED),
            "size": -sites["max_size"].map(regions.table("hub_sizes")["workstations"]),
            "year": sites["earliest_year"],
            "people": -home.map(regions.table("basins")["population_legal"]),
        },
        index=sites.index,
    )
    return [str(site) for site in order.sort_values(list(order.columns), kind="stable").index]


def write_candidates(point: Point, folder: Path) -> Path | None:
    """A table of sites for what the atlas lacks; None where it has enough."""
    missing = point.sites - len(hs.Regions.morocco(point.level).site_basins)
    if missing <= 0:
        return None
    communes = hs.Regions.morocco("commune")
    with (folder / "sites.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(candidate_rows(communes, point.level, missing))
    return folder


def candidate_rows(communes: hs.Regions, level: str, count: int) -> list[tuple[str, ...]]:
    """Rows of table sites for the `count` largest communes without a site."""
    basins, sites = communes.table("basins"), communes.table("sites")
    taken = set(communes.site_basins.values())
    free = basins[~basins.index.isin(taken)]
    largest = free.sort_values("population_legal", ascending=False, kind="stable").head(count)
    premium = sites.groupby("province")["territorial_premium"].first().to_dict()
    rows = []
    for code, commune in largest.iterrows():
        province = str(commune["province"])
        number = province.removeprefix("MA-")
        fields = {
            "name": commune["name_fr"], "region": commune["region"], "province": number,
            "city": commune["name_fr"], "kind": "candidate", "operator": "none known",
            "max_size": "small", "lat": commune["capital_lat"], "lon": commune["capital_lon"],
            "earliest_year": 2028, "territorial_premium": premium[number],
            "income_tax_cap": commune["income_tax_cap"], "land_price": commune["land_price"],
            "basin": code if level == "commune" else province,
        }  # fmt: skip
        key = f"{ADDED}{str(code)[3:].replace('.', '_')}"
        rows += [(key, f, str(v), "", "2025", SYNTHETIC, SYNTHETIC) for f, v in fields.items()]
    return rows


def ungathered_arcs(radius: float) -> int:
    """Arcs that all communes as basins of their own would have within `radius` km by road."""
    communes = hs.Regions.morocco("commune")
    basins = communes.table("basins")
    detour = float(communes.table("finance").loc["national", "detour_factor"])
    latitude, longitude = (basins[f"capital_{axis}"].to_numpy(float) for axis in ("lat", "lon"))
    return int(np.count_nonzero(road_km(latitude, longitude, detour) <= radius))
