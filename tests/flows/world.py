"""A whole store in one process on virtual time: the real server between a simulated carrier and a simulated model."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import select

from agent.settings import AgentSettings
from console.settings import ConsoleSettings
from crm_sync.settings import CrmSyncSettings
from followup.closing import INSIDE
from followup.loops import OpenLoop, open_loops
from kit.bus import InProcessBus
from kit.clock import LoopClock
from kit.db import Database
from kit.jobs import InlineJobs
from lanekeeper.service import Foundation, Service
from lanekeeper.settings import ServerSettings, Settings
from record import calls
from record.call_views import CallRecord, call_record
from record.models import CallNote
from simulator.callers import caller_for, scenarios
from simulator.carrier import Caller, Carrier, CarrierFaults, CarrierSettings, DialScript, Phone, PhoneNumber
from simulator.carrier.calls import Call
from simulator.model import HouseMind, ModelSession, ModelSettings, RealtimeModel, ResponsesModel
from simulator.model.conversation import Item
from simulator.model.minds import MindFactory
from simulator.store import DemoStore, build_store
from simulator.virtual_time import run_virtually
from telephony.line_settings import LineSettings
from telephony.pictures import PictureSettings
from telephony.recordings import RecordingSettings
from telephony.settings import TelephonySettings
from telephony.twiml import standing_fallback

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
"""A Friday, ten in the morning at the store."""

ACCOUNT = "AC" + "0" * 32
TOKEN = "the-carrier-and-we-know"  # noqa: S105
ORIGIN = "https://calls.riverside.test"
KEY = "sk-simulated"
MARIA = "+15035550112"


class Does:
    """A caller who does what a function says."""

    def __init__(self, script: Callable[[Phone], Awaitable[None]]) -> None:
        self._script = script

    async def talk(self, phone: Phone) -> None:
        await self._script(phone)


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
    bus: InProcessBus
    writer: ResponsesModel

    async def start_server(self) -> None:
        """A fresh process on the same database, where the carrier finds it."""
        database = Database(self.settings.server.database_url)
        foundation = Foundation(self.settings, self.clock, database, self.bus, InlineJobs(self.clock))
        self.service = Service(foundation, works=True, simulated=True)
        await self.service.start()
        self.at_carrier.web_address = f"127.0.0.1:{self.service.web.port}"
        self.at_carrier.media_address = f"127.0.0.1:{self.service.media.port}"

    # ---- callers ----

    async def ring(self, caller: Caller, from_: str = MARIA, faults: CarrierFaults | None = None) -> Call:
        """Somebody rings the store; returns while it rings."""
        return await self.carrier.call(from_, self.store.line, caller, faults)

    async def ring_as(self, name: str, faults: CarrierFaults | None = None) -> Call:
        """A scenario's caller rings; returns while it rings."""
        story = scenarios()[name]
        return await self.carrier.call(
            story.from_, self.store.line, caller_for(story), faults, story.voice, story.background_audio()
        )

    async def call(self, name: str, faults: CarrierFaults | None = None) -> Call:
        """A scenario's caller rings and the call runs to its end."""
        return await (await self.ring_as(name, faults)).finished()

    async def talk(self, script: Callable[[Phone], Awaitable[None]], faults: CarrierFaults | None = None) -> Call:
        """A caller does what the script says, and the call runs to its end."""
        return await (await self.ring(Does(script), faults=faults)).finished()

    def people_answer(self, outcome: str = "answered") -> None:
        """Whoever the store's calls are sent to picks up (or is busy, or fails)."""
        for number in (*self.store.transfer_numbers.values(), self.store.store_phone):
            self.carrier.people[number] = DialScript(outcome)

    # ---- what the store has of a call ----

    async def record(self, call_sid: str) -> CallRecord:
        """What the store has of a call, once everything that follows it has been done."""
        for second in range(60):
            await asyncio.sleep(1)
            if second < 30 and self._recording_pending(call_sid):
                continue
            record = await self.record_now(call_sid)
            done = record is not None and record.line.outcome and all(d.state == "acked" for d in record.deliveries)
            if record is not None and done and all(clip.path or clip.deleted_at for clip in record.clips):
                return record
        raise AssertionError("the call was never wrapped up")

    def _recording_pending(self, call_sid: str) -> bool:
        """The carrier still has a recording that is to be fetched, and deleted there."""
        of_call = [recording for recording in self.carrier.recordings.values() if recording.call_sid == call_sid]
        return any(recording.status == "completed" for recording in of_call)

    async def record_now(self, call_sid: str) -> CallRecord | None:
        async with self.database.reading(self.store.rooftop_id) as db:
            found = await calls.call(db, call_sid)
            return await call_record(db, found.id) if found else None

    async def notes(self, call_sid: str, kind: str) -> list[dict[str, Any]]:
        """What was noticed of one kind: barge_in, filler_played, model_lost and the like."""
        async with self.database.reading(self.store.rooftop_id) as db:
            found = await calls.call(db, call_sid)
            query = select(CallNote).where(CallNote.call_id == (found.id if found else ""), CallNote.kind == kind)
            return [row.data for row in (await db.scalars(query.order_by(CallNote.id))).all()]

    async def owed(self, call_sid: str) -> list[OpenLoop]:
        """What the store still owes the caller, once the call is wrapped up."""
        await self.record(call_sid)
        async with self.database.reading(self.store.rooftop_id) as db:
            found = await calls.call(db, call_sid)
            return [loop for loop in await open_loops(db, found.id) if loop.kind not in INSIDE] if found else []

    async def page(self, path: str) -> httpx.Response:
        """A page of the console, fetched as a browser on this machine does."""
        async with httpx.AsyncClient(trust_env=False) as browser:
            return await browser.get(f"http://127.0.0.1:{self.service.web.port}{path}")

    # ---- what the model went through ----

    def sessions(self, call: Call) -> list[ModelSession]:
        return [session for session in self.model.sessions if session.call_sid == call.sid]

    def spoken(self, call: Call) -> list[Item]:
        """Every spoken item of the agent, in all sessions of a call, deleted ones included."""
        found = []
        for session in self.sessions(call):
            found += [i for i in [*session.items, *session.conversation.deleted] if i.serial is not None]
        return sorted(found, key=lambda item: item.serial or 0)

    def item_saying(self, call: Call, words: str) -> Item:
        return next(item for item in self.spoken(call) if words in self.said(item))

    def said(self, item: Item) -> str:
        """The words the model meant to say, whatever was cut of them since."""
        utterance = self.model.lexicon.find(item.serial or 0)
        return utterance.text if utterance else ""


def running() -> set[asyncio.Task[Any]]:
    """Every task but those of connections the simulated services keep open for the next request."""
    return {task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__qualname__", "") != "HttpServer._serve"}


Story = Callable[[World], Awaitable[None]]


def virtually(url: str, folder: Path, story: Story, mind: MindFactory = HouseMind, **settings: Any) -> None:
    """Runs a story in a fresh world; `settings` change the server's, by field name of any section."""

    async def told() -> None:
        async with a_world(url, folder, mind, **settings) as world:
            await story(world)

    run_virtually(told())


@asynccontextmanager
async def a_world(
    url: str,
    folder: Path,
    mind: MindFactory = HouseMind,
    *,
    key: str | None = KEY,
    now: datetime = NOW,
    seed: int = 1,
    **changes: Any,
) -> AsyncIterator[World]:
    clock = LoopClock(now, asyncio.get_running_loop())
    database = Database(url)
    store = await build_store(database, clock.now())
    async with RealtimeModel(ModelSettings(listen="127.0.0.1:0", api_key=KEY, validate=True), mind) as model:
        at_carrier = CarrierSettings(account_sid=ACCOUNT, auth_token=TOKEN, public_origin=ORIGIN, seed=seed)
        async with Carrier(at_carrier, beside=model, starts_at=now) as carrier, ResponsesModel(KEY, mind) as writer:
            changes = {"text_base_url": writer.base_url, **changes}
            settings = _settings(url, folder, model.base_url, carrier.api_base, key, changes)
            bus = InProcessBus(clock)
            world = World(None, carrier, model, store, database, clock, settings, at_carrier, bus, writer)  # type: ignore[arg-type]
            await world.start_server()
            # As the README recommends: the number's fallback is a document that needs no server of ours.
            carrier.add_number(
                PhoneNumber(
                    store.line,
                    fallback_bin=standing_fallback(store.store_phone),
                    message_path="/twilio/message",
                )
            )
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
        console=section(ConsoleSettings, recordings_folder=folder / "recordings"),
        crm_sync=section(CrmSyncSettings, folder=str(folder / "writeback")),
        recordings=section(RecordingSettings, folder=folder / "recordings"),
        pictures=section(PictureSettings, folder=folder / "pictures"),
    )
