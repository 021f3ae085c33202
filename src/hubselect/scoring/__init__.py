"""Composite indices that survive an audit: any table, any tree of criteria.

Nothing here knows of hubs, seats or solvers. `evaluate(table, criteria)` gives `Scores`; what asks
questions of scores (`robustness`, `audit`, `cross_checks`, …) takes them as its first argument.
"""

from hubselect.scoring.acceptability import Robustness, robustness
from hubselect.scoring.auditing import Audit, audit, effective_weights
from hubselect.scoring.criteria import Criteria
from hubselect.scoring.crosschecks import cross_checks
from hubselect.scoring.document import read_criteria
from hubselect.scoring.evaluation import evaluate
from hubselect.scoring.pipeline import freeze_goalposts
from hubselect.scoring.result import Scores
from hubselect.scoring.sensitivity import leaf_removal, method_sensitivity, rank_reversal
from hubselect.scoring.tree import Leaf, Node

__all__ = [
    "Audit",
    "Criteria",
    "Leaf",
    "Node",
    "Robustness",
    "Scores",
    "audit",
    "cross_checks",
    "effective_weights",
    "evaluate",
    "freeze_goalposts",
    "leaf_removal",
    "method_sensitivity",
    "rank_reversal",
    "read_criteria",
    "robustness",
]
