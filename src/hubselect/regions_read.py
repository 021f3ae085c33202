"""Reading the tables of an atlas, and saying every problem of a file at its row.

A table is a long CSV file (a row a figure) or, where a grain has many basins, two compact files:
`name.wide.csv` (a row a key, a column a field) and `name.fields.csv` (unit, year, status, source,
interval factors of each field). A level may add to or override a national table.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hubselect.errors import DataError, Problem, nearest
from hubselect.schema import COLUMNS, FILES, LEVELS, TABLES, Table, path_of

WHERE = ("table", "file", "row", "cell")
META = ("unit", "year", "status", "source", "address", "note")
COMPACT = ("field", "low_factor", "high_factor", *META)
SAME = ["table", "key", "field"]


def available_levels(folder: Path) -> tuple[str, ...]:
    """Levels the atlas in `folder` holds."""
    forms = ("basins.csv", "basins.wide.csv")
    return tuple(v for v in LEVELS if any((folder / v / form).is_file() for form in forms))


def read_tables(folder: Path, level: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Every table of `level` as one long frame of text, and the problems of the files.

    The frame has the columns of `schema.COLUMNS` plus table, file, row (the line in the file) and
    cell (empty, or 'wide' where the field is a column of the file).
    Raises DataError when the folder or the level is not there at all.
    """
    _require_level(folder, level)
    rows: list[tuple[str | int, ...]] = []
    compact: list[pd.DataFrame] = []
    problems: list[Problem] = []
    for spec in TABLES:
        for file in _files(folder, spec, level):
            try:
                if file.endswith(".wide.csv"):
                    compact.append(_compact(folder, file, spec, problems))
                else:
                    rows += _rows(folder / file, spec, file, problems)
            except FileNotFoundError:
                if spec.required:
                    problems.append(Problem(file, "the file is missing", "a table of the atlas"))
            except (OSError, UnicodeDecodeError, csv.Error, pd.errors.ParserError) as error:
                problems.append(Problem(file, f"cannot be read: {error}", "a UTF-8 CSV file"))
    frame = pd.DataFrame(rows, columns=[*WHERE, *COLUMNS]).astype(object)
    if compact:
        frame = pd.concat([frame, *compact], ignore_index=True)
    return _overridden(frame, level), problems


def _files(folder: Path, spec: Table, level: str) -> list[str]:
    """Files of a table, the overriding one of the level last."""
    file = path_of(spec.name, level)
    wide = file.replace(".csv", ".wide.csv")
    first = wide if not (folder / file).is_file() and (folder / wide).is_file() else file
    own = f"{level}/{spec.name}.csv"
    taken = spec.place == "grain" or spec.name in FILES.values()  # a grain table's file name
    return [first, own] if not taken and (folder / own).is_file() else [first]


def _overridden(frame: pd.DataFrame, level: str) -> pd.DataFrame:
    """Rows of a level take the place of the national ones of the same key and field."""
    own = frame["file"].str.startswith(f"{level}/")
    mixed = set(frame.loc[own, "table"]) & set(frame.loc[~own, "table"])
    if not mixed:
        return frame
    both = frame["table"].isin(mixed)
    stated = set(map(tuple, frame.loc[own & both, SAME].to_numpy()))
    national = frame.loc[both & ~own, SAME]
    cells = map(tuple, national.to_numpy())
    old = national.index[np.array([cell in stated for cell in cells], dtype=bool)]
    return frame.drop(index=old).reset_index(drop=True) if len(old) else frame


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
            yield (spec.name, file, row, "", *(cells[p].strip() for p in places))


def _compact(folder: Path, file: str, spec: Table, problems: list[Problem]) -> pd.DataFrame:
    """A wide file and the file of its fields as long rows; an empty cell is no row."""
    wide = pd.read_csv(folder / file, dtype=str, keep_default_na=False)
    about = pd.read_csv(
        folder / file.replace(".wide.", ".fields."), dtype=str, keep_default_na=False
    )
    absent = [c for c in COMPACT if c not in about.columns]
    problems += [Problem(file.replace(".wide.", ".fields."), f"column {c} is missing")
                 for c in absent]  # fmt: skip
    unknown = [c for c in wide.columns if c != "key" and c not in set(about.get("field", []))]
    problems += [Problem(f"{file} column {c}", "is not described", "a row of the fields file")
                 for c in unknown]  # fmt: skip
    if absent or unknown or "key" not in wide.columns:
        return pd.DataFrame(columns=[*WHERE, *COLUMNS])
    described = {str(r["field"]): r for r in about.to_dict("records")}
    parts = [
        _column(wide, name, described[name], spec.name, file)
        for name in wide.columns
        if name != "key"
    ]
    return pd.concat(parts, ignore_index=True)


def _column(
    wide: pd.DataFrame, name: str, about: Mapping[Any, Any], table: str, file: str
) -> pd.DataFrame:
    held = wide[name].ne("").to_numpy()
    value = wide[name].to_numpy(dtype=object)[held]
    out: dict[str, object] = {
        "table": table, "file": file, "row": np.flatnonzero(held) + 2, "cell": "wide",
        "key": wide["key"].to_numpy(dtype=object)[held], "field": name, "value": value,
    }  # fmt: skip
    for side in ("low", "high"):
        factor = about[f"{side}_factor"]
        out[side] = (
            pd.to_numeric(pd.Series(value), errors="coerce").to_numpy() * float(factor)
            if factor
            else ""
        )
    out |= {c: about[c] for c in META}
    return pd.DataFrame(out, columns=[*WHERE, *COLUMNS]).astype(object)


def read_contradictions(folder: Path) -> pd.DataFrame:
    """Values that lost against the current ones, with the table each belongs to; may be empty."""
    path = folder / "national" / "contradictions.csv"
    if not path.is_file():
        return pd.DataFrame(columns=["table", *COLUMNS])
    return pd.read_csv(path, dtype=str, keep_default_na=False)
