"""Committed inputs: policy facts, indicators, places, census extract, hand-made rows."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from figures import Figure, number

Row = dict[str, str]
HOME = Path(__file__).resolve().parents[1]
STATUS = {
    "official": "official",
    "official (via press)": "press",
    "press": "press",
    "vendor": "press",
    "estimate": "derived",
}
PREFIX = {"official (via press)": "official via press", "vendor": "vendor claim"}


def rows(path: Path) -> list[Row]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as handle:
        return [dict(r) for r in csv.DictReader(handle)]


@dataclass(frozen=True)
class Fact:
    """One policy fact, id F001… in the order of the snapshot."""

    key: str
    topic: str
    item: str
    value: str
    unit: str
    year: str
    scope: str
    address: str
    status: str
    note: str

    @property
    def source(self) -> str:
        """Short citation: the host that carries the page."""
        host = urlsplit(self.address).netloc
        return host.removeprefix("www.").removeprefix("m.")

    def figures(self) -> list[Figure]:
        """Rows of national/facts.csv."""
        value = number(self.value)
        stated = (
            Figure(self.key, "stated_text", self.value, "text", self.year, self.status,
                   self.source, self.address, f"unit: {self.unit}. {self.note}".strip())
            if value is None
            else Figure(self.key, "stated", value, self.unit, self.year, self.status,
                        self.source, self.address, self.note)
        )  # fmt: skip
        texts = {"topic": self.topic, "item": self.item, "scope": self.scope or "not stated"}
        return [
            stated,
            *(
                Figure(self.key, f, t, "text", self.year, self.status, self.source, self.address)
                for f, t in texts.items()
            ),
        ]


def facts() -> dict[str, Fact]:
    """Policy facts by id."""
    out: dict[str, Fact] = {}
    for n, r in enumerate(rows(HOME / "snapshots" / "policy_facts.csv"), 1):
        prefix = PREFIX.get(r["confidence"], "")
        note = ". ".join(x for x in (prefix, r["note"]) if x)
        key = f"F{n:03d}"
        out[key] = Fact(
            key, r["topic"].split(" ", 1)[1], r["item"], r["value"], r["unit"],
            r["year"] or "not stated", r["scope"], r["source_url"], STATUS[r["confidence"]], note,
        )  # fmt: skip
    return out


def curated(name: str) -> list[Figure]:
    """Hand-made rows of one table; a fact id fills in source, address and year."""
    known = facts()
    out = []
    for r in rows(HOME / "curated" / f"{name}.csv"):
        fact = known[r["fact"]] if r["fact"] else None
        note = f"{r['note']} [{fact.key}]".strip() if fact else r["note"]
        value = r["value"] if r["unit"] == "text" else float(r["value"])
        out.append(
            Figure(
                r["key"], r["field"], value, r["unit"],
                r["year"] or (fact.year if fact else ""), r["status"],
                r["source"] or (fact.source if fact else ""),
                r["address"] or (fact.address if fact else ""), note,
                number(r["low"]), number(r["high"]),
            )
        )  # fmt: skip
    return out


def indicators() -> list[Row]:
    """Regional indicators, long."""
    return rows(HOME / "snapshots" / "region_indicators.csv")


def capitals() -> dict[str, Row]:
    """Capital of each region, by region code."""
    return {r["region_code"]: r for r in rows(HOME / "snapshots" / "region_capitals.csv")}


def communes() -> list[Row]:
    """Communes with population and a point inside each."""
    return rows(HOME / "snapshots" / "communes.csv")


def provinces() -> dict[str, Row]:
    """Provinces by HCP code."""
    return {r["province_code"]: r for r in rows(HOME / "snapshots" / "provinces.csv")}


def airports() -> list[Row]:
    """Airports with passenger service."""
    return rows(HOME / "snapshots" / "airports.csv")
