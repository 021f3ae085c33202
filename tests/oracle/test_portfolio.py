"""Acceptability of hubs and maps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hubselect as hs
from checks import EXACT, solved_and_audited
from hubselect.explore.futures.portfolio import Portfolio, _openings, portfolio
from worlds import base, price


def test_shares_are_counted() -> None:
    opened = pd.DataFrame(
        {"a": [2026, 2027, 2026, 2026], "b": [np.nan, 2027, np.nan, 2028]}, dtype=float
    )
    found = Portfolio(opened, 4, 0, 0.0)
    assert found.hubs.loc["a", "acceptability"] == 1.0
    assert found.hubs.loc["b", "acceptability"] == 0.5
    assert found.hubs["core"].to_dict() == {"a": True, "b": False}
    assert found.maps["acceptability"].sum() == 1.0
    assert set(found.maps["sites"]) == {"a", "a b"}
    assert found.to_dict()["draws"] == 4


@pytest.mark.parametrize("seed", range(4))
def test_openings_are_those_of_the_least_cost_plan(seed: int) -> None:
    instance = base(seed)
    solved = solved_and_audited(instance)
    z = solved.decisions.installed[:, 0, :]
    found = _openings(instance, 10 * price(), EXACT)
    for h, year in enumerate(found):
        assert np.isnan(year) == (z[h, -1] < 0.5)
        if not np.isnan(year):
            assert year == instance.years[int(np.argmax(z[h] > 0.5))]


@pytest.mark.slow
def test_a_portfolio_is_reproduced(atlas: hs.Regions) -> None:
    scenario = hs.Scenario.named("tech-valley-2030")
    one = portfolio(atlas, scenario, 3, seed=5, gap=0.05)
    two = portfolio(atlas, scenario, 3, seed=5, gap=0.05)
    assert one.opened.equals(two.opened)
    assert len(one.opened) == 3


def test_nothing_drawn_is_refused(atlas: hs.Regions) -> None:
    with pytest.raises(hs.ScenarioError, match="nothing is drawn"):
        portfolio(atlas, hs.Scenario.named("tech-valley-2030"), weights=False, figures=False)
