"""What a store's files say reaches its record, and only that."""

import csv
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import codes
from crm_sync.feeds import save_header
from crm_sync.models import CodeMap, RefusedRow, SourceRow, SyncRun
from followup.models import Loop
from kit.db import Database
from record import special_orders
from record.contact_models import ConsentEntry, HygieneFinding
from record.identity_models import ExternalRef, HouseholdLink, MatchPair
from record.models import ContactPoint, Customer, OutboxEvent, RepairOrder, Vehicle
from record.sales_models import Deal
from record.visit_models import Recommendation, RepairOrderLine, SpecialOrderPart, StoreAppointment
from simulator.dealer_group import write_night, write_truth
from tests.builders import NOW, ROOFTOP, a_customer, a_store
from tests.crm_sync import files
from tests.crm_sync.desk import Desk

MONDAY, TUESDAY, WEDNESDAY = "20261116_0300", "20261117_0300", "20261118_0300"


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    await a_store(database)
    return Desk(database, tmp_path)


async def test_a_repair_order_arrives_with_its_customer_car_and_operations(desk: Desk) -> None:
    report = await desk.sees()
    assert (report.counts.read, report.counts.new, report.counts.refused) == (1, 1, 0)
    order = await desk.one(RepairOrder)
    assert (order.ro_number, order.status, order.source_status) == ("6001", "in_shop", "In Shop")
    assert order.promised_at == datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
    assert (order.total_cents, order.mileage_in) == (8490, 81200)
    person = await desk.one(Customer, last_name="Alvarez")
    assert (person.first_name, person.street, person.postal_code) == ("Maria", "12 Oak St", "97201")
    points = await desk.all(ContactPoint, customer_id=person.id)
    assert {(point.kind, point.value, point.label) for point in points} == {
        ("phone", "+15035550112", "home"),
        ("email", "maria@example.com", ""),
    }
    car = await desk.one(Vehicle, vin=files.VIN)
    assert (car.customer_id, car.make, car.year, car.mileage) == (person.id, "Honda", 2003, 81200)
    lines = sorted(await desk.all(RepairOrderLine), key=lambda line: line.position)
    assert [(line.position, line.op_code, line.labor_cents, line.hours) for line in lines] == [
        (1, "LOF", 3995, 0.3),
        (2, "ROT", 2500, 0.4),
    ]
    assert (await desk.one(ExternalRef, kind="customer")).external_id == "1001"


async def test_the_same_file_again_costs_nothing_and_changes_nothing(desk: Desk) -> None:
    await desk.sees()
    again = await desk.sees()
    assert again.known
    assert len(await desk.all(SyncRun)) == 1


async def test_the_same_row_in_a_later_file_is_the_same(desk: Desk) -> None:
    await desk.sees({}, {"RO Number": "6002"}, at=MONDAY)
    report = await desk.sees({}, {"RO Number": "6002", "Total Sale": "10"}, {"RO Number": "6003"}, at=TUESDAY)
    counts = report.counts
    assert (counts.read, counts.new, counts.changed, counts.same) == (3, 1, 1, 1)


async def test_an_older_file_never_overwrites_a_newer_one(desk: Desk) -> None:
    await desk.sees({"RO Status": "Ready", "Address": "9 NEW RD"}, at=TUESDAY)
    report = await desk.sees({"RO Status": "In Shop", "Address": "1 OLD RD"}, at=MONDAY)
    assert report.counts.older == 1
    assert (await desk.one(RepairOrder)).status == "ready"
    assert (await desk.one(Customer, last_name="Alvarez")).street == "9 New Rd"


async def test_a_row_repeated_later_speaks_against_a_file_from_in_between(desk: Desk) -> None:
    await desk.sees({"Total Sale": "10"}, at=MONDAY)
    await desk.sees({"Total Sale": "10"}, {"RO Number": "6002"}, at=WEDNESDAY)
    await desk.sees({"Total Sale": "99"}, at=TUESDAY)
    assert (await desk.one(RepairOrder, ro_number="6001")).total_cents == 1000


async def test_a_whole_file_repeated_later_speaks_against_a_file_from_in_between(desk: Desk) -> None:
    await desk.sees({"Total Sale": "10"}, at=MONDAY)
    assert (await desk.sees({"Total Sale": "10"}, at=WEDNESDAY)).known
    await desk.sees({"Total Sale": "99"}, at=TUESDAY)
    assert (await desk.one(RepairOrder)).total_cents == 1000


async def test_a_file_like_an_earlier_one_is_news_after_another_spoke(desk: Desk) -> None:
    await desk.sees({"RO Status": "In Shop"}, at=MONDAY)
    await desk.sees({"RO Status": "Ready"}, at=TUESDAY)
    assert not (await desk.sees({"RO Status": "In Shop"}, at=WEDNESDAY)).known
    assert (await desk.one(RepairOrder)).status == "in_shop"


async def test_a_missing_column_is_not_a_blank_value(desk: Desk, tmp_path: Path) -> None:
    await desk.sees(at=MONDAY)
    short = {
        name: files.RO[name] for name in ("RO Number", "Open Date", "Customer Number", "Last Name", "Operation Codes")
    }
    await desk.take(files.write(tmp_path / f"DV1_{TUESDAY}_SV.txt", [{**short, "Operation Codes": "LOF"}]))
    order = await desk.one(RepairOrder)
    assert (order.total_cents, order.status) == (8490, "in_shop")
    assert (await desk.one(Customer, last_name="Alvarez")).street == "12 Oak St"
    await desk.sees({"Total Sale": "", "Address": ""}, at=WEDNESDAY)
    assert (await desk.one(RepairOrder)).total_cents is None
    assert (await desk.one(Customer, last_name="Alvarez")).street == ""


async def test_what_a_customer_corrected_here_outlives_files_that_repeat_the_old_value(desk: Desk) -> None:
    await desk.sees(at=MONDAY)
    async with desk.database.writing(ROOFTOP) as db:
        person = await db.get(Customer, (await desk.one(Customer, last_name="Alvarez")).id)
        assert person is not None
        person.street = "77 Elm Ave"
    await desk.sees({"Total Sale": "1"}, at=TUESDAY)
    assert (await desk.one(Customer, last_name="Alvarez")).street == "77 Elm Ave"
    await desk.sees({"Address": "5 HILL CT"}, at=WEDNESDAY)
    assert (await desk.one(Customer, last_name="Alvarez")).street == "5 Hill Ct"


async def test_a_closed_order_does_not_bring_an_old_address_back(desk: Desk) -> None:
    closed = {"Open Date": "1/5/2024", "Close Date": "1/6/2024", "RO Status": "Closed", "Address": "1 OLD RD"}
    await desk.sees({"Address": "9 NEW RD"}, closed | {"RO Number": "5000"}, at=MONDAY)
    await desk.sees({"Address": "9 NEW RD"}, closed | {"RO Number": "5000", "Total Sale": "3"}, at=TUESDAY)
    assert (await desk.one(Customer, last_name="Alvarez")).street == "9 New Rd"


async def test_a_replaced_phone_stays_known_and_is_marked_old(desk: Desk) -> None:
    await desk.sees(at=MONDAY)
    await desk.sees({"Home Phone": "503-555-0199"}, at=TUESDAY)
    labels = {point.value: point.label for point in await desk.all(ContactPoint, kind="phone") if point.label}
    assert labels == {"+15035550112": "old", "+15035550199": "home"}


async def test_two_customers_who_share_a_phone_stay_two(desk: Desk) -> None:
    await desk.sees({}, {"RO Number": "6002", "Customer Number": "1002", "First Name": "JOSE", "VIN": "", "Make": ""})
    assert len(await desk.all(ContactPoint, value="+15035550112")) == 2


async def test_someone_already_on_record_is_joined_on_name_phone_and_mail_and_keeps_what_we_know(desk: Desk) -> None:
    async with desk.database.writing(ROOFTOP) as db:
        ours = await maria(db)
    await desk.sees({"Zip": ""})
    person = await desk.one(Customer, last_name="Alvarez")
    assert (person.id, person.postal_code, person.street) == (ours, "90012", "12 Oak St")
    assert len(await desk.all(Customer)) == 2


async def test_the_same_name_and_phone_alone_waits_for_a_person(desk: Desk) -> None:
    """A household phone is never proof: it may be her mother of the same name."""
    async with desk.database.writing(ROOFTOP) as db:
        ours = await a_customer(db, "Maria", "Alvarez", "+15035550112")
    await desk.sees({"Email 1": "", "Zip": ""})
    other = next(one for one in await desk.all(Customer, last_name="Alvarez") if one.id != ours)
    pair = await desk.one(MatchPair)
    assert ({pair.one_id, pair.other_id}, pair.state) == ({ours, other.id}, "waiting")


async def test_a_birth_date_that_is_none_costs_the_visit_nothing(desk: Desk) -> None:
    report = await desk.sees({"Birth Date": "13/45/1900"})
    assert report.counts.refused == 0
    assert await desk.one(RepairOrder, ro_number="6001")
    assert (await desk.one(Customer, last_name="Alvarez")).birth_date is None
    assert "birth date" in (await desk.one(HygieneFinding, kind="odd_contact")).says


async def test_a_groups_untidy_files_join_nobody_wrongly(desk: Desk, tmp_path: Path) -> None:
    """Fathers and sons of one name, spouses on one phone, numbers given out twice: told apart, or left to a person."""
    for path in write_night(tmp_path, seed=5, scale=0.004, night=1):
        await desk.take(path)
    with write_truth(tmp_path, seed=5, scale=0.004).open(encoding="utf-8", newline="") as file:
        people = {row["customer_number"]: row["person"] for row in csv.DictReader(file)}
    behind = defaultdict(set)
    for ref in await desk.all(ExternalRef, kind="customer"):
        behind[ref.row_id].add(people[ref.external_id])
    assert [truly for truly in behind.values() if len(truly) > 1] == []
    assert len(await desk.all(ExternalRef, kind="customer")) - len(behind) >= 10


async def test_a_different_zip_or_birth_date_is_doubt_and_doubt_is_a_new_record(desk: Desk) -> None:
    async with desk.database.writing(ROOFTOP) as db:
        await a_customer(db, "Maria", "Alvarez", "+15035550112")
    await desk.sees({"Zip": "10001"})
    assert len(await desk.all(Customer, last_name="Alvarez")) == 2


async def test_a_joined_record_receives_what_files_say_of_its_old_number(desk: Desk) -> None:
    await desk.sees(at=MONDAY)
    async with desk.database.writing(ROOFTOP) as db:
        absorbed = await db.get(Customer, (await desk.one(Customer, last_name="Alvarez")).id)
        assert absorbed is not None
        survivor = await a_customer(db, "Mary", "Alvarez", "+15035550000")
        absorbed.merged_into_id = survivor
    await desk.sees({"RO Number": "6009"}, at=TUESDAY)
    assert (await desk.one(RepairOrder, ro_number="6009")).customer_id == survivor


async def test_a_full_name_is_enough(desk: Desk, tmp_path: Path) -> None:
    row = {name: text for name, text in files.RO.items() if name not in ("First Name", "Last Name")}
    await desk.take(files.write(tmp_path / "DV1_20261120_0300_SV.txt", [{**row, "Full Name": "O'BRIEN, MARY ANN"}]))
    person = await desk.one(Customer, last_name="O'Brien")
    assert (person.first_name, person.middle_name) == ("Mary", "Ann")


async def test_a_status_nobody_mapped_changes_nothing_makes_one_task_and_no_event(desk: Desk) -> None:
    await desk.sees({"RO Status": "In Shop"}, at=MONDAY)
    for moment, number in ((TUESDAY, "6002"), (WEDNESDAY, "6003")):
        await desk.sees({"RO Status": "X9"}, {"RO Status": "X9", "RO Number": number}, at=moment)
    order = await desk.one(RepairOrder, ro_number="6001")
    assert (order.status, order.source_status) == ("in_shop", "X9")
    assert (await desk.one(RepairOrder, ro_number="6003")).status == ""
    task = await desk.one(Loop, kind="missing_details")
    assert "'X9'" in task.need
    assert len(await desk.all(HygieneFinding, kind="unmapped_status")) == 1
    assert await desk.all(OutboxEvent) == []


async def test_mapping_the_code_moves_the_orders_that_carry_it_and_settles_the_task(desk: Desk) -> None:
    await desk.sees({"RO Status": "X9"}, at=MONDAY)
    async with desk.database.writing(ROOFTOP) as db:
        assert await codes.map_status(db, "x9", "awaiting_parts", "Mara Field", NOW) == 1
    assert (await desk.one(RepairOrder)).status == "awaiting_parts"
    assert (await desk.one(Loop)).closed_at == NOW
    assert (await desk.one(HygieneFinding, kind="unmapped_status")).cleared_by == "Mara Field"
    await desk.sees({"RO Status": "x9", "RO Number": "6002"}, at=TUESDAY)
    assert (await desk.one(RepairOrder, ro_number="6002")).status == "awaiting_parts"


async def test_what_an_op_code_is_may_be_said_again(desk: Desk) -> None:
    async with desk.database.writing(ROOFTOP) as db:
        await codes.map_op_code(db, "01lof", "oil", "Mara Field", hours=0.5)
        await codes.map_op_code(db, "01LOF", "oil_change", "Mara Field", hours=0.4, safety_class="routine")
        with pytest.raises(codes.UnknownStatus):
            await codes.map_status(db, "X9", "somewhere", "Mara Field", NOW)
    said = await desk.one(CodeMap)
    assert (said.code, said.means, said.hours) == ("01LOF", "oil_change", 0.4)


async def test_a_status_change_is_told_once_in_the_same_transaction(desk: Desk) -> None:
    await desk.sees({"RO Status": "In Shop"}, at=MONDAY)
    assert await desk.all(OutboxEvent) == []
    await desk.sees({"RO Status": "Ready for Pickup"}, at=TUESDAY)
    await desk.sees({"RO Status": "Ready for Pickup", "Total Sale": "1"}, at=WEDNESDAY)
    told = await desk.one(OutboxEvent)
    assert told.kind == "repair_order_status_changed"
    assert (told.payload["was"], told.payload["status"], told.payload["ro_number"]) == ("in_shop", "ready", "6001")
    assert told.handled_at is None


async def test_a_car_checked_in_today_is_told_and_history_is_not(desk: Desk) -> None:
    await desk.sees({"RO Status": "Arrived", "Open Date": "11/18/2026"}, {"RO Number": "1"})
    assert await desk.all(OutboxEvent) == []
    await desk.sees({"RO Status": "Arrived", "Open Date": "11/20/2026", "RO Number": "7"}, at="20261120_0900")
    assert [event.payload["ro_number"] for event in await desk.all(OutboxEvent)] == ["7"]


async def test_groups_of_unequal_length_are_left_out_and_reported(desk: Desk) -> None:
    await desk.sees({"Operation Codes": "LOF|ROT|MPI", "Labor Sale": "10|20", "Labor Bill Hours": "1^0.5|2|"})
    lines = sorted(await desk.all(RepairOrderLine), key=lambda line: line.position)
    assert [(line.op_code, line.labor_cents, line.hours) for line in lines] == [
        ("LOF", None, 1.5),
        ("ROT", None, 2),
        ("MPI", None, None),
    ]
    assert "labor sales" in (await desk.one(HygieneFinding, kind="uneven_groups")).says


async def test_advice_not_done_on_the_visit_is_a_candidate_and_nobody_claims_it_was_presented(desk: Desk) -> None:
    await desk.sees({"Recommended Operation Codes": "BRKF|LOF", "Recommendations": "Front brakes|Oil"})
    advice = {row.op_code: row for row in await desk.all(Recommendation)}
    assert (advice["BRKF"].state, advice["BRKF"].presented, advice["BRKF"].description) == (
        "recommended", None, "Front brakes",
    )  # fmt: skip
    assert (advice["LOF"].state, advice["LOF"].presented) == ("approved", True)


@pytest.mark.parametrize("late_first", [False, True])
async def test_advice_done_on_a_later_visit_is_sold_later_whichever_row_came_first(
    desk: Desk, late_first: bool
) -> None:
    first = {"RO Number": "1", "Open Date": "3/1/2026", "Close Date": "3/1/2026", "RO Status": "Closed"}
    later = {"RO Number": "2", "Open Date": "9/1/2026", "Operation Codes": "brkf", "Recommended Operation Codes": "",
             "Recommendations": "", "Close Date": "9/2/2026", "RO Status": "Closed"}  # fmt: skip
    pair = [(first, MONDAY), (later, TUESDAY)]
    for row, at in reversed(pair) if late_first else pair:
        await desk.sees(row, at=at)
    advice = await desk.one(Recommendation)
    assert advice.state == "sold_later"
    assert advice.sold_on_id == (await desk.one(RepairOrder, ro_number="2")).id


async def test_work_done_before_the_advice_does_not_count_as_sold_later(desk: Desk) -> None:
    await desk.sees({"RO Number": "1", "Open Date": "3/1/2026", "Operation Codes": "BRKF", "Recommendations": "",
                     "Recommended Operation Codes": ""}, {"RO Number": "2"})  # fmt: skip
    assert (await desk.one(Recommendation)).state == "recommended"


async def test_declined_and_deferred_are_read_where_the_feed_says_so_with_colour_and_price(desk: Desk) -> None:
    row = {"Recommended Operation Codes": "BRKF|TIRE", "Recommendations": "Brakes|Tires"}
    more = {"Recommendation Status": "Declined|Deferred", "MPI Color": "R|yellow", "Recommendation Amount": "$420.50|"}
    path = files.write(desk.folder / f"DV1_{TUESDAY}_SV.txt", [{**files.RO, **row, **more}])
    await desk.take(path)
    advice = {row.op_code: row for row in await desk.all(Recommendation)}
    brakes, tires = advice["BRKF"], advice["TIRE"]
    assert (brakes.state, brakes.presented, brakes.colour, brakes.price_low_cents) == ("declined", True, "red", 42050)
    assert (tires.state, tires.colour, tires.price_low_cents) == ("deferred", "yellow", None)


async def test_a_vin_that_fails_its_check_digit_is_taken_in_and_reported(desk: Desk) -> None:
    report = await desk.sees({"VIN": "1HGCM82633A004353"}, {"RO Number": "2", "VIN": "IOQ45"})
    assert report.counts.refused == 0
    assert {row.subject_id for row in await desk.all(HygieneFinding, kind="odd_vin")} == {"1HGCM82633A004353", "IOQ45"}


async def test_block_flags_tighten_once_and_taking_them_away_loosens_nothing(desk: Desk) -> None:
    await desk.sees({"Block Phone": "Y", "Opt Out": "yes"}, at=MONDAY)
    await desk.sees({"Block Phone": "N", "Opt Out": "", "Total Sale": "1"}, at=TUESDAY)
    await desk.sees({"Block Phone": "Y", "Opt Out": "Y", "Total Sale": "2"}, at=WEDNESDAY)
    entries = await desk.all(ConsentEntry)
    assert {(entry.kind, entry.channel, entry.scope) for entry in entries} == {
        ("block", "all", "marketing"),
        ("block", "call", "all"),
        ("block", "text", "all"),
    }
    assert len(entries) == 3


async def test_an_appointment_of_the_stores_own_book(desk: Desk) -> None:
    await desk.sees(kind="SV_APPT")
    visit = await desk.one(StoreAppointment)
    assert visit.starts_at == datetime(2026, 11, 23, 16, 15, tzinfo=UTC)
    assert (visit.appointment_number, visit.op_codes, visit.waiting) == ("A77", ["LOF", "BRKF"], True)
    assert visit.customer_id == (await desk.one(Customer, last_name="Alvarez")).id


async def test_a_lease_end_is_worked_out_and_says_so_and_a_co_buyer_is_a_link(desk: Desk) -> None:
    await desk.sees(kind="SL")
    deal = await desk.one(Deal)
    assert (deal.kind, deal.lease_ends_on, deal.lease_ends_derived) == ("lease", date(2029, 2, 28), True)
    buyer, other = await desk.one(Customer, first_name="Maria"), await desk.one(Customer, first_name="Jose")
    link = await desk.one(HouseholdLink)
    assert ({link.one_id, link.other_id}, link.kind) == ({buyer.id, other.id}, "co_buyer")


@pytest.mark.parametrize("kind", ["Wholesale", "Fleet", "Dealer Trade"])
async def test_wholesale_fleet_and_dealer_trade_are_no_customers_purchase(desk: Desk, kind: str) -> None:
    await desk.sees({"Deal Type": kind}, kind="SL")
    deal = await desk.one(Deal)
    assert (deal.kind, deal.customer_id) == (kind.lower().replace(" ", "_"), None)
    assert await desk.all(Customer, last_name="Alvarez") == []


async def test_an_order_is_told_when_its_last_part_is_in_and_only_then(desk: Desk) -> None:
    second = {"Part Number": "SHIM", "Quantity Ordered": "2"}
    await desk.sees({}, second, at=MONDAY, kind="SOP")
    came = {"Quantity Received": "1", "Received Date": "11/17/2026"}
    await desk.sees(came, second, at=TUESDAY, kind="SOP")
    assert await desk.all(OutboxEvent) == []
    await desk.sees(came, {**second, "Quantity Received": "2", "Received Date": "11/18/2026"}, at=WEDNESDAY, kind="SOP")
    await desk.sees(came | {"Part Description": "PADS"}, at="20261119_0300", kind="SOP")
    told = await desk.one(OutboxEvent)
    assert (told.kind, told.payload["order_number"]) == ("special_order_arrived", "S1")
    async with desk.database.reading(ROOFTOP) as db:
        [order] = await special_orders.special_orders(db, "S1")
    assert (order.all_in, order.parts) == (True, 2)
    assert {part.state for part in await desk.all(SpecialOrderPart)} == {"received"}


async def test_orders_that_came_in_long_ago_are_history(desk: Desk) -> None:
    await desk.sees({"Quantity Received": "1", "Received Date": "1/5/2025"}, kind="SOP")
    assert await desk.all(OutboxEvent) == []


async def test_a_bad_row_stops_itself_and_nothing_else(desk: Desk) -> None:
    report = await desk.sees(
        {"RO Number": "1"},
        {"RO Number": "2", "Open Date": "31/31/2026"},
        {"RO Number": ""},
        {"RO Number": "3", "Customer Number": "", "Last Name": "", "First Name": ""},
        {"RO Number": "4", "Total Sale": "lots"},
        {"RO Number": "5"},
    )
    assert (report.counts.new, report.counts.refused) == (2, 4)
    assert {order.ro_number for order in await desk.all(RepairOrder)} == {"1", "5"}
    assert [(refusal.line, refusal.column) for refusal in report.refusals] == [
        (3, "Open Date"),
        (4, "RO Number"),
        (5, "Customer Number"),
        (6, "Total Sale"),
    ]


async def test_what_only_the_database_refuses_stops_its_own_row(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value no rule of ours foresaw: here a total that no integer column holds."""
    monkeypatch.setattr("crm_sync.visit_mapping.values.cents", lambda text: 10**30 if text == "77" else 100)
    rows = [{"RO Number": str(number), "Total Sale": "77" if number == 5 else "1"} for number in range(1, 12)]
    report = await desk.sees(*rows)
    assert (report.counts.new, report.counts.refused, report.counts.read) == (10, 1, 11)
    assert [refusal.line for refusal in report.refusals] == [6]
    assert len(await desk.all(RepairOrder)) == 10


async def test_one_file_that_says_two_things_of_one_order_is_asked_about(desk: Desk) -> None:
    report = await desk.sees({"Total Sale": "1"}, {"Total Sale": "2"}, {"Total Sale": "1"})
    assert (report.counts.new, report.counts.same, report.counts.refused) == (1, 1, 1)
    assert (await desk.one(RepairOrder)).total_cents == 100


async def test_a_refused_row_waits_once_and_a_later_right_one_settles_it(desk: Desk) -> None:
    bad = {"RO Number": "2", "Open Date": "someday"}
    await desk.sees(bad, at=MONDAY)
    await desk.sees(bad, {"RO Number": "3"}, at=TUESDAY)
    assert [row.state for row in await desk.all(RefusedRow)] == ["open"]
    await desk.sees({"RO Number": "2"}, at=WEDNESDAY)
    assert [row.state for row in await desk.all(RefusedRow)] == ["cleared"]


async def test_headers_in_any_order_spelling_and_delimiter(desk: Desk, tmp_path: Path) -> None:
    spelled = {"RO Number": "ro_number", "Open Date": "OPENDATE", "Last Name": "Customer Last Name", "VIN": "vin"}
    for number, delimiter in enumerate((",", "\t", "|", ";")):
        row = {spelled.get(name, name.upper()): text for name, text in files.RO.items() if "Operation" not in name}
        row = {name: text for name, text in row.items() if "|" not in text and "," not in text}
        row["ro_number"] = f"70{number}"
        backwards = list(reversed(row))
        report = await desk.take(
            files.write(tmp_path / f"export{number}.csv", [row], delimiter=delimiter, headers=backwards)
        )
        assert (report.error, report.counts.new) == ("", 1)
    assert len(await desk.all(RepairOrder)) == 4


async def test_a_saved_header_says_what_a_stores_own_column_is(desk: Desk, tmp_path: Path) -> None:
    rows = [{"Auftrag": "6001", **{k: v for k, v in files.RO.items() if k != "RO Number" and "|" not in v}}]
    path = files.write(tmp_path / "orders.csv", rows, delimiter=";")
    refused = await desk.take(path, "repair_orders")
    assert "RO Number" in refused.error and "Auftrag" in refused.error
    async with desk.database.writing(ROOFTOP) as db:
        await save_header(db, "repair_orders", "Auftrag", "ro_number", "Mara Field")
    assert (await desk.take(path, "repair_orders")).counts.new == 1


async def test_a_file_is_read_again_once_a_person_said_what_one_more_column_is(desk: Desk, tmp_path: Path) -> None:
    rows = [{**{k: v for k, v in files.RO.items() if "|" not in v}, "Zu zahlen": "55.00"}]
    path = files.write(tmp_path / "orders.csv", rows, delimiter=";")
    report = await desk.take(path, "repair_orders")
    assert report.ignored_headers == ("Zu zahlen",)
    async with desk.database.writing(ROOFTOP) as db:
        await save_header(db, "repair_orders", "Zu zahlen", "customer_total", "Mara Field")
    assert (await desk.take(path, "repair_orders")).counts.changed == 1
    assert (await desk.one(RepairOrder)).customer_pay_cents == 5500
    assert (await desk.take(path, "repair_orders")).known


async def test_one_person_with_two_numbers_in_one_file_is_one_record(desk: Desk) -> None:
    await desk.sees({}, {"RO Number": "6002", "Customer Number": "2002"})
    person = await desk.one(Customer, last_name="Alvarez")
    refs = await desk.all(ExternalRef, kind="customer")
    assert {(ref.external_id, ref.row_id) for ref in refs} == {("1001", person.id), ("2002", person.id)}


async def test_a_customer_list_and_a_vehicle_list(desk: Desk, tmp_path: Path) -> None:
    await desk.take(files.write(tmp_path / "customers.csv", [{**files.PERSON, "Address": "12 OAK ST"}], delimiter="|"))
    cars = [{"Customer Number": "1001", **files.CAR}]
    report = await desk.take(files.write(tmp_path / "cars.csv", cars, delimiter="|"))
    assert report.feed == "vehicles"
    assert (await desk.one(Vehicle, vin=files.VIN)).customer_id == (await desk.one(Customer, last_name="Alvarez")).id


async def test_a_car_on_record_without_vin_is_the_one_the_file_means(desk: Desk) -> None:
    async with desk.database.writing(ROOFTOP) as db:
        ours = await maria(db)  # with a 2019 Chevrolet Tahoe
    await desk.sees({"Zip": "90012", "Year": "2019", "Make": "CHEVROLET", "Model": "TAHOE"})
    [car] = await desk.all(Vehicle, customer_id=ours)
    assert (car.vin, car.plate) == (files.VIN, "7ABC123")


async def test_a_file_that_is_none_is_kept_as_a_failure_and_named(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("hello,there\n1,2\n", encoding="utf-8")
    report = await desk.take(path)
    assert "hello" in report.error
    assert (await desk.one(SyncRun)).state == "failed"


async def test_no_file_speaks_of_the_future(desk: Desk) -> None:
    await desk.sees({"RO Status": "In Shop"}, at="20991231_0300")
    await desk.sees({"RO Status": "Ready"}, at="20991231_0300", now=NOW + timedelta(days=1))
    assert (await desk.one(RepairOrder)).status == "ready"


async def test_rows_are_kept_as_received(desk: Desk) -> None:
    from crm_sync.intake import unpacked

    await desk.sees()
    row = await desk.one(SourceRow, feed="sv")
    assert dict(zip(files.RO, unpacked(row.raw), strict=True)) == files.RO


async def test_two_rooftops_with_the_same_numbers_never_cross(desk: Desk, tmp_path: Path) -> None:
    await a_store(desk.database, "hillside", "+15550100300")
    other = Desk(desk.database, tmp_path / "other", "hillside")
    other.folder.mkdir()
    await desk.sees({"RO Status": "In Shop"}, at=MONDAY)
    await other.sees({"RO Status": "Ready", "Address": "9 HILL RD"}, at=TUESDAY)
    for store, status, street in ((desk, "in_shop", "12 Oak St"), (other, "ready", "9 Hill Rd")):
        order = await store.one(RepairOrder)
        person = await store.one(Customer, last_name="Alvarez")
        car = await store.one(Vehicle, vin=files.VIN)
        assert (order.status, order.customer_id, order.vehicle_id) == (status, person.id, car.id)
        assert (person.street, car.customer_id) == (street, person.id)
        assert {row.rooftop_id for row in await store.all(SourceRow)} == {store.rooftop_id}


async def maria(db: AsyncSession) -> str:
    """The customer of the usual file, already on record."""
    ours = await a_customer(db, "Maria", "Alvarez", "+15035550112")
    db.add(ContactPoint(customer_id=ours, kind="email", value="maria@example.com"))
    return ours
