"""What HiGHS has once a process: its banner, and a scheduler of so many threads."""

from __future__ import annotations

import os
import threading
from typing import Any

import highspy

_LOCK = threading.Lock()
_STATE = {"announced": False, "threads": 0}


def quiet() -> Any:
    """A silent solver; the first of a process prints a banner on stdout, sent to /dev/null."""
    with _LOCK:
        if not _STATE["announced"]:
            _STATE["announced"] = True
            saved, null = os.dup(1), os.open(os.devnull, os.O_WRONLY)
            try:
                os.dup2(null, 1)
                highspy.Highs()
            finally:
                os.dup2(saved, 1)
                os.close(saved)
                os.close(null)
        solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    return solver


def share_threads(threads: int) -> None:
    """HiGHS's scheduler is global: another number of threads needs a new one."""
    with _LOCK:
        if _STATE["threads"] not in (0, threads):
            highspy.Highs.resetGlobalScheduler(True)
        _STATE["threads"] = threads
