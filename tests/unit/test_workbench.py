"""A plan laid open can be solved again, changed, and certified anew."""

from __future__ import annotations

import numpy as np
import pytest

from hubselect.errors import CertificateError, InfeasibleError
from hubselect.explore.workbench import Workbench
from hubselect.instance import Policy
from plans import plan_of
from toy import toy


def test_solving_again_costs_what_the_plan_costs() -> None:
    bench = Workbench.of(plan_of(toy()))
    again = bench.solve()
    assert again.objective == pytest.approx(bench.cost, rel=1e-9)
    assert bench.bound <= bench.cost
    assert bench.plan_from(again, title="again").audit().passed


def test_a_forbidden_hub_costs_no_less_and_its_plan_is_certified() -> None:
    instance = toy(policy=Policy(job_target=((1, 1380.0),)))
    bench = Workbench.of(plan_of(instance))
    assert bench.plan.decisions.installed[0, 0, -1] == 1, "the cheapest plan builds at a1"
    columns = [c for (h, _, _), c in bench.compiled.columns("installed").items() if h == 0]
    without = bench.solve(bench.compiled.arrays.with_bounds(columns, 0.0, 0.0))
    assert without.objective > bench.cost
    plan = bench.plan_from(without, title="without")
    assert plan.facts.objective_mad == pytest.approx(without.objective * 1e6)


def test_nothing_fits_is_said_and_decisions_of_another_problem_are_refused() -> None:
    bench = Workbench.of(plan_of(toy()))
    rows = bench.compiled.rows_of("job_target")
    with pytest.raises(InfeasibleError):
        bench.solve(bench.compiled.arrays.with_row_bounds(rows, 1e6, np.inf))
    fewer = bench.solve(bench.compiled.arrays.with_row_bounds(rows, 1300.0, np.inf))
    with pytest.raises(CertificateError):
        bench.plan_from(fewer, title="fewer jobs than promised")
