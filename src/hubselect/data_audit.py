"""What the data is worth: coverage by grain, age, status, sums, contradictions, outliers."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from hubselect.regions import Regions
from hubselect.schema import STATUSES

Audit = Mapping[str, pd.DataFrame]
TITLES = {
    "coverage": "Coverage: percent of basins with a value, by indicator and grain",
    "status": "Status: figures of each grain, percent",
    "age": "Age: figures by last year named",
    "sums": "Sums over basins against the widest grain and the published national total",
    "contradictions": "Contradictions kept, by table and field",
    "outliers": "Outliers: more than 4 robust deviations from the median of the grain",
}
COUNTS = ("people", "jobs", "heads", "places", "workstations", "establishments", "students")
FAR = 4.0


def audit_data(grains: Sequence[Regions]) -> dict[str, pd.DataFrame]:
    """Tables of the audit, by name (see TITLES). `grains`: the same data at one or more levels."""
    return {
        "coverage": coverage(grains),
        "status": statuses(grains),
        "age": ages(grains),
        "sums": sums(grains),
        "contradictions": contradictions(grains[0]),
        "outliers": pd.concat([outliers(g) for g in grains], ignore_index=True),
    }


def coverage(grains: Sequence[Regions]) -> pd.DataFrame:
    """Percent of basins with a value: a row per field of `basins`, a column per grain."""
    columns = {g.level: g.table("basins").notna().mean().mul(100).round(1) for g in grains}
    table = pd.DataFrame(columns).fillna(0.0).sort_index()
    return table.rename_axis("indicator").reset_index()


def statuses(grains: Sequence[Regions]) -> pd.DataFrame:
    """Figures of each grain, and percent of each status."""
    rows = []
    for g in grains:
        share = g.long["status"].value_counts(normalize=True).mul(100).round(1)
        counts = {s: float(share.get(s, 0.0)) for s in STATUSES}
        rows.append({"grain": g.level, "figures": len(g.long), **counts})
    return pd.DataFrame(rows)


def ages(grains: Sequence[Regions]) -> pd.DataFrame:
    """Figures by last year named in `year`, a column per grain."""
    columns = {g.level: g.long["year"].map(_last_year).value_counts() for g in grains}
    table = pd.DataFrame(columns).fillna(0).astype(int).sort_index(ascending=False)
    return table.rename_axis("year").reset_index()


def _last_year(year: object) -> str:
    found = re.findall(r"\d{4}", str(year))
    return str(max(found)) if found else "not stated"


def sums(grains: Sequence[Regions]) -> pd.DataFrame:
    """Sums of counts by grain against the first grain and against the published national total.

    `off_percent` is the largest difference of a finer grain, `off_national_percent` that of the
    first grain; counts that some basin of the first grain does not have are left out.
    """
    table = pd.DataFrame({g.level: _totals(g) for g in grains})
    table = table[~table.index.str.endswith(("_within_reach", "_within_45_min"))]
    table = table[table.iloc[:, 0].notna()].sort_index()
    first = table.iloc[:, 0]
    published = _published(grains[0]).reindex(table.index)
    table["off_percent"] = _off(table.sub(first, axis=0).abs().max(axis=1), first)
    table["national"] = published
    table["off_national_percent"] = _off((first - published).abs(), published, missing=np.nan)
    return table.rename_axis("count").reset_index()


def _totals(regions: Regions) -> dict[str, float]:
    """Sum over basins of every count that all basins have, by table.field."""
    long = regions.long
    home = long["key"].str.split("/").str[0]
    counts = long["unit"].map(lambda u: str(u).split(" per ")[0] in COUNTS)
    local = long[home.isin(regions.codes) & ~long["text"].astype(bool) & counts]
    by = local["number"].groupby(local["table"] + "." + local["field"])
    whole = by.size() >= 0.99 * len(regions)  # four communes have nobody to count
    return {str(name): float(value) for name, value in by.sum()[whole].items()}


def _published(regions: Regions) -> pd.Series[float]:
    """National totals as published, by table.field of the basins they sum."""
    if "indicators" not in regions.tables:
        return pd.Series(dtype=float)
    numbers = regions.table("indicators").select_dtypes("number").iloc[0].dropna()
    return numbers.rename(index=lambda name: f"basins.{name}").astype(float)


def _off(
    difference: pd.Series[float], base: pd.Series[float], missing: float = 0.0
) -> pd.Series[float]:
    return difference.div(base.where(base.ne(0))).mul(100).round(3).fillna(missing)


def contradictions(regions: Regions) -> pd.DataFrame:
    """Values that lost against the current ones, by table and field."""
    lost = regions.contradictions
    table = lost.groupby(["table", "field"]).agg(values=("value", "size"), years=("year", _span))
    return table.reset_index()


def _span(years: pd.Series[str]) -> str:
    return ", ".join(sorted(set(years)))[:60]


def outliers(regions: Regions) -> pd.DataFrame:
    """Figures of `basins` far from the median: |x − median| > 4 · 1.4826 · MAD, in logs if > 0."""
    rows = []
    basins = regions.table("basins")
    for name in basins.select_dtypes("float").columns:
        values = basins[name].dropna()
        if len(values) < 8 or values.nunique() < 5:
            continue
        scaled = np.log(values) if (values > 0).all() else values
        middle = float(scaled.median())
        spread = 1.4826 * float((scaled - middle).abs().median())
        if spread <= 0:
            continue
        away = (scaled - middle) / spread
        for code, distance in away[away.abs() > FAR].items():
            value = float(values.to_dict()[code])
            rows.append((regions.level, str(code), str(name), value, round(distance, 1)))
    found = pd.DataFrame(rows, columns=["grain", "key", "field", "value", "deviations"])
    return found.sort_values("deviations", key=abs, ascending=False).head(200)


def text(found: Audit) -> str:
    """The audit for a terminal."""
    parts = [f"{TITLES[n]}\n{t.to_string(index=False, na_rep='')}" for n, t in found.items()]
    return "\n\n".join(parts)


def page(found: Audit) -> str:
    """One HTML page with every table; nothing is fetched from anywhere."""
    body = "".join(
        f"<h2>{html.escape(TITLES[n])}</h2>{t.to_html(index=False, border=0, na_rep='')}"
        for n, t in found.items()
    )
    return _PAGE.format(body=body)


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>hubselect: audit of the data</title>
<style>body{{font:14px system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em}}
table{{border-collapse:collapse}}td,th{{padding:.15em .6em;text-align:right}}
td:first-child,th:first-child{{text-align:left}}tr:nth-child(even){{background:#f3f6fa}}</style>
</head><body><h1>Audit of the data</h1>{body}
<p>Census: HCP. Places: GeoNames, CC BY 4.0. Boundaries © OpenStreetMap contributors, ODbL 1.0.</p>
</body></html>
"""
