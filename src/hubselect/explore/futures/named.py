"""Named futures: stories with sources, a probability that is judgement, and what they change."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hubselect.errors import Problem, ScenarioError, nearest
from hubselect.instance import Instance
from hubselect.planning import Posed, pose
from hubselect.regions import Regions
from hubselect.scenario import Scenario
from hubselect.scoring import Scores
from hubselect.shipped import futures_folder

DEFAULT = "offshoring-2030"


class Future(BaseModel):
    """One future: a story, its sources, its probability, and what it changes.

    `settings` are overrides in the shape of a scenario file; `figures` override the atlas by
    table/key/field.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    title: str = ""
    story: str = ""
    sources: tuple[str, ...] = ()
    probability: float = Field(gt=0, le=1)
    settings: dict[str, Any] = {}
    figures: dict[str, float] = {}


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    judgement: str
    future: tuple[Future, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Futures:
    """Futures whose probabilities sum to 1. `judgement` says whose they are."""

    futures: tuple[Future, ...]
    judgement: str = "probabilities are judgement"
    name: str = field(default="futures", compare=False)

    @classmethod
    def read(cls, name: str | Path = DEFAULT) -> Futures:
        """A shipped set of futures by name, or a .toml file.

        Raises:
            ScenarioError: unreadable, or wrong; every problem is listed.
        """
        path = Path(name)
        if not path.is_file():
            path = futures_folder() / f"{name}.toml"
        if not path.is_file():
            shipped = [p.stem for p in futures_folder().glob("*.toml")]
            what, expected = "is neither a file nor a shipped set", "a .toml file or a shipped name"
            raise ScenarioError(
                [Problem(f"futures '{name}'", what, expected, nearest(str(name), shipped))]
            )
        try:
            document = _Document.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except ValidationError as error:
            raise ScenarioError(
                [
                    Problem(f"{path} {'.'.join(map(str, e['loc']))}", e["msg"])
                    for e in error.errors()
                ]
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise ScenarioError([Problem(str(path), f"cannot be read: {error}")]) from None
        return cls(document.future, document.judgement, path.stem).checked()

    def checked(self) -> Futures:
        """These futures, once names differ and probabilities sum to 1.

        Raises:
            ScenarioError: they do not.
        """
        problems = []
        total, names = sum(f.probability for f in self.futures), [f.name for f in self.futures]
        if abs(total - 1.0) > 1e-6:
            problems.append(Problem("futures", f"probabilities sum to {total:g}", "1"))
        problems += [
            Problem("futures", f"'{n}' stands twice", "a name each")
            for n in sorted({n for n in names if names.count(n) > 1})
        ]
        if problems:
            raise ScenarioError(problems)
        return self

    @property
    def probabilities(self) -> Any:
        """Probability of each future."""
        return np.array([f.probability for f in self.futures])

    @property
    def table(self) -> pd.DataFrame:
        """Name, title, probability and sources of each future."""
        return pd.DataFrame(
            [
                {"future": f.name, "title": f.title, "probability": f.probability,
                 "sources": " ".join(f.sources)}
                for f in self.futures
            ]
        )  # fmt: skip

    def pose(
        self, regions: Regions, scenario: Scenario, *, scores: Scores | None = None
    ) -> tuple[Posed, ...]:
        """The scenario in every future. Scores are those of the scenario as it stands.

        Raises:
            ScenarioError, DataError: a future names what does not exist; all are told.
        """
        base = pose(regions, scenario, scores=scores)
        found, problems = [], []
        for future in self.futures:
            try:
                data = _with_figures(base.regions, future)
                settings = scenario.replace(**_flat(future.settings, scenario.to_dict()))
                found.append(pose(data, settings, scores=base.scores))
            except ScenarioError as error:
                problems += [
                    Problem(f"future '{future.name}' {p.where}", p.what, p.expected, p.hint)
                    for p in error.problems
                ]
        if problems:
            raise ScenarioError(problems)
        return tuple(found)


def mean_instance(instances: Sequence[Instance], probabilities: Any) -> Instance:
    """The instance of the mean of every figure; sets and policy are those of the first."""
    changes = {}
    for name, value in vars(instances[0]).items():
        if isinstance(value, np.ndarray) and value.dtype == np.float64:
            every = np.array([getattr(i, name) for i in instances])
            changes[name] = np.tensordot(probabilities, every, axes=1)
    return instances[0].replace(**changes)


def _with_figures(regions: Regions, future: Future) -> Regions:
    for path, value in future.figures.items():
        table, *keys, name = path.split("/")
        regions = regions.replace(table=table, key="/".join(keys), field=name, value=value)
    return regions


def _flat(settings: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as section__key=value; tables are merged over what the scenario says."""
    found = {}
    for section, values in settings.items():
        for key, value in values.items():
            old = base.get(section, {}).get(key)
            found[f"{section}__{key}"] = _product(key, old, value)
    return found


def _product(key: str, old: Any, new: Any) -> Any:
    """Tables merged; factors multiplied, so that a future comes on top of the scenario."""
    if isinstance(new, Mapping):
        before = old if isinstance(old, Mapping) else {}
        inner = "factor" if key == "factor" else ""
        merged = {k: _product(inner, before.get(k), v) for k, v in new.items()}
        return {**before, **merged}
    if key.endswith("factor") and isinstance(old, int | float):
        return old * new
    return new
