"""The one place a loop ends or moves: its state, evidence, promises, alarms, history and the ledger, together."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from followup import ledger, lifecycle
from followup.closing import RELEASES_PROMISES, SYSTEM_REASONS, Proof
from followup.lifecycle import Act, State
from followup.loop_models import LoopAlarm, LoopEvidence, LoopHandoff, LoopPromise, LoopStep
from followup.models import Loop
from followup.proofs import reopened_at

BY_ITSELF = "Lanekeeper"


async def settle(db: AsyncSession, kind: str, source_key: str, reason: str, proof: Proof, now: datetime) -> bool:
    """Closes what was owed because the record now shows that it is not; `proof` names what shows it."""
    row = await db.scalar(
        select(Loop).where(Loop.kind == kind, Loop.source_key == source_key[:80], Loop.closed_at.is_(None))
    )
    if row is None:
        return False
    await settle_row(db, row, reason, proof, now)
    return True


async def settle_row(db: AsyncSession, row: Loop, reason: str, proof: Proof, now: datetime) -> None:
    if reason not in SYSTEM_REASONS:
        raise ValueError(f"'{reason}' is for a person to give")
    await end(db, row, Act.CLOSE, reason, BY_ITSELF, (proof,), now)


async def end(
    db: AsyncSession, row: Loop, act: Act, outcome: str, by: str, proofs: Sequence[Proof], now: datetime
) -> None:
    """Finishes a loop and says so in the ledger. Whoever calls has checked that it may end like this."""
    row.state = lifecycle.after(row.state, act)
    row.closed_at, row.close_reason, row.next_look_at = now, outcome[:30], None
    if row.state == State.DONE:
        row.stage = "completion"
    await keep_evidence(db, row, proofs, by, now)
    await _settle_promises(db, row, outcome, now)
    for table in (LoopAlarm, LoopHandoff):
        column = "cleared_at" if table is LoopAlarm else "answered_at"
        await db.execute(
            update(table)
            .where(table.loop_id == row.id, getattr(table, column).is_(None))
            .values({column: now})
            .execution_options(synchronize_session=False)
        )
    said = "; ".join(f"{proof.part or 'proof'}: {proof.kind} {proof.ref or proof.says}" for proof in proofs)
    db.add(LoopStep(loop_id=row.id, act=act, by=by, at=now, says=f"{outcome}. {said}"))
    await ledger.append(db, row.id, act, outcome, by, proofs, now)


async def keep_evidence(db: AsyncSession, row: Loop, proofs: Sequence[Proof], by: str, now: datetime) -> None:
    """Each piece once; what is shown anew after the loop was opened again takes the place of the old."""
    here = await db.scalars(select(LoopEvidence).where(LoopEvidence.loop_id == row.id))
    known = {(each.part, each.kind, each.ref): each for each in here}
    again = await reopened_at(db, row.id)
    for proof in proofs:
        which = (proof.part, proof.kind, proof.ref)
        old = known.get(which)
        if old is None:
            known[which] = LoopEvidence(
                loop_id=row.id, part=proof.part, kind=proof.kind, ref=proof.ref, says=proof.says, by=by, at=now
            )
            db.add(known[which])
        elif again is not None and old.at <= again:
            old.says, old.by, old.at = proof.says, by, now


async def _settle_promises(db: AsyncSession, row: Loop, outcome: str, now: datetime) -> None:
    """What was promised counts as kept or late by the moment it ended; with nobody left to keep it to, released."""
    rows = await db.scalars(select(LoopPromise).where(LoopPromise.loop_id == row.id, LoopPromise.settled_at.is_(None)))
    for promise in rows:
        promise.settled_at = now
        if outcome in RELEASES_PROMISES:
            promise.settled_as = "released"
        else:
            promise.settled_as = "kept" if now <= promise.due_at else "late"


def note(db: AsyncSession, row: Loop, act: Act | str, by: str, says: str, now: datetime) -> None:
    """One line of a loop's history."""
    db.add(LoopStep(loop_id=row.id, act=str(act), by=by, at=now, says=says))
