"""compare(): plans side by side: what they cost whom, what they reach, which hubs come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hubselect.errors import DataError, Problem
from hubselect.instance import PAYERS
from hubselect.plan import Plan
from hubselect.tables import records


@dataclass(frozen=True, eq=False)
class Comparison:
    """Plans side by side, the first one the reference. Money in MAD at present value.

    `summary` [plan]: cost_mad, bound_mad, gap, jobs, exports_mad, hubs, workstations, seats,
    cost_per_job_mad (cost ÷ jobs added since the base year), cost_change_mad with its interval
    cost_change_low_mad to cost_change_high_mad, jobs_change, mad_per_additional_job (change of
    cost ÷ change of jobs; NaN where jobs are the same or the change is below the gaps).
    `payers` [payer, kind; a column a plan]: counted or not, undiscounted over the horizon.
    `hubs` [site; a column a plan]: size and year of opening, '–' where none; `change` says what
    differs from the first plan. `regions` [region; a column a plan]: jobs in the last year.
    `notes`: what a reader must know before comparing, a sentence a plan made from other data.
    """

    summary: pd.DataFrame
    payers: pd.DataFrame
    hubs: pd.DataFrame
    regions: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name."""
        return {name: getattr(self, name) for name in ("summary", "payers", "hubs", "regions")}

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready copy (missing numbers are None)."""
        tables = {name: _plain(table) for name, table in self.tables.items()}
        return {**tables, "notes": list(self.notes)}


def compare(*plans: Plan, names: Sequence[str] | None = None) -> Comparison:
    """Plans side by side; the first is the reference.

    Args:
        names: one a plan; the scenarios' names where not given, numbered where they repeat.

    Raises:
        DataError: fewer than two plans, or names that do not fit them.
    """
    called = _names(plans, names)
    by_name = dict(zip(called, plans, strict=True))
    summary = pd.DataFrame([_measures(p) for p in plans], index=pd.Index(called, name="plan"))
    return Comparison(
        summary.join(_against_first(summary)),
        _payers(by_name),
        _hubs(by_name),
        pd.DataFrame(
            {
                n: p.regions.set_index("region")["jobs_end"]
                for n, p in zip(called, plans, strict=True)
            }
        ),
        _notes(by_name),
    )


def moved_hubs(before: Plan, after: Plan) -> list[str]:
    """Sites that have a hub in the last year of one plan and not of the other."""
    held = [{i for i, z in _installed(p).items() if z} for p in (before, after)]
    return sorted(held[0] ^ held[1])


def _installed(plan: Plan) -> dict[str, bool]:
    built = plan.decisions.installed[:, 0, -1] > 0.5
    return dict(zip(plan.instance.sites, built.tolist(), strict=True))


def _names(plans: Sequence[Plan], names: Sequence[str] | None) -> list[str]:
    if len(plans) < 2:
        raise DataError([Problem("compare", f"{len(plans)} plans", "two or more")])
    called = [p.facts.scenario for p in plans] if names is None else [str(n) for n in names]
    if len(called) != len(plans) or (names is not None and len(set(called)) < len(called)):
        expected = f"{len(plans)} different names"
        raise DataError([Problem("names", f"{called}", expected)])
    if len(set(called)) < len(called):
        called = [f"{n + 1} {name}" for n, name in enumerate(called)]
    return called


def _notes(plans: dict[str, Plan]) -> tuple[str, ...]:
    """A sentence for each plan that was made from other data than the first."""
    (first, reference), *others = plans.items()
    data = reference.facts.data_hash
    return tuple(
        f"{name} was made from other data than {first} ({plan.facts.data_hash[:12]}, not "
        f"{data[:12]}): what changes is due to the data too; replan tells the two apart"
        for name, plan in others
        if plan.facts.data_hash != data
    )


def _measures(plan: Plan) -> dict[str, float]:
    last, facts = records(plan.national)[-1], plan.facts
    added = last["jobs"] - float(plan.instance.base_jobs.sum())
    return {
        "cost_mad": facts.objective_mad,
        "bound_mad": np.nan if facts.bound_mad is None else facts.bound_mad,
        "gap": np.nan if facts.gap is None else facts.gap,
        "jobs": last["jobs"],
        "exports_mad": last["exports_mad_million"] * 1e6,
        "hubs": float(last["hubs_open"]),
        "workstations": float(plan.regions["hub_workstations"].sum()),
        "seats": float(plan.decisions.seats.sum()),
        "cost_per_job_mad": facts.objective_mad / added if added > 0.5 else np.nan,
    }


def _against_first(summary: pd.DataFrame) -> pd.DataFrame:
    """Changes from the first plan; the true change of least cost lies between low and high."""
    first = summary.iloc[0]
    cost, bound = summary["cost_mad"], summary["bound_mad"]
    low, high = bound - first["cost_mad"], cost - first["bound_mad"]
    jobs = summary["jobs"] - first["jobs"]
    change = cost - first["cost_mad"]
    told = (jobs.abs() > 0.5) & ((low > 0) | (high < 0))
    return pd.DataFrame(
        {
            "cost_change_mad": change,
            "cost_change_low_mad": low,
            "cost_change_high_mad": high,
            "jobs_change": jobs,
            "mad_per_additional_job": (change / jobs.where(jobs.abs() > 0.5)).where(told),
        }
    )


def _payers(plans: dict[str, Plan]) -> pd.DataFrame:
    columns = {
        name: plan.costs.groupby(["payer", "kind"])["mad_million"].sum() * 1e6
        for name, plan in plans.items()
    }
    table = pd.DataFrame(columns).fillna(0.0)
    order = {payer: n for n, payer in enumerate(PAYERS)}
    return table.sort_index(level=0, key=lambda k: k.map(lambda v: order.get(v, v)), kind="stable")


def _hubs(plans: dict[str, Plan]) -> pd.DataFrame:
    opened = {name: _hub_texts(plan) for name, plan in plans.items()}
    sites = sorted({site for texts in opened.values() for site in texts})
    table = pd.DataFrame(
        {name: [texts.get(s, "–") for s in sites] for name, texts in opened.items()},
        index=pd.Index(sites, name="site"),
    )
    if not len(table):
        return table.assign(change="")
    first = table.iloc[:, 0]
    marks = []
    for site in sites:
        others = list(table.loc[site].iloc[1:])
        stood = first[site] != "–"
        stays = all(o == first[site] for o in others)
        gone = any(o == "–" for o in others) if stood else False
        marks.append("" if stays else "goes" if gone else "changes" if stood else "comes")
    return table.assign(change=marks)


def _hub_texts(plan: Plan) -> dict[str, str]:
    texts: dict[str, str] = {}
    for row in records(plan.hubs):
        step = f"{row['size']} {row['year']}"
        known = texts.get(str(row["site"]))
        texts[str(row["site"])] = step if known is None else f"{known}, {step}"
    return texts


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.reset_index().astype(object)
    return records(rows.where(rows.notna(), None))
