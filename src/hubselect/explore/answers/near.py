"""Plans almost as cheap as a plan: is there one that …, proven or found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np

from hubselect.arrays import Arrays
from hubselect.decisions import Decisions
from hubselect.errors import SolverError
from hubselect.explore.answers.proven import Known, Step, Told, ask, base_of
from hubselect.explore.workbench import Workbench
from hubselect.instance import Floats
from hubselect.ledger import ledger, objective
from hubselect.plan import Plan
from hubselect.solving import Progress, Solved, decode
from hubselect.solving.live import LiveLp

Verdict = Literal["found", "none", "open"]


class Interrupted(Exception):  # noqa: N818 — not an error: the answers so far are kept
    """Ctrl-C was heard during a question."""


@dataclass(eq=False)
class Near:
    """The plans that cost at most (1 + within) times a plan, as far as they are known.

    `cap` [MMAD] is that cost. Every plan within `within` of the optimum is among them, since the
    optimum costs no more than the plan; each of them is at most `at_most` above the optimum.
    """

    bench: Workbench
    within: float
    gap: float
    tell: Told | None = None
    base: Known = field(init=False)
    found: list[Plan] = field(init=False)
    last: Plan | None = None  # the plan that answered the last question
    asked: int = 0

    def __post_init__(self) -> None:
        self.base = base_of(self.bench, self.gap, None)
        self.found = [self.bench.plan]

    @property
    def cap(self) -> float:
        """Highest cost allowed, MMAD."""
        return self.bench.cost + self.within * abs(self.bench.cost)

    @property
    def at_most(self) -> float:
        """Proven highest distance of any of these plans to the optimum, relative."""
        return (self.cap - self.base.bound) / max(abs(self.base.bound), 1e-9)

    @cached_property
    def relaxed(self) -> LiveLp:
        """The relaxation of all these plans: the cost is a row, any objective may be set."""
        arrays = self.bench.compiled.arrays
        capped = arrays.with_row("cap", arrays.cost, -np.inf, self.cap - arrays.offset)
        return LiveLp(capped, self.bench.settings)

    def least(self, weights: Floats) -> float:
        """Proven lower bound on weights · x over all these plans, by the relaxation.

        Raises:
            SolverError: the solver failed.
        """
        self.relaxed.set_cost(weights)
        point = self.relaxed.solve()
        if point is None:
            raise SolverError("no plan is as cheap as the plan itself")
        return float(weights @ point.x)

    def maps(self) -> Iterator[Floats]:
        """Hub maps z [H,K,T] of the plans found."""
        return (plan.decisions.installed for plan in self.found)

    def question(self, arrays: Arrays, what: str) -> Verdict:
        """Whether a plan of these arrays is among them; one that is found is certified and kept.

        The arrays minimise the plan's own cost under more rows or bounds. The first solve is as
        loose as the question allows; a finer one follows where it leaves it open.

        Raises:
            Interrupted: Ctrl-C was heard.
        """
        told = self._told(what)
        for gap in sorted({max(self.within / 2, self.gap), self.gap}, reverse=True):
            answer = ask(self.bench, arrays, title=what, gap=gap, progress=told)
            known = answer.known
            if answer.plan is not None and known is not None and known.cost <= self.cap + 1e-6:
                self.keep(answer.plan)
                self.last = answer.plan
                self.base = self.base.with_plan(known.cost)
                return "found"
            if answer.stopped:
                raise Interrupted
            if answer.state == "nothing fits" or (known and known.bound > self.cap + 1e-6):
                return "none"
        return "open"

    def keep(self, plan: Plan) -> None:
        """Remember a plan whose hub map is new."""
        new = plan.decisions.installed
        if not any(np.array_equal(new, known) for known in self.maps()):
            self.found.append(plan)

    def point_plan(self, x: Floats, title: str) -> Plan:
        """The certified plan at a point of the arrays whose hubs are whole, at its own cost.

        Raises:
            CertificateError: the point breaks the instance.
        """
        compiled = self.bench.compiled
        return self.decided_plan(
            decode(compiled.instance, compiled.model, compiled.arrays, x), title
        )

    def decided_plan(self, decisions: Decisions, title: str) -> Plan:
        """The certified plan with these decisions, at its own cost.

        Raises:
            CertificateError: the decisions break the instance.
        """
        compiled = self.bench.compiled
        cost = objective(ledger(compiled.instance, decisions))
        bound = min(self.base.bound, cost)
        gap = (cost - bound) / max(abs(cost), 1e-9)
        a = compiled.arrays
        solved = Solved(
            decisions, "feasible", "gap", cost, bound, gap, 0, 0.0, len(a.columns), len(a.rows),
            int(a.matrix.nnz),
        )  # fmt: skip
        return self.bench.plan_from(solved, title=title)

    def _told(self, what: str) -> Callable[[Progress], None] | None:
        step = Step(what, self.asked, 0)
        self.asked += 1
        if self.tell is None:
            return None
        tell = self.tell
        tell(step)
        return lambda inner: tell(replace(step, inner=inner))
