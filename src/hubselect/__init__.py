"""hubselect: where to open Tech Valley Offshoring hubs and fund training seats, at least cost.

regions → scenario → score → solve → plan::

    import hubselect as hs

    regions = hs.Regions.morocco()
    scenario = hs.Scenario.named("tech-valley-2030")
    plan = hs.solve(regions, scenario)
    plan.write("plan")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hubselect import locate
    from hubselect.errors import (
        CertificateError,
        DataError,
        HubselectError,
        InfeasibleError,
        InputError,
        NoPlanError,
        ScenarioError,
        SolverError,
        UnboundedError,
    )
    from hubselect.explore.answers.alternatives import alternatives
    from hubselect.explore.answers.frontier import frontier
    from hubselect.explore.answers.prices import prices
    from hubselect.explore.answers.why import why, why_all
    from hubselect.explore.conflict.diagnosis import Diagnosis, conflict
    from hubselect.explore.futures.calendar import Calendar, calendar
    from hubselect.explore.futures.extensive import Measure
    from hubselect.explore.futures.named import Futures
    from hubselect.explore.futures.portfolio import Portfolio, portfolio
    from hubselect.explore.futures.stress import Stress, stress
    from hubselect.explore.futures.two_stage import TwoStage, two_stage
    from hubselect.explore.plans.assumptions import assumptions
    from hubselect.explore.plans.compare import compare
    from hubselect.explore.plans.replan import replan
    from hubselect.explore.plans.siloed import siloed
    from hubselect.explore.sweep import Sweep, sweep
    from hubselect.plan import Plan
    from hubselect.planning import solve
    from hubselect.regions import Regions
    from hubselect.scenario import Scenario
    from hubselect.score_regions import score
    from hubselect.scoring import Scores

__version__ = "0.1.0"

__all__ = [
    "Calendar",
    "CertificateError",
    "DataError",
    "Diagnosis",
    "Futures",
    "HubselectError",
    "InfeasibleError",
    "InputError",
    "Measure",
    "NoPlanError",
    "Plan",
    "Portfolio",
    "Regions",
    "Scenario",
    "ScenarioError",
    "Scores",
    "SolverError",
    "Stress",
    "Sweep",
    "TwoStage",
    "UnboundedError",
    "alternatives",
    "assumptions",
    "calendar",
    "compare",
    "conflict",
    "frontier",
    "locate",
    "portfolio",
    "prices",
    "replan",
    "score",
    "siloed",
    "solve",
    "stress",
    "sweep",
    "two_stage",
    "why",
    "why_all",
]

# loaded when first used: the command line answers --help without geopandas or a solver
_HOMES = {
    "Calendar": "explore.futures.calendar",
    "Diagnosis": "explore.conflict.diagnosis",
    "Futures": "explore.futures.named",
    "Measure": "explore.futures.extensive",
    "Portfolio": "explore.futures.portfolio",
    "portfolio": "explore.futures.portfolio",
    "Stress": "explore.futures.stress",
    "TwoStage": "explore.futures.two_stage",
    "calendar": "explore.futures.calendar",
    "stress": "explore.futures.stress",
    "two_stage": "explore.futures.two_stage",
    "conflict": "explore.conflict.diagnosis",
    "alternatives": "explore.answers.alternatives",
    "frontier": "explore.answers.frontier",
    "prices": "explore.answers.prices",
    "why": "explore.answers.why",
    "why_all": "explore.answers.why",
    "Plan": "plan",
    "Regions": "regions",
    "Scenario": "scenario",
    "Scores": "scoring",
    "Sweep": "explore.sweep",
    "assumptions": "explore.plans.assumptions",
    "compare": "explore.plans.compare",
    "replan": "explore.plans.replan",
    "score": "score_regions",
    "siloed": "explore.plans.siloed",
    "solve": "planning",
    "sweep": "explore.sweep",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'hubselect' has no attribute '{name}'")
    if name == "locate":
        return import_module("hubselect.locate")
    return getattr(import_module(f"hubselect.{_HOMES.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    return __all__
