"""Who may sign in: accounts, what each may do at which store, and their sign-ins."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class Account(RooftopRow, Base):
    """One person's way in. It lives at the store that invited them; `Grant` says where else they may work.

    `password_hash` is argon2id, `totp_sealed` the second factor's secret, sealed; both empty until they are set.
    `totp_step` is the last time step a code was taken for, so that no code is good twice.
    """

    __tablename__ = "account"
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    totp_sealed: Mapped[str] = mapped_column(String(200), default="")
    totp_step: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]


class Invitation(RooftopRow, Base):
    """A link with which somebody chooses a password, once: the first, or a new one."""

    __tablename__ = "invitation"
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by: Mapped[str] = mapped_column(String(120))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(RooftopRow, Base):
    """Stands in for the second factor once, when the telephone is gone."""

    __tablename__ = "recovery_code"
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class Grant(RooftopRow, Base):
    """What an account may do at one store, and who of its staff that person is.

    `role` is advisor, bdc, manager, gm or admin; `departments` limits an advisor, empty is all.
    """

    __tablename__ = "account_grant"
    __table_args__ = (UniqueConstraint("rooftop_id", "account_id"),)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(20))
    departments: Mapped[list[Any]] = mapped_column(default=list)
    may_publish: Mapped[bool] = mapped_column(default=False, server_default=false())
    ended_at: Mapped[datetime | None]


class SignIn(RooftopRow, Base):
    """One browser signed in at one store. The cookie holds the token, the row its hash.

    Without `second_factor_at` it may do nothing but give the second factor.
    """

    __tablename__ = "sign_in"
    __table_args__ = (Index("ix_sign_in_account", "account_id", "revoked_at"),)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    second_factor_at: Mapped[datetime | None]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(64))
