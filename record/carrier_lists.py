"""How far each list of the carrier has been compared with the record, and whose turn it is to go on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import insert_missing
from record.carrier_models import CarrierList
from record.models import PhoneLine

MESSAGES, CALLS = "messages", "calls"


@dataclass(frozen=True)
class Line:
    """One of our numbers, and whose."""

    rooftop_id: str
    e164: str


async def lines(db: AsyncSession) -> list[Line]:
    """Every store's numbers; the session spans rooftops."""
    rows = await db.execute(select(PhoneLine.rooftop_id, PhoneLine.e164).order_by(PhoneLine.rooftop_id, PhoneLine.e164))
    return [Line(row.rooftop_id, row.e164) for row in rows]


async def take(
    db: AsyncSession, line: str, kind: str, now: datetime, *, pause: timedelta, first_look: timedelta
) -> datetime | None:
    """Since when that list is to be read, for one process at a time; None when another looked a moment ago."""
    new = {"line_e164": line, "kind": kind, "read_until": now - first_look, "looked_at": now - pause, "repaired": 0}
    await insert_missing(db, CarrierList, ("rooftop_id", "line_e164", "kind"), [new])
    row = await _row(db, line, kind)
    if row is None or row.looked_at > now - pause:
        return None
    row.looked_at = now
    return row.read_until


async def done(db: AsyncSession, line: str, kind: str, read_until: datetime, repaired: int) -> None:
    """Everything up to then is in the record."""
    row = await _row(db, line, kind)
    if row is not None:
        row.read_until = max(row.read_until, read_until)
        row.repaired += repaired


async def _row(db: AsyncSession, line: str, kind: str) -> CarrierList | None:
    found: CarrierList | None = await db.scalar(
        select(CarrierList)
        .where(CarrierList.line_e164 == line, CarrierList.kind == kind)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found
