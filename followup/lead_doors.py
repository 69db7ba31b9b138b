"""A store's doors for leads: the key of its form, the secret of machines, and the addresses leads are mailed to."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.lead_models import LeadAddress, LeadDoor
from kit.ids import RooftopId
from record.rooftops import Store, store

_NO_SECRET = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class NewDoor:
    """A door just made; the key machines send is shown this once and stored nowhere."""

    store_key: str
    machine_key: str


@dataclass(frozen=True)
class Door:
    """A store as its lead form needs it."""

    store_key: str
    form_key: str
    store: Store


async def open_door(db: AsyncSession) -> NewDoor:
    """Gives the session's store a key of its own."""
    store_key, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    db.add(LeadDoor(store_key=store_key, secret_hash=_hashed(secret), form_key=secrets.token_hex(32)))
    await db.flush()
    return NewDoor(store_key, f"{store_key}.{secret}")


async def add_address(db: AsyncSession, address: str, department: str = "") -> None:
    """Leads mailed to that address are this store's; knowing it already changes its department."""
    address = address.strip().lower()
    row = await db.scalar(select(LeadAddress).where(LeadAddress.address == address))
    if row is None:
        db.add(LeadAddress(address=address, department=department))
        await db.flush()
    else:
        row.department = department


async def door(db: AsyncSession, store_key: str) -> Door | None:
    """The open door of that key; the caller's session spans stores."""
    row = await _open(db, store_key)
    home = await store(db, row.rooftop_id) if row else None
    return Door(row.store_key, row.form_key, home) if row and home else None


async def store_of_machine(db: AsyncSession, machine_key: str) -> RooftopId | None:
    """The store a machine's key belongs to, compared in constant time; the caller's session spans stores."""
    store_key, _, secret = machine_key.partition(".")
    row = await _open(db, store_key[:40])
    fits = hmac.compare_digest(row.secret_hash if row else _NO_SECRET, _hashed(secret))
    return RooftopId(row.rooftop_id) if row and secret and fits else None


async def store_of_address(db: AsyncSession, address: str) -> RooftopId | None:
    """The store that takes leads at an address; the caller's session spans stores."""
    found = await db.scalar(select(LeadAddress.rooftop_id).where(LeadAddress.address == address.strip().lower()))
    return RooftopId(found) if found else None


async def department_of_address(db: AsyncSession, address: str) -> str:
    """The department leads at an address are for; "" when it takes every kind."""
    found = await db.scalar(select(LeadAddress.department).where(LeadAddress.address == address.strip().lower()))
    return found or ""


async def _open(db: AsyncSession, store_key: str) -> LeadDoor | None:
    found: LeadDoor | None = await db.scalar(
        select(LeadDoor).where(LeadDoor.store_key == store_key, LeadDoor.closed_at.is_(None))
    )
    return found


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
