"""What a carrier's refusal means for later texts: numbers of no use, ours that are stopped, and who hears of it."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from followup.carrier_codes import Code, Meaning, with_meaning
from followup.loops import Promise, promise_callback
from kit.phone import spoken
from record import consent_ledger, text_outbox
from record.carrier_words import Outbound
from record.consent import Purpose
from record.consent_ledger import Entry
from record.models import ContactPoint
from record.text_models import SenderRegistration, TextMessage

SENDING_TROUBLE = "sending_trouble"
SAMPLE = 50
"""Of so many offers of one number, one in fifty taken for spam stops its offers (reliability 3.3)."""

_STRIKES = 2


async def learn(db: AsyncSession, text: Outbound, row: Code, now: datetime) -> None:
    """Does what the code means beyond this one text."""
    match row.meaning:
        case Meaning.OPTED_OUT:
            entry = Entry(
                f"carrier:{text.id}", text.to_e164, "revoke", "", f"carrier {row.number}", "text", text.customer_id
            )
            await consent_ledger.file(db, entry, now)
            await text_outbox.supersede(db, text.conversation_id, "ai", "staff", "system")
        case Meaning.CALL_INSTEAD:
            await _no_texts_to(db, text.to_e164)
        case Meaning.TWO_STRIKES:
            if await _lost_this_way(db, text.to_e164, row) >= _STRIKES:
                await _no_texts_to(db, text.to_e164)
        case Meaning.UNREGISTERED:
            await _stop(db, text.from_e164, "refused", now)
            await _tell(db, text.from_e164, f"No texts go from it any more. {row.says}", now)
        case Meaning.FILTERED:
            stopped = await _too_many_filtered(db, text.from_e164)
            if stopped:
                await _stop(db, text.from_e164, "filtered", now)
            so = "Its offers are stopped." if stopped else "Look at what it sends."
            await _tell(db, text.from_e164, f"{row.says} {so}", now)
        case Meaning.OUR_SET_UP:
            await _tell(db, text.from_e164, row.says, now)


async def _no_texts_to(db: AsyncSession, number: str) -> None:
    await db.execute(
        update(ContactPoint).where(ContactPoint.kind == "phone", ContactPoint.value == number).values(label="landline")
    )


async def _lost_this_way(db: AsyncSession, number: str, row: Code) -> int:
    lost = select(func.count()).select_from(TextMessage)
    same = TextMessage.error_code.in_(with_meaning(row.meaning))
    return await db.scalar(lost.where(TextMessage.to_e164 == number, same)) or 0


async def _too_many_filtered(db: AsyncSession, line: str) -> bool:
    """Whether one in fifty of its last offers or more was taken for spam; fewer offers say nothing."""
    codes = list(
        await db.scalars(
            select(TextMessage.error_code)
            .where(
                TextMessage.from_e164 == line,
                TextMessage.purpose == Purpose.MARKETING,
                TextMessage.first_wire_at.is_not(None),
            )
            .order_by(TextMessage.first_wire_at.desc())
            .limit(SAMPLE)
        )
    )
    return len(codes) == SAMPLE and any(each in with_meaning(Meaning.FILTERED) for each in codes)


async def _stop(db: AsyncSession, line: str, state: str, now: datetime) -> None:
    """The rules ask for an approved number for offers, and let nothing go from one that was refused."""
    known = await db.scalar(select(SenderRegistration).where(SenderRegistration.e164 == line))
    if known is None:
        db.add(SenderRegistration(e164=line, state=state, checked_at=now))
    else:
        known.state, known.checked_at = state, now


async def _tell(db: AsyncSession, line: str, says: str, now: datetime) -> None:
    promise = Promise(
        f"sender:{line}", f"Texts from {spoken(line)}: {says}", "service", "", kind=SENDING_TROUBLE, source="carrier"
    )
    await promise_callback(db, promise, now)
