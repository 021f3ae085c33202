"""The command line: data goes to stdout, progress and errors to stderr.

Exit codes: 0 done; 1 internal failure; 2 wrong input or usage; 3 proven infeasible or unbounded;
4 no plan before the limit or the interruption; 5 solver missing or failed; 130 interrupted
outside the solve.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hubselect import cli_compare, cli_explore
from hubselect.cli_bench import bench
from hubselect.cli_conflict import conflict
from hubselect.cli_data import AsJson, Data, Level, data_app, dumps, regions_of, say
from hubselect.cli_futures import calendar, futures, portfolio, stress
from hubselect.cli_options import Asked, Overrides, ScenarioName, answering, refuse_output

if TYPE_CHECKING:
    from hubselect.consistency import Statement

INTERRUPTED = 130

app = typer.Typer(
    help="Where to open Tech Valley Offshoring hubs and fund training seats, at least cost.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(data_app, name="data")
for command in (conflict, futures, stress, calendar, portfolio, bench):
    app.command()(command)
cli_explore.register(app)
cli_compare.register(app)


@app.command()
def solve(
    scenario: ScenarioName,
    set_: Overrides = None,
    time_limit: Annotated[float | None, typer.Option(help="Seconds.")] = None,
    gap: Annotated[
        float | None, typer.Option(help="Relative gap to prove, 0.001 is 0.1 %.")
    ] = None,
    solver: Annotated[str | None, typer.Option(help="HiGHS, or any PuLP solver's name.")] = None,
    seed: Annotated[int | None, typer.Option(help="Random seed of the solver.")] = None,
    threads: Annotated[
        int | None,
        typer.Option(help="Threads to search with, 2 unless the scenario says otherwise."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write the plan to.")
    ] = None,
    level: Level = "region",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Find the least-cost plan of a scenario, prove it, print it and write it."""
    import hubselect as hs
    from hubselect.report.text import plan_text, statement_lines

    given = {"time_limit": time_limit, "gap": gap, "seed": seed, "threads": threads}
    overrides = [*(set_ or []), *(f"solve.{k}={v}" for k, v in given.items() if v is not None)]
    if solver is not None:
        overrides.append(f"solve.solver={json.dumps(solver)}")
    refuse_output(output)
    settings = hs.Scenario.read(scenario, overrides=overrides)
    regions = regions_of(level, data)

    def checked(statements: Iterable[Statement]) -> None:
        say("Do the targets agree?")
        say("\n".join(statement_lines(statements)))

    with _progress_line() as report:
        plan = hs.solve(regions, settings, checked=checked, progress=report)
    # neither a full disk nor a reader that stops reading (| head) may lose the plan
    try:
        print(dumps(plan.summary()) if as_json else plan_text(plan), flush=True)
    finally:
        if output is not None:
            plan.write(output)
            say(f"plan written to {output}")


@app.command()
@answering
def score(
    scenario: ScenarioName,
    asked: Asked,
    robust: Annotated[
        int, typer.Option(min=0, help="Draws of weights and data for rank intervals; 0: none.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    explain: Annotated[
        str | None, typer.Option(help="Explain the score of one region, by code, in words.")
    ] = None,
) -> None:
    """Score the regions on talent, infrastructure and cost."""
    import hubselect as hs

    settings = asked.scenario(scenario)
    scores = hs.score(asked.regions, settings)
    draws = scores.robustness(draws=robust, seed=seed) if robust else None
    tables, text = {"regions": scores.table}, scores.table.round(1).to_string()
    if draws is not None:
        tables["ranks"] = draws.table
        text += (
            f"\n\n{draws.draws:,} draws of weights and data:\n{draws.table.round(2).to_string()}"
        )
    text = text if explain is None else scores.explain(explain, draws)
    asked.tell("score", scores.to_dict(draws), text, tables)


@app.command()
def scenarios(as_json: AsJson = False) -> None:
    """List the shipped scenarios and their stories."""
    from hubselect.scenario import Scenario, shipped_names

    found = [(name, Scenario.named(name).about) for name in shipped_names()]
    if as_json:
        print(dumps([{"name": n, **about.model_dump(mode="json")} for n, about in found]))
        return
    for name, about in found:
        print(f"{name}\n    {about.title}\n    {' '.join(about.story.split())}\n")


def main() -> None:
    """Run the command line; turns hubselect's errors into a message and an exit code."""
    try:
        app()
    except (KeyboardInterrupt, SystemExit) as end:
        # typer makes of Ctrl-C an exit without a word
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            raise
        say("interrupted before the answer was complete: files already written are kept, no more")
        sys.exit(INTERRUPTED)
    except Exception as error:
        from hubselect import errors

        codes: tuple[tuple[type[Exception], int], ...] = (
            (errors.InputError, 2),
            (errors.InfeasibleError, 3),
            (errors.UnboundedError, 3),
            (errors.NoPlanError, 4),
            (errors.SolverError, 5),
            (errors.HubselectError, 1),
            (OSError, 2),
        )
        for kind, code in codes:
            if isinstance(error, kind):
                say(str(error))
                sys.exit(code)
        raise


@contextmanager
def _progress_line() -> Iterator[Callable[[Any], None] | None]:
    """A live line on stderr: incumbent, bound, gap, seconds; one word where not a terminal."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(stderr=True)
    if not console.is_terminal:
        say("solving …")
        yield None
        return
    with Live(Text("solving …"), console=console, transient=True) as live:

        def show(p: Any) -> None:
            best = "no plan yet" if p.incumbent is None else f"best {p.incumbent:,.1f} MMAD"
            if p.stopping:
                live.update(Text("stopping: the best plan so far is kept …"))
                return
            bound = "" if p.bound is None else f"  bound {p.bound:,.1f}"
            gap = "" if p.gap is None else f"  gap {p.gap:.2%}"
            live.update(Text(f"{p.seconds:6.1f} s  {best}{bound}{gap}  (Ctrl-C keeps the best)"))

        yield show
