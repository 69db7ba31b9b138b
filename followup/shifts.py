"""Who is there when: a person's week, their days off, and what they hold going to somebody else at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from followup.assigning import colleagues
from followup.ending import note
from followup.lifecycle import Act
from followup.models import Loop
from followup.routing import Colleague, Wanted, choose
from kit.ids import StaffId
from record.models import Staff
from record.staff_models import StaffAway, StaffShift

_MOST = 1_000


class NotPossible(ValueError):
    """A week or a time away that cannot be; the message says why."""


@dataclass(frozen=True, slots=True)
class Day:
    """Working hours on a weekday (0 = Monday), store time."""

    weekday: int
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class Away:
    id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class OnShift:
    """Somebody who works here: whether they are there now, their week and when they are away. `who.load` is what they
    hold open."""

    who: Colleague
    week: tuple[Day, ...]
    away: tuple[Away, ...]


async def everybody(db: AsyncSession, now: datetime) -> list[OnShift]:
    """Everybody who works here, by department and name."""
    people = await colleagues(db, now)
    weeks: defaultdict[str, list[Day]] = defaultdict(list)
    for row in await db.scalars(select(StaffShift).order_by(StaffShift.weekday, StaffShift.starts)):
        weeks[row.staff_id].append(Day(row.weekday, row.starts, row.ends))
    gone: defaultdict[str, list[Away]] = defaultdict(list)
    for away in await db.scalars(select(StaffAway).where(StaffAway.ends_at > now).order_by(StaffAway.starts_at)):
        gone[away.staff_id].append(Away(away.id, away.starts_at, away.ends_at))
    ranked = sorted(people, key=lambda each: (each.department, each.name))
    return [OnShift(each, tuple(weeks[each.id]), tuple(gone[each.id])) for each in ranked]


async def set_week(db: AsyncSession, staff_id: str, days: Sequence[Day], now: datetime) -> None:
    """A person's whole week; no days at all means that the store does not say when they work."""
    await _works_here(db, staff_id)
    for day in days:
        if day.starts >= day.ends:
            raise NotPossible("a day ends after it begins")
    await db.execute(delete(StaffShift).where(StaffShift.staff_id == staff_id))
    db.add_all(StaffShift(staff_id=staff_id, weekday=day.weekday, starts=day.starts, ends=day.ends) for day in days)
    await _look_again(db, staff_id, now)


async def take_off(db: AsyncSession, staff_id: str, starts: datetime, ends: datetime, now: datetime) -> None:
    """A time they are not there; what would be due meanwhile goes to somebody who is."""
    await _works_here(db, staff_id)
    if ends <= starts or ends <= now:
        raise NotPossible("a time away ends after it begins, and after now")
    db.add(StaffAway(staff_id=staff_id, starts_at=starts, ends_at=ends))
    await _look_again(db, staff_id, now)


async def bring_back(db: AsyncSession, away_id: str, now: datetime) -> None:
    """They are there after all: a time away that has begun ends now, one to come is taken off."""
    row = await db.scalar(select(StaffAway).where(StaffAway.id == away_id))
    if row is None:
        return
    if row.starts_at < now:
        row.ends_at = now
    else:
        await db.delete(row)


async def reassign(db: AsyncSession, from_id: str, to_id: str, by: str, now: datetime) -> int:
    """Everything somebody holds open goes to one person, or, without `to_id`, each to whom the rules say; how many."""
    people = [each for each in await colleagues(db, now) if each.id != from_id]
    chosen = next((each for each in people if each.id == to_id), None)
    if to_id and chosen is None:
        raise NotPossible("choose somebody else who works here")
    rows = await db.scalars(
        select(Loop)
        .where(Loop.owner_id == from_id, Loop.closed_at.is_(None))
        .order_by(Loop.due_at)
        .limit(_MOST)
        .with_for_update()
    )
    moved = 0
    for row in rows:
        choice = choose(Wanted(row.department), people) if chosen is None else None
        to = chosen or (choice.who if choice is not None else None)
        if to is None:
            raise NotPossible("nobody else works here")
        row.owner_id, row.taken_at, row.next_look_at = StaffId(to.id), None, now
        note(db, row, Act.ASSIGN, by, f"to {to.name}{f', who {choice.why}' if choice else ''}", now)
        moved += 1
    await db.flush()
    return moved


async def _works_here(db: AsyncSession, staff_id: str) -> None:
    here = select(Staff.id).where(Staff.id == staff_id, Staff.disabled_at.is_(None))
    if await db.scalar(here) is None:
        raise NotPossible("choose somebody who works here")


async def _look_again(db: AsyncSession, staff_id: str, now: datetime) -> None:
    """The watch hands on what is due while they are not there."""
    await db.flush()
    await db.execute(
        update(Loop)
        .where(Loop.owner_id == staff_id, Loop.closed_at.is_(None))
        .values(next_look_at=now)
        .execution_options(synchronize_session=False)
    )
