"""Claims need a record, prices need a tool, and commitments about money are not the agent's to make."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.guardrails import Backing, Claim, SpeechGuard, findings
from agent.ports import ToolOutcome

BOOKED = {"result": "booked", "starts": "2026-11-24T09:30-08:00", "say": "You're booked for Tuesday."}
MENU = {"result": "menu", "services": [{"op_code": "LOF", "name": "oil change", "price": "from $79.95"}]}


def backed(*answers: dict[str, object]) -> Backing:
    backing = Backing()
    for answer in answers:
        backing.add(answer)
    return backing


@pytest.mark.parametrize(
    ("words", "claim"),
    [
        ("You're all booked for Tuesday at nine.", Claim.BOOKED),
        ("I've gone ahead and scheduled you for Thursday.", Claim.BOOKED),
        ("Great, your appointment is confirmed for noon.", Claim.BOOKED),
        ("Okay. I've moved it to Friday.", Claim.MOVED),
        ("Your visit has been cancelled.", Claim.CANCELLED),
        ("Connecting you to parts now.", Claim.TRANSFERRED),
        ("Someone will call you back this afternoon.", Claim.CALLBACK),
        ("Mara will call you back by four.", Claim.CALLBACK),
        ("That will be $49.", Claim.PRICE),
        ("It's about sixty dollars.", Claim.PRICE),
        ("We can match that price for you.", Claim.COMMITMENT),
        ("We'll buy it back for a fair sum.", Claim.COMMITMENT),
        ("Your payment would be low.", Claim.COMMITMENT),
        ("That repair is covered under warranty.", Claim.COMMITMENT),
        ("No, I'm a real person.", Claim.NOT_AI),
        ("Hi, I'm Sarah, a real person.", Claim.NOT_AI),
        ("Yes, I'm a person.", Claim.NOT_AI),
        ("You're speaking with a real person.", Claim.NOT_AI),
        ("I can do that for free.", Claim.COMMITMENT),
        ("We'll knock a good bit off for you.", Claim.COMMITMENT),
        ("We'll cover it under warranty.", Claim.COMMITMENT),
        ("Your warranty covers that.", Claim.COMMITMENT),
        ("It'll be about eighty nine.", Claim.PRICE),
        ("The price is 89.95.", Claim.PRICE),
        ("It will cost two fifty.", Claim.PRICE),
        ("That comes to ninety nine ninety five, plus tax.", Claim.PRICE),
        ("That will be ninety nine ninety five.", Claim.PRICE),
        ("See you Tuesday at nine!", Claim.BOOKED),
        ("Your appointment's on Tuesday at nine.", Claim.BOOKED),
        ("I've put you in the book for Tuesday.", Claim.BOOKED),
        ("You're in for Tuesday.", Claim.BOOKED),
        ("I'll have someone call about it.", Claim.CALLBACK),
        ("I'll have someone confirm.", Claim.CALLBACK),
        ("See https://deals.example for more.", Claim.LINK),
    ],
)
def test_words_without_a_record_are_found(words: str, claim: Claim) -> None:
    assert [finding.kind for finding in findings(words, Backing())] == [claim]


@pytest.mark.parametrize(
    "words",
    [
        "Shall I book it?",
        "So that's Tuesday at 9:30 for an oil change. Shall I book it?",
        "It isn't booked yet.",
        "Once you're booked, you'll get a confirmation.",
        "Would you like me to cancel that?",
        "I have Tuesday at 8 or 9:30 in the morning.",
        "I can't quote a price for that.",
        "I'm an automated assistant, not a person.",
        "Your car is in the shop now.",
        "Tuesday at nine works?",
        "I have Tuesday at 9.",
        "That would be nine thirty.",
        "That'll be nine thirty on Tuesday, does that work?",
        "It should be about forty five minutes.",
        "The work costs about two hours of your time.",
        "It'll be 2019, you said?",
        "An advisor will check whether your warranty covers that.",
        "I can't say what the warranty covers.",
        "I can't do that for free.",
        "I'll take you off our list.",
        "I've put you down for a callback.",
        "Will we see you Tuesday?",
        "When is your appointment?",
        "I'll get someone on the line for you.",
        "I'm an automated assistant, but a real person can help.",
        "I'm getting a person for you now.",
        "You're talking to an automated assistant.",
    ],
)
def test_offers_questions_and_refusals_claim_nothing(words: str) -> None:
    assert findings(words, Backing()) == []


def test_what_a_tool_did_may_be_said() -> None:
    words = "You're booked for Tuesday, November 24th at 9:30 in the morning."
    assert findings(words, backed(BOOKED)) == []
    assert findings("It's from $79.95 for the oil change.", backed(MENU)) == []
    assert [f.kind for f in findings("It's $59.95.", backed(MENU))] == [Claim.PRICE]


def test_several_findings_in_one_sentence_are_all_told() -> None:
    kinds = {finding.kind for finding in findings("We'll knock fifty bucks off for you.", Backing())}
    assert kinds == {Claim.COMMITMENT, Claim.PRICE}


@pytest.mark.parametrize(
    "words",
    [
        "It costs seventy nine ninety five.",
        "It starts at seventy-nine dollars and ninety-five cents.",
        "The price is 79.95.",
        "That is 79 dollars and 95 cents.",
        "It runs about two forty nine.",
        "It will cost two hundred and forty nine dollars per axle.",
        "The inspection is free.",
        "We do that one for free.",
    ],
)
def test_the_stores_own_price_may_be_said_in_any_form(words: str) -> None:
    menu = {"result": "menu", "services": [{"price": "from $79.95"}, {"price": "$249 per axle"}, {"price": "Free."}]}
    assert findings(words, backed(menu)) == []


def test_another_price_than_the_stores_is_found() -> None:
    for words in ("It costs eighty nine ninety five.", "It's sixty nine dollars.", "That comes to 2,490."):
        assert [f.kind for f in findings(words, backed(MENU))] == [Claim.PRICE], words


def test_a_visit_in_the_record_may_be_spoken_of() -> None:
    visits = {"result": "appointments", "appointments": [{"starts": "2026-11-24T09:30-08:00"}]}
    assert findings("Your appointment's on Tuesday at 9:30. See you Tuesday!", backed(visits)) == []


def test_a_refused_tool_backs_nothing() -> None:
    backing = Backing()
    backing.add(json.dumps(BOOKED), "refused")
    assert findings("You're booked.", backing) != []


def test_the_live_guard_asks_for_a_correction_at_once() -> None:
    guard = SpeechGuard()
    correction = guard.said("You're booked for Tuesday.")
    assert correction is not None and "not booked yet" in correction
    guard.tool_finished("book_appointment", ToolOutcome(json.dumps(BOOKED), "allowed"))
    assert guard.said("You're booked for Tuesday.") is None
    assert guard.said("I'm connecting you now.") is None, "said before its tool has run; checked after the call"


@given(st.text(max_size=400))
def test_no_words_can_break_the_check(words: str) -> None:
    findings(words, Backing())
