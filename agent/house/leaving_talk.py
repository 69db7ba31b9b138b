"""Ways out that are never dead ends: a person, a promised callback, a message, a wish to be left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.house import phrases
from agent.house.acts import Act, CallTool, Say
from agent.house.memory import Ask, Memory, Talk, ToolAnswer
from agent.house.understanding import Department, Intent, TransferTarget, Understood
from agent.not_reached import NotReached

_KEYS: dict[Department, tuple[str, ...]] = {
    Department.SERVICE: ("service",),
    Department.PARTS: ("parts",),
    Department.SALES: ("sales",),
    Department.FINANCE: ("finance", "cashier", "billing", "accounting", "sales"),
    Department.BODY_SHOP: ("body_shop", "body", "collision", "service"),
    Department.MANAGER: ("manager", "service_manager", "service"),
    Department.OPERATOR: ("operator", "reception", "bdc", "service"),
}


def key_for(memory: Memory, target: TransferTarget | None, default: str = "service") -> str:
    """The allow-listed key for whom the caller asked for; the default when nobody in particular."""
    for key in _KEYS.get(target.department, ()) if target and target.department else ():
        if memory.facts.has_department(key):
            return key
    if memory.facts.departments and not memory.facts.has_department(default):
        return memory.facts.departments[0][0]
    return default


@dataclass(frozen=True, slots=True)
class Filing:
    """The tool that keeps a wish when nobody picks up, and what it is told."""

    tool: str
    asked: Mapping[str, object]


def back_from(memory: Memory, tried: NotReached) -> list[Act]:
    """Nobody took the call: why, who calls back by when, and what else we can do."""
    why = f"why_{tried.why}"
    when = phrases.say_moment(tried.due.astimezone(memory.facts.zone), memory.now, memory.language)
    return [
        memory.say(
            "not_reached",
            protected=True,
            label=phrases.plain(tried.label, 60),
            why=memory.phrase(why if why in phrases.TABLE else "why_no_answer"),
        ),
        memory.say("owner_calls", protected=True, owner=phrases.plain(tried.owner, 60), when=when),
        memory.ask(Ask.MORE, "more"),
    ]


class PersonTalk(Talk):
    """Gets a person on the line; when nobody can pick up, promises a callback."""

    quick = True

    def __init__(self, memory: Memory, key: str, reason: str, first_words: str = "", filing: Filing | None = None):
        super().__init__(memory)
        self.key, self.reason, self.first_words, self.filing = key, reason, first_words, filing
        self.tried = False
        self.promised = False

    def advance(self) -> list[Act]:
        """Transfer; failing that, what they want is filed with a person; and the number for it when we have none."""
        if not self.tried:
            self.tried = True
            words: list[Act] = [self.m.say(self.first_words, protected=True)] if self.first_words else []
            return [*words, self._transfer()]
        if self.promised:
            self.done = True
            return []
        if not self.m.reachable:
            return [self.m.ask_phone("ask_callback_phone")]
        self.promised = True
        if self.filing is not None:
            return [self.m.tool(self.filing.tool, {**self.filing.asked, "phone": self.m.phone}, self._promise_made)]
        asked = {"reason": phrases.plain(self.reason, 300), "department": self.key, "phone": self.m.phone}
        return [self.m.tool("promise_callback", asked, self._promise_made)]

    def _transfer(self) -> CallTool:
        asked = {"department": self.key, "reason": phrases.plain(self.reason, 300)}
        return self.m.tool("transfer_call", asked, self._transferred)

    def _transferred(self, answer: ToolAnswer) -> list[Act]:
        if answer.get("result") == "transferring":
            self.done = self.m.ended = True
            return [self.m.say("connecting", protected=True, label=self.m.label(self.key))]
        return [Say(self.m.told(answer, "nobody_now"))]

    def _promise_made(self, answer: ToolAnswer) -> list[Act]:
        self.done = True
        return [Say(self.m.told(answer, "note_left"), protected=True)]


class SafetyTalk(PersonTalk):
    """Danger: what to do is said first, a person owes this caller a call from then on, and one is rung at once."""

    def __init__(self, memory: Memory, key: str, words: str) -> None:
        super().__init__(memory, key, f"URGENT: Safety: {words}", "safety")
        self.words = words

    def advance(self) -> list[Act]:
        """File it, then ring a person; the promise is made already when nobody picks up."""
        if self.tried:
            return super().advance()
        self.tried = True
        asked = {"words": phrases.plain(self.words, 600), "phone": self.m.phone}
        return [self.m.say("safety", protected=True), self.m.tool("safety_check", asked, self._filed)]

    def _filed(self, answer: ToolAnswer) -> list[Act]:
        self.promised = answer.get("result") == "promised"
        return [self._transfer()]


class MessageTalk(Talk):
    """Takes a message word for word and files it as a promised callback."""

    def __init__(self, memory: Memory, department: str, words: str = "", *, callback: bool = False) -> None:
        super().__init__(memory)
        self.department, self.words, self.callback = department, words, callback
        self.when = ""

    def absorb(self, u: Understood) -> bool:
        """The message itself is whatever the caller says when asked for it."""
        if self.m.asking is Ask.MESSAGE and not u.says(Intent.INJECTION):
            self.words = phrases.plain(u.said, 500)
            return True
        return False

    def advance(self) -> list[Act]:
        """What about, who, which number, then filed."""
        if not self.words:
            return [self.m.ask(Ask.MESSAGE, "ask_callback" if self.callback else "ask_message")]
        if not self.m.name and self.m.name_open:
            self.m.name_open = False
            return [self.m.ask(Ask.NAME, "ask_your_name")]
        if not self.m.reachable:
            return [self.m.ask_phone("ask_reach_phone")]
        introduction = self.m.introduction()
        if introduction:
            return [introduction]
        if self.callback:
            asked = {"reason": self.words, "department": self.department, "phone": self.m.phone}
            return [self.m.tool("promise_callback", asked, self._filed)]
        asked = {"text": self.words, "department": self.department, "phone": self.m.phone}
        return [self.m.tool("take_message", asked, self._filed)]

    def _filed(self, answer: ToolAnswer) -> list[Act]:
        self.done = True
        return [Say(self.m.told(answer, "passed_on"), protected=True)]


class WishTalk(Talk):
    """ "Stop calling me", "don't record this": honoured at once and filed for a person to see."""

    quick = True

    def __init__(self, memory: Memory, wish: str, words: str) -> None:
        super().__init__(memory)
        self.wish, self.words = wish, words

    def advance(self) -> list[Act]:
        """File it, then say so."""
        asked = {"wish": self.wish, "words": phrases.plain(self.words, 300)}
        return [self.m.tool("honor_wish", asked, self._noted)]

    def _noted(self, answer: ToolAnswer) -> list[Act]:
        self.done = True
        return [Say(self.m.told(answer, "wish_noted"), protected=True)]
