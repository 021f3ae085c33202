"""Units: the provinces and communes the fine grains are made of, with what the census says."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import snapshots
from figures import number

COUNTRY = "MA-"
# snapshot name of a province column → field of the atlas
RENAMED = {"population_2024": "population_legal", "households_2024": "households"}
SHARES = {
    "illiteracy_rate_10_plus": "illiteracy_rate_10plus_pct",
    "languages_read_and_written_french": "french_read_write_share_of_literate_pct",
    "languages_read_and_written_english": "english_read_write_share_of_literate_pct",
    "education_upper_secondary": "education_upper_secondary_share_pct",
    "education_higher": "education_higher_share_pct",
    "labour_unemployment_rate": "unemployment_rate_pct",
}
COUNTS = {
    "population_legal": "population_legal",
    "population_municipal": "population_municipal",
    "languages_read_and_written_literate_population_10_plus": "literate_population_10plus",
    "labour_active": "labour_force_15plus",
    "labour_employed": "employed_15plus",
}


@dataclass(frozen=True)
class Unit:
    """A province or commune: codes are nested (MA-03, MA-03.231, MA-03.231.01.0)."""

    code: str
    parent: str
    region: str
    name_fr: str
    name_ar: str
    iso: str
    place: str
    lat: float
    lon: float
    urban: bool
    census: dict[str, float] = field(default_factory=dict)

    def get(self, name: str) -> float:
        """A census figure, 0 where the census has none."""
        return self.census.get(name, 0.0)


@functools.cache
def largest_commune() -> dict[str, snapshots.Row]:
    """Most populous commune of each province, urban ones first."""
    out: dict[str, snapshots.Row] = {}
    for c in snapshots.communes():
        old = out.get(c["province_code"])
        rank = (c["type"] == "urban", int(c["population_2024"]), c["code"])
        if old is None or rank > (old["type"] == "urban", int(old["population_2024"]), old["code"]):
            out[c["province_code"]] = c
    return out


@functools.cache
def provinces() -> tuple[Unit, ...]:
    """The 75 provinces, by code."""
    out = []
    for code, r in sorted(snapshots.provinces().items()):
        main = largest_commune()[code]
        known = bool(r["main_place_lat"])
        census = {RENAMED.get(k, k): v for k in r if (v := number(r[k])) is not None}
        out.append(
            Unit(
                COUNTRY + code, r["region_code"], r["region_code"], r["name_fr"], r["name_ar"],
                r["iso_3166_2"], r["main_place"] if known else main["name_fr"],
                float(r["main_place_lat"] if known else main["lat"]),
                float(r["main_place_lon"] if known else main["lon"]), True, census,
            )
        )  # fmt: skip
    return tuple(out)


@functools.cache
def communes() -> tuple[Unit, ...]:
    """The 1,503 communes, by code."""
    rows = snapshots.rows(snapshots.HOME / "snapshots" / "census_2024.csv")
    census = {r["code"]: r for r in rows if r["level"] == "commune"}
    out = []
    for c in sorted(snapshots.communes(), key=lambda c: c["code"]):
        out.append(
            Unit(
                COUNTRY + c["code"], COUNTRY + c["province_code"], COUNTRY + c["region_code"],
                c["name_fr"], c["name_ar"], "", c["name_fr"], float(c["lat"]), float(c["lon"]),
                c["type"] == "urban", commune_census(census[c["code"]]),
            )
        )  # fmt: skip
    return tuple(out)


def commune_census(r: snapshots.Row) -> dict[str, float]:
    """Fields of one commune: stated ones, and those that follow from them."""
    have = {new: v for old, new in (SHARES | COUNTS).items() if (v := number(r[old])) is not None}
    if "illiteracy_rate_10plus_pct" not in have:  # four communes with nobody to ask
        return have
    people, literate = have["population_municipal"], have["literate_population_10plus"]
    adults = literate / (1 - have["illiteracy_rate_10plus_pct"] / 100)
    young = sum(float(r[f"age_{a}"]) for a in ("20_24", "25_29", "30_34"))
    have["population_20_34"] = round(people * young / 100)
    have["unemployed_15plus"] = have["labour_force_15plus"] - have["employed_15plus"]
    have["population_higher_education_level"] = round(
        people * have["education_higher_share_pct"] / 100
    )
    for tongue in ("french", "english"):
        readers = literate * have[f"{tongue}_read_write_share_of_literate_pct"] / 100
        have[f"{tongue}_readers_10plus"] = round(readers)
        have[f"{tongue}_readers_share_of_10plus_pct"] = round(100 * readers / adults, 2)
    return have


def adults(u: Unit) -> float:
    """Municipal population aged 10 or more: literate / (1 - illiteracy)."""
    return u.get("literate_population_10plus") / (1 - u.get("illiteracy_rate_10plus_pct") / 100)


def share_of_adults(u: Unit, name: str) -> float:
    """Share of those aged 10+ who reached the level (published of all ages)."""
    base = adults(u)
    return u.get(name) / 100 * u.get("population_municipal") / base if base else 0.0
