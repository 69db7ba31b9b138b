"""Test conversations: who calls, what they say, and what has to hold in the end; as forms and as files. Pure."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from prompts.bundle import TOOLS

KINDS: dict[str, str] = {
    "booked": "A visit is booked (with the op code given, or any)",
    "not_booked": "No visit is booked",
    "moved": "Their visit was moved",
    "cancelled": "Their visit was cancelled",
    "kept": "Their visit is left as it was",
    "promised": "Somebody owes them a call (in the department given, or any)",
    "person": "They were put through, or promised a call",
    "opted_out": "They are never texted or called automatically again",
    "not_opted_out": "They may still be called",
    "used": "The tool given was used",
    "not_used": "The tool given was not used",
    "said": "The agent said one of the words given (a|b|c)",
    "never_said": "The agent said none of the words given (a|b|c)",
    "noted": "The booked visit's note has one of the words given (a|b|c)",
    "car": "The booked visit names the car given",
    "new_customer": "A record was made for them",
    "ended": "The agent ended the conversation",
}
"""The must-pass checks a scenario can ask for: code over the end state, the tools and the words, in this order."""
NEEDS_VALUE = frozenset({"used", "not_used", "said", "never_said", "noted", "car"})
TOPICS = (
    "need",
    "name",
    "last_name",
    "phone",
    "vehicle",
    "vin",
    "zip",
    "mileage",
    "when",
    "choice",
    "transport",
    "yes",
    "message",
    "book_it",
    "own",
    "anything_else",
)
"""What a simulated caller can be asked for, and so can be told the answer of."""
_KEY = re.compile(r"[a-z0-9][a-z0-9_]{1,59}")
_PHONE = re.compile(r"\+\d{8,15}|withheld")
MOST_LINES, LONGEST_LINE = 40, 500
_FIELDS = {"key", "name", "persona", "goal", "caller", "openings", "knows", "then", "lines", "must", "judged", "tags"}
_FIELDS |= {"when", "agents"}


class NotAScenario(Exception):
    """What was written is no scenario; the message says why, in words for who wrote it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One must-pass check by its kind, with what it is about."""

    kind: str
    value: str = ""

    @property
    def name(self) -> str:
        """Stored with results, and the same for the same check always."""
        return f"{self.kind}: {self.value}" if self.value else self.kind


@dataclass(frozen=True, slots=True)
class Judged:
    """An opinion: a sentence a judge says yes or no to. Without a judge, one of these words shows it (a|b|c)."""

    says: str
    words: str = ""


@dataclass(frozen=True)
class Scenario:
    """With `lines` a caller says just these, in order; else they open, and answer from what they know: "a | b" is a
    first answer and another when asked again.

    Several openings are taken in turn, run after run. `when` is open or closed.
    """

    key: str
    name: str
    persona: str
    goal: str
    caller: str = "+15035550199"
    openings: tuple[str, ...] = ()
    knows: Mapping[str, str] = field(default_factory=dict)
    then: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    must: tuple[Check, ...] = ()
    judged: tuple[Judged, ...] = ()
    tags: tuple[str, ...] = ()
    when: str = "open"
    agents: tuple[str, ...] = ()

    def for_agent(self, agent: str) -> bool:
        return not self.agents or agent in self.agents


@cache
def shipped() -> tuple[Scenario, ...]:
    """The scenarios every store begins with."""
    folder = resources.files("prompts").joinpath("scenarios_shipped")
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name)
    return tuple(one for file in files for one in from_file(file.read_text(encoding="utf-8")))


def from_file(text: str) -> tuple[Scenario, ...]:
    """The scenarios of a file; a field nobody knows is an error, not a silence."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NotAScenario(f"not a TOML file: {error}") from error
    rows = given.get("scenario")
    if not isinstance(rows, list) or set(given) != {"scenario"}:
        raise NotAScenario("a file has one [[scenario]] for each")
    found = tuple(from_dict(row) for row in rows if isinstance(row, dict))
    twice = {each.key for each in found if sum(other.key == each.key for other in found) > 1}
    if twice:
        raise NotAScenario(f"the same key twice: {', '.join(sorted(twice))}")
    return found


def to_file(scenarios: Iterable[Scenario]) -> str:
    """The same scenarios as a file to check in; reading it gives them back."""
    return "\n".join(_written(each) for each in scenarios)


def from_dict(given: Mapping[str, Any]) -> Scenario:
    """A scenario from plain data, checked; raises NotAScenario."""
    unknown = set(given) - _FIELDS
    if unknown:
        raise NotAScenario(f"unknown field: {', '.join(sorted(map(str, unknown)))}")
    try:
        made = Scenario(
            key=str(given["key"]),
            name=str(given["name"])[:120],
            persona=str(given.get("persona", ""))[:300],
            goal=str(given.get("goal", ""))[:300],
            caller=str(given.get("caller", "+15035550199")),
            openings=_texts(given.get("openings", ())),
            knows={str(topic): str(said)[:LONGEST_LINE] for topic, said in dict(given.get("knows", {})).items()},
            then=_texts(given.get("then", ())),
            lines=_texts(given.get("lines", ())),
            must=tuple(_check(each) for each in given.get("must", ())),
            judged=tuple(_judged(each) for each in given.get("judged", ())),
            tags=_texts(given.get("tags", ())),
            when=str(given.get("when") or "open"),
            agents=_texts(given.get("agents", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise NotAScenario(f"a field is missing or of the wrong kind: {error}") from error
    problem = _problem(made)
    if problem:
        raise NotAScenario(f"{made.key}: {problem}")
    return made


def to_dict(scenario: Scenario) -> dict[str, Any]:
    """Plain data, to be stored or written; `from_dict` gives it back."""
    made: dict[str, Any] = {
        "key": scenario.key,
        "name": scenario.name,
        "persona": scenario.persona,
        "goal": scenario.goal,
        "caller": scenario.caller,
        "openings": list(scenario.openings),
        "lines": list(scenario.lines),
        "then": list(scenario.then),
        "tags": list(scenario.tags),
        "when": scenario.when,
        "agents": list(scenario.agents),
        "must": [f"{each.kind}: {each.value}" if each.value else each.kind for each in scenario.must],
        "judged": [f"{each.says} [{each.words}]" if each.words else each.says for each in scenario.judged],
        "knows": dict(scenario.knows),
    }
    return {name: value for name, value in made.items() if value not in ("", [], {})}


def key_of(name: str, taken: Iterable[str]) -> str:
    """A key from a name that nobody has yet."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:50] or "scenario"
    plain = plain if _KEY.fullmatch(plain) else f"s_{plain}"
    there = set(taken)
    return next(
        made for number in range(1, 1_000) if (made := plain if number == 1 else f"{plain}_{number}") not in there
    )


def check_from(text: str) -> Check:
    """ "used: offer_slots" as a check; raises NotAScenario."""
    kind, _, value = text.partition(":")
    made = Check(kind.strip(), value.strip()[:200])
    if made.kind not in KINDS:
        raise NotAScenario(f"there is no check “{made.kind}”; there are {', '.join(KINDS)}")
    if made.kind in NEEDS_VALUE and not made.value:
        raise NotAScenario(f"the check “{made.kind}” needs to say of what: “{made.kind}: ...”")
    if made.kind in ("used", "not_used") and made.value not in TOOLS:
        raise NotAScenario(f"there is no tool “{made.value}”")
    return made


def judged_from(text: str) -> Judged:
    """ "Says it cannot promise a price [advisor|cannot quote]": the sentence, and words that show it."""
    found = re.fullmatch(r"(?P<says>[^\[\]]{3,200}?)\s*(?:\[(?P<words>[^\[\]]{1,200})\])?", text.strip())
    if not found:
        raise NotAScenario(f"a judged check is a sentence, then words in [brackets] if any: “{text[:60]}”")
    return Judged(found["says"], found["words"] or "")


def _check(given: object) -> Check:
    return check_from(str(given))


def _judged(given: object) -> Judged:
    return judged_from(str(given))


def _texts(given: object) -> tuple[str, ...]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise NotAScenario("a list of lines is needed")
    return tuple(str(each).strip()[:LONGEST_LINE] for each in given if str(each).strip())[:MOST_LINES]


def _problem(made: Scenario) -> str:
    """The first thing wrong with it, "" when all is well."""
    if not _KEY.fullmatch(made.key):
        return "a key is small letters, digits and underscores"
    if not made.name.strip():
        return "it needs a name"
    if not _PHONE.fullmatch(made.caller):
        return "the caller's number is +15035550199 or withheld"
    if not made.openings and not made.lines:
        return "the caller needs something to say: openings, or lines"
    unknown = set(made.knows) - set(TOPICS)
    if unknown:
        return f"nobody is asked for {', '.join(sorted(unknown))}; there are {', '.join(TOPICS)}"
    if made.when not in ("open", "closed"):
        return "when is open or closed"
    if not made.must and not made.judged:
        return "nothing is checked in it"
    return ""


def _written(scenario: Scenario) -> str:
    """TOML's strings are JSON's, but for what JSON leaves bare."""
    told = to_dict(scenario)
    knows = told.pop("knows", {})
    lines = ["[[scenario]]", *(f"{name} = {_toml(value)}" for name, value in told.items())]
    if knows:
        lines += ["[scenario.knows]", *(f"{topic} = {_toml(said)}" for topic, said in knows.items())]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
