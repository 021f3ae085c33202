"""Speed of the scoring room beside its peers, in one run; writes scoring_results.md next to itself.

    python benchmarks/scoring.py            # needs pymcdm, scikit-criteria and SALib for the peers
    python benchmarks/scoring.py --ours     # without peers

CPU seconds of the process on one BLAS thread, the best of several runs, the same random data for
all. A peer that is not installed is a dash.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import datetime
import importlib.metadata
import platform
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hubselect.scoring.acceptability import rank_acceptability
from hubselect.scoring.aggregation import weighted_sum
from hubselect.scoring.sobol import saltelli_design, sobol_indices
from hubselect.scoring.tree import Leaf, Node

LEAVES, DRAWS, RUNS, OUTPUTS = 24, 10_000, 1024, 75
RESULTS = Path(__file__).with_name("scoring_results.md")
PEERS = ("pymcdm", "scikit-criteria", "SALib")
Row = tuple[str, float, float, dict[str, float | None]]


def cpu(task: Callable[[], object], repeats: int) -> float:
    """Least CPU seconds of several runs."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        task()
        best = min(best, time.process_time() - start)
    return best


def flat_tree() -> Node:
    """One node of 24 leaves: what peers call a decision matrix."""
    return Node("index", tuple(Leaf(f"l{j}", f"l{j}") for j in range(LEAVES)))


def pillar_tree(power: float) -> Node:
    """Three pillars of eight leaves, arithmetic inside, another mean across."""
    pillars = tuple(
        Node(f"p{k}", tuple(Leaf(f"l{k}_{j}", f"l{k}_{j}") for j in range(LEAVES // 3)))
        for k in range(3)
    )
    return Node("index", pillars, power=power)


def attempt(task: Callable[[], float], peers: bool) -> float | None:
    """Seconds of a peer, None where it is not wanted or not installed."""
    if not peers:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return task()
    except ImportError:
        return None


def long_sum(peers: bool) -> Row:
    """Weighted sum of 100,000 × 24 with fixed goalposts."""
    rng = np.random.default_rng(0)
    x, w = rng.random((100_000, LEAVES)), rng.dirichlet(np.ones(LEAVES))
    low, high, types = np.full(LEAVES, 0.05), np.full(LEAVES, 0.95), np.ones(LEAVES)

    def pymcdm() -> float:
        from pymcdm import methods, normalizations

        method = methods.WSM(normalizations.minmax_normalization)
        return cpu(lambda: method(x, w, types, validation=False), 5)

    def skcriteria() -> float:
        import skcriteria as skc
        from skcriteria.agg.simple import WeightedSumModel
        from skcriteria.preprocessing.scalers import MinMaxScaler

        decision = skc.mkdm(x, [max] * LEAVES, weights=w)
        scaler, method = MinMaxScaler(target="matrix"), WeightedSumModel()
        return cpu(lambda: method.evaluate(scaler.transform(decision)), 3)

    ours = cpu(lambda: weighted_sum(x, w, low, high), 50)
    found = {"pymcdm": attempt(pymcdm, peers), "scikit-criteria": attempt(skcriteria, peers)}
    return "weighted sum, 100,000 × 24, fixed goalposts", ours, 1.5e-3, found


def acceptability(units: int, target: float, peers: bool) -> Row:
    """Rank acceptability, 10,000 flat weight vectors."""
    rng = np.random.default_rng(0)
    x = rng.random((units, LEAVES))
    types = np.ones(LEAVES)
    few = 100

    def pymcdm() -> float:
        from pymcdm import methods, normalizations
        from pymcdm.helpers import rrankdata

        method = methods.WSM(normalizations.minmax_normalization)

        def run() -> None:
            counts = np.zeros((units, units))
            rows = np.arange(units)
            for w in rng.dirichlet(np.ones(LEAVES), DRAWS):
                ranks = rrankdata(method(x, w, types, validation=False))
                counts[rows, ranks.astype(int) - 1] += 1

        return cpu(run, 1)

    def skcriteria() -> float:
        import skcriteria as skc
        from skcriteria.agg.simple import WeightedSumModel

        method = WeightedSumModel()

        def run() -> None:
            for w in rng.dirichlet(np.ones(LEAVES), few):
                _ = method.evaluate(skc.mkdm(x, [max] * LEAVES, weights=w)).rank_

        return cpu(run, 1) * DRAWS / few

    tree = flat_tree()
    ours = cpu(
        lambda: rank_acceptability(tree, x, draws=DRAWS, pairwise=False), 20 if units < 1000 else 3
    )
    found = {"pymcdm": attempt(pymcdm, peers), "scikit-criteria": attempt(skcriteria, peers)}
    return f"rank acceptability, 10,000 draws, {units:,} × 24", ours, target, found


def sobol(peers: bool) -> Row:
    """First and total indices, 24 inputs, 75 outputs, N = 1,024: design, model and estimates."""
    weights = np.random.default_rng(0).random((LEAVES, OUTPUTS))

    def run() -> None:
        sobol_indices(saltelli_design(LEAVES, RUNS) @ weights, LEAVES)

    def salib() -> float:
        from SALib.analyze import sobol as analyse
        from SALib.sample import sobol as sample

        problem: dict[str, Any] = {
            "num_vars": LEAVES,
            "names": [f"x{j}" for j in range(LEAVES)],
            "bounds": [[0.0, 1.0]] * LEAVES,
        }

        def whole() -> None:
            points = sample.sample(problem, RUNS, calc_second_order=False, seed=0)
            y = points @ weights
            for k in range(OUTPUTS):
                analyse.analyze(problem, y[:, k], calc_second_order=False, num_resamples=2, seed=0)

        return cpu(whole, 1)

    found = {"SALib": attempt(salib, peers)}
    return "Sobol, 24 inputs × 75 outputs, N = 1,024", cpu(run, 10), 0.05, found


def own_rows() -> list[tuple[str, float]]:
    """What no peer does: trees, other means, pairwise winning, draws around stated weights."""
    rng = np.random.default_rng(0)
    x = rng.random((75, LEAVES))
    rows = []
    for name, tree in (
        ("three pillars, arithmetic", pillar_tree(1.0)),
        ("three pillars, geometric across", pillar_tree(0.0)),
    ):
        for detail, options in (
            ("", {"pairwise": False}),
            (", with pairwise winning", {"pairwise": True}),
            (", around stated weights", {"pairwise": False, "concentration": 10.0}),
        ):
            rows.append(
                (
                    f"75 × 24, {name}{detail}",
                    cpu(lambda t=tree, o=options: rank_acceptability(t, x, draws=DRAWS, **o), 10),
                )
            )
    return rows


def memory_rows() -> list[tuple[str, int]]:
    """Peak memory of the draws, 75 × 24, bytes."""
    x = np.random.default_rng(0).random((75, LEAVES))
    rows = []
    for draws in (10_000, 100_000):
        tracemalloc.start()
        rank_acceptability(pillar_tree(0.0), x, draws=draws, pairwise=True)
        rows.append((f"{draws:,} draws", tracemalloc.get_traced_memory()[1]))
        tracemalloc.stop()
    return rows


def shown(seconds: float | None) -> str:
    """Milliseconds or seconds for people."""
    if seconds is None:
        return "–"
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1e3 * seconds:.3g} ms"


def versions() -> str:
    """Interpreter, libraries and machine."""
    parts = [f"Python {platform.python_version()}"]
    for name in ("numpy", "scipy", *PEERS):
        try:
            parts.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            parts.append(f"{name} not installed")
    return ", ".join(parts)


def processor() -> str:
    """Name of the processor, where the system says it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores"


def report(rows: list[Row], own: list[tuple[str, float]], memory: list[tuple[str, int]]) -> str:
    """The results as Markdown."""
    lines = [
        "# Scoring: measured speed",
        "",
        f"{datetime.date.today().isoformat()}; {processor()}; {versions()}.",
        "",
        "Written by `python benchmarks/scoring.py`: CPU seconds of one process on one BLAS thread "
        "(the draws cost a tenth more on two), best of several runs. scikit-criteria's "
        "acceptability is 100 draws times 100. pymcdm and scikit-criteria run min–max, which looks "
        "at the data; this library truncates at fixed goalposts. SALib resamples twice (100 times "
        "is its default, about eight times slower); "
        "this library gives no bootstrap interval.",
        "",
        "| task | " + " | ".join(PEERS) + " | ours | target | met |",
        "|---|" + "---|" * (len(PEERS) + 3),
    ]
    for task, ours, target, peers in rows:
        cells = [shown(peers.get(name)) for name in PEERS]
        met = "yes" if ours <= target else "no"
        lines.append(f"| {task} | {' | '.join(cells)} | {shown(ours)} | {shown(target)} | {met} |")
    lines += ["", "What no peer does, 10,000 draws:", "", "| case | ours |", "|---|---|"]
    lines += [f"| {case} | {shown(seconds)} |" for case, seconds in own]
    lines += ["", "Peak memory, 75 × 24 with pairwise winning:", "", "| draws | MB |", "|---|---|"]
    lines += [f"| {case} | {peak / 1e6:.1f} |" for case, peak in memory]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", action="store_true", help="leave the peers out")
    peers = not parser.parse_args().ours
    rows = [
        long_sum(peers),
        acceptability(12, 0.010, peers),
        acceptability(75, 0.030, peers),
        acceptability(1538, 0.8, peers),
        sobol(peers),
    ]
    text = report(rows, own_rows(), memory_rows())
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
