"""Numbers as people type them: what is a number, and what is wrong with what is not."""

from __future__ import annotations

import re
import unicodedata

_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}([ \u00a0\u202f,.'’٬]\d{3})+([.,٫]\d+)?")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_PERCENT = re.compile(r"[+-]?\d+([.,]\d+)?\s*[%٪]")
_FORMS = (
    (_PERCENT, "write the percentage without its sign: {}"),
    (_GROUPED, "write the number without thousands separators"),
    (_COMMA, "write a decimal point: {}"),
)
_ABSENT = ("n/a", "na", "nd", "n.d.", "-", "–", "—", "?", "null", "none", "nan", "#n/a", "#ref!")


def parse(cell: object) -> tuple[float | None, str]:
    """(number, '') or (None, what to do about it). An infinite number is not one."""
    if isinstance(cell, bool):
        return None, "a number, not true or false"
    if isinstance(cell, (int, float)):
        return (float(cell), "") if abs(float(cell)) < 1e300 else (None, "a finite number")
    text = str(cell).strip()
    if _PLAIN.fullmatch(text) and text.isascii():
        value = float(text)
        return (value, "") if abs(value) < 1e300 else (None, "a finite number")
    return None, _advice(text)


def _advice(text: str) -> str:
    if text.casefold() in _ABSENT:
        return "leave the cell empty when there is no figure"
    if any(unicodedata.decimal(c, None) is not None and not c.isascii() for c in text):
        western = "".join(
            str(unicodedata.decimal(c)) if unicodedata.decimal(c, None) is not None else c
            for c in text
        )
        return f"write western digits: {western}"
    for pattern, advice in _FORMS:
        if pattern.fullmatch(text):
            return advice.format(text.rstrip("%٪ ").replace(",", "."))
    return "write the value, not a formula" if text.startswith("=") else "a number"
