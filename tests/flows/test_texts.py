"""The text journey, from somebody's phone to the record and back, as the store would see it."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from followup.notices import number_of
from followup.threads import hand_back, staff_reply, take_over
from lanekeeper.invariants import breaches
from record import pictures
from record.contact_models import ConsentEntry, HygieneFinding
from scheduling.appointments import appointments_of
from simulator.callers import scenarios
from simulator.model import ScriptedMind
from tests.flows.text_storm import came_out_right, storm
from tests.flows.texting import Texter
from tests.flows.world import World, virtually
from tests.longer import longer

STRANGER = "+15035550199"
JPEG = (b"\xff\xd8\xff\xe0" + b"\x00" * 400, "image/jpeg")


async def sound(world: World) -> None:
    """Every invariant holds, and the carrier had no trouble with us."""
    async with world.database.across_rooftops("verify") as db:
        assert await breaches(db, world.clock.now()) == []
    assert list(world.carrier.alerts) == []


def test_a_question_is_answered_once_and_says_who_answers(store_url: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        texter = Texter(world, STRANGER)
        answer = await texter.say("What time do you open on Saturday?")
        assert "automated assistant" in answer and world.store.name in answer and "STOP" in answer
        assert "Saturday" in answer
        [reply] = await texter.rows()
        assert (reply.author, reply.status, reply.segments) == ("ai", "delivered", 1)
        assert "automated assistant" not in await texter.say("and where are you?")
        await sound(world)

    virtually(store_url, tmp_path, story, key=None)


def test_a_visit_is_booked_by_text(store_url: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        texter = Texter(world, STRANGER)
        await texter.say("Hi, I need an oil change for my 2018 Honda Civic")
        await texter.say("Sam Whitfield")
        await texter.say("Tuesday morning")
        offer = await texter.say("I'll drop it off")
        assert "Tuesday" in offer
        said = await texter.say("the first one")
        while "booked" not in said:
            said = await texter.say("yes")
        assert "You're booked for" in said
        thread = await texter.thread()
        assert thread.customer_id is not None
        async with world.database.reading(world.store.rooftop_id) as db:
            [visit] = await appointments_of(db, thread.customer_id, world.clock.now())
        assert "oil" in " ".join(visit.services).lower()
        await sound(world)

    virtually(store_url, tmp_path, story, key=None)


def test_texts_in_quick_succession_get_one_answer(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        texter = Texter(world, STRANGER)
        await texter.say("hi", "when do you close", "on saturday?")
        assert len(texter.got) == 1 and "Saturday" in texter.got[0]
        await sound(world)

    virtually(sqlite_store, tmp_path, story, key=None)


def test_repair_details_need_two_facts_by_text_as_well(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        texter = Texter(world)
        said = await texter.say("Is my car ready?")
        assert "ready to be picked up" not in said and "in the shop" not in said
        await sound(world)

    virtually(sqlite_store, tmp_path, story, key=None)


@pytest.mark.parametrize("words", ["STOP", "please quit texting this number", longer("Ya no me manden mensajes")])
def test_after_an_opt_out_nothing_follows_but_one_confirmation(sqlite_store: str, tmp_path: Path, words: str) -> None:
    async def story(world: World) -> None:
        texter = Texter(world, STRANGER)
        await texter.say("What time do you open?")
        before = len(texter.got)
        await texter.say(words, words)
        # Twilio answers its own keywords; every other wording is confirmed by us, once.
        confirmations = texter.got[before:]
        assert len(confirmations) == (0 if words == "STOP" else 1)
        await texter.say("What time do you open?")
        assert len(texter.got) == before + len(confirmations)
        assert any("wrote again" in need for need in await texter.owed())
        await texter.say("START")
        assert await texter.say("What time do you open?")
        await sound(world)

    virtually(sqlite_store, tmp_path, story, key=None)


def test_an_opt_out_overtakes_a_reply_that_has_not_left(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        texter = Texter(world, STRANGER)
        await world.carrier.text(STRANGER, world.store.line, "What time do you open?")
        await texter.say("leave me alone")
        assert [row.author for row in await texter.rows() if row.first_wire_at] == ["system"]
        await sound(world)

    virtually(sqlite_store, tmp_path, story, key=None)


def test_cancel_near_a_visit_opts_out_and_owes_a_call_about_it(store_url: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        texter = Texter(world, scenarios()["cancel_appointment"].from_)
        await texter.say("CANCEL")
        async with world.database.reading(world.store.rooftop_id) as db:
            revoked = list(await db.scalars(select(ConsentEntry).where(ConsentEntry.contact == texter.number)))
        assert [entry.kind for entry in revoked] == ["revoke"]
        [need] = await texter.owed()
        assert "Texted CANCEL" in need and "Call to settle" in need
        assert texter.got == []
        await sound(world)

    virtually(store_url, tmp_path, story, key=None)


def test_help_says_who_we_are(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        said = await Texter(world, STRANGER).say("Ayuda")
        assert world.store.name in said and "STOP" in said and "CANCEL" not in said

    virtually(sqlite_store, tmp_path, story, key=None)


def test_a_photo_is_kept_checked_and_owed_an_answer(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        texter = Texter(world, STRANGER)
        said = await texter.say("what is this leak?", pictures=[JPEG, (b"MZ\x90 not a picture", "image/jpeg")])
        assert "photo" in said
        assert any("photo" in need for need in await texter.owed())
        async with world.database.reading(world.store.rooftop_id) as db:
            [text] = await texter.rows("inbound")
            good, bad = await pictures.of_text(db, text.id)
        assert (good.state, good.content_type, bad.state, bad.why) == ("kept", "image/jpeg", "refused", "not a picture")
        kept = tmp_path / "pictures" / (good.path or "")
        assert kept.read_bytes() == JPEG[0] and kept.stat().st_mode & 0o777 == 0o600
        await sound(world)

    virtually(sqlite_store, tmp_path, story, key=None)


def test_a_person_who_takes_over_stops_the_ai_until_they_hand_back(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        texter = Texter(world, STRANGER)
        await world.carrier.text(STRANGER, world.store.line, "What time do you open?")
        await asyncio.sleep(0.5)
        rooftop = world.store.rooftop_id
        thread = await texter.thread()
        async with world.database.writing(rooftop) as db:
            await take_over(db, thread.id, "Dan Osei", world.clock.now())
        await texter.say("hello?")
        assert texter.got == []
        assert any("hello?" in need for need in await texter.owed())
        async with world.database.writing(rooftop) as db:
            await staff_reply(db, thread.id, "Dan Osei", "Hi, this is Dan. We open at 7:30.", "k1", world.clock.now())
        await asyncio.sleep(10)  # five seconds of it they may take it back
        assert texter.got == ["Hi, this is Dan. We open at 7:30."]
        assert await texter.owed() == []
        async with world.database.writing(rooftop) as db:
            await hand_back(db, thread.id, "Dan Osei", world.clock.now())
        assert await texter.say("When do you close today?")
        await sound(world)

    virtually(sqlite_store, tmp_path, story, key=None)


def test_a_wrong_number_ends_the_thread_and_comes_off_the_record(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        texter = Texter(world)
        await texter.say("When do you close today?")
        assert (await texter.thread()).customer_hint_id is not None
        known = (await texter.thread()).customer_hint_id
        said = await texter.say("Who is this? Wrong number")
        assert world.store.name in said and "Sorry" in said
        thread = await texter.thread()
        assert thread.customer_hint_id is None
        async with world.database.reading(world.store.rooftop_id) as db:
            assert await number_of(db, known) != thread.customer_e164, "no automatic text goes there again"
            [finding] = await db.scalars(select(HygieneFinding).where(HygieneFinding.kind == "wrong_number"))
        assert (finding.customer_id, finding.cleared_at) == (known, None)
        await sound(world)

    virtually(sqlite_store, tmp_path, story, key=None)


def test_an_auto_reply_is_not_answered(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        texter = Texter(world, STRANGER)
        assert await texter.say("I'm driving with Do Not Disturb While Driving turned on. I'll see it later.") == ""
        await sound(world)

    virtually(sqlite_store, tmp_path, story, key=None)


def test_two_bots_end_by_themselves(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        texter = Texter(world, STRANGER)
        for _ in range(8):
            await texter.say("Please choose: press 1 for sales or press 2 for service")
        assert len(texter.got) == 4
        assert any("two machines" in need for need in await texter.owed())
        await sound(world)

    virtually(sqlite_store, tmp_path, story, key=None)


@pytest.mark.parametrize(("code", "why"), [(30003, "out of reach"), longer(30007, "spam"), (21614, "not a mobile")])
def test_a_reply_that_does_not_arrive_is_owed_as_a_call(sqlite_store: str, tmp_path: Path, code: int, why: str) -> None:
    async def story(world: World) -> None:
        texter = Texter(world, STRANGER)
        faults = world.carrier.text_faults
        (faults.refuse if code < 30000 else faults.undeliverable)[STRANGER] = code
        await texter.say("What time do you open?")
        assert any(why in need and str(code) in need for need in await texter.owed())
        await sound(world)

    virtually(sqlite_store, tmp_path, story, key=None)


def test_the_carriers_own_opt_out_list_is_mirrored(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        texter = Texter(world, STRANGER)
        world.carrier.text_faults.refuse[STRANGER] = 21610
        await texter.say("What time do you open?")
        async with world.database.reading(world.store.rooftop_id) as db:
            [entry] = list(await db.scalars(select(ConsentEntry).where(ConsentEntry.contact == STRANGER)))
        assert (entry.kind, entry.source) == ("revoke", "carrier 21610")
        await sound(world)

    virtually(sqlite_store, tmp_path, story, key=None)


@pytest.mark.parametrize("callbacks_lost", [False, True])
def test_a_send_whose_answer_is_lost_is_resolved_and_never_repeated(
    store_url: str, tmp_path: Path, callbacks_lost: bool
) -> None:
    async def story(world: World) -> None:
        texter = Texter(world, STRANGER)
        world.carrier.text_faults.lose_answers = 1
        world.carrier.text_faults.callbacks_lost = callbacks_lost
        await texter.say("What time do you open?")
        await asyncio.sleep(60)
        assert len(texter.got) == 1
        [row] = await texter.rows()
        assert row.state == "accepted" and row.message_sid
        await sound(world)

    virtually(store_url, tmp_path, story, key=None)


def test_a_carrier_that_cannot_be_reached_is_tried_again(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        texter = Texter(world, STRANGER)
        world.carrier.text_faults.refuse[STRANGER] = 20429
        await world.carrier.text(STRANGER, world.store.line, "What time do you open?")
        await asyncio.sleep(8)
        assert texter.got == []
        del world.carrier.text_faults.refuse[STRANGER]
        await asyncio.sleep(20)
        assert len(texter.got) == 1
        await sound(world)

    virtually(sqlite_store, tmp_path, story, key=None)


def test_the_model_books_by_text_with_the_same_tools(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        texter = Texter(world, STRANGER)
        for words in ("I need an oil change for my 2018 Honda Civic", "Sam Whitfield", "Tuesday morning", "drop off"):
            await texter.say(words)
        said = await texter.say("the first one")
        assert "Shall I book it" in said
        assert "You're booked for" in await texter.say("yes")
        assert {row.agent for row in await texter.rows()} == {"gpt-5.4-mini"}
        assert world.writer.violations == []
        tools = {tool["name"] for tool in world.writer.requests[0]["tools"]}
        assert "book_appointment" in tools and "transfer_call" not in tools
        await sound(world)

    virtually(sqlite_store, tmp_path, story)


@pytest.mark.parametrize("fault", ["limited", longer("broken"), "malformed", longer("slow"), longer("no_quota")])
def test_when_the_model_fails_the_house_agent_answers(sqlite_store: str, tmp_path: Path, fault: str) -> None:
    async def story(world: World) -> None:
        texter = Texter(world, STRANGER)
        faults = world.writer.faults
        faults.refuse = {"limited": [429], "broken": [500], "no_quota": [429]}.get(fault, [])
        faults.code = "insufficient_quota" if fault == "no_quota" else "rate_limit_exceeded"
        faults.malformed = fault == "malformed"
        faults.slow_s = 60.0 if fault == "slow" else 0.0
        assert "Saturday" in await texter.say("What time do you open on Saturday?")
        [reply] = await texter.rows()
        assert reply.agent == "house"
        world.writer.faults.malformed, world.writer.faults.slow_s = False, 0.0
        await texter.say("and on Monday?")
        # Out of quota, the model is not asked again for a while.
        assert (await texter.rows())[-1].agent == ("house" if fault == "no_quota" else "gpt-5.4-mini")
        await sound(world)

    virtually(sqlite_store, tmp_path, story)


def test_words_no_tool_backs_and_strange_links_never_leave(sqlite_store: str, tmp_path: Path) -> None:
    lie = "You're booked for Tuesday at 9. Pay at http://evil.example/pay or bit.ly/x now. It is only $20."
    mind = ScriptedMind(lie, lie, lie)

    async def story(world: World) -> None:
        said = await Texter(world, STRANGER).say("Book me in please")
        assert "booked" not in said and "evil" not in said and "bit.ly" not in said and "$20" not in said
        await sound(world)

    virtually(sqlite_store, tmp_path, story, mind=mind)


def test_copied_delayed_and_reordered_webhooks_make_one_reply_each(store_url: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await storm(world, 4, 3, copies=3, delay_s=120.0)
        await came_out_right(world, 12)

    virtually(store_url, tmp_path, story, key=None)


@pytest.mark.soak
def test_ten_thousand_webhooks_make_one_reply_each(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await storm(world, 1112, 3, copies=3, delay_s=900.0)
        await came_out_right(world, 3336)

    virtually(sqlite_store, tmp_path, story, key=None)
