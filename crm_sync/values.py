"""What one cell of a store file means: dates, money, names, phones, VINs. Pure."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from kit.phone import to_e164


class BadCell(ValueError):
    """A cell that cannot mean what its column says; it stops its row and nothing else."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


_US_DATE = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})")
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_PACKED_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([AaPp])?\.?(?:[Mm]\.?)?")
_PACKED_TIME = re.compile(r"(\d{1,2})(\d{2})")
_NO_DATE = frozenset({"0", "00/00/0000", "0/0/0000", "00/00/00", "0000-00-00", "1/1/1900", "01/01/1900", "1900-01-01"})


@lru_cache(maxsize=65536)
def day(text: str) -> date | None:
    """The date in M/D/YYYY, YYYY-MM-DD or YYYYMMDD, whatever time follows it; None when blank. ValueError otherwise."""
    words = text.strip().replace("T", " ").split()
    if not words or words[0] in _NO_DATE:
        return None
    found = _US_DATE.fullmatch(words[0])
    if found:
        month, of_month, year = (int(part) for part in found.groups())
        if len(found[3]) == 2:
            year += 2000 if year < 70 else 1900
        return _real(year, month, of_month)
    found = _ISO_DATE.fullmatch(words[0]) or _PACKED_DATE.fullmatch(words[0])
    if found:
        return _real(*(int(part) for part in found.groups()))
    raise ValueError("is no date")


@lru_cache(maxsize=8192)
def clock(text: str) -> time | None:
    """The time of day in a text such as 3:30 PM, 15:30 or 1530, or after a date; None when there is none."""
    text = text.strip()
    found = _TIME.search(text) or _PACKED_TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2])
    half = found[4].lower() if len(found.groups()) > 2 and found[4] else ""
    if half and not 1 <= hour <= 12:
        raise ValueError("is no time")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute)


@lru_cache(maxsize=65536)
def moment(on: date, at: time | None, zone: ZoneInfo) -> datetime:
    """That wall-clock time at the store, in UTC; the start of the day when only the day is known."""
    return datetime.combine(on, at or time(), tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=65536)
def cents(text: str) -> int | None:
    """Money as cents: $1,234.50, (12.00) and 12.00- are read; None when blank. ValueError otherwise."""
    plain = text.strip().replace("$", "").replace(",", "")
    if not plain:
        return None
    negative = plain.startswith("(") or plain.startswith("-") or plain.endswith("-")
    try:
        amount = Decimal(plain.strip("()-"))
    except InvalidOperation as error:
        raise ValueError("is no amount") from error
    if not amount.is_finite() or abs(amount) >= 10_000_000:
        raise ValueError("is no amount")
    value = int((amount * 100).to_integral_value())
    return -value if negative else value


@lru_cache(maxsize=65536)
def number(text: str) -> float | None:
    """A quantity or hours; None when blank. ValueError otherwise."""
    plain = text.strip().replace(",", "")
    if not plain:
        return None
    value = float(plain)
    if not -1e9 < value < 1e9:
        raise ValueError("is no number")
    return value


def whole(text: str) -> int | None:
    """A count such as miles; None when blank. ValueError otherwise."""
    value = number(text)
    return None if value is None else int(value)


_YES = frozenset({"y", "yes", "true", "t", "1", "x"})


def flag(text: str) -> bool:
    return text.strip().lower() in _YES


@lru_cache(maxsize=8192)
def phone(text: str) -> str | None:
    """E.164, or None when blank, impossible, or a filler such as 999-999-9999."""
    digits = "".join(filter(str.isdigit, text))
    if len(digits) < 7 or len(set(digits[-7:])) == 1:
        return None
    return to_e164(text.strip())


_EMAIL = re.compile(r"[a-z0-9._%+'-]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
_NO_EMAIL = re.compile(r"(?:no|none|na|n/a|noemail|nomail|nobody|declined|refused|unknown|test)@")


def email(text: str) -> str | None:
    """Lower case, or None when blank, malformed, or a filler such as none@none.com."""
    plain = text.strip().lower()
    if len(plain) > 200 or ".." in plain or not _EMAIL.fullmatch(plain) or _NO_EMAIL.match(plain):
        return None
    return plain


@lru_cache(maxsize=65536)
def cased(text: str) -> str:
    """A person's name as people write it: ALVAREZ becomes Alvarez, O'BRIEN O'Brien; mixed case is left alone."""
    plain = " ".join(text.split())
    if plain != plain.upper() and plain != plain.lower():
        return plain
    return re.sub(r"[^\W\d_]+", lambda word: _cased_word(word[0]), plain)


def split_name(full: str) -> tuple[str, str, str]:
    """First, middle and last name of "ALVAREZ, MARIA L" or "Maria L Alvarez"."""
    plain = cased(full)
    if "," in plain:
        last, _, rest = plain.partition(",")
        first, _, middle = rest.strip().partition(" ")
        return first, middle, last.strip()
    words = plain.split(" ")
    if len(words) == 1:
        return "", "", plain
    return words[0], " ".join(words[1:-1]), words[-1]


def months_later(start: date, months: int) -> date:
    """The same day that many months on, or the last day of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    for of_month in range(start.day, 0, -1):
        try:
            return date(year, month + 1, of_month)
        except ValueError:
            continue
    raise ValueError("no such month")


def _real(year: int, month: int, of_month: int) -> date:
    try:
        found = date(year, month, of_month)
    except ValueError as error:
        raise ValueError("is no date") from error
    if not 1900 < year < 2100:
        raise ValueError("is no date of our time")
    return found


def _cased_word(word: str) -> str:
    if len(word) > 3 and word[:2].upper() == "MC":
        return "Mc" + word[2:].capitalize()
    return word.capitalize()
