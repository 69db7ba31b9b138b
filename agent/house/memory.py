"""What the house agent keeps in mind during one call: who, which car, what was asked, which tools are out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from agent.house import phrases
from agent.house.acts import Act, CallTool, Say
from agent.house.facts import HouseFacts
from agent.house.understanding import Asked, Language, SpokenName, Understood, VehicleMention

ToolAnswer = Mapping[str, object]


class Ask(StrEnum):
    """The question now open, so that a bare answer can be read as one."""

    HELP = "help"
    NEED = "need"
    NAME = "name"
    LAST_NAME = "last_name"
    PHONE = "phone"
    VEHICLE = "vehicle"
    YEAR = "year"
    VIN = "vin"
    VIN_OK = "vin_ok"
    TRANSPORT = "transport"
    OWN = "own"
    WHEN = "when"
    WHICH_SLOT = "which_slot"
    CONFIRM = "confirm"
    WHAT_TO_CHANGE = "what_to_change"
    WHICH_APPOINTMENT = "which_appointment"
    CANCEL_OK = "cancel_ok"
    FACT = "fact"
    MESSAGE = "message"
    CALLBACK_OK = "callback_ok"
    BOOK_IT = "book_it"
    MORE = "more"
    CODE = "code"
    DETAIL = "detail"
    DETAIL_OK = "detail_ok"
    INQUIRY = "inquiry"


# How the question changes what words can mean, told to the understanding.
READ_AS: dict[Ask, Asked] = {
    Ask.NEED: Asked.NEED,
    Ask.NAME: Asked.NAME,
    Ask.LAST_NAME: Asked.NAME,
    Ask.PHONE: Asked.PHONE,
    Ask.VEHICLE: Asked.VEHICLE,
    Ask.YEAR: Asked.VEHICLE,
    Ask.WHEN: Asked.TIME,
    Ask.WHICH_SLOT: Asked.TIME,
    Ask.VIN_OK: Asked.YES_OR_NO,
    Ask.CONFIRM: Asked.YES_OR_NO,
    Ask.CANCEL_OK: Asked.YES_OR_NO,
    Ask.CALLBACK_OK: Asked.YES_OR_NO,
    Ask.BOOK_IT: Asked.YES_OR_NO,
    Ask.MORE: Asked.YES_OR_NO,
    Ask.DETAIL_OK: Asked.YES_OR_NO,
}

# Questions with days and times in them: said anew by whoever asked, when the caller changes the language.
SAID_AGAIN = frozenset({Ask.WHICH_SLOT, Ask.CONFIRM, Ask.WHICH_APPOINTMENT, Ask.CANCEL_OK})


@dataclass(slots=True)
class Car:
    """The vehicle the caller is talking about, as far as they said."""

    year: int | None = None
    make: str | None = None
    model: str | None = None
    words: str = ""  # the caller's own, when they are all we have

    @property
    def label(self) -> str:
        """2018 Chevrolet Tahoe."""
        known = " ".join(str(part) for part in (self.year, self.make, self.model) if part)
        return known if self.model or not self.words else self.words

    def hear(self, said: VehicleMention) -> bool:
        """Adds what was said; another model is another car. True when something changed."""
        before = (self.year, self.make, self.model)
        other = bool(said.model and self.model and said.model.lower() != self.model.lower())
        if other or (said.make and self.make and said.make.lower() != self.make.lower()):
            self.year, self.make, self.model = said.year, said.make, said.model
        else:
            self.year, self.make, self.model = said.year or self.year, said.make or self.make, said.model or self.model
        return before != (self.year, self.make, self.model)


@dataclass(slots=True)
class Pending:
    """A tool whose answer is awaited, and what to do with it."""

    name: str
    then: Callable[[ToolAnswer], list[Act]]


@dataclass(slots=True)
class Memory:
    """Everything one conversation knows. Written by the talks, read by all of them."""

    facts: HouseFacts
    now: datetime
    first: str = ""
    last: str = ""
    name_open: bool = True
    phone: str | None = None
    car: Car = field(default_factory=Car)
    asking: Ask | None = None
    question: str = ""
    said: str = ""
    heard: list[str] = field(default_factory=list)
    pending: dict[str, Pending] = field(default_factory=dict)
    introduced: tuple[str, str | None] | None = None
    language: Language = Language.ENGLISH
    phone_part: str = ""  # the digits so far of a number said in pieces
    phone_to_say: bool = False  # a number just taken down is read back before anything else
    phone_just_said: bool = False
    vin: str = ""
    vin_ending: str = ""  # all of it that was keyed in
    unheard_question: bool = False
    news: bool = False  # this utterance told something about the caller or their car
    ended: bool = False
    _calls: int = 0
    _asked_with: tuple[str, dict[str, str]] = ("", {})

    def __post_init__(self) -> None:
        """Times are the store's own from here on."""
        self.now = self.now.astimezone(self.facts.zone)

    @property
    def name(self) -> str:
        """First and last as far as known."""
        return " ".join(part for part in (self.first, self.last) if part)

    @property
    def reachable(self) -> bool:
        """Whether a callback has a number to go to."""
        return bool(self.phone or self.facts.caller)

    def phrase(self, key: str, **values: str) -> str:
        """A phrase in the caller's language."""
        return phrases.phrase(key, self.language, **values)

    def say(self, key: str, protected: bool = False, **values: str) -> Say:
        """Words to speak, in the caller's language."""
        return Say(self.phrase(key, **values), protected)

    def ask(self, what: Ask, key: str, protected: bool = False, **values: str) -> Say:
        """One question, remembered as the open one."""
        question = self.phrase(key, **values)
        self.asking, self.question, self.unheard_question = what, question, False
        self._asked_with = (key, values)
        return Say(question, protected)

    def ask_in_words(self, what: Ask, question: str) -> Say:
        """A question in the store's own words, remembered as the open one."""
        self.asking, self.question, self.unheard_question = what, question, False
        self._asked_with = ("", {})
        return Say(question)

    def goodbye(self) -> Say:
        """The store's own last words where it wrote some, in the language it wrote them in."""
        own = self.facts.goodbye if self.language is Language.ENGLISH else ""
        return Say(own) if own else self.say("goodbye")

    def ask_phone(self, key: str) -> Say:
        """For a number to reach them at; for the rest of it, when they gave only some digits."""
        if self.phone_part:
            return self.ask(Ask.PHONE, "short_phone", digits=phrases.say_digits(self.phone_part))
        return self.ask(Ask.PHONE, key)

    def read_back(self) -> list[Act]:
        """The number just taken down, digit by digit, so that a wrong one is noticed."""
        self.phone_just_said = bool(self.phone_to_say and self.phone)
        if not self.phone_just_said or not self.phone:
            return []
        self.phone_to_say = False
        return [self.say("have_phone", True, digits=phrases.say_digits(self.phone.removeprefix("+1")))]

    def speak(self, language: Language) -> None:
        """From here on in this language, the open question included when nothing in it was said in the other one."""
        self.language = language
        key, values = self._asked_with
        if self.asking is not None and key and self.asking not in SAID_AGAIN:
            self.question = self.phrase(key, **values)

    def moment(self, moment: datetime) -> str:
        """A day and a time in the caller's language."""
        return phrases.say_moment(moment, self.now, self.language)

    def work(self, name: object) -> str:
        """What the menu calls a job, in the caller's language."""
        return phrases.work_name(phrases.plain(name, 80), self.language)

    def price(self, words: object) -> str:
        """The store's price wording; figures are never touched."""
        return phrases.price_words(phrases.plain(words, 160), self.language)

    def label(self, key: str) -> str:
        """What callers call a department."""
        return phrases.department_label(key, self.facts.label(key), self.language)

    def told(self, answer: ToolAnswer, otherwise: str, longest: int = 200) -> str:
        """What a tool would have us say, in the caller's language."""
        said = phrases.plain(text_of(answer, "say"), longest)
        if self.language is Language.ENGLISH or answer.get("language") == self.language.value:
            return said or self.phrase(otherwise)
        return self._told_otherwise(answer, otherwise)

    def _told_otherwise(self, answer: ToolAnswer, otherwise: str) -> str:
        """Tools speak English: what they answered is said from its facts."""
        due = _moment(text_of(answer, "due"))
        if answer.get("result") == "promised" and due is not None:
            when, owner = self.moment(due.astimezone(self.facts.zone)), phrases.plain(answer.get("owner"), 60)
            return (
                self.phrase("tool_promised", owner=owner, when=when)
                if owner
                else self.phrase("tool_promised_nobody", when=when)
            )
        key = f"tool_{text_of(answer, 'wish') or text_of(answer, 'reason')}"
        return self.phrase(key if key in phrases.TABLE else otherwise)

    @property
    def tool_language(self) -> str | None:
        """Named to tools that read whole sentences out; None for their own language."""
        return self.language.value if self.language is not Language.ENGLISH else None

    def tool(self, name: str, arguments: Mapping[str, object], then: Callable[[ToolAnswer], list[Act]]) -> CallTool:
        """A tool call whose answer `then` reads. Ids carry the session's start, so a resumed call never reuses one."""
        self._calls += 1
        call_id = f"house-{int(self.facts.now.timestamp() * 1000):x}-{self._calls}"
        self.pending[call_id] = Pending(name, then)
        return CallTool(call_id, name, {key: value for key, value in arguments.items() if value not in (None, "", [])})

    def hear_name(self, said: SpokenName) -> bool:
        """Takes a name the caller gave. A lone name answers the question that was open."""
        first, last = said.first or "", said.last or ""
        if self.asking is Ask.LAST_NAME and not (first and last):
            first, last = self.first, last or first
            if last.lower() == first.lower():
                return False
        elif self.first and not last and self.last and first.lower() == self.first.lower():
            return False
        before = (self.first, self.last)
        if first and last:
            self.first, self.last = first, last
        elif last and not first:
            self.last = last
        elif first:
            self.first = first
        return before != (self.first, self.last)

    def introduction(self) -> CallTool | None:
        """The look-up by name and number, when what the caller said about themselves has changed since the last one."""
        known = (self.name, self.phone)
        if not self.name or self.introduced == known:
            return None
        self.introduced = known
        return self.tool("find_customer", {"name": self.name, "phone": self.phone}, lambda _: [])


class Talk(ABC):
    """One thing the caller wants, from the first mention until it is settled."""

    quick = False

    def __init__(self, memory: Memory) -> None:
        self.m = memory
        self.done = False

    def absorb(self, u: Understood) -> bool:
        """Takes what an utterance says about this; True when it said something."""
        return False

    @abstractmethod
    def advance(self) -> list[Act]:
        """The next act: a tool, a question, or the answer (and then `done`)."""


def text_of(answer: ToolAnswer, key: str) -> str:
    """A string field of a tool's answer; anything else counts as absent."""
    value = answer.get(key)
    return value if isinstance(value, str) else ""


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def rows_of(answer: ToolAnswer, key: str) -> list[ToolAnswer]:
    """A list of objects in a tool's answer; anything else counts as empty."""
    value = answer.get(key)
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
