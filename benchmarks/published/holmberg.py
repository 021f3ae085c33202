"""Holmberg, Rönnqvist and Yuan (1999): single-source capacitated location."""

from __future__ import annotations

from pathlib import Path

from benchmarks.published import Published, numbers


def read(file: Path) -> Published:
    """m sites, n customers; m lines of capacity and fixed cost; n demands; costs by site."""
    values = numbers(file)
    m, n = int(values[0]), int(values[1])
    sites, rest = values[2 : 2 + 2 * m].reshape(m, 2), values[2 + 2 * m :]
    cost = rest[n:].reshape(m, n)
    return Published(cost.T.copy(), sites[:, 1], sites[:, 0], rest[:n])
