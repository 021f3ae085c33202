"""`hubselect bench`: shipped scenarios solved and timed, compared with the committed results."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hubselect.cli_data import AsJson, dumps, say

if TYPE_CHECKING:
    from hubselect.bench.cases import Case
    from hubselect.bench.results import Results


def bench(
    names: Annotated[
        list[str] | None, typer.Argument(help="Scenarios; all that ship when left out.")
    ] = None,
    level: Annotated[str, typer.Option(help="region, province or commune.")] = "region",
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each case.")] = 1,
    time_limit: Annotated[float, typer.Option(help="Seconds a solve.")] = 300.0,
    against: Annotated[
        Path | None, typer.Option(help="Earlier results.json; the committed one when left out.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for results.json and the charts."),
    ] = None,
    peers: Annotated[
        bool, typer.Option("--peers", help="Plain models by HiGHS and CBC too (in a checkout).")
    ] = False,
    published: Annotated[
        Path | None, typer.Option(help="Folder of published instances: run hs.locate on them.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Solve the shipped scenarios, time every phase, and say what changed."""
    from hubselect.bench.cases import cases
    from hubselect.bench.results import Results
    from hubselect.shipped import results_file

    chosen = cases(level, tuple(names or ()))
    earlier = results_file() if against is None else against
    before = Results.read(earlier) if against is not None or earlier.is_file() else None
    results = _measured(chosen, repeats, time_limit)
    if output is not None:
        _write(results, output)
    changes = None if before is None else results.changes(before)
    if as_json:
        print(dumps({**results.to_dict(), "changes": changes}))
    else:
        print("\n".join(_lines(results)))
        if before is not None:
            print(f"\nAgainst the results of {before.about['date']}:")
            print("\n".join(f"  {text}" for text in changes or ["nothing changed"]))
    if peers:
        _script("plain", *(names or ()), "--level", level)
    if published is not None:
        _script("locate", instances=published)


def _measured(chosen: tuple[Case, ...], repeats: int, time_limit: float) -> Results:
    """Run every case; Ctrl-C keeps what was measured."""
    from hubselect.bench.measure import measure
    from hubselect.bench.results import gathered

    runs: list[Any] = []
    try:
        for n, case in enumerate(chosen):
            for turn in range(repeats):
                say(f"{n + 1}/{len(chosen)} {case.name}, run {turn + 1} of {repeats} …")
                runs.append(measure(case, time_limit=time_limit))
    except KeyboardInterrupt:
        if not runs:
            raise
        say("interrupted: what was measured is kept")
    return gathered(runs, repeats=repeats, time_limit=time_limit)


def _write(results: Results, folder: Path) -> None:
    from hubselect.bench.page import write_charts

    folder.mkdir(parents=True, exist_ok=True)
    results.write(folder / "results.json")
    write_charts(results, folder)
    say(f"results and charts written to {folder}")


def _lines(results: Results) -> list[str]:
    from hubselect.bench.page import about_line, phase_lines, plan_lines

    head = [about_line(results), "", *plan_lines(results)]
    return [*head, "", "CPU seconds by phase:", "", *phase_lines(results)]


def _script(name: str, *arguments: str, instances: Path | None = None) -> None:
    """Run a script of the checkout's benchmarks folder; `instances` are the published ones.

    Raises:
        DataError: this is not a checkout, the script is not in it, or there are no instances.
    """
    from hubselect.errors import DataError, Problem
    from hubselect.shipped import scenario_folder

    home, environment = scenario_folder().parent, dict(os.environ)
    if not (home / f"{name}.py").is_file():
        raise DataError([Problem(f"benchmarks/{name}.py", "is not here", "a source checkout")])
    if instances is not None:
        if not instances.is_dir():
            raise DataError([Problem("--published", f"no folder {instances}", "a folder")])
        environment["HUBSELECT_INSTANCES"] = str(instances.resolve())
    command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
    ended = subprocess.run(command, check=False, cwd=home.parent, env=environment)
    if ended.returncode != 0:
        raise typer.Exit(ended.returncode)
