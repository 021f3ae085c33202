"""The policy statements of a scenario as rows over positions, and the check of its names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from hubselect.assemble.source import MMAD, Labels
from hubselect.errors import Problem, nearest
from hubselect.instance import BudgetRow, FixedHub, Ints, PeriodBudget, Policy, RegionRow
from hubselect.scenario import Scenario
from hubselect.scoring import Scores

Territories = Mapping[str, tuple[str, ...]]


def check_names(
    scenario: Scenario, labels: Labels, regions: Sequence[str], kept: Sequence[str]
) -> list[Problem]:
    """Every name in the scenario that the data does not have, with the nearest one.

    `regions` are the codes of all territories, `kept` those that are not left out.
    """
    problems = []
    for key, name, valid, what in _named(scenario, labels, regions, kept):
        if name not in valid:
            where = f"{scenario.origin(key)} {key}"
            problems.append(Problem(where, f"'{name}' is not a {what}", "", nearest(name, valid)))
    return problems


def _named(
    scenario: Scenario, labels: Labels, regions: Sequence[str], kept: Sequence[str]
) -> Iterator[tuple[str, str, Sequence[str], str]]:
    """(setting, name given, valid names, what it names)."""
    hubs, rules, demand = scenario.hubs, scenario.regions, scenario.demand

    def each(
        key: str, names: Iterable[str], valid: Sequence[str], what: str
    ) -> Iterator[tuple[str, str, Sequence[str], str]]:
        return ((key, name, valid, what) for name in names)

    sites, sizes = labels.sites, labels.sizes
    yield from each("hubs.forbidden", hubs.forbidden, sites, "site")
    yield from each("hubs.earliest_year", hubs.earliest_year, sites, "site")
    yield from each("hubs.largest_size", hubs.largest_size, sites, "site")
    yield from each("hubs.largest_size", hubs.largest_size.values(), sizes, "hub size")
    yield from each("hubs.decided", (d.site for d in hubs.decided), sites, "site")
    yield from each("hubs.decided", (d.size for d in hubs.decided), sizes, "hub size")
    yield from each("hubs.rivals", (s for pair in hubs.rivals for s in pair), sites, "site")
    yield from each("demand.growth", demand.growth, labels.segments, "segment")
    yield from each("demand.factor", demand.factor, labels.segments, "segment")
    yield from each(
        "demand.productivity_growth", demand.productivity_growth, labels.segments, "segment"
    )
    training = scenario.training
    for key, named in (
        ("training.exclude", training.exclude),
        ("training.cohort_programmes", training.cohort_programmes),
    ):
        yield from each(key, named, labels.programmes, "programme")
    yield from each("regions.leave_out", rules.leave_out, regions, "region")
    yield from each("regions.only_hubs_in", rules.only_hubs_in, regions, "region")
    for key in ("jobs_floor", "share_floor", "share_ceiling"):
        yield from each(f"regions.{key}", getattr(rules, key), kept, "region")


def policy_of(
    scenario: Scenario, labels: Labels, site_basin: Ints, scores: Scores, territories: Territories
) -> Policy:
    """The policy rows of a checked scenario.

    `territories` are the basins of every code a rule may name: a basin, or a region of several.
    """
    hubs, rules, last = scenario.hubs, scenario.regions, len(labels.years) - 1
    year = {y: t for t, y in enumerate(labels.years)}
    site = {s: h for h, s in enumerate(labels.sites)}
    size = {s: k for k, s in enumerate(labels.sizes)}
    floors = dict.fromkeys(_widest(territories), rules.jobs_floor_all or 0.0) | rules.jobs_floor

    def row(code: str, heads: float = 0.0, share: float = 0.0, name: str = "") -> RegionRow:
        found = tuple(labels.basins.index(b) for b in territories[code])
        named = name or ("" if territories[code] == (code,) else code)
        return RegionRow(found, last, heads, share, named)

    def second(code: str) -> str:
        # a floor of heads and one of a share on the same territory are two rows with two names
        return f"{code} share" if floors.get(code, 0.0) > 0 else ""

    budgets = [
        BudgetRow(payer, year[y], amount * MMAD)
        for payer, amounts in scenario.budget.yearly.items()
        for y, amount in amounts.items()
    ] + [BudgetRow(p, -1, amount * MMAD) for p, amount in scenario.budget.total.items()]
    targets = scenario.targets
    return Policy(
        job_target=tuple((year[y], heads) for y, heads in sorted(targets.jobs.items())),
        export_target=tuple((year[y], mad * MMAD) for y, mad in sorted(targets.exports.items())),
        floors=tuple(
            [row(b, heads=heads) for b, heads in floors.items() if heads > 0]
            + [row(b, share=share, name=second(b)) for b, share in rules.share_floor.items()]
        ),
        ceilings=tuple(row(b, share=share) for b, share in rules.share_ceiling.items()),
        budgets=tuple(budgets),
        carry_over=scenario.budget.carry_over,
        periods=tuple(
            PeriodBudget(
                p.payer, year[p.first_year], year[p.last_year], p.amount * MMAD, tuple(p.kinds)
            )
            for p in scenario.budget.periods
        ),
        quality_floor=scenario.quality.floor,
        gated=tuple(_gated(scenario, labels, site_basin, scores, territories)),
        fixed=tuple(FixedHub(site[d.site], size[d.size], year[d.year]) for d in hubs.decided),
        max_open=hubs.max_open,
        openings_per_year=hubs.openings_per_year,
        enlargements_per_year=hubs.enlargements_per_year,
        rivals=tuple((site[a], site[b]) for a, b in hubs.rivals),
        minimum_use=hubs.minimum_use,
    )


def _widest(territories: Territories) -> list[str]:
    """Codes of the widest territories that do not overlap: the regions at every level."""
    seen: set[str] = set()
    found = []
    for code, basins in sorted(territories.items(), key=lambda x: (-len(x[1]), x[0])):
        if not seen.intersection(basins):
            seen.update(basins)
            found.append(code)
    return sorted(found)


def _gated(
    scenario: Scenario, labels: Labels, site_basin: Ints, scores: Scores, territories: Territories
) -> Iterator[tuple[int, str]]:
    """Sites the scenario closes, each once, with the reason."""
    rules = scenario.regions
    receiving = {b for code in rules.only_hubs_in for b in territories.get(code, ())}
    likely: Sequence[str] = labels.basins
    if rules.gate_rank is not None:
        likely = scores.robustness().gate(rules.gate_rank, rules.gate_probability)
    for h, site in enumerate(labels.sites):
        basin = labels.basins[int(site_basin[h])]
        low = [
            f"{pillar} {scores.pillars.loc[basin, pillar]:.1f} is below {threshold:g}"
            for pillar, threshold in rules.gates.items()
            if scores.pillars.loc[basin, pillar] < threshold
        ]
        if site in scenario.hubs.forbidden:
            yield h, "forbidden by the scenario"
        elif rules.only_hubs_in and basin not in receiving:
            yield h, "outside the regions that may receive hubs"
        elif low:
            yield h, "; ".join(low)
        elif basin not in likely:
            chance = f"{rules.gate_probability:.0%}"
            yield h, f"rank {rules.gate_rank} or better is less than {chance} likely"
