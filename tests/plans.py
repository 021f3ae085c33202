"""Plans made from instances alone, without atlas or scenario."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pandas as pd

from checks import EXACT
from hubselect.consistency import check_targets
from hubselect.errors import InfeasibleError
from hubselect.instance import Instance
from hubselect.plan import Facts, Plan
from hubselect.solving import Settings, Solved, solve_instance
from toy import random_instance


def random_plan(seed: int) -> Plan:
    """The plan of a random instance that something fits: of this seed or a later one."""
    while True:
        try:
            return plan_of(random_instance(seed))
        except InfeasibleError:
            seed += 1000


def plan_of(instance: Instance, **facts: Any) -> Plan:
    """The least-cost plan of an instance, certified; `facts` overrides what it says of itself."""
    return planned(instance, solve_instance(instance, EXACT), **facts)


def planned(instance: Instance, solved: Solved, **facts: Any) -> Plan:
    """A certified plan of an instance with these decisions."""
    stated: dict[str, Any] = {
        "scenario": "toy", "title": "Toy", "outcome": solved.outcome,
        "stopped_by": solved.stopped_by, "objective_mad": solved.objective * 1e6,
        "bound_mad": solved.bound * 1e6, "gap": solved.gap, "gap_asked": 0.0,
        "nodes": solved.nodes, "solve_seconds": solved.seconds, "seconds": solved.seconds,
        "solver": "HiGHS", "threads": 1, "seed": 0, "time_limit": 600.0,
        "columns": solved.columns, "rows": solved.rows, "nonzeros": solved.nonzeros,
        "versions": {}, "data_hash": "0" * 64, "scenario_hash": "0" * 64,
        "instance_hash": instance.hash, "created": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
    places = pd.DataFrame(
        {"lat": [33.0, 34.0, 33.1, 34.1], "lon": [-7.0, -5.0, -7.1, -5.1]},
        index=[*instance.basins, *instance.sites],
    )
    return Plan(
        facts=Facts(**{**stated, **facts}),
        instance=instance,
        decisions=solved.decisions,
        statements=check_targets(instance),
        places=places,
    ).certify()


@dataclass(frozen=True, eq=False)
class PosedToy:
    """What `planning.Posed` is, without atlas or scenario."""

    instance: Instance
    settings: Settings = EXACT

    @property
    def scenario(self) -> Any:
        """Name, title and whether to decompose."""
        solve, about = SimpleNamespace(decomposition=True), SimpleNamespace(title="Toy")
        return SimpleNamespace(name="toy", about=about, solve=solve)

    def plan(
        self, solved: Solved, *, seconds: float = 0.0, instance: Instance | None = None,
        statements: Any = None, title: str = "",
    ) -> Plan:  # fmt: skip
        """A certified plan with these decisions."""
        return planned(instance or self.instance, solved, seconds=seconds, title=title)
