"""What one cell of a store file means."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_sync import values
from kit.phone import _PLAIN_US, to_e164


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1/2/2026", date(2026, 1, 2)),
        ("01-02-26", date(2026, 1, 2)),
        ("7/4/1976", date(1976, 7, 4)),
        ("2026-01-02", date(2026, 1, 2)),
        ("20260102", date(2026, 1, 2)),
        ("1/2/2026 3:15 PM", date(2026, 1, 2)),
        ("2026-01-02T03:15:00", date(2026, 1, 2)),
        ("", None),
        ("0/0/0000", None),
    ],
)
def test_dates(text: str, meant: date | None) -> None:
    assert values.day(text) == meant


@pytest.mark.parametrize("text", ["13/1/2026", "2/30/2026", "soon", "1/1/0001"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match="date"):
        values.day(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("4:30 PM", time(16, 30)), ("12:05am", time(0, 5)), ("16:30:00", time(16, 30)), ("0730", time(7, 30)), ("", None)],
)
def test_times(text: str, meant: time | None) -> None:
    assert values.clock(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"), [("$1,234.50", 123450), ("(12.00)", -1200), ("12-", -1200), (".5", 50), ("0", 0), ("", None)]
)
def test_money(text: str, meant: int | None) -> None:
    assert values.cents(text) == meant


@pytest.mark.parametrize("text", ["lots", "1e9", "NaN", "inf"])
def test_what_is_no_money(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        values.cents(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ALVAREZ, MARIA L", ("Maria", "L", "Alvarez")),
        ("Maria de la Cruz", ("Maria", "de la", "Cruz")),
        ("O'BRIEN, SEAN", ("Sean", "", "O'Brien")),
        ("MCDONALD, RON", ("Ron", "", "McDonald")),
        ("SMITH-JONES, ANN", ("Ann", "", "Smith-Jones")),
        ("Cher", ("", "", "Cher")),
    ],
)
def test_names(text: str, meant: tuple[str, str, str]) -> None:
    assert values.split_name(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("(503) 555-0112", "+15035550112"),
        ("1-503-555-0112", "+15035550112"),
        ("999-999-9999", None),
        ("555", None),
        ("", None),
    ],
)
def test_phones(text: str, meant: str | None) -> None:
    assert values.phone(text) == meant


@given(st.from_regex(_PLAIN_US, fullmatch=True))
def test_the_short_way_to_a_number_says_what_the_library_says(text: str) -> None:
    import phonenumbers

    parsed = phonenumbers.parse(text, "US")
    assert to_e164(text) == phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@pytest.mark.parametrize(
    ("text", "meant"),
    [(" Maria@Example.COM ", "maria@example.com"), ("none@none.com", None), ("maria@", None), ("a..b@x.com", None)],
)
def test_emails(text: str, meant: str | None) -> None:
    assert values.email(text) == meant


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 3, 31), 36, date(2029, 3, 31)),
    ],
)
def test_months_later(start: date, months: int, end: date) -> None:
    assert values.months_later(start, months) == end
