"""Opens model sessions for every call and notices, on all of them, when the model as a whole cannot be had.

Success is useful audio, not a connection: with an exhausted quota every connect succeeds and every reply fails.
"""

from __future__ import annotations

import asyncio

from agent.breaker import Breaker
from agent.events import ModelEvent, ModelFault, ReplyDone, SessionLost
from agent.ports import ModelConnector, ModelListener, ModelSession, ModelUnavailable, SessionConfig

_MAY_BE_TERMINAL = (ReplyDone, ModelFault, SessionLost)


class GuardedConnector:
    """A connector that trips the breaker on terminal errors, whenever in a call they come, and asks it first."""

    def __init__(self, inner: ModelConnector, breaker: Breaker) -> None:
        self._inner = inner
        self._breaker = breaker

    async def connect(self, config: SessionConfig, listener: ModelListener) -> ModelSession:
        now = asyncio.get_running_loop().time()
        if self._breaker.is_open(now):
            raise ModelUnavailable(self._breaker.code, terminal=True)
        try:
            return await self._inner.connect(config, _Listening(listener, self._breaker))
        except ModelUnavailable as refused:
            if refused.terminal:
                self._breaker.trip(refused.code, now)
            raise


class _Listening:
    """Passes everything on, and tells the breaker what it means for other calls."""

    __slots__ = ("_breaker", "_heard", "_listener")

    def __init__(self, listener: ModelListener, breaker: Breaker) -> None:
        self._listener = listener
        self._breaker = breaker
        self._heard = False

    def on_audio(self, item_id: str, response_id: str, payload_b64: bytes) -> None:
        if not self._heard:
            self._heard = True
            self._breaker.succeeded()
        self._listener.on_audio(item_id, response_id, payload_b64)

    def on_event(self, event: ModelEvent) -> None:
        if isinstance(event, _MAY_BE_TERMINAL) and event.terminal:
            code = event.error_code if isinstance(event, ReplyDone) else event.code
            self._breaker.trip(code, asyncio.get_running_loop().time())
        self._listener.on_event(event)
