"""Texts by the hundred, every webhook copied, delayed and out of order: what must be true when it is over."""

import asyncio
from collections import Counter

from sqlalchemy import select

from lanekeeper.invariants import breaches
from record.text_models import TextMessage
from tests.flows.world import NOW, World

QUESTIONS = (
    "What time do you open on Saturday?",
    "Where are you located?",
    "How much is an oil change?",
    "Until when are you open today?",
)


async def storm(world: World, customers: int, each: int, *, copies: int, delay_s: float) -> None:
    """So many customers send so many texts each; returns once every text is handled and every callback was told."""
    faults = world.carrier.text_faults
    faults.copies, faults.delay_s, faults.callbacks_shuffled = copies, delay_s, True
    for start in range(0, customers, 50):
        numbers = [f"+1503{5_550_000 + n:07d}" for n in range(start, min(start + 50, customers))]
        await asyncio.gather(*(_texts_of(world, number, each) for number in numbers))
    for _ in range(600):
        await asyncio.sleep(5)
        if not await _pending(world):
            break
    await world.carrier.all_finished()


async def _texts_of(world: World, number: str, each: int) -> None:
    await asyncio.gather(
        *(world.carrier.text(number, world.store.line, QUESTIONS[n % len(QUESTIONS)]) for n in range(each))
    )


async def _pending(world: World) -> bool:
    async with world.database.reading(world.store.rooftop_id) as db:
        return await db.scalar(select(TextMessage.id).where(TextMessage.next_try_at.is_not(None)).limit(1)) is not None


async def came_out_right(world: World, texts: int) -> None:
    """Each text was filed once and heard, each turn got one reply and no second one, no status went back."""
    async with world.database.reading(world.store.rooftop_id) as db:
        rows = list(await db.scalars(select(TextMessage)))
    inbound = [row for row in rows if row.direction == "inbound"]
    sent = [row for row in rows if row.direction == "outbound" and row.first_wire_at and row.first_wire_at >= NOW]
    assert len(inbound) == texts
    assert {row.state for row in inbound} == {"handled"}
    turns = Counter((row.conversation_id, row.turn) for row in sent)
    assert set(turns.values()) == {1}
    last: dict[str, int] = {}
    for row in inbound:
        last[row.conversation_id] = max(last.get(row.conversation_id, 0), row.turn or 0)
    assert all(turn_of_conversation in turns for turn_of_conversation in last.items())
    assert {row.status for row in sent} == {"delivered"}
    at_carrier = [m for m in world.carrier.messages.values() if m.direction == "outbound-api"]
    assert len(at_carrier) == len(sent)
    async with world.database.across_rooftops("verify") as db:
        assert await breaches(db, world.clock.now()) == []
    slowest = [request for request in world.carrier.requests if request.failed]
    assert slowest == []
