"""The store's customers: names, numbers, cars. Every number is from the range kept for fiction (555-01xx)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.db import Base
from record.models import ContactPoint, Customer, Vehicle
from simulator.dealership.chance import Chance

COUNT = 120
_HOUSEHOLDS = 11
# The callers of the scenario files, who must be who they say they are.
_KNOWN = (
    ("Maria", "Alvarez", "+15035550112", "97211", (2019, "Honda", "CR-V", 61_240)),
    ("Robert", "Chen", "+15035550127", "97214", (2021, "Toyota", "Tacoma", 38_900)),
    ("Denise", "Walker", "+15035550134", "97217", (2020, "Subaru", "Outback", 52_310)),
    ("Tom", "Becker", "+15035550145", "97203", (2018, "Ford", "F-150", 88_450)),
)
_AREAS = ("503", "971", "360", "541", "458")
# Lines of the store and numbers the scenarios may use for callers nobody knows.
_KEPT_FREE = frozenset({*range(100, 112), *range(180, 190), *range(195, 200)})
_FIRST = (
    "Ana",
    "James",
    "Linda",
    "Michael",
    "Grace",
    "David",
    "Susan",
    "Daniel",
    "Emily",
    "Kevin",
    "Sofia",
    "Brian",
    "Nicole",
    "Jason",
    "Hannah",
    "Eric",
    "Rachel",
    "Mark",
    "Olivia",
    "Steven",
    "Karen",
    "Paul",
    "Mei",
    "Andrew",
    "Tanya",
    "Carlos",
    "Julie",
    "Omar",
    "Heather",
    "Victor",
    "Leah",
    "Patrick",
    "Yuki",
    "Derek",
    "Angela",
    "Isaac",
    "Monica",
    "Peter",
    "Fatima",
    "Scott",
    "Diane",
    "Raj",
    "Megan",
    "Luis",
    "Erin",
    "Walter",
    "Chloe",
    "Henry",
)
_LAST = (
    "Ortega",
    "Park",
    "Nguyen",
    "Johnson",
    "Reyes",
    "Patel",
    "Miller",
    "Sato",
    "Brown",
    "Kim",
    "Larsen",
    "Davis",
    "Okafor",
    "Wilson",
    "Hernandez",
    "Moore",
    "Cohen",
    "Taylor",
    "Rossi",
    "Anderson",
    "Silva",
    "Thomas",
    "Ivanova",
    "Jackson",
    "Dubois",
    "White",
    "Haddad",
    "Harris",
    "Novak",
    "Clark",
    "Singh",
    "Lewis",
    "Schmidt",
    "Young",
    "Costa",
    "Hall",
    "Mbeki",
    "Allen",
    "Tanaka",
    "King",
    "O'Brien",
    "Wright",
    "Castillo",
    "Scott",
    "Yamada",
    "Green",
    "Fischer",
    "Baker",
    "Gonzalez",
    "Nelson",
    "Abbott",
    "Rivera",
    "Lindqvist",
    "Campbell",
    "Torres",
    "Mitchell",
    "Vargas",
    "Roberts",
)
_CARS = (
    ("Honda", ("Civic", "Accord", "CR-V", "Pilot", "Odyssey", "HR-V")),
    ("Toyota", ("Camry", "Corolla", "RAV4", "Highlander", "Tacoma", "Prius")),
    ("Ford", ("F-150", "Escape", "Explorer", "Bronco")),
    ("Subaru", ("Outback", "Forester", "Crosstrek")),
    ("Chevrolet", ("Silverado", "Equinox", "Tahoe")),
    ("Nissan", ("Rogue", "Altima")),
    ("Hyundai", ("Tucson", "Elantra")),
    ("Kia", ("Sorento", "Soul")),
    ("Mazda", ("CX-5", "Mazda3")),
)
_ZIPS = ("97202", "97203", "97206", "97209", "97211", "97212", "97213", "97214", "97217", "97220", "97230", "98660")
_VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


@dataclass(frozen=True)
class Car:
    id: str
    year: int
    make: str
    model: str

    @property
    def spoken(self) -> str:
        return f"{self.year} {self.make} {self.model}"


@dataclass(frozen=True)
class Person:
    id: str
    first: str
    last: str
    phone: str
    cars: tuple[Car, ...]

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


def meet_everyone(chance: Chance, opened: datetime, now: datetime) -> tuple[list[Person], list[Base]]:
    """All customers and the rows that store them, the four known callers first."""
    people: list[Person] = []
    rows: list[Base] = []
    taken = {phone for _, _, phone, _, _ in _KNOWN}
    numbers = chance.mixed([f"+1{area}5550{n}" for area in _AREAS for n in range(100, 200) if n not in _KEPT_FREE])
    free = [number for number in numbers if number not in taken]
    names = chance.mixed([(first, last) for first in _FIRST for last in _LAST])
    for first, last, phone, postal_code, car in _KNOWN:
        people.append(_add(chance, rows, opened, now, first, last, phone, postal_code, [car]))
    for index in range(COUNT - len(_KNOWN)):
        first, last = names[index]
        phone, postal_code = free[index], chance.one_of(_ZIPS)
        if index and index <= _HOUSEHOLDS:
            # A household: two people, one surname, one telephone. The number alone never says who is calling.
            other = people[-1] if index % 2 else None
            if other is not None and other.phone not in taken:
                last, phone = other.last, other.phone
        cars = [_a_car(chance, now.year) for _ in range(2 if chance.happens(0.18) else 1)]
        people.append(_add(chance, rows, opened, now, first, last, phone, postal_code, cars))
    return people, rows


def _add(
    chance: Chance,
    rows: list[Base],
    opened: datetime,
    now: datetime,
    first: str,
    last: str,
    phone: str,
    postal_code: str,
    cars: list[tuple[int, str, str, int]],
) -> Person:
    since = opened + timedelta(minutes=chance.between(0, 600))
    customer = Customer(
        id=chance.id(since), first_name=first, last_name=last, postal_code=postal_code, created_at=since
    )
    rows.append(customer)
    rows.append(ContactPoint(id=chance.id(since), customer_id=customer.id, kind="phone", value=phone, created_at=since))
    if chance.happens(0.6):
        address = f"{first}.{last}@example.com".lower().replace("'", "")
        rows.append(
            ContactPoint(id=chance.id(since), customer_id=customer.id, kind="email", value=address, created_at=since)
        )
    owned = []
    for year, make, model, mileage in cars:
        car = Car(chance.id(since), year, make, model)
        owned.append(car)
        rows.append(
            Vehicle(
                id=car.id,
                customer_id=customer.id,
                year=year,
                make=make,
                model=model,
                vin=vin(chance),
                plate=f"{chance.between(100, 999)} {''.join(chance.one_of('BCDFGHJKLMNPRSTVWXZ') for _ in range(3))}",
                mileage=mileage,
                created_at=since,
            )
        )
    return Person(customer.id, first, last, phone, tuple(owned))


def _a_car(chance: Chance, this_year: int) -> tuple[int, str, str, int]:
    make, models = chance.one_of(_CARS)
    age = chance.between(1, 13)
    return this_year - age, make, chance.one_of(models), age * chance.between(7_000, 14_000) + chance.between(0, 900)


def vin(chance: Chance) -> str:
    """Seventeen characters with the right check digit, from a manufacturer code nobody has (7XX)."""
    body = [
        *"7XX",
        *(chance.one_of(_VIN_LETTERS) for _ in range(5)),
        "0",
        *(chance.one_of(_VIN_LETTERS) for _ in range(2)),
    ]
    body += [chance.one_of("0123456789") for _ in range(6)]
    total = sum(
        w * (_VIN_VALUES.get(c) or int(c if c.isdigit() else 0)) for w, c in zip(_VIN_WEIGHTS, body, strict=True)
    )
    body[8] = "X" if total % 11 == 10 else str(total % 11)
    return "".join(body)
