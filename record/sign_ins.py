"""Sign-ins: rows that a cookie points to, so that each can be seen and ended."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from record.account_models import Account, Grant, SignIn
from record.accounts import Role, hashed_token

FIRST_STEP_LASTS = timedelta(minutes=10)
LASTS = timedelta(hours=12)
IDLE = timedelta(hours=2)
_NOTE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Known:
    """Who a browser belongs to at the store it is signed in at."""

    sign_in_id: str
    account_id: str
    name: str
    email: str
    role: Role
    departments: frozenset[str]
    staff_id: str | None
    may_publish: bool
    complete: bool
    """Both factors were given."""


async def start(
    db: AsyncSession, account_id: str, device: str, address: str, now: datetime, *, second_factor: bool = False
) -> str:
    """A new sign-in at this session's store; returns the token for its cookie."""
    token = secrets.token_urlsafe(32)
    db.add(
        SignIn(
            account_id=account_id,
            token_hash=hashed_token(token),
            second_factor_at=now if second_factor else None,
            seen_at=now,
            expires_at=now + (LASTS if second_factor else FIRST_STEP_LASTS),
            device=device[:120],
            address=address[:64],
        )
    )
    return token


async def who(db: AsyncSession, token: str, now: datetime) -> tuple[Known, bool] | None:
    """Whose sign-in that is at this session's store, and whether its last use is to be noted.

    None when it has ended, was idle for too long, or its owner may no longer work here.
    """
    row = (
        await db.execute(
            select(SignIn, Grant)
            .join(Grant, Grant.account_id == SignIn.account_id)
            .where(
                SignIn.token_hash == hashed_token(token),
                SignIn.revoked_at.is_(None),
                SignIn.expires_at > now,
                SignIn.seen_at > now - IDLE,
                Grant.ended_at.is_(None),
            )
        )
    ).first()
    if row is None:
        return None
    signed, grant = row
    known = Known(
        signed.id,
        grant.account_id,
        grant.name,
        grant.email,
        Role(grant.role),
        frozenset(grant.departments) if grant.role == Role.ADVISOR else frozenset(),
        grant.staff_id,
        grant.may_publish,
        signed.second_factor_at is not None,
    )
    return known, signed.seen_at < now - _NOTE_EVERY


async def seen(db: AsyncSession, sign_in_id: str, now: datetime) -> None:
    """Notes that a sign-in was used."""
    await db.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=now))


async def of_account(db: AsyncSession, account_id: str, now: datetime) -> Sequence[SignIn]:
    """The live sign-ins of an account, newest first; over all rooftops."""
    return (
        await db.scalars(
            select(SignIn)
            .where(
                SignIn.account_id == account_id,
                SignIn.revoked_at.is_(None),
                SignIn.expires_at > now,
                SignIn.second_factor_at.is_not(None),
            )
            .order_by(SignIn.seen_at.desc())
        )
    ).all()


async def end(db: AsyncSession, sign_in_id: str, now: datetime) -> None:
    """Signs one browser out."""
    await db.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.revoked_at.is_(None)).values(revoked_at=now))


async def end_all(db: AsyncSession, account_id: str, now: datetime, *, but: str = "") -> None:
    """Signs every browser of an account out, `but` one; over all rooftops, or at this session's store."""
    await db.execute(
        update(SignIn)
        .where(SignIn.account_id == account_id, SignIn.id != but, SignIn.revoked_at.is_(None))
        .values(revoked_at=now)
    )


async def disable(db: AsyncSession, account_id: str, now: datetime) -> None:
    """Locks an account out everywhere; over all rooftops."""
    await db.execute(update(Account).where(Account.id == account_id).values(disabled_at=now))
    await end_all(db, account_id, now)
