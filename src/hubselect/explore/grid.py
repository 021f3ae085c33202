"""Futures stated one by one, or as every combination of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pandas as pd

from hubselect.errors import Problem, ScenarioError
from hubselect.explore.draws import with_settings
from hubselect.regions import Regions
from hubselect.scenario import Scenario


@dataclass(frozen=True, eq=False)
class Grid:
    """Futures as settings of the scenario by dotted key, one mapping a future."""

    overrides: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, grid: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]]) -> Grid:
        """Every combination of the values of a mapping (the last key fastest), or a list as it is.

        Raises:
            ScenarioError: there is no future in it.
        """
        if isinstance(grid, Mapping):
            made = [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
        else:
            made = [dict(one) for one in grid]
        if not made or not any(made):
            raise ScenarioError([Problem("grid", "has no future", "values by dotted setting")])
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
