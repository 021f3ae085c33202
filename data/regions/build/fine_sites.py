"""Sites at the fine grains: the basin of each, and a candidate in every province without one."""

from __future__ import annotations

import snapshots
import units
from figures import OWN, Figure, estimate, pick
from fine import Grain
from sites import GEONAMES, MODEL, PREMIUM
from units import Unit

LISTS = {
    "A": "571 381 113 231 061 441 091 311 431 585 427 273 321 391 401 561",
    "B": "411 051 201 261 363 275 533 577 587 581",
    "none": "141 421 511 351 461 181 117 371",
}
FACT = {"A": "F045", "B": "F046", "none": "F047"}
NOTE = "main place of a province: no source names it as a site"


def homes(grain: Grain) -> dict[str, Unit]:
    """Unit of every province: itself, or at commune level its main commune."""
    if grain.level == "province":
        return {u.code: u for u in grain.units}
    largest = units.largest_commune()
    by_code = {u.code: u for u in grain.units}
    return {units.COUNTRY + p: by_code[units.COUNTRY + c["code"]] for p, c in largest.items()}


def basin(r: snapshots.Row, grain: Grain, home: dict[str, Unit]) -> str:
    """Unit a curated site lies in."""
    province = units.COUNTRY + r["province"]
    if grain.level == "commune":
        named = (r["commune"], r["city"])
        found = [u for u in grain.units if u.parent == province and u.name_fr in named]
        if found:
            return max(found, key=lambda u: u.get("population_legal")).code
    return home[province].code


def premium(key: str, province: str) -> Figure:
    """Territorial premium: the visible lists of 2023, else excluded with a wide interval."""
    number = province.split(".")[1]
    category = next((c for c, names in LISTS.items() if number in names.split()), "")
    unit = "percent of eligible investment"
    if not category:
        return estimate(key, "territorial_premium", 0, 0, 15, unit,
                        "in neither visible list of 2023: taken as excluded; 60 of 75 provinces "
                        "are in one")  # fmt: skip
    fact = snapshots.facts()[FACT[category]]
    return Figure(key, "territorial_premium", PREMIUM[category], unit, fact.year, "press",
                  fact.source, fact.address,
                  f"official via press; list of 2023 [{fact.key}]")  # fmt: skip


def candidate(province: Unit, land: float, cap: float) -> list[Figure]:
    """A candidate at the main place of a province."""
    key = "place_" + province.code[3:].replace(".", "_")
    texts = {
        "name": province.place, "region": province.region, "province": province.code[3:],
        "city": province.place, "kind": "candidate", "operator": "none known", "max_size": "small",
    }  # fmt: skip
    out = [Figure(key, f, t, "text", "2025", "estimate", MODEL, "", NOTE) for f, t in texts.items()]
    for axis in ("lat", "lon"):
        out.append(Figure(key, axis, getattr(province, axis), "degrees", "2024", "derived",
                          GEONAMES, "", "main place of the province"))  # fmt: skip
    return [
        *out, premium(key, province.code[3:]),
        estimate(key, "earliest_year", 2028, 2027, 2030, "year", f"{NOTE}: two building years"),
        estimate(key, "land_price", round(land), round(land * 0.2), round(land * 2.5),
                 "MAD per m2 of land", "land_price of the region"),
        estimate(key, "income_tax_cap", cap, 10, 20, "percent of gross taxable pay",
                 "income_tax_cap of the region"),
    ]  # fmt: skip


def located(key: str, code: str, grain: Grain) -> Figure:
    """The basin of a site."""
    note = f"{grain.level} of the site"
    return Figure(key, "basin", code, "text", "2024", "derived", OWN, "", note)


def sites(grain: Grain, region_basins: list[Figure]) -> list[Figure]:
    """<level>/sites.csv: adds to national/sites.csv."""
    home = homes(grain)
    land, cap = pick(region_basins, "land_price"), pick(region_basins, "income_tax_cap")
    out, taken = [], set()
    for r in snapshots.rows(snapshots.HOME / "curated" / "sites.csv"):
        taken.add(units.COUNTRY + r["province"])
        out.append(located(r["key"], basin(r, grain, home), grain))
    for p in units.provinces():
        if p.code not in taken:
            new = candidate(p, land[p.region], cap[p.region])
            out += new
            out.append(located(new[0].key, home[p.code].code, grain))
    return out
