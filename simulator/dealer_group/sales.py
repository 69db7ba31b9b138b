"""Deals, as a sales department's files have them: retail, leases, and what is no customer's purchase."""

from collections.abc import Iterator
from datetime import date, timedelta

from simulator.dealer_group import cars, people
from simulator.dealer_group.size import TODAY, Size

DEAL = (
    "File Type|DV Dealer ID|Deal Number|Deal Status|Deal Type|Sale Type|Contract Date|Delivery Date|Accounting Date|"
    "Salesman 1 Name|Finance Manager|Contract Term|First Payment Date|Total Mileage Limit|Co-Buyer Number|Co-Buyer Name"
).split("|")

_SELLERS = ("DOE, PAT", "ROMERO, GIL", "Hahn, Lea")


def deals(size: Size, night: int, dealer: str) -> Iterator[list[str]]:
    """Columns DEAL, then the buyer's and the car's."""
    for number in range(size.deals):
        dice = size.dice("deal", number)
        car = number * 3 % size.vehicles
        buyer = cars.owner_of(size, car)
        day = TODAY - timedelta(days=dice.randint(1, 2000))
        kind = dice.choice(("Retail", "Retail", "Retail", "Lease", "Lease", "Wholesale", "Fleet", "Dealer Trade"))
        partner = buyer + 1 if buyer % 2 == 0 and buyer + 1 < size.customers else None
        joint = partner is not None and people.household_of(size, partner) == buyer and dice.random() < 0.6
        other = people.person(size, partner) if joint and partner is not None else None
        changed = size.changes("deal", number, night)
        yield [
            "SL", dealer, f"D{number:06d}", "Unwound" if changed else "Finalized", kind, kind, _day(day),
            _day(day + timedelta(days=1)), _day(day + timedelta(days=3)), dice.choice(_SELLERS), "AMES, T",
            dice.choice(("24", "36", "39", "72")) if kind in ("Lease", "Retail") else "",
            _day(day + timedelta(days=45)) if kind == "Lease" and dice.random() < 0.8 else "",
            "36000" if kind == "Lease" else "", f"{100_000 + partner}" if joint and partner is not None else "",
            f"{other.last}, {other.first}" if other else "",
            *people.written(size, buyer, night), *cars.written(size, car),
        ]  # fmt: skip


def _day(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"
