"""The media listener over loopback: who gets in, what a call needs, and what a hostile socket cannot do."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import pytest
from picows import WSFrame, WSHandshakeError, WSListener, WSMsgType, WSTransport, ws_connect
from pydantic import SecretStr
from structlog.testing import capture_logs

from agent.ports import CallOutcome, CallPlan, Greeting, HumanPath, Reconnect, SessionConfig
from agent.realtime.client import RealtimeConnector
from agent.settings import AgentSettings
from kit.ids import CallId, CallSid
from simulator.virtual_time import run_virtually
from telephony.line_settings import LineSettings
from telephony.stream import MediaServer
from tests.fakes.live_call import FakeJournal, FakeTools
from tests.fakes.realtime_server import FakeRealtimeServer

FRAME = base64.b64encode(b"\xff" * 160).decode()


def virtually(test: Callable[[], Coroutine[object, object, None]]) -> Callable[[], None]:
    @wraps(test)
    def run() -> None:
        run_virtually(test())

    del run.__wrapped__
    return run


class Phone(WSListener):
    """A carrier's socket, driven by the test."""

    def __init__(self) -> None:
        super().__init__()
        self.transport: WSTransport | None = None
        self.received: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self.closed = asyncio.Event()
        self.plays_ms = 60_000
        self._sequence = 0
        self.sid = f"MZ{random.getrandbits(128):032x}"

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.closed.set()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            self.close_code = frame.get_close_code().value
            transport.disconnect()
            return
        message = json.loads(frame.get_payload_as_bytes())
        assert message["event"] in ("media", "mark", "clear") and message["streamSid"] == self.sid
        self.received.append(message)
        if message["event"] == "mark" and int(message["mark"]["name"].split(".")[-1]) <= self.plays_ms:
            self.says("mark", mark=message["mark"])

    def says(self, event: str, **body: Any) -> None:
        self._sequence += 1
        self.raw({"event": event, "sequenceNumber": str(self._sequence), "streamSid": self.sid, **body})

    def raw(self, message: object) -> None:
        assert self.transport is not None
        text = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.transport.send(WSMsgType.TEXT, text)

    def starts(self, call_sid: str, token: str | None = "good") -> None:
        self.raw({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        start = {
            "accountSid": "AC1",
            "streamSid": self.sid,
            "callSid": call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {} if token is None else {"token": token},
        }
        self.says("start", start=start)

    async def speaks(self, seconds: float) -> None:
        for n in range(int(seconds / 0.02)):
            media = {"track": "inbound", "chunk": str(n), "timestamp": str(n * 20), "payload": FRAME}
            self.says("media", media=media)
            await asyncio.sleep(0.02)

    def hangs_up(self) -> None:
        self.says("stop", stop={})
        if self.transport is not None:
            self.transport.disconnect()


@dataclass
class World:
    server: MediaServer
    model: FakeRealtimeServer
    tokens: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, CallOutcome] = field(default_factory=dict)
    journals: dict[str, FakeJournal] = field(default_factory=dict)
    phones: list[Phone] = field(default_factory=list)

    async def dials(self, call_sid: str = "CA" + "1" * 32, token: str = "good") -> Phone:
        self.tokens[token] = call_sid
        phone = await self.connects()
        phone.starts(call_sid, token)
        return phone

    async def connects(self, signature: str = "yes", path: str = "/media/x") -> Phone:
        _, phone = await ws_connect(
            Phone, f"ws://127.0.0.1:{self.server.port}{path}", extra_headers={"X-Twilio-Signature": signature}
        )
        assert isinstance(phone, Phone)
        self.phones.append(phone)
        return phone


@asynccontextmanager
async def a_server(line: LineSettings | None = None, agent: AgentSettings | None = None) -> AsyncIterator[World]:
    before = asyncio.all_tasks()
    model = FakeRealtimeServer()
    base_url = await model.start()
    agent = (agent or AgentSettings()).model_copy(
        update={"openai_base_url": base_url, "openai_api_key": SecretStr("sk-test")}
    )
    line = line or LineSettings()

    def signed(path: str, headers: Mapping[str, str]) -> bool:
        return headers.get("x-twilio-signature") == "yes"

    async def claim(token: str, call_sid: CallSid, account_sid: str) -> CallPlan | None:
        if world.tokens.get(token) != call_sid:
            return None
        del world.tokens[token]
        journal = world.journals[call_sid] = FakeJournal()

        async def finish(outcome: CallOutcome) -> None:
            assert call_sid not in world.outcomes
            world.outcomes[call_sid] = outcome

        return CallPlan(
            call_id=CallId(call_sid),
            call_sid=call_sid,
            session=SessionConfig(call_sid, "Be kind."),
            tools=FakeTools(),
            journal=journal,
            finish=finish,
            greeting=Greeting(instructions="Greet."),
        )

    server = MediaServer(agent=agent, line=line, connector=RealtimeConnector(agent), verify_upgrade=signed, claim=claim)
    world = World(server, model)
    await server.start("127.0.0.1", 0)
    try:
        yield world
    finally:
        for phone in world.phones:
            if phone.transport is not None:
                phone.transport.disconnect()
        await server.stop()
        await model.stop()
        await asyncio.sleep(0.1)
        assert asyncio.all_tasks() == before
        assert server.live == {}


@virtually
async def test_a_call_is_carried_both_ways_and_ends_once() -> None:
    async with a_server() as world:
        phone = await world.dials()
        await phone.speaks(2)
        session = world.model.sessions[0]
        assert len(session.frames) == 100 and set(session.frames) == {FRAME}
        assert world.model.authorization == ["Bearer sk-test"]
        assert [message["type"] for message in session.messages[:3]] == [
            "session.update",
            "conversation.item.create",
            "response.create",
        ]
        audio = b"".join(base64.b64decode(m["media"]["payload"]) for m in phone.received if m["event"] == "media")
        assert audio == bytes([0x70]) * 3200
        phone.hangs_up()
        await asyncio.sleep(0.5)
        assert session.closed
        (outcome,) = world.outcomes.values()
        assert outcome.then is None
        (journal,) = world.journals.values()
        assert journal.turns()["item_1"].heard_text == "Hello there."


@virtually
async def test_a_barge_in_over_the_wire_clears_truncates_and_leaves_no_stale_audio() -> None:
    async with a_server(LineSettings(barge_in_sustain_ms=0)) as world:
        world.model.reply_ms = 8000
        phone = await world.dials()
        phone.plays_ms = 500
        await phone.speaks(1)
        session = world.model.sessions[0]
        session.says({"type": "input_audio_buffer.speech_started", "item_id": "u1", "audio_start_ms": 900})
        await asyncio.sleep(0.05)
        assert phone.received[-1]["event"] == "clear"
        truncated = next(message for message in session.messages if message["type"] == "conversation.item.truncate")
        assert 480 <= truncated["audio_end_ms"] <= 600
        session.says({"type": "input_audio_buffer.speech_stopped", "item_id": "u1", "audio_end_ms": 1000})
        await asyncio.sleep(0.2)
        assert phone.received[-1]["event"] == "clear"
        phone.hangs_up()


@virtually
async def test_unsigned_and_unknown_upgrades_are_refused() -> None:
    async with a_server() as world:
        for signature, path in (("no", "/media/x"), ("", "/media/x"), ("yes", "/else"), ("yes", "/")):
            with pytest.raises(WSHandshakeError):
                await world.connects(signature, path)
        assert world.server.stats.upgrades_refused == 4
        assert world.model.sessions == []


@virtually
async def test_without_a_fresh_token_for_this_call_no_model_session_is_opened() -> None:
    async with a_server() as world:
        world.tokens["other"] = "CA" + "9" * 32
        for token in ("wrong", "other", None):
            phone = await world.connects()
            phone.starts("CA" + "1" * 32, token)
            await phone.closed.wait()
            assert phone.close_code == 1008
        first = await world.dials(token="once")
        await first.speaks(0.2)
        second = await world.connects()
        second.starts("CA" + "1" * 32, "once")
        await second.closed.wait()
        assert len(world.model.sessions) == 1
        first.hangs_up()


@virtually
async def test_a_socket_that_never_starts_is_closed_in_five_seconds() -> None:
    async with a_server() as world:
        phone = await world.connects()
        began = asyncio.get_running_loop().time()
        await phone.closed.wait()
        assert 4.9 < asyncio.get_running_loop().time() - began < 5.5


@virtually
async def test_pending_sockets_are_capped() -> None:
    async with a_server(LineSettings(max_pending_streams=3)) as world:
        for _ in range(3):
            await world.connects()
        with pytest.raises(WSHandshakeError):
            await world.connects()


@virtually
async def test_a_full_house_sends_the_caller_to_a_person() -> None:
    async with a_server(LineSettings(max_calls=1)) as world:
        first = await world.dials("CA" + "1" * 32, "t1")
        await first.speaks(0.2)
        second = await world.dials("CA" + "2" * 32, "t2")
        await second.closed.wait()
        assert world.outcomes["CA" + "2" * 32].then == HumanPath("at_capacity")
        assert second.close_code == 1000
        first.hangs_up()


@virtually
async def test_fuzzed_frames_harm_nobody() -> None:
    async with a_server() as world:
        good = await world.dials("CA" + "1" * 32, "t1")
        bad = await world.dials("CA" + "2" * 32, "t2")
        await good.speaks(0.2)
        chance = random.Random(1)
        for n in range(150):
            bad.raw(chance.randbytes(chance.randint(0, 300)))
            bad.raw({"event": "media", "sequenceNumber": str(n), "streamSid": "MZ" + "f" * 32, "media": {}})
        await bad.closed.wait()
        await good.speaks(1)
        assert len(world.model.sessions[0].frames) >= 59
        assert world.outcomes["CA" + "2" * 32].then == HumanPath("carrier_malformed")
        good.hangs_up()


@virtually
async def test_an_oversized_frame_ends_only_its_own_call() -> None:
    async with a_server() as world:
        phone = await world.dials()
        await phone.speaks(0.2)
        phone.raw(b"x" * 70_000)
        await phone.closed.wait()
        assert phone.close_code == 1009


@virtually
async def test_a_flood_is_cut_to_the_rate_of_speech_and_replays_are_dropped() -> None:
    async with a_server() as world:
        phone = await world.dials()
        await phone.speaks(0.2)
        media = {"track": "inbound", "chunk": "1", "timestamp": "20", "payload": FRAME}
        for _ in range(1000):
            phone.says("media", media=media)
        phone.raw({"event": "media", "sequenceNumber": "2", "streamSid": phone.sid, "media": media})
        await asyncio.sleep(0.1)
        assert len(world.model.sessions[0].frames) <= 165
        assert world.server.stats.frames_over_limit >= 840
        assert world.server.stats.malformed_frames == 1
        phone.hangs_up()


@virtually
async def test_a_refused_key_is_terminal_and_a_full_server_is_not() -> None:
    async with a_server() as world:
        world.model.refuse = (401, b'{"error":{"code":"invalid_api_key"}}')
        phone = await world.dials()
        await phone.closed.wait()
        assert world.outcomes["CA" + "1" * 32].then == HumanPath("invalid_api_key")
        assert len(world.model.authorization) == 1
        world.model.refuse = (503, b"")
        phone = await world.dials("CA" + "2" * 32, "t2")
        await phone.closed.wait()
        assert world.outcomes["CA" + "2" * 32].then == HumanPath("http_503")
        assert len(world.model.authorization) == 3


@virtually
async def test_a_dropped_model_socket_is_replaced() -> None:
    async with a_server() as world:
        phone = await world.dials()
        await phone.speaks(1)
        world.model.sessions[0].drop()
        await phone.speaks(1)
        assert len(world.model.sessions) == 2
        assert "Hello there." in json.dumps(world.model.sessions[1].messages)
        assert len(world.model.sessions[1].frames) > 40
        phone.hangs_up()


@virtually
async def test_draining_hands_live_calls_over_and_takes_no_new_ones() -> None:
    async with a_server() as world:
        phone = await world.dials()
        await phone.speaks(1)
        draining = asyncio.create_task(world.server.drain(30, hand_over=True))
        await phone.speaks(1)
        await draining
        assert world.outcomes["CA" + "1" * 32].then == Reconnect()
        late = await world.dials("CA" + "2" * 32, "t2")
        await late.closed.wait()
        assert world.outcomes["CA" + "2" * 32].then == HumanPath("at_capacity")


@virtually
async def test_the_status_callback_ends_a_call_as_well() -> None:
    async with a_server() as world:
        phone = await world.dials()
        await phone.speaks(0.5)
        assert world.server.end_call("CA" + "1" * 32, "completed")
        assert not world.server.end_call("CA" + "7" * 32, "completed")
        await phone.closed.wait()
        assert world.outcomes["CA" + "1" * 32].then is None


@virtually
async def test_frames_that_count_in_numbers_or_not_at_all_are_heard() -> None:
    async with a_server() as world:
        for call, numbered in (("1", True), ("2", False)):
            phone = await world.dials("CA" + call * 32, f"t{call}")
            await phone.speaks(0.2)
            for n in range(50):
                counted = {"sequenceNumber": 100 + n} if numbered else {}
                body = {"payload": FRAME, "chunk": n, "timestamp": n * 20} if numbered else {"payload": FRAME}
                phone.raw({"event": "media", "streamSid": phone.sid, "media": body, **counted})
                await asyncio.sleep(0.02)
            assert len(world.model.sessions[-1].frames) >= 59
            phone.hangs_up()
        assert world.server.stats.malformed_frames == 0


@virtually
async def test_refused_frames_are_logged_once_a_socket_with_the_reason() -> None:
    async with a_server() as world:
        with capture_logs() as logs:
            phone = await world.dials()
            await phone.speaks(0.2)
            for _ in range(5):
                phone.raw({"event": "media", "streamSid": phone.sid, "media": {}})
            await asyncio.sleep(0.1)
        told = [line for line in logs if line["event"] == "frames_malformed"]
        assert len(told) == 1 and "$.media" in told[0]["reason"]
        phone.hangs_up()
