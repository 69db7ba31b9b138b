"""What a store's back office has lying about: a night's file with bad rows, doubles, leads, texts and findings."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.delivery.upload import upload
from crm_sync.ingest import ingest_file
from crm_sync.runs import RunReport
from followup import leads, threads
from followup.lead_deliveries import Arrived, keep
from followup.lead_facts import Channel, LeadCar, LeadPerson, NewLead, ParseState, RequestedService
from followup.loops import Promise, promise_callback
from followup.models import Loop
from followup.watch import look_at
from kit.db import Database
from kit.ids import E164, CustomerId
from record import consent_ledger, duplicates, households, hygiene, texts
from record.consent_ledger import Entry
from record.models import ContactPoint, Customer
from record.text_models import Conversation, TextMessage
from record.texts import Arrival
from simulator.dealership.chance import Chance
from simulator.dealership.people import vin
from simulator.outreach import give_outreach_something
from simulator.store import DemoStore

_LARGEST = 1 << 20
_HEADERS = (
    "RO Number", "RO Status", "Open Date", "Open Time", "Promise Date", "Promise Time", "Customer Number", "First Name",
    "Last Name", "Address", "City", "State", "Zip", "Cell Phone", "Email 1", "VIN", "Year", "Make", "Model",
    "RO Mileage", "Operation Codes", "Operation Code Descriptions", "Recommended Operation Codes", "Recommendations",
    "Recommendation Status", "Recommendation Color", "Service Advisor Name",
)  # fmt: skip

_PEOPLE = (
    ("C2001", "Ana", "Ortega", "412 SW Alder St", "97205", "5035550161", "ana.ortega@example.com"),
    ("C2002", "Anna", "Ortega", "412 SW Alder St", "97205", "", "a.ortega@example.com"),
    ("C2003", "William", "Garber", "88 NE Knott St", "97212", "5035550162", "bill.garber@example.com"),
    ("C2004", "Bill", "Garber", "88 NE Knott St", "97212", "5035550162", ""),
    ("C2005", "Denise", "Walker", "1907 N Killingsworth St", "97217", "5035550134", ""),
    ("C2006", "Priya", "Raman", "63 SE Ankeny St", "97214", "5035550163", "priya.raman@example.com"),
    ("C2007", "Tomas", "Lindqvist", "2250 NW Flanders St", "97210", "5035550164", ""),
    ("C2008", "Thomas", "Lindqvist", "2250 NW Flanders St", "97210", "9715550165", "t.lindqvist@example.com"),
    ("C2009", "Grace", "Okafor", "7 SW Broadway", "97205", "0000000000", ""),
)
_VINS = [vin(Chance(at)) for at in range(5)]
_CARS = (
    (_VINS[0], "2020", "Honda", "CR-V"),
    ("", "2020", "Honda", "CR-V"),
    (_VINS[1], "2019", "Ford", "F-150"),
    (_VINS[1], "2019", "Ford", "F-150"),
    ("", "2020", "Subaru", "Outback"),
    (_VINS[2], "2021", "Toyota", "RAV4"),
    (_VINS[3], "2018", "Volkswagen", "Golf"),
    (_VINS[3], "2018", "Volkswagen", "Golf"),
    ("7XXKI5S20NE1OO522", "2022", "Kia", "Soul"),
)
_STATUSES = ("In Shop", "WIP-2", "Ready for Pickup", "QX", "Waiting for parts", "In Shop", "QX", "In Shop", "WIP-2")
_LET_DOWNS = (
    ("missed_call", "Rang out at lunch, left no message", None),
    ("callback", "Was promised a call about the brake price", None),
    ("declined_work", "Front pads and rotors at 3 mm, put off last month", 42_900),
)
_OPERATIONS = (
    ("01LOF", "Lube, oil and filter"), ("BRKF", "Front brake pads and rotors"), ("ALIGN4", "Four-wheel alignment"),
    ("DIAG", "Diagnose check engine light"), ("BATT", "Replace battery"),
)  # fmt: skip


async def open_the_back_office(database: Database, store: DemoStore, now: datetime, folder: Path) -> None:
    """Gives the pages for customers, leads, texts, files and reviews something to show; `folder` is where files go."""
    await _a_nights_files(database, store, now, folder)
    async with database.writing(store.rooftop_id) as db:
        await _somebody_twice(db)
        await _leads(db, now)
        await _texts(db, store, now)
        await _let_downs(db, store, now)
        await give_outreach_something(db, now)
        await _clocks(db, now)
    await duplicates.check_store(database, store.rooftop_id, now)
    async with database.writing(store.rooftop_id) as db:
        await households.find_households(db)
        await hygiene.look(db, now)


async def _a_nights_files(database: Database, store: DemoStore, now: datetime, folder: Path) -> None:
    """The repair orders of last night, three of them unreadable, and a list nobody has said the columns of."""
    opened = now - timedelta(hours=20)
    lines = ["\t".join(_HEADERS), *(_order(at, opened) for at in range(len(_PEOPLE)))]
    lines.append(_order(0, opened, number="R77190", opened_as="13/45/2026"))
    lines.append(_order(2, opened, number="R77191", opened_as=""))
    lines.append("\t".join(["R77192", "In Shop", "a line that was cut off"]))
    files = {
        f"RIVERSIDE_{now:%Y%m%d}_0300_SV.txt": "\n".join(lines) + "\n",
        "service drive export.csv": (
            "Ticket,Came in,Guest,Handy,Wheels\n"
            "90121,11/20/2026,Marta Kowalski,503-555-0171,2017 Mazda CX-5\n"
            "90122,11/20/2026,Owen Price,503-555-0172,2021 Jeep Wrangler\n"
        ),
    }

    async def ingest(rooftop_id: str, path: Path, feed: str | None) -> RunReport:
        return await ingest_file(database, rooftop_id, path, feed, now)

    for name, text in files.items():
        place = folder / "uploads" / store.rooftop_id
        await upload(ingest, store.rooftop_id, name, _in_one_piece(text), None, place, _LARGEST)


async def _in_one_piece(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


def _order(at: int, opened: datetime, number: str = "", opened_as: str | None = None) -> str:
    """One line of the night's file."""
    who, car = _PEOPLE[at], _CARS[at]
    operation = _OPERATIONS[at % len(_OPERATIONS)]
    advised = ("BRKR", "Rear brake pads", "declined", "red") if at % 3 == 0 else ("", "", "", "")
    day = f"{opened:%m/%d/%Y}"
    cells = (
        number or f"R77{100 + at}", _STATUSES[at], day if opened_as is None else opened_as, "08:15", f"{day}", "17:00",
        who[0], who[1], who[2], who[3], "Portland", "OR", who[4], who[5], who[6], *car, f"{41_000 + at * 3_217}",
        *operation, *advised, "",
    )  # fmt: skip
    return "\t".join(cells)


async def _somebody_twice(db: AsyncSession) -> None:
    """One person under two numbers, beyond doubt: joined when the store is tidied."""
    for middle in ("", "J"):
        row = Customer(
            first_name="Helen", middle_name=middle, last_name="Marchetti", street="1140 NE Fremont St", city="Portland",
            region="OR", postal_code="97212",
        )  # fmt: skip
        db.add(row)
        await db.flush()
        db.add(ContactPoint(customer_id=row.id, kind="phone", value="+15035550174"))
        db.add(ContactPoint(customer_id=row.id, kind="email", value="helen.marchetti@example.com"))
    await db.flush()


async def _leads(db: AsyncSession, now: datetime) -> None:
    arrived = [
        (
            timedelta(minutes=4),
            NewLead(
                Channel.WEB,
                LeadPerson(
                    "Priya", last_name="Raman", phones=(E164("+15035550163"),), emails=("priya.raman@example.com",)
                ),
                source="web_form:riverside",
                department="service",
                service=RequestedService("Rear brakes squeal when cold", "Thursday morning"),
                cars=(LeadCar("service", year=2021, make="Toyota", model="RAV4"),),
                comments="They squeal when I back out in the morning. Can I wait for it?",
            ),
        ),
        (
            timedelta(hours=3),
            NewLead(
                Channel.ADF,
                LeadPerson("Marcus", last_name="Bell", phones=(E164("+15035550173"),)),
                provider="CarFinder",
                external_id="CF-88120",
                department="sales",
                cars=(LeadCar("buy", "used", 2022, "Honda", "Pilot", "EX-L", stock="P2231"),),
                trade_in=LeadCar("trade-in", year=2016, make="Nissan", model="Rogue", miles=91_400),
                comments="Is this one still there? I have a Rogue to trade.",
            ),
        ),
        (
            timedelta(hours=26),
            NewLead(
                Channel.EMAIL,
                source="unread:7f1c",
                comments="hi can somone call me abut the recall letter, 503 555 017",
                parse_state=ParseState.RAW,
                reason="the message holds no lead we can read; a person must",
            ),
        ),
    ]
    for ago, lead in reversed(arrived):
        at = now - ago
        body = f"{lead.person.name}\n{lead.comments}\n".encode()
        door = "web_form" if lead.channel is Channel.WEB else "email"
        says = lead.reason
        delivery_id = await keep(
            db, Arrived(door, body, sender=lead.provider or "website"), at, taken=not says, refused=says
        )
        await leads.take(db, lead, delivery_id, at)


async def _texts(db: AsyncSession, store: DemoStore, now: datetime) -> None:
    """One conversation the AI has, one a person has, and one with somebody who opted out."""
    asks = await _arrives(db, store, store.known_caller.phone, "Is my CR-V ready yet?", now - timedelta(minutes=9))
    await _answers(db, asks, "ai", "It is still in the shop. Your advisor expects it by 5:00 pm today.", now)
    worried = await _arrives(
        db, store, "+15035550127", "The truck makes the same noise again.", now - timedelta(hours=2)
    )
    await _answers(db, worried, "staff", "Sorry to hear that. Can you bring it in at 8 tomorrow?", now)
    thread = await threads.take_over(db, worried.id, "Dana Ortiz", now - timedelta(hours=1, minutes=40))
    late = await _arrives(db, store, "+15035550127", "8 works. Do I need to leave it?", now - timedelta(minutes=25))
    await threads.owe_answer(db, thread, "Asks whether to leave the truck: 8 works. Do I need to leave it?", now)
    gone = await _arrives(db, store, "+15035550145", "STOP", now - timedelta(days=2))
    entry = Entry("demo:stop", "+15035550145", "revoke", "STOP", "text")
    await consent_ledger.file(db, entry, now - timedelta(days=2))
    for conversation in (asks, late, gone):
        for row in await db.scalars(select(TextMessage).where(TextMessage.conversation_id == conversation.id)):
            row.next_try_at, row.handled_at = None, row.at + timedelta(minutes=1)
            row.state = "handled" if row.direction == "inbound" else row.state


async def _let_downs(db: AsyncSession, store: DemoStore, now: datetime) -> None:
    """What nobody did on each of the last two days, so that the page about yesterday has people on it."""
    people = (await db.scalars(select(Customer).order_by(Customer.id).limit(6))).all()
    for days in (2, 1):
        then = now - timedelta(days=days, hours=4)
        for at, (kind, need, worth) in enumerate(_LET_DOWNS):
            person = people[(at + 3 * days) % len(people)]
            owed = Promise(
                source_key=f"demo:let_down:{days}:{kind}", need=need, department="service", contact="", kind=kind,
                customer_id=CustomerId(person.id), value_cents=worth, promised=kind == "callback", source="phone",
            )  # fmt: skip
            await promise_callback(db, owed, then)


async def _clocks(db: AsyncSession, now: datetime) -> None:
    """The watch has been running all along: every clock that struck has its alarm."""
    for row in (await db.scalars(select(Loop).where(Loop.closed_at.is_(None), Loop.next_look_at <= now))).all():
        await look_at(db, row, now)


async def _arrives(db: AsyncSession, store: DemoStore, number: str, words: str, at: datetime) -> Conversation:
    sid = f"SM{number[-4:]}{at:%H%M%S}".ljust(34, "0")
    thread, _ = await texts.arrive(db, Arrival(sid, number, store.line, words), "service", at)
    row = await db.get_one(Conversation, thread.id)
    owner = await db.scalar(
        select(Customer.id)
        .join(ContactPoint, ContactPoint.customer_id == Customer.id)
        .where(ContactPoint.value == number)
        .limit(1)
    )
    row.customer_id = owner
    return row


async def _answers(db: AsyncSession, to: Conversation, author: str, words: str, now: datetime) -> None:
    """A text that left and arrived."""
    at = min(now, (to.last_inbound_at or now) + timedelta(minutes=2))
    db.add(
        TextMessage(
            conversation_id=to.id, direction="outbound", author=author,
            author_name="Dana Ortiz" if author == "staff" else "", from_e164=to.line_e164, to_e164=to.customer_e164,
            body=words, at=at, state="accepted", status="delivered", status_rank=5, first_wire_at=at, segments=1,
        )
    )  # fmt: skip
    to.last_outbound_at = at
    await db.flush()
