"""What people and systems write in leads, as values: names, numbers, times, cars. What is unsure is empty. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from followup.lead_facts import RequestedService
from kit.phone import to_e164
from kit.plain_text import plain_line

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?\s*(Z|[+-]\s?\d{1,2}:?\d{0,2})?",
    re.I,
)
_US = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AP]M)?)?\s*(Z|[+-]\d{1,2}:?\d{0,2})?", re.I
)
_EMAIL = re.compile(r"[^@\s<>,;\"']{1,64}@[A-Za-z0-9.-]{1,180}\.[A-Za-z]{2,24}")
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_KEYED = re.compile(r"^[ ]*([A-Za-z][A-Za-z /_-]{1,30}?) *: *(\S.{0,300})$", re.M)
_SERVICE_WORDS = re.compile(
    r"\b(?:service (?:appointment|appt|request|visit|lead|department|scheduler|scheduling|inquiry)"
    r"|schedule (?:a |my )?service|oil change|brakes?|tires? (?:rotation|quote|replacement|change)|new tires|rotation"
    r"|alignment|inspection|tune.?up|check engine|diagnos\w+|maintenance|repairs?|recall|battery)\b",
    re.I,
)
_PARTS_WORDS = re.compile(r"\b(?:parts? (?:department|request|order|inquiry|quote|lead)|part number)\b", re.I)
_NOT_TO_CALL = ("fax", "pager")
_CONDITIONS = ("excellent", "good", "fair", "poor")
_MILES_A_KILOMETER = 0.621371


def moment_of(text: str, zone: ZoneInfo) -> datetime | None:
    """A time as leads write it, in UTC; one without an offset is the store's. Slips such as `-08:0` are understood."""
    text = text.strip()[:60]
    iso, us = _ISO.match(text), _US.match(text)
    try:
        if iso:
            year, month, day, hour, minute, second = (int(iso[i] or 0) for i in range(1, 7))
            offset = iso[7]
        elif us:
            month, day, year, hour, minute, second = (int(us[i] or 0) for i in range(1, 7))
            hour = hour % 12 + (12 if us[7].upper() == "PM" else 0) if us[7] else hour
            offset = us[8]
        else:
            return None
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=_zone(offset) or zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def name_of(first: str, middle: str, last: str, full: str, *, business: bool) -> tuple[str, str, str]:
    """First, middle and last name; a whole name is split only where it says how."""
    if business:
        return "", "", plain_line(full or f"{first} {last}", 80)
    if last or not (full or first):
        return first[:80], middle[:80], last[:80]
    if full and not first:
        family, comma, given = full.partition(",")
        words = given.split() + [family.strip()] if comma and given.strip() else full.split()
        if len(words) == 1:
            return words[0][:80], "", ""
        return words[0][:80], " ".join(words[1:-1])[:80], words[-1][:80]
    return first[:80], middle[:80], ""


def phones_of(numbers: Iterable[tuple[str, str, bool]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Numbers as (text, type, preferred) into E.164, the preferred first, without faxes; and those nobody can dial."""
    usable: list[tuple[bool, str]] = []
    unusable = []
    for text, kind, preferred in numbers:
        text = plain_line(text, 40)
        if not text or kind.strip().lower() in _NOT_TO_CALL:
            continue
        number = to_e164(text)
        if number is None:
            unusable.append(text)
        elif number not in [known for _, known in usable]:
            usable.append((not preferred, number))
    return tuple(number for _, number in sorted(usable, key=lambda each: each[0])), tuple(unusable)


def emails_of(texts: Iterable[str]) -> tuple[str, ...]:
    found = (match[0].lower() for text in texts if (match := _EMAIL.search(text[:400])))
    return tuple(dict.fromkeys(found))


def year_of(text: str) -> int | None:
    digits = re.search(r"\b(?:19|20)\d\d\b", text[:40])
    return int(digits[0]) if digits else None


def vin_of(text: str) -> str:
    """A VIN by its shape; anything else is none."""
    squeezed = re.sub(r"[\s-]", "", text[:40]).upper()
    return squeezed if _VIN.fullmatch(squeezed) else ""


def miles_of(text: str, *, kilometers: bool = False) -> int | None:
    digits = re.sub(r"[,\s]", "", text[:20])
    found = re.match(r"\d{1,7}", digits)
    if found is None:
        return None
    return round(int(found[0]) * _MILES_A_KILOMETER) if kilometers else int(found[0])


def condition_of(text: str) -> str:
    word = text.strip().lower()
    return word if word in _CONDITIONS else ""


def keyed_lines(text: str) -> dict[str, str]:
    """`Key: value` lines of a comment, keys in lower case."""
    return {match[1].strip().lower(): match[2].strip() for match in _KEYED.finditer(text)}


def asked_of(what: str, when: str, comments: str) -> RequestedService:
    """The work asked for: said as such, on a line of its own, or else the comment itself."""
    keyed = keyed_lines(comments)
    named = next(
        (keyed[key] for key in ("service", "services", "service requested", "service type") if key in keyed), ""
    )
    time = next((keyed[key] for key in ("requested date", "preferred date", "appointment", "date") if key in keyed), "")
    return RequestedService(plain_line(what or named or comments, 240), plain_line(when or time, 120))


def department_of(*, said: str, interests: Sequence[str], origin: str, comments: str, has_car: bool) -> str:
    """sales, service or parts, by the surest word for it; "" when nothing says it. `interests` are as written down."""
    said = said.lower()
    for name in ("service", "parts", "sales"):
        if name in said:
            return name
    if any(interest in ("service", "maintenance", "repair") for interest in interests):
        return "service"
    for words, sure_of_sales in ((origin, any(interests)), (comments, has_car and any(interests))):
        if _PARTS_WORDS.search(words):
            return "parts"
        if _SERVICE_WORDS.search(words):
            return "service"
        if sure_of_sales:
            return "sales"
    return "sales" if has_car else ""


def _zone(offset: str | None) -> timezone | None:
    if not offset:
        return None
    if offset.upper() == "Z":
        return UTC
    digits = re.sub(r"\D", "", offset)
    hours, minutes = int(digits[:2] or 0), int((digits[2:] or "0").ljust(2, "0"))
    if len(digits) == 3 and ":" not in offset:
        hours, minutes = int(digits[0]), int(digits[1:])
    if hours > 14 or minutes > 59:
        raise ValueError("no such offset")
    return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if "-" in offset else 1))
