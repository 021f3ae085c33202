"""Sites that can stand in for each other: which hubs need not be told apart.

Site a stands in for site b where their columns have the same coefficients in every shared row,
a costs no more, and whatever hubs b may have, a may have. Of any plan with hubs z the plan with
max(z_a, z_b) at a and min(z_a, z_b) at b is a plan too, and costs no more: sums over both sites
stay, and maxima and minima of nested sizes and lasting hubs are nested and last. So z_b ≤ z_a cuts
off no least cost. Doing so for one pair after the other ends, as hubs only move to sites that
stand in for more.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from hubselect.arrays import Arrays
from hubselect.instance import Bools, Floats, Ints

OWN = ("ladder_", "permanence_")


def ordered(arrays: Arrays, whole: Arrays | None = None) -> Arrays:
    """The arrays with a row z_b ≤ z_a behind the others for each column of such a pair.

    Where the arrays are a relaxation of others with the same hubs, the pairs are those of the
    `whole` ones: sites that a relaxation no longer tells apart may differ there.
    """
    whole = arrays if whole is None else whole
    place = np.full(len(whole.columns), -1)
    place[np.flatnonzero(whole.hubs)] = np.flatnonzero(arrays.hubs)
    pairs = stand_ins(whole)
    if not pairs:
        return arrays
    first, second = (place[np.concatenate([pair[k] for pair in pairs])] for k in (0, 1))
    count = len(first)
    each = np.arange(count)
    rows = sparse.csr_array(
        (
            np.repeat([1.0, -1.0], count),
            (np.concatenate([each, each]), np.concatenate([first, second])),
        ),
        shape=(count, len(arrays.columns)),
    )
    return replace(
        arrays,
        matrix=sparse.csr_array(sparse.vstack([arrays.matrix, rows])),
        row_lower=np.append(arrays.row_lower, np.zeros(count)),
        row_upper=np.append(arrays.row_upper, np.full(count, np.inf)),
        rows=(*arrays.rows, *(f"alike_{n}" for n in each)),
    )


def stand_ins(arrays: Arrays) -> list[tuple[Ints, Ints]]:
    """Pairs of sites (columns of a, columns of b) such that z_b ≤ z_a may be asked for."""
    hubs = np.flatnonzero(arrays.hubs)
    own = np.array([name.startswith(OWN) for name in arrays.rows], dtype=bool)
    matrix = sparse.csc_array(arrays.matrix[:, hubs])
    sites = site_columns(sparse.csr_array(matrix)[np.flatnonzero(own)])
    lower, upper, single = hub_bounds(arrays, hubs)
    shared = sparse.csc_array(sparse.csr_array(matrix)[np.flatnonzero(~own & ~single)])
    groups: dict[bytes, list[Ints]] = {}
    for site in sites:
        groups.setdefault(_signature(shared, site), []).append(site)
    cost = arrays.cost[hubs]
    give = 1e-9 * np.abs(cost)

    def stands_in(a: Ints, b: Ints) -> bool:
        cheaper = (cost[a] <= cost[b] + give[b]).all()
        return bool(cheaper and (upper[a] >= upper[b]).all() and (lower[a] >= lower[b]).all())

    found = []
    for group in groups.values():
        for n, a in enumerate(group):
            for m, b in enumerate(group):
                # of two that stand in for each other the first does
                if n != m and stands_in(a, b) and (n < m or not stands_in(b, a)):
                    found.append((hubs[a], hubs[b]))
    return found


def site_columns(own: sparse.csr_array) -> list[Ints]:
    """Hub columns of each site: those that ladders and permanence, the rows given, tie together."""
    count, label = connected_components(own.T @ own, directed=False)
    order = np.argsort(label, kind="stable")
    return np.split(order, np.cumsum(np.bincount(label, minlength=count))[:-1])


def hub_bounds(arrays: Arrays, hubs: Ints) -> tuple[Floats, Floats, Bools]:
    """Bounds of the hub columns with the rows that hold one of them alone, and those rows."""
    lower, upper = arrays.lower[hubs].copy(), arrays.upper[hubs].copy()
    position = np.full(len(arrays.columns), -1)
    position[hubs] = np.arange(len(hubs))
    single = np.diff(arrays.matrix.indptr) == 1
    for r in np.flatnonzero(single):
        at = arrays.matrix.indptr[r]
        j, weight = position[arrays.matrix.indices[at]], arrays.matrix.data[at]
        if j < 0:
            single[r] = False
            continue
        ends = sorted((arrays.row_lower[r] / weight, arrays.row_upper[r] / weight))
        lower[j], upper[j] = max(lower[j], ends[0]), min(upper[j], ends[1])
    return np.ceil(lower - 1e-9), np.floor(upper + 1e-9), single


def _signature(shared: sparse.csc_array, site: Ints) -> bytes:
    """The coefficients of a site's columns in the shared rows, to ten digits."""
    part = sparse.csc_array(shared[:, site])
    part.sort_indices()
    digits = np.array([float(f"{v:.10g}") for v in part.data])
    return part.indptr.tobytes() + part.indices.tobytes() + digits.tobytes()
