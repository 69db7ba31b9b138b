"""What a row means: customer and car, and through its own module the visit, appointment, deal or part. Pure."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from typing import TypeVar

from crm_sync import values
from crm_sync.conflicts import CHANNELS_BLOCKED, spoken_at
from crm_sync.rows import CarSeen, Fault, FileMoment, PersonSeen, Said, Texts
from crm_sync.values import BadCell
from record.vins import vin_fault

T = TypeVar("T")

_NO_NUMBER = frozenset({"", "0", "00000", "N/A", "NONE"})
_LANGUAGES = {"english": "en", "spanish": "es", "french": "fr", "eng": "en", "spa": "es"}
PHONES = ("home", "cell", "work")


def cell(texts: Texts, field: str, read: Callable[[str], T]) -> T | None:
    """The cell's value; None when it is blank or there is no such column. BadCell names the field."""
    text = texts.get(field, "")
    if not text:
        return None
    try:
        return read(text)
    except (ValueError, OverflowError) as error:
        shown = " ".join(text.split())[:40]
        raise BadCell(
            field, f"'{shown}' {error}" if str(error).startswith("is ") else f"'{shown}' cannot be read"
        ) from error


def when(texts: Texts, file: FileMoment, day_field: str, time_field: str = "") -> datetime | None:
    """The moment a date column and its time column name, or a date column that holds both."""
    on = cell(texts, day_field, values.day)
    if on is None:
        return None
    at = cell(texts, time_field, values.clock) if texts.get(time_field) else None
    if at is None and ":" in texts[day_field]:
        at = cell(texts, day_field, values.clock)
    return values.moment(on, at, file.zone)


def on_day(texts: Texts, field: str) -> date | None:
    return cell(texts, field, values.day)


def clip(texts: Texts, field: str, size: int) -> str:
    return texts.get(field, "").strip()[:size]


def person(texts: Texts, spoken: datetime, prefix: str = "") -> PersonSeen | None:
    """The customer block, or None when it names nobody; `prefix` "co_" reads the co-buyer's."""
    said = _name(texts, prefix)
    if not prefix:
        said |= _whereabouts(texts)
    number = texts.get(prefix + "customer_number", "").strip()[:60]
    if number.upper() in _NO_NUMBER:
        if not said.get("last_name"):
            return None
        number = _stand_in(said)
    blocks = frozenset(name for name in CHANNELS_BLOCKED if not prefix and values.flag(texts.get(name, "")))
    return PersonSeen(number, said, spoken, blocks)


def car(
    texts: Texts, spoken: datetime, owner: PersonSeen | None, mileage: tuple[int, datetime] | None
) -> CarSeen | None:
    """The vehicle block, or None when it names no car or nobody it belongs to."""
    vin = "".join(texts.get("vin", "").split()).upper()
    said: Said = {}
    for field, size in (("make", 40), ("model", 60), ("stock_number", 20), ("plate", 12)):
        if field in texts:
            said[field] = " ".join(texts[field].split())[:size]
    for field in ("make", "model"):
        if field in said and len(said[field]) > 3:
            said[field] = values.cased(said[field]) if field == "make" else said[field]
    year = _model_year(texts.get("year", ""))
    if "year" in texts:
        said["year"] = year
    if vin:
        said["vin"] = vin[:17]
    if not vin and not (said.get("make") and owner):
        return None
    if owner:
        said["owner"] = owner.key
    key = vin[:17] or f"{owner.key if owner else ''}|{year}|{said.get('make', '')}|{said.get('model', '')}".upper()
    return CarSeen(key[:120], said, spoken, mileage)


def car_faults(seen: CarSeen | None) -> tuple[Fault, ...]:
    vin = seen.said.get("vin") if seen else None
    why = vin_fault(vin) if vin else None
    return (Fault("odd_vin", "vehicle", vin or "", f"VIN {vin} {why}"),) if why else ()


def person_faults(texts: Texts, seen: PersonSeen | None) -> tuple[Fault, ...]:
    """Phones, e-mails and a birth date that are there and cannot be used: no reason to refuse the visit beside them."""
    if seen is None:
        return ()
    odd = [f"{label} phone" for label in PHONES if _odd_phone(texts, label)]
    odd += ["e-mail" for place in ("1", "2", "3") if _odd_email(texts, place)]
    odd += ["birth date"] if "birth_date" in texts and "birth_date" not in seen.said else []
    return (
        (Fault("odd_contact", "customer", seen.key, f"Customer {seen.key}: {', '.join(odd)} cannot be used"),)
        if odd
        else ()
    )


def block_spoken_at(texts: Texts, file: FileMoment, last: datetime | None, *, current: bool) -> datetime:
    """The moment the row's customer block speaks of."""
    return spoken_at(file.as_of, (last, when(texts, file, "last_activity")), current=current)


def service_mileage(miles: int | None, read_at: datetime | None) -> tuple[int, datetime] | None:
    return (miles, read_at) if miles and read_at and 0 < miles < 2_000_000 else None


def _name(texts: Texts, prefix: str) -> Said:
    business = texts.get(prefix + "is_business", "").strip().lower()
    full = texts.get(prefix + "full_name", "").strip()
    first, last = texts.get(prefix + "first_name", "").strip(), texts.get(prefix + "last_name", "").strip()
    middle = texts.get(prefix + "middle_name", "").strip()
    said: Said = {}
    if prefix + "is_business" in texts:
        said["is_business"] = "1" if business.startswith(("b", "comp", "corp")) or values.flag(business) else ""
    if said.get("is_business"):
        return said | {
            "first_name": "",
            "middle_name": "",
            "last_name": " ".join((full or f"{first} {last}").split())[:80],
        }
    if not last and full:
        first, middle, last = values.split_name(full)
    for field, text in (("first_name", first), ("middle_name", middle), ("last_name", last)):
        if text or prefix + field in texts:
            said[field] = values.cased(text)[:80]
    return said


def _whereabouts(texts: Texts) -> Said:
    said: Said = {}
    for field, size in (("street", 160), ("city", 80), ("region", 8), ("postal_code", 12)):
        if field in texts:
            text = " ".join(texts[field].split())[:size]
            said[field] = values.cased(text) if field in ("street", "city") else text.upper()
    if "birth_date" in texts:
        with suppress(BadCell):
            born = on_day(texts, "birth_date")
            said["birth_date"] = born.isoformat() if born else ""
    if "language" in texts:
        spoken = texts["language"].strip().lower()
        said["language"] = _LANGUAGES.get(spoken, spoken[:8])
    for label in PHONES:
        if f"{label}_phone" in texts:
            said[f"phone:{label}"] = values.phone(texts[f"{label}_phone"]) or ""
    for place in ("1", "2", "3"):
        if f"email_{place}" in texts:
            said[f"email:{place}"] = values.email(texts[f"email_{place}"]) or ""
    return said


def _odd_phone(texts: Texts, label: str) -> bool:
    text = texts.get(f"{label}_phone", "")
    digits = "".join(filter(str.isdigit, text))
    return bool(digits) and len(set(digits)) > 1 and values.phone(text) is None


def _odd_email(texts: Texts, place: str) -> bool:
    text = texts.get(f"email_{place}", "").strip()
    return len(text) > 4 and "@" in text and values.email(text) is None and not text.lower().startswith(("no", "na"))


def _stand_in(said: Said) -> str:
    """A key for somebody without a number: who and where to reach, so that the next file finds the same person."""
    reach = next((said[name] for name in ("phone:cell", "phone:home", "email:1", "postal_code") if said.get(name)), "")
    name = f"{said.get('first_name', '')} {said['last_name']} {reach}".lower()
    return "~" + hashlib.blake2b(name.encode(), digest_size=12).hexdigest()


def _model_year(text: str) -> str:
    digits = text.strip()[:4]
    if not digits.isdigit():
        return ""
    year = int(digits)
    if year < 100:
        year += 2000 if year < 50 else 1900
    return str(year) if 1900 < year < 2100 else ""
