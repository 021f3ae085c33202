"""Indicators: one current value per region and field; the others go to the contradictions."""

from __future__ import annotations

import re
from collections import defaultdict

import snapshots
from figures import OWN, Figure, number

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


def current_and_rest() -> tuple[list[Figure], list[Figure]]:
    """All indicators, national rows (key MA) included."""
    return split([as_figure(r) for r in snapshots.indicators()])
