"""Runs solvers in what is left of the time, one or several at once; tells of it, hears Ctrl-C.

Solvers leave Python to itself while they run, so threads are enough. What runs at once shares
nothing that changes, and its results are taken in order: a run can be repeated.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from hubselect.solving.highs import Progress, Result, Settings, Watched
from hubselect.solving.lazy import LazyLP

T = TypeVar("T")
Status = tuple[float | None, float | None, int]  # best cost and bound, MMAD; nodes


class Runner:
    """The time and the threads of one search, and why it ends."""

    def __init__(self, settings: Settings, progress: Callable[[Progress], None] | None) -> None:
        self._began, self._limit = time.perf_counter(), settings.time_limit
        self.threads = settings.threads
        self._progress = progress
        self._thread = threading.current_thread()
        self.state: str | None = None  # of the search, once it ends
        self.stopping = False  # Ctrl-C was heard while something ran in another thread
        self.status: Callable[[], Status] = lambda: (None, None, 0)

    @property
    def seconds(self) -> float:
        """Seconds since the search began."""
        return time.perf_counter() - self._began

    @property
    def left(self) -> float:
        """Seconds until the limit, not below 0."""
        return max(self._limit - self.seconds, 0.0)

    @property
    def ended(self) -> bool:
        """Whether what runs should stop."""
        return self.state is not None or self.stopping

    def run(self, solver: Watched | LazyLP) -> Result:
        """Run a solver in what is left of the time; notes limits reached."""
        left = self.left
        result = solver.run(left, self._told)
        if result.state == "interrupted" or solver.heard:
            self.state = "interrupted"
        elif left <= 0:
            self.state = self.state or "limit"
        return result

    def at_once(self, works: Sequence[Callable[[], T]]) -> list[T]:
        """What each work returns, in their order; as many at a time as there are threads.

        All are waited for. Ctrl-C is heard here, and told to LPs that run: `stopping`.
        """
        with ThreadPoolExecutor(min(len(works), self.threads)) as pool:
            begun = [pool.submit(work) for work in works]
            left = set(begun)
            while left:
                try:
                    left = wait(left, timeout=0.1).not_done
                    if left:
                        self.tell()
                except KeyboardInterrupt:
                    self.stopping = True
        if self.stopping:
            self.state = "interrupted"
        return [one.result() for one in begun]

    def tell(self, stopping: bool | None = None) -> None:
        """Report where the search stands, from the thread it was called in only."""
        if self._progress is not None and threading.current_thread() is self._thread:
            best, bound, nodes = self.status()
            stopping = self.stopping if stopping is None else stopping
            self._progress(Progress(self.seconds, best, bound, nodes, stopping))

    def _told(self, inner: Progress) -> None:
        self.tell(inner.stopping)
        if self.stopping and threading.current_thread() is not self._thread:
            raise KeyboardInterrupt  # ends the LP that the calling thread waits for
