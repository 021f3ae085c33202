"""Draws of uncertain figures and settings: what a future is, and many of them from one seed.

An estimate of the atlas has a 90 % interval. It is drawn from a two-piece normal with its median
at the value and its 5th and 95th percentiles at the ends (K. F. Wallis, Oxford Bulletin of
Economics and Statistics 76, 2014), as in the robustness run of the scores, or from a triangle or
a uniform over the interval. Figures of one field move together: an estimate made by one method
errs in one direction. The points fill the unit cube evenly (Sobol' or Latin hypercube).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats
from scipy.stats import qmc

from hubselect.errors import Problem, ScenarioError, nearest
from hubselect.instance import Floats, Ints
from hubselect.regions import Regions
from hubselect.scenario import Scenario

Method = Literal["sobol", "latin", "random"]
Shape = Literal["normal", "triangular", "uniform"]
Range = Sequence[float]  # (low, high) or (low, best, high)

Z95 = 1.6448536269514722
TAIL = 0.001  # quantiles are kept inside [TAIL, 1 − TAIL]
# tables whose sum over part of the key is known better than its parts: it is kept
KEPT_SUM: Mapping[str, int] = {"jobs": 1, "segment_mix": 0}


@dataclass(frozen=True, eq=False)
class Uncertain:
    """One thing that is uncertain: figures of the atlas that move together, or a setting.

    `low`, `best`, `high` are arrays with one element a figure, in `unit`; `rows` are positions in
    `Regions.long`, empty for a setting. `minimum`, `maximum` are the bounds of what is possible.
    """

    name: str
    unit: str
    low: Floats
    best: Floats
    high: Floats
    rows: Ints
    minimum: Floats
    maximum: Floats

    @property
    def is_setting(self) -> bool:
        """Whether it is a setting of the scenario, not figures of the atlas."""
        return len(self.rows) == 0

    def at(self, quantile: float, shape: Shape = "normal") -> Floats:
        """Values at a quantile (0–1), one a figure."""
        u = float(np.clip(quantile, TAIL, 1.0 - TAIL))
        low, best, high = self.low, self.best, self.high
        if shape == "uniform":
            drawn = low + u * (high - low)
        elif shape == "triangular":
            drawn = _triangular(u, low, best, high)
        else:
            z = float(stats.norm.ppf(u)) / Z95
            drawn = best + z * ((high - best) if z > 0 else (best - low))
        return np.asarray(np.clip(drawn, self.minimum, self.maximum))

    def shown(self, quantile: float, shape: Shape = "normal") -> float:
        """The value where there is one figure, else the ratio of the sum to today's sum."""
        drawn = self.at(quantile, shape)
        if len(drawn) == 1:
            return float(drawn[0])
        return float(drawn.sum() / self.best.sum()) if self.best.sum() else float(drawn.mean())


@dataclass(frozen=True, eq=False)
class Draws:
    """Futures from one seed: `quantiles` [futures, uncertain] in (0, 1)."""

    uncertain: tuple[Uncertain, ...]
    quantiles: Floats
    shape: Shape = "normal"

    def __len__(self) -> int:
        return len(self.quantiles)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the uncertain things, in the order of the columns."""
        return tuple(u.name for u in self.uncertain)

    @property
    def table(self) -> pd.DataFrame:
        """What was drawn, a row a future: the value, or the ratio to today's where many move."""
        columns = {
            u.name: [u.shown(q, self.shape) for q in self.quantiles[:, j]]
            for j, u in enumerate(self.uncertain)
        }
        return pd.DataFrame(columns, index=pd.RangeIndex(len(self), name="future"))

    def settings(self, n: int) -> dict[str, float]:
        """Settings of future n, by dotted key."""
        return {
            u.name: float(u.at(self.quantiles[n, j], self.shape)[0])
            for j, u in enumerate(self.uncertain)
            if u.is_setting
        }

    def regions(self, base: Regions, n: int) -> Regions:
        """The atlas of future n, from the one the uncertain figures were read from."""
        drawn = [
            (u.rows, u.at(self.quantiles[n, j], self.shape))
            for j, u in enumerate(self.uncertain)
            if not u.is_setting
        ]
        if not drawn:
            return base
        rows = np.concatenate([r for r, _ in drawn])
        numbers = np.concatenate([v for _, v in drawn])
        return base.with_numbers(rows, sums_kept(base, rows, numbers))

    def future(self, regions: Regions, scenario: Scenario, n: int) -> tuple[Regions, Scenario]:
        """Atlas and scenario of future n.

        Raises:
            ScenarioError: a drawn setting is out of its bounds.
        """
        return self.regions(regions, n), with_settings(scenario, self.settings(n))

    def path(self, numbers: Sequence[int]) -> list[int]:
        """The same futures, each the nearest to the last one; the first is nearest to the middle.

        Distances are those of the quantiles.
        """
        left, found, at = list(numbers), list[int](), np.full(self.quantiles.shape[1], 0.5)
        while left:
            away = ((self.quantiles[left] - at) ** 2).sum(axis=1)
            found.append(left.pop(int(away.argmin())))
            at = self.quantiles[found[-1]]
        return found


def draw(
    uncertain: Sequence[Uncertain],
    count: int,
    *,
    seed: int = 0,
    method: Method = "sobol",
    shape: Shape = "normal",
) -> Draws:
    """`count` futures from a seed. Sobol' points of a larger count begin with those of a smaller.

    Raises:
        ScenarioError: nothing is uncertain, the count is no whole number above 0, the seed none
            from 0 on, or there is no such method or shape.
    """
    problems = draw_problems(count, seed, method, shape)
    if not problems and not uncertain:
        what = f"{count} futures of {len(uncertain)} uncertain things"
        problems = [Problem("draws", what, "at least one of each")]
    if problems:
        raise ScenarioError(problems)
    width = len(uncertain)
    if method == "sobol":
        power = max(int(np.ceil(np.log2(count))), 0)
        points = qmc.Sobol(width, scramble=True, rng=seed).random_base2(power)[:count]
    elif method == "latin":
        points = qmc.LatinHypercube(width, rng=seed).random(count)
    else:
        points = np.random.default_rng(seed).random((count, width))
    return Draws(tuple(uncertain), np.asarray(points, dtype=float), shape)


def draw_problems(count: object, seed: object, method: str, shape: str) -> list[Problem]:
    """What is wrong with how futures are to be drawn."""
    problems = []
    for name, given, least in (("draws", count, 1), ("seed", seed, 0)):
        whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
        if not (whole and given >= least):  # type: ignore[operator]
            problems.append(Problem(name, f"is {given!r}", f"a whole number from {least} on"))
    for name, asked, kinds in (("method", method, Method), ("shape", shape, Shape)):
        if asked not in get_args(kinds):
            hint = nearest(str(asked), get_args(kinds))
            problems.append(Problem(name, f"is {asked!r}", ", ".join(get_args(kinds)), hint))
    return problems


def with_settings(scenario: Scenario, settings: Mapping[str, Any]) -> Scenario:
    """A scenario with settings changed by dotted key; a table of years takes one value for all.

    Raises:
        ScenarioError: an unknown setting or a wrong value.
    """
    if not settings:
        return scenario
    horizon = scenario.horizon
    years = range(horizon.first_year, horizon.last_year + 1)
    assignments = {}
    for key, value in settings.items():
        parts = str(key).split(".")
        by_year = parts[:2] == ["demand", "factor"] and len(parts) == 3
        assignments["__".join(parts)] = {str(y): value for y in years} if by_year else value
    return scenario.replace(**assignments)


def settings_problems(scenario: Scenario, futures: Iterable[Mapping[str, Any]]) -> list[Problem]:
    """What is wrong with the settings of any of these futures, each problem once."""
    found: dict[Problem, None] = {}
    for settings in futures:
        try:
            with_settings(scenario, settings)
        except ScenarioError as error:
            found |= dict.fromkeys(error.problems)
    return list(found)


def sums_kept(regions: Regions, rows: Ints, numbers: Floats) -> Floats:
    """Drawn numbers, scaled where a sum over part of the key is known better than its parts."""
    long, out = regions.long, numbers.copy()
    tables = long["table"].to_numpy()
    for table, part in KEPT_SUM.items():
        if not (tables[rows] == table).any():
            continue
        members = np.flatnonzero(tables == table)
        names = [key.split("/")[part] for key in long["key"].to_numpy()[members]]
        before = long["number"].to_numpy()[members]
        after = before.copy()
        at = {int(n): p for p, n in enumerate(members)}
        mine = [n for n, row in enumerate(rows) if tables[row] == table]
        after[[at[int(rows[n])] for n in mine]] = numbers[mine]
        for name in set(names):
            chosen = np.array([n == name for n in names])
            total = after[chosen].sum()
            if total > 0:
                after[chosen] *= before[chosen].sum() / total
        out[mine] = after[[at[int(rows[n])] for n in mine]]
    return out


def _triangular(u: float, low: Floats, best: Floats, high: Floats) -> Floats:
    """Quantile of the triangle over [low, high] with its top at best."""
    width = np.maximum(high - low, 1e-300)
    below = low + np.sqrt(u * width * (best - low))
    above = high - np.sqrt((1.0 - u) * width * (high - best))
    return np.asarray(np.where(u * width <= best - low, below, above))
