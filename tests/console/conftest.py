"""A store with the calls a test asks for, and the console in front of it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from console.app import Console, create_console
from console.settings import ConsoleSettings
from kit.bus import InProcessBus
from kit.clock import Clock
from kit.db import Database
from lanekeeper.migrate import upgrade
from record.models import Call, CallTurn, Disposition, Rooftop, Staff
from tests.conftest import Templates

NOW = datetime(2026, 7, 14, 18, 30, tzinfo=UTC)  # a Tuesday, 11:30 am at the store
STORE, ELSEWHERE = "store", "elsewhere"


class FixedClock:
    """It is always half past eleven."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def clock() -> Clock:
    return FixedClock()


@pytest.fixture
def url(templates: Templates, tmp_path: Path) -> Iterator[str]:
    with templates.copy("sqlite", "migrated", upgrade, tmp_path) as made:
        yield made


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    """One store and nothing in it."""
    opened = Database(url)
    async with opened.across_rooftops("test") as session:
        session.add(a_rooftop(STORE))
    yield opened
    await opened.close()


@pytest.fixture
def bus(clock: Clock) -> InProcessBus:
    return InProcessBus(clock)


@pytest.fixture
def settings(tmp_path: Path) -> ConsoleSettings:
    return ConsoleSettings(web_address="127.0.0.1:8000", recordings_folder=tmp_path, console_rooftop=STORE)


@pytest.fixture
def console(db: Database, clock: Clock, bus: InProcessBus, settings: ConsoleSettings) -> Console:
    return create_console(db, clock, bus, settings)


@pytest.fixture
async def browser(console: Console) -> AsyncIterator[httpx.AsyncClient]:
    """A browser on this machine, without JavaScript."""
    async with a_browser(console) as client:
        yield client


def a_browser(console: Console, client: str = "127.0.0.1", **options: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=console.app, client=(client, 50_000))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", **options)


def a_rooftop(rooftop_id: str) -> Rooftop:
    return Rooftop(
        id=rooftop_id,
        created_at=NOW,
        name="Riverside Motors",
        time_zone="America/Los_Angeles",
        address="1 Main St",
        store_phone="+15035550180",
    )


async def add_call(db: Database, call_id: str, *, rooftop: str = STORE, live: bool = False, **values: Any) -> str:
    """A call a minute long that ended; `code` and `note` give it a disposition, `says` its turns."""
    code, note = values.pop("code", "info_only"), values.pop("note", "")
    says = values.pop("says", ())
    started = values.pop("started_at", NOW - timedelta(minutes=5))
    call = {
        "call_sid": f"CA{call_id}",
        "account_sid": "AC0",
        "from_e164": "+15035550142",
        "to_e164": "+15035550100",
        "connected_at": started,
        "ended_at": None if live else started + timedelta(minutes=1),
        "agent": "stream",
    }
    async with db.writing(rooftop) as session:
        session.add(Call(id=call_id, started_at=started, **{**call, **values}))
        await session.flush()
        if code and not live:
            session.add(Disposition(call_id=call_id, code=code, contact_outcome="spoke_customer", note=note))
        for seq, (speaker, text) in enumerate(says, 1):
            session.add(a_turn(call_id, seq, speaker, text))
    return call_id


def a_turn(call_id: str, seq: int, speaker: str, text: str, **values: Any) -> CallTurn:
    at = (seq - 1) * 4000
    turn = {"item_id": f"item-{seq}", "heard": text if speaker == "agent" else "", "cut": ""}
    return CallTurn(
        call_id=call_id, seq=seq, speaker=speaker, text=text, started_ms=at, ended_ms=at + 3000, **{**turn, **values}
    )


async def add_staff(db: Database, name: str = "Dana Ortiz") -> str:
    async with db.writing(STORE) as session:
        person = Staff(name=name, role="manager", department="service")
        session.add(person)
        await session.flush()
        return person.id


@dataclass(frozen=True)
class Counter:
    """A browser without JavaScript in front of a store on one of the engines, which counts what a page asks for."""

    browser: httpx.AsyncClient
    database: Database

    async def page(self, path: str, status: int = 200) -> str:
        """The page, made with no more queries than a page may take."""
        asked: list[str] = []

        def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            asked.append(statement)

        event.listen(self.database.engine.sync_engine, "before_cursor_execute", count)
        answer = await self.browser.get(path)
        event.remove(self.database.engine.sync_engine, "before_cursor_execute", count)
        assert answer.status_code == status, (path, answer.status_code, answer.text[-2000:])
        assert len(asked) <= 12, (path, len(asked))
        return answer.text

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """A form of ours, sent."""
        return await self.browser.post(path, data=fields, headers={"Sec-Fetch-Site": "same-origin"})


@pytest.fixture
async def counter(database: Database, clock: Clock, bus: InProcessBus, tmp_path: Path) -> AsyncIterator[Counter]:
    """Two stores on each engine; the pages show the first."""
    async with database.across_rooftops("test") as session:
        session.add_all([a_rooftop(STORE), a_rooftop(ELSEWHERE)])
    settings = ConsoleSettings(
        web_address="127.0.0.1:8000", recordings_folder=tmp_path, console_rooftop=STORE, console_user="Mara Field"
    )
    async with a_browser(create_console(database, clock, bus, settings)) as client:
        await client.get("/customers")  # which store it is, is looked up once
        yield Counter(client, database)
