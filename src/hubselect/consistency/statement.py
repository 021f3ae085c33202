"""One statement of a scenario, the bound it is compared with, and what follows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Verdict = Literal["slack", "may bind", "contradicts"]


@dataclass(frozen=True)
class Statement:
    """One policy statement, the bound it is compared with, and the arithmetic in words."""

    family: str
    subject: str
    verdict: Verdict
    required: float
    possible: float
    unit: str
    arithmetic: str

    def to_dict(self) -> dict[str, object]:
        """JSON-ready copy."""
        return asdict(self)


def at_most(
    family: str, subject: str, required: float, possible: float, unit: str, text: str
) -> Statement:
    """Contradicts where more is required than is possible, else may bind."""
    verdict: Verdict = "contradicts" if required > possible * (1 + 1e-9) else "may bind"
    return Statement(family, subject, verdict, required, possible, unit, text)


def shown(value: float) -> str:
    """A number for a sentence."""
    return f"{value:,.0f}"
