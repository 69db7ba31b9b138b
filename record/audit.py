"""The log of what people changed through the pages; append-only."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from record.audit_models import AuditEntry


async def note(
    db: AsyncSession, by: str, act: str, of_kind: str, of_id: str, now: datetime, says: str = "", address: str = ""
) -> None:
    """One line of it, in the transaction of the change."""
    db.add(AuditEntry(at=now, by=by, act=act, of_kind=of_kind, of_id=of_id, says=says, address=address[:64]))
