"""Where blocks of a sweep run: here, in processes of this machine, or on a Dask cluster.

A runner yields (block, rows) as they come, in any order. Rows do not depend on the runner.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args

import pandas as pd

from hubselect.errors import DataError, Problem, nearest
from hubselect.explore.sweep_block import Job, solve_block

Backend = Literal["processes", "serial", "dask"]
Done = tuple[int, pd.DataFrame]
RETRIES = 3  # a block whose worker dies is given to another worker so many times


def run(
    job: Job, blocks: Sequence[int], backend: Backend, workers: int | None, client: Any
) -> Iterator[Done]:
    """Solve blocks.

    Raises:
        DataError: `dask` without the extra.
    """
    runners = {"processes": _processes, "serial": _serial, "dask": _dask}
    if not blocks:
        return
    yield from runners[backend](job, blocks, workers, client)


def where_problems(backend: object, client: object) -> list[Problem]:
    """What is wrong with where blocks are to run."""
    known = get_args(Backend)
    if backend not in known:
        hint = nearest(str(backend), known)
        return [Problem("backend", f"{backend!r} is unknown", ", ".join(known), hint)]
    if client is None or (backend == "dask" and hasattr(client, "submit")):
        return []
    what = f"is {type(client).__name__} with backend '{backend}'"
    return [Problem("client", what, "a Dask client, with backend 'dask'")]


def _block(job: Job, block: int) -> Done:
    return block, solve_block(job, block)


def _serial(job: Job, blocks: Sequence[int], _workers: int | None, _client: Any) -> Iterator[Done]:
    for block in blocks:
        yield _block(job, block)


def _processes(
    job: Job, blocks: Sequence[int], workers: int | None, _client: Any
) -> Iterator[Done]:
    from joblib import Parallel, delayed

    count = min(-1 if workers is None else workers, len(blocks))
    pool = Parallel(n_jobs=count, backend="loky", return_as="generator_unordered", batch_size=1)
    yield from pool(delayed(_block)(job, block) for block in blocks)


def _dask(job: Job, blocks: Sequence[int], workers: int | None, client: Any) -> Iterator[Done]:
    try:
        from dask import distributed
    except ImportError as error:
        expected = "pip install 'hubselect[dask]'"
        raise DataError([Problem("backend dask", "Dask is not installed", expected)]) from error
    own = client is None
    if own:
        cluster = distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
        )
        client = distributed.Client(cluster)
    try:
        # the job travels with each task: nothing is lost with a worker that dies
        tasks = [client.submit(_block, job, b, retries=RETRIES, pure=False) for b in blocks]
        for task in distributed.as_completed(tasks):
            yield task.result()
            task.release()
    finally:
        if own:
            client.close()
            cluster.close()
