"""Small sets of futures of the toy."""

from __future__ import annotations

import numpy as np

from checks import EXACT
from hubselect.explore.futures.stages import MARKUP, Stage, World, marginal_job, worlds_of
from hubselect.instance import Instance, Policy
from plans import PosedToy
from toy import toy

NAMES = ("as stated", "calls shrink", "costs rise", "few join")
CHANCES = np.array([0.4, 0.3, 0.2, 0.1])


def base(seed: int = 0) -> Instance:
    """The toy with demands that make hubs worth it; perturbed from seed 1 on."""
    rng = np.random.default_rng(seed)
    shake = 1.0 if seed == 0 else rng.uniform(0.85, 1.15, size=(2, 2))
    target = 1380.0 if seed == 0 else float(rng.uniform(1250, 1420))
    one = toy(policy=Policy(job_target=((0, 1150.0), (1, target)), minimum_use=0.2))
    return one.replace(capex=one.capex * shake)


def instances(seed: int = 0) -> list[Instance]:
    """One instance a future."""
    one = base(seed)
    return [
        one,
        one.replace(demand=one.demand * np.array([[0.7], [1.1]])),
        one.replace(capex=one.capex * 1.5, seat_cost=one.seat_cost * 2),
        one.replace(talent_inflow=one.talent_inflow * 0.4, base_pool=one.base_pool * 0.2),
    ]


def price() -> float:
    """Price of a missing job."""
    return MARKUP * marginal_job(base(), EXACT)


def worlds(stage: Stage, seed: int = 0) -> tuple[World, ...]:
    """The futures' models."""
    return worlds_of(instances(seed), NAMES, list(CHANCES), stage, price())


def posed(seed: int = 0) -> list[PosedToy]:
    """The futures as the planning room poses them."""
    return [PosedToy(i) for i in instances(seed)]
