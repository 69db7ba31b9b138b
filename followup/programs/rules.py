"""What a manager sets about a program: its steps, its numbers, and when the next step is due; pure."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

TEXT, PERSON = "text", "person"
MOST_STEPS = 6
_UNITS = {"minutes": 1, "hours": 60, "days": 24 * 60}
_LONGEST = 800 * 24 * 60


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """So many minutes after the moment a program counts from (before it when negative), by text or by a person."""

    after: int
    by: str

    @property
    def unit(self) -> str:
        """The largest unit it is a whole number of."""
        return next(unit for unit in ("days", "hours", "minutes") if self.after % _UNITS[unit] == 0)

    @property
    def number(self) -> int:
        return abs(self.after) // _UNITS[self.unit]

    @property
    def words(self) -> str:
        """ "2 days after, by text"."""
        how = "by text" if self.by == TEXT else "by a person"
        if not self.after:
            return f"at once, {how}"
        unit = self.unit.removesuffix("s") if self.number == 1 else self.unit
        return f"{self.number} {unit} {'before' if self.after < 0 else 'after'}, {how}"


def days(number: int, by: str) -> Step:
    return Step(number * _UNITS["days"], by)


def hours(number: int, by: str) -> Step:
    return Step(number * _UNITS["hours"], by)


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a program: what it is, and between what it may be set."""

    name: str
    label: str
    low: int
    high: int


A_DAY = Number("a_day", "New people a day", 0, 500)
HOLDOUT = Number("holdout_percent", "Held out, percent of customers", 0, 50)
WINDOW = Number("window_days", "What comes within so many days counts", 1, 180)


@dataclass(frozen=True, slots=True)
class Rules:
    """A program as it stands. `numbers` are those of its own kind (months without a visit, days to look back)."""

    steps: tuple[Step, ...]
    a_day: int = 20
    holdout_percent: int = 10
    window_days: int = 30
    numbers: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "steps": [{"after": step.after, "by": step.by} for step in self.steps],
            "a_day": self.a_day,
            "holdout_percent": self.holdout_percent,
            "window_days": self.window_days,
            "numbers": dict(self.numbers),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], default: "Rules") -> "Rules":
        """What was stored; a number that came with a later release has its default."""
        return cls(
            tuple(Step(int(step["after"]), str(step["by"])) for step in stored["steps"]),
            int(stored["a_day"]),
            int(stored["holdout_percent"]),
            int(stored["window_days"]),
            {**default.numbers, **stored.get("numbers", {})},
        )

    def next_after(self, taken: int | None) -> int | None:
        """Minutes of the first step later than the one taken last."""
        return min((step.after for step in self.steps if taken is None or step.after > taken), default=None)

    def at(self, after: int) -> tuple[Step, ...]:
        """The steps of one moment: a text and a call may be due together."""
        return tuple(step for step in self.steps if step.after == after)


def next_due(rules: Rules, counts_from: datetime, taken: int | None, now: datetime, fresh: timedelta) -> int | None:
    """The step that is due now or comes next; one missed for longer than it is fresh is not caught up on."""
    after = rules.next_after(taken)
    while after is not None and now >= counts_from + timedelta(minutes=after) + fresh:
        after = rules.next_after(after)
    return after


def held_out(customer_id: str, percent: int) -> bool:
    """Whether a customer belongs to those left alone so that we know what asking brings. The same for every program and
    for good: a larger share only adds people, and who is held out of one is not asked by another."""
    return int.from_bytes(hashlib.sha256(customer_id.encode()).digest()[:4]) % 100 < percent


def read_rules(
    form: Mapping[str, str], numbers: tuple[Number, ...], *, before: bool, most_holdout: int, may_be_empty: bool
) -> tuple[Rules | None, list[str]]:
    """What a form says, or everything that is wrong with it."""
    problems: list[str] = []
    steps = _steps(form, problems, before=before)
    if not steps and not may_be_empty and not problems:
        problems.append("A program needs at least one step.")
    held = Number(HOLDOUT.name, HOLDOUT.label, 0, most_holdout)
    values = {each.name: _number(form, each, problems) for each in (A_DAY, held, WINDOW, *numbers)}
    if problems:
        return None, problems
    return (
        Rules(
            tuple(steps),
            values[A_DAY.name],
            values[HOLDOUT.name],
            values[WINDOW.name],
            {each.name: values[each.name] for each in numbers},
        ),
        [],
    )


def _steps(form: Mapping[str, str], problems: list[str], *, before: bool) -> list[Step]:
    found: list[Step] = []
    for at in range(MOST_STEPS):
        number, unit, by = (form.get(f"step_{at}_{name}", "").strip() for name in ("number", "unit", "by"))
        if not number:
            continue
        if not re.fullmatch(r"\d{1,6}", number) or unit not in _UNITS or by not in (TEXT, PERSON):
            problems.append(f"Step {at + 1}: give a whole number, a unit, and who does it.")
            continue
        minutes = int(number) * _UNITS[unit]
        if minutes > _LONGEST:
            problems.append(f"Step {at + 1}: at most 800 days.")
            continue
        step = Step(-minutes if before else minutes, by)
        if step in found:
            problems.append(f"Step {at + 1} is there twice.")
        found.append(step)
    return sorted(found)


def _number(form: Mapping[str, str], number: Number, problems: list[str]) -> int:
    given = form.get(number.name, "").strip()
    if re.fullmatch(r"\d{1,6}", given) and number.low <= int(given) <= number.high:
        return int(given)
    problems.append(f"{number.label}: a whole number from {number.low} to {number.high}.")
    return number.low
