"""Instances solved one from another cost what each costs alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from checks import EXACT, brute_force, check_audit
from hubselect.errors import InfeasibleError
from hubselect.solving import Compiled, Settings, Solved, decode, solve_instance
from hubselect.solving import chain as chains
from hubselect.solving.chain import Chain
from hubselect.solving.reduction import reduce
from hubselect.solving.shortfall import HARD, lowered, shortfall_prices, shortfalls, with_shortfall
from hubselect.solving.template import RestructuredError, Template
from toy import random_instance, toy


@pytest.mark.parametrize("block", range(6))
@pytest.mark.parametrize("quick", [(), ("STRAYS",), ("FARTHEST",), ("STRAYS", "FARTHEST")])
def test_a_chain_of_random_instances_finds_every_optimum(
    block: int, quick: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where every relaxation strays from the last basis, or `decompose` searches at once."""
    for limit in quick:
        monkeypatch.setattr(chains, limit, 0.0)
    compiled = Compiled.of(random_instance(1000 + block))
    template, chain = Template.of(compiled), Chain(EXACT)
    met = 0
    for seed in range(block * 15, block * 15 + 15):
        instance = random_instance(seed)
        try:
            arrays = template.arrays(instance)
        except RestructuredError:
            continue
        met += 1
        reduced = reduce(arrays)
        result = chain.solve(reduced.arrays if block % 2 else arrays)
        best = brute_force(instance) if seed % 5 == 0 else alone(instance)
        if best is None:
            assert result.state == "infeasible"
            continue
        assert result.state == "optimal"
        assert result.objective == pytest.approx(best, rel=1e-6, abs=1e-6)
        assert result.bound <= result.objective + 1e-9
        assert result.x is not None
        if block % 2:
            result = replace(result, x=reduced.restore(result.x, EXACT))
        check_audit(instance, solved(compiled, instance, arrays, result))
    assert met > 3


@pytest.mark.parametrize("gap", [0.05, 0.001])
def test_the_bound_is_one_and_the_gap_is_the_one_asked(gap: float) -> None:
    compiled = Compiled.of(toy())
    template = Template.of(compiled)
    chain = Chain(Settings(gap=gap))
    for scale in np.linspace(0.8, 1.3, 12):
        instance = toy(capex=toy().capex * scale, opex=toy().opex / scale)
        result = chain.solve(template.arrays(instance))
        best = brute_force(instance)
        assert best is not None
        assert result.bound <= best * (1 + 1e-7)
        assert best <= result.objective * (1 + 1e-7)
        assert (result.objective - result.bound) <= gap * result.objective + 1e-6


@pytest.mark.parametrize("price", [0.0005, 0.02, 5.0])
def test_missing_jobs_are_worth_their_price(price: float) -> None:
    """With a price, the optimum is the cheapest over all lower targets; brute force over those."""
    instance = toy()
    t, target = instance.policy.job_target[0]
    compiled = Compiled.of(instance, without=HARD)
    arrays = with_shortfall(compiled.arrays, instance, price)
    result = Chain(EXACT).solve(arrays)
    assert result.x is not None
    missing, _ = shortfalls(instance, result.x)
    reached = lowered(instance, missing)
    penalty = price * float(instance.discount[t]) * float(missing.sum())
    check_audit(reached, solved(compiled, reached, arrays, result, penalty))
    for heads in np.linspace(0.8, 1.0, 9) * target:
        lower = lowered(instance, np.array([target - heads]))
        cost = alone(lower)
        assert cost is not None
        owed = price * float(instance.discount[t]) * (target - heads)
        assert result.objective <= cost + owed + 1e-6
    again = alone(reached)
    assert again == pytest.approx(result.objective - penalty, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("price", [0.02, 5.0])
def test_missing_exports_are_worth_the_jobs_they_stand_for(price: float) -> None:
    """An export target out of reach costs its price, and what is left is a plan of its own."""
    easy = toy()
    t = len(easy.years) - 1
    plan = solve_instance(easy, EXACT).decisions
    most = float(easy.revenue[:, t] @ plan.jobs[:, :, t].sum(axis=0))
    instance = easy.replace(policy=replace(easy.policy, export_target=((t, 3.0 * most),)))
    compiled = Compiled.of(instance, without=HARD)
    arrays = with_shortfall(compiled.arrays, instance, price)
    result = Chain(EXACT).solve(arrays)
    assert result.state == "optimal"
    assert result.x is not None
    jobs, exports = shortfalls(instance, result.x)
    assert exports[0] > 0
    penalty = float(shortfall_prices(instance, price) @ np.concatenate([jobs, exports]))
    reached = lowered(instance, jobs, exports)
    check_audit(reached, solved(compiled, reached, arrays, result, penalty))
    assert alone(reached) == pytest.approx(result.objective - penalty, rel=1e-6, abs=1e-6)
    for share in np.linspace(0.2, 3.0, 8):
        aim = (t, share * most)
        cost = alone(easy.replace(policy=replace(easy.policy, export_target=(aim,))))
        owed = shortfall_prices(instance, price)[-1] * (3.0 - share) * most
        assert cost is None or result.objective <= cost + owed + 1e-6


def alone(instance) -> float | None:  # type: ignore[no-untyped-def]
    try:
        return solve_instance(instance, EXACT).objective
    except InfeasibleError:
        return None


def solved(compiled, instance, arrays, result, penalty: float = 0.0) -> Solved:  # type: ignore[no-untyped-def]
    decisions = decode(instance, compiled.model, arrays, result.x)
    cost = result.objective - penalty
    return Solved(decisions, "proven", "gap", cost, result.bound, 0.0, 0, 0.0, 0, 0, 0)
