"""A plan in words and small tables, for a reader who decides."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hubselect.consistency import Statement
from hubselect.instance import place_of
from hubselect.tables import records

if TYPE_CHECKING:
    from hubselect.plan import Plan

WIDTH = 98


def plan_text(plan: Plan) -> str:
    """The whole plan as plain text: verdict, hubs, seats, money, regions, targets, proof."""
    parts = [
        _headline(plan),
        _section("Do the targets agree?", statement_lines(plan.statements)),
        _section("Which of them bind in this plan?", _binding(plan)),
        _section("Hubs to open and enlarge", _hubs(plan)),
        *([_section("Who lives near a hub", _coverage(plan))] if len(plan.coverage) else []),
        _section("Training seats to fund (starts)", _seats(plan)),
        _section("Year by year", _years(plan)),
        _section("What it costs (million MAD of the price year)", _costs(plan)),
        _section("Who pays (million MAD, all years)", _payers(plan)),
        _section("By region", _regions(plan)),
        _section("Proof", _proof(plan)),
    ]
    return "\n".join(parts)


def statement_lines(statements: Iterable[Statement]) -> list[str]:
    """One paragraph a statement: verdict, subject, arithmetic."""
    found = []
    for s in statements:
        found += _wrapped(f"{s.verdict.upper():<11} {s.subject}: {s.arithmetic}", indent=12)
    return found or ["no target, floor or budget is stated"]


def _headline(plan: Plan) -> str:
    facts, last = plan.facts, records(plan.national)[-1]
    start = float(plan.instance.base_jobs.sum())
    cost = facts.objective_mad / 1e9
    payers = " and ".join(plan.instance.payers)
    proof = {
        "proven": f"proven within {_percent(facts.gap)} of the least possible",
        "feasible": f"best plan so far, stopped by the {facts.stopped_by}; "
        f"at most {_percent(facts.gap)} above the least possible",
    }[facts.outcome]
    created = last["jobs"] - start
    lines = [
        f"{facts.title or facts.scenario}  ({facts.scenario})",
        "=" * WIDTH,
        f"{last['jobs']:,.0f} jobs and {last['exports_mad_million'] / 1000:.1f} bn MAD of exports "
        f"in {last['year']}, from {start:,.0f} jobs.",
        f"Cost to {payers}: {cost:.2f} bn MAD (present value), {proof}.",
        f"{last['hubs_open']} hubs hold {_hub_desks(plan):,.0f} new workstations; "
        f"{plan.decisions.seats.sum():,.0f} training seats are funded.",
        f"That is {facts.objective_mad / max(created, 1.0):,.0f} MAD per additional job.",
    ]
    return "\n".join(line for text in lines for line in _wrapped(text))


def _binding(plan: Plan) -> list[str]:
    """Targets, floors and ceilings as reached: which bind, which are exceeded and by how much."""
    i, years = plan.instance, records(plan.national)
    rows = [
        (f"jobs {i.years[t]}", years[t]["jobs"], heads, "jobs") for t, heads in i.policy.job_target
    ]
    rows += [
        (f"exports {i.years[t]}", years[t]["exports_mad_million"], goal, "MMAD")
        for t, goal in i.policy.export_target
    ]
    for floor in i.policy.floors:
        jobs = plan.decisions.jobs[:, :, floor.year].sum(axis=1)
        required = floor.heads + floor.share * jobs.sum()
        rows.append(
            (f"floor {place_of(i, floor)}", jobs[list(floor.basins)].sum(), required, "jobs")
        )
    for ceiling in i.policy.ceilings:
        jobs = plan.decisions.jobs[:, :, ceiling.year].sum(axis=1)
        allowed = ceiling.heads + ceiling.share * jobs.sum()
        inside = jobs[list(ceiling.basins)].sum()
        rows.append((f"ceiling {place_of(i, ceiling)}", allowed, inside, "jobs"))
    for row in records(plan.coverage[plan.coverage["asked_share"].notna()]):
        subject = f"{row['population']} within {row['within']:g} {row['unit']} {row['year']}"
        rows.append((subject, row["covered"], row["asked_share"] * row["people"], "people"))
    return [
        f"{'BINDS' if reached <= asked * (1 + 1e-6) else 'SLACK':<6} {subject}"
        + ("" if reached <= asked * (1 + 1e-6) else f": {reached - asked:,.0f} {unit} to spare")
        for subject, reached, asked, unit in rows
    ] or ["nothing is asked"]


def _hub_desks(plan: Plan) -> float:
    i = plan.instance
    return float(np.einsum("k,hk->", i.increment, plan.decisions.installed[:, :, -1]))


def _hubs(plan: Plan) -> list[str]:
    last = plan.instance.years[-1]
    split = plan.site_jobs
    use = split[split["year"] == last].set_index("site")["used_workstations"]
    built = plan.hubs.groupby("site")["workstations"].sum()
    rows = []
    for hub in records(plan.hubs):
        occupied = f"{use.get(hub['site'], 0.0) / built[hub['site']]:.0%}"
        rows.append(
            (
                str(hub["year"]), hub["name"], hub["region"], hub["size"],
                f"{hub['workstations']:,.0f}", f"{hub['capex_mad_million']:,.0f}", occupied,
            )
        )  # fmt: skip
    head = ("year", "site", "region", "size", "+ desks", "capex MMAD", f"in use {last}")
    return _table(head, rows, "lllrrrr") if rows else ["none"]


def _coverage(plan: Plan) -> list[str]:
    rows = [
        (
            row["population"], f"{row['within']:g} {row['unit']}", str(row["year"]),
            f"{row['covered']:,.0f}", f"{row['share']:.1%}", f"{row['possible_share']:.1%}",
            "" if np.isnan(row["asked_share"]) else f"{row['asked_share']:.1%}",
        )
        for row in records(plan.coverage)
    ]  # fmt: skip
    head = ("group", "within", "year", "people", "share", "every site", "asked")
    return _table(head, rows, "lllrrrr")


def _seats(plan: Plan) -> list[str]:
    i = plan.instance
    by_programme = plan.decisions.seats.sum(axis=0)
    rows = [
        (
            i.names.get(p, p),
            *(f"{v:,.0f}" for v in by_programme[n]),
            f"{by_programme[n].sum():,.0f}",
        )
        for n, p in enumerate(i.programmes)
        if by_programme[n].sum() > 0.5
    ]
    head = ("programme", *(str(y) for y in i.years), "total")
    return _table(head, rows, "l" + "r" * (len(i.years) + 1)) if rows else ["none"]


def _years(plan: Plan) -> list[str]:
    rows = [
        (
            str(y["year"]), f"{y['jobs']:,.0f}", f"{y['exports_mad_million'] / 1000:.1f}",
            f"{y['hubs_open']}", f"{y['usable_workstations']:,.0f}", f"{y['occupancy']:.0%}",
            f"{y['hires']:,.0f}", f"{y['state_mad_million']:,.0f}",
            f"{y['operator_mad_million']:,.0f}",
        )
        for y in records(plan.national)
    ]  # fmt: skip
    head = (
        "year", "jobs", "exports bn", "hubs", "desks", "in use", "hires", "state MMAD",
        "operator MMAD",
    )  # fmt: skip
    return _table(head, rows, "lrrrrrrrr")


def _costs(plan: Plan) -> list[str]:
    costs = plan.costs
    grouped = costs.groupby(["payer", "kind", "counted"], as_index=False)[
        ["mad_million", "discounted_mad_million"]
    ].sum()
    grouped = grouped.sort_values(["counted", "payer", "kind"], ascending=[False, True, True])
    rows = [
        (
            row["payer"], row["kind"].replace("_", " "), f"{row['mad_million']:,.0f}",
            f"{row['discounted_mad_million']:,.0f}", "yes" if row["counted"] else "no",
        )
        for row in records(grouped)
    ]  # fmt: skip
    total = costs.loc[costs["counted"], "discounted_mad_million"].sum()
    rows.append(("total", "counted", "", f"{total:,.0f}", ""))
    return _table(("payer", "kind", "sum", "present value", "in the objective"), rows, "llrrl")


def _payers(plan: Plan) -> list[str]:
    sums = plan.payers.groupby("payer", sort=False)[
        ["cash_mad_million", "discounted_mad_million", "given_mad_million", "received_mad_million"]
    ].sum()
    at_end = plan.payers.groupby("payer", sort=False)["mad_per_additional_job"].last()
    rows = [
        (payer, *(f"{v:,.0f}" for v in sums.loc[payer]), f"{at_end[payer]:,.0f}")
        for payer in sums.index
    ]
    head = ("payer", "cash", "present value", "gives", "gets", "MAD per additional job")
    return _table(head, rows, "lrrrrr")


def _regions(plan: Plan) -> list[str]:
    rows = [
        (
            r["region"], r["name"], f"{r['quality']:.0f}", f"{r['jobs_start']:,.0f}",
            f"{r['jobs_end']:,.0f}", f"{r['share_of_jobs_end']:.1%}", str(r["hubs"]),
            f"{r['seats']:,.0f}", f"{r['cost_mad_million']:,.0f}",
        )
        for r in records(plan.regions)
    ]  # fmt: skip
    first, last = plan.instance.years[0] - 1, plan.instance.years[-1]
    head = (
        "", "region", "score", f"jobs {first}", f"jobs {last}", "share", "hubs", "seats",
        "cost MMAD",
    )  # fmt: skip
    return _table(head, rows, "llrrrrrrr")


def _proof(plan: Plan) -> list[str]:
    facts, audit = plan.facts, plan.audit()
    bound = "unknown" if facts.bound_mad is None else f"{facts.bound_mad / 1e9:.3f} bn MAD"
    return [
        f"cost {facts.objective_mad / 1e9:.3f} bn MAD, lower bound {bound}, gap "
        f"{_percent(facts.gap)} (asked {_percent(facts.gap_asked)})",
        f"audit {'passed' if audit.passed else 'FAILED'}: {len(audit.table)} families, worst "
        f"violation {audit.max_violation:.1e}",
        f"{facts.solver}, {facts.nodes} nodes, {facts.solve_seconds:.1f} s of "
        f"{facts.seconds:.1f} s, {facts.columns:,} columns, {facts.rows:,} rows, "
        f"seed {'none' if facts.seed is None else facts.seed}",
        f"data {facts.data_hash[:12]}, scenario {facts.scenario_hash[:12]}, instance "
        f"{facts.instance_hash[:12]}, " + ", ".join(f"{k} {v}" for k, v in facts.versions.items()),
    ]


def _percent(share: float | None) -> str:
    return "an unknown share" if share is None else f"{share:.2%}"


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join(["", title, "-" * len(title), *lines])


def _wrapped(text: str, indent: int = 0) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * indent) or [""]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> list[str]:
    widths = [max(len(row[c]) for row in [head, *rows]) for c in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = (
            cell.ljust(w) if a == "l" else cell.rjust(w)
            for cell, w, a in zip(row, widths, align, strict=True)
        )
        return "  ".join(cells).rstrip()

    return [line(head), *map(line, rows)]
