"""`Scores`: what `evaluate` returns. Frozen; everything else is asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from hubselect.errors import DataError, Problem, nearest
from hubselect.scoring.criteria import Criteria

if TYPE_CHECKING:
    from hubselect.scoring.acceptability import Robustness
    from hubselect.scoring.pipeline import Prepared


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of the units, 0–100, with everything that explains them.

    Index of every table: the units' codes. `contributions` (units × leaves) sums to `score` row by
    row; `rank_low` and `rank_high` are the best and worst rank over the presets in `preset_ranks`;
    `quality` is Q, the score over the leaves of role S.
    """

    criteria: Criteria
    score: pd.Series[float]
    pillars: pd.DataFrame
    contributions: pd.DataFrame
    rank: pd.Series[int]
    preset_ranks: pd.DataFrame
    coverage: pd.Series[float]
    imputed: pd.DataFrame
    quality: pd.Series[float]
    nodes: pd.DataFrame
    prepared: Prepared = field(repr=False)
    source: pd.DataFrame = field(repr=False)
    uncertainty: pd.DataFrame | None = field(default=None, repr=False)
    groups: tuple[object, ...] | None = field(default=None, repr=False)

    @property
    def units(self) -> tuple[str, ...]:
        """Codes of the units, in the table's order."""
        return self.prepared.units

    @property
    def rank_low(self) -> pd.Series[int]:
        """Best rank over the presets."""
        return self.preset_ranks.min(axis=1).rename("rank_low")

    @property
    def rank_high(self) -> pd.Series[int]:
        """Worst rank over the presets."""
        return self.preset_ranks.max(axis=1).rename("rank_high")

    @property
    def leaf_scores(self) -> pd.DataFrame:
        """Normalised leaves, 0–100, more is better."""
        return pd.DataFrame(
            100.0 * self.prepared.scores,
            index=self.score.index,
            columns=list(self.criteria.leaf_names),
        )

    @property
    def table(self) -> pd.DataFrame:
        """One row a unit, best first: rank, its interval over presets, score, pillars, quality."""
        columns: dict[str, Any] = {
            "rank": self.rank,
            "rank_low": self.rank_low,
            "rank_high": self.rank_high,
            "score": self.score,
            **{str(name): self.pillars[name] for name in self.pillars},
            "quality": self.quality,
            "coverage": self.coverage,
            "imputed": self.imputed.sum(axis=1),
        }
        frame = pd.DataFrame(columns, index=self.score.index)
        return frame.sort_values(["rank", "score"], ascending=[True, False], kind="stable")

    def position(self, code: str) -> int:
        """Row of a unit. Raises DataError with the nearest code."""
        if code not in self.units:
            raise DataError([Problem(f"unit {code}", "is unknown", hint=nearest(code, self.units))])
        return self.units.index(code)

    def explain(self, code: str, robust: Robustness | None = None) -> str:
        """The unit's score in words: what carries it, what holds it back, how sure it is.

        With `robust` its 90 % rank interval is told too, and whether it can be ranked at all.
        """
        from hubselect.scoring.words import explained

        return explained(self, code, robust)

    def robustness(
        self, *, draws: int = 10_000, seed: int = 0, concentration: float | None = 10.0
    ) -> Robustness:
        """The ranking under draws of weights and of uncertain data.

        `concentration` as in `scoring.robustness`: None is total ignorance of the weights.
        """
        from hubselect.scoring.acceptability import robustness

        return robustness(self, draws=draws, seed=seed, concentration=concentration)

    def to_dict(self, robust: Robustness | None = None) -> dict[str, Any]:
        """Plain numbers for JSON: `regions` holds one record a unit, best first.

        `rank_low` and `rank_high` are taken over the presets; with `robust` they are the 90 %
        interval of its draws, `p_top3` is added, and the presets' ends keep their own names.
        """
        records = [self._record(code) for code in self.table.index]
        document = {**self.header(), "regions": records}
        if robust is None:
            return document
        draws = robust.to_dict()
        found = {row["code"]: row for row in draws.pop("regions")}
        for record in records:
            record["preset_rank_low"] = record["rank_low"]
            record["preset_rank_high"] = record["rank_high"]
            record.update({k: v for k, v in found[record["code"]].items() if k != "code"})
        return {**document, "robustness": draws}

    def _record(self, code: Any) -> dict[str, Any]:
        return {
            "code": str(code),
            "score": float(self.score[code]),
            "pillars": {str(k): float(v) for k, v in self.pillars.loc[code].items()},
            "rank": int(self.rank[code]),
            "rank_low": int(self.rank_low[code]),
            "rank_high": int(self.rank_high[code]),
            "quality": _number(self.quality[code]),
            "coverage": float(self.coverage[code]),
            "imputed": [str(x) for x in self.imputed.columns[self.imputed.loc[code]]],
        }

    def header(self) -> dict[str, Any]:
        """What the scores were made with: preset, normalisation, aggregation, weights."""
        return {
            "preset": self.criteria.name,
            "normalisation": self.criteria.normalisation,
            "aggregation": self.criteria.root.aggregation,
            "goalposts_date": self.criteria.goalposts_date,
            "weights": self.criteria.weights(),
            "presets": [str(name) for name in self.preset_ranks],
        }

    def _repr_html_(self) -> str:
        from hubselect.scoring.words import html_table

        return html_table(self)


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
