"""Texts the store sends by itself: written to wait for their permission, and watched until the carrier says they
arrived."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from followup.ending import BY_ITSELF, note
from followup.models import Loop
from followup.notice_words import OFFERS, compose
from kit.ids import CustomerId, TextId
from record import text_attempts, text_outbox, texts
from record.consent import Purpose
from record.models import ContactPoint, Customer, PhoneLine, Rooftop
from record.text_models import TextMessage
from record.text_outbox import Reply

_MONTH = timedelta(days=30)
_AT_ONCE = 400
_ARRIVED = ("delivered", "read")
_ON_ITS_WAY = ("pending", "sending", "unknown", "accepted")


@dataclass(frozen=True, slots=True)
class Notice:
    """One text to one customer about one thing. The same `key` is the same text; `subject` is what it is about."""

    kind: str
    key: str
    subject: str
    customer_id: CustomerId | str | None = None
    number: str = ""
    department: str = "service"
    facts: Mapping[str, str] = field(default_factory=dict)
    stale_after: datetime | None = None


async def send(db: AsyncSession, notice: Notice, now: datetime) -> TextId | None:
    """Files the text; None when it was filed before, or there is no number or no line of ours to send from."""
    number = notice.number or await number_of(db, notice.customer_id)
    line = await db.scalar(
        select(PhoneLine.e164).order_by(PhoneLine.department != notice.department, PhoneLine.id).limit(1)
    )
    if not number or line is None:
        return None
    thread = await texts.reach(db, number, line, notice.department)
    store = await db.scalar(select(Rooftop.name)) or ""
    person = await db.get(Customer, notice.customer_id) if notice.customer_id else None
    before = await db.scalar(
        select(TextMessage.id)
        .where(
            TextMessage.to_e164 == number,
            TextMessage.direction == "outbound",
            or_(TextMessage.at > now - _MONTH, TextMessage.first_wire_at > now - _MONTH),
        )
        .limit(1)
    )
    body = compose(notice.kind, person.language if person else "en", store, notice.facts, first=before is None)
    purpose = Purpose.MARKETING if notice.kind in OFFERS else Purpose.INFORMATIONAL
    reply = Reply(
        body,
        "system",
        notice.key[:120],
        purpose,
        kind=notice.kind,
        subject=notice.subject,
        stale_after=notice.stale_after,
    )
    return await text_outbox.write_again(db, thread, reply, now) or await text_outbox.write(db, thread, reply, now)


async def number_of(db: AsyncSession, customer_id: CustomerId | str | None) -> str:
    """The number to text: a mobile before others, never a known landline or one that is theirs no more."""
    return (await numbers_of(db, [str(customer_id)])).get(str(customer_id), "") if customer_id is not None else ""


async def numbers_of(db: AsyncSession, customers: Sequence[str]) -> dict[str, str]:
    """The same of many people."""
    usable: defaultdict[str, list[ContactPoint]] = defaultdict(list)
    for at in range(0, len(customers), _AT_ONCE):
        rows = await db.scalars(
            select(ContactPoint)
            .where(ContactPoint.customer_id.in_(customers[at : at + _AT_ONCE]), ContactPoint.kind == "phone")
            .order_by(ContactPoint.id)
        )
        for row in rows:
            if row.label not in ("landline", "old"):
                usable[row.customer_id].append(row)
    return {
        customer: min(theirs, key=lambda row: row.label not in ("mobile", "cell")).value
        for customer, theirs in usable.items()
    }


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the texts about something: the one that arrived, whether one is on its way, why none will go."""

    arrived: str = ""
    on_its_way: bool = False
    why_not: str = ""


async def fate_of(db: AsyncSession, subject: str) -> Fate:
    rows = list(
        await db.scalars(
            select(TextMessage)
            .where(TextMessage.subject == subject, TextMessage.direction == "outbound")
            .order_by(TextMessage.id)
        )
    )
    arrived = next((row.id for row in rows if row.status in _ARRIVED), "")
    failed = [row for row in rows if row.status in text_attempts.FAILED]
    coming = any(row.state in _ON_ITS_WAY for row in rows if row not in failed)
    why = next((f"{row.state} {row.withheld_by or row.error_code or ''}".strip() for row in reversed(rows)), "no text")
    return Fate(arrived, coming, "" if arrived or coming else why)


async def will_not_go(db: AsyncSession, text_id: TextId | str, why: str, now: datetime) -> None:
    """Whoever owes what the text said is told to call instead, at once."""
    subject = await db.scalar(select(TextMessage.subject).where(TextMessage.id == text_id))
    if not subject:
        return
    rows = await db.scalars(select(Loop).where(Loop.source_key == subject, Loop.closed_at.is_(None)))
    for row in rows:
        row.next_step, row.next_look_at = f"Call: the text did not go ({why})"[:200], now
        note(db, row, "text_stopped", BY_ITSELF, why, now)


async def overtake(db: AsyncSession, subjects: str, now: datetime) -> None:
    """What has not left about earlier states of the same thing never will, unless it is true again: `send` knows."""
    await db.execute(
        update(TextMessage)
        .where(
            TextMessage.subject.startswith(subjects, autoescape=True),
            TextMessage.direction == "outbound",
            TextMessage.state == "pending",
        )
        .values(state="superseded", next_try_at=None)
        .execution_options(synchronize_session=False)
    )


def may_text_from(now: datetime, zone: ZoneInfo) -> datetime:
    """The next moment a notice may go by the clock: its own hour is decided when it is claimed."""
    local = now.astimezone(zone)
    if local.hour < 8:
        return local.replace(hour=8, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
    if local.hour >= 21:
        morning = (local + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
        return morning.astimezone(now.tzinfo)
    return now
