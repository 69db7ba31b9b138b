"""One person's several records are found, the certain ones joined, the doubtful ones left to a person."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, update

from kit.db import Database
from kit.ids import new_id
from record import customers, duplicates, merging
from record.identity_models import MatchPair, Merge
from record.models import ContactPoint, Customer
from record.strangers import PeopleMatcher
from tests.record.people import NOW, a_person, a_rooftop

PHONE, OTHER_PHONE, THIRD_PHONE = "+15035550112", "+15035550113", "+15035550114"
BORN = date(1961, 4, 2)
HOME = {"street": "12 Oak Street", "city": "Portland", "postal_code": "97211"}


async def test_the_certain_are_joined_and_the_doubtful_wait(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        first = await a_person(db, phones=(PHONE,), birth_date=BORN, **HOME)
        again = await a_person(db, "Bill", phones=(PHONE,), birth_date=BORN)
        doubt = await a_person(db, "William", phones=(PHONE,))
        wife = await a_person(db, "Dolores", phones=(PHONE,), **HOME)
    found = await duplicates.check_store(database, "north", NOW)
    assert (found.joined, found.waiting) == (1, 1)
    async with database.reading("north") as db:
        assert await customers.survivor(db, again) == first
        assert await customers.survivor(db, wife) == wife
        (pair,) = await duplicates.waiting_pairs(db)
        assert {pair.one_id, pair.other_id} == {first, doubt}
        assert "Same phone (503) 555-0112" in [reason["says"] for reason in pair.reasons]
        merge = await db.scalar(select(Merge))
        assert merge and merge.automatic and merge.reasons
    again_found = await duplicates.check_store(database, "north", NOW)
    assert (again_found.joined, again_found.waiting) == (0, 1)


async def test_said_to_be_two_people_is_never_asked_or_joined_again(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        await a_person(db, phones=(PHONE,), birth_date=BORN, **HOME)
        await a_person(db, phones=(PHONE,), birth_date=BORN)
    await duplicates.check_store(database, "north", NOW)
    async with database.writing("north") as db:
        merge = await db.scalar(select(Merge.id))
        await merging.undo(db, str(merge), "Mara", NOW)
    found = await duplicates.check_store(database, "north", NOW)
    assert (found.joined, found.waiting) == (0, 0)
    async with database.writing("north") as db:
        await a_person(db, phones=(OTHER_PHONE,), **HOME)
    await duplicates.check_store(database, "north", NOW)
    async with database.writing("north") as db:
        pairs = await duplicates.waiting_pairs(db)
        assert pairs
        await duplicates.keep_apart(db, pairs[0].id, "Mara", NOW)
    await duplicates.check_store(database, "north", NOW)
    async with database.reading("north") as db:
        assert pairs[0].id not in {pair.id for pair in await duplicates.waiting_pairs(db)}


async def test_a_record_between_father_and_son_joins_neither_to_the_other(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        mail = ("garber@mail.com",)
        father = await a_person(db, emails=mail, phones=(PHONE,), birth_date=BORN)
        between = await a_person(db, emails=mail, phones=(PHONE, OTHER_PHONE))
        son = await a_person(db, emails=mail, phones=(OTHER_PHONE,), birth_date=date(1990, 7, 7))
    await duplicates.check_store(database, "north", NOW)
    async with database.reading("north") as db:
        standing = await customers.survivors(db, [father, between, son])
        assert standing[father] != standing[son]
        assert await duplicates.waiting_pairs(db)


async def test_a_changed_person_is_compared_with_those_near_them(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        first = await a_person(db, phones=(PHONE,), birth_date=BORN, **HOME)
        for at in range(30):
            await a_person(db, f"Stranger{at}", f"Other{at}", postal_code="97211")
        new = await a_person(db, "Bill", "Garber", phones=(PHONE,))
        found = await duplicates.check_people(db, [new], NOW)
        assert (found.joined, found.waiting) == (0, 1)
        await db.execute(update(Customer).where(Customer.id == new).values(birth_date=BORN))
        found = await duplicates.check_people(db, [new], NOW)
        assert found.joined == 1
        assert await customers.survivor(db, new) == first
        assert await duplicates.waiting_pairs(db) == []


async def test_a_question_that_answered_itself_is_asked_no_more(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        await a_person(db, phones=(PHONE,))
        wrong = await a_person(db, "Bill", phones=(PHONE,))
        assert (await duplicates.check_people(db, [wrong], NOW)).waiting == 1
        await db.execute(update(ContactPoint).where(ContactPoint.customer_id == wrong).values(value="+12125550177"))
        await db.execute(update(Customer).where(Customer.id == wrong).values(first_name="Ann", last_name="Lee"))
        assert (await duplicates.check_people(db, [wrong], NOW)).waiting == 0
        assert await db.scalar(select(func.count()).select_from(MatchPair)) == 0


@dataclass(frozen=True)
class Told:
    """A person as a store file tells of them."""

    first_name: str
    last_name: str
    phones: tuple[str, ...] = ()
    birth_date: date | None = None
    emails: tuple[str, ...] = ()
    middle_name: str = ""
    is_business: bool = False
    street: str = ""
    city: str = ""
    postal_code: str = ""
    id: str = ""


def told(first: str, last: str, *phones: str, birth_date: date | None = None, street: str = "") -> Told:
    return Told(first, last, phones, birth_date, street=street, postal_code="97211" if street else "", id=new_id())


async def test_an_importer_learns_who_is_known_who_is_new_and_who_is_in_doubt(database: Database) -> None:
    await a_rooftop(database)
    matcher = PeopleMatcher()
    async with database.writing("north") as db:
        known = await a_person(db, phones=(PHONE,), birth_date=BORN, **HOME)
        people = [
            told("BILL", "GARBER", PHONE, birth_date=BORN),
            told("William", "Garber", PHONE),
            told("Ana", "Ortega", THIRD_PHONE, birth_date=BORN, street="9 Elm St"),
            told("Ana", "Ortega", THIRD_PHONE, birth_date=BORN),
        ]
        found = await matcher.find(db, people)
        assert found == [known, None, None, people[2].id]
        for one in people[1:3]:
            db.add(Customer(id=one.id, first_name=one.first_name, last_name=one.last_name))
        await db.flush()
        await matcher.added(db, people[1:3])
        (pair,) = await duplicates.waiting_pairs(db)
        assert {pair.one_id, pair.other_id} == {known, people[1].id}


async def test_who_an_importer_never_stored_is_nobody(database: Database) -> None:
    """The importer's transaction was rolled back: the matcher's memory of it proves nothing."""
    await a_rooftop(database)
    matcher = PeopleMatcher()
    one = told("Ana", "Ortega", PHONE, birth_date=BORN)
    async with database.reading("north") as db:
        assert await matcher.find(db, [one]) == [None]
    async with database.reading("north") as db:
        assert await matcher.find(db, [told("Ana", "Ortega", PHONE, birth_date=BORN)]) == [None]


async def test_no_match_crosses_from_one_rooftop_to_another(database: Database) -> None:
    await a_rooftop(database, "north")
    await a_rooftop(database, "south")
    matcher = PeopleMatcher()
    for rooftop in ("north", "south"):
        async with database.writing(rooftop) as db:
            person = await a_person(db, phones=(PHONE,), birth_date=BORN, **HOME)
            assert (await duplicates.check_people(db, [person], NOW)).compared == 0
    for rooftop in ("north", "south"):
        assert (await duplicates.check_store(database, rooftop, NOW)).compared == 0
        async with database.reading(rooftop) as db:
            (found,) = await matcher.find(db, [told("Bill", "Garber", PHONE, birth_date=BORN)])
            assert found is not None and await db.get(Customer, found) is not None
    async with database.across_rooftops("test") as db:
        assert await db.scalar(select(func.count()).select_from(MatchPair)) == 0
