"""One declaration: checks, JSON Schema, page of fields, labels and template agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import hubselect as hs
from hubselect.schema import REQUIRED, TABLES
from hubselect.schema_docs import fields_of, json_schema, page
from hubselect.schema_indicators import INDICATORS
from hubselect.schema_words import LABELS, LANGUAGES, label_of

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_fields_is_up_to_date() -> None:
    assert (ROOT / "docs" / "data-fields.md").read_text("utf-8") == page()


def test_every_field_has_a_label_in_three_languages() -> None:
    for f in REQUIRED:
        assert f.name in LABELS or f"{f.table}.{f.name}" in LABELS, f.name
        assert re.search(r"[\u0600-\u06ff]", label_of(f.table, f.name, "ar")), f.name
    for words in (*LABELS.values(), *INDICATORS.values()):
        assert len(words) == len(LANGUAGES)
        assert all(w.strip() for w in words)


@pytest.mark.parametrize("level", ["region", "province", "commune"])
def test_every_column_of_the_template_has_a_label_in_three_languages(level: str) -> None:
    atlas = hs.Regions.morocco(level)
    for table in (t for t in atlas.tables if t not in ("facts", "indicators")):
        for name in atlas.table(table).columns:
            assert re.search(r"[\u0600-\u06ff]", label_of(table, name, "ar")), (table, name)
            assert "_" not in label_of(table, name, "fr"), (table, name)


@pytest.mark.parametrize("table", [t.name for t in TABLES if fields_of(t.name)])
def test_the_json_schema_states_fields_units_and_bounds(table: str) -> None:
    document = json_schema(table)
    assert document["title"] == table
    for f in fields_of(table):
        stated = document["properties"][f.name]
        assert stated["unit"] == f.unit
        assert set(stated["labels"]) == set(LANGUAGES)
        text = str(stated)
        if f.kind == "number" and f.maximum == 100 and f.minimum == 0:
            assert "'maximum': 100" in text and "'minimum': 0" in text


@pytest.mark.parametrize("level", ["region", "province"])
def test_the_shipped_rows_satisfy_the_json_schema(level: str) -> None:
    atlas = hs.Regions.morocco(level)
    for table in ("basins", "segments", "skills", "programmes", "sites"):
        document, wide = json_schema(table), atlas.table(table)
        assert set(document["required"]) - {"key"} <= set(wide.columns)
        for name, stated in document["properties"].items():
            if "maximum" in stated:
                assert wide[name].dropna().between(stated["minimum"], stated["maximum"]).all()
