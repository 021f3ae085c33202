"""The audit table, its page, and the charts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hubselect.errors import DataError
from hubselect.scoring import audit, effective_weights, evaluate
from hubselect.scoring.auditing import STEPS
from unit.scoring.made import UNITS, criteria, table


def _long() -> pd.DataFrame:
    rows = [
        {"key": unit, "field": column, "low": np.nan, "high": np.nan, "year": year, "status": how}
        for unit in UNITS
        for column, year, how in (("park", "2011", "press"), ("wage", "2024", "estimate"))
    ]
    return pd.DataFrame(rows)


def test_the_audit_goes_through_every_step_in_order() -> None:
    scores = evaluate(table(), criteria(), uncertainty=_long())
    people = pd.Series(np.arange(6.0), index=UNITS)
    found = audit(scores, scores.robustness(draws=200), population=people)
    assert list(dict.fromkeys(found.table["step"])) == list(STEPS)
    assert list(found.table) == ["step", "subject", "measure", "value", "flag"]
    flags = found.flags.set_index(["subject", "measure"])["flag"]
    assert flags["park", "age of oldest datum"] == "old"
    assert flags["wage", "share estimated"] == "estimated"
    assert "does not add up" not in set(found.flags["flag"])
    page = found.to_html()
    assert "<script" not in page and "http" not in page
    assert all(step in page for step in STEPS)


def test_the_audit_flags_what_is_wrong() -> None:
    frame = table().assign(wage=2.0, french=table()["people"] * 0 + [20, 20, 20, 20, 80, 10])
    frame["park"] = frame["distance"]
    tree = criteria(
        weighting={
            "talent": {"method": "ahp", "pairs": [["people", "french", 3]]},
        }
    )
    found = audit(evaluate(frame, tree), population=evaluate(frame, tree).score)
    flags = found.flags.set_index(["subject", "measure"])["flag"]
    assert flags["wage", "constant"] == "tells nobody apart"
    assert flags["score", "rank correlation with population"] == "mostly says where people are"
    ratios = found.table[found.table["measure"] == "consistency ratio"]
    assert ratios["value"].tolist() == [0]
    twins = frame.assign(people=np.exp(frame["french"] / 20))
    again = audit(evaluate(twins, criteria()))
    assert "say the same" in set(again.flags["flag"])


def test_effective_weights_split_the_variance() -> None:
    scores = evaluate(table(), criteria())
    found = effective_weights(scores)
    assert found["stated"].sum() == pytest.approx(1)
    assert found["variance_share"].sum() == pytest.approx(1)
    assert found["correlation_squared"].between(0, 1).all()


def test_the_audit_of_one_unit_does_not_fall_over() -> None:
    assert len(audit(evaluate(table(units=["A"]), criteria())).table) > 10


def _geometry() -> dict[str, object]:
    features = [
        {
            "type": "Feature",
            "properties": {"id": unit},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[i, 0], [i, 1], [i + 1, 1], [i + 1, 0], [i, 0]]],
            },
        }
        for i, unit in enumerate(UNITS)
    ]
    return {"type": "FeatureCollection", "features": features}


def test_rings_are_turned_as_the_drawing_library_reads_them() -> None:
    pytest.importorskip("altair")
    from hubselect.scoring import charts

    def outer(ring: list[list[float]]) -> list[list[float]]:
        shapes = _geometry()
        for feature in shapes["features"]:
            feature["geometry"] = {"type": "MultiPolygon", "coordinates": [[ring]]}
        chart = charts.map_chart(evaluate(table(), criteria()), shapes, key="id").to_dict()
        drawn = next(iter(chart["datasets"].values()))
        first = drawn["features"][0]["geometry"]["coordinates"][0][0]
        return [list(point) for point in first]

    clockwise = [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]
    assert outer(clockwise) == outer(clockwise[::-1]) == clockwise


def test_charts_open_without_a_network(tmp_path: Path) -> None:
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    from hubselect.scoring import charts

    scores = evaluate(table(), criteria())
    drawn = {
        "bar": charts.bar_chart(scores, {"A": "Première"}),
        "rank": charts.rank_chart(scores),
        "robust": charts.rank_chart(scores, scores.robustness(draws=100)),
        "map": charts.map_chart(scores, _geometry(), key="id", column="talent"),
    }
    for name, chart in drawn.items():
        svg = charts.save_chart(chart, tmp_path / f"{name}.svg").read_text()
        assert svg.startswith("<svg")
    assert "Première" in (tmp_path / "bar.svg").read_text()
    credited = charts.map_chart(scores, {**_geometry(), "credit": "© The surveyors"}, key="id")
    assert "© The surveyors" in charts.save_chart(credited, tmp_path / "map.svg").read_text()
    page = charts.save_chart(drawn["map"], tmp_path / "map.html").read_text()
    assert not re.search(r"<(script|link)[^>]*(src|href)=", page)
    json.loads(charts.save_chart(drawn["bar"], tmp_path / "bar.json").read_text())
    with pytest.raises(DataError, match="gif"):
        charts.save_chart(drawn["bar"], tmp_path / "bar.gif")
    with pytest.raises(DataError, match="no shape for A"):
        charts.map_chart(scores, _geometry(), key="code")
    with pytest.raises(DataError, match="'height'"):
        charts.map_chart(scores, _geometry(), key="id", column="height")


def test_charts_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from hubselect.scoring import charts

    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(ModuleNotFoundError, match=r"hubselect\[report\]"):
        charts.bar_chart(evaluate(table(), criteria()))
