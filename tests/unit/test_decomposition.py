"""A decomposition that is interrupted between two runs of a solver keeps what it found."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from checks import EXACT
from hubselect.arrays import compile_problem
from hubselect.devices import DEVICES
from hubselect.errors import SolverError
from hubselect.instance import Floats
from hubselect.model import build
from hubselect.solving import decomposition, highs, tree
from hubselect.solving.split import Split
from toy import random_instance


@pytest.mark.parametrize("seed", range(6))
def test_an_interruption_between_solves_keeps_the_best_plan(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = compile_problem(build(random_instance(seed)).problem)
    whole = highs.run(arrays, EXACT)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(decomposition._Search, "_judge", interrupted)
    found = decomposition.decompose(arrays, EXACT)
    if whole.x is None:
        assert found.x is None
        return
    if found.state == "optimal":  # proven before the tree met a map
        return
    assert found.state == "interrupted"
    assert found.bound <= whole.objective + 1e-6 * max(1.0, abs(whole.objective))
    if found.x is not None:
        assert found.objective >= whole.objective - 1e-6 * max(1.0, abs(whole.objective))
        value = arrays.matrix @ found.x
        give = 1e-6 * abs(arrays.matrix) @ abs(found.x) + 1e-6
        assert (value >= arrays.row_lower - give).all()
        assert (value <= arrays.row_upper + give).all()


@pytest.mark.parametrize("seed", range(24))
@pytest.mark.parametrize("after", [1, 3])
def test_the_bound_of_a_tree_that_is_stopped_holds(
    seed: int, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = compile_problem(build(random_instance(seed)).problem)
    whole, judge, maps = highs.run(arrays, EXACT), decomposition._Search._judge, []

    def stopping(search: decomposition._Search, hubs: Floats) -> None:
        judge(search, hubs)
        maps.append(hubs)
        if len(maps) >= after:
            search.runner.state = "limit"

    monkeypatch.setattr(decomposition._Search, "_judge", stopping)
    alone = set(DEVICES) - {"one_tree"}
    found = decomposition.decompose(arrays, EXACT, without=alone)
    assert found.bound <= whole.objective + 1e-6 * max(1.0, abs(whole.objective))


def test_what_a_solver_raises_while_a_tree_grows_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = compile_problem(build(random_instance(0)).problem)

    def failing(*_: object) -> None:
        raise SolverError("HiGHS failed")

    monkeypatch.setattr(decomposition._Search, "_judge", failing)
    with pytest.raises(SolverError, match="HiGHS failed"):
        decomposition.decompose(arrays, EXACT, without=["rounding", "moves"])


def test_progress_is_told_in_the_calling_thread_where_an_interruption_stops_the_tree(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arrays = compile_problem(build(random_instance(1)).problem)
    judge, told = decomposition._Search._judge, []

    def slowly(search: decomposition._Search, hubs: Floats) -> None:
        time.sleep(0.3)
        judge(search, hubs)

    def hear(_: highs.Progress) -> None:
        told.append(threading.current_thread() is threading.main_thread())
        raise KeyboardInterrupt

    monkeypatch.setattr(decomposition._Search, "_judge", slowly)
    found = decomposition.decompose(arrays, EXACT, without=["rounding", "moves"], progress=hear)
    assert told and all(told)
    assert found.state == "interrupted"
    best = highs.run(arrays, EXACT).objective
    assert found.bound <= best + 1e-6 * max(1.0, abs(best))


@pytest.mark.parametrize("seed", range(12))
def test_a_tree_whose_relaxations_are_never_solved_ends_with_the_same_bound(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where SCIP's LP fails, maps are those of the bounds alone: no cut takes these away."""
    arrays = compile_problem(build(random_instance(seed)).problem)
    begin = tree._Tree.__init__

    def without_lps(self: tree._Tree, *given: object) -> None:
        begin(self, *given)  # type: ignore[arg-type]
        self.scip.setParam("lp/solvefreq", -1)

    monkeypatch.setattr(tree._Tree, "__init__", without_lps)
    whole = highs.run(arrays, EXACT)
    soon = replace(EXACT, time_limit=20.0)  # it went on for ever
    found = decomposition.decompose(arrays, soon, without=["rounding", "moves", "blocks_apart"])
    assert found.state == ("infeasible" if whole.x is None else "optimal")
    if whole.x is not None:
        assert found.objective == pytest.approx(whole.objective, rel=1e-6)


def test_trees_branch_on_large_sizes_and_late_years_first() -> None:
    arrays = compile_problem(build(random_instance(0)).problem)
    alone = Split.of(arrays).alone()
    rank = dict(zip(alone.columns, tree._ranks(alone).tolist(), strict=True))
    order = sorted((c for c in rank if c.startswith("installed_a1_")), key=rank.__getitem__)
    assert order == [f"installed_a1_{k}_{t}" for k in ("small", "large") for t in (2026, 2027)]
