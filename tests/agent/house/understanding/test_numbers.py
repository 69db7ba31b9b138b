"""Spoken numbers and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.house.understanding.numbers import (
    number_words,
    ordinal_words,
    parse_number,
    read_ordinal,
    read_year,
    spoken_digits,
    year_words,
)


@given(st.integers(0, 999_999))
def test_numbers_survive_being_spoken(value: int) -> None:
    assert parse_number(number_words(value)) == value


@given(st.integers(1, 39))
def test_ordinals_survive_being_spoken(value: int) -> None:
    assert read_ordinal(ordinal_words(value).split(), 0) == (value, len(ordinal_words(value).split()))


@given(st.integers(1900, 2099))
def test_years_survive_being_spoken(year: int) -> None:
    found = read_year(year_words(year).split(), 0)
    assert found is not None and found[0] == year


@pytest.mark.parametrize(
    ("said", "digits"),
    [("seven oh four", "704"), ("double five one", "551"), ("triple two", "222"), ("twenty one oh nine", "2109")],
)
def test_digits_however_they_are_grouped(said: str, digits: str) -> None:
    assert spoken_digits(said.split(), 0)[0] == digits
