"""From a table to a matrix on the unit scale: check, divide, cover, impute, treat, normalise.

The steps and their order are the OECD/JRC handbook's. What the data fixed (caps, minima, means) is
kept in a `Ruler`, so that the robustness run measures its draws with the ruler of the stated run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hubselect.errors import DataError, Problem
from hubselect.scoring import normalisation, treatment
from hubselect.scoring.criteria import Criteria
from hubselect.scoring.inputs import table_matrix
from hubselect.scoring.tree import Leaf, Node

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_SHOWN = 6


@dataclass(frozen=True)
class Ruler:
    """How a leaf's raw values become scores, with everything the data decided already fixed.

    Arrays of shape (leaves,): values are clipped to [`cap_low`, `cap_high`], shifted and logged
    where `log`, then normalised by `method` between `low` and `high` (mean and standard deviation
    for z-scores, target and reach for targets).
    """

    method: str
    directions: Array
    cap_low: Array
    cap_high: Array
    log: Flags
    shift: Array
    low: Array
    high: Array

    def treated(self, raw: Array) -> Array:
        """Raw values (..., units, leaves) after caps and logs."""
        x = np.clip(raw, self.cap_low, self.cap_high)
        if not self.log.any():
            return x
        positive = np.maximum(x[..., self.log] + self.shift[self.log], np.finfo(float).tiny)
        logged = np.log(positive)
        x = x.copy()
        x[..., self.log] = logged
        return x

    def scores(self, raw: Array) -> Array:
        """Raw values (..., units, leaves) on the unit scale, more is better."""
        x = self.treated(raw)
        if self.method == "percentile":
            return normalisation.percentile(x, self.directions)
        if self.method == "rank":
            return normalisation.rank(x, self.directions)
        if self.method == "z_score":
            return normalisation.MIDDLE + 0.1 * self.directions * (x - self.low) / self.high
        if self.method == "target":
            return normalisation.target_distance(x, self.low, self.high)
        flat = self.high <= self.low
        scaled = np.clip((x - self.low) / np.where(flat, 1.0, self.high - self.low), 0.0, 1.0)
        scaled = np.where(self.directions > 0, scaled, 1.0 - scaled)
        return np.where(flat, normalisation.MIDDLE, scaled)


@dataclass(frozen=True)
class Prepared:
    """A table made ready. Matrices are (units, leaves) in the tree's order."""

    criteria: Criteria
    units: tuple[str, ...]
    measured: Array
    filled: Array
    scores: Array
    ruler: Ruler
    coverage: treatment.Coverage
    steps: tuple[str, ...]

    @property
    def imputed(self) -> Flags:
        """True where a value was missing and filled."""
        return np.isnan(self.measured)

    @property
    def names(self) -> dict[str, int]:
        """Position of every leaf."""
        return {name: j for j, name in enumerate(self.criteria.leaf_names)}

    @property
    def truncated(self) -> Flags:
        """True where a value lies outside its goalposts or caps."""
        x, ruler = self.filled, self.ruler
        out = (x < ruler.cap_low) | (x > ruler.cap_high)
        if ruler.method == "goalposts":
            treated = ruler.treated(x)
            out |= (treated < ruler.low - 1e-12) | (treated > ruler.high + 1e-12)
        return np.asarray(out, dtype=bool)


def prepare(
    table: pd.DataFrame, criteria: Criteria, groups: Sequence[object] | None = None
) -> Prepared:
    """The table measured by the tree's rules. Raises DataError listing every problem."""
    units = tuple(str(code) for code in table.index)
    measured = denominated(table, criteria)
    _refuse_logs(measured, criteria, units)
    found = treatment.coverage(~np.isnan(measured), pillar_positions(criteria))
    treatment.refuse_thin(found, criteria.minimum_coverage, units, criteria.leaf_names)
    filled = treatment.impute(measured, criteria.imputation, groups)
    ruler, steps = fit_ruler(filled, criteria)
    scores = ruler.scores(filled)
    return Prepared(criteria, units, measured, filled, scores, ruler, found, steps)


def denominated(table: pd.DataFrame, criteria: Criteria) -> Array:
    """Columns of the leaves divided by their denominators, NaN where missing."""
    leaves = criteria.leaves
    columns = list(dict.fromkeys(criteria.columns))
    matrix = table_matrix(table, columns)
    at = {name: i for i, name in enumerate(columns)}
    values = matrix[:, [at[leaf.column] for leaf in leaves]].copy()
    problems = []
    for j, leaf in enumerate(leaves):
        if leaf.denominator is None:
            continue
        try:
            values[:, j] = treatment.divide(values[:, j], matrix[:, at[leaf.denominator]])
        except DataError:
            codes = _codes(table.index[matrix[:, at[leaf.denominator]] <= 0])
            problems.append(
                Problem(
                    f"column {leaf.denominator}",
                    f"divides {leaf.name} and is zero or negative for {codes}",
                )
            )
    if problems:
        raise DataError(problems)
    return values


def pillar_positions(criteria: Criteria) -> dict[str, list[int]]:
    """Positions of the leaves of every pillar, by pillar name."""
    at = {name: j for j, name in enumerate(criteria.leaf_names)}
    return {
        pillar.name: [
            at[x.name]
            for x in (pillar.walk() if isinstance(pillar, Node) else (pillar,))
            if isinstance(x, Leaf)
        ]
        for pillar in criteria.pillars
    }


def fit_ruler(filled: Array, criteria: Criteria) -> tuple[Ruler, tuple[str, ...]]:
    """The ruler of a complete matrix, and what was done to each leaf (none, winsorised, log)."""
    leaves = criteria.leaves
    count = len(leaves)
    low_cap, high_cap = np.full(count, -np.inf), np.full(count, np.inf)
    log, shift = np.array([leaf.log for leaf in leaves]), np.zeros(count)
    steps = []
    for j, leaf in enumerate(leaves):
        step = "log" if leaf.log else "none"
        winsorised = (leaf.treatment or criteria.treatment) == "winsorise"
        if winsorised and criteria.normalisation not in ("goalposts", "target"):
            x = np.log(filled[:, j]) if leaf.log else filled[:, j]
            done = treatment.winsorise_then_log(x)
            if done.step == "winsorised":
                ends = (np.exp(done.low), np.exp(done.high)) if leaf.log else (done.low, done.high)
                low_cap[j], high_cap[j] = ends
            elif done.shift is not None and not leaf.log:
                log[j], shift[j] = True, done.shift
            step = done.step if done.step != "none" else step
        steps.append(step)
    directions = np.array([float(leaf.direction) for leaf in leaves])
    draft: dict[str, Any] = {
        "method": criteria.normalisation,
        "directions": directions,
        "cap_low": low_cap,
        "cap_high": high_cap,
        "log": log,
        "shift": shift,
    }
    zeros = np.zeros(count)
    treated = Ruler(**draft, low=zeros, high=zeros).treated(filled)
    low, high = _bounds(treated, criteria, log, shift)
    return Ruler(**draft, low=low, high=high), tuple(steps)


def freeze_goalposts(
    table: pd.DataFrame,
    criteria: Criteria,
    *,
    date: str,
    low: float = 0.05,
    high: float = 0.95,
    digits: int = 2,
) -> Criteria:
    """The tree with goalposts set from a table: rounded percentiles of each leaf, and their date.

    Meant for a release, once: keep what it gives (`to_dict`) and never fit again, or adding and
    dropping units will reorder the others. `digits` are significant digits. Raises DataError for a
    leaf whose percentiles coincide.
    """
    values = denominated(table, criteria)
    _refuse_logs(values, criteria, [str(code) for code in table.index])
    problems, posts = [], {}
    for j, leaf in enumerate(criteria.leaves):
        present = values[~np.isnan(values[:, j]), j]
        ends = np.quantile(present, [low, high]) if present.size else np.zeros(2)
        first, last = (float(f"{end:.{digits}g}") for end in ends)
        if first < last:
            posts[leaf.name] = (first, last)
        else:
            problems.append(
                Problem(
                    f"leaf {leaf.name}",
                    f"its percentiles {first:g} and {last:g} coincide",
                    "values that differ",
                    "give its goalposts by hand",
                )
            )
    if problems:
        raise DataError(problems)
    return criteria.with_goalposts(posts).replace(normalisation="goalposts", goalposts_date=date)


def _bounds(treated: Array, criteria: Criteria, log: Flags, shift: Array) -> tuple[Array, Array]:
    """Ends of the scale in treated units: goalposts, extremes, mean and sd, or target and reach."""
    leaves = criteria.leaves
    if criteria.normalisation == "goalposts":
        posts = np.array([leaf.goalposts or (np.nan, np.nan) for leaf in leaves], dtype=float).T
        low, high = _logged(posts[0], log, shift), _logged(posts[1], log, shift)
        return low, high
    if criteria.normalisation == "target":
        target = _logged(np.array([float(leaf.target or 0.0) for leaf in leaves]), log, shift)
        reach = np.abs(treated - target).max(axis=0)
        for j, leaf in enumerate(leaves):
            if leaf.goalposts is not None:
                ends = _logged(np.array(leaf.goalposts), np.repeat(log[j], 2), shift[j] + [0, 0])
                reach[j] = np.abs(ends - target[j]).max()
        return target, np.where(reach > 0, reach, 1.0)
    if criteria.normalisation == "z_score":
        sd = treated.std(axis=0, ddof=1) if len(treated) > 1 else np.zeros(len(leaves))
        constant = np.ptp(treated, axis=0) == 0
        return treated.mean(axis=0), np.where(constant | (sd == 0), 1.0, sd)
    return treated.min(axis=0), treated.max(axis=0)


def _logged(x: Array, log: Flags, shift: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(log, np.log(x + shift), x)


def _refuse_logs(measured: Array, criteria: Criteria, units: Sequence[str]) -> None:
    problems = []
    for j, leaf in enumerate(criteria.leaves):
        if not leaf.log:
            continue
        with np.errstate(invalid="ignore"):
            bad = np.flatnonzero(measured[:, j] <= 0)
        if bad.size:
            codes = _codes([units[int(i)] for i in bad])
            problems.append(
                Problem(
                    f"column {leaf.column}",
                    f"zero or negative before a log for {codes}",
                    "positive values",
                    "take the log off or leave the value missing",
                )
            )
    if problems:
        raise DataError(problems)


def _codes(codes: Any) -> str:
    names = [str(code) for code in codes]
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
