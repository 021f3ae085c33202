"""Regions + Scenario + Scores → Instance: labels become positions here, and only here."""

from __future__ import annotations

from dataclasses import replace

from hubselect.assemble import hubs, money, people
from hubselect.assemble.coverage import coverage, unknown_groups
from hubselect.assemble.policy import check_names, policy_of
from hubselect.assemble.source import PERCENT, Labels, Source
from hubselect.errors import DataError, Problem, ScenarioError, nearest
from hubselect.instance import Floats, Instance
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.scoring import Scores

__all__ = ["assemble", "unknown_names"]


def assemble(regions: Regions, scenario: Scenario, scores: Scores) -> Instance:
    """The planning problem of a scenario on the given regions and scores.

    Raises:
        ScenarioError: the scenario names what the data does not have; all problems are listed.
        DataError: hub sizes do not grow one from the other.
    """
    regions = regions.extended(scenario.additions)
    problems = [*_unknown_pillars(scenario, scores), *unknown_names(regions, scenario)]
    if problems:
        raise ScenarioError(problems)
    kept = _kept(regions, scenario)
    source = Source(kept, scenario, scores, Labels.of(kept, scenario))
    if unordered := _unordered_sizes(source):
        raise DataError(unordered)
    return _instance(source)


def unknown_names(regions: Regions, scenario: Scenario) -> list[Problem]:
    """Every name in the scenario that the data does not have, and whether any site is left."""
    kept = _kept(regions, scenario)
    labels = Labels.of(kept, scenario)
    found = check_names(scenario, labels, list(regions.territories), list(kept.territories))
    found += unknown_groups(kept, scenario)
    if not labels.sites:
        found.append(Problem("sites", "no site is left", "at least one site"))
    return found


def _unordered_sizes(s: Source) -> list[Problem]:
    """Sizes are nested: each has more workstations than the one below, and costs no less."""
    found = []
    for field, least in (("workstations", 1e-9), ("capex", 0.0), ("opex", 0.0)):
        values = s.column("hub_sizes", field)
        for n in range(1, len(values)):
            if values[n] - values[n - 1] < least:
                smaller, larger = s.labels.sizes[n - 1], s.labels.sizes[n]
                what = f"{values[n]:g} after {values[n - 1]:g} of '{smaller}'"
                where = f"national/hub_sizes {larger} {field}"
                found.append(Problem(where, what, "more" if least else "no less"))
    return found


def _kept(regions: Regions, scenario: Scenario) -> Regions:
    left_out = [code for code in scenario.regions.leave_out if code in regions.territories]
    return regions.without(left_out) if left_out else regions


def _unknown_pillars(scenario: Scenario, scores: Scores) -> list[Problem]:
    pillars = [str(name) for name in scores.pillars.columns]
    where = f"{scenario.origin('regions.gates')} regions.gates"
    return [
        Problem(where, f"'{gate}' is not a pillar", "", nearest(gate, pillars))
        for gate in scenario.regions.gates
        if gate not in pillars
    ]


def _instance(s: Source) -> Instance:
    labels, finance = s.labels, s.settings.finance
    arcs, training, discounting = people.arcs(s), people.training(s), money.discounting(s)
    rest: dict[str, Floats] = {**arcs, **training, **discounting}  # type: ignore[dict-item]
    return Instance(
        **vars(labels),
        names=_names(s),
        site_basin=s.site_basin,
        increment=hubs.increment(s),
        first_year=hubs.first_year(s),
        largest_size=hubs.largest_size(s),
        ramp_up=hubs.ramp_up(s),
        capex=hubs.capex(s),
        opex=hubs.opex(s),
        capex_premium=s.column("sites", "territorial_premium") * PERCENT,
        workstations=hubs.workstations(s),
        base_jobs=people.base_jobs(s),
        workstations_per_job=s.column("segments", "workstations_per_job"),
        attrition=s.column("segments", "attrition") * PERCENT,
        absorption_growth=s.column("segments", "absorption_growth") * PERCENT,
        absorption_floor=s.column("segments", "absorption_floor"),
        demand=people.demand(s),
        revenue=people.revenue(s),
        base_talent=s.matrix("talent", "stock", labels.skills),
        talent_inflow=people.talent_inflow(s),
        leaving=people.leaving(s),
        willing=s.column("skills", "willing") * PERCENT,
        skill_need=people.skill_need(s),
        fills=people.fills(s),
        wage=money.per_job(s, money.monthly_pay(s)),
        employer_cost=money.employer_cost(s),
        rent=money.rent(s),
        hiring_premium=money.hiring_premium(s),
        training_premium=money.training_premium(s),
        tax_expenditure=money.tax_expenditure(s),
        payers=finance.payers,
        tax_in_objective=finance.tax_expenditure,
        quality=s.quality,
        policy=replace(
            policy_of(s.scenario, labels, s.site_basin, s.scores, s.regions.territories),
            coverage=coverage(s),
        ),
        **rest,  # type: ignore[arg-type]
    )


def _names(s: Source) -> dict[str, str]:
    """French names of everything a table shows."""
    names: dict[str, str] = {}
    for table, field, keys in (
        ("basins", "name_fr", s.labels.basins),
        ("sites", "name", s.labels.sites),
        ("segments", "name_fr", s.labels.segments),
        ("skills", "name_fr", s.labels.skills),
        ("programmes", "name_fr", s.labels.programmes),
    ):
        names.update(zip(keys, s.texts(table, field), strict=True))
    return names
