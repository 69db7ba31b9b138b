"""`/live`: one stream per browser that says what changed and nothing about it; `/live/changes`: what a browser missed.

Hints are numbered as this process hears them. Whoever says the last number they have is told what came after it; where
that is not certain (another process, too long ago, a bus that lost some) they are told to look again at everything.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from console.settings import ConsoleSettings
from kit.bus import Bus
from kit.ids import RooftopId, new_id

_RETRY_MS = 2000
_KEPT = 500
_TOLD = ("topic", "id", "version", "rooftop")

Hint = tuple[str, Mapping[str, Any]]
"""A number and what it stands for."""


def channel(rooftop_id: RooftopId | str) -> str:
    """Where a writer publishes, after its commit, that something of this rooftop changed (see `call_changed`)."""
    return f"live:{rooftop_id}"


def call_changed(rooftop_id: RooftopId | str, call_id: str, version: int = 0) -> dict[str, str | int]:
    """The hint that a call has something new: never what it is, so that every fetch is checked again."""
    return changed(rooftop_id, "call", call_id, version)


def changed(rooftop_id: RooftopId | str, topic: str, of_id: str, version: int = 0) -> dict[str, str | int]:
    """The hint that something of that kind has something new."""
    return {"topic": topic, "id": of_id, "version": version, "rooftop": str(rooftop_id)}


@dataclass
class _Heard:
    """The last hints of one rooftop; `epoch` changes when the numbers no longer tell the whole story."""

    epoch: str = field(default_factory=new_id)
    number: int = 0
    kept: deque[Hint] = field(default_factory=lambda: deque(maxlen=_KEPT))
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def newest(self) -> str:
        return f"{self.epoch}-{self.number}"

    def took(self, hint: Mapping[str, Any]) -> None:
        self.number += 1
        self.kept.append((self.newest, {key: hint[key] for key in _TOLD if key in hint}))
        self.wake()

    def lost_some(self) -> None:
        self.epoch, self.number = new_id(), 0
        self.kept.clear()
        self.wake()

    def wake(self) -> None:
        news, self.news = self.news, asyncio.Event()
        news.set()

    def after(self, since: str) -> list[Hint] | None:
        """What came after that number; None when nobody can say."""
        epoch, _, number = since.rpartition("-")
        if epoch != self.epoch or not number.isdigit() or int(number) > self.number:
            return None
        behind = self.number - int(number)
        return None if behind > len(self.kept) else list(self.kept)[len(self.kept) - behind :]


class LiveStreams:
    """The open streams of this process; `close` ends them all, so that a stopping server need not wait for them."""

    def __init__(self, bus: Bus, settings: ConsoleSettings) -> None:
        self._bus, self._settings = bus, settings
        self._open = 0
        self._closing = asyncio.Event()
        self._heard: dict[str, _Heard] = {}
        self._listening: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        self._closing.set()
        for task in self._listening:
            task.cancel()

    async def missed(self, rooftop_id: RooftopId, since: str) -> Response:
        """What changed after that number, or that it is not known."""
        heard = await self._hearing(rooftop_id)
        found = heard.after(since)
        changes = [hint for _, hint in found or ()]
        return JSONResponse({"id": heard.newest, "reload": found is None, "changes": changes})

    def response(self, rooftop_id: RooftopId, since: str = "") -> Response:
        """A stream of the rooftop's hints; past the limit the page is told to poll instead."""
        if self._closing.is_set() or self._open >= self._settings.live_streams:
            return PlainTextResponse("Too many open pages.", status_code=503, headers={"Retry-After": "10"})
        headers = {"X-Accel-Buffering": "no"}
        stream = self._stream(rooftop_id, since)
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    async def _stream(self, rooftop_id: RooftopId, since: str) -> AsyncIterator[bytes]:
        self._open += 1
        closing = asyncio.ensure_future(self._closing.wait())
        waiting: asyncio.Future[Any] | None = None
        try:
            heard = await self._hearing(rooftop_id)
            first = f"retry: {_RETRY_MS}\n"
            while not self._closing.is_set():
                news, found = heard.news, heard.after(since)
                if found is None:
                    # The page fetches what it shows: whatever came before this was not heard.
                    since = heard.newest
                    yield f"{first}id: {since}\nevent: hello\ndata: {{}}\n\n".encode()
                    first = ""
                for since, hint in found or ():
                    yield _event(since, hint)
                waiting = asyncio.ensure_future(news.wait())
                done, _ = await asyncio.wait(
                    {waiting, closing},
                    timeout=self._settings.live_comment_seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if not done:
                    yield b": still here\n\n"
                waiting.cancel()
        finally:
            self._open -= 1
            for future in (closing, waiting):
                if future is not None:
                    future.cancel()

    async def _hearing(self, rooftop_id: RooftopId) -> _Heard:
        """Hints of a rooftop are heard from the first look at it on, so that a short absence can be made good."""
        heard = self._heard.get(rooftop_id)
        if heard is None:
            heard = self._heard[rooftop_id] = _Heard()
            begun = asyncio.Event()
            task = asyncio.create_task(self._listen(rooftop_id, heard, begun))
            self._listening.add(task)
            task.add_done_callback(self._listening.discard)
            await begun.wait()
        return heard

    async def _listen(self, rooftop_id: RooftopId, heard: _Heard, begun: asyncio.Event) -> None:
        async with self._bus.subscribe(channel(rooftop_id)) as hints:
            begun.set()
            lost = hints.lost
            while True:
                _, hint = await hints.next()
                if hints.lost != lost:
                    lost = hints.lost
                    heard.lost_some()
                elif hint:
                    heard.took(hint)


def _event(number: str, hint: Mapping[str, Any]) -> bytes:
    return f"id: {number}\ndata: {json.dumps(hint, separators=(',', ':'))}\n\n".encode()
