"""The plainest possible bridge between a stream and a model: enough to prove that the two simulators fit together."""

import asyncio
import json
from typing import Any

from picows import WSFrame, WSMsgType, WSTransport

from simulator.model import RealtimeModel
from tests.simulator.application import Application, Socket
from tests.simulator.realtime_client import SESSION, Client

STREAM = (
    '<Say>This call may be recorded.</Say><Connect action="/after">'
    '<Stream url="wss://app.example.test/media/x"/></Connect>'
)


class Leg(Client):
    """The model's side of the bridge: audio goes straight to the caller, a mark after each delta."""

    socket: Socket
    sent_ms: int = 0
    heard_ms: int = 0
    item = ""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        super().on_ws_frame(transport, frame)
        if frame.msg_type == WSMsgType.CLOSE:
            return
        event = self.events[-1]
        if event["type"] == "response.output_audio.delta":
            if event["item_id"] != self.item:
                self.item, self.sent_ms, self.heard_ms = event["item_id"], 0, 0
            self.sent_ms += len(event["delta"]) * 3 // 4 // 8
            self.socket.send(event="media", media={"payload": event["delta"]})
            self.socket.mark(f"{self.item}:{self.sent_ms}")
        elif event["type"] == "input_audio_buffer.speech_started" and self.item and self.heard_ms < self.sent_ms:
            self.socket.clear()
            cut = {"item_id": self.item, "content_index": 0, "audio_end_ms": self.heard_ms}
            self.send("conversation.item.truncate", **cut)
            self.heard_ms = self.sent_ms
        elif event["type"] == "input_audio_buffer.committed":
            self.send("response.create")


class Bridge:
    """Joins each stream of an application to a session of its own."""

    def __init__(self, app: Application, model: RealtimeModel, tools: list[dict[str, Any]] | None = None) -> None:
        self._model, self._tools = model, tools or []
        self.legs: dict[Socket, Leg] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        app.on_message = self.on_message

    def on_message(self, socket: Socket, message: dict[str, Any]) -> None:
        leg = self.legs.get(socket)
        if message["event"] == "start":
            task = asyncio.get_running_loop().create_task(self._open(socket, message["start"]["callSid"]))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        elif message["event"] == "media" and leg is not None:
            leg.raw(json.dumps({"type": "input_audio_buffer.append", "audio": message["media"]["payload"]}))
        elif message["event"] == "mark" and leg is not None:
            item, _, ms = message["mark"]["name"].partition(":")
            if item == leg.item:
                leg.heard_ms = max(leg.heard_ms, int(ms))

    async def _open(self, socket: Socket, call_sid: str) -> None:
        leg = await Leg.connect(self._model)
        leg.socket = socket
        tracing = {"workflow_name": "lanekeeper", "group_id": call_sid}
        leg.send("session.update", session=SESSION | {"tracing": tracing, "tools": self._tools})
        await leg.wait_for("session.updated")
        self.legs[socket] = leg
        leg.send("response.create")
