"""A plan laid open: its model compiled once, to be solved again with something changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from hubselect.arrays import Arrays
from hubselect.errors import refuse_outside
from hubselect.instance import Floats, Instance
from hubselect.plan import Plan
from hubselect.solving import (
    Compiled,
    Memory,
    Progress,
    Run,
    Settings,
    Solved,
    solve_compiled,
)


@dataclass(frozen=True, eq=False)
class Workbench:
    """A plan, its compiled instance, what earlier solves taught, and how to solve again.

    The memory grows with every solve. Nothing else changes.
    """

    plan: Plan
    compiled: Compiled
    memory: Memory
    settings: Settings

    @classmethod
    def of(
        cls, plan: Plan, *, gap: float | None = None, time_limit: float | None = None
    ) -> Workbench:
        """Compile the instance a plan carries; gap and limit [s] are the plan's unless given.

        Raises:
            ScenarioError: a gap outside 0 to 1, or a negative limit.
        """
        refuse_outside(gap=(gap, 0.0, 1.0), time_limit=(time_limit, 0.0, np.inf))
        facts = plan.facts
        settings = Settings(
            gap=facts.gap_asked if gap is None else gap,
            time_limit=facts.time_limit if time_limit is None else time_limit,
            threads=facts.threads or 1,
            seed=facts.seed or 0,
        )
        compiled = Compiled.of(plan.instance)
        memory = compiled.memory()
        memory.keep_map(hub_map(compiled, plan.decisions.installed))
        return cls(plan, compiled, memory, settings)

    @property
    def instance(self) -> Instance:
        """The instance of the plan."""
        return self.compiled.instance

    @property
    def cost(self) -> float:
        """Cost of the plan, MMAD."""
        return self.plan.facts.objective_mad / 1e6

    @property
    def bound(self) -> float:
        """Proven lower bound on any plan's cost, MMAD; −inf where none is known."""
        known = self.plan.facts.bound_mad
        return -np.inf if known is None else known / 1e6

    def solve(
        self,
        arrays: Arrays | None = None,
        *,
        gap: float | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Solved:
        """Solve the plan's arrays, or a changed copy of them.

        Raises:
            InfeasibleError: proven that nothing fits (no family is named here).
            NoPlanError, SolverError, UnboundedError: as `solve_instance`.
        """
        settings = self.settings if gap is None else replace(self.settings, gap=gap)
        run = Run(settings, self.memory, progress=progress)
        return solve_compiled(self.compiled, run, arrays=arrays, blame=False)

    def plan_from(self, solved: Solved, *, instance: Instance | None = None, title: str) -> Plan:
        """A plan with these decisions, certified against the instance (or a changed one).

        Only for decisions whose objective is the instance's own cost.

        Raises:
            CertificateError: the decisions break the instance.
        """
        instance = self.instance if instance is None else instance
        facts = self.plan.facts.model_copy(
            update={
                "title": title,
                "outcome": solved.outcome,
                "stopped_by": solved.stopped_by,
                "objective_mad": solved.objective * 1e6,
                "bound_mad": solved.bound * 1e6 if np.isfinite(solved.bound) else None,
                "gap": solved.gap if np.isfinite(solved.gap) else None,
                "gap_asked": self.settings.gap,
                "nodes": solved.nodes,
                "solve_seconds": solved.seconds,
                "seconds": solved.seconds,
                "columns": solved.columns,
                "rows": solved.rows,
                "nonzeros": solved.nonzeros,
                "instance_hash": instance.hash,
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
            }
        )
        changed = replace(self.plan, facts=facts, instance=instance, decisions=solved.decisions)
        return changed.certify()


def hub_map(compiled: Compiled, installed: Floats) -> Floats:
    """Values of the columns of hubs, in their order, from z [H,K,T]."""
    values = np.zeros(len(compiled.arrays.columns))
    for key, column in compiled.columns("installed").items():
        values[column] = installed[key]
    return values[compiled.arrays.hubs]
