"""Planted conflicts: named, proven smallest by brute force, repaired, and the repairs smallest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy import optimize

from checks import EXACT
from hubselect.arrays import compile_problem
from hubselect.errors import ScenarioError, SolverError
from hubselect.explore.conflict.clause import Clause
from hubselect.explore.conflict.clauses import clauses_of
from hubselect.explore.conflict.diagnosis import Diagnosis, diagnose
from hubselect.explore.conflict.repairs import Bench, Repair, changed
from hubselect.instance import Instance
from hubselect.model import FAMILIES, build
from hubselect.solving import Compiled, highs, strength_families
from hubselect.solving.conflict import blamed
from plans import PosedToy
from planted import CASES, HARMLESS, planted
from searches import arrays_of
from toy import random_instance, toy

SEEDS = range(5, 105)
# one of each kind in the fast suite
ALL = [pytest.param(*c, marks=pytest.mark.slow) if c[1] else c for c in CASES]


def fits(instance: Instance, dropped: Iterable[int] = ()) -> bool:
    """Whether anything satisfies an instance without some rows, by scipy on the stated problem."""
    arrays = compile_problem(build(instance, without=strength_families()).problem)
    free = arrays.with_row_bounds(list(dropped), -np.inf, np.inf)
    result = optimize.milp(
        np.zeros(len(free.columns)),
        constraints=[optimize.LinearConstraint(free.matrix, free.row_lower, free.row_upper)],
        bounds=optimize.Bounds(free.lower, free.upper),
        integrality=free.integer.astype(int),
    )
    assert result.status in (0, 2), result.message
    return bool(result.status == 0)


def alone(instance: Instance, clauses: Iterable[Clause], kept: Iterable[str]) -> bool:
    """Whether the clauses named hold together, all others dropped."""
    names = set(kept)
    return fits(instance, [row for c in clauses if c.key not in names for row in c.rows])


def check_smallest(instance: Instance, diagnosis: Diagnosis) -> None:
    """By brute force: the conflict conflicts, and no smaller set of statements does."""
    clauses = clauses_of(Compiled.of(instance, without=strength_families()))
    found = diagnosis.conflicts[0]
    assert found.smallest and found.proven
    assert not alone(instance, clauses, found.keys)
    for size in range(len(found.keys)):
        for keys in combinations([c.key for c in clauses], size):
            assert alone(instance, clauses, keys), keys


def check_repair(instance: Instance, repair: Repair) -> None:
    """The plan is audited; the repaired instance fits, and a step less of the change does not."""
    assert repair.plan.audit().passed
    assert fits(repair.plan.instance)
    if repair.kind != "single":
        return
    bench = Bench.of(PosedToy(instance), EXACT)  # type: ignore[arg-type]
    (change,) = repair.changes
    (clause,) = bench.named([change.key])
    if clause.sense != 0:
        less = change.after - clause.sense * 1.5 * clause.step
        if clause.sense * (less - clause.value) > 0:
            assert not fits(changed(instance, [clause], [less])), (change, less)


@pytest.mark.parametrize(("kind", "seed"), ALL)
def test_planted_conflicts_are_named_smallest_and_repaired(kind: str, seed: int) -> None:
    instance, culprits = planted(kind, seed)
    diagnosis = diagnose(PosedToy(instance))  # type: ignore[arg-type]
    assert diagnosis.fits is False
    assert set(diagnosis.conflicts[0].keys) == culprits
    check_smallest(instance, diagnosis)
    assert diagnosis.repairs, "no repair was found"
    for repair in diagnosis.repairs:
        check_repair(instance, repair)
    assert diagnosis.relaxation is not None
    check_repair(instance, diagnosis.relaxation)


def test_every_statement_of_a_planted_conflict_that_can_give_way_is_offered() -> None:
    instance, culprits = planted("one hub too many", 0)
    diagnosis = diagnose(PosedToy(instance))  # type: ignore[arg-type]
    assert {c.key for r in diagnosis.repairs for c in r.changes} == culprits


@pytest.mark.parametrize("seed", [4, *(pytest.param(n, marks=pytest.mark.slow) for n in SEEDS)])
def test_random_conflicts_are_smallest(seed: int) -> None:
    instance = random_instance(seed)
    if fits(instance):
        return
    diagnosis = diagnose(PosedToy(instance), repairs=False)  # type: ignore[arg-type]
    check_smallest(instance, diagnosis)


def test_harmless_statements_fit() -> None:
    instance = toy(policy=HARMLESS)
    diagnosis = diagnose(PosedToy(instance))  # type: ignore[arg-type]
    assert diagnosis.fits
    assert "nothing conflicts" in diagnosis.text


def test_what_gives_way_first_is_the_planners_choice() -> None:
    instance, _ = planted("one hub too many", 1)
    kept = diagnose(PosedToy(instance), giveway=["max_open"]).relaxation  # type: ignore[arg-type]
    given = diagnose(PosedToy(instance), giveway=["fix"]).relaxation  # type: ignore[arg-type]
    assert kept is not None and given is not None
    assert [c.key for c in kept.changes] == ["max_open"]
    assert all(c.key.startswith("fix") for c in given.changes)


def test_an_unknown_name_in_the_order_is_refused() -> None:
    instance, _ = planted("quality nobody has", 0)
    with pytest.raises(ScenarioError, match="job_target"):
        diagnose(PosedToy(instance), giveway=["job_targets"])  # type: ignore[arg-type]


def test_a_trial_that_highs_fails_on_clears_no_family(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = toy()
    policy = instance.policy
    asked = replace(policy, job_target=tuple((year, 1e7) for year, _ in policy.job_target))
    arrays = arrays_of(replace(instance, policy=asked))
    families = [next((f for f in FAMILIES if row.startswith(f)), "") for row in arrays.rows]
    run, met = highs.run, []

    def fails_once(*given: object, **named: object) -> highs.Result:
        met.append(1)
        if len(met) == 3:
            raise SolverError("HiGHS stopped with status 'Unknown'")
        return run(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(highs, "run", fails_once)
    assert "job_target" in blamed(arrays, families, EXACT).families
