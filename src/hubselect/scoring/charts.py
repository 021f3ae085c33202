"""Charts of scores: bars of contributions, rank intervals, a map. Files open without a network.

Needs altair and vl-convert-python: `pip install "hubselect[report]"`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from hubselect.scoring.inputs import refuse

if TYPE_CHECKING:
    import altair

    from hubselect.scoring.acceptability import Robustness
    from hubselect.scoring.result import Scores

_FORMATS = (".html", ".svg", ".png", ".json")


def _altair() -> Any:
    try:
        import altair
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'charts need altair and vl-convert-python: pip install "hubselect[report]"'
        ) from error
    return altair


def bar_chart(scores: Scores, names: Mapping[str, str] | None = None) -> altair.Chart:
    """Stacked bars of the pillars' contributions to every unit's score, best unit on top."""
    alt = _altair()
    pillar_of = scores.criteria.pillar_of()
    titles = {pillar.name: pillar.title for pillar in scores.criteria.pillars}
    wide = scores.contributions.T.groupby(pd.Series(pillar_of)).sum().T
    records = [
        {"unit": _name(code, names), "pillar": titles[str(pillar)], "points": float(value)}
        for code, row in wide.iterrows()
        for pillar, value in row.items()
    ]
    order = [_name(code, names) for code in scores.table.index]
    chart: altair.Chart = (
        alt.Chart(pd.DataFrame(records), title="Score and what it is made of")
        .mark_bar()
        .encode(
            x=alt.X("points:Q", title="points of 100"),
            y=alt.Y("unit:N", sort=order, title=None),
            color=alt.Color("pillar:N", title="pillar", sort=list(titles.values())),
            tooltip=["unit", "pillar", alt.Tooltip("points:Q", format=".1f")],
        )
    )
    return chart


def rank_chart(
    scores: Scores, robust: Robustness | None = None, names: Mapping[str, str] | None = None
) -> altair.LayerChart:
    """Rank of every unit with its interval: over presets, or 90 % of the draws where given."""
    alt = _altair()
    low = scores.rank_low if robust is None else robust.rank_low
    high = scores.rank_high if robust is None else robust.rank_high
    sure = pd.Series(True, index=scores.score.index) if robust is None else robust.rankable
    frame = pd.DataFrame(
        {
            "unit": [_name(code, names) for code in scores.score.index],
            "rank": scores.rank.to_numpy(),
            "low": low.to_numpy(),
            "high": high.to_numpy(),
            "rankable": ["rankable" if x else "not rankable" for x in sure],
        }
    )
    order = [_name(code, names) for code in scores.table.index]
    what = "over presets" if robust is None else f"90 % of {robust.draws:,} draws"
    base = alt.Chart(frame, title=f"Rank and its interval, {what}").encode(
        y=alt.Y("unit:N", sort=order, title=None)
    )
    bars = base.mark_rule(strokeWidth=4, opacity=0.5).encode(
        x=alt.X("low:Q", title="rank", scale=alt.Scale(domain=[1, len(frame)])),
        x2="high:Q",
        color=alt.Color("rankable:N", title=None),
    )
    points = base.mark_point(filled=True, size=70).encode(
        x="rank:Q", tooltip=["unit", "rank", "low", "high", "rankable"]
    )
    chart: altair.LayerChart = bars + points
    return chart


def map_chart(
    scores: Scores,
    geometry: Mapping[str, Any],
    *,
    key: str,
    column: str = "score",
    credit: str = "",
) -> altair.Chart:
    """A map shaded by a column of `scores.table`.

    `geometry`: a GeoJSON FeatureCollection in longitude and latitude; `key`: the property that
    holds the units' codes; `credit`: whose outlines they are, shown on the map, by default the
    collection's own member `credit`. Raises DataError where a unit has no shape or the column is
    unknown.
    """
    alt = _altair()
    table = scores.table
    if column not in table.columns:
        raise refuse("column", f"'{column}'", ", ".join(str(c) for c in table.columns))
    shapes = {str(f["properties"].get(key)): f for f in geometry["features"]}
    absent = [code for code in scores.units if code not in shapes]
    if absent:
        raise refuse("geometry", f"no shape for {', '.join(absent)}", f"property '{key}'")
    features = [
        {
            "type": "Feature",
            "geometry": _wound(shapes[code]["geometry"]),
            "properties": {"unit": code, "value": float(table[column][code])},
        }
        for code in scores.units
    ]
    data = alt.InlineData(
        values={"type": "FeatureCollection", "features": features},
        format=alt.DataFormat(property="features", type="json"),
    )
    chart: altair.Chart = (
        alt.Chart(
            data, title=alt.TitleParams(column, subtitle=credit or str(geometry.get("credit", "")))
        )
        .mark_geoshape(stroke="white")
        .encode(
            color=alt.Color("properties.value:Q", title=column),
            tooltip=[
                alt.Tooltip("properties.unit:N", title="unit"),
                alt.Tooltip("properties.value:Q", title=column, format=".1f"),
            ],
        )
        .project(type="mercator")
        .properties(width=500, height=500)
    )
    return chart


def _wound(shape: Mapping[str, Any]) -> dict[str, Any]:
    """Outer rings clockwise and holes the other way, as the drawing library reads the sphere.

    GeoJSON (RFC 7946) says the contrary, and many files say neither: drawn as they stand, a
    ring of the wrong sense is the whole world but the region.
    """
    rings = {"Polygon": 1, "MultiPolygon": 2}.get(str(shape.get("type")))
    if rings is None:
        return dict(shape)
    parts = [shape["coordinates"]] if rings == 1 else shape["coordinates"]
    turned = [[_sense(ring, outer=n == 0) for n, ring in enumerate(part)] for part in parts]
    return {**shape, "coordinates": turned[0] if rings == 1 else turned}


def _sense(ring: Sequence[Sequence[float]], *, outer: bool) -> list[Sequence[float]]:
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    return list(ring) if (area < 0) == outer else list(reversed(ring))


def save_chart(chart: altair.Chart | altair.LayerChart, path: str | Path) -> Path:
    """Writes .html (scripts inside, no network), .svg, .png or .json. Returns the path."""
    path = Path(path)
    if path.suffix not in _FORMATS:
        raise refuse("path", f"'{path.suffix}'", ", ".join(_FORMATS))
    if path.suffix == ".html":
        path.write_text(chart.to_html(inline=True), encoding="utf-8")
    else:
        chart.save(str(path))
    return path


def _name(code: object, names: Mapping[str, str] | None) -> str:
    return str(code) if names is None else names.get(str(code), str(code))
