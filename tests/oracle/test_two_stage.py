"""Two stages: extensive form, decomposition and brute force agree; their values are in order."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from checks import EXACT, histories
from hubselect.errors import NoPlanError
from hubselect.explore.futures.calendar import Calendar, last_years, openings, worth_of_waiting
from hubselect.explore.futures.extensive import Measure, cvar, solve_extensive
from hubselect.explore.futures.l_shaped import Recourse, solve_decomposed
from hubselect.explore.futures.stages import Stage
from hubselect.explore.futures.two_stage import TwoStage, solve_two_stage
from hubselect.solving import highs
from plans import PosedToy
from worlds import CHANCES, NAMES, posed, price, worlds

MEASURES = [Measure(), Measure("cvar", 0.7, 0.5), Measure("worst", weight=0.9)]
CLOSE = 1e-6
SEEDS = (0, 6)


def solved(seed: int, stage: Stage, **options: object) -> TwoStage:
    return solve_two_stage(
        posed(seed), NAMES, CHANCES, stage, Measure(), price(), **options  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.kind)
@pytest.mark.parametrize("seed", SEEDS)
def test_decomposition_finds_what_the_extensive_form_finds(seed: int, measure: Measure) -> None:
    models = worlds(Stage(0), seed)
    whole = solve_extensive(models, measure, EXACT, job_price=price())
    parts = solve_decomposed(models, measure, EXACT)
    assert whole.state == parts.state == "optimal"
    assert parts.objective == pytest.approx(whole.objective, rel=CLOSE)
    assert parts.bound <= parts.objective


@pytest.mark.parametrize("seed", SEEDS)
def test_the_extensive_form_finds_what_brute_force_finds(seed: int) -> None:
    """Every hub programme, each with one LP over all futures and the seats they share."""
    from hubselect.explore.futures.extensive import together

    models = worlds(Stage(0), seed)
    arrays, i = together(models), models[0].instance
    keys = list(models[0].compiled.model.variables.installed)
    best = np.inf
    for choice in product(*(histories(i) for _ in i.sites)):
        z = np.array([float(choice[h][t] > k) for h, k, t in keys])
        fixed = arrays.with_bounds(np.arange(len(keys)), z, z)
        result = highs.run(fixed, EXACT, relaxed=True)
        best = min(best, result.objective)
    found = solve_extensive(models, Measure(), EXACT).objective
    assert found == pytest.approx(best, rel=CLOSE)


@pytest.mark.parametrize("seed", SEEDS)
def test_wait_and_see_costs_no_more_than_recourse_and_that_no_more_than_mean_figures(
    seed: int,
) -> None:
    values = solved(seed, Stage(0)).values
    slack = CLOSE * abs(values["recourse"])
    assert values["wait_and_see"] <= values["recourse"] + slack
    assert values["recourse"] <= values["mean_figures"] + slack
    assert values["knowing"] >= -slack and values["planning"] >= -slack


def test_the_futures_are_worth_planning_for() -> None:
    """The order above means little if all three are the same."""
    found = [solved(seed, Stage(0)).values for seed in SEEDS]
    assert max(v["knowing"] for v in found) > 0.01
    assert max(v["planning"] for v in found) > 0.01


@pytest.mark.parametrize("seed", SEEDS)
def test_deciding_hubs_later_costs_no_more(seed: int) -> None:
    now = solved(seed, Stage(0, "now"), compare=False).answer.objective
    later = solved(seed, Stage(0, "later"), compare=False).answer.objective
    assert later <= now + CLOSE * abs(now)


@pytest.mark.parametrize("hubs", ["now", "later"])
def test_what_happens_in_every_future_is_certified_and_shares_the_first_stage(hubs: str) -> None:
    found = solved(0, Stage(0, hubs))  # type: ignore[arg-type]
    plans = found.plans()
    assert set(plans) == set(NAMES)
    opened = [p.decisions.installed[:, :, 0 if hubs == "later" else slice(None)]
              for p in plans.values()]  # fmt: skip
    for plan, z in zip(plans.values(), opened, strict=True):
        assert plan.audit().passed
        assert np.array_equal(z, opened[0])
    assert found.outcomes["penalty_mmad"].sum() > 0, "no future breaks a promise: nothing tested"


def test_a_risk_averse_plan_has_no_more_of_its_risk() -> None:
    models = worlds(Stage(0))
    p = np.array([w.probability for w in models])

    def costs(measure: Measure) -> np.ndarray:
        answer = solve_extensive(models, measure, EXACT, job_price=price())
        return np.array(
            [w.arrays.cost @ x + w.arrays.offset for w, x in zip(models, answer.x, strict=True)]
        )

    neutral = costs(Measure())
    averse = costs(Measure("cvar", 0.7, 0.95))
    careful = costs(Measure("worst", weight=0.99))
    assert cvar(averse, p, 0.7) <= cvar(neutral, p, 0.7) + CLOSE * neutral.max()
    assert careful.max() <= neutral.max() * (1 + CLOSE)
    assert p @ neutral <= p @ averse * (1 + CLOSE)


def test_fewer_jobs_are_missing_where_they_weigh_more() -> None:
    models = worlds(Stage(0))
    p = np.array([w.probability for w in models])

    def missing(measure: Measure) -> float:
        answer = solve_extensive(models, measure, EXACT, job_price=price())
        short = np.array([w.missing @ x for w, x in zip(models, answer.x, strict=True)])
        return cvar(short, p, 0.7)

    assert missing(Measure("missing", 0.7, 0.9)) <= missing(Measure()) + 1e-6


def test_regret_is_least_where_the_future_is_ones_own() -> None:
    found = solved(0, Stage(0))
    for name in NAMES:
        regret = found.regret[name]
        assert regret.min() == pytest.approx(regret[f"best for {name}"], abs=1e-6)
        assert regret[f"best for {name}"] == pytest.approx(0.0, abs=1e-5)


def test_pricing_a_first_stage_gives_its_cost_and_a_true_slope() -> None:
    models = worlds(Stage(0))
    recourse = Recourse(models, EXACT)
    first = solve_extensive(models, Measure(), EXACT).first
    priced = recourse.price(first)
    other = solve_extensive(worlds(Stage(0)), Measure("worst", weight=0.99), EXACT).first
    again = recourse.price(other)
    for w in range(len(models)):
        line = priced.costs[w] + priced.slopes[w] @ (other - first)
        assert again.costs[w] >= line - 1e-6 * abs(line)
    expected = sum(
        w.probability * (w.arrays.cost @ x + w.arrays.offset)
        for w, x in zip(models, priced.x, strict=True)
    )
    assert CHANCES @ priced.costs == pytest.approx(expected, rel=1e-9)


def test_the_calendar_tells_what_is_the_same_and_what_waiting_is_worth() -> None:
    now = solved(6, Stage(0, "now"))
    later = solved(6, Stage(0, "later"), compare=False, start=now.answer)
    waiting = worth_of_waiting(now, later)
    (row,) = waiting.to_dict("records")
    assert row["worth"] == pytest.approx(now.answer.objective - later.answer.objective)
    assert row["worth_low"] <= row["worth"] <= row["worth_high"] + 1e-9
    assert row["worth"] > 0, "waiting is worth nothing here: nothing tested"
    opened = openings(now)
    assert list(opened.columns) == list(NAMES)
    for name, world in zip(NAMES, now.worlds, strict=True):
        alone = solve_two_stage(
            [PosedToy(world.instance)], [name], [1.0], Stage(0), Measure(), price(), compare=False
        )  # type: ignore[list-item]
        (plan,) = alone.plans().values()
        for site, year in opened[name].items():
            z = plan.decisions.installed[world.instance.sites.index(str(site)), 0]
            assert np.isnan(year) == (z[-1] < 0.5)
    plan = now.plans()[NAMES[0]]
    found = Calendar(plan, 0.01, last_years(plan, 0.01, lambda _: None), opened, waiting, now)
    assert "once the future is known" in found.text
    assert set(found.same.index) <= set(opened.index)
    assert found.seats["seats"].sum() == pytest.approx(
        first_seats(now), abs=0.5 * found.seats.size + 1.0
    )


def test_a_limit_keeps_the_plan_it_began_from() -> None:
    now = solved(6, Stage(0, "now"), compare=False).answer
    models = worlds(Stage(0, "later"), 6)
    none = replace(EXACT, time_limit=0.0)
    found = solve_extensive(models, Measure(), none, start=now.x)
    assert found.objective == pytest.approx(now.objective, rel=CLOSE)
    assert found.bound <= found.objective
    with pytest.raises(NoPlanError):
        solve_extensive(models, Measure(), none)


def first_seats(found: TwoStage) -> float:
    """Seats offered in the first stage, from the offers' names."""
    world = found.worlds[0]
    i, years = world.instance, found.stage.year + 1
    return float(found.answer.first[-2 * len(i.basins) * len(i.programmes) * years :]
                 [: len(i.basins) * len(i.programmes) * years].sum())  # fmt: skip
