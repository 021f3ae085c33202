"""Searches in two threads: the optimum of the plain model, and the same run every time."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

import hubselect as hs
from checks import EXACT
from hubselect.errors import SolverError
from hubselect.instance import Floats, Instance
from hubselect.planning import pose
from hubselect.solving import aggregation, decomposition, halves, highs, lazy
from hubselect.solving.basins import Basins
from hubselect.solving.descent import Descent
from hubselect.solving.reduction import reduce
from searches import agree, alike, arrays_of

TREES = ["rounding", "moves", "blocks_apart"]  # without these, trees have something to do


@pytest.fixture
def grown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[halves.Half, ...]]:
    """Tiny models are searched as large ones are, in halves that often meet; notes the halves."""
    for room in (lazy, decomposition, aggregation):
        monkeypatch.setattr(room, "LARGE", 0)
    monkeypatch.setattr(halves, "MEET", 1)
    noted: list[tuple[halves.Half, ...]] = []
    grow = decomposition.grown_at_once

    def told(*given: object) -> list[halves.Half]:
        found = grow(*given)  # type: ignore[arg-type]
        if found:
            noted.append(tuple(found))
        return found

    monkeypatch.setattr(decomposition, "grown_at_once", told)
    return noted


@pytest.fixture
def merged(monkeypatch: pytest.MonkeyPatch) -> None:
    """All basins are merged into one."""
    monkeypatch.setattr(aggregation, "OTHERS", 1)
    monkeypatch.setattr(aggregation, "LARGEST", 100)
    monkeypatch.setattr(aggregation, "WORTH", 0.5)
    monkeypatch.setattr(aggregation, "NATIONAL", 1.0)


@pytest.mark.parametrize("without", [[], TREES])
@pytest.mark.parametrize("seed", range(700, 712))
def test_two_threads_find_the_optimum(
    seed: int, without: list[str], grown: list[tuple[halves.Half, ...]]
) -> None:
    agree(alike(seed), threads=2, without=without)


@pytest.mark.usefixtures("merged")
@pytest.mark.parametrize("without", [[], TREES])
@pytest.mark.parametrize("seed", range(720, 732))
def test_two_threads_find_it_over_merged_basins(
    seed: int, without: list[str], grown: list[tuple[halves.Half, ...]]
) -> None:
    agree(alike(seed), threads=2, without=without)


def searched(instance: Instance, **given: object) -> highs.Result:
    settings = replace(EXACT, threads=2)
    reduced, basins = reduce(arrays_of(instance)), Basins.of(instance)
    return decomposition.decompose(reduced, settings, basins=basins, without=TREES, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [701, 704, 713, 721, 725, 732])
def test_the_bound_holds_where_a_half_meets_a_cheaper_map(
    seed: int, grown: list[tuple[halves.Half, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search ends there, so that what the halves proved is what is told."""
    conclude = decomposition._Search._conclude

    def ending(search: decomposition._Search, *, closed: bool) -> None:
        conclude(search, closed=closed)
        if any(half.met is not None for pair in grown for half in pair):
            search.runner.state = search.runner.state or "limit"

    monkeypatch.setattr(decomposition._Search, "_conclude", ending)
    found, best = searched(alike(seed)), highs.run(arrays_of(alike(seed)), EXACT).objective
    assert any(half.met is not None for pair in grown for half in pair)
    assert found.bound <= best + 1e-6 * max(1.0, abs(best))


def test_what_a_solver_raises_in_one_half_ends_both(
    grown: list[tuple[halves.Half, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise SolverError("HiGHS failed")

    monkeypatch.setattr(halves.Half, "_judge", failing)
    with pytest.raises(SolverError, match="HiGHS failed"):
        searched(alike(704))
    assert threading.active_count() < 10


def test_ctrl_c_is_heard_while_halves_grow(
    grown: list[tuple[halves.Half, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge, told = halves.Half._judge, []

    def slowly(half: halves.Half, hubs: Floats) -> None:
        told.append(True)
        time.sleep(0.3)
        judge(half, hubs)

    def hear(_: highs.Progress) -> None:
        if told:
            raise KeyboardInterrupt

    monkeypatch.setattr(halves.Half, "_judge", slowly)
    found, instance = searched(alike(704), progress=hear), alike(704)
    assert told and found.state == "interrupted"
    best = highs.run(arrays_of(instance), EXACT).objective
    assert found.bound <= best + 1e-6 * best
    assert found.x is not None and found.objective >= best - 1e-6 * best


@pytest.mark.usefixtures("merged", "grown")
@pytest.mark.parametrize("seed", [700, 704, 709])  # the first map is a plan
def test_ctrl_c_is_heard_while_the_first_plan_is_priced_and_moves_go_on(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    improve, told = Descent.from_cheapest, []

    def slowly(given: Descent) -> None:
        told.append(True)
        time.sleep(0.3)
        improve(given)

    def hear(_: highs.Progress) -> None:
        if told:
            raise KeyboardInterrupt

    monkeypatch.setattr(Descent, "from_cheapest", slowly)
    instance = alike(seed)
    reduced, settings = reduce(arrays_of(instance)), replace(EXACT, threads=2)
    found = decomposition.decompose(
        reduced, settings, basins=Basins.of(instance), progress=hear, without=["blocks_apart"]
    )
    best = highs.run(arrays_of(instance), EXACT).objective
    assert found.bound <= best + 1e-6 * abs(best)
    assert told and found.state == "interrupted"
    assert found.x is not None and found.objective >= best - 1e-6 * abs(best)


@pytest.mark.slow
def test_a_run_is_the_same_however_slow_one_half_is(
    grown: list[tuple[halves.Half, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strong ramp-up, halves that meet every 20 nodes and tell each other cuts."""
    monkeypatch.setattr(halves, "MEET", 20)
    posed = pose(hs.Regions.morocco(), hs.Scenario.named("strong-ramp-up"))
    instance, judge = posed.instance, halves.Half._judge

    def run() -> tuple[object, ...]:
        grown.clear()
        reduced, settings = reduce(arrays_of(instance)), replace(EXACT, gap=0.004, threads=2)
        found = decomposition.decompose(reduced, settings, basins=Basins.of(instance))
        met = [[(h.grown.nodes, len(h.learnt), h._heard) for h in pair] for pair in grown]
        return found.state, found.objective, found.bound, found.nodes, met

    def slowly(half: halves.Half, hubs: Floats) -> None:
        if half.side[1]:
            time.sleep(0.2)
        judge(half, hubs)

    first = run()
    assert any(heard for pair in first[-1] for *_, heard in pair)  # type: ignore[attr-defined]
    monkeypatch.setattr(halves.Half, "_judge", slowly)
    assert run() == first
