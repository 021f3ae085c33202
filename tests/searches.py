"""Searches of tiny instances, with and without devices, against the plain model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from checks import EXACT, check_audit
from hubselect.arrays import Arrays, compile_problem
from hubselect.devices import DEVICES
from hubselect.errors import InfeasibleError
from hubselect.instance import Instance
from hubselect.model import build
from hubselect.solving import solve_instance, strength_families
from toy import random_instance

PLAIN = {"decomposed": False, "without": [*strength_families(), *DEVICES]}


def alike(seed: int) -> Instance:
    """A random instance with two sites in each basin that differ in what they may hold only."""
    base, rng = random_instance(seed), np.random.default_rng(seed)
    twice = np.array([0, 0, 1, 1])
    dear = rng.uniform(1.0, 1.1, size=(4, 1)) if rng.uniform() < 0.5 else np.ones((4, 1))
    return base.replace(
        sites=("a1", "a2", "b1", "b2"),
        names={**base.names, "a2": "Alpha Two", "b2": "Beta Two"},
        site_basin=twice,
        first_year=rng.integers(0, 2, size=4),
        largest_size=rng.integers(0, 2, size=4),
        ramp_up=base.ramp_up[twice],
        capex=base.capex[twice] * dear,
        opex=base.opex[twice],
        capex_premium=base.capex_premium[twice],
        residual_hub=base.residual_hub[twice],
    )


def arrays_of(instance: Instance) -> Arrays:
    return compile_problem(build(instance).problem)


def cost(instance: Instance, threads: int = 1, **options: object) -> float | None:
    settings = replace(EXACT, threads=threads)
    try:
        solved = solve_instance(instance, settings, **options)  # type: ignore[arg-type]
    except InfeasibleError:
        return None
    check_audit(instance, solved)
    return solved.objective


def agree(instance: Instance, **options: object) -> None:
    found, plain = cost(instance, **options), cost(instance, **PLAIN)
    assert (found is None) == (plain is None), (found, plain)
    assert found is None or found == pytest.approx(plain, rel=1e-6, abs=1e-6)
