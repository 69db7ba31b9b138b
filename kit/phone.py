"""Phone numbers in one form, E.164."""

import re
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone

from kit.ids import E164

_NORTH_AMERICAN = re.compile(r"\+1([2-9]\d{2})([2-9]\d{2})(\d{4})", re.ASCII)

# What Twilio puts in From when there is no number: ANONYMOUS, RESTRICTED, BLOCKED, UNAVAILABLE, UNKNOWN on a keypad.
_WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+86282452253", "+8656696"})
WITHHELD = "withheld"

# A ten-digit number as people type it: the library says the same of it, forty times slower.
_PLAIN_US = re.compile(r"(?:\+?1[ .-]?)?\(?([2-9]\d{2})\)?[ .-]?(\d{3})[ .-]?(\d{4})", re.ASCII)


def caller_number(text: str) -> str:
    """The caller's number as E.164, or "withheld" when there is none to call back."""
    if text.strip() in _WITHHELD:
        return WITHHELD
    return to_e164(text) or WITHHELD


def to_e164(text: str, region: str = "US") -> E164 | None:
    """The number as E.164, or None when the text is no possible number in that region."""
    if region == "US" and (plain := _PLAIN_US.fullmatch(text)):
        return E164("+1" + "".join(plain.groups()))
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return E164(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


_PLAIN_TEN = re.compile(r"\+1[2-9]\d{9}", re.ASCII)
_PREMIUM = re.compile(r"\+1(?:900\d{7}|[2-9]\d{2}976\d{4})", re.ASCII)


def may_be_dialled(number: str) -> bool:
    """Whether we place calls there: the United States and Canada, and nothing that costs by the minute."""
    if not _PLAIN_TEN.fullmatch(number) or _PREMIUM.fullmatch(number):
        return False
    region = phonenumbers.region_code_for_number(phonenumbers.parse(number, "US"))
    return region in (None, "US", "CA")


def spoken(number: str) -> str:
    """The national form as people write it, for screens and speech."""
    plain = _NORTH_AMERICAN.fullmatch(number)
    if plain:  # as the library writes it, forty times faster
        return f"({plain[1]}) {plain[2]}-{plain[3]}"
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def zones_of(number: str) -> tuple[ZoneInfo, ...]:
    """Where a number may be, by its area code: no proof, but a reason for care. Empty when it says nothing."""
    try:
        names = timezone.time_zones_for_number(phonenumbers.parse(number, "US"))
    except phonenumbers.NumberParseException:
        return ()
    return tuple(ZoneInfo(name) for name in names if name != timezone.UNKNOWN_TIMEZONE)
