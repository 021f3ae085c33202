"""Scores of regions: the thin door from `Regions` and a scenario to the scoring room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import pandas as pd

from hubselect.errors import DataError, Problem, ScenarioError, nearest
from hubselect.regions import Regions
from hubselect.scoring import Criteria, Scores, evaluate

SEGMENTS = ("CRM", "BPO", "ITO", "ESO", "KPO")


# at fine grains a size leaf reads what lies within reach of the place, not the place alone
REACH = "_within_reach"


class RegionTables(Protocol):
    """What is asked of `Regions`: wide tables, and the long table of every value's interval."""

    def table(self, name: str) -> pd.DataFrame:
        """A table by name, index: codes."""
        ...

    @property
    def values(self) -> pd.DataFrame:
        """Long table: key, field, value, low, high, year, status."""
        ...


def score(regions: RegionTables, scenario: Any, *, segment: str | None = None) -> Scores:
    """Scores of the basins of `regions` by the scenario's `score` section.

    `segment` (CRM, BPO, ITO, ESO, KPO) takes that segment's preset instead of the scenario's. The
    rank interval is taken over every shipped preset, with the scenario's changes of weights.

    Raises ScenarioError for the section, DataError for the tables, listing every problem.
    """
    criteria = scenario_criteria(scenario, segment=segment)
    if isinstance(regions, Regions):
        regions = regions.extended(getattr(scenario, "additions", None))
    basins = _with_reach(regions.table("basins"))
    absent = [name for name in dict.fromkeys(criteria.columns) if name not in basins.columns]
    if absent:
        columns = [str(column) for column in basins.columns]
        raise DataError(
            Problem(
                f"basins.{name}",
                "a criterion reads this column; the table has none",
                hint=nearest(name, columns),
            )
            for name in absent
        )
    values = regions.values
    if "table" in values.columns:
        values = values[values["table"] == "basins"]
    reached = values[values["field"].str.endswith(REACH)] if "field" in values.columns else values
    if len(reached) and len(reached) < len(values):
        own = reached["field"].str.removesuffix(REACH)
        values = values[~values["field"].isin(set(own))]
        values = values.assign(field=values["field"].str.removesuffix(REACH))
    return evaluate(basins, criteria, uncertainty=values, others=_other_presets(criteria, scenario))


def _with_reach(basins: pd.DataFrame) -> pd.DataFrame:
    """Basins whose size columns are replaced by the sums within reach, where there are any."""
    changed = {c.removesuffix(REACH): basins[c] for c in basins.columns if str(c).endswith(REACH)}
    return basins.assign(**changed) if changed else basins


def score_segments(regions: RegionTables, scenario: Any) -> dict[str, Scores]:
    """Scores for every segment, by its preset: CRM, BPO, ITO, ESO, KPO."""
    return {segment: score(regions, scenario, segment=segment) for segment in SEGMENTS}


def scenario_criteria(scenario: Any, *, segment: str | None = None) -> Criteria:
    """The tree a scenario asks for: its own (`score.criteria`) or a preset, with its changes.

    Raises ScenarioError for an unknown preset, segment, criterion or mean, and unusable weights.
    """
    section = scenario.score
    own: Mapping[str, Any] = getattr(section, "criteria", None) or {}
    if segment is not None:
        if segment.upper() not in SEGMENTS:
            raise ScenarioError(
                [Problem("segment", f"'{segment}' is unknown", hint=nearest(segment, SEGMENTS))]
            )
        criteria = Criteria.preset(segment.lower())
    elif own:
        criteria = Criteria.from_dict(own)
    else:
        criteria = Criteria.preset(getattr(section, "preset", "default") or "default")
    return _changed(criteria, section)


def _changed(criteria: Criteria, section: Any) -> Criteria:
    aggregation = getattr(section, "aggregation", None)
    coverage = getattr(section, "minimum_coverage", None)
    criteria = criteria.with_weights(dict(getattr(section, "weights", None) or {}))
    if aggregation is not None:
        criteria = criteria.with_aggregation(aggregation)
    return criteria if coverage is None else criteria.replace(minimum_coverage=float(coverage))


def _other_presets(criteria: Criteria, scenario: Any) -> list[Criteria]:
    if criteria.name not in Criteria.presets():
        return []
    section = scenario.score
    return [
        _changed(Criteria.preset(name), section)
        for name in Criteria.presets()
        if name != criteria.name
    ]
