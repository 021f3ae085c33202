"""Where the files that ship with hubselect are: in the wheel, or in a source checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]


def _folder(in_wheel: str, in_checkout: str) -> Path:
    wheel = _PACKAGE / "_shipped" / in_wheel
    return wheel if wheel.is_dir() else _CHECKOUT / in_checkout


def atlas_folder() -> Path:
    """Folder of the shipped atlas (tables, geometry, sources)."""
    return _folder("regions", "data/regions")


def scenario_folder() -> Path:
    """Folder of the shipped scenarios (one TOML file each)."""
    return _folder("scenarios", "benchmarks/scenarios")


def futures_folder() -> Path:
    """Folder of the shipped sets of futures (one TOML file each)."""
    return _folder("futures", "benchmarks/futures")


def results_file() -> Path:
    """The committed benchmark results; it need not exist."""
    wheel = _PACKAGE / "_shipped" / "results.json"
    return wheel if wheel.is_file() else _CHECKOUT / "benchmarks" / "results.json"
