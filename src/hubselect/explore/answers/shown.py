"""Answers as text for a reader, and as files beside a plan."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hubselect import atomic
from hubselect.explore.answers.alternatives import Alternatives
from hubselect.explore.answers.frontier import Frontier
from hubselect.explore.answers.prices import Prices
from hubselect.explore.answers.why import Why, overview

PARTIAL = "INTERRUPTED: what follows is what was answered until then."


def why_text(answers: Sequence[Why]) -> str:
    """The sentences and the table of each place."""
    parts = [] if all(a.complete for a in answers) else [PARTIAL]
    for one in answers:
        parts += ["", one.place, "-" * len(one.place), *(f"- {s}" for s in one.sentences)]
        parts += ["", _table(_in_millions(one.table))] if len(one.asked) else []
    return "\n".join(parts).strip()


def prices_text(prices: Prices) -> str:
    """Both tables; statements whose three prices are all zero or hidden are left out."""
    table = prices.table
    numbers = table[["operating_mad", "operating_down_mad", "planning_mad", "arc_mad"]].fillna(0.0)
    shown = table[(numbers.abs() > 0.5e-3).any(axis=1)].drop(columns=["family", "binds"])
    return "\n".join(
        [
            *([] if prices.complete else [PARTIAL]),
            "Cost of one more unit of each statement (MAD of the year named; negative: it saves)",
            _table(shown),
            "",
            "What one more is worth (MAD; negative: it saves)",
            _table(prices.worth.drop(columns=["low_mad", "high_mad"])),
        ]
    )


def alternatives_text(found: Alternatives) -> str:
    """Verdicts on sites, extremes by region, and the maps."""
    optional = found.sites[found.sites["verdict"] == "optional"]
    lines = [
        *([] if found.complete else [PARTIAL]),
        f"Plans of at most {found.cap_mad / 1e6:,.1f} million MAD: {found.within:.2%} above this "
        f"plan, at most {found.at_most:.2%} above the least possible.",
        f"A hub in every one of them (proven): {', '.join(found.core) or 'none'}.",
        f"Coin-flips (the gap cannot tell): {', '.join(found.coin_flips) or 'none'}.",
        f"A hub in some and not in others: {', '.join(optional['site']) or 'none'}.",
    ]
    for title, table in (
        ("Sites", found.sites), ("Fewest and most by region", found.regions), ("Maps", found.maps),
    ):  # fmt: skip
        lines += ["", title, "-" * len(title), _table(_in_millions(table))]
    return "\n".join(lines)


def frontier_text(found: Frontier) -> str:
    """The points, cheapest first."""
    lines = [] if found.complete else [PARTIAL]
    lines += [f"Cost against {' and '.join(found.against)}", _table(_in_millions(found.table))]
    lines += [f"no plan exists at {_levels(levels)}" for levels in found.none_beyond]
    lines += [f"no answer in time at {_levels(levels)}" for levels in found.unanswered]
    return "\n".join(lines)


def _levels(levels: Sequence[float]) -> str:
    return ", ".join(f"{level:,.6g}" for level in levels)


def write_answer(
    folder: Path, name: str, document: Any, tables: Mapping[str, pd.DataFrame]
) -> Path:
    """`name`.json and one CSV a table (`name`-table.csv) into a folder, each whole or absent.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for title, table in tables.items():
        keyed = any(table.index.names) or table.index.dtype == object
        text = table.to_csv(index=keyed, lineterminator="\n", float_format="%.10g")
        atomic.write_text(folder / f"{name}-{title}.csv", text)
    text = json.dumps(document, ensure_ascii=False, indent=2, default=_plain)
    atomic.write_text(folder / f"{name}.json", text)
    return folder


def tables_of(
    answer: Sequence[Why] | Prices | Alternatives | Frontier,
) -> dict[str, pd.DataFrame]:
    """The tables of an answer by name."""
    if isinstance(answer, Prices):
        return {"statements": answer.table, "one-more": answer.worth}
    if isinstance(answer, Alternatives):
        return {"sites": answer.sites, "regions": answer.regions, "maps": answer.maps}
    if isinstance(answer, Frontier):
        return {"points": answer.table}
    binding = [one.binding.assign(place=one.place) for one in answer]
    return {
        "questions": overview(answer),
        "binding": pd.concat(binding, ignore_index=True) if binding else pd.DataFrame(),
    }


def _in_millions(table: pd.DataFrame) -> pd.DataFrame:
    """Columns of MAD as millions, but for prices of one unit."""
    money = [str(c) for c in table if str(c).endswith("_mad")]
    return table.assign(**{c: table[c] / 1e6 for c in money}).rename(
        columns={c: f"{c.removesuffix('_mad')}_mmad" for c in money}
    )


def _table(table: pd.DataFrame) -> str:
    if table.empty:
        return "none"
    return table.to_string(index=False, float_format=_number, na_rep="")


def _number(value: float) -> str:
    if not np.isfinite(value):
        return "no more fits" if value > 0 else "-inf"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}"


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else str(value)
