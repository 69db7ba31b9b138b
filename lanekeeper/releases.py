"""What a new release brings to every store, done once when a worker starts."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from kit.db import Database
from prompts import versions
from prompts.agents import AGENTS
from record import rooftops


async def keep_shipped_prompts(database: Database, now: datetime) -> None:
    """Makes versions of the prompts that came with this release, at every store, where they are new."""
    async with database.looking_across("a release reaches every store") as db:
        stores = [store.id for store in await rooftops.stores(db)]
    for store in stores:
        for agent in AGENTS.values():
            try:
                async with database.writing(store) as db:
                    await versions.keep_shipped(db, agent, now)
            except IntegrityError:
                continue  # Another worker that starts now was first.
