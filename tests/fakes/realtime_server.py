"""A small Realtime server on loopback: enough protocol to carry a call through the real client and sockets."""

from __future__ import annotations

import asyncio
import base64
import json
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


class FakeRealtimeServer:
    """Answers every response.create with `reply_ms` of audio; `refuse` makes it turn connections away."""

    def __init__(self, reply_ms: int = 400) -> None:
        self.reply_ms = reply_ms
        self.refuse: tuple[int, bytes] | None = None
        self.sessions: list[FakeRealtimeSession] = []
        self.authorization: list[str] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        self._server = await ws_create_server(self._upgrade, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for session in self.sessions:
            session.drop()
        await self._server.wait_closed()

    def _upgrade(self, request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        self.authorization.append(request.headers.get("Authorization", ""))
        if self.refuse is not None:
            status, body = self.refuse
            return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(status, body), None)
        session = FakeRealtimeSession(self)
        self.sessions.append(session)
        return session


class FakeRealtimeSession(WSListener):
    def __init__(self, server: FakeRealtimeServer) -> None:
        super().__init__()
        self._server = server
        self._transport: WSTransport | None = None
        self._replies = 0
        self.frames: list[str] = []
        self.messages: list[dict[str, Any]] = []
        self.closed = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transport = None
        self.closed = True

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            transport.disconnect()
            return
        message = json.loads(frame.get_payload_as_bytes())
        if message["type"] == "input_audio_buffer.append":
            self.frames.append(message["audio"])
            return
        self.messages.append(message)
        if message["type"] == "session.update":
            session = {"id": "sess_1", "object": "realtime.session", "type": "realtime"}
            self.says({"type": "session.created", "session": session}, {"type": "session.updated", "session": session})
        elif message["type"] == "response.create":
            self._reply(message["event_id"])

    def says(self, *events: dict[str, Any]) -> None:
        for event in events:
            if self._transport is not None:
                self._transport.send(WSMsgType.TEXT, json.dumps({"event_id": "e", **event}, separators=(",", ":")))

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.disconnect(False)

    def _reply(self, request: str) -> None:
        self._replies += 1
        response, item = f"resp_{self._replies}", f"item_{self._replies}"
        place = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
        message = {"type": "message", "id": item, "role": "assistant", "content": []}
        self.says(
            {"type": "response.created", "response": {"id": response, "metadata": {"request": request}}},
            {"type": "response.output_item.added", "response_id": response, "output_index": 0, "item": message},
            {"type": "response.output_audio_transcript.delta", "delta": "Hello there.", **place},
        )
        for at in range(0, self._server.reply_ms, 100):
            audio = base64.b64encode(bytes([0x70]) * 8 * min(100, self._server.reply_ms - at)).decode()
            self.says({"type": "response.output_audio.delta", "delta": audio, **place})
        self.says(
            {"type": "response.output_audio.done", **place},
            {"type": "response.output_audio_transcript.done", "transcript": "Hello there.", **place},
            {"type": "response.done", "response": {"id": response, "status": "completed"}},
        )
