"""Looks every store's record over: one person's several records, households, and whatever a person should put right."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from kit.db import Database
from record import duplicates, households, hygiene
from record.models import Rooftop


@dataclass(frozen=True)
class Tidied:
    """What one look came to at one store."""

    rooftop: str
    joined: int
    waiting: int
    links: int
    findings: int


async def tidy_stores(database: Database, now: datetime) -> list[Tidied]:
    """Every store in turn, each in transactions of its own."""
    async with database.looking_across("which stores there are") as db:
        stores = [(row.id, row.name) for row in await db.scalars(select(Rooftop).order_by(Rooftop.name))]
    done = []
    for rooftop_id, name in stores:
        settled = await duplicates.check_store(database, rooftop_id, now)
        async with database.writing(rooftop_id) as db:
            links = await households.find_households(db)
            await hygiene.look(db, now)
            findings = sum((await hygiene.open_counts(db)).values())
        done.append(Tidied(name, settled.joined, settled.waiting, links, findings))
    return done
