"""What the house agent knows before the first word: the store, the clock, the caller's number, where calls can go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent import not_reached
from agent.not_reached import NotReached
from prompts.bundle import asks
from prompts.sections import sections_of

_LINE = re.compile(r"^\s*(?:[-*]\s+)?(?P<name>[A-Z][A-Za-z ]{1,30}):\s*(?P<value>.*?)\s*$")
_DEPARTMENT = re.compile(r"^(?P<key>[a-z][a-z0-9_]*)\s*(?:\((?P<label>[^)]*)\))?$")


@dataclass(frozen=True, slots=True)
class HouseFacts:
    """Read from the same session instructions any model gets; nothing here came from the database."""

    store: str = "the dealership"
    now: datetime = field(default_factory=lambda: datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
    time_zone: str = "UTC"
    caller: str | None = None
    departments: tuple[tuple[str, str], ...] = ()
    disclosed: bool = False
    earlier: str = ""
    not_reached: NotReached | None = None
    greeting: str = ""
    goodbye: str = ""
    questions: tuple[str, ...] = ()
    """The store's own questions, asked before a visit is booked."""
    not_asked: frozenset[str] = frozenset()

    @classmethod
    def from_instructions(cls, instructions: str) -> HouseFacts:
        """The facts in the `Name: value` lines of the instructions, and the sections this agent obeys; a missing or odd
        line leaves its default."""
        lines: dict[str, str] = {}
        for name, value in _named_lines(instructions):
            lines.setdefault(name, value)
        zone = lines.get("time zone", "")
        now = _moment(lines.get("now", ""), zone)
        caller = lines.get("caller", "")
        sections = {section.title: section.text for section in sections_of(instructions)}
        questions, not_asked = asks(sections.get("Always ask", ""))
        return cls(
            store=lines.get("store") or "the dealership",
            now=now or datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
            time_zone=zone if _zone(zone) else "UTC",
            caller=caller if caller.startswith("+") else None,
            departments=tuple(_departments(lines.get("departments", ""))),
            disclosed=lines.get("disclosed", "").lower().startswith("yes"),
            earlier=lines.get("earlier in this call", ""),
            not_reached=not_reached.read(lines.get("earlier in this call", "")),
            greeting=_words(sections.get("Greeting", "")),
            goodbye=_words(sections.get("Goodbye", "")),
            questions=questions,
            not_asked=not_asked,
        )

    @property
    def zone(self) -> ZoneInfo:
        """The store's zone, for saying times as the store's people say them."""
        return _zone(self.time_zone) or ZoneInfo("UTC")

    def label(self, key: str) -> str:
        """What callers call a department."""
        return dict(self.departments).get(key) or key.replace("_", " ")

    def has_department(self, key: str) -> bool:
        """Whether calls may be sent there."""
        return any(key == known for known, _ in self.departments)


def _named_lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        found = _LINE.match(line)
        if found:
            yield found["name"].lower(), found["value"]


def _words(section: str) -> str:
    """A section to be said as it stands, on one line."""
    return " ".join(section.split())[:400]


def _departments(value: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"[,;]", value):
        found = _DEPARTMENT.match(part.strip())
        if found:
            yield found["key"], (found["label"] or found["key"].replace("_", " ")).strip()


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _moment(value: str, zone: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=_zone(zone) or UTC)
    return moment
