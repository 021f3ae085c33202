"""Leaves of the score that follow from the census and from places; formula and interval in each."""

from __future__ import annotations

import math

import snapshots
from figures import Figure, derived, estimate, pick
from pools import adults

CENSUS = "HCP, RGPH 2024, computed by hubselect"
REACH_KM = 45 / 60 * 60 / 1.3  # 45 minutes at 60 km/h, detour 1.3
LIST = "PyPI airportsdata (MIT)"
FIELD = "airport_distance_km"
YOUNG_UPLIFT = 1.35  # people aged 20-34 reach higher levels than those aged 10 and more
# (m2, low, high, note)
READY = {
    "MA-06": (50_000, 0, 110_000, "Casanearshore extension tendered in 2021 (F131)"),
    "MA-04": (9_800, 0, 30_000, "14 % of 70,000 m2 free at Technopolis (2012 occupancy, F139)"),
    "MA-03": (21_000, 6_000, 25_000, "Fès Shore third tranche 15,000 + 20 % of 30,000 (F143-144)"),
    "MA-02": (9_400, 5_000, 11_000, "Oujda Shore 11,000 less 200 jobs x 8 m2 (F146, F147)"),
    "MA-01": (2_200, 0, 6_000, "10 % of 22,000 m2 at Tétouan Shore (F150, F151)"),
}


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance of two (lat, lon) points, km."""
    (la, lo), (lb, lp) = ((math.radians(x), math.radians(y)) for x, y in (a, b))
    h = math.sin((lb - la) / 2) ** 2 + math.cos(la) * math.cos(lb) * math.sin((lp - lo) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(h))


def young_educated(current: list[Figure]) -> dict[str, tuple[float, float, float]]:
    """People 20-34 with upper-secondary or higher education: value, low, high."""
    upper = pick(current, "education_upper_secondary_share_pct")
    higher = pick(current, "education_higher_share_pct")
    people = pick(current, "population_municipal")
    young = pick(current, "population_20_34")
    out = {}
    for c in snapshots.capitals():
        share = (upper[c] + higher[c]) / 100 * people[c] / adults(current, c)
        out[c] = (
            young[c] * share * YOUNG_UPLIFT,
            young[c] * share,
            young[c] * min(1.0, share * 1.8),
        )
    return out


def near_capital() -> dict[str, float]:
    """People in communes whose point lies within REACH_KM of the region's capital."""
    out = {}
    for code, p in snapshots.capitals().items():
        here = (float(p["lat"]), float(p["lon"]))
        out[code] = sum(
            float(c["population_2024"])
            for c in snapshots.communes()
            if distance_km(here, (float(c["lat"]), float(c["lon"]))) <= REACH_KM
        )
    return out


def airport_km() -> dict[str, tuple[float, str]]:
    """Distance from the capital to the nearest airport, and its code."""
    out = {}
    for code, p in snapshots.capitals().items():
        here = (float(p["lat"]), float(p["lon"]))
        out[code] = min(
            (distance_km(here, (float(a["lat"]), float(a["lon"]))), a["iata"])
            for a in snapshots.airports()
        )
    return out


def talent_leaves(
    current: list[Figure], seekers: dict[str, float], jobs: dict[str, int]
) -> list[Figure]:
    """Leaves about people."""
    population = pick(current, "population_legal")
    out = []
    for c, (v, low, high) in young_educated(current).items():
        note = (
            "people 20-34 x share of 10+ with upper-secondary or higher education x 1.35 (the "
            "young reach higher levels; 1 to 1.8): the census does not cross age and education"
        )
        out.append(estimate(c, "people_20_34_upper_secondary_plus", round(v), round(low),
                            round(high), "people", note, year="2024"))  # fmt: skip
        per = 1000 / population[c]
        out.append(estimate(c, "people_20_34_upper_secondary_plus_per_1000", round(v * per, 2),
                            round(low * per, 2), round(high * per, 2), "per 1,000 inhabitants",
                            note, year="2024"))  # fmt: skip
        n = seekers[c]
        out.append(
            estimate(
                c, "job_seekers_diploma", round(n), round(n * 0.6), round(n * 1.5), "people",
                "unemployed 15+ x share of 10+ at upper-secondary (x 1.2) and higher (x 1.7) "
                "level, all, trainable or not", year="2024",
            )
        )  # fmt: skip
        t = jobs[c] / v * 100
        out.append(
            estimate(
                c, "tightness", round(t, 2), round(t * 0.5, 2), round(t * 1.8, 2),
                "base jobs per 100 people", "base jobs / people_20_34_upper_secondary_plus x 100",
            )
        )  # fmt: skip
        out.append(estimate(c, "offshoring_jobs_base", jobs[c], round(jobs[c] * 0.5),
                            round(jobs[c] * 1.6), "jobs", "sum of region/jobs.csv"))  # fmt: skip
    return out


def place_leaves() -> list[Figure]:
    """Leaves about space and distance."""
    out = []
    near, planes = near_capital(), airport_km()
    to = "great-circle from the capital to"
    for c in snapshots.capitals():
        m2, low, high, note = READY.get(c, (0, 0, 2_000, "no park found"))
        out.append(estimate(c, "ready_park_space_m2", m2, low, high, "m2", note))
        out.append(
            estimate(c, "people_within_45_min", round(near[c]), round(near[c] * 0.75),
                     round(near[c] * 1.3), "people", "population of communes whose point is within "
                     "34.6 km of the capital (45 min at 60 km/h, detour 1.3): a proxy",
                     year="2024", source=CENSUS)
        )  # fmt: skip
        km, code = planes[c]
        if c == "MA-10":  # the list has no airport of Guelmim although the town has one
            note = f"{to} {code}; Guelmim's own airfield is not in the list"
            found = estimate(c, FIELD, round(km, 1), 5, round(km * 1.1, 1), "km", note, source=LIST)
        else:
            found = derived(c, FIELD, round(km, 1), "km", "2025", LIST, f"{to} {code}")
        out.append(found)
    return out
