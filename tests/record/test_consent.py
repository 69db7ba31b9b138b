"""May this text go now: the table of what a conversation needs."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from record.consent import Permission, Purpose, Standing, may_text

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
PACIFIC, EASTERN = ZoneInfo("America/Los_Angeles"), ZoneInfo("America/New_York")
GONE = Standing(opted_out_at=NOW - timedelta(minutes=2))


def rules(purpose: Purpose, standing: Standing, since_minutes: float | None, now: datetime = NOW) -> tuple[bool, str]:
    last = now - timedelta(minutes=since_minutes) if since_minutes is not None else None
    found = may_text(purpose, standing, last, (PACIFIC,), now)
    return isinstance(found, Permission), " ".join(found.rules)


@pytest.mark.parametrize(
    ("purpose", "standing", "since", "now", "expected"),
    [
        (Purpose.REPLY, Standing(), 1, NOW, (True, "L1 L8a")),
        (Purpose.REPLY, Standing(), 14, NIGHT, (True, "L1 L8a")),
        (Purpose.REPLY, Standing(), 16, NIGHT, (False, "L8")),
        (Purpose.REPLY, Standing(), 16, NOW, (True, "L1 L8")),
        (Purpose.REPLY, Standing(), 25 * 60, NOW, (False, "L1")),
        (Purpose.REPLY, Standing(), None, NOW, (False, "L1")),
        (Purpose.REPLY, GONE, 1, NOW, (False, "L5")),
        (Purpose.OPT_OUT_CONFIRMATION, GONE, 2, NOW, (True, "L7")),
        (Purpose.OPT_OUT_CONFIRMATION, GONE, 2, NOW + timedelta(minutes=4), (False, "L7")),
        (Purpose.OPT_OUT_CONFIRMATION, Standing(GONE.opted_out_at, 1), 2, NOW, (False, "L7")),
        (Purpose.OPT_OUT_CONFIRMATION, Standing(), 2, NOW, (False, "L7")),
    ],
)
def test_a_reply_goes_in_its_conversation_and_nothing_after_an_opt_out_but_one_confirmation(
    purpose: Purpose, standing: Standing, since: float | None, now: datetime, expected: tuple[bool, str]
) -> None:
    assert rules(purpose, standing, since, now) == expected


def test_it_must_be_day_everywhere_the_customer_may_be() -> None:
    late_in_the_east = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    last = late_in_the_east - timedelta(hours=1)
    assert isinstance(may_text(Purpose.REPLY, Standing(), last, (PACIFIC,), late_in_the_east), Permission)
    assert not isinstance(may_text(Purpose.REPLY, Standing(), last, (PACIFIC, EASTERN), late_in_the_east), Permission)
