"""One page of a customer's timeline when 2,000 things happened: python -m benchmarks.timeline"""

import asyncio
import tempfile
import time
from datetime import UTC, datetime, timedelta

from benchmarks.matching import postgres
from kit.db import Database
from lanekeeper.migrate import upgrade
from record.contact_models import ContactEvent
from record.models import Call, Customer, RepairOrder, Rooftop
from record.timeline import timeline
from record.visit_models import Recommendation

_ENTRIES = 2000
_TIMES = 60


async def main() -> None:
    urls = {"SQLite": f"sqlite:///{tempfile.mkdtemp()}/timeline.db", "PostgreSQL": postgres()}
    for engine, url in urls.items():
        if url is None:
            continue
        await upgrade(url)
        database = Database(url)
        who = await _a_long_story(database)
        for name, deep in (("first page", 0), ("page 20", 19)):
            async with database.reading("bench") as db:
                after = None
                for _ in range(deep):
                    after = (await timeline(db, who, after)).next
            took = []
            for _ in range(_TIMES):
                started = time.perf_counter()
                async with database.reading("bench") as db:
                    page = await timeline(db, who, after)
                took.append((time.perf_counter() - started) * 1000)
                assert len(page.entries) == 50
            took.sort()
            print(
                f"{engine:<11} {name:<11} p50 {took[len(took) // 2]:6.1f} ms"
                f"   p95 {took[int(len(took) * 0.95)]:6.1f} ms"
            )
        await database.close()


async def _a_long_story(database: Database) -> str:
    now = datetime.now(UTC)
    async with database.writing("bench") as db:
        db.add(
            Rooftop(id="bench", created_at=now, name="Bench", time_zone="UTC", address="", store_phone="+15035550100")
        )
        await db.flush()
        person = Customer(first_name="Ana", last_name="Ortega")
        db.add(person)
        await db.flush()
        for at in range(_ENTRIES // 4):
            when = now - timedelta(hours=at)
            visit = RepairOrder(
                ro_number=f"{at}",
                customer_id=person.id,
                status="closed",
                opened_at=when,
                status_at=when,
                closed_at=when,
            )
            db.add(visit)
            await db.flush()
            db.add(
                Call(
                    call_sid=f"CA{at}",
                    account_sid="AC",
                    from_e164="+15035550112",
                    to_e164="+15035550100",
                    customer_id=person.id,
                    started_at=when,
                    ended_at=when,
                )
            )
            db.add(
                ContactEvent(
                    source="crm", external_id=f"{at}", channel="email", direction="out", at=when, customer_id=person.id
                )
            )
            db.add(
                Recommendation(
                    repair_order_id=visit.id,
                    customer_id=person.id,
                    item_key="1",
                    description="Brakes",
                    state="declined",
                    recommended_at=when,
                )
            )
        return person.id


if __name__ == "__main__":
    asyncio.run(main())
