"""A person reduced to what can be compared; pure."""

import re
from dataclasses import dataclass
from datetime import date

from record.matching import names
from record.matching.addresses import Street, street
from record.matching.names import Name

# Dates a system fills in where it knows none.
_FILLED_IN = frozenset({date(1900, 1, 1), date(1901, 1, 1), date(1970, 1, 1), date(1980, 1, 1), date(2000, 1, 1)})
_NOBODYS_MAIL = re.compile(
    r"^(none|no|na|n/a|no\.?e?mail|declined|refused|unknown|test|x+|customer|email)@|@(none|no|na)\.\w+$"
)


@dataclass(frozen=True, slots=True)
class Person:
    """One record as it stands; phones are E.164. `id` is empty for a row not stored yet."""

    id: str
    first: str
    last: str
    middle: str = ""
    is_business: bool = False
    street: str = ""
    city: str = ""
    postal_code: str = ""
    birth_date: date | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    vins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Traits:
    """What is compared of one record."""

    id: str
    name: Name
    is_business: bool
    business: str
    home: Street
    city: str
    zip5: str
    born: date | None
    phones: frozenset[str]
    emails: frozenset[str]
    vins: frozenset[str]


def traits(person: Person) -> Traits:
    """The comparable form of a record; what only fills a column (no@email.com, 000-000-0000) is left out."""
    business = person.is_business or names.looks_like_business(person.first, person.last)
    return Traits(
        person.id,
        names.parts(person.first, person.middle, person.last),
        business,
        names.business_name(person.first, person.last) if business else "",
        street(person.street),
        names.fold(person.city),
        person.postal_code.strip()[:5],
        person.birth_date if person.birth_date not in _FILLED_IN else None,
        frozenset(phone for phone in person.phones if _real_phone(phone)),
        frozenset(mail for mail in map(plain_email, person.emails) if mail),
        frozenset(vin.upper() for vin in person.vins if len(vin) == 17),
    )


def plain_email(address: str) -> str:
    """An e-mail address for comparing only: lower case, without a +tag; "" for one that is nobody's."""
    local, at, domain = address.strip().lower().partition("@")
    local = local.partition("+")[0]
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    plain = f"{local}@{domain}"
    return plain if at and local and "." in domain and not _NOBODYS_MAIL.search(plain) else ""


def _real_phone(phone: str) -> bool:
    digits = re.sub(r"\D", "", phone)
    subscriber = digits[-7:]
    return len(digits) >= 10 and len(set(subscriber)) > 1 and digits[-10:] not in ("1234567890", "0123456789")
