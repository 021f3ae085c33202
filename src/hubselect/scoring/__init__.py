"""Composite indices that survive an audit: any table, any tree of criteria.

Nothing here knows of hubs, seats or solvers. `evaluate(table, criteria)` gives `Scores`.
"""

from hubselect.scoring.criteria import Criteria, Leaf, Node
from hubselect.scoring.document import read_criteria
from hubselect.scoring.evaluation import evaluate
from hubselect.scoring.result import Scores

__all__ = ["Criteria", "Leaf", "Node", "Scores", "evaluate", "read_criteria"]
