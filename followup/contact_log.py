"""What another phone system logged: filed once, seen at the customer it hints at, and missed callers called back."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.lead_facts import LoggedContact
from followup.lead_models import Opportunity
from followup.loops import Promise, promise_callback
from followup.opportunities import Touch, add_touch
from kit.ids import CustomerId, new_id
from kit.phone import spoken
from record.contact_models import ContactEvent
from record.models import ContactPoint, PhoneLine

MISSED_CALL = "missed_call"
_NOT_REACHED = ("voicemail_left", "abandoned_ring", "abandoned_hold", "abandoned_ivr", "no_answer", "busy")
_CHUNK = 400
_NOT_SAID = "service"


async def file_contacts(db: AsyncSession, contacts: Sequence[LoggedContact], source: str) -> int:
    """Stores each contact once, whatever the file repeats; returns how many were new.

    A caller who was missed and not spoken to since is owed one call back, however often they rang.
    """
    known = await _known(db, source, [each.external_id for each in contacts])
    new = [each for each in {each.external_id: each for each in contacts}.values() if each.external_id not in known]
    hints = await _hints(db, sorted({each.number for each in new if each.number}))
    for each in new:
        row = ContactEvent(
            id=new_id(),
            source=source,
            external_id=each.external_id,
            channel=each.channel,
            direction=each.direction,
            at=each.at,
            customer_id=hints.get(each.number),
            contact=each.number,
            department=each.department,
            outcome=each.outcome,
            seconds=each.seconds,
            staff_name=each.staff_name,
            body=each.body,
        )
        db.add(row)
        if each.direction == "inbound" and each.number in hints:
            await _touch(db, hints[each.number], each, row.id)
    await db.flush()
    await _owe_calls_back(db, new, hints)
    return len(new)


async def _owe_calls_back(db: AsyncSession, new: Sequence[LoggedContact], hints: dict[str, str]) -> None:
    rings: dict[str, list[LoggedContact]] = defaultdict(list)
    for each in new:
        if each.channel == "call" and each.direction == "inbound" and each.outcome in _NOT_REACHED and each.number:
            rings[each.number].append(each)
    for number, missed in rings.items():
        missed.sort(key=lambda each: each.at)
        reached = await _reached_at(db, number)
        missed = [each for each in missed if reached is None or each.at > reached]
        if not missed:
            continue
        first, times = missed[0], f"{len(missed)} times" if len(missed) > 1 else "once"
        department = next((each.department for each in missed if each.department), "") or _NOT_SAID
        need = f"Called {times} and reached nobody; call {spoken(number)} back and ask what it was about"
        promise = Promise(
            source_key=f"missed:{number}",
            need=need,
            department=department,
            contact=number,
            customer_id=CustomerId(hints[number]) if number in hints else None,
            kind=MISSED_CALL,
            source="phone_log",
        )
        await promise_callback(db, promise, first.at)


async def _reached_at(db: AsyncSession, number: str) -> datetime | None:
    """When that number was last spoken to, in either direction, as far as the logs say."""
    found: datetime | None = await db.scalar(
        select(ContactEvent.at)
        .where(ContactEvent.contact == number, ContactEvent.channel == "call", ContactEvent.outcome == "spoke_customer")
        .order_by(ContactEvent.at.desc())
        .limit(1)
    )
    return found


async def _touch(db: AsyncSession, customer_id: str, contact: LoggedContact, event_id: str) -> None:
    """A call or text of somebody with one open need is a touch of it, as far as a number can tell."""
    wanted = select(Opportunity).where(Opportunity.customer_id == customer_id, Opportunity.state == "open")
    if contact.department:
        wanted = wanted.where(Opportunity.department == contact.department)
    open_needs = list(await db.scalars(wanted))
    if len(open_needs) == 1 and contact.at >= open_needs[0].opened_at:
        kind = "voicemail" if contact.outcome == "voicemail_left" else contact.channel
        await add_touch(db, open_needs[0], Touch(kind, "contact_event", event_id, contact.at, certain=False))


async def _known(db: AsyncSession, source: str, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for at in range(0, len(ids), _CHUNK):
        some = ids[at : at + _CHUNK]
        found |= set(
            await db.scalars(
                select(ContactEvent.external_id).where(
                    ContactEvent.source == source, ContactEvent.external_id.in_(some)
                )
            )
        )
    return found


async def _hints(db: AsyncSession, numbers: Sequence[str]) -> dict[str, str]:
    """The customer of each number only one has; a shared number hints at nobody."""
    owners: dict[str, set[str]] = defaultdict(set)
    ours = set(await db.scalars(select(PhoneLine.e164)))
    for at in range(0, len(numbers), _CHUNK):
        rows = await db.execute(
            select(ContactPoint.value, ContactPoint.customer_id).where(
                ContactPoint.kind == "phone", ContactPoint.value.in_(numbers[at : at + _CHUNK])
            )
        )
        for value, customer_id in rows:
            owners[value].add(customer_id)
    return {number: next(iter(ids)) for number, ids in owners.items() if len(ids) == 1 and number not in ours}
