"""Published location instances: one reader a format, and the known values beside the files.

The files are read from a folder outside the repository (`HUBSELECT_INSTANCES`, or
`../shared/instances` beside it); they are never committed.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, eq=False)
class Published:
    """One instance. `cost` [clients, sites] is for a client's whole demand."""

    cost: Floats
    fixed: Floats | None = None  # [sites]
    capacity: Floats | None = None  # [sites]
    demand: Floats | None = None  # [clients]
    weights: Floats | None = None  # [clients]
    p: int | None = None
    radius: float | None = None


@dataclass(frozen=True)
class Known:
    """A line of optima.csv: problem and value, 'optimal' or 'best known'."""

    folder: str
    name: str
    file: str
    problem: str
    value: float
    status: str

    @property
    def optimal(self) -> bool:
        """Whether the value is proven."""
        return self.status == "optimal"


def home() -> Path | None:
    """The folder of instances, if there is one."""
    named = os.environ.get("HUBSELECT_INSTANCES")
    places = [Path(named)] if named else [ROOT / up / "shared/instances" for up in ("..", "../..")]
    return next((place.resolve() for place in places if place.is_dir()), None)


def known(folder: Path) -> list[Known]:
    """All lines of the optima.csv of each sub-folder."""
    lines = []
    for file in sorted(folder.glob("*/optima.csv")):
        with file.open(encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                place = (file.parent.name, row["instance"], row["file"], row["problem"])
                lines.append(Known(*place, float(row["value"]), row["status"]))
    return lines


def numbers(file: Path) -> Floats:
    """All numbers of a text file."""
    return np.array(file.read_text(encoding="utf-8").split(), dtype=float)
