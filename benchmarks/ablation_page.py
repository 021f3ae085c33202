"""The page of `ablation.py`: one matrix a level, CPU seconds as a ratio to all devices."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.kept import Kept

from hubselect import atomic
from hubselect.bench.page import table_lines
from hubselect.devices import DEVICES
from hubselect.planning import versions
from hubselect.scenario import shipped_names
from hubselect.schema import LEVELS
from hubselect.solving.highs import PRECISION

PAGE = Path(__file__).with_name("ablation_results.md")
ALL = "all devices"
IMPOSSIBLE = "infeasible"
APART = 1e-6  # relative: how far a bound may lie above another variant's cost


@dataclass(frozen=True)
class Variant:
    """What is left out: devices by name, the strengthening rows, or the decomposition itself."""

    name: str
    without: frozenset[str] = frozenset()
    strengthened: bool = True
    decomposed: bool = True


def variants() -> tuple[Variant, ...]:
    """All devices, each of them left out, then more and more, down to the plain model."""
    every = frozenset(DEVICES)
    return (
        Variant(ALL),
        *(Variant(f"without {device}", frozenset({device})) for device in DEVICES),
        Variant("without strengthening rows", strengthened=False),
        Variant("without any device", every),
        Variant("without decomposition", every, decomposed=False),
        Variant("plain", every, strengthened=False, decomposed=False),
    )


@dataclass(frozen=True)
class Cell:
    """CPU seconds (median) to the gap asked or the limit, the gap left, and why there is none."""

    cpu: float
    gap: float | None
    asked: float
    failure: str = ""

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Cell:
        """Of what `ablation.measured` found."""
        return cls(found["cpu"], found["gap"], found["asked"], found["failure"])

    @property
    def reached(self) -> bool:
        """Whether the gap asked was proven."""
        return self.gap is not None and self.gap <= self.asked + PRECISION

    @property
    def left(self) -> str:
        """The gap left, in words."""
        return self.failure or ("no bound" if self.gap is None else f"{self.gap:.2%}")


def name_of(level: str, scenario: str, variant: str) -> str:
    """How a measurement is called in the file."""
    return f"{level} | {scenario} | {variant}"


def seconds(cell: Cell) -> str:
    """`3.2`, or `> 60 (1.30%)` where the gap was not reached."""
    shown = f"{cell.cpu:.2f}" if cell.cpu < 10 else f"{cell.cpu:.0f}"
    return shown if cell.reached else f"> {shown} ({cell.left})"


def ratio(cell: Cell, base: Cell) -> str:
    """CPU of a variant over that of all devices; `>`, `<` where one did not reach the gap.

    Where neither did, the ratio says nothing: the gap left alone is shown.
    """
    if not cell.reached and not base.reached:
        return f"({cell.left})"
    value = f"{cell.cpu / max(base.cpu, 1e-9):.2f}"
    if cell.reached:
        return value if base.reached else f"< {value}"
    return f"> {value} ({cell.left})"


def mean_ratio(pairs: Sequence[tuple[Cell, Cell]]) -> str:
    """Geometric mean of the ratios to a base that reached the gap; `>` where some are bounds."""
    usable = [(cell, base) for cell, base in pairs if base.reached]
    if not usable:
        return "–"
    mean = math.exp(sum(math.log(c.cpu / max(b.cpu, 1e-9)) for c, b in usable) / len(usable))
    return f"{mean:.2f}" if all(c.reached for c, _ in usable) else f"> {mean:.2f}"


def contradictions(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Variants that deny another's plan: by a bound above its cost, or by proving there is none."""
    costs = {name: one["cost"] for name, one in found.items() if one["cost"] is not None}
    told = [
        f"{one} proves that no plan exists, {other} found one"
        for one, denied in found.items()
        for other in costs
        if denied["failure"] == IMPOSSIBLE
    ]
    for one, high in found.items():
        for other, cost in costs.items():
            bound = high["bound"]
            if bound is not None and bound > cost + APART * max(1.0, abs(cost)):
                told.append(f"{one} proves {bound:,.3f}, {other} found {cost:,.3f} MMAD")
    return told


def matrix(kept: Kept, level: str) -> list[str]:
    """The table of a level: a row a variant, a column a scenario; empty where nothing is kept."""
    cells = {
        (scenario, variant.name): cell
        for scenario in shipped_names()
        for variant in variants()
        if (cell := _cell(kept, name_of(level, scenario, variant.name))) is not None
    }
    columns = [s for s in shipped_names() if (s, ALL) in cells]
    if not columns:
        return []
    base = {s: cells[s, ALL] for s in columns}
    rows = [
        ["gap asked", *(f"{base[s].asked:.1%}" for s in columns), ""],
        [f"{ALL}, CPU s", *(seconds(base[s]) for s in columns), ""],
    ]
    for variant in variants()[1:]:
        mine = {s: cells[s, variant.name] for s in columns if (s, variant.name) in cells}
        shown = [_shown(kept, level, s, variant.name, mine, base) for s in columns]
        rows.append([variant.name, *shown, mean_ratio([(mine[s], base[s]) for s in mine])])
    return table_lines([f"{level} level", *columns, "geometric mean"], rows)


def write(kept: Kept, page: Path = PAGE) -> list[str]:
    """Write the page of what is kept; returns contradictions, which are on it too."""
    stated = ", ".join(f"{k} {v}" for k, v in versions().items())
    told, text, shown = [], [], []
    for level in LEVELS:
        lines = matrix(kept, level)
        text += [f"## {level.capitalize()} level", "", *lines, ""] if lines else []
        for scenario in shipped_names():
            names = {v.name: name_of(level, scenario, v.name) for v in variants()}
            known = {v: found for v, n in names.items() if (found := kept.found(n)) is not None}
            told += [f"{scenario} ({level}): {one}" for one in contradictions(known)]
            shown += [names[v] for v in known]
    dates = sorted({kept.all[name]["date"] for name in shown})
    limits = sorted({kept.all[name]["how"]["limit"] for name in shown})
    stale = sum(not kept.fresh(name) for name in shown)
    head = [
        "# What each device brings",
        "",
        f"Written by `python -m benchmarks.ablation`; measured on {' and '.join(dates)}: "
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}. {stated}. One thread; "
        f"a limit of {' or '.join(f'{s:.0f}' for s in limits)} s of wall clock a run. Each plan is "
        "certified by its audit.",
        "",
        "CPU seconds to the gap asked, as a ratio to the search with all devices: 2.00 took twice "
        "as long. `> 4.00 (1.3%)`: stopped at the limit, with that gap left; `< 0.50`: reached a "
        "gap that all devices did not; `(1.3%)`: neither did, the gap left. Medians of up to "
        "three runs where they are short; ratios between 0.8 and 1.25 are noise. The geometric "
        "mean counts runs that were stopped as if they had ended there. † measured with other "
        "code or limits than all devices.",
        "",
        *([f"{stale} of {len(shown)} measurements are of older code.", ""] if stale else []),
        *(["**Contradictions:**", *(f"- {one}" for one in told), ""] if told else []),
    ]
    atomic.write_text(page, "\n".join([*head, *text]).rstrip() + "\n")
    return told


def _cell(kept: Kept, name: str) -> Cell | None:
    found = kept.found(name)
    return None if found is None else Cell.of(found)


def _shown(
    kept: Kept, level: str, scenario: str, variant: str,
    mine: Mapping[str, Cell], base: Mapping[str, Cell],
) -> str:  # fmt: skip
    if scenario not in mine:
        return "–"
    names = (name_of(level, scenario, variant), name_of(level, scenario, ALL))
    mark = "" if kept.alike(*names) else " †"
    return ratio(mine[scenario], base[scenario]) + mark
