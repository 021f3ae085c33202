"""Tiny instances with every family alive: a hand-sized one, and random ones from a seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from hubselect.cohorts import finishing_profile, seated_profile
from hubselect.finance import discount_factors, premium_schedule, residual_shares
from hubselect.instance import (
    BudgetRow,
    CoverageRow,
    FixedHub,
    Instance,
    PeriodBudget,
    Policy,
    RegionRow,
)

YEARS = (2026, 2027)
ATTRITION = np.array([0.2, 0.1])


def toy(**changes: Any) -> Instance:
    """Two basins, two sites, two sizes, two years, two segments, two profiles; no policy."""
    years = len(YEARS)
    schedules = [
        premium_schedule(0.035, attrition=a, duration=5, years=YEARS, until=2030) for a in ATTRITION
    ]
    wage = np.array([[0.07, 0.15], [0.06, 0.13]])
    instance = Instance(
        basins=("A", "B"),
        sites=("a1", "b1"),
        sizes=("small", "large"),
        years=YEARS,
        segments=("CRM", "ITO"),
        skills=("voice", "code"),
        pools=("seekers",),
        programmes=("bootcamp", "reskill"),
        names={"A": "Alpha", "B": "Beta", "a1": "Alpha Park", "b1": "Beta Park"},
        site_basin=np.array([0, 1]),
        increment=np.array([100.0, 200.0]),
        first_year=np.array([0, 1]),
        largest_size=np.array([1, 1]),
        ramp_up=np.array([[0.5, 1.0], [0.25, 0.5]]),
        capex=np.array([[12.0, 16.0], [9.0, 13.0]]),
        opex=np.array([[0.2, 0.3], [0.2, 0.3]]),
        capex_premium=np.array([0.0, 0.15]),
        workstations=np.array([[900.0, 910.0], [200.0, 205.0]]),
        base_jobs=np.array([[600.0, 400.0], [150.0, 50.0]]),
        workstations_per_job=np.array([0.75, 1.0]),
        attrition=ATTRITION,
        absorption_growth=np.array([0.5, 0.5]),
        absorption_floor=np.array([50.0, 50.0]),
        demand=np.array([[900.0, 1000.0], [600.0, 800.0]]),
        revenue=np.array([[0.11, 0.11], [0.33, 0.33]]),
        base_talent=np.array([[660.0, 430.0], [170.0, 60.0]]),
        talent_inflow=np.array([[[90.0, 90.0], [70.0, 70.0]], [[30.0, 30.0], [10.0, 10.0]]]),
        leaving=np.array([0.1, 0.07]),
        willing=np.array([0.95, 0.95]),
        skill_need=np.array([[0.9, 0.1], [0.2, 0.8]]),
        fills=np.array([[True, False], [True, True]]),
        arc_from=np.array([0, 1, 0, 1]),
        arc_to=np.array([0, 1, 1, 0]),
        arc_reach=np.array([[1.0, 1.0], [1.0, 1.0], [0.1, 0.2], [0.1, 0.2]]),
        arc_cost=np.array([0.0, 0.0, 0.012, 0.012]),
        base_pool=np.array([[500.0], [300.0]]),
        pool_inflow=np.array([[[200.0, 200.0]], [[100.0, 100.0]]]),
        pool_leaving=np.array([0.3]),
        programme_pool=np.array([0, -1]),
        programme_skill=np.array([-1, 0]),
        programme_target=np.array([0, 1]),
        completion=np.array([0.85, 0.9]),
        placement=np.array([0.8, 0.95]),
        finishing=np.array([finishing_profile(0.5, years), finishing_profile(0.25, years)]),
        seated=np.array([seated_profile(0.5, years), seated_profile(0.25, years)]),
        places=np.array([[[100.0, 100.0], [20.0, 20.0]], [[40.0, 40.0], [0.0, 10.0]]]),
        place_growth=np.array([0.5, 0.5]),
        place_floor=np.array([20.0, 10.0]),
        seat_cost=np.array([0.02, 0.015]),
        place_cost=np.array([0.05, 0.02]),
        cohort_size=np.zeros(2),
        wage=wage,
        employer_cost=1.2 * wage,
        rent=np.array([0.009, 0.006]),
        hiring_premium=0.17 * np.repeat((wage * (1 - ATTRITION) ** 1.5)[:, :, None], years, axis=2),
        training_premium=wage[:, :, None, None] * np.array(schedules)[None],
        tax_expenditure=np.repeat((0.02 * wage)[:, :, None], years, axis=2),
        discount=discount_factors(0.05, years),
        residual_hub=np.outer([0.9, 0.5], residual_shares(30.0, years)),
        residual_place=residual_shares(30.0, years),
        payers=("state", "operator"),
        tax_in_objective=False,
        quality=np.array([70.0, 40.0]),
        policy=Policy(job_target=((1, 1500.0),)),
    )
    return instance.replace(**changes)


def full_policy() -> Policy:
    """Every policy family at once, still feasible on the toy."""
    return Policy(
        job_target=((0, 1205.0), (1, 1400.0)),
        export_target=((1, 250.0),),
        floors=(RegionRow((1,), 1, heads=220.0), RegionRow((0,), 1, share=0.5)),
        ceilings=(RegionRow((0,), 1, share=0.9),),
        coverage=(near_a_hub(share=0.6),),
        budgets=(
            BudgetRow("state", 0, 20.0),
            BudgetRow("state", 1, 20.0),
            BudgetRow("operator", -1, 60.0),
        ),
        periods=(
            PeriodBudget("state", 0, 1, 35.0),
            PeriodBudget("operator", 0, 0, 30.0, ("capex",)),
        ),
        quality_floor=50.0,
        gated=((1, "forbidden by the scenario"),),
        fixed=(FixedHub(0, 0, 0),),
        max_open=2,
        openings_per_year=1,
        enlargements_per_year=1,
        rivals=((0, 1),),
        minimum_use=0.1,
    )


def near_a_hub(share: float | None, year: int = 1) -> CoverageRow:
    """700 people live in A, near a1 alone; 300 in B, near both sites."""
    return CoverageRow("people", 60.0, "km", year, (700.0, 300.0), ((0,), (0, 1)), share)


def random_instance(seed: int) -> Instance:
    """The toy with every cost, capacity and rate perturbed, and a random mix of policies."""
    rng = np.random.default_rng(seed)

    def shaken(values: Any, spread: float = 0.3) -> Any:
        return values * rng.uniform(1 - spread, 1 + spread, size=np.shape(values))

    base = toy()
    increment, capex = shaken(base.increment), shaken(base.capex)
    return base.replace(
        increment=increment,
        capex=capex,
        opex=shaken(base.opex),
        ramp_up=np.sort(np.clip(shaken(base.ramp_up), 0.05, 1.0), axis=1),
        first_year=rng.integers(0, 2, size=2),
        largest_size=rng.integers(0, 2, size=2),
        capex_premium=rng.choice([0.0, 0.1, 0.15], size=2),
        workstations=shaken(base.workstations, 0.1),
        demand=shaken(base.demand, 0.1),
        talent_inflow=shaken(base.talent_inflow, 0.5),
        arc_reach=np.vstack([np.ones((2, 2)), rng.uniform(0.0, 0.4, size=(2, 2))]),
        seat_cost=shaken(base.seat_cost),
        place_cost=shaken(base.place_cost),
        places=shaken(base.places),
        policy=_random_policy(rng),
    )


def _random_policy(rng: np.random.Generator) -> Policy:
    chance = rng.uniform(size=12)
    # families that came later draw on their own: the instances of a seed stay what they were
    later = np.random.default_rng(int(chance[11] * 1e9))
    return Policy(
        job_target=((1, float(rng.uniform(1300, 1560))),),
        export_target=((1, float(rng.uniform(150, 280))),) if chance[0] < 0.3 else (),
        floors=(RegionRow((1,), 1, heads=float(rng.uniform(150, 300))),) if chance[1] < 0.4 else (),
        ceilings=(RegionRow((0,), 1, share=float(rng.uniform(0.8, 0.95))),)
        if chance[2] < 0.3
        else (),
        coverage=(near_a_hub(float(later.choice([0.2, 0.6]))),) if chance[11] < 0.25 else (),
        budgets=_random_budgets(rng, chance),
        quality_floor=float(rng.uniform(50, 66)) if chance[4] < 0.2 else None,
        max_open=1 if chance[5] < 0.2 else None,
        openings_per_year=1 if chance[6] < 0.3 else None,
        minimum_use=float(rng.uniform(0.3, 1.0)) if chance[7] < 0.2 else None,
        gated=((int(rng.integers(0, 2)), "forbidden by the scenario"),) if chance[8] < 0.2 else (),
        rivals=((0, 1),) if chance[9] < 0.2 else (),
        carry_over=bool(chance[10] < 0.5),
        periods=_random_periods(later, chance),
        enlargements_per_year=int(later.integers(0, 2)) if chance[5] > 0.7 else None,
    )


def _random_budgets(rng: np.random.Generator, chance: Any) -> tuple[BudgetRow, ...]:
    if chance[3] < 0.3:
        return (BudgetRow("operator", -1, float(rng.uniform(5, 40))),)
    if chance[3] < 0.6:
        return tuple(BudgetRow("state", t, float(rng.uniform(2, 9))) for t in (0, 1))
    return ()


def _random_periods(later: np.random.Generator, chance: Any) -> tuple[PeriodBudget, ...]:
    if chance[3] > 0.8:
        return (PeriodBudget("state", 0, 1, float(later.uniform(6, 20))),)
    if chance[3] > 0.7:
        return (PeriodBudget("operator", 1, 1, float(later.uniform(5, 30)), ("capex",)),)
    return ()


def short_of_talent(heads: float = 1220.0) -> Instance:
    """The toy where few join on their own, so that seats, places and reskilling decide.

    From 1,230 heads on, schools would have to grow faster than they can.
    """
    base = toy()
    return base.replace(
        talent_inflow=base.talent_inflow * 0.3,
        places=base.places * 0.2,
        place_floor=np.array([2.0, 1.0]),
        policy=Policy(job_target=((1, heads),)),
    )


def whole_classes() -> Instance:
    """The toy short of talent, with the boot camp in classes of 20."""
    return short_of_talent(1210).replace(cohort_size=np.array([20.0, 0.0]))


def growing(**policy: Any) -> Instance:
    """The toy with one site, that opens small for the first year's jobs and grows for the next."""
    return toy(
        policy=Policy(job_target=((0, 1250.0), (1, 1450.0)), **policy),
        first_year=np.array([0, 0]),
        largest_size=np.array([1, -1]),
        ramp_up=np.ones((2, 2)),
        workstations=toy().workstations * 0.9,
        talent_inflow=toy().talent_inflow * 4,
        residual_hub=np.zeros((2, 2)),
        opex=toy().opex * 40,
    )


def reskilling_first() -> Instance:
    """Newcomers are many and unskilled; only a few who are there already can be retrained."""
    base = toy()
    return base.replace(
        base_talent=np.array([[50.0, 430.0], [20.0, 60.0]]),
        talent_inflow=np.array([[[2000.0, 2000.0], [0.0, 0.0]], [[500.0, 500.0], [0.0, 0.0]]]),
        skill_need=np.array([[1.0, 0.0], [0.0, 1.0]]),
        demand=np.array([[100.0, 100.0], [2000.0, 2000.0]]),
        absorption_growth=np.array([2.0, 2.0]),
        places=np.full((2, 2, 2), 5000.0),
        policy=Policy(job_target=((0, 600.0),)),
    )


def idle_hub() -> Instance:
    """A decided hub larger than anyone needs, that must nevertheless fill."""
    policy = Policy(job_target=((1, 1210.0),), fixed=(FixedHub(0, 1, 0),), minimum_use=0.8)
    return toy(policy=policy, workstations=toy().workstations * 2)
