"""What the checks of an audit read, and how a row's violation is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from hubselect.instance import Floats, Instance
from hubselect.ledger import ledger
from hubselect.tables import decisions_from

Checked = tuple[Floats, Callable[[int], str]]


class Sheet:
    """Instance and decisions under short names, as in docs/model.md."""

    DECIDED = ("z", "n", "m", "J", "e", "x", "S", "U", "a", "c", "carry")

    def __init__(self, i: Instance, tables: Mapping[str, pd.DataFrame]) -> None:
        self.i = i
        d = decisions_from(i, tables)
        self.z, self.n, self.m, self.J = d.installed, d.seats, d.places_added, d.jobs
        self.e, self.x, self.S, self.U = d.staff, d.recruits, d.talent, d.pool
        self.a, self.c, self.carry = d.hires, d.net_creations, d.carry
        self.costs = ledger(i, d)
        self.J0 = np.concatenate([i.base_jobs[:, :, None], self.J[:, :, :-1]], axis=2)
        self.used = np.einsum("s,rst->rt", i.workstations_per_job, self.J)

    def offered(self, since: int = 0) -> Floats:
        """Usable workstations by basin and year of what opened `since` years ago or earlier."""
        i, total = self.i, np.zeros((len(self.i.basins), len(self.i.years)))
        for h, r in enumerate(i.site_basin):
            for k, size in enumerate(i.increment):
                opening = np.diff(np.concatenate([[0.0], self.z[h, k]]))
                for u in np.flatnonzero(opening):
                    for t in range(u + since, len(i.years)):
                        total[r, t] += size * opening[u] * i.ramp_up[h, t - u]
        return total


def le(left: Floats, right: Floats, *labels: Any) -> Checked:
    """left ≤ right, elementwise."""
    left, right = np.broadcast_arrays(np.asarray(left, float), np.asarray(right, float))
    gaps = ((left - right) / np.maximum(1.0, np.abs(right))).ravel()
    return gaps, lambda n: _place(np.unravel_index(n, left.shape), labels)


def eq(left: Floats, right: Floats, *labels: Any) -> Checked:
    """left = right, elementwise."""
    gaps = (np.abs(left - right) / np.maximum(1.0, np.abs(right))).ravel()
    return gaps, lambda n: _place(np.unravel_index(n, np.shape(left)), labels)


def _place(index: tuple[Any, ...], labels: tuple[Any, ...]) -> str:
    return " ".join(str(members[n]) for members, n in zip(labels, index, strict=False))


def rows_of(found: list[tuple[float, float, str]]) -> Checked:
    """left ≤ right for a list of (left, right, place)."""
    gaps = np.array([(a - b) / max(1.0, abs(b)) for a, b, _ in found])
    return gaps, lambda n: found[n][2]
