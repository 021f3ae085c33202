"""Polygons of a planner: read, and checked for everything a map can hide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hubselect.errors import Problem
from hubselect.own.sheets import Cell, Sheet, too_large

if TYPE_CHECKING:
    import geopandas as gpd

SUFFIXES = (".geojson", ".gpkg", ".json")
SMALLEST = 1e-4  # share of the smaller polygon that may overlap: a matter of digitising
GAP = 1e-3  # share of the smallest neighbour from which a gap is a hole
NEAR = 0.3  # degrees a main point may lie outside its simplified polygon


@dataclass(frozen=True)
class Map:
    """A map file: polygons by code in EPSG:4326, and what its attributes say as sheets.

    `attributes` are the columns of the polygons; `tables` the layers without geometry.
    """

    file: str
    shapes: gpd.GeoDataFrame | None = None
    attributes: Sheet | None = None
    tables: tuple[Sheet, ...] = ()


def read_map(path: Path, problems: list[Problem]) -> Map:
    """Polygons and attributes of a GeoJSON or GeoPackage file; problems for what is wrong."""
    import geopandas as gpd

    if found := too_large(path):
        problems += found
        return Map(path.name)
    try:
        layers = gpd.list_layers(path)
        spatial = [str(n) for n in layers.loc[layers["geometry_type"].notna(), "name"]]
        plain = [str(n) for n in layers["name"] if n not in spatial]
        layer = "basins" if "basins" in spatial else next(iter(spatial), None)
        shapes = None if layer is None else gpd.read_file(path, layer=layer)
        tables = {n: gpd.read_file(path, layer=n) for n in plain}
    except Exception as error:  # noqa: BLE001 - GDAL raises its own types
        problems.append(Problem(path.name, f"cannot be read: {error}", "GeoJSON or GeoPackage"))
        return Map(path.name)
    if len(spatial) > 1 and layer != "basins":
        what = f"has {len(spatial)} layers: {', '.join(spatial)}"
        problems.append(Problem(path.name, what, "one layer of polygons, or one named basins"))
    sheets = tuple(_sheet(n, path.name, frame) for n, frame in tables.items())
    if shapes is None:
        return Map(path.name, tables=sheets)
    good = _checked(path.name, shapes, problems)
    plain_columns = pd.DataFrame(shapes.drop(columns=shapes.geometry.name))
    attributes = _sheet("basins", path.name, plain_columns.rename(columns={"code": "key"}))
    return Map(path.name, good, attributes if good is not None else None, sheets)


def _checked(
    file: str, shapes: gpd.GeoDataFrame, problems: list[Problem]
) -> gpd.GeoDataFrame | None:
    """Polygons by code in EPSG:4326, or None and problems."""
    if "code" not in shapes.columns:
        problems.append(Problem(file, "has no property 'code'", "the code of the basin"))
        return None
    if shapes.crs is None:
        problems.append(Problem(file, "states no coordinate system", "EPSG:4326"))
        return None
    shapes["code"] = shapes["code"].astype(str)
    count = len(problems)
    problems += _numbers(file, shapes)
    if len(problems) > count:
        return None
    return shapes.set_index("code").sort_index().to_crs("EPSG:4326")


def _sheet(name: str, file: str, frame: pd.DataFrame) -> Sheet:
    """Attributes as a sheet; rows are features, counted from 1."""
    held = frame.astype(object).where(frame.notna(), "")
    rows = tuple(tuple(_cell(c) for c in row) for row in held.itertuples(index=False, name=None))
    return Sheet(name, file, tuple(str(c) for c in frame.columns), rows, first=1)


def _cell(value: Any) -> Cell:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, float, np.integer, np.floating)):
        return float(value)
    return str(value).strip()


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


def _rings(shapes: gpd.GeoDataFrame) -> Iterator[tuple[Any, list[str]]]:
    """Every hole of the whole, with the basins around it."""
    import shapely

    polygons = shapes.geometry.to_numpy()
    for part in shapely.get_parts(shapely.union_all(polygons)):
        for ring in shapely.get_rings(part)[1:]:
            hole = shapely.Polygon(ring)
            near = shapely.distance(polygons, hole) < 1e-9
            yield hole, [str(c) for c in shapes.index[near]]


def _holes(file: str, shapes: gpd.GeoDataFrame) -> Iterator[Problem]:
    """Gaps between basins. A hole inside one basin is water: see `waters`."""
    areas = {str(code): shape.area for code, shape in shapes.geometry.items()}
    for hole, around in _rings(shapes):
        if len(around) > 1 and hole.area > GAP * min(areas[c] for c in around):
            at = hole.representative_point()
            yield Problem(
                file, f"a hole at latitude {at.y:.2f}, longitude {at.x:.2f}", "no holes",
                "between " + ", ".join(around),
            )  # fmt: skip


def waters(file: str, shapes: gpd.GeoDataFrame) -> list[Problem]:
    """A note on holes inside single basins: lakes and lagoons, or an outline that is missing."""
    found = [(hole.area, around) for hole, around in _rings(shapes) if len(around) == 1]
    if not found:
        return []
    codes = sorted({around[0] for _, around in found})
    what = f"{len(found)} holes lie inside one basin each ({', '.join(codes)})"
    return [Problem(file, what, "", "taken for water")]


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
