"""Futures as data, the decision calendar, and their commands."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import hubselect as hs
from hubselect.cli import app
from hubselect.explore.futures.calendar import NEVER, last_years
from hubselect.explore.futures.named import mean_instance
from hubselect.explore.workbench import Workbench
from hubselect.instance import Policy
from plans import plan_of
from toy import toy

GOOD = """judgement = "ours"
[[future]]
name = "a"
probability = 0.5
[[future]]
name = "b"
probability = 0.5
[future.settings.demand.factor.CRM]
2030 = 0.5
"""


def test_shipped_futures_have_stories_and_their_probabilities_are_called_judgement() -> None:
    shipped = hs.Futures.read()
    assert shipped.probabilities.sum() == pytest.approx(1.0)
    assert "judgement" in shipped.judgement
    assert all(f.story and f.title for f in shipped.futures)
    assert {"automation", "opt-in-law", "few-graduates", "slow-ramp-up", "costs-rise"} <= {
        f.name for f in shipped.futures
    }


def test_factors_of_a_future_come_on_top_of_the_scenario(atlas: hs.Regions, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD, encoding="utf-8")
    scenario = hs.Scenario.named("call-centre-shock")  # 0.72 in 2030 already
    stated, halved = (p.instance for p in hs.Futures.read(file).pose(atlas, scenario))
    crm = stated.segments.index("CRM")
    assert halved.demand[crm, -1] == pytest.approx(stated.demand[crm, -1] / 2)
    assert np.allclose(halved.demand[:, :-1], stated.demand[:, :-1])
    mean = mean_instance([stated, halved], np.array([0.5, 0.5]))
    assert mean.demand[crm, -1] == pytest.approx(0.75 * stated.demand[crm, -1])


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (GOOD.replace("0.5\n[[", "0.6\n[["), "sum to 1.1"),
        (GOOD.replace('"b"', '"a"'), "stands twice"),
        (GOOD.replace("probability = 0.5\n[future", "chance = 0.5\n[future"), "chance"),
        ("future = 3", "judgement"),
        ("[[", "cannot be read"),
    ],
)
def test_wrong_futures_are_refused(tmp_path: Path, broken: str, told: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(broken, encoding="utf-8")
    with pytest.raises(hs.ScenarioError, match=told):
        hs.Futures.read(file)


def test_a_future_that_names_what_does_not_exist_is_refused(
    atlas: hs.Regions, tmp_path: Path
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.replace("CRM", "CRN"), encoding="utf-8")
    with pytest.raises(hs.ScenarioError, match=r"future 'b'.*CRN"):
        hs.Futures.read(file).pose(atlas, hs.Scenario.named("tech-valley-2030"))
    with pytest.raises(hs.ScenarioError, match="neither a file nor a shipped set"):
        hs.Futures.read("offshoring-2031")


def test_the_last_responsible_year_is_the_last_that_is_cheap_enough() -> None:
    """Against each trial by hand: cheap enough up to the year told, too dear after it."""
    plan = plan_of(toy(policy=Policy(job_target=((0, 1230.0), (1, 1380.0)))))
    z = plan.decisions.installed
    assert z[:, 0, -1].sum() >= 1, "no hub: nothing tested"
    for delta in (0.0, 0.02, 0.5):
        for row in last_years(plan, delta, lambda _: None).to_dict("records"):
            h = plan.instance.sites.index(row["site"])
            bench = Workbench.of(plan)
            cheap = []
            for t, year in enumerate([*plan.instance.years, NEVER]):
                columns = [c for (site, _, u), c in bench.compiled.columns("installed").items()
                           if site == h and u < t]  # fmt: skip
                try:
                    trial = bench.solve(bench.compiled.arrays.with_bounds(columns, 0.0, 0.0))
                except hs.InfeasibleError:
                    continue
                if trial.objective <= (1 + delta) * bench.cost + 1e-9 and year >= row["planned"]:
                    cheap.append(year)
            assert row["last_year"] == max(cheap)
            assert not row["unclear"]


@pytest.mark.slow
def test_futures_on_the_command_line() -> None:
    outcome = CliRunner().invoke(
        app,
        ["futures", "tech-valley-2030", "--method", "decomposition", "--no-compare", "--json",
         "--set", "solve.gap=0.02"],
    )  # fmt: skip
    assert outcome.exit_code == 0, outcome.output
    found = json.loads(outcome.stdout)
    assert "judgement" in found["judgement"]
    assert len(found["outcomes"]) == 6
    assert found["bound_mmad"] <= found["objective_mmad"] <= found["bound_mmad"] * 1.021
    assert found["risk"]["expected_mmad"] == pytest.approx(found["objective_mmad"], rel=1e-6)
    assert found["risk"]["worst_mmad"] >= found["risk"]["expected_mmad"]


def test_an_unknown_measure_is_refused() -> None:
    outcome = CliRunner().invoke(app, ["futures", "tech-valley-2030", "--measure", "luck"])
    assert isinstance(outcome.exception, hs.ScenarioError)
    assert "expected or cvar" in str(outcome.exception)
