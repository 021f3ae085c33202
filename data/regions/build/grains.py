"""The fine grains in their place: province tables long, commune tables compact."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import figures
import fine
import fine_basins
import fine_sites
import talent
import units
from columns import Column, write_compact
from figures import Figure, pick
from fine import Grain

Tables = dict[str, list[Figure]]
Columns = dict[str, list[Column]]
SEGMENTS = ("CRM", "BPO", "ITO", "ESO", "KPO")


def fields(rows: list[Figure]) -> dict[str, dict[str, float]]:
    """field → key → number."""
    out: dict[str, dict[str, float]] = defaultdict(dict)
    for f in rows:
        if f.unit != "text":
            out[f.field][f.key] = f.number
    return out


def columns_of(grain: Grain, nation: Tables, region: Tables) -> Columns:
    """Every table of one fine grain."""
    mix = pick(nation["segment_mix"], "min_share")
    job = fine.jobs(grain, SEGMENTS)
    counts = job[0].numbers
    staff = {
        f"{u.code}/{g}": sum(counts[f"{u.code}/{s}"] * mix[f"{s}/{g}"] / 100 for s in SEGMENTS)
        for u in grain.units
        for g in talent.SKILLS
    }
    like = {f.field: f for f in region["basins"] if f.key == "MA-06"}
    return {
        "basins": fine_basins.basins(grain, counts, fields(region["basins"]), like),
        "jobs": job,
        "talent": fine.talent(grain, talent.SKILLS, staff),
        "pools": fine.pools(grain),
        "places": fine.places(grain, counts),
    }


def write(out: Path, nation: Tables, region: Tables) -> tuple[list[str], Tables]:
    """Write province and commune tables; returns a line per table, and the tables to credit."""
    above = {name: fields(rows) for name, rows in region.items()}
    lines: list[str] = []
    credits_: Tables = {}
    for level, found in (("province", units.provinces()), ("commune", units.communes())):
        grain = Grain(level, found, above)
        tables = columns_of(grain, nation, region)
        for name, columns in sorted(tables.items()):
            if level == "province":
                rows = [f for c in columns for f in c.figures()]
                count = len(figures.write(out / level / f"{name}.csv", rows))
            else:
                count = write_compact(out / level, name, columns)
                rows = [f for c in columns for f in c.figures()]
            credits_[f"{level}/{name}"] = rows
            lines.append(f"{level}/{name} {count} figures")
        rows = fine_sites.sites(grain, region["basins"])
        credits_[f"{level}/sites"] = figures.write(out / level / "sites.csv", rows)
        lines.append(f"{level}/sites.csv {len(rows)} figures")
        above = {
            n: {c.field: c.numbers for c in cs if c.unit != "text"} for n, cs in tables.items()
        }
    return lines, credits_
