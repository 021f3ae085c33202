"""The independent certificate: every equation of docs/model.md recomputed from a plan's tables.

Written from the document with numpy: no solver, nothing from the model room. A violation is
how far a row is from holding, relative to max(1, |right-hand side|).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hubselect.audit.physics import PHYSICS
from hubselect.audit.policy import POLICY
from hubselect.audit.sheet import Checked, Sheet
from hubselect.instance import Instance
from hubselect.ledger import objective

__all__ = ["CHECKS", "TOLERANCE", "Audit", "audit"]

TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Audit:
    """Certificate of a plan: worst violation by family, and the recomputed cost."""

    table: pd.DataFrame  # family, rows, max_violation, where
    objective: float  # MMAD, from the ledger
    objective_error: float  # |ledger − claimed| / max(1, |claimed|)

    @property
    def max_violation(self) -> float:
        """Worst relative violation of any row, the cost's included."""
        return max(float(self.table["max_violation"].max()), self.objective_error)

    @property
    def passed(self) -> bool:
        """Whether everything holds within the tolerance of 1e-6."""
        return self.max_violation <= TOLERANCE

    def to_dict(self) -> dict[str, object]:
        """JSON-ready copy."""
        return {
            "passed": self.passed,
            "max_violation": self.max_violation,
            "objective_mad": self.objective * 1e6,
            "objective_error": self.objective_error,
            "families": self.table.to_dict("records"),
        }


def audit(i: Instance, tables: Mapping[str, pd.DataFrame], claimed: float) -> Audit:
    """Recompute every family and the cost of a plan from its decision tables.

    Args:
        claimed: the objective the plan states [MMAD].
    """
    sheet = Sheet(i, tables)
    rows = []
    for family, check in CHECKS.items():
        gaps, places = check(sheet)
        gaps = np.nan_to_num(gaps, nan=np.inf, posinf=np.inf)
        worst = int(np.argmax(gaps)) if len(gaps) else -1
        bad = worst >= 0 and gaps[worst] > TOLERANCE
        rows.append(
            {
                "family": family,
                "rows": len(gaps),
                "max_violation": float(max(gaps[worst], 0.0)) if worst >= 0 else 0.0,
                "where": places(worst) if bad else "",
            }
        )
    recomputed = objective(sheet.costs)
    error = abs(recomputed - claimed) / max(1.0, abs(claimed))
    return Audit(pd.DataFrame(rows), recomputed, error)


# one check a family of docs/model.md, in its order, after the domain
CHECKS: Mapping[str, Callable[[Sheet], Checked]] = {
    check.__name__.removeprefix("_"): check for check in (*PHYSICS, *POLICY)
}
