"""The audit of an index, in the order of the OECD/JRC handbook: one table, one page.

Every row: step, subject, measure, value, and a flag where a reader should stop. Thresholds are
those of the JRC's statistical audits: coverage 65 %, |skewness| 2 with kurtosis 3.5, correlations
below zero inside a pillar or above 0.92 between leaves, a consistency ratio of 0.10.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hubselect.scoring.aggregation import imbalance
from hubselect.scoring.pairwise import CONSISTENT
from hubselect.scoring.pipeline import pillar_positions
from hubselect.scoring.treatment import KURTOSIS_LIMIT, SKEW_LIMIT, kurtosis, skewness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hubselect.scoring.acceptability import Robustness
    from hubselect.scoring.result import Scores

    Array = NDArray[np.float64]

Row = tuple[str, str, str, float, str]
STEPS = (
    "1 framework",
    "2 data",
    "3 missing values",
    "4 distributions",
    "5 structure",
    "6 normalisation",
    "7 weights",
    "8 aggregation",
    "9 robustness",
    "10 decomposition",
    "11 links",
)
_REDUNDANT = 0.92
_TRUNCATED = 0.25
_OLD = 5
_SIZE = 0.8


@dataclass(frozen=True, eq=False)
class Audit:
    """`table`: step, subject, measure, value, flag (empty where nothing is wrong)."""

    table: pd.DataFrame
    title: str

    @property
    def flags(self) -> pd.DataFrame:
        """Only the rows to stop at."""
        return self.table[self.table["flag"] != ""]

    def to_html(self) -> str:
        """One page, no scripts, no network; every text escaped."""
        parts = []
        for step, rows in self.table.groupby("step", sort=False):
            body = "".join(_html_row(*row[1:]) for row in rows.itertuples(index=False))
            parts.append(
                f"<section><h2>{escape(str(step))}</h2><table>{_HEAD}{body}</table></section>"
            )
        stops = "".join(_html_row(*row[1:]) for row in self.flags.itertuples(index=False))
        return (
            "<!doctype html><html lang='en'><meta charset='utf-8'>"
            f"<title>{escape(self.title)}</title><style>{_STYLE}</style>"
            f"<h1>{escape(self.title)}</h1><section><h2>Where to stop: {len(self.flags)} of "
            f"{len(self.table)} lines</h2><table>{_HEAD}{stops}</table></section>"
            f"<main>{''.join(parts)}</main></html>"
        )


def audit(
    scores: Scores,
    robust: Robustness | None = None,
    *,
    population: pd.Series[float] | None = None,
    year: int | None = None,
) -> Audit:
    """The audit of scores.

    `robust` adds the robustness rows; `population` (a number for every unit) asks whether the index
    only says where people are; `year` is the year ages are counted from (the newest datum's where
    None; the years come from the long table given to `evaluate`).
    """
    rows = [
        *_framework(scores),
        *_data(scores, year),
        *_missing(scores),
        *_distributions(scores),
        *_structure(scores),
        *_normalisation(scores),
        *_weights(scores),
        *_aggregation(scores),
        *_robustness(scores, robust),
        *_decomposition(scores),
        *_links(scores, population),
    ]
    table = pd.DataFrame(rows, columns=["step", "subject", "measure", "value", "flag"])
    return Audit(table, f"Audit of the index '{scores.criteria.name}'")


def effective_weights(scores: Scores) -> pd.DataFrame:
    """Stated weight of every leaf beside what it really does.

    `stated`; `variance_share`: covariance of the leaf's contribution with the score over the
    score's variance (sums to one exactly); `correlation_squared`: squared Pearson correlation of
    the leaf with the score (Paruolo, Saisana & Saltelli 2013, linear case).
    """
    shares = scores.contributions.to_numpy()
    total = shares.sum(axis=1)
    variance = float(total.var())
    centred = total - total.mean()
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (shares - shares.mean(axis=0)).T @ centred / len(total) / variance
    return pd.DataFrame(
        {
            "stated": pd.Series(scores.criteria.weights()),
            "variance_share": pd.Series(share, index=list(scores.criteria.leaf_names)),
            "correlation_squared": pd.Series(
                [_correlation(x, total) ** 2 for x in scores.prepared.scores.T],
                index=list(scores.criteria.leaf_names),
            ),
        }
    )


def _framework(scores: Scores) -> Iterator[Row]:
    criteria = scores.criteria
    yield STEPS[0], "units", "count", float(len(scores.units)), ""
    yield STEPS[0], "leaves", "count", float(len(criteria.leaves)), ""
    yield STEPS[0], "pillars", "count", float(len(criteria.pillars)), ""
    for role in "SKCG":
        count = sum(leaf.role == role for leaf in criteria.leaves)
        yield STEPS[0], f"role {role}", "leaves", float(count), ""


def _data(scores: Scores, year: int | None) -> Iterator[Row]:
    found, least = scores.prepared.coverage, scores.criteria.minimum_coverage
    for code, share in zip(scores.units, found.units, strict=True):
        if share < 1:
            yield STEPS[1], code, "coverage", share, "low" if share < least + 0.1 else ""
    for name, share in zip(scores.criteria.leaf_names, found.leaves, strict=True):
        yield STEPS[1], name, "coverage", share, "low" if share < least + 0.1 else ""
    long = scores.uncertainty
    if long is None or "field" not in long.columns:
        return
    by_column = {leaf.column: leaf.name for leaf in scores.criteria.leaves}
    own = long[
        long["field"].isin(list(by_column)) & long["key"].astype(str).isin(list(scores.units))
    ]
    if "year" in own.columns:
        years = pd.to_numeric(own["year"], errors="coerce")
        newest = float(years.max()) if year is None else float(year)
        for column, oldest in years.groupby(own["field"]).min().items():
            age = newest - float(oldest)
            yield STEPS[1], by_column[str(column)], "age of oldest datum", age, \
                "old" if age > _OLD else ""  # fmt: skip
    if "status" in own.columns:
        guessed = (own["status"] == "estimate").groupby(own["field"]).mean()
        for column, share in guessed.items():
            yield STEPS[1], by_column[str(column)], "share estimated", float(share), \
                "estimated" if share > 0.5 else ""  # fmt: skip


def _missing(scores: Scores) -> Iterator[Row]:
    filled = scores.prepared.imputed
    yield STEPS[2], "all values", f"imputed by {scores.criteria.imputation}", \
        float(filled.mean()), ""  # fmt: skip
    for j in np.flatnonzero(filled.any(axis=0)):
        share = float(filled[:, j].mean())
        yield STEPS[2], scores.criteria.leaf_names[int(j)], "share imputed", share, \
            "imputed" if share > 0.2 else ""  # fmt: skip


def _distributions(scores: Scores) -> Iterator[Row]:
    treated = scores.prepared.ruler.treated(scores.prepared.filled)
    for j, name in enumerate(scores.criteria.leaf_names):
        skew, kurt = skewness(treated[:, j]), kurtosis(treated[:, j])
        bad = abs(skew) > SKEW_LIMIT and kurt > KURTOSIS_LIMIT
        yield STEPS[3], name, "skewness", skew, "outliers" if bad else ""
        yield STEPS[3], name, "kurtosis", kurt, "outliers" if bad else ""
        step = scores.prepared.steps[j]
        if step != "none":
            yield STEPS[3], name, f"treated: {step}", 1.0, "failed" if step == "failed" else ""


def _structure(scores: Scores) -> Iterator[Row]:
    x, names = scores.prepared.scores, scores.criteria.leaf_names
    for pillar, at in pillar_positions(scores.criteria).items():
        for j in at:
            r = _correlation(x[:, j], scores.pillars[pillar].to_numpy())
            yield STEPS[4], names[j], f"correlation with {pillar}", r, \
                "against its pillar" if r < 0 else ""  # fmt: skip
        for place, j in enumerate(at):
            for k in at[place + 1 :]:
                r = _correlation(x[:, j], x[:, k])
                if r > _REDUNDANT:
                    yield STEPS[4], f"{names[j]}, {names[k]}", "correlation", r, "say the same"
    pillars = list(scores.pillars)
    for place, first in enumerate(pillars):
        for second in pillars[place + 1 :]:
            r = _correlation(scores.pillars[first].to_numpy(), scores.pillars[second].to_numpy())
            yield STEPS[4], f"{first}, {second}", "correlation of pillars", r, \
                "pull apart" if r < -0.3 else ""  # fmt: skip


def _normalisation(scores: Scores) -> Iterator[Row]:
    cut = scores.prepared.truncated
    for j, name in enumerate(scores.criteria.leaf_names):
        share = float(cut[:, j].mean())
        yield STEPS[5], name, "share truncated", share, \
            "many truncated" if share > _TRUNCATED else ""  # fmt: skip
        if np.ptp(scores.prepared.scores[:, j]) == 0:
            yield STEPS[5], name, "constant", 1.0, "tells nobody apart"


def _weights(scores: Scores) -> Iterator[Row]:
    for name, row in effective_weights(scores).iterrows():
        stated, share = float(row["stated"]), float(row["variance_share"])
        yield STEPS[6], str(name), "stated weight", stated, ""
        yield STEPS[6], str(name), "share of the score's variance", share, \
            "works against the score" if share < -0.02 else ""  # fmt: skip
        yield STEPS[6], str(name), "correlation² with the score", \
            float(row["correlation_squared"]), ""  # fmt: skip
    for node, ratio in scores.criteria.consistency:
        yield STEPS[6], node, "consistency ratio", ratio, \
            "inconsistent" if ratio > CONSISTENT else ""  # fmt: skip


def _aggregation(scores: Scores) -> Iterator[Row]:
    root = scores.criteria.root
    loss = 100.0 * imbalance(root, scores.prepared.scores, scores.prepared.names)
    yield STEPS[7], root.aggregation, "mean points lost to unevenness", float(loss.mean()), ""
    yield STEPS[7], root.aggregation, "most points lost", float(loss.max()), ""


def _robustness(scores: Scores, robust: Robustness | None) -> Iterator[Row]:
    width = scores.rank_high - scores.rank_low
    presets = scores.preset_ranks.shape[1]
    yield STEPS[8], f"{presets} presets", "widest rank interval", float(width.max()), ""
    if robust is None:
        return
    wide = robust.rank_high - robust.rank_low
    for code in scores.units:
        yield STEPS[8], code, "width of the 90 % rank interval", float(wide[code]), \
            "" if robust.rankable[code] else "not rankable"  # fmt: skip


def _decomposition(scores: Scores) -> Iterator[Row]:
    gap = np.abs(scores.contributions.sum(axis=1) - scores.score).max()
    yield STEPS[9], "contributions", "largest gap to the score", float(gap), \
        "does not add up" if gap > 1e-6 else ""  # fmt: skip


def _links(scores: Scores, population: pd.Series[float] | None) -> Iterator[Row]:
    if population is None:
        return
    people = population.reindex(scores.score.index)
    for name in ("score", "quality"):
        values = scores.table.reindex(scores.score.index)[name]
        r = _correlation(_ranked(values), _ranked(people))
        yield STEPS[10], name, "rank correlation with population", r, \
            "mostly says where people are" if abs(r) > _SIZE else ""  # fmt: skip


def _ranked(values: pd.Series[float]) -> Array:
    x = np.asarray(values, dtype=np.float64)
    return np.argsort(np.argsort(x, kind="stable"), kind="stable").astype(np.float64)


def _correlation(x: Array, y: Array) -> float:
    """Pearson's, 0 where one of the two does not vary or is missing."""
    if len(x) < 2 or not (np.isfinite(x).all() and np.isfinite(y).all()):
        return 0.0
    a, b = x - x.mean(), y - y.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 1e-12 else 0.0


_HEAD = "<tr><th>of</th><th>measure</th><th>value</th><th>flag</th></tr>"
_STYLE = (
    "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;"
    "color:#1b1f24}h1{font-size:1.6rem}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}"
    "main{columns:2 30rem;column-gap:2.5rem}table{border-collapse:collapse;width:100%}"
    "th{text-align:left;font-weight:600;border-bottom:2px solid #c9d1d9}"
    "td,th{padding:.15rem .5rem}td{border-bottom:1px solid #e6e8eb}"
    "td:nth-child(3){text-align:right;font-variant-numeric:tabular-nums}"
    "tr.flag{background:#fff4e0}tr.flag td:last-child{font-weight:600;color:#8a4b00}"
)


def _html_row(subject: object, measure: object, value: float, flag: object) -> str:
    cells = f"<td>{escape(str(subject))}</td><td>{escape(str(measure))}</td>"
    mark = " class='flag'" if str(flag) else ""
    return f"<tr{mark}>{cells}<td>{_shown(value)}</td><td>{escape(str(flag))}</td></tr>"


def _shown(value: float) -> str:
    if np.isnan(value):
        return "–"
    return f"{value:g}" if float(value).is_integer() else f"{value:.3f}"
