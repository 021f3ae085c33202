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
        if known.get("key") != about["key"]:
            what = f"holds another sweep: {_differs(known, about)}"
            expected = "an empty folder, or the same data, scenario, futures and settings"
            raise DataError([Problem(str(folder), what, expected)])
        if (folder / DRAWN).exists():
            return
    atomic.write_text(folder / DRAWN, drawn.to_csv())
    atomic.write_text(folder / ABOUT, json.dumps({"format": FORMAT, **about}, indent=1))


def _differs(known: dict[str, Any], about: dict[str, Any]) -> str:
    """In what two sweeps differ, as far as they tell."""
    told = [
        f"{name} {known.get(name)!r} there, {value!r} asked"
        for name, value in about.items()
        if name != "key" and known.get(name) != value
    ]
    return "; ".join(told) or "what is drawn, or the scores"


def read_about(folder: Path) -> dict[str, Any]:
    """What a sweep's folder says of itself.

    Raises:
        DataError: it is not a sweep's folder.
    """
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        if about["format"] != FORMAT:
            raise ValueError(f"format {about['format']!r}, expected {FORMAT!r}")
        about |= {name: int(about[name]) for name in ("futures", "block")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        expected = f"a folder with {ABOUT}"
        raise DataError([Problem(str(folder), f"is no sweep: {error}", expected)]) from error
    return dict(about)


def read_drawn(folder: Path) -> pd.DataFrame:
    """What distinguishes the futures.

    Raises:
        DataError: the table is not there, or is none.
    """
    return _table(folder / DRAWN)


def write_part(folder: Path, block: int, rows: pd.DataFrame) -> None:
    """Write a block's rows; floats so that they are read back exactly."""
    atomic.write_text(folder / f"part-{block:05d}.csv", rows.to_csv(float_format="%.17g"))


def read_parts(folder: Path, about: dict[str, Any]) -> dict[int, pd.DataFrame]:
    """Rows of every finished block.

    Raises:
        DataError: a part does not hold the futures of its block; listing all such.
    """
    size, count = int(about["block"]), int(about["futures"])
    parts, problems = {}, []
    for path in sorted(folder.glob("part-*.csv")):
        number = path.stem.removeprefix("part-")
        if not number.isdecimal():
            problems.append(Problem(path.name, "is no part", "part-, the number of a block, .csv"))
            continue
        try:
            block, rows = int(number), _table(path)
        except DataError as error:
            problems += error.problems
            continue
        asked = range(block * size, min((block + 1) * size, count))
        if not asked or list(rows.index) != list(asked):
            expected = f"futures {asked[0]} to {asked[-1]}" if asked else "no such part"
            again = "delete the file to have them solved again"
            problems.append(Problem(path.name, f"has {len(rows)} rows", expected, again))
        parts[block] = rows
    if problems:
        raise DataError(problems)
    return parts


def _table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, index_col="future")
    except (OSError, ValueError) as error:  # pandas raises ValueErrors of its own
        what = f"cannot be read: {str(error).splitlines()[0]}"
        raise DataError([Problem(str(path), what, "a table with a column 'future'")]) from error
