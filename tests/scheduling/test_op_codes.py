"""From what customers say to lines of the store's menu."""

import pytest

from kit.db import Database
from scheduling import setup
from scheduling.op_codes import by_codes, matches, menu, price_words
from scheduling.refusals import UnknownOpCode
from scheduling.shop import Job, SafetyClass
from tests.scheduling.a_store import BRAKES, OIL, a_store

MENU = (
    Job("LOF", "oil_change", "synthetic oil and filter change", 30),
    Job("LOFC", "oil_change", "conventional oil and filter change", 30),
    Job("ROT", "tire_rotation", "tire rotation", 30),
    Job("TIRE", "tires", "tire replacement or repair", 60),
    Job("BRKF", "brakes", "front brake pads and rotors", 120),
    Job("BRKR", "brakes", "rear brake pads and rotors", 120),
    Job("ALIGN", "alignment", "four wheel alignment", 60),
    Job("BATT", "battery", "battery test and replacement", 30),
    Job("DIAG", "diagnostic", "diagnosis of a warning light or noise", 60),
    Job("REC", "recall", "recall or campaign work", 60),
    Job("AC", "air_conditioning", "air conditioning service", 60),
    Job("SMOG", "state_inspection", "emissions inspection", 30),
    Job("30K", "maintenance", "30,000 mile service", 150, ("thirty thousand mile", "30k")),
)


@pytest.mark.parametrize(
    ("words", "best"),
    [
        ("I need an oil change", {"LOF", "LOFC"}),
        ("just a conventional oil change please", {"LOFC"}),
        ("could you do the synthetic oil", {"LOF"}),
        ("it's leaking oil on my driveway", {"DIAG"}),
        ("my brakes are squealing", {"BRKF", "BRKR"}),
        ("I think I need new brake pads in the rear", {"BRKR"}),
        ("My breaks are grinding", {"BRKF", "BRKR"}),
        ("rotate my tires", {"ROT"}),
        ("I've got a nail in my tire", {"TIRE"}),
        ("the tire pressure light is on", {"TIRE"}),
        ("it pulls to the left", {"ALIGN"}),
        ("my battery is dead", {"BATT"}),
        ("check engine light came on", {"DIAG"}),
        ("there's a weird rattle when I accelerate", {"DIAG"}),
        ("it keeps stalling at lights", {"DIAG"}),
        ("car won't start", {"DIAG"}),
        ("the AC is blowing hot air", {"AC"}),
        ("I got a recall letter", {"REC"}),
        ("I need a smog check", {"SMOG"}),
        ("it's due for the thirty thousand mile service", {"30K"}),
        ("put me down for a 30k", {"30K"}),
        ("it needs LOF", {"LOF"}),
    ],
)
def test_words_find_the_line_a_customer_means(words: str, best: set[str]) -> None:
    found = matches(words, MENU)
    assert found, "nothing found"
    assert {match.job.code for match in found if match.score == found[0].score} == best


def test_several_needs_in_one_breath_are_all_found() -> None:
    found = {match.job.code for match in matches("oil change, tires rotated, and my brakes checked", MENU)}
    assert {"LOF", "ROT", "BRKF"} <= found and not found & {"BATT", "REC", "AC"}


def test_every_match_says_which_words_made_it() -> None:
    assert all(match.why for match in matches("oil change and a funny noise", MENU))


@pytest.mark.parametrize("words", ["", "hello", "I would like to speak to somebody", "Thursday at nine", "!!!"])
def test_words_about_something_else_find_nothing(words: str) -> None:
    assert matches(words, MENU) == []


def test_the_stores_own_keyword_beats_common_words() -> None:
    own = (*MENU, Job("SEA", "maintenance", "seasonal package", 60, ("winter oil service",)))
    assert matches("the winter oil service", own)[0].job.code == "SEA"


def test_without_a_diagnosis_line_an_unknown_complaint_finds_nothing() -> None:
    assert matches("it makes a noise", [job for job in MENU if job.family != "diagnostic"]) == []


def test_codes_are_found_however_they_are_written_and_each_once() -> None:
    lof, brkf = MENU[0], MENU[4]
    assert by_codes([" lof", "BRKF", "LOF "], MENU) == (lof, brkf)
    assert by_codes(["LOF", "nope"], MENU) == UnknownOpCode(("nope",))
    assert by_codes([], MENU) == UnknownOpCode(())


def test_a_price_is_the_rows_own_wording_or_no_number_at_all() -> None:
    assert price_words(BRAKES) == "from $249 per axle"
    assert not any(letter.isdigit() for letter in price_words(OIL))


async def test_the_menu_is_the_stores_own_and_without_what_was_retired(database: Database) -> None:
    store = await a_store(database, menu=())
    other = await a_store(database)
    job = Job(
        "EV",
        "battery",
        "high voltage battery check",
        45,
        ("ev battery",),
        "ev",
        "ev_lift",
        None,
        SafetyClass.DO_NOT_DRIVE,
        True,
    )
    async with database.writing(store.rooftop_id) as db:
        await setup.add_op_code(db, job)
        assert await menu(db) == [job]
        (row,) = await db.scalars(setup.select(setup.OpCodeRow))
        row.active = False
        assert await menu(db) == [] and await menu(db, include_retired=True) == [job]
    async with database.reading(other.rooftop_id) as db:
        assert "EV" not in {each.code for each in await menu(db)}
