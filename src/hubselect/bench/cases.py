"""What is measured: cases by level, and the phases each goes through."""

from __future__ import annotations

from dataclasses import dataclass

from hubselect.errors import DataError, Problem, ScenarioError, nearest
from hubselect.scenario import Scenario, shipped_names
from hubselect.schema import LEVELS

PHASES = (
    "read", "score", "assemble", "build", "hand over", "root LP", "first plan", "1 %", "0.1 %",
    "solve",
    "audit", "report",
)  # fmt: skip
# beyond regions the base scenario stands for all: a run takes minutes
FINE = "tech-valley-2030"
GAPS = {"region": None, "province": None, "commune": 0.01}  # None: the scenario's own


@dataclass(frozen=True)
class Case:
    """A scenario at a level, to a gap (None: its own)."""

    scenario: str
    level: str = "region"
    gap: float | None = None

    @property
    def name(self) -> str:
        """Scenario, and level where it is not the regions'."""
        return self.scenario if self.level == "region" else f"{self.scenario} ({self.level})"


def cases(level: str = "region", scenarios: tuple[str, ...] = ()) -> tuple[Case, ...]:
    """Cases of a level: every shipped scenario at region level, the base one at finer levels.

    Raises:
        DataError: an unknown level, or scenarios that are none.
    """
    problems = []
    if level not in LEVELS:
        problems.append(Problem("level", f"'{level}' is unknown", hint=nearest(level, LEVELS)))
    for name in scenarios:
        try:
            Scenario.read(name)
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    names = scenarios or (shipped_names() if level == "region" else (FINE,))
    return tuple(Case(name, level, GAPS[level]) for name in names)
