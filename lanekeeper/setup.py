"""A first store from a few answers: numbers, usual hours, one person who owns what is owed; and its doors for leads."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select, update

from followup.lead_doors import NewDoor, add_address, open_door
from followup.lead_facts import DEPARTMENTS
from kit.db import Database
from kit.errors import ConfigurationError
from kit.ids import new_id
from kit.secrets import KEY_SETTING, can_seal
from record import accounts, rooftops
from record.accounts import NewPerson, Role
from record.models import OpeningHours, PhoneLine, Rooftop, Staff, TransferTarget
from record.staff import on_staff_list

_WEEKDAYS, _SATURDAY = range(5), 5


@dataclass(frozen=True)
class NewStore:
    """Numbers are E.164; `time_zone` is an IANA name."""

    name: str
    line: str
    store_phone: str
    time_zone: str
    address: str
    manager: str


async def add_store(database: Database, new: NewStore, now: datetime) -> str:
    """The new rooftop's id. Hours start as 7:30 to 18:00, Saturday 8:00 to 16:00: change them to yours."""
    try:
        ZoneInfo(new.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigurationError(f"time zone: '{new.time_zone}' is not one, for example America/Chicago") from error
    rooftop_id = new_id()
    async with database.writing(rooftop_id) as db:
        db.add(
            Rooftop(
                id=rooftop_id,
                created_at=now,
                name=new.name,
                time_zone=new.time_zone,
                address=new.address,
                store_phone=new.store_phone,
            )
        )
        await db.flush()
        db.add(PhoneLine(e164=new.line, department="service"))
        db.add(Staff(name=new.manager or "Service manager", role="manager", department="service"))
        db.add(TransferTarget(key="service", label="Service", e164=new.store_phone, valid_from=now))
        db.add_all(
            OpeningHours(department="service", weekday=day, opens=time(7, 30), closes=time(18)) for day in _WEEKDAYS
        )
        db.add(OpeningHours(department="service", weekday=_SATURDAY, opens=time(8), closes=time(16)))
    return rooftop_id


async def renumber(database: Database, rooftop_id: str, line: str, store_phone: str, now: datetime) -> None:
    """Puts a store behind other numbers: the one customers dial, and one person's phone for every department."""
    async with database.writing(rooftop_id) as db:
        await db.execute(update(Rooftop).values(store_phone=store_phone))
        await db.execute(update(PhoneLine).where(PhoneLine.department == "service").values(e164=line))
        targets = list(await db.scalars(select(TransferTarget).where(TransferTarget.valid_to.is_(None))))
        for old in targets:
            # Past transfers went to the old number, which was on the list then.
            old.valid_to = now
            db.add(
                TransferTarget(key=old.key, label=old.label, e164=store_phone, staff_id=old.staff_id, valid_from=now)
            )


async def add_person(database: Database, rooftop_id: str, email: str, name: str, role: str, now: datetime) -> str:
    """Lets somebody work at a store; the token of their invitation, or "" when they have an account already."""
    if role not in list(Role):
        raise ConfigurationError(f"role: '{role}' is not one of {', '.join(Role)}")
    if not can_seal():
        raise ConfigurationError(f"{KEY_SETTING}: not set; it seals second factors: `lanekeeper new-secret-key`")
    store = await one_store(database, rooftop_id)
    async with database.looking_across("whether they have an account") as db:
        home = await accounts.by_email(db, email)
    async with database.writing(store) as db:
        staff_id = await on_staff_list(db, name, Role(role), ())
        person = NewPerson(email, name, Role(role), staff_id=staff_id)
        try:
            _, token = await accounts.invite(db, person, home, "the command line", now)
        except accounts.NotYetTheirs:
            raise ConfigurationError("email: another store invited it and nobody has signed in with it yet") from None
        except accounts.LastAdmin:
            raise ConfigurationError("role: this is the store's last administrator") from None
    return token


async def add_lead_door(database: Database, rooftop_id: str, address: str, department: str) -> NewDoor:
    """A store's form and its machines' key, and an address for mail when one is given; the only store needs no id."""
    if department not in ("", *DEPARTMENTS):
        raise ConfigurationError(f"department: '{department}' is not one of {', '.join(DEPARTMENTS)}")
    async with database.writing(await one_store(database, rooftop_id)) as db:
        if address:
            await add_address(db, address, department)
        return await open_door(db)


async def one_store(database: Database, rooftop_id: str) -> str:
    """The store that is meant: the one with that id, or the only one there is."""
    async with database.looking_across("which store is meant") as db:
        known = [store.id for store in await rooftops.stores(db) if rooftop_id in ("", store.id)]
    if len(known) != 1:
        raise ConfigurationError("rooftop: name one store by its id")
    return known[0]
