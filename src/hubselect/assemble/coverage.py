"""Who lives near which site: the coverage statements of a scenario as rows over positions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hubselect.assemble.distances import speeds
from hubselect.assemble.source import Source
from hubselect.errors import Problem, nearest
from hubselect.instance import CoverageRow, Floats
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.schema import is_count
from hubselect.travel import road_km_between, road_minutes


def coverage(s: Source) -> tuple[CoverageRow, ...]:
    """The coverage statements of a checked scenario."""
    rows = s.settings.regions.coverage
    km = site_km(s) if rows else np.zeros((0, 0))
    found = []
    for row in rows:
        by_road = row.within_km is not None
        limit = float((row.within_km if by_road else row.within_minutes) or 0.0)
        near = (km if by_road else road_minutes(km, speeds(s).road)) <= limit
        found.append(
            CoverageRow(
                population=row.population,
                within=limit,
                unit="km" if by_road else "minutes",
                year=s.labels.years.index(row.year or s.labels.years[-1]),
                heads=tuple(float(x) for x in s.column("basins", row.population)),
                near=tuple(tuple(int(h) for h in np.flatnonzero(sites)) for sites in near),
                share=row.share,
            )
        )
    return tuple(found)


def site_km(s: Source) -> Floats:
    """Km by road from each basin's main place to each site, [R,H].

    The planner's own km between basins stand for sites of another basin; else great circle times
    the detour factor.
    """
    home = (s.column("basins", "capital_lat"), s.column("basins", "capital_lon"))
    sites = (s.column("sites", "lat"), s.column("sites", "lon"))
    road = road_km_between(home, sites, s.finance("detour_factor"))
    if s.regions.travel is None:
        return road
    basins = list(s.labels.basins)
    stated = s.regions.travel.reindex(index=basins, columns=basins).to_numpy(dtype=float).copy()
    np.fill_diagonal(stated, np.nan)
    by_site = stated[:, s.site_basin]
    return np.asarray(np.where(np.isnan(by_site), road, by_site))


def unknown_groups(regions: Regions, scenario: Scenario) -> Iterator[Problem]:
    """Populations that are not a count of table basins, or that some basin does not have."""
    rows = scenario.regions.coverage
    if not rows:
        return
    long = regions.long[regions.long["table"].eq("basins")]
    units = dict(zip(long["field"], long["unit"], strict=True))
    counts = [field for field, unit in units.items() if is_count(str(field), str(unit))]
    for n, row in enumerate(rows):
        key = f"regions.coverage.{n}.population"
        where, name = f"{scenario.origin(key)} {key}", row.population
        if name not in counts:
            what = f"'{name}' is not a count of table basins"
            yield Problem(where, what, "", nearest(name, counts))
        elif missing := int(regions.table("basins")[name].isna().sum()):
            of = len(regions.codes)
            yield Problem(where, f"'{name}' is unknown for {missing} of {of} basins", "all of them")
