"""What several commands share: arguments and options, a plan asked for, an answer told."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hubselect.cli_data import AsJson, Data, Level, dumps, regions_of, say

if TYPE_CHECKING:
    import pandas as pd

    from hubselect.plan import Plan
    from hubselect.regions import Regions
    from hubselect.scenario import Scenario

ScenarioName = Annotated[str, typer.Argument(help="A shipped scenario's name or a .toml file.")]
PlanFolder = Annotated[Path, typer.Argument(help="A plan's folder or plan.json.")]
PlanOrScenario = Annotated[
    str,
    typer.Argument(
        metavar="PLAN_OR_SCENARIO",
        help="A plan's folder or plan.json, or a scenario to solve first.",
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Override a setting of the scenario: section.key=value (TOML). May be repeated.",
    ),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Folder to write JSON and CSV to.")
]


@dataclass(frozen=True)
class Asked:
    """The options of every command that answers: its fields are they. See `answering`."""

    set_: Overrides = None
    output: Output = None
    level: Level = "region"
    data: Data = None
    as_json: AsJson = False

    @property
    def regions(self) -> Regions:
        """The data chosen."""
        return regions_of(self.level, self.data)

    def scenario(self, name: str, *more: str) -> Scenario:
        """A scenario with the settings given, and more of them (section.key=value).

        Raises:
            ScenarioError: it is wrong.
        """
        import hubselect as hs

        return hs.Scenario.read(name, overrides=[*(self.set_ or []), *more])

    def plan(self, argument: str) -> Plan:
        """A plan from its folder or file, or from a scenario's name or file, solved first.

        Raises:
            ScenarioError: the scenario is wrong, or settings are given for a plan that is made.
        """
        import hubselect as hs
        from hubselect.errors import Problem, ScenarioError

        path = Path(argument)
        if (path / "plan.json").is_file() or path.suffix == ".json":
            if self.set_:
                what = f"cannot change {argument}, a plan that is made"
                expected = "a scenario instead of the plan, or `hubselect replan`"
                raise ScenarioError([Problem(f"--set {s}", what, expected) for s in self.set_])
            return hs.Plan.read(path)
        scenario = self.scenario(argument)
        say(f"solving {scenario.name} …")
        return hs.solve(self.regions, scenario)

    def tell(
        self, name: str, document: Mapping[str, Any], text: str, tables: Mapping[str, pd.DataFrame]
    ) -> None:
        """Print an answer, and write it where asked."""
        tell(name, document, text, tables, self.output, self.as_json)


def answering(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameter `asked` is filled from the options of `Asked`, after its own.

    That the output can be written is checked before the command runs.
    """
    own = inspect.signature(command, eval_str=True)
    shared = inspect.signature(Asked, eval_str=True).parameters

    @wraps(command)
    def told(**given: Any) -> None:
        asked = Asked(**{name: given.pop(name) for name in shared})
        refuse_output(asked.output)
        command(asked=asked, **given)

    kept = [p for name, p in own.parameters.items() if name != "asked"]
    told.__signature__ = own.replace(parameters=[*kept, *shared.values()])  # type: ignore[attr-defined]
    return told


def refuse_output(output: Path | None) -> None:
    """Say before a long solve, not after it, that a folder cannot be written.

    Raises:
        DataError: it is a file, or may not be written.
    """
    from hubselect.errors import DataError, Problem

    if output is None:
        return
    nearest_folder = next((p for p in (output, *output.resolve().parents) if p.exists()), None)
    if output.exists() and not output.is_dir():
        raise DataError([Problem(f"--output {output}", "is a file", "a folder")])
    if nearest_folder is None or not os.access(nearest_folder, os.W_OK):
        raise DataError([Problem(f"--output {output}", "cannot be written", "a writable folder")])


def tell(
    name: str,
    document: Mapping[str, Any],
    text: str,
    tables: Mapping[str, pd.DataFrame],
    output: Path | None,
    as_json: bool,
) -> None:
    """Print an answer as one JSON object or as text; write JSON and one CSV a table.

    An answer that was stopped is so marked on stderr, whether it is read as text or by a program.
    """
    from hubselect.explore.answers.shown import write_answer

    stop = document.get("stopped_by") or ("" if document.get("complete", True) else "interruption")
    if stop:
        say(f"stopped by the {stop}: {name} holds what was known until then, the rest is lost")
    # neither a full disk nor a reader that stops reading (| head) may lose the answer
    try:
        print(dumps(document) if as_json else text, flush=True)
    finally:
        if output is not None:
            write_answer(output, name, document, tables)
            say(f"{name} written to {output}")
