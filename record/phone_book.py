"""The allow-list as a store keeps it: which numbers callers are put through to, whose they are, and who is away."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import E164
from record.models import Staff, TransferTarget
from record.staff_models import StaffAway


class NobodyOfThatName(Exception):
    """Nobody enabled at the store has that name."""


@dataclass(frozen=True)
class Entry:
    """A number on the list; `person` is empty for a department's own."""

    key: str
    label: str
    e164: E164
    person: str = ""
    cold: bool = False
    extension: str = ""
    away_until: datetime | None = None


async def entries(db: AsyncSession, now: datetime) -> list[Entry]:
    gone = {
        each.staff_id: each.ends_at
        for each in await db.scalars(select(StaffAway).where(StaffAway.starts_at <= now, StaffAway.ends_at > now))
    }
    rows = await db.execute(
        select(TransferTarget, Staff)
        .outerjoin(Staff, Staff.id == TransferTarget.staff_id)
        .where(TransferTarget.valid_from <= now, or_(TransferTarget.valid_to.is_(None), TransferTarget.valid_to > now))
        .order_by(TransferTarget.key)
    )
    return [
        Entry(
            row.key,
            row.label,
            E164(row.e164),
            person.name if person else "",
            row.cold,
            row.extension,
            gone.get(person.id) if person else None,
        )
        for row, person in rows
    ]


async def put(db: AsyncSession, entry: Entry, now: datetime) -> None:
    """On the list from now on, in place of what that key was; past hand-offs went to a number that was listed then."""
    await take_off(db, entry.key, now)
    person = await _person(db, entry.person) if entry.person else None
    db.add(
        TransferTarget(
            key=entry.key,
            label=entry.label,
            e164=entry.e164,
            staff_id=person.id if person else None,
            cold=entry.cold,
            extension=entry.extension,
            valid_from=now,
        )
    )


async def take_off(db: AsyncSession, key: str, now: datetime) -> bool:
    """Off the list from now on; False when it was not on it."""
    rows = await db.scalars(
        select(TransferTarget).where(
            TransferTarget.key == key, or_(TransferTarget.valid_to.is_(None), TransferTarget.valid_to > now)
        )
    )
    found = rows.all()
    for row in found:
        row.valid_to = now
    return bool(found)


async def away(db: AsyncSession, person: str, until: datetime | None, now: datetime) -> None:
    """Nobody is put through to them until then; None brings them back."""
    who = await _person(db, person)
    for row in await db.scalars(
        select(StaffAway).where(StaffAway.staff_id == who.id, StaffAway.starts_at <= now, StaffAway.ends_at > now)
    ):
        row.ends_at = now
    if until is not None:
        db.add(StaffAway(staff_id=who.id, starts_at=now, ends_at=until))


async def _person(db: AsyncSession, name: str) -> Staff:
    found = await db.scalar(select(Staff).where(Staff.name == name, Staff.disabled_at.is_(None)))
    if found is None:
        raise NobodyOfThatName(name)
    return found
