"""Targets that may be missed at a price, so that more futures have a plan to compare."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Floats, Instance
from hubselect.model.variables import label

# rows implied by a target that is no longer sure; national_capacity is made soft instead
HARD = ("floor_cover",)


def with_shortfall(arrays: Arrays, instance: Instance, price: float) -> Arrays:
    """A column of what is missing at each target of jobs, then of exports, at a price.

    `price` is in MMAD a job (money of the year); exports cost as many jobs as they stand for at
    the mean revenue of a job. `arrays` must be stated without the families `HARD`. Σ J + short ≥
    target; where the capacity row stands, a missing job frees at most the largest number of
    workstations a job takes.
    """
    jobs, exports = instance.policy.job_target, instance.policy.export_target
    row = {name: n for n, name in enumerate(arrays.rows)}
    most = float(instance.workstations_per_job.max())
    added = sparse.lil_array((len(arrays.rows), len(jobs) + len(exports)))
    for j, (t, _) in enumerate(jobs):
        year = instance.years[t]
        added[row[label("job_target", year)], j] = 1.0
        if (capacity := row.get(label("national_capacity", year))) is not None:
            added[capacity, j] = most
    for j, (t, _) in enumerate(exports, start=len(jobs)):
        added[row[label("export_target", instance.years[t])], j] = 1.0
    count = len(jobs) + len(exports)
    names = [label("short", instance.years[t]) for t, _ in jobs]
    names += [label("short_exports", instance.years[t]) for t, _ in exports]
    return replace(
        arrays,
        matrix=sparse.csr_array(sparse.hstack([arrays.matrix, added])),
        cost=np.append(arrays.cost, shortfall_prices(instance, price)),
        lower=np.append(arrays.lower, np.zeros(count)),
        upper=np.append(arrays.upper, [aim for _, aim in (*jobs, *exports)]),
        integer=np.append(arrays.integer, np.zeros(count, dtype=bool)),
        columns=(*arrays.columns, *names),
    )


def shortfall_prices(instance: Instance, price: float) -> Floats:
    """Discounted MMAD a job missing at each target, then MMAD an MMAD of exports missing."""
    jobs = [price * instance.discount[t] for t, _ in instance.policy.job_target]
    exports = [
        price * instance.discount[t] / float(instance.revenue[:, t].mean())
        for t, _ in instance.policy.export_target
    ]
    return np.array(jobs + exports, dtype=float)


def shortfalls(instance: Instance, x: Floats) -> tuple[Floats, Floats]:
    """Heads missing at each job target, MMAD at each export target: a solution's last columns."""
    jobs, exports = len(instance.policy.job_target), len(instance.policy.export_target)
    last = np.maximum(x[len(x) - jobs - exports :], 0.0)
    return np.asarray(last[:jobs]), np.asarray(last[jobs:])


def lowered(instance: Instance, jobs: Floats, exports: Floats | None = None) -> Instance:
    """The instance with each target lowered by what is missing: what a plan then satisfies."""
    policy = instance.policy
    exports = np.zeros(len(policy.export_target)) if exports is None else exports

    def less(targets: tuple[tuple[int, float], ...], gone: Floats) -> tuple[tuple[int, float], ...]:
        return tuple((t, aim - float(g)) for (t, aim), g in zip(targets, gone, strict=True))

    return instance.replace(
        policy=replace(
            policy,
            job_target=less(policy.job_target, jobs),
            export_target=less(policy.export_target, exports),
        )
    )
