"""No key and no ConversationRelay on the account: the house agent answers by <Gather>, and the records end the same."""

import asyncio
from pathlib import Path

import pytest

from simulator.carrier import Phone
from simulator.endings import stories
from tests.flows.endings import tell
from tests.flows.world import World, virtually

SAMPLE = (
    "everything_in_one_breath",
    "a_withheld_number_keyed_in",
)


def test_stories_end_the_same_without_a_socket(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.people_answer()
        wrong = [line for name in SAMPLE for line in await tell(world, stories()[name])]
        assert not wrong, "\n".join(wrong)
        assert world.service.gathers.live == {}
        assert list(world.carrier.alerts) == []

    virtually(sqlite_store, tmp_path, story, key=None, house_line="gather")


def test_where_conversation_relay_is_refused_the_call_goes_on_without_it(sqlite_store: str, tmp_path: Path) -> None:
    async def books(phone: Phone) -> None:
        await phone.listen(3.0, 20.0)
        await phone.say("What time do you close on Saturday?")
        said.append((await phone.listen(3.0, 20.0)).words)
        await phone.say("No, that's all. Goodbye.")
        await phone.listen(1.0, 9.0)

    said: list[str] = []

    async def story(world: World) -> None:
        assert world.service.agent_kind() == "relay"
        world.at_carrier.media_address = "127.0.0.1:9"  # the carrier reaches our pages and not our sockets
        call = await world.talk(books)
        assert world.service.agent_kind() == "gather"
        assert "Saturday" in said[0], said
        record = await world.record(call.sid)
        assert record.line.outcome is not None and record.line.outcome.code == "info_only"
        await asyncio.sleep(600)
        assert world.service.agent_kind() == "relay", "it is tried again after a while"

    virtually(sqlite_store, tmp_path, story, key=None)


def test_a_caller_who_says_nothing_is_let_go(sqlite_store: str, tmp_path: Path) -> None:
    async def silent(phone: Phone) -> None:
        await phone.wait(120)

    async def story(world: World) -> None:
        call = await world.talk(silent)
        said = " ".join(turn.text for turn in (await world.record(call.sid)).turns if turn.speaker == "agent")
        assert "Are you still there?" in said and "Goodbye" in said

    virtually(sqlite_store, tmp_path, story, key=None, house_line="gather")


def test_a_caller_who_hangs_up_leaves_nothing_behind(sqlite_store: str, tmp_path: Path) -> None:
    async def leaves(phone: Phone) -> None:
        await phone.listen(1.0, 9.0)
        await phone.say("I need an oil change.")
        await phone.listen(1.0, 9.0)
        phone.hang_up()

    async def story(world: World) -> None:
        call = await world.talk(leaves)
        record = await world.record(call.sid)
        assert world.service.gathers.live == {}
        assert record.line.outcome is not None

    virtually(sqlite_store, tmp_path, story, key=None, house_line="gather")


def test_another_process_takes_a_call_on(sqlite_store: str, tmp_path: Path) -> None:
    async def books(phone: Phone) -> None:
        await phone.listen(1.0, 9.0)
        await phone.say("I need an oil change, my name is Jo Marsh.")
        await phone.listen(1.0, 9.0)
        old = worlds[0].service
        await worlds[0].start_server()
        await old.stop()
        await phone.say("It's a 2018 Honda Accord.")
        heard = await phone.listen(1.0, 20.0)
        said.append(heard.words)
        phone.hang_up()

    worlds: list[World] = []
    said: list[str] = []

    async def story(world: World) -> None:
        worlds.append(world)
        await world.talk(books)
        assert "I'm back" in said[0], said

    virtually(sqlite_store, tmp_path, story, key=None, house_line="gather")


@pytest.mark.soak
@pytest.mark.parametrize("name", [name for name, story in stories().items() if not story.scenario.steps])
def test_every_story_ends_the_same_without_a_socket(sqlite_store: str, tmp_path: Path, name: str) -> None:
    async def story(world: World) -> None:
        world.people_answer()
        wrong = await tell(world, stories()[name])
        assert not wrong, "\n".join(wrong)

    virtually(sqlite_store, tmp_path, story, key=None, house_line="gather")
