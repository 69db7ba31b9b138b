"""When a callback is due: in the department's business time."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from followup.sla import callback_due
from record.business_hours import BusinessHours, Holiday, Hours

ZONE = "America/Los_Angeles"
HOURS = BusinessHours(
    ZONE,
    tuple(Hours(day, time(7, 30), time(18)) for day in range(5)),
    (Holiday(date(2026, 11, 26), "Thanksgiving", None, None),),
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026, in the store's winter time (UTC-8)."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) + timedelta(hours=8)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (at(20, 10), at(20, 11)),
        (at(20, 17, 30), at(23, 8)),
        (at(21, 12), at(23, 8, 30)),
        (at(25, 17, 45), at(27, 8, 15)),
    ],
)
def test_a_service_callback_is_due_one_business_hour_later(now: datetime, due: datetime) -> None:
    """S2-67: over the evening, the weekend and Thanksgiving the clock stands still."""
    assert callback_due(HOURS, "service", now, urgent=False, asked=None) == due


def test_a_hot_need_is_due_in_a_quarter_hour_and_a_sales_call_in_ten_minutes() -> None:
    assert callback_due(HOURS, "service", at(20, 10), urgent=True, asked=None) == at(20, 10, 15)
    assert callback_due(HOURS, "sales", at(20, 10), urgent=False, asked=None) == at(20, 10, 10)


def test_the_time_the_customer_named_is_the_due_time() -> None:
    assert callback_due(HOURS, "service", at(20, 10), urgent=False, asked=at(20, 16)) == at(20, 16)


def test_a_named_time_when_nobody_is_there_moves_to_the_next_opening() -> None:
    assert callback_due(HOURS, "service", at(20, 10), urgent=False, asked=at(21, 12)) == at(23, 7, 30)


def test_a_named_time_that_is_past_counts_as_none() -> None:
    assert callback_due(HOURS, "service", at(20, 10), urgent=False, asked=at(20, 9)) == at(20, 11)


def test_a_department_without_hours_still_owes_the_call() -> None:
    assert callback_due(BusinessHours(ZONE, ()), "service", at(20, 10), urgent=False, asked=None) == at(20, 11)
