"""What changed between two prompts: section by section, then word by word. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from prompts.sections import sections_of

_PIECES = re.compile(r"\s+|[^\s]+")
_MOST_PIECES = 4_000


class Change(StrEnum):
    """What became of a section or of words."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Words:
    """A stretch of text that stayed, came or went."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class SectionChange:
    """One section on both sides. `words` is the new text with what went still in it."""

    title: str
    change: Change
    before: str
    after: str
    words: tuple[Words, ...]


def changes(before: str, after: str) -> tuple[SectionChange, ...]:
    """Every section of both, in the order of the new one; what was taken out stands after what it followed."""
    old = {s.title: s.text for s in sections_of(before)}
    new = {s.title: s.text for s in sections_of(after)}
    found = []
    for title in _order(list(old), list(new)):
        was, now = old.get(title), new.get(title)
        if was is None:
            found.append(SectionChange(title, Change.ADDED, "", now or "", (Words(Change.ADDED, now or ""),)))
        elif now is None:
            found.append(SectionChange(title, Change.REMOVED, was, "", (Words(Change.REMOVED, was),)))
        else:
            kind = Change.SAME if was == now else Change.CHANGED
            found.append(SectionChange(title, kind, was, now, words(was, now)))
    return tuple(found)


def words(before: str, after: str) -> tuple[Words, ...]:
    """The words that stayed, came and went. Of very long texts: all went, all came."""
    if before == after:
        return (Words(Change.SAME, before),) if before else ()
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if len(old) + len(new) > _MOST_PIECES:
        return (Words(Change.REMOVED, before), Words(Change.ADDED, after))
    made: list[Words] = []
    for kind, a1, a2, b1, b2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            made.append(Words(Change.SAME, "".join(new[b1:b2])))
            continue
        if a2 > a1:
            made.append(Words(Change.REMOVED, "".join(old[a1:a2])))
        if b2 > b1:
            made.append(Words(Change.ADDED, "".join(new[b1:b2])))
    return tuple(made)


def _order(old: list[str], new: list[str]) -> list[str]:
    """The new order, with titles that are gone behind the one they followed."""
    made = list(new)
    for at, title in enumerate(old):
        if title in made:
            continue
        behind = next((before for before in reversed(old[:at]) if before in made), None)
        made.insert(made.index(behind) + 1 if behind is not None else 0, title)
    return made
