"""A hand-off that nobody took, as the agent is told of it: one line of the instructions, read by any model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

_LINE = re.compile(
    r"^not reached \((?P<why>[a-z_]+)\): (?P<label>[^;]+); callback by (?P<owner>[^;]+), due (?P<due>\S+)$"
)


@dataclass(frozen=True, slots=True)
class NotReached:
    """Whom the caller was put through to, why it failed, and who calls back by when (in the store's zone)."""

    label: str
    why: str
    owner: str
    due: datetime

    def __str__(self) -> str:
        due = self.due.isoformat(timespec="minutes")
        return f"not reached ({self.why}): {_plain(self.label)}; callback by {_plain(self.owner)}, due {due}"


def read(line: str) -> NotReached | None:
    """None when the call was not put through to anybody, or is not coming back from it."""
    found = _LINE.match(line.strip())
    if found is None:
        return None
    try:
        due = datetime.fromisoformat(found["due"])
    except ValueError:
        return None
    return NotReached(found["label"], found["why"], found["owner"], due)


def _plain(words: str) -> str:
    return re.sub(r"[;,\r\n]+", " ", words).strip() or "the team"
