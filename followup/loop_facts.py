"""What the clocks of one loop read: tries and signs of life from the record itself, promises, hand-overs."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.attempts import CALL, INBOUND, TEXT, VOICEMAIL, Definition, Touch, is_live, mentions, valid_attempts
from followup.loop_models import LoopHandoff, LoopPromise, LoopTouch
from followup.models import Loop
from followup.sla import LoopFacts, SlaPolicy
from record import consent_ledger
from record.business_hours import BusinessHours
from record.contact_models import ContactEvent
from record.models import Call, Staff
from record.text_models import TextMessage

_ARRIVED = ("delivered", "read")
_SPOKE = "spoke_customer"
_NOBODY = ("", "withheld")


async def facts_of(db: AsyncSession, row: Loop, policy: SlaPolicy, hours: BusinessHours) -> LoopFacts:
    """Everything that counts, from what was typed in and from what our own lines and logs show."""
    touches = await touches_of(db, row)
    definition = await definition_for(db, row, policy)
    live = [each.at for each in touches if is_live(each, definition)]
    heard = [each.at for each in touches if each.channel == INBOUND] + live
    ours = [each.at for each in touches if each.channel != INBOUND]
    promises = await db.scalars(
        select(LoopPromise.due_at).where(LoopPromise.loop_id == row.id, LoopPromise.settled_at.is_(None))
    )
    handed = await db.scalar(
        select(LoopHandoff.asked_at).where(LoopHandoff.loop_id == row.id, LoopHandoff.answered_at.is_(None))
    )
    enabled = await db.scalar(select(Staff.id).where(Staff.id == row.owner_id, Staff.disabled_at.is_(None)))
    return LoopFacts(
        opened_at=row.created_at,
        first_due_at=row.first_due_at or row.due_at,
        attempts=valid_attempts(touches, definition, hours.zone),
        replied_at=max(heard, default=None),
        last_action_at=max([*ours, *([row.last_action_at] if row.last_action_at else [])], default=None),
        promises=tuple(promises),
        handed_at=handed,
        ai_done_at=row.ai_done_at,
        waits_for_event=row.state == "waiting_event",
        owned=enabled is not None,
    )


async def definition_for(db: AsyncSession, row: Loop, policy: SlaPolicy) -> Definition:
    gone = row.contact not in _NOBODY and (await consent_ledger.standing(db, row.contact)).opted_out_at is not None
    high = row.value_cents is not None and row.value_cents >= policy.high_value_cents
    return Definition(policy.call_seconds, high_value=high, texts_allowed=not gone)


async def touches_of(db: AsyncSession, row: Loop) -> list[Touch]:
    """Typed in by people, sent by us, logged by another phone system; and what came from the customer."""
    typed = list(await db.scalars(select(LoopTouch).where(LoopTouch.loop_id == row.id)))
    arrived = await _arrived(db, [each.ref for each in typed if each.channel == TEXT and each.ref])
    found = [
        Touch(
            each.channel,
            each.at,
            each.seconds,
            each.outcome == _SPOKE,
            arrived=each.ref in arrived,
            names_concern=each.names_concern,
        )
        for each in typed
    ]
    if row.contact in _NOBODY:
        return found
    known = {each.ref for each in typed if each.ref}
    return [*found, *await _texts(db, row, known), *await _logged(db, row), *await _calls(db, row)]


async def _arrived(db: AsyncSession, ids: list[str]) -> set[str]:
    if not ids:
        return set()
    delivered = TextMessage.status.in_(_ARRIVED)
    return set(await db.scalars(select(TextMessage.id).where(TextMessage.id.in_(ids), delivered)))


async def _texts(db: AsyncSession, row: Loop, known: set[str]) -> list[Touch]:
    either = (TextMessage.to_e164 == row.contact) | (TextMessage.from_e164 == row.contact)
    rows = await db.scalars(select(TextMessage).where(either, TextMessage.at > row.created_at))
    found = []
    for text in rows:
        if text.direction == "inbound":
            found.append(Touch(INBOUND, text.at))
        elif text.first_wire_at is not None and text.id not in known:
            words = f"{row.need} {row.requested_service}"
            reached = text.status in _ARRIVED
            names = mentions(text.body, words)
            found.append(Touch(TEXT, text.first_wire_at, arrived=reached, names_concern=names))
    return found


async def _logged(db: AsyncSession, row: Loop) -> list[Touch]:
    rows = await db.scalars(
        select(ContactEvent).where(
            ContactEvent.contact == row.contact, ContactEvent.channel == "call", ContactEvent.at > row.created_at
        )
    )
    found = []
    for each in rows:
        spoke = each.outcome == _SPOKE
        if each.direction == "inbound":
            found.append(Touch(INBOUND, each.at))
        else:
            channel = VOICEMAIL if each.outcome == "voicemail_left" else CALL
            found.append(Touch(channel, each.at, each.seconds or 0, spoke))
    return found


async def _calls(db: AsyncSession, row: Loop) -> list[Touch]:
    """A call of theirs to our own line after the loop was opened; the one that opened it began before."""
    since = select(Call.started_at).where(
        Call.from_e164 == row.contact, Call.started_at > row.created_at, Call.id != (row.call_id or "")
    )
    return [Touch(INBOUND, at) for at in await db.scalars(since)]


def moved_on(facts: LoopFacts) -> bool:
    """Whether we tried and now wait for the customer."""
    last: datetime | None = facts.attempts[-1] if facts.attempts else None
    return last is not None and (facts.replied_at is None or facts.replied_at <= last)
