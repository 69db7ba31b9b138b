"""A person of the store takes a call from the agent, from the pages, and gives it back: server and carrier are real."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from simulator.carrier import DialScript, Phone
from simulator.carrier.calls import Call
from tests.flows.world import Does, World, virtually


async def press(world: World, path: str, **form: str) -> httpx.Response:
    """A form of the pages, posted as a browser without JavaScript does."""
    async with httpx.AsyncClient(trust_env=False) as browser:
        address = f"http://127.0.0.1:{world.service.web.port}{path}"
        return await browser.post(address, data=form, headers={"Sec-Fetch-Site": "same-origin"})


async def the_call(world: World, call: Call) -> str:
    record = await world.record_now(call.sid)
    assert record is not None
    return str(record.line.id)


def a_long_talker(heard: list[str]) -> Callable[[Phone], Awaitable[None]]:
    """Says what they want and then listens to whoever speaks."""

    async def talk(phone: Phone) -> None:
        await phone.listen()
        await phone.say("I would like to know what front brakes cost for my Tahoe.")
        for _ in range(60):
            said = await phone.listen(patience_s=30.0)
            heard.append(said.words)
            if "I'm back with you" in said.words:
                await phone.say("No thanks, that's all. Goodbye.")
                await phone.listen(patience_s=20.0)
                return

    return talk


def test_a_person_takes_the_call_over_talks_and_gives_it_back(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        service = world.store.transfer_numbers["service"]
        world.carrier.people[service] = DialScript(
            "answered", presses="1", talks_s=120, says=("Karen here, I can help.",)
        )
        heard: list[str] = []
        call = await world.ring(Does(a_long_talker(heard)))
        await asyncio.sleep(25)
        call_id = await the_call(world, call)
        live = (await world.page("/calls/live")).text
        assert "front brakes" in live and "Take over" in live
        assert "Take over" in (await world.page(f"/calls/{call_id}")).text

        answer = await press(world, f"/calls/{call_id}/take-over", ring="department:service")
        assert answer.status_code == 303 and answer.headers["location"] == f"/calls/{call_id}"
        await asyncio.sleep(30)
        now = (await world.page(f"/calls/{call_id}")).text
        assert "has the caller. The AI is silent" in now and "Hand back to the AI" in now
        assert any("is taking your call" in words for words in heard)
        again = await press(world, f"/calls/{call_id}/take-over", ring="department:service")
        assert again.status_code == 409

        answer = await press(world, f"/calls/{call_id}/hand-back", words="Price given, wants Thursday")
        assert answer.status_code == 303
        done = await call.finished()
        record = await world.record(done.sid)
        assert [(h.outcome, h.returned) for h in record.hand_offs] == [("connected", True)]
        assert any("Price given, wants Thursday" in item for item in instructions(world, done))
        assert any("I'm back with you" in words for words in heard), heard

    virtually(sqlite_store, tmp_path, story)


def instructions(world: World, call: Call) -> list[str]:
    return [str(session.config.instructions) for session in world.sessions(call)]
