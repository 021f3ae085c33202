"""What else is almost as cheap, what is the same in all of it, and what is a coin-flip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from hubselect.arrays import Arrays
from hubselect.errors import Problem, ScenarioError
from hubselect.explore.answers import extremes
from hubselect.explore.answers.near import Interrupted, Near, Verdict
from hubselect.explore.answers.proven import Told
from hubselect.explore.answers.variants import history
from hubselect.explore.workbench import Workbench
from hubselect.instance import Floats
from hubselect.plan import Plan
from hubselect.tables import records

SITES = ["site", "name", "region", "in_plan", "verdict", "proven", "maps_with", "maps", "extra_mad"]
VERDICTS = {
    ("none", True): "core",
    ("none", False): "never",
    ("found", True): "optional",
    ("found", False): "optional",
}


@dataclass(frozen=True, eq=False)
class Alternatives:
    """Plans almost as cheap as a plan, and what they have in common.

    `sites`: one row a site. Verdict *core*: every plan within reach has a hub there (proven);
    *never*: none has (proven); *optional*: some have and some have not (plans found);
    *coin-flip*: optional, and the other choice costs no more than the gap hides. `regions`: fewest
    and most hubs, seats and jobs, attained and bounded. `maps`: hub maps, the plan's first, each
    as far from those before it as one can be; `farther`: proven, no map is as far as this from all
    of them (None where open). `plans`: the certified plans of the maps.
    """

    within: float
    at_most: float
    cap_mad: float
    sites: pd.DataFrame
    regions: pd.DataFrame
    maps: pd.DataFrame
    plans: tuple[Plan, ...]
    farther: int | None
    complete: bool = True

    @property
    def core(self) -> tuple[str, ...]:
        """Sites that have a hub in every plan within reach: proven."""
        return tuple(self.sites.loc[self.sites["verdict"] == "core", "site"])

    @property
    def coin_flips(self) -> tuple[str, ...]:
        """Sites whose choice the gap cannot tell."""
        return tuple(self.sites.loc[self.sites["verdict"] == "coin-flip", "site"])

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; money in MAD."""
        return {
            "within": self.within,
            "at_most_above_the_optimum": self.at_most,
            "cap_mad": self.cap_mad,
            "complete": self.complete,
            "core": list(self.core),
            "coin_flips": list(self.coin_flips),
            "sites": records(self.sites.replace({np.nan: None})),
            "regions": records(self.regions),
            "maps": records(self.maps),
            "no_map_as_far_as": self.farther,
        }


def alternatives(
    plan: Plan | Workbench,
    within: float = 0.01,
    *,
    count: int = 4,
    seeds: Sequence[int] = (1, 2),
    people: bool = True,
    gap: float | None = None,
    progress: Told | None = None,
) -> Alternatives:
    """What else costs at most (1 + within) times the plan.

    Args:
        within: δ, a share of the plan's cost; not below the gap.
        count: maps to find beside the plan's, each farthest from those before it.
        seeds: of the solver, from which the plan is solved anew; their maps are counted too.
        people: also fewest and most seats and jobs by region.
        gap: relative gap of the finest solves, the plan's unless given.
        progress: told before and during each solve.

    Every plan found is certified. Ctrl-C gives what is known, `complete` False.

    Raises:
        ScenarioError: `within` is below the gap.
        CertificateError, SolverError: as `solve`.
    """
    bench = plan if isinstance(plan, Workbench) else Workbench.of(plan, gap=gap)
    near = Near(bench, within, gap or bench.settings.gap, progress)
    if within < near.gap:
        expected = f"at least the gap, {near.gap:g}"
        raise ScenarioError([Problem("within", f"is {within:g}", expected)])
    return _Search(near, count, tuple(seeds), people).alternatives()


@dataclass(eq=False)
class _Search:
    near: Near
    count: int
    seeds: tuple[int, ...]
    people: bool
    farther: int | None = None

    def alternatives(self) -> Alternatives:
        i = self.near.bench.instance
        basins = sorted(set(i.site_basin.tolist()))
        verdicts: dict[int, Verdict] = {}
        regions: list[dict[str, Any]] = []
        plans = [self.near.bench.plan]
        complete = True
        try:
            self._diverse(plans)
            self._seeded()
            for h in range(len(i.sites)):
                verdicts[h] = self._site(h)
            certain = [h for h, v in verdicts.items() if v == "none" and self._in_plan(h)]
            never = [h for h, v in verdicts.items() if v == "none" and not self._in_plan(h)]
            regions += extremes.hubs(self.near, basins, certain, never)
            if self.people:
                regions += extremes.people(self.near, range(len(i.basins)))
        except (Interrupted, KeyboardInterrupt):
            complete = False
        table = pd.DataFrame(regions, columns=extremes.COLUMNS)
        return Alternatives(
            within=self.near.within,
            at_most=self.near.at_most,
            cap_mad=self.near.cap * 1e6,
            sites=self._sites(verdicts),
            regions=table.sort_values(["region", "measure"], ignore_index=True),
            maps=self._maps(plans),
            plans=tuple(plans),
            farther=self.farther,
            complete=complete,
        )

    def _in_plan(self, h: int) -> bool:
        return bool(self.near.bench.plan.decisions.installed[h].any())

    def _diverse(self, plans: list[Plan]) -> None:
        """Maps one after the other, each with the largest least distance to those before it."""
        far = self._farthest_for_sure()
        while len(plans) <= self.count and far > 0:
            verdict: Verdict = "none"
            while far > 0 and verdict != "found":
                verdict, plan = self._map_apart(plans, far)
                if plan is not None:
                    plans.append(plan)
                else:
                    # with one more map to be far from, nothing can be farther again
                    self.farther = far if verdict == "none" else self.farther
                    far -= 1

    def _farthest_for_sure(self) -> int:
        """A distance from the plan's map that no cheap map is known to have, by doubling."""
        distance, plan = 2, [self.near.bench.plan]
        most = self.near.bench.plan.decisions.installed[:, :, -1].size
        while distance < most and self._map_apart(plan, distance)[0] == "found":
            distance *= 2
        return min(distance, most)

    def _map_apart(self, plans: Sequence[Plan], distance: int) -> tuple[Verdict, Plan | None]:
        """A cheap map so many steps from each of these: one known already, else by a solve."""
        for known in self.near.found:
            z = known.decisions.installed
            if all(_steps(z, p.decisions.installed) >= distance for p in plans):
                return "found", known
        arrays = self._apart(plans, distance)
        verdict = self.near.question(arrays, f"a map {distance} steps apart")
        return verdict, self.near.last if verdict == "found" else None

    def _apart(self, plans: Sequence[Plan], distance: int) -> Arrays:
        """Arrays whose hubs of the last year differ in so many steps from each of the maps."""
        arrays = self.near.bench.compiled.arrays
        last = len(self.near.bench.instance.years) - 1
        columns = self.near.bench.compiled.columns("installed")
        for n, plan in enumerate(plans):
            z = plan.decisions.installed[:, :, -1]
            weights = np.zeros(len(arrays.columns))
            for (h, k, t), column in columns.items():
                if t == last:
                    weights[column] = 1.0 - 2.0 * z[h, k]
            arrays = arrays.with_row(f"apart {n}", weights, distance - float(z.sum()), np.inf)
        return arrays

    def _seeded(self) -> None:
        """Maps of the plan solved anew from other seeds, nothing remembered."""
        bench = self.near.bench
        for seed in self.seeds:
            fresh = replace(
                bench,
                memory=bench.compiled.memory(),
                settings=replace(bench.settings, seed=seed),
            )
            other = replace(self.near, bench=fresh)
            other.question(bench.compiled.arrays, f"the plan from seed {seed}")
            for plan in other.found:
                self.near.keep(plan)

    def _site(self, h: int) -> Verdict:
        """Whether a cheap plan decides otherwise at a site: known maps, relaxation, a solve."""
        here = self._in_plan(h)
        if any(bool(z[h].any()) != here for z in self.near.maps()):
            return "found"
        bench, last = self.near.bench, len(self.near.bench.instance.years) - 1
        column = bench.compiled.column("installed", h, 0, last)
        side = 0.0 if here else 1.0
        weights = np.zeros(len(bench.compiled.arrays.columns))
        weights[column] = 1.0 if here else -1.0
        # in every plan at least, or at most, a part of a hub: then a whole one, or none
        if self.near.least(weights) > (0.0 if here else -1.0) + extremes.ALMOST:
            return "none"
        arrays = bench.compiled.arrays.with_bounds([column], side, side)
        what = f"{bench.instance.sites[h]} {'without' if here else 'with'} a hub"
        return self.near.question(arrays, what)

    def _sites(self, verdicts: dict[int, Verdict]) -> pd.DataFrame:
        i, near = self.near.bench.instance, self.near
        maps = list(near.maps())
        rows = []
        for h, site in enumerate(i.sites):
            here = self._in_plan(h)
            having = [bool(z[h].any()) for z in maps]
            others = [
                p.facts.objective_mad for p, has in zip(near.found, having, strict=True)
                if has != here
            ]  # fmt: skip
            extra = min(others) - near.bench.cost * 1e6 if others else np.nan
            verdict = VERDICTS.get((verdicts.get(h, "open"), here), "open")
            hidden = (near.base.cost - near.base.bound) * 1e6
            if others:
                verdict = "coin-flip" if extra <= hidden + 1.0 else "optional"
            place = i.basins[i.site_basin[h]]
            rows.append(
                (site, i.names.get(site, site), place, here, verdict, verdict != "open",
                 sum(having), len(maps), extra)
            )  # fmt: skip
        return pd.DataFrame(rows, columns=SITES)

    def _maps(self, plans: Sequence[Plan]) -> pd.DataFrame:
        i, rows = self.near.bench.instance, []
        for n, plan in enumerate(plans):
            z = plan.decisions.installed
            apart = min((_steps(z, p.decisions.installed) for p in plans[:n]), default=0)
            hubs = [f"{s} {history(i, z[h])}" for h, s in enumerate(i.sites) if z[h].any()]
            extra = plan.facts.objective_mad - plans[0].facts.objective_mad
            rows.append((n, plan.facts.objective_mad, extra, apart, len(hubs), "; ".join(hubs)))
        columns = ["map", "cost_mad", "extra_mad", "steps_apart", "hubs", "steps"]
        return pd.DataFrame(rows, columns=columns)


def _steps(a: Floats, b: Floats) -> int:
    """Steps of the ladders of the last year in which two maps differ."""
    return int(np.abs(a[:, :, -1] - b[:, :, -1]).sum())
