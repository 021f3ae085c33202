"""Laws of data: splits keep sums, files read back, overrides touch nothing else."""

from __future__ import annotations

import copy
import importlib.util
import math
import tempfile
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import country
import hubselect as hs

BUILD = Path(__file__).resolve().parents[2] / "data" / "regions" / "build"
money = st.floats(1, 1e6, allow_nan=False)


def module(name: str) -> ModuleType:
    """A module of the build script."""
    spec = importlib.util.spec_from_file_location(name, BUILD / f"{name}.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@given(
    weights=st.lists(st.floats(0, 1e6), min_size=1, max_size=40).filter(lambda w: sum(w) > 1e-3),
    total=st.integers(0, 100_000),
)
def test_splitting_in_whole_numbers_keeps_the_sum(weights: list[float], total: int) -> None:
    split = module("apportion").largest_remainder
    parts = split({str(n): w for n, w in enumerate(weights)}, total)
    assert sum(parts.values()) == total
    for n, weight in enumerate(weights):
        quota = total * weight / sum(weights)
        assert math.floor(quota) - 1 <= parts[str(n)] <= math.ceil(quota) + 1


@settings(max_examples=15, deadline=None)
@given(rents=st.dictionaries(st.sampled_from(sorted(country.REGIONS)), money, min_size=1))
def test_an_override_changes_what_it_names_and_nothing_else(rents: dict[str, float]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = hs.Regions.read(country.write_folder(folder / "all", country.tables()))
        lines = ["key,office_rent", *(f"{k},{v!r}" for k, v in rents.items())]
        (folder / "mine").mkdir()
        (folder / "mine" / "basins.csv").write_text("\n".join(lines) + "\n", "utf-8")
        mine = hs.Regions.read(folder / "mine", over=base)
    before, after = base.table("basins"), mine.table("basins")
    assert after["office_rent"].to_dict() == before["office_rent"].to_dict() | rents
    rest = [c for c in before.columns if c != "office_rent"]
    assert before[rest].equals(after[rest])
    assert (mine.hash == base.hash) == (after.equals(before))


@settings(max_examples=8, deadline=None)
@given(jobs=st.lists(money, min_size=10, max_size=10))
def test_workbook_and_folder_read_back_what_was_written(jobs: list[float]) -> None:
    tables = copy.deepcopy(country.tables())
    for row, value in zip(tables["jobs"].values(), jobs, strict=True):
        row["jobs"] = value
    with tempfile.TemporaryDirectory() as name:
        book = country.write_workbook(Path(name) / "book.xlsx", tables)
        folder = country.write_folder(Path(name) / "folder", tables)
        read = [hs.Regions.read(p).table("jobs")["jobs"] for p in (book, folder)]
    expected = {key: row["jobs"] for key, row in tables["jobs"].items()}
    assert read[1].to_dict() == expected
    assert read[0].to_dict() == pytest.approx(expected, rel=1e-12)  # a sheet keeps 16 digits
