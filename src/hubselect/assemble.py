"""Regions + Scenario + Scores → Instance: labels become positions here, and only here."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from hubselect.cohorts import finishing_profile, seated_profile
from hubselect.errors import Problem, ScenarioError
from hubselect.finance import (
    discount_factors,
    employer_charges,
    income_tax,
    premium_schedule,
    residual_shares,
)
from hubselect.instance import Floats, Instance
from hubselect.policy import Labels, check_names, policy_of
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.scoring import Scores
from hubselect.travel import road_km

MMAD = 1e-6
PERCENT = 1e-2


def assemble(regions: Regions, scenario: Scenario, scores: Scores) -> Instance:
    """The planning problem of a scenario on the given regions and scores.

    Raises:
        ScenarioError: the scenario names what the data does not have; all problems are listed.
    """
    left_out = [code for code in scenario.regions.leave_out if code in regions.codes]
    kept = regions.without(left_out) if left_out else regions
    labels = _labels(kept, scenario)
    problems = check_names(scenario, labels, regions.codes)
    if not labels.sites:
        problems.append(Problem("sites", "no site is left", "at least one site"))
    if problems:
        raise ScenarioError(problems)
    return _Assembly(kept, scenario, scores, labels).instance()


def _labels(regions: Regions, scenario: Scenario) -> Labels:
    horizon = scenario.horizon
    sizes = regions.table("hub_sizes").sort_values("workstations")
    sites = regions.table("sites")
    return Labels(
        basins=tuple(regions.codes),
        sites=tuple(sites.index[sites["region"].isin(regions.codes)]),
        sizes=tuple(sizes.index),
        years=tuple(range(horizon.first_year, horizon.last_year + 1)),
        segments=tuple(regions.table("segments").index),
        skills=tuple(regions.table("skills").index),
        pools=tuple(regions.table("pools").index),
        programmes=tuple(regions.table("programmes").index),
    )


class _Assembly:
    """Tables under short names while an instance is put together."""

    def __init__(
        self, regions: Regions, scenario: Scenario, scores: Scores, labels: Labels
    ) -> None:
        self.regions, self.scenario, self.scores, self.labels = regions, scenario, scores, labels
        self.years = np.array(labels.years)
        self.elapsed = self.years - scenario.horizon.base_year  # 1, 2, …
        self.basins = regions.table("basins").loc[list(labels.basins)]
        self.sites = regions.table("sites").loc[list(labels.sites)]
        self.segments = regions.table("segments").loc[list(labels.segments)]
        self.skills = regions.table("skills").loc[list(labels.skills)]
        self.programmes = regions.table("programmes").loc[list(labels.programmes)]
        self.finance: pd.Series = regions.table("finance").loc["national"]
        self.site_basin = np.array([labels.basins.index(r) for r in self.sites["region"]])

    def instance(self) -> Instance:
        labels, scenario = self.labels, self.scenario
        parts = {
            **self._hubs(),
            **self._jobs(),
            **self._talent(),
            **self._arcs(),
            **self._training(),
            **self._money(),
            **self._incentives(),
        }
        policy = policy_of(scenario, labels, self.site_basin, self.scores)
        return Instance(
            basins=labels.basins, sites=labels.sites, sizes=labels.sizes, years=labels.years,
            segments=labels.segments, skills=labels.skills, pools=labels.pools,
            programmes=labels.programmes, names=self._names(), site_basin=self.site_basin,
            payers=scenario.finance.payers, tax_in_objective=scenario.finance.tax_expenditure,
            quality=self.scores.quality.reindex(list(labels.basins)).to_numpy(dtype=float),
            policy=policy, **parts,
        )  # fmt: skip

    def _names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for table, column in (
            (self.basins, "name_fr"),
            (self.sites, "name"),
            (self.segments, "name_fr"),
            (self.skills, "name_fr"),
            (self.programmes, "name_fr"),
        ):
            names.update({str(k): str(v) for k, v in table[column].items()})
        return names

    def _matrix(self, table: str, field: str, columns: tuple[str, ...]) -> Floats:
        """Values keyed `basin/column` as an array [R, columns]; 0 where the table has no row."""
        values = self.regions.table(table)[field].to_dict()
        rows = [
            [float(values.get(f"{basin}/{column}", 0.0)) for column in columns]
            for basin in self.labels.basins
        ]
        return np.nan_to_num(np.array(rows, dtype=float).reshape(len(rows), len(columns)))

    def _hubs(self) -> dict[str, Floats]:
        labels, hubs = self.labels, self.scenario.hubs
        sizes = self.regions.table("hub_sizes").loc[list(labels.sizes)]
        cost = np.diff(sizes["capex"].to_numpy(float), prepend=0.0)
        running = np.diff(sizes["opex"].to_numpy(float), prepend=0.0)
        local = self.basins["construction_factor"].to_numpy(float)[self.site_basin]
        earliest = self.sites["earliest_year"].to_dict() | hubs.earliest_year
        largest = self.sites["max_size"].to_dict() | hubs.largest_size
        growth = self.finance["market_office_growth"] * PERCENT if hubs.market_offices else 0.0
        offices = self.basins["workstations"].to_numpy(float)[:, None]
        return {
            "increment": np.diff(sizes["workstations"].to_numpy(float), prepend=0.0),
            "first_year": np.array(
                [max(int(earliest[h]) - labels.years[0], 0) for h in labels.sites], dtype=int
            ),
            "largest_size": np.array([labels.sizes.index(largest[h]) for h in labels.sites]),
            "ramp_up": self._ramp_up(),
            "capex": MMAD * hubs.capex_factor * np.outer(local, cost),
            "opex": MMAD * np.outer(np.ones(len(labels.sites)), running),
            "capex_premium": self.sites["territorial_premium"].to_numpy(float) * PERCENT,
            "workstations": offices * (1.0 + growth) ** self.elapsed[None, :],
        }

    def _ramp_up(self) -> Floats:
        """Strong and regional profiles mixed by the quality score of the site's basin, [H,T].

        θ = clip((Q − Q_regional) / (Q_strong − Q_regional), 0, 1), anchors from the atlas.
        """
        table = self.regions.table("ramp_up")
        last = max(int(k.split("/")[1]) for k in table.index if k.startswith("strong/"))
        ages = [min(age, last) for age in range(len(self.years))]
        strong, regional = (
            np.array([table.loc[f"{kind}/{age}", "share"] for age in ages], float) * PERCENT
            for kind in ("strong", "regional")
        )
        low, high = (float(table.loc[f"anchor/{k}", "quality"]) for k in ("regional", "strong"))
        quality = self.scores.quality.reindex(list(self.labels.basins)).to_numpy(dtype=float)
        mix = np.clip((quality - low) / (high - low), 0.0, 1.0)[self.site_basin]
        if self.scenario.hubs.ramp_up != "score":
            mix = np.full(len(mix), 1.0 if self.scenario.hubs.ramp_up == "strong" else 0.0)
        return np.outer(mix, strong) + np.outer(1.0 - mix, regional)

    def _jobs(self) -> dict[str, Floats]:
        labels, demand = self.labels, self.scenario.demand
        base = self._matrix("jobs", "jobs", labels.segments)
        growth = _overridden(self.segments["demand_growth"], demand.growth) * PERCENT
        factor = np.array(
            [[demand.factor.get(s, {}).get(y, 1.0) for y in labels.years] for s in labels.segments]
        )
        national = self._matrix_everywhere("jobs", "jobs", labels.segments)
        productivity = (
            _overridden(self.segments["productivity_growth"], demand.productivity_growth) * PERCENT
        )
        price = self.segments["revenue_per_job"].to_numpy(float)
        return {
            "base_jobs": base,
            "workstations_per_job": self.segments["workstations_per_job"].to_numpy(float),
            "attrition": self.segments["attrition"].to_numpy(float) * PERCENT,
            "absorption_growth": self.segments["absorption_growth"].to_numpy(float) * PERCENT,
            "absorption_floor": self.segments["absorption_floor"].to_numpy(float),
            "demand": national[:, None] * (1.0 + growth[:, None]) ** self.elapsed * factor,
            "revenue": MMAD * price[:, None] * (1.0 + productivity[:, None]) ** self.elapsed,
        }

    def _matrix_everywhere(self, table: str, field: str, columns: tuple[str, ...]) -> Floats:
        """Sum over the kept regions of the values keyed `basin/column`."""
        return np.asarray(self._matrix(table, field, columns).sum(axis=0))

    def _talent(self) -> dict[str, Floats]:
        labels, talent = self.labels, self.scenario.talent
        mix = self.regions.table("segment_mix")["min_share"].to_dict()
        need = np.array(
            [[float(mix.get(f"{s}/{g}", 0.0)) for g in labels.skills] for s in labels.segments]
        )
        fills = np.eye(len(labels.skills), dtype=bool)
        for g, skill in enumerate(labels.skills):
            for lower in str(self.skills.loc[skill, "fills"] or "").split(";"):
                if lower in labels.skills:
                    fills[g, labels.skills.index(lower)] = True
        inflow = self._matrix("talent", "inflow", labels.skills) * talent.inflow_factor
        leaving = self.skills["leaving"].to_numpy(float) * PERCENT * talent.leaving_factor
        return {
            "base_talent": self._matrix("talent", "stock", labels.skills),
            "talent_inflow": np.repeat(inflow[:, :, None], len(self.years), axis=2),
            "leaving": np.minimum(leaving, 1.0),
            "willing": self.skills["willing"].to_numpy(float) * PERCENT,
            "skill_need": need * PERCENT,
            "fills": fills,
        }

    def _arcs(self) -> dict[str, Floats]:
        """Own-basin arcs, then pairs within the mobility radius; reach falls with distance.

        reach = min(1, e^(−km / decay) + remote share), 1 inside a basin.
        """
        count = len(self.labels.basins)
        road = road_km(
            self.basins["capital_lat"].to_numpy(float),
            self.basins["capital_lon"].to_numpy(float),
            float(self.finance["detour_factor"]),
        )
        near = (road <= self.scenario.talent.mobility_radius) & ~np.eye(count, dtype=bool)
        origin, place = np.nonzero(near)
        remote = self.skills["remote"].to_numpy(float) * PERCENT
        decay = np.exp(-road[near] / float(self.finance["mobility_decay_km"]))
        reach = np.minimum(decay[:, None] + remote[None, :], 1.0)
        support = float(self.finance["mobility_support"]) * MMAD
        own = np.arange(count)
        return {
            "arc_from": np.concatenate([own, origin]),
            "arc_to": np.concatenate([own, place]),
            "arc_reach": np.vstack([np.ones((count, len(remote))), reach]),
            "arc_cost": np.concatenate([np.zeros(count), np.full(len(origin), support)]),
        }

    def _training(self) -> dict[str, Floats]:
        labels, training = self.labels, self.scenario.training
        table, years = self.programmes, len(self.years)
        length = table["length"].to_numpy(float)
        offered = np.array(
            [training.seats and p not in training.exclude for p in labels.programmes], dtype=float
        )
        grows = offered * float(training.new_places)
        places = self._matrix("places", "places", labels.programmes) * offered
        opening = self._matrix("places", "available_from", labels.programmes)
        open_in = self.years[None, None, :] >= opening[:, :, None]
        source = table["from"]
        completion = table["completion"].to_numpy(float) * PERCENT * training.completion_factor
        seat_cost = table["cost_per_seat"].to_numpy(float) * MMAD * training.cost_factor
        pools = self.regions.table("pools").loc[list(labels.pools)]
        inflow = self._matrix("pool_stock", "inflow", labels.pools)
        return {
            "base_pool": self._matrix("pool_stock", "stock", labels.pools),
            "pool_inflow": np.repeat(inflow[:, :, None], years, axis=2),
            "pool_leaving": pools["leaving"].to_numpy(float) * PERCENT,
            "programme_pool": _positions(source, labels.pools),
            "programme_skill": _positions(source, labels.skills),
            "programme_target": _positions(table["to"], labels.skills),
            "completion": np.minimum(completion, 1.0),
            "placement": table["placement"].to_numpy(float) * PERCENT,
            "finishing": np.array([finishing_profile(x, years) for x in length]),
            "seated": np.array([seated_profile(x, years) for x in length]),
            "places": places[:, :, None] * open_in,
            "place_growth": table["place_growth"].to_numpy(float) * PERCENT * grows,
            "place_floor": table["place_floor"].to_numpy(float) * grows,
            "seat_cost": seat_cost,
            "place_cost": table["place_cost"].to_numpy(float) * MMAD,
        }

    def _money(self) -> dict[str, Floats]:
        finance, years = self.finance, len(self.years)
        chosen = self.scenario.finance.discount_rate
        rate = (finance["discount_rate"] if chosen is None else chosen) * PERCENT
        # residual value is booked in the last year, whose discount factor is for mid-year
        left = residual_shares(float(finance["building_life"]), years) * (1.0 + rate) ** -0.5
        left = left if self.scenario.finance.residual_value else np.zeros(years)
        area = self.regions.table("hub_sizes").loc[list(self.labels.sizes)]
        per_desk = float(area["area_m2"].iloc[0] / area["workstations"].iloc[0])
        pay = self._monthly_pay()
        charges = employer_charges(
            pay,
            capped_rate=float(finance["capped_rate"]) * PERCENT,
            ceiling=float(finance["capped_ceiling"]),
            uncapped_rate=float(finance["uncapped_rate"]) * PERCENT,
        )
        return {
            "wage": self._per_job(pay),
            "employer_cost": self._per_job(pay + charges),
            "rent": self.basins["office_rent"].to_numpy(float) * 12 * per_desk * MMAD,
            "tax_expenditure": self._tax_expenditure(pay),
            "discount": discount_factors(rate, years),
            # a building is worth what will be let of it: cost left × the share filled at maturity
            "residual_hub": np.outer(self._ramp_up()[:, -1], left),
            "residual_place": left,
        }

    def _monthly_pay(self) -> Floats:
        """Gross pay [MAD a month] by basin and profile, [R,G]."""
        factor = self.basins["wage_factor"].to_numpy(float)
        return np.outer(factor, self.skills["gross_wage"].to_numpy(float))

    def _per_job(self, monthly: Floats) -> Floats:
        """Monthly MAD by profile [R,G] to MMAD per job-year by segment [R,S], at the needed mix."""
        need = self._talent()["skill_need"]
        return np.asarray(monthly @ need.T) * 12 * MMAD

    def _tax_expenditure(self, monthly: Floats) -> Floats:
        """Income tax above the cap, MMAD per job-year [R,S,T], while the rule lasts."""
        schedule = self.regions.table("finance")
        brackets = schedule.loc[[k for k in schedule.index if k.startswith("income_tax/")]]
        brackets = brackets.sort_values("threshold")
        taxable = 12 * monthly * (1.0 - float(self.finance["tax_deduction"]) * PERCENT)
        due = income_tax(
            taxable,
            brackets["threshold"].to_list(),
            (brackets["rate"] * PERCENT).to_list(),
        )
        cap = self.basins["income_tax_cap"].to_numpy(float)[:, None] * PERCENT
        given_up = self._per_job(np.maximum(due - cap * 12 * monthly, 0.0) / 12)
        until = float(self.regions.table("incentives").loc["income_tax_cap_primary", "until"])
        return given_up[:, :, None] * (self.years <= until)[None, None, :]

    def _incentives(self) -> dict[str, Floats]:
        rules = self.regions.table("incentives")
        wage = self._per_job(self._monthly_pay())
        attrition = self.segments["attrition"].to_numpy(float) * PERCENT
        hiring, training = rules.loc["hiring_premium"], rules.loc["training_premium"]
        stays = (1.0 - attrition) ** (float(hiring["retention_months"]) / 12)
        open_in = (self.years >= float(hiring["from"])) & (self.years <= float(hiring["until"]))
        rate = float(hiring["rate"]) * PERCENT
        schedules = [
            premium_schedule(
                float(training["rate"]) * PERCENT,
                attrition=float(a),
                duration=int(training["years"]),
                years=self.labels.years,
                until=int(training["until"]),
            )
            for a in attrition
        ]
        return {
            "hiring_premium": rate * (wage * stays)[:, :, None] * open_in[None, None, :],
            "training_premium": wage[:, :, None, None] * np.array(schedules)[None],
        }


def _overridden(column: pd.Series, changes: Mapping[str, float]) -> Floats:
    values = {**column.to_dict(), **changes}
    return np.array([float(values[k]) for k in column.index])


def _positions(column: pd.Series, members: tuple[str, ...]) -> np.ndarray:
    return np.array([members.index(v) if v in members else -1 for v in column], dtype=int)
