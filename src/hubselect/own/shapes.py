"""Polygons of a planner: read, and checked for everything a map can hide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hubselect.errors import Problem
from hubselect.own.sheets import too_large

if TYPE_CHECKING:
    import geopandas as gpd

SUFFIXES = (".geojson", ".gpkg", ".json")
SMALLEST = 1e-4  # share of the smaller polygon: less is a matter of digitising
NEAR = 0.3  # degrees a main point may lie outside its simplified polygon


def read_shapes(path: Path, problems: list[Problem]) -> gpd.GeoDataFrame | None:
    """Polygons by code in EPSG:4326, or None and problems."""
    import geopandas as gpd

    if found := too_large(path):
        problems += found
        return None
    try:
        shapes = gpd.read_file(path)
    except Exception as error:  # noqa: BLE001 - GDAL raises its own types
        problems.append(Problem(path.name, f"cannot be read: {error}", "GeoJSON or GeoPackage"))
        return None
    if "code" not in shapes.columns:
        problems.append(Problem(path.name, "has no property 'code'", "the code of the basin"))
        return None
    if shapes.crs is None:
        problems.append(Problem(path.name, "states no coordinate system", "EPSG:4326"))
        return None
    shapes["code"] = shapes["code"].astype(str)
    count = len(problems)
    problems += _numbers(path.name, shapes)
    if len(problems) > count:
        return None
    return shapes.set_index("code").sort_index().to_crs("EPSG:4326")


def _numbers(file: str, shapes: Any) -> Iterator[Problem]:
    for n, (code, shape) in enumerate(zip(shapes["code"], shapes.geometry, strict=True), 1):
        where = f"{file} feature {n} ({code})"
        if shape is None or shape.is_empty:
            yield Problem(where, "has no geometry", "a polygon")
        elif shape.geom_type not in ("Polygon", "MultiPolygon"):
            yield Problem(where, f"is a {shape.geom_type}", "a polygon")
    for code in shapes.loc[shapes["code"].duplicated(), "code"].unique():
        yield Problem(f"{file} {code}", "the code appears twice", "one polygon a code")
    if shapes.crs.is_geographic and len(shapes):
        west, south, east, north = shapes.total_bounds
        if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
            yield Problem(
                file, f"wrong coordinate system: numbers up to {max(abs(east), abs(north)):,.0f}",
                f"degrees, as {shapes.crs.to_string()} says",
                "metres? state the true system in the file",
            )  # fmt: skip


def check_shapes(file: str, shapes: gpd.GeoDataFrame, basins: pd.DataFrame) -> list[Problem]:
    """Problems of polygons against the basins they stand for."""
    codes = [str(c) for c in basins.index]
    unknown = [c for c in shapes.index if c not in codes]
    found = [
        Problem(f"{file} {c}", "is not a basin", "a code of the table basins") for c in unknown
    ]
    found += [Problem(file, f"{c} has no polygon", "one polygon") for c in codes
              if c not in shapes.index]  # fmt: skip
    broken = list(_crossing(file, shapes))
    found += broken
    if not broken:
        found += _overlaps(file, shapes)
        found += _holes(file, shapes)
    if not unknown:
        found += _away(file, shapes, basins)
    return found


def _crossing(file: str, shapes: gpd.GeoDataFrame) -> Iterator[Problem]:
    from shapely.validation import explain_validity

    for code, shape in shapes.geometry.items():
        if not shape.is_valid:
            what = explain_validity(shape).replace("[", " at ").replace("]", "")
            yield Problem(f"{file} {code}", f"crosses itself: {what}", "a valid polygon",
                          "shapely.make_valid mends most")  # fmt: skip


def _overlaps(file: str, shapes: gpd.GeoDataFrame) -> Iterator[Problem]:
    import shapely

    polygons = shapes.geometry.to_numpy()
    tree = shapely.STRtree(polygons)
    for a, b in sorted({tuple(sorted(p)) for p in tree.query(polygons, "intersects").T.tolist()}):
        if a == b:
            continue
        area = shapely.area(shapely.intersection(polygons[a], polygons[b]))
        share = area / min(shapely.area(polygons[a]), shapely.area(polygons[b]))
        if share > SMALLEST:
            codes = f"{shapes.index[a]} and {shapes.index[b]}"
            yield Problem(file, f"{codes} overlap ({share:.1%} of the smaller)", "no overlap")


def _holes(file: str, shapes: gpd.GeoDataFrame) -> Iterator[Problem]:
    import shapely

    polygons = shapes.geometry.to_numpy()
    union = shapely.union_all(polygons)
    least = SMALLEST * float(np.min(shapely.area(polygons)))
    for part in shapely.get_parts(union):
        for ring in shapely.get_rings(part)[1:]:
            hole = shapely.Polygon(ring)
            if hole.area > least:
                at = hole.representative_point()
                around = shapes.index[shapely.distance(polygons, hole) < 1e-9]
                yield Problem(
                    file, f"a hole at latitude {at.y:.2f}, longitude {at.x:.2f}", "no holes",
                    "between " + ", ".join(str(c) for c in around),
                )  # fmt: skip


def _away(file: str, shapes: gpd.GeoDataFrame, basins: pd.DataFrame) -> Iterator[Problem]:
    import shapely

    for code in shapes.index.intersection(basins.index):
        lat, lon = float(basins.loc[code, "capital_lat"]), float(basins.loc[code, "capital_lon"])
        shape = shapes.geometry[code]
        if shape.distance(shapely.Point(lon, lat)) > NEAR:
            swapped = shape.distance(shapely.Point(lat, lon)) <= NEAR
            why = "latitude and longitude are swapped" if swapped else "the point or the polygon"
            yield Problem(f"{file} {code}", f"its capital ({lat:g}, {lon:g}) lies outside it",
                          "inside", why)  # fmt: skip
