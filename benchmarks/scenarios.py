"""Write benchmarks/results.md, results.json and charts: `python benchmarks/scenarios.py`.

The measuring is `hubselect bench`; this writes what is committed. Options: scenario names, --level
(repeatable), --repeats, --time-limit. Of some scenarios only the table is printed; --table writes
the page of what results.json holds.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from hubselect.bench.cases import cases
from hubselect.bench.measure import measure
from hubselect.bench.page import about_line, phase_lines, plan_lines, write_charts
from hubselect.bench.results import Results, gathered
from hubselect.shipped import results_file

HERE = Path(__file__).parent


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--level", action="append")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=300.0)
    parser.add_argument("--table", action="store_true", help="only the page, of results.json")
    options = parser.parse_args()
    if options.table:
        _write(Results.read(results_file()))
        return
    chosen = [c for x in options.level or ["region"] for c in cases(x, tuple(options.names))]
    before = Results.read(results_file()) if results_file().is_file() else None
    runs = []
    for case in chosen:
        for _ in range(options.repeats):
            runs.append(measure(case, time_limit=options.time_limit))
            print(case.name, runs[-1].plan or runs[-1].failure, flush=True)
        results = gathered(runs, repeats=options.repeats, time_limit=options.time_limit)
        if not options.names:
            _write(results)
    if options.names:
        print("\n".join([*plan_lines(results), "", *phase_lines(results)]))
    if before is not None:
        print("\n".join(results.changes(before) or ["nothing changed"]))


def _write(results: Results) -> None:
    """Results so far: an interruption keeps the cases that are done."""
    results.write(HERE / "results.json")
    write_charts(results, HERE / "charts")
    text = [
        "# Shipped scenarios, solved",
        "",
        f"Written by `python benchmarks/scenarios.py`. {about_line(results)} The gap is the one "
        "each scenario asks for.",
        "",
        *plan_lines(results),
        "",
        "## CPU seconds by phase",
        "",
        "From *first plan* on, seconds since the solve began; *build* to *root LP* are measured "
        "apart and are part of it too. Median, quartiles in brackets where repeated.",
        "",
        *phase_lines(results),
        "",
        "![Gap against time](charts/gaps.svg)",
    ]
    (HERE / "results.md").write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
