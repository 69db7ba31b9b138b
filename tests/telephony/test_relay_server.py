"""Relay sockets over loopback: who gets in, what a call needs, and what a hostile socket cannot do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any

import pytest
from picows import WSFrame, WSHandshakeError, WSListener, WSMsgType, WSTransport, ws_connect

from agent.ports import CallOutcome, CallPlan, HumanPath, Reconnect, SessionConfig
from agent.realtime.client import RealtimeConnector
from agent.settings import AgentSettings
from kit.ids import CallId, CallSid
from simulator.virtual_time import run_virtually
from telephony.line_settings import LineSettings
from telephony.relay_server import RelayServer
from telephony.stream import MediaServer
from tests.builders import StandingClock
from tests.telephony.test_relay import INSTRUCTIONS, Journal, Tools


def virtually(test: Callable[[], Coroutine[object, object, None]]) -> Callable[[], None]:
    @wraps(test)
    def run() -> None:
        run_virtually(test())

    del run.__wrapped__
    return run


class Carrier(WSListener):
    """The carrier's end of a relay socket, driven by the test."""

    def __init__(self) -> None:
        super().__init__()
        self.transport: WSTransport | None = None
        self.received: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self.closed = asyncio.Event()
        self.spoken_to = asyncio.Event()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.closed.set()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            self.close_code = frame.get_close_code().value
            transport.disconnect()
            return
        self.received.append(json.loads(frame.get_payload_as_bytes()))
        self.spoken_to.set()

    def says(self, **body: Any) -> None:
        assert self.transport is not None
        self.transport.send(WSMsgType.TEXT, json.dumps(body).encode())

    def sets_up(self, token: str = "good", call_sid: str = "CA1") -> None:
        self.says(type="setup", sessionId="VX1", callSid=call_sid, accountSid="AC1", customParameters={"token": token})

    def hangs_up(self) -> None:
        assert self.transport is not None
        self.transport.disconnect()


class House:
    """A relay server behind the real carrier listener, with one good token."""

    def __init__(self, **line: Any) -> None:
        self.outcomes: list[CallOutcome] = []
        self.spent: set[str] = set()
        self.finished = asyncio.Event()
        settings, limits = AgentSettings(), LineSettings(**line)
        self.relay = RelayServer(agent=settings, line=limits, clock=StandingClock(), claim=self.claim)
        self.media = MediaServer(
            agent=settings,
            line=limits,
            connector=RealtimeConnector(settings),
            verify_upgrade=self.signed,
            claim=self.claim,
            routes={"/relay/": self.relay.listener},
        )

    def signed(self, path: str, headers: Mapping[str, str]) -> bool:
        return headers.get("X-Twilio-Signature") == "ours"

    async def claim(self, token: str, call_sid: CallSid, account_sid: str) -> CallPlan | None:
        if token != "good" or call_sid in self.spent:
            return None
        self.spent.add(call_sid)
        return CallPlan(
            call_id=CallId("c1"),
            call_sid=call_sid,
            session=SessionConfig(call_sid, INSTRUCTIONS),
            tools=Tools(),
            journal=Journal(),
            finish=self.finish,
        )

    async def finish(self, outcome: CallOutcome) -> None:
        self.outcomes.append(outcome)
        self.finished.set()

    async def dial(self, signature: str = "ours") -> Carrier:
        url = f"ws://127.0.0.1:{self.media.port}/relay/call"
        _, carrier = await ws_connect(Carrier, url, extra_headers={"X-Twilio-Signature": signature})
        assert isinstance(carrier, Carrier)
        return carrier


@asynccontextmanager
async def a_house(**line: Any) -> AsyncIterator[House]:
    house = House(**line)
    await house.media.start("127.0.0.1", 0)
    try:
        yield house
    finally:
        await house.relay.stop()
        await house.media.stop()


@virtually
async def test_a_claimed_socket_is_greeted_and_a_hang_up_ends_the_call() -> None:
    async with a_house() as house:
        carrier = await house.dial()
        carrier.sets_up()
        await carrier.spoken_to.wait()
        assert "automated assistant" in carrier.received[0]["token"]
        assert list(house.relay.live) == ["CA1"]
        carrier.hangs_up()
        await house.finished.wait()
    assert [(outcome.reason, outcome.then) for outcome in house.outcomes] == [("socket_closed", None)]


@virtually
async def test_an_unsigned_upgrade_gets_no_socket() -> None:
    async with a_house() as house:
        with pytest.raises(WSHandshakeError):
            await house.dial("theirs")
    assert house.outcomes == []


@virtually
async def test_a_wrong_or_used_token_claims_nothing() -> None:
    async with a_house() as house:
        first = await house.dial()
        first.sets_up()
        await first.spoken_to.wait()
        for token in ("good", "bad", ""):
            other = await house.dial()
            other.sets_up(token)
            await other.closed.wait()
            assert other.close_code == 1008 and other.received == []
        assert list(house.relay.live) == ["CA1"]
    assert house.relay.stats.claims_refused == 3


@virtually
async def test_a_socket_that_names_no_call_is_closed_at_the_deadline() -> None:
    async with a_house(malformed_frames=1000) as house:
        carrier = await house.dial()
        for _ in range(50):
            carrier.says(type="prompt", voicePrompt="let me in", last=True)
        await carrier.closed.wait()
        assert carrier.close_code == 1008 and house.spent == set()


@virtually
async def test_a_full_house_sends_the_caller_to_a_person() -> None:
    async with a_house(max_calls=0) as house:
        carrier = await house.dial()
        carrier.sets_up()
        await carrier.closed.wait()
    assert [outcome.then for outcome in house.outcomes] == [HumanPath("at_capacity")]


@virtually
async def test_a_drain_hands_live_calls_on_and_admits_no_more() -> None:
    async with a_house() as house:
        carrier = await house.dial()
        carrier.sets_up()
        await carrier.spoken_to.wait()
        await house.relay.drain(60, hand_over=True)
        assert [outcome.then for outcome in house.outcomes] == [Reconnect()]
        late = await house.dial()
        late.sets_up(call_sid="CA2")
        await late.closed.wait()
    assert house.outcomes[-1].then == HumanPath("at_capacity")


@virtually
async def test_a_flood_of_messages_ends_with_a_person() -> None:
    async with a_house(malformed_frames=20) as house:
        carrier = await house.dial()
        carrier.sets_up()
        await carrier.spoken_to.wait()
        for _ in range(400):
            carrier.says(type="dtmf", digit="1")
        await carrier.closed.wait()
    assert house.outcomes[0].then == HumanPath("carrier_malformed")
