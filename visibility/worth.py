"""What a let-down customer may be worth: three numbers that are never mixed, each with its formula. Pure.

*Exposure* is gross: everything on the list at the full repair order. *Recoverable* weighs it with how many would have
come. *Recovered* counts money only: repair orders of those customers within 30 days. Nothing is annualized.
"""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_REPAIR_ORDER_CENTS = 45_000
"""S1-13: an average repair order is $450."""

INTENT = 0.40
"""40 % of service callers want an appointment (Marchex)."""
NOT_OTHERWISE = (0.43, 0.75)
"""How many of those who reach nobody do not come back by themselves: 43 % (Marchex) to 75 % (S1-12)."""
BOOK, SHOW = 0.48, 0.80
"""Of those reached 48 % book (Marchex), and 80 % of those come."""
ENOUGH = 30
"""Repair orders in 90 days from which the store's own average counts."""


@dataclass(frozen=True, slots=True)
class AverageOrder:
    """The average repair order, and where it is from: `orders` is 0 for the default."""

    cents: int
    orders: int

    @property
    def source(self) -> str:
        if self.orders:
            return f"your last 90 days: {self.orders} repair orders"
        return "default, not measured yet: fewer than 30 priced repair orders in 90 days"


@dataclass(frozen=True, slots=True)
class Item:
    """One let-down customer's largest matter. `known_cents`: a price on file; `is_call`: nobody knows the need."""

    known_cents: int | None
    is_call: bool


@dataclass(frozen=True, slots=True)
class Worth:
    """In cents: gross, and what may be recovered, low to high."""

    exposure: int
    low: int
    high: int

    def __add__(self, other: Worth) -> Worth:
        return Worth(self.exposure + other.exposure, self.low + other.low, self.high + other.high)


NOTHING = Worth(0, 0, 0)


def average_order(total_cents: int, orders: int) -> AverageOrder:
    """The store's own average once it has enough of them, else the default."""
    return (
        AverageOrder(round(total_cents / orders), orders)
        if orders >= ENOUGH
        else AverageOrder(DEFAULT_REPAIR_ORDER_CENTS, 0)
    )


def worth(item: Item, order: AverageOrder) -> Worth:
    """What one customer's matter may be worth. Work with a price on file was wanted once already."""
    gross = item.known_cents if item.known_cents is not None else order.cents
    wanted = INTENT if item.is_call else 1.0
    low, high = (round(gross * wanted * chance * BOOK * SHOW) for chance in NOT_OTHERWISE)
    return Worth(gross, low, high)
