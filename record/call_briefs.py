"""A finished call in ten seconds' reading: who, which car, what they need, what was promised, what is next. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

MOODS = ("calm", "upset", "urgent")
URGENCIES = ("normal", "hot")
BY_RECORD, BY_MODEL = "record", "model"
"""Who put it into words: what the call's tools did, or a model whose words were checked against that."""


@dataclass(frozen=True, slots=True)
class CallBrief:
    """Empty where nobody said. `missing` is what somebody must still ask, in words."""

    who: str = ""
    car: str = ""
    need: str = ""
    promised: str = ""
    next_step: str = ""
    mood: str = "calm"
    urgency: str = "normal"
    disposition: str = ""
    missing: tuple[str, ...] = ()
    by: str = BY_RECORD

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Self | None:
        """As stored; None when the call has none."""
        if not stored:
            return None
        texts = {name: str(stored.get(name, "")) for name in _TEXTS}
        given = {name: value for name, value in texts.items() if value}
        return cls(**given, missing=tuple(str(each) for each in stored.get("missing") or ()))

    def stored(self) -> dict[str, Any]:
        return {**asdict(self), "missing": list(self.missing)}


_TEXTS = ("who", "car", "need", "promised", "next_step", "mood", "urgency", "disposition", "by")
