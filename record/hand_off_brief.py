"""What the person who takes a call is told first, and what each kind of hand-off must tell. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

NAME, CAR, REASON = "name", "car", "reason"

_REQUIRED: dict[str, tuple[str, ...]] = {
    "service": (NAME, CAR, REASON),
    "parts": (NAME, CAR, REASON),
    "body_shop": (NAME, CAR, REASON),
    "sales": (NAME, REASON),
    "finance": (NAME, REASON),
    "cashier": (NAME,),
    "manager": (NAME, REASON),
}
_AT_LEAST = (NAME, REASON)
_URGENT = (REASON,)
_CALLED = {NAME: "their name", CAR: "the car", REASON: "what it is about"}


@dataclass(frozen=True, slots=True)
class Brief:
    """As far as we know it; empty where we do not. `mood` is calm, upset or urgent."""

    name: str = ""
    number: str = ""
    car: str = ""
    repair_order: str = ""
    reason: str = ""
    promised: str = ""
    mood: str = ""

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Self:
        given = stored or {}
        return cls(**{each.name: str(given.get(each.name, "")) for each in fields(cls)})

    def stored(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def urgent(self) -> bool:
        return self.mood == "urgent"


def missing(department: str, brief: Brief) -> tuple[str, ...]:
    """What this kind of hand-off needs and the brief has not, in words. Nobody in danger is asked for a model year."""
    needed = _URGENT if brief.urgent else _REQUIRED.get(department, _AT_LEAST)
    return tuple(_CALLED[field] for field in needed if not getattr(brief, field))
