"""An instance stated over a template is the instance stated afresh, to the last bit."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hubselect as hs
from hubselect.arrays import Arrays
from hubselect.assemble import assemble
from hubselect.explore.draws import draw
from hubselect.explore.uncertain import uncertain_figures
from hubselect.solving import Compiled
from hubselect.solving.reduction import reduce
from hubselect.solving.template import RestructuredError, Template
from toy import full_policy, random_instance, toy


def assert_same(stated: Arrays, afresh: Arrays) -> None:
    """Same rows and columns, in any order; those of the template alone are empty and free."""
    rows, spare_rows = placed(stated.rows, afresh.rows)
    columns, spare = placed(stated.columns, afresh.columns)
    assert (stated.matrix[rows][:, columns] != afresh.matrix).nnz == 0
    for side in ("row_lower", "row_upper"):
        assert np.array_equal(getattr(stated, side)[rows], getattr(afresh, side))
    for vector in ("cost", "lower", "upper", "integer"):
        assert np.array_equal(getattr(stated, vector)[columns], getattr(afresh, vector)), vector
    assert stated.offset == afresh.offset
    assert stated.matrix[spare_rows].nnz == stated.matrix[:, spare].nnz == 0
    assert np.isneginf(stated.row_lower[spare_rows]).all()
    assert np.isposinf(stated.row_upper[spare_rows]).all()
    assert not stated.cost[spare].any()


def placed(stated: tuple[str, ...], afresh: tuple[str, ...]) -> tuple[list[int], list[int]]:
    """Positions in `stated` of every name of `afresh`, and of the names that are left."""
    at = {name: n for n, name in enumerate(stated)}
    order = [at[name] for name in afresh]
    return order, sorted(set(at.values()) - set(order))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000), st.booleans())
def test_random_instances_of_one_structure(one: int, other: int, bare: bool) -> None:
    without = ("national_capacity", "floor_cover") if bare else ()
    template = Template.of(Compiled.of(random_instance(one), without=without), without=without)
    changed = random_instance(other)
    afresh = Compiled.of(changed, without=without).arrays
    try:
        stated = template.arrays(changed)
    except RestructuredError:
        assert set(afresh.columns) - set(template.compiled.arrays.columns)
        return
    assert_same(stated, afresh)


def test_every_family_at_once() -> None:
    template = Template.of(Compiled.of(toy()))
    with pytest.raises(RestructuredError):  # carried budgets are columns of their own
        template.arrays(toy(policy=full_policy()))
    alive = Template.of(Compiled.of(toy(policy=full_policy())))
    changed = toy(policy=full_policy(), leaving=np.array([0.3, 0.2]), completion=np.array([0.5, 1]))
    assert_same(alive.arrays(changed), Compiled.of(changed).arrays)


@pytest.mark.parametrize("name", ["tight-budget", "regional-equity"])
def test_drawn_futures_of_shipped_scenarios(atlas: hs.Regions, name: str) -> None:
    scenario = hs.Scenario.named(name)
    scores = hs.score(atlas, scenario)
    only = ["programmes", "skills/leaving", "ramp_up", "hub_sizes", "segment_mix", "finance"]
    draws = draw(uncertain_figures(atlas, scenario, scores, only=only), 1, seed=1)
    template = Template.of(Compiled.of(assemble(atlas, scenario, scores)))
    for n in range(1):
        instance = assemble(*draws.future(atlas, scenario, n), scores)
        assert_same(template.arrays(instance), Compiled.of(instance).arrays)


def test_other_sets_are_refused() -> None:
    template = Template.of(Compiled.of(toy()))
    fewer = toy(
        arc_from=np.array([0, 1]), arc_to=np.array([0, 1]), arc_reach=np.ones((2, 2)),
        arc_cost=np.zeros(2),
    )  # fmt: skip
    with pytest.raises(RestructuredError, match="other sets"):
        template.arrays(fewer)


@pytest.mark.parametrize("policy", [None, full_policy()], ids=["bare", "every family"])
def test_whatever_field_differs_is_stated_again(policy: object) -> None:
    """Families that read none of what differs are not stated again: each field on its own."""
    base = toy() if policy is None else toy(policy=policy)
    template = Template.of(Compiled.of(base))
    for item in fields(base):
        value = getattr(base, item.name)
        if not isinstance(value, np.ndarray) or value.dtype != float:
            continue
        changed = base.replace(**{item.name: np.where(value > 0, value * 0.98, value)})
        assert changed.changed(base) <= {item.name}
        assert_same(template.arrays(changed), Compiled.of(changed).arrays)


def test_a_changed_policy_is_stated_again() -> None:
    base = toy(policy=full_policy())
    template = Template.of(Compiled.of(base))
    policy = replace(base.policy, max_open=1, quality_floor=1.0, minimum_use=0.1)
    changed = base.replace(policy=policy)
    assert_same(template.arrays(changed), Compiled.of(changed).arrays)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_smaller_model_is_known_again(one: int, other: int) -> None:
    """What is kept of another instance's reduction changes nothing, whether it fits or not."""
    base, changed = random_instance(one), random_instance(other)
    template = Template.of(Compiled.of(base))
    like = reduce(template.arrays(base))
    mine = base.replace(completion=base.completion * 0.9, leaving=base.leaving * 0.9)
    assert not like.kept.size or like.fits(template.arrays(mine))
    for instance in (mine, changed):
        try:
            arrays = template.arrays(instance)
        except RestructuredError:
            continue
        afresh, again = reduce(arrays), reduce(arrays, like)
        assert (afresh.arrays.matrix != again.arrays.matrix).nnz == 0
        assert (afresh.weights != again.weights).nnz == 0
        assert afresh.arrays.rows == again.arrays.rows
        for vector in ("row_lower", "row_upper", "cost", "lower", "upper", "integer"):
            assert np.array_equal(getattr(afresh.arrays, vector), getattr(again.arrays, vector))
