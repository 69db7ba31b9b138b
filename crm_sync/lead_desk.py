"""Reads messages that arrived through the store's doors and files what is in them, each exactly once."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.lead_ports import LeadContext, LeadReader
from followup import lead_deliveries, leads
from followup.contact_log import file_contacts
from followup.lead_deliveries import JOB, Waiting
from followup.lead_doors import department_of_address
from followup.lead_facts import Channel, NewLead, Reading, raw_lead
from followup.reconcile_leads import compare
from kit.clock import Clock
from kit.db import Database
from kit.jobs import Jobs
from kit.logging import logger
from record.rooftops import store

log = logger("lead_desk")

_TRIES_TO_READ = 2
_AT_ONCE = 50
_CHANNELS = {"email": Channel.EMAIL, "web_form": Channel.WEB, "adf": Channel.ADF}


class LeadDesk:
    """The job that looks at one message: reads it off the loop, files it in one transaction, or puts it off."""

    def __init__(self, database: Database, clock: Clock, jobs: Jobs, readers: Mapping[str, LeadReader]) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._readers = readers

    async def due(self, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
        async with self._database.looking_across("messages nobody is reading, whichever store's") as db:
            return await lead_deliveries.due(db, before, limit)

    async def look(self, rooftop_id: str, delivery_id: str) -> None:
        """The job: what was accepted is tried until it is filed; what cannot be read is filed as it came."""
        async with self._database.writing(rooftop_id) as db:
            waiting = await lead_deliveries.claim(db, delivery_id, self._clock.now())
            context = await _context(db, rooftop_id, waiting) if waiting else None
        if waiting is None or context is None:
            return
        try:
            reading = await asyncio.to_thread(self._read, waiting, context)
            await self._file(rooftop_id, waiting, reading)
        except Exception as error:
            log.exception("lead_put_off", rooftop_id=rooftop_id, delivery_id=delivery_id)
            async with self._database.writing(rooftop_id) as db:
                wait = await lead_deliveries.put_off(db, waiting, type(error).__name__, self._clock.now())
                await self._jobs.wake(db, JOB, delivery_id, rooftop_id=rooftop_id, delay=wait)

    async def _file(self, rooftop_id: str, waiting: Waiting, reading: Reading) -> None:
        """Leads in stretches, so that a long file holds nobody up: each is the same lead when it is filed again."""
        for at in range(0, len(reading.leads), _AT_ONCE):
            async with self._database.writing(rooftop_id) as db:
                for lead in reading.leads[at : at + _AT_ONCE]:
                    await leads.take(db, lead, waiting.id, _began(waiting, lead))
        async with self._database.writing(rooftop_id) as db:
            if await lead_deliveries.finish(db, waiting, reading.says):
                await file_contacts(db, reading.contacts, waiting.door)
                await compare(db, reading.listed, "the CRM", self._clock.now())

    def _read(self, waiting: Waiting, context: LeadContext) -> Reading:
        if waiting.attempts > _TRIES_TO_READ:
            channel = _CHANNELS.get(waiting.door, Channel.CRM_CSV)
            return Reading((raw_lead(channel, waiting.body, "could not be filed as read; this is the message itself"),))
        reading = self._readers[waiting.door](waiting.body, context)
        return replace(reading, leads=tuple(_for_door(lead, context) for lead in reading.leads))


def _for_door(lead: NewLead, context: LeadContext) -> NewLead:
    return replace(lead, department=lead.department or context.department)


def _began(waiting: Waiting, lead: NewLead) -> datetime:
    """When the customer began to wait: a file tells of the past, any other message arrives as it is written."""
    told = lead.requested_at if waiting.door == "crm_leads" else None
    return min(told, waiting.received_at) if told else waiting.received_at


async def _context(db: AsyncSession, rooftop_id: str, waiting: Waiting) -> LeadContext | None:
    home = await store(db, rooftop_id)
    if home is None:
        return None
    department = await department_of_address(db, waiting.recipient) if waiting.recipient else ""
    return LeadContext(home.name, ZoneInfo(home.time_zone), department)
