"""Indicators: one current value per region and field; the others go to the contradictions."""

from __future__ import annotations

import re
from collections import defaultdict

import snapshots
from figures import OWN, Figure, estimate, number, pick

RANK = {"official": 3, "press": 2, "derived": 1, "estimate": 0}
# two definitions in one name are two fields: the poverty map changed its definition in 2024
OLD_POVERTY = "multidimensional_poverty_2014_old_definition_pct"


def year_order(year: str) -> int:
    """Last year named in `year`; undated is older than any date."""
    found = re.findall(r"\d{4}", year)
    if found:
        return int(found[-1])
    return -1 if "old" in year else 0


def as_figure(r: snapshots.Row) -> Figure:
    """Indicator row as a figure; bands become text, estimates get an interval."""
    value = number(r["value"])
    field = r["indicator"]
    if field == "multidimensional_poverty_pct" and r["year"] == "2014":
        field = OLD_POVERTY
    note = r["note"]
    base = Figure(
        r["region_code"], field, r["value"] if value is None else value,
        "text" if value is None else r["unit"], r["year"], r["status"],
        r["source"], r["source_url"], note,
    )  # fmt: skip
    if r["status"] != "estimate" or value is None:
        return base
    return base.moved(
        low=0.9 * value, high=1.1 * value, source=r["source"] or OWN,
        note=f"{note}; interval of 10 % set by hubselect",
    )  # fmt: skip


def split(found: list[Figure]) -> tuple[list[Figure], list[Figure]]:
    """Current values (newest, then best status, then first) and the rest."""
    groups: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for f in found:
        groups[f.key, f.field].append(f)
    current, rest = [], []
    for group in groups.values():
        best = max(group, key=lambda f: (year_order(f.year), RANK[f.status]))
        current.append(best)
        rest += [f for f in group if f is not best]
    return current, rest


def poverty(current: list[Figure]) -> list[Figure]:
    """Poverty of 2024 where only 2014 is published: 2014 x national 2024 / national 2014."""
    new = pick(current, "multidimensional_poverty_pct")
    old = pick(current, OLD_POVERTY)
    out = []
    for code in sorted(set(old) - set(new)):
        value = old[code] * new["MA"] / old["MA"]
        out.append(
            estimate(
                code, "multidimensional_poverty_pct", round(value, 1), round(value * 0.7, 1),
                round(value * 1.4, 1), "percent of people",
                f"{old[code]} (2014, old definition) x {new['MA']} / {old['MA']} (national); on "
                "the five regions published the formula misses by 10 to 40 %", year="2024",
            )
        )  # fmt: skip
    return out


def travellers(current: list[Figure]) -> list[Figure]:
    """Airports without a published count: what the national total leaves to the small ones."""
    have = pick(current, "airport_passengers")
    return [
        estimate(
            c, "airport_passengers", 30_000, 3_000, 120_000, "passengers",
            "no count published: national 32.7 million less the counted airports, Nador and the "
            "growth of Fès leaves at most 0.3 million to five small airports", year="2024",
        )
        for c in ("MA-05", "MA-10") if c not in have
    ]  # fmt: skip


def students(current: list[Figure]) -> list[Figure]:
    """New students where the university of another region counts them."""
    have, young = pick(current, "university_new_entrants"), pick(current, "population_20_34")
    rate = have["MA"] / young["MA"]
    out = []
    for c in sorted(set(young) - set(have)):
        n = young[c] * rate
        out.append(
            estimate(
                c, "university_new_entrants", round(n * 0.25), round(n * 0.1), round(n * 0.6),
                "students", "people 20-34 x national new students per person 20-34 x 0.25: "
                "campuses of another region's university, counted there too: do not sum",
            )
        )  # fmt: skip
    return out


def current_and_rest() -> tuple[list[Figure], list[Figure]]:
    """All indicators, national rows (key MA) included."""
    current, rest = split([as_figure(r) for r in snapshots.indicators()])
    return current + poverty(current) + travellers(current) + students(current), rest
