"""A plan next to the best each payer could hope for: what agreeing on one plan costs whom."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from hubselect.instance import PAYERS
from hubselect.ledger import ledger
from hubselect.plan import Plan
from hubselect.solving import Progress, Settings, solve_instance


def payer_optima(plan: Plan, *, progress: Callable[[Progress], None] | None = None) -> pd.DataFrame:
    """For each payer: its cost in this plan, and the least it could be under the same rules.

    The least is the optimum of the plan's instance with that payer alone in the objective, at the
    plan's gap. Present values; lines that are never counted (tax given up) stay out unless the
    scenario counts them.

    Columns: payer, mad_million, least_mad_million, bound_mad_million (no plan costs this payer
    less), more_mad_million_low and more_mad_million_high: what this plan costs the payer above its
    own optimum, as far as the gap allows.

    Raises:
        NoPlanError, SolverError: as `solve`.
    """
    facts, rows = plan.facts, []
    settings = Settings(facts.gap_asked, facts.time_limit, facts.threads or 1, facts.seed or 0)
    for payer in PAYERS:
        alone = plan.instance.replace(payers=(payer,))
        costs = ledger(alone, plan.decisions)
        paid = float(costs.loc[costs["counted"], "discounted_mad_million"].sum())
        solved = solve_instance(alone, settings, progress=progress)
        least = min(solved.objective, paid)
        bound = min(solved.bound, least) if np.isfinite(solved.bound) else -np.inf
        rows.append((payer, paid, least, bound, max(paid - least, 0.0), paid - bound))
    columns = [
        "payer", "mad_million", "least_mad_million", "bound_mad_million", "more_mad_million_low",
        "more_mad_million_high",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
