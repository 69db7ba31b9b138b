"""A tool call in one line: what the agent did, what came of it, how long it took; pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console import words
from console.times import clock
from record.call_views import ToolUse

# Where tools put the list a person would count, and what to call its members.
_COUNTED = {
    "slots": ("opening", "openings"),
    "offers": ("opening", "openings"),
    "openings": ("opening", "openings"),
    "appointments": ("appointment", "appointments"),
    "customers": ("customer", "customers"),
    "candidates": ("possible customer", "possible customers"),
    "matches": ("match", "matches"),
    "orders": ("repair order", "repair orders"),
}
_SAID = ("when", "when_spoken", "says", "say", "spoken", "status", "due", "label", "name", "vehicle", "answer")
_LONGEST = 90


@dataclass(frozen=True, slots=True)
class ToolLine:
    """`asked` and `answered` are the stored JSON, for whoever wants to know exactly."""

    did: str
    came: str
    took: str
    went_well: bool
    asked: str
    answered: str


def tool_line(use: ToolUse) -> ToolLine:
    allowed = use.decision == "allowed"
    went_well = allowed and use.result.get("result") != "refused"
    names = words.TOOLS if went_well else {**words.TOOLS, **words.TRIED}
    if went_well:
        came = _came(use.result)
    elif allowed or use.decision == "refused":
        came = words.plain(str(use.result.get("reason") or words.DECISIONS["refused"])).lower()
    else:
        came = words.DECISIONS.get(use.decision, words.plain(use.decision).lower())
    return ToolLine(
        did=names.get(use.tool, words.plain(use.tool)),
        came=came,
        took=f"{use.took_ms:,} ms",
        went_well=went_well,
        asked=_pretty(use.arguments),
        answered=_pretty(use.result),
    )


def _came(result: Mapping[str, Any]) -> str:
    counted = _COUNTED if "starts" in result else {**_COUNTED, "services": ("service", "services")}
    for key, (one, many) in counted.items():
        found = result.get(key)
        if isinstance(found, Sequence) and not isinstance(found, str):
            return f"{len(found)} {one if len(found) == 1 else many}" if found else "nothing found"
    for key in ("starts", "due"):
        at = _moment(result.get(key))
        if at is not None:
            return f"{at:%a}, {at:%b} {at.day}, {clock(at)}"
    for key in _SAID:
        said = result.get(key)
        if isinstance(said, str) and said.strip():
            text = " ".join(said.split())
            return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
    return "done"


def _moment(value: object) -> datetime | None:
    """Tools say times in store time already."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _pretty(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str) if value else ""
