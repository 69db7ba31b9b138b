"""Contact details a proven customer puts right; what files repeat later does not undo it."""

import re
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CustomerId
from record.customers import survivor
from record.models import ContactPoint, Customer

SAID = "said"
"""The label of a number a customer named: it can be called, and proves nobody."""

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")


@dataclass(frozen=True)
class Details:
    """What the customer said; empty is not said, never "remove"."""

    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    email: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        return tuple(name for name, value in asdict(self).items() if value)

    @property
    def in_words(self) -> str:
        return "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in asdict(self).items() if value)


def is_email(text: str) -> bool:
    return bool(_EMAIL.fullmatch(text.strip()))


async def correct(db: AsyncSession, customer_id: CustomerId | str, said: Details) -> None:
    """Stores what was said; numbers and addresses are added beside those on file."""
    row = await db.get_one(Customer, await survivor(db, customer_id))
    longest = {"first_name": 80, "last_name": 80, "street": 160, "city": 80, "region": 8, "postal_code": 12}
    for name, most in longest.items():
        value = getattr(said, name)
        if value:
            setattr(row, name, value[:most])
    for kind, value in (("phone", said.phone), ("email", said.email)):
        known = select(ContactPoint.id).where(
            ContactPoint.customer_id == row.id, ContactPoint.kind == kind, ContactPoint.value == value
        )
        if value and await db.scalar(known) is None:
            db.add(ContactPoint(customer_id=row.id, kind=kind, value=value, label=SAID if kind == "phone" else ""))
    await db.flush()
