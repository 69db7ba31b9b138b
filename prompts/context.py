"""Every fact a prompt may use, typed. What is not here cannot be in a prompt."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class PromptContext:
    """All values are text, ready to be read; `now` is ISO with the store's offset."""

    store: str
    now: str
    time_zone: str
    caller: str = "withheld"
    departments: str = ""
    hours_today: str = ""
    disclosed: str = "no"
    earlier: str = ""


NAMES: frozenset[str] = frozenset(each.name for each in fields(PromptContext))
