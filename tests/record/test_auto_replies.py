"""Texts that no person wrote for us, and those meant for somebody else."""

import pytest

from record.auto_replies import is_a_bot, is_automatic, is_wrong_number


@pytest.mark.parametrize(
    "text",
    [
        "I'm driving with Do Not Disturb While Driving turned on. I'll see your message when I arrive.",
        "I am currently out of the office and will get back to you on Monday.",
        "This is an automated response. This number is not monitored.",
        "Thank you for contacting Acme Towing! Our team will reply shortly.",
        "Estoy manejando ahora",
        "Liked “You're booked for Tuesday”",
    ],
)
def test_an_answering_machine_is_told_from_a_person(text: str) -> None:
    assert is_automatic(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm driving over now",
        "Im out of oil",
        "thanks for texting me back",
        "I'm driving a 2018 Civic",
        "away next week",
    ],
)
def test_a_person_is_not_taken_for_a_machine(text: str) -> None:
    assert not is_automatic(text)


@pytest.mark.parametrize(
    "text",
    [
        "Who is this?",
        "who's this",
        "Wrong number",
        "you have the wrong person",
        "new phone who dis",
        "Número equivocado",
    ],
)
def test_somebody_who_does_not_know_us_says_so(text: str) -> None:
    assert is_wrong_number(text)


@pytest.mark.parametrize("text", ["who is this advisor I'm talking to", "wrong time, I meant 4", "who is my advisor"])
def test_a_customer_with_a_question_is_no_wrong_number(text: str) -> None:
    assert not is_wrong_number(text)


def test_repeats_echoes_and_menus_are_a_bot_and_one_human_word_is_not() -> None:
    ours = ["Riverside Motors: what can we help you with today?"]
    menu = "Press 1 for sales or 2 for service"
    assert is_a_bot([menu, menu, menu], ours)
    assert is_a_bot([ours[0], ours[0]], ours)
    assert not is_a_bot([menu, "hello? I need my brakes done", menu], ours)
    assert not is_a_bot([], ours)
