"""A Realtime server with no model in it: it listens with a stopwatch, and speaks when it is asked to.

Whose turn it is comes written in the audio (`stamps`), so the voice detector costs nothing. An app that transcodes gets
another ear, which works by loudness.
"""

from __future__ import annotations

import json
import ssl
import time
from asyncio import Server
from dataclasses import dataclass
from typing import Any

from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

from benchmarks import realtime_messages as say
from benchmarks.calls import Call, Rig
from benchmarks.loud_ear import DELTA_PCM, LoudEar
from benchmarks.stamps import BYTES_PER_MS, CLOSES, DELTA_BYTES, OPENS, delta_payload, read_frame
from benchmarks.wheel import milliseconds

_TEXT = WSMsgType.TEXT
_APPEND = b'{"type":"input_audio_buffer.append","audio":"'
_DELTA = delta_payload()
DELTA_MS = DELTA_BYTES // BYTES_PER_MS
_WORDS = ["We ", "can ", "look ", "at ", "that ", "for ", "you, ", "and ", "the ", "shuttle ", "runs ", "all ", "day. "]


async def serve_model(rig: Rig, tls: ssl.SSLContext | None = None) -> Server:
    """Listens on a free port of this machine."""

    def opened(request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        if request.headers.get("Upgrade") is None:
            # Carrier's and provider's REST, asked by the app's own checks at start.
            return WSUpgradeResponseWithListener(WSUpgradeResponse.create_ok_response(b"{}"), None)
        return ModelSocket(rig)

    return await ws_create_server(opened, "127.0.0.1", 0, ssl=tls, read_buffer_init_size=4096)


@dataclass(slots=True)
class _Reply:
    response_id: str
    item_id: str
    serial: int
    metadata: object
    began_ms: float
    template: bytes = b""
    sent: int = 0


class ModelSocket(WSListener):
    """One session."""

    def __init__(self, rig: Rig) -> None:
        super().__init__()
        self._rig = rig
        self._call: Call | None = None
        self._transport: WSTransport | None = None
        self._session: dict[str, Any] = {}
        self._reply: _Reply | None = None
        self._serials: dict[str, tuple[int, int]] = {}
        self._last_item: str | None = None
        self._turns = 0
        self._tool_due = False
        self._loud: LoudEar | None = None
        self._session_id = say.new_id("sess")

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._send(say.session("session.created", {"type": "realtime"}, self._session_id))

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transport = None
        self._reply = None

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not _TEXT:
            if frame.msg_type is WSMsgType.CLOSE:
                transport.disconnect()
            return
        message = frame.get_payload_as_bytes()
        if message.startswith(_APPEND) and self._loud is None:
            self._hear(message, len(_APPEND))
        else:
            self._take(message)

    # ---- ears ----

    def _hear(self, message: bytes, at: int) -> None:
        now = time.monotonic_ns()
        stamp = read_frame(message, at)
        if stamp is None:
            return
        call = self._call
        if call is None:
            known = self._rig.calls.get(stamp.call)
            if known is None:
                return
            call = self._bind(known)
        if stamp.seq != call.next_seq:
            if call.next_seq >= 0:
                self._rig.troubles.frames_lost_up += abs(stamp.seq - call.next_seq)
            # The caller talks while the session is being opened: frames before it are not this session's.
        call.next_seq = stamp.seq + 1
        self._rig.meter.now.up.append(now - stamp.sent_ns)
        if stamp.kind == OPENS[0]:
            self._opens()
        elif stamp.kind == CLOSES[0]:
            self._closes()

    def _bind(self, call: Call) -> Call:
        self._call = call
        call.model_ready = True
        reply = self._reply
        if reply is not None:
            # The greeting was asked for before the first sound showed whose session this is.
            call.reply_serial, call.reply_deltas, call.reply_done = reply.serial, reply.sent, False
        if call in self._rig.expecting:
            self._rig.expecting.remove(call)
        return call

    def _hear_loud(self, audio: str) -> None:
        if self._call is None:
            self._bind(self._rig.expecting[0])
        call = self._call
        assert call is not None and self._loud is not None
        for heard in self._loud.hear(audio):
            if heard == "onset" and call.onset_ns:
                self._rig.meter.now.up.append(time.monotonic_ns() - call.onset_ns)
                call.onset_ns = 0
            elif heard == "opens":
                self._opens()
            elif heard == "closes":
                self._closes()

    def _opens(self) -> None:
        self._send(say.message("input_audio_buffer.speech_started", item_id="item_u", audio_start_ms=0))
        if self._detection().get("interrupt_response") is not False:
            self._cancel("turn_detected")

    def _closes(self) -> None:
        item_id, previous = say.new_id("item"), self._last_item
        self._last_item = item_id
        self._turns += 1
        self._tool_due = self._turns % self._rig.script.tool_every == 0
        self._send(say.message("input_audio_buffer.speech_stopped", item_id=item_id, audio_end_ms=0))
        self._send(say.message("input_audio_buffer.committed", item_id=item_id, previous_item_id=previous))
        for kind in ("conversation.item.added", "conversation.item.done"):
            self._send(say.message(kind, previous_item_id=previous, item=say.caller_item(item_id)))
        if self._detection().get("create_response") is not False:
            self._respond(None)
        self._send(
            say.message(
                "conversation.item.input_audio_transcription.completed",
                item_id=item_id,
                content_index=0,
                transcript=f"Turn {self._turns}: my brakes squeal in the morning, when could you look at them?",
                usage={"type": "duration", "seconds": 2.0},
            )
        )

    def _detection(self) -> dict[str, Any]:
        found: dict[str, Any] = self._session.get("audio", {}).get("input", {}).get("turn_detection") or {}
        return found

    # ---- what it is told ----

    def _take(self, raw: bytes) -> None:
        event = json.loads(raw)
        match event["type"]:
            case "input_audio_buffer.append" if self._loud is not None:
                self._hear_loud(event["audio"])
            case "input_audio_buffer.append":
                at = raw.index(event["audio"].encode())
                self._hear(raw, at)
            case "session.update":
                self._configure(event["session"])
            case "response.create":
                self._respond((event.get("response") or {}).get("metadata"), event.get("event_id"))
            case "response.cancel":
                self._cancel("client_cancelled")
            case "conversation.item.truncate":
                self._truncate(event["item_id"], event["audio_end_ms"])
            case "conversation.item.delete":
                self._send(say.message("conversation.item.deleted", item_id=event["item_id"]))
            case "conversation.item.create":
                self._create(event["item"])
            case _:
                pass

    def _configure(self, session: dict[str, Any]) -> None:
        self._session = session
        form = session.get("audio", {}).get("input", {}).get("format") or {}
        if form.get("type") != "audio/pcmu":
            self._loud = LoudEar()
        self._send(say.session("session.updated", session, self._session_id))

    def _create(self, item: dict[str, Any]) -> None:
        item = {"id": say.new_id("item"), "object": "realtime.item", "status": "completed", **item}
        previous, self._last_item = self._last_item, str(item["id"])
        for kind in ("conversation.item.added", "conversation.item.done"):
            self._send(say.message(kind, previous_item_id=previous, item=item))

    def _truncate(self, item_id: str, audio_end_ms: int) -> None:
        serial, deltas = self._serials.get(item_id, (-1, 0))
        if self._reply is not None and self._reply.item_id == item_id:
            deltas = self._reply.sent
        if audio_end_ms > deltas * DELTA_MS:
            self._rig.troubles.truncated_past_end += 1
            self._refuse("invalid_value", f"Audio content of {deltas * DELTA_MS}ms is already shorter")
            return
        if self._call is not None:
            self._rig.model_told(self._call, serial, audio_end_ms)
        self._send(
            say.message("conversation.item.truncated", item_id=item_id, content_index=0, audio_end_ms=audio_end_ms)
        )

    def _refuse(self, code: str, text: str, about: str | None = None) -> None:
        self._rig.troubles.refused_by_model += 1
        error = {"type": "invalid_request_error", "code": code, "message": text, "param": None, "event_id": about}
        self._send(say.message("error", error=error))

    # ---- speaking ----

    def _respond(self, metadata: object, about: str | None = None) -> None:
        if self._reply is not None:
            self._refuse("conversation_already_has_active_response", "One reply at a time", about)
            return
        call = self._call or (self._bind(self._rig.expecting[0]) if self._loud is not None else None)
        serial = self._rig.new_serial()
        reply = _Reply(say.new_id("resp"), say.new_id("item"), serial, metadata, milliseconds())
        self._reply = reply
        self._send(say.response("response.created", reply.response_id, "in_progress", metadata))
        if self._tool_due and self._session.get("tools"):
            self._tool_due = False
            self._call_function(reply)
            return
        if call is not None:
            call.reply_serial, call.reply_deltas, call.reply_done = serial, 0, False
            call.first_sent_ns = 0
        item = say.spoken_item(reply.item_id, "in_progress")
        self._send(say.message("response.output_item.added", response_id=reply.response_id, output_index=0, item=item))
        self._send(say.message("conversation.item.added", previous_item_id=self._last_item, item=item))
        self._last_item = reply.item_id
        part = {"type": "audio", "transcript": ""}
        self._send(say.message("response.content_part.added", part=part, **self._place(reply)))
        payload = _DELTA if self._loud is None else DELTA_PCM
        reply.template = say.audio_delta(reply.response_id, reply.item_id, payload)
        reply.began_ms += self._rig.script.think_ms
        self._rig.wheel.at(reply.began_ms, lambda: self._speak(reply))

    def _speak(self, reply: _Reply) -> None:
        """One delta and its words now, the next when it is due."""
        if self._reply is not reply or self._transport is None:
            return
        self._send(say.words_delta(reply.response_id, reply.item_id, _word(reply.serial, reply.sent)))
        now = time.monotonic_ns()
        if self._loud is None:
            self._send(reply.template % (now, reply.serial, reply.sent))
        else:
            self._send(reply.template)
        reply.sent += 1
        if self._call is not None:
            self._call.reply_deltas = reply.sent
            if reply.sent == 1:
                self._call.first_sent_ns = now
        if reply.sent >= self._rig.script.reply_deltas:
            self._finish(reply, "completed")
        else:
            due = reply.began_ms + reply.sent * DELTA_MS / self._rig.script.real_time_factor
            self._rig.wheel.at(due, lambda: self._speak(reply))

    def _finish(self, reply: _Reply, status: str, reason: str | None = None) -> None:
        self._reply = None
        self._serials[reply.item_id] = (reply.serial, reply.sent)
        while len(self._serials) > 8:
            del self._serials[next(iter(self._serials))]
        if self._call is not None:
            self._call.reply_done = True
        text = "".join(_word(reply.serial, index) for index in range(reply.sent)).strip()
        place = self._place(reply)
        self._send(say.message("response.output_audio.done", **place))
        self._send(say.message("response.output_audio_transcript.done", transcript=text, **place))
        self._send(say.message("response.content_part.done", part={"type": "audio", "transcript": text}, **place))
        item = say.spoken_item(reply.item_id, "completed" if reason is None else "incomplete", text)
        self._send(say.message("response.output_item.done", response_id=reply.response_id, output_index=0, item=item))
        self._send(say.message("conversation.item.done", previous_item_id=None, item=item))
        self._done(reply, status, reason)

    def _done(self, reply: _Reply, status: str, reason: str | None) -> None:
        details = None if reason is None else {"type": status, "reason": reason}
        self._send(
            say.response(
                "response.done", reply.response_id, status, reply.metadata, usage=say.USAGE, status_details=details
            )
        )
        self._send(say.message("rate_limits.updated", rate_limits=[]))

    def _call_function(self, reply: _Reply) -> None:
        tools = self._rig.script.tools
        name, arguments = tools[(self._turns + (self._call.index if self._call else 0)) % len(tools)]
        call_id = say.new_id("call")
        begun = say.function_item(reply.item_id, "in_progress", call_id, name, "")
        ended = say.function_item(reply.item_id, "completed", call_id, name, arguments)
        at = {"response_id": reply.response_id, "output_index": 0}
        self._send(say.message("response.output_item.added", item=begun, **at))
        self._send(say.message("conversation.item.added", previous_item_id=self._last_item, item=begun))
        self._send(
            say.message(
                "response.function_call_arguments.done",
                item_id=reply.item_id,
                call_id=call_id,
                arguments=arguments,
                name=name,
                **at,
            )  # fmt: skip
        )
        self._send(say.message("response.output_item.done", item=ended, **at))
        self._send(say.message("conversation.item.done", previous_item_id=self._last_item, item=ended))
        self._last_item = reply.item_id
        self._reply = None
        if self._call is not None:
            self._call.tool_turn = True
        self._done(reply, "completed", None)

    def _cancel(self, reason: str) -> None:
        if self._reply is not None:
            self._finish(self._reply, "cancelled", reason)

    def _place(self, reply: _Reply) -> dict[str, object]:
        at = {"response_id": reply.response_id, "item_id": reply.item_id, "output_index": 0, "content_index": 0}
        return dict(at)

    def _send(self, message: bytes) -> None:
        if self._transport is not None:
            self._transport.send(_TEXT, message)


def _word(serial: int, index: int) -> str:
    """No two replies are alike: a model that repeats itself is one an app may hang up on."""
    return _WORDS[index % len(_WORDS)] if index else f"Number {serial}: "
