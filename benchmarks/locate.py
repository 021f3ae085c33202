"""Published location instances: hubselect.locate beside its peers, in one run.

    make peers                                     # once: the peers' own environment, .venv-peers
    python -m benchmarks.locate                    # what is missing, then locate_results.md
    python -m benchmarks.locate --only capa8000 --peer highs scip
    python -m benchmarks.locate --again            # everything anew
    python -m benchmarks.locate --table            # only write the table of what was run

Each run is kept in locate_runs.json, so that an interrupted command goes on where it stopped. All
have one thread and the same limit of CPU seconds. Ours runs twice: to the optimum, and to a proven
gap of 1 %, three times each if short (median). Peers run once, to 1 %.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks import locate_table
from benchmarks.published import Published, holmberg, home, orlib, san_francisco, tbed1, ufllib

import hubselect as hs
from hubselect import atomic

ROOT = Path(__file__).resolve().parents[1]
RUNS = Path(__file__).with_name("locate_runs.json")
PEER_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
PEERS = ("highs", "scip", "ortools", "pulp_cbc", "spopt")
SPOPT = ("p_median", "cover", "max_cover", "p_center")
GAP = 0.01
SLOWEST = 5  # wall-clock seconds allowed for one of CPU, on a shared machine

Read = Callable[[Path], Published]
# problem, file, reader; known values are in each folder's optima.csv
CASES: dict[str, tuple[str, str, Read]] = {
    "cap41": ("split", "orlib_cap/cap41.txt", orlib.read_cap),
    "cap131": ("split", "orlib_cap/cap131.txt", orlib.read_cap),
    "capa8000": ("split", "orlib_cap/capa8000.txt", orlib.read_cap),
    "capa10000": ("split", "orlib_cap/capa10000.txt", orlib.read_cap),
    "capb5000": ("split", "orlib_cap/capb5000.txt", orlib.read_cap),
    "capa UFL": ("uncapacitated", "orlib_cap/capa8000.txt", orlib.read_cap),
    "capb UFL": ("uncapacitated", "orlib_cap/capb5000.txt", orlib.read_cap),
    **{
        f"pmed{k}": ("p_median", f"orlib_pmed/pmed{k}.txt", orlib.read_pmed)
        for k in (1, 5, 10, 11, 16, 21, 26, 31)
    },
    "pmed26 centre": ("p_center", "orlib_pmed/pmed26.txt", orlib.read_pmed),
    **{
        f"Holmberg {k}": ("single_source", f"holmberg/{k}", holmberg.read)
        for k in ("p1", "p25", "p33", "p41", "p56", "p60", "p64")
    },
    **{f"i300_{k}": ("split", f"tbed1/i300_p{k}", tbed1.read) for k in (1, 4, 7, 10, 13)},
    "B1.1": ("uncapacitated", "ufllib/BildeKrarup/B1.1", ufllib.read),
    "C1.1": ("uncapacitated", "ufllib/BildeKrarup/C1.1", ufllib.read),
    "gs250a-1": ("uncapacitated", "ufllib/KoerkelGhosh-sym/gs250a-1", ufllib.read),
    "gs250b-1": ("uncapacitated", "ufllib/KoerkelGhosh-sym/gs250b-1", ufllib.read),
    "SF p-median": ("p_median", "sf_spopt", san_francisco.read),
    "SF LSCP": ("cover", "sf_spopt", san_francisco.read),
    "SF MCLP": ("max_cover", "sf_spopt", san_francisco.read),
    "SF p-centre": ("p_center", "sf_spopt", san_francisco.read),
}
# peers meet these by default: every kind, and all with more than 50,000 assignments
MEASURED = (
    "cap41", "capa8000", "capa10000", "capb5000", "capa UFL", "capb UFL", "pmed1", "pmed10",
    "pmed11", "pmed16", "pmed21", "pmed26", "pmed31", "Holmberg p1", "Holmberg p25", "i300_1",
    "i300_4", "i300_7", "i300_10", "i300_13", "C1.1", "gs250a-1", "gs250b-1", "SF p-median",
    "SF LSCP", "SF MCLP", "SF p-centre",
)  # fmt: skip


def ours(problem: str, data: Published, gap: float, seconds: float) -> dict[str, Any]:
    """Our solver: value, bound, CPU seconds (median of three where under three seconds)."""
    call = call_of(problem, data)
    times: list[float] = []
    while not times or (len(times) < 3 and sum(times) < 3):
        began = time.process_time()
        result = call(gap=gap, time_limit=SLOWEST * seconds, progress=stop_at(began + seconds))
        times.append(time.process_time() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"value": result.objective, "bound": result.bound, "cpu": statistics.median(times)}
    return {**found, "nodes": result.nodes, "peak_mb": peak}


def stop_at(end: float) -> Callable[[object], None]:
    """A listener that interrupts at so many CPU seconds of the process, as Ctrl-C would."""

    def listen(_: object) -> None:
        if time.process_time() > end:
            raise KeyboardInterrupt

    return listen


def call_of(problem: str, data: Published) -> Callable[..., hs.locate.Location]:
    """The function of hubselect.locate for the problem, with the instance."""
    locate = hs.locate
    given: dict[str, Any] = {"weights": data.weights, "p": data.p, "radius": data.radius}
    takes = {
        "p_median": (locate.p_median, ("p", "weights")),
        "p_center": (locate.p_center, ("p",)),
        "cover": (locate.cover, ("radius",)),
        "max_cover": (locate.max_cover, ("p", "radius", "weights")),
    }
    if problem in takes:
        function, names = takes[problem]
        chosen = {name: given[name] for name in names}
    elif problem == "uncapacitated":
        function, chosen = locate.uncapacitated, {"fixed_costs": data.fixed}
    else:
        function = locate.capacitated
        chosen = {
            "demand": data.demand,
            "capacity": data.capacity,
            "fixed_costs": data.fixed,
            "per_unit": False,
            "single_source": problem == "single_source",
        }
    return lambda **limits: function(data.cost, **chosen, **limits)


def peer(name: str, problem: str, data: Published, seconds: float) -> dict[str, Any]:
    """One peer in its own environment; killed where it is far beyond its limit."""
    script = Path(__file__).parent / "peers" / "locate_peer.py"
    arrays = {key: value for key, value in vars(data).items() if value is not None}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "instance.npz"
        np.savez(file, problem=problem, **arrays)
        command = [str(PEER_PYTHON), str(script), name, str(file), str(GAP), str(seconds)]
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as run:
            try:
                out, complaint = run.communicate(timeout=(SLOWEST + 1) * seconds + 60)
            except subprocess.TimeoutExpired:
                os.killpg(run.pid, signal.SIGKILL)  # CBC is a child of its own
                run.wait()
                spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
                return {"value": None, "bound": None, "cpu": spent, "failed": "killed"}
    if run.returncode:
        last = (complaint.strip().splitlines() or ["no output"])[-1]
        return {"value": None, "bound": None, "cpu": None, "failed": last[:80]}
    found: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return found


def measure(args: argparse.Namespace, folder: Path) -> None:
    """Run what is asked and not yet there; keep each run at once."""
    runs = json.loads(RUNS.read_text()) if RUNS.exists() else {}
    for name, (problem, file, read) in CASES.items():
        if args.only and name not in args.only:
            continue
        data = read(folder / file)
        jobs: dict[str, Callable[[], dict[str, Any]]] = {
            "ours": lambda p=problem, d=data: ours(p, d, 0.0, args.seconds),
            "ours 1%": lambda p=problem, d=data: ours(p, d, GAP, args.seconds),
        }
        if (name in MEASURED or args.only) and PEER_PYTHON.exists():
            for other in PEERS:
                if other != "spopt" or problem in SPOPT:
                    jobs[other] = lambda o=other, p=problem, d=data: peer(o, p, d, args.seconds)
        kept = runs.setdefault(name, {})
        kept.update(problem=problem, file=file, clients=len(data.cost), sites=data.cost.shape[1])
        for job, run in jobs.items():
            if args.peer and job.split()[0] not in args.peer:
                continue
            if job in kept and not args.again:
                continue
            print(f"{name}: {job} …", end=" ", flush=True)
            kept[job] = {**run(), "limit": args.seconds}
            atomic.write_text(RUNS, json.dumps(runs, indent=1))
            print(kept[job], flush=True)


def main() -> None:
    """Measure, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=CASES, metavar="INSTANCE")
    parser.add_argument("--peer", nargs="+", choices=("ours", *PEERS))
    parser.add_argument("--seconds", type=float, default=30.0, help="CPU seconds of each run")
    parser.add_argument("--again", action="store_true", help="measure anew what was measured")
    parser.add_argument("--table", action="store_true", help="only write the table")
    args = parser.parse_args()
    folder = home()
    if folder is None:
        sys.exit("no instances: set HUBSELECT_INSTANCES to their folder")
    if not args.table:
        measure(args, folder)
    runs = json.loads(RUNS.read_text())
    missing = [name for name in CASES if "ours" not in runs.get(name, {})]
    if missing:
        print("locate_results.md is of all instances and stays; not run yet:", ", ".join(missing))
    whole = locate_table.text(runs, list(CASES), PEERS, PEER_PYTHON, folder)
    if missing:
        print(whole)
    else:
        atomic.write_text(locate_table.RESULTS, whole)


if __name__ == "__main__":
    main()
