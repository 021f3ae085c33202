"""The tables an instance is made from, with labels in order, and typed access to their values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from hubselect.instance import Floats, Ints
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.scenario.sections import Document
from hubselect.score_regions import score
from hubselect.scoring import Scores

MMAD = 1e-6
PERCENT = 1e-2


@dataclass(frozen=True)
class Labels:
    """Members of every set, in the order of the arrays."""

    basins: tuple[str, ...]
    sites: tuple[str, ...]
    sizes: tuple[str, ...]
    years: tuple[int, ...]
    segments: tuple[str, ...]
    skills: tuple[str, ...]
    pools: tuple[str, ...]
    programmes: tuple[str, ...]

    @classmethod
    def of(cls, regions: Regions, scenario: Scenario) -> Labels:
        """Members in the order of the tables, sizes from small to large."""
        horizon = scenario.horizon
        return cls(
            basins=tuple(regions.codes),
            sites=tuple(s for s, b in regions.site_basins.items() if b in set(regions.codes)),
            sizes=_names(regions.table("hub_sizes").sort_values("workstations").index),
            years=tuple(range(horizon.first_year, horizon.last_year + 1)),
            segments=_names(regions.table("segments").index),
            skills=_names(regions.table("skills").index),
            pools=_names(regions.table("pools").index),
            programmes=_names(regions.table("programmes").index),
        )


@dataclass(frozen=True)
class Source:
    """Regions, scenario and scores, read by label and returned by position."""

    regions: Regions
    scenario: Scenario
    scores: Scores
    labels: Labels

    @property
    def settings(self) -> Document:
        """The scenario's sections, typed."""
        return self.scenario.document

    @cached_property
    def site_basin(self) -> Ints:
        """Basin of each site, [H]."""
        home = self.regions.site_basins
        return np.array([self.labels.basins.index(home[h]) for h in self.labels.sites], dtype=int)

    @cached_property
    def elapsed(self) -> Floats:
        """Years since the base year: 1, 2, …; [T]."""
        return np.array(self.labels.years, dtype=float) - self.settings.horizon.base_year

    @cached_property
    def quality(self) -> Floats:
        """Quality score of each basin, 0–100, [R]."""
        return np.array([float(self.scores.quality[b]) for b in self.labels.basins])

    @cached_property
    def filling(self) -> Floats:
        """Quality score that steers the ramp-up of each site, [H]: that of the site's region.

        At finer grains the region's score is taken as well, because the parks whose ramp-up is
        known are told apart by their regions and not by their towns (ADR 13). Without a wider
        atlas it is the basin's own.
        """
        wider = self.regions.wider
        if wider is None:
            return self.quality[self.site_basin]
        of_region = score(wider, self.scenario).quality.to_dict()
        home = self.regions.table("sites")["region"].to_dict()
        return np.array([float(of_region[str(home[h])]) for h in self.labels.sites])

    def column(self, table: str, field: str) -> Floats:
        """Numbers of a field for every member of the table's set."""
        values = self.regions.table(table)[field].to_dict()
        return np.array([float(values[key]) for key in self._members(table)])

    def texts(self, table: str, field: str) -> list[str]:
        """Texts of a field for every member of the table's set."""
        values = self.regions.table(table)[field].to_dict()
        return [str(values[key]) for key in self._members(table)]

    def value(self, table: str, key: str, field: str) -> float:
        """One number."""
        cell: Any = self.regions.table(table).loc[key, field]
        return float(cell)

    def finance(self, field: str) -> float:
        """One number of national/finance."""
        return self.value("finance", "national", field)

    def matrix(self, table: str, field: str, columns: Iterable[str]) -> Floats:
        """Values keyed `basin/column` as [R, columns]; 0 where the table has no row."""
        values = self.regions.table(table)[field].to_dict()
        members = list(columns)
        rows = [
            [float(values.get(f"{basin}/{column}", 0.0)) for column in members]
            for basin in self.labels.basins
        ]
        return np.asarray(np.nan_to_num(np.array(rows, dtype=float).reshape(len(rows), -1)))

    def keys(self, table: str, prefix: str) -> list[str]:
        """Keys of a table that start with a prefix, in the table's order."""
        return [str(k) for k in self.regions.table(table).index if str(k).startswith(prefix)]

    def _members(self, table: str) -> tuple[str, ...]:
        members: dict[str, tuple[str, ...]] = {
            "basins": self.labels.basins,
            "sites": self.labels.sites,
            "hub_sizes": self.labels.sizes,
            "segments": self.labels.segments,
            "skills": self.labels.skills,
            "pools": self.labels.pools,
            "programmes": self.labels.programmes,
        }
        return members[table]


def _names(index: pd.Index) -> tuple[str, ...]:
    return tuple(str(name) for name in index)
