"""Seeded sentences with a card, social security, license number or birth date in them, and sentences with none."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from kit.redaction import luhn

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
CIFRAS = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
MESES = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
TENS = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty", 6: "sixty", 7: "seventy", 8: "eighty", 9: "ninety"}
TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
ORDINALS = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty first",
    "twenty-second",
    "twenty third",
    "twenty fourth",
    "twenty-fifth",
    "twenty sixth",
    "twenty seventh",
    "twenty eighth",
)
VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


@dataclass(frozen=True)
class Sample:
    """A sentence in three parts; `secret` is what must be gone from the whole."""

    kind: str
    before: str
    secret: str
    after: str

    @property
    def text(self) -> str:
        return f"{self.before}{self.secret}{self.after}"


def secrets(seed: int, count: int) -> list[Sample]:
    dice = random.Random(seed)
    makers: list[Callable[[random.Random], Sample]] = [_card, _social, _birth, _license]
    return [makers[i % 4](dice) for i in range(count)]


def innocents(seed: int, count: int) -> list[str]:
    """What a store needs word for word: VINs, telephones, repair orders, prices, mileage, dates and times of visits."""
    dice = random.Random(seed)
    return [dice.choice(_INNOCENT)(dice) for _ in range(count)]


# ---- secrets ---------------------------------------------------------------------------------------------------------


def _card(dice: random.Random) -> Sample:
    prefix, size = dice.choice(
        [
            ("4", 16),
            ("51", 16),
            ("55", 16),
            ("2221", 16),
            ("34", 15),
            ("37", 15),
            ("6011", 16),
            ("36", 14),
            ("3528", 16),
        ]
    )
    body = (prefix + _some_digits(dice, size))[: size - 1]
    number = next(body + d for d in "0123456789" if luhn(body + d))
    before = dice.choice(
        [
            "My card is ",
            "you can charge ",
            "put it on ",
            "Visa ",
            "card number ",
            "the number is ",
            "",
            "ok so it's ",
            "mi tarjeta es ",
            "Amex: ",
            "please run ",
        ]
    )
    after = dice.choice(
        [
            " exp 04/29",
            ", expires next June",
            " thanks",
            ".",
            " for the deposit",
            "",
            " y gracias",
            " and the name is Sam Whitfield",
        ]
    )
    return Sample("card", before, _as_given(dice, number, (4, 4, 4, 4) if size == 16 else (4, 6, size - 10)), after)


def _social(dice: random.Random) -> Sample:
    number = f"{dice.randrange(100, 899)}{dice.randrange(10, 99)}{dice.randrange(1000, 9999)}"
    label = dice.choice(
        [
            "My social is ",
            "SSN ",
            "ssn: ",
            "social security number is ",
            "my social security number, it's ",
            "the last four of my social are ",
            "for the credit application my social's ",
            "S.S.N. ",
            "mi seguro social es ",
            "taxpayer id ",
        ]
    )
    if "last four" in label:
        number = number[-4:]
    shape = (3, 2, 4) if len(number) == 9 else (4,)
    if len(number) == 9 and dice.random() < 0.2:
        label = dice.choice(["it is ", "here you go: ", ""])
        return Sample("social", label, "-".join((number[:3], number[3:5], number[5:])), dice.choice([".", " ok", ""]))
    return Sample("social", label, _as_given(dice, number, shape), dice.choice([".", " okay", "", ", that's it"]))


def _birth(dice: random.Random) -> Sample:
    year, month, day = dice.randrange(1935, 2007), dice.randrange(1, 13), dice.randrange(1, 29)
    label = dice.choice(
        [
            "My date of birth is ",
            "dob ",
            "DOB: ",
            "D.O.B. ",
            "I was born ",
            "I was born on ",
            "birthday is ",
            "my birth date's ",
            "birthdate: ",
            "she was born ",
            "date of birth, ",
        ]
    )
    english = [
        f"{month}/{day}/{year}",
        f"{month:02}/{day:02}/{year}",
        f"{month}-{day}-{year % 100:02}",
        f"{year}-{month:02}-{day:02}",
        f"{month:02}{day:02}{year}",
        f"{month}.{day}.{year}",
        f"{month}/{day}/{year % 100:02}",
        f"{MONTHS[month - 1]} {day}, {year}",
        f"{MONTHS[month - 1][:3]} {day} {year}",
        f"{day} {MONTHS[month - 1]} {year}",
        f"{MONTHS[month - 1]} {_st(day)}, {year}",
        f"{MONTHS[month - 1]} {ORDINALS[day - 1]}, {year}",
        f"{MONTHS[month - 1]} {ORDINALS[day - 1]} {_year(year)}",
        f"the {ORDINALS[day - 1]} of {MONTHS[month - 1]}, {_year(year)}",
        f"{MONTHS[month - 1].lower()} {_under_100(day)} {_year(year)}",
        f"{MONTHS[month - 1]} the {_st(day)} {year}",
        f"{_under_100(month)} {_under_100(day)} {_year(year)}",
        f"{month} {day} {year}",
    ]
    if dice.random() < 0.12:
        spanish = f"{day} de {MESES[month - 1]} de {year}"
        return Sample(
            "birth", dice.choice(["Nací el ", "mi fecha de nacimiento es ", "fecha de nacimiento: "]), spanish, "."
        )
    given = dice.choice(english)
    if dice.random() < 0.12:
        return Sample(
            "birth", "", given, dice.choice([" is my birthday", " is my date of birth", ", that's my birthday"])
        )
    if dice.random() < 0.12:  # the bare answer to a question asked in another turn
        bare = dice.choice(
            [
                f"{month}/{day}/{year}",
                f"{MONTHS[month - 1]} {_st(day)}, {year}",
                f"{MONTHS[month - 1]} {ORDINALS[day - 1]} nineteen {_under_100(max(21, year % 100))}",
            ]
        )
        return Sample("birth", dice.choice(["", "It's ", "sure, ", "Uh, "]), bare, dice.choice([".", "", " okay"]))
    return Sample("birth", label, given, dice.choice([".", "", " and I live in Salem", ", thanks"]))


def _license(dice: random.Random) -> Sample:
    letter = dice.choice("ABCDEFGHJKLMNPRSTW")
    plain = dice.choice(
        [
            f"{letter}{_some_digits(dice, 7)}",
            _some_digits(dice, 8),
            _some_digits(dice, 9),
            _some_digits(dice, 7),
            f"{letter}{_some_digits(dice, 12)}",
            f"{letter}{_some_digits(dice, 3)}-{_some_digits(dice, 4)}-{_some_digits(dice, 4)}",
            f"{letter}{dice.choice('ABC')}{_some_digits(dice, 6)}",
            f"{_some_digits(dice, 2)}-{_some_digits(dice, 3)}-{_some_digits(dice, 4)}",
            f"WDL{dice.choice('AB')}{_some_digits(dice, 3)}B{_some_digits(dice, 4)}",
            f"{letter} {_some_digits(dice, 7)}",
            f"{letter}{' '.join(_some_digits(dice, size) for size in (3, 3, 2, 3))} 0",
            f"{letter} " + " ".join(DIGITS[int(d)] for d in _some_digits(dice, 7)),
            " ".join(DIGITS[int(d)] for d in _some_digits(dice, 8)),
            f"{letter} as in {'Sierra' if letter == 'S' else letter + 'pple'}, " + " ".join(_some_digits(dice, 7)),
        ]
    )
    label = dice.choice(
        [
            "My driver's license is ",
            "drivers license number ",
            "driver license: ",
            "DL# ",
            "DL number ",
            "license number is ",
            "my Oregon driver's license number is ",
            "driver's license, uh, it's ",
            "license no. ",
            "driving licence number ",
            "mi licencia de conducir es ",
            "the DL is ",
        ]
    )
    return Sample("license", label, plain, dice.choice([".", "", ", Oregon", " for the test drive", " expires in May"]))


# ---- what must stay ----


def _phone(dice: random.Random) -> str:
    area, middle, last = dice.randrange(201, 989), dice.randrange(200, 999), f"{dice.randrange(10000):04}"
    form = dice.choice(
        [
            f"{area}-{middle}-{last}",
            f"({area}) {middle}-{last}",
            f"+1{area}{middle}{last}",
            f"{area}.{middle}.{last}",
            f"{area} {middle} {last}",
            f"{area}{middle}{last}",
            f"1-{area}-{middle}-{last}",
            " ".join(DIGITS[int(d)] for d in f"{area}{middle}{last}"),
        ]
    )
    return dice.choice(
        ["Call me at {}", "my number is {} please", "text {} when it's ready", "{} is my cell", "the best number is {}"]
    ).format(form)


def _vin(dice: random.Random) -> str:
    vin = dice.choice(["1HG", "2T1", "JHM", "WBA", "5YJ", "3VW"]) + "".join(dice.choice(VIN_LETTERS) for _ in range(14))
    return dice.choice(["VIN is {}", "the vin {} on my door", "{}", "it's a Civic, VIN: {}."]).format(vin)


def _order(dice: random.Random) -> str:
    number = dice.choice(
        [
            _some_digits(dice, 5),
            _some_digits(dice, 6),
            f"RO{_some_digits(dice, 6)}",
            f"{dice.randrange(10)}-{_some_digits(dice, 5)}",
        ]
    )
    return dice.choice(
        [
            "My repair order number is {}",
            "RO {}",
            "ro# {} status?",
            "order number {} for parts",
            "invoice {}",
            "the stock number is {}",
            "part number {} came in",
            "confirmation {}",
        ]
    ).format(number)


def _price(dice: random.Random) -> str:
    amount = dice.choice(
        [
            f"${dice.randrange(20, 4000)}.{dice.randrange(100):02}",
            f"${dice.randrange(1, 60)},{dice.randrange(1000):03}",
            f"{dice.randrange(40, 900)} dollars",
            f"{_under_100(dice.randrange(21, 99))} ninety five",
        ]
    )
    return dice.choice(
        ["The quote was {}", "is it still {} for an oil change?", "they charged me {} last time", "from {} per axle"]
    ).format(amount)


def _miles(dice: random.Random) -> str:
    miles = dice.choice(
        [
            f"{dice.randrange(5, 190)},{dice.randrange(1000):03}",
            f"{dice.randrange(5000, 190000)}",
            f"{dice.randrange(10, 180)}k",
            f"{_under_100(dice.randrange(21, 99))} thousand",
        ]
    )
    return dice.choice(["It has {} miles", "odometer {}", "about {} miles on it", "last oil change at {}"]).format(
        miles
    )


def _visit(dice: random.Random) -> str:
    month, day, hour = dice.randrange(12), dice.randrange(1, 29), dice.randrange(7, 12)
    when = dice.choice(
        [
            f"{MONTHS[month]} {_st(day)} at {hour}:30",
            f"{month + 1}/{day} at {hour}",
            f"{month + 1}/{day}/2026",
            f"Tuesday the {ORDINALS[day - 1]} at {DIGITS[min(hour, 9)]} thirty",
            f"2026-{month + 1:02}-{day:02}",
            f"{MONTHS[month]} {day}, 2026 at {hour} am",
            f"{MONTHS[month]} {ORDINALS[day - 1]}, two thousand twenty six",
        ]
    )
    return dice.choice(["Can I come in {}?", "my appointment is {}", "the part arrives {}", "I bought it {}"]).format(
        when
    )


def _car(dice: random.Random) -> str:
    year = dice.randrange(1998, 2027)
    return dice.choice(
        [
            f"It's a {year} Honda CR-V",
            f"plate {dice.choice('ABC')}{dice.choice('XYZ')}K {dice.randrange(100, 999)}",
            f"my license plate is {_some_digits(dice, 3)} ABC",
            f"license plate number {_some_digits(dice, 1)}XYZ{_some_digits(dice, 3)}",
            f"zip is {_some_digits(dice, 5)}",
            f"tires are 225/{dice.choice([45, 50, 65])}R17",
            f"ZIP {_some_digits(dice, 5)}-{_some_digits(dice, 4)}",
            f"I bought it 06/12/{dice.randrange(2001, 2008)}",
            f"In service date March 3rd, {dice.randrange(2001, 2008)}",
            f"{_some_digits(dice, 4)} Main Street, apartment {_some_digits(dice, 2)}",
            f"5W-30 and {dice.randrange(4, 9)} quarts",
            f"born and raised here, {dice.randrange(2, 9)} cars from you",
            "my birthday is coming up, so after that",
            f"I left my driver's license in the {year} Tahoe",
            "do I need my license for a loaner?",
            f"my daughter got her license and drives the {year} Corolla",
            f"the code is P0{_some_digits(dice, 3)}",
            f"account is fine, {dice.randrange(2, 9)} cars on it",
        ]
    )


_INNOCENT: list[Callable[[random.Random], str]] = [
    _phone,
    _phone,
    _vin,
    _order,
    _price,
    _miles,
    _visit,
    _visit,
    _car,
    _car,
]


# ---- spelling ----


def _some_digits(dice: random.Random, count: int) -> str:
    return "".join(dice.choice("0123456789") for _ in range(count))


def _as_given(dice: random.Random, number: str, groups: tuple[int, ...]) -> str:
    """A number as people type it, or as a recogniser writes down what they say."""
    cuts = [sum(groups[:i]) for i in range(len(groups) + 1)]
    parts = [number[a:b] for a, b in zip(cuts, cuts[1:], strict=False)]
    words = [DIGITS[int(d)] for d in number]
    return dice.choice(
        [
            number,
            " ".join(parts),
            "-".join(parts),
            " ".join(words),
            ", ".join(" ".join(DIGITS[int(d)] for d in p) for p in parts),
            " ".join(number),
            ", ".join(parts),
            " - ".join(parts),
            " ".join(CIFRAS[int(d)] for d in number),
            " uh ".join(parts),
            " dash ".join(" ".join(DIGITS[int(d)] for d in p) for p in parts),
            " ".join("oh" if d == "0" else DIGITS[int(d)] for d in number),
        ]
    )


def _st(day: int) -> str:
    return f"{day}{'th' if 10 < day < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def _under_100(number: int) -> str:
    if number < 10:
        return DIGITS[number]
    if number < 20:
        return TEENS[number - 10]
    tens, ones = divmod(number, 10)
    return TENS[tens] + (f" {DIGITS[ones]}" if ones else "")


def _year(year: int) -> str:
    if year >= 2000:
        return "two thousand" + (f" {_under_100(year % 100)}" if year % 100 else "")
    return f"nineteen {_under_100(year % 100)}"
