"""One block of a sweep: a few futures in a row, each from where the last one ended."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from hubselect.arrays import Arrays
from hubselect.assemble import assemble
from hubselect.audit import audit
from hubselect.decisions import Decisions
from hubselect.errors import CertificateError, SolverError
from hubselect.instance import Floats, Instance
from hubselect.model import FAMILIES
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.scoring import Scores
from hubselect.solving import Compiled, Settings, decode, polish
from hubselect.solving.chain import Chain
from hubselect.solving.classes import any_seats, into_classes
from hubselect.solving.highs import PRECISION, Result, relative_gap
from hubselect.solving.reduction import Reduced, reduce
from hubselect.solving.shortfall import lowered, shortfall_prices, shortfalls, with_shortfall
from hubselect.solving.template import RestructuredError, Template
from hubselect.tables import decision_tables

SAMPLED, MOST_SAMPLED = 40, 12
AUDITED = 10  # every so many futures one plan is audited
SITE = "site:"
TEXTS = ("outcome", "ruled_out_by")  # columns of results that are no numbers
LIGHT = 1e-6  # weights below are noise, relative to the largest
FOLLOWS = {"national_capacity": "job_target", "floor_cover": "regional_floor"}
FIGURES = (
    "missing_jobs", "missing_exports_mad", "jobs", "exports_mad", "hubs", "workstations", "seats",
)  # fmt: skip


class Futures(Protocol):
    """Many futures of one scenario: `Draws` or `Grid`."""

    def __len__(self) -> int: ...

    @property
    def table(self) -> pd.DataFrame:
        """What distinguishes the futures, a row each."""
        ...

    def future(self, regions: Regions, scenario: Scenario, n: int) -> tuple[Regions, Scenario]:
        """Atlas and scenario of future n."""
        ...

    def path(self, numbers: Sequence[int]) -> list[int]:
        """The same futures in an order in which neighbours are alike."""
        ...


@dataclass(frozen=True, eq=False)
class Job:
    """All a worker needs. `key` names the work: the same key, the same results."""

    key: str
    regions: Regions
    scenario: Scenario
    scores: Scores
    futures: Futures
    settings: Settings
    missing_job: float | None  # MMAD
    without: tuple[str, ...]
    block: int

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return -(-len(self.futures) // self.block)

    def numbers(self, block: int) -> range:
        """Futures of a block."""
        return range(block * self.block, min((block + 1) * self.block, len(self.futures)))

    @property
    def samples(self) -> list[int]:
        """A few futures from all over: one in `SAMPLED`, at most `MOST_SAMPLED`."""
        count = min(len(self.futures) // SAMPLED, MOST_SAMPLED)
        return [(2 * k + 1) * len(self.futures) // (2 * count) for k in range(count)]

    def instance(self, n: int) -> Instance:
        """The planning problem of future n."""
        regions, scenario = self.futures.future(self.regions, self.scenario, n)
        return assemble(regions, scenario, self.scores)


@dataclass(frozen=True, eq=False)
class _Ready:
    """A job's scenario compiled and solved once in this process: where each block begins.

    A few futures are solved after it, so that what seldom matters is known to the chain.
    """

    template: Template
    reduced: Reduced
    start: Chain


_READY: dict[str, _Ready] = {}


def solve_block(job: Job, block: int) -> pd.DataFrame:
    """Results of a block, a row a future (index: its number).

    A block always begins at the same plans, and takes its futures in an order of its own: its
    rows depend on nothing but the job.

    Raises:
        CertificateError: an audited plan does not hold.
    """
    ready = _ready(job)
    chain = ready.start.copy()
    path = job.futures.path(job.numbers(block))
    rows = {n: _row(job, ready, chain, n) for n in path}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("future").sort_index()


def _ready(job: Job) -> _Ready:
    if job.key not in _READY:
        _READY.clear()  # one job at a time
        compiled = Compiled.of(assemble(job.regions, job.scenario, job.scores), without=job.without)
        template = Template.of(compiled, without=job.without)
        reduced = reduce(_soft(job, template.arrays(compiled.instance), compiled.instance))
        chain = _chain(job, reduced.arrays)
        chain.solve(any_seats(reduced.arrays))
        for n in job.samples:
            if chain.far:  # nothing of one future serves the next
                break
            with contextlib.suppress(RestructuredError, SolverError):
                instance = job.instance(n)
                arrays = _soft(job, template.arrays(instance), instance)
                chain.solve(any_seats(reduce(arrays, reduced).arrays))
        _READY[job.key] = _Ready(template, reduced, chain)
    return _READY[job.key]


def _chain(job: Job, arrays: Arrays) -> Chain:
    """A new chain; where seats come in classes, half of the gap is left for these."""
    settings = job.settings
    return Chain(replace(settings, gap=settings.gap / 2) if _in_classes(arrays) else settings)


def _in_classes(arrays: Arrays) -> bool:
    return not bool((arrays.integer == arrays.hubs).all())


def _soft(job: Job, arrays: Arrays, instance: Instance) -> Arrays:
    if job.missing_job is None:
        return arrays
    return with_shortfall(arrays, instance, job.missing_job)


def _row(job: Job, ready: _Ready, chain: Chain, n: int) -> dict[str, Any]:
    began = time.process_time()
    instance, compiled = job.instance(n), ready.template.compiled
    try:
        arrays = _soft(job, ready.template.arrays(instance), instance)
    except RestructuredError:  # other columns: nothing of the chain fits
        compiled = Compiled.of(instance, without=job.without)
        arrays = _soft(job, compiled.arrays, instance)
        chain = _chain(job, arrays)
    try:
        reduced = reduce(arrays, ready.reduced)
        result, ruled_out_by = _solved(job, chain, reduced, whole=n % AUDITED == 0)
        row = _outcome(job, instance, result, ruled_out_by)
    except SolverError:  # one future that HiGHS fails on does not end a sweep
        result = Result("limit", None, np.inf, -np.inf, 0, 0.0)
        row = _outcome(job, instance, result) | {"outcome": "solver error"}
    if result.x is not None:
        row |= _figures(
            job, instance, decode(instance, compiled.model, arrays, result.x), result, n
        )
    row["cpu_seconds"] = time.process_time() - began
    return row


def _solved(job: Job, chain: Chain, reduced: Reduced, *, whole: bool) -> tuple[Result, str]:
    """Solve without the columns of staff by segment; they are worked out where asked (`whole`).

    Which segment employs whom costs nothing, and no figure of a sweep needs it. Where nothing
    fits, also the families of policy that rule it out.
    """
    result = _least(job, chain, reduced.arrays)
    if result.x is None:
        return result, _ruled_out_by(reduced.arrays.rows, result.row_duals)
    if whole:
        full = reduced.restore(result.x, chain.settings)
        if full is None:  # the LP's own rounding leaves no staff that adds up
            return _least(job, Chain(chain.settings), reduced.model), ""
        return replace(result, x=full), ""
    full = np.zeros(len(reduced.model.columns))
    full[reduced.kept] = result.x
    return replace(result, x=full), ""


def _least(job: Job, chain: Chain, arrays: Arrays) -> Result:
    """A chain's optimum, with seats in whole classes where these are asked for.

    Raises:
        KeyboardInterrupt: Ctrl-C was heard.
    """
    result = chain.solve(any_seats(arrays))
    if result.x is not None and _in_classes(arrays):
        result = into_classes(arrays, result, job.settings)
        if result.x is not None:
            exact = polish(arrays, result, job.settings)
            assert exact.x is not None
            result = replace(exact, objective=float(arrays.cost @ exact.x + arrays.offset))
    if result.state == "interrupted":
        raise KeyboardInterrupt
    return result


def _ruled_out_by(rows: Sequence[str], weights: Floats | None) -> str:
    """Policy families whose rows, with physics, prove by these weights that nothing fits."""
    if weights is None:
        return ""
    used = np.flatnonzero(np.abs(weights) > LIGHT * np.abs(weights).max(initial=0.0))
    families = {_policy_of(rows[r]) for r in used.tolist()} - {""}
    return " + ".join(f for f in FAMILIES if f in families)


def _policy_of(row: str) -> str:
    """Policy family of a row by its name; of a strengthening row the one it follows from."""
    found = max((f for f in FAMILIES if row == f or row.startswith(f"{f}_")), key=len, default="")
    found = FOLLOWS.get(found, found)
    return found if found and FAMILIES[found].kind == "policy" else ""


def _outcome(
    job: Job, instance: Instance, result: Result, ruled_out_by: str = ""
) -> dict[str, Any]:
    """What is known of a future whether it has a plan or not; figures of a plan are missing."""
    found = result.x is not None
    gap = relative_gap(result.objective, result.bound) if found else np.nan
    if found:
        outcome = "proven" if gap <= job.settings.gap + PRECISION else "feasible"
    else:
        outcome = result.state if result.state in ("infeasible", "unbounded") else "no plan"
    return {
        "outcome": outcome,
        "ruled_out_by": ruled_out_by,
        **dict.fromkeys(("cost_mad", "objective_mad"), np.nan),
        "bound_mad": result.bound * 1e6 if np.isfinite(result.bound) else np.nan,
        "gap": gap,
        **dict.fromkeys(FIGURES, np.nan),
        **{f"{SITE}{site}": np.nan for site in instance.sites},
    }


def _figures(job: Job, i: Instance, d: Decisions, result: Result, n: int) -> dict[str, float]:
    """Cost and size of a plan; every tenth is audited."""
    assert result.x is not None
    penalty, missing, exports = 0.0, np.zeros(0), np.zeros(0)
    kept = i
    if job.missing_job is not None:
        missing, exports = shortfalls(i, result.x)
        prices = shortfall_prices(i, job.missing_job)
        penalty = float(prices @ np.concatenate([missing, exports]))
        kept = lowered(i, missing, exports)
    cost = result.objective - penalty
    if n % AUDITED == 0:
        _certify(kept, d, cost, n)
    before = d.jobs[:, :, -2] if len(i.years) > 1 else i.base_jobs
    built = d.installed[:, 0, -1]
    return {
        "cost_mad": cost * 1e6,
        "objective_mad": result.objective * 1e6,
        "missing_jobs": float(missing[-1]) if len(missing) else 0.0,
        "missing_exports_mad": float(exports[-1]) * 1e6 if len(exports) else 0.0,
        "jobs": float(d.jobs[:, :, -1].sum()),
        "exports_mad": float(i.revenue[:, -1] @ (d.jobs[:, :, -1] + before).sum(axis=0)) / 2 * 1e6,
        "hubs": float(built.sum()),
        "workstations": float(i.increment @ d.installed[:, :, -1].sum(axis=0)),
        "seats": float(d.seats.sum()),
        **{f"{SITE}{site}": float(z) for site, z in zip(i.sites, built, strict=True)},
    }


def _certify(instance: Instance, decisions: Decisions, cost: float, n: int) -> None:
    result = audit(instance, decision_tables(instance, decisions), cost)
    if not result.passed:
        worst = result.table.sort_values("max_violation").iloc[-1]
        raise CertificateError(
            f"the plan of future {n} breaks {worst['family']} by {worst['max_violation']:.2g} "
            f"(cost error {result.objective_error:.2g})"
        )
