"""When nothing fits: the conflict, the repairs, and what gives way in the planner's order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from hubselect.consistency import Statement, check_targets
from hubselect.explore.conflict.clause import Clause
from hubselect.explore.conflict.elastic import relax
from hubselect.explore.conflict.giveway import levels, lexicographic
from hubselect.explore.conflict.repairs import Bench, Repair, earlier_hubs, smallest_repair
from hubselect.explore.conflict.smallest import Conflict, disjoint_conflicts, smallest_conflict
from hubselect.planning import Posed, pose
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.scoring import Scores

Told = Callable[[str], None]
LONGEST = 120.0  # seconds for one of the many solves

COLUMNS = ["kind", "repair", "given_share", "cost_mad", "gap", "outcome", "setting"]


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """Why a scenario has no plan, and what would make room.

    `contradictions` are statements that simple bounds refute; `conflicts` share no statement, the
    smallest first; `repairs` are ranked, `relaxation` follows the order of giving way.
    """

    scenario: str
    fits: bool | None  # None: not known
    contradictions: tuple[Statement, ...]
    conflicts: tuple[Conflict, ...]
    repairs: tuple[Repair, ...]
    relaxation: Repair | None
    stopped_by: str = ""  # 'interruption' where Ctrl-C came first

    @property
    def table(self) -> pd.DataFrame:
        """Every repair, best first: what changes, how much of it, and the least cost [MAD]."""
        every = [*self.repairs, *([self.relaxation] if self.relaxation else [])]
        rows = [
            {
                "kind": r.kind,
                "repair": r.text,
                "given_share": sum(c.given for c in r.changes),
                "cost_mad": r.plan.facts.objective_mad,
                "gap": r.plan.facts.gap,
                "outcome": r.plan.outcome,
                "setting": " ".join(f"--set {c.setting}" for c in r.changes if c.setting),
            }
            for r in every
        ]
        return pd.DataFrame(rows, columns=COLUMNS)

    @property
    def text(self) -> str:
        """The diagnosis in plain words."""
        from hubselect.explore.conflict.words import lines

        return "\n".join(lines(self))

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready copy."""
        return {
            "scenario": self.scenario,
            "fits": self.fits,
            "stopped_by": self.stopped_by,
            "contradictions": [s.to_dict() for s in self.contradictions],
            "conflicts": [
                {
                    "statements": [{"key": k.key, "text": k.text} for k in c.clauses],
                    "smallest": c.smallest,
                    "proven": c.proven,
                    "even_with_fractional_hubs": c.relaxed,
                }
                for c in self.conflicts
            ],
            "repairs": [r.to_dict() for r in self.repairs],
            "relaxation": None if self.relaxation is None else self.relaxation.to_dict(),
        }

    def __str__(self) -> str:
        return self.text


def conflict(
    regions: Regions,
    scenario: Scenario,
    *,
    scores: Scores | None = None,
    giveway: Sequence[str] | None = None,
    repairs: bool = True,
    progress: Told | None = None,
) -> Diagnosis:
    """Why a scenario has no plan: the smallest conflict, ranked repairs, what gives way.

    Args:
        giveway: groups or single statements, what gives way first in front; what is not named
            gives way later, in the order of `hubselect.explore.conflict.giveway.DEFAULT`.
        repairs: find what would make room, too.
        progress: told what is being done, in words.

    Ctrl-C gives what is known so far.

    Raises:
        ScenarioError, DataError: wrong input; every problem is listed.
    """
    return diagnose(
        pose(regions, scenario, scores=scores), giveway=giveway, repairs=repairs, progress=progress
    )


def diagnose(
    posed: Posed,
    *,
    giveway: Sequence[str] | None = None,
    repairs: bool = True,
    progress: Told | None = None,
) -> Diagnosis:
    """As `conflict`, of a scenario already scored and assembled."""
    asked = posed.settings
    settings = replace(asked, time_limit=min(asked.time_limit, LONGEST))
    bench = Bench.of(posed, settings)
    levels(bench.clauses, giveway)  # refuse wrong names before the work
    tell = progress or (lambda _: None)
    refuted = tuple(s for s in check_targets(posed.instance) if s.verdict == "contradicts")
    known = Diagnosis(posed.scenario.name, None, refuted, (), (), None)
    try:
        tell("does anything fit?")
        lp, fits = _fits(bench)
        known = replace(known, fits=fits)
        if fits:
            return known
        tell("which statements cannot hold together?")
        conflicts = disjoint_conflicts(bench.compiled, bench.clauses, settings, lp=lp)
        known = replace(known, conflicts=tuple(conflicts))
        if repairs and conflicts and conflicts[0].clauses:
            for better in _repaired(bench, known, giveway, tell):
                known = better
    except KeyboardInterrupt:
        known = replace(known, stopped_by="interruption")
    return known


def _fits(bench: Bench) -> tuple[bool, bool | None]:
    """Whether the LP relaxation is infeasible, and whether a plan exists (None: not known)."""
    none = np.zeros(0)
    if relax(bench.compiled, [], none, bench.settings, lp=True).state == "infeasible":
        return True, False
    found = relax(bench.compiled, [], none, replace(bench.settings, gap=1.0))
    proven = found.decisions is not None or found.state == "infeasible"
    return False, found.decisions is not None if proven else None


def _repaired(
    bench: Bench, known: Diagnosis, giveway: Sequence[str] | None, tell: Told
) -> Iterator[Diagnosis]:
    """The diagnosis with one repair more each time."""
    ranked = _rank(bench, giveway)
    menu: list[Repair] = []
    core = known.conflicts[0].clauses
    for clause in core if len(known.conflicts) == 1 else ():
        tell(f"would it do to change: {clause.text}?")
        menu += _some(smallest_repair(bench, [clause], "single"))
        yield replace(known, repairs=tuple(sorted(menu, key=ranked)))
    if all(c.key == "demand" for r in menu for c in r.changes):
        # nobody decides what the market takes
        alone = {c.key for r in menu for c in r.changes}
        for pair in _pairs(bench, core, known.conflicts[0].relaxed):
            if alone.intersection(c.key for c in pair):
                continue
            tell(f"would it do to change: {pair[0].text}, and {pair[1].text}?")
            menu += _some(smallest_repair(bench, pair, "pair"))
            yield replace(known, repairs=tuple(sorted(menu, key=ranked)))
    tell("would hubs ready a year earlier do?")
    for repair in earlier_hubs(bench):
        menu.append(repair)
        yield replace(known, repairs=tuple(sorted(menu, key=ranked)))
    tell("what gives way in the order given?")
    menu_now = tuple(sorted(menu, key=ranked))
    yield replace(known, repairs=menu_now, relaxation=lexicographic(bench, giveway))


def _pairs(bench: Bench, core: Sequence[Clause], lp: bool) -> Iterator[tuple[Clause, Clause]]:
    """Pairs that could do: one of the conflict, and one of the conflict left without it."""
    seen: set[frozenset[str]] = set()
    for first in core:
        rest = smallest_conflict(
            bench.compiled, bench.clauses, bench.settings, lp=lp, dropped=[first]
        )
        for second in rest.clauses if rest is not None else ():
            if (pair := frozenset((first.key, second.key))) not in seen:
                seen.add(pair)
                yield (first, second)


def _rank(bench: Bench, giveway: Sequence[str] | None) -> Callable[[Repair], tuple[Any, ...]]:
    """Fewest changes first, then in the order of giving way, then the smaller change."""
    level = {
        bench.clauses[n].key: place
        for place, members in enumerate(levels(bench.clauses, giveway))
        for n in members
    }

    def rank(repair: Repair) -> tuple[Any, ...]:
        worst = max(level.get(c.key, len(level)) for c in repair.changes)
        return len(repair.changes), worst, sum(c.given for c in repair.changes)

    return rank


def _some(repair: Repair | None) -> list[Repair]:
    return [] if repair is None else [repair]
