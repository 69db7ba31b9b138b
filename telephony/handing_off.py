"""Handing a caller to a person: ring, tell them in private, wait for their key; what they did is typed and stored."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from followup.leads import MISSING_DATA
from followup.loops import Promise, promise_callback
from kit.ids import CallSid
from kit.logging import logger
from record import calls, hand_offs, take_overs
from record.calls import CallFacts
from record.hand_off_brief import missing
from record.hand_off_moves import Happened, Stage
from record.hand_offs import HandOff, NewHandOff
from record.rooftops import Store, destinations
from telephony import after_hand_off, twiml, whisper
from telephony.after_hand_off import Dialled, Then
from telephony.after_stream import TERMINAL
from telephony.edge import TwilioEdge
from telephony.forms import CallProgress
from telephony.progress import file, its_store, known_call, owe_callback, said_before
from telephony.returning import reconnect, resume

_log = logger("telephony.handing_off")

STORE = "store"
"""The key of the store's own number: the last resort, for whoever answers there."""

_WHY = {
    "busy": "the line was busy",
    "no_answer": "nobody picked up",
    "declined": "nobody was free",
    "voicemail": "it went to voicemail",
    "dropped": "the line was cut off",
    "failed": "the line could not be reached",
    "cancelled": "they hung up before anybody picked up",
}


async def ring(edge: TwilioEdge, db: AsyncSession, call: CallFacts) -> tuple[str, HandOff] | None:
    """The document that rings whom the agent asked for; None when that number is not on the list (any more)."""
    now = edge.clock.now()
    listed = await destinations(db, now)
    wanted = await hand_offs.asked(db, call.id)
    if wanted is None:
        target = next((each for each in listed if each.key == call.transfer_key), None)
        if target is None:
            return None
        new = NewHandOff(target.key, target.e164, "asked for", not target.cold, extension=target.extension)
        wanted = await hand_offs.ask(db, call.id, new, now)
    if wanted.to_e164 not in {each.e164 for each in listed}:
        await hand_offs.move(db, wanted.id, Happened.FAILED, now)
        return None
    rung = await hand_offs.move(db, wanted.id, Happened.RUNG, now) or wanted
    return dial(edge, rung), rung


async def ring_the_store(
    edge: TwilioEdge, db: AsyncSession, call: CallFacts, home: Store, reason: str
) -> tuple[str, HandOff]:
    """The last resort: whoever answers the store's own phone."""
    now = edge.clock.now()
    new = NewHandOff(STORE, home.store_phone, reason)
    wanted = await hand_offs.ask(db, call.id, new, now)
    rung = await hand_offs.move(db, wanted.id, Happened.RUNG, now) or wanted
    return dial(edge, rung), rung


def dial(edge: TwilioEdge, to: HandOff) -> str:
    """The same hand-off is always the same document."""
    query = {"h": str(to.id)}
    return twiml.dial(
        edge.urls.webhook("after-dial", **query),
        to.to_e164,
        ring_seconds=edge.settings.dial_seconds,
        limit_seconds=edge.settings.transfer_limit_seconds,
        whisper_url=edge.urls.webhook("whisper", **query) if to.warm else "",
        extension=to.extension,
        say=_before_it_rings(to),
        voice=edge.settings.say_voice,
    )


def _before_it_rings(to: HandOff) -> str:
    """The agent says whom it puts a caller through to; of a take-over it knows nothing."""
    if to.asked_by:
        return f"{to.asked_by.split()[0]} from the store is taking your call. One moment, please."
    return "Connecting you to the store." if to.key == STORE else ""


# ---- the person's side -------------------------------------------------------------------------------------------


async def picked_up(edge: TwilioEdge, leg: CallProgress, hand_off_id: str) -> str:
    """Somebody, or something, answered: who is calling and what about, said to them alone."""
    found = await _of_leg(edge, leg, hand_off_id)
    if found is None:
        return twiml.say_and_hang_up("")
    call, to = found
    async with edge.database.writing(call.rooftop_id) as db:
        await calls.in_turn(db, call.id)
        await hand_offs.move(db, to.id, Happened.PICKED_UP, edge.clock.now())
        label = next((each.label for each in await destinations(db, edge.clock.now()) if each.key == to.key), to.key)
    return twiml.screening(
        edge.urls.webhook("whisper-answer", h=hand_off_id),
        whisper.whisper(label, to.brief),
        whisper.PRESS,
        edge.settings.say_voice,
    )


async def answered(edge: TwilioEdge, leg: CallProgress, hand_off_id: str) -> str:
    """Their key. A 1 joins them with the caller; anything else, or nothing, sends the caller back to the agent."""
    found = await _of_leg(edge, leg, hand_off_id)
    if found is None:
        return twiml.say_and_hang_up("")
    call, to = found
    async with edge.database.writing(call.rooftop_id) as db:
        await calls.in_turn(db, call.id)
        said = await said_before(db, leg, "whisper-answer", hand_off_id)
        if said is None:
            happened = whisper.answered_with(leg.digits)
            moved = await hand_offs.move(db, to.id, happened, edge.clock.now())
            said = {"joined": moved is not None and moved.stage is Stage.TALKING}
            await file(db, leg, "whisper-answer", hand_off_id, said)
            if moved is not None and said["joined"]:
                await _ask_for_the_rest(edge, db, call, moved)
            _log.info("whisper_answered", call_sid=call.call_sid, rooftop_id=call.rooftop_id, what=happened.value)
    if said["joined"]:
        return twiml.say(whisper.TAKEN, edge.settings.say_voice)
    return twiml.say_and_hang_up(whisper.LEFT_OUT if leg.digits else "", edge.settings.say_voice)


async def _ask_for_the_rest(edge: TwilioEdge, db: AsyncSession, call: CallFacts, to: HandOff) -> None:
    """What this kind of hand-off must tell and we could not becomes a task for the department that took the call."""
    lacking = missing(to.key, to.brief)
    if lacking:
        promise = Promise(
            source_key=f"{call.call_sid}:{to.id}",
            need=f"The hand-off lacked {', '.join(lacking)}: note it with the customer",
            department=to.key,
            contact=to.brief.number or call.from_e164,
            customer_id=call.customer_id or call.customer_hint_id,
            call_id=call.id,
            kind=MISSING_DATA,
        )
        await promise_callback(db, promise, edge.clock.now())


# ---- the caller's side -------------------------------------------------------------------------------------------


async def after_dial(edge: TwilioEdge, progress: CallProgress, hand_off_id: str) -> str:
    """The dial is over: goodbye after a talk; else a promise to call back, and the agent again, or a voicemail."""
    call = await known_call(edge, progress)
    if call is None:
        return twiml.say_and_hang_up("")
    of = progress.dial_call_sid or hand_off_id
    async with edge.database.writing(call.rooftop_id) as db:
        await calls.in_turn(db, call.id)
        call = await calls.call(db, call.call_sid) or call
        home = await its_store(db, call)
        said = await said_before(db, progress, "after-dial", of)
        if said is None:
            said = await _settle(edge, db, call, progress, hand_off_id)
            await file(db, progress, "after-dial", of, said)
            if said["next"] == Then.AGENT:
                return await reconnect(edge, db, call, home)
    if said["next"] == Then.AGENT and call.ended_at is None:
        return resume(edge, call, home, int(said["connection"]))
    if said["next"] == Then.MESSAGE and call.ended_at is None:
        return twiml.voicemail(
            edge.urls,
            "I am sorry, nobody could pick up just now. Someone will call you back. "
            "Please leave a message after the tone.",
            edge.settings.voicemail_seconds,
            edge.settings.say_voice,
        )
    return twiml.say_and_hang_up("")


async def _settle(
    edge: TwilioEdge, db: AsyncSession, call: CallFacts, progress: CallProgress, hand_off_id: str
) -> dict[str, Any]:
    """What the report means, stored: the outcome, the callback that is owed, the end of the call."""
    now = edge.clock.now()
    to = await hand_offs.hand_off(db, hand_off_id) if hand_off_id else await hand_offs.newest(db, call.id)
    if to is not None and to.call_id != call.id:
        to = None
    if to is not None and to.handed_back is not None and progress.call_status not in TERMINAL:
        # Cut short because the agent is to have the caller again: the request that was sent for brings them there.
        await take_overs.given_back(db, call, now)
        return {"next": Then.AGENT, "connection": call.resumes + 1}
    talked = (now - to.accepted_at).total_seconds() if to is not None and to.accepted_at is not None else None
    report = Dialled(progress.call_status, progress.dial_status, progress.bridged, talked)
    if to is not None:
        for happened in after_hand_off.happened(to.stage, to.warm, report):
            to = await hand_offs.move(db, to.id, happened, now) or to
    outcome = to.outcome if to is not None else None
    what = after_hand_off.then(
        outcome,
        caller_left=report.caller_left or call.ended_at is not None,
        was_last_resort=to is None or to.key == STORE,
        agent_available=edge.agent_kind() is not None,
        resumes=call.resumes,
        most_resumes=edge.settings.resumes_per_call,
    )
    if outcome != "connected":
        await _owe(edge, db, call, to, told=what is Then.AGENT)
    if what is Then.GOODBYE:
        await calls.end_call(db, call.call_sid, reason="with_a_person", status="", seconds=None, now=now)
    if what is Then.AGENT and to is not None:
        await hand_offs.returned(db, to.id, call.resumes + 1)
    _log.info("hand_off_ended", call_sid=call.call_sid, rooftop_id=call.rooftop_id, outcome=outcome, next=what.value)
    return {"next": what.value, "connection": call.resumes + 1}


async def _owe(edge: TwilioEdge, db: AsyncSession, call: CallFacts, to: HandOff | None, *, told: bool) -> None:
    """`told`: the agent tells the caller who calls back by when."""
    if to is None or to.key == STORE:
        await owe_callback(edge, db, call, "was put through and nobody picked up")
        return
    lacking = missing(to.key, to.brief)
    need = f"was put through to {to.key.replace('_', ' ')} and {_WHY.get(str(to.outcome), 'nobody picked up')}"
    need += f". About: {to.brief.reason}" if to.brief.reason else ""
    need += f". Still to ask: {', '.join(lacking)}" if lacking else ""
    await owe_callback(
        edge, db, call, need, department=to.key, contact=to.brief.number, urgent=to.brief.urgent, told=told
    )


async def _of_leg(edge: TwilioEdge, leg: CallProgress, hand_off_id: str) -> tuple[CallFacts, HandOff] | None:
    """The call and hand-off a person's leg belongs to: the one it names, which is its parent's."""
    async with edge.database.looking_across("a hand-off decides the rooftop") as db:
        to = await hand_offs.hand_off(db, hand_off_id)
        call = await calls.call_by_id(db, to.call_id) if to else None
    if to is None or call is None or call.account_sid != leg.account_sid:
        _log.warning("hand_off_unknown", call_sid=leg.call_sid)
        return None
    if leg.parent_call_sid and CallSid(leg.parent_call_sid) != call.call_sid:
        _log.warning("hand_off_of_another_call", call_sid=leg.call_sid)
        return None
    return call, to
