"""What a reply may look like on a telephone."""

import pytest

from agent import text_form
from agent.text_form import LONGEST


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("Pay at http://evil.example/x now.", "Pay at now."),
        ("See riverside.com/book for times.", "See riverside.com/book for times."),
        ("See https://www.riverside.com.evil.io/a today", "See today"),
        ("See https://riverside.com@evil.io/a today", "See today"),
        ("bit.ly/abc", ""),
        ("Your car is done at 4.30 p.m.", "Your car is done at 4.30 p.m."),
    ],
)
def test_only_the_stores_own_links_are_kept(words: str, kept: str) -> None:
    assert text_form.without_links(words, {"riverside.com"}) == kept


def test_a_long_reply_keeps_whole_sentences_and_its_question() -> None:
    words = " ".join(f"This is sentence number {n} about the schedule." for n in range(20)) + " Shall I book it?"
    fitted = text_form.fitted(words)
    assert len(fitted) <= LONGEST and fitted.endswith("Shall I book it?") and fitted.startswith("This is sentence")
    assert len(text_form.fitted("x" * 900)) <= LONGEST


def test_the_first_reply_says_whose_assistant_it_is_and_how_to_leave() -> None:
    first = text_form.opening("Riverside Motors", "We open at 8.")
    assert first == "Riverside Motors, automated assistant: We open at 8. Reply STOP to opt out."
    assert len(text_form.opening("Riverside Motors", "A sentence that is long. " * 30)) <= LONGEST
    assert text_form.without_opening("Riverside Motors", first) == "We open at 8."


def test_words_that_never_left_go_with_the_next_ones() -> None:
    assert text_form.joined("We open at 8. What day suits you?", "We are at 1 River Road.") == (
        "We open at 8. We are at 1 River Road."
    )


def test_texts_in_a_row_are_read_as_one_utterance() -> None:
    assert text_form.as_one(["John", "Smith"]) == "John Smith"
    assert text_form.as_one(["I need an oil change", "for Tuesday"]) == "I need an oil change. for Tuesday"


def test_spoken_sentences_are_written_ones() -> None:
    said = "Let me look at the schedule. I have 8 or 9. Your confirmation is W 4 9 8 7. Please say yes to book it."
    assert text_form.for_the_eye(said) == "I have 8 or 9. Your confirmation is W4987. Please reply yes to book it."
