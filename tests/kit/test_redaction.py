"""Numbers nobody may keep are gone from a transcript; everything else stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.redaction import luhn, redact

CARDS = [
    "4111111111111111",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "6011111111111117",
    "3530111333300000",
    "30569309025904",
    "4222222222222",
]
SPOKEN = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("My card is 4111 1111 1111 1111, exp 04/29.", "My card is [card number removed], exp 04/29."),
        ("4111-1111-1111-1111", "[card number removed]"),
        ("it's 3782 822463 10005 thanks", "it's [card number removed] thanks"),
        ("x4111111111111111y", "x[card number removed]y"),
        (
            "four one one one, one one one one, one one one one, one one one one",
            "[card number removed]",
        ),
        ("four triple one one one one one double one double one one one one one", "[card number removed]"),
        ("forty one eleven eleven eleven eleven eleven eleven eleven", "[card number removed]"),
        ("My social is 123-45-6789", "My social is [social security number removed]"),
        ("123-45-6789", "[social security number removed]"),
        ("social security number, it's 123456789", "social security number, it's [social security number removed]"),
        ("last four of my social: 6789", "last four of my social: [social security number removed]"),
        ("the CVV is 123", "the CVV is [security code removed]"),
        ("and the code on the back is one two three", "and the code on the back is [security code removed]"),
        ("routing number 021000021", "routing number [account number removed]"),
        ("my account number is 12345678", "my account number is [account number removed]"),
    ],
)
def test_what_nobody_may_keep_is_removed(said: str, stored: str) -> None:
    assert redact(said) == stored


@pytest.mark.parametrize(
    "said",
    [
        "Call me at 206-555-0142 or +1 (206) 555-0199.",
        "My RO number is 48213 and the VIN is 1HGCM82633A004352.",
        "November 21st, 2026 at 9:30, 45,000 miles",
        "two brake jobs at four thirty on the fifteenth",
        "My account is fine, I have 3 cars and 2 kids",
        "Home is 425-555-0142, cell is 425 555 0110 425 555 0199",
        "The zip is 98101 and plate ABC1234",
        "",
    ],
)
def test_what_a_store_needs_stays(said: str) -> None:
    assert redact(said) == said


def test_luhn_knows_the_published_test_cards() -> None:
    assert all(luhn(card) for card in CARDS)
    assert not luhn("4111111111111112")


@st.composite
def valid_cards(draw: st.DrawFn) -> str:
    prefix, size = draw(st.sampled_from([("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("6011", 16), ("36", 14)]))
    body = prefix + "".join(draw(st.lists(st.sampled_from("0123456789"), min_size=size, max_size=size)))
    body = body[: size - 1]
    return next(body + digit for digit in "0123456789" if luhn(body + digit))


@given(card=valid_cards(), gap=st.sampled_from(["", " ", "-", ", ", " - "]), every=st.integers(1, 6))
def test_a_card_is_found_however_it_is_grouped(card: str, gap: str, every: int) -> None:
    written = gap.join(card[i : i + every] for i in range(0, len(card), every))
    assert redact(f"it is {written} okay") == "it is [card number removed] okay"


@given(card=valid_cards(), comma=st.sampled_from([" ", ", ", ". "]))
def test_a_card_is_found_when_its_digits_are_spoken(card: str, comma: str) -> None:
    spoken = comma.join(SPOKEN[int(digit)] for digit in card)
    assert redact(f"it is {spoken}.") == "it is [card number removed]."


@given(card=valid_cards(), before=st.from_regex(r"[0-9]{1,7}", fullmatch=True))
def test_a_card_said_after_another_number_is_still_gone(card: str, before: str) -> None:
    assert card not in redact(f"{before} {card}").replace(" ", "")


@given(st.text())
def test_text_without_digits_or_number_words_is_untouched(text: str) -> None:
    quiet = "".join(c for c in text if not c.isascii() or not c.isalnum())
    assert redact(quiet) == quiet


@given(st.text(alphabet="0123456789 -.,abcdefno\n", max_size=80))
def test_redacting_twice_is_redacting_once(text: str) -> None:
    once = redact(text)
    assert redact(once) == once
