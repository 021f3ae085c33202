"""UflLib's "simple" format: uncapacitated location."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from benchmarks.published import Published


def read(file: Path) -> Published:
    """A line FILE: name; m sites, n customers, 0; then per site its number, fixed cost, n costs."""
    head, sizes, *rest = file.read_text(encoding="utf-8").splitlines()
    assert head.startswith("FILE:"), head
    m, n, _ = map(int, sizes.split())
    sites = np.array(" ".join(rest).split(), dtype=float).reshape(m, n + 2)
    return Published(sites[:, 2:].T.copy(), fixed=sites[:, 1])
