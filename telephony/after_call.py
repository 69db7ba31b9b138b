"""What follows the agent's part of a call: hang up, ring a person, take a message, and note how it all ended."""

from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from followup.loops import Promise, promise_callback
from kit.ids import CallSid
from kit.logging import logger
from record import calls
from record.calls import CallFacts
from record.rooftops import Store, destinations, store
from telephony import inbox, recordings, twiml
from telephony.after_stream import TERMINAL, Situation, Verb, decide
from telephony.answering import human_path, missed
from telephony.edge import TwilioEdge
from telephony.forms import CallProgress, parse_call

_log = logger("telephony.after_call")

_DIAL_OUTCOMES = {
    "completed": "connected",
    "answered": "connected",
    "busy": "busy",
    "no-answer": "no_answer",
    "canceled": "cancelled",
    "failed": "failed",
}


async def after_stream(edge: TwilioEdge, progress: CallProgress) -> str:
    """The agent's stream is over: the call's row says what is next."""
    call = await _call(edge, progress)
    if call is None:
        return twiml.say_and_hang_up("")
    async with edge.database.writing(call.rooftop_id) as db:
        at = Situation(
            progress.call_status,
            call.next_step,
            call.stream_ended,
            call.resumes,
            await calls.transfers_tried(db, call.id),
            edge.agent_kind() is not None,
        )
        verb = decide(at, most_resumes=edge.settings.resumes_per_call, most_transfers=edge.settings.transfers_per_call)
        _log.info("stream_over", call_sid=call.call_sid, rooftop_id=call.rooftop_id, next=verb.value)
        home = await _store(db, call)
        if verb is Verb.FINISH:
            await calls.end_call(db, call.call_sid, reason="finished", status="", seconds=None, now=edge.clock.now())
            return twiml.say_and_hang_up("")
        if verb is Verb.RECONNECT:
            return await _reconnect(edge, db, call, home)
        if verb is Verb.DIAL:
            document = await _dial(edge, db, call)
            if document:
                return document
        await calls.transfer_started(
            db, call.id, "store", home.store_phone, "the agent could not go on", edge.clock.now()
        )
    return twiml.dial(
        edge.urls,
        home.store_phone,
        ring_seconds=edge.settings.dial_seconds,
        limit_seconds=edge.settings.transfer_limit_seconds,
        say="Connecting you to the store.",
        voice=edge.settings.say_voice,
    )


async def after_dial(edge: TwilioEdge, progress: CallProgress) -> str:
    """A person was rung: done when they talked, else a message and a promise to call back."""
    call = await _call(edge, progress)
    if call is None:
        return twiml.say_and_hang_up("")
    outcome = _DIAL_OUTCOMES.get(progress.dial_status, "failed")
    now = edge.clock.now()
    async with edge.database.writing(call.rooftop_id) as db:
        await calls.transfer_ended(db, call.id, outcome, now)
        if outcome == "connected" or progress.call_status in TERMINAL:
            await calls.end_call(db, call.call_sid, reason="with_a_person", status="", seconds=None, now=now)
            if outcome == "connected":
                return twiml.say_and_hang_up("")
        await _owe_callback(edge, db, call, "was put through and nobody picked up")
    return twiml.voicemail(
        edge.urls,
        "I am sorry, nobody could pick up just now. Someone will call you back. Please leave a message after the tone.",
        edge.settings.voicemail_seconds,
        edge.settings.say_voice,
    )


async def after_voicemail(edge: TwilioEdge, progress: CallProgress) -> str:
    """A message was left (or not): either way the caller is owed a call."""
    call = await _call(edge, progress)
    if call is None:
        return twiml.say_and_hang_up("")
    async with edge.database.writing(call.rooftop_id) as db:
        left = progress.recording_seconds > 0 or bool(progress.recording_sid)
        await _owe_callback(edge, db, call, "left a voicemail" if left else "reached voicemail and left no message")
    return twiml.say_and_hang_up("Thank you. Someone will call you back. Goodbye.", edge.settings.say_voice)


async def fallback(edge: TwilioEdge, progress: CallProgress) -> str:
    """Twilio could not fetch a document from us: ring the store."""
    call = await _call(edge, progress)
    if call is None:
        return twiml.say_and_hang_up("We are sorry, please call back in a moment.")
    async with edge.database.reading(call.rooftop_id) as db:
        home = await _store(db, call)
    return twiml.human_path(edge.urls, human_path(edge, home), "Please hold while we connect you.")


async def status(edge: TwilioEdge, progress: CallProgress, form: dict[str, Any]) -> None:
    """A status callback: the last one ends the call, whatever order they come in."""
    call = await _call(edge, progress)
    if call is None:
        if progress.call_status in TERMINAL and form.get("Direction", "inbound") == "inbound":
            await missed(edge, parse_call(form), progress.call_status, progress.call_duration)
        return
    async with edge.database.writing(call.rooftop_id) as db:
        kept: dict[str, Any] = {k: form[k] for k in ("CallStatus", "CallDuration", "SequenceNumber") if k in form}
        event = f"status:{progress.call_status}"
        sequence = progress.sequence
        if not await inbox.first_time(
            db, account_sid=progress.account_sid, sid=progress.call_sid, event=event, sequence=sequence, form=kept
        ):
            return
        if progress.call_status in TERMINAL:
            await calls.end_call(
                db,
                call.call_sid,
                reason="hung_up",
                status=progress.call_status,
                seconds=progress.call_duration,
                now=edge.clock.now(),
            )


async def recorded(edge: TwilioEdge, progress: CallProgress, kind: str) -> None:
    """A recording is ready at Twilio; fetching it is background work."""
    call = await _call(edge, progress)
    if call is None or not progress.recording_sid or progress.recording_status not in ("", "completed"):
        return
    await recordings.announced(
        edge.database, edge.clock, call, progress, "voicemail" if kind == "voicemail" else "call"
    )


async def _reconnect(edge: TwilioEdge, db: AsyncSession, call: CallFacts, home: Store) -> str:
    number = call.resumes + 1
    token = edge.tokens.token(call.call_sid, number)
    expires = edge.clock.now() + timedelta(seconds=edge.settings.stream_token_seconds)
    await calls.reissue_token(db, CallSid(call.call_sid), edge.tokens.hashed(token), expires)
    agent = twiml.Agent(edge.agent_kind() or "relay", token, record=False)
    return twiml.resume(edge.urls, agent, human_path(edge, home), edge.settings.say_voice, edge.settings.relay_voice)


async def _dial(edge: TwilioEdge, db: AsyncSession, call: CallFacts) -> str | None:
    """Rings the allow-listed number behind the key the agent chose; None when the key is not on the list."""
    now = edge.clock.now()
    listed = {target.key: target for target in await destinations(db, now)}
    target = listed.get(call.transfer_key or "")
    if target is None:
        return None
    await calls.transfer_started(db, call.id, target.key, target.e164, "asked for", now)
    return twiml.dial(
        edge.urls,
        target.e164,
        ring_seconds=edge.settings.dial_seconds,
        limit_seconds=edge.settings.transfer_limit_seconds,
    )


async def _owe_callback(edge: TwilioEdge, db: AsyncSession, call: CallFacts, need: str) -> None:
    promise = Promise(
        source_key=call.call_sid,
        need=f"Caller {need}",
        department=call.department,
        contact=call.from_e164,
        customer_id=call.customer_id or call.customer_hint_id,
        call_id=call.id,
    )
    await promise_callback(db, promise, edge.clock.now())


async def _call(edge: TwilioEdge, progress: CallProgress) -> CallFacts | None:
    async with edge.database.across_rooftops("a CallSid decides the rooftop") as db:
        found = await calls.call(db, progress.call_sid)
    if found is None or found.account_sid != progress.account_sid:
        _log.warning("call_unknown", call_sid=progress.call_sid)
        return None
    return found


async def _store(db: AsyncSession, call: CallFacts) -> Store:
    found = await store(db, call.rooftop_id)
    if found is None:
        raise LookupError("a call's rooftop is gone")
    return found
