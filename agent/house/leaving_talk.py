"""Ways out that are never dead ends: a person, a promised callback, a message, a wish to be left alone."""

from __future__ import annotations

from agent.house import phrases
from agent.house.acts import Act, Say
from agent.house.memory import Ask, Memory, Talk, ToolAnswer, text_of
from agent.house.understanding import Department, Intent, TransferTarget, Understood

SAFETY_WORDS = (
    "If you're driving, please pull over somewhere safe and don't drive it any further. "
    "If anyone is in danger, call 911. I'm getting a person for you now."
)
_KEYS: dict[Department, tuple[str, ...]] = {
    Department.SERVICE: ("service",),
    Department.PARTS: ("parts",),
    Department.SALES: ("sales",),
    Department.FINANCE: ("finance", "sales"),
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


class PersonTalk(Talk):
    """Gets a person on the line; when nobody can pick up, promises a callback."""

    quick = True

    def __init__(self, memory: Memory, key: str, reason: str, first_words: str = "", *, urgent: bool = False) -> None:
        super().__init__(memory)
        self.key, self.reason, self.first_words, self.urgent = key, reason, first_words, urgent
        self.tried = False
        self.promised = False

    def advance(self) -> list[Act]:
        """Transfer; failing that, a promise; and the number for it when we have none."""
        if not self.tried:
            self.tried = True
            words = [Say(self.first_words, protected=True)] if self.first_words else []
            return [*words, self.m.tool("transfer_call", {"department": self.key}, self._transferred)]
        if self.promised:
            self.done = True
            return []
        if not self.m.reachable:
            return [self.m.ask(Ask.PHONE, "What number can we call you back on?")]
        self.promised = True
        reason = ("URGENT: " if self.urgent else "") + self.reason
        asked = {"reason": phrases.plain(reason, 300), "department": self.key, "phone": self.m.phone}
        return [self.m.tool("promise_callback", asked, self._promise_made)]

    def _transferred(self, answer: ToolAnswer) -> list[Act]:
        if answer.get("result") == "transferring":
            self.done = self.m.ended = True
            return [
                Say(f"Connecting you to {self.m.facts.label(self.key)} now. Please stay on the line.", protected=True)
            ]
        return [Say(phrases.plain(text_of(answer, "say")) or "Nobody can pick up right now.")]

    def _promise_made(self, answer: ToolAnswer) -> list[Act]:
        self.done = True
        return [Say(phrases.plain(text_of(answer, "say")) or "I've left a note for the team.", protected=True)]


class MessageTalk(Talk):
    """Takes a message word for word and files it as a promised callback."""

    def __init__(self, memory: Memory, department: str, words: str = "", *, callback: bool = False) -> None:
        super().__init__(memory)
        self.department, self.words, self.callback = department, words, callback
        self.when = ""

    def absorb(self, u: Understood) -> bool:
        """The message itself is whatever the caller says when asked for it."""
        if self.m.asking is Ask.MESSAGE and not u.says(Intent.INJECTION):
            self.words = phrases.plain(u.text, 500)
            return True
        return False

    def advance(self) -> list[Act]:
        """What about, who, which number, then filed."""
        if not self.words:
            ask = "What should they call you back about?" if self.callback else "Sure. What's the message?"
            return [self.m.ask(Ask.MESSAGE, ask)]
        if not self.m.name and self.m.name_open:
            self.m.name_open = False
            return [self.m.ask(Ask.NAME, "And your name?")]
        if not self.m.reachable:
            return [self.m.ask(Ask.PHONE, "What's the best number to reach you?")]
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
        return [Say(phrases.plain(text_of(answer, "say")) or "I've passed that on.", protected=True)]


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
        return [Say(phrases.plain(text_of(answer, "say")) or "Okay, I've made a note of that.", protected=True)]
