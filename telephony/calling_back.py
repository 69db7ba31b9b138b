"""A call we placed for a member of staff, as Twilio tells of it: picked up, a key, the customer's phone, the end."""

from datetime import timedelta

from followup import callback_calls
from followup.callback_calls import Joining, Outcome
from kit.logging import logger
from kit.phone import spoken
from telephony import twiml
from telephony.after_stream import TERMINAL
from telephony.edge import TwilioEdge
from telephony.forms import CallProgress

_log = logger("telephony.calling_back")

_PRESS = "Press 1 to call them now, or hang up."
_DID_YOU = "If you spoke with them, press 1. If it was a voicemail, press 2."
_OF_DIAL = {"busy": Outcome.BUSY, "failed": Outcome.FAILED, "completed": Outcome.ANSWERED}
# Its answer to our request, or the action that ends the dial, may still be on its way.
_GRACE = timedelta(seconds=20)


async def picked_up(edge: TwilioEdge, leg: CallProgress, call_id: str) -> str:
    """Somebody, or their voicemail, answered: whom this is about, said to them alone."""
    rooftop_id = await _whose(edge, call_id)
    if rooftop_id is None:
        return twiml.say_and_hang_up("")
    async with edge.database.writing(rooftop_id) as db:
        if not await callback_calls.placed(db, call_id, leg.call_sid, edge.clock.now()):
            return twiml.say_and_hang_up("")
        need, number = await callback_calls.words_for(db, call_id)
    about = f"A call you asked for, to {spoken(number)}. {need[:300]}"
    return twiml.screening(edge.urls.webhook("callback-answer", c=call_id), about, _PRESS, edge.settings.say_voice)


async def answered(edge: TwilioEdge, leg: CallProgress, call_id: str) -> str:
    """Only a 1 rings the customer; whether they may be rung is asked in the transaction that says so."""
    rooftop_id = await _whose(edge, call_id)
    if rooftop_id is None:
        return twiml.say_and_hang_up("")
    voice = edge.settings.say_voice
    async with edge.database.writing(rooftop_id) as db:
        now = edge.clock.now()
        if not await callback_calls.placed(db, call_id, leg.call_sid, now):
            return twiml.say_and_hang_up("")
        if leg.digits != "1":
            await callback_calls.ended(db, call_id, Outcome.DECLINED, now)
            return twiml.say_and_hang_up("")
        joining = await callback_calls.join(db, call_id, now)
    if not isinstance(joining, Joining):
        return twiml.say_and_hang_up(joining, voice)
    return twiml.call_out(
        edge.urls.webhook("callback-over", c=call_id),
        joining.customer_e164,
        joining.line_e164,
        ring_seconds=edge.settings.dial_seconds,
        limit_seconds=round(callback_calls.LONGEST_TALK.total_seconds()),
        voice=voice,
    )


async def over(edge: TwilioEdge, progress: CallProgress, call_id: str) -> str:
    """The customer's leg is over. A machine answers too: who answered is for the person to say."""
    rooftop_id = await _whose(edge, call_id)
    if rooftop_id is None:
        return twiml.say_and_hang_up("")
    outcome = _OF_DIAL.get(progress.dial_status, Outcome.NO_ANSWER)
    async with edge.database.writing(rooftop_id) as db:
        await callback_calls.ended(
            db, call_id, outcome, edge.clock.now(), seconds=progress.dial_seconds, sid=progress.dial_call_sid
        )
    _log.info("callback_over", rooftop_id=rooftop_id, outcome=outcome.value)
    if outcome is Outcome.ANSWERED:
        return twiml.one_key(edge.urls.webhook("callback-said", c=call_id), _DID_YOU, edge.settings.say_voice)
    return twiml.say_and_hang_up("They did not answer. It is noted.", edge.settings.say_voice)


async def said(edge: TwilioEdge, leg: CallProgress, call_id: str) -> str:
    """Whether they spoke with the customer, as they say."""
    rooftop_id = await _whose(edge, call_id)
    if rooftop_id is not None and leg.digits in ("1", "2"):
        async with edge.database.writing(rooftop_id) as db:
            await callback_calls.confirmed(db, call_id, leg.digits == "1", edge.clock.now())
    return twiml.say_and_hang_up("Thank you. Goodbye.", edge.settings.say_voice)


async def status(edge: TwilioEdge, progress: CallProgress, call_id: str) -> None:
    """The last word on the staff member's leg: it proves that the call was placed, whatever became of our request."""
    rooftop_id = await _whose(edge, call_id)
    if rooftop_id is None or progress.call_status not in TERMINAL:
        return
    async with edge.database.writing(rooftop_id) as db:
        now = edge.clock.now()
        if not await callback_calls.placed(db, call_id, progress.call_sid, now):
            return
        if progress.call_status == "completed":
            await callback_calls.look_again(db, call_id, now + _GRACE)
        else:
            await callback_calls.ended(db, call_id, Outcome.STAFF_NO_ANSWER, now)


async def _whose(edge: TwilioEdge, call_id: str) -> str | None:
    async with edge.database.looking_across("a call we placed decides the rooftop") as db:
        found = await callback_calls.rooftop_of(db, call_id)
    if found is None:
        _log.warning("callback_unknown")
    return found
