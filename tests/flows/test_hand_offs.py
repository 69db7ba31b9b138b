"""A caller who wants a person, from the first ring to the last word: the real server, carrier and callers simulated."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from simulator.carrier import CarrierFaults, DialScript, Phone
from tests.flows.world import World, virtually
from tests.longer import longer


def wants_a_person(
    heard: list[str], then: str = "No thanks, that's all. Goodbye."
) -> Callable[[Phone], Awaitable[None]]:
    """Asks for a representative, waits out the ringing, and keeps what they were told."""

    async def talk(phone: Phone) -> None:
        await phone.listen()
        await phone.say("I want to speak to a representative.")
        for _ in range(40):  # each ring is something heard
            said = await phone.listen(patience_s=40.0)
            heard.append(said.words)
            if "call you back" in said.words:
                await phone.say("No thanks, that's all. Goodbye.")
                await phone.listen(patience_s=20.0)
                return

    return talk


@pytest.mark.parametrize("kind", ["model", longer("house")])
@pytest.mark.parametrize(
    ("script", "outcome", "spoken"),
    [
        (DialScript("busy"), "busy", "the line is busy"),
        (DialScript("answered", presses="2"), "declined", "nobody is free right now"),
        (DialScript("voicemail"), "voicemail", "I only got a voicemail"),
        (DialScript("answered", presses="", hangs_up_after_s=3.0), "dropped", "the line was cut off"),
    ],
    ids=lambda value: value.outcome if isinstance(value, DialScript) else str(value),
)
def test_whoever_is_not_taken_hears_why_from_the_agent_and_leaves_with_a_named_callback(
    sqlite_store: str, tmp_path: Path, script: DialScript, outcome: str, spoken: str, kind: str
) -> None:
    async def story(world: World) -> None:
        world.carrier.people[world.store.transfer_numbers["service"]] = script
        heard: list[str] = []
        call = await world.talk(wants_a_person(heard))
        record = await world.record(call.sid)
        assert [(h.label, h.outcome, h.returned) for h in record.hand_offs] == [("Service", outcome, True)]
        owed = await world.owed(call.sid)
        assert len(owed) == 1 and owed[0].owner_id
        told = " ".join(heard)
        assert spoken in told and "Karen Whitfield will call you back by today" in told
        assert record.line.outcome is not None and record.line.outcome.code == "promise_made"
        assert record.claims == ()

    virtually(sqlite_store, tmp_path, story, **({"key": None} if kind == "house" else {}))


def test_a_person_who_presses_1_has_the_caller_and_nothing_is_owed(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.people_answer()
        call = await world.talk(wants_a_person([]))
        record = await world.record(call.sid)
        taken = record.hand_offs[0]
        assert taken.warm and taken.accepted_at is not None and taken.outcome == "connected"
        assert record.line.outcome is not None and record.line.outcome.code == "transferred_warm"
        leg = next(leg for leg in world.carrier.calls.values() if leg.parent_sid == call.sid)
        assert any("representative" in step.detail for step in leg.steps if step.verb == "Say")
        assert "reached a person (" in (await world.page("/calls")).text
        assert "taken with 1" in (await world.page(f"/calls/{record.line.id}")).text

    virtually(sqlite_store, tmp_path, story)


def test_with_our_server_gone_while_it_rings_the_caller_still_reaches_the_store(
    sqlite_store: str, tmp_path: Path
) -> None:
    """The whisper and what follows the dial cannot be had: the number's standing fallback rings the store."""

    async def story(world: World) -> None:
        world.people_answer()
        dead = CarrierFaults(unreachable_paths=("/twilio/whisper", "/twilio/after-dial"))
        call = await world.talk(wants_a_person([]), faults=dead)
        assert call.did().count("Bridged") == 1
        rung = [leg.to for leg in world.carrier.calls.values() if leg.parent_sid == call.sid]
        assert rung[:2] == [world.store.transfer_numbers["service"], world.store.store_phone]

    virtually(sqlite_store, tmp_path, story)
