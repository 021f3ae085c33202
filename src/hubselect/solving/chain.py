"""Many instances of one structure in a row: each starts at the last one's basis and hub maps.

With the hubs fixed, the rest is a linear program that re-solves in a few iterations from a basis
nearby. So a future costs one warm LP relaxation (a bound), one warm LP for each hub map tried (a
plan and a Benders cut), and, where the gap asked for is not yet proven, a small integer master
over the cuts, as in `decomposition`. What that does not prove is branched on as a whole.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Floats, Ints
from hubselect.solving import highs
from hubselect.solving.alike import ordered
from hubselect.solving.highs import PRECISION, Basis, Result, Settings, Watched, relative_gap

TRIED = 3  # hub maps of earlier instances priced first
ROUNDS = 60
KEPT = 12  # hub maps remembered, the last used first
# the master need not find its cheapest map; heuristics and restarts took half of its time and
# found nothing in it that counts
MASTER = {
    "mip_max_nodes": 1000,
    "mip_rel_gap": 0.01,
    "mip_heuristic_effort": 0.0,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_feasibility_jump": False,
    "mip_allow_restart": False,
}
NOISE = PRECISION / 10
LARGEST = 1e7  # no decision of a plan is larger: heads, seats, MMAD


@dataclass(eq=False)
class Chain:
    """What passes from one solve to the next: a basis and hub maps, the last used first."""

    settings: Settings
    maps: list[Floats] = field(default_factory=list)
    basis: Basis | None = None

    def solve(self, arrays: Arrays) -> Result:
        """Least cost of an instance's arrays, to the gap of the settings.

        The state is 'optimal' where the gap is proven, 'infeasible' or 'unbounded' where that is,
        else 'limit' or 'interrupted'. `x` is exact: hubs are whole, the LP over them solved.
        """
        began = time.perf_counter()
        link = _Link(self, arrays, began)
        state = link.search()
        if state == "open":
            state = link.branch()
        if link.map is not None:
            self._use(link.map)
        bound = min(link.bound, link.cost)
        taken = time.perf_counter() - began
        return Result(state, link.x, link.cost, bound, link.nodes, taken)  # type: ignore[arg-type]

    def _use(self, hubs: Floats) -> None:
        self.maps = [hubs, *(m for m in self.maps if not np.array_equal(m, hubs))][:KEPT]


class _Link:
    """One solve of a chain."""

    def __init__(self, chain: Chain, arrays: Arrays, began: float) -> None:
        self.chain, self.arrays, self.began = chain, arrays, began
        self.hubs: Ints = np.flatnonzero(arrays.hubs)
        alone = np.diff(arrays.matrix[:, np.flatnonzero(~arrays.hubs)].indptr) == 0
        self.pure: Ints = np.flatnonzero(alone)
        self.mixed_by_hub = sparse.csr_array(arrays.matrix[:, self.hubs].T)
        self.mixed = ~alone
        self.lp = Watched(arrays, chain.settings, relaxed=True)
        if chain.basis is not None and len(chain.basis.columns) == len(arrays.columns):
            self.lp.start_at(chain.basis)
        self.x: Floats | None = None
        self.map: Floats | None = None
        self.cost, self.bound, self.nodes = np.inf, -np.inf, 0
        self.cuts: list[tuple[Floats, float]] = []
        self.master: Watched | None = None
        self.root: Result | None = None

    def search(self) -> str:
        """Root, remembered maps, then rounds of the master; 'open' where more is needed."""
        root = self._run(self.lp)
        if root.state != "optimal" or root.x is None:
            return root.state
        self.chain.basis = self.lp.basis()
        self.root, self.bound = root, root.objective
        self._cut(root, root.x[self.hubs])
        for hubs in self._allowed()[:TRIED]:
            if not self.closed:
                self._price(hubs)
        centre, state = root.x[self.hubs], "optimal" if self.closed else None
        for _ in range(ROUNDS):
            if state is not None:
                return state
            state, proposal = self._propose()
            if proposal is None:
                continue
            known = len(self.cuts)
            self._price(proposal)
            if not self.closed:
                centre = (centre + proposal) / 2
                self._price(centre, whole=False)
            if self.closed:
                state = "optimal"
            elif len(self.cuts) == known:
                state = "open"  # nothing was learnt
        return state or "open"

    def branch(self) -> str:
        """Branch and bound on the whole, from the best plan so far; then exact over its hubs."""
        left = self._left()
        if left <= 0:
            return "limit"
        settings = replace(self.chain.settings, time_limit=left)
        whole = highs.run(self.arrays, settings, start=self.x)
        self.nodes += whole.nodes
        self.bound = max(self.bound, whole.bound)
        if whole.x is not None and whole.objective < self.cost:
            self._price(np.rint(whole.x[self.hubs]))
        return "optimal" if self.closed else whole.state

    @property
    def closed(self) -> bool:
        """Whether the gap asked for is proven."""
        if self.x is None:
            return False
        return relative_gap(self.cost, self.bound) <= self.chain.settings.gap + PRECISION

    def _settle(self, wanted: float) -> None:
        """Fix the hubs that no plan cheaper than `wanted` changes: root + |reduced cost| tells."""
        root, hubs, a = self.root, self.hubs, self.arrays
        assert root is not None and root.x is not None and self.master is not None
        reduced, at = root.column_duals[hubs], root.x[hubs]  # type: ignore[index]
        low, high = a.lower[hubs], a.upper[hubs]
        stays = root.objective + np.abs(reduced) > wanted + NOISE * max(1.0, abs(wanted))
        shut = np.flatnonzero(stays & (reduced > 0) & (at <= low + 1e-9))
        kept = np.flatnonzero(stays & (reduced < 0) & (at >= high - 1e-9))
        self.master.fix(shut, low[shut])
        self.master.fix(kept, high[kept])

    def _left(self) -> float:
        return self.chain.settings.time_limit - (time.perf_counter() - self.began)

    def _run(self, solver: Watched) -> Result:
        return solver.run(max(self._left(), 0.0), None)

    def _allowed(self) -> list[Floats]:
        """Remembered maps that bounds and rows of hubs alone allow."""
        a, hubs = self.arrays, self.hubs
        rows = a.matrix[self.pure][:, hubs]
        low, high = a.row_lower[self.pure] - 1e-6, a.row_upper[self.pure] + 1e-6
        inside = [
            z
            for z in self.chain.maps
            if (z >= a.lower[hubs] - 1e-9).all() and (z <= a.upper[hubs] + 1e-9).all()
        ]
        return [z for z in inside if ((rows @ z >= low) & (rows @ z <= high)).all()]

    def _price(self, hubs: Floats, *, whole: bool = True) -> None:
        """Cost of a hub map by the LP that is left: a plan where it is whole, and a cut."""
        self.lp.fix(self.hubs, hubs)
        priced = self._run(self.lp)
        if priced.state == "infeasible":
            self._forbid(hubs)
        if priced.state != "optimal" or priced.x is None:
            return
        self._cut(priced, hubs)
        if whole and priced.objective < self.cost:
            self.x, self.map, self.cost = priced.x, hubs, priced.objective
            self.x[self.hubs] = hubs

    def _cut(self, priced: Result, at: Floats) -> None:
        """cost ≥ priced + slope·(z − at), slope = c − Aᵀy over the rows not of hubs alone."""
        assert priced.row_duals is not None
        duals = np.where(self.mixed, priced.row_duals, 0.0)
        slope = self.arrays.cost[self.hubs] - self.mixed_by_hub @ duals
        margin = NOISE * max(1.0, abs(priced.objective))
        self._add(np.append(-slope, 1.0), priced.objective - float(slope @ at) - margin)

    def _forbid(self, hubs: Floats) -> None:
        """The cut of a Farkas ray that no plan exists with these hubs, where HiGHS has one."""
        ray, a = self.lp.ray(), self.arrays
        if ray is None:
            return
        for weights in (ray, -ray):
            used = np.where(self.mixed & (np.abs(weights) > NOISE), weights, 0.0)
            sides = np.where(used > 0, a.row_lower, a.row_upper)
            if not np.isfinite(sides[used != 0]).all():
                continue
            needed = float(used[used != 0] @ sides[used != 0])
            lift = np.asarray(a.matrix.T @ used)
            noise = LARGEST * float(np.maximum(np.delete(lift, self.hubs), 0.0).sum())
            needed -= noise + NOISE * abs(needed)
            slope = lift[self.hubs]
            if slope @ hubs < needed - PRECISION * max(1.0, abs(needed)):
                self._add(np.append(slope, 0.0), needed)
                return

    def _add(self, coefficients: Floats, lower: float) -> None:
        self.cuts.append((coefficients, lower))
        if self.master is not None:
            self.master.add_row(coefficients, lower)

    def _propose(self) -> tuple[str | None, Floats | None]:
        """Hubs whose largest cut is below what would close the gap; or a state, where none are.

        Asking only for one such map, and not for the cheapest, is many times faster; where none is
        left, the bound is what was asked for, and the gap is proven.
        """
        if self.master is None:
            self.master = Watched(_master(ordered(self.arrays)), self.chain.settings)
            for name, value in MASTER.items():
                self.master.option(name, value)
            for coefficients, lower in self.cuts:
                self.master.add_row(coefficients, lower)
        wanted = self.cost - self.chain.settings.gap * abs(self.cost)
        if self.x is not None:
            self.master.cap(len(self.hubs), wanted)
            self._settle(wanted)
        found = self._run(self.master)
        self.nodes += found.nodes
        if found.state in ("infeasible", "unbounded"):
            # HiGHS may leave the two apart; the first cut bounds the cost
            if self.x is None:
                return "infeasible", None
            self.bound = max(self.bound, wanted)
            return "optimal", None
        self.bound = max(self.bound, found.bound)
        if found.x is None or found.state != "optimal":
            return "interrupted" if found.state == "interrupted" else "open", None
        return None, np.asarray(np.rint(found.x[:-1]))


def _master(a: Arrays) -> Arrays:
    """The integer program over hubs and a cost estimate, without cuts yet."""
    hubs = np.flatnonzero(a.hubs)
    pure = np.flatnonzero(np.diff(a.matrix[:, np.flatnonzero(~a.hubs)].indptr) == 0)
    rows = sparse.hstack([a.matrix[pure][:, hubs], sparse.csr_array((len(pure), 1))])
    return replace(
        a,
        matrix=sparse.csr_array(rows),
        row_lower=a.row_lower[pure],
        row_upper=a.row_upper[pure],
        rows=tuple(a.rows[r] for r in pure),
        cost=np.append(np.zeros(len(hubs)), 1.0),
        offset=0.0,
        lower=np.append(a.lower[hubs], -np.inf),
        upper=np.append(a.upper[hubs], np.inf),
        integer=np.append(np.ones(len(hubs), dtype=bool), False),
        columns=(*(a.columns[j] for j in hubs), "cost"),
    )
