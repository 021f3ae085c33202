"""A live LP that begins without rows and columns that seldom matter and takes in those that do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.errors import SolverError
from hubselect.instance import Bools, Floats, Ints
from hubselect.solving.highs import (
    AT_LOWER,
    BASIC,
    Basis,
    Progress,
    Result,
    Settings,
    Watched,
)

SELDOM = ("arc_reach_", "budget_")  # rows out from the start
LARGE = 60_000  # nonzeros from which the interior point method is faster from scratch
BROKEN = 1e-7  # heads, relatively: HiGHS's own tolerance
FAR = 24.0  # hub columns moved at once from which the last basis is dropped
MANY = 1000  # rows and columns taken in at once by a narrowed LP from which it is dropped too
CHEAP = 6e-3  # MMAD a head: columns priced higher at the relaxation are left out afterwards
DENSE = 0.1  # of all nonzeros: where broken rows hold more, the LP is narrowed before they come in
NOISE = 1e-9
WARM = 1.0  # simplex iterations a row from a basis, then from none: some go on for minutes
COLD = 1.5  # from none, at small sizes, in each but the last of
WAYS: tuple[dict[str, float | str], ...] = (  # as infeasible LPs may take minutes in one of them
    {"simplex_scale_strategy": 1, "simplex_dual_edge_weight_strategy": -1},  # HiGHS's own
    {"simplex_scale_strategy": 0, "simplex_dual_edge_weight_strategy": -1},  # unscaled
    {"simplex_scale_strategy": 0, "simplex_dual_edge_weight_strategy": 1},  # and Devex
    {"simplex_scale_strategy": 1, "simplex_dual_edge_weight_strategy": -1, "solver": "ipx"},
)
ENDLESS = 2**31 - 1  # iterations
SIMPLEX: dict[str, float] = {  # of HiGHS at large sizes, where rows and columns come and go
    "simplex_dual_edge_weight_strategy": 1,  # Devex: steepest edge would begin anew each time
    "dual_simplex_cost_perturbation_multiplier": 0.0,  # hundreds of steps to undo it each time
    "simplex_scale_strategy": 0,  # off: what is added would be scaled anew
    "simplex_price_strategy": 1,  # by row: few basins change at a time
}
NONE = np.zeros(0, dtype=np.intp)


class LazyLP:
    """An LP over given arrays that holds only some of their rows and columns at a time.

    A column left out is 0, its lower bound. Results have all columns, and duals of all rows.
    `held` are the rows and columns to begin with; without them all but a few families.
    """

    def __init__(
        self,
        arrays: Arrays,
        settings: Settings,
        *,
        sifting: bool = True,
        held: tuple[Ints, Ints] | None = None,
    ) -> None:
        self.arrays, self._settings, self._sifting = arrays, settings, sifting
        self._way = 0
        self.dear = np.inf  # a cost: runs stop once they prove that the optimum is no less
        self._by_column = sparse.csc_array(arrays.matrix)
        # the first optimum of a wide LP tells which rows and columns matter
        self._wide = held is None and sifting and arrays.matrix.nnz >= LARGE
        if held is None:
            held = np.flatnonzero(~(seldom(arrays) & sifting)), np.arange(len(arrays.columns))
        self._hold(*held)

    def twin(self) -> LazyLP:
        """Another live LP that holds what this one does and begins where it stands."""
        held = self.rows, self.columns
        other = LazyLP(self.arrays, self._settings, sifting=self._sifting, held=held)
        other._waiting_rows = self._waiting_rows.copy()  # less those spared
        other._wide = self._wide
        if self._fixed is not None:
            other.fix(*self._fixed)
        if self._solver.has_basis:
            other.start_at(self.basis())
        return other

    def _hold(self, rows: Ints, columns: Ints) -> None:
        """A new solver with these rows and columns."""
        a = self.arrays
        self.rows, self.columns = rows, columns
        self._fixed: tuple[Ints, Floats] | None = None
        self._place = np.full(len(a.columns), -1)
        self._place[columns] = np.arange(len(columns))
        self._waiting_rows = _others(rows, len(a.rows))
        self._waiting_columns = _others(columns, len(a.columns))
        self._solver = Watched(
            with_columns(with_rows(a, rows), columns), self._settings, relaxed=True
        )
        if a.matrix.nnz >= LARGE:
            self._solver.option("solver", "ipx")
            for name, value in SIMPLEX.items():
                self._solver.option(name, value)

    def condense(self, root: Result, spared: Bools, kept: Ints = NONE) -> None:
        """Keep the rows that bind at an optimum, and the columns in use or cheap there.

        `spared` rows are dropped for good, columns `kept` stay. The hubs are fixed at the optimum,
        and the LP is run once, so that what follows starts from a basis nearby.
        """
        a = self.arrays
        if not self._sifting or a.matrix.nnz < LARGE or root.x is None or root.row_duals is None:
            return
        self._narrow(root.x, root.row_duals, spared, kept)
        hubs = np.flatnonzero(a.integer)
        self.fix(hubs, root.x[hubs])
        self.run(self._settings.time_limit)

    def sift(self, found: Result, kept: Ints = NONE) -> None:
        """Go on from an optimum's basis with what matters there; columns `kept` stay."""
        if self._sifting and self.arrays.matrix.nnz >= LARGE:
            assert found.x is not None and found.row_duals is not None
            self._sift(found.x, found.row_duals, kept)

    def _sift(self, x: Floats, row_duals: Floats, kept: Ints = NONE) -> None:
        basis, fixed = self.basis(), self._fixed
        self._narrow(x, row_duals, kept=kept)
        if fixed is not None:
            self.fix(*fixed)
        self.start_at(basis)

    def _narrow(
        self, x: Floats, row_duals: Floats, spared: Bools | None = None, kept: Ints = NONE
    ) -> None:
        """Hold the rows that bind at a solution, and the columns in use or cheap there."""
        a = self.arrays
        value = a.matrix @ x
        slack = np.minimum(value - a.row_lower, a.row_upper - value)
        binding = slack <= 1e-6 * np.maximum(1.0, np.abs(value))
        if spared is not None:
            binding &= ~spared
        reduced = a.cost - a.matrix.T @ row_duals
        out = (a.lower == 0) & ~a.integer & (x <= NOISE) & (reduced > CHEAP)
        out[kept] = False
        self._hold(np.flatnonzero(binding), np.flatnonzero(~out))
        self._wide = False
        if spared is not None:
            self._waiting_rows[spared] = False

    def fix(self, columns: Ints, values: Floats) -> None:
        """Fix columns that are held by their bounds.

        At large sizes the next run begins anew where many move: simplex takes longer then.
        """
        self._solver.fix(self._place[columns], values)
        far = self._fixed is None or float(np.abs(values - self._fixed[1]).sum()) > FAR
        self._fixed = columns, values.copy()
        if far and self._sifting and self.arrays.matrix.nnz >= LARGE:
            self._begin_anew()

    def _begin_anew(self) -> None:
        """From no basis, where simplex would take longer from the one there is."""
        self._solver.forget()
        self._solver.option("solver", "ipx")

    @property
    def heard(self) -> bool:
        """Whether Ctrl-C was heard in a run, even where the run ended by itself."""
        return self._solver.heard

    def begin_unscaled(self) -> None:
        """Run without scaling at once next time: as fast where there is an optimum and no basis."""
        self._way = 1

    def _use(self, way: int, allowed: float) -> None:
        """Simplex in one of the ways, for so many iterations a row; in the last one to the end."""
        self._way = way
        for name, value in WAYS[way].items():
            self._solver.option(name, value)
        last = way == len(WAYS) - 1
        most = ENDLESS if last else int(allowed * len(self.arrays.rows))
        self._solver.option("simplex_iteration_limit", most)

    def charge(self, columns: Ints, cost: Floats) -> None:
        """Change the cost of columns that are held."""
        changed = self.arrays.cost.copy()
        changed[columns] = cost
        self.arrays = replace(self.arrays, cost=changed)
        self._solver.charge(self._place[columns], cost)

    def run(
        self,
        seconds: float,
        progress: Callable[[Progress], None] | None = None,
        *,
        strays: float | None = None,
    ) -> Result:
        """Run to an optimum that breaks no row and leaves out no column worth having.

        For at most `seconds`. Where HiGHS fails from the basis it has, or at small sizes strays, it
        begins anew in another way, then with the interior point method; 'limit' where that fails
        too, which proves nothing. With `strays`, iterations a row, it ends as 'limit' where it
        strays.
        """
        began = time.perf_counter()
        methods = ["choose", "ipx"]
        small = self.arrays.matrix.nnz < LARGE
        if small:
            warm = WARM if strays is None else strays
            self._use(self._way, warm if self._solver.has_basis else COLD)
        while True:
            left = max(seconds - (time.perf_counter() - began), 0.0)
            try:
                found = self._solver.run(left, progress, self.dear)
            except SolverError:
                if not methods:
                    return Result("limit", None, np.inf, -np.inf, 0, time.perf_counter() - began)
                self._solver.forget()
                self._solver.option("solver", methods.pop(0))
                continue
            self._solver.option("solver", "choose")
            if found.state in ("optimal", "dear"):
                found, ended = self._checked(found)
                if ended:
                    break
                continue
            if found.state == "infeasible" and self._hopeless():
                break
            if found.state == "limit" and small and time.perf_counter() - began < seconds:
                if strays is not None or self._way == len(WAYS) - 1:
                    break
                self._solver.forget()
                self._use(self._way + 1, COLD)
            elif found.state != "infeasible":
                break
        self._way = 0
        return self._spread(found, time.perf_counter() - began)

    def basis(self) -> Basis:
        """Where the last run ended: what is left out is at its bound, its rows not binding."""
        found = self._solver.basis()
        columns, rows = [AT_LOWER] * len(self.arrays.columns), [BASIC] * len(self.arrays.rows)
        for j, status in zip(self.columns.tolist(), found.columns, strict=True):
            columns[j] = status
        for r, status in zip(self.rows.tolist(), found.rows, strict=True):
            rows[r] = status
        return Basis(columns, rows, self.arrays.rows)

    def start_at(self, basis: Basis) -> None:
        """Begin the next run, a simplex run, at a basis of the same columns."""
        known = basis.for_rows(self.arrays.rows)
        columns = [known.columns[j] for j in self.columns.tolist()]
        rows = [known.rows[r] for r in self.rows.tolist()]
        names = tuple(known.names[r] for r in self.rows.tolist())
        self._solver.option("solver", "choose")
        self._solver.start_at(Basis(columns, rows, names))

    def ray(self) -> Floats | None:
        """Weights of all rows that prove the last run infeasible, where HiGHS has them."""
        found = self._solver.ray()
        return None if found is None else _at(self.rows, found, len(self.arrays.rows))

    def _checked(self, found: Result) -> tuple[Result, bool]:
        """What an optimum is for the whole LP, and whether it is its last word.

        It is where no column left out is worth having, and no row is broken or the cost is dear
        without them; else these are taken in.
        """
        assert found.row_duals is not None
        a = self.arrays
        duals = _at(self.rows, found.row_duals, len(a.rows))
        columns = np.flatnonzero(self._waiting_columns)
        reduced = a.cost[columns] - self._by_column[:, columns].T @ duals
        wanted = columns[reduced < -NOISE]
        if found.bound >= self.dear and not len(wanted):
            return replace(found, state="dear", x=None, objective=np.inf), True
        x = None if found.x is None else _at(self.columns, found.x, len(a.columns))
        broken = NONE if x is None else self._broken(x)
        heavy = int(np.diff(a.matrix.indptr)[broken].sum()) > DENSE * a.matrix.nnz
        if self._wide and x is not None and heavy:
            self._sift(x, duals)
            return found, False
        self._take_columns(wanted)
        self._take_rows(broken)
        narrow = self._sifting and a.matrix.nnz >= LARGE and not self._wide
        if narrow and len(wanted) + len(broken) > MANY:
            self._begin_anew()
        return found, not len(broken) and not len(wanted)

    def _broken(self, x: Floats) -> Ints:
        """Rows left out that a solution breaks."""
        a = self.arrays
        rows = np.flatnonzero(self._waiting_rows)
        value = a.matrix[rows] @ x
        give = BROKEN * np.maximum(1.0, np.abs(value))
        broken = (value < a.row_lower[rows] - give) | (value > a.row_upper[rows] + give)
        return np.asarray(rows[broken])

    def _hopeless(self) -> bool:
        """Whether no column left out can mend an infeasible LP; takes in those that might."""
        waiting = np.flatnonzero(self._waiting_columns)
        ray = self.ray()
        if ray is not None and len(waiting):
            sign, lift = self._sign(ray), (self._by_column.T @ ray)[waiting]
            waiting = waiting[(sign * lift if sign else np.abs(lift)) > NOISE]
        self._take_columns(waiting)
        if len(waiting) and self.arrays.matrix.nnz < LARGE:
            self._solver.forget()  # from a basis without a plan simplex may take minutes
        return not len(waiting)

    def _sign(self, ray: Floats) -> float:
        """1 or −1: a ray or its opposite, whichever weighs sides that rows have; 0: not known.

        What it lifts of the columns held is noise in either, and tells nothing.
        """
        weight = np.abs(ray)
        below, above = (
            weight * np.isinf(self.arrays.row_lower),
            weight * np.isinf(self.arrays.row_upper),
        )
        wrong = below[ray > 0].sum() + above[ray < 0].sum()
        return float(np.sign(below[ray < 0].sum() + above[ray > 0].sum() - wrong))

    def _take_rows(self, rows: Ints) -> None:
        if not len(rows):
            return
        a = self.arrays
        self._waiting_rows[rows] = False
        self.rows = np.concatenate([self.rows, rows])
        part = sparse.csr_array(a.matrix[rows][:, self.columns])
        self._solver.add_rows(part, a.row_lower[rows], a.row_upper[rows])

    def _take_columns(self, columns: Ints) -> None:
        if not len(columns):
            return
        a = self.arrays
        self._waiting_columns[columns] = False
        self._place[columns] = len(self.columns) + np.arange(len(columns))
        self.columns = np.concatenate([self.columns, columns])
        part = sparse.csc_array(sparse.csr_array(self._by_column[:, columns])[self.rows])
        self._solver.add_columns(part, a.cost[columns], a.lower[columns], a.upper[columns])

    def _spread(self, found: Result, seconds: float) -> Result:
        a, duals, x = self.arrays, found.row_duals, found.x
        return replace(
            found,
            x=None if x is None else _at(self.columns, x, len(a.columns)),
            row_duals=None if duals is None else _at(self.rows, duals, len(a.rows)),
            column_duals=None,
            seconds=seconds,
        )


def seldom(arrays: Arrays) -> Bools:
    """Which rows seldom matter."""
    return np.array([name.startswith(SELDOM) for name in arrays.rows], dtype=bool)


def with_rows(a: Arrays, rows: Ints) -> Arrays:
    """The arrays with some of their rows, in the order given."""
    return replace(
        a,
        matrix=a.matrix[rows],
        row_lower=a.row_lower[rows],
        row_upper=a.row_upper[rows],
        rows=tuple(a.rows[r] for r in rows),
    )


def with_columns(a: Arrays, columns: Ints) -> Arrays:
    """The arrays with some of their columns, in the order given; the others are 0."""
    return replace(
        a,
        matrix=sparse.csr_array(a.matrix[:, columns]),
        cost=a.cost[columns],
        lower=a.lower[columns],
        upper=a.upper[columns],
        integer=a.integer[columns],
        columns=tuple(a.columns[j] for j in columns),
    )


def _at(places: Ints, values: Floats, count: int) -> Floats:
    """`count` zeros, with values at some places."""
    full = np.zeros(count)
    full[places] = values
    return full


def _others(places: Ints, count: int) -> Bools:
    """True for all of `count` places but some."""
    left = np.ones(count, dtype=bool)
    left[places] = False
    return left
