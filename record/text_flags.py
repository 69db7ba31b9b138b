"""What a member of staff wrote as done and the record does not know."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import TextId
from kit.redaction import redact
from record.models import ClaimFlag


async def flag(db: AsyncSession, text_id: TextId | str, kind: str, words: str, now: datetime) -> None:
    db.add(ClaimFlag(text_id=str(text_id), kind=kind, words=redact(words), created_at=now))


async def flags_of(db: AsyncSession, text_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The kinds of claims flagged, by text."""
    found: dict[str, list[str]] = defaultdict(list)
    if text_ids:
        rows = select(ClaimFlag.text_id, ClaimFlag.kind).where(ClaimFlag.text_id.in_(text_ids))
        for text_id, kind in await db.execute(rows.order_by(ClaimFlag.id)):
            found[str(text_id)].append(kind)
    return {text_id: tuple(kinds) for text_id, kinds in found.items()}
