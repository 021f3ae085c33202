"""Polygons of regions and provinces, as in their snapshots with one property renamed."""

from __future__ import annotations

import json
from pathlib import Path

import snapshots

NOTICE = """Boundaries in this folder: © OpenStreetMap contributors,
Open Database License (ODbL) 1.0.
https://www.openstreetmap.org/copyright - https://opendatacommons.org/licenses/odbl/1-0/

Made from npm morocco-map 1.3.0 (OpenStreetMap): made valid, put on a grid of 1e-4 degree, cleaned
and simplified as a coverage (0.004 degree). EPSG:4326. Regions are dissolved provinces. Polygon
areas miss about 4 % of the usual national area: do not compute densities from them.
Anything made from these boundaries must credit OpenStreetMap contributors; a changed database
stays under ODbL.
"""


# file, its property of codes and of names, and what goes before the code
FILES = (
    ("regions.geojson", "region_code", "region_name", ""),
    ("provinces.geojson", "province_code", "name_fr", "MA-"),
)


def write(out: Path) -> None:
    """geometry/*.geojson with the property `code`, and NOTICE."""
    out.mkdir(parents=True, exist_ok=True)
    for file, code, name, prefix in FILES:
        shapes = json.loads((snapshots.HOME / "snapshots" / file).read_text(encoding="utf-8"))
        lines = []
        for feature in sorted(shapes["features"], key=lambda f: str(f["properties"][code])):
            props = feature["properties"]
            feature["properties"] = {"code": prefix + props[code], "name": props[name]}
            lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
        body = ",\n".join(lines)
        (out / file).write_bytes(
            f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n'.encode()
        )
    (out / "NOTICE").write_bytes(NOTICE.encode())
