"""Accounts: who was invited, what they may do at which store, and the factors they sign in with."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from record.account_models import Account, Grant, Invitation, RecoveryCode
from record.models import Rooftop

INVITED_FOR = timedelta(days=7)
_FREE_TRIES = 5
_LONGEST_LOCK = timedelta(minutes=30)


class Role(StrEnum):
    """What somebody does at a store, as far as pages are concerned."""

    ADVISOR = "advisor"
    BDC = "bdc"
    MANAGER = "manager"
    GM = "gm"
    ADMIN = "admin"


@dataclass(frozen=True)
class NewPerson:
    """Somebody to be let in. `departments` limits an advisor; empty is all."""

    email: str
    name: str
    role: Role
    departments: tuple[str, ...] = ()
    may_publish: bool = False
    staff_id: str | None = None


@dataclass(frozen=True)
class Place:
    """A store somebody may work at."""

    rooftop_id: str
    rooftop: str
    role: Role


class NotYetTheirs(Exception):
    """Another store invited them, and they have not signed in there with both factors yet."""


class LastAdmin(Exception):
    """Somebody has to be able to set the store up."""


def hashed_token(token: str) -> str:
    """What is kept of a token that was given out. Tokens are 256 random bits, so a plain hash is enough."""
    return sha256(token.encode()).hexdigest()


async def anybody(db: AsyncSession) -> bool:
    """Whether anybody can sign in at all, at any store; over all rooftops."""
    return await db.scalar(select(Account.id).where(Account.password_hash != "").limit(1)) is not None


async def by_email(db: AsyncSession, email: str) -> Account | None:
    """The account with that address; over all rooftops."""
    return await db.scalar(select(Account).where(Account.email == _address(email)))


async def invite(db: AsyncSession, person: NewPerson, home: Account | None, by: str, now: datetime) -> tuple[str, str]:
    """Lets a person work at this session's store; returns the account's id and the token of an invitation.

    `home` is their account when a store has invited them before: then the token is "", they have what they need.
    Raises NotYetTheirs where another store invited them and they have not taken that up: whoever has its link could
    otherwise use it here. Raises LastAdmin where this would leave the store without one.
    """
    account = home
    if account is not None and account.rooftop_id != db.info["rooftop_id"]:
        if not (account.password_hash and account.totp_sealed):
            raise NotYetTheirs
    if account is None:
        account = Account(email=_address(person.email), name=person.name)
        db.add(account)
        await db.flush()
    await _grant(db, account, person)
    return account.id, await _invitation(db, account.id, by, now) if home is None else ""


async def invite_again(db: AsyncSession, account_id: str, by: str, now: datetime) -> str | None:
    """A new link for an account of this store, for one whose first has lapsed or whose password is lost."""
    account = await db.scalar(select(Account).where(Account.id == account_id))
    return None if account is None else await _invitation(db, account.id, by, now)


async def invited(db: AsyncSession, token: str, now: datetime) -> Account | None:
    """Whose invitation that is, while it holds; over all rooftops."""
    return await db.scalar(
        select(Account)
        .join(Invitation, Invitation.account_id == Account.id)
        .where(
            Invitation.token_hash == hashed_token(token),
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
            Account.disabled_at.is_(None),
        )
    )


async def accept(db: AsyncSession, token: str, password_hash: str, now: datetime) -> Account | None:
    """Takes the invitation and sets the password; an old second factor stays. None when it no longer holds."""
    account = await invited(db, token, now)
    if account is None:
        return None
    links = await db.scalars(
        select(Invitation).where(Invitation.account_id == account.id, Invitation.used_at.is_(None))
    )
    for link in links:
        link.used_at = now
    account.password_hash = password_hash
    account.failures, account.locked_until = 0, None
    return account


def is_locked(account: Account, now: datetime) -> bool:
    """Whether too many wrong tries stand in the way."""
    return account.locked_until is not None and account.locked_until > now


async def failed(db: AsyncSession, account_id: str, now: datetime) -> None:
    """Notes a wrong password or code: from the fifth on each doubles the wait, up to half an hour."""
    account = await db.scalar(select(Account).where(Account.id == account_id).with_for_update())
    if account is None:
        return
    if is_locked(account, now):
        return
    account.failures += 1
    if account.failures >= _FREE_TRIES:
        wait = timedelta(seconds=15 * 2 ** min(account.failures - _FREE_TRIES, 10))
        account.locked_until = now + min(wait, _LONGEST_LOCK)


async def locked_row(db: AsyncSession, account_id: str) -> Account | None:
    """The account as it is now, held until this transaction ends: of many tries at once each sees the one before."""
    return await db.scalar(
        select(Account)
        .where(Account.id == account_id, Account.disabled_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def succeeded(account: Account, step: int) -> None:
    """Notes on a locked row that the code of a time step was right; none of that step or before is good again."""
    account.totp_step, account.failures, account.locked_until = step, 0, None


async def reset_second_factor(db: AsyncSession, account_id: str) -> bool:
    """Takes the second factor and its recovery codes away, for one whose telephone is gone; False when not of here."""
    account = await db.scalar(select(Account).where(Account.id == account_id).with_for_update())
    if account is None:
        return False
    account.totp_sealed, account.totp_step = "", 0
    await db.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    return True


async def set_second_factor(db: AsyncSession, account_id: str, sealed: str, step: int, codes: Sequence[str]) -> bool:
    """Keeps the secret and the recovery codes (bare); False when the account has a second factor already."""
    account = await db.scalar(select(Account).where(Account.id == account_id).with_for_update())
    if account is None or account.totp_sealed:
        return False
    account.totp_sealed, account.totp_step = sealed, step
    await db.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    db.add_all(RecoveryCode(account_id=account_id, code_hash=hashed_token(code)) for code in codes)
    return True


async def use_recovery_code(db: AsyncSession, account_id: str, bare: str, now: datetime) -> bool:
    """Takes a recovery code, once."""
    code = await db.scalar(
        select(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.code_hash == hashed_token(bare),
            RecoveryCode.used_at.is_(None),
        )
        .with_for_update()
    )
    if code is None:
        return False
    code.used_at = now
    account = await db.scalar(select(Account).where(Account.id == account_id))
    if account is not None:
        account.failures, account.locked_until = 0, None
    return True


async def places(db: AsyncSession, account_id: str) -> list[Place]:
    """The stores an account may work at, by name; over all rooftops."""
    rows = await db.execute(
        select(Grant.rooftop_id, Rooftop.name, Grant.role)
        .join(Rooftop, Rooftop.id == Grant.rooftop_id)
        .where(Grant.account_id == account_id, Grant.ended_at.is_(None))
        .order_by(Rooftop.name)
    )
    return [Place(rooftop_id, name, Role(role)) for rooftop_id, name, role in rows]


async def people(db: AsyncSession) -> Sequence[Grant]:
    """Who may work at this session's store, and who could once."""
    return (await db.scalars(select(Grant).order_by(Grant.ended_at.is_not(None), Grant.name))).all()


async def grant_of(db: AsyncSession, account_id: str) -> Grant | None:
    return await db.scalar(select(Grant).where(Grant.account_id == account_id))


async def change(
    db: AsyncSession, account_id: str, role: Role, departments: Sequence[str], *, may_publish: bool = False
) -> bool:
    """Another role or other departments at this store; False when that would leave it without an admin."""
    grant = await grant_of(db, account_id)
    if grant is None or (role is not Role.ADMIN and await _last_admin(db, grant)):
        return False
    grant.role, grant.departments, grant.ended_at = role, list(departments), None
    grant.may_publish = may_publish
    return True


async def end(db: AsyncSession, account_id: str, now: datetime) -> bool:
    """Nothing any more at this store; False when that would leave it without an admin."""
    grant = await grant_of(db, account_id)
    if grant is None or await _last_admin(db, grant):
        return False
    grant.ended_at = now
    return True


async def _last_admin(db: AsyncSession, grant: Grant) -> bool:
    if grant.role != Role.ADMIN or grant.ended_at is not None:
        return False
    others = select(Grant.id).where(
        Grant.role == Role.ADMIN, Grant.ended_at.is_(None), Grant.account_id != grant.account_id
    )
    return await db.scalar(others.limit(1)) is None


async def _grant(db: AsyncSession, account: Account, person: NewPerson) -> None:
    grant = await grant_of(db, account.id)
    if grant is not None and person.role is not Role.ADMIN and await _last_admin(db, grant):
        raise LastAdmin
    if grant is None:
        grant = Grant(account_id=account.id, name=account.name, email=account.email)
        db.add(grant)
    grant.role, grant.departments = person.role, list(person.departments)
    grant.staff_id = person.staff_id or grant.staff_id
    grant.may_publish, grant.ended_at = person.may_publish, None


async def _invitation(db: AsyncSession, account_id: str, by: str, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    open_ones = Invitation.account_id == account_id, Invitation.used_at.is_(None)
    await db.execute(update(Invitation).where(*open_ones).values(used_at=now))
    db.add(
        Invitation(
            account_id=account_id, token_hash=hashed_token(token), invited_by=by[:120], expires_at=now + INVITED_FOR
        )
    )
    return token


def _address(email: str) -> str:
    return email.strip().lower()
