"""The three numbers: gross, weighed, and money that came; the brief's own figures come out as its notes say."""

import pytest

from visibility.worth import DEFAULT_REPAIR_ORDER_CENTS, AverageOrder, Item, Worth, average_order, worth

USUAL = AverageOrder(DEFAULT_REPAIR_ORDER_CENTS, 0)


def test_four_hundred_missed_calls_a_week_are_worth_a_sixth_of_what_the_brief_says() -> None:
    """requirements 1D: 400 a week for 52 weeks come to $0.62M to $1.08M with every factor weighed."""
    one = worth(Item(None, is_call=True), USUAL)
    assert (one.low * 400 * 52 / 1e8, one.high * 400 * 52 / 1e8) == pytest.approx((0.62, 1.08), abs=0.005)
    assert one.exposure * 400 * 52 * 0.75 / 100 == 7_020_000


def test_work_with_a_price_on_file_counts_at_that_price() -> None:
    assert worth(Item(40_000, is_call=False), USUAL) == Worth(40_000, 6_605, 11_520)


def test_the_stores_own_average_counts_once_there_are_enough_orders() -> None:
    assert average_order(29 * 60_000, 29) == USUAL
    own = average_order(30 * 60_000, 30)
    assert (own.cents, own.source) == (60_000, "your last 90 days: 30 repair orders")
    assert "default" in USUAL.source
