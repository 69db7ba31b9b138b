"""VINs read out or keyed in: what was misheard shows in the check digit."""

from __future__ import annotations

import pytest

from agent.house.understanding import find_vin, make_and_year, mended
from agent.house.understanding.vins import is_vin

VIN = "1HGCM82633A004352"


@pytest.mark.parametrize(
    "said",
    [
        VIN,
        "it's one H G C M eight two six three three A zero zero four three five two",
        "one hotel golf charlie mike eight two six three three alpha double zero four three five two",
        "1 H as in hotel G C M 8 2 6 3 3 A 0 0 4 3 5 2",
        "one h g c m eight two six three three a o o four three five two",
    ],
)
def test_a_vin_is_heard_however_it_is_read_out(said: str) -> None:
    found = find_vin(said)
    assert found is not None and found.complete and found.characters == VIN


@pytest.mark.parametrize("said", ["okay oh I see why are you calling", "my number is 503 555 0199 and I need 2 tires"])
def test_talk_is_not_a_vin(said: str) -> None:
    assert find_vin(said) is None


def test_a_part_counts_only_when_asked() -> None:
    assert find_vin("one h g c m") is None
    found = find_vin("one h g c m", asked=True)
    assert found is not None and found.characters == "1HGCM" and not found.complete


def test_one_letter_that_sounds_like_another_is_put_right_when_only_one_fits() -> None:
    wrong = {f"{VIN[:at]}{other}{VIN[at + 1 :]}" for at, other in ((2, "B"), (3, "Z"), (9, "K"))}
    for heard in wrong:
        found = mended(heard)
        assert is_vin(found.characters) == found.complete
        assert found.characters == VIN or not found.complete or found.mended


def test_no_guess_is_made_among_several() -> None:
    assert not mended("1HGCN82633A004352").complete


@pytest.mark.parametrize(
    ("vin", "make", "year"),
    [(VIN, "Honda", 2003), ("5YJ3E1EA7KF317000", "Tesla", 2019), ("ZZZCM82633A004352", None, 2003)],
)
def test_make_and_year_are_in_it(vin: str, make: str | None, year: int) -> None:
    assert make_and_year(vin, 2026) == (make, year)
