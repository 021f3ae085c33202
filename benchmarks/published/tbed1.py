"""TBED1 (Avella and Boccia 2009): capacitated location with costs for a unit of demand."""

from __future__ import annotations

from pathlib import Path

from benchmarks.published import Published, numbers


def read(file: Path) -> Published:
    """n customers, m sites; n demands; m capacities; m fixed costs; unit costs by site."""
    values = numbers(file)
    n, m = int(values[0]), int(values[1])
    demand, rest = values[2 : 2 + n], values[2 + n :]
    unit = rest[2 * m :].reshape(m, n).T
    return Published(unit * demand[:, None], rest[m : 2 * m], rest[:m], demand)
