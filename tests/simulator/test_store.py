"""The made-up store is believable, the same every time, and breaks none of the rules the real one has."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from followup.models import Loop
from kit.db import Base, Database
from lanekeeper.migrate import upgrade
from record import call_views, customers, repair_orders, rooftops
from record.call_views import CallFilter
from record.hours import hours_of
from record.models import (
    Call,
    CallTransfer,
    CallTurn,
    ClaimFlag,
    ContactPoint,
    Customer,
    Disposition,
    OutboxEvent,
    RepairOrder,
    ToolCall,
    TransferTarget,
    Vehicle,
    WriteBack,
)
from scheduling import op_codes
from scheduling.appointments import appointments_of
from scheduling.models import AppointmentRow, ReservationRow
from scheduling.openings import find_offers
from scheduling.shop import Wish
from simulator.dealership.shop_floor import LINE
from simulator.store import DemoStore, build_store, known_customer
from tests.conftest import Templates
from tests.longer import longer

World = tuple[Database, DemoStore]
NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)  # a Saturday, half past noon at the store


@pytest.fixture(scope="module")
def url(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with templates.copy("sqlite", "migrated", upgrade, tmp_path_factory.mktemp("store")) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(url: str) -> AsyncIterator[World]:
    """One store for all tests that only look."""
    database = Database(url)
    yield database, await build_store(database, NOW)
    await database.close()


@pytest.fixture
def two_databases(request: pytest.FixtureRequest, templates: Templates, tmp_path: Path) -> Iterator[list[str]]:
    with ExitStack() as open_ones:
        made = []
        for number, engine in enumerate(request.param):
            folder = tmp_path / str(number)
            folder.mkdir()
            made.append(open_ones.enter_context(templates.copy(engine, "migrated", upgrade, folder)))
        yield made


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def rows(world: World, table: type[Any]) -> list[Any]:
    database, store = world
    async with database.reading(store.rooftop_id) as db:
        return list(await db.scalars(select(table)))


async def test_it_has_the_size_of_a_real_month(world: World) -> None:
    counts = {table: len(await rows(world, table)) for table in (Customer, Call, RepairOrder, AppointmentRow)}
    assert counts[Customer] == 120
    assert counts[Call] == 60
    assert 35 <= counts[RepairOrder] <= 55
    assert counts[AppointmentRow] >= 30
    assert len(set((await rows(world, Vehicle))[0].vin or "")) > 5
    months = [call.started_at for call in await rows(world, Call)]
    assert NOW - timedelta(days=32) < min(months) < NOW - timedelta(days=20)
    assert NOW - timedelta(minutes=30) < max(months) < NOW


async def test_every_number_is_one_kept_for_fiction(world: World) -> None:
    numbers = [point.value for point in await rows(world, ContactPoint) if point.kind == "phone"]
    numbers += [target.e164 for target in await rows(world, TransferTarget)]
    numbers += [call.from_e164 for call in await rows(world, Call)]
    assert all(number[5:9] == "5550" and number[9] == "1" and len(number) == 12 for number in numbers)
    assert not any("honda" in world[1].name.lower() for _ in "x")


async def test_households_share_a_phone_and_a_name(world: World) -> None:
    shared = Counter(p.value for p in await rows(world, ContactPoint) if p.kind == "phone")
    twice = [number for number, people in shared.items() if people == 2]
    assert len(twice) >= 5
    database, store = world
    async with database.reading(store.rooftop_id) as db:
        for number in twice:
            assert len({person.last_name for person in await customers.customers_with_phone(db, number)}) == 1


async def test_every_vin_passes_its_check_digit(world: World) -> None:
    letters = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True))
    for car in await rows(world, Vehicle):
        values = [int(c) if c.isdigit() else letters[c] for c in car.vin]
        weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
        rest = sum(v * w for v, w in zip(values, weights, strict=True)) % 11
        assert car.vin[8] == ("X" if rest == 10 else str(rest))


async def test_the_known_callers_are_who_the_scenarios_say(world: World) -> None:
    database, store = world
    async with database.reading(store.rooftop_id) as db:
        expected = {
            "+15035550112": ("Maria Alvarez", "2019 Honda CR-V"),
            "+15035550127": ("Robert Chen", "2021 Toyota Tacoma"),
            "+15035550134": ("Denise Walker", "2020 Subaru Outback"),
            "+15035550145": ("Tom Becker", "2018 Ford F-150"),
        }
        for number, (name, car) in expected.items():
            found = await customers.customers_with_phone(db, number)
            assert [(person.name, person.vehicles[0].spoken) for person in found] == [(name, car)]
        robert = await known_customer(db, "Robert", "Chen")
        assert robert
        assert [visit.status for visit in await repair_orders.open_repair_orders(db, robert)] == ["awaiting_parts"]
        for first, last in (("Denise", "Walker"), ("Tom", "Becker")):
            who = await known_customer(db, first, last)
            assert who
            assert len(await appointments_of(db, who, NOW)) == 1
        assert await customers.customers_with_phone(db, store.unknown_number) == []
        line = await rooftops.line_dialled(db, LINE)
        assert line
        assert line[1] == "service"


async def test_callers_can_book_what_the_menu_offers(world: World) -> None:
    database, store = world
    async with database.reading(store.rooftop_id) as db:
        menu = await op_codes.menu(db)
        assert len(menu) >= 25
        for words, code in (("oil change", "LOF"), ("my brakes are squealing", "BRKINSP"), ("nail in my tire", "FLAT")):
            assert op_codes.matches(words, menu)[0].job.code == code
        for job in menu:
            assert await find_offers(db, Wish((job,)), NOW), f"nothing free for {job.code}"


async def test_every_call_has_one_outcome_delivered_once(world: World) -> None:
    calls = await rows(world, Call)
    dispositions = await rows(world, Disposition)
    assert Counter(d.call_id for d in dispositions) == Counter(call.id for call in calls)
    delivered = await rows(world, WriteBack)
    assert Counter(w.subject_id for w in delivered) == Counter(d.id for d in dispositions)
    assert {w.state for w in delivered} == {"acked"}
    codes = {d.code for d in dispositions}
    assert {"appointment_set", "status_given", "info_only", "promise_made", "abandoned_handoff"} <= codes


async def test_open_promises_are_few_recent_and_owned(world: World) -> None:
    loops = await rows(world, Loop)
    still_open = [loop for loop in loops if loop.closed_at is None]
    assert 1 <= len(still_open) <= 6
    assert all(loop.due_at > NOW - timedelta(hours=1) for loop in still_open)
    assert all(loop.created_at <= loop.closed_at <= NOW for loop in loops if loop.closed_at)
    unmet = {d.call_id for d in await rows(world, Disposition) if d.code in ("hung_up", "abandoned_handoff")}
    assert unmet <= {loop.call_id for loop in loops}


async def test_one_call_claims_what_is_not_on_record(world: World) -> None:
    assert [flag.kind for flag in await rows(world, ClaimFlag)] == ["said_booked"]


async def test_tools_only_touched_the_callers_own_record(world: World) -> None:
    callers = {call.id: call.customer_id for call in await rows(world, Call)}
    for use in await rows(world, ToolCall):
        assert use.subject_customer_id in (None, callers[use.call_id])
        assert use.verified_level >= use.required_level


async def test_transfers_went_to_listed_numbers_and_disclosure_came_first(world: World) -> None:
    listed = {target.e164: target.valid_from for target in await rows(world, TransferTarget)}
    transfers = await rows(world, CallTransfer)
    assert transfers
    assert all(listed[each.to_e164] <= each.created_at for each in transfers)
    for call in await rows(world, Call):
        assert call.ai_disclosed_at <= call.first_ai_audio_at <= call.ended_at


async def test_no_quarter_hour_is_promised_twice_and_past_visits_are_settled(world: World) -> None:
    taken = Counter((row.resource_id, row.quantum_start) for row in await rows(world, ReservationRow))
    assert max(taken.values()) == 1
    for visit in await rows(world, AppointmentRow):
        assert (visit.state == "booked") == (visit.starts_at >= NOW)
    orders = await rows(world, RepairOrder)
    assert len({order.ro_number for order in orders}) == len(orders)
    assert 10 <= sum(order.closed_at is None for order in orders) <= 20
    assert all(order.opened_at <= NOW for order in orders)


async def test_nothing_of_the_past_waits_for_a_worker(world: World) -> None:
    assert all(event.handled_at is not None for event in await rows(world, OutboxEvent))


async def test_a_call_reads_like_one(world: World) -> None:
    database, store = world
    async with database.reading(store.rooftop_id) as db:
        page = await call_views.newest_calls(db, CallFilter(disposition="appointment_set"))
        cut = set(await db.scalars(select(CallTurn.call_id).where(CallTurn.cut != "")))
        record = await call_views.call_record(db, next(line.id for line in page.calls if line.id in cut))
    assert record
    assert record.summary
    assert record.costs
    assert [turn.seq for turn in record.turns] == list(range(1, len(record.turns) + 1))
    starts = [turn.started_ms for turn in record.turns if turn.started_ms is not None]
    assert starts == sorted(starts)
    for t in record.timings:
        stamps = [t.speech_end_ms, t.stop_event_ms, t.response_create_ms, t.created_ms, t.first_delta_ms]
        assert stamps == sorted(stamp for stamp in stamps if stamp is not None)
    assert {use.tool for use in record.tools} >= {"find_customer", "offer_slots", "book_appointment"}


async def test_holidays_and_hours_are_in_place(world: World) -> None:
    database, store = world
    async with database.reading(store.rooftop_id) as db:
        hours = await hours_of(db, "service")
    assert hours.holiday_on(datetime(2026, 11, 26, tzinfo=UTC).date())
    assert hours.open_at(NOW)


async def test_building_again_changes_nothing(world: World) -> None:
    database, store = world
    async with database.reading(store.rooftop_id) as db:
        before = [await db.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables[1:]]
    assert await build_store(database, NOW + timedelta(days=2)) == store
    async with database.reading(store.rooftop_id) as db:
        after = [await db.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables[1:]]
    assert before == after


@pytest.mark.parametrize(
    ("two_databases", "now"),
    [
        (("sqlite", "postgres"), NOW),
        longer(("sqlite", "sqlite"), datetime(2026, 3, 9, 10, 0, tzinfo=UTC)),
        longer(("sqlite", "sqlite"), datetime(2026, 12, 27, 18, 0, tzinfo=UTC)),
    ],
    indirect=["two_databases"],
)
async def test_the_same_seed_tells_the_same_story_on_any_database_at_any_hour(
    two_databases: list[str], now: datetime
) -> None:
    stories = []
    for url in two_databases:
        database = Database(url)
        stories.append(await _story(database, await build_store(database, now)))
        await database.close()
    assert stories[0] == stories[1]


async def _story(database: Database, store: DemoStore) -> list[list[tuple[Any, ...]]]:
    async with database.reading(store.rooftop_id) as db:
        calls = await db.execute(select(Call.id, Call.started_at, Call.customer_id))
        turns = await db.execute(select(CallTurn.id, CallTurn.speaker, CallTurn.seq))
        visits = await db.execute(select(AppointmentRow.starts_at, AppointmentRow.customer_id, AppointmentRow.state))
        return [sorted(tuple(row) for row in found) for found in (calls, turns, visits)]
