"""Measurements kept by name in a JSON file, so that a command goes on where it stopped.

Each is kept with how it was measured (limits, gap) and a fingerprint of the code and data it
measured: of another state it is stale, and measured again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from hubselect import atomic

ROOT = Path(__file__).resolve().parents[1]
MEASURED = (
    "src/hubselect/**/*.py",
    "benchmarks/growth_points.py",
    "benchmarks/scenarios/*.toml",
    "data/regions/*/*.csv",
)
# these say what was found, and change nothing measured
SHOWN = tuple(f"src/hubselect/{room}" for room in ("cli", "report", "bench", "explore"))


class Kept:
    """Measurements of one file: name → what was found, how, when, and of which code."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.all: dict[str, dict[str, Any]] = {}
        if path.is_file():
            self.all = json.loads(path.read_text(encoding="utf-8"))

    def found(self, name: str) -> dict[str, Any] | None:
        """What was found, whatever the code; None where nothing was."""
        entry = self.all.get(name)
        return None if entry is None else entry["found"]

    def fresh(self, name: str, how: Mapping[str, Any] | None = None) -> bool:
        """Whether a measurement is there, of this code and, where stated, measured this way."""
        entry = self.all.get(name, {})
        return entry.get("code") == fingerprint() and (how is None or entry["how"] == how)

    def alike(self, one: str, other: str) -> bool:
        """Whether two measurements are of the same code and made the same way."""
        first, second = self.all[one], self.all[other]
        return all(first[key] == second[key] for key in ("code", "how"))

    def keep(self, name: str, found: Mapping[str, Any], how: Mapping[str, Any]) -> None:
        """Add a measurement and write the file, whole or not at all."""
        self.all[name] = {
            "code": fingerprint(),
            "how": dict(how),
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "found": dict(found),
        }
        text = json.dumps(self.all, indent=1, ensure_ascii=False, sort_keys=True)
        atomic.write_text(self.path, text + "\n")


@cache
def fingerprint() -> str:
    """Short sha256 of every file whose change can change a measurement."""
    digest = hashlib.sha256()
    for file in measured_files():
        digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def measured_files() -> list[Path]:
    """The files that the fingerprint is of, in order."""
    found = (file for pattern in MEASURED for file in sorted(ROOT.glob(pattern)))
    return [f for f in found if not f.relative_to(ROOT).as_posix().startswith(SHOWN)]
