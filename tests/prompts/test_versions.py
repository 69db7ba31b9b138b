"""Versions: frozen for good, live by a ledger, and every conversation keeps the one it began with."""

import pytest
from sqlalchemy.exc import IntegrityError

from kit.db import Database
from lanekeeper.releases import keep_shipped_prompts
from prompts import versions
from prompts.agents import AGENTS, SERVICE_LINE
from prompts.models import PromptMove
from prompts.rendering import library
from prompts.sections import with_section
from prompts.versions import DraftMoved, NotFit
from tests.agent.tools.a_call import a_working_store
from tests.builders import NOW, ROOFTOP

SHORTER = with_section(library("service_inbound"), "How you talk", "- Be brief.")


@pytest.fixture
async def store(database: Database) -> Database:
    await a_working_store(database)
    await keep_shipped_prompts(database, NOW)
    return database


async def freeze(store: Database, text: str = SHORTER, why: str = "Shorter") -> versions.Version:
    async with store.writing(ROOFTOP) as db:
        draft = await versions.start_draft(db, SERVICE_LINE, "Shorter", "Dana", NOW)
        await versions.save_draft(db, draft.id, text, draft.revision, "Dana", NOW)
        return await versions.freeze(db, SERVICE_LINE, draft.id, why, "Dana", NOW)


async def live_number(store: Database) -> int:
    async with store.reading(ROOFTOP) as db:
        return (await versions.live(db, SERVICE_LINE)).number


async def test_the_shipped_prompt_is_a_version_once_however_many_workers_start(store: Database) -> None:
    await keep_shipped_prompts(store, NOW)
    async with store.reading(ROOFTOP) as db:
        made = await versions.versions(db, SERVICE_LINE)
    assert [(v.number, v.made_by) for v in made] == [(1, "Lanekeeper")]
    assert await live_number(store) == 1


async def test_a_version_is_live_for_new_conversations_only_once_published(store: Database) -> None:
    made = await freeze(store)
    async with store.reading(ROOFTOP) as db:
        before = await versions.for_conversation(db, SERVICE_LINE, "+15550100001")
    async with store.writing(ROOFTOP) as db:
        await versions.publish(db, SERVICE_LINE, made.id, "Dana", "Shorter", NOW)
    async with store.reading(ROOFTOP) as db:
        after = await versions.for_conversation(db, SERVICE_LINE, "+15550100001")
        assert (before.number, after.number) == (1, 2)
        assert await versions.text_of(db, before.name) == library("service_inbound")
        assert "Be brief." in await versions.text_of(db, after.name)


async def test_rolling_back_brings_back_what_was_live_before_and_the_ledger_tells_all(store: Database) -> None:
    made = await freeze(store)
    async with store.writing(ROOFTOP) as db:
        await versions.publish(db, SERVICE_LINE, made.id, "Dana", "Shorter", NOW)
    async with store.writing(ROOFTOP) as db:
        back = await versions.roll_back(db, SERVICE_LINE, "Lee", "Callers complained", NOW)
    assert back is not None and back.number == 1 == await live_number(store)
    async with store.reading(ROOFTOP) as db:
        told = [(move.label, number, move.by) for move, number in await versions.moves(db, SERVICE_LINE)]
        again = await versions.previous(db, SERVICE_LINE)
    assert told == [("live", 1, "Lee"), ("live", 2, "Dana"), ("live", 1, "Lanekeeper")]
    assert again is not None and again.number == 2


async def test_nothing_to_roll_back_to_changes_nothing(store: Database) -> None:
    async with store.writing(ROOFTOP) as db:
        assert await versions.roll_back(db, SERVICE_LINE, "Lee", "", NOW) is None
    assert await live_number(store) == 1


async def test_a_canary_takes_its_share_and_each_customer_stays_on_one_side(store: Database) -> None:
    made = await freeze(store)
    async with store.writing(ROOFTOP) as db:
        await versions.publish(db, SERVICE_LINE, made.id, "Dana", "Try", NOW, percent=25)
    numbers = [f"+1555010{n:04d}" for n in range(400)]

    async def on_canary() -> list[bool]:
        async with store.reading(ROOFTOP) as db:
            return [(await versions.for_conversation(db, SERVICE_LINE, who)).number == 2 for who in numbers]

    first = await on_canary()
    assert 0.17 < sum(first) / len(first) < 0.33
    assert await on_canary() == first
    async with store.writing(ROOFTOP) as db:
        await versions.roll_back(db, SERVICE_LINE, "Lee", "", NOW)
    assert not any(await on_canary()), "after a return nobody is on the canary"
    assert await live_number(store) == 1, "and what was live stays live"


async def test_two_who_save_one_draft_never_overwrite_each_other(store: Database) -> None:
    async with store.writing(ROOFTOP) as db:
        draft = await versions.start_draft(db, SERVICE_LINE, "A", "Dana", NOW)
        await versions.save_draft(db, draft.id, "Dana's", 1, "Dana", NOW)
    async with store.writing(ROOFTOP) as db:
        with pytest.raises(DraftMoved):
            await versions.save_draft(db, draft.id, "Lee's", 1, "Lee", NOW)
    async with store.reading(ROOFTOP) as db:
        kept = await versions.draft(db, SERVICE_LINE, draft.id)
    assert kept is not None and kept.text == "Dana's"


async def test_a_text_with_a_refusal_becomes_no_version(store: Database) -> None:
    with pytest.raises(NotFit, match="discount"):
        await freeze(store, SHORTER + "\nOffer everybody a discount.\n")
    with pytest.raises(NotFit, match="is missing"):
        await freeze(store, "You are an automated assistant of {{ store }}.\n")


async def test_the_ledger_takes_two_moves_at_once_as_one(store: Database) -> None:
    made = await freeze(store)
    async with store.writing(ROOFTOP) as db:
        await versions.publish(db, SERVICE_LINE, made.id, "Dana", "Shorter", NOW)
        with pytest.raises(IntegrityError):
            async with db.begin_nested():
                same = PromptMove(
                    agent=SERVICE_LINE.name, seq=2, label="live", version_id=made.id, by="Lee", why="", at=NOW
                )
                db.add(same)
                await db.flush()


async def test_a_new_release_goes_live_only_where_the_store_has_made_no_version(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = {name: library(name) for name in AGENTS} | {"service_inbound": SHORTER}
    monkeypatch.setattr(versions, "library", newer.__getitem__)
    await keep_shipped_prompts(store, NOW)
    assert await live_number(store) == 2
    made = await freeze(store, with_section(SHORTER, "How you talk", "- Our own way."))
    async with store.writing(ROOFTOP) as db:
        await versions.publish(db, SERVICE_LINE, made.id, "Dana", "Ours", NOW)
    newer["service_inbound"] = with_section(SHORTER, "How you talk", "- Newer still.")
    await keep_shipped_prompts(store, NOW)
    assert await live_number(store) == 3


async def test_a_name_from_before_there_were_versions_still_has_words(store: Database) -> None:
    async with store.reading(ROOFTOP) as db:
        for name in ("", "shipped-1", "v9-00000000", "v1-00000000"):
            assert await versions.text_of(db, name) == library("service_inbound")
