"""What to give up when nothing fits: the smallest changes that make room, each proven."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hubselect.errors import InfeasibleError, NoPlanError, SolverError
from hubselect.explore.conflict.clause import Clause
from hubselect.explore.conflict.clauses import clauses_of
from hubselect.explore.conflict.elastic import TIGHT, Relaxed, relax
from hubselect.instance import Floats, Instance
from hubselect.plan import Plan
from hubselect.planning import Posed
from hubselect.solving import Compiled, Run, Settings, solve_compiled, strength_families

EXACT = 1e-5  # gap: how sure the smallest change is, as a share of the figure
RATIO_ROUNDS = 15
WIDENED = (0, 1, 2, 5)  # steps added where a figure at the very edge does not solve


@dataclass(frozen=True, eq=False)
class Change:
    """One statement that gives way: its new figure, and in words.

    `at_best` is the furthest figure any plan can keep with this change alone, where proven.
    """

    key: str
    text: str
    before: float
    after: float
    given: float  # share of the figure that gives way
    setting: str | None = None  # override that makes the change, where a scenario can say it
    at_best: float | None = None


@dataclass(frozen=True, eq=False)
class Repair:
    """Changes that together make room, and the least-cost certified plan they allow."""

    kind: str  # 'single', 'pair', 'lever' or 'lexicographic'
    changes: tuple[Change, ...]
    plan: Plan

    @property
    def text(self) -> str:
        """The changes in words."""
        return " and ".join(c.text for c in self.changes)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready copy, with the cost of the plan and its proof; money in MAD."""
        facts = self.plan.facts
        return {
            "kind": self.kind,
            "text": self.text,
            "changes": [vars(c) for c in self.changes],
            "outcome": facts.outcome,
            "cost_mad": facts.objective_mad,
            "bound_mad": facts.bound_mad,
            "audit_passed": self.plan.audit().passed,
        }


@dataclass(frozen=True, eq=False)
class Bench:
    """A posed scenario compiled without strengthening rows, its clauses, and settings."""

    posed: Posed
    compiled: Compiled
    clauses: tuple[Clause, ...]
    settings: Settings

    @classmethod
    def of(cls, posed: Posed, settings: Settings) -> Bench:
        """Compile and draw up the clauses."""
        compiled = Compiled.of(posed.instance, without=strength_families())
        return cls(posed, compiled, clauses_of(compiled), settings)

    def named(self, keys: Sequence[str]) -> tuple[Clause, ...]:
        """Clauses by key."""
        return tuple(c for c in self.clauses if c.key in keys)


def smallest_repair(bench: Bench, clauses: Sequence[Clause], kind: str) -> Repair | None:
    """The smallest change of these clauses alone that makes room; None where none does.

    Several clauses share the change so that the sum of their relative changes is least.
    """
    if any(c.change is None for c in clauses):
        return None
    found = _smallest(bench, clauses)
    if found is None:
        return None
    values, least = found
    if all(v == c.value for c, v in zip(clauses, values, strict=True)):
        return None
    return repaired(bench, clauses, values, kind, least=least)


def repaired(
    bench: Bench,
    clauses: Sequence[Clause],
    values: Sequence[float],
    kind: str,
    *,
    least: float | None = None,
) -> Repair | None:
    """Give the clauses new figures, rounded away from the edge, and solve and certify."""
    for extra in WIDENED:
        rounded = [c.away(v, extra) for c, v in zip(clauses, values, strict=True)]
        instance = changed(bench.posed.instance, clauses, rounded)
        plan = certified(bench, instance, kind)
        if plan is not None:
            changes = [
                change_of(c, v, least if len(clauses) == 1 else None)
                for c, v in zip(clauses, rounded, strict=True)
            ]
            return Repair(kind, tuple(changes), plan)
        if all(c.sense == 0 for c in clauses):
            break
    return None


def change_of(clause: Clause, value: float, least: float | None = None) -> Change:
    """A clause's new figure, told in words."""
    setting = None if clause.setting is None else clause.setting(value)
    at_best = None
    if least is not None and clause.sense != 0 and clause.ratio is None:
        at_best = clause.value + clause.sense * least * clause.scale
    return Change(
        clause.key, clause.phrase(value), clause.value, value, clause.given(value), setting, at_best
    )


def changed(instance: Instance, clauses: Sequence[Clause], values: Sequence[float]) -> Instance:
    """The instance with other figures; clauses of lists are taken from the last entry back."""
    order = sorted(range(len(clauses)), key=lambda n: -clauses[n].rows[0])
    for n in order:
        change = clauses[n].change
        assert change is not None
        instance = change(instance, values[n])
    return instance


def certified(bench: Bench, instance: Instance, title: str) -> Plan | None:
    """The least-cost certified plan of a changed instance, or None where nothing fits."""
    began = time.perf_counter()
    posed = bench.posed
    try:
        run = Run(bench.settings, decomposed=posed.scenario.solve.decomposition)
        solved = solve_compiled(Compiled.of(instance), run, blame=False)
    except (InfeasibleError, NoPlanError, SolverError) as error:
        if isinstance(error, NoPlanError) and error.interrupted:
            raise KeyboardInterrupt from None
        # at the very edge of what is possible a solver may also fail: a step further it does not
        return None
    if solved.stopped_by == "interruption":
        raise KeyboardInterrupt
    seconds = time.perf_counter() - began
    name = posed.scenario.about.title or posed.scenario.name
    return posed.plan(
        solved, seconds=seconds, instance=instance, title=f"{name}, repaired ({title})"
    )


def _smallest(bench: Bench, clauses: Sequence[Clause]) -> tuple[list[float], float] | None:
    """New figures, and the proven least slack of the stated rows.

    A figure that multiplies decisions (a share, a mean) is found as in Dinkelbach's method: solve
    at a figure, take what the solution reaches, again until nothing more is reached.
    """
    keys = [c.key for c in clauses]
    ratios = len(clauses) == 1 and clauses[0].ratio is not None
    sharp = replace(bench.settings, gap=EXACT)
    compiled, current = bench.compiled, bench.posed.instance
    own, least, values = list(clauses), 0.0, [c.value for c in clauses]
    for n in range(RATIO_ROUNDS):
        found = relax(compiled, own, np.ones(len(own)), sharp, beyond=ratios and n > 0)
        if found.decisions is None:
            return None if n == 0 else (values, least)
        least = found.least if n == 0 else least
        new = reached(own, found, current)
        if not ratios or _close(own, new, values):
            return (new if n == 0 else values), least
        values = new
        current = changed(bench.posed.instance, clauses, values)
        compiled = Compiled.of(current, without=strength_families())
        own = [c for c in clauses_of(compiled) if c.key in keys]
        if not own:  # given up altogether
            break
    return values, least


def reached(clauses: Sequence[Clause], found: Relaxed, instance: Instance) -> list[float]:
    """Figures a relaxed solution keeps."""
    assert found.decisions is not None
    values = []
    for clause, slack in zip(clauses, found.slack, strict=True):
        if clause.ratio is not None and abs(slack) > TIGHT:
            values.append(clause.ratio(instance, found.decisions))
        elif clause.sense == 0:
            values.append(0.0 if slack > TIGHT else clause.value)
        else:
            values.append(clause.value + clause.sense * _clean(slack) * clause.scale)
    return values


def _clean(slack: float) -> float:
    return slack if abs(slack) > TIGHT else 0.0


def _close(clauses: Sequence[Clause], new: Sequence[float], old: Sequence[float]) -> bool:
    return all(abs(a - b) <= c.step / 10 for c, a, b in zip(clauses, new, old, strict=True))


# levers: changes outside the policy that a planner can also reach


def earlier_hubs(bench: Bench) -> Iterator[Repair]:
    """Sites that make room by being ready a year earlier, each alone, with its certified plan."""
    instance = bench.posed.instance
    late = np.flatnonzero(instance.first_year > 0)
    if not len(late) or not _fits(bench, _ready(instance, late)):
        return
    for h in late:
        trial = _ready(instance, np.array([h]))
        if _fits(bench, trial) and (plan := certified(bench, trial, "lever")) is not None:
            site, year = instance.sites[h], instance.years[int(instance.first_year[h])]
            name = instance.names.get(site, site)
            text = f"a hub at {name} a year earlier ({year - 1} instead of {year})"
            setting = f"hubs.earliest_year.{site}={year - 1}"
            change = Change(f"earliest_year {site}", text, year, year - 1, 0.0, setting)
            yield Repair("lever", (change,), plan)


def _ready(instance: Instance, sites: Any) -> Instance:
    first = instance.first_year.copy()
    first[sites] -= 1
    return instance.replace(first_year=first)


def _fits(bench: Bench, instance: Instance) -> bool:
    compiled = Compiled.of(instance, without=strength_families())
    none: Floats = np.zeros(0)
    if relax(compiled, [], none, bench.settings, lp=True).decisions is None:
        return False
    return relax(compiled, [], none, replace(bench.settings, gap=1.0)).decisions is not None
