"""One branch and bound over the hubs, given more cuts while it runs (branch and cut).

SCIP branches on the master; whole hubs that it believes cheap enough are priced by the LP, and the
cuts of that price are added to the tree that is there. No map is ever accepted as a solution, so
the tree ends when nothing below the cap is left: the cap is then a bound.

S. J. Maher, T. Fischer, T. Gally et al.: The SCIP Optimization Suite, constraint handlers;
M. Fischetti, I. Ljubić and M. Sinnl, European J. Operational Research 253 (2016) 557-569.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pyscipopt import Conshdlr, Eventhdlr, quicksum
from pyscipopt import Model as Scip
from pyscipopt.scip import PY_SCIP_EVENTTYPE as EVENTTYPE
from pyscipopt.scip import PY_SCIP_PARAMSETTING as PARAMSETTING
from pyscipopt.scip import PY_SCIP_RESULT as RESULT

from hubselect.arrays import Arrays
from hubselect.instance import Floats, Ints
from hubselect.solving.master import Line, Master
from hubselect.solving.moves import ties
from hubselect.solving.narrow import narrowed

AGAIN = 2e-6  # relative: SCIP's own tolerance of a row, and some
YEARS = 1000  # more than a plan has
NONE = 1e-9  # a coefficient that is noise


@dataclass(frozen=True)
class Grown:
    """How a tree ended: 'closed' where no map below the cap is left; what bounds all maps."""

    state: Literal["closed", "stopped"]
    bound: float
    nodes: int


@dataclass(frozen=True, eq=False)
class Caller:
    """What a tree asks of the search it belongs to.

    `judge` prices a map and adds its cuts to the master; `cap` is the cost from which maps are of
    no use; `met` hears bound and nodes, and says whether to stop.
    """

    judge: Callable[[Floats], None]
    cap: Callable[[], float]
    met: Callable[[float, int], bool]


def grow(
    master: Master, caller: Caller, *, seconds: float, nodes: int = -1, sizes: bool = False,
    side: Line | None = None,
) -> Grown:  # fmt: skip
    """Branch until no map below the cap is left, for at most `seconds` or `nodes`.

    Only maps of one side of a row, where it is given. With `sizes` largest sizes are branched on
    first, of each the latest year: fewer nodes, where SCIP's own choice meets fewer maps.
    """
    whole = master.capped(caller.cap(), side)
    open_ = narrowed(whole)
    if open_ is None:
        return Grown("closed", caller.cap(), 0)
    tree = _Tree(master, caller, open_)
    if sizes:
        for column, rank in zip(tree.columns, _ranks(whole), strict=False):
            tree.scip.chgVarBranchPriority(column, int(rank))
    scip = tree.scip
    scip.setParam("limits/time", max(seconds, 0.0))
    scip.setParam("limits/totalnodes", nodes)
    scip.optimizeNogil()
    if tree.failure is not None:
        raise tree.failure
    count = int(scip.getNTotalNodes())
    if scip.getStatus() == "infeasible":
        return Grown("closed", caller.cap(), count)
    return Grown("stopped", tree.bound, count)


class _Tree:
    """A SCIP model of the master and its handlers."""

    def __init__(self, master: Master, caller: Caller, open_: Arrays) -> None:
        self.master, self.caller = master, caller
        self.settled = np.where(open_.lower == open_.upper, open_.lower, 0.0)  # in no row
        self.open = open_.lower < open_.upper
        self.failure: BaseException | None = None
        self.judged: set[bytes] = set()  # maps the tree met
        self.closed = False  # the last of them costs too much
        self.bound = -np.inf  # as told last: once stopped, SCIP may forget the node it was at
        self.scip = scip = Scip()
        scip.hideOutput()
        self._state(open_)
        self.taken = len(master.rows)  # rows of the master that are in
        self.capped = caller.cap()
        scip.includeConshdlr(
            _Lazy(self), "priced_maps", "cuts of the maps that are priced", enfopriority=-1,
            chckpriority=-1, sepafreq=-1, propfreq=-1, maxprerounds=0, needscons=False,
        )  # fmt: skip
        scip.includeEventhdlr(_Met(self), "met", "hears every node")
        # nothing is a solution, so looking for some is of no use; cheap cuts pay, others do not
        scip.setHeuristics(PARAMSETTING.OFF)
        scip.setSeparating(PARAMSETTING.FAST)
        scip.setParam("separating/maxroundsroot", 5)
        # cuts yet to come may part what looks alike or dominated now
        scip.setParam("misc/usesymmetry", 0)
        scip.setParam("misc/allowstrongdualreds", False)
        scip.setParam("misc/allowweakdualreds", False)
        scip.setParam("misc/catchctrlc", False)
        scip.setParam("presolving/maxrestarts", 0)

    def _state(self, a: Arrays) -> None:
        """Columns and rows of the master."""
        kinds = np.where(a.integer, "B", "C")
        ends = ([v if np.isfinite(v) else None for v in side] for side in (a.lower, a.upper))
        self.columns = [
            self.scip.addVar(vtype=str(kind), lb=low, ub=high, obj=float(cost))
            for kind, low, high, cost in zip(kinds, *ends, a.cost, strict=True)
        ]
        for r in range(len(a.rows)):
            held = slice(a.matrix.indptr[r], a.matrix.indptr[r + 1])
            places, values = a.matrix.indices[held], a.matrix.data[held]
            self.add(places, values, a.row_lower[r])

    def add(self, places: Any, values: Any, lower: float) -> None:
        """A row lower ≤ values·x[places]."""
        lower -= float(values @ self.settled[places])
        known = (np.abs(values) > NONE) & self.open[places]
        if not known.any():
            if lower > AGAIN:  # nothing that is left open can mend it
                self.scip.addCons(self.columns[0] >= 2.0)
            return
        pairs = zip(values[known].tolist(), places[known].tolist(), strict=True)
        total = quicksum(value * self.columns[j] for value, j in pairs)
        self.scip.addCons(total >= float(lower))

    def enforce(self) -> None:
        """Price the map of the node, until it is cut off or is known for what it costs."""
        master = self.master
        value = [self.scip.getSolVal(None, x) for x in self.columns[: master.hubs + 1]]
        hubs, estimate = np.rint(value[:-1]) + 0.0, value[-1]  # no -0, which is not 0 in bytes
        for _ in range(2):
            self.caller.judge(hubs)
            if master.lowest(hubs) > estimate + AGAIN * max(1.0, abs(estimate)):
                break
        else:
            master.exclude(hubs)
        if hubs.tobytes() in self.judged and master.lowest(hubs) >= self.caller.cap():
            # cuts so steep that hubs SCIP takes for whole satisfy them: out of this tree
            self.add(np.arange(len(hubs)), 1.0 - 2.0 * hubs, 1.0 - float(hubs.sum()))
        self.judged.add(hubs.tobytes())
        self.closed = master.lowest(hubs) >= self.caller.cap()
        for row, lower in master.rows[self.taken :]:
            places = np.flatnonzero(row)
            self.add(places, row[places], lower)
        self.taken = len(master.rows)
        if self.caller.cap() < self.capped:
            self.capped = self.caller.cap()
            self.scip.addCons(self.columns[master.hubs] <= self.capped)

    def fixed(self) -> bool:
        """Whether the bounds of the node leave one map."""
        return all(x.getLbLocal() > x.getUbLocal() - 0.5 for x in self.columns[: self.master.hubs])

    def guarded(self, work: Callable[[], None]) -> None:
        """Do work for SCIP, which would swallow what it raises."""
        try:
            if self.failure is None:
                work()
        except BaseException as error:  # noqa: BLE001 — raised by `grow`
            self.failure = error
        if self.failure is not None:
            self.scip.interruptSolve()

    def met(self) -> None:
        """Tell of a node; stop where asked to."""
        self.bound = min(float(self.scip.getDualbound()), self.caller.cap())
        if self.caller.met(self.bound, int(self.scip.getNTotalNodes())):
            self.scip.interruptSolve()


class _Lazy(Conshdlr):  # type: ignore[misc]
    """Maps of hubs must cost what they are believed to: never so, until they are cut off."""

    def __init__(self, tree: _Tree) -> None:
        self.tree = tree

    def conscheck(self, *_given: Any, **_named: Any) -> dict[str, Any]:
        """No solution is accepted."""
        return {"result": RESULT.INFEASIBLE}

    def consenfolp(self, *_given: Any) -> dict[str, Any]:
        """Whole hubs at a node."""
        self.tree.guarded(self.tree.enforce)
        self.tree.guarded(self.tree.met)
        return {"result": RESULT.CONSADDED}

    def consenfops(self, *_given: Any) -> dict[str, Any]:
        """Hubs at a node whose LP led nowhere: branch, until they are all fixed there."""
        if not self.tree.fixed():
            return {"result": RESULT.INFEASIBLE}
        self.tree.guarded(self.tree.enforce)
        self.tree.guarded(self.tree.met)
        known = self.tree.failure is None and self.tree.closed
        return {"result": RESULT.CUTOFF if known else RESULT.INFEASIBLE}

    def conslock(self, _constraint: Any, _type: Any, up: int, down: int) -> None:
        """Every column may be kept from either side by a cut yet to come."""
        for column in self.tree.columns:
            self.model.addVarLocksType(column, _type, up + down, up + down)


class _Met(Eventhdlr):  # type: ignore[misc]
    """Hears every node that is done with."""

    def __init__(self, tree: _Tree) -> None:
        self.tree = tree

    def eventinit(self) -> None:
        """Ask for the events of nodes."""
        self.model.catchEvent(EVENTTYPE.NODESOLVED, self)

    def eventexit(self) -> None:
        """Ask for no more."""
        self.model.dropEvent(EVENTTYPE.NODESOLVED, self)

    def eventexec(self, _event: Any) -> None:
        """A node is done with."""
        self.tree.guarded(self.tree.met)


def _ranks(a: Arrays) -> Ints:
    """Rank of each column in the order of branching: by size, then by year."""
    return YEARS * _depth(a, "ladder_") - _depth(a, "permanence_")


def _depth(a: Arrays, family: str) -> Ints:
    """How many columns a family's ties put above each column."""
    rows = np.array([name.startswith(family) for name in a.rows], dtype=bool)
    _, below, above = ties(a.matrix[rows], a.row_lower[rows], a.row_upper[rows])
    depth = np.zeros(len(a.columns), dtype=np.intp)
    while (depth[below] <= depth[above]).any():
        np.maximum.at(depth, below, depth[above] + 1)
    return depth
