"""Variables that are only positions of columns: the families stated again without PuLP.

PuLP reads well and takes 10 µs a nonzero. Where thousands of instances of one structure are
stated, the same families run over `Position`s and yield `Line`s of plain numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Pair = tuple[float, Any]


class Sum:
    """Σ coefficient · position + constant; comparing it makes a line."""

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("constant", "pairs")

    def __init__(self, pairs: list[Pair], constant: float = 0.0) -> None:
        self.pairs = pairs
        self.constant = constant

    def __add__(self, other: Any) -> Sum:
        pairs, constant = _parts(other)
        return Sum([*self.pairs, *pairs], self.constant + constant)

    def __sub__(self, other: Any) -> Sum:
        pairs, constant = _parts(other)
        return Sum([*self.pairs, *((-c, x) for c, x in pairs)], self.constant - constant)

    def __le__(self, other: Any) -> Line:
        return Line(self, other, -1)

    def __ge__(self, other: Any) -> Line:
        return Line(self, other, 1)

    def __eq__(self, other: object) -> Any:
        return Line(self, other, 0)


class Position:
    """One column, by its position in the arrays; −1: the arrays do not have it."""

    __slots__ = ("at",)

    def __init__(self, at: int) -> None:
        self.at = at

    def __add__(self, other: Any) -> Sum:
        pairs, constant = _parts(other)
        return Sum([(1.0, self), *pairs], constant)

    def __le__(self, other: Any) -> Line:
        return Line(self, other, -1)

    def __ge__(self, other: Any) -> Line:
        return Line(self, other, 1)


@dataclass(frozen=True, slots=True)
class Line:
    """left − right ≤ 0 (sense −1), = 0 (0) or ≥ 0 (1)."""

    left: Any
    right: Any
    sense: int

    def parts(self) -> tuple[list[Pair], float]:
        """Pairs (coefficient, position) and what stands on the right, a number."""
        pairs, constant = _parts(self.left)
        others, number = _parts(self.right)
        if others:
            pairs = [*pairs, *((-c, x) for c, x in others)]
        return pairs, number - constant


def _parts(side: Any) -> tuple[list[Pair], float]:
    if isinstance(side, Sum):
        return side.pairs, side.constant
    if isinstance(side, Position):
        return [(1.0, side)], 0.0
    return [], float(getattr(side, "constant", side))  # PuLP's own: a sum without terms
