"""What happens in a future, as a certified plan whose promises are restated as they are kept."""

from __future__ import annotations

from typing import Literal

from hubselect.decisions import Decisions
from hubselect.explore.futures.extensive import Answer
from hubselect.explore.futures.stages import World
from hubselect.instance import Floats, Instance
from hubselect.ledger import ledger, objective
from hubselect.plan import Plan
from hubselect.planning import Posed
from hubselect.solving import Solved
from hubselect.solving.highs import relative_gap

EDGE = 1e-6  # of a figure: a promise restated at its very edge is restated with this much room


def broken_instance(world: World, x: Floats, decisions: Decisions) -> Instance:
    """The future's instance with every broken promise restated as what is kept."""
    instance = world.instance
    for clause, slack in zip(world.soft, world.slack(x), strict=True):
        if slack > 0 and clause.change is not None:
            kept = clause.value + clause.sense * slack * clause.scale
            if clause.ratio is not None:
                kept = clause.ratio(world.instance, decisions)
            # a mean or share moves as little as solvers' noise in what it is made of
            room = clause.sense * EDGE * max(abs(kept), clause.scale if clause.ratio is None else 1)
            instance = clause.change(instance, max(kept + room, 0.0))
    return instance


def outcome_plan(
    posed: Posed, world: World, x: Floats, answer: Answer, stopped_by: str = ""
) -> Plan:
    """A certified plan of what happens; its cost is that of its ledger, without prices of promises.

    Nothing is proven of it alone: the gap is that of the program it is part of.

    Raises:
        CertificateError: it breaks the future's rules.
    """
    decisions = world.decisions(x)
    instance = broken_instance(world, x, decisions)
    cost = objective(ledger(instance, decisions))
    gap = relative_gap(answer.objective, answer.bound)
    outcome: Literal["proven", "feasible"] = "feasible"
    solved = Solved(
        decisions=decisions, outcome=outcome, stopped_by=stopped_by or "gap", objective=cost,
        bound=float("-inf"), gap=gap, nodes=0, seconds=answer.seconds,
        columns=len(world.arrays.columns), rows=len(world.arrays.rows),
        nonzeros=int(world.arrays.matrix.nnz),
    )  # fmt: skip
    return posed.plan(
        solved, seconds=answer.seconds, instance=instance, title=f"In the future '{world.name}'"
    )
