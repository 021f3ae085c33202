"""What two solves prove of a difference, and one question put to a laid-open plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from hubselect.arrays import Arrays
from hubselect.errors import InfeasibleError, NoPlanError, SolverError
from hubselect.explore.workbench import Workbench
from hubselect.instance import Instance
from hubselect.plan import Plan
from hubselect.solving import Progress, Run, Solved, solve_compiled

State = Literal["solved", "nothing fits", "no plan yet", "interrupted"]


@dataclass(frozen=True)
class Step:
    """Where a room's work stands: the question asked now, how many are done, of how many."""

    what: str
    done: int
    of: int
    inner: Progress | None = None  # the solve that runs


Told = Callable[[Step], None]


@dataclass(frozen=True)
class Difference:
    """A cost difference in MMAD: between the plans found, and the interval that is proven.

    With plans of cost C, C' and bounds B, B' the optima differ by at least B' − C and at most
    C' − B.
    """

    value: float
    low: float
    high: float

    @property
    def hidden(self) -> bool:
        """Whether the interval contains zero: the effect is below the gap."""
        return self.low <= 0.0 <= self.high

    def __neg__(self) -> Difference:
        """The same change undone."""
        return Difference(-self.value, -self.high, -self.low)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, MAD."""
        return {
            "mad": self.value * 1e6,
            "low_mad": _plain(self.low * 1e6),
            "high_mad": _plain(self.high * 1e6),
            "below_the_gap": self.hidden,
        }


@dataclass(frozen=True)
class Known:
    """Cost of the best plan of a problem and a proven bound on every plan's, MMAD."""

    cost: float
    bound: float

    def with_plan(self, cost: float) -> Known:
        """The same once another plan of the problem is known."""
        return Known(min(self.cost, cost), self.bound)

    def up_to(self, changed: Known, *, nested: bool) -> Difference:
        """Cost of going from this problem to a changed one.

        Args:
            nested: every plan of the changed problem is one of this problem, so that the
                difference cannot be negative.
        """
        low, high = changed.bound - self.cost, changed.cost - self.bound
        value = changed.cost - self.cost
        if nested:
            low, value = max(low, 0.0), max(value, 0.0)
        return Difference(value, low, max(high, low))


@dataclass(frozen=True, eq=False)
class Answer:
    """What became of one solve: its plan and bound where there is one."""

    state: State
    solved: Solved | None = None
    plan: Plan | None = None  # certified

    @property
    def known(self) -> Known | None:
        """Cost and bound of the plan found, or None."""
        if self.solved is None:
            return None
        return Known(self.solved.objective, self.solved.bound)

    @property
    def stopped(self) -> bool:
        """Whether Ctrl-C ended it: no further question should be asked."""
        return self.state == "interrupted" or (
            self.solved is not None and self.solved.stopped_by == "interruption"
        )


def ask(
    bench: Workbench,
    arrays: Arrays,
    *,
    instance: Instance | None = None,
    title: str = "",
    gap: float | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Answer:
    """Solve changed arrays and certify the plan found against the instance it is a plan of.

    Args:
        instance: whose cost the arrays minimise; the bench's own unless given.

    Raises:
        CertificateError: the plan breaks the instance.
        SolverError, UnboundedError: as `Workbench.solve`.
    """
    try:
        solved = _solve(bench, arrays, gap, progress)
        return Answer("solved", solved, bench.plan_from(solved, instance=instance, title=title))
    except InfeasibleError:
        return Answer("nothing fits")
    except NoPlanError as error:
        return Answer("interrupted" if error.interrupted else "no plan yet")
    except KeyboardInterrupt:
        return Answer("interrupted")


def _solve(
    bench: Workbench,
    arrays: Arrays,
    gap: float | None,
    progress: Callable[[Progress], None] | None,
) -> Solved:
    """Solve warm; where the solver fails on the way, cold, and then by branching alone.

    A linear program that starts from another one's end may get lost in rounding.
    """
    settings = bench.settings if gap is None else replace(bench.settings, gap=gap)
    try:
        return bench.solve(arrays, gap=gap, progress=progress)
    except SolverError:
        pass
    try:
        how = Run(settings, progress=progress)
        return solve_compiled(bench.compiled, how, arrays=arrays, blame=False)
    except SolverError:
        how = Run(settings, decomposed=False, progress=progress)
        return solve_compiled(bench.compiled, how, arrays=arrays, blame=False)


def base_of(bench: Workbench, gap: float, progress: Callable[[Progress], None] | None) -> Known:
    """Cost and bound of the plan itself; solved again where a finer gap is asked for.

    Raises:
        KeyboardInterrupt: interrupted before an answer.
    """
    known = Known(bench.cost, bench.bound)
    span = known.cost - known.bound
    if span <= gap * abs(known.cost) + 1e-6 * max(1.0, abs(known.cost)):
        return known
    answer = ask(bench, bench.compiled.arrays, gap=gap, progress=progress)
    if answer.known is None:
        return known
    return Known(min(known.cost, answer.known.cost), max(known.bound, answer.known.bound))


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None
