"""Scenario files to one merged dictionary, with the file and line of every value."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hubselect.errors import Problem, ScenarioError, nearest
from hubselect.shipped import scenario_folder

_HEADER = re.compile(r"^\s*\[\[?([^\[\]]+)\]\]?\s*(#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*="""
)
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")


@dataclass
class Merged:
    """Merged settings, and for each dotted key where its value was written."""

    settings: dict[str, Any] = field(default_factory=dict)
    origins: dict[tuple[str, ...], str] = field(default_factory=dict)
    chain: tuple[str, ...] = ()

    def origin(self, path: tuple[str, ...]) -> str | None:
        """Where the value at `path`, or the nearest table above it, was written."""
        while path:
            if path in self.origins:
                return self.origins[path]
            path = path[:-1]
        return None


def shipped_names() -> tuple[str, ...]:
    """Names of the shipped scenarios, sorted."""
    return tuple(sorted(p.stem for p in scenario_folder().glob("*.toml")))


def locate(name: str | Path, beside: Path | None = None) -> Path:
    """File of a scenario given by shipped name or by path (relative to `beside`, if given).

    Raises:
        ScenarioError: neither a file nor a shipped scenario has this name.
    """
    path = Path(name)
    candidates = [path] if beside is None else [beside / path, beside / f"{name}.toml"]
    candidates.append(scenario_folder() / f"{name}.toml")
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    if path.is_dir():
        raise ScenarioError([Problem(str(path), "is a folder", "a .toml file or a shipped name")])
    raise ScenarioError(
        [
            Problem(
                f"scenario '{name}'",
                "is neither a file nor a shipped scenario",
                "a path to a .toml file or a shipped name",
                nearest(str(name), shipped_names()),
            )
        ]
    )


def read_chain(path: Path) -> Merged:
    """Read a scenario file and those it extends; the nearer file wins.

    Raises:
        ScenarioError: unreadable or broken file, or files that extend each other in a circle.
    """
    files: list[tuple[Path, str, dict[str, Any]]] = []
    seen: list[Path] = []
    current: Path | None = path
    while current is not None:
        resolved = current.resolve()
        if resolved in seen:
            circle = " → ".join(p.name for p in [*seen, resolved])
            raise ScenarioError([Problem(str(current), f"extends itself: {circle}")])
        seen.append(resolved)
        text, settings = _parse(current)
        parent = settings.pop("extends", None)
        if parent is not None and not isinstance(parent, str):
            raise ScenarioError([Problem(str(current), "extends is not text", "a scenario's name")])
        files.append((current, text, settings))
        current = None if parent is None else locate(parent, beside=current.parent)
    merged = Merged(chain=tuple(str(p) for p, _, _ in files))
    for file, text, settings in reversed(files):
        lines = key_lines(text)
        _merge(merged, settings, (), lambda keys, f=file, n=lines: f"{f}:{_line(n, keys)}")
    return merged


def override(merged: Merged, assignments: Iterable[str], source: str = "--set") -> list[Problem]:
    """Apply `section.key=value` overrides in place; values are TOML, or text where not.

    Returns the problems of those that have no '=' or no key.
    """
    problems = []
    for assignment in assignments:
        dotted, equals, text = assignment.partition("=")
        parts = [a or b or c for a, b, c in _PART.findall(dotted)]
        if not equals or not parts:
            expected = "section.key=value, for example hubs.max_open=4"
            problems.append(Problem(f"{source} {assignment}", "is not an override", expected))
            continue
        value = _toml_value(text.strip())
        nested: Any = value
        for part in reversed(parts):
            nested = {part: nested}
        _merge(merged, nested, (), lambda _keys, a=assignment: f"{source} {a}")
    return problems


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    """Line number (from 1) at which each table and key of a TOML text is written."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _parts(header.group(1))
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_parts(key.group(1))), number)
    return lines


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(a or b or c for a, b, c in _PART.findall(dotted))


def _line(lines: Mapping[tuple[str, ...], int], keys: tuple[str, ...]) -> int:
    while keys and keys not in lines:
        keys = keys[:-1]
    return lines.get(keys, 1)


def _parse(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        problem = Problem(str(path), f"is not UTF-8 text: {error}", "a TOML file in UTF-8")
    except OSError as error:
        problem = Problem(str(path), f"cannot be read: {error.strerror}", "a readable TOML file")
    except tomllib.TOMLDecodeError as error:
        problem = Problem(str(path), f"is not valid TOML: {error}", "TOML, as in the shipped ones")
    raise ScenarioError([problem]) from None


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _merge(merged: Merged, settings: Any, path: tuple[str, ...], origin: Any) -> None:
    """Merge tables key by key; anything else replaces what was there."""
    target: Any = merged.settings
    for part in path:
        target = target[part]
    for key, value in settings.items():
        here = (*path, str(key))
        if isinstance(value, dict) and value:
            if not isinstance(target.get(key), dict):
                target[key] = {}
            merged.origins.setdefault(here, origin(here))
            _merge(merged, value, here, origin)
        else:
            target[key] = value
            merged.origins[here] = origin(here)
