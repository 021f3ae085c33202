"""Polygons and points of basins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from hubselect.errors import DataError, Problem

if TYPE_CHECKING:
    import geopandas as gpd


OUTLINES = "© OpenStreetMap contributors, ODbL 1.0"
CREDIT = "Census: HCP, RGPH 2024. Places: GeoNames, CC BY 4.0."  # of the shipped atlas


def credited(shapes: gpd.GeoDataFrame, credit: str) -> gpd.GeoDataFrame:
    """The same shapes with whose they are in `attrs['credit']`."""
    shapes.attrs["credit"] = credit
    return shapes


def geojson_of(shapes: gpd.GeoDataFrame) -> dict[str, Any]:
    """A FeatureCollection with property `code`, and the credit as a member of its own."""
    found: dict[str, Any] = shapes[["geometry"]].rename_axis("code").reset_index().to_geo_dict()
    return {**found, "credit": str(shapes.attrs.get("credit", ""))}


def with_points(shapes: gpd.GeoDataFrame, points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Polygons, and points of the basins that have none, by code."""
    import pandas as pd

    return pd.concat([shapes, points]).sort_index()


def points_of(basins: pd.DataFrame) -> gpd.GeoDataFrame:
    """Main points of the basins in EPSG:4326, index the codes."""
    import geopandas as gpd

    names = basins[["name_fr"]].rename(columns={"name_fr": "name"}).rename_axis("code")
    shapes = gpd.points_from_xy(basins["capital_lon"], basins["capital_lat"])
    return gpd.GeoDataFrame(names, geometry=shapes, crs="EPSG:4326")


def polygons_of(path: Path, codes: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Polygons of `codes` in EPSG:4326. Raises DataError for a broken or incomplete file."""
    import geopandas as gpd

    if not path.is_file():
        raise DataError([Problem(str(path), "the file is missing", "polygons of the basins")])
    try:
        shapes = gpd.read_file(path)
    except Exception as error:  # GDAL raises its own types for a broken file
        raise DataError([Problem(str(path), f"cannot be read: {error}", "GeoJSON")]) from error
    if "code" not in shapes.columns:
        raise DataError([Problem(str(path), "has no property 'code'", "a code per polygon")])
    shapes = shapes.set_index("code").sort_index()
    absent = [c for c in codes if c not in shapes.index]
    if absent:
        raise DataError(Problem(path.name, f"{c} has no polygon", "one polygon") for c in absent)
    return shapes.loc[list(codes)].to_crs("EPSG:4326")
