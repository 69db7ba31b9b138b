"""The whole way of a lead in a running server: through each door, woken, read, owned."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from crm_sync.settings import CrmSyncSettings
from followup.lead_doors import NewDoor
from followup.lead_models import Lead
from intake.settings import IntakeSettings
from kit.bus import InProcessBus
from kit.clock import SystemClock
from kit.db import Database
from kit.jobs import InlineJobs
from lanekeeper.service import Foundation, Service
from lanekeeper.settings import ServerSettings, Settings
from lanekeeper.setup import add_lead_door
from telephony.settings import TelephonySettings
from tests.builders import ROOFTOP, a_store
from tests.intake.a_door import ADDRESS, adf


@pytest.fixture
async def door(database: Database) -> NewDoor:
    await a_store(database)
    return await add_lead_door(database, "", ADDRESS, "")


@pytest.fixture
async def service(database: Database, door: NewDoor, tmp_path: Path) -> AsyncIterator[Service]:
    settings = Settings(
        server=ServerSettings(database_url=database.url, web_address="127.0.0.1:0"),
        telephony=TelephonySettings(media_address="127.0.0.1:0"),
        intake=IntakeSettings(smtp_address="127.0.0.1:0"),
        crm_sync=CrmSyncSettings(folder=str(tmp_path)),
    )
    clock = SystemClock()
    own = Database(database.url)
    running = Service(Foundation(settings, clock, own, InProcessBus(clock), InlineJobs(clock)), works=True)
    await running.start()
    yield running
    await running.stop()


async def test_leads_by_mail_and_by_post_are_read_at_once(service: Service, door: NewDoor, database: Database) -> None:
    def mail() -> None:
        with smtplib.SMTP("127.0.0.1", service.mail.port, timeout=10) as client:
            client.sendmail("a@b.test", [ADDRESS], f"Subject: Lead\r\n\r\n{adf(number='1')}")

    await asyncio.to_thread(mail)
    headers = {"X-Lanekeeper-Key": door.machine_key, "Content-Type": "text/xml"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.web.port}", timeout=None) as http:
        second = adf(number="2", first="Sam", last="Lee", phone="5035550188", email="")
        assert (await http.post("/leads/adf", content=second, headers=headers)).status_code == 200
        assert (await http.get(f"/lead/{door.store_key}")).status_code == 200
    jobs = service._foundation.jobs
    assert isinstance(jobs, InlineJobs)
    await jobs.settle()
    async with database.reading(ROOFTOP) as db:
        leads = list(await db.scalars(select(Lead).order_by(Lead.external_id)))
    assert [(lead.last_name, bool(lead.loop_id)) for lead in leads] == [("Alvarez", True), ("Lee", True)]
