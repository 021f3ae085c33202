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
    from hubselect.explore.alternatives import alternatives
    from hubselect.explore.assumptions import assumptions
    from hubselect.explore.calendar import Calendar, calendar
    from hubselect.explore.compare import compare
    from hubselect.explore.diagnosis import Diagnosis, conflict
    from hubselect.explore.extensive import Measure
    from hubselect.explore.frontier import frontier
    from hubselect.explore.futures import Futures
    from hubselect.explore.portfolio import Portfolio, portfolio
    from hubselect.explore.prices import prices
    from hubselect.explore.replan import replan
    from hubselect.explore.siloed import siloed
    from hubselect.explore.stress import Stress, stress
    from hubselect.explore.sweep import Sweep, sweep
    from hubselect.explore.two_stage import TwoStage, two_stage
    from hubselect.explore.why import why, why_all
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
    "Calendar": "explore.calendar",
    "Diagnosis": "explore.diagnosis",
    "Futures": "explore.futures",
    "Measure": "explore.extensive",
    "Portfolio": "explore.portfolio",
    "portfolio": "explore.portfolio",
    "Stress": "explore.stress",
    "TwoStage": "explore.two_stage",
    "calendar": "explore.calendar",
    "stress": "explore.stress",
    "two_stage": "explore.two_stage",
    "conflict": "explore.diagnosis",
    "alternatives": "explore.alternatives",
    "frontier": "explore.frontier",
    "prices": "explore.prices",
    "why": "explore.why",
    "why_all": "explore.why",
    "Plan": "plan",
    "Regions": "regions",
    "Scenario": "scenario",
    "Scores": "scoring",
    "Sweep": "explore.sweep",
    "assumptions": "explore.assumptions",
    "compare": "explore.compare",
    "replan": "explore.replan",
    "score": "score_regions",
    "siloed": "explore.siloed",
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
