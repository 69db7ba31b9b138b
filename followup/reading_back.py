"""Work the AI finished: it stays unconfirmed under a named person until they say so or the record itself proves it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import lifecycle
from followup.closing import DONE, Proof
from followup.ending import BY_ITSELF, end, keep_evidence, note
from followup.lifecycle import Act, State
from followup.models import Loop
from followup.proofs import kept_evidence
from record.models import WriteBack
from scheduling.models import AppointmentRow

_ON_THEIR_WAY = ("pending", "sending", "retry", "held")


async def ai_did(db: AsyncSession, row: Loop, proof: Proof, now: datetime) -> None:
    """The AI did what was asked, and this is what shows it. The owner stays the owner."""
    row.state = lifecycle.after(row.state, Act.AI_DO)
    row.ai_done_at, row.last_action_at, row.next_look_at = now, now, now
    await keep_evidence(db, row, (proof,), BY_ITSELF, now)
    note(db, row, Act.AI_DO, BY_ITSELF, f"{proof.kind} {proof.ref}: {proof.says}", now)


async def proven(db: AsyncSession, row: Loop, now: datetime) -> bool:
    """Finishes it when what the AI did is there on a second look: the appointment in the book, and in every system
    that was told of it."""
    if row.state != State.AI_DONE:
        return False
    shown = next((each for each in await kept_evidence(db, row.id) if each.kind == "appointment"), None)
    if shown is None:
        return False
    visit = await db.get(AppointmentRow, shown.ref)
    told = list(await db.scalars(select(WriteBack.state).where(WriteBack.subject_id == shown.ref)))
    if visit is None or visit.customer_id != row.customer_id or visit.state != "booked":
        return False
    if "dead" in told or any(each in _ON_THEIR_WAY for each in told):
        return False
    says = f"{visit.confirmation_code} is in the book for {visit.starts_at.isoformat(timespec='minutes')}"
    if told:
        says += f", and in {len(told)} system(s)"
    await end(db, row, Act.ACKNOWLEDGE, DONE, BY_ITSELF, (Proof("read_back", "appointment", shown.ref, says),), now)
    return True
