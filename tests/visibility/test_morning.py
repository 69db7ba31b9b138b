"""One page in the morning: every customer whose clock ran out yesterday, once, and every figure the count of a list."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from console.app import create_console
from console.morning_presenter import morning_view
from console.settings import ConsoleSettings
from followup.loop_models import LoopAlarm
from followup.loops import Promise, promise_callback
from followup.models import Loop
from kit.bus import InProcessBus
from kit.db import Database
from record.models import Call, Customer, Disposition, RepairOrder
from tests.builders import ANA, NOW, ROOFTOP, StandingClock, a_store
from tests.console.conftest import a_browser
from visibility.morning import Group, Morning, morning, yesterday
from visibility.worth import INTENT

ZONE = ZoneInfo("America/Los_Angeles")
DAY = NOW.astimezone(ZONE).date()
NEXT_MORNING = datetime.combine(DAY + timedelta(days=1), datetime.min.time().replace(hour=8), ZONE)


@pytest.fixture
async def store(database: Database) -> Database:
    await a_store(database)
    return database


async def let_down(
    store: Database,
    key: str,
    kind: str = "callback",
    *,
    contact: str = "",
    customer: bool = False,
    value: int | None = None,
    since: datetime = NOW,
    why: str = "first_contact_late",
) -> str:
    """A loop whose clock ran out; its id."""
    async with store.writing(ROOFTOP) as db:
        ana = (await db.scalars(select(Customer.id).order_by(Customer.id).limit(1))).one() if customer else None
        promise = Promise(source_key=key, need=f"Need {key}", department="service", contact=contact, kind=kind)
        owed = await promise_callback(db, promise, NOW - timedelta(hours=3))
        row = await db.get_one(Loop, owed.id)
        row.customer_id, row.value_cents = ana, value
        db.add(LoopAlarm(loop_id=owed.id, kind=why, level=0, since=since, raised_at=since))
    return str(owed.id)


async def the_page(store: Database) -> Morning:
    async with store.reading(ROOFTOP) as db:
        return await morning(db, DAY, ZONE, NEXT_MORNING)


async def test_everybody_let_down_that_day_is_on_the_page_and_nobody_else(store: Database) -> None:
    await let_down(store, "a", "missed_call", contact="+15550100001")
    await let_down(store, "b", "callback", contact="+15550100002")
    await let_down(store, "c", "declined_work", contact="+15550100003", value=40_000)
    await let_down(store, "d", "silent_defector", contact="+15550100004")
    await let_down(store, "before", contact="+15550100005", since=NOW - timedelta(days=1))
    await let_down(store, "soon", contact="+15550100006", why="first_contact_soon")
    await let_down(store, "ours", "writeback_failed", contact="+15550100007")
    found = await the_page(store)
    assert {person.need: person.group for person in found.people} == {
        "Need a": Group.MISSED,
        "Need b": Group.PROMISED,
        "Need c": Group.DECLINED,
        "Need d": Group.QUIET,
    }


async def test_our_own_missed_call_is_one_and_a_complaint_is_somebody_upset(store: Database) -> None:
    missed, upset = await let_down(store, "a"), await let_down(store, "b", "complaint")
    async with store.writing(ROOFTOP) as db:
        at = NOW - timedelta(hours=3)
        db.add(Call(id="c1", call_sid="CA1", account_sid="AC", from_e164=ANA, to_e164=ANA, started_at=at))
        await db.flush()
        db.add(Disposition(call_id="c1", code="abandoned_ring", contact_outcome="abandoned_ring", note=""))
        for loop_id, value in ((missed, 45_000), (upset, 45_000)):
            row = await db.get_one(Loop, loop_id)
            row.call_id, row.value_cents = ("c1" if loop_id == missed else None), value
    found = {person.loop_id: person for person in (await the_page(store)).people}
    assert (found[missed].group, found[upset].group) == (Group.MISSED, Group.UPSET)
    assert found[missed].worth.high == round(found[upset].worth.high * INTENT), "only a call may have been about work"


async def test_a_customer_with_three_matters_counts_once_at_the_largest(store: Database) -> None:
    await let_down(store, "a", "declined_work", customer=True, value=40_000)
    await let_down(store, "b", "declined_work", customer=True, value=90_000)
    await let_down(store, "c", "missed_call", customer=True)
    found = await the_page(store)
    assert [(person.need, person.others) for person in found.people] == [("Need b", 2)]
    assert found.exposure.exposure == 90_000


async def test_what_was_made_good_since_stays_on_the_page_and_off_the_sum(store: Database) -> None:
    fixed = await let_down(store, "a", contact="+15550100001", value=40_000)
    await let_down(store, "b", contact="+15550100002", value=30_000)
    async with store.writing(ROOFTOP) as db:
        alarm = (await db.scalars(select(LoopAlarm).where(LoopAlarm.loop_id == fixed))).one()
        alarm.cleared_at = NOW + timedelta(hours=1)
    found = await the_page(store)
    assert (len(found.people), found.waiting, found.exposure.exposure) == (2, 1, 30_000)


async def test_recovered_is_money_of_repair_orders_within_thirty_days_and_nothing_else(store: Database) -> None:
    await let_down(store, "a", customer=True)
    async with store.writing(ROOFTOP) as db:
        ana = (await db.scalars(select(Customer.id).order_by(Customer.id).limit(1))).one()
        for number, days, cents in (("before", -1, 1_000), ("within", 1, 20_000), ("after", 31, 4_000)):
            at = NOW + timedelta(days=days)
            order = RepairOrder(
                ro_number=number, customer_id=ana, status="closed", opened_at=at, status_at=at, total_cents=cents
            )
            db.add(order)
    async with store.reading(ROOFTOP) as db:
        found = await morning(db, DAY, ZONE, NOW + timedelta(days=40))
    assert (found.recovered_cents, found.recovered_orders) == (20_000, 1)


async def test_every_figure_of_the_page_is_the_length_of_a_list_on_it(store: Database) -> None:
    for n in range(5):
        await let_down(store, f"k{n}", "missed_call" if n % 2 else "callback", contact=f"+1555010000{n}")
    found = await the_page(store)
    view = morning_view(found, NEXT_MORNING, ZONE, DAY)
    assert view.headline[:2] == ("5 customers were let down.", "5 are still waiting.")
    assert [section.title for section in view.sections] == [
        "Missed and not recovered (2)",
        "Promised and not done (3)",
    ]
    assert [len(section.rows) for section in view.sections] == [2, 3]


async def test_a_day_without_a_let_down_says_so(store: Database) -> None:
    view = morning_view(await the_page(store), NEXT_MORNING, ZONE, DAY)
    assert view.headline[0] == "Nobody was let down."
    assert view.sections == ()


async def test_the_page_knows_who_it_is_about_by_name_or_by_number(store: Database) -> None:
    await let_down(store, "a", customer=True)
    await let_down(store, "b", contact=ANA)
    rows = morning_view(await the_page(store), NEXT_MORNING, ZONE, DAY).sections[0].rows
    assert all(row.who and row.owner and row.address.startswith("/loops/") for row in rows)


async def test_the_page_is_one_look_for_whoever_runs_the_store(store: Database) -> None:
    await let_down(store, "<b>brakes</b>", "missed_call", contact="+15550100001")
    clock = StandingClock(NEXT_MORNING)
    console = create_console(store, clock, InProcessBus(clock), ConsoleSettings(console_rooftop=ROOFTOP))
    async with a_browser(console) as browser:
        page = await browser.get("/morning")
        earlier = await browser.get("/morning?day=not-a-day")
        for odd in ("/morning?day=0001-01-01", "/calls?date=9999-12-31"):
            assert (await browser.get(odd)).status_code == 200
    assert "1 customer was let down. 1 is still waiting." in page.text
    assert "Need &lt;b&gt;brakes&lt;/b&gt;" in page.text
    assert earlier.text.count("Still waiting") == page.text.count("Still waiting")


def test_the_page_turns_over_at_half_past_six_store_time() -> None:
    day = datetime(2026, 11, 25, tzinfo=ZONE)
    assert yesterday(day.replace(hour=6, minute=29), ZONE).day == 23
    assert yesterday(day.replace(hour=6, minute=30), ZONE).day == 24
