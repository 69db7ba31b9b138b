"""What a model is told before the first word: the store and the clock, and nothing about any customer."""

from agent.briefing import StoreUnknown, brief, instructions_for, keywords
from agent.house.facts import HouseFacts
from kit.db import Database
from kit.ids import RooftopId
from prompts.rendering import library
from tests.agent.tools.a_call import a_working_store
from tests.builders import ANA, NOW, ROOFTOP


async def instructions(database: Database, caller: str) -> str:
    await a_working_store(database)
    async with database.reading(ROOFTOP) as db:
        context = await brief(db, RooftopId(ROOFTOP), caller=caller, department="service", now=NOW, disclosed=True)
    return instructions_for(context, library("service_inbound"))


async def test_the_prompt_knows_the_store_and_the_hour_and_no_customer(database: Database) -> None:
    text = await instructions(database, ANA)
    facts = HouseFacts.from_instructions(text)
    assert facts.store == "Riverside Motors" and facts.caller == ANA and facts.disclosed
    assert facts.now == NOW and facts.departments == (("parts", "Parts"), ("service", "Service"))
    assert "Hours today: 07:30 to 18:00" in text
    assert not [secret for secret in ("Ana", "Ortega", "Tahoe", "90012", "10234") if secret in text]


async def test_a_withheld_number_is_said_to_be_withheld(database: Database) -> None:
    text = await instructions(database, "anonymous")
    assert "Caller: withheld" in text and HouseFacts.from_instructions(text).caller is None


async def test_the_recogniser_is_told_the_names_it_will_hear(database: Database) -> None:
    await a_working_store(database)
    async with database.reading(ROOFTOP) as db:
        assert await keywords(db, "Riverside Motors") == ["Riverside Motors", "Dan Osei"]


async def test_a_store_that_does_not_exist_has_no_prompt(database: Database) -> None:
    async with database.reading("nowhere") as db:
        try:
            await brief(db, RooftopId("nowhere"), caller=ANA, department="service", now=NOW, disclosed=True)
        except StoreUnknown:
            return
    raise AssertionError("a prompt was made for no store")
