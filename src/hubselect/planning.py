"""solve(): the whole line from regions and a scenario to a certified plan."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pandas as pd

from hubselect.assemble import assemble
from hubselect.catchments import gather
from hubselect.consistency import check_targets
from hubselect.plan import Facts, Plan
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.score_regions import score
from hubselect.scoring import Scores
from hubselect.solving import Progress, Settings, Solved, solve_instance


def solve(
    regions: Regions,
    scenario: Scenario,
    *,
    scores: Scores | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Plan:
    """Least-cost plan of a scenario, certified by its audit.

    Args:
        scores: scores of the regions; computed from the scenario when not given.
        progress: called about ten times a second with incumbent, bound and gap.

    At commune level every commune is scored, and planned with the nearest commune that has a site.
    A time limit or Ctrl-C gives the best plan so far, with outcome 'feasible'.

    Raises:
        ScenarioError, DataError: wrong input; every problem is listed.
        InfeasibleError: proven; names the policy families in conflict.
        UnboundedError, NoPlanError, SolverError, CertificateError: see hubselect.errors.
    """
    began = time.perf_counter()
    scores = score(regions, scenario) if scores is None else scores
    if regions.level == "commune":
        regions = gather(regions)
    instance = assemble(regions, scenario, scores)
    statements = check_targets(instance)
    options = scenario.solve
    settings = Settings(options.gap, options.time_limit, options.threads, options.seed)
    switches = {
        "national_capacity": options.national_capacity,
        "floor_cover": options.floor_cover,
    }
    solved = solve_instance(
        instance,
        settings,
        solver=options.solver,
        without=[name for name, on in switches.items() if not on],
        decomposed=options.decomposition,
        progress=progress,
    )
    facts = _facts(regions, scenario, instance.hash, solved, time.perf_counter() - began)
    plan = Plan(
        facts=facts,
        instance=instance,
        decisions=solved.decisions,
        statements=statements,
        scenario=scenario.to_dict(),
        scores=scores.table,
        places=_places(regions, instance.basins, instance.sites),
        geometry=regions.geometry,
    )
    return plan.certify()


def _facts(
    regions: Regions, scenario: Scenario, instance_hash: str, solved: Solved, seconds: float
) -> Facts:
    options = scenario.solve
    return Facts(
        scenario=scenario.name,
        title=scenario.about.title,
        outcome=solved.outcome,
        stopped_by=solved.stopped_by,
        objective_mad=solved.objective * 1e6,
        bound_mad=solved.bound * 1e6 if np.isfinite(solved.bound) else None,
        gap=solved.gap if np.isfinite(solved.gap) else None,
        gap_asked=options.gap,
        nodes=solved.nodes,
        solve_seconds=solved.seconds,
        seconds=seconds,
        solver=options.solver,
        threads=options.threads,
        seed=options.seed,
        time_limit=options.time_limit,
        columns=solved.columns,
        rows=solved.rows,
        nonzeros=solved.nonzeros,
        versions=versions(),
        data_hash=regions.hash,
        scenario_hash=scenario.hash,
        instance_hash=instance_hash,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def versions() -> dict[str, str]:
    """Versions of Python and of the packages a result depends on."""
    found = {"python": platform.python_version()}
    for package in ("hubselect", "pulp", "highspy", "numpy", "scipy", "pandas", "geopandas"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found


def _places(regions: Regions, basins: tuple[str, ...], sites: tuple[str, ...]) -> pd.DataFrame:
    """Latitude and longitude of every basin's main place and every site; index: their ids."""
    main = regions.table("basins").loc[list(basins), ["capital_lat", "capital_lon"]]
    where = regions.table("sites").loc[list(sites), ["lat", "lon"]]
    return pd.concat(
        [main.set_axis(["lat", "lon"], axis=1), where.set_axis(["lat", "lon"], axis=1)]
    ).astype(float)
