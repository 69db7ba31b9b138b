"""What a caller is offered, by example."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from kit.ids import StaffId
from record.business_hours import BusinessHours, Hours
from scheduling import slot_ids
from scheduling.plans import Lacking, Plan, Planner
from scheduling.shop import Block, Policy, Shift, Shop, TimeOfDay, Transport, TransportLimit, Visit, Wish
from scheduling.slots import offers
from tests.scheduling.a_store import (
    ALIGNMENT,
    BRAKES,
    ENGINE,
    NOW,
    OIL,
    PACIFIC,
    WIPERS,
    a_shop,
    a_technician,
    an_advisor,
    every_day,
    pacific,
)


def times(shop: Shop, wish: Wish, now: datetime = NOW) -> list[str]:
    return [f"{shop.hours.local(offer.starts_at):%m-%d %H:%M}" for offer in offers(shop, wish, now)]


def taken_by(shop: Shop, wish: Wish, at: datetime) -> Shop:
    plan = Planner(shop, wish).plan(at)
    assert isinstance(plan, Plan)
    return replace(shop, taken=shop.taken | plan.claims)


def test_the_earliest_comes_first_then_another_part_of_the_day_then_another_day() -> None:
    assert times(a_shop(), Wish((OIL,))) == ["11-16 07:30", "11-16 12:00", "11-17 07:30"]


def test_nobody_is_offered_a_time_sooner_than_the_lead_time() -> None:
    assert times(a_shop(), Wish((OIL,), how_many=1), pacific("2026-11-16T09:40")) == ["11-16 10:45"]


def test_a_call_after_hours_is_offered_the_next_open_day() -> None:
    assert times(a_shop(), Wish((OIL,), how_many=1), pacific("2026-11-21T20:00")) == ["11-23 07:30"]


def test_thanksgiving_is_skipped_and_the_short_friday_ends_early() -> None:
    wish = Wish((OIL,), earliest=pacific("2026-11-26T00:00"), latest=pacific("2026-11-27T23:59"), how_many=40)
    found = times(a_shop(), wish)
    assert found[0] == "11-27 08:00" and found[-1] == "11-27 12:00"


def test_a_day_and_part_of_day_asked_for_are_kept() -> None:
    wish = Wish((OIL,), weekdays=frozenset({1}), time_of_day=TimeOfDay.AFTERNOON)
    assert times(a_shop(), wish) == ["11-17 12:00", "11-24 12:00", "12-01 12:00"]


def test_a_single_afternoon_is_offered_an_hour_apart() -> None:
    wish = Wish(
        (OIL,),
        earliest=pacific("2026-11-17T00:00"),
        latest=pacific("2026-11-17T23:59"),
        time_of_day=TimeOfDay.AFTERNOON,
    )
    assert times(a_shop(), wish) == ["11-17 12:00", "11-17 13:00", "11-17 14:00"]


def test_a_time_asked_for_is_offered_first_and_then_its_neighbours() -> None:
    shop = a_shop()
    wish = Wish((WIPERS,), around=time(9, 30), earliest=pacific("2026-11-17T00:00"))
    assert times(shop, wish) == ["11-17 09:30", "11-17 09:15", "11-18 09:30"]
    busy = taken_by(shop, wish, pacific("2026-11-17T09:30"))
    assert times(busy, wish) == ["11-17 09:15", "11-17 09:45", "11-18 09:30"]


def test_an_evening_at_a_store_that_closes_early_gets_no_offer() -> None:
    assert times(a_shop(), Wish((OIL,), time_of_day=TimeOfDay.EVENING, weekdays=frozenset({5}))) == []


def test_one_advisor_receives_one_customer_per_quarter_hour() -> None:
    shop = taken_by(
        a_shop(technicians=(a_technician("t1"), a_technician("t2"))), Wish((OIL,)), pacific("2026-11-16T08:00")
    )
    assert Planner(shop, Wish((OIL,))).plan(pacific("2026-11-16T08:00")) is Lacking.ADVISOR


def test_the_customers_own_advisor_is_preferred_and_can_be_insisted_on() -> None:
    shop = a_shop(advisors=(an_advisor("a1"), an_advisor("dana", (Shift(2, time(7), time(12)),))))
    dana = StaffId("dana")
    assert offers(shop, Wish((OIL,), advisor_id=dana), NOW)[0].advisor_id == "a1"
    assert times(shop, Wish((OIL,), advisor_id=dana, advisor_only=True)) == [
        "11-18 07:30",
        "11-25 07:30",
        "12-02 07:30",
    ]


def test_arrivals_are_shared_out_among_advisors() -> None:
    shop = a_shop(advisors=(an_advisor("a1"), an_advisor("a2")))
    busy = taken_by(shop, Wish((OIL,), advisor_id=StaffId("a1")), pacific("2026-11-16T08:00"))
    assert offers(busy, Wish((OIL,)), NOW)[0].advisor_id == "a2"


def test_capacity_is_technician_time_not_slots() -> None:
    shop = a_shop()
    for hour in (8, 9, 10, 11, 13):
        shop = taken_by(shop, Wish((BRAKES,)), pacific(f"2026-11-16T{hour:02}:00"))
    day = Wish((BRAKES,), latest=pacific("2026-11-16T23:59"))
    assert offers(shop, day, NOW) == []
    assert offers(shop, replace(day, jobs=(OIL,)), NOW) != []


def test_a_fast_technician_finishes_sooner() -> None:
    shop = a_shop(technicians=(a_technician("slow"), a_technician("fast", efficiency=2.0)))
    offer = offers(shop, Wish((BRAKES,)), NOW)[0]
    assert (offer.technician_id, offer.ready_at - offer.starts_at) == ("fast", timedelta(hours=1))


def test_work_needs_a_technician_who_can_do_it() -> None:
    shop = a_shop(technicians=(a_technician("lube", frozenset({"express"})),))
    assert times(shop, Wish((BRAKES,))) == []
    assert Planner(shop, Wish((BRAKES,))).plan(pacific("2026-11-16T08:00")) is Lacking.TECHNICIAN
    assert times(shop, Wish((WIPERS,), how_many=1)) == ["11-16 07:30"]


def test_simple_work_leaves_the_specialist_free() -> None:
    shop = a_shop(technicians=(a_technician("a specialist"), a_technician("lube", frozenset({"express"}))))
    assert offers(shop, Wish((OIL,)), NOW)[0].technician_id == "lube"


def test_two_kinds_of_work_go_from_one_technician_to_the_next() -> None:
    shop = a_shop(
        technicians=(a_technician("lube", frozenset({"express"})), a_technician("brakes", frozenset({"brakes"})))
    )
    plan = Planner(shop, Wish((OIL, BRAKES, WIPERS))).plan(pacific("2026-11-16T08:00"))
    assert isinstance(plan, Plan)
    assert [(part.technician_id, [job.code for job in part.jobs]) for part in plan.parts] == [
        ("lube", ["LOF", "WIPE"]),
        ("brakes", ["BRKF"]),
    ]
    assert plan.parts[0].ends_at <= plan.parts[1].starts_at


def test_absence_and_carry_over_take_time_away() -> None:
    away = Block("t1", pacific("2026-11-16T07:00"), pacific("2026-11-16T18:00"))
    assert times(a_shop(blocks=(away,)), Wish((OIL,), how_many=1)) == ["11-17 07:30"]


def test_a_lunch_break_pauses_a_dropped_off_car_and_rules_out_waiting_through_it() -> None:
    split = tuple(
        shift for day in range(5) for shift in (Shift(day, time(8), time(12)), Shift(day, time(13), time(17)))
    )
    shop = a_shop(technicians=(a_technician(shifts=split),))
    half_past_eleven = pacific("2026-11-16T11:30")
    dropped = Planner(shop, Wish((ALIGNMENT,))).plan(half_past_eleven)
    assert dropped is Lacking.BAY
    shop = replace(shop, bays={"alignment": 1})
    dropped = Planner(shop, Wish((ALIGNMENT,))).plan(half_past_eleven)
    assert isinstance(dropped, Plan) and dropped.ends_at == pacific("2026-11-16T13:30")
    assert Planner(shop, Wish((ALIGNMENT,), Visit.WAITER)).plan(half_past_eleven) is Lacking.TECHNICIAN


def test_long_work_stays_overnight_and_skips_the_closed_day() -> None:
    offer = offers(a_shop(), Wish((ENGINE,), earliest=pacific("2026-11-21T08:00")), NOW)[0]
    assert offer.starts_at == pacific("2026-11-21T08:00")
    assert offer.ready_at == pacific("2026-11-23T15:30")


def test_waiting_starts_at_once_and_only_for_work_one_can_wait_for() -> None:
    waiter = Wish((OIL,), Visit.WAITER)
    busy = taken_by(a_shop(advisors=(an_advisor("a1"), an_advisor("a2"))), waiter, pacific("2026-11-16T08:00"))
    assert Planner(busy, waiter).plan(pacific("2026-11-16T08:15")) is Lacking.TECHNICIAN
    assert isinstance(Planner(busy, Wish((OIL,))).plan(pacific("2026-11-16T08:15")), Plan)
    assert offers(busy, Wish((BRAKES,), Visit.WAITER), NOW) == []


def test_a_waiting_customers_second_technician_decides_who_goes_first() -> None:
    quick = a_technician("quick", frozenset({"express"}), efficiency=2.0)
    steady = a_technician("steady", frozenset({"express"}))
    busy_until_half_past = Block("wheels", pacific("2026-11-16T08:00"), pacific("2026-11-16T08:30"))
    wheels = a_technician("wheels", frozenset({"alignment"}))
    shop = a_shop(technicians=(quick, steady, wheels), bays={"alignment": 1}, blocks=(busy_until_half_past,))
    plan = Planner(shop, Wish((OIL, ALIGNMENT), Visit.WAITER)).plan(pacific("2026-11-16T08:00"))
    assert isinstance(plan, Plan) and [part.technician_id for part in plan.parts] == ["steady", "wheels"]


def test_a_night_shift_goes_on_after_midnight() -> None:
    night = (Shift(0, time(22), time(6)),)
    hours = BusinessHours(PACIFIC, (Hours(0, time(22), time(6)),))
    shop = a_shop(hours=hours, technicians=(a_technician(shifts=night),), advisors=(an_advisor("a1", night),))
    assert times(shop, Wish((OIL,), earliest=pacific("2026-11-17T00:00"), how_many=1)) == ["11-17 00:00"]


def test_the_waiting_room_has_so_many_seats_per_slot() -> None:
    everyone = {
        "technicians": tuple(a_technician(f"t{n}") for n in range(3)),
        "advisors": tuple(an_advisor(f"a{n}") for n in range(3)),
        "policy": Policy(waiters_per_slot=2),
    }
    shop, at = a_shop(**everyone), pacific("2026-11-16T08:00")
    for _ in range(2):
        shop = taken_by(shop, Wish((OIL,), Visit.WAITER), at)
    assert Planner(shop, Wish((OIL,), Visit.WAITER)).plan(at) is Lacking.WAITER_SEAT
    assert isinstance(Planner(shop, Wish((OIL,))).plan(at), Plan)


def test_a_transport_without_a_limit_is_none_at_all() -> None:
    assert times(a_shop(), Wish((OIL,), transport=Transport.SHUTTLE)) == []


def test_transport_runs_out_per_day_and_a_date_beats_its_weekday() -> None:
    limits = tuple(TransportLimit(Transport.LOANER, 1, weekday=day) for day in range(6))
    none_on_tuesday = TransportLimit(Transport.LOANER, 0, day=date(2026, 11, 17))
    shop = a_shop(transport_limits=(*limits, none_on_tuesday))
    wish = Wish((OIL,), transport=Transport.LOANER, how_many=1)
    busy = taken_by(shop, wish, pacific("2026-11-16T08:00"))
    assert Planner(busy, wish).plan(pacific("2026-11-16T09:00")) is Lacking.TRANSPORT
    assert times(busy, wish) == ["11-18 07:30"]


def test_a_loaner_is_needed_every_day_the_car_stays() -> None:
    limits = tuple(TransportLimit(Transport.LOANER, 1, weekday=day) for day in range(6))
    shop = a_shop(transport_limits=limits)
    busy = taken_by(shop, Wish((OIL,), transport=Transport.LOANER), pacific("2026-11-17T08:00"))
    long = Wish((ENGINE,), transport=Transport.LOANER)
    assert Planner(busy, long).plan(pacific("2026-11-16T08:00")) is Lacking.TRANSPORT
    assert isinstance(Planner(busy, long).plan(pacific("2026-11-18T08:00")), Plan)


def test_loaners_need_a_long_job_and_the_shuttle_has_a_last_run() -> None:
    loaner = TransportLimit(Transport.LOANER, 1, weekday=0, min_job_minutes=90)
    shuttle = TransportLimit(Transport.SHUTTLE, 1, weekday=0, last_run=time(9))
    shop, nine = a_shop(transport_limits=(loaner, shuttle)), pacific("2026-11-16T09:00")
    assert Planner(shop, Wish((OIL,), transport=Transport.LOANER)).plan(nine) is Lacking.TRANSPORT
    assert isinstance(Planner(shop, Wish((BRAKES,), transport=Transport.LOANER)).plan(nine), Plan)
    ride = Wish((OIL,), transport=Transport.SHUTTLE)
    assert isinstance(Planner(shop, ride).plan(nine), Plan)
    assert Planner(shop, ride).plan(pacific("2026-11-16T09:15")) is Lacking.TRANSPORT


def test_a_lowered_limit_holds_although_low_numbers_are_free_again() -> None:
    limits = (TransportLimit(Transport.LOANER, 2, weekday=0),)
    midnight = pacific("2026-11-16T00:00")
    taken = frozenset({("transport:loaner:1", midnight), ("transport:loaner:2", midnight)})
    shop = a_shop(transport_limits=limits, taken=taken)
    assert (
        Planner(shop, Wish((OIL,), transport=Transport.LOANER)).plan(pacific("2026-11-16T08:00")) is Lacking.TRANSPORT
    )


@pytest.mark.parametrize(
    ("day", "first_hours"),
    [
        (date(2026, 3, 8), ["00:00", "01:45", "03:00", "03:15"]),
        (date(2026, 11, 1), ["00:00", "01:45", "01:00", "01:15"]),
    ],
)
def test_the_night_the_clocks_change_has_real_quarter_hours_only(day: date, first_hours: list[str]) -> None:
    hours = BusinessHours(PACIFIC, (Hours(6, time(0), time(8)),))
    shop = a_shop(
        hours=hours,
        technicians=(a_technician(shifts=every_day(time(0), time(8))),),
        advisors=(an_advisor("a1", every_day(time(0), time(8))),),
    )
    arrivals = Planner(shop, Wish((WIPERS,))).arrivals_on(day)
    walls = [f"{hours.local(at):%H:%M}" for at in arrivals]
    assert [walls[0], *walls[7:10]] == first_hours
    assert len(set(arrivals)) == len(arrivals)


def test_a_slot_id_is_only_good_as_it_was_made() -> None:
    shop = a_shop()
    offer = offers(shop, Wish((OIL,)), NOW)[0]
    slot = slot_ids.read("r1", "a key", f" {offer.slot_id.upper()} ")
    assert slot is not None and slot.starts_at == offer.starts_at
    assert slot_ids.tagged(slot.technician_tag, ["someone", "t1"]) == "t1"
    assert slot_ids.tagged(slot.technician_tag, ["someone"]) is None
    assert slot_ids.read("r2", "a key", offer.slot_id) is None
    assert slot_ids.read("r1", "another key", offer.slot_id) is None


@pytest.mark.parametrize(
    "invented", ["", "slot-1", "20261117t1630z.drop_off.none.aaaa.bbbb.cccccccccc", "ⅷ.é", "....."]
)
def test_a_slot_id_somebody_made_up_is_refused(invented: str) -> None:
    assert slot_ids.read("r1", "a key", invented) is None


def test_changing_any_letter_of_a_slot_id_spoils_it() -> None:
    good = offers(a_shop(), Wish((OIL,)), NOW)[0].slot_id
    for index, letter in enumerate(good):
        changed = good[:index] + ("3" if letter != "3" else "4") + good[index + 1 :]
        assert slot_ids.read("r1", "a key", changed) is None
