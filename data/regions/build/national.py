"""National tables: curated rows, and what follows from them by a formula."""

from __future__ import annotations

import snapshots
from apportion import largest_remainder
from figures import Figure, derived, estimate, pick

JOBS_2024 = 148_500
GAIN = 9_250  # jobs a year, (148,500 - 130,000) / 2
BASE = JOBS_2024 + GAIN
CURATED = (
    "skills", "segment_mix", "pools", "programmes", "incentives",
    "targets", "hub_sizes", "ramp_up", "finance",
)  # fmt: skip
LE360 = "Office des Changes and press, see the facts named in the note"


def jobs_2024(rows: list[Figure]) -> dict[str, int]:
    """Jobs by segment: CRM as stated; the others by exports over relative revenue per job."""
    exports, relative = pick(rows, "exports"), pick(rows, "relative_revenue_per_job")
    crm = int(pick(rows, "jobs")["CRM"])
    others = largest_remainder({s: exports[s] / v for s, v in relative.items()}, JOBS_2024 - crm)
    return {"CRM": crm, **others}


def base_jobs(rows: list[Figure]) -> dict[str, int]:
    """Jobs at the end of 2025: 2024 plus one year of the observed gain."""
    jobs = jobs_2024(rows)
    share = pick(snapshots.curated("finance"), "crm_share_of_gain")["national"] / 100
    crm = round(GAIN * share)
    others = largest_remainder({s: n for s, n in jobs.items() if s != "CRM"}, GAIN - crm)
    return {s: n + (crm if s == "CRM" else others[s]) for s, n in jobs.items()}


def segments() -> list[Figure]:
    """national/segments.csv."""
    rows = snapshots.curated("segments")
    jobs, base, exports = jobs_2024(rows), base_jobs(rows), pick(rows, "exports")
    out = list(rows)
    for s, n in jobs.items():
        if s != "CRM":
            spread = 0.25 if s != "KPO" else 0.5
            out.append(
                estimate(
                    s, "jobs", n, round(n * (1 - spread)), round(n * (1 + spread)), "jobs",
                    "148,500 - 90,000 jobs (F001, F078) split by exports / relative_revenue_per_job"
                    ", largest remainder; no published split", year="2024",
                )
            )  # fmt: skip
        low, high = (93_300, 115_300) if s == "CRM" else (0.8, 1.33)
        ratio = exports[s] / n
        bounds = (low, high) if s == "CRM" else (ratio * low, ratio * high)
        out.append(
            derived(
                s, "revenue_per_job", round(ratio, 2), "MAD per job-year", "2024", LE360,
                "exports / jobs of 2024; interval from the interval of jobs",
                low=round(bounds[0]), high=round(bounds[1]),
            )
        )  # fmt: skip
        out.append(
            estimate(
                s, "base_jobs", base[s], round(base[s] * 0.85), round(base[s] * 1.15), "jobs",
                "jobs of 2024 + 9,250 (one year of the 2022-2024 gain), CRM taking its 45.9 % of "
                "the growth of 2018-2024, the others in proportion to their jobs",
            )
        )  # fmt: skip
    return out


def facts() -> list[Figure]:
    """national/facts.csv: every policy fact, numbers and texts apart."""
    return [f for fact in snapshots.facts().values() for f in fact.figures()]


def land_per_floor() -> Figure:
    """Land a hub needs, from the one park with both areas stated."""
    fact = snapshots.facts()["F130"]
    return estimate(
        "national", "land_per_floor", round(530_000 / 270_000, 2), 0.8, 3, "m2 land per m2 floor",
        "Casanearshore: 53 ha / 270,000 m2 [F130]; a tower needs less, a campus more",
        year=fact.year, source=fact.source, address=fact.address,
    )  # fmt: skip


def tables() -> dict[str, list[Figure]]:
    """Every curated national table, segments and facts."""
    out = {name: snapshots.curated(name) for name in CURATED}
    out["finance"].append(land_per_floor())
    out["segments"] = segments()
    out["facts"] = facts()
    return out
