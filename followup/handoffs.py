"""What a hand-over must tell the next person, by where it goes; pure (S2-36, S2-39)."""

from collections.abc import Mapping

FIELDS: Mapping[str, tuple[str, ...]] = {
    "service": ("customer", "contact", "need", "vehicle", "next_step"),
    "sales": ("customer", "contact", "need", "next_step"),
    "parts": ("contact", "need", "vehicle", "next_step"),
}
_ANYWHERE = ("contact", "need", "next_step")


class Incomplete(ValueError):
    """A hand-over that would make the next person ask again; `missing` names what to find out first."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"first find out: {', '.join(name.replace('_', ' ') for name in missing)}")
        self.missing = missing


def required(department: str) -> tuple[str, ...]:
    return FIELDS.get(department, _ANYWHERE)


def check(department: str, facts: Mapping[str, str]) -> None:
    """Raises Incomplete unless everything the receiving department needs is there."""
    missing = tuple(name for name in required(department) if not facts.get(name, "").strip())
    if missing:
        raise Incomplete(missing)
