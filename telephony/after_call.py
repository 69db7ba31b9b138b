"""What follows the agent's part of a call: hang up, ring a person, take a message, and note how it all ended."""

from datetime import timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from followup.loops import Promise, promise_callback
from kit.ids import CallSid
from kit.logging import logger
from record import calls
from record.calls import CallFacts
from record.rooftops import Destination, Store, destinations, store
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
    socket = progress.stream_sid or progress.session_id
    async with edge.database.writing(call.rooftop_id) as db:
        await calls.in_turn(db, call.id)
        call = await calls.call(db, call.call_sid) or call
        home = await _store(db, call)
        said = await _said_before(db, progress, "after-stream", socket)
        if said is not None:
            return await _again(edge, db, call, home, said)
        if call.ended_at is not None:
            # Given up by the reaper, and the caller is there after all (or this is an old request): nothing to store.
            over = progress.call_status in TERMINAL
            return twiml.say_and_hang_up("") if over else _ring_the_store(edge, home)
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
        await _file(db, progress, "after-stream", socket, {"next": verb.value, "resume": call.resumes + 1})
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
    return _ring_the_store(edge, home)


async def _again(edge: TwilioEdge, db: AsyncSession, call: CallFacts, home: Store, said: dict[str, Any]) -> str:
    """The same request once more (Twilio retried, or somebody replays it): the same answer, and nothing is changed."""
    verb = Verb(said["next"])
    if call.ended_at is not None or verb is Verb.FINISH:
        return twiml.say_and_hang_up("")
    if verb is Verb.RECONNECT:
        return _resume(edge, call, home, int(said["resume"]))
    if verb is Verb.DIAL:
        target = await _target(edge, db, call)
        if target is not None:
            return _ring(edge, target.e164)
    return _ring_the_store(edge, home)


async def after_dial(edge: TwilioEdge, progress: CallProgress) -> str:
    """A person was rung: done when they talked, else a message and a promise to call back."""
    call = await _call(edge, progress)
    if call is None:
        return twiml.say_and_hang_up("")
    outcome = _DIAL_OUTCOMES.get(progress.dial_status, "failed")
    now = edge.clock.now()
    async with edge.database.writing(call.rooftop_id) as db:
        await calls.in_turn(db, call.id)
        if await _file(db, progress, "after-dial", progress.dial_call_sid):
            await calls.transfer_ended(db, call.id, outcome, now)
            if outcome == "connected" or progress.call_status in TERMINAL:
                await calls.end_call(db, call.call_sid, reason="with_a_person", status="", seconds=None, now=now)
            if outcome != "connected":
                await _owe_callback(edge, db, call, "was put through and nobody picked up")
    if outcome == "connected":
        return twiml.say_and_hang_up("")
    return twiml.voicemail(
        edge.urls,
        "I am sorry, nobody could pick up just now. Someone will call you back. Please leave a message after the tone.",
        edge.settings.voicemail_seconds,
        edge.settings.say_voice,
    )


async def after_voicemail(edge: TwilioEdge, progress: CallProgress) -> str:
    """A message was left (or not): either way the caller is owed a call, unless they had talked to somebody."""
    call = await _call(edge, progress)
    if call is None:
        return twiml.say_and_hang_up("")
    async with edge.database.writing(call.rooftop_id) as db:
        await calls.in_turn(db, call.id)
        left = progress.recording_seconds > 0 or bool(progress.recording_sid)
        owed = left or not await calls.reached_a_person(db, call.id)
        if await _file(db, progress, "after-voicemail", progress.recording_sid) and owed:
            await _owe_callback(edge, db, call, "left a voicemail" if left else "reached voicemail and left no message")
    return twiml.say_and_hang_up("Thank you. Someone will call you back. Goodbye.", edge.settings.say_voice)


async def person_answered(edge: TwilioEdge, leg: CallProgress) -> None:
    """Somebody at the store picked up a call that went straight to their phone: nobody owes that caller a callback."""
    if leg.call_status != "in-progress" or not leg.parent_call_sid:
        return
    call = await _call(edge, leg.model_copy(update={"call_sid": leg.parent_call_sid}))
    if call is None:
        return
    async with edge.database.writing(call.rooftop_id) as db:
        await calls.in_turn(db, call.id)
        if await _file(db, leg, "person", leg.call_sid):
            home, now = await _store(db, call), edge.clock.now()
            if not await calls.is_with_a_person(db, call.id):
                await calls.transfer_started(db, call.id, "store", home.store_phone, "no agent was free", now)
            await calls.transfer_ended(db, call.id, "connected", now)


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
        call = await _missed(edge, progress, form)
    if call is None:
        return
    if edge.gathers is not None and progress.call_status in TERMINAL:
        edge.gathers.left(call.call_sid)
    async with edge.database.writing(call.rooftop_id) as db:
        await calls.in_turn(db, call.id)
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


async def _missed(edge: TwilioEdge, progress: CallProgress, form: dict[str, Any]) -> CallFacts | None:
    """Keeps a call that only its last status tells of; the call itself when another request opened it meanwhile."""
    if progress.call_status not in TERMINAL or form.get("Direction", "inbound") != "inbound":
        return None
    try:
        await missed(edge, parse_call(form), progress.call_status, progress.call_duration)
        return None
    except IntegrityError:
        return await _call(edge, progress)


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
    return _resume(edge, call, home, number)


def _resume(edge: TwilioEdge, call: CallFacts, home: Store, number: int) -> str:
    agent = twiml.Agent(edge.agent_kind() or "relay", edge.tokens.token(call.call_sid, number), record=False)
    return twiml.resume(edge.urls, agent, human_path(edge, home), edge.settings.say_voice, edge.settings.relay_voice)


async def _dial(edge: TwilioEdge, db: AsyncSession, call: CallFacts) -> str | None:
    """Rings the allow-listed number behind the key the agent chose; None when the key is not on the list."""
    target = await _target(edge, db, call)
    if target is None:
        return None
    await calls.transfer_started(db, call.id, target.key, target.e164, "asked for", edge.clock.now())
    return _ring(edge, target.e164)


async def _target(edge: TwilioEdge, db: AsyncSession, call: CallFacts) -> Destination | None:
    listed = {target.key: target for target in await destinations(db, edge.clock.now())}
    return listed.get(call.transfer_key or "")


def _ring_the_store(edge: TwilioEdge, home: Store) -> str:
    return _ring(edge, home.store_phone, "Connecting you to the store.")


def _ring(edge: TwilioEdge, number: str, say: str = "") -> str:
    return twiml.dial(
        edge.urls,
        number,
        ring_seconds=edge.settings.dial_seconds,
        limit_seconds=edge.settings.transfer_limit_seconds,
        say=say,
        voice=edge.settings.say_voice,
    )


async def _said_before(db: AsyncSession, progress: CallProgress, event: str, of: str) -> dict[str, Any] | None:
    """What was filed when this very request was here before; one that names nothing of its own is always new."""
    if not of:
        return None
    return await inbox.earlier(db, account_sid=progress.account_sid, sid=progress.call_sid, event=event, sequence=of)


async def _file(
    db: AsyncSession, progress: CallProgress, event: str, of: str, said: dict[str, Any] | None = None
) -> bool:
    """Files a request about one stream, dial or recording; False when it was here before."""
    if not of:
        return True
    return await inbox.first_time(
        db, account_sid=progress.account_sid, sid=progress.call_sid, event=event, sequence=of, form=said or {}
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
