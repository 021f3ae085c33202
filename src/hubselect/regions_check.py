"""Checks of an atlas: all problems at once, each with its file, row and column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from hubselect.errors import Problem, nearest
from hubselect.schema import BRACKET, REQUIRED, STATUSES, TABLES, path_of

_FIELDS = {(f.table, f.name): f for f in REQUIRED}
_SHOWN = 40
# tables whose keys the model reads by name, and those a planner's own country may do without
READ = ("incentives", "finance", "ramp_up")
OPTIONAL = ("targets",)

Test = Callable[[pd.DataFrame], "pd.Series[bool]"]


def typed(raw: pd.DataFrame) -> pd.DataFrame:
    """Copy with `number` (NaN for text), and low and high as floats; text as it was."""
    out = raw.copy()
    out["text"] = out["unit"] == "text"
    out["number"] = pd.to_numeric(out["value"].where(~out["text"]), errors="coerce").astype(float)
    for side in ("low", "high"):
        out[f"{side}_number"] = pd.to_numeric(
            out[side].where(out[side].ne("")), errors="coerce"
        ).astype(float)
    keys = list(zip(out["table"], out["field"], strict=True))
    found = [_FIELDS.get(k) for k in keys]
    out["kind"] = [f.kind if f else "" for f in found]
    out["minimum"] = [f.minimum if f else -np.inf for f in found]
    out["maximum"] = [f.maximum if f else np.inf for f in found]
    out["whole"] = [bool(f and f.whole) for f in found]
    return out


def problems_of(
    frame: pd.DataFrame, level: str, *, own: str = "", complete: bool = True
) -> list[Problem]:
    """Every problem of a typed frame: cells, then keys and fields that must be there.

    `own` names the planner's file: its tables are called by name, and only keys that the model
    itself reads are asked for. Without `complete` what is absent is no problem.
    """
    keys = _keys(frame)
    found = _cell_problems(frame)
    found += _duplicates(frame)
    found += _references(frame, keys)
    if not complete:
        return found
    found += _missing(frame, keys, level, own)
    found += _sums(frame, f"{own} segment_mix" if own else path_of("segment_mix", level))
    found += _brackets(frame, f"{own} finance" if own else path_of("finance", level))
    return found


def _cell_problems(frame: pd.DataFrame) -> list[Problem]:
    """Problems of single cells, found by one pandera schema over the whole long frame."""
    import pandera.pandas as pa

    checks = [
        pa.Check(test, name=name, error=name, ignore_na=False) for name, test in _TESTS.items()
    ]
    try:
        pa.DataFrameSchema({}, checks=checks, strict=False).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        return _said(frame, error.failure_cases)
    return []


def _said(frame: pd.DataFrame, cases: pd.DataFrame) -> list[Problem]:
    """Failure cases of pandera as problems, one a row and check."""
    at = cases["index"].notna()
    # a check that could not run has no row: never pass over it
    found = [Problem("atlas", f"check {c} could not run") for c in set(cases.loc[~at, "check"])]
    pairs = {
        (int(i), str(c))
        for i, c in zip(cases.loc[at, "index"], cases.loc[at, "check"], strict=True)
    }
    rows = frame.to_dict("index")
    return found + [_problem(rows[i], check) for i, check in sorted(pairs)]


def _flags(d: pd.DataFrame, good: object) -> pd.Series[bool]:
    return pd.Series(np.asarray(good, dtype=bool), index=d.index)


def _filled(column: str) -> Test:
    return lambda d: _flags(d, d[column].ne(""))


def _bounded(side: str) -> Test:
    return lambda d: _flags(d, d[side].eq("") | np.isfinite(d[f"{side}_number"]))


def _is_number(d: pd.DataFrame) -> pd.Series[bool]:
    return _flags(d, d["text"] | d["value"].eq("") | np.isfinite(d["number"]))


def _above(d: pd.DataFrame) -> pd.Series[bool]:
    return _flags(d, ~np.isfinite(d["number"]) | d["number"].ge(d["minimum"]))


def _below(d: pd.DataFrame) -> pd.Series[bool]:
    return _flags(d, ~np.isfinite(d["number"]) | d["number"].le(d["maximum"]))


def _ordered(d: pd.DataFrame) -> pd.Series[bool]:
    low = d["low_number"].isna() | d["low_number"].le(d["number"])
    high = d["high_number"].isna() | d["high_number"].ge(d["number"])
    # a number that is refused anyway needs no second complaint
    usable = np.isfinite(d["number"]) & d["number"].between(d["minimum"], d["maximum"])
    return _flags(d, d["text"] | ~usable | (low & high))


def _has_interval(d: pd.DataFrame) -> pd.Series[bool]:
    needs = d["status"].eq("estimate") & ~d["text"]
    return _flags(d, ~needs | (d["low"].ne("") & d["high"].ne("")))


def _right_kind(d: pd.DataFrame) -> pd.Series[bool]:
    text = d["text"].astype(bool)
    return _flags(d, ~((d["kind"].eq("text") & ~text) | (d["kind"].eq("number") & text)))


def _is_whole(d: pd.DataFrame) -> pd.Series[bool]:
    return _flags(d, ~d["whole"] | ~np.isfinite(d["number"]) | d["number"].mod(1).eq(0))


def _known_status(d: pd.DataFrame) -> pd.Series[bool]:
    return _flags(d, d["status"].isin(STATUSES))


_TESTS: dict[str, Test] = {
    "key": _filled("key"), "field": _filled("field"), "value": _filled("value"),
    "unit": _filled("unit"), "year": _filled("year"), "source": _filled("source"),
    "status": _known_status, "number": _is_number, "low": _bounded("low"),
    "high": _bounded("high"), "minimum": _above, "maximum": _below, "kind": _right_kind,
    "interval": _has_interval, "order": _ordered, "whole": _is_whole,
}  # fmt: skip


def _problem(r: Mapping[Any, Any], check: str) -> Problem:
    """What is wrong with one row, in words."""
    name = f"{r['key']} {r['field']}"
    if check in ("key", "field", "value", "unit", "year", "source"):
        return Problem(place_of(r, check), f"is empty ({name})", "a value")
    said = {
        "status": ("status", f"'{r['status']}' is unknown", ", ".join(STATUSES)),
        "number": ("value", f"{name} is '{r['value']}'", f"a finite number, {r['unit']}"),
        "low": ("low", f"{name} is '{r['low']}'", "a finite number or nothing"),
        "high": ("high", f"{name} is '{r['high']}'", "a finite number or nothing"),
        "minimum": ("value", f"{name} is {r['value']}", f"{r['minimum']:g} {r['unit']} or more"),
        "maximum": ("value", f"{name} is {r['value']}", f"{r['maximum']:g} {r['unit']} or less"),
        "whole": ("value", f"{name} is {r['value']}", f"a whole number, {r['unit']}"),
        "kind": ("unit", f"{name} has unit '{r['unit']}'", f"a {r['kind']}"),
        "interval": ("low and high", f"{name} is an estimate without interval", "both bounds"),
        "order": ("low and high", f"{name} {r['value']} lies outside {r['low']} to {r['high']}",
                  "low ≤ value ≤ high"),
    }  # fmt: skip
    column, what, expected = said[check]
    hint = nearest(str(r["status"]), STATUSES) if check == "status" else ""
    return Problem(place_of(r, column), what, expected, hint)


def place_of(r: Mapping[Any, Any] | pd.Series[Any], column: str) -> str:
    """Where a value stands: a cell of a workbook, or file, row and column."""
    if r["cell"] not in ("", "wide"):
        return str(r["cell"])
    return f"{r['file']} row {r['row']} column {r['field'] if r['cell'] else column}"


def _duplicates(frame: pd.DataFrame) -> list[Problem]:
    twice = frame[frame.duplicated(["table", "key", "field"])]
    return [
        Problem(f"{r['file']} row {r['row']}", f"{r['key']} {r['field']} appears twice", "once")
        for _, r in twice.iterrows()
    ]


def _keys(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Keys of every table, in order."""
    found: dict[str, dict[str, None]] = {t.name: {} for t in TABLES}
    for table, key in dict.fromkeys(zip(frame["table"], frame["key"], strict=True)):
        found[table][str(key)] = None
    return {table: list(keys) for table, keys in found.items()}


def _missing(
    frame: pd.DataFrame, keys: dict[str, list[str]], level: str, own: str
) -> list[Problem]:
    """Tables without rows, keys and fields that must be there and are not."""
    have = set(zip(frame["table"], frame["key"], frame["field"], strict=True))
    found: list[Problem] = []
    for spec in TABLES:
        file = f"{own} {spec.name}" if own else path_of(spec.name, level)
        if not keys[spec.name]:
            if spec.required and not (own and spec.name in OPTIONAL):
                found.append(Problem(file, "has no rows", f"at least one of {spec.name}"))
            continue
        complete = not (spec.sparse and level == "commune")
        declared = spec.keys if not own or spec.name in READ else ()
        wanted = list(declared) + (_crossed(keys, spec.cross) if complete else [])
        held = set(keys[spec.name])
        found += [
            Problem(file, f"key {k} is missing", hint=nearest(k, keys[spec.name]))
            for k in wanted
            if k not in held
        ]
        found += _missing_fields(spec.name, file, keys[spec.name], have)
    return found


def _crossed(keys: dict[str, list[str]], cross: tuple[str, ...]) -> list[str]:
    if not cross:
        return []
    first, second = cross
    return [f"{a}/{b}" for a in keys[first] for b in keys[second]]


def _missing_fields(
    table: str, file: str, keys: list[str], have: set[tuple[str, str, str]]
) -> Iterator[Problem]:
    for f in (f for f in REQUIRED if f.table == table):
        wanted = [k for k in keys if f.asks(k)]
        absent = [k for k in wanted if (table, k, f.name) not in have]
        if absent and len(absent) == len(wanted) > 1:
            yield Problem(file, f"field {f.name} is missing", f"{f.unit} for every key")
        elif absent:
            yield from (
                Problem(file, f"{k} has no field {f.name}", f"a value, {f.unit}")
                for k in absent[:_SHOWN]
            )


def _references(frame: pd.DataFrame, keys: dict[str, list[str]]) -> list[Problem]:
    """Regions, pools, profiles and sizes that are named must exist."""
    known = {table: set(held) for table, held in keys.items()}
    found: list[Problem] = []
    for spec in TABLES:
        bad = [k for k in keys[spec.name] if not _good_parts(k, spec.cross, known)]
        if bad:
            rows = frame[frame["table"].eq(spec.name) & frame["key"].isin(bad)]
            for _, r in rows.drop_duplicates("key").iterrows():
                found += _bad_parts(r, spec.cross, known)
    home = "basin" if frame.loc[frame["table"].eq("sites"), "field"].eq("basin").any() else "region"
    named = (
        ("sites", home, known["basins"]), ("sites", "max_size", known["hub_sizes"]),
        ("programmes", "from", known["pools"] | known["skills"]),
        ("programmes", "to", known["skills"]),
    )  # fmt: skip
    for table, field, valid in named:
        if not valid:  # the absent table is a problem of its own
            continue
        rows = frame[frame["table"].eq(table) & frame["field"].eq(field)]
        for _, r in rows[~rows["value"].isin(valid)].iterrows():
            found.append(
                Problem(place_of(r, "value"),
                        f"{r['key']} {field} '{r['value']}' is unknown",
                        hint=nearest(str(r["value"]), sorted(valid)))
            )  # fmt: skip
    return found


def _good_parts(key: str, cross: tuple[str, ...], known: dict[str, set[str]]) -> bool:
    if not cross:
        return True
    parts = key.split("/")
    return len(parts) == len(cross) and all(
        not known[table] or part in known[table] for part, table in zip(parts, cross, strict=True)
    )


def _bad_parts(
    r: pd.Series, cross: tuple[str, ...], known: dict[str, set[str]]
) -> Iterator[Problem]:
    parts = str(r["key"]).split("/")
    where = f"{r['file']} row {r['row']} column key"
    if len(parts) != len(cross):
        yield Problem(where, f"'{r['key']}'", f"{' / '.join(cross)}")
        return
    for part, table in zip(parts, cross, strict=True):
        if known[table] and part not in known[table]:
            kind = "region code" if table == "basins" else f"key of {table}"
            yield Problem(
                where, f"'{part}' is an unknown {kind}", hint=nearest(part, sorted(known[table]))
            )


def _sums(frame: pd.DataFrame, file: str) -> list[Problem]:
    """The profiles of a segment add up to 100 percent."""
    rows = frame[frame["table"].eq("segment_mix") & frame["field"].eq("min_share")]
    total = rows["number"].groupby(rows["key"].str.split("/").str[0]).sum()
    return [
        Problem(file, f"min_share of {segment} sums to {value:g}", "100 percent")
        for segment, value in total.items()
        if not abs(value - 100) < 0.01 and np.isfinite(value)
    ]


def _brackets(frame: pd.DataFrame, file: str) -> list[Problem]:
    """A schedule of income tax: brackets from 0 on, no two from the same threshold."""
    finance = frame[frame["table"].eq("finance")]
    if finance.empty:  # the absent table is a problem of its own
        return []
    rows = finance[finance["key"].str.startswith(BRACKET) & finance["field"].eq("threshold")]
    if rows.empty:
        want = f"{BRACKET}1 with threshold 0 and a rate; 0 percent where there is no income tax"
        return [Problem(file, "has no bracket of income tax", want)]
    found = []
    if not rows["number"].eq(0).any():
        lowest = f"no bracket of income tax starts at 0, the lowest at {rows['number'].min():g}"
        found.append(Problem(file, lowest, "a threshold of 0"))
    for _, r in rows[rows["number"].duplicated()].iterrows():
        what = f"{r['key']} starts at {r['value']}, as another bracket does"
        found.append(Problem(place_of(r, "value"), what, "one bracket a threshold"))
    return found
