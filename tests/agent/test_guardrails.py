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
    ],
)
def test_offers_questions_and_refusals_claim_nothing(words: str) -> None:
    assert findings(words, Backing()) == []


def test_what_a_tool_did_may_be_said() -> None:
    words = "You're booked for Tuesday, November 24th at 9:30 in the morning."
    assert findings(words, backed(BOOKED)) == []
    assert findings("It's from $79.95 for the oil change.", backed(MENU)) == []
    assert [f.kind for f in findings("It's $59.95.", backed(MENU))] == [Claim.PRICE]


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
