"""Weighs two records field by field: same person, maybe, or different, with a reason for every field; pure.

Each field adds or takes bits of evidence. Bits alone never join: an automatic join also asks for names that agree, two
independent facts beside them, and nothing that speaks against. A wrong join tells a stranger about somebody's car.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from rapidfuzz import fuzz

from kit.phone import spoken
from record.matching import names
from record.matching.addresses import alike, near_street, same_street
from record.matching.rarity import Rarity, house
from record.matching.traits import Traits

MAYBE_BITS = 10.0
NAMES_ALONE_BITS = 18.0
SAME_BITS = 27.0
_A_GENERATION = range(15, 51)  # years between a parent and a child of the same name


class Verdict(StrEnum):
    SAME = "same"
    MAYBE = "maybe"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Reason:
    """One field compared: what was found, in words, and the bits it is worth."""

    field: str
    says: str
    bits: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two records are; `score` runs from 0 to 1. `against` says that something speaks against one person,
    `household` that two people seem to live together."""

    verdict: Verdict
    score: float
    reasons: tuple[Reason, ...]
    against: bool
    household: bool = False

    def as_rows(self) -> tuple[dict[str, Any], ...]:
        """The reasons as they are stored."""
        return tuple({"field": one.field, "says": one.says, "bits": one.bits} for one in self.reasons)


class Agreement(StrEnum):
    """How two first names, or two surnames, go together."""

    EQUAL = "equal"
    NICKNAME = "nickname"
    SLIP = "slip"
    PART = "part"
    UNKNOWN = "unknown"
    DIFFERENT = "different"


@dataclass(slots=True)
class _Weighing:
    """The scales while two records lie on them. `facts` agree beyond the name; `doubts` keep a join for a person."""

    bits: float
    reasons: list[Reason]
    facts: set[str]
    doubts: int = 0
    apart: bool = False

    def add(self, field: str, says: str, bits: float, *, fact: bool = False, doubt: bool = False) -> None:
        self.bits += bits
        self.reasons.append(Reason(field, says, round(bits, 1)))
        if fact:
            self.facts.add(field)
        self.doubts += doubt


def compare(one: Traits, other: Traits, rarity: Rarity) -> Likeness:
    """The verdict on two records of one store."""
    scales = _Weighing(0.0, [], set())
    if one.is_business or other.is_business:
        return _compare_businesses(one, other, rarity, scales)
    first, last = _weigh_names(one, other, rarity, scales)
    _weigh_birth(one, other, scales)
    _weigh_generation(one, other, scales)
    _weigh_shared(one, other, rarity, scales)
    _weigh_address(one, other, rarity, scales)
    household = first is Agreement.DIFFERENT and last is Agreement.EQUAL and bool(scales.facts & {"phone", "address"})
    own_mail = bool(one.emails and other.emails) and not one.emails & other.emails
    _weigh_strangers(first, last, scales, own_mail=own_mail)
    sure = _names_carry(one, other, first, last, rarity, scales)
    return _verdict(scales, sure=sure, household=household)


def _verdict(scales: _Weighing, *, sure: bool, household: bool = False) -> Likeness:
    score = round(1 / (1 + 2.0 ** (-(scales.bits - MAYBE_BITS) / 3)), 4)
    reasons = tuple(sorted(scales.reasons, key=lambda reason: -abs(reason.bits)))
    against = scales.apart or scales.doubts > 0
    enough = MAYBE_BITS if scales.facts else NAMES_ALONE_BITS
    if scales.apart or scales.bits < enough:
        return Likeness(Verdict.DIFFERENT, 0.0 if scales.apart else score, reasons, against, household)
    if sure and not scales.doubts and scales.bits >= SAME_BITS and len(scales.facts - {"street"}) >= 2:
        return Likeness(Verdict.SAME, score, reasons, against)
    return Likeness(Verdict.MAYBE, score, reasons, against)


def _weigh_strangers(first: Agreement, last: Agreement, scales: _Weighing, *, own_mail: bool) -> None:
    """Names that differ: two people, unless a birth date is shared with more. Then it is twins, or a name given up, and
    a person decides."""
    if Agreement.DIFFERENT not in (first, last):
        return
    scales.doubts += 1
    born = "birth_date" in scales.facts
    if first is Agreement.DIFFERENT:
        # Spouses, parent and child: whatever they share, they are two people. So are twins with a mail box each.
        scales.apart |= not born or own_mail or (last is Agreement.DIFFERENT and len(scales.facts) == 1)
    else:
        nearby = any(reason.field == "zip" and reason.bits > 0 for reason in scales.reasons)
        supported = bool(scales.facts & {"email", "phone", "address"}) or (born and nearby)
        alike = born or "email" in scales.facts or first in (Agreement.EQUAL, Agreement.NICKNAME)
        scales.apart |= not (supported and alike)


def _weigh_names(one: Traits, other: Traits, rarity: Rarity, scales: _Weighing) -> tuple[Agreement, Agreement]:
    mine, theirs = one.name, other.name
    first, last = _first(mine.first, theirs.first), _last(mine.last, theirs.last)
    if Agreement.DIFFERENT in (first, last):
        turned = {_first(mine.first, theirs.last), _first(mine.last, theirs.first)}
        if _TURNED & turned and not turned & {Agreement.DIFFERENT, Agreement.UNKNOWN}:
            rare = max(rarity.last(mine.last), rarity.last(theirs.last)) + 3
            bits = rare if turned == {Agreement.EQUAL} else 7.0
            scales.add("name", f"First and last name swapped: {_said(mine)} and {_said(theirs)}", bits)
            surer, vaguer = min(turned, key=_SURENESS.index), max(turned, key=_SURENESS.index)
            return vaguer, surer
    if first is Agreement.DIFFERENT and _goes_by_middle(one, other):
        scales.add("first_name", f"{_title(mine.first)} and {_title(theirs.first)}: middle name used", 3.0, doubt=True)
        first = Agreement.PART
    else:
        _say_first(mine.first, theirs.first, first, rarity, scales)
    _say_last(mine.last, theirs.last, last, rarity, scales)
    _weigh_middle(mine.middle, theirs.middle, scales)
    return first, last


_TURNED = {Agreement.EQUAL, Agreement.SLIP}
_SURENESS = list(Agreement)


def _first(mine: str, theirs: str) -> Agreement:
    if not mine or not theirs:
        return Agreement.UNKNOWN
    if mine == theirs:
        return Agreement.EQUAL
    shorter, longer = sorted((mine, theirs), key=len)
    if len(shorter) == 1:
        return Agreement.PART if longer[0] == shorter else Agreement.DIFFERENT
    if names.are_nicknames(mine, theirs):
        return Agreement.NICKNAME
    if names.slip(mine, theirs):
        return Agreement.SLIP
    return Agreement.PART if len(shorter) > 2 and longer.startswith(shorter) else Agreement.DIFFERENT


def _last(mine: str, theirs: str) -> Agreement:
    if not mine or not theirs:
        return Agreement.UNKNOWN
    if mine == theirs:
        return Agreement.EQUAL
    if names.slip(mine, theirs):
        return Agreement.SLIP
    shorter, longer = sorted((mine, theirs), key=len)
    if len(shorter) > 3 and (longer.startswith(shorter) or longer.endswith(shorter)):
        return Agreement.PART
    return Agreement.DIFFERENT


def _goes_by_middle(one: Traits, other: Traits) -> bool:
    mine, theirs = one.name, other.name
    return bool(mine.middle and mine.middle == theirs.first) or bool(theirs.middle and theirs.middle == mine.first)


def _say_first(mine: str, theirs: str, found: Agreement, rarity: Rarity, scales: _Weighing) -> None:
    both = f"{_title(mine)} and {_title(theirs)}"
    match found:
        case Agreement.EQUAL:
            scales.add("first_name", f"Same first name, {_title(mine)}", rarity.first(mine))
        case Agreement.NICKNAME:
            scales.add("first_name", f"First names {both}: nickname", 3.5)
        case Agreement.SLIP:
            scales.add("first_name", f"First names {both}: spelled nearly alike", 3.5)
        case Agreement.PART:
            scales.add("first_name", f"First names {both}: one may be short for the other", 1.5)
        case Agreement.DIFFERENT:
            scales.add("first_name", f"Different first names, {both}", -7.0)
        case Agreement.UNKNOWN:
            pass


def _say_last(mine: str, theirs: str, found: Agreement, rarity: Rarity, scales: _Weighing) -> None:
    both = f"{_title(mine)} and {_title(theirs)}"
    match found:
        case Agreement.EQUAL:
            bits = rarity.last(mine)
            scales.add("last_name", f"Same {'rare ' if bits >= 11 else ''}surname, {_title(mine)}", bits)
        case Agreement.SLIP:
            scales.add("last_name", f"Surnames {both}: spelled nearly alike", 6.0)
        case Agreement.PART:
            scales.add("last_name", f"Surnames {both}: one is part of the other", 4.0, doubt=True)
        case Agreement.DIFFERENT:
            scales.add("last_name", f"Different surnames, {both}", -5.0)
        case Agreement.UNKNOWN | Agreement.NICKNAME:
            pass


def _weigh_middle(mine: str, theirs: str, scales: _Weighing) -> None:
    if not mine or not theirs:
        return
    if mine == theirs:
        scales.add("middle_name", f"Same middle name, {_title(mine)}", 3.0)
    elif mine[0] == theirs[0] and 1 in (len(mine), len(theirs)):
        scales.add("middle_name", f"Same middle initial, {mine[0].upper()}", 2.0)
    elif not names.slip(mine, theirs):
        scales.add("middle_name", f"Different middle names, {_title(mine)} and {_title(theirs)}", -4.0, doubt=True)


def _weigh_birth(one: Traits, other: Traits, scales: _Weighing) -> None:
    mine, theirs = one.born, other.born
    if mine is None or theirs is None:
        return
    if mine == theirs:
        scales.add("birth_date", f"Same birth date, {mine:%m/%d/%Y}", 13.0, fact=True)
    elif _nearly_the_same_day(mine, theirs):
        scales.add("birth_date", f"Birth dates one slip apart, {mine:%m/%d/%Y} and {theirs:%m/%d/%Y}", 6.0, doubt=True)
    else:
        generation = abs(mine.year - theirs.year) in _A_GENERATION
        said_so = one.name.generation != other.name.generation
        says = "Birth dates a generation apart" if generation else "Different birth dates"
        bits = -8.0 if generation else -6.0
        scales.add("birth_date", f"{says}, {mine:%m/%d/%Y} and {theirs:%m/%d/%Y}", bits, doubt=True)
        scales.apart |= generation and said_so


def _nearly_the_same_day(mine: date, theirs: date) -> bool:
    if mine.year == theirs.year and (
        (mine.month, mine.day) == (theirs.day, theirs.month) or mine.month == theirs.month or mine.day == theirs.day
    ):
        return True
    return names.letters_apart(f"{mine:%Y%m%d}", f"{theirs:%Y%m%d}") == 1


def _weigh_generation(one: Traits, other: Traits, scales: _Weighing) -> None:
    mine, theirs = one.name.generation, other.name.generation
    if mine == theirs:
        return
    if mine and theirs and {mine, theirs} != {"jr", "ii"}:
        scales.add("generation", f"{mine.title()} and {theirs.title()}: father and son", -20.0)
        scales.apart = True
    elif "birth_date" not in scales.facts:
        scales.add("generation", f"Only one is {(mine or theirs).title()}: perhaps father and son", -3.0, doubt=True)
        # One house proves nothing between them; a telephone or mail box leaves it open.
        scales.apart |= not (one.phones & other.phones or one.emails & other.emails)


def _weigh_shared(one: Traits, other: Traits, rarity: Rarity, scales: _Weighing) -> None:
    for field, mine, theirs, bits in (
        ("phone", one.phones, other.phones, 11.0),
        ("email", one.emails, other.emails, 13.0),
        ("vin", one.vins, other.vins, 8.0),
    ):
        both = mine & theirs
        if both:
            value, worth = max(((value, rarity.shared(value, bits)) for value in both), key=lambda held: held[1])
            shown = spoken(value) if field == "phone" else value
            crowd = "" if worth else ", but many people have it"
            scales.add(field, f"Same {_WORDS[field]} {shown}{crowd}", worth, fact=worth > 0)
        elif mine and theirs and field != "vin":
            near = len(mine) + len(theirs) <= 6 and any(_one_slip(a, b) for a in mine for b in theirs)
            says, worth = ("one slip apart", 4.0) if near else ("different", -1.0)
            scales.add(field, f"{_WORDS[field].capitalize()}s {says}", worth)


def _one_slip(mine: str, theirs: str) -> bool:
    """One keystroke apart. Mail addresses that differ in a digit are two people's of one name."""
    if names.letters_apart(mine, theirs) != 1:
        return False
    return "@" not in mine or mine.translate(_NO_DIGITS) != theirs.translate(_NO_DIGITS)


_NO_DIGITS = str.maketrans("", "", "0123456789")
_WORDS = {"phone": "phone", "email": "e-mail", "vin": "car"}


def _weigh_address(one: Traits, other: Traits, rarity: Rarity, scales: _Weighing) -> None:
    mine, theirs = one.home, other.home
    same_zip = bool(one.zip5) and one.zip5 == other.zip5
    same_place = same_zip or alike(one.city, other.city)
    if same_street(mine, theirs):
        worth = rarity.shared(house(one), 9.0 if same_place else 6.0)
        crowd = "" if worth else ", but many people live there"
        scales.add("address", f"Same address, {_title(f'{mine.number} {mine.name}')}{crowd}", worth, fact=worth > 0)
    elif same_place and near_street(mine, theirs):
        scales.add("street", f"Same street, {_title(mine.name)}, another number", 4.0, fact=True)
    elif same_zip:
        scales.add("zip", f"Same ZIP, {one.zip5}", 2.5)
    elif one.zip5 and other.zip5 and not same_place:
        scales.add("zip", "Different ZIP and town", -2.0)


def _names_carry(
    one: Traits, other: Traits, first: Agreement, last: Agreement, rarity: Rarity, scales: _Weighing
) -> bool:
    """Whether the names, with what else agrees, leave no room for a relative."""
    facts = scales.facts
    if last not in (Agreement.EQUAL, Agreement.SLIP):
        return False
    match first:
        case Agreement.EQUAL:
            if facts & {"birth_date", "email"}:
                return True
            # A father and son without Jr share name, house, telephone and mostly nothing to tell them apart by.
            alone = rarity.only_these_two(house(one)) and any(map(rarity.only_these_two, one.phones & other.phones))
            own_mail = bool(one.emails and other.emails)
            return last is Agreement.EQUAL and alone and not own_mail and {"phone", "address", "vin"} <= facts
        case Agreement.NICKNAME:
            return "birth_date" in facts and bool(facts & {"phone", "email", "address"})
        case Agreement.SLIP:
            return last is Agreement.EQUAL and "birth_date" in facts and _mere_slip(one, other, rarity, facts)
        case _:
            return False


def _mere_slip(one: Traits, other: Traits, rarity: Rarity, facts: set[str]) -> bool:
    """Whether two first names are one, mistyped, and not twins': one of them is nobody's name, and inside it letters
    are swapped, or one is missing and everything is shared down to the mail box. Eric and Erica are two."""
    mine, theirs = one.name.first, other.name.first
    odd = any(rarity.nobody_elses(name) and not names.known(name) for name in (mine, theirs))
    inside = names.letters_apart(mine, theirs) == 1 and (mine[0], mine[-1]) == (theirs[0], theirs[-1])
    swapped, dropped = sorted(mine) == sorted(theirs), len(mine) != len(theirs)
    return odd and inside and (swapped or (dropped and "email" in facts))


def _compare_businesses(one: Traits, other: Traits, rarity: Rarity, scales: _Weighing) -> Likeness:
    """Businesses are told apart by name and place: branches share a name, tenants an address, fleets a telephone."""
    if one.is_business != other.is_business:
        scales.add("name", "One is a business, the other a person", -20.0)
        scales.apart = True
        return _verdict(scales, sure=False)
    mine, theirs = one.business, other.business
    equal = mine == theirs and bool(mine)
    likeness = 100.0 if equal else fuzz.token_sort_ratio(mine, theirs)
    numbers = [{word for word in name.split() if word.isdigit()} for name in (mine, theirs)]
    if likeness < 85 or numbers[0] != numbers[1]:
        scales.add("name", f"Different businesses, {_title(mine)} and {_title(theirs)}", -12.0)
        scales.apart = True
    else:
        says = "Same business name" if equal else "Business names nearly alike"
        scales.add("name", f"{says}, {_title(mine)}", 14.0 if equal else 8.0)
    _weigh_shared(one, other, rarity, scales)
    _weigh_address(one, other, rarity, scales)
    return _verdict(scales, sure=equal and "address" in scales.facts)


def _title(text: str) -> str:
    return text.title()


def _said(name: names.Name) -> str:
    return _title(f"{name.first} {name.last}")
