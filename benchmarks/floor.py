"""A bare relay on the same sockets: nothing checked, kept or decided. What is left is the price of the transport.

It can also be told to misbehave, so that the rig can be shown to notice.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_connect, ws_create_server

_TEXT = WSMsgType.TEXT
_APPEND = b'{"type":"input_audio_buffer.append","audio":"%b"}'
_SESSION = {
    "type": "session.update",
    "session": {
        "type": "realtime",
        "audio": {
            "input": {
                "format": {"type": "audio/pcmu"},
                "turn_detection": {"type": "server_vad", "create_response": False, "interrupt_response": False},
            },
            "output": {"format": {"type": "audio/pcmu"}},
        },
        "tools": [{"type": "function", "name": "store_facts"}],
    },
}
_DELTA = b'{"type":"response.output_audio.delta"'
_TWIML = '<Response><Connect><Stream url="wss://floor.example/media/call"/></Connect></Response>'


@dataclass(frozen=True, slots=True)
class Faults:
    """Planted misbehaviour: every n-th caller frame is lost, or a reply goes on after `clear`."""

    lose_frame_every: int = 0
    lose_delta_every: int = 0
    play_on: bool = False


class Floor:
    """The relay's listeners."""

    def __init__(self, model_url: str, faults: Faults | None = None) -> None:
        self.model_url = model_url
        self.faults = faults or Faults()
        self.web_port = 0
        self.media_port = 0
        self._servers: list[asyncio.Server] = []

    async def start(self, web_port: int = 0, media_port: int = 0) -> None:
        web = await asyncio.start_server(self._webhook, "127.0.0.1", web_port)
        media = await ws_create_server(self._opened, "127.0.0.1", media_port)
        self._servers = [web, media]
        self.web_port = web.sockets[0].getsockname()[1]
        self.media_port = media.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
            await server.wait_closed()

    def _opened(self, _request: WSUpgradeRequest) -> WSListener:
        return _CarrierSide(self)

    async def _webhook(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(size)
        body = _TWIML.encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()


class _CarrierSide(WSListener):
    def __init__(self, floor: Floor) -> None:
        super().__init__()
        self._floor = floor
        self._frames = 0
        self._connecting: asyncio.Task[None] | None = None
        self.model: _ModelSide | None = None
        self.transport: WSTransport | None = None
        self.stream_sid = b""

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.transport = None
        if self.model is not None and self.model.transport is not None:
            self.model.transport.disconnect()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not _TEXT:
            if frame.msg_type is WSMsgType.CLOSE:
                transport.disconnect()
            return
        message = frame.get_payload_as_bytes()
        at = message.find(b'"payload":"')
        if at > 0:
            self._frames += 1
            every = self._floor.faults.lose_frame_every
            if (
                self.model is not None
                and self.model.transport is not None
                and not (every and self._frames % every == 0)
            ):
                at += 11
                self.model.transport.send(_TEXT, _APPEND % message[at : message.index(b'"', at)])
        elif b'"start"' in message:
            self.stream_sid = json.loads(message)["streamSid"].encode()
            self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        side = _ModelSide(self, self._floor.faults)
        await ws_connect(lambda: side, f"{self._floor.model_url}/realtime")
        self.model = side


class _ModelSide(WSListener):
    def __init__(self, carrier: _CarrierSide, faults: Faults) -> None:
        super().__init__()
        self._carrier = carrier
        self._faults = faults
        self._dead = False
        self._deltas = 0
        self._tool_answered = False
        self.transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        transport.send(_TEXT, json.dumps(_SESSION).encode())
        self._ask()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.transport = None

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not _TEXT:
            return
        message = frame.get_payload_as_bytes()
        if message.startswith(_DELTA):
            self._speak(message)
        elif b'.speech_started"' in message[:60]:
            self._to_carrier(b'{"event":"clear","streamSid":"%b"}' % self._carrier.stream_sid)
            self._dead = True
            if not self._faults.play_on:
                transport.send(_TEXT, b'{"type":"response.cancel"}')
        elif b'"response.created"' in message[:60]:
            self._dead = False
        elif b'.committed"' in message[:60]:
            self._ask()
        elif b'"response.output_item.done"' in message[:60] and b'"function_call"' in message:
            item = {"type": "function_call_output", "call_id": json.loads(message)["item"]["call_id"], "output": "{}"}
            transport.send(_TEXT, json.dumps({"type": "conversation.item.create", "item": item}).encode())
            self._tool_answered = True
        elif self._tool_answered and b'"response.done"' in message[:60]:
            self._tool_answered = False
            self._ask()

    def _speak(self, message: bytes) -> None:
        self._deltas += 1
        every = self._faults.lose_delta_every
        if (every and self._deltas % every == 0) or (self._dead and not self._faults.play_on):
            return
        at = message.index(b'"delta":"') + 9
        self._to_carrier(
            b'{"event":"media","streamSid":"%b","media":{"payload":"%b"}}'
            % (self._carrier.stream_sid, message[at : message.index(b'"', at)])
        )

    def _ask(self) -> None:
        if self.transport is not None:
            self.transport.send(_TEXT, b'{"type":"response.create"}')

    def _to_carrier(self, message: bytes) -> None:
        if self._carrier.transport is not None:
            self._carrier.transport.send(_TEXT, message)


async def _serve(web_port: int, media_port: int) -> None:
    base = os.environ["OPENAI_BASE_URL"].replace("http", "ws", 1)
    floor = Floor(base)
    await floor.start(web_port, media_port)
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
