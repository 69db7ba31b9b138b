"""Stores, the numbers customers dial, and where calls may be sent."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import E164, RooftopId, StaffId
from record.models import PhoneLine, Rooftop, Staff, TransferTarget


@dataclass(frozen=True)
class Store:
    """A rooftop as everything else needs it; `time_zone` is an IANA name."""

    id: RooftopId
    name: str
    time_zone: str
    address: str
    store_phone: E164
    record_calls: bool
    recording_days: int


@dataclass(frozen=True)
class Destination:
    """A place a call may be sent, from the allow-list; `staff_id` and `department` are those of a person's phone."""

    key: str
    label: str
    e164: E164
    staff_id: StaffId | None = None
    department: str = ""
    cold: bool = False
    extension: str = ""


async def store(db: AsyncSession, rooftop_id: RooftopId | str) -> Store | None:
    row = await db.scalar(select(Rooftop).where(Rooftop.id == rooftop_id))
    return _store(row) if row else None


async def in_turn(db: AsyncSession) -> None:
    """Two that would open the same thing wait for each other; whoever only refers to the store does not wait."""
    await db.execute(select(Rooftop.id).with_for_update(key_share=True))


async def stores(db: AsyncSession) -> list[Store]:
    return [_store(row) for row in await db.scalars(select(Rooftop).order_by(Rooftop.name))]


async def line_dialled(db: AsyncSession, e164: str) -> tuple[Store, str] | None:
    """The store and department a dialled number belongs to; the caller's session spans rooftops."""
    line = await db.scalar(select(PhoneLine).where(PhoneLine.e164 == e164))
    if line is None:
        return None
    found = await store(db, line.rooftop_id)
    return (found, line.department) if found else None


async def destinations(db: AsyncSession, now: datetime) -> list[Destination]:
    """Every allow-listed transfer target valid now; the phone of somebody who left is none."""
    rows = await db.execute(
        select(TransferTarget, Staff.department)
        .outerjoin(Staff, Staff.id == TransferTarget.staff_id)
        .where(
            TransferTarget.valid_from <= now,
            or_(TransferTarget.valid_to.is_(None), TransferTarget.valid_to > now),
            Staff.disabled_at.is_(None),
        )
        .order_by(TransferTarget.key)
    )
    return [
        Destination(
            row.key,
            row.label,
            E164(row.e164),
            StaffId(row.staff_id) if row.staff_id else None,
            department or "",
            row.cold,
            row.extension,
        )
        for row, department in rows
    ]


async def departments(db: AsyncSession, now: datetime) -> list[Destination]:
    """The departments calls may be sent to, without the phones of single people."""
    return [each for each in await destinations(db, now) if each.staff_id is None]


def _store(row: Rooftop) -> Store:
    return Store(
        RooftopId(row.id),
        row.name,
        row.time_zone,
        row.address,
        E164(row.store_phone),
        row.record_calls,
        row.recording_days,
    )
