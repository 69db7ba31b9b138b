"""How an open question is asked again another way, and how it is recognised in a transcript. Pure data."""

from __future__ import annotations

from agent.house import phrases
from agent.house.memory import Ask
from agent.house.understanding import Language

HINTS: dict[Ask, str] = {
    Ask.HELP: "hint_help",
    Ask.NEED: "hint_need",
    Ask.NAME: "hint_name",
    Ask.PHONE: "hint_phone",
    Ask.VEHICLE: "hint_vehicle",
    Ask.VIN: "hint_vin",
    Ask.WHEN: "hint_when",
    Ask.TRANSPORT: "hint_transport",
    Ask.CONFIRM: "hint_confirm",
    Ask.CANCEL_OK: "hint_cancel",
}


# What was asked, from the words it was asked with; only used when another session takes a conversation on.
_RECOGNISED: tuple[tuple[str, Ask], ...] = (
    ("ask_last_name", Ask.LAST_NAME),
    ("ask_name", Ask.NAME),
    ("ask_first_name", Ask.NAME),
    ("ask_phone", Ask.PHONE),
    ("ask_vehicle", Ask.VEHICLE),
    ("ask_when", Ask.WHEN),
    ("ask_other_day", Ask.WHEN),
    ("ask_transport", Ask.TRANSPORT),
    ("ask_need", Ask.NEED),
    ("more", Ask.MORE),
)
ASKED_WITH = tuple(
    (phrases.phrase(key, language, first="").split(". ")[-1].strip().lower(), ask)
    for language in Language
    for key, ask in _RECOGNISED
)
