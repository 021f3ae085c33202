"""Provinces and communes: what a region has, split between its parts by a stated formula.

Every count is split in whole numbers (largest remainder), so the parts of a region add up to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import units
from apportion import largest_remainder
from columns import Column
from figures import OWN
from pools import FIELD as LEVEL_FIELD
from pools import RELATIVE, TRAINABLE
from units import Unit

# jobs published for a park or city, given to its province before the rest is split
PARK_JOBS = {
    "MA-06.141": 30_000, "MA-04.441": 8_000, "MA-03.231": 2_000, "MA-02.411": 200,
    "MA-01.571": 1_500, "MA-01.051": 400, "MA-09.001": 1_000,
}  # fmt: skip
# province of the city of trades and skills: named by a source, else that of the regional capital
CMC = {
    "MA-01": "511", "MA-02": "381", "MA-03": "231", "MA-04": "501", "MA-05": "091", "MA-06": "385",
    "MA-07": "351", "MA-08": "201", "MA-09": "001", "MA-10": "261", "MA-11": "321", "MA-12": "391",
}  # fmt: skip
SCHOOLS = {
    "MA-01": {"571": 300}, "MA-03": {"231": 224}, "MA-04": {"421": 300},
    "MA-05": {"311": 300, "091": 100}, "MA-07": {"427": 300, "431": 224, "585": 224},
}  # fmt: skip
SPREAD = {"province": (0.4, 1.8), "commune": (0.2, 2.5)}
Weight = Callable[[Unit], float]
Cells = dict[str, dict[str, float]]  # field → key → value


@dataclass(frozen=True)
class Grain:
    """A fine level: its units, and the tables of the level above (table → field → key)."""

    level: str
    units: tuple[Unit, ...]
    above: Mapping[str, Mapping[str, Mapping[str, float]]]

    def split(
        self, table: str, field: str, weight: Weight, item: str = "", scale: int = 1
    ) -> dict[str, float]:
        """A field of the level above split by `weight`, in steps of 1 / scale; sums are exact."""
        suffix = f"/{item}" if item else ""
        parts: dict[str, dict[str, float]] = defaultdict(dict)
        people: dict[str, dict[str, float]] = defaultdict(dict)
        for u in self.units:
            parts[u.parent][u.code] = weight(u)
            people[u.parent][u.code] = u.get("population_legal") + 1.0
        out: dict[str, float] = {}
        for parent, weights in parts.items():
            total = round(self.above[table][field].get(parent + suffix, 0.0) * scale)
            usable = weights if sum(weights.values()) > 0 else people[parent]
            shares = largest_remainder(usable, total) if total else dict.fromkeys(weights, 0)
            out |= {code + suffix: n / scale for code, n in shares.items()}
        return out

    def column(self, field: str, values: Mapping[str, float], unit: str, note: str,
               year: str = "2025", wide: tuple[float, float] | None = None) -> Column:  # fmt: skip
        """An estimate of this grain, with the grain's spread."""
        low, high = wide or SPREAD[self.level]
        return Column(field, values, unit, year, "estimate", OWN, "", note, low, high)


def job_weight(grain: Grain) -> Weight:
    """Share of a place in the jobs of the level above."""
    if grain.level == "commune":
        return lambda u: u.get("population_higher_education_level") if u.urban else 0.0
    total: dict[str, float] = defaultdict(float)
    for key, n in grain.above["jobs"]["jobs"].items():
        total[key.split("/")[0]] += n

    def size(u: Unit) -> float:
        return float((u.get("establishments_services") * u.get("establishments_50plus")) ** 0.5)

    def weight(u: Unit) -> float:
        here = [v for v in grain.units if v.parent == u.parent]
        left = total[u.parent] - sum(PARK_JOBS.get(v.code, 0) for v in here)
        return PARK_JOBS.get(u.code, 0) + left * size(u) / sum(size(v) for v in here)

    return weight


JOB_NOTE = {
    "province": "region's jobs: those published for its parks and cities (F129, F138, F141, F147, "
    "F150, F162, offshoring_city_jobs) to their provinces, the rest by the geometric mean of "
    "services establishments and establishments of 50 or more; same for every segment",
    "commune": "province's jobs by people with higher education of its urban communes",
}


def merged(parts: list[dict[str, float]]) -> dict[str, float]:
    """One mapping from several."""
    return {k: v for part in parts for k, v in part.items()}


def jobs(grain: Grain, segments: tuple[str, ...]) -> list[Column]:
    """Base jobs."""
    weights = {u.code: job_weight(grain)(u) for u in grain.units}
    found = merged([grain.split("jobs", "jobs", lambda u: weights[u.code], s) for s in segments])
    return [grain.column("jobs", found, "jobs", JOB_NOTE[grain.level])]


def young(u: Unit) -> float:
    """People 20-34 with upper-secondary or higher education, before the uplift of the young."""
    levels = ("education_upper_secondary_share_pct", "education_higher_share_pct")
    return u.get("population_20_34") * sum(share_of(u, name) for name in levels)


def share_of(u: Unit, name: str) -> float:
    """Share of those aged 10+ who reached a level."""
    return units.share_of_adults(u, name)


def talent(grain: Grain, skills: tuple[str, ...], staff: Mapping[str, float]) -> list[Column]:
    """Job-ready people by profile; `staff` is jobs × share of the profile, by unit/profile."""
    stock = merged(
        [grain.split("talent", "stock", lambda u, g=g: staff[f"{u.code}/{g}"], g) for g in skills]
    )
    everyone: dict[str, float] = defaultdict(float)
    ready: dict[str, float] = defaultdict(float)
    for u in grain.units:
        everyone[u.parent] += young(u)
        for g in skills:
            ready[f"{u.parent}/{g}"] += staff[f"{u.code}/{g}"]

    def newcomers(u: Unit, g: str) -> float:
        jobs_here = staff[f"{u.code}/{g}"] / max(ready[f"{u.parent}/{g}"], 1e-9)
        return 0.85 * jobs_here + 0.15 * young(u) / max(everyone[u.parent], 1e-9)

    inflow = merged(
        [grain.split("talent", "inflow", lambda u, g=g: newcomers(u, g), g, 10) for g in skills]
    )
    how = "level above split by base jobs x min_share of the profile"
    return [
        grain.column("stock", stock, "heads", how),
        grain.column("inflow", inflow, "heads per year", f"0.85 {how}, 0.15 by young people with "
                     "upper-secondary or higher education"),
    ]  # fmt: skip


def seekers(u: Unit, pool: str) -> float:
    """Trainable job seekers before scaling: the formula of the regions."""
    french = u.get("french_readers_share_of_10plus_pct")
    level = share_of(u, LEVEL_FIELD[pool]) * RELATIVE[pool]
    return u.get("unemployed_15plus") * level * TRAINABLE[pool] * french


def graduates(u: Unit) -> float:
    """People with higher education."""
    return u.get("population_higher_education_level")


def pools(grain: Grain) -> list[Column]:
    """Who can be trained."""
    weight: dict[str, Weight] = {p: (lambda u, p=p: seekers(u, p)) for p in TRAINABLE}
    weight["digital_graduates"] = graduates
    note = (
        "level above split by unemployed x share at the level x French readers (job seekers), or "
        "by people with higher education (graduates)"
    )
    return [
        grain.column(field, merged([grain.split("pools", field, w, p) for p, w in weight.items()]),
                     unit, note)
        for field, unit in (("stock", "heads"), ("inflow", "heads per year"))
    ]  # fmt: skip


def placed(grain: Grain, seats: Mapping[str, Mapping[str, float]]) -> Weight:
    """Weight of known places: by province number, and at commune level by people."""
    if grain.level == "commune":
        return lambda u: u.get("population_legal") if u.urban else 0.0
    return lambda u: seats.get(u.region, {}).get(u.code.split(".")[1], 0.0)


def place_weights(grain: Grain, job: Mapping[str, float]) -> dict[str, Weight]:
    """How the places of each programme are split."""

    def by_jobs(*names: str) -> Weight:
        return lambda u: sum(job.get(f"{u.code}/{s}", 0.0) for s in names)

    known = {r: {n: 1.0} for r, n in CMC.items()}
    return {
        "cmc_digital": placed(grain, known),
        "coding_school": placed(grain, SCHOOLS),
        "ofppt_offshoring_short": lambda u: u.get("population_20_34") if u.urban else 0.0,
        "voice_french_short": by_jobs("CRM"),
        "reskill_voice_back_office": by_jobs("CRM"),
        "engineering_conversion": by_jobs("ESO"),
        "reskill_back_office_data": by_jobs("BPO", "KPO"),
        "jobintech_bootcamp": by_jobs("ITO"),
        "data_ai_bootcamp": by_jobs("ITO"),
        "university_digital": graduates,
        "engineering_cycle": graduates,
    }


def places(grain: Grain, job: Mapping[str, float]) -> list[Column]:
    """Training places; at commune level only where there are any."""
    weights = place_weights(grain, job)
    found = merged([grain.split("places", "places", w, p) for p, w in weights.items()])
    if grain.level == "commune":
        found = {k: v for k, v in found.items() if v > 0}
    home = {u.code: u.parent for u in grain.units}
    opening = grain.above["places"]["available_from"]
    first = {}
    for key in found:
        code, programme = key.split("/")
        first[key] = opening.get(f"{home[code]}/{programme}", 2025.0)
    note = (
        "level above: city of trades and skills and coding schools where they stand (or taken in "
        "the regional capital), short courses by young people, in-house courses and bootcamps by "
        "base jobs, universities by people with higher education"
    )
    return [
        grain.column("places", found, "places", note),
        grain.column("available_from", first, "year", "that of the level above", wide=(1.0, 1.001)),
    ]
