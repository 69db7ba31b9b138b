"""The breaker opens on errors that no retry can cure, and only sound closes it."""

import asyncio

import pytest

from agent.breaker import Breaker
from agent.events import ModelEvent, ModelFault, ReplyDone
from agent.model_health import GuardedConnector
from agent.ports import ModelUnavailable, SessionConfig
from kit.ids import CallSid
from tests.fakes.model_session import FakeConnector

CONFIG = SessionConfig(CallSid("CA1"), "")


class Ear:
    def __init__(self) -> None:
        self.events: list[ModelEvent] = []

    def on_audio(self, item_id: str, response_id: str, payload_b64: bytes) -> None: ...

    def on_event(self, event: ModelEvent) -> None:
        self.events.append(event)


async def test_a_reply_that_fails_for_quota_opens_the_breaker_for_every_call() -> None:
    breaker, inner = Breaker(60), FakeConnector([[], []])
    connector = GuardedConnector(inner, breaker)
    await connector.connect(CONFIG, Ear())
    inner.sessions[0].says(ReplyDone("r", "failed", error_code="insufficient_quota", terminal=True))
    with pytest.raises(ModelUnavailable) as refused:
        await connector.connect(CONFIG, Ear())
    assert refused.value.terminal and refused.value.code == "insufficient_quota"
    assert inner.attempts == 1


async def test_a_connection_alone_is_no_proof_of_health_but_sound_is() -> None:
    breaker, inner = Breaker(60), FakeConnector([[], []])
    connector = GuardedConnector(inner, breaker)
    await connector.connect(CONFIG, Ear())
    inner.sessions[0].says(ModelFault("invalid_api_key", "", "", "", True))
    assert breaker.is_open(asyncio.get_running_loop().time())
    inner.sessions[0].plays("i", "r", 20)
    assert not breaker.is_open(asyncio.get_running_loop().time())
    await connector.connect(CONFIG, Ear())


async def test_passing_trouble_does_not_open_it() -> None:
    breaker = Breaker(60)
    connector = GuardedConnector(FakeConnector([ModelUnavailable("network", terminal=False), []]), breaker)
    with pytest.raises(ModelUnavailable):
        await connector.connect(CONFIG, Ear())
    await connector.connect(CONFIG, Ear())
