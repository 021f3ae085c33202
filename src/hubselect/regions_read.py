"""Reading the long tables of an atlas, and saying every problem of a file at its row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from hubselect.errors import DataError, Problem, nearest
from hubselect.schema import COLUMNS, LEVELS, TABLES, Table, path_of

WHERE = ("table", "file", "row")


def available_levels(folder: Path) -> tuple[str, ...]:
    """Levels the atlas in `folder` holds."""
    return tuple(level for level in LEVELS if (folder / level / "basins.csv").is_file())


def read_tables(folder: Path, level: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Every table of `level` as one long frame of text, and the problems of the files.

    The frame has the columns of `schema.COLUMNS` plus table, file and row (the line in the file).
    Raises DataError when the folder or the level is not there at all.
    """
    _require_level(folder, level)
    rows: list[tuple[str | int, ...]] = []
    problems: list[Problem] = []
    for spec in TABLES:
        file = path_of(spec.name, level)
        try:
            rows += _rows(folder / file, spec, file, problems)
        except FileNotFoundError:
            if spec.required:
                problems.append(Problem(file, "the file is missing", "a table of the atlas"))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            problems.append(Problem(file, f"cannot be read: {error}", "a UTF-8 CSV file"))
    return pd.DataFrame(rows, columns=[*WHERE, *COLUMNS]).astype(object), problems


def _require_level(folder: Path, level: str) -> None:
    if not folder.is_dir():
        raise DataError([Problem(str(folder), "is not a folder", "an atlas folder")])
    levels = available_levels(folder)
    if level not in levels:
        hint = nearest(level, levels) if levels else "no level has a basins.csv"
        raise DataError([Problem(str(folder), f"has no level '{level}'", hint=hint)])


def _rows(
    path: Path, spec: Table, file: str, problems: list[Problem]
) -> Iterator[tuple[str | int, ...]]:
    """Rows of one file; ragged rows and missing columns become problems."""
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.reader(handle, strict=True)
        header = next(reader, [])
        absent = [c for c in COLUMNS if c not in header]
        problems.extend(
            Problem(file, f"column {c} is missing", hint=nearest(c, header)) for c in absent
        )
        if absent:
            return
        places = [header.index(c) for c in COLUMNS]
        for cells in reader:
            row = reader.line_num
            if len(cells) != len(header):
                what = f"has {len(cells)} cells"
                problems.append(Problem(f"{file} row {row}", what, f"{len(header)} cells"))
                continue
            yield (spec.name, file, row, *(cells[p].strip() for p in places))


def read_contradictions(folder: Path) -> pd.DataFrame:
    """Values that lost against the current ones, with the table each belongs to; may be empty."""
    path = folder / "national" / "contradictions.csv"
    if not path.is_file():
        return pd.DataFrame(columns=["table", *COLUMNS])
    return pd.read_csv(path, dtype=str, keep_default_na=False)
