"""One case through every phase: wall and CPU seconds, and the memory it took."""

from __future__ import annotations

import re
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hubselect.arrays import compile_problem
from hubselect.assemble import assemble
from hubselect.bench.cases import Case
from hubselect.catchments import gather
from hubselect.errors import HubselectError
from hubselect.model import build
from hubselect.plan import Plan
from hubselect.planning import solve
from hubselect.regions import Regions
from hubselect.report.text import plan_text
from hubselect.scenario import Scenario
from hubselect.score_regions import score
from hubselect.solving import Progress, Settings, highs

CROSSED = {"first plan": np.inf, "1 %": 0.01, "0.1 %": 0.001}


@dataclass(eq=False)
class Clock:
    """Wall and CPU seconds by phase, in the order measured."""

    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure what is done inside."""
        began, spent = time.perf_counter(), time.process_time()
        yield
        self.keep(name, time.perf_counter() - began, time.process_time() - spent)

    def keep(self, name: str, wall: float, cpu: float) -> None:
        """Note a phase measured elsewhere."""
        self.wall[name], self.cpu[name] = wall, cpu


@dataclass(frozen=True, eq=False)
class Measured:
    """One run of a case: clock, plan (None where there is none), gap curve, peak MB, what failed.

    `curve`: (seconds, cost MMAD or None, bound MMAD or None), as the solver told them.
    """

    case: Case
    clock: Clock
    plan: Plan | None
    curve: tuple[tuple[float, float | None, float | None], ...]
    peak_mb: float
    failure: str = ""


def measure(
    case: Case,
    *,
    time_limit: float = 300.0,
    progress: Callable[[Progress], None] | None = None,
) -> Measured:
    """Run a case through its phases. The phases from 'first plan' on count from the solve's start.

    The solve itself states the model again: 'build', 'hand over' and 'root LP' are measured apart
    before it and are no part of its time.

    Raises:
        ScenarioError, DataError: the case's input is wrong.
    """
    clock = Clock()
    with clock.phase("read"):
        regions = Regions.morocco(case.level)
        scenario = Scenario.named(case.scenario, overrides=[f"solve.time_limit={time_limit}"])
    if case.gap is not None:
        scenario = scenario.replace(solve__gap=case.gap)
    with clock.phase("score"):
        scores = score(regions, scenario)
    planned = gather(regions) if case.level == "commune" else regions
    with clock.phase("assemble"):
        instance = assemble(planned, scenario, scores)
    with clock.phase("build"):
        arrays = compile_problem(build(instance).problem)
    with clock.phase("hand over"):
        highs.load(arrays, Settings(), relaxed=True)
    with clock.phase("root LP"):
        highs.run(arrays, Settings(time_limit=time_limit), relaxed=True)
    curve: list[tuple[float, float | None, float | None]] = []
    watch = _Watch(clock, curve, progress)
    plan, failure = None, ""
    try:
        with clock.phase("solve"):
            plan = solve(regions, scenario, scores=scores, progress=watch)
    except HubselectError as error:
        failure = str(error).splitlines()[0]
    if plan is not None:
        watch.end(plan)
        with clock.phase("audit"):
            plan.audit()
        with clock.phase("report"):
            plan_text(plan)
            plan.to_json()
    return Measured(case, clock, plan, tuple(curve), peak_mb(), failure)


class _Watch:
    """Listens to a solve: when the first plan and each gap were reached."""

    def __init__(self, clock: Clock, curve: list[Any], progress: Any) -> None:
        self.clock, self.curve, self.progress = clock, curve, progress
        self.began, self.spent = time.perf_counter(), time.process_time()

    def __call__(self, p: Progress) -> None:
        self.note(p.incumbent, p.bound, p.gap)
        if self.progress is not None:
            self.progress(p)

    def note(self, cost: float | None, bound: float | None, gap: float | None) -> None:
        """Keep a point of the curve, and the phases it ends."""
        wall, cpu = time.perf_counter() - self.began, time.process_time() - self.spent
        if not self.curve or self.curve[-1][1:] != (cost, bound):
            self.curve.append((wall, cost, bound))
        for name, wanted in CROSSED.items():
            if name not in self.clock.wall and gap is not None and gap <= wanted + 1e-9:
                self.clock.keep(name, wall, cpu)

    def end(self, plan: Plan) -> None:
        """What the plan itself proves."""
        facts = plan.facts
        bound = None if facts.bound_mad is None else facts.bound_mad / 1e6
        self.note(facts.objective_mad / 1e6, bound, facts.gap)


def peak_mb() -> float:
    """Most memory this process has held, MB."""
    status = Path("/proc/self/status")
    # where there is one: getrusage begins with what the calling process held
    if status.is_file() and (held := re.search(r"VmHWM:\s+(\d+) kB", status.read_text())):
        return int(held.group(1)) / 1024.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024.0**2 if sys.platform == "darwin" else 1024.0)
