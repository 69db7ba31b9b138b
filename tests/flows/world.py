"""A whole store in one process on virtual time: the real server, a simulated carrier and a simulated model around it."""

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
from simulator.carrier import Carrier, CarrierSettings, PhoneNumber
from simulator.model import HouseMind, ModelSettings, RealtimeModel
from simulator.store import DemoStore, build_store
from simulator.virtual_time import run_virtually
from telephony.line_settings import LineSettings
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


def virtually(url: str, folder: Path, story: Callable[[World], Awaitable[None]], **settings: Any) -> None:
    """Runs a story in a fresh world; `settings` change the server's, by field name of any section."""

    async def told() -> None:
        async with a_world(url, folder, **settings) as world:
            await story(world)

    run_virtually(told())


@asynccontextmanager
async def a_world(url: str, folder: Path, *, key: str | None = KEY, **changes: Any) -> AsyncIterator[World]:
    import asyncio

    clock = LoopClock(NOW, asyncio.get_running_loop())
    database = Database(url)
    store = await build_store(database, clock.now())
    async with RealtimeModel(ModelSettings(listen="127.0.0.1:0", api_key=KEY, validate=True), mind=HouseMind) as model:
        settings = _settings(url, folder, model.base_url, key, changes)
        foundation = Foundation(settings, clock, database, InProcessBus(clock), InlineJobs(clock))
        service = Service(foundation, works=True, simulated=True)
        await service.start()
        at_carrier = CarrierSettings(
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            public_origin=ORIGIN,
            web_address=f"127.0.0.1:{service.web.port}",
            media_address=f"127.0.0.1:{service.media.port}",
            listen="127.0.0.1:0",
        )
        try:
            async with Carrier(at_carrier, beside=model, starts_at=NOW) as carrier:
                carrier.add_number(PhoneNumber(store.line, voice_path="/twilio/voice", status_path="/twilio/status"))
                yield World(service, carrier, model, store, database, clock, settings)
        finally:
            await service.stop()


def _settings(url: str, folder: Path, model_url: str, key: str | None, changes: dict[str, Any]) -> Settings:
    def section(kind: type[Any], **given: Any) -> Any:
        return kind(**given, **{k: v for k, v in changes.items() if k in kind.model_fields})

    return Settings(
        server=section(ServerSettings, database_url=url, web_address="127.0.0.1:0"),
        telephony=section(
            TelephonySettings,
            twilio_account_sid=ACCOUNT,
            twilio_auth_token=SecretStr(TOKEN),
            twilio_api_base="http://127.0.0.1:9",
            public_origin=ORIGIN,
            media_address="127.0.0.1:0",
        ),
        line=section(LineSettings),
        agent=section(
            AgentSettings, openai_api_key=SecretStr(key) if key else None, openai_base_url=model_url
        ),
        console=section(ConsoleSettings),
        crm_sync=section(CrmSyncSettings, writeback_folder=folder / "writeback"),
    )
