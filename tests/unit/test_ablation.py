"""The benchmark of devices: variants, cells, ratios, contradictions, what is measured anew."""

from __future__ import annotations

import argparse
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from benchmarks import ablation
from benchmarks.ablation_page import (
    ALL,
    Cell,
    Variant,
    contradictions,
    matrix,
    mean_ratio,
    name_of,
    ratio,
    seconds,
    variants,
    write,
)
from benchmarks.kept import Kept

import hubselect as hs
from hubselect.devices import DEVICES
from hubselect.planning import pose
from hubselect.solving import Compiled

SCENARIO = "no-new-training"
HOW = {"gap": 0.001, "limit": 20.0}
DONE, SLOW = Cell(2.0, 0.001, 0.001), Cell(6.0, 0.0005, 0.001)
STOPPED, NONE = Cell(60.0, 0.013, 0.001), Cell(60.0, None, 0.001, "no plan")


def found(cpu: float, cost: float | None = 10.0, bound: float | None = 10.0) -> dict[str, Any]:
    """A measurement that reached its gap."""
    return {"cpu": cpu, "runs": 1, "asked": 0.001, "gap": 0.0, "cost": cost, "bound": bound,
            "failure": ""}  # fmt: skip


def test_every_device_is_left_out_once_alone_and_by_the_plain_model() -> None:
    alone = [v for v in variants() if v.decomposed and v.strengthened and len(v.without) == 1]
    assert [next(iter(v.without)) for v in alone] == list(DEVICES)
    first, *_, last = variants()
    assert (first.name, first.without) == (ALL, frozenset())
    assert last == Variant("plain", frozenset(DEVICES), strengthened=False, decomposed=False)


def test_a_ratio_says_what_is_a_bound() -> None:
    assert ratio(SLOW, DONE) == "3.00"
    assert ratio(STOPPED, DONE) == "> 30.00 (1.30%)"
    assert ratio(NONE, DONE) == "> 30.00 (no plan)"
    assert ratio(SLOW, STOPPED) == "< 0.10"
    assert ratio(NONE, STOPPED) == "(no plan)"
    assert ratio(Cell(60.0, None, 0.001), STOPPED) == "(no bound)"
    assert seconds(DONE) == "2.00"
    assert seconds(STOPPED) == "> 60 (1.30%)"


def test_a_mean_is_geometric_and_knows_when_it_is_a_bound() -> None:
    assert mean_ratio([(SLOW, DONE), (Cell(2 / 3, 0.0, 0.001), DONE)]) == "1.00"
    assert mean_ratio([(SLOW, DONE), (STOPPED, DONE)]) == "> 9.49"
    assert mean_ratio([(SLOW, STOPPED)]) == "–"


def test_variants_may_not_deny_each_other_s_plans() -> None:
    assert contradictions({"a": found(1.0), "b": found(1.0, cost=10.001, bound=9.99)}) == []
    (told,) = contradictions({"a": found(1.0), "b": found(1.0, cost=10.3, bound=10.2)})
    assert told.startswith("b proves 10.200, a found 10.000")
    denied = {**found(1.0, None, None), "gap": None, "failure": "infeasible"}
    (told,) = contradictions({"a": found(1.0), "b": denied})
    assert told == "b proves that no plan exists, a found one"


def test_the_matrix_marks_what_was_measured_otherwise(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "runs.json")
    device = f"without {DEVICES[0]}"
    assert matrix(kept, "region") == []
    kept.keep(name_of("region", SCENARIO, ALL), found(2.0), HOW)
    kept.keep(name_of("region", SCENARIO, device), found(5.0), HOW)
    kept.keep(name_of("region", SCENARIO, "plain"), found(8.0), {**HOW, "limit": 99.0})
    lines = matrix(kept, "region")
    assert lines[0] == f"| region level | {SCENARIO} | geometric mean |"
    assert f"| {device} | 2.50 | 2.50 |" in lines
    assert "| plain | 4.00 † | 4.00 |" in lines
    assert "| without any device | – | – |" in lines
    assert write(kept, tmp_path / "page.md") == []
    kept.keep(name_of("region", SCENARIO, "plain"), found(8.0, 9.0, 9.0), HOW)
    assert len(write(kept, tmp_path / "page.md")) == 2
    assert "**Contradictions:**" in (tmp_path / "page.md").read_text(encoding="utf-8")


def test_variants_are_measured_and_agree(atlas: hs.Regions) -> None:
    posed = pose(atlas, hs.Scenario.named(SCENARIO))
    compiled = Compiled.of(posed.instance)
    chosen = [v for v in variants() if v.name in (ALL, "without decomposition")]
    every = {v.name: ablation.measured(posed, compiled, v, HOW, 1) for v in chosen}
    assert all(Cell.of(one).reached for one in every.values())
    assert contradictions(every) == []


def test_only_what_is_missing_or_asked_for_is_measured(
    atlas: hs.Regions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def measured(_: object, __: object, variant: Variant, *___: object) -> dict[str, Any]:
        told.append(variant.name)
        return found(1.0)

    monkeypatch.setattr(ablation, "measured", measured)
    nothing = SimpleNamespace(instance=None, of=lambda *_, **__: None)
    monkeypatch.setattr(ablation, "pose", lambda *_: nothing)
    monkeypatch.setattr(ablation, "Compiled", nothing)
    kept = Kept(tmp_path / "runs.json")
    options = argparse.Namespace(gap=None, limit=20.0, repeats=1, again=False)

    def run(*chosen: str) -> list[str]:
        told.clear()
        ablation.scenario_measured(atlas, SCENARIO, kept, chosen, options)
        return list(told)

    assert run("plain") == [ALL, "plain"]  # a row alone needs what it is compared with
    assert run("plain") == ["plain"]
    names = [v.name for v in variants()]
    assert run() == [name for name in names if name not in (ALL, "plain")]
    assert run() == []
    options.gap = 0.01
    assert run() == names
    options.again = True
    assert run() == names
