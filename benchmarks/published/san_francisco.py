"""The case study of spopt: 16 stores and 205 census tracts of San Francisco."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pandas as pd
from benchmarks.published import Published

RADIUS, P = 5000.0, 4
DISTANCES = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"


def read(folder: Path) -> Published:
    """Distances [tracts, stores] in metres, both sorted by name; weights are people in 2000."""
    table = pd.read_csv(folder / DISTANCES)
    cost = table.pivot_table(values="distance", index="DestinationName", columns="name")
    tracts = pd.read_csv(folder / "SF_demand_205_centroid_uniform_weight.csv")
    people = tracts.sort_values("NAME")["POP2000"].to_numpy(dtype=float)
    return Published(cost.to_numpy(), weights=people, p=P, radius=RADIUS)


def stores(folder: Path) -> geopandas.GeoDataFrame:
    """The stores as points in longitude and latitude."""
    table = pd.read_csv(folder / "SF_store_site_16_longlat.csv")
    points = geopandas.points_from_xy(table["long"], table["lat"])
    return geopandas.GeoDataFrame(table[["NAME"]], geometry=points, crs=4326)
