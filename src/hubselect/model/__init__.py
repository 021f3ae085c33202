"""The planning model, stated in PuLP: one function per equation of docs/model.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pulp

from hubselect.instance import Instance
from hubselect.model import hubs, jobs, policy, strength, talent
from hubselect.model.costs import objective
from hubselect.model.rows import Family, terms
from hubselect.model.variables import Variables, declare, label

__all__ = ["FAMILIES", "Family", "Model", "build"]

FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family(hubs.ladder, "physics"),
        Family(hubs.permanence, "physics"),
        Family(hubs.status, "physics"),
        Family(hubs.workstations, "physics"),
        Family(talent.jobs_from_staff, "physics"),
        Family(talent.segment_mix, "physics"),
        Family(talent.recruitment, "physics"),
        Family(talent.willing_talent, "physics"),
        Family(talent.arc_reach, "physics"),
        Family(talent.talent_balance, "physics"),
        Family(talent.reskilling, "physics"),
        Family(talent.pool_balance, "physics"),
        Family(talent.training_places, "physics"),
        Family(talent.place_growth, "physics"),
        Family(jobs.hires, "physics"),
        Family(jobs.net_creations, "physics"),
        Family(jobs.absorption, "physics"),
        Family(hubs.openings_per_year, "policy"),
        Family(hubs.enlargements_per_year, "policy"),
        Family(hubs.max_open, "policy"),
        Family(hubs.rival_sites, "policy"),
        Family(hubs.minimum_use, "policy"),
        Family(jobs.demand, "policy"),
        Family(policy.job_target, "policy"),
        Family(policy.export_target, "policy"),
        Family(policy.regional_floor, "policy"),
        Family(policy.regional_ceiling, "policy"),
        Family(policy.coverage, "policy"),
        Family(policy.budget, "policy"),
        Family(policy.budget_period, "policy"),
        Family(policy.budget_total, "policy"),
        Family(policy.quality_floor, "policy"),
        Family(policy.gate, "policy"),
        Family(policy.fix, "policy"),
        Family(talent.whole_cohorts, "policy"),
        Family(strength.national_capacity, "strength"),
        Family(strength.floor_cover, "strength"),
    )
}


@dataclass(frozen=True)
class Model:
    """A stated model: the PuLP problem, its variables, and the family of each row."""

    problem: Any
    variables: Variables
    family_of_row: Mapping[str, str]


def build(instance: Instance, *, without: Iterable[str] = (), name: str = "hubselect") -> Model:
    """State the model of an instance in PuLP, objective and every family but those `without`.

    Raises:
        KeyError: `without` names a family that does not exist.
    """
    left_out = {FAMILIES[family].name for family in without}
    problem = pulp.LpProblem(name, pulp.LpMinimize)
    variables = declare(problem, instance)
    cost, constant = objective(instance, variables)
    problem.setObjective(terms(cost) + constant)
    family_of_row: dict[str, str] = {}
    for family in FAMILIES.values():
        if family.name in left_out:
            continue
        for labels, constraint in family.rows(instance, variables):
            row = label(family.name, *labels)
            problem.addConstraint(constraint, row)
            family_of_row[row] = family.name
    return Model(problem, variables, family_of_row)
