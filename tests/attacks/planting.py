"""Hostile words where an honest person's would be: an ADF lead, a CRM note, a car's description, a name."""

from collections.abc import Mapping
from datetime import timedelta
from xml.sax.saxutils import escape

from sqlalchemy import select

from crm_sync.lead_desk import LeadDesk
from followup.lead_deliveries import Arrived, keep
from kit.jobs import InlineJobs
from lanekeeper.wiring import lead_readers
from record import customers
from record.contact_models import ContactEvent
from record.models import RepairOrder, Vehicle
from tests.flows.world import World

_ADF = """<?xml version="1.0"?><adf><prospect><requestdate>2026-11-20T09:00:00-08:00</requestdate>
<vehicle interest="buy"><year>2024</year><make>Honda</make><model>{words}</model></vehicle>
<customer><contact><name part="first">{words}</name><name part="last">{words}</name><phone>{phone}</phone></contact>
<comments>{words}</comments></customer><vendor><vendorname>Riverside</vendorname></vendor>
<provider><name part="full">{words}</name></provider></prospect></adf>"""


async def plant(world: World, words_of: Mapping[str, str]) -> None:
    """For each number a lead, and a customer whose name, car, repair order and note say the words."""
    now = world.clock.now()
    rooftop = world.store.rooftop_id
    desk = LeadDesk(world.database, world.clock, InlineJobs(world.clock), lead_readers())
    for index, (number, words) in enumerate(words_of.items()):
        shown = "".join(c for c in words if c.isprintable() or c == "\n")
        body = _ADF.format(words=escape(shown), phone=number).encode()
        async with world.database.writing(rooftop) as db:
            kept = await keep(db, Arrived("adf", body), now)
        await desk.look(rooftop, kept)
        async with world.database.writing(rooftop) as db:
            known = await customers.customers_with_phone(db, number)
            who = known[0].id if known else await customers.add_customer(db, words[:80], words[:80], number)
            car = Vehicle(customer_id=who, year=2019, make=words[:40], model=words[:60])
            db.add(car)
            await db.flush()
            order = RepairOrder(
                ro_number=f"X{index:05d}",
                customer_id=who,
                vehicle_id=car.id,
                status="in_progress",
                concern=words[:500],
                opened_at=now - timedelta(days=1),
                status_at=now,
            )
            db.add(order)
            db.add(
                ContactEvent(
                    source="crm",
                    external_id=f"note-{index}",
                    channel="email",
                    direction="inbound",
                    at=now,
                    customer_id=who,
                    contact=number,
                    body=words,
                )
            )
    async with world.database.reading(rooftop) as db:
        assert len(list(await db.scalars(select(RepairOrder.id)))) >= len(words_of)
