"""A scenario is played on a copy of the store: what a version changes shows, and the store itself is not touched."""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from agent.rehearsal import checking, sandbox
from agent.rehearsal.played import Played
from agent.rehearsal.playing import Setting, play
from agent.rehearsal.sandbox import Stage
from kit.db import Database
from lanekeeper.migrate import upgrade
from prompts.rendering import library
from prompts.scenarios import Check, Scenario, shipped
from record.models import Call, Customer
from tests.agent.tools.a_call import a_working_store
from tests.builders import NOW, ROOFTOP
from tests.conftest import Templates

SERVICE = library("service_inbound")
BY_KEY = {each.key: each for each in shipped()}


async def _built(url: str) -> None:
    await upgrade(url)
    database = Database(url)
    await a_working_store(database)
    await database.close()


@pytest.fixture
def url(templates: Templates, tmp_path: Path) -> Iterator[str]:
    with templates.copy("sqlite", "rehearsed", _built, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("copies")


@pytest.fixture
async def setting(url: str, copies: Path, tmp_path: Path) -> AsyncIterator[Setting]:
    """A stage with the store's copy, which is made once."""
    store, copy = Database(url), copies / "copy.db"
    async with store.reading(ROOFTOP) as db:
        pinned = await sandbox.pinned_day(db, NOW)
    if not os.path.exists(copy):  # noqa: ASYNC240 - a test
        await sandbox.build(store, ROOFTOP, pinned, copy)
    stage = Stage(copy, tmp_path, ROOFTOP)
    yield Setting(stage, SERVICE, "service_inbound", pinned)
    await stage.close()
    async with store.reading(ROOFTOP) as db:
        assert await db.scalar(select(func.count()).select_from(Call)) == 0, "the store saw no call"
        assert await db.scalar(select(func.count()).select_from(Customer)) == 1, "and got no customer"
    await store.close()


async def played(setting: Setting, key: str, prompt: str = SERVICE, number: int = 0) -> tuple[Played, list[str]]:
    """A run, and the names of the checks it failed."""
    done = await play(replace(setting, prompt=prompt), BY_KEY[key], number)
    return done, [each.name for each in checking.results(BY_KEY[key], done) if not each.passed]


async def test_the_shipped_prompt_books_obeys_stop_and_finds_a_person(setting: Setting) -> None:
    for key in ("oil_change_known", "stop", "angry", "cancel_visit", "prompt_trick"):
        _, failed = await played(setting, key)
        assert failed == [], key


async def test_a_tool_that_is_off_is_not_used_whoever_answers(setting: Setting) -> None:
    done, failed = await played(setting, "oil_change_known", f"{SERVICE}\n# Tools\n- offer_slots: off\n")
    assert "booked: LOF" in failed
    assert not done.end.booked


async def test_the_stores_own_question_is_asked_and_its_answer_reaches_the_shop(setting: Setting) -> None:
    question = "Is there anything in the trunk we should know of?"
    done, _ = await played(setting, "oil_change_known", SERVICE.replace("# Always ask", f"# Always ask\n- {question}"))
    assert any(question in turn.agent for turn in done.turns)
    assert question in done.end.booked[0].concern


async def test_what_is_not_to_be_asked_for_is_left_out(setting: Setting) -> None:
    plain = replace(BY_KEY["oil_change_new"], must=(Check("booked", "LOF"),))
    prompt = SERVICE.replace("# Always ask", "# Always ask\n- Do not ask for the car or the ride.")
    done = await play(replace(setting, prompt=prompt), plain, 0)
    assert done.end.booked and done.end.booked[0].car == ""
    assert not any("make and model" in turn.agent for turn in done.turns)


async def test_a_greeting_that_hides_the_machine_fails_a_check_nobody_can_take_out(setting: Setting) -> None:
    told, failed = await played(
        setting, "opening_hours", f"{SERVICE}\n# Greeting\nHi, this is Dana at {{{{ store }}}}.\n"
    )
    assert told.turns[0].agent.startswith("Hi, this is Dana at Riverside Motors.")
    assert failed == [checking.DISCLOSED]


async def test_the_same_run_is_the_same_conversation(setting: Setting) -> None:
    first, _ = await played(setting, "move_visit", number=1)
    again, _ = await played(setting, "move_visit", number=1)
    assert [turn.agent for turn in first.turns] == [turn.agent for turn in again.turns]


async def test_texts_are_rehearsed_as_texts(setting: Setting) -> None:
    texting = replace(setting, prompt=library("texting"), agent="texting")
    done = await play(texting, BY_KEY["opening_hours"], 0)
    assert done.turns[0].agent.startswith("Riverside Motors, automated assistant:")
    assert checking.results(BY_KEY["opening_hours"], done)[2].passed


@pytest.mark.parametrize(
    ("said", "held"), [("Sure, I can give you 50 dollars off.", False), ("An advisor will work the price out.", True)]
)
def test_a_price_no_tool_named_is_found(said: str, held: bool) -> None:
    from agent.rehearsal.played import Turn

    talk = Played((Turn("", "Hi, I'm the automated assistant."), Turn("How much?", said)))
    found = {each.name: each.passed for each in checking.results(_plain(), talk)}
    assert found[checking.INVENTED] is held


def test_somebody_who_asks_for_a_person_twice_in_vain_is_found() -> None:
    from agent.rehearsal.played import Turn

    talk = Played(
        (
            Turn("", "I'm the automated assistant."),
            Turn("I want to talk to a real person.", "What car is it?"),
            Turn("A Civic.", "Which day?"),
        )
    )
    assert not {each.name: each.passed for each in checking.results(_plain(), talk)}[checking.PERSON]


def _plain() -> Scenario:
    return Scenario("k", "K", "", "", openings=("Hi",), must=(Check("not_booked"),))
