"""Who gets a loop, who hears of a late one, and what must be told when it is handed over."""

import pytest

from followup.closing import DONE, PARTS, NotClosed, Proof, check
from followup.handoffs import Incomplete
from followup.handoffs import check as check_handoff
from followup.routing import Colleague, Wanted, choose, in_charge
from followup.sla import SERVICE, LoopFacts
from kit.ids import StaffId
from tests.builders import NOW

MARA = Colleague(StaffId("1"), "Mara", "service", "manager")
SAM = Colleague(StaffId("9"), "Sam", "sales", "director")


def advisor(name: str, **more: object) -> Colleague:
    return Colleague(StaffId(name), name, "service", "advisor", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "people", "who"),
    [
        (Wanted("service"), [MARA, advisor("Dan")], "Mara"),
        (Wanted("service"), [MARA, advisor("Dan", there=True)], "Dan"),
        (Wanted("service"), [MARA, advisor("Dan", there=False)], "Mara"),
        (Wanted("service"), [MARA, advisor("Dan", there=True, load=4), advisor("Eve", there=True, load=1)], "Eve"),
        (
            Wanted("service", skill="spanish"),
            [advisor("Dan", there=True), advisor("Eve", there=True, load=9, skills=frozenset({"spanish"}))],
            "Eve",
        ),
        (Wanted("service", advisor_id=StaffId("Dan")), [MARA, advisor("Dan"), advisor("Eve", there=True)], "Dan"),
        (
            Wanted("service", advisor_id=StaffId("Dan")),
            [advisor("Dan", there=False), advisor("Eve", there=True)],
            "Eve",
        ),
        (Wanted("service", advisor_id=StaffId("gone")), [MARA, advisor("Eve", there=True)], "Eve"),
        (Wanted("parts"), [advisor("Dan", there=True), MARA], "Mara"),
    ],
)
def test_the_owner_by_rule(wanted: Wanted, people: list[Colleague], who: str) -> None:
    choice = choose(wanted, people)
    assert choice is not None and choice.who.name == who


def test_late_ones_go_up_to_the_manager_and_then_the_director() -> None:
    people = [MARA, SAM, advisor("Dan")]
    assert [in_charge("service", level, people) for level in (1, 2)] == [MARA, SAM]
    assert in_charge("service", 2, [MARA]) == MARA


def test_a_hand_over_that_leaves_out_what_is_needed_is_refused() -> None:
    told = {"customer": "Ana", "contact": "+1", "need": "brakes", "next_step": "call"}
    with pytest.raises(Incomplete, match="vehicle"):
        check_handoff("service", told)
    check_handoff("service", {**told, "vehicle": "2019 Tahoe"})


FACTS = LoopFacts(NOW, NOW)
ALL_FOUR = [Proof(part, "note", says="x") for part in PARTS]
NO_ESTIMATE = [*ALL_FOUR[:2], Proof("estimate_sent", "none_wanted", says="just the hours"), ALL_FOUR[3]]


@pytest.mark.parametrize(
    ("kind", "outcome", "proofs", "facts", "why"),
    [
        ("callback", DONE, ALL_FOUR, FACTS, ""),
        ("callback", DONE, NO_ESTIMATE, FACTS, ""),
        ("callback", DONE, ALL_FOUR[:3], FACTS, "next step"),
        ("callback", DONE, [Proof("reached", "none_wanted", says="x"), *ALL_FOUR[1:]], FACTS, "reached"),
        ("callback", DONE, ALL_FOUR, LoopFacts(NOW, NOW, promises=(NOW,)), "promise"),
        ("writeback_failed", DONE, ALL_FOUR[:1], FACTS, ""),
        ("callback", "price", ALL_FOUR[:1], FACTS, ""),
        ("callback", "price", [], FACTS, "evidence"),
        ("callback", "left a voicemail", ALL_FOUR, FACTS, "not on the list"),
        ("callback", "price", ALL_FOUR[:1], LoopFacts(NOW, NOW, promises=(NOW,)), "promise"),
        ("callback", "do_not_contact", ALL_FOUR[:1], LoopFacts(NOW, NOW, promises=(NOW,)), ""),
        ("callback", "no_response_after_attempts", ALL_FOUR[:1], FACTS, "5 valid attempts"),
        ("callback", "answered_by_text", ALL_FOUR, FACTS, "not on the list"),
    ],
)
def test_what_it_takes_to_close(kind: str, outcome: str, proofs: list[Proof], facts: LoopFacts, why: str) -> None:
    """S2-41: done is all four parts; S2-40: a voicemail is none of them."""
    if not why:
        check(kind, "service", outcome, proofs, SERVICE, facts, NOW)
        return
    with pytest.raises(NotClosed, match=why):
        check(kind, "service", outcome, proofs, SERVICE, facts, NOW)
