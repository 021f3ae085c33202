"""One first stage replayed in a drawn future: an LP around the plan's hubs, seats and places."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hubselect.arrays import Arrays
from hubselect.errors import SolverError
from hubselect.explore.draws import Draws
from hubselect.explore.futures.outcomes import broken_instance
from hubselect.explore.futures.stages import Stage, World, around, first_of, world_of
from hubselect.instance import Floats, Instance
from hubselect.ledger import ledger, objective
from hubselect.plan import Plan
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.scoring import Scores
from hubselect.solving import Compiled, Settings, highs, strength_families
from hubselect.solving.reduction import reduce
from hubselect.solving.template import RestructuredError, Template


@dataclass(frozen=True, eq=False)
class Replay:
    """A plan's first stage, ready to be replayed in futures of the same structure.

    Every future is solved from nothing, so that its result depends on nothing but the future: the
    basis of the last future, or of the plan's own, saved no time where figures differ much. Staff
    by segment is left out of the model and worked out for what is audited; this halves the time.
    """

    plan: Plan
    stage: Stage
    world: World
    template: Template
    first: Floats
    job_price: float
    settings: Settings

    @classmethod
    def of(cls, plan: Plan, stage: Stage, job_price: float) -> Replay:
        """Compile a plan's instance and solve its own future."""
        without = strength_families()
        compiled = Compiled.of(plan.instance, without=without)
        world = world_of(compiled, compiled.arrays, "as stated", 1.0, stage, job_price)
        first = first_of(world, plan.decisions, stage)
        template = Template.of(compiled, without=without)
        return cls(plan, stage, world, template, first, job_price, Settings())

    def inside(self, instance: Instance) -> World:
        """The future's model: restated over the plan's, or anew where it has other columns."""
        try:
            arrays = self.template.arrays(instance)
        except RestructuredError:
            compiled = Compiled.of(instance, without=strength_families())
            name = self.world.name
            return world_of(compiled, compiled.arrays, name, 1.0, self.stage, self.job_price)
        return around(self.world, instance, arrays, self.stage)

    def solve(self, world: World, *, staff: bool = True) -> Floats:
        """Values of the future's columns at least cost, the first stage fixed.

        `staff`: with the staff by segment, which costs nothing; else it is left at 0.

        Raises:
            SolverError: the future has no recourse, although shortfalls are priced.
        """
        fixed = world.arrays.with_bounds(world.shared, self.first, self.first)
        reduced = reduce(fixed)
        x = self._least(reduced.arrays)
        if staff:
            full = reduced.restore(x, self.settings)
            # the LP's own rounding may leave no staff that adds up: then the model as it is
            return self._least(fixed) if full is None else full
        full = np.zeros(len(fixed.columns))
        full[reduced.kept] = x
        return full

    def _least(self, arrays: Arrays) -> Floats:
        result = highs.run(arrays, self.settings, relaxed=True)
        if result.state == "interrupted":
            raise KeyboardInterrupt
        if result.state != "optimal" or result.x is None:
            raise SolverError(f"a drawn future has no recourse ({result.state})")
        return result.x

    def outcome(self, instance: Instance, *, certify: bool = False) -> dict[str, float]:
        """Cost and shortfalls in a future: MMAD, heads, and each broken promise by key.

        With `certify`, what happens there is audited against the future's rules.

        Raises:
            CertificateError: it breaks them.
        """
        world = self.inside(instance)
        x = self.solve(world, staff=certify)
        cost = float(world.arrays.cost @ x + world.arrays.offset)
        penalty = world.penalty(x)
        if certify:
            self._certify(world, x)
        return {
            "cost_mmad": cost - penalty,
            "penalty_mmad": penalty,
            "jobs": float(world.decisions(x).jobs[:, :, -1].sum()),
            "jobs_missing": float(world.missing @ x),
            "seats_empty": self._empty(world, x),
            **{f"broken {key}": value for key, value in world.short(x).items()},
        }

    def _certify(self, world: World, x: Floats) -> None:
        decisions = world.decisions(x)
        instance = broken_instance(world, x, decisions)
        cost = objective(ledger(instance, decisions))
        facts = self.plan.facts.model_copy(
            update={"objective_mad": cost * 1e6, "bound_mad": None, "gap": None,
                    "outcome": "feasible", "instance_hash": instance.hash}
        )  # fmt: skip
        replace(self.plan, facts=facts, instance=instance, decisions=decisions).certify()

    def _empty(self, world: World, x: Floats) -> float:
        """Seats offered in the first stage that nobody takes, heads."""
        i, years = world.instance, self.stage.year + 1
        offered = len(i.basins) * len(i.programmes) * years
        columns = world.shared[len(world.shared) - 2 * offered : len(world.shared) - offered]
        taken = world.decisions(x).seats[:, :, :years].sum()
        return max(float(x[columns].sum() - taken), 0.0)


@dataclass(frozen=True, eq=False)
class Job:
    """All that a process needs to replay a block of draws."""

    plan: Plan
    stage: Stage
    job_price: float
    regions: Regions
    scenario: Scenario
    scores: Scores
    draws: Draws
    certify: int  # every so-many-th draw is audited


def replay_block(job: Job, numbers: range) -> list[dict[str, float]]:
    """Outcomes of some draws."""
    from hubselect.assemble import assemble

    replay = Replay.of(job.plan, job.stage, job.job_price)
    found = []
    for n in numbers:
        regions, scenario = job.draws.future(job.regions, job.scenario, n)
        instance = assemble(regions, scenario, job.scores)
        certify = job.certify > 0 and n % job.certify == 0
        found.append({"future": float(n), **replay.outcome(instance, certify=certify)})
    return found
