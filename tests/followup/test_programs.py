"""Programs: who qualifies and why, what each step comes to, who is left alone or held out, and what came of it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from followup.loop_models import AppendOnly
from followup.loops import COMPLAINT, Promise, promise_callback
from followup.models import Loop
from followup.program_models import Enrollment, ProgramChange, ProgramRow, ProgramTouch
from followup.programs import keeping, leaving_alone, outcomes, preview
from followup.programs.finding import FINDERS
from followup.programs.kinds import KINDS
from followup.programs.leaving_alone import Standing
from followup.programs.rules import Rules, held_out, next_due, read_rules
from kit.db import Database
from kit.ids import CustomerId
from record import contact_policy, households
from record.contact_models import ConsentEntry
from record.models import ContactPoint, RepairOrder, Vehicle
from record.sales_models import Deal
from record.text_models import SenderRegistration
from record.visit_models import Recommendation
from tests.builders import ANA, LINE, NOW, ROOFTOP, a_customer
from tests.followup.test_by_itself import Floor

TODAY = date(2026, 11, 20)
YES = {"kind": "grant", "channel": "text", "scope": "marketing", "source": "web_form", "words": "yes"}
RED = KINDS["declined_red"]


@pytest.fixture
async def floor(database: Database) -> Floor:
    return await Floor(database).open()


async def advised(floor: Floor, days_ago: int, colour: str = "red", **more: Any) -> str:
    number = f"9{days_ago}{colour[0]}"
    order = await floor.an_order("closed", ro_number=number, opened_at=NOW - timedelta(days=days_ago))
    given = {
        "repair_order_id": order, "customer_id": floor.ana, "vehicle_id": floor.car, "item_key": "1",
        "description": "front brake pads", "colour": colour, "state": "declined", "presented": True, "measured": "3 mm",
        "recommended_at": NOW - timedelta(days=days_ago), "price_low_cents": 40_000, "price_high_cents": 45_000, **more,
    }  # fmt: skip
    return await floor._add(Recommendation(**given))


async def sold(floor: Floor, on: date, **more: Any) -> str:
    given = {"customer_id": floor.ana, "vehicle_id": floor.car, "kind": "retail", **more}
    return await floor._add(Deal(deal_number=f"D{on}{len(more)}", sold_on=on, **given))


async def may_be_offered(floor: Floor) -> None:
    await floor._add(SenderRegistration(e164=LINE, state="approved", checked_at=NOW))
    await floor._add(ConsentEntry(entry_key="yes", contact=ANA, at=NOW - timedelta(days=400), **YES))
    await floor._add(ConsentEntry(entry_key="region", contact="+15550000000", at=NOW, **YES))


async def inside(floor: Floor, kind: str) -> list[Enrollment]:
    async with floor.database.reading(ROOFTOP) as db:
        found = select(Enrollment).join(ProgramRow, ProgramRow.id == Enrollment.program_id)
        return list(await db.scalars(found.where(ProgramRow.kind == kind).order_by(Enrollment.id)))


async def touches(floor: Floor) -> list[tuple[str, str]]:
    async with floor.database.reading(ROOFTOP) as db:
        rows = await db.scalars(select(ProgramTouch).order_by(ProgramTouch.at, ProgramTouch.id))
        return [(row.by, row.says.split(":")[0]) for row in rows]


async def only(floor: Floor, *kinds: str) -> None:
    """All other programs are paused, and nobody is held out."""
    async with floor.database.writing(ROOFTOP) as db:
        await keeping.programs(db, NOW)
        await db.execute(update(ProgramRow).where(ProgramRow.kind.not_in(kinds)).values(paused_at=NOW))
        for row in await db.scalars(select(ProgramRow)):
            row.look_at, row.rules = NOW - timedelta(days=30), {**row.rules, "holdout_percent": 0}


@pytest.mark.parametrize(
    ("days_ago", "taken", "due"),
    [(0, None, 2), (2, None, 2), (4, None, 2), (5, None, 7), (8, 2, 7), (21, 7, 21), (24, 7, None), (22, 21, None)],
)
def test_a_step_is_due_on_its_day_and_left_out_when_missed_by_three(
    days_ago: int, taken: int | None, due: int | None
) -> None:
    """S1-45: red work on days 2, 7 and 21."""
    a_day = 24 * 60
    since = NOW - timedelta(days=days_ago)
    found = next_due(RED.rules, since, taken * a_day if taken else None, NOW, RED.fresh)
    assert found == (due * a_day if due else None)


def test_every_program_has_a_finder_and_rules_its_own_form_accepts() -> None:
    assert set(FINDERS) == set(KINDS)
    for kind in KINDS.values():
        form = {"a_day": str(kind.rules.a_day), "holdout_percent": str(kind.rules.holdout_percent)}
        form |= {"window_days": str(kind.rules.window_days)} | {n: str(v) for n, v in kind.rules.numbers.items()}
        for at, step in enumerate(kind.rules.steps):
            form |= {f"step_{at}_number": str(step.number), f"step_{at}_unit": step.unit, f"step_{at}_by": step.by}
        read, problems = read_rules(
            form, kind.numbers, before=kind.before, most_holdout=kind.most_holdout, may_be_empty=kind.may_be_empty
        )
        assert (read, problems) == (Rules.from_json(kind.rules.to_json(), kind.rules), [])


def test_a_form_is_read_whole_or_every_problem_is_named() -> None:
    form = {"a_day": "9999", "holdout_percent": "10", "window_days": "x", "step_0_number": "2", "step_0_unit": "weeks"}
    read, problems = read_rules(form, RED.numbers, before=False, most_holdout=0, may_be_empty=False)
    assert read is None
    assert [each.split(":")[0] for each in problems] == [
        "Step 1", "New people a day", "Held out, percent of customers", "What comes within so many days counts",
    ]  # fmt: skip


def test_holding_out_is_for_good_and_a_larger_share_only_adds() -> None:
    everybody = [f"customer{at}" for at in range(20_000)]
    few = {each for each in everybody if held_out(each, 10)}
    assert few <= {each for each in everybody if held_out(each, 20)}
    assert 1_800 < len(few) < 2_200 and not any(held_out(each, 0) for each in everybody)


def test_who_is_left_alone_and_by_which_rule() -> None:
    old = tuple(NOW - timedelta(days=20 * at + 31) for at in range(5))
    told = {
        "P4": Standing(asked_to_be=True, visit_booked=True),
        "P1": Standing(visit_booked=True),
        "P5": Standing(touches=old, heard_at=old[-1] - timedelta(days=1)),
        "P2": Standing(complaint=True),
        "P3": Standing(heard_at=NOW - timedelta(hours=47)),
        "T7": Standing(touches=(NOW - timedelta(days=6),)),
        "T30": Standing(touches=tuple(NOW - timedelta(days=at) for at in (8, 15, 29))),
    }
    for rule, standing in told.items():
        found = leaving_alone.reason(RED, standing, 1, 3, NOW)
        assert found is not None and found.id == rule
    assert leaving_alone.reason(RED, Standing(touches=old, heard_at=old[0]), 1, 3, NOW) is None
    assert leaving_alone.reason(KINDS["no_show"], Standing(asked_to_be=True, complaint=True), 1, 3, NOW) is None


async def test_red_work_is_asked_about_by_whoever_advised_it_until_written_consent(floor: Floor) -> None:
    """S1-19, S1-39, S1-45, S2-65: without consent to offers a person calls, with the price on file; with it a text goes
    that names no price. Done again, nothing is done twice."""
    await advised(floor, 2)
    await only(floor, "declined_red")
    assert await floor.programs_run(NOW) == 1
    for at in (NOW, NOW + timedelta(minutes=1), NOW + timedelta(days=1)):
        await floor.programs_run(at)
    (owed,) = await floor.loops("declined_work")
    assert (owed.value_cents, owed.owner_id, owed.contact) == (40_000, floor.dan, ANA)
    assert "front brake pads (3 mm)" in owed.need and "$400 to $450" in owed.need
    assert "no text: L3 L14" in owed.need
    assert (await touches(floor), await floor.texts()) == ([("person", "L3 L14")], [])
    await may_be_offered(floor)
    async with floor.database.writing(ROOFTOP) as db:
        await db.execute(update(Recommendation).values(recommended_at=NOW - timedelta(days=21)))
        await db.execute(update(Enrollment).values(counts_from=NOW - timedelta(days=21), next_at=NOW))
        await db.execute(update(ProgramTouch).values(at=NOW - timedelta(days=19)))
    floor.clock.at = NOW
    await floor.steps()
    (said,) = await floor.send(NOW)
    assert "needing attention now: front brake pads" in said and "$" not in said and "do not drive" in said
    assert [row.state for row in await inside(floor, "declined_red")] == ["done"]


async def test_yellow_work_waits_and_what_was_put_off_is_asked_on_its_day(floor: Floor) -> None:
    await advised(floor, 2, "yellow")
    await advised(floor, 7, "green")
    await advised(floor, 30, "yellow", state="deferred", deferred_until=TODAY + timedelta(days=2), item_key="2")
    await only(floor, "declined_red", "declined_yellow", "deferred_work")
    await floor.programs_run(NOW)
    assert await floor.loops() == []
    await floor.programs_run(NOW + timedelta(days=2))
    (owed,) = await floor.loops("declined_work")
    assert "put it off to November 22" in owed.need
    assert [row.subject for row in await inside(floor, "declined_yellow")] == []


async def test_one_budget_over_all_programs_and_good_reasons_to_leave_somebody_alone(floor: Floor) -> None:
    """Two programs want Ana on one day: one asks, the other waits until its step is stale. A complaint holds both."""
    await advised(floor, 2)
    await sold(floor, TODAY - timedelta(days=14))
    await only(floor, "declined_red", "first_service")
    async with floor.database.writing(ROOFTOP) as db:
        upset = Promise("c1", "Angry", "service", ANA, CustomerId(floor.ana), kind=COMPLAINT)
        complaint = await promise_callback(db, upset, NOW)
    assert await floor.programs_run(NOW) == 0
    async with floor.database.writing(ROOFTOP) as db:
        await db.execute(update(Loop).where(Loop.id == complaint.id).values(closed_at=NOW, state="closed"))
        await db.execute(update(ProgramRow).values(look_at=NOW))
        await db.execute(update(RepairOrder).values(vehicle_id=None))
    assert await floor.programs_run(NOW) == 2
    assert len(await touches(floor)) == 1
    await floor.programs_run(NOW + timedelta(days=1))
    assert len(await touches(floor)) == 1, "the week's touch is used"
    async with floor.database.writing(ROOFTOP) as db:
        numbers = await contact_policy.numbers_in_force(db)
        await contact_policy.change(db, {**numbers, "touches_week": 2}, "Mara Field", "a slow month", NOW)
        await db.execute(update(Enrollment).where(Enrollment.began_at.is_(None)).values(next_at=NOW))
    floor.clock.at = NOW + timedelta(days=1)
    await floor.steps()
    assert len(await touches(floor)) == 2


async def test_buyers_are_watched_at_eight_months_and_asked_at_thirteen(floor: Floor) -> None:
    """S1-22, S1-23, S1-24: unless their car came to service meanwhile."""
    await sold(floor, date(2025, 10, 20))
    await only(floor, "silent_buyer", "watch_list")
    await floor.programs_run(NOW - timedelta(days=4))
    assert (len(await inside(floor, "watch_list")), await floor.loops()) == (1, [])
    async with floor.database.writing(ROOFTOP) as db:
        await db.execute(update(ProgramRow).values(look_at=NOW))
    await floor.programs_run(NOW)
    (owed,) = await floor.loops("silent_defector")
    assert "13 months ago" in owed.need and "never came for service" in owed.need
    await floor.an_order("in_shop", opened_at=NOW + timedelta(days=3), status_at=NOW)
    await floor.programs_run(NOW + timedelta(days=14))
    (row,) = await inside(floor, "silent_buyer")
    assert (row.state, row.stop_reason, row.came_at) == ("stopped", "no longer so", NOW + timedelta(days=3))
    assert [each.state for each in await inside(floor, "watch_list")] == ["done"], "they came"


async def test_a_customer_is_missed_after_one_and_a_half_of_their_own_intervals(floor: Floor) -> None:
    for months_ago in (22, 16, 10):
        at = NOW - timedelta(days=round(30.44 * months_ago))
        await floor.an_order("closed", ro_number=f"R{months_ago}", opened_at=at, status_at=at)
    await only(floor, "silent_customer")
    async with floor.database.writing(ROOFTOP) as db:
        program = await keeping.ensured(db, "silent_customer", NOW)
        lazy = Rules(program.rules.steps, numbers={**program.rules.numbers, "habit_percent": 250})
        assert (await preview.preview(db, program, NOW, lazy)).people == ()
    await floor.programs_run(NOW)
    (row,) = await inside(floor, "silent_customer")
    assert row.reason.startswith("came 3 times, about every 6 months; last on January")


async def test_a_household_is_asked_person_by_person_and_nothing_of_one_is_told_to_another(floor: Floor) -> None:
    """S1-06, S1-07: the car of Ana's husband is due and his lease ends; Ana was here last week."""
    async with floor.database.writing(ROOFTOP) as db:
        bo = await a_customer(db, "Bo", "Ortega", "+15550100178")
        his = await db.scalar(select(Vehicle.id).where(Vehicle.customer_id == bo))
        await households.declare(db, floor.ana, bo, "Ana")
    await floor.an_order("closed", ro_number="1", opened_at=NOW - timedelta(days=7))
    old = {"customer_id": bo, "vehicle_id": his, "opened_at": NOW - timedelta(days=250)}
    await floor.an_order("closed", ro_number="2", **old)
    ends = {"kind": "lease", "customer_id": bo, "vehicle_id": his, "lease_ends_on": TODAY + timedelta(days=120)}
    await sold(floor, date(2023, 11, 1), **ends)
    await only(floor, "household_due", "lease_ending")
    async with floor.database.writing(ROOFTOP) as db:
        numbers = await contact_policy.numbers_in_force(db)
        await contact_policy.change(db, {**numbers, "touches_week": 3}, "Mara Field", "both", NOW)
    await floor.programs_run(NOW)
    owed = await floor.loops()
    assert {row.kind for row in owed} == {"household_due", "lease_ending"}
    for row in owed:
        assert row.customer_id == bo and "Ana" not in row.need and row.contact == "+15550100178"
    assert {
        row.customer_id for row in [*await inside(floor, "household_due"), *await inside(floor, "lease_ending")]
    } == {bo}


async def test_a_pause_stops_what_was_about_to_leave_and_a_resume_lets_it_go(floor: Floor) -> None:
    await may_be_offered(floor)
    await advised(floor, 2)
    await only(floor, "declined_red")
    await floor.programs_run(NOW)
    async with floor.database.writing(ROOFTOP) as db:
        assert await keeping.pause(db, "declined_red", "Mara Field", "the price list is wrong", NOW)
        assert not await keeping.pause(db, "declined_red", "Mara Field", "again", NOW)
    await advised(floor, 3)
    assert (await floor.programs_run(NOW + timedelta(hours=1)), await floor.send()) == (0, [])
    async with floor.database.writing(ROOFTOP) as db:
        assert await keeping.resume(db, "declined_red", "Mara Field", "put right", NOW)
        program = await keeping.ensured(db, "declined_red", NOW)
        with pytest.raises(keeping.Moved):
            await keeping.edit(db, "declined_red", program.rules, program.version + 1, "x", "y", NOW)
        changes = [(each.act, each.by) for each in await keeping.changes(db, program)]
    assert len(await floor.send(NOW + timedelta(hours=2))) == 1
    assert changes == [("resumed", "Mara Field"), ("paused", "Mara Field"), ("made", "Lanekeeper")]
    with pytest.raises(AppendOnly):
        async with floor.database.writing(ROOFTOP) as db:
            (await db.scalars(select(ProgramChange).limit(1))).one().why = "another story"


async def test_a_text_that_does_not_arrive_is_a_persons_task(floor: Floor) -> None:
    """Whoever cannot be texted is called: an opt-out between the step and the claim, and a number that is no mobile."""
    order = await floor.an_order("closed", closed_at=NOW - timedelta(days=2))
    await only(floor, "after_visit")
    await floor.programs_run(NOW)
    (waiting,) = await floor.texts()
    assert (waiting.kind, await floor.loops()) == ("after_visit", [])
    await floor._add(ConsentEntry(entry_key="k", contact=ANA, kind="revoke", channel="all", scope="all",
                                  source="text", words="STOP", at=NOW))  # fmt: skip
    assert await floor.send(NOW) == []
    (owed,) = await floor.loops("after_visit")
    assert (owed.owner_id, "opt-out" in owed.need) == (floor.dan, True)
    assert (await inside(floor, "after_visit"))[0].subject == f"ro:{order}"
    async with floor.database.writing(ROOFTOP) as db:
        await db.execute(update(ContactPoint).values(label="landline"))
    await floor.an_order("closed", ro_number="7", closed_at=NOW - timedelta(days=2))
    async with floor.database.writing(ROOFTOP) as db:
        await db.execute(update(ProgramRow).values(look_at=NOW))
        await db.execute(update(ProgramTouch).values(at=NOW - timedelta(days=9)))
    await floor.programs_run(NOW)
    assert [says for _by, says in await touches(floor)][-1] == "N1"


async def test_the_preview_says_how_many_and_why_and_touches_nothing(floor: Floor) -> None:
    """Twelve customers: some may be texted, some are called, one opted out, one is held out, the rest wait a day."""
    async with floor.database.writing(ROOFTOP) as db:
        db.add(SenderRegistration(e164=LINE, state="approved", checked_at=NOW))
        ids = []
        for at in range(12):
            number = f"+1503555{at:04d}"
            ids.append(await a_customer(db, f"P{at}", "Q", number))
            car = await db.scalar(select(Vehicle.id).where(Vehicle.customer_id == ids[-1]))
            order = RepairOrder(
                ro_number=f"P{at}", customer_id=ids[-1], vehicle_id=car, status="closed", opened_at=NOW, status_at=NOW
            )
            db.add(order)
            await db.flush()
            when = NOW - timedelta(days=15)
            db.add(
                Recommendation(
                    repair_order_id=order.id, customer_id=ids[-1], vehicle_id=car, item_key="1", description="tires",
                    colour="yellow", state="declined", recommended_at=when, price_low_cents=100 * (99 - at),
                )
            )  # fmt: skip
            if at % 2:
                db.add(ConsentEntry(entry_key=f"y{at}", contact=number, at=when, **YES))
            if at == 3:
                no = {"kind": "revoke", "channel": "all", "scope": "all", "source": "text", "words": "STOP"}
                db.add(ConsentEntry(entry_key="no", contact=number, at=NOW, **no))
        program = await keeping.ensured(db, "declined_yellow", NOW)
    out = {each for each in ids if held_out(each, program.rules.holdout_percent)}
    async with floor.database.reading(ROOFTOP) as db:
        few = Rules(program.rules.steps, a_day=6)
        seen = await preview.preview(db, program, NOW, few)
        whole = await preview.preview(db, program, NOW)
    assert len(seen.people) == 12 and seen.by_deed["held_out"] == len(out)
    assert sum(seen.by_deed[each] for each in ("text", "waits", "person")) == 6
    assert {each.name for each in whole.of(rule="L5")} == ({"P3 Q"} if ids[3] not in out else set())
    assert whole.by_rule["L3"] == sum(at % 2 == 0 and one not in out for at, one in enumerate(ids))
    for rule, number in whole.by_rule.items():
        assert len(whole.of(rule=rule)) == number
    async with floor.database.reading(ROOFTOP) as db:
        assert (await db.scalars(select(Enrollment))).all() == []


async def test_what_came_is_counted_for_the_last_who_asked_and_the_held_out_are_never_asked(floor: Floor) -> None:
    """S1-65: a repair order within the window, once; and the same of those held out."""
    await advised(floor, 2)
    await only(floor, "declined_red", "declined_yellow")
    await floor.programs_run(NOW)
    async with floor.database.writing(ROOFTOP) as db:
        bo = await a_customer(db, "Bo", "Li", "+15550100179")
        yellow = await keeping.ensured(db, "declined_yellow", NOW)
        for who, state, began in ((floor.ana, "active", -3), (bo, "held_out", -3)):
            db.add(
                Enrollment(
                    program_id=yellow.id, version=1, customer_id=who, subject=f"ro:{who}", reason="r", state=state,
                    counts_from=NOW, enrolled_at=NOW, began_at=NOW + timedelta(days=began), next_at=None,
                )
            )  # fmt: skip
        for who, number in ((floor.ana, "A1"), (bo, "B1")):
            at = NOW + timedelta(days=5)
            came = {"opened_at": at, "status_at": at, "status": "closed", "total_cents": 52_000}
            db.add(RepairOrder(ro_number=number, customer_id=who, **came))
        await db.flush()
        programs = await keeping.as_they_stand(db)
        for program in programs:
            await outcomes.count(db, program, NOW + timedelta(days=20))
        found = await outcomes.outcomes(db, programs)
    red, of_yellow = found["declined_red"], found["declined_yellow"]
    assert (red.asked.came, red.cents, red.orders) == (1, 52_000, 1)
    assert (of_yellow.asked.came, of_yellow.cents, of_yellow.held_out.came) == (1, 0, 1), "red asked her last"
    assert of_yellow.more_per_hundred is None, "one held out says nothing"
    assert all(touch.customer_id == floor.ana for touch in await _all_touches(floor))


async def _all_touches(floor: Floor) -> list[ProgramTouch]:
    async with floor.database.reading(ROOFTOP) as db:
        return list(await db.scalars(select(ProgramTouch)))
