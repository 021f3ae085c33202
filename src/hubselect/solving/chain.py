"""Many instances of one structure in a row: each starts at the last one's basis and hub maps.

With the hubs fixed, the rest is a linear program that re-solves in a few iterations from a basis
nearby. So a future costs one warm LP relaxation (a bound), one warm LP for each hub map tried (a
plan and a Benders cut, as in `decomposition`), and a look at all hub maps that the cuts leave
possible (`buildouts`). What that does not prove is searched by `decomposition`, from what is known
by then. The LPs hold the rows that have ever been binding in the chain and the columns that have
ever been in use; the others are checked. Where instances are so far apart that simplex strays from
the basis it has, relaxations begin from none from then on, with all rows and columns.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Bools, Floats, Ints
from hubselect.solving.aggregation import Merged
from hubselect.solving.buildouts import Buildouts, Cut, HubRows, Search, TooManyError
from hubselect.solving.decomposition import decompose
from hubselect.solving.highs import (
    AT_LOWER,
    BASIC,
    PRECISION,
    Basis,
    Result,
    Settings,
    relative_gap,
)
from hubselect.solving.lazy import LazyLP
from hubselect.solving.memory import Memory
from hubselect.solving.reduction import Reduced

TRIED = 3  # hub maps of earlier instances priced first
ROUNDS = 60
KEPT = 40  # hub maps remembered, the last used first
LEVEL = 1e-3  # relative: hub maps this far above the relaxation are looked for first, and then
FURTHER = 1.5  # so many times as far
FARTHEST = 0.05  # from here on `decomposition` searches
STRAYS = 0.2  # simplex iterations a row from the last basis; from none it takes about 0.6
FAR = 2  # relaxations that strayed, less those that did not: from here on none begins there
NOISE = PRECISION / 10
LARGEST = 1e7  # no decision of a plan is larger: heads, seats, MMAD


@dataclass(eq=False)
class Chain:
    """What passes from one solve to the next.

    A basis, hub maps (the last used first), rows and columns that have mattered, build-outs, and
    how many relaxations more strayed from the last one's basis than ended from there.
    """

    settings: Settings
    maps: list[Floats] = field(default_factory=list)
    basis: Basis | None = None
    held: Held | None = None
    buildouts: Buildouts | None = None
    strays: int = 0

    @property
    def far(self) -> bool:
        """Whether instances are too far apart for a basis to help."""
        return self.strays >= FAR

    def copy(self) -> Chain:
        """A chain that goes on from here and leaves this one as it is."""
        return replace(self, maps=list(self.maps))

    def solve(self, arrays: Arrays) -> Result:
        """Least cost of an instance's arrays, to the gap of the settings.

        The state is 'optimal' where the gap is proven, 'infeasible' or 'unbounded' where that is,
        else 'limit'. `x` is exact: hubs are whole, the LP over them solved.
        Where the relaxation is infeasible, `row_duals` are weights of the rows that prove it.

        Raises:
            KeyboardInterrupt: Ctrl-C was heard.
        """
        began = time.perf_counter()
        link = _Link(self, arrays, began)
        state = link.search()
        if state == "open":
            state = link.branch()
        if state == "interrupted":
            raise KeyboardInterrupt
        self.held = link.used
        if link.map is not None:
            self._use(link.map)
        bound = min(link.bound, link.cost)
        taken = time.perf_counter() - began
        return Result(state, link.x, link.cost, bound, link.nodes, taken, link.proof)  # type: ignore[arg-type]

    def _use(self, hubs: Floats) -> None:
        self.maps = [hubs, *(m for m in self.maps if not np.array_equal(m, hubs))][:KEPT]


@dataclass(frozen=True, eq=False)
class Held:
    """Rows that were binding and columns that were in use, of arrays with rows of these names."""

    rows: Bools
    columns: Bools
    names: tuple[str, ...]

    @classmethod
    def of(cls, basis: Basis) -> Held:
        """Those of a basis."""
        rows = np.array([status != BASIC for status in basis.rows])
        return cls(rows, np.array([status != AT_LOWER for status in basis.columns]), basis.names)

    def __or__(self, other: Held) -> Held:
        return Held(self.rows | other.rows, self.columns | other.columns, self.names)

    def places(self, a: Arrays) -> tuple[Ints, Ints]:
        """Their positions in arrays of the same columns; rows that are new are held as well."""
        rows = self.rows
        if a.rows != self.names:
            known = dict(zip(self.names, rows.tolist(), strict=True))
            rows = np.array([known.get(name, True) for name in a.rows])
        return np.flatnonzero(rows), np.flatnonzero(self.columns | a.hubs | (a.lower != 0))


class _Link:
    """One solve of a chain."""

    def __init__(self, chain: Chain, arrays: Arrays, began: float) -> None:
        self.chain, self.arrays, self.began = chain, arrays, began
        self.hubs: Ints = np.flatnonzero(arrays.hubs)
        self.rows = HubRows.of(arrays)
        self.mixed = np.ones(len(arrays.rows), dtype=bool)
        self.mixed[self.rows.places] = False
        self.by_hub = sparse.csr_array(arrays.matrix[:, self.hubs].T)
        known = chain.basis is not None and len(chain.basis.columns) == len(arrays.columns)
        held = chain.held if known and not chain.far else None
        self.lp = LazyLP(arrays, chain.settings, held=None if held is None else held.places(arrays))
        if held is not None:
            self.lp.start_at(chain.basis)  # type: ignore[arg-type]
        self.whole = held is None
        self.used: Held | None = None
        self.x: Floats | None = None
        self.map: Floats | None = None
        self.cost, self.bound, self.nodes = np.inf, -np.inf, 0
        self.level = -np.inf
        self.cuts: list[Cut] = []
        self.priced: set[bytes] = set()
        self.maps: Search | None = None
        self.memory = Memory(len(arrays.rows))
        self.root: Result | None = None
        self.proof: Floats | None = None

    def search(self) -> str:
        """Root, remembered maps, then those that the cuts leave; 'open' where more is needed."""
        root = self._relaxation()
        if root.state == "infeasible":
            self.proof = self.lp.ray()
        if root.state != "optimal" or root.x is None:
            return root.state
        self.chain.basis = self.lp.basis()
        self.root, self.bound = root, root.objective
        self.level = root.objective + LEVEL * abs(root.objective)
        self._cut(root, root.x[self.hubs])
        try:
            self.maps = Search.of(self.arrays, self.rows, self.chain.buildouts)
            self.chain.buildouts = self.maps.buildouts
        except TooManyError:
            self.maps = None
        self._recall()
        for _ in range(ROUNDS):
            if self.closed:
                return "optimal"
            state, proposal = self._propose()
            if proposal is None:
                return state
            if not (self._is_new(proposal) and self._price(proposal)):
                return "open"  # nothing is learnt
        return "open"

    def _relaxation(self) -> Result:
        """The LP relaxation, from the last instance's basis or, where that strays, from none."""
        if not self.whole:
            found = self._run(self.lp, strays=STRAYS)
            strayed = found.state == "limit" and self._left() > 0
            self.chain.strays += 1 if strayed else -1
            if not strayed:
                return found
            self.lp, self.whole = LazyLP(self.arrays, self.chain.settings), True
        self.lp.begin_unscaled()
        return self._run(self.lp)

    def branch(self) -> str:
        """A search as of any instance, from the relaxation, cuts and plan there are."""
        if self._left() <= 0:
            return "limit"
        assert self.root is not None
        if self.map is not None:
            self.memory.keep_map(self.map)
        known = Merged(Reduced.same(self.arrays), None, self.lp, self.root)
        settings = replace(self.chain.settings, time_limit=self._left())
        whole = decompose(self.arrays, settings, memory=self.memory, known=known)
        self.nodes += whole.nodes
        self.bound = max(self.bound, whole.bound)
        if whole.x is not None and whole.objective < self.cost:
            self.x, self.map, self.cost = whole.x, whole.x[self.hubs], whole.objective
        closed = self.closed and whole.state != "interrupted"
        return "optimal" if closed else whole.state

    @property
    def closed(self) -> bool:
        """Whether the gap asked for is proven."""
        if self.x is None:
            return False
        return relative_gap(self.cost, self.bound) <= self.chain.settings.gap + PRECISION

    @property
    def wanted(self) -> float:
        """What a plan must cost less than to be better by more than the gap."""
        return self.cost - self.chain.settings.gap * abs(self.cost)

    def _recall(self) -> None:
        """Price remembered maps, the one that seems cheapest first."""
        maps = [z if self.maps is None else self.maps.in_order(z) for z in self.chain.maps]
        allowed = [z for z in maps if self.rows.allow(z)]
        for _ in range(TRIED):
            left = [(self._lowest(z), n) for n, z in enumerate(allowed) if self._is_new(z)]
            if self.closed or not left or min(left)[0] > self.wanted:
                return
            if not self._price(allowed[min(left)[1]]):
                return

    def _is_new(self, hubs: Floats) -> bool:
        return hubs.tobytes() not in self.priced

    def _lowest(self, hubs: Floats) -> float:
        """What the cuts show a map to cost at least; infinite where they forbid it."""
        if any(not c.prices and c.at(hubs) > 0 for c in self.cuts):
            return np.inf
        return max(c.at(hubs) for c in self.cuts if c.prices)

    def _left(self) -> float:
        return self.chain.settings.time_limit - (time.perf_counter() - self.began)

    def _run(self, lp: LazyLP, *, strays: float | None = None) -> Result:
        found = lp.run(max(self._left(), 0.0), None, strays=strays)
        if lp.heard:
            raise KeyboardInterrupt
        if found.state == "optimal":
            if self.whole:
                now = Held.of(self.lp.basis())
                self.used = now if self.used is None else self.used | now
            else:
                self.used = self._now_held()
        return found

    def _now_held(self) -> Held:
        rows = np.zeros(len(self.arrays.rows), dtype=bool)
        columns = np.zeros(len(self.arrays.columns), dtype=bool)
        rows[self.lp.rows], columns[self.lp.columns] = True, True
        return Held(rows, columns, self.arrays.rows)

    def _price(self, hubs: Floats) -> bool:
        """Cost of hubs by the LP that is left, a cut and a plan; whether anything was learnt."""
        self.lp.fix(self.hubs, hubs)
        self.lp.dear = self.cost  # of a map that costs more, no more than that is proven
        found = self._run(self.lp)
        if found.state == "dear" and found.row_duals is not None:
            self.priced.add(hubs.tobytes())
            self._cut(replace(found, objective=found.bound), hubs)
            return True
        if found.state == "infeasible":
            self.priced.add(hubs.tobytes())
            return self._forbid(hubs) or self.maps is not None
        if found.state != "optimal" or found.x is None:
            return False
        self.priced.add(hubs.tobytes())
        self._cut(found, hubs)
        if found.objective < self.cost:
            self.x, self.map, self.cost = found.x, hubs, found.objective
            self.x[self.hubs] = hubs
        return True

    def _cut(self, priced: Result, at: Floats) -> None:
        """cost ≥ priced + slope·(z − at), slope = c − Aᵀy over the rows not of hubs alone."""
        assert priced.row_duals is not None
        self.memory.keep_dual(priced.row_duals)
        duals = np.where(self.mixed, priced.row_duals, 0.0)
        slope = self.arrays.cost[self.hubs] - self.by_hub @ duals
        margin = NOISE * max(1.0, abs(priced.objective))
        self.cuts.append(Cut(priced.objective - float(slope @ at) - margin, slope))

    def _forbid(self, hubs: Floats) -> bool:
        """The cut of a Farkas ray that no plan exists with these hubs, where HiGHS has one."""
        ray, a = self.lp.ray(), self.arrays
        if ray is None:
            return False
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
                self.cuts.append(Cut(needed, -slope, prices=False))
                return True
        return False

    def _propose(self) -> tuple[str, Floats | None]:
        """A map that could be better by more than the gap; or a state, where there is none.

        Levels of cost are looked through one after the other, up to what would close the gap;
        where nothing is left below one, it is a bound.
        """
        assert self.root is not None and self.root.row_duals is not None
        duals = self.root.row_duals[self.rows.places]
        first = self.root.objective
        while self.maps is not None and self.level - first <= FARTHEST * abs(first):
            level = min(self.level, self.wanted)
            try:
                found = self.maps.cheapest(self.cuts, duals, level, self.priced)
            except TooManyError:
                break
            if found is not None:
                return "open", found
            self.bound = max(self.bound, level)
            if level == self.wanted:
                return "optimal", None
            self.level = first + FURTHER * (self.level - first)
        return "open", None
