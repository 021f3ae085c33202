"""Changed decisions about places: forbid, force, a year earlier or later, a size up or down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from hubselect.arrays import Arrays
from hubselect.explore.workbench import Workbench
from hubselect.instance import Floats, Instance, Ints

Kind = Literal["forbid", "force", "a year earlier", "a year later", "a size up", "a size down"]


@dataclass(frozen=True, eq=False)
class Variant:
    """One changed decision, as arrays to solve.

    `nested`: every plan of it is a plan of the original problem. Where a policy rule of the
    scenario stands in the way, it is lifted for these sites, `lifted` says so, and nothing is
    nested any more.
    """

    kind: Kind
    arrays: Arrays
    instance: Instance
    lifted: bool = False

    @property
    def nested(self) -> bool:
        """Whether its plans are plans of the original problem."""
        return not self.lifted


def variants(bench: Workbench, sites: Sequence[int], installed: Floats) -> list[Variant]:
    """The changed decisions that make sense at these sites, given what is installed [H,K,T].

    Shifts and sizes for one site only. A shift before the site's first year or beyond the horizon
    and a size above its largest are left out: no plan can hold them.
    """
    open_ = [h for h in sites if installed[h].any()]
    if not open_:
        forced = force(bench, sites)
        return [] if forced is None else [forced]
    found = [forbid(bench, sites)]
    if len(sites) == 1:
        found += _shifts(bench, sites[0], installed[sites[0]])
    return found


def forbid(bench: Workbench, sites: Sequence[int]) -> Variant:
    """No hub at any of the sites."""
    free = _lift(bench, "fix", sites)
    columns = [c for key, c in bench.compiled.columns("installed").items() if key[0] in sites]
    return replace(free, kind="forbid", arrays=free.arrays.with_bounds(columns, 0.0, 0.0))


def force(bench: Workbench, sites: Sequence[int]) -> Variant | None:
    """A hub at one of the sites at least, at any time; None where no ground allows one."""
    i = bench.instance
    last = len(i.years) - 1
    able = [h for h in sites if i.largest_size[h] >= 0 and i.first_year[h] <= last]
    if not able:
        return None
    free = _lift(bench, "gate", able)
    columns = [_column(bench, h, 0, last) for h in able]
    if len(able) == 1:
        return replace(free, kind="force", arrays=free.arrays.with_bounds(columns, 1.0, 1.0))
    weights = np.zeros(len(free.arrays.columns))
    weights[columns] = 1.0
    return replace(free, kind="force", arrays=free.arrays.with_row("forced", weights, 1.0, np.inf))


def _shifts(bench: Workbench, h: int, history: Floats) -> Iterator[Variant]:
    """Opened exactly a year earlier or later; one size more or less at the end [K,T]."""
    i, last = bench.instance, len(bench.instance.years) - 1
    opened = int(np.argmax(history[0]))
    top = int(history[:, -1].sum()) - 1

    def pinned(kind: Kind, pins: dict[tuple[int, int], float]) -> Variant:
        free = Variant(kind, bench.compiled.arrays, i)
        if kind in ("a year later", "a size down"):
            free = _lift(bench, "fix", [h])
        columns = [_column(bench, h, k, t) for k, t in pins]
        values = np.array(list(pins.values()))
        return replace(free, kind=kind, arrays=free.arrays.with_bounds(columns, values, values))

    if opened > i.first_year[h]:
        before = {(0, opened - 2): 0.0} if opened >= 2 else {}
        yield pinned("a year earlier", {(0, opened - 1): 1.0, **before})
    if opened < last:
        yield pinned("a year later", {(0, opened): 0.0, (0, opened + 1): 1.0})
    if top < i.largest_size[h]:
        yield pinned("a size up", {(top + 1, last): 1.0})
    if top > 0:
        yield pinned("a size down", {(top, last): 0.0, (top - 1, last): 1.0})


def _lift(bench: Workbench, family: Literal["fix", "gate"], sites: Sequence[int]) -> Variant:
    """The problem without the decided hubs, or the gates, of these sites."""
    compiled, policy = bench.compiled, bench.instance.policy
    columns = [c for key, c in compiled.columns("installed").items() if key[0] in sites]
    rows = compiled.rows_of(family)
    touching = np.diff(compiled.arrays.matrix[rows][:, columns].indptr) > 0
    touched: Ints = rows[touching]
    if not len(touched):
        return Variant("forbid", compiled.arrays, bench.instance)
    kept = (
        replace(policy, fixed=tuple(f for f in policy.fixed if f.site not in sites))
        if family == "fix"
        else replace(policy, gated=tuple(g for g in policy.gated if g[0] not in sites))
    )
    arrays = compiled.arrays.with_row_bounds(touched, -np.inf, np.inf)
    return Variant("forbid", arrays, bench.instance.replace(policy=kept), lifted=True)


def _column(bench: Workbench, h: int, k: int, t: int) -> int:
    position = bench.compiled.column("installed", h, k, t)
    assert position is not None  # every hub column is in the ladder or the status rows
    return position


@dataclass(frozen=True)
class Move:
    """What becomes of a site between two hub maps: (size, year) reached first and last."""

    site: str
    change: str
    before: str
    after: str

    def words(self, names: Mapping[str, str] | None = None) -> str:
        """The move in words, with the site's name where names are given."""
        site = (names or {}).get(self.site, self.site)
        if self.change == "opens":
            return f"{site} opens ({self.after})"
        if self.change == "gone":
            return f"{site} is not built"
        return f"{site} is {self.change} ({self.after} instead of {self.before})"


def moves(i: Instance, before: Floats, after: Floats, but: Sequence[int] = ()) -> list[Move]:
    """Sites whose hub differs between two maps [H,K,T], largest change of workstations first."""
    found: list[tuple[float, Move]] = []
    for h, site in enumerate(i.sites):
        if h in but or np.array_equal(before[h], after[h]):
            continue
        size = i.increment @ (after[h, :, -1] - before[h, :, -1])
        early = float(after[h].sum() - before[h].sum())
        if not before[h].any():
            change = "opens"
        elif not after[h].any():
            change = "gone"
        elif size:
            change = "larger" if size > 0 else "smaller"
        else:
            change = "earlier" if early > 0 else "later"
        move = Move(site, change, history(i, before[h]), history(i, after[h]))
        found.append((abs(float(size)) + abs(early), move))
    return [move for _, move in sorted(found, key=lambda pair: -pair[0])]


def history(i: Instance, installed: Floats) -> str:
    """A site's steps [K,T] in words, as 'large 2027, flagship 2029'; 'none' without a hub."""
    opened = np.diff(installed.sum(axis=0), prepend=0.0)
    sizes = installed.sum(axis=0).astype(int)
    steps = [f"{i.sizes[sizes[t] - 1]} {i.years[t]}" for t in np.flatnonzero(opened > 0)]
    return ", ".join(steps) or "none"
