"""How long each program looks for people in a large store: `python -m benchmarks.programs --customers 200000`.

The store has one and a half cars and five repair orders per car of its customers, a deal for every second of them,
advice, households, parts, and as many logged contacts as asked for. Each look is timed in processor time (SQLite works
in this process), warm, best of three.
"""

import argparse
import asyncio
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from followup.programs import keeping
from followup.programs.finding import FINDERS
from followup.programs.preview import preview
from followup.programs.taking import look_of
from followup.programs.work import ProgramWork
from kit.db import Database, insert
from lanekeeper.migrate import upgrade
from record.contact_models import ContactEvent
from record.identity_models import HouseholdLink
from record.models import ContactPoint, Customer, OpeningHours, PhoneLine, RepairOrder, Rooftop, Staff, Vehicle
from record.sales_models import Deal
from record.visit_models import Recommendation, SpecialOrderPart

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
STORE = "store"
_BATCH = 20_000
_YEARS = 5 * 365


class _Clock:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return time.monotonic()


async def main(customers: int, contacts: int, url: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = url or f"sqlite:///{folder}/store.db"
        await upgrade(url)
        database = Database(url)
        began = time.perf_counter()
        await _fill(database, customers, contacts)
        await database.learn_sizes()
        print(f"{customers:,} customers, {contacts:,} contacts, made in {time.perf_counter() - began:.0f} s")
        async with database.writing(STORE) as db:
            programs = await keeping.programs(db, NOW)
        slowest = 0.0
        for program in programs:
            took, found = [], 0
            for _ in range(3):
                async with database.reading(STORE) as db:
                    began = time.process_time()
                    found = len(await FINDERS[program.kind.name](db, await look_of(db, program, NOW)))
                    took.append(time.process_time() - began)
            async with database.reading(STORE) as db:
                began = time.process_time()
                seen = await preview(db, program, NOW)
                whole = time.process_time() - began
            slowest = max(slowest, min(took))
            print(
                f"{program.kind.name:>18}  look {min(took):6.3f} s  {found:>5} found   preview {whole:6.2f} s", end="  "
            )
            print(dict(seen.by_deed))
        began = time.perf_counter()
        joined = await ProgramWork(database, _Clock()).look_in_store(STORE)
        print(f"one day's look of all programs: {time.perf_counter() - began:.1f} s, {joined} people taken in")
        print(f"slowest look {slowest:.3f} s (bar 5 s); peak memory {_megabytes():.0f} MB")
        await database.close()


async def _fill(database: Database, customers: int, contacts: int) -> None:
    async with database.writing(STORE) as db:
        db.add(
            Rooftop(
                id=STORE,
                created_at=NOW,
                name="Large Motors",
                time_zone="America/Los_Angeles",
                address="",
                store_phone="+15035550180",
            )
        )
        await db.flush()
        db.add(PhoneLine(e164="+15035550100", department="service"))
        db.add(Staff(id="dan", name="Dan", role="advisor", department="service"))
        opens = datetime(2026, 1, 1, 7, 30, tzinfo=UTC).time()
        for day in range(6):
            db.add(OpeningHours(department="service", weekday=day, opens=opens, closes=opens.replace(hour=18)))
    made = _Store(customers, random.Random(7))
    for table, rows in (
        (Customer, made.people()),
        (ContactPoint, made.phones()),
        (Vehicle, made.cars()),
        (RepairOrder, made.orders()),
        (Recommendation, made.advice()),
        (Deal, made.deals()),
        (HouseholdLink, made.households()),
        (SpecialOrderPart, made.parts()),
        (ContactEvent, made.contacts(contacts)),
    ):
        await _insert(database, table, rows)


async def _insert(database: Database, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            async with database.writing(STORE) as db:
                await insert(db, table, batch)
            batch = []
    async with database.writing(STORE) as db:
        await insert(db, table, batch)


class _Store:
    """Rows by number; the same number is the same person in every table."""

    def __init__(self, customers: int, chance: random.Random) -> None:
        self.customers, self.vehicles, self.chance = customers, customers * 3 // 2, chance

    def people(self) -> Iterator[dict[str, Any]]:
        for at in range(self.customers):
            yield {"id": f"c{at}", "first_name": f"F{at % 997}", "last_name": f"L{at % 4999}", "language": "en"}

    def phones(self) -> Iterator[dict[str, Any]]:
        for at in range(self.customers):
            yield {"customer_id": f"c{at}", "kind": "phone", "value": _phone(at), "label": ""}

    def cars(self) -> Iterator[dict[str, Any]]:
        for at in range(self.vehicles):
            yield {
                "id": f"v{at}",
                "customer_id": f"c{at % self.customers}",
                "make": "Honda",
                "model": "CR-V",
                "year": 2020,
            }

    def orders(self) -> Iterator[dict[str, Any]]:
        """Every fifth car was never here; others came at an interval of their own and stopped at any time."""
        for at in range(self.vehicles):
            if at % 5 == 0:
                continue
            every, last = self.chance.randint(90, 400), self.chance.randint(0, _YEARS // 2)
            for visit in range(self.chance.randint(1, 9)):
                opened = NOW - timedelta(days=last + visit * every, hours=3)
                yield {
                    "id": f"r{at}x{visit}",
                    "ro_number": f"{at}-{visit}",
                    "customer_id": f"c{at % self.customers}",
                    "vehicle_id": f"v{at}",
                    "advisor_id": "dan",
                    "status": "closed",
                    "concern": "",
                    "department": "service",
                    "opened_at": opened,
                    "status_at": opened,
                    "closed_at": opened + timedelta(hours=6),
                    "total_cents": 30_000,
                }

    def advice(self) -> Iterator[dict[str, Any]]:
        for at in range(self.customers):
            if at % 5 == 0:
                continue
            then = NOW - timedelta(days=self.chance.randint(0, 720))
            put_off = at % 9 == 0
            yield {
                "repair_order_id": f"r{at}x0",
                "customer_id": f"c{at}",
                "vehicle_id": f"v{at}",
                "item_key": "1",
                "description": "brake pads",
                "colour": ("red", "yellow", "green")[at % 3],
                "state": "deferred" if put_off else "declined" if at % 2 else "sold_later",
                "recommended_at": then,
                "deferred_until": (then + timedelta(days=90)).date() if put_off else None,
                "price_low_cents": 30_000,
            }

    def deals(self) -> Iterator[dict[str, Any]]:
        for at in range(0, self.customers, 2):
            sold = (NOW - timedelta(days=self.chance.randint(0, _YEARS))).date()
            leased = at % 8 == 0
            yield {
                "deal_number": f"D{at}",
                "customer_id": f"c{at}",
                "vehicle_id": f"v{at}",
                "kind": "lease" if leased else "retail",
                "sold_on": sold,
                "delivered_on": sold,
                "lease_ends_on": sold + timedelta(days=1095) if leased else None,
            }

    def households(self) -> Iterator[dict[str, Any]]:
        for at in range(0, self.customers - 1, 5):
            one, other = sorted((f"c{at}", f"c{at + 1}"))
            yield {"one_id": one, "other_id": other, "kind": "co_buyer", "confidence": 0.9, "source": "deal"}

    def parts(self) -> Iterator[dict[str, Any]]:
        for at in range(self.customers // 50):
            came = at % 3 == 0
            yield {
                "order_number": f"O{at}",
                "line": "1",
                "customer_id": f"c{at}",
                "part_number": "P",
                "state": "received" if came else "ordered",
                "received_at": NOW - timedelta(days=at % 400) if came else None,
            }

    def contacts(self, number: int) -> Iterator[dict[str, Any]]:
        for at in range(number):
            who = at % self.customers
            yield {
                "source": "log",
                "external_id": str(at),
                "channel": "call",
                "direction": "outbound",
                "customer_id": f"c{who}",
                "contact": _phone(who),
                "at": NOW - timedelta(minutes=at * 2_000_000 // max(1, number)),
            }


def _phone(at: int) -> str:
    return f"+1503{at:07d}"


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--url", default="", help="An empty database; a SQLite file of its own without one.")
    given = parser.parse_args()
    asyncio.run(main(given.customers, given.contacts, given.url))
