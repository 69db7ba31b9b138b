"""How the house agent says things: one table of phrases in each language, days and times as people say them."""

from __future__ import annotations

from agent.house.phrases.care import CARE
from agent.house.phrases.moments import (
    all_of,
    one_of,
    ordinal,
    say_choices,
    say_day,
    say_moment,
    say_time,
    weekday_name,
)
from agent.house.phrases.table import TABLE as SAID
from agent.house.phrases.text import plain, say_digits, sentence
from agent.house.phrases.work import department_label, price_words, work_name
from agent.house.understanding.languages import Language

TABLE = {**SAID, **CARE}

__all__ = [
    "TABLE",
    "all_of",
    "department_label",
    "one_of",
    "ordinal",
    "phrase",
    "plain",
    "price_words",
    "say_choices",
    "say_day",
    "say_digits",
    "say_moment",
    "say_time",
    "sentence",
    "weekday_name",
    "work_name",
]


def phrase(key: str, language: Language = Language.ENGLISH, **values: str) -> str:
    """A phrase of the table in a language, its names filled in."""
    return TABLE[key][language is Language.SPANISH].format(**values)
