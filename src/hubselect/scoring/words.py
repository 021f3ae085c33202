"""Scores in words and in HTML: plain sentences, no jargon, always the rank with its interval."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from hubselect.scoring.aggregation import imbalance

if TYPE_CHECKING:
    from hubselect.scoring.result import Scores

_SHOWN = 3


def explained(scores: Scores, code: str) -> str:
    """A unit's score in words. Raises DataError where the unit is unknown."""
    i = scores.position(code)
    criteria = scores.criteria
    count = len(scores.units)
    shares = scores.contributions.iloc[i].to_numpy()
    lines = [
        f"{code} scores {scores.score.iloc[i]:.1f} of 100, rank {scores.rank.iloc[i]} of {count} "
        f"({_interval(scores, i)})."
    ]
    pillars = scores.pillars.iloc[i]
    average = scores.pillars.mean()
    parts = [
        f"{pillar.title} {pillars[pillar.name]:.1f} (average {average[pillar.name]:.1f})"
        for pillar in criteria.pillars
    ]
    lines.append(f"By pillar: {'; '.join(parts)}.")
    titles = [leaf.title for leaf in criteria.leaves]
    best = [j for j in np.argsort(-shares, kind="stable")[:_SHOWN] if shares[j] > 0]
    if best:
        carried = "; ".join(f"{titles[j]} {shares[j]:.1f}" for j in best)
        lines.append(f"Most of its points: {carried}.")
    weights = np.array(list(criteria.weights().values()))
    missing = 100.0 * weights * (1.0 - scores.prepared.scores[i])
    worst = [j for j in np.argsort(-missing, kind="stable")[:_SHOWN] if missing[j] > 1e-9]
    if worst:
        lost = "; ".join(f"{titles[j]} {missing[j]:.1f}" for j in worst)
        lines.append(f"Most points missed: {lost}.")
    loss = 100.0 * imbalance(criteria.root, scores.prepared.scores, scores.prepared.names)[i]
    if loss > 0.05:
        weakest = min(criteria.pillars, key=lambda pillar: pillars[pillar.name])
        lines.append(
            f"Its unevenness costs {loss:.1f} points: {weakest.title} is its weakest pillar, and "
            f"the {criteria.root.aggregation} mean does not let the others buy it back."
        )
    filled = [titles[j] for j in np.flatnonzero(scores.prepared.imputed[i])]
    if filled:
        lines.append(f"Not measured, filled by {criteria.imputation}: {', '.join(filled)}.")
    return "\n".join(lines)


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
