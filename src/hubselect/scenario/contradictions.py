"""Problems between settings that each look right alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hubselect.errors import Problem, nearest
from hubselect.scenario.reading import Merged
from hubselect.scenario.sections import KINDS, Document


def contradictions(document: Document, merged: Merged) -> Iterator[Problem]:
    """Every problem between settings of a document, with its place."""
    yield from _horizon(document, merged)
    yield from _years(document, merged)
    yield from _coverage(document, merged)
    yield from _periods(document, merged)
    training = document.training
    if training.cohort_programmes and training.cohort_size is None:
        where = _place(merged, "training", "cohort_programmes")
        yield Problem(where, "names programmes without a size", "a training.cohort_size as well")


def _horizon(document: Document, merged: Merged) -> Iterator[Problem]:
    horizon = document.horizon
    if not horizon.base_year < horizon.first_year <= horizon.last_year:
        yield Problem(
            merged.origin(("horizon",)) or "horizon",
            f"years {horizon.base_year}, {horizon.first_year}, {horizon.last_year}",
            "base_year < first_year ≤ last_year",
        )
    if horizon.first_year != horizon.base_year + 1:
        yield Problem(
            merged.origin(("horizon", "first_year")) or "horizon.first_year",
            f"{horizon.first_year} does not follow the base year {horizon.base_year}",
            f"{horizon.base_year + 1}",
        )


def _years(document: Document, merged: Merged) -> Iterator[Problem]:
    """Years outside the horizon."""
    horizon = document.horizon
    by_year: dict[tuple[str, ...], Mapping[int, Any]] = {
        ("targets", "jobs"): document.targets.jobs,
        ("targets", "exports"): document.targets.exports,
        **{("budget", "yearly", p): v for p, v in document.budget.yearly.items()},
    }
    for n, hub in enumerate(document.hubs.decided):
        by_year["hubs", "decided", str(n)] = {hub.year: hub}
    for n, row in enumerate(document.regions.coverage):
        if row.year is not None:
            by_year["regions", "coverage", str(n)] = {row.year: row}
    for n, period in enumerate(document.budget.periods):
        ends = {period.first_year: period, period.last_year: period}
        by_year["budget", "periods", str(n)] = ends
    for segment, factors in document.demand.factor.items():
        by_year["demand", "factor", segment] = factors
    for path, values in by_year.items():
        for year in values:
            if not horizon.first_year <= year <= horizon.last_year:
                where = merged.origin((*path, str(year))) or ".".join(path)
                expected = f"a year from {horizon.first_year} to {horizon.last_year}"
                yield Problem(where, f"{'.'.join(path)} has year {year}", expected)


def _coverage(document: Document, merged: Merged) -> Iterator[Problem]:
    for n, row in enumerate(document.regions.coverage):
        if (row.within_km is None) == (row.within_minutes is None):
            what = "says neither or both of within_km and within_minutes"
            yield Problem(_place(merged, "regions", "coverage", str(n)), what, "one of them")


def _periods(document: Document, merged: Merged) -> Iterator[Problem]:
    for n, period in enumerate(document.budget.periods):
        where = _place(merged, "budget", "periods", str(n))
        if period.first_year > period.last_year:
            what = f"runs from {period.first_year} to {period.last_year}"
            yield Problem(where, what, "first_year ≤ last_year")
        paid = KINDS[period.payer]
        for kind in period.kinds:
            if kind not in paid:
                what = f"'{kind}' is not a kind of cost that {period.payer} pays in cash"
                yield Problem(where, what, "", nearest(kind, paid))


def _place(merged: Merged, *path: str) -> str:
    return f"{merged.origin(path) or ''} {'.'.join(path)}".strip()
