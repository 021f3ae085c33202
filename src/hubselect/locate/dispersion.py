"""p-dispersion: so many sites, as far from each other as can be (Kuby 1987).

Bisection over the distances: are there p sites of which no two are nearer than r? That is a stable
set of p in the graph of pairs nearer than r; its cliques make the rows (Sayah and Irnich 2017).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Bools, Floats
from hubselect.locate.case import make_case
from hubselect.locate.covering import Choice
from hubselect.locate.search import Search
from hubselect.solving.highs import Progress, Settings, run


def disperse(distances: Floats, sites: int, choice: Choice, search: Search) -> None:
    """max min_{i ≠ k open} distance_ik; `search` holds its negative.

    Args:
        distances: [sites, sites], symmetric; the diagonal is not read.
    """
    allowed = np.flatnonzero(~choice.forbidden)
    inner = distances[np.ix_(allowed, allowed)]
    fixed = choice.required[allowed]
    levels = np.unique(inner[np.triu_indices(len(allowed), 1)])
    low, high = 0, len(levels) - 1  # levels[low] can be had; the optimum is at most levels[high]
    if fixed.sum() > 1:
        held = inner[np.ix_(fixed, fixed)]
        nearest = held[np.triu_indices(len(held), 1)].min()
        high = int(np.searchsorted(levels, nearest))
    _offer(distances, allowed[_far_apart(inner, sites, fixed)], search)
    while not search.over:
        low = max(low, int(np.searchsorted(levels, -search.value)))
        search.raise_bound(-float(levels[high]))
        if low >= high:
            break
        middle = (low + high + 1) // 2
        answer, found = _stable(inner < levels[middle], sites, fixed, search)
        if found is not None:
            _offer(distances, allowed[found], search)
        elif answer:
            high = middle - 1
        else:
            break


def _offer(distances: Floats, rows: np.ndarray, search: Search) -> None:
    opened = np.zeros(len(distances), dtype=bool)
    opened[rows] = True
    pairs = distances[np.ix_(rows, rows)]
    value = float(pairs[np.triu_indices(len(rows), 1)].min())
    search.offer(-value, make_case(np.zeros((len(distances), 1))), opened)


def _far_apart(inner: Floats, sites: int, fixed: Bools) -> Bools:
    """A first plan: again and again the site farthest from those chosen (Gonzalez 1985)."""
    chosen = fixed.copy()
    if not chosen.any():
        chosen[np.unravel_index(int(np.argmax(inner)), inner.shape)[0]] = True
    while chosen.sum() < sites:
        nearest = np.where(chosen, -1.0, inner[chosen].min(axis=0))
        chosen[int(np.argmax(nearest))] = True
    return chosen


def _stable(near: Bools, sites: int, fixed: Bools, search: Search) -> tuple[bool, Bools | None]:
    """Whether it is settled that no `sites` sites are pairwise not near; and such sites if any."""
    count = len(near)
    near = near & ~np.eye(count, dtype=bool)
    rows = [*_cliques(near), np.ones(count, dtype=bool)]
    upper = np.ones(len(rows))
    upper[-1] = np.inf
    arrays = Arrays(
        matrix=sparse.csr_array(np.array(rows, dtype=float)),
        row_lower=np.append(np.full(len(rows) - 1, -np.inf), float(sites)),
        row_upper=upper,
        cost=np.zeros(count),
        offset=0.0,
        lower=fixed.astype(float),
        upper=np.ones(count),
        integer=np.ones(count, dtype=bool),
        columns=tuple(map(str, range(count))),
        rows=tuple(map(str, range(len(rows)))),
    )

    def listen(_: Progress) -> None:
        if search.listener is not None:
            search.listener(search.progress())

    result = run(arrays, Settings(gap=0.0, time_limit=max(search.left, 0.01)), progress=listen)
    search.interrupted |= result.state == "interrupted"
    search.nodes += result.nodes
    if result.x is None:
        return result.state == "infeasible", None
    chosen = fixed.copy()
    for k in np.argsort(-result.x, kind="stable"):
        if chosen.sum() >= sites or result.x[k] < 0.5:
            break
        chosen[k] = True
    return False, chosen


def _cliques(near: Bools) -> list[Bools]:
    """Cliques that hold every pair of the graph: greedy, each as large as it grows."""
    left = np.triu(near, 1)
    cliques = []
    while left.any():
        i, k = np.unravel_index(int(np.argmax(left)), left.shape)
        clique = np.zeros(len(near), dtype=bool)
        clique[[i, k]] = True
        common = near[i] & near[k]
        while common.any():
            member = int(np.argmax(np.where(common, (near & common).sum(axis=1), -1)))
            clique[member] = True
            common = common & near[member]
        cliques.append(clique)
        left[np.ix_(clique, clique)] = False
    return cliques
