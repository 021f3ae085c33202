"""The command `conflict`: why nothing fits, and what would make room."""

from __future__ import annotations

from typing import Annotated

import typer

from hubselect.cli_data import AsJson, Data, Level, dumps, regions_of, say


def conflict(
    scenario: Annotated[str, typer.Argument(help="A shipped scenario's name or a .toml file.")],
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Override a setting: section.key=value. May be repeated."),
    ] = None,
    giveway: Annotated[
        list[str] | None,
        typer.Option(help="What may give way first, e.g. milestone. May be repeated, in order."),
    ] = None,
    repairs: Annotated[bool, typer.Option(help="Find what would make room.")] = True,
    time_limit: Annotated[float | None, typer.Option(help="Seconds for one solve.")] = None,
    level: Level = "region",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Name the fewest statements of a scenario that cannot hold together, and what mends it.

    Ctrl-C prints what is known so far.
    """
    import hubselect as hs
    from hubselect.explore.diagnosis import conflict as diagnosed

    overrides = [*(set_ or []), *([f"solve.time_limit={time_limit}"] if time_limit else [])]
    settings = hs.Scenario.read(scenario, overrides=overrides)
    found = diagnosed(
        regions_of(level, data), settings, giveway=giveway, repairs=repairs, progress=say
    )
    print(dumps(found.to_dict()) if as_json else found.text)
