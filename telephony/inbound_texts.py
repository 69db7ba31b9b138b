"""A text arriving: one row however often Twilio repeats itself; wishes about texting first, then the conversation."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from followup.outreach import failed
from followup.threads import owe_answer, owe_call
from kit.ids import TextId
from kit.logging import logger
from kit.phone import caller_number, spoken
from record import auto_replies, carrier_words, consent_ledger, text_outbox, texts
from record.consent import Purpose
from record.consent_ledger import Entry
from record.customers import customers_with_phone, number_is_not_theirs
from record.hours import hours_of
from record.opt_out import Reading, Wish, read
from record.rooftops import Store, line_dialled
from record.text_outbox import Reply
from record.texts import HUMAN, Arrival, Thread
from scheduling.appointments import appointments_of
from telephony import inbox
from telephony.edge import TwilioEdge
from telephony.forms import DeliveryStatus, InboundText

_log = logger("telephony.inbound_texts")

# A CANCEL this close to a visit may be about the visit (rule L15).
_NEAR = timedelta(days=14)
# An answer by machine after longer than this is odder than a person's call.
_STILL_FRESH = timedelta(hours=1)


async def receive(edge: TwilioEdge, text: InboundText, sent_at: datetime | None = None) -> bool:
    """Files the text; a copy of it changes nothing. What takes longer is left to a job that looks at its row.

    `sent_at`: it never reached us, and the carrier's list tells of it. True when it is new.
    """
    async with edge.database.looking_across("the number texted decides the rooftop") as db:
        line = await line_dialled(db, text.to_number)
    if line is None:
        _log.error("number_not_set_up", message_sid=text.message_sid)
        return False
    store, department = line
    try:
        async with edge.database.writing(store.id) as db:
            return await _file(edge, db, text, store, department, sent_at)
    except IntegrityError:
        # Another copy, or the first text of the same conversation, was filed at the same moment.
        async with edge.database.writing(store.id) as db:
            return await _file(edge, db, text, store, department, sent_at)


async def delivered(edge: TwilioEdge, status: DeliveryStatus, text_id: str) -> None:
    """One word of the carrier about a text of ours, in any order."""
    async with edge.database.looking_across("a message sid decides the rooftop") as db:
        rooftop_id = await texts.rooftop_of(db, text_id, status.message_sid)
    if rooftop_id is None:
        _log.warning("status_of_unknown_text", message_sid=status.message_sid)
        return
    async with edge.database.writing(rooftop_id) as db:
        now = edge.clock.now()
        lost = await carrier_words.told(db, text_id, status.message_sid, status.status, status.error_code, now)
        if lost is not None:
            await failed(db, lost, status.error_code, now)


async def _file(
    edge: TwilioEdge, db: AsyncSession, text: InboundText, store: Store, department: str, sent_at: datetime | None
) -> bool:
    sid = text.message_sid
    first = await inbox.first_time(
        db, account_sid=text.account_sid, sid=sid, event="message", sequence="", form={"To": text.to_number}
    )
    if not first:
        return False
    now = edge.clock.now()
    came = Arrival(
        sid,
        caller_number(text.from_number),
        text.to_number,
        text.body,
        tuple(media_sid for media_sid, _ in text.media),
        tuple(kind for _, kind in text.media),
        text.segments,
        sent_at,
    )
    thread, text_id = await texts.arrive(db, came, department, now)
    taken_as = await _settled_at_once(db, thread, text_id, text, store, now)
    if sent_at is not None and not taken_as:
        taken_as = await _heard_late(db, thread, text, store, sent_at, now)
    _log.info("text_arrived", message_sid=sid, rooftop_id=store.id, taken_as=taken_as or "conversation")
    if taken_as:
        await texts.handled(db, [text_id], taken_as, now)
    return True


async def _heard_late(
    db: AsyncSession, thread: Thread, text: InboundText, store: Store, sent_at: datetime, now: datetime
) -> str:
    """A text we learned of by the carrier's list is a person's to make good; the agent still answers a fresh one."""
    local = sent_at.astimezone(ZoneInfo(store.time_zone))
    what = text.body or "a photo"
    await owe_call(db, thread, f"Texted at {local:%-I:%M %p} on {local:%A} and we heard of it only now: {what}", now)
    return "for_a_person" if now - sent_at > _STILL_FRESH else ""


async def _settled_at_once(
    db: AsyncSession, thread: Thread, text_id: TextId, text: InboundText, store: Store, now: datetime
) -> str:
    """What a text is taken for when it needs no conversation: consent keywords first; "" when it needs one."""
    wish = read(text.body)
    if wish.wish is Wish.OPT_OUT or text.opt_out_type == "STOP":
        await _opt_out(db, thread, text_id, text, wish, store, now)
        return "opt_out"
    standing = await consent_ledger.standing(db, thread.customer_e164)
    gone = standing.opted_out_at is not None
    if wish.wish is Wish.OPT_IN or text.opt_out_type == "START" or (gone and wish.wish is Wish.YES):
        entry = Entry(f"text:{text.message_sid}", thread.customer_e164, "grant", text.body, "text", customer_id=None)
        await consent_ledger.file(db, entry, now)
        if not text.opt_out_type and not wish.keyword:
            await _say(db, thread, text_id, f"{store.name}: you will get our texts again. Reply STOP to opt out.", now)
        return "opt_in"
    if gone:
        # They may write, and a person may call; we say nothing by text.
        need = f"Opted out of texts, and wrote again: {text.body}"
        await owe_call(db, thread, need, now)
        return "for_a_person"
    if wish.wish is Wish.HELP:
        if not text.opt_out_type:
            await _say(db, thread, text_id, _help(store), now)
        return "help"
    if auto_replies.is_automatic(text.body) and not text.media_count:
        return "auto_reply"
    if thread.mode == HUMAN:
        await owe_answer(db, thread, f"Texted {thread.held_by}: {text.body or 'a photo'}", now)
        return "for_a_person"
    if auto_replies.is_wrong_number(text.body):
        await _wrong_number(db, thread, text_id, store, now)
        return "wrong_number"
    return ""


async def _opt_out(
    db: AsyncSession, thread: Thread, text_id: TextId, text: InboundText, wish: Reading, store: Store, now: datetime
) -> None:
    """In force with this transaction: nothing that waits leaves any more, but one confirmation where the carrier
    does not send its own."""
    already = (await consent_ledger.standing(db, thread.customer_e164)).opted_out_at is not None
    customer_id = thread.customer_id or thread.customer_hint_id
    entry = Entry(
        f"text:{text.message_sid}", thread.customer_e164, "revoke", text.body, "text", customer_id=customer_id
    )
    await consent_ledger.file(db, entry, now)
    await text_outbox.supersede(db, thread.id, "ai", "staff", "system")
    await texts.end_session(db, thread.id, "opt_out")
    if not already and not wish.keyword and not text.opt_out_type:
        words = f"{store.name}: you are opted out and will get no more texts from us. Reply START to come back."
        reply = Reply(words, "system", f"confirm:{text_id}", Purpose.OPT_OUT_CONFIRMATION, text_id)
        await text_outbox.write(db, thread, reply, now)
    if wish.cancels:
        await _settle_visit(db, thread, now)


async def _settle_visit(db: AsyncSession, thread: Thread, now: datetime) -> None:
    """CANCEL opts out, whatever was meant; whether a coming visit stands is asked by telephone."""
    hours = await hours_of(db, "service")
    coming = [
        visit
        for person in await customers_with_phone(db, thread.customer_e164)
        for visit in await appointments_of(db, person.id, now)
        if visit.starts_at - now <= _NEAR
    ]
    for visit in sorted(coming, key=lambda each: each.starts_at)[:1]:
        when = hours.local(visit.starts_at)
        need = (
            f"Texted CANCEL: opted out of texts, and perhaps meant the visit of {when:%A, %B} {when.day} at "
            f"{when:%H:%M} ({visit.confirmation}). Call to settle whether it stands."
        )
        await owe_call(db, thread, need, now)


async def _wrong_number(db: AsyncSession, thread: Thread, text_id: TextId, store: Store, now: datetime) -> None:
    await text_outbox.supersede(db, thread.id, "ai", "system")
    await number_is_not_theirs(db, thread.customer_e164, thread.customer_id or thread.customer_hint_id, now)
    await texts.end_session(db, thread.id, "wrong_number", unlink=now)
    words = (
        f"This is the automated assistant of {store.name}. Sorry if we reached the wrong person: "
        "we have taken this number off that record. Reply STOP for no more texts."
    )
    await _say(db, thread, text_id, words, now)


async def _say(db: AsyncSession, thread: Thread, text_id: TextId, words: str, now: datetime) -> None:
    await text_outbox.write(db, thread, Reply(words, "system", f"answer:{text_id}", in_reply_to=text_id), now)


def _help(store: Store) -> str:
    return (
        f"{store.name}, automated assistant. Ask about your car or a visit here, or call {spoken(store.store_phone)}. "
        "Msg & data rates may apply. Reply STOP to opt out."
    )
