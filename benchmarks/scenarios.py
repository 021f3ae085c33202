"""Solve every shipped scenario and write benchmarks/results.md: `python benchmarks/scenarios.py`.

One table: cost, bound, gap, jobs, exports, hubs, seats, cost per additional job, share of the
Casablanca-Rabat axis, time; with machine, versions and date. Options: scenario names, --time-limit.
"""

from __future__ import annotations

import argparse
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import hubselect as hs
from hubselect.planning import versions
from hubselect.scenario import shipped_names

RESULTS = Path(__file__).parent / "results.md"
AXIS = ("MA-04", "MA-06")
HEAD = (
    "scenario", "outcome", "cost bn MAD", "bound", "gap", "jobs", "exports bn MAD", "hubs",
    "desks", "seats", "MAD per additional job", "axis share", "solve s", "total s", "nodes",
)  # fmt: skip


def row(plan: hs.Plan) -> list[str]:
    """One line of the table."""
    facts, last = plan.facts, plan.national.iloc[-1]
    regions = plan.regions.set_index("region")
    added = regions["jobs_end"].sum() - regions["jobs_start"].sum()
    axis = regions["share_of_jobs_end"].reindex(list(AXIS)).sum()
    return [
        facts.scenario,
        facts.outcome,
        f"{facts.objective_mad / 1e9:.3f}",
        f"{(facts.bound_mad or 0) / 1e9:.3f}",
        f"{facts.gap:.2%}",
        f"{last['jobs']:,.0f}",
        f"{last['exports_mad_million'] / 1000:.1f}",
        f"{last['hubs_open']:.0f}",
        f"{regions['hub_workstations'].sum():,.0f}",
        f"{regions['seats'].sum():,.0f}",
        f"{facts.objective_mad / added:,.0f}",
        f"{axis:.1%}",
        f"{facts.solve_seconds:.1f}",
        f"{facts.seconds:.1f}",
        f"{facts.nodes:,}",
    ]


def main() -> None:
    """Solve and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=shipped_names())
    parser.add_argument("--time-limit", type=float, default=300.0)
    options = parser.parse_args()
    regions = hs.Regions.morocco()
    rows = []
    for name in options.names:
        scenario = hs.Scenario.named(name, overrides=[f"solve.time_limit={options.time_limit}"])
        plan = hs.solve(regions, scenario)
        rows.append(row(plan))
        print("  ".join(rows[-1]), flush=True)
    stated = ", ".join(f"{k} {v}" for k, v in versions().items())
    text = [
        "# Shipped scenarios, solved",
        "",
        f"Written by `python benchmarks/scenarios.py` on {datetime.now(UTC):%Y-%m-%d}. Machine: "
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}. {stated}. Single "
        f"runs, one thread, the gap each scenario asks for, limit {options.time_limit:.0f} s.",
        "",
        "| " + " | ".join(HEAD) + " |",
        "|" + "---|" * len(HEAD),
        *("| " + " | ".join(cells) + " |" for cells in rows),
    ]
    RESULTS.write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
