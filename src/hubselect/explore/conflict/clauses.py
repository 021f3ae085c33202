"""The clauses of every policy family, in the order of the family's rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import floor, log10
from typing import Any

import numpy as np

from hubselect.decisions import Decisions, usable_workstations
from hubselect.explore.conflict.clause import Changed, Clause, switch
from hubselect.instance import CoverageRow, Instance, RegionRow, place_of, yearly_budgets
from hubselect.model import FAMILIES
from hubselect.solving import Compiled

DUST = 1e-6  # workstations
Draft = tuple[int, Clause]  # number of rows, and the clause


def clauses_of(compiled: Compiled) -> tuple[Clause, ...]:
    """Every policy statement of a compiled instance, with its rows.

    A policy family this module does not know has one clause a row, which can only hold or not.
    """
    found: list[Clause] = []
    for family in (f.name for f in FAMILIES.values() if f.kind == "policy"):
        rows = [int(row) for row in compiled.rows_of(family)]
        drafts = list(DRAFTS[family](compiled.instance)) if family in DRAFTS and rows else []
        if sum(count for count, _ in drafts) != len(rows):
            names = [compiled.arrays.rows[row] for row in rows]
            drafts = [(1, switch(name, family, name, f"without {name}")) for name in names]
        for count, clause in drafts:
            found.append(replace(clause, rows=tuple(rows[:count])))
            del rows[:count]
    return tuple(found)


def _policy(i: Instance, **changes: Any) -> Instance:
    return i.replace(policy=replace(i.policy, **changes))


def _precision(value: float, least: float = 0.0) -> float:
    """Step of a figure told to about five digits."""
    return max(10.0 ** (floor(log10(max(abs(value), 1e-9))) - 4), least)


def _n(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.6g}"


def _set(field: str, n: int, made: Callable[[float], Any]) -> Changed:
    """Change the n-th entry of a list of the policy."""

    def change(i: Instance, value: float) -> Instance:
        entries = getattr(i.policy, field)
        return _policy(i, **{field: (*entries[:n], made(value), *entries[n + 1 :])})

    return change


def _drop(field: str, n: int) -> Callable[[Instance], Instance]:
    """Leave out the n-th entry of a list of the policy."""

    def change(i: Instance) -> Instance:
        entries = getattr(i.policy, field)
        return _policy(i, **{field: (*entries[:n], *entries[n + 1 :])})

    return change


def _jobs(i: Instance) -> Iterator[Draft]:
    last = max((t for t, _ in i.policy.job_target), default=0)
    for n, (t, heads) in enumerate(i.policy.job_target):
        yield 1, _job(n, t, i.years[t], heads, "job_target" if t == last else "milestone")


def _job(n: int, t: int, year: int, heads: float, group: str) -> Clause:
    return Clause(
        f"job_target {year}", "job_target", group, f"{_n(heads)} jobs in {year}", heads, -1,
        max(heads, 1.0), _precision(heads, 1.0),
        phrase=lambda v: f"{_n(v)} jobs in {year} instead of {_n(heads)}",
        change=_set("job_target", n, lambda v: (t, v)),
        setting=lambda v: f"targets.jobs.{year}={v:g}",
    )  # fmt: skip


def _exports(i: Instance) -> Iterator[Draft]:
    for n, (t, mmad) in enumerate(i.policy.export_target):
        yield 1, _export(n, t, i.years[t], mmad)


def _export(n: int, t: int, year: int, mmad: float) -> Clause:
    return Clause(
        f"export_target {year}", "export_target", "export_target",
        f"exports of {_n(mmad)} MMAD in {year}", mmad, -1, max(mmad, 1.0), _precision(mmad),
        phrase=lambda v: f"exports of {_n(v)} MMAD in {year} instead of {_n(mmad)}",
        change=_set("export_target", n, lambda v: (t, v)),
        setting=lambda v: f"targets.exports.{year}={v * 1e6:.12g}",
    )  # fmt: skip


def _coverage(i: Instance) -> Iterator[Draft]:
    for n, row in enumerate(i.policy.coverage):
        if row.share is not None:
            yield _covered(n, row, row.share)


def _covered(n: int, row: CoverageRow, share: float) -> Draft:
    """The share, and a row a basin that says what is covered, which does not give way."""
    columns = sum(bool(near) for near in row.near)
    clause = Clause(
        f"coverage {n + 1}", "coverage", "coverage", f"{share:.1%} of {row.name} of a hub", share,
        -1, 1.0, 0.001,
        phrase=lambda v: f"{v:.1%} of {row.name} of a hub instead of {share:.1%}",
        change=_set("coverage", n, lambda v: replace(row, share=v)),
    )  # fmt: skip
    return 1 + columns, replace(clause, scales=(max(sum(row.heads), 1.0), *[0.0] * columns))


def _demand(i: Instance) -> Iterator[Draft]:
    """One clause for the whole market: it gives way by the same factor everywhere."""
    clause = Clause(
        "demand", "demand", "demand", "what the market takes of each segment and year", 1.0, 1,
        1.0, 0.001, lambda v: f"a market {v - 1:.1%} larger, every segment and year",
        lambda i, v: i.replace(demand=i.demand * v),
    )  # fmt: skip
    yield i.demand.size, replace(clause, scales=tuple(i.demand.ravel().tolist()))


def _territories(i: Instance, field: str, word: str, sense: int) -> Iterator[Draft]:
    for n, row in enumerate(getattr(i.policy, field)):
        draft = _share_of if row.share > 0 else _heads_of
        yield 1, draft(i, n, row, field, word, sense)


def _heads_of(i: Instance, n: int, row: RegionRow, field: str, word: str, sense: int) -> Clause:
    place, year, heads = place_of(i, row), i.years[row.year], row.heads
    name, moved = i.names.get(place, place), "lowered" if sense < 0 else "raised"
    return Clause(
        f"regional_{word} {place} {year}", f"regional_{word}", f"regional_{word}",
        f"{word} of {name}: {_n(heads)} jobs in {year}", heads, sense, max(heads, 100.0),
        _precision(heads, 1.0),
        phrase=lambda v:
            f"{word} of {name} {moved} by {_n(abs(v - heads))} to {_n(v)} jobs in {year}",
        change=_set(field, n, lambda v: replace(row, heads=v)),
        setting=lambda v: f"regions.jobs_{word}.{place}={v:g}",
    )  # fmt: skip


def _share_of(i: Instance, n: int, row: RegionRow, field: str, word: str, sense: int) -> Clause:
    place, year = place_of(i, row), i.years[row.year]
    name = i.names.get(place, place)

    def held(_: Instance, d: Decisions) -> float:
        jobs = d.jobs[:, :, row.year].sum(axis=1)
        return float((jobs[list(row.basins)].sum() - row.heads) / max(jobs.sum(), 1e-9))

    return Clause(
        f"regional_{word} {place} {year} share", f"regional_{word}", f"regional_{word}",
        f"{word} of {name}: {row.share:.1%} of all jobs in {year}", row.share, sense, 100.0, 0.001,
        phrase=lambda v:
            f"{word} of {name} {v:.1%} of all jobs in {year} instead of {row.share:.1%}",
        change=_set(field, n, lambda v: replace(row, share=v)),
        setting=lambda v: f"regions.share_{word}.{place}={v:.3f}", ratio=held,
    )  # fmt: skip


def _budgets(i: Instance) -> Iterator[Draft]:
    for line in yearly_budgets(i.policy):
        n, year = i.policy.budgets.index(line), i.years[line.year]
        yield 1, _money(i, n, f"budget {line.payer} {year}", "budget", f"in {year}",
                        f"budget.yearly.{line.payer}.{year}")  # fmt: skip


def _totals(i: Instance) -> Iterator[Draft]:
    for n, line in enumerate(i.policy.budgets):
        if line.year < 0:
            yield 1, _money(i, n, f"budget_total {line.payer}", "budget_total", "over all years",
                            f"budget.total.{line.payer}")  # fmt: skip


def _money(i: Instance, n: int, key: str, family: str, when: str, setting: str) -> Clause:
    line = i.policy.budgets[n]

    return Clause(
        key, family, family, f"{line.payer} budget of {_n(line.amount)} MMAD {when}", line.amount,
        1, max(line.amount, 1.0), _precision(line.amount),
        lambda v: f"+{_n(v - line.amount)} MMAD for the {line.payer} {when}",
        _set("budgets", n, lambda v: replace(line, amount=v)),
        lambda v: f"{setting}={v * 1e6:.12g}",
    )  # fmt: skip


def _quality(i: Instance) -> Iterator[Draft]:
    floor_ = i.policy.quality_floor
    assert floor_ is not None

    def reached(i: Instance, d: Decisions) -> float:
        jobs = d.jobs[:, :, -1].sum(axis=1)
        return float(i.quality @ jobs / max(jobs.sum(), 1e-9))

    yield 1, Clause(
        "quality_floor", "quality_floor", "quality_floor", f"mean quality of at least {floor_:g}",
        floor_, -1, 1e4, 0.1, lambda v: f"mean quality of {v:.1f} instead of {floor_:g}",
        lambda i, v: _policy(i, quality_floor=v), lambda v: f"quality.floor={v:.1f}", reached,
    )  # fmt: skip


def _gates(i: Instance) -> Iterator[Draft]:
    for n, (h, reason) in enumerate(i.policy.gated):
        name = i.names.get(i.sites[h], i.sites[h])
        yield len(i.years), switch(
            f"gate {i.sites[h]}", "gate", f"no hub at {name} ({reason})",
            f"a hub allowed at {name}",
            _drop("gated", n),
        )  # fmt: skip


def _fixed(i: Instance) -> Iterator[Draft]:
    for n, hub in enumerate(i.policy.fixed):
        site, size, year = i.sites[hub.site], i.sizes[hub.size], i.years[hub.year]
        name = i.names.get(site, site)
        yield 1, switch(
            f"fix {site} {size} {year}", "fix", f"a {size} hub at {name} by {year}",
            f"{name} not decided as a {size} hub by {year}",
            _drop("fixed", n),
        )  # fmt: skip


def _rivals(i: Instance) -> Iterator[Draft]:
    for n, (a, b) in enumerate(i.policy.rivals):
        names = " and ".join(i.names.get(i.sites[h], i.sites[h]) for h in (a, b))
        yield 1, switch(
            f"rival_sites {i.sites[a]} {i.sites[b]}", "rival_sites", f"not both {names}",
            f"both {names} allowed", _drop("rivals", n),
        )  # fmt: skip


def _count(i: Instance, field: str, text: str) -> Iterator[Draft]:
    limit = int(getattr(i.policy, field))
    rows = len(i.years) if field == "openings_per_year" else 1
    yield rows, Clause(
        field, field, field, f"at most {limit} {text}", limit, 1, 1.0, 1.0,
        lambda v: f"{_more(v - limit)} {text} ({v:.0f} instead of {limit})",
        lambda i, v: _policy(i, **{field: round(v)}), lambda v: f"hubs.{field}={v:.0f}",
    )  # fmt: skip


def _more(count: float) -> str:
    words = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}
    return f"{words.get(round(count), f'{count:.0f}')} more"


def _use(i: Instance) -> Iterator[Draft]:
    share = float(i.policy.minimum_use or 0.0)

    def reached(i: Instance, d: Decisions) -> float:
        desks = i.workstations_per_job
        found = share
        for t in range(1, len(i.years)):
            before = d.installed.copy()
            before[:, :, t:] = before[:, :, t - 1 : t]
            owed = np.bincount(
                i.site_basin, usable_workstations(i, before)[:, t], minlength=len(i.basins)
            )
            used = np.tensordot(d.jobs[:, :, t] - i.base_jobs, desks, axes=([1], [0]))
            if (used[owed <= 0] < -DUST).any():
                return 0.0  # jobs fall where no hub stands: no share of a hub allows that
            found = min([found, *(used[owed > 0] / owed[owed > 0])])
        return max(found, 0.0)

    yield len(i.basins) * (len(i.years) - 1), Clause(
        "minimum_use", "minimum_use", "minimum_use",
        f"hubs at least {share:.4g} in use from their second year", share, -1, 1e3, 0.01,
        lambda v: f"hubs {v:.2f} in use from their second year instead of {share:.4g}"
        if v > 0 else "no minimum use of hubs",
        lambda i, v: _policy(i, minimum_use=v or None), lambda v: f"hubs.minimum_use={v:.2f}",
        reached,
    )  # fmt: skip


DRAFTS: dict[str, Callable[[Instance], Iterator[Draft]]] = {
    "openings_per_year": lambda i: _count(i, "openings_per_year", "openings a year"),
    "max_open": lambda i: _count(i, "max_open", "hubs"),
    "rival_sites": _rivals,
    "minimum_use": _use,
    "demand": _demand,
    "job_target": _jobs,
    "export_target": _exports,
    "regional_floor": lambda i: _territories(i, "floors", "floor", -1),
    "regional_ceiling": lambda i: _territories(i, "ceilings", "ceiling", 1),
    "budget": _budgets,
    "budget_total": _totals,
    "quality_floor": _quality,
    "coverage": _coverage,
    "gate": _gates,
    "fix": _fixed,
}
