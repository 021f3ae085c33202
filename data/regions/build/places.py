"""Places: training seats open at the same time that a plan can count on, by basin and programme."""

from __future__ import annotations

import snapshots
from apportion import largest_remainder
from figures import Figure, estimate, pick

CLOSED = ("MA-03", "MA-08", "MA-10")  # cities of trades and skills not open in February 2026
DIGITAL = 0.28  # 9 of 32 courses (Guelmim), the only published share
OFPPT_TOTAL = 418_285
OFPPT_SHARE = 0.010  # of vocational places, short offshoring courses
# learners at a time of the coding schools known by place (300 = Khouribga, 224 = 2 x 112)
CODING = {
    "MA-01": (300, "1337 Tétouan, taken as Khouribga"),
    "MA-03": (224, "YouCode Fès, opened September 2025, taken as Youssoufia"),
    "MA-04": (300, "1337 Rabat, taken as Khouribga"),
    "MA-05": (400, "1337 Khouribga 300 workstations; digital school of Béni Mellal 100 a year"),
    "MA-07": (748, "1337 Benguerir as Khouribga; YouCode Youssoufia 112 x 2 years; Safi alike"),
}
NATIONAL = {
    "jobintech_bootcamp": (2_500, "15,000 trainees by 2026 (F200), about 6,000 a year x 5 months"),
    "university_digital": (
        16_400,
        "three years x a third of the gap between the 37,500 entrants that 22,500 graduates need "
        "(60 % completion) and the 21,125 of 2023-2024 (F193, F195)",
    ),
    "engineering_cycle": (1_650, "5 % of 11,000 engineers a year (F198) x three years"),
    "data_ai_bootcamp": (600, "a quarter of the places of JobInTech"),
}
WIDE = {"jobintech_bootcamp": (0.5, 1.3)}


def row(key: str, value: float, low: float, high: float, note: str) -> Figure:
    """Places of one basin and programme."""
    return estimate(key, "places", round(value), round(low), round(high), "places", note)


def first_year(key: str, year: int, note: str) -> Figure:
    """First year the places can be used."""
    late = 2 if year > 2025 else 0
    return estimate(key, "available_from", year, year, year + late, "year", note)


def cmc(code: str, capacity: float) -> list[Figure]:
    """Digital pole of the city of trades and skills."""
    key = f"{code}/cmc_digital"
    n = capacity * DIGITAL
    shut = code in CLOSED
    return [
        row(key, n, n * 0.6, n * 1.3, f"28 % digital (9 of 32 courses, F176) x {capacity:.0f} "
            "places of the city of trades and skills (cmc_capacity_places)"),
        first_year(key, 2027 if shut else 2025, "not open in February 2026: works under way or "
                   "re-tendered, sister projects came 2-4 years late (F187)" if shut else "open"),
    ]  # fmt: skip


def vocational(current: list[Figure], young: dict[str, float]) -> dict[str, float]:
    """All vocational places by region: stated, or the rest by people aged 20-34."""
    stated = {k: v for k, v in pick(current, "ofppt_trainees").items() if k in young}
    rest = {c: young[c] for c in young if c not in stated}
    left = OFPPT_TOTAL - sum(stated.values())
    return stated | {c: left * v / sum(rest.values()) for c, v in rest.items()}


def by_formula(
    current: list[Figure], young: dict[str, float], jobs: dict[tuple[str, str], int]
) -> list[Figure]:
    """Programmes whose places follow jobs or vocational capacity."""
    out = []
    ofppt = vocational(current, young)
    for c in young:
        n = OFPPT_SHARE * ofppt[c]
        crm, eso = jobs[c, "CRM"], jobs[c, "ESO"]
        office = jobs[c, "BPO"] + jobs[c, "KPO"]
        rows = {
            "ofppt_offshoring_short": (n, f"1 % of {ofppt[c]:.0f} vocational places (stated, or "
                                       "by people aged 20-34); digital, AI and offshoring are 23 "
                                       "% in Laâyoune and 24 % in Fès, a small part of them short"),
            "voice_french_short": (0.02 * crm + 20, f"2 % of {crm} CRM jobs + 20: operators' own "
                                   "classrooms"),
            "engineering_conversion": (0.06 * eso + 10, f"6 % of {eso} ESO jobs + 10"),
            "reskill_voice_back_office": (0.01 * crm, f"1 % of {crm} CRM jobs"),
            "reskill_back_office_data": (0.02 * office, f"2 % of {office} BPO and KPO jobs"),
        }  # fmt: skip
        for p, (v, note) in rows.items():
            key = f"{c}/{p}"
            why = f"{note}; no published count"
            out += [row(key, v, v * 0.4, v * 2, why), first_year(key, 2025, "no date published")]
    return out


def by_share(weights: dict[str, dict[str, float]]) -> list[Figure]:
    """Programmes with a national total, by given weights."""
    out = []
    for p, (total, why) in NATIONAL.items():
        low, high = WIDE.get(p, (0.4, 1.6))
        for c, n in largest_remainder(weights[p], total).items():
            key = f"{c}/{p}"
            out.append(row(key, n, n * low, n * high, f"{why}; to basins by {WEIGHT_NOTE[p]}"))
            out.append(first_year(key, 2025, "running"))
    return out


WEIGHT_NOTE = {
    "jobintech_bootcamp": "base jobs of ITO and young educated people, half each (pilot in "
    "Casablanca and Rabat)",
    "university_digital": "new students where known, else people aged 20-34",
    "engineering_cycle": "people with higher education",
    "data_ai_bootcamp": "base jobs of ITO and young educated people, half each",
}


def coding(codes: list[str]) -> list[Figure]:
    """Coding schools known by place; none elsewhere."""
    out = []
    for c in codes:
        n, why = CODING.get(c, (0, "no school found"))
        key = f"{c}/coding_school"
        out.append(row(key, n, n * 0.5, max(n * 1.5, 100 if c == "MA-02" else 0),
                       f"{why} (F203-F210)" + ("; third YouCode planned at Nador in 2024 (F207)"
                                               if c == "MA-02" else "")))  # fmt: skip
        out.append(first_year(key, 2025, "running" if n else "none"))
    return out


def places(
    current: list[Figure],
    young: dict[str, float],
    jobs: dict[tuple[str, str], int],
    weights: dict[str, dict[str, float]],
) -> list[Figure]:
    """region/places.csv."""
    capacity = pick(current, "cmc_capacity_places")
    out: list[Figure] = []
    for c in young:
        out += cmc(c, capacity[c])
    return out + by_formula(current, young, jobs) + by_share(weights) + coding(list(young))


def entrants(current: list[Figure]) -> dict[str, float]:
    """New university students by region, where published."""
    known = set(snapshots.capitals())
    return {k: v for k, v in pick(current, "university_new_entrants").items() if k in known}
