"""A fictional country of five regions, nothing of Morocco in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

REGIONS = {
    "NORTH": ("Nordland", 52.0, 10.0), "EAST": ("Ostland", 51.0, 11.5),
    "SOUTH": ("Sudland", 50.0, 10.0), "WEST": ("Westland", 51.0, 8.5),
    "MID": ("Mittelland", 51.0, 10.0),
}  # fmt: skip
SEGMENTS, SKILLS, POOLS = ("support", "code"), ("agent", "coder"), ("seekers", "graduates")
PROGRAMMES = ("language_course", "coding_course")
Table = dict[str, dict[str, Any]]


def names(key: str) -> dict[str, str]:
    """A name in three languages."""
    return {"name_fr": key.title(), "name_en": key.title(), "name_ar": key}


def national() -> dict[str, Table]:
    """Tables that do not depend on the grain."""
    segment = {
        "jobs": 2000, "exports": 4e8, "revenue_per_job": 2e5, "productivity_growth": 1,
        "attrition": 15, "workstations_per_job": 0.9, "demand_growth": 20, "absorption_growth": 40,
        "absorption_floor": 300,
    }  # fmt: skip
    skill = {"fills": "none", "gross_wage": 9000, "leaving": 5, "willing": 95, "remote": 5,
             "bench": 5}  # fmt: skip
    programme = {
        "length": 0.5, "completion": 85, "placement": 75, "cost_per_seat": 12000, "place_cost": 4e4,
        "place_growth": 50, "place_floor": 200,
    }  # fmt: skip
    rule = {"rate": 10, "from": 2025, "until": 2035}
    finance = {
        "price_year": 2025, "discount_rate": 4, "building_life": 30, "capped_rate": 9,
        "capped_ceiling": 6000, "uncapped_rate": 12, "employee_capped_rate": 4,
        "employee_uncapped_rate": 2, "professional_expense_low_rate": 30,
        "professional_expense_threshold": 70000, "professional_expense_high_rate": 25,
        "professional_expense_cap": 30000, "mobility_support": 10000, "market_office_growth": 2,
        "occupancy": 95, "detour_factor": 1.25, "mobility_decay_km": 80, "land_per_floor": 1,
        "tax_deduction": 25,
    }  # fmt: skip
    return {
        "segments": {s: {**names(s), **segment} for s in SEGMENTS},
        "skills": {g: {**names(g), **skill} for g in SKILLS},
        "segment_mix": {
            "support/agent": {"min_share": 90}, "support/coder": {"min_share": 10},
            "code/agent": {"min_share": 15}, "code/coder": {"min_share": 85},
        },
        "pools": {q: {**names(q), "leaving": 30} for q in POOLS},
        "programmes": {
            "language_course": {**names("language"), "from": "seekers", "to": "agent", **programme},
            "coding_course": {**names("coding"), "from": "graduates", "to": "coder", **programme},
        },
        "incentives": {
            "hiring_premium": {**rule, "base": "pay", "retention_months": 12},
            "training_premium": {**rule, "base": "pay", "years": 3},
            "income_tax_cap_primary": {"rate": 20, "until": 2035},
        },
        "hub_sizes": {
            "house": {"workstations": 500, "area_m2": 5000, "capex": 4e7, "opex": 1e6},
            "campus": {"workstations": 2000, "area_m2": 18000, "capex": 1.4e8, "opex": 3.4e6},
        },
        "ramp_up": {
            **{f"strong/{a}": {"share": s} for a, s in enumerate((40, 80, 95, 100, 100))},
            **{f"regional/{a}": {"share": s} for a, s in enumerate((20, 40, 60, 70, 80))},
            "anchor/regional": {"quality": 30}, "anchor/strong": {"quality": 70},
        },
        "finance": {
            "national": finance, "income_tax/1": {"threshold": 0, "rate": 0},
            "income_tax/2": {"threshold": 60000, "rate": 20},
        },
        "sites": {
            f"{code.lower()}_park": {
                "name": f"{name} Park", "region": code, "province": code, "city": name,
                "kind": "park", "operator": "none", "max_size": "campus", "lat": lat + 0.1,
                "lon": lon + 0.1, "earliest_year": 2026, "territorial_premium": 5,
                "income_tax_cap": 20, "land_price": 300,
            }
            for code, (name, lat, lon) in REGIONS.items()
        },
    }  # fmt: skip


def local() -> dict[str, Table]:
    """Tables by basin."""
    basins = {
        code: {
            **names(name), "hcp_code": code, "iso_code": code, "capital": name,
            "capital_lat": lat, "capital_lon": lon, "population_legal": 1e6 + 1e5 * n,
            "wage_factor": 1 - 0.05 * n, "construction_factor": 1, "office_rent": 100 - 10 * n,
            "land_price": 300, "income_tax_cap": 20, "workstations": 760,
            "sunshine": 1000 + 100 * n, "graduates_share": 30 - 3 * n,
        }
        for n, (code, (name, lat, lon)) in enumerate(REGIONS.items())
    }  # fmt: skip

    def crossed(items: tuple[str, ...], values: dict[str, float]) -> Table:
        return {f"{code}/{item}": dict(values) for code in REGIONS for item in items}

    return {
        "basins": basins,
        "jobs": crossed(SEGMENTS, {"jobs": 400}),
        "talent": crossed(SKILLS, {"stock": 440, "inflow": 30}),
        "pool_stock": crossed(POOLS, {"stock": 3000, "inflow": 900}),
        "places": crossed(PROGRAMMES, {"places": 200, "available_from": 2025}),
    }


NEW_UNITS = {
    "basins": {"sunshine": "hours per year", "graduates_share": "percent of adults"},
}


def tables() -> dict[str, Table]:
    """Every table of the country."""
    return national() | local()


def grid(name: str, table: Table) -> list[list[Any]]:
    """Header, units of new fields, and rows."""
    fields = list(dict.fromkeys(f for row in table.values() for f in row))
    units = [NEW_UNITS.get(name, {}).get(f, "") for f in fields]
    head = [["key", *fields], *([["unit", *units]] if any(units) else [])]
    return head + [[key, *(row.get(f, "") for f in fields)] for key, row in table.items()]


def write_folder(folder: Path, content: dict[str, Table]) -> Path:
    """CSV files, one a table."""
    import csv

    folder.mkdir(parents=True, exist_ok=True)
    for name, table in content.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle, lineterminator="\n").writerows(grid(name, table))
    return folder


def write_workbook(path: Path, content: dict[str, Table]) -> Path:
    """One sheet a table."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        for name, table in content.items():
            sheet = book.add_worksheet(name)
            for n, row in enumerate(grid(name, table)):
                for column, cell in enumerate(row):
                    if cell != "":
                        sheet.write(n, column, cell)
    return path


def squares(**changes: Any) -> dict[str, Any]:
    """GeoJSON of five squares that touch: a cross whose middle is MID."""
    features = []
    for code, (_, lat, lon) in REGIONS.items():
        half_lat, half_lon = 0.5, 0.75
        ring = [
            [lon - half_lon, lat - half_lat], [lon + half_lon, lat - half_lat],
            [lon + half_lon, lat + half_lat], [lon - half_lon, lat + half_lat],
            [lon - half_lon, lat - half_lat],
        ]  # fmt: skip
        shape = {"type": "Polygon", "coordinates": [changes.get(code, ring)]}
        features.append({"type": "Feature", "properties": {"code": code}, "geometry": shape})
    return {"type": "FeatureCollection", "features": features}


SCENARIO = """
[about]
title = "Five regions"
[targets.jobs]
2030 = 6500
[score.criteria]
name = "five"
normalisation = "min_max"
minimum_coverage = 0.5
[score.criteria.node.place]
weight = 1
[score.criteria.leaf.sun]
parent = "place"
weight = 1
column = "sunshine"
unit = "hours per year"
[score.criteria.leaf.schools]
parent = "place"
weight = 1
column = "graduates_share"
unit = "percent of adults"
[solve]
gap = 0.01
time_limit = 60
"""
