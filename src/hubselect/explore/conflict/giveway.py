"""What gives way first: relaxation level by level in an order the planner sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hubselect.errors import Problem, ScenarioError, nearest
from hubselect.explore.conflict.clause import Clause
from hubselect.explore.conflict.elastic import TIGHT, Relaxed, relax
from hubselect.explore.conflict.repairs import EXACT, Bench, Repair, reached, repaired
from hubselect.instance import Floats

DEFAULT = (
    "quality_floor",
    "minimum_use",
    "rival_sites",
    "regional_ceiling",
    "milestone",
    "openings_per_year",
    "max_open",
    "coverage",
    "regional_floor",
    "gate",
    "fix",
    "budget",
    "budget_total",
    "export_target",
    "job_target",
    "demand",
)
"""The first gives way first. `milestone`: job targets before the last. What the market takes is
stated last: it is no planner's to change."""


def levels(clauses: Sequence[Clause], order: Sequence[str] | None) -> list[list[int]]:
    """Positions of the clauses by level, what gives way first in front.

    `order` names groups (families, or 'milestone') or single statements by key; groups it leaves
    out come behind it in the default order, so they give way later.

    Raises:
        ScenarioError: `order` names neither a group nor a statement.
    """
    groups = list(dict.fromkeys([*DEFAULT, *(c.group for c in clauses)]))
    keys = [c.key for c in clauses]
    stated = list(order or ())
    problems = [
        Problem(f"giveway '{name}'", "is neither a kind of statement nor a statement", "",
                nearest(name, [*groups, *keys]))
        for name in stated if name not in groups and name not in keys
    ]  # fmt: skip
    if problems:
        raise ScenarioError(problems)
    found, taken = [], set[int]()
    single = {name for name in stated if name in keys}
    for name in [*stated, *(g for g in groups if g not in stated)]:
        members = [
            n for n, c in enumerate(clauses)
            if n not in taken
            and (c.key == name or (c.group == name and (c.key not in single or c.key == name)))
        ]  # fmt: skip
        taken.update(members)
        if members:
            found.append(members)
    return found


def lexicographic(bench: Bench, order: Sequence[str] | None) -> Repair | None:
    """Give up the least of what gives way last, then of what comes before it, and so on.

    Within a level the sum of relative changes is least. None where even giving all of it up does
    not make room, or where a statement that must give way cannot be changed.
    """
    clauses = bench.clauses
    sharp = replace(bench.settings, gap=EXACT)
    capped: list[tuple[Floats, float]] = []
    last: Relaxed | None = None
    for members in reversed(levels(clauses, order)):
        weights = np.zeros(len(clauses))
        weights[members] = 1.0
        if last is None or (last.slack[members] > TIGHT).any():
            last = relax(bench.compiled, clauses, weights, sharp, capped=capped)
        if last.decisions is None:
            return None
        least = float(weights @ np.maximum(last.slack, 0.0))
        capped.append((weights, least * (1 + 1e-6) + TIGHT))
    if last is None:
        return None
    values = reached(clauses, last, bench.posed.instance)
    moved = [n for n, c in enumerate(clauses) if values[n] != c.value]
    if not moved or any(clauses[n].change is None for n in moved):
        return None
    given = [clauses[n] for n in moved]
    return repaired(bench, given, [values[n] for n in moved], "lexicographic")
