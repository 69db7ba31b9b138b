"""<Dial>: ring other phones, join the first that answers, tell the action how it went."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urljoin

from simulator.carrier.calls import Call, CallStatus
from simulator.carrier.recordings import Recording
from simulator.carrier.run import Clip, Loop, Next, Run
from simulator.carrier.settings import DialScript
from simulator.carrier.twiml import Verb
from simulator.voice import ringback


@dataclass(slots=True)
class _Leg:
    """One phone being rung."""

    call: Call
    noun: Verb
    script: DialScript
    outcome: str = "no-answer"
    bridged: bool = False


async def dial(run: Run, verb: Verb) -> Next:
    nouns = verb.children or (Verb("Number", {}, verb.text),)
    run.call.step("Dial", ",".join(noun.text for noun in nouns))
    legs = [_leg(run, verb, noun) for noun in nouns]
    line = run.call.line
    line.source = Loop(ringback())
    talked = 0.0
    recording: Recording | None = None
    winner: _Leg | None = None
    try:
        winner = await _ring(run, legs, verb.number("timeout", 30))
        line.source = None
        if winner is not None:
            began = run.exchange.time()
            if verb.get("record").startswith("record-from") or verb.get("record") == "true":
                recording = _record(run, verb)
            try:
                await _bridge(run, winner, verb.number("timeLimit", 14_400))
            finally:
                talked = run.exchange.time() - began
    except asyncio.CancelledError:
        outcome = "completed" if talked else "canceled"
        _hang_up_legs(run, legs, winner, "completed" if talked else "canceled")
        run.after_hang_up(verb, _fields(run, winner or legs[0], outcome, talked, recording))
        raise
    finally:
        line.source = None
    outcome = "completed" if winner else legs[0].outcome
    _hang_up_legs(run, legs, winner, outcome)
    if recording is not None:
        run.exchange.end_recording(run.call, recording)
    run.call.step("DialEnded", outcome)
    if verb.get("action"):
        return run.goto(verb, "action", _fields(run, winner or legs[0], outcome, talked, recording))
    return None


def _leg(run: Run, verb: Verb, noun: Verb) -> _Leg:
    number = noun.text.strip()
    from_ = verb.get("callerId") or run.call.from_
    child = run.new_leg(from_, number)
    if noun.get("statusCallback"):
        child.status_callback = noun.get("statusCallback")
        child.status_events = tuple((noun.get("statusCallbackEvent") or "completed").split())
    return _Leg(child, noun, run.exchange.people.get(number, DialScript()))


async def _ring(run: Run, legs: list[_Leg], rings_for: int) -> _Leg | None:
    """The first leg that answers and, when asked in private, accepts. `rings_for` is how long a phone may ring."""
    tasks = {asyncio.ensure_future(_ring_one(run, leg, rings_for)): leg for leg in legs}
    try:
        for next_done in asyncio.as_completed(tasks):
            leg = await next_done
            if leg.bridged:
                return leg
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return None


async def _ring_one(run: Run, leg: _Leg, rings_for: int) -> _Leg:
    exchange, script = run.exchange, leg.script
    exchange.set_status(leg.call, CallStatus.INITIATED)
    exchange.set_status(leg.call, CallStatus.RINGING)
    rings_s = rings_for if script.outcome == "no-answer" else script.rings_s
    await asyncio.sleep(min(rings_s, rings_for))
    if script.outcome not in ("answered", "voicemail") or script.rings_s >= rings_for:
        leg.outcome = script.outcome if script.outcome in ("busy", "failed") else "no-answer"
        return leg
    leg.call.answered_at = exchange.time()
    exchange.set_status(leg.call, CallStatus.IN_PROGRESS)
    accepted = True
    if leg.noun.get("sendDigits"):
        leg.call.step("SendDigits", leg.noun.get("sendDigits"))
    if leg.noun.get("url"):
        accepted = await run.whisper(leg.call, urljoin(run.base_url, leg.noun.get("url")), script)
    leg.outcome = "completed" if accepted else exchange.settings.never_bridged
    leg.bridged = accepted
    return leg


async def _bridge(run: Run, leg: _Leg, limit: int) -> None:
    """Both parties talk: the other side says its lines, and hangs up when it has talked long enough."""
    line = run.call.line
    run.call.step("Bridged", leg.call.to)
    if leg.call.line.open:
        leg.call.line.hang_up()  # a whisper's private clock ends where the conversation begins

    async def talk() -> None:
        for text in leg.script.says:
            _, audio = run.exchange.utter(text, "advisor")
            clip = Clip(audio)
            line.source = clip
            await clip.done
            line.source = None
            await asyncio.sleep(4.0)

    talking = asyncio.ensure_future(talk())
    try:
        await asyncio.sleep(min(leg.script.talks_s, limit))
    finally:
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)


def _record(run: Run, verb: Verb) -> Recording:
    channels = 2 if "dual" in verb.get("record") else 1
    recording = run.exchange.begin_recording(run.call, "DialVerb", channels, verb.get("recordingStatusCallback"))
    recording.callback_method = verb.get("recordingStatusCallbackMethod") or "POST"
    return recording


def _hang_up_legs(run: Run, legs: list[_Leg], winner: _Leg | None, outcome: str) -> None:
    for leg in legs:
        status = CallStatus(outcome if leg is winner or winner is None else "canceled")
        if leg.outcome in ("busy", "failed") and leg is not winner:
            status = CallStatus(leg.outcome)
        leg.call.ended_at = run.exchange.time()
        leg.call.line.hang_up()
        run.exchange.set_status(leg.call, status)
        leg.call.mark_over()


def _fields(run: Run, leg: _Leg, outcome: str, talked: float, recording: Recording | None) -> dict[str, str]:
    fields = {
        "DialCallStatus": outcome,
        "DialCallSid": leg.call.sid,
        "DialBridged": "true" if talked else "false",
    }
    if outcome == "completed":
        # Of the dialed call: a whisper is part of it.
        answered_at = leg.call.answered_at if leg.call.answered_at is not None else run.exchange.time()
        fields["DialCallDuration"] = str(round(run.exchange.time() - answered_at))
    if recording is not None:
        fields |= {"RecordingSid": recording.sid, "RecordingUrl": run.exchange.recording_url(recording)}
    return fields
