"""People of one store with the truth of who is who: households, fathers and sons, twins, firms, and the slips of five
counters. The same seed gives the same people. Density stays the same at any size, as in towns."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import accumulate

from nicknames import name_triplets

from record.matching.traits import Person

_SYLLABLES = "an ber cas dor el far gar hol ing jor kel lan mor nor ol per quin ros sal ter ul ver wal yor zim".split()
_ENDINGS = "son man berg ez ton ley er field ski wood ford es ing well ard ic ov ini".split()
_STREETS = "Oak Maple Cedar Pine Elm Main Hill Lake River Park Sunset Mill Church Spring Ridge Forest Valley".split()
_TYPES = (("Street", "St"), ("Avenue", "Ave"), ("Road", "Rd"), ("Drive", "Dr"), ("Court", "Ct"), ("Lane", "LN"))
_FIRMS = ("Plumbing", "Roofing", "Landscaping", "Electric", "Trucking", "Rentals", "Construction")
_MAIL = ("gmail.com", "yahoo.com", "outlook.com", "icloud.com", "comcast.net")
_PER_TOWN = 2500
STORE_PHONE = "+15035550100"


@dataclass
class World:
    """Everyone, who each record truly is, and what was done to each copy."""

    people: list[Person] = field(default_factory=list)
    truth: dict[str, str] = field(default_factory=dict)
    slips: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def pairs(self) -> set[tuple[str, str]]:
        """Every two records of one person."""
        records: dict[str, list[str]] = {}
        for record_id, who in self.truth.items():
            records.setdefault(who, []).append(record_id)
        return {(one, other) for same in records.values() for one in same for other in same if one < other}


def a_world(size: int, seed: int = 7, copies: float = 0.25) -> World:
    """About `size` records, of which a good fifth are second, third or fourth records of somebody."""
    maker = _Maker(random.Random(seed), size)
    world = World()
    chance = maker.chance
    while len(world.people) < size:
        for person in maker.household():
            who = f"w{len(world.truth):07d}"
            _file(world, person, who, (), maker)
            while chance.random() < copies:
                copy, slips = maker.copy(person)
                _file(world, copy, who, slips, maker)
    return world


def _file(world: World, person: Person, who: str, slips: tuple[str, ...], maker: "_Maker") -> None:
    record_id = f"{maker.chance.getrandbits(64):016x}"
    world.people.append(replace(person, id=record_id))
    world.truth[record_id] = who
    world.slips[record_id] = slips


class _Maker:
    def __init__(self, chance: random.Random, size: int) -> None:
        self.chance = chance
        given = sorted({t.name1 for t in name_triplets() if len(t.name1) > 2})
        self._nicknames: dict[str, list[str]] = {}
        for triplet in name_triplets():
            self._nicknames.setdefault(triplet.name1, []).append(triplet.name2)
        chance.shuffle(given)
        self._firsts, self._first_shares = given, list(accumulate(1 / (rank + 4) for rank in range(len(given))))
        lasts = sorted({(a + b + e).title() for a in _SYLLABLES for b in ("", *_SYLLABLES) for e in _ENDINGS})
        chance.shuffle(lasts)
        self._lasts, self._last_shares = lasts, list(accumulate(1 / (rank + 12) for rank in range(len(lasts))))
        self._towns = max(3, size // _PER_TOWN)
        self._phones = 0

    def household(self) -> Iterator[Person]:
        """One address and those who live or work there."""
        chance = self.chance
        if chance.random() < 0.06:
            yield from self._firm()
            return
        last, home, landline = self._last(), self._home(), self._phone()
        kind = chance.random()
        first = self._adult(last, home, landline)
        yield first
        if kind < 0.35:
            spouse = self._adult(last, home, landline)
            while spouse.first == first.first:
                spouse = self._adult(last, home, landline)
            shares_mail = chance.random() < 0.15
            yield replace(spouse, emails=first.emails if shares_mail else spouse.emails, vins=first.vins)
        elif kind < 0.36:
            yield from self._father_and_son(first)
        elif kind < 0.365:
            twin = self._adult(last, home, landline)
            while twin.first == first.first:
                twin = self._adult(last, home, landline)
            yield replace(twin, birth_date=first.birth_date)
        elif kind < 0.50:
            yield self._adult(self._last(), home, landline)

    def copy(self, person: Person) -> tuple[Person, tuple[str, ...]]:
        """The same person written down again at another counter, with none to many slips."""
        found, slips = person, []
        for slip, share in _SLIPS.items():
            changed = slip(self, found) if self.chance.random() < share else found
            if changed != found:
                found = changed
                slips.append(slip.__name__.strip("_"))
        if not (found.phones or found.emails or found.birth_date or found.street):
            return person, ()
        return found, tuple(slips)

    def _father_and_son(self, father: Person) -> Iterator[Person]:
        """One name, one house, often one telephone; written Jr three times out of four, or with a birth date."""
        chance = self.chance
        born = father.birth_date or date(1955, 5, 5)
        son = self._adult(father.last, (father.street, father.city, father.postal_code), father.phones[0])
        told_apart = chance.random() < 0.75
        yield replace(
            son,
            first=father.first,
            emails=tuple(mail.replace(son.first.lower(), father.first.lower()) for mail in son.emails),
            middle=father.middle if chance.random() < 0.4 else son.middle,
            last=f"{father.last} Jr" if told_apart else father.last,
            birth_date=born + timedelta(days=chance.randint(19 * 365, 34 * 365)) if son.birth_date else None,
            vins=father.vins if chance.random() < 0.3 else son.vins,
        )

    def _firm(self) -> Iterator[Person]:
        name = f"{self._last()} {self.chance.choice(_FIRMS)}"
        phone = self._phone()
        for branch in range(1, self.chance.choice((2, 2, 2, 4))):
            street, city, postal_code = self._home()
            vins = tuple(self._vin() for _ in range(self.chance.randint(1, 4)))
            yield Person(
                "", "", f"{name} {branch}" if branch > 1 else f"{name} LLC", is_business=True, street=street, city=city,
                postal_code=postal_code, phones=(phone,), vins=vins,
            )  # fmt: skip

    def _adult(self, last: str, home: tuple[str, str, str], landline: str) -> Person:
        chance = self.chance
        first = chance.choices(self._firsts, cum_weights=self._first_shares)[0].title()
        phones = [self._phone()] if chance.random() < 0.8 else []
        if not phones or chance.random() < 0.4:
            phones.append(landline)
        if chance.random() < 0.01:
            phones = [STORE_PHONE]
        dot = chance.choice((".", "", "_"))
        mail = f"{first}{dot}{last}{chance.randint(1, 999)}@{chance.choice(_MAIL)}".lower()
        return Person(
            "",
            first,
            last,
            middle=chance.choice("ABCDEJLMRST") if chance.random() < 0.4 else "",
            street=home[0],
            city=home[1],
            postal_code=home[2],
            birth_date=date(1940, 1, 1) + timedelta(days=chance.randint(0, 23_000)) if chance.random() < 0.5 else None,
            phones=tuple(phones),
            emails=(mail,) if chance.random() < 0.65 else (),
            vins=tuple(self._vin() for _ in range(chance.choice((1, 1, 1, 2)))),
        )

    def _last(self) -> str:
        return self.chance.choices(self._lasts, cum_weights=self._last_shares)[0]

    def _home(self) -> tuple[str, str, str]:
        town = self.chance.randrange(self._towns)
        name = f"{self.chance.choice(_STREETS)}{self.chance.choice(('', '', 'wood', 'view', 'dale', ' Hill'))}"
        street = f"{self.chance.randint(1, 2400)} {name} {self.chance.choice(_TYPES)[0]}"
        if self.chance.random() < 0.12:
            street += f" Apt {self.chance.randint(1, 30)}"
        return street, f"Town {town}", f"{10_000 + town:05d}"

    def _phone(self) -> str:
        self._phones += 1
        return f"+1{503 + self._phones // 7_900_000}{2_000_000 + self._phones * 7_919 % 7_900_000:07d}"

    def _vin(self) -> str:
        return "7XX" + "".join(self.chance.choices("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", k=14))

    # The slips, as counters make them.

    def _nickname(self, person: Person) -> Person:
        known = self._nicknames.get(person.first.lower())
        return replace(person, first=self.chance.choice(known).title()) if known else person

    def _misspelled_first(self, person: Person) -> Person:
        return replace(person, first=self._misspell(person.first))

    def _misspelled_last(self, person: Person) -> Person:
        return replace(person, last=self._misspell(person.last))

    def _swapped_names(self, person: Person) -> Person:
        return replace(person, first=person.last, last=person.first) if person.first else person

    def _shouted(self, person: Person) -> Person:
        return replace(person, first=person.first.upper(), last=person.last.upper(), street=person.street.upper())

    def _middle_in_first(self, person: Person) -> Person:
        return replace(person, first=f"{person.first} {person.middle}".strip(), middle="")

    def _initial_only(self, person: Person) -> Person:
        return replace(person, first=person.first[:1]) if not person.is_business else person

    def _married(self, person: Person) -> Person:
        return replace(person, last=self._last()) if not person.is_business else person

    def _new_phone(self, person: Person) -> Person:
        return replace(person, phones=(self._phone(),))

    def _no_phone(self, person: Person) -> Person:
        return replace(person, phones=())

    def _filler_phone(self, person: Person) -> Person:
        return replace(person, phones=(*person.phones, "+10000000000"))

    def _tagged_email(self, person: Person) -> Person:
        return replace(person, emails=tuple(mail.replace("@", "+cars@") for mail in person.emails))

    def _no_email(self, person: Person) -> Person:
        return replace(person, emails=())

    def _filler_email(self, person: Person) -> Person:
        return replace(person, emails=("none@none.com",))

    def _no_birth_date(self, person: Person) -> Person:
        return replace(person, birth_date=None)

    def _birth_day_and_month_swapped(self, person: Person) -> Person:
        born = person.birth_date
        if born is None or born.day > 12:
            return person
        return replace(person, birth_date=date(born.year, born.day, born.month))

    def _moved(self, person: Person) -> Person:
        street, city, postal_code = self._home()
        return replace(person, street=street, city=city, postal_code=postal_code)

    def _street_abbreviated(self, person: Person) -> Person:
        street = person.street
        for whole, short in _TYPES:
            street = street.replace(whole, short)
        return replace(person, street=street.replace(" Apt ", " #"))

    def _misspelled_street(self, person: Person) -> Person:
        number, _, rest = person.street.partition(" ")
        return replace(person, street=f"{number} {self._misspell(rest)}") if rest else person

    def _no_address(self, person: Person) -> Person:
        return replace(person, street="", city="", postal_code="")

    def _another_car(self, person: Person) -> Person:
        return replace(person, vins=(self._vin(),))

    def _misspell(self, text: str) -> str:
        if len(text) < 4:
            return text
        at = self.chance.randrange(1, len(text) - 1)
        letter = self.chance.choice("aeinorst")
        return self.chance.choice(
            (
                text[:at] + text[at + 1] + text[at] + text[at + 2 :],
                text[:at] + text[at + 1 :],
                text[:at] + letter + text[at:],
                text[:at] + letter + text[at + 1 :],
            )
        )


# How often each slip is made on a copy: two or three on the average copy.
_SLIPS = {
    _Maker._nickname: 0.10,
    _Maker._misspelled_first: 0.05,
    _Maker._misspelled_last: 0.06,
    _Maker._swapped_names: 0.02,
    _Maker._shouted: 0.20,
    _Maker._middle_in_first: 0.10,
    _Maker._initial_only: 0.03,
    _Maker._married: 0.02,
    _Maker._new_phone: 0.14,
    _Maker._no_phone: 0.06,
    _Maker._filler_phone: 0.05,
    _Maker._tagged_email: 0.05,
    _Maker._no_email: 0.25,
    _Maker._filler_email: 0.05,
    _Maker._no_birth_date: 0.30,
    _Maker._birth_day_and_month_swapped: 0.02,
    _Maker._moved: 0.10,
    _Maker._street_abbreviated: 0.30,
    _Maker._misspelled_street: 0.08,
    _Maker._no_address: 0.10,
    _Maker._another_car: 0.40,
}
