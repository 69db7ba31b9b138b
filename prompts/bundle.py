"""A prompt as the whole bundle it is: words for the model, and the sections a program obeys to the letter. Pure.

Four sections act by themselves, whoever answers. "Tools" turns tools off or words them anew, "Settings" chooses voice,
model and turn taking; neither is shown to a model. "Greeting" and "Goodbye" are what the built-in agent says, and of
"Always ask" it asks every line that is a question and leaves out what a line says not to ask for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from prompts.sections import Section, composed, sections_of

TOOLS = (
    "find_customer",
    "confirm_identity",
    "send_code",
    "confirm_code",
    "correct_contact",
    "list_cars",
    "store_facts",
    "service_menu",
    "offer_slots",
    "hold_slot",
    "book_appointment",
    "find_appointments",
    "move_appointment",
    "cancel_appointment",
    "join_wait_list",
    "request_recall",
    "repair_order_status",
    "parts_on_order",
    "advised_work",
    "answer_advised_work",
    "maintenance_due",
    "request_estimate",
    "parts_inquiry",
    "sales_inquiry",
    "request_test_drive",
    "trade_in",
    "safety_check",
    "log_complaint",
    "promise_callback",
    "take_message",
    "honor_wish",
    "transfer_call",
    "end_call",
)
"""The names of the agent's tools, in the order the model reads them."""
ACTING = ("Tools", "Settings", "Greeting", "Goodbye", "Always ask")
"""The titles of the sections that act."""
NEVER_OFF = frozenset({"safety_check", "honor_wish", "promise_callback", "end_call"})
"""What no store may take away: safety, a caller's wish to be left alone, a person who calls back, the way out."""
VOICES = ("alloy", "ash", "ballad", "cedar", "coral", "echo", "marin", "sage", "shimmer", "verse")
NOT_ASKED = {
    "car": re.compile(r"\b(?:car|vehicle|year|make|model)\b", re.IGNORECASE),
    "last_name": re.compile(r"\b(?:last|family) name\b", re.IGNORECASE),
    "ride": re.compile(r"\b(?:ride|transport\w*|wait|shuttle|drop)\b", re.IGNORECASE),
}
"""What a line "Do not ask for ..." can name, and the words it is named with."""
_LINE = re.compile(r"^\s*-\s+(?P<name>[a-z_]+):\s*(?P<value>.+?)\s*$")
_SETTING = re.compile(r"^\s*(?:-\s+)?(?P<name>[A-Z][A-Za-z ]+):\s*(?P<value>.+?)\s*$")
_MODEL = re.compile(r"gpt-[a-z0-9.-]{1,40}")
_LEAVE_OUT = re.compile(r"^\s*-?\s*(?:do not|don['’]t|never) ask (?:for|about)\b(?P<what>.*)$", re.IGNORECASE)
_LONGEST_WORDING = 600
_LONGEST_QUESTION = 160
MOST_QUESTIONS = 5


@dataclass(frozen=True, slots=True)
class Settings:
    """What a version sets; None leaves what the store's environment says."""

    voice: str | None = None
    speed: float | None = None
    model: str | None = None
    text_model: str | None = None
    pause_ms: int | None = None
    silence_seconds: float | None = None


@dataclass(frozen=True)
class Bundle:
    """Everything a version is. `words` is what a model is told, still with its slots."""

    words: str
    off: frozenset[str] = frozenset()
    wording: Mapping[str, str] = field(default_factory=dict)
    settings: Settings = Settings()


@dataclass(frozen=True, slots=True)
class Fault:
    """A line of an acting section that cannot be obeyed, by its line in the whole prompt."""

    line: int
    says: str


@lru_cache(maxsize=64)
def bundle_of(prompt: str) -> Bundle:
    """A prompt taken apart. Lines that cannot be read are left out here; `faults` says which, at saving."""
    off: set[str] = set()
    wording: dict[str, str] = {}
    chosen: dict[str, object] = {}
    parts = sections_of(prompt)
    for part in parts:
        if part.title == "Tools":
            for _, name, value in _tool_lines(part):
                if value.lower() == "off" and name in TOOLS and name not in NEVER_OFF:
                    off.add(name)
                elif value.lower() not in ("on", "off") and name in TOOLS:
                    wording[name] = value[:_LONGEST_WORDING]
        elif part.title == "Settings":
            for _, name, value in _setting_lines(part):
                if name in _SETTINGS and (read := _SETTINGS[name].read(value)) is not None:
                    chosen[_SETTINGS[name].field] = read
    if not any(part.title in ("Tools", "Settings") for part in parts):
        return Bundle(prompt)
    words = composed(tuple(part for part in parts if part.title not in ("Tools", "Settings")))
    return Bundle(words, frozenset(off), wording, Settings(**chosen))  # type: ignore[arg-type]


def faults(prompt: str) -> Iterator[Fault]:
    """Every line of the acting sections that would not do what it seems to."""
    for part in sections_of(prompt):
        bare = re.sub(r" \(\d+\)$", "", part.title)
        meant = next((each for each in ACTING if each.lower() == bare.lower().strip(": ")), None)
        if meant is not None and part.title != meant:
            yield Fault(part.line, f"A section “{meant}” acts only under just that title, and only once.")
        if part.title == "Tools":
            yield from _tool_faults(part)
        elif part.title == "Settings":
            yield from _setting_faults(part)
        elif part.title == "Always ask":
            questions = [line for line in part.text.splitlines() if line.rstrip().endswith("?")]
            if len(questions) > MOST_QUESTIONS:
                yield Fault(part.line, f"More than {MOST_QUESTIONS} questions of your own: callers hang up.")
            for number, line in enumerate(part.text.splitlines()):
                left_out = _LEAVE_OUT.match(line)
                if left_out and not any(words.search(left_out["what"]) for words in NOT_ASKED.values()):
                    yield Fault(part.line + number, "Only the car, the last name and the ride can be left unasked.")


def asks(section: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Of an "Always ask" section: the store's own questions, and what is not to be asked for."""
    questions: list[str] = []
    left_out: set[str] = set()
    for line in section.splitlines():
        bare = line.strip().removeprefix("- ").strip()
        found = _LEAVE_OUT.match(line)
        if found:
            left_out |= {name for name, words in NOT_ASKED.items() if words.search(found["what"])}
        elif bare.endswith("?"):
            questions.append(bare[:_LONGEST_QUESTION])
    return tuple(questions[:MOST_QUESTIONS]), frozenset(left_out)


# ---- lines ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Setting:
    field: str
    read: Callable[[str], object | None]
    allowed: str


def _number(low: float, high: float, unit: str, *, whole: bool = False) -> Callable[[str], object | None]:
    def read(value: str) -> object | None:
        found = re.fullmatch(rf"(\d+(?:\.\d+)?)\s*(?:{unit})?", value)
        if not found or not low <= float(found[1]) <= high:
            return None
        return round(float(found[1])) if whole else float(found[1])

    return read


def _model(value: str) -> str | None:
    return value if _MODEL.fullmatch(value) else None


_SETTINGS = {
    "Voice": _Setting("voice", lambda value: value if value in VOICES else None, ", ".join(VOICES)),
    "Speed": _Setting("speed", _number(0.5, 1.5, ""), "0.5 to 1.5"),
    "Model": _Setting("model", _model, "a model that speaks, such as gpt-realtime-2.1"),
    "Text model": _Setting("text_model", _model, "a model that writes, such as gpt-5.4-mini"),
    "Pause before answering": _Setting("pause_ms", _number(200, 2000, "ms", whole=True), "200 to 2000 ms"),
    "Silence before asking again": _Setting("silence_seconds", _number(4, 60, "s"), "4 to 60 s"),
}


def _tool_lines(part: Section) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(part.text.splitlines()):
        found = _LINE.match(line)
        if found:
            yield part.line + number, found["name"], found["value"]


def _setting_lines(part: Section) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(part.text.splitlines()):
        found = _SETTING.match(line)
        if found:
            yield part.line + number, found["name"], found["value"]


def _tool_faults(part: Section) -> Iterator[Fault]:
    for number, line in enumerate(part.text.splitlines()):
        at, found = part.line + number, _LINE.match(line)
        if not line.strip():
            continue
        if not found:
            yield Fault(at, "A line here is “- name of a tool: off”, or its new wording instead of “off”.")
        elif found["name"] not in TOOLS:
            yield Fault(at, f"There is no tool “{found['name']}”.")
        elif found["value"].lower() == "off" and found["name"] in NEVER_OFF:
            yield Fault(at, f"{found['name']} cannot be turned off: callers rely on it.")
        elif "{{" in found["value"] or len(found["value"]) > _LONGEST_WORDING:
            yield Fault(at, f"A tool's wording is plain text of at most {_LONGEST_WORDING} characters, without slots.")


def _setting_faults(part: Section) -> Iterator[Fault]:
    for number, line in enumerate(part.text.splitlines()):
        at, found = part.line + number, _SETTING.match(line)
        if not line.strip():
            continue
        if not found or found["name"] not in _SETTINGS:
            yield Fault(at, f"A line here sets one of: {', '.join(_SETTINGS)}.")
        elif _SETTINGS[found["name"]].read(found["value"]) is None:
            yield Fault(at, f"{found['name']} can be {_SETTINGS[found['name']].allowed}.")
