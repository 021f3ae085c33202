"""A sweep on disk: what it is, what was drawn, and one part a block, each whole or absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from hubselect import atomic
from hubselect.errors import DataError, Problem

FORMAT = "hubselect-sweep/1"
ABOUT, DRAWN = "sweep.json", "drawn.csv"


def begin(folder: Path, about: dict[str, Any], drawn: pd.DataFrame) -> None:
    """Make a sweep's folder, or find that it holds the same sweep.

    Raises:
        DataError: the folder holds another sweep, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError([Problem(str(folder), f"cannot be made: {error.strerror}")]) from error
    if (folder / ABOUT).exists():
        known = read_about(folder)
        if known["key"] != about["key"]:
            what = f"holds another sweep ({known['futures']} futures of {known['scenario']})"
            expected = "an empty folder, or the same data, scenario, futures and settings"
            raise DataError([Problem(str(folder), what, expected)])
        return
    atomic.write_text(folder / DRAWN, drawn.to_csv())
    atomic.write_text(folder / ABOUT, json.dumps({"format": FORMAT, **about}, indent=1))


def read_about(folder: Path) -> dict[str, Any]:
    """What a sweep's folder says of itself.

    Raises:
        DataError: it is not a sweep's folder.
    """
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        if about["format"] != FORMAT:
            raise ValueError(f"format {about['format']!r}, expected {FORMAT!r}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        expected = f"a folder with {ABOUT}"
        raise DataError([Problem(str(folder), f"is no sweep: {error}", expected)]) from error
    return dict(about)


def read_drawn(folder: Path) -> pd.DataFrame:
    """What distinguishes the futures."""
    return pd.read_csv(folder / DRAWN, index_col="future")


def write_part(folder: Path, block: int, rows: pd.DataFrame) -> None:
    """Write a block's rows; floats so that they are read back exactly."""
    atomic.write_text(folder / f"part-{block:05d}.csv", rows.to_csv(float_format="%.17g"))


def read_parts(folder: Path) -> dict[int, pd.DataFrame]:
    """Rows of every finished block."""
    return {
        int(path.stem.removeprefix("part-")): pd.read_csv(path, index_col="future")
        for path in sorted(folder.glob("part-*.csv"))
    }
