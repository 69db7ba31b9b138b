"""The ledger of what was finished: append-only, each entry holding the hash of the one before, per store."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.closing import Proof
from followup.loop_models import Completion
from record.rooftops import in_turn

START = "0" * 64


async def append(
    db: AsyncSession, loop_id: str, act: str, outcome: str, by: str, proofs: Sequence[Proof], now: datetime
) -> Completion:
    """Adds one entry behind the last; writers of one store wait for each other."""
    await in_turn(db)
    last = (await db.execute(select(Completion.seq, Completion.hash).order_by(Completion.seq.desc()).limit(1))).first()
    seq, before = (last.seq + 1, last.hash) if last is not None else (1, START)
    said = {
        "loop": loop_id,
        "act": act,
        "outcome": outcome,
        "by": by,
        "at": now.astimezone(UTC).isoformat(),
        "proofs": [asdict(proof) for proof in proofs],
    }
    body = json.dumps(said, sort_keys=True, ensure_ascii=False)
    row = Completion(
        seq=seq, loop_id=loop_id, act=act, at=now, body=body, prev_hash=before, hash=chained(before, seq, body)
    )
    db.add(row)
    await db.flush()
    return row


def chained(before: str, seq: int, body: str) -> str:
    """The hash of an entry."""
    return hashlib.sha256(f"{before}\n{seq}\n{body}".encode()).hexdigest()


async def broken_links(db: AsyncSession) -> list[str]:
    """Ids of entries that are not what they were when they were written, or do not follow the one before. The session
    may span stores."""
    wrong: list[str] = []
    before: dict[str, tuple[int, str]] = {}
    rows = await db.stream(
        select(
            Completion.id,
            Completion.rooftop_id,
            Completion.seq,
            Completion.body,
            Completion.prev_hash,
            Completion.hash,
        ).order_by(Completion.rooftop_id, Completion.seq)
    )
    async for row in rows:
        seq, last = before.get(row.rooftop_id, (0, START))
        if row.seq != seq + 1 or row.prev_hash != last or row.hash != chained(last, row.seq, row.body):
            wrong.append(row.id)
        before[row.rooftop_id] = (row.seq, row.hash)
    return wrong
