"""When nothing fits: which policy families are in conflict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hubselect.arrays import Arrays
from hubselect.errors import InfeasibleError, SolverError
from hubselect.model import FAMILIES
from hubselect.solving import highs
from hubselect.solving.highs import Settings


def blamed(arrays: Arrays, family_of_row: Sequence[str], settings: Settings) -> InfeasibleError:
    """The error naming a smallest set of policy families that cannot hold together.

    Deletion filter: drop one family after the other; what cannot be dropped without the rest
    becoming feasible stays. Physics is never dropped. Strengthening rows go first, since they
    are implied by the families they stand for.
    """
    strength = [name for name, f in FAMILIES.items() if f.kind == "strength"]
    present = set(family_of_row)
    policy = [name for name, f in FAMILIES.items() if f.kind == "policy" and name in present]
    kept = list(policy)
    settings = replace(settings, time_limit=settings.time_limit / (len(policy) + 1))
    relaxed = not _feasible(arrays, family_of_row, strength, settings, relaxed=True)
    for name in policy:
        dropped = [*strength, *(f for f in policy if f not in kept or f == name)]
        if not _feasible(arrays, family_of_row, dropped, settings, relaxed=relaxed):
            kept.remove(name)
    if not kept:
        return InfeasibleError("the data alone admit no plan: no policy is to blame")
    listed = ", ".join(kept)
    verb = "cannot hold" if len(kept) == 1 else "cannot hold together"
    return InfeasibleError(f"no plan exists: {listed} {verb}", kept)


def _feasible(
    arrays: Arrays,
    family_of_row: Sequence[str],
    dropped: Sequence[str],
    settings: Settings,
    *,
    relaxed: bool,
) -> bool:
    loose = np.isin(np.array(family_of_row, dtype=object), np.array(dropped, dtype=object))
    trial = replace(
        arrays,
        cost=np.zeros_like(arrays.cost),
        row_lower=np.where(loose, -np.inf, arrays.row_lower),
        row_upper=np.where(loose, np.inf, arrays.row_upper),
    )
    try:
        if relaxed:
            # simplex may take minutes to see that an LP has no solution
            solver = highs.Watched(trial, settings, relaxed=True)
            solver.option("solver", "ipx")
            solver.option("run_crossover", "off")
            state = solver.run(settings.time_limit, None).state
        else:
            state = highs.run(trial, settings).state
    except SolverError:
        state = "limit"
    if state == "interrupted":
        raise KeyboardInterrupt
    # a limit or a failure proves nothing: the family then stays among the suspects
    return state != "infeasible"
