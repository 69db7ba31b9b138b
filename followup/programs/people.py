"""Somebody who qualifies for a program, why, and what whoever writes or calls needs to know."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from sqlalchemy import ColumnElement, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from followup.program_models import Enrollment
from followup.programs.kinds import Kind
from followup.programs.rules import Rules
from record.business_hours import BusinessHours
from record.models import Vehicle

MOST_FOUND = 2_000
"""So many are looked at in one go, the newest or most pressing first; the next look sees the rest."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """`subject` is what it is about and counts once for ever; `need` is the task's words; `facts` fill the text's."""

    customer_id: str
    subject: str
    counts_from: datetime
    reason: str
    need: str
    owed_as: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    wording: str = ""
    car: str = ""
    wanted: str = ""
    advisor_id: str | None = None
    value_cents: int | None = None
    stage: str = "inquiry"
    true_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked for: everybody new of a program, or, with `only`, whether one subject still qualifies."""

    kind: Kind
    rules: Rules
    program_id: str
    now: datetime
    hours: BusinessHours
    only: str = ""

    @property
    def today(self) -> date:
        return self.hours.local(self.now).date()

    def number(self, name: str) -> int:
        return self.rules.numbers[name]

    def from_start_of(self, day: date) -> datetime:
        """A day as a moment steps count from: whoever comes to work in the morning finds them due."""
        return self.hours.at_local(day, time.min)

    def subject(self, prefix: str, column: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """New to the program, or the one that is looked at again."""
        if self.only:
            return column == self.only.removeprefix(prefix)
        known = select(Enrollment.id).where(
            Enrollment.program_id == self.program_id, Enrollment.subject == literal(prefix) + column
        )
        return ~known.exists()


Find = Callable[[AsyncSession, Look], Awaitable[list[Candidate]]]


def car_named(car: Vehicle | None) -> str:
    return " ".join(str(each) for each in (car.year, car.make, car.model) if each) if car else "car"


def day_said(day: date) -> str:
    return f"{day:%B} {day.day}"
