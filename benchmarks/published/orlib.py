"""OR-Library (Beasley 1990): capacitated location (`cap`) and p-median on graphs (`pmed`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from benchmarks.published import Published, numbers
from scipy.sparse.csgraph import shortest_path


def read_cap(file: Path) -> Published:
    """m sites, n customers; m lines of capacity and fixed cost; per customer demand and m costs.

    Costs are for a customer's whole demand.
    """
    values = numbers(file)
    m, n = int(values[0]), int(values[1])
    sites = values[2 : 2 + 2 * m].reshape(m, 2)
    clients = values[2 + 2 * m :].reshape(n, m + 1)
    return Published(clients[:, 1:], sites[:, 1], sites[:, 0], clients[:, 0])


def read_pmed(file: Path) -> Published:
    """Nodes, edges, p; then edges u v cost. Costs are shortest paths.

    A repeated edge takes its last cost, as OR-Library's notes say.
    """
    values = numbers(file).astype(int)
    n, edges, p = values[:3]
    weight = np.zeros((n, n))
    for u, v, cost in values[3 : 3 + 3 * edges].reshape(edges, 3):
        weight[u - 1, v - 1] = weight[v - 1, u - 1] = cost
    return Published(shortest_path(weight, method="D", directed=False), p=int(p))
