"""From regions and a scenario to scores: sections, errors, the shipped atlas."""

from __future__ import annotations

import ast
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import hubselect.scoring
from hubselect.errors import DataError, ScenarioError
from hubselect.score_regions import SEGMENTS, scenario_criteria, score, score_segments
from hubselect.scoring import Criteria


def _scenario(**section: Any) -> Any:
    fields: dict[str, Any] = {
        "preset": "default", "weights": {}, "aggregation": None, "minimum_coverage": 0.65,
    }  # fmt: skip
    return SimpleNamespace(score=SimpleNamespace(**{**fields, **section}))


class Regions:
    """Made-up basins inside the goalposts of the default preset."""

    def __init__(self, drop: str | None = None) -> None:
        rng = np.random.default_rng(0)
        columns = {
            leaf.column: rng.uniform(*(leaf.goalposts or (0.0, 1.0)), 12)
            for leaf in Criteria.preset().leaves
        }
        self.basins = pd.DataFrame(columns, index=[f"MA-{i:02d}" for i in range(1, 13)])
        if drop:
            self.basins = self.basins.drop(columns=drop)

    def table(self, name: str) -> pd.DataFrame:
        assert name == "basins"
        return self.basins

    @property
    def values(self) -> pd.DataFrame:
        long = {"table": ["basins", "jobs"], "key": ["MA-01"] * 2, "field": ["wage_factor"] * 2,
                "low": [0.8, 5.0], "high": [1.0, 1.0]}  # fmt: skip
        return pd.DataFrame(long)


def test_scores_by_the_scenarios_section() -> None:
    scores = score(Regions(), _scenario())
    assert scores.criteria.name == "default"
    assert list(scores.preset_ranks) == list(Criteria.presets())
    assert scores.uncertainty is not None and len(scores.uncertainty) == 1
    heavy = score(Regions(), _scenario(weights={"cost": 1000}, aggregation="arithmetic"))
    assert heavy.criteria.root.aggregation == "arithmetic"
    assert heavy.score.corr(heavy.pillars["cost"]) > 0.99
    assert np.isfinite(scores.robustness(draws=100).expected_rank).all()


def test_scores_by_segment() -> None:
    found = score_segments(Regions(), _scenario())
    assert tuple(found) == SEGMENTS
    assert found["CRM"].criteria.name == "crm"
    assert len({tuple(s.score) for s in found.values()}) == 5
    with pytest.raises(ScenarioError, match="did you mean 'ITO'"):
        score(Regions(), _scenario(), segment="IT")


def test_a_scenario_may_bring_its_own_tree() -> None:
    own = {"name": "own", "leaf": {"wage_factor": {"direction": "-", "goalposts": [0.5, 1.5]}}}
    scores = score(Regions(), _scenario(criteria=own))
    assert list(scores.preset_ranks) == ["own"]
    assert scores.score.idxmax() == Regions().basins["wage_factor"].idxmin()


def test_a_wrong_section_says_everything() -> None:
    bad = {"talant": 1.0, "cost": math.nan, "talent": -1.0}
    with pytest.raises(ScenarioError) as caught:
        scenario_criteria(_scenario(weights=bad))
    assert len(caught.value.problems) == 3
    assert "did you mean 'talent'" in str(caught.value)
    with pytest.raises(ScenarioError, match="did you mean 'equal'"):
        scenario_criteria(_scenario(preset="eqal"))
    with pytest.raises(ScenarioError, match="did you mean 'geometric'"):
        scenario_criteria(_scenario(aggregation="geometrical"))
    zeros = {"talent": 0.0, "cost": 0.0, "infrastructure": 0.0}
    with pytest.raises(ScenarioError, match="all zero"):
        scenario_criteria(_scenario(weights=zeros))
    with pytest.raises(ScenarioError, match="share between 0 and 1"):
        scenario_criteria(_scenario(minimum_coverage=2.0))


def test_absent_columns_are_listed_at_once() -> None:
    with pytest.raises(DataError, match=r"basins\.wage_factor: a criterion reads this column"):
        score(Regions(drop="wage_factor"), _scenario())


def test_the_shipped_atlas_is_scored() -> None:
    from hubselect.regions import Regions as Atlas

    regions = Atlas.morocco()
    scores = score(regions, _scenario())
    assert len(scores.score) == 12
    assert scores.score.between(0, 100).all()
    assert scores.quality.notna().all()
    np.testing.assert_allclose(scores.contributions.sum(axis=1), scores.score)
    assert "rank" in scores.explain("MA-03")
    assert set(score_segments(regions, _scenario())) == set(SEGMENTS)


def test_the_scoring_room_knows_nothing_of_planning() -> None:
    """Only hubselect.errors and the room itself are imported inside it."""
    folder = Path(hubselect.scoring.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                allowed = name == "hubselect.errors" or name.startswith("hubselect.scoring")
                assert allowed or not name.startswith("hubselect"), (path.name, name)
