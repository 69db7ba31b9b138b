"""The live stream: hints and nothing else, bounded, and never what keeps a server from stopping."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from console.app import Console, create_console
from console.live import call_changed, channel
from console.settings import ConsoleSettings
from kit.bus import InProcessBus
from kit.clock import Clock
from kit.db import Database
from tests.console.conftest import STORE, add_call


class Listener:
    """A browser's EventSource, as the server sees it."""

    def __init__(self, console: Console) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self._parts: asyncio.Queue[bytes] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._asked = False
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/live",
            "raw_path": b"/live", "query_string": b"", "root_path": "", "scheme": "http",
            "headers": [(b"host", b"127.0.0.1:8000")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
        }  # fmt: skip
        self.task = asyncio.create_task(console.app(scope, self._receive, self._send))  # type: ignore[arg-type]

    async def next(self) -> str:
        async with asyncio.timeout(5):
            return (await self._parts.get()).decode()

    async def leave(self) -> None:
        self._gone.set()
        async with asyncio.timeout(5):
            await self.task

    async def _receive(self) -> dict[str, object]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            self.status = int(str(message["status"]))
            self.headers = {k.decode(): v.decode() for k, v in message["headers"]}  # type: ignore[attr-defined]
        elif message.get("body"):
            self._parts.put_nowait(bytes(message["body"]))  # type: ignore[call-overload]


@asynccontextmanager
async def listening(console: Console) -> AsyncIterator[Listener]:
    listener = Listener(console)
    try:
        yield listener
    finally:
        await listener.leave()


async def test_a_change_reaches_the_page_as_a_hint_without_content(
    db: Database, console: Console, bus: InProcessBus
) -> None:
    async with listening(console) as page:
        assert "event: hello" in await page.next()
        assert page.headers["content-type"].startswith("text/event-stream")
        assert page.headers["cache-control"] == "no-store"
        await bus.publish(channel(STORE), {**call_changed(STORE, "c1", 3), "text": "my card number is"})
        told = await page.next()
        assert told.startswith("id: 1\n")
        assert json.loads(told.partition("data: ")[2]) == {"topic": "call", "id": "c1", "version": 3, "rooftop": STORE}


async def test_another_stores_changes_stay_there(db: Database, console: Console, bus: InProcessBus) -> None:
    async with listening(console) as page:
        await page.next()
        await bus.publish(channel("other"), call_changed("other", "theirs"))
        await bus.publish(channel(STORE), call_changed(STORE, "ours"))
        assert '"ours"' in await page.next()


async def test_a_quiet_stream_says_it_is_still_there(db: Database, clock: Clock, bus: InProcessBus) -> None:
    settings = ConsoleSettings(console_rooftop=STORE, live_comment_seconds=0.01)
    async with listening(create_console(db, clock, bus, settings)) as page:
        await page.next()
        assert await page.next() == ": still here\n\n"


async def test_streams_are_bounded_and_a_place_is_given_back(
    db: Database, clock: Clock, bus: InProcessBus, browser: httpx.AsyncClient
) -> None:
    console = create_console(db, clock, bus, ConsoleSettings(console_rooftop=STORE, live_streams=1))
    first = Listener(console)
    await first.next()
    async with listening(console) as second:
        assert "Too many" in await second.next()
        assert second.status == 503
    await first.leave()
    async with listening(console) as third:
        assert "hello" in await third.next()


async def test_closing_ends_every_stream(db: Database, console: Console, bus: InProcessBus) -> None:
    page = Listener(console)
    await page.next()
    console.streams.close()
    async with asyncio.timeout(5):
        await page.task
    assert bus._subscriptions == set()


async def test_a_page_that_leaves_is_forgotten(db: Database, console: Console, bus: InProcessBus) -> None:
    page = Listener(console)
    await page.next()
    assert len(bus._subscriptions) == 1
    await page.leave()
    assert bus._subscriptions == set()


@pytest.mark.parametrize("path", ["/calls", "/calls/c1"])
async def test_a_plain_reload_shows_the_same_without_a_script(
    db: Database, browser: httpx.AsyncClient, path: str
) -> None:
    await add_call(db, "c1", says=(("caller", "Hello?"),))
    page, fragment = await browser.get(path), await browser.get(path, headers={"HX-Request": "true"})
    main = page.text.partition('<main id="main" tabindex="-1">')[2].partition("</main>")[0]
    assert main.split() == fragment.text.partition("</p>")[2].split()
