"""What staff write to a customer: promises in it are owed, and "booked you in" is held against the book."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agent.guardrails import Backing, Claim, Finding, findings
from agent.heard_promises import PART, READY, HeardPromise, promises_in
from agent.house.understanding import find_when, spoken_language
from agent.house.understanding.languages import Language
from agent.house.understanding.spanish import in_english
from followup.loops import Promise, promise_callback
from followup.waiting_events import awaited_car, awaited_order
from kit.ids import StaffId, TextId
from record import staff, text_flags
from record.hours import hours_of
from record.texts import Thread
from scheduling.appointments import Appointment, appointments_of
from scheduling.states import AppointmentState
from scheduling.store_visits import upcoming_at_store

_CHECKED = frozenset({Claim.BOOKED, Claim.MOVED, Claim.CANCELLED})
_PUT_RIGHT = {
    Claim.BOOKED: "book it, or tell them it is not booked",
    Claim.MOVED: "move it, or tell them it has not moved",
    Claim.CANCELLED: "cancel it, or tell them it stands",
}


async def note_staff_text(db: Any, thread: Thread, text_id: TextId, body: str, person: str, now: datetime) -> None:
    """Files what was promised, with its time or event and its writer, and flags what the record does not know."""
    hours = await hours_of(db, thread.department)
    local = hours.local(now)
    writer = await staff.id_of(db, person)
    for number, heard in enumerate(promises_in(body, local)):
        await _owe(db, thread, f"{thread.source_key}+{text_id}:{number}", heard, person, writer, now)
    for found in await _unbacked(db, thread, body, local):
        await text_flags.flag(db, text_id, found.kind.value, found.words, now)
        need = f'{person} wrote "{found.words}", and it is not in the book: {_PUT_RIGHT[found.kind]}'
        await promise_callback(
            db, _promise(thread, f"{thread.source_key}+{text_id}:{found.kind.value[5:]}", need, person, writer), now
        )


async def _owe(
    db: Any, thread: Thread, key: str, heard: HeardPromise, person: str, writer: StaffId | None, now: datetime
) -> None:
    event = await event_awaited(db, heard, thread.customer_id or thread.customer_hint_id)
    need = f'{person} wrote: "{heard.words}"'
    promise = _promise(thread, key, need, person, writer, due=heard.by, waits_for=event, promised=not event)
    await promise_callback(db, promise, now)


async def event_awaited(db: Any, heard: HeardPromise, customer_id: str | None) -> str:
    """What the record must say before the promise is due; "" when it has its own time or nothing is on the way."""
    if heard.by is not None or not customer_id:
        return ""
    if heard.waits_for == PART:
        return await awaited_order(db, customer_id)
    return await awaited_car(db, customer_id) if heard.waits_for == READY else ""


def _promise(
    thread: Thread,
    key: str,
    need: str,
    person: str,
    writer: StaffId | None,
    *,
    due: datetime | None = None,
    waits_for: str = "",
    promised: bool = False,
) -> Promise:
    return Promise(
        source_key=key[:80],
        need=need[:600],
        department=thread.department,
        contact=thread.customer_e164,
        customer_id=thread.customer_id or thread.customer_hint_id,
        source="text",
        advisor_id=writer,
        due_at=due,
        waits_for=waits_for,
        promised=promised,
        made_by=person,
    )


async def _unbacked(db: Any, thread: Thread, body: str, now: datetime) -> list[Finding]:
    """Claims about visits that are in no book, ours or the store system's: none there, or none on the day named."""
    claims = [found for found in findings(body, Backing()) if found.kind in _CHECKED]
    if not claims:
        return []
    customer_id = thread.customer_id or thread.customer_hint_id
    visits = await appointments_of(db, customer_id, now, include_past=True) if customer_id else []
    at_store = await upcoming_at_store(db, customer_id, now) if customer_id else []
    return [found for found in claims if not _in_book(found, visits, at_store, now)]


def _in_book(found: Finding, visits: Sequence[Appointment], at_store: Sequence[datetime], now: datetime) -> bool:
    if found.kind is Claim.CANCELLED:
        return any(visit.state is AppointmentState.CANCELLED for visit in visits)
    coming = [visit.starts_at for visit in visits if visit.state is AppointmentState.BOOKED and visit.starts_at > now]
    starts = [at.astimezone(now.tzinfo) for at in (*coming, *at_store)]
    words = in_english(found.words) if spoken_language(found.words) is Language.SPANISH else found.words
    days = [span for when in find_when(words, now) for span in when.resolve(now).days]
    return any(not days or any(span.first == at.date() for span in days) for at in starts)
