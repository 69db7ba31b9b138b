"""A store with a door for leads, and the desk behind it that a test tells when to look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from fastapi import FastAPI
from sqlalchemy import select

from crm_sync.lead_desk import LeadDesk
from followup.lead_doors import NewDoor, add_address, open_door
from followup.lead_models import Lead, LeadDelivery
from followup.lead_views import LeadFilter, LeadLine, newest_leads
from followup.models import Loop
from intake.doors import lead_routers
from intake.settings import IntakeSettings
from kit.db import Database
from kit.jobs import InlineJobs
from lanekeeper.wiring import lead_readers
from tests.builders import ROOFTOP, StandingClock, a_store

ADDRESS = "leads@riverside.test"
SERVICE_ADDRESS = "service-leads@riverside.test"


@dataclass
class LeadStore:
    """What a test does to the store from outside, and what it finds inside."""

    database: Database
    clock: StandingClock
    settings: IntakeSettings
    door: NewDoor
    http: httpx.AsyncClient

    async def work(self) -> int:
        """Everything that waits is looked at once; returns how many messages that was."""
        desk = self.desk()
        due = await desk.due(self.clock.now(), 100)
        for rooftop_id, delivery_id in due:
            await desk.look(rooftop_id, delivery_id)
        return len(due)

    def desk(self) -> LeadDesk:
        return LeadDesk(self.database, self.clock, InlineJobs(self.clock), lead_readers())

    async def post(
        self, path: str, body: str | bytes, kind: str = "text/xml", key: str | None = None
    ) -> httpx.Response:
        headers = {"Content-Type": kind, "X-Lanekeeper-Key": self.door.machine_key if key is None else key}
        return await self.http.post(path, content=body, headers=headers)

    async def leads(self) -> Sequence[LeadLine]:
        async with self.database.reading(ROOFTOP) as db:
            return await newest_leads(db, LeadFilter())

    async def rows(self) -> list[Lead]:
        async with self.database.reading(ROOFTOP) as db:
            return list(await db.scalars(select(Lead).order_by(Lead.id)))

    async def loops(self, kind: str = "") -> list[Loop]:
        async with self.database.reading(ROOFTOP) as db:
            found = await db.scalars(select(Loop).order_by(Loop.due_at, Loop.id))
            return [loop for loop in found if kind in ("", loop.kind)]

    async def messages(self) -> list[LeadDelivery]:
        async with self.database.reading(ROOFTOP) as db:
            return list(await db.scalars(select(LeadDelivery).order_by(LeadDelivery.id)))

    def later(self, by: timedelta) -> datetime:
        self.clock.at += by
        return self.clock.at


async def a_lead_store(database: Database, settings: IntakeSettings | None = None) -> LeadStore:
    clock, settings = StandingClock(), settings or IntakeSettings()
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        door = await open_door(db)
        await add_address(db, ADDRESS)
        await add_address(db, SERVICE_ADDRESS, "service")
    app = FastAPI()
    for router in lead_routers(database, clock, settings):
        app.include_router(router)
    transport = httpx.ASGITransport(app=app, client=("203.0.113.7", 50_000))
    return LeadStore(
        database, clock, settings, door, httpx.AsyncClient(transport=transport, base_url="https://leads.riverside.test")
    )


def adf(
    *,
    number: str = "",
    status: str = "new",
    first: str = "Maria",
    last: str = "Alvarez",
    phone: str = "503-555-0112",
    email: str = "maria@example.com",
    car: str = "<year>2021</year><make>Honda</make><model>CR-V</model>",
    comments: str = "Is it still available?",
    provider: str = "AutoTrader",
) -> str:
    """A lead that is valid by default; a test says only what matters to it."""
    return f"""<?xml version="1.0"?><?adf version="1.0"?><adf><prospect status="{status}">
<id source="{provider}">{number}</id><requestdate>2026-11-20T09:55:00-08:00</requestdate>
{f'<vehicle interest="buy">{car}</vehicle>' if car else ""}
<customer><contact><name part="first">{first}</name><name part="last">{last}</name><email>{email}</email>
<phone type="voice">{phone}</phone></contact><comments>{comments}</comments></customer>
<vendor><vendorname>Riverside Motors</vendorname></vendor>
<provider><name part="full">{provider}</name></provider></prospect></adf>"""
