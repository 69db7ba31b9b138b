"""Finding a customer from misheard speech without opening another's record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from agent.house.understanding import (
    Candidate,
    NameEvidence,
    Verdict,
    birth_date_candidates,
    decide,
    rank_names,
)

TODAY = date(2026, 3, 4)
PEOPLE = (
    Candidate("1", "Marjorie", "Keane", date(1961, 5, 9)),
    Candidate("2", "Marjory", "Kane", date(1974, 11, 2)),
    Candidate("3", "Geoffrey", "Hollis", date(1988, 8, 23)),
    Candidate("4", "Lena", "Ostrow", date(1990, 1, 30)),
)

DATES = [
    (["9th of May 1960 1", "9th of May 1961"], date(1961, 5, 9), True),
    (["May 9th 1961"], date(1961, 5, 9), False),
    (["0905 1961"], date(1961, 5, 9), True),
    (["0509 1961"], date(1961, 5, 9), False),
    (["23rd of the 8th 1988"], date(1988, 8, 23), True),
    (["January thirtieth nineteen ninety"], date(1990, 1, 30), False),
    (["2nd November 1970 for"], date(1974, 11, 2), True),
]


@pytest.mark.parametrize(("heard", "expected", "day_first"), DATES)
def test_a_birth_date_survives_the_recogniser(heard: list[str], expected: date, day_first: bool) -> None:
    assert birth_date_candidates(heard, today=TODAY, day_first=day_first)[0].day == expected


@pytest.mark.parametrize("heard", [[], ["how far is it"], ["31st of February 1980"]])
def test_no_date_is_better_than_a_wrong_one(heard: list[str]) -> None:
    assert birth_date_candidates(heard, today=TODAY) == []


def test_a_misheard_name_with_its_birth_date_is_a_match() -> None:
    evidence = NameEvidence().hear_name("Jeffrey Hollace").hear_birth_date("August 23rd 1988")
    decision = decide(rank_names(evidence, PEOPLE), evidence)
    assert decision.verdict is Verdict.MATCH
    assert decision.best is not None and decision.best.candidate.key == "3"


def test_a_name_alone_asks_for_more() -> None:
    evidence = NameEvidence().hear_name("Lena Ostrow")
    decision = decide(rank_names(evidence, PEOPLE), evidence)
    assert decision.verdict is Verdict.ASK_AGAIN and decision.ask_for == "birth_date"


def test_a_name_is_enough_among_the_people_of_one_telephone() -> None:
    evidence = NameEvidence().hear_name("Lena Ostrow")
    decision = decide(rank_names(evidence, PEOPLE), evidence, name_is_enough=True)
    assert decision.verdict is Verdict.MATCH


def test_two_who_sound_alike_are_told_apart_by_birth_date_or_not_at_all() -> None:
    evidence = NameEvidence().hear_name("Marjorie Cane")
    assert decide(rank_names(evidence, PEOPLE), evidence, name_is_enough=True).verdict is Verdict.ASK_AGAIN
    dated = evidence.hear_birth_date("November 2nd 1974")
    decision = decide(rank_names(dated, PEOPLE), dated)
    assert decision.best is not None and decision.best.candidate.key == "2"


@pytest.mark.parametrize("person", PEOPLE)
def test_a_strangers_record_never_opens_on_a_shared_birth_date(person: Candidate) -> None:
    evidence = NameEvidence().hear_name("Tobias Wren").hear_birth_date("April 1st 1970")
    sharing = [replace(person, birth_date=date(1970, 4, 1))]
    assert decide(rank_names(evidence, sharing), evidence).verdict is not Verdict.MATCH


def test_a_spelled_name_counts_letters_that_sound_alike() -> None:
    evidence = (
        NameEvidence()
        .hear_name("Lina")
        .hear_name("o s t r o w", ["o f t r o w"], spelled=True)
        .hear_birth_date("January 30th 1990")
    )
    decision = decide(rank_names(evidence, PEOPLE), evidence)
    assert decision.best is not None and decision.best.candidate.key == "4"
