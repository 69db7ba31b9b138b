"""The group's customers as its counters wrote them down: one person under several numbers, households, slips."""

from dataclasses import dataclass, replace

from simulator.dealer_group.size import Size

COLUMNS = (
    "Customer Number|First Name|Middle Name|Last Name|Full Name|Individual/Business Flag|Address|City|State|Zip|"
    "Home Phone|Cell Phone|Work Phone|Email 1|Email 2|Birth Date|Language|Opt Out|Block Email|Block Phone|Block Mail|"
    "Customer Last Activity Date"
).split("|")

_COPIES = 0.07
"""The share of customer numbers that are a second number of somebody."""

_FIRST = (
    "James Robert John Michael David William Richard Joseph Thomas Christopher Daniel Matthew Anthony Mark Donald "
    "Steven Andrew Kenneth Joshua Kevin Brian George Edward Ronald Timothy Jason Jeffrey Ryan Jacob Gary Nicholas Eric "
    "Jonathan Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Karen Sarah Lisa Nancy Sandra Betty "
    "Ashley Emily Kimberly Margaret Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Laura Sharon "
    "Cynthia Kathleen Amy Maria Jose Juan Luis Carlos Ana Sofia Elena Rosa Miguel Wei Mei Ling Minh Thuy Priya Raj "
    "Anita Omar Fatima Yusuf Olga Ivan Katya Hiroshi Yuki Kofi Amara Siobhan Niamh Lars Ingrid"
).split()
_SHORT = {
    "James": "Jim", "Robert": "Bob", "Michael": "Mike", "William": "Bill", "Richard": "Rick", "Thomas": "Tom",
    "Christopher": "Chris", "Daniel": "Dan", "Elizabeth": "Liz", "Jennifer": "Jen", "Patricia": "Pat",
    "Margaret": "Peggy", "Kimberly": "Kim", "Deborah": "Debbie", "Katherine": "Kate", "Joseph": "Joe",
    "Steven": "Steve",
    "Andrew": "Andy", "Timothy": "Tim", "Rebecca": "Becky", "Susan": "Sue", "Jose": "Pepe",
}  # fmt: skip
_COMMON = (
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson "
    "Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis "
    "Robinson Walker Nguyen Patel Kim Cohen O'Brien McDonald"
).split()
_HEADS = "Al Bar Cal Dor El Fen Gar Hol Ing Jar Kel Lan Mor Nor Os Per Quin Ros Sal Tor Ul Ver Wal Yar Zim".split()
_MIDDLES = ["", "an", "ber", "den", "er", "fi", "gen", "hal", "il", "low", "mar", "ner", "or", "rin", "sten", "ter"]
_ENDS = "son man berg ez ton ley field ski wood ford well ard ic ov ini sen dale worth".split()
_STREETS = "Oak Maple Cedar Pine Elm Main Hill Lake River Park Mill Church Spring Ridge Forest Valley Union".split()
_KINDS = (("St", "Street"), ("Ave", "Avenue"), ("Rd", "Road"), ("Dr", "Drive"), ("Ct", "Court"), ("Ln", "Lane"))
_CITIES = (("Portland", "97"), ("Gresham", "970"), ("Beaverton", "970"), ("Salem", "973"), ("Vancouver", "986"))
_MAIL = ("gmail.com", "yahoo.com", "outlook.com", "icloud.com", "comcast.net", "example.com")
_FIRMS = ("Plumbing LLC", "Roofing Inc", "Landscaping", "Electric Co", "Trucking", "Rentals LLC")


@dataclass(frozen=True)
class Person:
    """Somebody as they are."""

    first: str
    middle: str
    last: str
    firm: bool
    street: str
    city: str
    postal_code: str
    home: str
    cell: str
    email: str
    born: str
    language: str


def person_of(size: Size, number: int) -> int:
    """Who a customer number truly is: most are themselves, some are an earlier number's person again."""
    dice = size.dice("copy", number)
    if number > 20 and dice.random() < _COPIES:
        return person_of(size, number - dice.randint(1, 20))
    return number


def household_of(size: Size, person: int) -> int:
    """Who a person lives with: the second of some pairs lives with the first."""
    return person - 1 if person % 2 and size.dice("home", person // 2).random() < 0.3 else person


def person(size: Size, number: int) -> Person:
    """The person behind a number of their own."""
    dice = size.dice("person", number)
    first = dice.choice(_FIRST)
    last = (
        dice.choice(_COMMON)
        if dice.random() < 0.35
        else dice.choice(_HEADS) + dice.choice(_MIDDLES) + dice.choice(_ENDS)
    )
    firm = dice.random() < 0.04
    city, zip_starts = dice.choice(_CITIES)
    mine = Person(
        first="" if firm else first,
        middle=dice.choice("ABCDEFGHJKLMRST") if dice.random() < 0.4 else "",
        last=f"{last} {dice.choice(_FIRMS)}" if firm else last,
        firm=firm,
        street=f"{dice.randint(1, 9999)} {dice.choice(_STREETS)} {dice.choice(_KINDS)[0]}",
        city=city,
        postal_code=f"{zip_starts}{dice.randrange(10 ** (5 - len(zip_starts))):0{5 - len(zip_starts)}d}",
        home=_phone(number * 2) if dice.random() < 0.5 else "",
        cell=_phone(number * 2 + 1) if dice.random() < 0.75 else "",
        email=f"{first}.{last}{dice.randint(1, 9999)}@{dice.choice(_MAIL)}".replace("'", "").lower()
        if dice.random() < 0.6
        else "",
        born=f"{dice.randint(1, 12)}/{dice.randint(1, 28)}/{dice.randint(1938, 2006)}" if dice.random() < 0.45 else "",
        language="Spanish" if dice.random() < 0.06 else "English",
    )
    head = household_of(size, number)
    if head == number:
        return mine
    other = person(size, head)
    namesake = dice.random() < 0.08
    return replace(
        mine,
        first=other.first if namesake else mine.first,
        last=f"{other.last} Jr" if namesake and dice.random() < 0.7 else other.last,
        firm=other.firm,
        street=other.street,
        city=other.city,
        postal_code=other.postal_code,
        home=other.home,
    )


def written(size: Size, number: int, night: int) -> list[str]:
    """One customer number as the file has it, in the order of COLUMNS."""
    who = person_of(size, number)
    them = person(size, who)
    dice = size.dice("pen", number)
    if who != number:
        them = _written_again(them, dice.randrange(1 << 30), size, number)
    if size.changes("customer", number, night) and not them.cell:
        them = replace(them, cell=_phone(5_000_000 + number))
    first, last = them.first, them.last
    slip = dice.random()
    if slip < 0.3:
        first, last = first.upper(), last.upper()
    elif slip < 0.32:
        first = f" {first.lower()} "
    full = "" if dice.random() < 0.5 else (f"{last}, {first}" if first else last)
    home, cell = _dressed(them.home, dice.randrange(5)), _dressed(them.cell, dice.randrange(5))
    if dice.random() < 0.004:
        home = dice.choice(("000-000-0000", "555", "NONE", "(503) 555-0100", "9999999999"))
    return [
        f"{100_000 + number}" if number % 50 else f"0{100_000 + number}",
        first, them.middle, last, full, "B" if them.firm else "I", them.street, them.city, "OR", them.postal_code,
        home, cell, "", them.email if dice.random() > 0.01 else "none@none", "",
        them.born if dice.random() > 0.005 else "13/45/1900", them.language,
        "Y" if dice.random() < 0.01 else "N", "Y" if dice.random() < 0.03 else "N",
        "Y" if dice.random() < 0.02 else "N", "N", "",
    ]  # fmt: skip


def _written_again(them: Person, draw: int, size: Size, number: int) -> Person:
    """The same person at another counter."""
    dice = size.dice("again", draw)
    if them.first in _SHORT and dice.random() < 0.35:
        them = replace(them, first=_SHORT[them.first])
    if dice.random() < 0.06 and len(them.last) > 4:
        at = dice.randrange(1, len(them.last) - 1)
        them = replace(them, last=them.last[:at] + them.last[at + 1 :])
    if dice.random() < 0.04 and them.first and not them.firm:
        them = replace(them, first=them.last, last=them.first)
    if dice.random() < 0.15:
        them = replace(them, street=f"{dice.randint(1, 9999)} {dice.choice(_STREETS)} {dice.choice(_KINDS)[0]}")
    for short, long in _KINDS:
        if them.street.endswith(f" {short}") and dice.random() < 0.4:
            them = replace(them, street=them.street.removesuffix(short) + long)
    if dice.random() < 0.2:
        them = replace(them, email="")
    if dice.random() < 0.2:
        them = replace(them, born="")
    if dice.random() < 0.15:
        them = replace(them, home="")
    if dice.random() < 0.12:
        them = replace(them, cell=_phone(7_000_000 + number))
    return them if them.cell or them.home or them.email else replace(them, cell=_phone(7_000_000 + number))


def _phone(number: int) -> str:
    """A number of ten digits that nobody else of the group has; the area codes are real, the rest need not be."""
    area = ("503", "971", "360", "541", "458")[number % 5]
    return f"{area}{2 + number // 5 // 1_000_000 % 8}{number // 5 % 1_000_000:06d}"


def _dressed(digits: str, style: int) -> str:
    if not digits:
        return ""
    area, exchange, line = digits[:3], digits[3:6], digits[6:]
    styles = (
        digits,
        f"({area}) {exchange}-{line}",
        f"{area}-{exchange}-{line}",
        f"1{digits}",
        f"{area}.{exchange}.{line}",
    )
    return styles[style]
