"""What the carrier saw and we did not is made good from its lists; nothing that is in the record changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from crm_sync.planning import Planner
from crm_sync.settings import CrmSyncSettings
from followup.models import Loop
from followup.outreach import Outreach
from kit.clock import LoopClock
from kit.db import Database
from kit.jobs import InlineJobs
from lanekeeper.events import EventDispatcher
from lanekeeper.invariants import breaches
from lanekeeper.subscriptions import subscriptions
from record import outbox, text_outbox, texts
from record.consent import Purpose
from record.contact_models import ConsentEntry
from record.models import Call, Disposition
from record.text_models import TextMessage
from record.text_outbox import Reply
from simulator.carrier import Carrier, CarrierSettings, DialScript, PhoneNumber
from simulator.virtual_time import run_virtually
from telephony import carrier_lists, inbound_texts
from telephony.carrier_lists import TwilioLists
from telephony.edge import TwilioEdge
from telephony.forms import parse_text
from telephony.reconcile import Reconciler
from telephony.sender import TwilioTexts
from telephony.twiml import standing_fallback
from tests.builders import ANA, LINE, NOW, ROOFTOP, STORE_PHONE, a_customer, a_store
from tests.simulator.people import Stays
from tests.telephony.twilio import ACCOUNT, ORIGIN, TOKEN, settings

BOB = "+15550100188"
CARL = "+15550100166"


@dataclass
class Office:
    """Ana's store and a carrier that cannot reach it."""

    database: Database
    clock: LoopClock
    carrier: Carrier
    http: httpx.AsyncClient
    edge: TwilioEdge
    outreach: Outreach
    reconciler: Reconciler

    async def send(self, number: str, body: str, key: str) -> None:
        async with self.database.writing(ROOFTOP) as db:
            thread = await texts.reach(db, number, LINE, "service")
            written = await text_outbox.write(db, thread, Reply(body, "staff", key, Purpose.INFORMATIONAL), self.now)
        await self.outreach.look(ROOFTOP, str(written))

    async def rows(self, table: type[Any]) -> list[Any]:
        async with self.database.reading(ROOFTOP) as db:
            return list(await db.scalars(select(table).order_by(table.id)))

    async def compare(self) -> int:
        """The lists are read, and what was filed is handled."""
        await asyncio.sleep(121)
        repaired = await self.reconciler.run_once()
        acts = EventDispatcher(
            self.database, self.clock, InlineJobs(self.clock), subscriptions(Planner(CrmSyncSettings()))
        )
        async with self.database.across_rooftops("test") as db:
            due = await outbox.due(db, self.now)
        for rooftop_id, event_id, _ in due:
            await acts.handle(rooftop_id, event_id)
        return repaired

    async def wrong(self) -> list[str]:
        async with self.database.looking_across("test") as db:
            return [invariant.id for invariant, _ in await breaches(db, self.now)]

    @property
    def now(self) -> Any:
        return self.clock.now()


@asynccontextmanager
async def an_office(url: str) -> AsyncIterator[Office]:
    database = Database(url)
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        await a_customer(db, "Bob", "Lee", BOB)
    clock = LoopClock(NOW, asyncio.get_running_loop())
    at_carrier = CarrierSettings(ACCOUNT, TOKEN, ORIGIN, web_address="127.0.0.1:1", keeps_audio=False)
    async with Carrier(at_carrier, starts_at=NOW) as carrier, httpx.AsyncClient(trust_env=False) as http:
        carrier.add_number(
            PhoneNumber(LINE, message_path="/twilio/message", fallback_bin=standing_fallback(STORE_PHONE))
        )
        ours = settings(twilio_api_base=carrier.api_base)
        edge = TwilioEdge(database, clock, ours, lambda: None)
        outreach = Outreach(database, clock, InlineJobs(clock), TwilioTexts(ours, http))
        compare = Reconciler(edge, TwilioLists(ours, http), timedelta(minutes=1))
        try:
            yield Office(database, clock, carrier, http, edge, outreach, compare)
        finally:
            await database.close()


def test_what_never_reached_us_is_found_in_the_carriers_lists(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S1-01, S2-61. Pages are short, so that every list has several."""
    monkeypatch.setattr(carrier_lists, "_PAGE", 2)

    async def story() -> None:
        async with an_office(database_url) as office:
            carrier, said = office.carrier, ["Are you open on Saturday?", "Hello?", "STOP"]
            for number, body in zip((ANA, BOB, CARL), said, strict=True):
                await carrier.text(number, LINE, body)
            carrier.people[STORE_PHONE] = DialScript("answered", talks_s=70)
            await (await carrier.call(BOB, LINE, Stays())).finished()
            carrier.people[STORE_PHONE] = DialScript("no-answer")
            left = await carrier.call(ANA, LINE, Stays())
            asyncio.get_running_loop().call_later(60, left.hang_up)
            await left.finished()
            carrier.text_faults.lose_answers, carrier.text_faults.callbacks_lost = 2, True
            carrier.text_faults.undeliverable[BOB] = 30006
            await office.send(ANA, "Your part is here.", "k1")
            await office.send(BOB, "Your part is here.", "k2")
            assert {row.state for row in await office.rows(TextMessage)} == {"unknown"}

            assert await office.compare() == 7
            assert await office.compare() == 0, "a second look finds nothing to do"

            came = [row for row in await office.rows(TextMessage) if row.direction == "inbound"]
            assert {(row.body, row.state) for row in came} == {
                (said[0], "received"), (said[1], "received"), (said[2], "handled")
            }  # fmt: skip
            assert all(row.at < NOW + timedelta(seconds=5) for row in came), "kept under the time it was sent"
            assert [row.contact for row in await office.rows(ConsentEntry)] == [CARL]
            went = {row.to_e164: row for row in await office.rows(TextMessage) if row.author == "staff"}
            assert {number: (row.state, row.status) for number, row in went.items()} == {
                ANA: ("accepted", "delivered"), BOB: ("accepted", "undelivered")
            }  # fmt: skip
            kept = {row.from_e164: row for row in await office.rows(Call)}
            codes = {row.call_id: row.code for row in await office.rows(Disposition)}
            assert codes[kept[ANA].id] != codes[kept[BOB].id] == "transferred_cold"
            owed = {(row.contact, row.source_key) for row in await office.rows(Loop) if row.closed_at is None}
            assert (ANA, kept[ANA].call_sid) in owed
            assert {contact for contact, source in owed if source.startswith("text:")} == {ANA, BOB}
            assert (BOB, kept[BOB].call_sid) not in owed, "they talked to somebody"
            assert await office.wrong() == []

    run_virtually(story())


def test_a_webhook_that_comes_after_the_list_changes_nothing(database_url: str) -> None:
    async def story() -> None:
        async with an_office(database_url) as office:
            message = await office.carrier.text(ANA, LINE, "Is my car done?")
            assert await office.reconciler.run_once() == 0, "the webhook comes first"
            assert await office.compare() == 1
            late = {"AccountSid": ACCOUNT, "MessageSid": message.sid, "From": ANA, "To": LINE, "Body": message.body}
            assert await inbound_texts.receive(office.edge, parse_text(late)) is False
            assert len(await office.rows(TextMessage)) == 1

    run_virtually(story())
