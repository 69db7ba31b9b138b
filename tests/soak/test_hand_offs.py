"""Two hundred hand-offs, everything going wrong at every step: nobody is left without a person, agent or promise."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from followup.closing import INSIDE
from followup.models import Loop
from record.models import Call, CallTransfer
from simulator.carrier import CarrierFaults, CarrierSettings, DialScript, Phone
from tests.flows.world import Does, World, virtually
from tests.soak.evidence import invariants_broken
from tests.soak.seeds import Figures, many, seed

AT_ONCE = 10
_STEPS = ("after-stream", "whisper", "whisper-answer", "after-dial", "after-voicemail")


class Whims(dict[str, DialScript]):
    """Whoever is rung, each time anew; and both words the carrier has for a leg that was never joined."""

    def __init__(self, dice: random.Random, at_carrier: CarrierSettings) -> None:
        super().__init__()
        self._dice, self._at_carrier = dice, at_carrier

    def get(self, number: str, default: Any = None) -> DialScript:  # noqa: ARG002
        self._at_carrier.never_bridged = self._dice.choice(["no-answer", "completed"])
        return a_person(self._dice)


def a_person(dice: random.Random) -> DialScript:
    """Whoever is rung: there, not there, a machine, unwilling, or cut off somewhere."""
    rings, talks = dice.uniform(1, 8), dice.choice([1.0, 3.0, 30.0])
    return dice.choice(
        [
            DialScript("no-answer"),
            DialScript("busy", rings_s=rings),
            DialScript("failed", rings_s=rings),
            DialScript("answered", rings_s=30.0),
            DialScript("voicemail", rings_s=rings),
            DialScript("answered", rings_s=rings, presses="2"),
            DialScript("answered", rings_s=rings, presses="", hangs_up_after_s=dice.uniform(0.1, 12)),
            DialScript("answered", rings_s=rings, presses_after_s=dice.uniform(0.1, 14), talks_s=talks),
            DialScript("answered", rings_s=rings, talks_s=talks),
        ]
    )


def a_fault(dice: random.Random) -> CarrierFaults:
    """Our server away for one step, everything told twice, or late; often nothing."""
    away = (f"/twilio/{dice.choice(_STEPS)}",) if dice.random() < 0.3 else ()
    return CarrierFaults(
        duplicate_webhooks=dice.random() < 0.25,
        late_status_callbacks_s=dice.choice([0.0, 0.0, 20.0]),
        unreachable_paths=away,
    )


def a_caller(dice: random.Random) -> Callable[[Phone], Awaitable[None]]:
    """Wants a person; some hang up at any moment after saying so, some ask again."""
    patience = dice.uniform(0.5, 60) if dice.random() < 0.3 else 150.0
    again = dice.random() < 0.4

    async def waits(phone: Phone) -> None:
        asked = 1
        while True:
            said = await phone.listen(patience_s=30.0)
            if "call you back" in said.words:
                if again and asked < 2:
                    asked += 1
                    await phone.say("Representative.")
                    continue
                await phone.say("No. Goodbye.")
                return
            if not said.spoke:
                return

    async def talk(phone: Phone) -> None:
        await phone.listen()
        await phone.say(dice.choice(["I want to talk to a real person.", "Representative.", "My brakes failed."]))
        try:
            async with asyncio.timeout(patience):
                await waits(phone)
        except TimeoutError:
            phone.hang_up()

    return talk


@pytest.mark.soak
def test_two_hundred_hand_offs_leave_nobody_behind(sqlite_store: str, tmp_path: Path, figures: Figures) -> None:
    asked_for, dice_seed = many("HAND_OFFS", 200), seed()

    async def story(world: World) -> None:
        world.at_carrier.keeps_audio = False
        world.carrier.exchange.people = Whims(random.Random(dice_seed), world.at_carrier)
        numbers: Iterator[int] = iter(range(asked_for))
        sids: dict[str, bool] = {}

        async def one_after_the_other() -> None:
            for number in numbers:
                dice = random.Random(f"{dice_seed}:{number}")
                from_ = f"+1503555{dice.randrange(1000, 9999)}"
                call = await world.ring(Does(a_caller(dice)), from_, a_fault(dice))
                await call.finished()
                sids[call.sid] = "Bridged" in call.did()
                for leg in [leg for leg in world.carrier.calls.values() if leg.over]:
                    leg.forget_audio()
                    leg.line.ear.frames.clear()

        await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
        await world.carrier.exchange.settle()
        await asyncio.sleep(300)
        async with world.database.across_rooftops("the reckoning") as db:
            known = {row.id: row for row in await db.scalars(select(Call)) if row.call_sid in sids}
            tries = [row for row in await db.scalars(select(CallTransfer)) if row.call_id in known]
            loops = [loop for loop in await db.scalars(select(Loop)) if loop.kind not in INSIDE]
            owed = {loop.call_id for loop in loops if loop.owner_id and loop.due_at}
            reached = {row.call_id for row in tries if row.connected_at is not None}
            left = [row.call_sid for row in known.values() if row.id not in owed | reached and not sids[row.call_sid]]
            broken = await invariants_broken(db, world.clock.now())
        outcomes = dict(Counter(str(row.outcome) for row in tries).most_common())
        figures(
            f"{len(known)} calls, {len(tries)} hand-offs {outcomes}; with a person {len(reached)}, "
            f"owed a call {len(owed & set(known))}, neither {len(left)}; seed {dice_seed}"
        )
        assert len(known) == asked_for and left == []
        assert all(row.ended_at is not None for row in known.values())
        assert broken == []

    virtually(sqlite_store, tmp_path, story, key=None)
