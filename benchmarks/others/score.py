"""Tries counted per name and per half of the data, with what went wrong."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def rows(path: Path) -> list[dict[str, Any]]:
    """A file of one JSON object a line; an absent one is empty."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def half(identifier: str) -> str:
    """Which half of the data this belongs to: rules are written looking at one half and checked on the other."""
    return "seen" if hashlib.sha256(identifier.encode()).digest()[0] % 2 == 0 else "held out"


@dataclass
class Score:
    """What was tried, what came out right, and the rest in words."""

    right: Counter[tuple[str, str]] = field(default_factory=Counter)
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))

    def note(self, name: str, identifier: str, ok: bool, wrong: str = "") -> None:
        """One try."""
        key = (name, half(identifier))
        self.tried[key] += 1
        self.right[key] += ok
        if not ok:
            self.failures[name].append((identifier, wrong))

    def names(self) -> Iterator[str]:
        """Everything that was tried, once."""
        yield from dict.fromkeys(name for name, _ in self.tried)

    def of(self, name: str, part: str | None = None) -> tuple[int, int]:
        """Right and tried, of one half or of both."""
        halves = (part,) if part else ("seen", "held out")
        return sum(self.right[name, h] for h in halves), sum(self.tried[name, h] for h in halves)
