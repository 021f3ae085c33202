"""Plan: what is built and funded where and when, what it costs, and the proof.

A plan carries its instance, so it can be audited, re-read and explained without the files it
was made from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from hubselect import audit as certificate
from hubselect import payers, tables
from hubselect.consistency import Statement
from hubselect.decisions import Decisions
from hubselect.errors import CertificateError, DataError, Problem
from hubselect.instance import Instance
from hubselect.ledger import ledger

FORMAT = "hubselect-plan/1"


class Facts(BaseModel):
    """How the plan was made and what is proven of it. Money in MAD, time in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: str
    title: str
    outcome: Literal["proven", "feasible"]
    stopped_by: str
    objective_mad: float
    bound_mad: float | None
    gap: float | None
    gap_asked: float
    nodes: int
    solve_seconds: float
    seconds: float
    solver: str
    threads: int | None
    seed: int | None
    time_limit: float
    columns: int
    rows: int
    nonzeros: int
    versions: dict[str, str]
    data_hash: str
    scenario_hash: str
    instance_hash: str
    created: str


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan. Tables carry the user's ids; `audit()` recomputes every equation."""

    facts: Facts
    instance: Instance
    decisions: Decisions
    statements: tuple[Statement, ...] = ()
    scenario: Mapping[str, Any] = field(default_factory=dict, repr=False)
    scores: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    places: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    geometry: gpd.GeoDataFrame | None = field(default=None, repr=False)

    @property
    def outcome(self) -> str:
        """'proven': the gap is within the one asked; 'feasible': a plan, its gap wider."""
        return self.facts.outcome

    @cached_property
    def hubs(self) -> pd.DataFrame:
        """Openings and enlargements: site, region, year, size, workstations, capex."""
        return tables.hubs(self.instance, self.decisions)

    @cached_property
    def jobs(self) -> pd.DataFrame:
        """Jobs at 31 December by region, segment and year (heads)."""
        return self._decided("jobs")

    @cached_property
    def site_jobs(self) -> pd.DataFrame:
        """Jobs split over each region's hubs and other offices, by usable workstations."""
        return tables.site_jobs(self.instance, self.decisions)

    @cached_property
    def hires(self) -> pd.DataFrame:
        """Gross hires of the year by region and segment (heads)."""
        return self._decided("hires")

    @cached_property
    def recruits(self) -> pd.DataFrame:
        """Staff by region of residence, region of work, profile and year (heads, stock)."""
        return tables.recruits(self.instance, self.decisions)

    @cached_property
    def seats(self) -> pd.DataFrame:
        """Funded seats by region, programme and year, and places added (heads)."""
        return tables.seats(self.instance, self.decisions)

    @cached_property
    def available(self) -> pd.DataFrame:
        """Talent, staff drawn from it and who is left, by region, skill and year (heads)."""
        return tables.available(self.instance, self.decisions)

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """People of each group in `regions.coverage` near an open hub, by year (heads, shares)."""
        return tables.coverage(self.instance, self.decisions)

    @cached_property
    def costs(self) -> pd.DataFrame:
        """The cost ledger: payer, kind, region, year, MMAD, present value, counted or not."""
        return ledger(self.instance, self.decisions)

    @cached_property
    def payers(self) -> pd.DataFrame:
        """Each payer by year: cash, present value, given, received, cost per additional job."""
        return payers.payers(self.instance, self.decisions)

    @cached_property
    def regions(self) -> pd.DataFrame:
        """Summary by region."""
        return tables.by_region(self.instance, self.decisions)

    @cached_property
    def national(self) -> pd.DataFrame:
        """Summary by year."""
        return tables.national(self.instance, self.decisions)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name."""
        names = (
            "hubs", "jobs", "site_jobs", "hires", "recruits", "seats", "available",
            "coverage", "costs", "payers", "regions", "national",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}

    def audit(self) -> certificate.Audit:
        """Recompute every equation and the cost from the tables, without solver or model."""
        decided = tables.decision_tables(self.instance, self.decisions)
        return certificate.audit(self.instance, decided, self.facts.objective_mad / 1e6)

    def certify(self) -> Plan:
        """This plan, once its audit has passed.

        Raises:
            CertificateError: a constraint or the cost does not hold; names the worst ones.
        """
        result = self.audit()
        if not result.passed:
            failed = result.table[result.table["max_violation"] > certificate.TOLERANCE]
            listed = "; ".join(
                f"{row['family']} by {row['max_violation']:.2g} at {row['where']}"
                for row in tables.records(failed)
            )
            raise CertificateError(
                f"the plan breaks {listed or 'its stated cost'} "
                f"(cost error {result.objective_error:.2g})"
            )
        return self

    def summary(self) -> dict[str, Any]:
        """The plan in one JSON object, as `hubselect solve --json` prints it (MAD, heads)."""
        last = tables.records(self.national)[-1]
        facts = self.facts
        costs = self.costs.groupby(["payer", "kind", "year", "counted"], as_index=False)[
            ["mad_million", "discounted_mad_million"]
        ].sum()
        return {
            "scenario": facts.scenario,
            "outcome": facts.outcome,
            "stopped_by": facts.stopped_by,
            "objective_mad": facts.objective_mad,
            "bound_mad": facts.bound_mad,
            "gap": facts.gap,
            "seconds": facts.seconds,
            "year": last["year"],
            f"jobs_{last['year']}": last["jobs"],
            f"exports_{last['year']}_mad": last["exports_mad_million"] * 1e6,
            "hubs": tables.records(self.hubs),
            "seats": tables.records(
                self.seats.loc[self.seats["seats"] > 0, ["region", "programme", "year", "seats"]]
            ),
            "costs": [
                {
                    "payer": row["payer"],
                    "kind": row["kind"],
                    "year": row["year"],
                    "mad": row["mad_million"] * 1e6,
                    "discounted_mad": row["discounted_mad_million"] * 1e6,
                    "counted": row["counted"],
                }
                for row in tables.records(costs)
            ],
            "statements": [s.to_dict() for s in self.statements],
            "audit": self.audit().to_dict(),
            "facts": facts.model_dump(),
        }

    def to_json(self) -> str:
        """The whole plan as JSON; `from_json` restores it exactly, but for region outlines."""
        document = {
            "format": FORMAT,
            "facts": self.facts.model_dump(),
            "scenario": dict(self.scenario),
            "statements": [s.to_dict() for s in self.statements],
            "instance": self.instance.to_dict(),
            "decisions": {
                name: table.to_dict("list")
                for name, table in tables.decision_tables(self.instance, self.decisions).items()
            },
            "scores": json.loads(self.scores.to_json(orient="split", double_precision=15)),
            "places": json.loads(self.places.to_json(orient="split", double_precision=15)),
        }
        return json.dumps(document, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, *, geometry: gpd.GeoDataFrame | None = None) -> Plan:
        """Read a plan that `to_json` wrote, and certify it.

        Raises:
            DataError: the text is not a plan of this format.
            CertificateError: the plan does not satisfy its own constraints.
        """
        try:
            document = json.loads(text)
            if document["format"] != FORMAT:
                raise ValueError(f"format {document['format']!r}, expected {FORMAT!r}")
            instance = Instance.from_dict(document["instance"])
            decided = {n: pd.DataFrame(t) for n, t in document["decisions"].items()}
            plan = cls(
                facts=Facts.model_validate(document["facts"]),
                instance=instance,
                decisions=tables.decisions_from(instance, decided),
                statements=tuple(Statement(**s) for s in document["statements"]),
                scenario=document["scenario"],
                scores=_frame(document["scores"]),
                places=_frame(document["places"]),
                geometry=geometry,
            )
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            problem = Problem("plan", f"is not a readable plan: {error}", "a plan.json file")
            raise DataError([problem]) from error
        if plan.instance.hash != plan.facts.instance_hash:
            raise CertificateError("the plan's instance is not the one it was solved for")
        return plan.certify()

    @classmethod
    def read(cls, path: str | Path) -> Plan:
        """Read plan.json, or a folder that holds it.

        Raises:
            DataError: unreadable or not a plan.
            CertificateError: the plan does not satisfy its own constraints.
        """
        file = Path(path)
        file = file / "plan.json" if file.is_dir() else file
        try:
            return cls.from_json(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise DataError([Problem(str(file), f"cannot be read: {error}")]) from error
        except DataError as error:
            named = (Problem(str(file), p.what, p.expected, p.hint) for p in error.problems)
            raise DataError(named) from error

    def write(self, folder: str | Path) -> Path:
        """Write plan.json, one CSV a table, plan.txt and plan.gpkg; each file whole or absent.

        plan.json comes last: a folder that holds it is complete. Returns the folder.

        Raises:
            OSError: the folder cannot be written.
        """
        from hubselect.report.files import write_plan

        return write_plan(self, Path(folder))

    def __repr__(self) -> str:
        facts, last = self.facts, tables.records(self.national)[-1]
        gap = "unknown" if facts.gap is None else f"{facts.gap:.2%}"
        return (
            f"Plan({facts.scenario}: {facts.outcome}, {facts.objective_mad / 1e9:.2f} bn MAD, gap "
            f"{gap}, {last['hubs_open']} hubs, {last['jobs']:,.0f} jobs in {last['year']})"
        )

    def _decided(self, name: str) -> pd.DataFrame:
        return tables.decision_tables(self.instance, self.decisions)[name].rename(
            columns={"value": name}
        )


def _frame(document: Mapping[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(document["data"], index=document["index"], columns=document["columns"])
