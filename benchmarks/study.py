"""Execute the worked study and write docs/study.md: `python -m benchmarks.study` (minutes).

Every number of the page, in its tables and in its sentences, comes from the calls below.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

import hubselect as hs
from hubselect.atomic import write_text
from hubselect.bench.page import table_lines
from hubselect.planning import versions

PAGE = Path(__file__).resolve().parents[1] / "docs" / "study.md"
SHORT_BUDGET = 6.4e9  # MAD: below what the targets need, so that something must give way

Cells = Sequence[Sequence[str]]


def bn(mad: float) -> str:
    """MAD as billions with two decimals."""
    return f"{mad / 1e9:,.2f}"


def thousands(value: float) -> str:
    """Rounded to a whole number."""
    return f"{value:,.0f}"


def table(head: Sequence[str], rows: Cells) -> Iterator[str]:
    """A Markdown table with an empty line on both sides."""
    yield ""
    yield from table_lines(head, rows)
    yield ""


def frame(shown: pd.DataFrame, columns: dict[str, str], **forms: Callable[[Any], str]) -> list[str]:
    """Some columns of a table, renamed, each in its form."""
    rows = [
        [forms.get(name, str)(row[name]) for name in columns] for row in shown.to_dict("records")
    ]
    return list(table(list(columns.values()), rows))


def base_lines(plan: hs.Plan) -> Iterator[str]:
    """Where, when, who pays, what one more is worth."""
    names, facts = plan.instance.names, plan.facts
    jobs = float(plan.decisions.jobs[:, :, -1].sum())
    added = jobs - float(plan.instance.base_jobs.sum())
    seats = plan.seats.groupby(["programme", "year"])["seats"].sum().unstack(fill_value=0.0)
    yield "## 1. The base plan"
    yield ""
    yield (
        f"{thousands(jobs)} jobs in {plan.instance.years[-1]} cost the State and the operators "
        f"{bn(facts.objective_mad)} bn MAD of present value. No plan costs less than "
        f"{bn(facts.bound_mad or 0.0)} bn (proven). That is "
        f"{thousands(facts.objective_mad / added)} MAD per additional job."
    )
    hubs = plan.hubs.assign(region=[names[r] for r in plan.hubs["region"]])
    yield from frame(
        hubs,
        {"year": "year", "name": "hub", "region": "region", "size": "size",
         "workstations": "workstations"},
        workstations=thousands,
    )  # fmt: skip
    yield "Training seats to fund, by year of the start:"
    rows = [
        [names.get(str(p), str(p)), *(thousands(v) for v in line)]
        for p, line in zip(seats.index, seats.to_numpy(), strict=True)
        if line.sum() > 0.5
    ]
    yield from table(["programme", *map(str, seats.columns)], rows)
    yield "Who pays, million MAD (residual value stands at the end, it is not cash):"
    paid = plan.costs[plan.costs["counted"]].groupby(["payer", "kind"], as_index=False)
    yield from frame(
        paid[["mad_million", "discounted_mad_million"]].sum(),
        {"payer": "payer", "kind": "for", "mad_million": "amount",
         "discounted_mad_million": "present value"},
        mad_million=thousands, discounted_mad_million=thousands,
    )  # fmt: skip


def worth_lines(plan: hs.Plan) -> Iterator[str]:
    """Prices of statements, and the core of the hub map."""
    found = hs.prices(plan, arcs=["job_target"])
    asked = found.table[found.table["family"] == "job_target"]
    yield "### What one more job is worth"
    yield ""
    yield (
        "Three prices answer three questions: with the hubs as planned, with hubs in fractions, "
        "and with everything decided anew for a stated step ([explore](explore.md#prices))."
    )
    rows = [
        [str(row["money_of"]), thousands(row["stated"]), thousands(row["operating_mad"]),
         thousands(row["planning_mad"]), thousands(row["arc_mad"]),
         f"{thousands(row['arc_low_mad'])} to {thousands(row['arc_high_mad'])}"]
        for row in asked.to_dict("records")
    ]  # fmt: skip
    yield from table(
        ["jobs of", "target", "operating, MAD", "planning, MAD", "anew, MAD", "proven"], rows
    )
    near = hs.alternatives(plan, within=0.01)
    names = plan.instance.names
    core = ", ".join(names[s] for s in near.core) or "none"
    flips = ", ".join(names[s] for s in near.coin_flips) or "none"
    counts = near.sites["verdict"].value_counts().to_dict()
    yield "### What else is nearly as good"
    yield ""
    yield (
        f"Among all plans within 1 % of the cost: hubs in every one of them (proven): {core}. "
        f"Coin-flips, which the gap cannot tell: {flips}. Of {len(near.sites)} sites "
        f"{counts.get('never', 0)} are in none of them."
    )
    yield ""


def compared(title: str, text: str, *plans: hs.Plan, names: Sequence[str]) -> Iterator[str]:
    """Plans side by side: what they cost and reach, and the hubs that differ."""
    found = hs.compare(*plans, names=names)
    yield title
    yield ""
    yield text
    rows = [
        [name, bn(row["cost_mad"]), f"{row['gap']:.2%}", thousands(row["jobs"]),
         thousands(row["hubs"]), thousands(row["seats"]), thousands(row["cost_per_job_mad"]),
         "–" if name == names[0] else interval(row)]
        for name, row in found.summary.to_dict("index").items()
    ]  # fmt: skip
    yield from table(
        ["plan", "cost bn MAD", "gap", "jobs 2030", "hubs", "seats", "MAD per additional job",
         "dearer than the first, bn MAD"],
        rows,
    )  # fmt: skip
    moved = found.hubs[found.hubs["change"].astype(str).str.len() > 0]
    yield "Hubs that differ:"
    shown = plans[0].instance.names
    yield from table(
        ["site", *names, "change"],
        [
            [shown.get(str(site), str(site)), *(str(row[n]) for n in names), str(row["change"])]
            for site, row in moved.to_dict("index").items()
        ],
    )


def interval(row: dict[str, Any]) -> str:
    """The change of cost as the interval that the gaps allow, in bn MAD."""
    low, high = row["cost_change_low_mad"], row["cost_change_high_mad"]
    return f"{bn(low)} to {bn(high)}"


def equity_lines(base: hs.Plan, equity: hs.Plan, regions: hs.Regions) -> Iterator[str]:
    """What a territory costs, and the frontier between cost and the lowest region."""
    yield from compared(
        "## 3. Equity with a price tag",
        "Every region gets a floor of jobs (`regional-equity`). The last column is the price of "
        "that wish, proven from both sides.",
        base, equity, names=["base", "equity"],
    )  # fmt: skip
    people = regions.table("basins")["population_15_64"].astype(float).to_dict()
    found = hs.frontier(base, "fairness", points=4, gap=0.005, population=people)
    yield (
        "The wish can be met in part. Jobs per 1,000 inhabitants of working age in the region that "
        "has fewest, against cost:"
    )
    shown = ["fairness", "cost_mad", "bound_mad", "hubs"]
    yield from table(
        ["jobs per 1,000, lowest region", "cost bn MAD", "bound bn MAD", "hubs"],
        [
            [f"{row['fairness']:.2f}", bn(row["cost_mad"]), bn(row["bound_mad"]), str(row["hubs"])]
            for row in found.table[shown].to_dict("records")
        ],
    )


def budget_lines(base: hs.Plan, regions: hs.Regions) -> Iterator[str]:
    """A budget that still fits, one that does not, and what would mend it."""
    scenario = hs.Scenario.named("tight-budget")
    tight = hs.solve(regions, scenario)
    yield from compared(
        "## 4. A tight budget, and what to give up when nothing fits",
        "The State's money is capped at 6.7 bn MAD in all and 1.9 bn a year (`tight-budget`). The "
        "targets still fit.",
        base, tight, names=["base", "tight"],
    )  # fmt: skip
    found = hs.conflict(regions, scenario.replace(budget__total={"state": SHORT_BUDGET}))
    yield f"With {bn(SHORT_BUDGET)} bn instead of 6.7 nothing fits. `hubselect conflict` says:"
    yield ""
    yield "```text"
    yield from found.text.splitlines()
    yield "```"
    yield ""


def calendar_lines(base: hs.Plan, regions: hs.Regions) -> Iterator[str]:
    """What to decide in the first year, what can wait."""
    found = hs.calendar(regions, hs.Scenario.named("tech-valley-2030"), plan=base)
    yield "## 5. What to decide in 2026"
    yield ""
    yield (
        "Six futures, each with a story ([uncertainty](uncertainty.md)); their probabilities are "
        "a judgement. `hubselect calendar` says what all of them share and how long each "
        "decision can wait:"
    )
    yield ""
    yield "```text"
    yield from found.text.splitlines()
    yield "```"
    yield ""
    if found.now is not None:
        yield "What the one first stage costs in each future, and what knowing it would save:"
        yield ""
        yield "```text"
        yield from found.now.text.splitlines()
        yield "```"
        yield ""


def study() -> Iterator[str]:
    """The whole page, line by line."""
    regions = hs.Regions.morocco()
    solved = {n: hs.solve(regions, hs.Scenario.named(n)) for n in NAMES}
    base = solved["tech-valley-2030"]
    about = ", ".join(f"{k} {v}" for k, v in versions().items())
    yield "# A worked study"
    yield ""
    yield (
        "Five questions a ministry asks, answered on the shipped data. Every table and every "
        "number is written by `python -m benchmarks.study`; the text around them is read with "
        "[plan-reading.md](plan-reading.md), which says what to doubt."
    )
    yield ""
    yield f"Executed on {date.today().isoformat()} with {about}. Money is MAD of 2025."
    yield ""
    yield from base_lines(base)
    yield from worth_lines(base)
    yield from compared(
        "## 2. If call centres shrink",
        "Automation takes CRM jobs away and 250,000 jobs is the target (`call-centre-shock`).",
        base, solved["call-centre-shock"], names=["base", "shock"],
    )  # fmt: skip
    yield from equity_lines(base, solved["regional-equity"], regions)
    yield from budget_lines(base, regions)
    yield from calendar_lines(base, regions)


NAMES = ("tech-valley-2030", "call-centre-shock", "regional-equity")


def main() -> None:
    """Write the page, or print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print", action="store_true", help="print the page, write nothing")
    options = parser.parse_args()
    lines = []
    for line in study():
        lines.append(line)
        if options.print:
            print(line, flush=True)
    if not options.print:
        write_text(PAGE, "\n".join(lines).rstrip() + "\n")


if __name__ == "__main__":
    main()
