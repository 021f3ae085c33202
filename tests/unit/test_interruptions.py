"""Ctrl-C at any moment: one line says what is kept, and answers that were stopped say so."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import hubselect as hs
from checks import EXACT
from hubselect import cli
from hubselect.arrays import compile_problem
from hubselect.cli_options import tell
from hubselect.errors import NoPlanError
from hubselect.explore.futures import portfolio, two_stage
from hubselect.explore.futures.extensive import Measure
from hubselect.explore.futures.stages import Stage
from hubselect.model import build
from hubselect.solving import highs
from toy import toy
from worlds import CHANCES, NAMES, posed, price

BASE = "tech-valley-2030"
COMMANDS = (
    "solve", "score", "why", "prices", "alternatives", "frontier", "conflict", "futures",
    "stress", "calendar", "portfolio", "sweep",
)  # fmt: skip
STOPPED = (KeyboardInterrupt, NoPlanError("no plan was found before the interruption (1.0 s)"))


@pytest.mark.parametrize("command", COMMANDS)
def test_an_interrupted_command_says_what_is_kept(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(hs.Scenario, "read", interrupted)
    monkeypatch.setattr(sys, "argv", ["hubselect", command, BASE])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert ended.value.code == 130
    assert said.out == ""
    assert said.err.count("\n") == 1 and "files already written are kept" in said.err


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_a_real_signal_outside_a_solve_ends_with_130_and_one_line() -> None:
    script = (
        "import os, signal, sys\n"
        "import hubselect as hs\n"
        "from hubselect.cli import main\n"
        "hs.Scenario.read = lambda *_, **__: os.kill(os.getpid(), signal.SIGINT)\n"
        f"sys.argv = ['hubselect', 'stress', '{BASE}']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 130
    assert done.stdout == "" and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("document", "marked"),
    [
        ({"complete": True}, ""),
        ({"complete": False}, "stopped by the interruption"),
        ({"stopped_by": ""}, ""),
        ({"stopped_by": "time limit"}, "stopped by the time limit"),
    ],
)
def test_an_answer_that_was_stopped_is_marked_beside_its_json(
    document: dict[str, Any], marked: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tell("why", document, "", {}, None, as_json=True)
    said = capsys.readouterr()
    assert said.out.startswith("{")
    assert (marked in said.err) if marked else said.err == ""


@pytest.mark.parametrize("started", [False, True])
def test_ctrl_c_while_a_solver_starts_leaves_no_run_behind(
    started: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that is left behind aborts the process when it ends."""
    left = [True]

    class Thread(threading.Thread):
        def start(self) -> None:
            first = left.pop() if left else False
            if started or not first:
                super().start()
            if first:
                raise KeyboardInterrupt

    monkeypatch.setattr(highs.threading, "Thread", Thread)
    model = build(toy())
    result = highs.run(compile_problem(model.problem), EXACT, relaxed=True)
    assert not left
    assert result.state in ("interrupted", "optimal")
    running = [t for t in threading.enumerate() if isinstance(t, Thread)]
    for thread in running:
        thread.join(timeout=10)
    assert not any(t.is_alive() for t in running)


def stopping(after: int, stop: Any, asked: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, stopped once it has answered so often."""
    turns: Iterator[int] = iter(range(1000))

    def answer(*arguments: Any, **options: Any) -> Any:
        if next(turns) >= after:
            raise stop
        return asked(*arguments, **options)

    return answer


@pytest.mark.parametrize("stop", STOPPED, ids=("Ctrl-C", "no plan"))
@pytest.mark.parametrize("after", [1, 2])
def test_a_comparison_that_is_stopped_keeps_the_plan(
    after: int, stop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    solve = stopping(after, stop, two_stage.solve_extensive)
    monkeypatch.setattr(two_stage, "solve_extensive", solve)
    found = two_stage.solve_two_stage(posed(0), NAMES, CHANCES, Stage(0), Measure(), price())
    assert found.stopped_by == found.to_dict()["stopped_by"] == "interruption"
    assert found.answer.state == "optimal" and not found.alone
    assert "Stopped by the interruption" in found.text


@pytest.mark.parametrize("stop", STOPPED, ids=("Ctrl-C", "no plan"))
def test_draws_that_are_done_are_kept(
    stop: Any, atlas: hs.Regions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(instance: Any, *_: Any) -> list[float]:
        return [np.nan] * len(instance.sites)

    monkeypatch.setattr(portfolio, "_openings", stopping(2, stop, opened))
    monkeypatch.setattr(portfolio, "marginal_job", lambda *_: 1.0)
    found = portfolio.portfolio(atlas, hs.Scenario.named(BASE), 4, figures=False)
    assert len(found.opened) == 2
    assert found.stopped_by == "interruption"


def test_a_limit_is_no_interruption(atlas: hs.Regions, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = NoPlanError("no plan for all futures was found before the time limit")
    monkeypatch.setattr(portfolio, "_openings", stopping(0, limit, lambda: None))
    monkeypatch.setattr(portfolio, "marginal_job", lambda *_: 1.0)
    with pytest.raises(NoPlanError, match="time limit"):
        portfolio.portfolio(atlas, hs.Scenario.named(BASE), 2, figures=False)
