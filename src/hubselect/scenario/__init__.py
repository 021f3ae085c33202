"""Scenario: what is asked of the plan, from TOML, with the origin of every value."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from hubselect.errors import Problem, ScenarioError, nearest
from hubselect.scenario import sections
from hubselect.scenario.contradictions import contradictions
from hubselect.scenario.reading import Merged, locate, override, read_chain, shipped_names

__all__ = ["Scenario", "sections", "shipped_names"]

_PLAIN = {  # pydantic's words → a planner's
    "a valid boolean": "true or false", "a valid tuple": "a list", "a valid string": "text",
    "a valid integer": "a whole number", "a valid number": "a number",
    "a valid dictionary": "a table",
}  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """A checked scenario. Sections are attributes: `scenario.hubs.max_open`."""

    name: str
    document: sections.Document
    origins: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    files: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def named(cls, name: str, *, overrides: Iterable[str] = ()) -> Scenario:
        """A shipped scenario by name, for example `tech-valley-2030`.

        Raises:
            ScenarioError: unknown name, or wrong settings; every problem is listed.
        """
        return cls.read(locate(name), overrides=overrides)

    @classmethod
    def read(cls, path: str | Path, *, overrides: Iterable[str] = ()) -> Scenario:
        """Read a scenario file (or a shipped name), then apply `section.key=value` overrides.

        Raises:
            ScenarioError: unreadable file or wrong settings; every problem is listed.
        """
        file = locate(path)
        merged = read_chain(file)
        return cls._checked(file.stem, merged, override(merged, overrides))

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any], *, name: str = "scenario") -> Scenario:
        """A scenario from plain settings, in the shape of the TOML file.

        Raises:
            ScenarioError: wrong settings; every problem is listed.
        """
        return cls._checked(name, Merged(settings=json.loads(json.dumps(dict(settings)))))

    @classmethod
    def _checked(cls, name: str, merged: Merged, found: Iterable[Problem] = ()) -> Scenario:
        try:
            document = sections.Document.model_validate(merged.settings)
        except ValidationError as error:
            raise ScenarioError([*found, *_problems(error, merged)]) from None
        if problems := [*found, *contradictions(document, merged)]:
            raise ScenarioError(problems)
        origins = {".".join(k): v for k, v in merged.origins.items()}
        return cls(name, document, origins, merged.chain)

    def replace(self, **assignments: Any) -> Scenario:
        """A copy with `section__key=value` changed, for example `hubs__max_open=4`.

        Raises:
            ScenarioError: an unknown section or key, or a wrong value.
        """
        merged = Merged(settings=self.to_dict())
        for dotted, value in assignments.items():
            *tables, key = dotted.split("__")
            target = merged.settings
            for part in tables:
                target = target.setdefault(part, {})
            target[key] = value
            merged.origins[tuple(dotted.split("__"))] = f"replace({dotted}=…)"
        changed = Scenario._checked(self.name, merged)
        return Scenario(
            self.name, changed.document, {**self.origins, **changed.origins}, self.files
        )

    def origin(self, key: str) -> str:
        """Where the value of a dotted key was set: file and line, override, or 'default'."""
        parts = key.split(".")
        while parts:
            if (where := self.origins.get(".".join(parts))) is not None:
                return where
            parts.pop()
        return "default"

    @property
    def additions(self) -> Path | None:
        """Files of basins that the scenario adds; a relative path is beside the scenario's file."""
        if (given := self.document.regions.add) is None:
            return None
        file = Path(self.origin("regions.add").rpartition(":")[0])
        return (file.parent if file.suffix == ".toml" else Path()) / given

    def to_dict(self) -> dict[str, Any]:
        """Every setting, defaults included, in the shape of the TOML file (JSON types)."""
        return self.document.model_dump(mode="json")

    @property
    def hash(self) -> str:
        """SHA-256 of every setting except the words of `about` and the section `solve`."""
        settings = self.document.model_dump(mode="json", exclude={"about", "solve"})
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()

    def __getattr__(self, section: str) -> Any:
        # sections are attributes: scenario.hubs instead of scenario.document.hubs
        if section.startswith("_") or section not in sections.Document.model_fields:
            raise AttributeError(section)
        return getattr(self.document, section)


def _problems(error: ValidationError, merged: Merged) -> list[Problem]:
    found = []
    for detail in error.errors():
        path = tuple(str(part) for part in detail["loc"] if part != "[key]")
        where = merged.origin(path)
        dotted = ".".join(path)
        label = dotted if where is None else f"{where} {dotted}"
        if detail["type"] == "extra_forbidden":
            hint = nearest(path[-1], _fields(path[:-1]))
            found.append(Problem(label, "is not a known setting", "", hint))
        else:
            given = detail.get("input")
            what = f"{given!r} is wrong" if not isinstance(given, dict) else "is wrong"
            message = detail["msg"].removeprefix("Input should be ")
            for said, plain in _PLAIN.items():
                message = message.replace(said, plain)
            hint = _near(given, detail.get("ctx", {}).get("expected", ""))
            found.append(Problem(label, what, message[:1].lower() + message[1:], hint))
    return found


def _near(given: Any, expected: str) -> str:
    """The nearest of the words that pydantic expected, '' where none is near."""
    words = re.findall(r"'([^']*)'", expected)
    hint = nearest(given, words) if isinstance(given, str) and words else ""
    return hint if hint.startswith("did you mean") else ""


def _fields(path: tuple[str, ...]) -> Iterable[str]:
    """Names valid in the section at `path` (the section's fields)."""
    model: Any = sections.Document
    for part in path:
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return ()
        if part not in model.model_fields:
            return ()
        annotation = model.model_fields[part].annotation
        candidates = [a for a in (annotation, *get_args(annotation)) if isinstance(a, type)]
        model = next((c for c in candidates if issubclass(c, BaseModel)), None)
    return model.model_fields if model is not None else ()
