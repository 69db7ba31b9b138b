"""Cars, names, telephone numbers and needs in a caller's words."""

from __future__ import annotations

import pytest

from agent.house.understanding import (
    MenuItem,
    Need,
    correct_phone,
    find_mileage,
    find_names,
    find_needs,
    find_phones,
    find_vehicles,
    match_op_codes,
    spelled_letters,
)

CARS = [
    ("it's a twenty fourteen chevy malibu", (2014, "Chevrolet", "Malibu")),
    ("my '17 Tahoe", (2017, "Chevrolet", "Tahoe")),
    ("toyota rav four", (None, "Toyota", "RAV4")),
    ("two thousand six honda c r v", (2006, "Honda", "CR-V")),
    ("a ford f one fifty", (None, "Ford", "F-150")),
    ("mercedes c class from 2011", (2011, "Mercedes-Benz", "C-Class")),
    ("hyundai eye thirty", (None, "Hyundai", "i30")),
    ("vw passatt", (None, "Volkswagen", "Passat")),
    ("2010 nissan pathfindr", (2010, "Nissan", "Pathfinder")),
    ("an oh nine subaru forrester", (2009, "Subaru", "Forester")),
    ("the beamer", (None, "BMW", None)),
    ("2013 pilot", (2013, "Honda", "Pilot")),
    ("mazda cx-8", (None, "Mazda", "cx-8")),
    ("toyoda highlander 2021", (2021, "Toyota", "Highlander")),
    ("the truck is a 1998 model", (1998, None, None)),
]


@pytest.mark.parametrize(("said", "expected"), CARS)
def test_a_car_is_known_by_what_people_call_it(said: str, expected: tuple[int | None, str | None, str | None]) -> None:
    found = find_vehicles(said)
    assert found and (found[0].year, found[0].make, found[0].model) == expected


@pytest.mark.parametrize(
    "said", ["that was smart", "is that accurate", "let me focus on that", "1450 Lincoln Avenue", "I ram into a curb"]
)
def test_everyday_words_are_not_cars(said: str) -> None:
    assert not [car for car in find_vehicles(said) if car.make]


@pytest.mark.parametrize(
    ("said", "miles"),
    [
        ("it has seventy six thousand miles on it", 76_000),
        ("about 112,400 miles", 112_400),
        ("odometer says 43210", 43_210),
        ("I'm due for the 30,000 mile service", None),
        ("you're 12 miles away", None),
        ("my number is 704 555 0122", None),
    ],
)
def test_mileage_is_not_an_interval_or_a_distance(said: str, miles: int | None) -> None:
    assert find_mileage(said) == miles


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("seven oh four five five five oh one two two", "7045550122"),
        ("(704) 555-0122", "7045550122"),
        ("area code seven zero four, triple five, oh one double two", "7045550122"),
        ("1-704-555-0122 is my cell", "7045550122"),
        ("704-555-0122, no sorry, 0133", "7045550133"),
        ("seven oh four five fifty five oh one twenty two", "7045550122"),
    ],
)
def test_a_number_is_heard_however_it_is_read_out(said: str, digits: str) -> None:
    found = find_phones(said)
    assert found and found[0].digits == digits and found[0].e164 == f"+1{digits}"


@pytest.mark.parametrize("said", ["it has 76,000 miles", "a 2015 model with 112,400 miles", "they quoted $1,499.99"])
def test_other_figures_are_not_telephone_numbers(said: str) -> None:
    assert not find_phones(said)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("no, the last four are 0199", "7045550199"),
        ("area code is 980", "9805550122"),
        ("it ends in seven seven", "7045550177"),
        ("yes that's right", None),
    ],
)
def test_a_partial_correction_changes_only_its_part(said: str, expected: str | None) -> None:
    assert correct_phone("7045550122", said) == expected


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("hi this is Marisol Vega", "Marisol Vega"),
        ("my name is terrence okafor and I need new tires", "Terrence Okafor"),
        ("first name Joy last name Abara", "Joy Abara"),
        ("my name's O'Dell, that's O apostrophe D E L L", "O'Dell"),
        ("it's Priya Raman calling about my car", "Priya Raman"),
    ],
)
def test_callers_give_their_names_in_many_ways(said: str, name: str) -> None:
    found = find_names(said)
    assert found and found[0].full == name


@pytest.mark.parametrize("said", ["it's leaking oil", "this is ridiculous", "I'm calling about it", "I'm stranded"])
def test_how_the_caller_is_does_not_name_them(said: str) -> None:
    assert not find_names(said)


def test_a_bare_answer_is_a_name_only_when_asked() -> None:
    assert not find_names("Dana Ortiz")
    assert find_names("yeah, Dana Ortiz", asked=True)[0].full == "Dana Ortiz"


def test_a_spelling_corrects_the_name_before_it() -> None:
    assert find_names("my name is Jon Smith, s m y t h")[0].full == "Jon Smyth"


@pytest.mark.parametrize(
    ("said", "letters"),
    [
        ("b as in boy, o, y, d", "boyd"),
        ("d e double l", "dell"),
        ("K-I-N-G", "king"),
        ("sierra hotel alpha november echo", "shane"),
        ("o apostrophe b r i e n", "o'brien"),
    ],
)
def test_letters_read_out_become_a_word(said: str, letters: str) -> None:
    assert spelled_letters(said) == (letters,)


NEEDS = [
    ("I need an oil change and my brakes squeal", {Need.OIL_CHANGE, Need.BRAKES}),
    ("the car pulls to the left", {Need.ALIGNMENT}),
    ("it won't start, I think it's the batery", {Need.NO_START, Need.BATTERY}),
    ("the a c is blowing warm air", {Need.AIR_CONDITIONING}),
    ("there's a nail in my tyre", {Need.TIRES}),
    ("I got a letter about a recall", {Need.RECALL}),
    ("transmision slips going into second", {Need.TRANSMISSION}),
    ("my check engine light came on", {Need.CHECK_ENGINE}),
    ("it keeps stalling at stop lights", {Need.STALLS}),
    ("one headlight is burnt out", {Need.LIGHTS}),
    ("I lost my key fob", {Need.KEYS}),
    ("it needs its yearly inspection", {Need.STATE_INSPECTION}),
]


@pytest.mark.parametrize(("said", "needs"), NEEDS)
def test_needs_are_named_in_the_stores_words(said: str, needs: set[Need]) -> None:
    assert needs <= {mention.need for mention in find_needs(said)}


@pytest.mark.parametrize(
    "said", ["that sounds right", "sounds like a plan", "is the service department open", "no problem"]
)
def test_small_talk_is_not_a_need(said: str) -> None:
    assert find_needs(said) == []


def test_a_need_waved_off_is_not_wanted() -> None:
    assert Need.OIL_CHANGE not in {mention.need for mention in find_needs("I don't need an oil change")}


def test_a_complaint_without_a_name_keeps_the_callers_words() -> None:
    (mention,) = find_needs("something is acting up in the back seat")
    assert mention.need is Need.OTHER and "acting up" in mention.text


MENU = (
    MenuItem("LOF", "Oil and filter change", ("oil change", "lube"), Need.OIL_CHANGE),
    MenuItem("ROT", "Tire rotation", ("rotate tires",), Need.TIRE_ROTATION),
    MenuItem("30K", "30,000 mile service", (), Need.MAINTENANCE),
    MenuItem("60K", "60,000 mile service", (), Need.MAINTENANCE),
    MenuItem("BRK", "Brake inspection", ("brake pads",), Need.BRAKES),
)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("just an oil change", "LOF"),
        ("rotate the tires please", "ROT"),
        ("it's due for the sixty thousand mile service", "60K"),
        ("my 30k service", "30K"),
        ("the brakes grind", "BRK"),
    ],
)
def test_words_find_their_line_on_the_menu(said: str, code: str) -> None:
    found = match_op_codes(said, MENU)
    assert found and found[0].item.code == code
