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

    def __init__(self, console: Console, since: str = "") -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self._parts: asyncio.Queue[bytes] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._asked = False
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/live",
            "raw_path": b"/live", "query_string": b"", "root_path": "", "scheme": "http",
            "headers": [(b"host", b"127.0.0.1:8000"), (b"last-event-id", since.encode())],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
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
async def listening(console: Console, since: str = "") -> AsyncIterator[Listener]:
    listener = Listener(console, since)
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
        assert told.startswith("id: ") and told.partition("\n")[0].endswith("-1")
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


async def test_a_store_is_listened_to_once_however_many_pages_come_and_go(
    db: Database, console: Console, bus: InProcessBus
) -> None:
    for _ in range(3):
        page = Listener(console)
        await page.next()
        await page.leave()
    assert len(bus._subscriptions) == 1


async def test_whoever_comes_back_is_told_what_they_missed_and_nothing_twice(
    db: Database, console: Console, bus: InProcessBus, browser: httpx.AsyncClient
) -> None:
    page = Listener(console)
    await page.next()
    await bus.publish(channel(STORE), call_changed(STORE, "heard"))
    last = (await page.next()).partition("\n")[0].removeprefix("id: ")
    await page.leave()
    for number in range(3):
        await bus.publish(channel(STORE), call_changed(STORE, f"missed-{number}"))
    async with listening(console, since=last) as again:
        told = [await again.next() for _ in range(3)]
        assert [f'"missed-{n}"' in each for n, each in enumerate(told)] == [True] * 3
    missed = (await browser.get("/live/changes", params={"since": last})).json()
    assert [each["id"] for each in missed["changes"]] == ["missed-0", "missed-1", "missed-2"] and not missed["reload"]
    assert (await browser.get("/live/changes", params={"since": missed["id"]})).json()["changes"] == []


async def test_whoever_was_away_too_long_or_with_another_process_looks_again_at_everything(
    db: Database, console: Console, bus: InProcessBus, browser: httpx.AsyncClient
) -> None:
    first = (await browser.get("/live/changes", params={"since": "another-process-7"})).json()
    assert first["reload"]
    for number in range(501):
        await bus.publish(channel(STORE), call_changed(STORE, str(number)))
        await asyncio.sleep(0)
    assert (await browser.get("/live/changes", params={"since": first["id"]})).json()["reload"]
    now = (await browser.get("/live/changes")).json()["id"]
    bus.lost_some()
    await asyncio.sleep(0)
    assert (await browser.get("/live/changes", params={"since": now})).json()["reload"]


@pytest.mark.parametrize("path", ["/calls", "/calls/c1"])
async def test_a_plain_reload_shows_the_same_without_a_script(
    db: Database, browser: httpx.AsyncClient, path: str
) -> None:
    await add_call(db, "c1", says=(("caller", "Hello?"),))
    page, fragment = await browser.get(path), await browser.get(path, headers={"HX-Request": "true"})
    main = page.text.partition('<main id="main" tabindex="-1">')[2].partition("</main>")[0]
    assert main.split() == fragment.text.partition("</p>")[2].split()
