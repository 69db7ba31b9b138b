"""When a callback is due, in the department's business time; pure."""

from datetime import datetime, timedelta

from record.business_hours import BusinessHours, NeverOpen

# Requirements 1C: service within one business hour (S2-67), hot needs in 15 minutes, sales in 10.
FIRST_CONTACT = timedelta(minutes=60)
HOT_CONTACT = timedelta(minutes=15)
SALES_CONTACT = timedelta(minutes=10)


def callback_due(
    hours: BusinessHours, department: str, now: datetime, *, urgent: bool, asked: datetime | None
) -> datetime:
    """The promised instant when the customer named one that is still to come, else the department's first-contact time.

    A time outside opening hours moves to the next opening: nobody is there to keep it. Without any opening hours the
    clock runs in plain time.
    """
    if asked is not None and asked > now:
        return _when_somebody_is_there(hours, asked)
    allowed = HOT_CONTACT if urgent else SALES_CONTACT if department == "sales" else FIRST_CONTACT
    try:
        return hours.add_business_time(now, allowed)
    except NeverOpen:
        return now + allowed


def _when_somebody_is_there(hours: BusinessHours, at: datetime) -> datetime:
    try:
        return hours.next_opening(at)
    except NeverOpen:
        return at
