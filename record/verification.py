"""One-time codes: sent by text to a number that was on file before, checked a few times, good for one occasion."""

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CustomerId
from record import text_outbox, texts
from record.consent import Purpose
from record.customers import survivor
from record.models import ContactPoint, Customer, PhoneLine
from record.text_outbox import Reply
from record.verification_models import VerificationCode

LASTS = timedelta(minutes=10)
SENT_WITHIN = timedelta(minutes=5)
ATTEMPTS = 3
PER_OCCASION, PER_CUSTOMER, PER_NUMBER = 2, 3, 3
WITHIN = timedelta(hours=24)
ON_FILE_FOR = timedelta(days=1)
"""A number that came on file more recently proves nothing: whoever calls may have just named it."""

_ROUNDS = 60_000  # a million codes take far longer than one is good for
_NOT_PROOF = ("landline", "old", "said")


@dataclass(frozen=True)
class Occasion:
    """The conversation a code is asked for in, and which store speaks."""

    key: str
    store: str


async def send(db: AsyncSession, customer_id: CustomerId | None, at: Occasion, now: datetime) -> bool:
    """Writes a code to the customer's number on file, if they have one and no limit is reached.

    What is worked out is the same either way, so that the time it takes tells nobody whether anything was sent.
    """
    code, salt = f"{secrets.randbelow(1_000_000):06d}", secrets.token_hex(16)
    digest = await _digest(code, salt)
    line = await db.scalar(select(PhoneLine.e164).order_by(PhoneLine.department != "service", PhoneLine.e164).limit(1))
    who = await survivor(db, customer_id) if customer_id is not None else None
    number = await _number_on_file(db, who, now) if who is not None else None
    if who is None or number is None or line is None or not await _within_limits(db, who, number, at, now):
        return False
    row = VerificationCode(
        customer_id=who,
        occasion=at.key,
        to_e164=number,
        salt=salt,
        code_hash=digest,
        sent_at=now,
        expires_at=now + LASTS,
    )
    db.add(row)
    await db.flush()
    thread = await texts.reach(db, number, line, "service")
    words = f"{at.store}: {code} is your code for the call you are on. It is good for 10 minutes. Tell nobody else."
    text = Reply(words, "system", f"code:{row.id}", Purpose.CODE, stale_after=now + SENT_WITHIN)
    await text_outbox.write(db, thread, text, now)
    return True


async def check(db: AsyncSession, customer_id: CustomerId | None, at: Occasion, code: str, now: datetime) -> bool:
    """Whether that is the code, once. A wrong one counts; without a code on its way every one is wrong."""
    given = "".join(c for c in code if c.isdigit())
    who = await survivor(db, customer_id) if customer_id is not None else None
    row = await _live(db, who, at, now) if who is not None else None
    digest = await _digest(given, row.salt if row else secrets.token_hex(16))
    if row is None:
        return False
    row.attempts += 1
    right = hmac.compare_digest(digest, row.code_hash)
    row.used_at = now if right else None
    await db.flush()
    return right


async def _live(db: AsyncSession, who: str, at: Occasion, now: datetime) -> VerificationCode | None:
    """The newest code of this occasion, while it is good; an older one no longer is."""
    row: VerificationCode | None = await db.scalar(
        select(VerificationCode)
        .where(VerificationCode.customer_id == who, VerificationCode.occasion == at.key)
        .order_by(VerificationCode.sent_at.desc(), VerificationCode.id.desc())
        .limit(1)
        .with_for_update()
    )
    if row is None or row.used_at is not None or row.attempts >= ATTEMPTS or row.expires_at <= now:
        return None
    return row


async def _within_limits(db: AsyncSession, who: str, number: str, at: Occasion, now: datetime) -> bool:
    sent = select(func.count()).select_from(VerificationCode)
    lately = VerificationCode.sent_at > now - WITHIN
    return (
        (await db.scalar(sent.where(VerificationCode.occasion == at.key)) or 0) < PER_OCCASION
        and (await db.scalar(sent.where(VerificationCode.customer_id == who, lately)) or 0) < PER_CUSTOMER
        and (await db.scalar(sent.where(VerificationCode.to_e164 == number, lately)) or 0) < PER_NUMBER
    )


async def _number_on_file(db: AsyncSession, who: str, now: datetime) -> str | None:
    """A number that is this customer's alone: one a household shares would prove any of them."""
    numbers = await db.scalars(
        select(ContactPoint.value)
        .where(
            ContactPoint.customer_id == who,
            ContactPoint.kind == "phone",
            ContactPoint.label.not_in(_NOT_PROOF),
            ContactPoint.created_at <= now - ON_FILE_FOR,
        )
        .order_by(ContactPoint.label != "mobile", ContactPoint.created_at, ContactPoint.id)
    )
    for number in numbers:
        owners = await db.scalar(
            select(func.count(func.distinct(ContactPoint.customer_id)))
            .join(Customer, Customer.id == ContactPoint.customer_id)
            .where(ContactPoint.kind == "phone", ContactPoint.value == number, Customer.merged_into_id.is_(None))
        )
        if owners == 1:
            return str(number)
    return None


async def _digest(code: str, salt: str) -> str:
    """Away from the loop that carries the calls' sound."""
    made = await asyncio.to_thread(hashlib.pbkdf2_hmac, "sha256", code.encode(), bytes.fromhex(salt), _ROUNDS)
    return made.hex()
