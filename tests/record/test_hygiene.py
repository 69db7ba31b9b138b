"""What is wrong in the record is found once, cleared with a reason, and found again only when it changes."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from kit.db import Database
from record import duplicates, hygiene
from record.hygiene import Found, ReasonNeeded
from record.models import ContactPoint, RepairOrder, Vehicle
from record.vins import vin_fault
from record.visit_models import StoreAppointment
from tests.record.people import NOW, a_person, a_rooftop, a_visit

PHONE = "+15035550112"
LATER = NOW + timedelta(days=1)
GOOD_VIN, ODD_VIN = "1HGCM82633A004352", "1HGCM82633A004353"


async def test_each_kind_of_mess_is_found(database: Database) -> None:
    """S2-119"""
    await a_rooftop(database)
    async with database.writing("north") as db:
        one = await a_person(db, phones=(PHONE,), vin=ODD_VIN)
        again = await a_person(db, "Bill", phones=(PHONE,))
        await a_person(db, "", "", phones=("+15035550113",))
        await a_person(db, "Nobody", "Reaches")
        await a_person(db, "Zero", "Filler", phones=("+10000000000",))
        db.add(Vehicle(customer_id=one, year=2015, make="Ford", model="Escape"))
        db.add(
            RepairOrder(
                ro_number="7001",
                customer_id=one,
                status="",
                source_status="Q7",
                opened_at=NOW,
                status_at=NOW,
            )
        )
        closed = await a_visit(db, one, "7002")
        await db.execute(update(RepairOrder).where(RepairOrder.id == closed).values(closed_at=NOW))
        db.add(
            StoreAppointment(
                appointment_number="A1", customer_id=one, ro_number="7002", starts_at=NOW, status="arrived"
            )
        )
        await db.flush()
        await duplicates.check_people(db, [again], NOW)
        counts = await hygiene.look(db, NOW)
        assert counts == {
            "duplicate": 1,
            "unmapped_status": 1,
            "no_contact": 1,
            "no_name": 1,
            "no_vin": 1,
            "odd_vin": 1,
            "bad_phone": 1,
            "closed_elsewhere": 2,
        }
        says = {(found.kind, found.says) for found in await hygiene.open_findings(db, limit=100)}
        assert ("odd_vin", f"VIN {ODD_VIN} fails its check digit") in says
        assert ("no_contact", "Nobody Reaches has no phone and no e-mail") in says
        assert ("closed_elsewhere", "RO 7002 is closed but still reads in_shop") in says
        assert sum((await hygiene.open_counts(db)).values()) == 9


async def test_cleared_with_a_reason_it_stays_cleared_until_it_changes(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        await a_person(db, phones=(PHONE,), vin=ODD_VIN)
        await hygiene.look(db, NOW)
        (found,) = await hygiene.open_findings(db)
        with pytest.raises(ReasonNeeded):
            await hygiene.clear(db, found.id, "Mara", " ", NOW)
        await hygiene.clear(db, found.id, "Mara", "checked on the door jamb", NOW)
        await hygiene.look(db, LATER)
        assert await hygiene.open_findings(db) == []
        await db.execute(update(Vehicle).values(vin=ODD_VIN[:16]))
        await hygiene.look(db, LATER)
        (again,) = await hygiene.open_findings(db)
        assert again.id == found.id and "16 characters" in again.says


async def test_what_is_mended_clears_itself_and_returns_when_it_breaks_again(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        who = await a_person(db)
        await hygiene.look(db, NOW)
        assert (await hygiene.open_counts(db))["no_contact"] == 1
        db.add(ContactPoint(customer_id=who, kind="phone", value=PHONE))
        await db.flush()
        await hygiene.look(db, LATER)
        assert await hygiene.open_findings(db) == []
        await db.execute(update(ContactPoint).values(value=""))
        await hygiene.look(db, LATER)
        assert (await hygiene.open_counts(db))["no_contact"] == 1


async def test_others_file_what_only_they_can_see(database: Database) -> None:
    """S2-15: a lead one system has and another has not."""
    await a_rooftop(database)
    async with database.writing("north") as db:
        lead = Found("lead", "L1", "Lead L1 is in the website's list and not in the CRM")
        await hygiene.store(db, hygiene.ONE_SYSTEM_ONLY, [lead], NOW)
        await hygiene.look(db, NOW)
        assert [found.subject_id for found in await hygiene.open_findings(db, hygiene.ONE_SYSTEM_ONLY)] == ["L1"]
        await hygiene.store(db, hygiene.ONE_SYSTEM_ONLY, [], LATER)
        assert await hygiene.open_findings(db, hygiene.ONE_SYSTEM_ONLY) == []


async def test_a_number_a_crowd_shares_is_one_finding(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        for at in range(12):
            await a_person(db, f"N{at}", f"L{at}", phones=("+15035550100",))
        await hygiene.look(db, NOW)
        (found,) = await hygiene.open_findings(db, hygiene.BAD_PHONE)
        assert found.says == "(503) 555-0100 is on file for 10+ customers"


async def test_findings_come_in_pages(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        for at in range(5):
            await a_person(db, f"N{at}", f"L{at}")
        await hygiene.look(db, NOW)
        first = await hygiene.open_findings(db, limit=3)
        rest = await hygiene.open_findings(db, after=hygiene.Place(first[-1].found_at, first[-1].id), limit=3)
        assert len({found.id for found in [*first, *rest]}) == 5


@pytest.mark.parametrize(
    ("vin", "fault"),
    [
        (GOOD_VIN, None),
        (GOOD_VIN.lower(), None),
        (ODD_VIN, "fails its check digit"),
        ("1HGCM82633A00435", "has 16 characters, not 17"),
        ("1HGCM8263OA004352", "holds a letter no VIN has (I, O or Q) or a sign"),
    ],
)
def test_what_is_wrong_with_a_vin(vin: str, fault: str | None) -> None:
    assert vin_fault(vin) == fault
