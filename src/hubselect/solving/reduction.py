"""A smaller model with the same plans: staff by segment is left out and worked out afterwards.

Which segment of a basin employs whom costs nothing: a transport problem from profiles to needs.
By P. Hall (J. London Math. Soc. 10 (1935) 26-30) it can be solved where the people of each set of
profiles are at least what only that set may do. These rows need no staff columns, and each is a
sum of rows of the model: their duals are duals of the model too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from hubselect.arrays import Arrays
from hubselect.instance import Bools, Floats, Ints
from hubselect.solving import highs
from hubselect.solving.highs import Settings

STAFF = "staff_"
HEADS, NEEDS, PEOPLE = "jobs_from_staff_", "segment_mix_", "recruitment_"
SLACK = 1e-8  # relative: how far the LP's own rounding may be from adding up
Asked = Mapping[int, tuple[float, tuple[Any, ...]]]  # by set of profiles: share, rows that ask it


@dataclass(frozen=True, eq=False)
class Reduced:
    """`arrays` without some columns; its rows are `weights` times the rows of the model."""

    model: Arrays
    arrays: Arrays
    weights: sparse.csr_array  # [rows here, rows of the model]
    kept: Ints  # positions of the columns in the model
    sums: sparse.csr_array  # the last of its rows, which stand for those of staff
    equal: Bools  # which of these are equalities

    @classmethod
    def same(cls, arrays: Arrays) -> Reduced:
        """The model as it is."""
        every = sparse.eye_array(len(arrays.rows), format="csr")
        none = sparse.csr_array((0, len(arrays.columns)))
        return cls(
            arrays, arrays, sparse.csr_array(every), np.arange(len(arrays.columns)), none,
            np.zeros(0, dtype=bool),
        )  # fmt: skip

    def fits(self, other: Arrays) -> bool:
        """Whether another model has the same rows of staff, and staff as free of cost."""
        m = self.model
        if m.rows != other.rows or m.columns != other.columns or not len(self.equal):
            return False
        rest = self.weights.indices[: self.weights.shape[0] - len(self.equal)]
        touched = np.setdiff1d(np.arange(len(m.rows)), rest)
        mine, its = m.matrix[touched], other.matrix[touched]
        out = np.setdiff1d(np.arange(len(m.columns)), self.kept)
        pairs = [
            (mine.indptr, its.indptr), (mine.indices, its.indices), (mine.data, its.data),
            (m.row_lower[touched], other.row_lower[touched]),
            (m.row_upper[touched], other.row_upper[touched]),
            (m.cost[out], other.cost[out]), (m.integer[out], other.integer[out]),
            (m.lower[out], other.lower[out]), (m.upper[out], other.upper[out]),
        ]  # fmt: skip
        return all(np.array_equal(a, b) for a, b in pairs)

    def duals(self, reduced: Floats) -> Floats:
        """Duals of the model's rows from those of these rows."""
        return np.asarray(self.weights.T @ reduced)

    def own_duals(self, stated: Floats) -> Floats:
        """Of duals of the model's rows those of the rows that stay as they are; 0 for sums."""
        alone = np.diff(self.weights.indptr) == 1
        first = self.weights.indices[np.minimum(self.weights.indptr[:-1], self.weights.nnz - 1)]
        return np.where(alone, stated[first], 0.0)

    def restore(self, x: Floats, settings: Settings) -> Floats | None:
        """A solution of these arrays with the columns left out; None where none fits.

        Rows that hold only columns left out and kept ones may miss by `SLACK`, relatively.

        Raises:
            KeyboardInterrupt: Ctrl-C was heard.
        """
        m = self.model
        full = np.zeros(len(m.columns))
        full[self.kept] = x
        out = np.setdiff1d(np.arange(len(m.columns)), self.kept)
        if not len(out):
            return full
        columns = m.matrix[:, out]
        rows = np.flatnonzero(np.diff(columns.indptr) > 0)
        known = (m.matrix @ full)[rows]
        give = SLACK * np.maximum(1.0, np.abs(known))
        part = Arrays(
            matrix=sparse.csr_array(columns[rows]),
            row_lower=m.row_lower[rows] - known - give,
            row_upper=m.row_upper[rows] - known + give,
            cost=np.zeros(len(out)),
            offset=0.0,
            lower=m.lower[out],
            upper=m.upper[out],
            integer=m.integer[out],
            columns=tuple(m.columns[j] for j in out),
            rows=tuple(m.rows[r] for r in rows),
        )
        found = highs.run(part, settings, relaxed=True)
        if found.state == "interrupted":
            raise KeyboardInterrupt
        if found.state != "optimal" or found.x is None:
            return None
        full[out] = found.x
        return full


def reduce(arrays: Arrays, like: Reduced | None = None) -> Reduced:
    """The model without its staff columns, or as it is where they are not as expected.

    Args:
        like: of a model of the same structure; not worked out again where the rows are the same.
    """
    if like is not None and like.fits(arrays):
        return _applied(arrays, like.weights, like.kept, like.sums, like.equal)
    staff = np.array([name.startswith(STAFF) for name in arrays.columns])
    touched = np.diff(arrays.matrix[:, np.flatnonzero(staff)].indptr) > 0
    if not _as_expected(arrays, staff, touched):
        return Reduced.same(arrays)
    every = sparse.csr_array(sparse.eye_array(len(arrays.rows), format="csr"))
    sums, equal = _sums(arrays, staff, touched)
    weights = sparse.csr_array(sparse.vstack([every[np.flatnonzero(~touched)], sums]))
    kept = np.flatnonzero(~staff)
    return _applied(arrays, weights, kept, sparse.csr_array((sums @ arrays.matrix)[:, kept]), equal)


def _applied(
    arrays: Arrays, weights: sparse.csr_array, kept: Ints, sums: sparse.csr_array, equal: Bools
) -> Reduced:
    """The smaller model: rows without staff as they are, then the sums, each at least or just 0."""
    rest = weights.indices[: weights.shape[0] - len(equal)]
    smaller = replace(
        arrays,
        matrix=sparse.csr_array(sparse.vstack([arrays.matrix[rest][:, kept], sums])),
        row_lower=np.append(arrays.row_lower[rest], np.zeros(len(equal))),
        row_upper=np.append(arrays.row_upper[rest], np.where(equal, 0.0, np.inf)),
        cost=arrays.cost[kept],
        lower=arrays.lower[kept],
        upper=arrays.upper[kept],
        integer=arrays.integer[kept],
        columns=tuple(arrays.columns[j] for j in kept),
        rows=(*(arrays.rows[r] for r in rest), *(f"profiles_{n}" for n in range(len(equal)))),
    )
    return Reduced(arrays, smaller, weights, kept, sums, equal)


def _as_expected(a: Arrays, staff: Bools, touched: Bools) -> bool:
    """Staff is free of cost and only in its three families, with the senses of the page.

    All of it is counted: in a row of heads and in a row of people.
    """
    rows = [a.rows[r] for r in np.flatnonzero(touched)]
    block = a.matrix[np.flatnonzero(touched)][:, np.flatnonzero(staff)]
    for family in (HEADS, PEOPLE):
        own = np.flatnonzero([name.startswith(family) for name in rows])
        if (np.bincount(block[own].indices, minlength=block.shape[1]) == 0).any():
            return False
    needs = np.array([name.startswith(NEEDS) for name in rows], dtype=bool)
    known = all(name.startswith((HEADS, NEEDS, PEOPLE)) for name in rows)
    low, high = a.row_lower[touched], a.row_upper[touched]
    sides = (low == 0).all() and (high == np.where(needs, np.inf, 0.0)).all()
    costs = (a.cost[staff] == 0).all() and not a.integer[staff].any()
    bounds = (a.lower[staff] == 0).all() and np.isinf(a.upper[staff]).all()
    return bool(staff.any() and known and sides and costs and bounds)


def _sums(a: Arrays, staff: Bools, touched: Bools) -> tuple[sparse.csr_array, Bools]:
    """Weights of the model's rows in each new row, and which new rows are equalities."""
    rows = np.flatnonzero(touched)
    block = a.matrix[rows][:, np.flatnonzero(staff)]
    count, label = connected_components(
        sparse.block_array([[None, block], [block.T, None]], format="csr"), directed=False
    )
    by_block = np.argsort(label[: len(rows)], kind="stable")
    sizes = np.bincount(label[: len(rows)], minlength=count)
    patterns: dict[bytes, list[tuple[Ints, bool]]] = {}
    index, starts, equal = [], [0], []
    for members in np.split(by_block, np.cumsum(sizes)[:-1]):
        held = block[members]
        part: Floats = held[:, np.unique(held.indices)].toarray()
        names = [a.rows[rows[m]] for m in members]
        kind = np.array([[n.startswith(p) for p in (HEADS, NEEDS, PEOPLE)] for n in names])
        need = -_coefficient_of_jobs(a, rows[members], staff)
        key = part.tobytes() + kind.tobytes() + need.tobytes()
        if key not in patterns:
            patterns[key] = _pattern(part, kind, need)
        for used, is_total in patterns[key]:
            index.append(rows[members[used]])
            starts.append(starts[-1] + len(used))
            equal.append(is_total)
    shape = (len(equal), len(a.rows))
    flat = np.concatenate(index)
    return sparse.csr_array((np.ones(len(flat)), flat, starts), shape=shape), np.array(equal)


def _coefficient_of_jobs(a: Arrays, rows: Ints, staff: Bools) -> Floats:
    """Of each row, the coefficients of columns other than staff, added up."""
    return np.asarray(a.matrix[rows] @ np.where(staff, 0.0, 1.0))


def _pattern(part: Floats, kind: Bools, need: Floats) -> list[tuple[Ints, bool]]:
    """Rows of one basin and year to add up for each new row; True marks the total.

    Profiles are bits. For each segment and set of profiles, the rows that ask most of that set
    alone are found by splitting the set.
    """
    heads, needs, people = (np.flatnonzero(kind[:, k]) for k in range(3))
    profile = np.argmax(part[people] < 0, axis=0)  # of each column
    able = part[people].any(axis=0)

    def profiles(row: Any) -> int:
        return int(np.bitwise_or.reduce(1 << profile[(part[row] > 0) & able], initial=0))

    sets = range(1, 1 << len(people))
    asked: list[Asked] = []
    for head in heads:
        mine = part[head] > 0
        stated: dict[int, tuple[float, tuple[Any, ...]]] = {
            profiles(r): (float(need[r]), (r,)) for r in needs if (part[r] > 0)[mine].any()
        }
        asked.append(_most(sets, {**stated, profiles(head): (1.0, (head,))}))
    found = [(np.concatenate([people, heads]), True)]
    total = (1 << len(people)) - 1
    for chosen in sets:
        if chosen == total or _implied(chosen, asked):
            continue
        of_people = [people[g] for g in range(len(people)) if chosen >> g & 1]
        rows = [r for segment in asked for r in segment[chosen][1]]
        found.append((np.array([*of_people, *rows]), False))
    return found


def _most(sets: Iterable[int], rows: Asked) -> Asked:
    """For each set the largest sum of needs of rows on disjoint subsets of it, with the rows."""
    best: dict[int, tuple[float, tuple[Any, ...]]] = {0: (0.0, ())}
    for chosen in sets:
        options = [best[0]] + [value for held, value in rows.items() if held & ~chosen == 0]
        part = (chosen - 1) & chosen
        while part:
            one, other = best[part], best[chosen & ~part]
            options.append((one[0] + other[0], one[1] + other[1]))
            part = (part - 1) & chosen
        # the fewest rows among equal sums
        top = max(value for value, _ in options)
        best[chosen] = min((o for o in options if o[0] >= top - 1e-12), key=lambda o: len(o[1]))
    return best


def _implied(chosen: int, asked: list[Asked]) -> bool:
    """Whether the rows of two parts of a set, or of one part, ask as much of every segment."""
    part = (chosen - 1) & chosen
    while True:
        rest = chosen & ~part
        sums = (s[part][0] + s[rest][0] * (part != 0) for s in asked)
        whole = [s[chosen][0] for s in asked]
        if all(v >= w - 1e-12 for v, w in zip(sums, whole, strict=True)):
            return True
        if part == 0:
            return False
        part = (part - 1) & chosen
