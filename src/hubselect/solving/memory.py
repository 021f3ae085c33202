"""What earlier solves of the same matrix taught: hub maps to price first, duals to cut with."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hubselect.arrays import Arrays
from hubselect.instance import Bools, Floats

FEASIBLE = 1e-6  # a reduced cost below −FEASIBLE prices another problem than this one
HEADS = 1e5  # scale of a decision against which a dual's noise is given away
TRIED = 5  # maps priced before the search begins


@dataclass(eq=False)
class Memory:
    """Hub maps (values of the integer columns) and row duals, in the order they were met.

    A dual holds for any vectors of the first `rows` rows, which all solves share; one that needs a
    row added behind them is not kept. Not shared between matrices.
    """

    rows: int
    maps: list[Floats] = field(default_factory=list)
    duals: list[Floats] = field(default_factory=list)

    def keep_map(self, hubs: Floats) -> None:
        """Remember a map once."""
        if not any(np.array_equal(hubs, known) for known in self.maps):
            self.maps.append(hubs.copy())

    def keep_dual(self, dual: Floats) -> None:
        """Remember the weights of the shared rows, where no other row has one."""
        if not dual[self.rows :].any():
            self.duals.append(dual[: self.rows].copy())

    def candidates(self, arrays: Arrays) -> list[Floats]:
        """The latest maps that the bounds and the rows of hubs alone allow, newest first."""
        hubs = np.flatnonzero(arrays.integer)
        alone = np.diff(arrays.matrix[:, np.flatnonzero(~arrays.integer)].indptr) == 0
        rows = arrays.matrix[np.flatnonzero(alone)][:, hubs]
        lower, upper = arrays.row_lower[alone], arrays.row_upper[alone]

        def allowed(z: Floats) -> bool:
            inside = (z >= arrays.lower[hubs] - 1e-9) & (z <= arrays.upper[hubs] + 1e-9)
            value = rows @ z
            held = (value >= lower - 1e-6) & (value <= upper + 1e-6)
            return bool(inside.all() and held.all())

        return [z for z in reversed(self.maps) if allowed(z)][:TRIED]

    def cuts(self, arrays: Arrays) -> list[tuple[float, Floats]]:
        """Cuts cost ≥ constant + slope·z that the duals prove for these vectors."""
        found = (dual_cut(arrays, dual) for dual in self.duals)
        return [cut for cut in found if cut is not None]


def dual_cut(arrays: Arrays, dual: Floats) -> tuple[float, Floats] | None:
    """cost ≥ constant + slope·z over the integer columns z, or None where nothing is proven.

    With d = c − Aᵀy, weak duality gives cost ≥ y⁺·row_lower − y⁻·row_upper + Σ_j min d_j·x_j over
    the bounds of the continuous columns, plus d·z.
    """
    y = np.zeros(len(arrays.rows))
    y[: len(dual)] = np.where(np.abs(dual) > 1e-9, dual, 0.0)
    sides = np.where(y > 0, arrays.row_lower, arrays.row_upper)
    if not np.isfinite(sides[y != 0]).all():
        return None
    reduced = arrays.cost - arrays.matrix.T @ y
    continuous: Bools = ~arrays.integer
    d, low, high = reduced[continuous], arrays.lower[continuous], arrays.upper[continuous]
    if (d < -FEASIBLE)[~np.isfinite(high)].any() or not np.isfinite(low[d > 0]).all():
        return None
    ends = np.where(d > 0, low, np.where(np.isfinite(high), high, HEADS))
    constant = arrays.offset + float(y[y != 0] @ sides[y != 0]) + float(d[d != 0] @ ends[d != 0])
    return constant, np.asarray(reduced[arrays.integer])
