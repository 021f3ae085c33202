"""The command `conflict`: why nothing fits, and what would make room."""

from __future__ import annotations

from typing import Annotated

import typer

from hubselect.cli_data import AsJson, Data, Level, regions_of, say
from hubselect.cli_options import Output, Overrides, ScenarioName, refuse_output, tell


def conflict(
    scenario: ScenarioName,
    set_: Overrides = None,
    giveway: Annotated[
        list[str] | None,
        typer.Option(help="What may give way first, e.g. milestone. May be repeated, in order."),
    ] = None,
    repairs: Annotated[bool, typer.Option(help="Find what would make room.")] = True,
    time_limit: Annotated[float | None, typer.Option(help="Seconds for one solve.")] = None,
    output: Output = None,
    level: Level = "region",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Name the fewest statements of a scenario that cannot hold together, and what mends it.

    Ctrl-C prints what is known so far.
    """
    import hubselect as hs
    from hubselect.explore.conflict.diagnosis import conflict as diagnosed

    refuse_output(output)
    overrides = [
        *(set_ or []),
        *([f"solve.time_limit={time_limit}"] if time_limit is not None else []),
    ]
    settings = hs.Scenario.read(scenario, overrides=overrides)
    found = diagnosed(
        regions_of(level, data), settings, giveway=giveway, repairs=repairs, progress=say
    )
    tell("conflict", found.to_dict(), found.text, {}, output, as_json)
