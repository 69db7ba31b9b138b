"""Moments to talk through: suggested few at a time, shared with whom they are about, answered by nobody else."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from kit.db import Database
from record.models import Call, CallTransfer, CallTurn, ClaimFlag, Staff
from tests.builders import NOW, ROOFTOP, a_store
from tests.visibility.test_figures import a_console
from visibility import coaching
from visibility.coaching import Kind
from visibility.models import Moment


@pytest.fixture
async def store(database: Database) -> Database:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        who = (await db.scalars(select(Staff.id).order_by(Staff.id).limit(1))).one()
        for number in range(7):
            call = Call(
                call_sid=f"CA{number}", account_sid="AC", from_e164="+15550100009", to_e164="+1", started_at=NOW
            )
            call.id, call.ended_at = f"call-{number}", NOW
            db.add(call)
            await db.flush()
            db.add(
                CallTurn(call_id=call.id, seq=1, speaker="agent", item_id="i", text="Hello", started_ms=0, ended_ms=1)
            )
            db.add(ClaimFlag(call_id=call.id, turn=1, kind="booked", words="You are booked"))
        taken = {"stage": "over", "outcome": "connected", "accepted_at": NOW, "created_at": NOW}
        db.add(CallTransfer(call_id="call-0", key="service", to_e164="+1", staff_id=who, reason="brakes", **taken))
    return database


async def test_at_most_five_a_person_and_week_great_ones_first_and_none_twice(store: Database) -> None:
    async with store.reading(ROOFTOP) as db:
        found = await coaching.suggested(db, NOW)
    assert found[0].kind is Kind.GREAT and found[0].who != "The AI"
    assert sum(each.who == "The AI" for each in found) == coaching.MOST_A_WEEK
    async with a_console(store) as browser:
        page = (await browser.get("/coaching")).text
        assert page.count("Put on the list") == len(found) and page.index("Great") < page.index("Wrong fact")
        for _ in range(2):
            flagged = {"turn": "1", "kind": "wrong_fact", "comment": "no such visit", "back": "coaching"}
            assert (await browser.post("/calls/call-1/flag", data=flagged)).status_code == 303
        page = (await browser.get("/coaching")).text
        assert "no such visit" in page and page.count('action="/coaching/share/') == 1
        assert (await browser.post("/calls/call-1/flag", data={"turn": "99", "kind": "rude"})).status_code == 404
        assert (await browser.post("/calls/call-1/flag", data={"turn": "1", "kind": "x"})).status_code == 409


async def test_only_whom_it_is_about_answers_and_only_once_it_was_shared(store: Database) -> None:
    async with store.writing(ROOFTOP) as db:
        dana, lee = (await db.scalars(select(Staff.id).order_by(Staff.id).limit(2))).all()
        await coaching.flag(db, "call-2", 1, Kind.GREAT, None, "Boss", "", NOW)
        await db.flush()
        moment = (await db.scalars(select(Moment.id))).one()
        with pytest.raises(LookupError):
            await coaching.reply(db, moment, dana, "thanks")
        await coaching.share(db, moment, dana, "well done", NOW)
        with pytest.raises(LookupError):
            await coaching.reply(db, moment, lee, "not mine")
        await coaching.reply(db, moment, dana, "thanks")
        await db.flush()
        assert [each.reply for each in await coaching.moments(db, NOW, dana)] == ["thanks"]
        assert await coaching.moments(db, NOW, lee) == []
        assert await coaching.moments(db, NOW + timedelta(days=40)) == []
