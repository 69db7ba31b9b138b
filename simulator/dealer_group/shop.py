"""Repair orders, appointments and parts on order, as a service department's files have them."""

from collections.abc import Iterator
from datetime import date, timedelta

from simulator.dealer_group import cars, people
from simulator.dealer_group.size import TODAY, Size

VISIT = (
    "File Type|DV Dealer ID|Vendor Dealer ID|RO Number|RO Status|RO Department|Open Date|Close Date|Promise Date|"
    "Promise Time|Appointment Flag|Appointment Number|Service Advisor Number|Service Advisor Name|RO Mileage|"
    "Mileage Out|Payment Method|Waiting Flag|Operation Codes|Operation Code Descriptions|Operation Sale Types|"
    "Tech Number|Tech Name|Labor Complaint|Labor Correction|Recommended Operation Codes|Recommendations|"
    "Labor Bill Hours|Labor Sale|Parts Sale|Customer Total Sale|Warranty Total Sale|Total Sale"
).split("|")
APPOINTMENT = (
    "Appointment Number|Appointment Date|Appointment Time|Create Date|RO Number|Operation Code|"
    "Operation Code Description|Service Advisor Name|Waiting Flag|Loaner Flag|Estimate Amount|Comments"
).split("|")
PART = (
    "Special Order Number|Line Number|Part Number|Part Description|Quantity Ordered|Quantity Received|Order Status|"
    "Order Date|Expected Date|Received Date|RO Number"
).split("|")

_MENU = {
    "01LOF": "Lube, oil and filter", "ROT": "Tire rotation", "MPI": "Multi-point inspection", "ALIGN": "Alignment",
    "BATT": "Battery", "BRKF": "Front brakes", "BRKR": "Rear brakes", "TIRE": "Tires", "DIAG": "Diagnosis",
    "WIPER": "Wiper blades", "CABIN": "Cabin filter", "TRANS": "Transmission service", "COOL": "Coolant exchange",
    "STATE": "State inspection", "SPARK": "Spark plugs",
}  # fmt: skip
_CODES = list(_MENU)
_UNKNOWN = ("99Z", "LABOR1", "SHOP")
"""Op codes of no menu."""
_ADVISORS = ("OSEI, DAN", "ORTIZ, DANA", "Reyes, Marcus", "KIM, JOY", "WALSH, PETER", "SINGH, ASHA")
_TECHNICIANS = ("LEE, SAM", "COLE, RAY", "DIAZ, TONY", "FOX, ERIN")
_OPEN = ("Waiting on Dispatch", "In Shop", "Waiting on Parts", "Ready for Pickup", "Quality Check", "Z9")
"""The last is one nobody has mapped."""
_SAID = ("customer states noise from front when braking", "check engine light on", "routine service", "")
_DONE = ("performed and road tested", "replaced, checked, no leaks", "done per schedule", "")


def repair_orders(size: Size, night: int, dealer: str) -> Iterator[list[str]]:
    """Columns VISIT, then the customer's and the car's."""
    for number in range(size.repair_orders_by(night)):
        dice = size.dice("visit", number)
        car = number % size.vehicles if dice.random() < 0.6 else dice.randrange(size.vehicles)
        opened = TODAY + timedelta(days=min(int(number / size.repair_orders * 1600) - 1600, night - 1))
        is_open = (TODAY - opened).days < 4
        count = dice.choice((1, 2, 3, 3, 4, 4))
        codes = [dice.choice(_CODES if dice.random() < 0.99 else _UNKNOWN) for _ in range(count)]
        advice = dice.sample(_CODES, dice.choice((0, 0, 0, 1, 1, 2)))
        status = dice.choice(_OPEN) if is_open else "Closed"
        total = dice.randint(40, 2600)
        if size.changes("visit", number, night):
            status, total = ("Ready for Pickup" if is_open else status), total + 1
        labor = [f"{dice.randint(20, 400)}.{dice.randrange(100):02d}" for _ in codes]
        if dice.random() < 0.01:
            labor = labor[:-1]  # groups of unequal length
        complaints = [dice.choice(_SAID) for _ in codes]
        if dice.random() < 0.05:
            complaints[0] += "^left side^since monday"
        miles = dice.randint(900, 160_000)
        yield [
            "SV", dealer, dealer, f"{600_000 + number}", status, dice.choice(("Service", "SERVICE", "Express")),
            _day(opened), "" if is_open else _day(opened + timedelta(days=dice.randint(0, 3))), _day(opened), "4:30 PM",
            "N", "", str(dice.randint(1, 40)), dice.choice(_ADVISORS), str(miles),
            str(miles + 2) if not is_open else "", dice.choice(("CASH", "VISA", "")), _flag(dice.random() < 0.2),
            "|".join(codes), "|".join(_MENU.get(code, "") for code in codes),
            "|".join(dice.choice("CCCWI") for _ in codes),
            "|".join(str(dice.randint(1, 30)) for _ in codes), "|".join(dice.choice(_TECHNICIANS) for _ in codes),
            "|".join(complaints), "|".join(dice.choice(_DONE) for _ in codes),
            "|".join(advice), "|".join(f"Recommend {_MENU[code].lower()}" for code in advice),
            "|".join(f"{dice.randint(3, 30) / 10}" for _ in codes), "|".join(labor),
            "|".join(f"{dice.randint(0, 300)}.50" for _ in codes), f"{total}.00", "0.00", f"{total}.00",
            *people.written(size, cars.owner_of(size, car), night), *cars.written(size, car),
        ]  # fmt: skip


def appointments(size: Size, night: int) -> Iterator[list[str]]:
    """Columns APPOINTMENT, then the customer's and the car's."""
    for number in range(size.appointments):
        dice = size.dice("appointment", number)
        car = dice.randrange(size.vehicles)
        day = TODAY + timedelta(days=dice.randint(-30, 15))
        code = dice.choice(_CODES)
        moved = size.changes("appointment", number, night)
        yield [
            f"A{number:06d}", _day(day + timedelta(days=1) if moved else day),
            f"{dice.randint(7, 11)}:{dice.choice(('00', '15', '30', '45'))} AM", _day(day - timedelta(days=4)), "",
            code, _MENU[code], dice.choice(_ADVISORS), _flag(dice.random() < 0.3), "N",
            f"{dice.randint(40, 900)}.00", dice.choice(("", "=cmd()", "squeals when cold", "needs a ride")),
            *people.written(size, cars.owner_of(size, car), night), *cars.written(size, car),
        ]  # fmt: skip


def special_orders(size: Size, night: int) -> Iterator[list[str]]:
    """Columns PART, then the customer's and the car's: one to three parts an order."""
    for number in range(size.special_orders):
        dice = size.dice("part", number)
        visit = size.repair_orders - 1 - dice.randrange(max(1, size.repair_orders // 20))
        car = dice.randrange(size.vehicles)
        ordered = TODAY - timedelta(days=dice.randint(1, 40))
        for line in range(1, dice.choice((1, 1, 2, 3)) + 1):
            came = dice.random() < 0.5 or size.changes("part", number, night)
            yield [
                f"SO{number:05d}", str(line),
                f"{dice.randint(10_000, 99_999)}-{dice.choice(('S5A', 'TLA', 'T2A'))}-A01",
                dice.choice(("Sensor", "Caliper", "Mirror", "Hose")), "1", "1" if came else "0",
                "Received" if came else dice.choice(("Ordered", "Back Ordered")), _day(ordered),
                _day(ordered + timedelta(days=7)), _day(ordered + timedelta(days=5)) if came else "",
                f"{600_000 + visit}",
                *people.written(size, cars.owner_of(size, car), night), *cars.written(size, car),
            ]  # fmt: skip


def _flag(yes: bool) -> str:
    return "Y" if yes else "N"


def _day(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"
