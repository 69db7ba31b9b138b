"""The pages in a real browser: no complaint from it, nothing cut off, and live words without a reload."""

import asyncio
import contextlib
import wave
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn

from console.app import Console
from console.live import call_changed, channel
from kit.bus import InProcessBus
from kit.db import Database
from tests.console.chromium import Chromium, found
from tests.console.conftest import NOW, STORE, a_turn, add_call
from tests.console.test_call_page import a_full_call, add_recording

pytestmark = pytest.mark.skipif(found() is None, reason="no Chromium on this machine")

SMALL_TARGETS = """
[...document.querySelectorAll('a, button, summary, select, input')]
  .filter(e => e.offsetParent !== null && !e.closest('p:not(.back):not(.pill), li.turn .words, .who'))
  .map(e => [e.outerHTML.slice(0, 60), e.closest('label.check') ? 24 : e.getBoundingClientRect().height])
  .filter(([_, height]) => height < 24)
"""


@pytest.fixture
async def address(console: Console, db: Database) -> AsyncIterator[str]:
    """The console on a real socket."""
    server = uvicorn.Server(uvicorn.Config(console.app, host="127.0.0.1", port=0, log_level="warning"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.wait({task}, timeout=0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    console.streams.close()
    server.should_exit = True
    server.force_exit = True
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_every_page_fits_every_screen_and_the_browser_has_no_complaint(
    db: Database, address: str, tmp_path: Path
) -> None:
    call_id = await a_full_call(db)
    await add_recording(db, call_id, tmp_path)
    _a_real_clip(tmp_path / "clip.wav")
    await add_call(db, "long", note="x" * 300, from_e164="+15035550142", says=(("caller", "w" * 400),))
    async with Chromium() as browser:
        for path in ("/calls", "/calls?date=x&live=1", f"/calls/{call_id}?t=5", "/calls/long"):
            for width in (320, 360, 1280):
                for dark in (False, True):
                    await browser.open(address + path, width=width, dark=dark)
                    assert await browser.js("document.documentElement.scrollWidth <= innerWidth"), (path, width)
                    assert await browser.js(SMALL_TARGETS) == []
        await browser.open(f"{address}/calls/{call_id}?t=5")
        await browser.until("document.querySelector('audio').readyState > 0")
        assert await browser.js("document.querySelector('audio').currentTime") == 5
        assert browser.troubles == []


async def test_words_appear_while_they_are_spoken(db: Database, address: str, bus: InProcessBus) -> None:
    await add_call(db, "on", live=True, says=(("agent", "How can I help?"),), started_at=NOW - timedelta(seconds=9))
    async with Chromium() as browser:
        await browser.open(f"{address}/calls/on")
        await browser.until("document.getElementById('connection').textContent === 'Live'")
        async with db.writing(STORE) as session:
            session.add(a_turn("on", 2, "caller", "My brakes squeal."))
        await bus.publish(channel(STORE), call_changed(STORE, "on"))
        await browser.until("document.querySelector('#turn-2')?.textContent.includes('My brakes squeal.')")
        assert browser.troubles == []


async def test_new_calls_wait_behind_a_bar_and_known_rows_change_in_place(
    db: Database, address: str, bus: InProcessBus
) -> None:
    await add_call(db, "first", live=True)
    async with Chromium() as browser:
        await browser.open(f"{address}/calls")
        await browser.until("document.getElementById('connection').textContent === 'Live'")
        await add_call(db, "second", live=True, started_at=NOW)
        await bus.publish(channel(STORE), call_changed(STORE, "second"))
        await browser.until("!document.getElementById('arrived').hidden")
        assert await browser.js("document.getElementById('arrived').textContent.trim()") == "1 new call — show"
        assert await browser.js("document.querySelectorAll('#rows li').length") == 1
        await browser.until("document.getElementById('pill').textContent.includes('2 live')")
        await browser.js("document.querySelector('#arrived a').click()")
        await browser.until("document.querySelectorAll('#rows li').length === 2")
        assert browser.troubles == []


async def test_every_page_reads_the_same_without_a_script(db: Database, address: str) -> None:
    call_id = await a_full_call(db)
    async with Chromium() as browser:
        await browser.open(f"{address}/calls/{call_id}", script=False)
        assert "A brake price" in await browser.js("document.body.innerText")
        assert await browser.js("document.getElementById('connection').hidden")


def _a_real_clip(path: Path) -> None:
    with wave.open(str(path), "wb") as clip:
        clip.setnchannels(2)
        clip.setsampwidth(2)
        clip.setframerate(8000)
        clip.writeframes(b"\0" * 4 * 8000 * 46)
