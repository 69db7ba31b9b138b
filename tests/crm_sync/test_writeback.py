"""Each fact reaches each of the store's systems exactly once and in order, or a person owns it."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from kit.db import Database
from kit.jobs import RETRY_AFTER
from lanekeeper.invariants import breaches
from record import writeback_targets, writebacks
from record.models import Staff
from record.subjects import Proof, Subject, SubjectKind
from record.writeback_targets import Target
from tests.builders import NOW, ROOFTOP, a_store
from tests.crm_sync.a_desk import Desk, FakeTarget, a_disposition, a_target, desk_for, loops, rows


async def test_an_outcome_is_written_once_however_often_it_is_told(database: Database) -> None:
    await a_store(database)
    target = FakeTarget()
    desk = desk_for(database, target)
    disposition_id = await a_disposition(database)
    for _ in range(3):
        await desk.plan(disposition_id)
    [row] = await rows(database)
    for _ in range(3):
        await desk.work.deliver(ROOFTOP, row.id)
    [row] = await rows(database)
    assert (row.state, row.external_ref, row.next_try_at, target.has[row.id]) == ("acked", f"ref-{row.id}", None, 1)
    assert row.proof == Proof.READ_BACK


async def test_what_cannot_be_read_back_says_so(database: Database) -> None:
    await a_store(database)
    target = FakeTarget(readable=False)
    desk = desk_for(database, target)
    await desk.plan(await a_disposition(database))
    await desk.deliver_all()
    [row] = await rows(database)
    assert (row.state, row.proof, row.external_ref) == ("acked", Proof.ACKNOWLEDGED, "250 thank you")


async def test_two_workers_at_once_send_one(database: Database) -> None:
    await a_store(database)
    target = FakeTarget()
    desk = desk_for(database, target)
    writeback_id = await desk.plan_one(await a_disposition(database))
    await asyncio.gather(*(desk.work.deliver(ROOFTOP, writeback_id) for _ in range(5)))
    assert target.has[writeback_id] == 1


async def test_an_answer_that_got_lost_is_looked_up_and_not_sent_again(database: Database) -> None:
    await a_store(database)
    target = FakeTarget()
    target.script = ["lost answer"]
    desk = desk_for(database, target)
    writeback_id = await desk.plan_one(await a_disposition(database))
    await desk.work.deliver(ROOFTOP, writeback_id)
    [row] = await rows(database)
    assert (row.state, row.last_error) == ("retry", "no answer in time")
    desk.clock.at += timedelta(seconds=6)
    await desk.work.deliver(ROOFTOP, writeback_id)
    [row] = await rows(database)
    assert (row.state, row.attempts, target.has[writeback_id]) == ("acked", 2, 1)


async def test_a_worker_that_died_while_sending_is_followed_up_when_its_lease_ends(database: Database) -> None:
    await a_store(database)
    target = FakeTarget()
    target.script = ["lost answer"]
    desk = desk_for(database, target)
    writeback_id = await desk.plan_one(await a_disposition(database))
    dying = asyncio.create_task(desk.work.deliver(ROOFTOP, writeback_id))
    await target.lost.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert (await rows(database))[0].state == "sending"
    assert await desk.work.due(desk.clock.now(), 10) == []
    desk.clock.at += timedelta(seconds=61)
    assert await desk.work.due(desk.clock.now(), 10) == [(ROOFTOP, writeback_id)]
    await desk.work.deliver(ROOFTOP, writeback_id)
    [row] = await rows(database)
    assert (row.state, target.has[writeback_id]) == ("acked", 1)


async def test_a_target_that_stays_down_is_tried_on_schedule_and_then_owned_by_a_person(database: Database) -> None:
    await a_store(database)
    target = FakeTarget()
    target.script = ["down"] * 20
    desk = desk_for(database, target)
    writeback_id = await desk.plan_one(await a_disposition(database))
    waits = []
    for _ in RETRY_AFTER:
        await desk.work.deliver(ROOFTOP, writeback_id)
        [row] = await rows(database)
        if row.next_try_at is not None:
            waits.append(row.next_try_at - desk.clock.now())
            desk.clock.at = row.next_try_at
    assert waits == list(RETRY_AFTER[1:])
    assert (row.state, row.attempts, row.next_try_at) == ("dead", 8, None)
    [loop] = await loops(database)
    assert (loop.kind, loop.source_key, loop.closed_at) == ("writeback_failed", writeback_id, None)
    await desk.work.deliver(ROOFTOP, writeback_id)
    assert len(target.script) == 12


async def test_a_refusal_goes_to_a_person_at_once(database: Database) -> None:
    await a_store(database)
    target = FakeTarget()
    target.script = ["refused"]
    desk = desk_for(database, target)
    writeback_id = await desk.plan_one(await a_disposition(database))
    await desk.work.deliver(ROOFTOP, writeback_id)
    assert (await rows(database))[0].state == "dead"
    assert "bad customer number" in (await loops(database))[0].need


async def test_a_fault_of_ours_ends_with_a_person_too(database: Database) -> None:
    await a_store(database)
    target = FakeTarget()
    target.script = ["bug"] * 8
    desk = desk_for(database, target)
    writeback_id = await desk.plan_one(await a_disposition(database))
    for _ in RETRY_AFTER:
        with pytest.raises(KeyError):
            await desk.work.deliver(ROOFTOP, writeback_id)
        desk.clock.at += RETRY_AFTER[-1]
    assert (await rows(database))[0].state == "dead"
    assert "a fault of ours" in (await loops(database))[0].need


async def test_a_store_without_people_keeps_trying(database: Database) -> None:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        for person in await db.scalars(select(Staff)):
            person.disabled_at = NOW
    target = FakeTarget()
    target.script = ["refused"]
    desk = desk_for(database, target)
    writeback_id = await desk.plan_one(await a_disposition(database))
    await desk.work.deliver(ROOFTOP, writeback_id)
    [row] = await rows(database)
    assert (row.state, row.next_try_at) == ("retry", NOW + RETRY_AFTER[-1])
    assert await loops(database) == []


async def three_versions(database: Database, desk: Desk) -> list[str]:
    """Three states of one appointment, filed for the target "fake"."""
    ids = [f"w{version}" for version in (1, 2, 3)]
    async with database.writing(ROOFTOP) as db:
        for version, writeback_id in enumerate(ids, 1):
            subject = Subject(SubjectKind.APPOINTMENT, "a1", version)
            await writebacks.add(db, writeback_id, "fake", subject, {}, desk.clock.at)
    return ids


async def test_a_later_state_waits_for_the_earlier_one_and_goes_when_that_has_arrived(database: Database) -> None:
    await a_store(database)
    await a_target(database, "fake")
    target = FakeTarget()
    target.script = ["down"]
    desk = desk_for(database, target)
    first, second, third = await three_versions(database, desk)
    for each in (third, second, first, third, second):
        await desk.work.deliver(ROOFTOP, each)
    assert target.order == []
    assert await desk.work.due(desk.clock.now(), 10) == []
    await desk.until_settled()
    assert target.order == [1, 2, 3]


async def test_a_state_that_will_never_arrive_does_not_hold_up_the_next(database: Database) -> None:
    await a_store(database)
    await a_target(database, "fake")
    target = FakeTarget()
    target.script = ["refused"]
    desk = desk_for(database, target)
    await three_versions(database, desk)
    await desk.until_settled()
    assert target.order == [2, 3]
    assert len(await loops(database)) == 1


async def test_a_target_that_fails_for_five_days_is_paused_and_says_so(database: Database) -> None:
    await a_store(database)
    await a_target(database, "fake")
    target = FakeTarget()
    target.script = ["down"] * 200
    desk = desk_for(database, target)
    day = 0
    while (await the_target(database)).active:
        await desk.plan(await a_disposition(database, day))
        day += 1
        await desk.until_settled()
        assert day < 10
    paused = await the_target(database)
    assert paused.failing_since is not None and paused.paused_at is not None
    assert paused.paused_at - paused.failing_since >= timedelta(days=5)
    assert "not answering" in paused.pause_reason
    needs = [loop.need for loop in await loops(database) if loop.source_key == paused.id]
    assert len(needs) == 1 and "targets resume --name fake" in needs[0]
    async with database.across_rooftops("verify") as db:
        assert "I17" not in {rule.id for rule, _ in await breaches(db, desk.clock.at)}


async def the_target(database: Database) -> Target:
    async with database.reading(ROOFTOP) as db:
        [found] = await writeback_targets.targets(db)
        return found


async def test_what_is_meant_for_a_paused_target_is_held_and_sets_out_when_it_is_resumed(database: Database) -> None:
    await a_store(database)
    await a_target(database, "fake")
    target = FakeTarget()
    desk = desk_for(database, target)
    await desk.plan(await a_disposition(database, 1))
    async with database.writing(ROOFTOP) as db:
        await writeback_targets.pause(db, "fake", "moving to another vendor", NOW)
    await desk.plan(await a_disposition(database, 2))
    await desk.deliver_all()
    assert {row.state for row in await rows(database)} == {"held"}
    assert target.order == []
    async with database.writing(ROOFTOP) as db:
        assert len(await writeback_targets.resume(db, "fake", NOW)) == 2
    await desk.deliver_all()
    assert {row.state for row in await rows(database)} == {"acked"}
    assert sorted(target.has.values()) == [1, 1]


async def test_one_success_ends_a_run_of_failures(database: Database) -> None:
    await a_store(database)
    await a_target(database, "fake")
    target = FakeTarget()
    target.script = ["down", "down"]
    desk = desk_for(database, target)
    await desk.plan(await a_disposition(database))
    await desk.deliver_all()
    assert (await the_target(database)).failing_since == NOW
    await desk.until_settled()
    assert (await the_target(database)).failing_since is None


async def test_a_target_without_its_settings_fails_on_schedule_and_names_what_is_missing(database: Database) -> None:
    from lanekeeper.wiring import target_builder

    await a_store(database)
    await a_target(database, "crm", "star_rest", {"url": "https://crm.example"})
    desk = Desk(database, lambda target: target_builder(desk.settings, desk.clock)(target))
    await desk.plan(await a_disposition(database))
    await desk.deliver_all()
    [row] = await rows(database)
    assert (row.state, row.last_error) == ("retry", "not set up: token: Field required")
