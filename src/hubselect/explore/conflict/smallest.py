"""The smallest set of policy statements that cannot hold together.

A conflict must share a statement with every correction set (a set of statements without which
the rest fits). So the smallest set that meets all correction sets known so far is proposed; when
it alone is infeasible it is a smallest conflict, otherwise relaxing the rest gives one more
correction set.

A. Ignatiev, A. Previti, M. Liffiton, J. Marques-Silva, Smallest MUS extraction with minimal
hitting set dualization, CP 2015.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize

from hubselect.explore.conflict.clause import Clause
from hubselect.explore.conflict.elastic import TIGHT, relax
from hubselect.solving import Compiled, Settings

ROUNDS = 300
ROUGH = 0.05  # gap: a correction set need not be the smallest


@dataclass(frozen=True, eq=False)
class Conflict:
    """Policy statements that cannot hold together.

    None can be left out. `smallest`: proven that no conflict has fewer statements. `proven` is
    false where a limit came before the proof that they cannot hold. `relaxed`: they cannot even
    where hubs may be fractions, so it is people, money or markets, not whole hubs.
    """

    clauses: tuple[Clause, ...]
    smallest: bool
    proven: bool
    relaxed: bool

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the statements."""
        return tuple(c.key for c in self.clauses)


def smallest_conflict(
    compiled: Compiled,
    clauses: Sequence[Clause],
    settings: Settings,
    *,
    lp: bool,
    dropped: Sequence[Clause] = (),
) -> Conflict | None:
    """A smallest conflict among the clauses, or None where all hold together.

    Args:
        compiled: compiled without strengthening families, which repeat what policies state.
        lp: hubs may be fractions; what conflicts then conflicts anyway.
        dropped: clauses left out.

    An empty conflict means that physics alone admits no plan.
    """
    usable = [c for c in clauses if c not in dropped]
    rough = replace(settings, gap=max(settings.gap, ROUGH))
    known: list[list[int]] = []
    chosen: list[int] = []
    for _ in range(ROUNDS):
        chosen = _hitting(known, usable)
        soft = [n for n in range(len(usable)) if n not in chosen]
        found = relax(
            compiled, [usable[n] for n in soft], np.ones(len(soft)), rough, lp=lp, dropped=dropped
        )
        if found.decisions is None:
            proven = found.state == "infeasible"
            return Conflict(tuple(usable[n] for n in chosen), proven, proven, lp)
        broken = [n for n, slack in zip(soft, found.slack, strict=True) if slack > TIGHT]
        if not broken:
            return None
        known.append(broken)
    return _irreducible(compiled, usable, settings, lp, dropped)


def disjoint_conflicts(
    compiled: Compiled, clauses: Sequence[Clause], settings: Settings, *, lp: bool, most: int = 4
) -> list[Conflict]:
    """Conflicts that share no statement, smallest first; at most so many."""
    found: list[Conflict] = []
    while len(found) < most:
        dropped = [c for conflict in found for c in conflict.clauses]
        conflict = smallest_conflict(compiled, clauses, settings, lp=lp, dropped=dropped)
        if conflict is None:
            break
        found.append(conflict)
        if not conflict.clauses or not conflict.proven:
            break
    return found


def _hitting(known: Sequence[Sequence[int]], clauses: Sequence[Clause]) -> list[int]:
    """Fewest clauses with one in each known set; the market's last among equals."""
    if not known:
        return []
    member = np.zeros((len(known), len(clauses)))
    for row, members in enumerate(known):
        member[row, list(members)] = 1.0
    # the extra weight is too small to prefer more statements
    weight = [1.0 + (0.5 / len(clauses) if c.family == "demand" else 0.0) for c in clauses]
    result = optimize.milp(
        weight,
        constraints=optimize.LinearConstraint(member, lb=1.0),
        integrality=np.ones(len(clauses), dtype=np.int64),
        bounds=optimize.Bounds(0.0, 1.0),
    )
    return [n for n, x in enumerate(np.asarray(result.x)) if x > 0.5]


def _irreducible(
    compiled: Compiled,
    clauses: Sequence[Clause],
    settings: Settings,
    lp: bool,
    dropped: Sequence[Clause],
) -> Conflict:
    """Deletion filter: leave out one clause after the other while the rest still conflicts."""
    kept = list(clauses)
    for clause in clauses:
        out = [*dropped, *(c for c in clauses if c not in kept or c is clause)]
        trial = relax(compiled, [], np.zeros(0), settings, lp=lp, dropped=out)
        if trial.state == "infeasible":
            kept.remove(clause)
    return Conflict(tuple(kept), smallest=False, proven=True, relaxed=lp)
