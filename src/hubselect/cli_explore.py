"""Commands that ask a plan: why, alternatives, frontier, prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from hubselect.cli_data import say
from hubselect.cli_options import Asked, PlanOrScenario, answering

Gap = Annotated[
    float | None, typer.Option(help="Relative gap of every solve; the plan's unless given.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to an application."""
    for command in (why, alternatives, frontier, prices):
        app.command()(command)


@answering
def why(
    plan: PlanOrScenario,
    asked: Asked,
    place: Annotated[
        list[str] | None, typer.Argument(help="Sites or regions; all sites when left out.")
    ] = None,
    turns: Annotated[
        bool | None, typer.Option(help="Search what would turn it; on where places are named.")
    ] = None,
    gap: Gap = None,
) -> None:
    """Why a place has a hub, or none: the proven cost of deciding otherwise."""
    from hubselect.explore.answers import shown
    from hubselect.explore.answers import why as room
    from hubselect.explore.workbench import Workbench

    bench = Workbench.of(asked.plan(plan), gap=gap)
    with steps() as told:
        if place:
            answers: tuple[Any, ...] = ()
            for one in place:
                found = room.why(bench, one, gap=gap, turns=turns is not False, progress=told)
                answers = (*answers, found)
                if not found.complete:
                    break
        else:
            answers = room.why_all(bench, gap=gap, turns=bool(turns), progress=told)
    document = {
        "complete": all(a.complete for a in answers),
        "places": [a.to_dict() for a in answers],
    }
    asked.tell("why", document, shown.why_text(answers), shown.tables_of(answers))


@answering
def alternatives(
    plan: PlanOrScenario,
    asked: Asked,
    within: Annotated[
        float, typer.Option(help="Share of the plan's cost that may be added.")
    ] = 0.01,
    count: Annotated[int, typer.Option(min=0, help="Hub maps to find beside the plan's.")] = 4,
    seeds: Annotated[int, typer.Option(min=0, help="Other seeds to solve the plan from.")] = 2,
    people: Annotated[bool, typer.Option(help="Also fewest and most seats and jobs.")] = True,
    gap: Gap = None,
) -> None:
    """What else is almost as cheap: core, coin-flips, fewest and most, other hub maps."""
    from hubselect.explore.answers import alternatives as room
    from hubselect.explore.answers import shown

    with steps() as told:
        found = room.alternatives(
            asked.plan(plan), within, count=count,
            seeds=tuple(range(1, seeds + 1)), people=people, gap=gap, progress=told,
        )  # fmt: skip
    text, tables = shown.alternatives_text(found), shown.tables_of(found)
    asked.tell("alternatives", found.to_dict(), text, tables)


@answering
def frontier(
    plan: PlanOrScenario,
    asked: Asked,
    against: Annotated[
        list[str] | None,
        typer.Option(help="jobs, quality, fairness, gini, budget:PAYER; once or twice."),
    ] = None,
    at: Annotated[
        list[str] | None, typer.Option(help="Levels of one of them: jobs=270000,275000.")
    ] = None,
    points: Annotated[int, typer.Option(min=2, help="Levels, where none are given.")] = 5,
    check: Annotated[bool, typer.Option(help="Prove that nothing beats each point.")] = False,
    gap: Gap = None,
) -> None:
    """Cost against one or two other things, with MAD per unit between the points."""
    from hubselect.explore.answers import frontier as room
    from hubselect.explore.answers import shown

    chosen = against or ["jobs"]
    population = None
    if {"fairness", "gini"} & set(chosen):
        heads = asked.regions.table("basins")["population_15_64"]
        population = {str(basin): float(value) for basin, value in heads.items()}
    made = asked.plan(plan)
    with steps() as told:
        found = room.frontier(
            made, chosen, levels=dict(_levels(one) for one in at or []), points=points,
            population=population, check=check, gap=gap, progress=told,
        )  # fmt: skip
    text, tables = shown.frontier_text(found), shown.tables_of(found)
    asked.tell("frontier", found.to_dict(), text, tables)


@answering
def prices(
    plan: PlanOrScenario,
    asked: Asked,
    arc: Annotated[
        list[str] | None,
        typer.Option(help="Families re-optimised for an arc price, 'none' for none."),
    ] = None,
    step: Annotated[
        list[str] | None, typer.Option(help="Step of an arc: job_target=1000. May be repeated.")
    ] = None,
    gap: Gap = None,
) -> None:
    """What one more of each statement and each resource is worth, three ways."""
    from hubselect.explore.answers import prices as room
    from hubselect.explore.answers import shown

    families = tuple(f for f in arc if f != "none") if arc else room.ASKED
    taken = {name: values[0] for name, values in (_levels(one) for one in step or [])}
    with steps() as told:
        found = room.prices(
            asked.plan(plan), arcs=families, steps=taken, gap=gap,
            progress=told,
        )  # fmt: skip
    text, tables = shown.prices_text(found), shown.tables_of(found)
    asked.tell("prices", found.to_dict(), text, tables)


@contextmanager
def steps() -> Iterator[Callable[[Any], None]]:
    """A live line on stderr for each question; one plain line each where not a terminal."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: say(_words(step)) if step.inner is None else None
        return
    with Live(Text("asking …"), console=console, transient=True) as live:

        def show(step: Any) -> None:
            inner = step.inner
            known = "" if inner is None or inner.gap is None else f"  gap {inner.gap:.2%}"
            text = f"{_words(step)}{known}  (Ctrl-C keeps what is answered)"
            if inner is not None and inner.stopping:
                text = "stopping: what is answered is kept …"
            live.update(Text(text))

        yield show


def _words(step: Any) -> str:
    of = f" of {step.of}" if step.of else ""
    return f"[{step.done + 1}{of}] {step.what}"


def _levels(text: str) -> tuple[str, list[float]]:
    """'jobs=270000,275000' as a name and its numbers.

    Raises:
        ScenarioError: it is written otherwise.
    """
    from hubselect.errors import Problem, ScenarioError

    name, _, numbers = text.partition("=")
    try:
        return name.strip(), [float(n) for n in numbers.split(",")]
    except ValueError:
        problem = Problem(
            f"'{text}'", "is not a name and numbers", "for example jobs=270000,275000"
        )
        raise ScenarioError([problem]) from None
