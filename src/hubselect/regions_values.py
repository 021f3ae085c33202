"""Values of the atlas in their forms: one with its origin, wide tables, floats, canonical text."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hubselect.schema import BY_NAME


@dataclass(frozen=True)
class Value:
    """One value with its origin. low and high: 90 % interval, None when none is stated."""

    table: str
    key: str
    field: str
    value: float | str
    low: float | None
    high: float | None
    unit: str
    year: str
    status: str
    source: str
    address: str
    note: str


def with_floats(long: pd.DataFrame) -> pd.DataFrame:
    """Long frame with floats for numbers in value, low and high."""
    out = long.copy()
    out["value"] = out["number"].astype(object).where(~out["text"], out["value"])
    out["low"], out["high"] = out["low_number"], out["high_number"]
    return out


def pivot(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Wide table: declared keys first, then the others sorted; columns sorted."""
    declared = {k: n for n, k in enumerate(BY_NAME[name].keys)}
    keys = sorted(set(rows["key"]), key=lambda k: (declared.get(k, len(declared)), k))
    texts = set(rows.loc[rows["text"], "field"])
    out = {}
    for one, part in rows.groupby("field", sort=True):
        column = "value" if one in texts else "number"
        series = pd.Series(part[column].to_numpy(), index=part["key"].to_numpy())
        out[one] = series.reindex(keys).astype(object if one in texts else np.float64)
        if one in texts:
            out[one] = out[one].where(out[one].notna(), None)
    return pd.DataFrame(out, index=pd.Index(keys, name="key", dtype=object))


def value_of(r: pd.Series) -> Value:
    """A row of the long frame as a value with its origin."""
    low, high = (
        None if math.isnan(r[f"{s}_number"]) else float(r[f"{s}_number"]) for s in ("low", "high")
    )
    return Value(
        r["table"], r["key"], r["field"], r["value"] if r["text"] else float(r["number"]),
        low, high, r["unit"], r["year"], r["status"], r["source"], r["address"], r["note"],
    )  # fmt: skip


def canonical(cell: object) -> str:
    """A cell as text that does not depend on how it was written; empty for NaN."""
    if isinstance(cell, float):
        return "" if math.isnan(cell) else repr(cell + 0.0)
    return str(cell)
