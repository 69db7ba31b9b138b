"""`/live`: one stream per browser that says what changed and nothing about it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from console.settings import ConsoleSettings
from kit.bus import Bus
from kit.ids import RooftopId

_RETRY_MS = 2000
_TOLD = ("topic", "id", "version", "rooftop")


def channel(rooftop_id: RooftopId | str) -> str:
    """Where a writer publishes, after its commit, that something of this rooftop changed (see `call_changed`)."""
    return f"live:{rooftop_id}"


def call_changed(rooftop_id: RooftopId | str, call_id: str, version: int = 0) -> dict[str, str | int]:
    """The hint that a call has something new: never what it is, so that every fetch is checked again."""
    return {"topic": "call", "id": call_id, "version": version, "rooftop": str(rooftop_id)}


class LiveStreams:
    """The open streams of this process; `close` ends them all, so that a stopping server need not wait for them."""

    def __init__(self, bus: Bus, settings: ConsoleSettings) -> None:
        self._bus, self._settings = bus, settings
        self._open = 0
        self._closing = asyncio.Event()

    def close(self) -> None:
        self._closing.set()

    def response(self, rooftop_id: RooftopId) -> Response:
        """A stream of the rooftop's hints; past the limit the page is told to poll instead."""
        if self._closing.is_set() or self._open >= self._settings.live_streams:
            return PlainTextResponse("Too many open pages.", status_code=503, headers={"Retry-After": "10"})
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(self._stream(rooftop_id), media_type="text/event-stream", headers=headers)

    async def _stream(self, rooftop_id: RooftopId) -> AsyncIterator[bytes]:
        self._open += 1
        closing = asyncio.ensure_future(self._closing.wait())
        waiting: asyncio.Future[tuple[str, Mapping[str, Any]]] | None = None
        try:
            async with self._bus.subscribe(channel(rooftop_id)) as hints:
                # The first line tells the page to fetch what it shows: whatever came before it was not heard.
                yield f"retry: {_RETRY_MS}\nevent: hello\ndata: {{}}\n\n".encode()
                sequence = 0
                while True:
                    waiting = waiting or asyncio.ensure_future(hints.next())
                    either: set[asyncio.Future[Any]] = {waiting, closing}
                    done, _ = await asyncio.wait(
                        either,
                        timeout=self._settings.live_comment_seconds,
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                    if closing in done:
                        return
                    if waiting not in done:
                        yield b": still here\n\n"
                        continue
                    (_, hint), waiting, sequence = waiting.result(), None, sequence + 1
                    yield _event(sequence, hint)
        finally:
            self._open -= 1
            closing.cancel()
            if waiting is not None:
                waiting.cancel()


def _event(sequence: int, hint: Mapping[str, Any]) -> bytes:
    told = {key: hint[key] for key in _TOLD if key in hint}
    return f"id: {sequence}\ndata: {json.dumps(told, separators=(',', ':'))}\n\n".encode()
