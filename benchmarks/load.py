"""Simulated carriers: a signed webhook, a signed socket, 20 ms of sound on time, and an ear that really plays out."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.calls import Call, Rig
from benchmarks.script import Cue, Speaker
from benchmarks.stamps import (
    CLOSES,
    FRAME_MS,
    OPENS,
    QUIET,
    SPEECH,
    audio_bytes,
    frame_payload,
    plain_payload,
    read_delta,
)
from benchmarks.twilio import Stream, Webhooks, sign, stream_of
from benchmarks.wheel import milliseconds

_TEXT = WSMsgType.TEXT
_CLEAR_DEADLINE_MS = 1000.0
# Less sound than this may be over before the app could act on a voice.
_TOO_LITTLE_MS = 60.0
_READY_SECONDS = 10.0
# Three hundred calls of three minutes begin at two a second: four at a time is a rush, not a flood.
_RING_AT_ONCE = 4
_MOST_UNANSWERED = 20


class NotAnswering(Exception):
    """The app no longer takes calls."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the app under test is, and what it believes of the world."""

    web_port: int
    media_port: int
    origin: str
    auth_token: str
    account_sid: str
    dialled: str
    one_at_a_time: bool = False


class Carrier(WSListener):
    """One call's stream."""

    def __init__(self, rig: Rig, call: Call, account_sid: str, stream: Stream, dropped: Callable[[Call], None]) -> None:
        super().__init__()
        self._rig = rig
        self._call = call
        self._account_sid = account_sid
        self._stream = stream
        self._dropped = dropped
        self._transport: WSTransport | None = None
        self._stamped = call.stamped
        self._speaker = Speaker(call.index, rig.script.barge_every, rig.script.first_onset_frames)
        self._quiet = self._template(QUIET)
        self._speech = self._template(SPEECH)
        self._opens = self._template(OPENS)
        self._closes = self._template(CLOSES)
        self._sound = self._quiet
        self._sequence = 0
        self._chunk = 0
        self._awaiting_ns = 0
        self._clear_is_fine = False
        self._leaving = False

    # ---- the call's life ----

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._say({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        self._say(
            {
                "event": "start",
                "sequenceNumber": self._next_number(),
                "start": {
                    "accountSid": self._account_sid,
                    "streamSid": self._call.stream_sid,
                    "callSid": self._call.sid,
                    "tracks": ["inbound"],
                    "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                    "customParameters": dict(self._stream.parameters),
                },
                "streamSid": self._call.stream_sid,
            }
        )
        self._rig.wheel.pace(self)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transport = None
        self._rig.wheel.unpace(self)
        if not self._leaving:
            self._dropped(self._call)

    def leave(self) -> None:
        """The caller hangs up."""
        self._leaving = True
        self._rig.wheel.unpace(self)
        transport = self._transport
        if transport is not None:
            sid = self._call.stream_sid
            self._say({"event": "stop", "sequenceNumber": self._next_number(), "stop": {}, "streamSid": sid})
            transport.send_close()
            transport.disconnect()

    # ---- the caller's mouth ----

    def frame(self, now_ns: int) -> None:
        """20 ms of the caller, and whatever is due with it."""
        transport = self._transport
        if transport is None:
            return
        self._chunk = chunk = self._chunk + 1
        self._sequence += 1
        sound = self._sound
        if chunk == self._speaker.due:
            sound = self._act(self._speaker.take(), now_ns)
        if self._stamped:
            transport.send(_TEXT, sound % (self._sequence, chunk, chunk * FRAME_MS, now_ns, chunk))
        else:
            transport.send(_TEXT, sound % (self._sequence, chunk, chunk * FRAME_MS))

    def _act(self, cue: Cue, now_ns: int) -> bytes:
        call = self._call
        match cue:
            case Cue.ONSET:
                if not call.replied:
                    self._rig.troubles.unanswered_turns += 1
                undisturbed = call.stamped and call.reply_done and call.spoken_over != call.reply_serial
                if undisturbed and call.playout.remaining(now_ns / 1e6) == 0:
                    call.playout.complete(call.reply_serial, call.reply_deltas)
                call.onset_ns = now_ns
                self._sound = self._speech
                return self._speech
            case Cue.OPENS:
                self._expect_clear(now_ns)
                call.spoken_over = call.reply_serial
                return self._opens
            case Cue.HUSH:
                self._sound = self._quiet
                return self._quiet
            case Cue.CLOSES:
                # A turn spoken over a protected reply is answered when that was heard: no measure of the app's speed.
                call.spoken_over = call.reply_serial
                over_it = call.playout.remaining(now_ns / 1e6) > 0
                call.turn_closed_ns, call.replied, call.tool_turn = 0 if over_it else now_ns, False, False
                return self._closes

    def _expect_clear(self, now_ns: int) -> None:
        now = now_ns / 1e6
        left = self._call.playout.remaining(now)
        self._clear_is_fine = left > 0
        # What a tool found may be read back under protection: then a voice is right not to cut it.
        if left > _TOO_LITTLE_MS and not self._call.tool_turn:
            self._awaiting_ns = now_ns
            self._rig.wheel.at(now + _CLEAR_DEADLINE_MS, lambda: self._missed(now_ns))

    def _missed(self, opened_ns: int) -> None:
        if self._awaiting_ns == opened_ns:
            self._awaiting_ns = 0
            self._rig.troubles.missed_clears += 1

    # ---- the caller's ear ----

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not _TEXT:
            if frame.msg_type is WSMsgType.CLOSE:
                transport.disconnect()
            return
        message = frame.get_payload_as_bytes()
        at = message.find(b'"payload"', 0, 300)
        if at > 0:
            self._hear(message, message.index(b'"', at + 9) + 1)
            return
        event = json.loads(message)
        if event["event"] == "mark":
            now = milliseconds()
            due = self._call.playout.mark(now, event["mark"]["name"].encode())
            if due <= now:
                self._echo()
            else:
                self._rig.wheel.at(due, self._echo)
        elif event["event"] == "clear":
            self._clear()

    def _hear(self, message: bytes, start: int) -> None:
        now_ns = time.monotonic_ns()
        call, meter = self._call, self._rig.meter.now
        stamp = read_delta(message, start)
        if stamp is not None:
            meter.down.append(now_ns - stamp.sent_ns)
            if stamp.index == 0:
                meter.first_audio.append(now_ns - stamp.sent_ns)
                self._replied(now_ns)
        elif call.first_sent_ns and call.playout.serial != call.reply_serial and not call.stamped:
            meter.first_audio.append(now_ns - call.first_sent_ns)
            call.playout.begin(call.reply_serial)
            self._replied(now_ns)
        size = audio_bytes(message, start, message.index(b'"', start))
        if not call.playout.media(now_ns / 1e6, size, stamp):
            self._rig.troubles.stale_bytes += size

    def _replied(self, now_ns: int) -> None:
        call = self._call
        if not call.replied:
            call.replied = True
            if not call.tool_turn and call.turn_closed_ns:
                thought = int(self._rig.script.think_ms * 1e6)
                self._rig.meter.now.turn.append(now_ns - call.turn_closed_ns - thought)

    def _clear(self) -> None:
        now_ns = time.monotonic_ns()
        heard, flushed = self._call.playout.clear(now_ns / 1e6)
        for name in flushed:
            self._echo_mark(name)
        self._rig.carrier_cleared(self._call, heard)
        if self._awaiting_ns:
            self._rig.meter.now.barge_in.append(now_ns - self._awaiting_ns)
            self._awaiting_ns = 0
        elif not self._clear_is_fine:
            self._rig.troubles.needless_clears += 1

    def _echo(self) -> None:
        for name in self._call.playout.reached(milliseconds()):
            self._echo_mark(name)

    def _echo_mark(self, name: bytes) -> None:
        if self._transport is not None:
            self._sequence += 1
            self._transport.send(
                _TEXT,
                b'{"event":"mark","sequenceNumber":"%d","streamSid":"%b","mark":{"name":"%b"}}'
                % (self._sequence, self._call.stream_sid.encode(), name),
            )

    # ---- messages ----

    def _template(self, kind: bytes) -> bytes:
        return (
            b'{"event":"media","sequenceNumber":"%d","media":{"track":"inbound","chunk":"%d","timestamp":"%d","payload":"'
            + (frame_payload(self._call.index, kind) if self._stamped else plain_payload(kind))
            + b'"},"streamSid":"'
            + self._call.stream_sid.encode()
            + b'"}'
        )

    def _next_number(self) -> str:
        self._sequence += 1
        return str(self._sequence)

    def _say(self, message: dict[str, object]) -> None:
        if self._transport is not None:
            self._transport.send(_TEXT, json.dumps(message).encode())


class Phones:
    """Rings the store until so many calls are up, and hangs up until so few are left."""

    def __init__(self, rig: Rig, to: Endpoints) -> None:
        self._rig = rig
        self._to = to
        self._batch = 1 if to.one_at_a_time else _RING_AT_ONCE
        self._webhooks = Webhooks("127.0.0.1", to.web_port, to.origin, to.auth_token, self._batch)
        self._live: dict[int, Carrier] = {}
        self._count = 0
        self.answer_ms: list[float] = []

    @property
    def calls(self) -> int:
        return len(self._live)

    async def hold(self, calls: int) -> None:
        """Returns when exactly `calls` calls are up and the model hears each of them."""
        if calls < self.calls:
            leaving = list(self._live)[calls:]
            await asyncio.gather(*(self.hang_up(index) for index in leaving))
        refused = self._rig.troubles.calls_not_answered
        while self.calls < calls:
            batch = min(self._batch, calls - self.calls)
            await asyncio.gather(*(self.ring() for _ in range(batch)))
            if self._rig.troubles.calls_not_answered - refused > _MOST_UNANSWERED:
                raise NotAnswering(f"{_MOST_UNANSWERED} calls in a row of {calls} were not answered")

    async def ring(self) -> bool:
        """One call from the first webhook to the model hearing its audio; False when it was not answered."""
        index, self._count = self._count, self._count + 1
        call = Call(index, f"CA{index:032x}", f"MZ{index:032x}", stamped=not self._to.one_at_a_time)
        self._rig.calls[index] = call
        self._rig.expecting.append(call)
        began = milliseconds()
        try:
            await self._connect(call)
            while not call.model_ready:
                if index not in self._live or milliseconds() - began > _READY_SECONDS * 1000:
                    raise TimeoutError
                await asyncio.sleep(0.002)
        except (OSError, WSError, ValueError, RuntimeError, TimeoutError):
            self._rig.troubles.calls_not_answered += 1
            self._forget(call)
            return False
        self.answer_ms.append(milliseconds() - began)
        return True

    async def _connect(self, call: Call) -> None:
        stream = stream_of(await self._webhooks.post("/twilio/voice", self._form(call, "ringing")))
        carrier = Carrier(self._rig, call, self._to.account_sid, stream, self._dropped)
        self._live[call.index] = carrier
        await ws_connect(
            lambda: carrier,
            f"ws://127.0.0.1:{self._to.media_port}{stream.path}",
            extra_headers=[("X-Twilio-Signature", sign(self._to.auth_token, stream.url, {}))],
            read_buffer_init_size=4096,
        )

    def _dropped(self, call: Call) -> None:
        """The app closed the socket of a caller who had not hung up."""
        if call.model_ready:
            self._rig.troubles.calls_failed += 1
        self._forget(call)

    def _forget(self, call: Call) -> None:
        carrier = self._live.pop(call.index, None)
        if carrier is not None:
            carrier.leave()
        if call in self._rig.expecting:
            self._rig.expecting.remove(call)
        if self._rig.calls.pop(call.index, None) is not None:
            self._rig.fold(call)

    async def hang_up(self, index: int) -> None:
        """The caller leaves; Twilio tells the app twice."""
        call = self._rig.calls[index]
        self._forget(call)
        await self._webhooks.post("/twilio/after-stream", self._form(call, "completed"))
        ended = {**self._form(call, "completed"), "CallDuration": "60", "SequenceNumber": "3"}
        await self._webhooks.post("/twilio/status", ended)

    async def hang_up_all(self) -> None:
        await self.hold(0)

    def _form(self, call: Call, status: str) -> dict[str, str]:
        return {
            "AccountSid": self._to.account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": call.sid,
            "CallStatus": status,
            "Direction": "inbound",
            "From": f"+1503555{call.index % 10000:04d}",
            "To": self._to.dialled,
        }
