"""A version is watched for a day: what breaks something on real calls goes back by itself, and its publisher hears."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.models import Loop
from kit.db import Database
from lanekeeper.watching import PROMPT_RETURNED, PromptDuties, take_back
from prompts import experiments, release, versions
from prompts.agents import SERVICE_LINE
from prompts.figures import Arm, Figures, goes_back
from prompts.models import PromptVersion
from prompts.tuning_models import PromptWatch
from record.models import Call, CallTransfer, ClaimFlag, Disposition, Staff
from tests.builders import LINE, NOW, ROOFTOP, StandingClock, a_store


async def a_published_version(db: AsyncSession) -> str:
    """v2 has just gone live; its name."""
    await versions.keep_shipped(db, SERVICE_LINE, NOW)
    before = await versions.live(db, SERVICE_LINE)
    draft = await versions.start_draft(db, SERVICE_LINE, "d", "Mara Field", NOW)
    await versions.save_draft(db, draft.id, draft.text + "\nBe brief.\n", 1, "Mara Field", NOW)
    made = await versions.freeze(db, SERVICE_LINE, draft.id, "briefer", "Mara Field", NOW)
    await versions.publish(db, SERVICE_LINE, made.id, "Mara Field", "briefer", NOW)
    until = NOW + release.WATCHED_FOR
    db.add(
        PromptWatch(
            agent=SERVICE_LINE.name, version_id=made.id, before_id=before.id, by="Mara Field", since=NOW, until=until
        )
    )
    await db.flush()
    return made.name


async def a_call(db: AsyncSession, version: str, number: int, at: datetime) -> str:
    call = Call(
        call_sid=f"CA{version}{number}",
        account_sid="AC",
        from_e164=f"+1555010{number:04d}",
        to_e164=LINE,
        prompt_version=version,
        started_at=at,
        wrapped_up_at=at,
        duration_seconds=60,
    )
    db.add(call)
    await db.flush()
    return call.id


async def test_a_price_nobody_named_on_a_real_call_takes_a_version_back(database: Database) -> None:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        name = await a_published_version(db)
        call_id = await a_call(db, name, 1, NOW + timedelta(minutes=5))
        assert await take_back(db, NOW + timedelta(minutes=6)) == 0, "one good call changes nothing"
        db.add(ClaimFlag(call_id=call_id, turn=3, kind="said_price", words="That's 40 dollars."))
        await db.flush()
        assert await take_back(db, NOW + timedelta(minutes=7)) == 1
        assert (await versions.live(db, SERVICE_LINE)).number == 1
        loop = await db.scalar(select(Loop).where(Loop.kind == PROMPT_RETURNED))
        assert loop is not None and "named a price no tool returned" in loop.need
        owner = await db.get_one(Staff, loop.owner_id)
        assert owner.name == "Mara Field", "whoever published it"
        assert await take_back(db, NOW + timedelta(minutes=8)) == 0, "once"


async def test_four_hand_offs_that_fail_within_forty_calls_take_it_back(database: Database) -> None:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        name = await a_published_version(db)
        for number in range(4):
            call_id = await a_call(db, name, number, NOW + timedelta(minutes=number))
            db.add(CallTransfer(call_id=call_id, key="parts", to_e164="+15550100150", outcome="no_answer"))
            await db.flush()
            assert await take_back(db, NOW + timedelta(hours=1)) == (number == 3)
        assert (await versions.live(db, SERVICE_LINE)).number == 1


async def test_after_a_day_nobody_watches_it_any_more(database: Database) -> None:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        name = await a_published_version(db)
        call_id = await a_call(db, name, 1, NOW + timedelta(hours=25))
        db.add(ClaimFlag(call_id=call_id, turn=3, kind="said_price", words="That's 40 dollars."))
    await PromptDuties(database, StandingClock(NOW + timedelta(hours=26))).look()
    async with database.reading(ROOFTOP) as db:
        assert (await versions.live(db, SERVICE_LINE)).number == 2
        assert (await release.last_watch(db, SERVICE_LINE)).ended == "over"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("figures", "back"),
    [
        (Figures(calls=40, recent_failed=3), ""),
        (Figures(calls=40, recent_failed=4), "4 hand-offs failed within 40 calls"),
        (Figures(calls=1, flags=("denied_being_ai",)), "On a call it denied being automated"),
        (Figures(calls=400, hung_up=390), ""),
    ],
)
def test_what_takes_a_version_back(figures: Figures, back: str) -> None:
    assert goes_back(figures) == back


async def an_experiment(db: AsyncSession) -> tuple[str, str]:
    """Planned for few customers, so that a test can have them; the names of both versions."""
    trial = await a_published_version(db)
    await release.roll_back(db, SERVICE_LINE, "Mara Field", "try it first", NOW)
    live = await versions.live(db, SERVICE_LINE)
    row = await db.scalar(select(PromptVersion).where(PromptVersion.number == 2))
    assert row is not None
    await experiments.begin(db, SERVICE_LINE, "Briefer", row.id, "booked", 0.2, 0.8, "Mara Field", NOW)
    return live.name, trial


async def calls_on(db: AsyncSession, version: str, numbers: range, booked: int, flagged: int = 0) -> None:
    for place, number in enumerate(numbers):
        call_id = await a_call(db, version, number, NOW + timedelta(hours=1))
        if place < booked:
            db.add(Disposition(call_id=call_id, code="appointment_set", contact_outcome="connected"))
        if place < flagged:
            db.add(ClaimFlag(call_id=call_id, turn=1, kind="said_price", words="9 dollars"))
    await db.flush()


async def test_an_experiment_ends_at_its_planned_size_and_says_what_came_of_it(database: Database) -> None:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        control, trial = await an_experiment(db)
        row = await experiments.open_one(db, SERVICE_LINE)
        assert row is not None and row.planned_per_arm == 10
        row.planned_per_arm = 15
        await calls_on(db, control, range(10), 2)
        await calls_on(db, trial, range(100, 110), 9)
        early = await experiments.as_it_stands(db, row, NOW + timedelta(days=1))
        assert early.result.difference is None, "locked"
        assert await experiments.look(db, NOW + timedelta(days=1)) == 0
        await calls_on(db, control, range(10, 20), 2)
        await calls_on(db, trial, range(110, 120), 9)
        assert await experiments.look(db, NOW + timedelta(days=2)) == 1
        done = await experiments.as_it_stands(db, row, NOW + timedelta(days=3))
        assert done.result.words.startswith("+70.0 bookings per 100 (") and done.result.standing == "wins"
        assert (await versions.for_conversation(db, SERVICE_LINE, "+15550100177")).name == control


async def test_an_experiment_that_does_harm_is_stopped_early(database: Database) -> None:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        control, trial = await an_experiment(db)
        row = await experiments.open_one(db, SERVICE_LINE)
        assert row is not None
        row.planned_per_arm = 1_000
        await calls_on(db, control, range(30), 5)
        await calls_on(db, trial, range(100, 130), 5, flagged=12)
        assert await experiments.look(db, NOW + timedelta(days=1)) == 1
        assert row.harm.startswith("Stopped for harm: more customers were told what was not so (12 against 0)")


def test_few_customers_prove_no_harm() -> None:
    assert experiments.harm(Arm(19, 5), Arm(19, 5, flagged=19)) == ""
    assert experiments.harm(Arm(100, 5, hung_up=10), Arm(100, 5, hung_up=16)) == ""
