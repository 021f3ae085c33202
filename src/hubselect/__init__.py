"""hubselect: where to open Tech Valley Offshoring hubs and fund training seats, at least cost.

regions → scenario → score → solve → plan::

    import hubselect as hs

    regions = hs.Regions.morocco()
    scenario = hs.Scenario.named("tech-valley-2030")
    plan = hs.solve(regions, scenario)
    plan.write("plan")
"""

from hubselect.assemble import assemble
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
from hubselect.plan import Plan
from hubselect.planning import solve
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.score_regions import score
from hubselect.scoring import Scores

__version__ = "0.1.0"

__all__ = [
    "CertificateError",
    "DataError",
    "HubselectError",
    "InfeasibleError",
    "InputError",
    "NoPlanError",
    "Plan",
    "Regions",
    "Scenario",
    "ScenarioError",
    "Scores",
    "SolverError",
    "UnboundedError",
    "assemble",
    "score",
    "solve",
]
