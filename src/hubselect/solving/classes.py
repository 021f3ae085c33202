"""Whole classes of trainees: an integer part that is large, flat and never hard.

The hubs are found with seats in any number, which proves a bound. With those hubs fixed the seats
are brought into whole classes at least cost. What the classes cost more counts as gap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from hubselect.arrays import Arrays
from hubselect.solving import highs
from hubselect.solving.highs import PRECISION, Progress, Result, Settings, relative_gap


def any_seats(arrays: Arrays) -> Arrays:
    """The arrays with classes of any number: only hubs are whole."""
    return replace(arrays, integer=arrays.hubs)


def into_classes(
    arrays: Arrays,
    found: Result,
    settings: Settings,
    *,
    progress: Callable[[Progress], None] | None = None,
) -> Result:
    """The plan `found` by `any_seats`, with its hubs, and seats in whole classes at least cost.

    'optimal' where the gap asked is proven against the bound of `found`; else 'limit', with the
    plan in whole classes where these hubs have one.
    """
    if found.x is None:
        return found
    hubs = arrays.hubs
    fixed = arrays.with_bounds(hubs, np.rint(found.x[hubs]), np.rint(found.x[hubs]))
    left = max(settings.time_limit - found.seconds, 0.0)
    share = replace(settings, gap=settings.gap / 4, time_limit=left)

    def told(p: Progress) -> None:
        if progress is not None:
            seconds, nodes = found.seconds + p.seconds, found.nodes + p.nodes
            progress(Progress(seconds, p.incumbent, found.bound, nodes, p.stopping))

    whole = highs.run(fixed, share, progress=told)
    proven = whole.x is not None and (
        relative_gap(whole.objective, found.bound) <= settings.gap + PRECISION
    )
    interrupted = "interrupted" in (whole.state, found.state)
    return replace(
        whole,
        state="interrupted" if interrupted else "optimal" if proven else "limit",
        bound=found.bound,
        nodes=found.nodes + whole.nodes,
        seconds=found.seconds + whole.seconds,
    )
