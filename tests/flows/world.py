"""A whole store in one process on virtual time: the real server between a simulated carrier and a simulated model."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from agent.settings import AgentSettings
from console.settings import ConsoleSettings
from crm_sync.settings import CrmSyncSettings
from kit.bus import InProcessBus
from kit.clock import LoopClock
from kit.db import Database
from kit.jobs import InlineJobs
from lanekeeper.service import Foundation, Service
from lanekeeper.settings import ServerSettings, Settings
from record import calls
from record.call_views import CallRecord, call_record
from simulator.callers import caller_for, scenarios
from simulator.carrier import Carrier, CarrierFaults, CarrierSettings, PhoneNumber
from simulator.carrier.calls import Call
from simulator.model import HouseMind, ModelSettings, RealtimeModel
from simulator.store import DemoStore, build_store
from simulator.virtual_time import run_virtually
from telephony.line_settings import LineSettings
from telephony.recordings import RecordingSettings
from telephony.settings import TelephonySettings

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
"""A Friday, ten in the morning at the store."""

ACCOUNT = "AC" + "0" * 32
TOKEN = "the-carrier-and-we-know"  # noqa: S105
ORIGIN = "https://calls.riverside.test"
KEY = "sk-simulated"


@dataclass
class World:
    """Everything a test may look at or break."""

    service: Service
    carrier: Carrier
    model: RealtimeModel
    store: DemoStore
    database: Database
    clock: LoopClock
    settings: Settings
    at_carrier: CarrierSettings

    async def start_server(self) -> None:
        """A fresh process on the same database, where the carrier finds it."""
        database = Database(self.settings.server.database_url)
        foundation = Foundation(self.settings, self.clock, database, InProcessBus(self.clock), InlineJobs(self.clock))
        self.service = Service(foundation, works=True, simulated=True)
        await self.service.start()
        self.at_carrier.web_address = f"127.0.0.1:{self.service.web.port}"
        self.at_carrier.media_address = f"127.0.0.1:{self.service.media.port}"

    async def call(self, name: str, faults: CarrierFaults | None = None) -> Call:
        """A scenario's caller rings and the call runs to its end."""
        story = scenarios()[name]
        call = await self.carrier.call(story.from_, self.store.line, caller_for(story), faults)
        await call.finished()
        return call

    async def record(self, call_sid: str) -> CallRecord:
        """What the store has of a call, once everything that follows it has been done."""
        for _ in range(60):
            await asyncio.sleep(1)
            async with self.database.reading(self.store.rooftop_id) as db:
                found = await calls.call(db, call_sid)
                record = await call_record(db, found.id) if found else None
            if record and record.line.outcome and all(d.state == "acked" for d in record.deliveries):
                return record
        raise AssertionError("the call was never wrapped up")


def virtually(url: str, folder: Path, story: Callable[[World], Awaitable[None]], **settings: Any) -> None:
    """Runs a story in a fresh world; `settings` change the server's, by field name of any section."""

    async def told() -> None:
        async with a_world(url, folder, **settings) as world:
            await story(world)

    run_virtually(told())


@asynccontextmanager
async def a_world(url: str, folder: Path, *, key: str | None = KEY, **changes: Any) -> AsyncIterator[World]:
    clock = LoopClock(NOW, asyncio.get_running_loop())
    database = Database(url)
    store = await build_store(database, clock.now())
    async with RealtimeModel(ModelSettings(listen="127.0.0.1:0", api_key=KEY, validate=True), mind=HouseMind) as model:
        at_carrier = CarrierSettings(account_sid=ACCOUNT, auth_token=TOKEN, public_origin=ORIGIN)
        async with Carrier(at_carrier, beside=model, starts_at=NOW) as carrier:
            settings = _settings(url, folder, model.base_url, carrier.api_base, key, changes)
            world = World(None, carrier, model, store, database, clock, settings, at_carrier)  # type: ignore[arg-type]
            await world.start_server()
            carrier.add_number(PhoneNumber(store.line))
            try:
                yield world
            finally:
                await world.service.stop()
                await database.close()


def _settings(
    url: str, folder: Path, model_url: str, carrier_url: str, key: str | None, changes: dict[str, Any]
) -> Settings:
    def section(kind: type[Any], **given: Any) -> Any:
        return kind(**given, **{k: v for k, v in changes.items() if k in kind.model_fields})

    return Settings(
        server=section(ServerSettings, database_url=url, web_address="127.0.0.1:0"),
        telephony=section(
            TelephonySettings,
            twilio_account_sid=ACCOUNT,
            twilio_auth_token=SecretStr(TOKEN),
            twilio_api_base=carrier_url,
            public_origin=ORIGIN,
            media_address="127.0.0.1:0",
        ),
        line=section(LineSettings),
        agent=section(AgentSettings, openai_api_key=SecretStr(key) if key else None, openai_base_url=model_url),
        console=section(ConsoleSettings),
        crm_sync=section(CrmSyncSettings, folder=str(folder / "writeback")),
        recordings=section(RecordingSettings, folder=folder / "recordings"),
    )
