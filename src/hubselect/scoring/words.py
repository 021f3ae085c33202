"""Scores in words and in HTML: plain sentences, no jargon, always the rank with its interval."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from hubselect.scoring.aggregation import imbalance

if TYPE_CHECKING:
    from hubselect.scoring.acceptability import Robustness
    from hubselect.scoring.result import Scores

_SHOWN = 3


def explained(scores: Scores, code: str, robust: Robustness | None = None) -> str:
    """A unit's score in words. Raises DataError where the unit is unknown."""
    i = scores.position(code)
    criteria = scores.criteria
    count = len(scores.units)
    lines = [
        f"{code} scores {scores.score.iloc[i]:.1f} of 100, rank {scores.rank.iloc[i]} of {count} "
        f"({_interval(scores, i)})."
    ]
    if robust is not None:
        lines.append(_sureness(robust, code))
    lines += [_by_pillar(scores, i), *_points(scores, i), *_unevenness(scores, i)]
    titles = [leaf.title for leaf in criteria.leaves]
    filled = [titles[j] for j in np.flatnonzero(scores.prepared.imputed[i])]
    if filled:
        lines.append(f"Not measured, filled by {criteria.imputation}: {', '.join(filled)}.")
    return "\n".join(lines)


def _sureness(robust: Robustness, code: str) -> str:
    text = (
        f"In nine of ten of {robust.draws:,} draws of weights and data it ranks "
        f"{robust.rank_low[code]} to {robust.rank_high[code]}"
    )
    return text + ("." if robust.rankable[code] else ": too wide to be ranked.")


def _by_pillar(scores: Scores, i: int) -> str:
    average = scores.pillars.mean()
    parts = [
        f"{pillar.title} {scores.pillars[pillar.name].iloc[i]:.1f} "
        f"(average {average[pillar.name]:.1f})"
        for pillar in scores.criteria.pillars
    ]
    return f"By pillar: {'; '.join(parts)}."


def _points(scores: Scores, i: int) -> list[str]:
    """The leaves that bring most points, and those where most are missed."""
    titles = [leaf.title for leaf in scores.criteria.leaves]
    brought = scores.contributions.iloc[i].to_numpy()
    weights = np.array(list(scores.criteria.weights().values()))
    missed = 100.0 * weights * (1.0 - scores.prepared.scores[i])
    lines = []
    for head, points in (("Most of its points", brought), ("Most points missed", missed)):
        first = [j for j in np.argsort(-points, kind="stable")[:_SHOWN] if points[j] > 1e-9]
        if first:
            lines.append(f"{head}: {'; '.join(f'{titles[j]} {points[j]:.1f}' for j in first)}.")
    return lines


def _unevenness(scores: Scores, i: int) -> list[str]:
    criteria, prepared = scores.criteria, scores.prepared
    loss = 100.0 * imbalance(criteria.root, prepared.scores, prepared.names)[i]
    if loss <= 0.05:
        return []
    weakest = min(criteria.pillars, key=lambda pillar: float(scores.pillars[pillar.name].iloc[i]))
    return [
        f"Its unevenness costs {loss:.1f} points: {weakest.title} is its weakest pillar, and "
        f"the {criteria.root.aggregation} mean does not let the others buy it back."
    ]


def _interval(scores: Scores, i: int) -> str:
    low, high = scores.rank_low.iloc[i], scores.rank_high.iloc[i]
    presets = scores.preset_ranks.shape[1]
    if presets == 1:
        return "one set of weights looked at"
    return f"{low} to {high} over {presets} presets" if low != high else f"in all {presets} presets"


def html_table(scores: Scores) -> str:
    """The table of scores as HTML for notebooks; every text is escaped."""
    head = "".join(f"<th>{escape(str(c))}</th>" for c in ("code", *scores.table.columns))
    rows = []
    for code, row in scores.table.iterrows():
        cells = "".join(
            f"<td style='text-align:right'>{_cell(value)}</td>" for value in row.to_numpy()
        )
        rows.append(f"<tr><th>{escape(str(code))}</th>{cells}</tr>")
    note = (
        f"{scores.criteria.name}: {scores.criteria.normalisation} normalisation, "
        f"{scores.criteria.root.aggregation} mean across pillars; "
        f"rank interval over {scores.preset_ranks.shape[1]} presets"
    )
    return (
        f"<table><caption>{escape(note)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _cell(value: float) -> str:
    if np.isnan(value):
        return "–"
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"
