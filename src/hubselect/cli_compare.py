"""Commands over several plans and futures: compare, replan, sweep, assumptions."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hubselect.cli_data import AsJson, Data, Level, dumps, regions_of, say
from hubselect.cli_options import Output, Overrides, PlanFolder, ScenarioName, refuse_output, tell

if TYPE_CHECKING:
    from hubselect.explore.plans.assumptions import Assumptions
    from hubselect.explore.sweep import Sweep, SweepProgress

Workers = Annotated[int | None, typer.Option(help="Processes; all cores when left out.")]


def compare(
    plans: Annotated[list[Path], typer.Argument(help="Folders of plans, first the reference.")],
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Put plans side by side: cost, jobs, seats, payers, and the hubs that come and go."""
    import hubselect as hs

    refuse_output(output)
    names = [path.name for path in plans]
    read = [hs.Plan.read(path) for path in plans]
    found = hs.compare(*read, names=names if len(set(names)) == len(names) else None)
    titled = (
        ("Summary", found.summary.T),
        ("Money by payer, MAD over the horizon", found.payers),
        ("Hubs", found.hubs),
        ("Jobs in the last year", found.regions),
    )
    notes = [f"Note: {note}.\n" for note in found.notes]
    shown = [f"{title}\n{table.to_string(float_format=_number)}\n" for title, table in titled]
    text = "\n".join([*notes, *shown])
    tell("compare", found.to_dict(), text, found.tables, output, as_json)


def replan(
    plan: PlanFolder,
    scenario: ScenarioName,
    until: Annotated[int, typer.Option(help="Last year that stays as approved.")],
    set_: Overrides = None,
    penalty: Annotated[
        float, typer.Option(help="MAD for each hub added to or dropped from the plan.")
    ] = 0.0,
    keep: Annotated[
        list[str] | None,
        typer.Option(help="Decisions kept: installed, seats, places_added, jobs; all if left out."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write the new plan to.")
    ] = None,
    level: Level = "region",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Plan again with the past kept; split the change of cost into gap, data and targets."""
    import hubselect as hs
    from hubselect.explore.plans.replan import FROZEN

    refuse_output(output)
    approved = hs.Plan.read(plan)
    settings = hs.Scenario.read(scenario, overrides=set_ or [])
    say("planning again: the approved problem, the new data, the new targets …")
    found = hs.replan(
        approved, regions_of(level, data), settings, until=until,
        freeze=tuple(keep or FROZEN), penalty_mad=penalty,
    )  # fmt: skip
    if as_json:
        print(dumps(found.to_dict()))
    else:
        print(found.why.to_string(float_format=_number))
        print(f"\n{found.comparison.hubs.to_string()}")
        print(f"\nhubs added or dropped: {', '.join(found.moved) or 'none'}")
        print(f"keeping the approved hubs would cost {found.deviation_mad:,.0f} MAD more")
    if output is not None:
        found.plan.write(output)
        say(f"plan written to {output}")


def sweep(
    scenario: ScenarioName,
    draws: Annotated[int, typer.Option(help="Futures to draw.")] = 0,
    grid: Annotated[
        list[str] | None,
        typer.Option(help="section.key=[values] (JSON): every combination. May be repeated."),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option("--range", help="section.key=[low, best, high] to draw. May be repeated."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Draw these estimates alone. May be repeated.")
    ] = None,
    estimates: Annotated[
        bool, typer.Option(help="Draw every estimate of the atlas that the plan reads.")
    ] = True,
    missing_job: Annotated[
        float | None, typer.Option(help="MAD for a job missing at a target; none: no plan then.")
    ] = None,
    gap: Annotated[float | None, typer.Option(help="Relative gap to prove.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    workers: Workers = None,
    backend: Annotated[str, typer.Option(help="processes, serial or dask.")] = "processes",
    set_: Overrides = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder; an interrupted sweep goes on from it."),
    ] = None,
    level: Level = "region",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Solve a scenario in many futures, drawn or listed. Ctrl-C keeps those that are done."""
    import hubselect as hs

    refuse_output(output)
    settings = hs.Scenario.read(scenario, overrides=set_ or [])
    with _progress() as report:
        found = hs.sweep(
            regions_of(level, data), settings, draws=draws or None,
            grid=_assigned(grid, "--grid") if grid else None,
            figures=(only or True) if estimates else False,
            ranges=_assigned(vary, "--range"), seed=seed, missing_job_mad=missing_job, gap=gap,
            folder=output, backend=backend, workers=workers, progress=report,  # type: ignore[arg-type]
        )  # fmt: skip
    if not found.complete:
        rest = f", run the same command again to go on from {output}" if output else ""
        say(f"interrupted: {len(found.results)} of {len(found.drawn)} futures kept{rest}")
    print(dumps(found.to_dict()) if as_json else _sweep_text(found))


def assumptions(
    plan: PlanFolder,
    draws: Annotated[int, typer.Option(help="Futures to draw.")] = 128,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    swept: Annotated[
        Path | None, typer.Option("--sweep", help="Folder of a sweep to take instead.")
    ] = None,
    workers: Workers = None,
    output: Output = None,
    level: Level = "region",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Name the five estimates that move a plan most, and where its training seats go."""
    import hubselect as hs

    refuse_output(output)
    read = hs.Plan.read(plan)
    known = None if swept is None else hs.Sweep.read(swept)
    with _progress() as report:
        options: dict[str, Any] = {"workers": workers, "progress": report}
        found = hs.assumptions(
            read, regions_of(level, data), swept=known, draws=draws, seed=seed, **options
        )
    tables = {"ranking": found.ranking, "leaks": found.leaks, "prices": found.prices}
    tell("assumptions", found.to_dict(), _assumptions_text(found), tables, output, as_json)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (compare, replan, sweep, assumptions):
        app.command()(command)


def _sweep_text(found: Sweep) -> str:
    if found.results.empty:  # interrupted before the first block
        return repr(found)
    shown = [c for c in found.results.columns if c not in ("cpu_seconds", "objective_mad")]
    table = found.results[shown].select_dtypes("number").describe(percentiles=[0.05, 0.5, 0.95])
    summary = found.summary()
    lines = [f"  {n} without a plan: {why}" for why, n in summary["ruled_out_by"].items()]
    frequency = sorted(summary["hub_frequency"].items(), key=lambda item: -item[1])
    lines += [f"  {share:6.1%}  {site}" for site, share in frequency]
    return "\n".join([table.to_string(float_format=_number), "", repr(found), *lines])


def _assumptions_text(found: Assumptions) -> str:
    return "\n".join(
        [
            f"What moves the plan most ({found.method}, {found.futures} futures):",
            found.top.to_string(float_format=_number),
            "",
            f"{found.share_on_estimates:.0%} of the counted cost is paid at estimated prices.",
            "",
            "From funded seats to people in jobs in the last year:",
            found.leaks.to_string(float_format=_number),
            "",
            f"Public cost per net job: {found.public_cost_per_net_job_mad:,.0f} MAD.",
        ]
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _assigned(assignments: list[str] | None, option: str) -> dict[str, Any]:
    """`section.key=[…]` options as a mapping.

    Raises:
        ScenarioError: one is not an assignment of a JSON list; all are listed.
    """
    from hubselect.errors import Problem, ScenarioError

    found: dict[str, Any] = {}
    problems = []
    for text in assignments or []:
        key, _, listed = text.partition("=")
        try:
            values = json.loads(listed)
        except ValueError:
            values = None
        if not key.strip() or not isinstance(values, list):
            expected = "section.key=[values], for example hubs.max_open=[4, 8]"
            problems.append(Problem(f"{option} {text}", "is not a list of values", expected))
        found[key.strip()] = values
    if problems:
        raise ScenarioError(problems)
    return found


@contextmanager
def _progress() -> Iterator[Callable[[SweepProgress], None]]:
    """A line on stderr: futures done and the time left; live on a terminal."""
    live = sys.stderr.isatty()

    def show(p: SweepProgress) -> None:
        left = "" if p.left is None else f", {p.left:,.0f} s left"
        text = f"{p.done:,} of {p.total:,} futures, {p.seconds:,.0f} s{left}"
        sys.stderr.write(f"\r{text:<72}" if live else f"{text}\n")
        sys.stderr.flush()

    yield show
    if live:
        sys.stderr.write("\n")
