"""Are these the same person? Examples as a dealership meets them."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from record.matching import names
from record.matching.addresses import same_street, street
from record.matching.blocking import BLOCK, WINDOW, PeopleIndex
from record.matching.compare import Likeness, Verdict, compare
from record.matching.rarity import Rarity
from record.matching.traits import Person, plain_email, traits

PHONE, OTHER_PHONE = "+15035550112", "+15035550113"
BORN = date(1961, 4, 2)
BILL = Person(
    "1",
    "William",
    "Garber",
    street="12 Oak Street",
    city="Portland",
    postal_code="97211",
    birth_date=BORN,
    phones=(PHONE,),
    emails=("wgarber@mail.com",),
    vins=("1HGCM82633A004352",),
)


def likeness(one: Person, other: Person, rarity: Rarity | None = None) -> Likeness:
    found = compare(traits(one), traits(other), rarity or Rarity())
    turned = compare(traits(other), traits(one), rarity or Rarity())
    assert (found.verdict, found.score) == (turned.verdict, turned.score)
    return found


def said(found: Likeness) -> list[str]:
    return [reason.says for reason in found.reasons]


@pytest.mark.parametrize(
    "other",
    [
        replace(BILL, first="WILLIAM", last="GARBER", street="12 OAK ST", emails=(), birth_date=None),
        replace(BILL, first="Bill", emails=()),
        replace(BILL, first="Garber", last="William", emails=()),
        replace(BILL, last="Graber", phones=()),
        replace(BILL, street="900 Elm Avenue", postal_code="97701", city="Bend", phones=()),
        replace(BILL, emails=("wgarber+cars@mail.com",), birth_date=None, phones=()),
    ],
    ids=["shouted", "nickname", "swapped", "slip", "moved", "tagged e-mail"],
)
def test_the_same_person_written_down_differently_is_joined(other: Person) -> None:
    assert likeness(BILL, other).verdict is Verdict.SAME


@pytest.mark.parametrize(
    "other",
    [
        replace(BILL, birth_date=None, emails=(), first="Bill"),
        replace(BILL, birth_date=None, emails=(), vins=()),
        replace(BILL, birth_date=date(1961, 4, 3), emails=()),
        replace(BILL, last="Moreno", birth_date=None, emails=()),
        replace(BILL, first="W", emails=()),
        Person("2", "William", "Garber", phones=(PHONE,)),
    ],
    ids=[
        "nickname without birth date",
        "a namesake's house and number",
        "birth date a slip apart",
        "new surname",
        "initial only",
        "only a phone",
    ],
)
def test_what_could_be_a_relative_waits_for_a_person(other: Person) -> None:
    assert likeness(BILL, other).verdict is Verdict.MAYBE


@pytest.mark.parametrize(
    "other",
    [
        replace(BILL, first="Dolores", birth_date=date(1963, 1, 9), emails=()),
        replace(BILL, first="Dolores", birth_date=None),
        replace(BILL, first="Marcus", birth_date=date(1990, 7, 7), emails=()),
        replace(BILL, last="Garber Jr", birth_date=date(1988, 7, 7), emails=()),
        Person("2", "William", "Garber"),
        Person("2", "Ana", "Ortega", phones=(PHONE,)),
    ],
    ids=["spouse", "spouse with the same mail box", "son", "junior", "name alone", "shared number"],
)
def test_two_people_stay_two(other: Person) -> None:
    """A shared household phone is never proof (S1-08)."""
    assert likeness(BILL, other).verdict is Verdict.DIFFERENT


def test_one_number_and_surname_with_another_first_name_is_a_household() -> None:
    found = likeness(BILL, replace(BILL, first="Dolores", birth_date=None, emails=()))
    assert (found.verdict, found.household) == (Verdict.DIFFERENT, True)


def test_father_and_son_of_one_name_are_never_joined_by_themselves() -> None:
    father = replace(BILL, emails=())
    for son in (
        replace(father, birth_date=date(1988, 7, 7)),
        replace(father, last="Garber, Jr.", birth_date=None),
        replace(father, middle="J", birth_date=date(1988, 7, 7)),
    ):
        assert likeness(father, son).verdict is not Verdict.SAME
    assert likeness(replace(father, last="Garber Sr"), replace(father, last="Garber Jr")).verdict is Verdict.DIFFERENT


def test_twins_are_never_joined_by_themselves() -> None:
    rarity = Rarity(firsts=Counter({"willian": 3}))
    for first in ("Robert", "Willian", "Willa"):
        assert likeness(BILL, replace(BILL, first=first), rarity).verdict is not Verdict.SAME
    for one, other in (("Eric", "Erica"), ("Jan", "Jon"), ("Kayla", "Kaylee")):
        assert likeness(replace(BILL, first=one), replace(BILL, first=other)).verdict is not Verdict.SAME
    own_mail = replace(BILL, first="Robert", emails=("rob@mail.com",))
    assert likeness(BILL, own_mail).verdict is Verdict.DIFFERENT


def test_the_reasons_can_be_read() -> None:
    lines = said(likeness(BILL, replace(BILL, first="Bill", emails=())))
    assert "Same phone (503) 555-0112" in lines
    assert "First names William and Bill: nickname" in lines
    assert "Same birth date, 04/02/1961" in lines
    assert "Same address, 12 Oak" in lines


def test_a_number_many_have_proves_nothing() -> None:
    rarity = Rarity()
    rarity.count(traits(replace(BILL, id=str(at), first=f"N{at}", street="", emails=())) for at in range(20))
    found = likeness(Person("2", "William", "Garber", phones=(PHONE,)), replace(BILL, street="", emails=()), rarity)
    assert found.verdict is Verdict.DIFFERENT
    assert "Same phone (503) 555-0112, but many people have it" in said(found)


def test_a_rare_surname_counts_for_more_than_smith() -> None:
    rarity = Rarity()
    rarity.count(traits(Person(str(at), f"N{at}", "Smith")) for at in range(5000))
    rarity.count([traits(Person("x", "Ann", "Szczepanska"))])
    assert rarity.last("szczepanska") > rarity.last("smith") + 5


def test_a_business_is_matched_by_name_and_place_never_by_its_number() -> None:
    firm = Person("1", "", "Garber Roofing LLC", street="8 Mill Rd", postal_code="97211", phones=(PHONE,))
    assert likeness(firm, replace(firm, last="Garber Roofing")).verdict is Verdict.SAME
    assert likeness(firm, replace(firm, last="Garber Roofing 2")).verdict is Verdict.DIFFERENT
    assert likeness(firm, replace(firm, street="70 Elm St", postal_code="97701")).verdict is Verdict.MAYBE
    assert likeness(firm, BILL).verdict is Verdict.DIFFERENT


def test_what_only_fills_a_column_is_no_evidence() -> None:
    filled_in = replace(BILL, birth_date=date(1900, 1, 1), phones=("+10000000000",), emails=("none@none.com",))
    blank = replace(filled_in, street="", vins=())
    found = likeness(blank, replace(blank, first="William", postal_code="10001", city="New York"))
    assert found.verdict is Verdict.DIFFERENT
    assert plain_email("None@NONE.com") == "" and plain_email("A.B+x@Gmail.com") == "ab@gmail.com"


def test_names_and_streets_are_read_as_people_write_them() -> None:
    assert names.parts("Dr. José", "", "Núñez Jr.") == names.Name("jose", "", "nunez", "jr")
    assert names.parts("", "", "Smith, John") == names.Name("john", "", "smith")
    assert names.parts("Mary Q", "", "O'Brien") == names.Name("mary", "q", "obrien")
    assert names.sound("catherine") == names.sound("kathryn") and names.sound("meyer") == names.sound("meier")
    assert same_street(street("12 N. Oak Street, Apt 4"), street("12 north oak st #4"))
    assert not same_street(street("12 Oak St Apt 4"), street("12 Oak St Apt 5"))


_word = st.text("abcdefgh '-éü.", max_size=10)
_somebody = st.builds(
    Person,
    id=st.just("1"),
    first=_word,
    last=_word,
    middle=st.text("abc", max_size=2),
    street=st.text("12 abst#", max_size=10),
    postal_code=st.sampled_from(["", "97211", "97212-1234"]),
    birth_date=st.sampled_from([None, BORN, date(1988, 7, 7)]),
    phones=st.sampled_from([(), (PHONE,), (PHONE, OTHER_PHONE)]),
    emails=st.sampled_from([(), ("a@b.com",), ("",), ("@",)]),
)


@settings(max_examples=200, deadline=None)
@given(_somebody, _somebody)
def test_any_two_records_can_be_compared_and_the_order_does_not_matter(one: Person, other: Person) -> None:
    found = likeness(one, replace(other, id="2"))
    assert 0 <= found.score <= 1
    if found.verdict is Verdict.SAME:
        assert len({reason.field for reason in found.reasons if reason.bits > 0}) >= 4


def test_a_crowd_behind_one_number_costs_no_more_than_its_neighbours() -> None:
    """A dealership's own phone on a thousand records."""
    index = PeopleIndex()
    for at in range(1000):
        index.add(traits(Person(str(at), f"Name{at % 37}", f"Last{at:03d}", phones=("+15035550100",))))
    assert sum(1 for _ in index.pairs()) <= 1000 * (2 * WINDOW + 1)
    near = index.near(traits(Person("new", "Name5", "Last500", phones=("+15035550100",))))
    assert "500" in {one.id for one in near} and len(near) <= 3 * WINDOW
    assert BLOCK < 1000


def test_a_changed_record_is_found_by_what_it_says_now() -> None:
    index = PeopleIndex()
    index.add(traits(BILL))
    index.add(traits(replace(BILL, phones=(OTHER_PHONE,))))
    asked = Person("2", "X", "Y", phones=(PHONE,))
    assert index.near(traits(asked)) == []
    assert len(index.near(traits(replace(asked, phones=(OTHER_PHONE,))))) == 1
