"""Before solving: do the stated targets and rules agree with each other and with what is possible?

Each statement is compared with a bound that ignores everything else, so 'contradicts' is
proof, 'slack' is proof, and 'may bind' says that only the model can tell.
"""

from __future__ import annotations

from hubselect.consistency.rules import check_rules
from hubselect.consistency.statement import Statement, Verdict
from hubselect.consistency.targets import check_against_bounds
from hubselect.instance import Instance

__all__ = ["Statement", "Verdict", "check_targets"]


def check_targets(i: Instance) -> tuple[Statement, ...]:
    """Compare every target, floor, ceiling, budget and hub rule with simple proven bounds."""
    return (*check_against_bounds(i), *check_rules(i))
