"""<Record>: a beep, then the caller's voice until silence, a key, the limit, or the hang-up."""

import asyncio

from simulator.carrier.recordings import Recording
from simulator.carrier.run import Next, Run
from simulator.carrier.twiml import Verb
from simulator.mulaw import loudness
from simulator.voice import beep

LOUD = 250


class _Listening:
    """Watches the caller's frames for silence, and the keypad."""

    def __init__(self, timeout: int, longest: int, finish: str) -> None:
        self.done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.loud_frames = 0
        self._timeout, self._longest, self._finish = timeout * 50, longest * 50, finish
        self._frames = self._quiet = 0

    def frame(self, audio: bytes) -> None:
        self._frames += 1
        loud = loudness(audio) >= LOUD
        self.loud_frames += loud
        self._quiet = 0 if loud else self._quiet + 1
        if self._quiet >= self._timeout or self._frames >= self._longest:
            self._finished("")

    def digit(self, key: str) -> None:
        if key in self._finish:
            self._finished(key)

    def _finished(self, key: str) -> None:
        if not self.done.done():
            self.done.set_result(key)


async def record(run: Run, verb: Verb) -> Next:
    run.call.step("Record")
    if verb.get("playBeep", "true") == "true":
        await run.play(beep())
    line = run.call.line
    recording = run.exchange.begin_recording(run.call, "RecordVerb", 1, verb.get("recordingStatusCallback"))
    recording.callback_method = verb.get("recordingStatusCallbackMethod") or "POST"
    listening = _Listening(
        verb.number("timeout", 5), verb.number("maxLength", 3600), verb.get("finishOnKey", "1234567890*#")
    )
    line.on_caller_frame.append(listening.frame)
    line.on_digit.append(listening.digit)
    try:
        key = await listening.done
    except asyncio.CancelledError:
        if _keep(run, recording, listening):
            run.after_hang_up(verb, _fields(run, recording, "hangup"))
        raise
    finally:
        line.on_caller_frame.remove(listening.frame)
        line.on_digit.remove(listening.digit)
    if not _keep(run, recording, listening):
        return None  # an empty recording goes on to the next verb, without the action
    return run.goto(verb, "action", _fields(run, recording, key))


def _keep(run: Run, recording: Recording, listening: _Listening) -> bool:
    if listening.loud_frames < 3:
        recording.status = "absent"
        return False
    run.exchange.end_recording(run.call, recording, only_caller=True)
    return True


def _fields(run: Run, recording: Recording, key: str) -> dict[str, str]:
    return {
        "RecordingUrl": run.exchange.recording_url(recording),
        "RecordingSid": recording.sid,
        "RecordingDuration": str(recording.seconds),
        "Digits": key,
    }
