"""<Connect>, <Start> and <Stop>: the call's audio or words handed to the application over a WebSocket."""

import asyncio
from urllib.parse import urljoin

from simulator.carrier.media_stream import MediaStream, StreamEnd
from simulator.carrier.relay import RelayEnd, RelaySession
from simulator.carrier.run import END, Next, Run
from simulator.carrier.twiml import Verb


async def connect(run: Run, verb: Verb) -> Next:
    """Blocks until the socket is gone; then the action, or the verbs that follow."""
    noun = verb.children[0] if verb.children else None
    if noun is None:
        return None
    run.call.step(f"Connect/{noun.name}", noun.get("url"))
    if noun.name == "Stream":
        return await _stream(run, verb, noun)
    return await _relay(run, verb, noun)


async def start(run: Run, verb: Verb) -> Next:
    """Starts something beside the call and goes on at once."""
    for noun in verb.children:
        run.call.step(f"Start/{noun.name}")
        if noun.name == "Recording":
            callback = noun.get("recordingStatusCallback")
            channels = 1 if noun.get("channels", "dual") == "mono" else 2
            recording = run.exchange.begin_recording(run.call, "StartCallRecordingTwiML", channels, callback)
            recording.callback_method = noun.get("recordingStatusCallbackMethod") or "POST"
        else:
            stream = MediaStream(run.exchange, run.call, noun, bidirectional=False)
            run.call.streams.append(stream)
            run.exchange.spawn(_beside(stream), f"stream of {run.call.sid}")
    return None


async def stop(run: Run, verb: Verb) -> Next:
    for noun in verb.children:
        for stream in run.call.streams:
            if not stream.bidirectional and stream.name == noun.get("name"):
                stream.end_here()
    return None


async def _beside(stream: MediaStream) -> None:
    await stream.run()


async def _stream(run: Run, verb: Verb, noun: Verb) -> Next:
    stream = MediaStream(run.exchange, run.call, noun, bidirectional=True)
    run.call.streams.append(stream)
    try:
        end = await stream.run()
    except asyncio.CancelledError:
        run.after_hang_up(verb, {"StreamSid": stream.sid})
        raise
    run.call.step("StreamEnded", end.why)
    if end.broken and run.exchange.settings.after_broken_socket == "hang-up":
        return END
    if verb.get("action"):
        return run.goto(verb, "action", _stream_fields(stream, end))
    return None


def _stream_fields(stream: MediaStream, end: StreamEnd) -> dict[str, str]:
    return {"StreamSid": stream.sid} | ({"StreamError": end.why, "ErrorCode": str(end.code)} if end.code else {})


async def _relay(run: Run, verb: Verb, noun: Verb) -> Next:
    session = RelaySession(run.exchange, run.call, noun, urljoin(run.base_url, noun.get("url")))
    run.call.relays.append(session)
    try:
        end = await session.run()
    except asyncio.CancelledError:
        run.after_hang_up(verb, _relay_fields(run, session, RelayEnd("ended")))
        raise
    run.call.step("RelayEnded", end.status)
    if verb.get("action"):
        return run.goto(verb, "action", _relay_fields(run, session, end))
    return None


def _relay_fields(run: Run, session: RelaySession, end: RelayEnd) -> dict[str, str]:
    fields = {
        "SessionId": session.sid,
        "SessionStatus": end.status,
        "SessionDuration": str(round(run.exchange.time() - session.began)),
    }
    if end.handoff is not None:
        fields["HandoffData"] = end.handoff
    if end.code:
        fields |= {"ErrorCode": str(end.code), "ErrorMessage": end.message}
    return fields
