"""A plan as a folder of files: JSON, CSV, text, GeoPackage; each whole or absent."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point

from hubselect import atomic
from hubselect.report.text import plan_text

if TYPE_CHECKING:
    from hubselect.plan import Plan

CRS = "EPSG:4326"


def write_plan(plan: Plan, folder: Path) -> Path:
    """Write every file of a plan into `folder`, plan.json last; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in plan.tables().items():
        text = table.to_csv(index=False, lineterminator="\n", float_format="%.6g")
        atomic.write_text(folder / f"{name}.csv", text)
    atomic.write_text(folder / "plan.txt", plan_text(plan))
    atomic.write(folder / "plan.gpkg", lambda path: write_geopackage(plan, path))
    atomic.write_text(folder / "plan.json", plan.to_json())
    return folder


def write_geopackage(plan: Plan, path: Path) -> None:
    """Layers regions (outlines, or points where none are known), hubs, flows; EPSG:4326.

    Whose outlines they are is the description of every layer.
    """
    with warnings.catch_warnings():
        # an empty layer is a fact about the plan, not a fault
        warnings.filterwarnings("ignore", message=".*empty.*")
        credit = "" if plan.geometry is None else str(plan.geometry.attrs.get("credit", ""))
        for name, layer in layers(plan).items():
            layer.to_file(path, layer=name, driver="GPKG", engine="pyogrio", DESCRIPTION=credit)


def layers(plan: Plan) -> dict[str, gpd.GeoDataFrame]:
    """The plan's map: regions with their summary, hubs as points, recruit flows as lines."""
    where = zip(plan.places.index, plan.places["lon"], plan.places["lat"], strict=True)
    points = {str(key): Point(lon, lat) for key, lon, lat in where}
    summary = plan.regions.set_index("region")
    outlines = _outlines(plan, summary, points)
    opened = plan.hubs.groupby("site", as_index=False).agg(
        name=("name", "first"),
        region=("region", "first"),
        first_year=("year", "min"),
        size=("size", "last"),
        workstations=("total_workstations", "max"),
        capex_mad_million=("capex_mad_million", "sum"),
    )
    staff = plan.recruits
    leaving = staff["origin"] != staff["destination"]
    moving = staff[leaving & (staff["year"] == plan.instance.years[-1])]
    flows = moving.groupby(["origin", "destination"], as_index=False)[["heads"]].sum()
    return {
        "regions": outlines,
        "hubs": _layer(opened, [points[s] for s in opened["site"]], "Point"),
        "flows": _layer(
            flows,
            [
                LineString([points[a], points[b]])
                for a, b in zip(flows["origin"], flows["destination"], strict=True)
            ],
            "LineString",
        ),
    }


def _outlines(plan: Plan, summary: pd.DataFrame, points: dict[str, Any]) -> gpd.GeoDataFrame:
    if plan.geometry is None:
        shapes = [points[b] for b in summary.index]
    else:
        shapes = list(plan.geometry.to_crs(CRS).geometry.reindex(summary.index))
    return gpd.GeoDataFrame(summary.reset_index(), geometry=shapes, crs=CRS)


def _layer(table: pd.DataFrame, shapes: list[Any], kind: str) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=CRS, dtype="geometry"))
    if not shapes:
        frame.attrs["geometry_type"] = kind
    return frame
