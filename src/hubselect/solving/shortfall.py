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
    """A column of missing jobs for each job target, at `price` MMAD a job (money of the year).

    `arrays` must be stated without the families `HARD`. Σ J + short ≥ target; where the capacity
    row stands, a missing job frees at most the largest number of workstations a job takes.
    """
    targets = instance.policy.job_target
    row = {name: n for n, name in enumerate(arrays.rows)}
    most = float(instance.workstations_per_job.max())
    added = sparse.lil_array((len(arrays.rows), len(targets)))
    for j, (t, _) in enumerate(targets):
        year = instance.years[t]
        added[row[label("job_target", year)], j] = 1.0
        if (capacity := row.get(label("national_capacity", year))) is not None:
            added[capacity, j] = most
    count = len(targets)
    return replace(
        arrays,
        matrix=sparse.csr_array(sparse.hstack([arrays.matrix, added])),
        cost=np.append(arrays.cost, [price * instance.discount[t] for t, _ in targets]),
        lower=np.append(arrays.lower, np.zeros(count)),
        upper=np.append(arrays.upper, [heads for _, heads in targets]),
        integer=np.append(arrays.integer, np.zeros(count, dtype=bool)),
        columns=(*arrays.columns, *(label("short", instance.years[t]) for t, _ in targets)),
    )


def missing_jobs(instance: Instance, x: Floats) -> Floats:
    """Heads missing at each job target, from the last columns of a solution."""
    count = len(instance.policy.job_target)
    return np.asarray(np.maximum(x[len(x) - count :], 0.0)) if count else np.zeros(0)


def lowered(instance: Instance, missing: Floats) -> Instance:
    """The instance with each job target lowered by what is missing: what a plan then satisfies."""
    targets = tuple(
        (t, heads - float(gone))
        for (t, heads), gone in zip(instance.policy.job_target, missing, strict=True)
    )
    return instance.replace(policy=replace(instance.policy, job_target=targets))
