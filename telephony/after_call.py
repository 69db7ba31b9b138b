"""What follows the agent's part of a call: hang up, ring a person, connect again, and note how it all ended."""

from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from kit.logging import logger
from record import calls, hand_offs, take_overs
from record.calls import CallFacts
from record.hand_off_moves import Happened, Stage
from record.rooftops import Store
from telephony import handing_off, inbox, recordings, twiml
from telephony.after_stream import TERMINAL, Situation, Verb, decide
from telephony.answering import human_path, missed
from telephony.edge import TwilioEdge
from telephony.forms import CallProgress, parse_call
from telephony.progress import file, its_store, known_call, owe_callback, said_before
from telephony.returning import reconnect, resume

_log = logger("telephony.after_call")


async def after_stream(edge: TwilioEdge, progress: CallProgress) -> str:
    """The agent's stream is over: the call's row says what is next."""
    call = await known_call(edge, progress)
    if call is None:
        return twiml.say_and_hang_up("")
    socket = progress.stream_sid or progress.session_id
    async with edge.database.writing(call.rooftop_id) as db:
        await calls.in_turn(db, call.id)
        call = await calls.call(db, call.call_sid) or call
        home = await its_store(db, call)
        said = await said_before(db, progress, "after-stream", socket)
        if said is not None:
            return await _again(edge, db, call, home, said)
        if call.ended_at is not None:
            # Given up by the reaper, and the caller is there after all (or this is an old request): nothing to store.
            over = progress.call_status in TERMINAL
            return twiml.say_and_hang_up("") if over else _to_the_store(edge, home)
        if progress.session_status == "failed" and (not call.connected or call.resumes > 0):
            # Never begun, or broken again after it was taken up anew: this call and the next ones go on without it.
            _log.error("conversation_relay_failed", call_sid=call.call_sid, rooftop_id=call.rooftop_id)
            edge.relay_failed()
        at = Situation(
            progress.call_status,
            call.next_step,
            call.stream_ended,
            call.resumes,
            len(await hand_offs.tried(db, call.id)),
            edge.agent_kind() is not None,
        )
        verb = decide(at, most_resumes=edge.settings.resumes_per_call, most_transfers=edge.settings.transfers_per_call)
        _log.info("stream_over", call_sid=call.call_sid, rooftop_id=call.rooftop_id, next=verb.value)
        said = {"next": verb.value, "resume": call.resumes + 1}
        document = await _next(edge, db, call, home, verb, said)
        await file(db, progress, "after-stream", socket, said)
    return document


async def _next(
    edge: TwilioEdge, db: AsyncSession, call: CallFacts, home: Store, verb: Verb, said: dict[str, Any]
) -> str:
    """Does it; `said` is told whom it rings."""
    if verb is Verb.FINISH:
        await calls.end_call(db, call.call_sid, reason="finished", status="", seconds=None, now=edge.clock.now())
        return twiml.say_and_hang_up("")
    if verb is Verb.RECONNECT:
        await take_overs.given_back(db, call, edge.clock.now())
        return await reconnect(edge, db, call, home)
    rung = await handing_off.ring(edge, db, call) if verb is Verb.DIAL else None
    document, to = rung or await handing_off.ring_the_store(edge, db, call, home, "the agent could not go on")
    said["hand_off"] = str(to.id)
    return document


async def _again(edge: TwilioEdge, db: AsyncSession, call: CallFacts, home: Store, said: dict[str, Any]) -> str:
    """The same request once more (Twilio retried, or somebody replays it): the same answer, and nothing is changed."""
    verb = Verb(said["next"])
    if call.ended_at is not None or verb is Verb.FINISH:
        return twiml.say_and_hang_up("")
    if verb is Verb.RECONNECT:
        return resume(edge, call, home, int(said["resume"]))
    to = await hand_offs.hand_off(db, str(said["hand_off"]))
    return handing_off.dial(edge, to) if to is not None else _to_the_store(edge, home)


def _to_the_store(edge: TwilioEdge, home: Store) -> str:
    return twiml.human_path(edge.urls, human_path(edge, home), "Connecting you to the store.", edge.settings.say_voice)


async def after_voicemail(edge: TwilioEdge, progress: CallProgress) -> str:
    """A message was left (or not): either way the caller is owed a call, unless they had talked to somebody."""
    call = await known_call(edge, progress)
    if call is None:
        return twiml.say_and_hang_up("")
    async with edge.database.writing(call.rooftop_id) as db:
        await calls.in_turn(db, call.id)
        left = progress.recording_seconds > 0 or bool(progress.recording_sid)
        owed = left or not await hand_offs.reached_a_person(db, call.id)
        if await file(db, progress, "after-voicemail", progress.recording_sid) and owed:
            await owe_callback(edge, db, call, "left a voicemail" if left else "reached voicemail and left no message")
    return twiml.say_and_hang_up("Thank you. Someone will call you back. Goodbye.", edge.settings.say_voice)


async def person_answered(edge: TwilioEdge, leg: CallProgress) -> None:
    """Somebody at the store picked up a call that went straight to their phone: nobody owes that caller a callback."""
    if leg.call_status != "in-progress" or not leg.parent_call_sid:
        return
    call = await known_call(edge, leg.model_copy(update={"call_sid": leg.parent_call_sid}))
    if call is None:
        return
    async with edge.database.writing(call.rooftop_id) as db:
        await calls.in_turn(db, call.id)
        if await file(db, leg, "person", leg.call_sid):
            home, now = await its_store(db, call), edge.clock.now()
            to = await hand_offs.newest(db, call.id)
            if to is None or to.key != handing_off.STORE or to.stage is not Stage.RINGING:
                if to is not None:  # we were away when that one ended
                    await hand_offs.move(db, to.id, Happened.LINE_GONE, now)
                _, to = await handing_off.ring_the_store(edge, db, call, home, "no agent was free")
            await hand_offs.move(db, to.id, Happened.JOINED, now)


async def fallback(edge: TwilioEdge, progress: CallProgress) -> str:
    """Twilio could not fetch a document from us: ring the store."""
    call = await known_call(edge, progress)
    if call is None:
        return twiml.say_and_hang_up("We are sorry, please call back in a moment.")
    async with edge.database.reading(call.rooftop_id) as db:
        home = await its_store(db, call)
    return twiml.human_path(edge.urls, human_path(edge, home), "Please hold while we connect you.")


async def status(edge: TwilioEdge, progress: CallProgress, form: dict[str, Any]) -> None:
    """A status callback: the last one ends the call, whatever order they come in."""
    call = await known_call(edge, progress)
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
        return await known_call(edge, progress)


async def recorded(edge: TwilioEdge, progress: CallProgress, kind: str) -> None:
    """A recording is ready at Twilio; fetching it is background work."""
    call = await known_call(edge, progress)
    if call is None or not progress.recording_sid or progress.recording_status not in ("", "completed"):
        return
    await recordings.announced(
        edge.database, edge.clock, call, progress, "voicemail" if kind == "voicemail" else "call"
    )
