"""Forty scenarios that nothing satisfies, each with a conflict planted by construction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from hubselect.instance import BudgetRow, FixedHub, Instance, Policy, RegionRow
from toy import random_instance

Planted = tuple[Policy, frozenset[str]]

# statements that hold on every toy and must not be blamed
HARMLESS = Policy(
    job_target=((0, 1100.0), (1, 1100.0)),
    export_target=((0, 100.0),),
    floors=(RegionRow((1,), 0, heads=20.0),),
    budgets=(BudgetRow("state", -1, 500.0),),
)


def planted(kind: str, seed: int) -> tuple[Instance, frozenset[str]]:
    """An instance with a conflict of a kind, and the keys of the statements that make it."""
    rng = np.random.default_rng(seed)
    base = random_instance(seed).replace(
        policy=HARMLESS, first_year=np.array([0, 0]), largest_size=np.array([1, 1])
    )
    if kind == "a target over the market":
        scale = float(rng.uniform(900, 1050) / base.demand[:, 1].sum())
        base = base.replace(demand=base.demand * np.array([1.0, scale]))
    policy, culprits = KINDS[kind](base, rng)
    return base.replace(policy=policy), culprits


def _over_market(i: Instance, rng: np.random.Generator) -> Planted:
    return HARMLESS, frozenset({"job_target 2027", "demand"})


def _floor_and_ceiling(i: Instance, rng: np.random.Generator) -> Planted:
    share = float(rng.uniform(0.80, 0.84))
    floor, ceiling = RegionRow((0,), 1, share=share + 0.03), RegionRow((0,), 1, share=share)
    policy = replace(HARMLESS, floors=(*HARMLESS.floors, floor), ceilings=(ceiling,))
    keys = {"regional_floor A 2027 share", "regional_ceiling A 2027 share"}
    return policy, frozenset({*keys, "job_target 2027"})  # with no job at all both hold


def _two_floors(i: Instance, rng: np.random.Generator) -> Planted:
    share = float(rng.uniform(0.82, 0.85))
    floors = (RegionRow((0,), 1, share=share), RegionRow((1,), 1, share=1.03 - share))
    keys = {"regional_floor A 2027 share", "regional_floor B 2027 share"}
    return replace(HARMLESS, floors=floors), frozenset({*keys, "job_target 2027"})


def _quality(i: Instance, rng: np.random.Generator) -> Planted:
    floor = float(rng.uniform(71, 90))  # the best basin has 70
    return replace(HARMLESS, quality_floor=floor), frozenset({"quality_floor", "job_target 2027"})


def _decided_and_closed(i: Instance, rng: np.random.Generator) -> Planted:
    h = int(rng.integers(0, 2))
    policy = replace(
        HARMLESS, fixed=(FixedHub(h, 0, 1),), gated=((h, "forbidden by the scenario"),)
    )
    site = i.sites[h]
    return policy, frozenset({f"fix {site} small 2027", f"gate {site}"})


def _decided_rivals(i: Instance, rng: np.random.Generator) -> Planted:
    years = rng.integers(0, 2, size=2)
    fixed = tuple(FixedHub(h, 0, int(t)) for h, t in enumerate(years))
    keys = {f"fix {i.sites[h]} small {i.years[t]}" for h, t in enumerate(years)}
    policy = replace(HARMLESS, fixed=fixed, rivals=((0, 1),))
    return policy, frozenset({*keys, "rival_sites a1 b1"})


def _one_too_many(i: Instance, rng: np.random.Generator) -> Planted:
    fixed = (FixedHub(0, 0, 1), FixedHub(1, int(rng.integers(0, 2)), 1))
    keys = {f"fix {i.sites[f.site]} {i.sizes[f.size]} 2027" for f in fixed}
    return replace(HARMLESS, fixed=fixed, max_open=1), frozenset({*keys, "max_open"})


def _too_many_at_once(i: Instance, rng: np.random.Generator) -> Planted:
    fixed = (FixedHub(0, int(rng.integers(0, 2)), 0), FixedHub(1, 0, 0))
    keys = {f"fix {i.sites[f.site]} {i.sizes[f.size]} 2026" for f in fixed}
    policy = replace(HARMLESS, fixed=fixed, openings_per_year=1)
    return policy, frozenset({*keys, "openings_per_year"})


def _no_money_to_build(i: Instance, rng: np.random.Generator) -> Planted:
    h = int(rng.integers(0, 2))
    money = 0.5 * float(i.capex[h, 0]) * (1 - float(i.capex_premium[h]))
    policy = replace(
        HARMLESS,
        fixed=(FixedHub(h, 0, 0),),
        budgets=(*HARMLESS.budgets, BudgetRow("operator", -1, money)),
    )
    return policy, frozenset({f"fix {i.sites[h]} small 2026", "budget_total operator"})


def _no_money_this_year(i: Instance, rng: np.random.Generator) -> Planted:
    h = int(rng.integers(0, 2))
    fixed = (FixedHub(h, 1, 0),)
    budgets = (*HARMLESS.budgets, BudgetRow("operator", 0, 0.6 * float(i.capex[h, 0])))
    policy = replace(HARMLESS, fixed=fixed, budgets=budgets)
    return policy, frozenset({f"fix {i.sites[h]} large 2026", "budget operator 2026"})


KINDS: dict[str, Callable[[Instance, np.random.Generator], Planted]] = {
    "a target over the market": _over_market,
    "a floor over a ceiling": _floor_and_ceiling,
    "floors of more than all": _two_floors,
    "quality nobody has": _quality,
    "decided and closed": _decided_and_closed,
    "decided rivals": _decided_rivals,
    "one hub too many": _one_too_many,
    "too many at once": _too_many_at_once,
    "no money to build": _no_money_to_build,
    "no money this year": _no_money_this_year,
}
CASES = [(kind, seed) for kind in KINDS for seed in range(4)]
