"""What a caller said on a real call, as a made-up caller would: nobody can be told from it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from agent.house.understanding import understand
from kit.redaction import redact

NAME = ("Jordan", "Miles")
PHONE, SAID_PHONE, ZIP, VIN, EMAIL, PLATE = (
    "+15035550199",
    "503 555 0199",
    "97202",
    "1HGCM82633A004352",
    "jordan@example.com",
    "123 ABC",
)
_EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.]+\b|\b\w+ at \w+ dot \w+\b", re.IGNORECASE)
_VIN = re.compile(r"\b[A-HJ-NPR-Z0-9]{17}\b", re.IGNORECASE)
_PLATE = re.compile(
    r"\b(?P<before>(?:plate|tag|license)(?: number)?(?: is)? )[A-Z0-9]{2,4}[ -]?[A-Z0-9]{2,4}\b", re.IGNORECASE
)
_STREET = re.compile(
    r"\b\d{1,6} (?:[A-Z][\w']*\.? ){1,4}"
    r"(?:street|st|avenue|ave|road|rd|drive|dr|lane|ln|court|ct|way|boulevard|blvd)\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![\w$])\+?\d(?:[\d\s().-]{2,}\d)(?!\w)")
_SPOKEN_DIGIT = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
_SPOKEN = re.compile(rf"\b{_SPOKEN_DIGIT}(?:[\s,-]+{_SPOKEN_DIGIT}){{3,}}\b", re.IGNORECASE)
_YEAR = range(1950, 2050)
_ANY_DAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def masked(lines: Sequence[str], names: Sequence[str] = ()) -> tuple[str, ...]:
    """The lines with every name, number, address and plate made up; `names` are those on record for the caller."""
    said = [redact(line) for line in lines if line.strip()]
    known = {part for name in names for part in name.split() if len(part) > 1}
    for line in said:
        for found in understand(line, _ANY_DAY).names:
            known |= {part for part in (found.first, found.last) if part}
    return tuple(_masked(line, known) for line in said)


def _masked(line: str, known: set[str]) -> str:
    line = _EMAIL.sub(EMAIL, line)
    line = _VIN.sub(lambda found: VIN if any(c.isdigit() for c in found[0]) else found[0], line)
    line = _PLATE.sub(lambda found: f"{found['before']}{PLATE}", line)
    line = _STREET.sub("100 Main Street", line)
    line = _SPOKEN.sub(lambda found: _figures(len(re.findall(_SPOKEN_DIGIT, found[0], re.IGNORECASE))), line)
    line = _DIGITS.sub(_number, line)
    for position, part in enumerate(sorted(known, key=lambda part: line.find(part))):
        line = re.sub(rf"\b{re.escape(part)}\b", NAME[min(position, 1)], line, flags=re.IGNORECASE)
    return re.sub(r"\b(Jordan|Miles)(?: \1\b)+", r"\1", line)[:500]


def _number(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    if len(digits) == 4 and int(digits) in _YEAR:
        return found[0]
    return _figures(len(digits)) if len(digits) > 3 else found[0]


def _figures(count: int) -> str:
    """Made-up digits of about the length that was said."""
    if count >= 10:
        return SAID_PHONE
    return ZIP if count == 5 else "5550199"[:count]
