"""The atlas: every table in its place."""

from __future__ import annotations

from pathlib import Path

import basins
import figures
import geometry
import grains
import indicators
import jobs
import leaves
import national
import places
import pools
import sites
import snapshots
import sources
import talent
from figures import Figure, pick

Tables = dict[str, list[Figure]]


def region_tables(nation: Tables, current: list[Figure]) -> Tables:
    """Tables per basin at region level."""
    here = [f for f in current if f.key in basins.NAMES]
    codes = list(basins.NAMES)
    cells = jobs.allocation(current)
    totals = {c: sum(n for (r, _), n in cells.items() if r == c) for c in codes}
    young = {c: v[0] for c, v in leaves.young_educated(current).items()}
    seekers = {
        c: sum(pools.job_seekers(current, p, [c])[c][0] for p in pools.TRAINABLE) for c in codes
    }
    occupancy = pick(nation["finance"], "occupancy")["national"]
    per_job = pick(nation["segments"], "workstations_per_job")
    table = (
        basins.identity() + here + basins.planning(current)
        + basins.workstations(cells, per_job, occupancy)
        + leaves.talent_leaves(current, seekers, totals) + leaves.place_leaves()
    )  # fmt: skip
    people_ready = talent_table(nation, cells, young)
    people = {c: v for c, v in pick(here, "population_20_34").items() if c in codes}
    return {
        "basins": table,
        "jobs": jobs.jobs(current),
        "talent": people_ready,
        "pools": pool_table(nation, here, current, people_ready),
        "places": places.places(current, people, cells, weights(here, cells, young)),
    }


def talent_table(
    nation: Tables, cells: dict[tuple[str, str], int], young: dict[str, float]
) -> list[Figure]:
    """region/talent.csv."""
    before, after = pick(nation["segments"], "jobs"), pick(nation["segments"], "base_jobs")
    share = {s: (after[s] - before[s]) / national.GAIN for s in after}
    return talent.talent(
        cells, pick(nation["segment_mix"], "min_share"), pick(nation["skills"], "leaving"),
        pick(nation["skills"], "bench"), share, young,
    )  # fmt: skip


def pool_table(
    nation: Tables, here: list[Figure], current: list[Figure], ready: list[Figure]
) -> list[Figure]:
    """region/pools.csv."""
    skilled = ("software_cloud", "engineering", "data")
    alone = sum(v for k, v in pick(ready, "inflow").items() if k.endswith(skilled))
    leaving = pick(nation["pools"], "leaving")
    higher = pick(here, "population_higher_education_level")
    return pools.seeker_figures(current, leaving, list(basins.NAMES)) + pools.graduate_figures(
        higher, places.entrants(current), leaving["digital_graduates"], alone
    )


def weights(
    here: list[Figure], cells: dict[tuple[str, str], int], young: dict[str, float]
) -> dict[str, dict[str, float]]:
    """How national places are split between basins."""
    ito = {c: float(cells[c, "ITO"]) for c in young}
    half = {
        c: 0.5 * ito[c] / sum(ito.values()) + 0.5 * young[c] / sum(young.values()) for c in young
    }
    known = places.entrants(here)
    people = pick(here, "population_20_34")
    ratio = sum(known.values()) / sum(people[c] for c in known)
    students = {c: known.get(c, 0.25 * ratio * people[c]) for c in young}
    return {
        "jobintech_bootcamp": half,
        "data_ai_bootcamp": half,
        "university_digital": students,
        "engineering_cycle": pick(here, "population_higher_education_level"),
    }


def contradictions(rest: list[Figure]) -> list[tuple[str, Figure]]:
    """Values that lost, each with the table where the current one is."""
    out = [("national/indicators" if f.key == "MA" else "region/basins", f) for f in rest]
    for r in snapshots.rows(snapshots.HOME / "curated" / "contradictions.csv"):
        fact = snapshots.facts()[r["fact"]]
        value = figures.number(r["value"])
        out.append(
            (r["table"], Figure(
                r["key"], r["field"], r["value"] if value is None else value,
                "text" if value is None else r["unit"], fact.year, fact.status, fact.source,
                fact.address, f"{r['note']} [{fact.key}]",
            ))
        )  # fmt: skip
    return sorted(out, key=lambda x: (x[0], x[1].key, x[1].field, x[1].year, x[1].row()))


def write(out: Path) -> list[str]:
    """Write the atlas to `out` and return a line per table."""
    current, rest = indicators.current_and_rest()
    nation = national.tables()
    nation["indicators"] = [f for f in current if f.key == "MA"]
    region = region_tables(nation, current)
    nation["sites"] = sites.sites(region["basins"])
    lines = []
    for grain, tables in (("national", nation), ("region", region)):
        for name, found in sorted(tables.items()):
            written = figures.write(out / grain / f"{name}.csv", found)
            lines.append(f"{grain}/{name}.csv {len(written)} figures")
    lost = contradictions(rest)
    (out / "national" / "contradictions.csv").write_bytes(
        figures.table_bytes(("table", *figures.COLUMNS), ((t, *f.row()) for t, f in lost))
    )
    geometry.write(out / "geometry")
    more, finer = grains.write(out, nation, region)
    lines += more
    (out / "SOURCES.md").write_bytes(sources.page(nation, region, finer, lost).encode())
    return [*lines, f"national/contradictions.csv {len(lost)} figures"]
