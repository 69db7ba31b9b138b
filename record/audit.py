"""The log of what people changed through the pages; append-only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from record.audit_models import AuditEntry


async def note(
    db: AsyncSession, by: str, act: str, of_kind: str, of_id: str, now: datetime, says: str = "", address: str = ""
) -> None:
    """One line of it, in the transaction of the change."""
    db.add(AuditEntry(at=now, by=by, act=act, of_kind=of_kind, of_id=of_id, says=says, address=address[:64]))


@dataclass(frozen=True)
class Line:
    """One line of the log."""

    id: str
    at: datetime
    by: str
    act: str
    of_kind: str
    of_id: str
    says: str
    address: str


@dataclass(frozen=True)
class Wanted:
    """What the log is narrowed to; empty is everything."""

    by: str = ""
    of_kind: str = ""
    act: str = ""
    since: datetime | None = None
    until: datetime | None = None


async def lines(
    db: AsyncSession, wanted: Wanted, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[Line]:
    """Newest first; `after` is where the page before ended."""
    query = select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit)
    for column, value in (
        (AuditEntry.by, wanted.by),
        (AuditEntry.of_kind, wanted.of_kind),
        (AuditEntry.act, wanted.act),
    ):
        if value:
            query = query.where(column == value)
    if wanted.since is not None and wanted.until is not None:
        query = query.where(AuditEntry.at >= wanted.since, AuditEntry.at < wanted.until)
    if after is not None:
        at, key = after
        query = query.where(or_(AuditEntry.at < at, and_(AuditEntry.at == at, AuditEntry.id < key)))
    return [
        Line(row.id, row.at, row.by, row.act, row.of_kind, row.of_id, row.says, row.address)
        for row in await db.scalars(query)
    ]


async def choices(db: AsyncSession) -> tuple[list[str], list[str]]:
    """Who and what appears in the log."""
    rows = (await db.execute(select(AuditEntry.by, AuditEntry.of_kind).distinct())).all()
    return sorted({by for by, _ in rows}), sorted({kind for _, kind in rows})
