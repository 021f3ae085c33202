"""A small made-up table and tree that the tests of this room share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from hubselect.scoring import Criteria

UNITS = ["A", "B", "C", "D", "E", "F"]


def criteria(**changes: Any) -> Criteria:
    """Two pillars and a leaf of its own; one log leaf; every role."""
    document: dict[str, Any] = {
        "name": "made",
        "aggregation": "geometric",
        "goalposts_date": "2026-01-01",
        "node": {"talent": {"weight": 50}, "space": {"weight": 30}},
        "leaf": {
            "people": {"parent": "talent", "goalposts": [10, 1000], "log": True, "role": "K"},
            "french": {"parent": "talent", "goalposts": [20, 80], "weight": 2},
            "park": {"parent": "space", "goalposts": [0, 50]},
            "distance": {"parent": "space", "goalposts": [0, 100], "direction": "-"},
            "wage": {"weight": 20, "goalposts": [1, 3], "direction": "-", "role": "C"},
        },
        **changes,
    }
    return Criteria.from_dict(document)


def table(seed: int = 0, units: list[str] | None = None) -> pd.DataFrame:
    """Values inside the goalposts."""
    names = UNITS if units is None else units
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "people": np.exp(rng.uniform(np.log(12), np.log(900), len(names))),
            "french": rng.uniform(25, 75, len(names)),
            "park": rng.uniform(5, 45, len(names)),
            "distance": rng.uniform(5, 95, len(names)),
            "wage": rng.uniform(1.1, 2.9, len(names)),
        },
        index=names,
    )
