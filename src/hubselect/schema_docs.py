"""What the schema says, in other forms: JSON Schema of a table's row, and a page of fields."""

from __future__ import annotations

import math
from typing import Any

from hubselect.schema import BY_NAME, REQUIRED, TABLES, Field
from hubselect.schema_indicators import INDICATORS
from hubselect.schema_words import LANGUAGES, label_of

_HEAD = """# Fields a plan reads

Generated from `hubselect.schema` by `python -m hubselect.schema_docs`; a test keeps it up to date.
Every table may hold more fields; these must be there. Labels are those of the template.

"""


def fields_of(table: str) -> list[Field]:
    """Required fields of a table, each name once, in the order of the schema."""
    return list({f.name: f for f in REQUIRED if f.table == table}.values())


def json_schema(table: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of one row of a wide table, made by pydantic from the declaration.

    Raises KeyError for an unknown table.
    """
    from pydantic import ConfigDict, create_model

    made: dict[str, Any] = {"key": (str, ...)}
    made |= {f.name: _annotated(f) for f in fields_of(BY_NAME[table].name)}
    config = ConfigDict(extra="allow", title=table)
    model = create_model(table, __config__=config, **made)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}


def _annotated(f: Field) -> tuple[Any, Any]:
    from pydantic import Field as Stated

    low, high = (x if math.isfinite(x) else None for x in (f.minimum, f.maximum))
    extra: dict[str, Any] = {
        "unit": f.unit,
        "labels": {n: label_of(f.table, f.name, n) for n in LANGUAGES},
    }
    # a field that only some keys have is optional in a row
    default: Any = None if f.keys or f.prefix else ...
    about = Stated(
        default,
        ge=low,
        le=high,
        description=label_of(f.table, f.name, "en"),
        json_schema_extra=extra,
    )
    if f.kind == "text":
        about = Stated(
            default, description=label_of(f.table, f.name, "en"), json_schema_extra=extra
        )
        return (str | None if default is None else str, about)
    return (float | None if default is None else float, about)


def page() -> str:
    """docs/data-fields.md."""
    parts = [_HEAD]
    for table in TABLES:
        fields = fields_of(table.name)
        if not fields:
            continue
        keys = ", ".join(f"`{k}`" for k in table.keys) or " / ".join(table.cross) or "your own"
        parts.append(f"## {table.name}\n\nKeys: {keys}.\n\n")
        parts.append(
            "| field | unit | bounds | français | English | العربية |\n|---|---|---|---|---|---|\n"
        )
        for f in fields:
            words = " | ".join(label_of(f.table, f.name, n) for n in LANGUAGES)
            parts.append(f"| `{f.name}` | {f.unit} | {_bounds(f)} | {words} |\n")
        parts.append("\n")
    parts.append(
        "## Indicators\n\nFields of the atlas that no plan needs; the score reads some.\n\n"
    )
    parts.append("| field | français | English | العربية |\n|---|---|---|---|\n")
    parts += [f"| `{name}` | {' | '.join(words)} |\n" for name, words in INDICATORS.items()]
    return "".join(parts).rstrip() + "\n"


def _bounds(f: Field) -> str:
    low, high = math.isfinite(f.minimum), math.isfinite(f.maximum)
    whole = ", whole" if f.whole else ""
    if low and high:
        return f"{f.minimum:g} to {f.maximum:g}{whole}"
    return f"{f.minimum:g} or more{whole}" if low else whole.removeprefix(", ")


if __name__ == "__main__":
    from pathlib import Path

    Path("docs/data-fields.md").write_text(page(), encoding="utf-8")
