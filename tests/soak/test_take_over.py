"""Taking a call over when something fails: nobody picks up, the bus is down; and ending one."""

import asyncio
from pathlib import Path

import pytest

from kit.bus import Message
from simulator.carrier import DialScript
from tests.flows.test_take_over import press, the_call
from tests.flows.world import World, virtually

pytestmark = pytest.mark.soak


def test_nobody_picks_up_and_the_agent_has_the_caller_again_with_a_callback_that_is_owed(
    sqlite_store: str, tmp_path: Path
) -> None:
    async def story(world: World) -> None:
        world.carrier.people[world.store.transfer_numbers["service"]] = DialScript("no-answer")
        call = await world.ring_as("brake_job_known_customer")
        await asyncio.sleep(20)
        call_id = await the_call(world, call)
        assert (await press(world, f"/calls/{call_id}/take-over", ring="department:service")).status_code == 303
        record = await world.record((await call.finished()).sid)
        assert [(h.outcome, h.returned) for h in record.hand_offs] == [("no_answer", True)]
        assert len(await world.owed(call.sid)) == 1

    virtually(sqlite_store, tmp_path, story)


def test_a_wish_nobody_hears_is_carried_out_by_the_carrier(sqlite_store: str, tmp_path: Path) -> None:
    """The process that holds the call is deaf: its bus is down."""

    async def story(world: World) -> None:
        world.people_answer()
        call = await world.ring_as("brake_job_known_customer")
        await asyncio.sleep(20)
        call_id = await the_call(world, call)
        world.bus.publish = _lost  # type: ignore[method-assign]
        assert (await press(world, f"/calls/{call_id}/take-over", ring="department:service")).status_code == 303
        done = await call.finished()
        assert done.did().count("Bridged") == 1
        record = await world.record(done.sid)
        assert [h.outcome for h in record.hand_offs] == ["connected"]

    virtually(sqlite_store, tmp_path, story)


def test_a_manager_ends_a_call(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        call = await world.ring_as("brake_job_known_customer")
        await asyncio.sleep(15)
        call_id = await the_call(world, call)
        assert (await press(world, f"/calls/{call_id}/end")).status_code == 409
        assert (await press(world, f"/calls/{call_id}/end", sure="yes")).status_code == 303
        done = await call.finished()
        assert done.status == "completed"
        assert (await press(world, f"/calls/{call_id}/take-over", ring="department:service")).status_code == 409

    virtually(sqlite_store, tmp_path, story)


async def _lost(channel: str, message: Message) -> None:
    """A bus that is down."""
