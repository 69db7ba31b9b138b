"""A missed caller is one person, however often they rang: one callback, one text back, over once they are reached."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import notices
from followup.closing import Proof
from followup.ending import settle_row
from followup.loops import CALLBACK
from followup.models import Loop
from followup.notices import Notice
from kit.ids import CallId
from kit.phone import WITHHELD
from record.models import Call, Disposition, Rooftop, Staff

MISSED = frozenset({"abandoned_ring", "abandoned_ivr", "abandoned_hold", "abandoned_handoff", "hung_up"})
"""Ends where the caller got neither what they called for nor a person; a voicemail is one of them by its loop."""

_MET = frozenset(
    "appointment_set rescheduled cancelled confirmed status_given transferred_cold parts_inquiry info_only "
    "no_action_needed".split()
)
_SAME_CALLER = timedelta(days=2)
_TRUE_FOR = timedelta(hours=1)


async def on_call_ended(db: AsyncSession, call_id: CallId, now: datetime) -> None:
    """After wrap-up: joins what one caller is owed, texts them back once a day, settles what a later talk settled."""
    call = await db.get(Call, call_id)
    if call is None or call.from_e164 in ("", WITHHELD) or call.direction != "inbound":
        return
    code = await db.scalar(
        select(Disposition.code).where(Disposition.call_id == call_id, Disposition.superseded_by.is_(None))
    )
    earlier = await _owed_to(db, call, now)
    if code in _MET and not await _owed_from(db, call):
        for row in earlier:
            await settle_row(db, row, "spoken_since", Proof("reached", "call", call.id, f"{code}"), now)
        return
    if code not in MISSED:
        return
    own = await _owed_from(db, call)
    if own and earlier:
        await _join(db, earlier[0], own[0], call, now)
    owed = earlier[0] if earlier else own[0] if own else None
    if owed is not None:
        await _text_back(db, call, owed, now)


async def _owed_to(db: AsyncSession, call: Call, now: datetime) -> list[Loop]:
    """What missed calls of this number left before, the oldest first."""
    rows = await db.scalars(
        select(Loop)
        .join(Disposition, (Disposition.call_id == Loop.call_id) & Disposition.superseded_by.is_(None))
        .where(
            Loop.contact == call.from_e164,
            Loop.kind == CALLBACK,
            Loop.closed_at.is_(None),
            Loop.call_id != call.id,
            Loop.created_at > now - _SAME_CALLER,
            Disposition.code.in_(MISSED),
        )
        .order_by(Loop.created_at, Loop.id)
    )
    return list(rows)


async def _owed_from(db: AsyncSession, call: Call) -> list[Loop]:
    rows = await db.scalars(select(Loop).where(Loop.call_id == call.id, Loop.closed_at.is_(None)).order_by(Loop.id))
    return list(rows)


async def _join(db: AsyncSession, kept: Loop, gone: Loop, call: Call, now: datetime) -> None:
    """The first call's clock runs on: ringing again makes nobody wait longer."""
    zone = ZoneInfo(await db.scalar(select(Rooftop.time_zone)) or "UTC")
    again = f"Called again at {call.started_at.astimezone(zone):%-I:%M %p}"
    kept.need = f"{kept.need}; {again}: {gone.need}"
    kept.next_look_at = now
    await settle_row(db, gone, "joined", Proof("joined", "call", call.id, f"one caller, owed in {kept.id}"), now)


async def _text_back(db: AsyncSession, call: Call, owed: Loop, now: datetime) -> None:
    zone = ZoneInfo(await db.scalar(select(Rooftop.time_zone)) or "UTC")
    owner = await db.scalar(select(Staff.name).where(Staff.id == owed.owner_id)) or "Somebody"
    due = owed.due_at.astimezone(zone)
    today = now.astimezone(zone).date()
    notice = Notice(
        "missed_call",
        f"missed:{call.rooftop_id}:{call.from_e164}:{today}",
        f"missed:{call.from_e164}",
        call.customer_id or call.customer_hint_id,
        call.from_e164,
        call.department,
        {"owner": owner, "due": f"{due:%-I:%M %p}" if due.date() == today else f"{due:%A %-I:%M %p}"},
        now + _TRUE_FOR,
    )
    await notices.send(db, notice, now)
