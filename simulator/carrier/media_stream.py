"""A Media Stream: the caller's audio out in 20 ms frames, the application's audio in through a real playout buffer."""

import asyncio
import base64
import binascii
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.carrier.calls import Call
from simulator.carrier.exchange import Exchange
from simulator.carrier.playout import Playout, SentMark
from simulator.carrier.socket import (
    BROKEN,
    OVERFLOW,
    PROTOCOL,
    SERVER_CLOSED,
    AppSocket,
    SocketEnd,
    SocketFailed,
    open_socket,
)
from simulator.carrier.twiml import Verb
from simulator.mulaw import BYTES_PER_MS, FRAME_MS

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """Why a stream is over. `code` is Twilio's error, 0 for a good end."""

    why: str
    code: int = 0

    @property
    def broken(self) -> bool:
        return self.code not in (0, SERVER_CLOSED)


@dataclass(frozen=True, slots=True)
class Received:
    """One media message of the application: when it came, and which bytes of all it sent."""

    at: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cleared:
    """One clear: when, what it threw away, and how many media messages had come before it."""

    at: float
    dropped_ms: int
    marks: int
    received_before: int


class MediaStream:
    """From the upgrade to `stop`. Also the `Source` the caller hears while it is connected."""

    def __init__(self, exchange: Exchange, call: Call, noun: Verb, bidirectional: bool) -> None:
        self.sid = exchange.sid("MZ")
        self.call = call
        self.name = noun.get("name")
        self.bidirectional = bidirectional
        self.frames_sent = self.frames_lost = 0
        self.received: list[Received] = []
        self.audio = bytearray()
        self.marks: list[SentMark] = []
        self.clears: list[Cleared] = []
        self.end: StreamEnd | None = None
        self._exchange, self._noun = exchange, noun
        self._playout = Playout()
        self._socket: AppSocket | None = None
        self._stop: asyncio.Future[StreamEnd] = asyncio.get_running_loop().create_future()
        self._sequence = 0
        self._chunk = {"inbound": 0, "outbound": 0}
        self._began = 0.0
        self._last_due = 0.0
        self._late: deque[str] = deque()
        self._timers: list[asyncio.TimerHandle] = []

    # ---- life ----------------------------------------------------------------------------------------------

    async def run(self) -> StreamEnd:
        """Opens the socket and carries the call's audio until one side ends it."""
        faults = self.call.faults
        try:
            url = self._noun.get("url")
            self._socket = await open_socket(self._exchange.settings, url, self._on_text, faults.wrong_signature)
        except SocketFailed as failed:
            return self._ended(StreamEnd(failed.why, failed.code))
        try:
            await self._begin()
            ends: set[asyncio.Future[Any]] = {self._socket.ended, self._stop}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            end = self._stop.result() if self._stop.done() else _socket_end(self._socket.ended.result())
            return self._ended(end)
        except asyncio.CancelledError:
            self._ended(StreamEnd("the call ended or was redirected"))
            raise
        finally:
            await self._leave()

    async def _begin(self) -> None:
        faults, loop = self.call.faults, asyncio.get_running_loop()
        self._send({"event": "connected", "protocol": "Call", "version": "1.0.0"}, numbered=False)
        if faults.start_delay_s:
            await asyncio.sleep(faults.start_delay_s)
        if not faults.never_send_start:
            self._send({"event": "start", "start": self._start_fields()})
            self._callback("stream-started")
        self._began = loop.time()
        line = self.call.line
        line.on_caller_frame.append(self._on_caller_frame)
        if self._both_tracks:
            line.on_agent_frame.append(self._on_agent_frame)
        line.on_digit.append(self._on_digit)
        if self.bidirectional:
            line.source = self
        self._arm(faults.drop_socket_after_s, self.drop)
        if faults.slow_reader_after_s is not None and self._socket is not None:
            self._arm(faults.slow_reader_after_s, self._socket.pause_reading)
            self._arm(faults.slow_reader_after_s + faults.slow_reader_for_s, self._socket.resume_reading)

    async def _leave(self) -> None:
        """Says `stop` when the socket still stands, takes the hands off the line, and closes."""
        line = self.call.line
        for listeners, mine in (
            (line.on_caller_frame, self._on_caller_frame),
            (line.on_agent_frame, self._on_agent_frame),
        ):
            if mine in listeners:
                listeners.remove(mine)
        if self._on_digit in line.on_digit:
            line.on_digit.remove(self._on_digit)
        if line.source is self:
            line.source = None
        for timer in self._timers:
            timer.cancel()
        if self._socket is not None and not self._socket.ended.done():
            if not self.call.faults.hang_up_without_stop:
                sids = {"accountSid": self._exchange.settings.account_sid, "callSid": self._call_sid}
                self._send({"event": "stop", "stop": sids})
            self._socket.close()

    def _ended(self, end: StreamEnd) -> StreamEnd:
        self.end = end
        if end.code:
            self._exchange.alert(end.code, end.why, self.call)
        self._callback("stream-error" if end.broken else "stream-stopped", end)
        return end

    def drop(self) -> None:
        if self._socket is not None:
            self._socket.drop()

    def end_here(self) -> None:
        """<Stop>: the carrier ends it in good order."""
        if not self._stop.done():
            self._stop.set_result(StreamEnd("stopped"))

    # ---- the caller's audio to the application -------------------------------------------------------------

    def _on_caller_frame(self, frame: bytes) -> None:
        self._media("inbound", frame)

    def _on_agent_frame(self, frame: bytes) -> None:
        self._media("outbound", frame)

    def _media(self, track: str, frame: bytes) -> None:
        if self._socket is None:
            return
        if self._socket.backlog > self._exchange.settings.largest_backlog:
            if not self.frames_lost:
                self._exchange.alert(OVERFLOW, "the application reads too slowly; audio is discarded", self.call)
            self.frames_lost += 1
            return
        self._chunk[track] += 1
        self._sequence += 1
        self.frames_sent += 1
        payload = base64.b64encode(frame).decode()
        timestamp = (self._chunk[track] - 1) * FRAME_MS
        text = (
            f'{{"event":"media","sequenceNumber":"{self._sequence}","media":{{"track":"{track}",'
            f'"chunk":"{self._chunk[track]}","timestamp":"{timestamp}","payload":"{payload}"}},"streamSid":"{self.sid}"}}'
        )
        self._deliver(text)

    def _deliver(self, text: str) -> None:
        """Sends now, or with jitter a little later; never out of order."""
        if self._socket is None:
            return
        jitter = self.call.faults.jitter_ms
        if not jitter:
            self._socket.send(text)
            return
        loop = asyncio.get_running_loop()
        self._late.append(text)
        self._last_due = max(self._last_due, loop.time() + self._exchange.random.uniform(0, jitter / 1000))
        loop.call_at(self._last_due, self._deliver_next)

    def _deliver_next(self) -> None:
        """Timers of the same instant run in any order, so each delivers whatever is the oldest."""
        if self._socket is not None:
            self._socket.send(self._late.popleft())

    def _on_digit(self, digit: str) -> None:
        self._send({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": digit}, "streamSid": self.sid})

    # ---- the application's messages ------------------------------------------------------------------------

    def take(self) -> bytes:
        """The next 20 ms for the caller's ear."""
        audio, heard = self._playout.take()
        for mark in heard:
            self._echo(mark, played=True)
        return audio

    @property
    def buffered_ms(self) -> int:
        return self._playout.buffered // BYTES_PER_MS

    def _on_text(self, text: bytes) -> None:
        problem = self._accept(text)
        if problem and self._socket is not None:
            if not self._stop.done():
                self._stop.set_result(StreamEnd(problem, PROTOCOL))

    def _accept(self, text: bytes) -> str:
        """Does what a message asks. What Twilio would refuse with 31924 is returned as the reason."""
        if len(text) > self._exchange.settings.largest_message:
            return "the message is too large"
        try:
            message = json.loads(text)
        except ValueError:
            return "the message is not JSON"
        if not isinstance(message, dict):
            return "the message is not an object"
        event = message.get("event")
        if event not in ("media", "mark", "clear"):
            return f"unknown event {event!r}"
        if not self.bidirectional:
            return "a one-way stream takes no messages"
        if message.get("streamSid") != self.sid:
            return "the streamSid is not this stream's"
        handlers: dict[str, Callable[[Json], str]] = {"media": self._play, "mark": self._mark, "clear": self._clear}
        return handlers[event](message)

    def _play(self, message: Json) -> str:
        media = message.get("media")
        payload = media.get("payload") if isinstance(media, dict) else None
        if not isinstance(payload, str) or not payload:
            return "media without a payload"
        try:
            audio = base64.b64decode(payload, validate=True)
        except (binascii.Error, ValueError):
            return "the payload is not base64"
        self.received.append(Received(self._exchange.time(), len(self.audio), len(self.audio) + len(audio)))
        self.audio += audio
        self._playout.add(audio)
        return ""

    def _mark(self, message: Json) -> str:
        mark = message.get("mark")
        name = mark.get("name") if isinstance(mark, dict) else None
        if not isinstance(name, str):
            return "a mark without a name"
        sent = SentMark(name, self._exchange.time(), len(self.audio))
        self.marks.append(sent)
        if self._playout.mark(sent):
            self._echo(sent, played=True)
        return ""

    def _clear(self, message: Json) -> str:
        dropped_ms = self.buffered_ms
        marks = self._playout.clear()
        self.clears.append(Cleared(self._exchange.time(), dropped_ms, len(marks), len(self.received)))
        for mark in marks:
            self._echo(mark, played=False)
        return ""

    def _echo(self, mark: SentMark, played: bool) -> None:
        mark.echoed_at, mark.played = self._exchange.time(), played
        self._send({"event": "mark", "mark": {"name": mark.name}, "streamSid": self.sid})

    # ---- odds and ends -------------------------------------------------------------------------------------

    @property
    def _both_tracks(self) -> bool:
        return not self.bidirectional and self._noun.get("track") in ("both_tracks", "outbound_track")

    @property
    def _call_sid(self) -> str:
        return self.call.faults.wrong_call_sid or self.call.sid

    def _start_fields(self) -> Json:
        parameters = {child.get("name"): child.get("value") for child in self._noun.children}
        return {
            "accountSid": self._exchange.settings.account_sid,
            "streamSid": self.sid,
            "callSid": self._call_sid,
            "tracks": ["inbound", "outbound"] if self._both_tracks else ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": parameters,
        }

    def _send(self, message: Json, numbered: bool = True) -> None:
        if numbered:
            self._sequence += 1
            message = {"sequenceNumber": str(self._sequence), "streamSid": self.sid} | message
        self._deliver(json.dumps(message))

    def _arm(self, after_s: float | None, action: Callable[[], None]) -> None:
        if after_s is not None:
            self._timers.append(asyncio.get_running_loop().call_later(after_s, action))

    def _callback(self, event: str, end: StreamEnd | None = None) -> None:
        url = self._noun.get("statusCallback")
        if not url:
            return
        more = {"StreamSid": self.sid, "StreamName": self.name, "StreamEvent": event}
        more["Timestamp"] = self._exchange.now().isoformat()
        if end is not None and end.code:
            more["StreamError"] = f"{end.code} {end.why}"
        method = self._noun.get("statusCallbackMethod") or "POST"
        self._exchange.spawn(self._exchange.notify(self.call, url, more, method), f"{event} of {self.call.sid}")


def _socket_end(end: SocketEnd) -> StreamEnd:
    if end.clean:
        return StreamEnd(f"closed by the application ({end.close_code} {end.reason})".replace(" )", ")"), 0)
    return StreamEnd("broken pipe", BROKEN)
