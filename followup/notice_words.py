"""The words of automatic texts, from `notice_words.toml`; pure.

What offers something is marketing, and its words are among the offers.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

Words = Mapping[str, tuple[str, str]]


def _read(section: str) -> Words:
    return {kind: (words["en"], words["es"]) for kind, words in _FILE[section].items()}


_FILE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
NOTICES, OFFERS = _read("notices"), _read("offers")
_OPT_OUT = (" Reply STOP to opt out.", " Responda STOP para no recibir más.")


def compose(kind: str, language: str, store: str, facts: Mapping[str, str], *, first: bool) -> str:
    """The text. The first of a month says how to opt out; an offer always does."""
    spanish = int(language == "es")
    words = {**NOTICES, **OFFERS}[kind][spanish].format(**facts)
    return f"{store}: {words}{_OPT_OUT[spanish] if first or kind in OFFERS else ''}"
