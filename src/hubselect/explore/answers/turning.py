"""The smallest change in a site's data that would turn the decision about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from hubselect.explore.answers.proven import Known, ask
from hubselect.explore.answers.variants import force
from hubselect.explore.workbench import Workbench
from hubselect.instance import Instance
from hubselect.solving import Compiled, Progress

Figure = Literal["capex", "ramp_up"]
CLOSE = 0.02  # where the search for a turning point ends
TRIALS = 4
DEAREST = 4.0  # a rise of the construction cost beyond 400 % is not looked for


@dataclass(frozen=True)
class Turning:
    """How far a figure must change to turn a decision; shares of today's figure.

    The decision is proven to hold at `holds_at` and proven to be turned at `turns_at` (None: not
    even at `limit`, the farthest change tried). Signed: −0.2 of capex is 20 % cheaper; +0.2 of
    ramp-up closes 20 % of what is missing to a hub full from its first year, −0.2 takes 20 % away.
    """

    figure: Figure
    holds_at: float | None
    turns_at: float | None
    limit: float
    solves: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return dict(vars(self))


def changed(bench: Workbench, instance: Instance) -> Workbench:
    """The bench with another instance of the same sets; its hub maps are kept, and its duals too
    where no coefficient of a row has changed.
    """
    compiled = Compiled.of(instance)
    same = compiled.arrays.columns == bench.compiled.arrays.columns and (
        compiled.arrays.rows == bench.compiled.arrays.rows
    )
    if same and abs(compiled.arrays.matrix - bench.compiled.arrays.matrix).max() == 0:
        return replace(bench, compiled=compiled)
    memory = compiled.memory()
    if compiled.arrays.hubs.sum() == bench.compiled.arrays.hubs.sum():
        memory.maps.extend(bench.memory.maps)
    return replace(bench, compiled=compiled, memory=memory)


def with_figure(i: Instance, figure: Figure, sites: Sequence[int], share: float) -> Instance:
    """The instance with a figure of some sites changed by a share, as `Turning` reads it."""
    values = (i.capex if figure == "capex" else i.ramp_up).copy()
    rows = list(sites)
    if figure == "ramp_up" and share > 0:
        values[rows] += share * (1.0 - values[rows])
    else:
        values[rows] *= 1.0 + share
    return i.replace(**{figure: values})


def turning(
    bench: Workbench,
    figure: Figure,
    sites: Sequence[int],
    *,
    held: Known,
    without: Known,
    chosen: bool,
    gap: float,
    progress: Callable[[Progress], None] | None = None,
) -> Turning:
    """Search the change of a figure that turns the decision, each trial re-solved.

    Args:
        held: cost and bound with a hub at one of the sites, at today's figures.
        without: the same without one; no change of these figures moves it.
        chosen: the plan has the hub, and the question is what would lose it.

    Raises:
        KeyboardInterrupt: interrupted; what was proven so far is lost.
    """
    limit = _limit(figure, chosen)
    low, high = (0.0, held.cost - without.cost), None
    # small as a change of data is, the plan itself is the first thing proven
    holds: float | None = 0.0 if _verdict(held, without, chosen) == "holds" else None
    turns: float | None = None
    trial, solves = limit, 0
    while solves <= TRIALS:
        known = _with(bench, figure, sites, trial, gap, progress)
        solves += 1
        verdict = _verdict(known, without, chosen)
        if verdict == "holds" and (holds is None or abs(trial) > abs(holds)):
            holds = trial
        if verdict == "turned" and (turns is None or abs(trial) < abs(turns)):
            turns = trial
        value = known.cost - without.cost
        if (value > 0) == (low[1] > 0):
            if trial == limit:
                break
            low = (trial, value)
        else:
            high = (trial, value)
        if high is None or abs(high[0] - low[0]) <= CLOSE:
            break
        trial = _between(low, high, solves)
    return Turning(figure, holds, turns, limit, solves)


def _limit(figure: Figure, chosen: bool) -> float:
    if figure == "capex":
        return DEAREST if chosen else -1.0
    return -1.0 if chosen else 1.0


def _verdict(held: Known, without: Known, chosen: bool) -> str:
    if held.cost < without.bound:
        return "holds" if chosen else "turned"
    if held.bound > without.cost:
        return "turned" if chosen else "holds"
    return "open"


def _with(
    bench: Workbench,
    figure: Figure,
    sites: Sequence[int],
    share: float,
    gap: float,
    progress: Callable[[Progress], None] | None,
) -> Known:
    """Cost and bound with a hub at one of the sites once the figure has changed."""
    other = changed(bench, with_figure(bench.instance, figure, sites, share))
    forced = force(other, sites)
    answer = (
        None
        if forced is None
        else ask(other, forced.arrays, instance=forced.instance, gap=gap, progress=progress)
    )
    if answer is None or answer.state == "nothing fits":
        return Known(np.inf, np.inf)
    if answer.stopped:
        raise KeyboardInterrupt
    return answer.known or Known(np.inf, -np.inf)


def _between(low: tuple[float, float], high: tuple[float, float], solves: int) -> float:
    """A trial between the two: where a straight line crosses zero, every other time the middle."""
    (a, u), (b, v) = low, high
    middle = (a + b) / 2
    if solves % 2 == 0 or not np.isfinite(u) or not np.isfinite(v):
        return round(middle, 3)
    cross = a + (b - a) * u / (u - v)
    inner = (a + 0.1 * (b - a), b - 0.1 * (b - a))
    return round(float(np.clip(cross, min(inner), max(inner))), 3)
