"""Whole numbers in given proportions, and tables with given margins."""

from __future__ import annotations

import math
from collections.abc import Mapping


def largest_remainder(weights: Mapping[str, float], total: int) -> dict[str, int]:
    """Split `total` in proportion to `weights`; the sum is exact."""
    scale = total / sum(weights.values())
    quota = {k: w * scale for k, w in weights.items()}
    out = {k: math.floor(q) for k, q in quota.items()}
    left = total - sum(out.values())
    for k in sorted(quota, key=lambda k: (out[k] - quota[k], k))[:left]:
        out[k] += 1
    return out


def fit(
    seed: Mapping[tuple[str, str], float],
    rows: Mapping[str, float],
    columns: Mapping[str, float],
    rounds: int = 200,
) -> dict[tuple[str, str], float]:
    """Iterative proportional fitting of `seed` to row and column totals."""
    cell = dict(seed)
    for _ in range(rounds):
        for r, want in rows.items():
            have = sum(cell[r, c] for c in columns)
            for c in columns:
                cell[r, c] *= want / have
        for c, want in columns.items():
            have = sum(cell[r, c] for r in rows)
            for r in rows:
                cell[r, c] *= want / have
    return cell
