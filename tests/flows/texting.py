"""Somebody who texts the store, and what they get back: seen at the carrier, as their phone would show it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from followup.threads import owed_on
from record import texts
from record.text_models import TextMessage
from record.texts import Thread
from simulator.carrier.messages import Message
from tests.flows.world import MARIA, World


@dataclass
class Texter:
    """One phone, texting the store's line."""

    world: World
    number: str = MARIA

    @property
    def got(self) -> list[str]:
        """Every text of the application this phone was sent, in order."""
        return [m.body for m in self.world.carrier.messages.values() if self._ours(m)]

    async def say(self, *bodies: str, pictures: Sequence[tuple[bytes, str]] = (), wait: float = 40.0) -> str:
        """Sends texts one after the other; returns what came back until nothing more does, as one string."""
        before = len(self.got)
        for body in bodies:
            await self.world.carrier.text(self.number, self.world.store.line, body, pictures)
            await asyncio.sleep(0.5)
        for _ in range(int(wait)):
            await asyncio.sleep(1)
            if len(self.got) > before:
                break
        await asyncio.sleep(3)
        return "\n".join(self.got[before:])

    async def thread(self) -> Thread:
        async with self.world.database.reading(self.world.store.rooftop_id) as db:
            found = await texts.thread_with(db, self.number)
        assert found is not None
        return found

    async def owed(self) -> list[str]:
        """What the store's people owe this number, in words."""
        thread = await self.thread()
        async with self.world.database.reading(self.world.store.rooftop_id) as db:
            return await owed_on(db, thread)

    async def rows(self, direction: str = "outbound") -> list[TextMessage]:
        async with self.world.database.reading(self.world.store.rooftop_id) as db:
            found = await db.scalars(
                select(TextMessage)
                .where(
                    TextMessage.direction == direction,
                    (TextMessage.to_e164 if direction == "outbound" else TextMessage.from_e164) == self.number,
                )
                .order_by(TextMessage.at, TextMessage.id)
            )
            return list(found)

    def _ours(self, message: Message) -> bool:
        return message.to == self.number and message.direction == "outbound-api"
