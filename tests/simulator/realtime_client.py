"""A bare Realtime client: sends what the test says, keeps what comes back."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any, Self

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from simulator.carrier.socket import close_code
from simulator.model import RealtimeModel
from simulator.mulaw import FRAME, silence
from simulator.stamps import stamped
from simulator.voice import babble

Event = dict[str, Any]
SESSION: Event = {
    "type": "realtime",
    "output_modalities": ["audio"],
    "instructions": "Store: Cascade Honda\nTime zone: America/Los_Angeles\n",
    "audio": {
        "input": {
            "format": {"type": "audio/pcmu"},
            "transcription": {"model": "gpt-transcribe"},
            "turn_detection": {"type": "server_vad", "create_response": False, "interrupt_response": False},
        },
        "output": {"format": {"type": "audio/pcmu"}, "voice": "marin"},
    },
    "tracing": {"workflow_name": "lanekeeper", "group_id": "CA1"},
}


class Client(WSListener):
    """One session. `async with Client.to(model)`; then send, wait_for, speak."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.close_code: int | None = None
        self.gone = asyncio.Event()
        self._news = asyncio.Event()
        self._transport: WSTransport | None = None

    @classmethod
    async def connect(cls, model: RealtimeModel, name: str = "gpt-realtime-2.1", key: str = "sk-simulated") -> Self:
        url = model.base_url.replace("http:", "ws:") + f"/realtime?model={name}"
        _, client = await ws_connect(cls, url, extra_headers={"Authorization": f"Bearer {key}"})
        assert isinstance(client, cls)
        return client

    @classmethod
    async def configured(cls, model: RealtimeModel, **changes: Any) -> Self:
        client = await cls.connect(model)
        client.send("session.update", session=SESSION | changes)
        await client.wait_for("session.updated")
        return client

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            self.close_code = close_code(frame)
            transport.disconnect()
            return
        self.events.append(json.loads(frame.get_payload_as_bytes()))
        self._news.set()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.gone.set()

    def send(self, kind: str, **fields: Any) -> None:
        assert self._transport is not None
        self._transport.send(WSMsgType.TEXT, json.dumps({"type": kind} | fields))

    def raw(self, text: str) -> None:
        assert self._transport is not None
        self._transport.send(WSMsgType.TEXT, text)

    def close(self) -> None:
        assert self._transport is not None
        self._transport.disconnect()

    async def wait_for(self, kind: str, count: int = 1, after: Callable[[Event], bool] = lambda event: True) -> Event:
        """The count-th event of a kind, from the session's beginning."""
        async with asyncio.timeout(60):
            while True:
                found = [event for event in self.events if event["type"] == kind and after(event)]
                if len(found) >= count:
                    return found[count - 1]
                self._news.clear()
                await self._news.wait()

    async def error(self, count: int = 1) -> Event:
        return (await self.wait_for("error", count))["error"]  # type: ignore[no-any-return]

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    async def say(self, model: RealtimeModel, words: str, serial: int = 0x8001, quiet_ms: int = 800) -> bytes:
        """Speaks as the carrier would: words beside, then 20 ms frames on the clock, then silence."""
        audio = stamped(babble(words), serial)
        await model.caller_says("CA1", words, 0, len(audio) // 8, serial)
        await self.frames(audio + silence(quiet_ms))
        return audio

    async def frames(self, audio: bytes) -> None:
        for start in range(0, len(audio), FRAME):
            payload = base64.b64encode(audio[start : start + FRAME]).decode()
            self.send("input_audio_buffer.append", audio=payload)
            await asyncio.sleep(0.02)
