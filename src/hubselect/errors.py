"""Every exception of hubselect.

::

    HubselectError
    ├── InputError            wrong data or scenario; `problems` lists them all
    │   ├── DataError         tables, geometry, atlas files
    │   └── ScenarioError     scenario files and overrides
    ├── InfeasibleError       proven: nothing satisfies the scenario; `families` may be blamed
    ├── UnboundedError        the cost can fall without end: a sign is wrong in the data
    ├── NoPlanError           a limit was reached before any plan was found
    ├── SolverError           the solver itself failed or is not installed
    └── CertificateError      a plan breaks a constraint it claims to satisfy
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral, Real


class HubselectError(Exception):
    """Base of all hubselect errors."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with the input: where, what, what was expected, and a hint."""

    where: str
    what: str
    expected: str = ""
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}"
        if self.expected:
            text += f"; expected {self.expected}"
        if self.hint:
            text += f" ({self.hint})"
        return text


class InputError(HubselectError, ValueError):
    """Wrong input. The message lists every problem found, one a line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        count = len(self.problems)
        head = "1 problem" if count == 1 else f"{count} problems"
        super().__init__("\n".join([f"{head} in the input:", *(f"  {p}" for p in self.problems)]))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        # an exception is pickled by its message, and a worker process sends it home pickled
        return type(self), (self.problems,)


class DataError(InputError):
    """Wrong tables, geometry or atlas files."""


class ScenarioError(InputError):
    """Wrong scenario file or override."""


def refuse_outside(**given: tuple[float | None, float, float]) -> None:
    """Refuse numbers outside their range: name=(value or None, lowest, highest).

    Where the lowest is an `int`, a whole number is asked for.

    Raises:
        ScenarioError: listing all that are below, above, or no such number.
    """
    problems = outside(**given)
    if problems:
        raise ScenarioError(problems)


def outside(**given: tuple[object, float, float]) -> list[Problem]:
    """The problems of `refuse_outside`."""
    problems = []
    for name, (value, low, high) in given.items():
        kind, what = (Integral, "a whole number, ") if isinstance(low, int) else (Real, "")
        number = isinstance(value, kind) and not isinstance(value, bool)
        if value is not None and not (number and low <= value <= high):  # type: ignore[operator]
            ends = f"{low:g} or more" if high == math.inf else f"{low:g} to {high:g}"
            problems.append(Problem(name, f"is {value!r}", what + ends))
    return problems


class InfeasibleError(HubselectError):
    """Proven: no plan satisfies the scenario.

    `families` are the policy families involved; `arithmetic` are the statements that contradict
    what is possible, in words, where simple bounds show it.
    """

    def __init__(
        self, message: str, families: Iterable[str] = (), arithmetic: Iterable[str] = ()
    ) -> None:
        self.families: tuple[str, ...] = tuple(families)
        self.arithmetic: tuple[str, ...] = tuple(arithmetic)
        super().__init__("\n".join([message, *(f"  {line}" for line in self.arithmetic)]))


class UnboundedError(HubselectError):
    """The cost can fall without end: a cost in the data has the wrong sign."""


class NoPlanError(HubselectError):
    """A time limit or an interruption came before any plan was found."""

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C came first, not a limit."""
        return "interruption" in str(self)


class SolverError(HubselectError):
    """The solver failed, or is not installed."""


class CertificateError(HubselectError):
    """A plan breaks a constraint or its costs do not sum: it must not be used."""


SHOWN = 8  # names of a list before the rest is left out


def nearest(name: str, valid: Iterable[str]) -> str:
    """Hint naming the valid name nearest to `name`, or the first few valid names.

    Codes that differ in their digits only are not near each other: MA-13 is no misspelt MA-11.
    Leading zeros are a matter of writing: MA-3 means MA-03.
    """
    names = [str(v) for v in valid]
    alike = [v for v in names if _letters(v) == _letters(name)] if _digits(name) else []
    if alike:
        same = alike if len(alike) == 1 else [v for v in alike if _digits(v) == _digits(name)]
        return f"did you mean '{same[0]}'?" if same else _listed(_family(name, alike))
    folded = {v.casefold(): v for v in names}
    longer = [v for v in folded if v.startswith(name.casefold())] if name else []
    close = difflib.get_close_matches(name.casefold(), longer or folded, n=1, cutoff=0.5)
    if close or longer:
        return f"did you mean '{folded[(close or longer)[0]]}'?"
    return _listed(names)


def _listed(names: list[str]) -> str:
    if not names:
        return "none are defined"
    some = names if len(names) <= SHOWN + 1 else [*names[:SHOWN], "…", names[-1]]
    return f"valid: {', '.join(some)}"


def _letters(name: str) -> str:
    """A code without its digits and signs: 'MA-03.231', 'ma-3.1' and 'MA03.231' are alike."""
    return re.sub(r"[^\w]|_", "", re.sub(r"\d+", "0", name.casefold()))


def _digits(name: str) -> list[int]:
    """Numbers in a code, leading zeros dropped."""
    return [int(found) for found in re.findall(r"\d+", name)]


def _family(name: str, alike: list[str]) -> list[str]:
    """Codes that agree with a code in as many leading numbers as any does."""
    wanted = _digits(name)

    def agrees(code: str) -> int:
        pairs = zip(_digits(code), wanted, strict=True)
        return next((n for n, (a, b) in enumerate(pairs) if a != b), len(wanted))

    most = max(agrees(code) for code in alike)
    return [code for code in alike if agrees(code) == most]
