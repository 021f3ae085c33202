"""What is uncertain: the estimates that a plan reads, and settings with a range."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from hubselect.assemble import assemble
from hubselect.errors import Problem, ScenarioError, nearest
from hubselect.explore.draws import Range, Uncertain, settings_problems, sums_kept
from hubselect.instance import Instance
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.scoring import Scores

# fields that do not move as one: what part of the key sets figures apart
APART: Mapping[str, int | None] = {"ramp_up": 0, "jobs": 0, "segment_mix": 1, "segments": None}
# the base year's jobs, desks, mix and talent are made from one another in the atlas: drawn apart
# they describe a base year that cannot be (more jobs than desks); drawn only when named
TIED = ("jobs", "segment_mix", "talent/stock", "basins/workstations")
TIED_FIELDS = ("workstations_per_job",)


def uncertain_figures(
    regions: Regions,
    scenario: Scenario,
    scores: Scores,
    *,
    only: Iterable[str] | None = None,
    without: Iterable[str] = (),
) -> tuple[Uncertain, ...]:
    """The estimates with an interval that the plan of a scenario reads.

    Not drawn unless named: the base year's jobs, desks, mix and talent, which are made from one
    another. Not drawn: dates, and what decides which sets there are (the detour factor makes and
    unmakes arcs); state those in scenarios.

    Args:
        scores: held as they are; a figure that only the score reads is not drawn.
        only, without: names, or beginnings of names up to a '/', to take or to leave.

    Raises:
        ScenarioError: `only` or `without` names nothing.
    """
    found = list(_groups(regions))
    names = [u.name for u in found]
    problems = [
        Problem(f"uncertain '{name}'", "names no estimate", hint=nearest(name, names))
        for name in [*(only or ()), *without]
        if not any(_named(u, [name]) for u in names)
    ]
    if problems:
        raise ScenarioError(problems)
    base = assemble(regions, scenario, scores)
    return tuple(
        u
        for u in found
        if (_named(u.name, only) if only is not None else not _tied(u.name))
        and not _named(u.name, without)
        and _is_read(regions, scenario, scores, base, u)
    )


def uncertain_settings(scenario: Scenario, ranges: Mapping[str, Range]) -> tuple[Uncertain, ...]:
    """Settings of the scenario that are uncertain, by dotted key: (low, high) or (low, best, high).

    A key that ends at a table of years, such as `demand.factor.CRM`, stands for every year. Without
    a best value, that of the scenario is taken where it lies inside, else the middle.

    Raises:
        ScenarioError: an unknown setting, or a range that does not ascend.
    """
    found: list[Uncertain] = []
    problems: list[Problem] = []
    for key, ends in ranges.items():
        values = _ascending(ends)
        if not values:
            problems.append(Problem(f"range of {key}", f"is {ends!r}", "low ≤ (best ≤) high"))
            continue
        low, high = values[0], values[-1]
        known = _current(scenario, key)
        best = (
            values[1] if len(values) == 3 else known if low <= known <= high else (low + high) / 2
        )
        arrays = [np.array([v]) for v in (low, best, high)]
        nothing = np.array([], dtype=np.int64)
        open_ends = np.array([-np.inf]), np.array([np.inf])
        found.append(Uncertain(key, "", arrays[0], arrays[1], arrays[2], nothing, *open_ends))
    problems += settings_problems(
        scenario, ({u.name: float(end[0])} for u in found for end in (u.low, u.high))
    )
    if problems:
        raise ScenarioError(problems)
    return tuple(found)


def _ascending(ends: object) -> list[float]:
    """Two or three finite numbers in order; empty where they are not."""
    try:
        values = [float(v) for v in ends]  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        return []
    right = len(values) in (2, 3) and values == sorted(values) and np.isfinite(values).all()
    return values if right and not isinstance(ends, str) else []


def _groups(regions: Regions) -> Iterable[Uncertain]:
    """Every estimate with an interval, gathered by what moves together."""
    long = regions.long
    low, high, value = (long[c].to_numpy() for c in ("low_number", "high_number", "number"))
    usable = np.isfinite(low) & np.isfinite(high) & np.isfinite(value) & (high > low)
    usable &= ~long["unit"].isin(["year", "flag"]).to_numpy()
    usable &= (value != 0) | (long["table"] != "segment_mix").to_numpy()  # 0: not needed
    gathered: dict[str, list[int]] = {}
    columns = (long[c].tolist() for c in ("table", "key", "field"))
    for n, (table, key, field) in enumerate(zip(*columns, strict=True)):
        if usable[n]:
            gathered.setdefault(_name(table, key, field), []).append(n)
    for name, members in gathered.items():
        rows = np.array(members, dtype=np.int64)
        yield Uncertain(
            name,
            str(long["unit"].iloc[members[0]]),
            np.minimum(low[rows], value[rows]),
            value[rows],
            np.maximum(high[rows], value[rows]),
            rows,
            long["minimum"].to_numpy()[rows],
            long["maximum"].to_numpy()[rows],
        )


def _name(table: str, key: str, field: str) -> str:
    if table not in APART:
        return f"{table}/{field}"
    part = APART[table]
    return f"{table}/{key if part is None else key.split('/')[part]}/{field}"


def _tied(name: str) -> bool:
    return _named(name, TIED) or name.rsplit("/", maxsplit=1)[-1] in TIED_FIELDS


def _named(name: str, wanted: Iterable[str]) -> bool:
    return any(name == w or name.startswith(w.rstrip("/") + "/") for w in wanted)


def _is_read(
    regions: Regions, scenario: Scenario, scores: Scores, base: Instance, u: Uncertain
) -> bool:
    """Whether other values of the figures make another problem over the same sets."""
    ends = [
        assemble(regions.with_numbers(u.rows, sums_kept(regions, u.rows, values)), scenario, scores)
        for values in (u.low, u.high)
    ]
    return all(end.shape == base.shape for end in ends) and any(e.changed(base) for e in ends)


def _current(scenario: Scenario, key: str) -> float:
    """Value of a numeric setting, NaN where it is not set (a factor by year: 1)."""
    value: Any = scenario.to_dict()
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, int | float):
        return float(value)
    return 1.0 if key.startswith("demand.factor.") else np.nan
