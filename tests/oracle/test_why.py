"""Why against brute force: what forbidding, forcing and shifting a hub really costs."""

from __future__ import annotations

import numpy as np
import pytest

from checks import priced_maps
from hubselect.errors import InfeasibleError, ScenarioError
from hubselect.explore.answers.turning import with_figure
from hubselect.explore.answers.variants import variants
from hubselect.explore.answers.why import overview, sites_of, why, why_all
from hubselect.explore.workbench import Workbench
from hubselect.instance import FixedHub, Instance, Policy
from plans import plan_of
from toy import full_policy, random_instance, toy

Maps = list[tuple[np.ndarray, float]]


def cheapest(maps: Maps, allowed: object) -> float | None:
    return min((cost for z, cost in maps if allowed(z)), default=None)  # type: ignore[operator]


def allowed_by(kind: str, h: int, history: np.ndarray) -> object:
    """Whether a hub map answers a question, from its meaning and not from the arrays."""
    opened = int(np.argmax(history[0]))
    top = int(history[:, -1].sum()) - 1

    def opens(z: np.ndarray) -> int:
        return int(np.argmax(z[h, 0])) if z[h].any() else -1

    return {
        "forbid": lambda z: not z[h].any(),
        "force": lambda z: z[h].any(),
        "a year earlier": lambda z: opens(z) == opened - 1,
        "a year later": lambda z: opens(z) == opened + 1,
        "a size up": lambda z: z[h, :, -1].sum() >= top + 2,
        "a size down": lambda z: z[h, :, -1].sum() == top,
    }[kind]


@pytest.mark.parametrize("seed", range(16))
def test_every_question_costs_what_brute_force_says(seed: int) -> None:
    instance = random_instance(seed)
    maps = priced_maps(instance)
    if not maps:
        with pytest.raises(InfeasibleError):
            plan_of(instance)
        return
    bench = Workbench.of(plan_of(instance))
    installed = bench.plan.decisions.installed
    gated = {h for h, _ in instance.policy.gated}
    for h, site in enumerate(instance.sites):
        for one in why(bench, site, turns=False).asked:
            kind = one.variant.kind
            free = instance.replace(policy=Policy(**{**vars(instance.policy), "gated": ()}))
            known = priced_maps(free) if h in gated and one.variant.lifted else maps
            expected = cheapest(known, allowed_by(kind, h, installed[h]))
            if expected is None:
                assert one.answer.state == "nothing fits", (site, kind)
                continue
            assert one.cost is not None, (site, kind)
            difference = expected - bench.cost
            assert one.cost.value == pytest.approx(difference, abs=1e-5), (site, kind)
            assert one.cost.low - 1e-5 <= difference <= one.cost.high + 1e-5


def test_all_six_questions_are_met_somewhere() -> None:
    met = set()
    for seed in range(12):
        try:
            bench = Workbench.of(plan_of(random_instance(seed)))
        except InfeasibleError:
            continue
        for h in range(2):
            met |= {v.kind for v in variants(bench, [h], bench.plan.decisions.installed)}
    expected = {"forbid", "force", "a year earlier", "a year later", "a size up", "a size down"}
    assert met == expected


def needs_a_hub() -> Instance:
    return toy(policy=Policy(job_target=((1, 1380.0),)))


def in_the_optimum(instance: Instance, h: int) -> tuple[float, float]:
    maps = priced_maps(instance)
    held = cheapest(maps, lambda z: z[h].any())
    without = cheapest(maps, lambda z: not z[h].any())
    return (np.inf if held is None else held), (np.inf if without is None else without)


@pytest.mark.parametrize("site", ["a1", "b1"])
def test_the_smallest_change_that_turns_it_is_one_that_does(site: str) -> None:
    instance = needs_a_hub()
    answer = why(plan_of(instance), site)
    h = instance.sites.index(site)
    turned = [t for t in answer.turnings if t.turns_at is not None]
    assert answer.turnings
    for t in answer.turnings:
        if t.holds_at is not None:
            held, without = in_the_optimum(with_figure(instance, t.figure, [h], t.holds_at), h)
            assert (held <= without + 1e-6) == answer.chosen
    for t in turned:
        assert t.turns_at is not None
        held, without = in_the_optimum(with_figure(instance, t.figure, [h], t.turns_at), h)
        assert (held <= without + 1e-6) != answer.chosen
        assert t.holds_at is None or abs(t.turns_at) > abs(t.holds_at)
    assert site == "b1" or turned, "the hub that is built can be lost"


def test_a_rule_in_the_way_is_lifted_and_told() -> None:
    policy = Policy(job_target=((1, 1380.0),), gated=((0, "forbidden by the scenario"),))
    answer = why(plan_of(toy(policy=policy)), "a1", turns=False)
    (one,) = answer.asked
    assert not answer.chosen and one.variant.lifted
    assert one.cost is not None and one.cost.high < 0, "the rule costs money"
    assert "forbidden by the scenario" in answer.sentences[0]
    decided = Policy(job_target=((1, 1205.0),), fixed=(FixedHub(1, 0, 1),))
    answer = why(plan_of(toy(policy=decided)), "b1", turns=False)
    assert answer.asked[0].variant.lifted and answer.chosen


def test_a_basin_asks_for_all_its_sites_and_an_unknown_place_is_refused() -> None:
    plan = plan_of(needs_a_hub())
    whole, one = why(plan, "A", turns=False), why(plan, "a1", turns=False)
    assert whole.asked[0].cost is not None and one.asked[0].cost is not None
    assert whole.asked[0].cost.value == pytest.approx(one.asked[0].cost.value, abs=1e-6)
    with pytest.raises(ScenarioError, match="did you mean"):
        why(plan, "a2")
    assert sites_of(plan.instance, "B") == (1,)


def test_all_places_in_one_call_agree_with_each_alone() -> None:
    plan = plan_of(toy(policy=full_policy()))
    answers = why_all(plan)
    assert [a.place for a in answers] == ["a1", "b1"]
    table = overview(answers)
    assert len(table) == sum(len(a.asked) for a in answers)
    for together in answers:
        alone = why(plan, together.place, turns=False)
        assert alone.table["cost_mad"].to_numpy() == pytest.approx(
            together.table["cost_mad"].to_numpy(), abs=10.0, nan_ok=True
        )
        assert all(sentence.endswith(".") for sentence in alone.sentences)
        assert alone.to_dict()["place"] == together.place


def test_every_plan_behind_an_answer_is_certified() -> None:
    answer = why(plan_of(needs_a_hub()), "a1", turns=False)
    assert answer.plans
    assert all(plan.audit().passed for plan in answer.plans.values())


def test_prices_of_what_binds_and_the_worth_of_desks_are_of_the_plan() -> None:
    answer = why(plan_of(needs_a_hub()), "b1", turns=False)
    assert answer.worth is not None
    assert answer.worth.full >= answer.worth.desks >= 0
    assert answer.worth.hub > 0
    assert (answer.binding["mad_per_unit"] > 0).all()
