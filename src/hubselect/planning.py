"""solve(): the whole line from regions and a scenario to a certified plan."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pandas as pd

from hubselect.assemble import assemble, unknown_names
from hubselect.catchments import gather
from hubselect.consistency import Statement, check_targets
from hubselect.errors import InfeasibleError, ScenarioError
from hubselect.instance import Instance
from hubselect.plan import Facts, Plan
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.score_regions import score
from hubselect.scoring import Scores
from hubselect.solving import Progress, Settings, Solved, solve_instance


@dataclass(frozen=True, eq=False)
class Posed:
    """A scenario on regions, assembled into an instance and not yet solved."""

    regions: Regions  # at commune level those that have a site
    scenario: Scenario
    scores: Scores
    instance: Instance

    @property
    def settings(self) -> Settings:
        """How the scenario asks to be solved."""
        options = self.scenario.solve
        return Settings(options.gap, options.time_limit, options.threads, options.seed)

    def plan(
        self,
        solved: Solved,
        *,
        seconds: float,
        instance: Instance | None = None,
        statements: tuple[Statement, ...] | None = None,
        title: str = "",
    ) -> Plan:
        """A certified plan with these decisions, for the instance or a changed one.

        Raises:
            CertificateError: the decisions break the instance.
        """
        instance = self.instance if instance is None else instance
        facts = _facts(self.regions, self.scenario, instance.hash, solved, seconds)
        return Plan(
            facts=facts.model_copy(update={"title": title}) if title else facts,
            instance=instance,
            decisions=solved.decisions,
            statements=check_targets(instance) if statements is None else statements,
            scenario=self.scenario.to_dict(),
            scores=self.scores.table,
            places=_places(self.regions, instance.basins, instance.sites),
            geometry=self.regions.geometry,
        ).certify()


def pose(regions: Regions, scenario: Scenario, *, scores: Scores | None = None) -> Posed:
    """Score and assemble a scenario; at commune level communes are gathered around sites.

    Raises:
        ScenarioError, DataError: wrong input; every problem is listed.
    """
    regions = regions.extended(scenario.additions)
    scores = _scores(regions, scenario) if scores is None else scores
    if regions.level == "commune":
        regions = gather(regions)
    return Posed(regions, scenario, scores, assemble(regions, scenario, scores))


def solve(
    regions: Regions,
    scenario: Scenario,
    *,
    scores: Scores | None = None,
    checked: Callable[[tuple[Statement, ...]], None] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Plan:
    """Least-cost plan of a scenario, certified by its audit.

    Args:
        scores: scores of the regions; computed from the scenario when not given.
        checked: told before solving whether the targets agree with what is possible.
        progress: called about ten times a second with incumbent, bound and gap.

    At commune level every commune is scored, and planned with the nearest commune that has a site.
    A time limit or Ctrl-C gives the best plan so far, with outcome 'feasible'.

    Raises:
        ScenarioError, DataError: wrong input; every problem is listed.
        InfeasibleError: proven; names the policy families in conflict.
        UnboundedError, NoPlanError, SolverError, CertificateError: see hubselect.errors.
    """
    began = time.perf_counter()
    posed = pose(regions, scenario, scores=scores)
    instance = posed.instance
    statements = check_targets(instance)
    if checked is not None:
        checked(statements)
    options = scenario.solve
    switches = {
        "national_capacity": options.national_capacity,
        "floor_cover": options.floor_cover,
    }
    try:
        solved = solve_instance(
            instance,
            posed.settings,
            solver=options.solver,
            without=[*options.without, *(name for name, on in switches.items() if not on)],
            decomposed=options.decomposition,
            progress=progress,
        )
    except InfeasibleError as error:
        shown = [f"{s.subject}: {s.arithmetic}" for s in statements if s.verdict == "contradicts"]
        message = f"{error}; hubselect.conflict (`hubselect conflict`) names the statements"
        raise InfeasibleError(message, error.families, shown) from None
    return posed.plan(solved, seconds=time.perf_counter() - began, statements=statements)


def _scores(regions: Regions, scenario: Scenario) -> Scores:
    """Scores of a scenario; problems of its weights and of its names are told together."""
    try:
        return score(regions, scenario)
    except ScenarioError as error:
        problems = [replace(p, where=_with_origin(scenario, p.where)) for p in error.problems]
        raise ScenarioError([*problems, *unknown_names(regions, scenario)]) from None


def _with_origin(scenario: Scenario, where: str) -> str:
    origin = scenario.origin(where.split(maxsplit=1)[0])
    return where if origin == "default" else f"{origin} {where}"


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
        # other solvers are not told: nothing is claimed of them
        threads=options.threads if options.solver == "HiGHS" else None,
        seed=options.seed if options.solver == "HiGHS" else None,
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
    for package in (
        "hubselect",
        "pulp",
        "highspy",
        "pyscipopt",
        "numpy",
        "scipy",
        "pandas",
        "geopandas",
    ):
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
