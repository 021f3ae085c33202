"""Futures stated one by one, or as every combination of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pandas as pd

from hubselect.errors import Problem, ScenarioError
from hubselect.explore.draws import settings_problems, with_settings
from hubselect.regions import Regions
from hubselect.scenario import Scenario


@dataclass(frozen=True, eq=False)
class Grid:
    """Futures as settings of the scenario by dotted key, one mapping a future."""

    overrides: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(
        cls, grid: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]], scenario: Scenario
    ) -> Grid:
        """Every combination of the values of a mapping (the last key fastest), or a list as it is.

        Raises:
            ScenarioError: there is no future in it, values are no list, or the scenario has no
                such setting or value.
        """
        if isinstance(grid, Iterable) and not isinstance(grid, str | Mapping):
            grid = list(grid)
        problems = _shape_problems(grid)
        if problems:
            raise ScenarioError(problems)
        if isinstance(grid, Mapping):
            made = [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
        else:
            made = [dict(one) for one in grid]
        if not made or not any(made):
            raise ScenarioError([Problem("grid", "has no future", "values by dotted setting")])
        problems = settings_problems(scenario, _suspects(scenario, made))
        if problems:
            raise ScenarioError(problems)
        return cls(tuple(made))

    def __len__(self) -> int:
        return len(self.overrides)

    @property
    def table(self) -> pd.DataFrame:
        """Settings by future; missing where a future leaves one as it is."""
        return pd.DataFrame(list(self.overrides), index=pd.RangeIndex(len(self), name="future"))

    def future(self, regions: Regions, scenario: Scenario, n: int) -> tuple[Regions, Scenario]:
        """Atlas and scenario of future n.

        Raises:
            ScenarioError: an unknown setting or a wrong value.
        """
        return regions, with_settings(scenario, self.overrides[n])

    def path(self, numbers: Sequence[int]) -> list[int]:
        """The same futures as they are: the last setting of a grid changes fastest."""
        return list(numbers)


def _shape_problems(grid: object) -> list[Problem]:
    """What is no list of values by setting, and no list of settings."""
    expected = "values by dotted setting, or a list of settings by future"
    if isinstance(grid, Mapping):
        return [
            Problem(f"grid '{key}'", f"is {values!r}", "a list of values")
            for key, values in grid.items()
            if isinstance(values, str) or not isinstance(values, Iterable)
        ]
    if not isinstance(grid, list):
        return [Problem("grid", f"is {grid!r}", expected)]
    return [
        Problem(f"grid, future {n}", f"is {one!r}", "values by dotted setting")
        for n, one in enumerate(grid)
        if not isinstance(one, Mapping)
    ]


def _suspects(scenario: Scenario, made: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of each value that is wrong alone the first future that has it: others may mend it there."""
    first: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    for future in made:
        for key, value in future.items():
            first.setdefault(f"{key} {value!r}", ({key: value}, future))
    return [future for alone, future in first.values() if settings_problems(scenario, [alone])]
