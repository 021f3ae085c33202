"""Every shipped scenario at province level: cost, bound, gap, CPU and wall seconds.

    python benchmarks/province.py [SCENARIO=SECONDS ...]

Without arguments all scenarios, 600 s of wall clock each. Writes benchmarks/province_results.md,
one line as each scenario ends.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import hubselect as hs
from hubselect.errors import NoPlanError
from hubselect.planning import versions

HERE = Path(__file__).parent
HEAD = """# Shipped scenarios at province level

Written by `python benchmarks/province.py` on {about}. Two threads, single runs, each plan certified
by its audit. *Solve* is the search, which the limit is for; CPU and wall seconds are those of all,
from the scenario to the certified plan. Wall-clock seconds depend on what else runs.

| scenario | cost, MMAD | bound, MMAD | gap, % | asked, % | solve, s | CPU s | wall s | limit \
| outcome |
|---|---|---|---|---|---|---|---|---|---|
"""


def measured(regions: hs.Regions, name: str, limit: float) -> str:
    """One scenario's line of the table."""
    scenario = hs.Scenario.read(HERE / "scenarios" / f"{name}.toml")
    scenario = scenario.replace(solve__time_limit=limit)
    cpu, wall = time.process_time(), time.perf_counter()
    try:
        plan = hs.solve(regions, scenario)
    except NoPlanError:
        figures, outcome, solve = "– | – | –", "no plan found", limit
    else:
        facts = plan.facts
        cost, bound = facts.objective_mad / 1e6, (facts.bound_mad or float("nan")) / 1e6
        figures = f"{cost:,.1f} | {bound:,.1f} | {100 * (1 - bound / cost):.2f}"
        outcome, solve = facts.outcome, facts.solve_seconds
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    asked = 100 * scenario.solve.gap
    times = f"{solve:.0f} | {cpu:.0f} | {wall:.0f} | {limit:g}"
    return f"| {name} | {figures} | {asked:g} | {times} | {outcome} |"


def main() -> None:
    """Measure and write."""
    every = sorted(p.stem for p in (HERE / "scenarios").glob("*.toml"))
    asked = [text.partition("=") for text in sys.argv[1:] or every]
    stated = ", ".join(f"{name} {version}" for name, version in versions().items())
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
    about = f"{datetime.now(UTC):%Y-%m-%d}: {machine}; {stated}"
    regions, text = hs.Regions.morocco("province"), HEAD.format(about=about)
    for name, _, limit in asked:
        text += measured(regions, name, float(limit or 600)) + "\n"
        (HERE / "province_results.md").write_text(text)


if __name__ == "__main__":
    main()
