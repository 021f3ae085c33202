"""Open-matrix files (OMX, on HDF5): matrices km and minutes, and a lookup with basin codes.

Layout by https://github.com/osPlanning/omx/wiki/Specification: group `data` holds square arrays,
group `lookup` the names of their rows and columns.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hubselect.errors import Problem, nearest
from hubselect.own.matrix import Matrix, measure_of
from hubselect.own.sheets import too_large


def read_omx(path: Path, codes: tuple[str, ...], problems: list[Problem]) -> Matrix | None:
    """The matrices of an OMX file, or None and problems. Needs h5py (extra `omx`)."""
    if found := too_large(path):
        problems += found
        return None
    try:
        import h5py
    except ImportError:
        hint = "pip install 'hubselect[omx]', or export the matrix as travel.csv"
        problems.append(Problem(path.name, "needs h5py to be read", "", hint))
        return None
    try:
        with h5py.File(path, "r") as file:
            held = {group: _arrays(file, group) for group in ("data", "lookup")}
    except OSError as error:
        problems.append(Problem(path.name, f"cannot be read: {error}", "an OMX file"))
        return None
    names = _names(path.name, held["lookup"], codes, problems)
    if names is None:
        return None
    count, found_ = len(problems), dict[str, pd.DataFrame]()
    for name, array in held["data"].items():
        if (measure := measure_of(name)) is None:
            continue
        where = f"{path.name} matrix {name}"
        if array.shape != (len(names), len(names)):
            problems.append(Problem(where, f"has shape {array.shape}", f"{len(names)} squared"))
            continue
        values = array.astype(float)
        if np.isinf(values).any() or (values < 0).any():
            problems.append(Problem(where, "holds negative or infinite values", "0 or more"))
            continue
        frame = pd.DataFrame(values, index=names, columns=names)
        found_[measure] = frame.reindex(index=list(codes), columns=list(codes))
    if not found_ and len(problems) == count:
        want = "a matrix named km or minutes"
        problems.append(Problem(path.name, f"holds {', '.join(held['data']) or 'nothing'}", want))
    return Matrix.of(found_) if len(problems) == count else None


def _arrays(file: Any, group: str) -> dict[str, Any]:
    return {str(k): np.asarray(v) for k, v in file[group].items()} if group in file else {}


def _names(
    file: str, lookups: dict[str, Any], codes: tuple[str, ...], problems: list[Problem]
) -> list[str] | None:
    """Codes of the rows: the lookup most of whose entries are basins, all of which must be."""
    texts = {
        name: [v.decode() if isinstance(v, bytes) else str(v) for v in array.ravel()]
        for name, array in lookups.items()
    }
    known = set(codes)
    if not texts:
        problems.append(Problem(file, "has no lookup", "a lookup with the codes of the basins"))
        return None
    name, best = max(texts.items(), key=lambda item: sum(v in known for v in item[1]))
    unknown = [v for v in best if v not in known]
    problems += [
        Problem(f"{file} lookup {name}", f"'{v}' is not a basin", hint=nearest(v, codes))
        for v in unknown[:20]
    ]
    twice = sorted({v for v in best if best.count(v) > 1})
    problems += [Problem(f"{file} lookup {name}", f"'{v}' appears twice", "once") for v in twice]
    return None if unknown or twice else best
