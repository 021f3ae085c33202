"""Jobs of each basin and segment at the end of 2025: an allocation, with what pins it down."""

from __future__ import annotations

import national
import snapshots
from apportion import fit, largest_remainder
from basins import NAMES
from figures import Figure, estimate, pick

CASA_RABAT = 0.80  # of call centres in 2006, the only published share of the two regions
CASA = 0.77  # of the two: parks 30,000 against 8,000, establishments of 50+ 2,259 against 642
FES = 8_960  # 28 % of 32,000 services jobs, 2022
FES_YEAR_JOBS = 130_000
# jobs published for places of a region: its total cannot be less
FLOORS = {"MA-01": 1_900, "MA-02": 200, "MA-09": 1_400}
# how much more than its share of jobs a region has of a segment, before fitting to the totals
TILT = {
    ("MA-06", "ITO"): 1.15, ("MA-04", "ITO"): 1.35, ("MA-06", "ESO"): 1.1, ("MA-04", "ESO"): 1.0,
    ("MA-03", "ESO"): 1.5, ("MA-01", "ESO"): 1.6, ("MA-03", "CRM"): 1.1, ("MA-02", "CRM"): 1.2,
    ("MA-06", "KPO"): 1.5, ("MA-04", "KPO"): 1.2, ("MA-09", "BPO"): 1.4, ("MA-01", "BPO"): 1.2,
}  # fmt: skip
SMALL = {"CRM": 1.25, "BPO": 1.0, "ITO": 0.6, "ESO": 0.5, "KPO": 0.3}  # the other regions
WIDE = {"MA-06": (0.85, 1.12), "MA-04": (0.75, 1.25), "MA-03": (0.8, 1.25)}


def totals(current: list[Figure]) -> dict[str, float]:
    """Jobs of each region, summing to the national base."""
    services = pick(current, "establishments_services")
    large = pick(current, "establishments_50plus")
    out = {
        "MA-06": national.BASE * CASA_RABAT * CASA,
        "MA-04": national.BASE * CASA_RABAT * (1 - CASA),
        "MA-03": FES * national.BASE / FES_YEAR_JOBS,
    }
    rest = [c for c in NAMES if c not in out]
    weight = {c: (services[c] * large[c]) ** 0.5 for c in rest}
    left = national.BASE - sum(out.values())
    share = {c: left * w / sum(weight.values()) for c, w in weight.items()}
    for code, floor in FLOORS.items():
        if share[code] < floor:
            raise ValueError(f"{code}: {share[code]:.0f} jobs, under the {floor} published")
    return out | share


def allocation(current: list[Figure]) -> dict[tuple[str, str], int]:
    """Whole jobs by region and segment; segments sum exactly."""
    columns = national.base_jobs(snapshots.curated("segments"))
    rows = totals(current)
    seed = {
        (r, s): rows[r] * n * (TILT.get((r, s), 1.0 if r in WIDE else SMALL[s]))
        for r in rows
        for s, n in columns.items()
    }
    cell = fit(seed, rows, {s: float(n) for s, n in columns.items()})
    out: dict[tuple[str, str], int] = {}
    for s, n in columns.items():
        whole = largest_remainder({r: cell[r, s] for r in rows}, n)
        out |= {(r, s): v for r, v in whole.items()}
    return out


def note(code: str) -> str:
    """How the total of one region was set."""
    how = {
        "MA-06": "80 % of jobs in the Casablanca and Rabat regions (share of call centres in 2006) "
        "x 77 % (parks 30,000 against 8,000; large establishments)",
        "MA-04": "80 % of jobs in the Casablanca and Rabat regions (share of call centres in 2006) "
        "x 23 %",
        "MA-03": "8,960 jobs in 2022 (28 % of 32,000 services jobs, F090) x 157,750 / 130,000",
    }
    rest = (
        "share of what is left after Casablanca, Rabat and Fès by the geometric mean of services "
        "establishments and establishments of 50 or more (census 2024)"
    )
    return (
        f"region total: {how.get(code, rest)}; segments: national base tilted towards what parks "
        "host, fitted to both totals. No source counts offshoring jobs by region and segment"
    )


def jobs(current: list[Figure]) -> list[Figure]:
    """region/jobs.csv."""
    out = []
    for (code, s), n in sorted(allocation(current).items()):
        low, high = WIDE.get(code, (0.4, 1.8))
        spread = 1.0 if s in ("CRM", "ITO") else 1.3
        lo, hi = n * (1 - (1 - low) * spread), n * (1 + (high - 1) * spread)
        out.append(
            estimate(f"{code}/{s}", "jobs", n, max(0, round(lo)), round(hi), "jobs", note(code))
        )
    return out
