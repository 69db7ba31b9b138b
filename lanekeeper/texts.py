"""A job looks at the row of a text: one that came in goes to the agent, one that waits to go out to outreach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.texting import TextAgent
from followup.outreach import Outreach
from kit.db import Database
from record import texts


@dataclass(frozen=True)
class TextDesk:
    """Both directions of the one table of texts."""

    database: Database
    agent: TextAgent
    outreach: Outreach

    async def look(self, rooftop_id: str, text_id: str) -> None:
        async with self.database.reading(rooftop_id) as db:
            direction = await texts.direction(db, text_id)
        if direction == "inbound":
            await self.agent.look(rooftop_id, text_id)
        elif direction == "outbound":
            await self.outreach.look(rooftop_id, text_id)

    async def due(self, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
        async with self.database.looking_across("texts nobody has looked at, whichever store's") as db:
            return await texts.due(db, before, limit)
