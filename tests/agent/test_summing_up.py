"""What an advisor reads of a call in ten seconds: from the record, and from a model only where the record agrees."""

import json
from dataclasses import replace

import pytest

from agent.disposing import Code, Story, decide
from agent.summarizing import accepted, schema
from agent.summing_up import Known, Owing, sum_up
from record.call_briefs import BY_MODEL, CallBrief
from tests.agent.test_wrapup import ASKED, BOOKED, ENDED, FOUND, MENU, OFFERED, PROMISED, agent, caller, did

KNOWN = Known("Ana Ruiz", True, "503 555 0112", department="service")
OWED = Owing("wants a price", "Mara Lind", "Mon Nov 23, 9:30 am")


def read(story: Story, known: Known = KNOWN) -> CallBrief:
    return sum_up(story, decide(story), known)


def test_a_booked_visit_reads_as_who_what_and_when() -> None:
    brief = read(Story((ASKED,), (MENU, FOUND, OFFERED, BOOKED, ENDED)))
    assert brief.who == "Ana Ruiz, 503 555 0112" and brief.car == "Chevrolet Tahoe"
    assert brief.need == "oil change" and brief.promised == "A visit Tue Nov 24, 9:30 am: oil and filter change"
    assert brief.next_step == "Comes in Tue Nov 24, 9:30 am" and brief.missing == ()
    assert (brief.mood, brief.urgency, brief.disposition) == ("calm", "normal", Code.APPOINTMENT_SET)


def test_what_is_owed_names_who_calls_by_when() -> None:
    brief = read(Story((ASKED,), (PROMISED, ENDED), already_owed=True), replace(KNOWN, owed=(OWED,)))
    assert brief.next_step == "Mara Lind calls back by Mon Nov 23, 9:30 am"
    assert brief.promised == "Mara calls by Fri Nov 20, 4:00 pm"


def test_what_nobody_said_is_to_be_asked_and_never_made_up() -> None:
    stranger = Known("Tom Becker", False, "", owed=(OWED,))
    brief = read(Story((caller(1, "could somebody please call me"),), (PROMISED,), already_owed=True), stranger)
    assert brief.who == "perhaps Tom Becker, by the number" and brief.car == ""
    assert brief.missing == ("their name", "the car", "a number to reach them at")


def test_anger_and_danger_are_heard() -> None:
    angry = read(Story((caller(1, "this is unacceptable, I want to file a complaint about your service"),), ()))
    danger = read(Story((caller(1, "my brakes failed on the highway and I can't stop"),), (), already_owed=True))
    assert angry.mood == "upset"
    assert (danger.mood, danger.urgency) == ("urgent", "hot")


def test_a_call_nobody_has_to_act_on_asks_for_nothing() -> None:
    wrong = Story((caller(1, "wrong number"),), (did("end_call", {"result": "ending", "reason": "wrong_number"}),))
    assert read(wrong, Known()).missing == ()
    with_a_person = Story((ASKED,), (), hand_offs=(("Service", "connected"),), accepted=True)
    assert read(with_a_person, Known(owed=(OWED,))).missing == ()


STORY = Story((ASKED, agent(2, "You're booked for Tuesday at 9:30.")), (MENU, FOUND, OFFERED, BOOKED, ENDED))
GOOD = {
    "who": "Ana Ruiz",
    "car": "Chevrolet Tahoe",
    "need": "Oil change on the Tahoe",
    "promised": "Visit Tuesday, Nov 24 at 9:30",
    "next_step": "Comes in Tuesday",
    "mood": "calm",
    "urgency": "normal",
    "disposition": "appointment_set",
}


def test_a_models_words_are_kept_when_the_record_bears_them_out() -> None:
    brief = accepted(json.dumps(GOOD), read(STORY), STORY)
    assert brief is not None and brief.need == "Oil change on the Tahoe" and brief.by == BY_MODEL
    assert schema()["additionalProperties"] is False and set(schema()["required"]) == set(GOOD)


@pytest.mark.parametrize(
    "wrong",
    [
        {"disposition": "cancelled"},
        {"disposition": "sold_a_car"},
        {"promised": ""},
        {"next_step": "Comes in Tuesday at 10:45"},
        {"need": "Oil change, and Roberto wants brakes"},
        {"need": "Oil change for $49"},
        {"need": "We'll cover it under the warranty"},
        {"mood": "ecstatic"},
        {"extra": "anything"},
        {"need": "x" * 400},
    ],
)
def test_a_models_summary_that_says_more_than_the_record_is_refused(wrong: dict[str, str]) -> None:
    assert accepted(json.dumps(GOOD | wrong), read(STORY), STORY) is None


def test_urgency_is_never_talked_down() -> None:
    hot = replace(read(STORY), urgency="hot")
    assert accepted(json.dumps(GOOD), hot, STORY) is None
    assert accepted("not json", hot, STORY) is None
