"""Commands about data: show, list, template, check, audit; and the options that choose data."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hubselect.regions import Regions

data_app = typer.Typer(help="The atlas: what it holds, where every value comes from, and yours.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Level = Annotated[str, typer.Option(help="region, province or commune.")]
Data = Annotated[
    Path | None,
    typer.Option(help="Your own data: a workbook or folder, over the atlas or a whole country."),
]


def regions_of(level: str, data: Path | None) -> Regions:
    """The atlas at a level, under the planner's own data where given."""
    from hubselect.regions import Regions

    if data is None:
        return Regions.morocco(level)
    from hubselect.own import stands_alone

    if stands_alone(data, Regions.morocco(level)):
        return Regions.read(data, level)
    return Regions.read(data, over=Regions.morocco(level))


@data_app.command("show")
def data_show(
    key: Annotated[str, typer.Argument(help="What, for example MA-03, casanearshore, CRM.")],
    field: Annotated[str | None, typer.Argument(help="Which figure; all when left out.")] = None,
    level: Level = "region",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show a value of the atlas with its unit, year, status, interval, formula and source."""
    regions = regions_of(level, data)
    held = regions.values[regions.values["key"] == key]
    if field is not None or held.empty:
        records = [asdict(regions.provenance(key, field or ""))]
    else:
        places = zip(held["table"], held["field"], strict=True)
        records = [asdict(regions.provenance(key, name, table=table)) for table, name in places]
    if as_json:
        print(dumps(records[0] if field is not None else records))
        return
    for record in records:
        shown = {name: value for name, value in record.items() if value not in ("", None)}
        print("\n".join(f"{name:>8}  {value}" for name, value in shown.items()))
        print()


@data_app.command("list")
def data_list(level: Level = "region", as_json: AsJson = False) -> None:
    """List the tables of the atlas, their keys and fields."""
    listing = regions_of(level, None).listing()
    records = listing.to_dict("records")
    print(dumps(records) if as_json else listing.to_string(index=False))


@data_app.command("template")
def data_template(
    out: Annotated[Path, typer.Argument(help="Workbook to write, .xlsx.")],
    level: Level = "region",
    language: Annotated[str, typer.Option(help="fr, en or ar.")] = "fr",
) -> None:
    """Write a workbook to fill in: units, notes, drop-downs, today's values."""
    from hubselect.own import write_template

    write_template(out, regions_of(level, None), language=language)
    say(f"template written to {out}")


@data_app.command("check")
def data_check(
    file: Annotated[Path, typer.Argument(help="Your workbook or folder.")],
    level: Level = "region",
    as_json: AsJson = False,
) -> None:
    """List every problem of your data by sheet and cell, or by file, row and column."""
    from hubselect.errors import DataError
    from hubselect.own import check, stands_alone
    from hubselect.regions import Regions

    atlas = Regions.morocco(level)
    alone = stands_alone(file, atlas)
    regions, problems, notes = check(file, level=level, over=None if alone else atlas)
    if as_json:
        print(dumps({"problems": [asdict(p) for p in problems],
                     "notes": [asdict(n) for n in notes]}))  # fmt: skip
    for note in () if as_json else notes:
        print(f"note: {note}")
    if problems:
        raise DataError(problems)
    if regions is not None and not as_json:
        changed = int(regions.values["status"].eq("planner").sum())
        over = "a data set of its own" if alone else f"over the atlas of {len(atlas)} basins"
        print(f"no problem: {changed} values, {over}")


@data_app.command("audit")
def data_audit(
    html: Annotated[Path | None, typer.Option(help="Also write a page that opens offline.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Coverage by grain, age, status, national sums, contradictions and outliers."""
    from hubselect import atomic
    from hubselect.data_audit import audit_data, page, text
    from hubselect.schema import LEVELS

    levels = LEVELS if data is None else LEVELS[:1]
    found = audit_data([regions_of(level, data) for level in levels])
    if html is not None:
        atomic.write_text(html, page(found))
        say(f"page written to {html}")
    records = {
        name: table.astype(object).where(table.notna(), None).to_dict("records")
        for name, table in found.items()
    }
    print(dumps(records) if as_json else text(found))


def dumps(document: Any) -> str:
    """JSON text of a document that may hold NumPy values."""
    return json.dumps(document, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: Any) -> Any:
    """NumPy scalars and arrays as plain numbers and lists."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def say(line: str) -> None:
    """A line on stderr."""
    print(line, file=sys.stderr)
