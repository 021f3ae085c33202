"""The command `conflict`: why nothing fits, and what would make room."""

from __future__ import annotations

from typing import Annotated

import typer

from hubselect.cli_data import say
from hubselect.cli_options import Asked, ScenarioName, answering


@answering
def conflict(
    scenario: ScenarioName,
    asked: Asked,
    giveway: Annotated[
        list[str] | None,
        typer.Option(help="What may give way first, e.g. milestone. May be repeated, in order."),
    ] = None,
    repairs: Annotated[bool, typer.Option(help="Find what would make room.")] = True,
    time_limit: Annotated[float | None, typer.Option(help="Seconds for one solve.")] = None,
) -> None:
    """Name the fewest statements of a scenario that cannot hold together, and what mends it.

    Ctrl-C prints what is known so far.
    """
    from hubselect.explore.conflict.diagnosis import conflict as diagnosed

    limit = () if time_limit is None else (f"solve.time_limit={time_limit}",)
    settings = asked.scenario(scenario, *limit)
    found = diagnosed(asked.regions, settings, giveway=giveway, repairs=repairs, progress=say)
    asked.tell("conflict", found.to_dict(), found.text, {})
