"""What the house agent says exists in every language it speaks, and says the same things there."""

import re
import string
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import agent
from agent.house import phrases
from agent.house.understanding import Language, spoken_language

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("America/Los_Angeles"))
SOURCES = [path for folder in ("house", "tools") for path in (Path(agent.__file__).parent / folder).rglob("*.py")]
BUILT = ("way_", "no_", "near_", "tool_", "status_", "hint_", "ask_", "machine", "why_")


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", phrases.TABLE)
def test_both_languages_fill_in_the_same_things(key: str) -> None:
    english, spanish = phrases.TABLE[key]
    assert english and spanish and blanks(english) == blanks(spanish)
    assert english.endswith("?") == spanish.endswith("?")
    assert "¿" in spanish or "?" not in spanish


def test_nothing_in_the_table_is_never_said() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES if path.name != "table.py")
    assert not [key for key in phrases.TABLE if f'"{key}"' not in code and not key.startswith(BUILT)]


def test_nobody_writes_a_sentence_of_their_own() -> None:
    spoken = re.compile(r'\bSay\(\s*f?"[^"]*[a-z]{3}')
    assert not [path.name for path in SOURCES if spoken.search(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (NOW.replace(hour=14), "hoy, viernes 20 a las 2 de la tarde"),
        (NOW.replace(day=21, hour=9, minute=30), "mañana, sábado 21 a las 9:30 de la mañana"),
        (NOW.replace(day=24, hour=13), "el martes 24 de noviembre a la 1 de la tarde"),
        (NOW.replace(day=27, hour=12), "el viernes 27 de noviembre a las 12 del mediodía"),
    ],
)
def test_a_moment_in_spanish(moment: datetime, said: str) -> None:
    assert phrases.say_moment(moment, NOW, Language.SPANISH) == said


def test_offers_of_one_day_name_it_once() -> None:
    offers = [NOW.replace(day=24, hour=hour) for hour in (8, 9, 11)]
    said = phrases.say_choices(offers, NOW, Language.SPANISH)
    assert said == "el martes 24 de noviembre a las 8, las 9 o las 11 de la mañana"


@pytest.mark.parametrize("key", ["ask_need", "ask_phone", "hint_help", "safety"])
def test_a_caller_would_know_the_language(key: str) -> None:
    assert spoken_language(phrases.TABLE[key][0]) is Language.ENGLISH
    assert spoken_language(phrases.TABLE[key][1]) is Language.SPANISH
