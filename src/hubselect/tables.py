"""Decisions as labelled tables, and back: one row per non-zero value, with the user's ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hubselect.decisions import DECIDED, Decisions, usable_workstations
from hubselect.instance import PAYERS, Floats, Instance, may_open, reached
from hubselect.ledger import ledger


def decision_tables(i: Instance, d: Decisions) -> dict[str, pd.DataFrame]:
    """One long table per decision, named as in docs/model.md, zeros left out."""
    return {name: _long(axes(i, name), getattr(d, name)) for name in DECIDED}


def decisions_from(i: Instance, tables: Mapping[str, pd.DataFrame]) -> Decisions:
    """The decisions that `decision_tables` wrote.

    Raises:
        KeyError: a table is missing, or names something the instance does not have.
    """
    arrays = Decisions.empty(i)
    for name in DECIDED:
        table, sets = tables[name], axes(i, name)
        positions = []
        for column, members in sets.items():
            index = {member: n for n, member in enumerate(members)}
            positions.append(np.array([index[m] for m in table[column]], dtype=int))
        arrays[name][tuple(positions)] = table["value"].to_numpy(dtype=float)
    return Decisions(**arrays)


def axes(i: Instance, name: str) -> dict[str, Sequence[object]]:
    """Label columns of a decision table, with their members in order."""
    region, year = {"region": i.basins}, {"year": i.years}
    segment, skill = {"segment": i.segments}, {"skill": i.skills}
    programme = {"programme": i.programmes}
    arcs = [f"{i.basins[a]}>{i.basins[b]}" for a, b in zip(i.arc_from, i.arc_to, strict=True)]
    found: dict[str, dict[str, Sequence[object]]] = {
        "installed": {"site": i.sites, "size": i.sizes, **year},
        "seats": {**region, **programme, **year},
        "places_added": {**region, **programme, **year},
        "jobs": {**region, **segment, **year},
        "staff": {**region, **segment, **skill, **year},
        "recruits": {"arc": arcs, **skill, **year},
        "talent": {**region, **skill, **year},
        "pool": {**region, "pool": i.pools, **year},
        "hires": {**region, **segment, **year},
        "net_creations": {**region, **segment, **year},
        "carry": {"payer": PAYERS, **year},
    }
    return found[name]


def hubs(i: Instance, d: Decisions) -> pd.DataFrame:
    """One row per opening or enlargement.

    Columns: site, name, region, year, size (reached), workstations (added),
    total_workstations (of the site from then on), capex_mad_million.
    """
    rows = []
    opened = np.diff(d.installed, axis=2, prepend=0.0)
    for h, t in zip(*np.nonzero(opened.sum(axis=1)), strict=True):
        size = int(d.installed[h, :, t].sum()) - 1
        rows.append(
            {
                "site": i.sites[h],
                "name": i.names.get(i.sites[h], i.sites[h]),
                "region": i.basins[i.site_basin[h]],
                "year": i.years[t],
                "size": i.sizes[size],
                "workstations": float(i.increment @ opened[h, :, t]),
                "total_workstations": float(i.increment @ d.installed[h, :, t]),
                "capex_mad_million": float(i.capex[h] @ opened[h, :, t]),
            }
        )
    columns = [
        "site", "name", "region", "year", "size", "workstations", "total_workstations",
        "capex_mad_million",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).sort_values(["year", "site"], ignore_index=True)


def recruits(i: Instance, d: Decisions) -> pd.DataFrame:
    """Stock of staff by region of residence, region of work, profile and year (heads)."""
    table = _long(axes(i, "recruits"), d.recruits)
    ends = table["arc"].str.split(">", expand=True) if len(table) else pd.DataFrame(columns=[0, 1])
    table.insert(0, "origin", ends[0])
    table.insert(1, "destination", ends[1])
    return table.drop(columns="arc").rename(columns={"value": "heads"})


def seats(i: Instance, d: Decisions) -> pd.DataFrame:
    """Funded seats started by region, programme and year, with places added (heads)."""
    return _joined(i, {"seats": ("seats", d.seats), "places_added": ("seats", d.places_added)})


def available(i: Instance, d: Decisions) -> pd.DataFrame:
    """Job-ready talent, staff drawn from it and who is left, by region, skill and year (heads)."""
    drawn = np.zeros_like(d.talent)
    np.add.at(drawn, i.arc_from, d.recruits)
    return _joined(
        i,
        {
            "talent": ("talent", d.talent),
            "employed": ("talent", drawn),
            "available": ("talent", np.maximum(d.talent - drawn, 0.0)),
        },
    )


def site_jobs(i: Instance, d: Decisions) -> pd.DataFrame:
    """Jobs of each region split over its hubs and its other offices, by usable workstations.

    Columns: region, site ('other offices' outside the planned hubs), year, usable_workstations,
    used_workstations, jobs.
    """
    usable = usable_workstations(i, d.installed)
    used = np.einsum("s,rst->rt", i.workstations_per_job, d.jobs)
    jobs = d.jobs.sum(axis=1)
    rows = []
    for r, basin in enumerate(i.basins):
        offers = [("other offices", i.workstations[r])]
        offers += [(i.sites[h], usable[h]) for h in i.sites_of(r) if d.installed[h].any()]
        total = np.maximum(np.sum([o for _, o in offers], axis=0), 1e-12)
        for site, offer in offers:
            for t, year in enumerate(i.years):
                share = float(offer[t] / total[t])
                if offer[t] > 0:
                    rows.append(
                        (basin, site, year, offer[t], share * used[r, t], share * jobs[r, t])
                    )
    columns = ["region", "site", "year", "usable_workstations", "used_workstations", "jobs"]
    return pd.DataFrame(rows, columns=columns)


def by_region(i: Instance, d: Decisions) -> pd.DataFrame:
    """Summary by region: jobs at start and end, hubs, workstations, seats, cost (MMAD)."""
    costs = ledger(i, d)
    spent = costs[costs["counted"]].groupby("region")["discounted_mad_million"].sum()
    opened = d.installed[:, 0, -1]
    planned = np.einsum("k,hk->h", i.increment, d.installed[:, :, -1])
    end = d.jobs[:, :, -1].sum(axis=1)
    hub_count, stations = np.zeros(len(i.basins)), np.zeros(len(i.basins))
    np.add.at(hub_count, i.site_basin, opened)
    np.add.at(stations, i.site_basin, planned)
    return pd.DataFrame(
        {
            "region": i.basins,
            "name": [i.names.get(b, b) for b in i.basins],
            "quality": i.quality,
            "jobs_start": i.base_jobs.sum(axis=1),
            "jobs_end": end,
            "share_of_jobs_end": end / max(end.sum(), 1e-12),
            "hubs": hub_count.astype(int),
            "hub_workstations": stations,
            "seats": d.seats.sum(axis=(1, 2)),
            "cost_mad_million": [float(spent.get(b, 0.0)) for b in i.basins],
        }
    )


def national(i: Instance, d: Decisions) -> pd.DataFrame:
    """Summary by year: jobs, exports, hubs, workstations, seats, completions, cash by payer."""
    before = np.concatenate([i.base_jobs[:, :, None], d.jobs[:, :, :-1]], axis=2)
    exports = np.einsum("st,rst->t", i.revenue, (d.jobs + before) / 2)
    costs = ledger(i, d)
    cash = costs[~costs["kind"].isin(("residual_value", "tax_expenditure"))]
    by_payer = cash.pivot_table(
        index="year", columns="payer", values="mad_million", aggfunc="sum", fill_value=0.0
    ).reindex(index=i.years, columns=PAYERS, fill_value=0.0)
    finished = [
        float(sum((d.seats[:, :, u] * i.finishing[:, t - u]).sum() for u in range(t + 1)))
        for t in range(len(i.years))
    ]
    usable = usable_workstations(i, d.installed).sum(axis=0) + i.workstations.sum(axis=0)
    used = np.einsum("s,rst->t", i.workstations_per_job, d.jobs)
    return pd.DataFrame(
        {
            "year": i.years,
            "jobs": d.jobs.sum(axis=(0, 1)),
            "net_creations": d.net_creations.sum(axis=(0, 1)),
            "hires": d.hires.sum(axis=(0, 1)),
            "exports_mad_million": exports,
            "hubs_open": d.installed[:, 0, :].sum(axis=0).astype(int),
            "usable_workstations": usable,
            "occupancy": used / np.maximum(usable, 1e-12),
            "seats": d.seats.sum(axis=(0, 1)),
            "seats_ending": finished,
            **{f"{p}_mad_million": by_payer[p].to_numpy() for p in PAYERS},
        }
    )


def coverage(i: Instance, d: Decisions) -> pd.DataFrame:
    """People of each stated group who live near an open hub, by year (heads).

    Columns: population, within, unit (km or minutes), year, people, covered, share,
    possible_share (with every site that may be open by then), asked_share (NaN: not asked).
    """
    rows = []
    for row in i.policy.coverage:
        people = float(sum(row.heads))
        for t, year in enumerate(i.years):
            covered = float(np.dot(row.heads, reached(row, d.installed[:, 0, t] > 0.5)))
            most = float(np.dot(row.heads, reached(row, may_open(i, t))))
            asked = row.share if row.share is not None and t == row.year else np.nan
            shares = (x / people if people else np.nan for x in (covered, most))
            rows.append(
                (row.population, row.within, row.unit, year, people, covered, *shares, asked)
            )
    columns = [
        "population", "within", "unit", "year", "people", "covered", "share", "possible_share",
        "asked_share",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as dictionaries of plain Python values."""
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _long(sets: Mapping[str, Sequence[object]], values: Floats) -> pd.DataFrame:
    positions = np.nonzero(values)
    columns = {
        name: [members[int(n)] for n in where]
        for (name, members), where in zip(sets.items(), positions, strict=True)
    }
    return pd.DataFrame({**columns, "value": values[positions]})


def _joined(i: Instance, parts: Mapping[str, tuple[str, Floats]]) -> pd.DataFrame:
    """Several arrays over the same sets side by side; rows where all are zero left out."""
    kind = next(iter(parts.values()))[0]
    sets = axes(i, kind)
    shown = np.any([values != 0 for _, values in parts.values()], axis=0)
    positions = np.nonzero(shown)
    columns: dict[str, object] = {
        name: [members[int(n)] for n in where]
        for (name, members), where in zip(sets.items(), positions, strict=True)
    }
    return pd.DataFrame({**columns, **{n: v[positions] for n, (_, v) in parts.items()}})
