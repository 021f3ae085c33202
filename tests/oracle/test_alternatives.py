"""Alternatives against brute force over every hub map of tiny instances."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import optimize

from checks import histories
from hubselect.arrays import compile_problem
from hubselect.errors import ScenarioError
from hubselect.explore.answers.alternatives import alternatives
from hubselect.instance import Instance, Policy
from hubselect.model import build
from plans import plan_of, random_plan
from toy import toy, whole_classes

SEEDS = range(1, 6)


class Brute:
    """Every hub map with its least cost, and extremes of a linear function under a cost cap."""

    def __init__(self, instance: Instance) -> None:
        model = build(instance, without=["national_capacity", "floor_cover"])
        self.instance, self.arrays = instance, compile_problem(model.problem)
        self.variables = model.variables
        self.position = {name: n for n, name in enumerate(self.arrays.columns)}
        sizes, years = range(len(instance.sizes)), range(len(instance.years))
        self.maps = []
        for choice in product(*(histories(instance) for _ in instance.sites)):
            z = np.array([[[float(p[t] > k) for t in years] for k in sizes] for p in choice])
            cost = self.least(z, self.arrays.cost, np.inf)
            if cost is not None:
                self.maps.append((z, cost + self.arrays.offset))

    def least(self, z: np.ndarray, cost: np.ndarray, cap: float) -> float | None:
        a = self.arrays
        lower, upper = a.lower.copy(), a.upper.copy()
        for key, column in self.variables.installed.items():
            lower[self.position[column.name]] = upper[self.position[column.name]] = z[key]
        rows = [
            optimize.LinearConstraint(a.matrix, a.row_lower, a.row_upper),
            optimize.LinearConstraint(a.cost[None, :], -np.inf, cap - a.offset),
        ]
        found = optimize.milp(cost, constraints=rows, bounds=optimize.Bounds(lower, upper))
        assert found.status in (0, 2), found.message
        return float(found.fun) if found.status == 0 else None

    def extremes(self, variable: str, r: int, cap: float) -> tuple[float, float]:
        cost = np.zeros(len(self.arrays.columns))
        last = len(self.instance.years) - 1
        for key, column in getattr(self.variables, variable).items():
            counted = key[0] == r and (variable == "seats" or key[2] == last)
            if counted and column.name in self.position:
                cost[self.position[column.name]] = 1.0
        cheap = [z for z, least in self.maps if least <= cap + 1e-6]
        low = [self.least(z, cost, cap + 1e-6) for z in cheap]
        high = [self.least(z, -cost, cap + 1e-6) for z in cheap]
        return (
            min(v for v in low if v is not None),
            max(-v for v in high if v is not None),
        )


@pytest.mark.parametrize("within", [0.02, 0.3])
@pytest.mark.parametrize("seed", SEEDS)
def test_verdicts_and_extremes_are_those_of_brute_force(seed: int, within: float) -> None:
    plan = random_plan(seed)
    instance = plan.instance
    brute = Brute(instance)
    found = alternatives(plan, within, count=2, seeds=(1,))
    assert found.complete
    cap = plan.facts.objective_mad / 1e6 * (1 + within)
    assert found.cap_mad == pytest.approx(cap * 1e6)
    cheap = [z for z, cost in brute.maps if cost <= cap]
    for h, row in enumerate(found.sites.to_dict("records")):
        having = {bool(z[h].any()) for z in cheap}
        expected = {(True,): "core", (False,): "never"}.get(tuple(having))
        assert (row["verdict"] == expected) if expected else row["verdict"] in (
            "optional", "coin-flip"
        )  # fmt: skip
    table = found.regions.set_index(["region", "measure"])
    for r, basin in enumerate(instance.basins):
        counts = [z[instance.sites_of(r), 0, -1].sum() for z in cheap]
        row = table.loc[basin, "hubs"]
        assert (row["fewest"], row["most"]) == (min(counts), max(counts))
        assert (row["fewest_bound"], row["most_bound"]) == (min(counts), max(counts))
        for measure in ("seats", "jobs"):
            low, high = brute.extremes(measure, r, cap)
            row = table.loc[basin, measure]
            noise = 1e-4 * max(1.0, high)
            assert row["fewest_bound"] - noise <= low <= row["fewest"] + noise, (basin, measure)
            assert row["most"] - noise <= high <= row["most_bound"] + noise, (basin, measure)


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_maps_are_as_far_apart_as_they_can_be(seed: int) -> None:
    plan = random_plan(seed)
    instance = plan.instance
    found = alternatives(plan, 0.3, count=2, seeds=(), people=False)
    cap = plan.facts.objective_mad / 1e6 * 1.3
    cheap = [z[:, :, -1] for z, cost in Brute(instance).maps if cost <= cap - 1e-6]
    listed: list[np.ndarray] = []
    for other in found.plans:
        z = other.decisions.installed[:, :, -1]
        if listed:
            apart = min(np.abs(z - known).sum() for known in listed)
            best = max(min(np.abs(y - known).sum() for known in listed) for y in cheap)
            assert apart == best
        listed.append(z)
    if len(listed) < 3:
        assert all(any(np.array_equal(y, known) for known in listed) for y in cheap)


def test_every_plan_costs_no_more_than_it_may_and_is_certified() -> None:
    plan = plan_of(toy(policy=Policy(job_target=((1, 1380.0),))))
    found = alternatives(plan, 0.5, count=3, seeds=(), people=False)
    assert len(found.plans) > 1
    for other in found.plans:
        assert other.facts.objective_mad <= found.cap_mad * (1 + 1e-9)
        assert other.audit().passed
    assert found.to_dict()["core"] == list(found.core)
    assert found.at_most >= 0.5 - 1e-9


def test_two_sites_that_are_alike_are_a_coin_flip() -> None:
    base = toy(policy=Policy(job_target=((1, 1380.0),)))
    twins = base.replace(
        site_basin=np.array([0, 0]),
        first_year=np.array([0, 0]),
        ramp_up=np.array([base.ramp_up[0]] * 2),
        capex=np.array([base.capex[0]] * 2),
        opex=np.array([base.opex[0]] * 2),
        capex_premium=np.array([0.0, 0.0]),
        residual_hub=np.array([base.residual_hub[0]] * 2)
        if base.residual_hub.ndim == 2
        else base.residual_hub,
    )
    found = alternatives(plan_of(twins), 0.01, count=1, seeds=(), people=False)
    assert found.coin_flips == ("a1", "b1")
    assert found.core == ()


def test_nothing_is_said_below_the_gap() -> None:
    plan = plan_of(toy())
    with pytest.raises(ScenarioError, match="at least the gap"):
        alternatives(plan, 0.001, gap=0.01)


def test_with_whole_classes_only_plans_found_attain_anything() -> None:
    """A linear program would fill parts of classes; its bounds hold, its points are no plans."""
    plan = plan_of(whole_classes())
    found = alternatives(plan, 0.3, count=1, seeds=())
    assert found.complete
    table = found.regions[found.regions["measure"] == "seats"].set_index("region")
    attained = [p.decisions.seats.sum(axis=(1, 2)) for p in found.plans]
    for r, basin in enumerate(plan.instance.basins):
        row = table.loc[basin]
        assert row["fewest_bound"] - 1e-6 <= row["fewest"] <= min(a[r] for a in attained) + 1e-6
        assert max(a[r] for a in attained) - 1e-6 <= row["most"] <= row["most_bound"] + 1e-6
    assert (table["fewest_bound"] < table["fewest"] - 1).any(), "parts of classes are no plan"
