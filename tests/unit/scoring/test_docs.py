"""The pages say what is: code runs, functions exist, the tutorial's index is recomputed by hand."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hubselect.scoring import Criteria

DOCS = Path(__file__).resolve().parents[3] / "docs"


def _blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def _run(page: str) -> dict[str, Any]:
    space: dict[str, Any] = {}
    for block in _blocks(page, "python"):
        exec(compile(block, page, "exec"), space)
    return space


def test_the_page_of_equations_names_functions_that_exist() -> None:
    text = (DOCS / "scoring.md").read_text(encoding="utf-8")
    names = set(re.findall(r"`([a-z]+)\.([a-zA-Z_]+)`", text))
    assert len(names) > 50
    for module, name in sorted(names):
        if module in ("scores", "criteria") and name.islower():
            continue
        if (module, name) == ("score_regions", "score_segments"):
            continue
        assert hasattr(import_module(f"hubselect.scoring.{module}"), name), (module, name)


def test_the_page_of_equations_runs() -> None:
    space = _run("scoring.md")
    assert space["scores"].score.between(0, 100).all()
    for block in _blocks("scoring.md", "toml"):
        assert Criteria.from_dict(tomllib.loads(block)).leaf_names == ("french", "wage")


@pytest.fixture(scope="module")
def tutorial() -> dict[str, Any]:
    return _run("tutorial_index.md")


def test_the_tutorial_has_the_shape_it_says(tutorial: dict[str, Any]) -> None:
    scores = tutorial["scores"]
    assert scores.contributions.shape == (51, 49)
    assert scores.nodes.shape == (51, 11)
    assert {"winsorised", "none"} <= set(scores.prepared.steps)
    assert 50 < scores.imputed.to_numpy().sum() < 150


def test_the_tutorials_index_recomputed_by_hand(tutorial: dict[str, Any]) -> None:
    """The same index in plain pandas, written from the words of the page."""
    table, criteria = tutorial["table"], tutorial["criteria"]
    scaled = {}
    for leaf in criteria.leaves:
        x = table[leaf.column]
        if leaf.denominator:
            x = x / table[leaf.denominator]
        x = x.fillna(x.groupby(tutorial["group"]).transform("mean"))
        x = _treated(x)
        x = 100 * (x - x.min()) / (x.max() - x.min())
        scaled[leaf.name] = x if leaf.direction > 0 else 100 - x
    frame = pd.DataFrame(scaled)
    subs = []
    for below in tutorial["pillars"].values():
        means = []
        for pillar in below:
            own = [k for k, v in tutorial["document"]["leaf"].items() if v["parent"] == pillar]
            means.append(frame[own].mean(axis=1))
        subs.append(pd.concat(means, axis=1).mean(axis=1))
    index = pd.concat(subs, axis=1).mean(axis=1)
    np.testing.assert_allclose(tutorial["scores"].score, index, atol=1e-9)


def _treated(x: pd.Series) -> pd.Series:
    def bad(v: pd.Series) -> bool:
        return bool(abs(stats.skew(v, bias=False)) > 2 and stats.kurtosis(v, bias=False) > 3.5)

    y, moved = x.copy(), 0
    while bad(y) and moved < 5:
        top = np.sort(y.unique())
        if stats.skew(y) >= 0:
            y[y == top[-1]] = top[-2]
            moved = int((y == top[-2]).sum()) - int((x == top[-2]).sum())
        else:
            y[y == top[0]] = top[1]
            moved = int((y == top[1]).sum()) - int((x == top[1]).sum())
    if not bad(y):
        return y
    return np.log(x - x.min() + 0.01 * (x.max() - x.min()))
