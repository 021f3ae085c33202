"""One policy statement: what it says, how it can give way, and the rows that state it.

A clause is one sentence of a scenario ("270,000 jobs in 2030"), where a family is all sentences
of a kind. Physics has no clauses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from hubselect.decisions import Decisions
from hubselect.instance import Instance

Changed = Callable[[Instance, float], Instance]
NOISE = 1e-4  # of a step: what solvers leave uncertain; not worth a whole step


@dataclass(frozen=True, eq=False)
class Clause:
    """One policy statement.

    `value` is its figure: heads, MMAD, a share, a number of hubs, or 1 for a statement that holds
    or not. It gives way by falling (`sense` −1), by rising (+1), or altogether (0). `scale` is
    the unit its rows are relaxed in, `step` the precision its figure is told in. A clause without
    `change` can be blamed but not changed.
    """

    key: str  # 'job_target 2030'
    family: str
    group: str  # what the order of giving way names: the family, or 'milestone'
    text: str  # '270,000 jobs in 2030'
    value: float
    sense: int
    scale: float
    step: float
    phrase: Callable[[float], str] = field(repr=False)  # another value, in words
    change: Changed | None = field(default=None, repr=False)  # the instance with another value
    setting: Callable[[float], str] | None = field(default=None, repr=False)  # as an override
    ratio: Callable[[Instance, Decisions], float] | None = field(default=None, repr=False)
    scales: tuple[float, ...] = ()  # of each row, where they differ
    rows: tuple[int, ...] = ()

    def away(self, value: float, extra: int = 0) -> float:
        """A figure rounded to steps so that no less gives way; `extra` steps more."""
        if self.sense == 0:
            return 0.0
        steps = value / self.step
        whole = np.ceil(steps) if self.sense > 0 else np.floor(steps)
        if abs(steps - round(steps)) <= NOISE:
            whole = round(steps)
        return float(max(whole + self.sense * extra, 0) * self.step)

    def given(self, value: float) -> float:
        """How much of the figure gives way: |value − figure| / |figure|; 1 for all of it."""
        if self.sense == 0:
            return 1.0
        return abs(value - self.value) / max(abs(self.value), self.step)


def switch(
    key: str,
    family: str,
    text: str,
    phrase: str,
    change: Callable[[Instance], Instance] | None = None,
) -> Clause:
    """A clause that holds or not."""

    def changed(i: Instance, _: float) -> Instance:
        assert change is not None
        return change(i)

    return Clause(
        key=key, family=family, group=family, text=text, value=1.0, sense=0, scale=1.0, step=1.0,
        phrase=lambda _: phrase, change=None if change is None else changed,
    )  # fmt: skip
