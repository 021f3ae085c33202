"""Commands about what is not known: futures, stress, portfolio, calendar."""

from __future__ import annotations

from typing import Annotated

import typer

from hubselect.cli_data import say
from hubselect.cli_options import Asked, PlanOrScenario, ScenarioName, answering

FuturesFile = Annotated[
    str, typer.Option("--futures", help="A shipped set of futures, or a .toml file.")
]
DecideBy = Annotated[int | None, typer.Option(help="Last year that is decided now.")]
SHIPPED = "offshoring-2030"


@answering
def futures(
    scenario: ScenarioName,
    asked: Asked,
    futures_: FuturesFile = SHIPPED,
    decide_by: DecideBy = None,
    hubs: Annotated[str, typer.Option(help="now: all are decided now; later: those after.")] = (
        "now"
    ),
    measure: Annotated[str, typer.Option(help="expected, cvar, worst or missing.")] = "expected",
    weight: Annotated[float, typer.Option(help="Weight of the risk, 0 to 1.")] = 0.5,
    method: Annotated[str, typer.Option(help="extensive or decomposition.")] = "extensive",
    compare: Annotated[bool, typer.Option(help="Regret, value of planning, of knowing.")] = True,
) -> None:
    """Decide hubs and seats once for several futures, and show what follows in each."""
    import hubselect as hs

    _one_of("--hubs", hubs, ("now", "later"))
    _one_of("--measure", measure, ("expected", "cvar", "worst", "missing"))
    _one_of("--method", method, ("extensive", "decomposition"))
    settings = asked.scenario(scenario)
    say("solving all futures together …")
    found = hs.two_stage(
        asked.regions, settings, hs.Futures.read(futures_), decide_by=decide_by,
        hubs=hubs, measure=hs.Measure(measure, weight=weight),  # type: ignore[arg-type]
        method=method, compare=compare,  # type: ignore[arg-type]
    )  # fmt: skip
    tables = {"outcomes": found.outcomes, "regret": found.regret}
    asked.tell("futures", found.to_dict(), found.text, tables)


@answering
def stress(
    plan: PlanOrScenario,
    asked: Asked,
    draws: Annotated[int, typer.Option(min=1, help="How many futures to draw.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    decide_by: DecideBy = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Replay a plan's first decisions in many drawn futures: how often is a promise broken?

    Ctrl-C prints the futures done so far.
    """
    import hubselect as hs

    made, regions = asked.plan(plan), asked.regions
    found = hs.stress(
        made, draws, seed=seed, regions=regions, decide_by=decide_by, workers=workers,
        progress=lambda done, of: say(f"{done} of {of} futures"),
    )  # fmt: skip
    tables = {"outcomes": found.outcomes, "drawn": found.drawn}
    asked.tell("stress", found.to_dict(), found.text, tables)


@answering
def portfolio(
    scenario: ScenarioName,
    asked: Asked,
    draws: Annotated[int, typer.Option(min=1, help="How many times to plan.")] = 50,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    weights: Annotated[bool, typer.Option(help="Draw the weights of the score's pillars.")] = True,
    estimates: Annotated[bool, typer.Option(help="Draw the estimates of the atlas.")] = True,
    gap: Annotated[float, typer.Option(help="Relative gap of each plan.")] = 0.005,
) -> None:
    """Plan again under drawn weights and figures: how often is a hub part of the plan?

    Ctrl-C prints the draws done so far.
    """
    import hubselect as hs

    settings = asked.scenario(scenario)
    found = hs.portfolio(
        asked.regions, settings, draws, seed=seed, weights=weights, figures=estimates,
        gap=gap, progress=lambda done, of: say(f"{done} of {of} draws"),
    )  # fmt: skip
    hubs, maps = found.hubs.round(3), found.maps.round(3)
    counted = f"{len(found.opened)} of {found.asked} draws"
    text = f"{counted}\n\n{hubs.to_string()}\n\n{maps.to_string(index=False)}"
    tables = {"hubs": found.hubs, "maps": found.maps}
    asked.tell("portfolio", found.to_dict(), text, tables)


@answering
def calendar(
    plan: PlanOrScenario,
    asked: Asked,
    futures_: FuturesFile = SHIPPED,
    decide_by: DecideBy = None,
    delta: Annotated[float, typer.Option(help="How much dearer waiting may be: 0.005.")] = 0.005,
) -> None:
    """Say what must be decided now, what can wait, until when, and what waiting is worth.

    Ctrl-C prints what is known so far.
    """
    import hubselect as hs

    made = asked.plan(plan)
    scenario = hs.Scenario.from_dict(made.scenario, name=made.facts.scenario)
    found = hs.calendar(
        asked.regions, scenario, hs.Futures.read(futures_), plan=made, delta=delta,
        decide_by=decide_by, progress=say,
    )  # fmt: skip
    tables = {"hubs": found.hubs, "waiting": found.waiting}
    asked.tell("calendar", found.to_dict(), found.text, tables)


def _one_of(option: str, value: str, valid: tuple[str, ...]) -> None:
    from hubselect.errors import Problem, ScenarioError

    if value not in valid:
        problem = Problem(f"{option} {value}", "is unknown", " or ".join(valid))
        raise ScenarioError([problem])
