"""Sales matters: a person first; when nobody picks up, what sales must know is asked once each and filed."""

from __future__ import annotations

import re
from collections.abc import Callable

from agent.house import phrases
from agent.house.acts import Act, Say
from agent.house.booking_talk import who_is_calling
from agent.house.leaving_talk import PersonTalk
from agent.house.memory import Ask, Memory, ToolAnswer
from agent.house.understanding import Intent, Understood, find_mileage, find_vehicles

_TEST_DRIVE = re.compile(r"\btest[ -]?driv", re.IGNORECASE)
_LICENSE = re.compile(r"\b(?:licen[sc]e|licencia)\b", re.IGNORECASE)

# tool: what it must know, the question for it.
_WANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "request_test_drive": (("car", "ask_drive_car"), ("when", "ask_drive_when"), ("licensed", "ask_license")),
    "trade_in": (
        ("car", "ask_trade_car"),
        ("miles", "ask_miles"),
        ("condition", "ask_condition"),
        ("owes", "ask_owes"),
    ),
    "sales_inquiry": (("what", "ask_buy_what"), ("when", "ask_drive_when")),
}


class SalesTalk(PersonTalk):
    """Wants to buy, to drive or to trade in."""

    def __init__(self, memory: Memory, key: str, u: Understood) -> None:
        super().__init__(memory, key, u.said, "to_sales")
        self.wish = _tool_for(u)
        self.known: dict[str, object] = {}
        self.asked: set[str] = set()
        self.open = ""
        self._learn(u, opening=True)

    def absorb(self, u: Understood) -> bool:
        """Whatever of it is said, whenever; a bare answer answers the open question."""
        if not self.tried:
            return False
        return self._learn(u, opening=False)

    def advance(self) -> list[Act]:
        """Ring sales; failing that, ask for what is missing, then file it."""
        if not self.tried or self.promised:
            return super().advance()
        missing = who_is_calling(self.m)
        if missing:
            return missing
        for field, question in _WANTS[self.wish]:
            if field not in self.known and field not in self.asked:
                self.asked.add(field)
                self.open = field
                return [self.m.ask(Ask.INQUIRY, question)]
        self.promised = True
        return [self.m.tool(self.wish, {**self.known, "phone": self.m.phone}, self._filed)]

    def _learn(self, u: Understood, *, opening: bool) -> bool:
        before = dict(self.known)
        answering = self.open if self.m.asking is Ask.INQUIRY and not opening else ""
        reads: dict[str, Callable[[Understood, bool], object]] = {
            "car": self._car,
            "when": _when,
            "licensed": _licensed,
            "miles": _miles,
            "condition": _words,
            "owes": _words,
            "what": _words,
        }
        for field, _ in _WANTS[self.wish]:
            value = reads[field](u, field == answering)
            if value not in (None, ""):
                self.known[field] = value
        if opening and self.wish == "sales_inquiry" and find_vehicles(u.text):
            self.known["what"] = phrases.plain(u.said, 400)
        if answering:
            self.open = ""
        return self.known != before or bool(answering)

    def _car(self, u: Understood, answering: bool) -> object:
        label = next((car.label for car in u.vehicles if car.model or car.make), "")
        return label or (phrases.plain(u.said, 120) if answering else None)

    def _filed(self, answer: ToolAnswer) -> list[Act]:
        self.done = True
        return [Say(self.m.told(answer, "note_left"), protected=True)]


def _tool_for(u: Understood) -> str:
    if u.says(Intent.TRADE_IN):
        return "trade_in"
    return "request_test_drive" if _TEST_DRIVE.search(u.text) else "sales_inquiry"


def _when(u: Understood, answering: bool) -> object:
    if u.wanted:
        return phrases.plain(", ".join(when.text for when in u.whens) or u.said, 120)
    return phrases.plain(u.said, 120) if answering and u.answer is not Intent.NO else None


def _licensed(u: Understood, answering: bool) -> object:
    if answering and u.answer in (Intent.YES, Intent.NO):
        return u.answer is Intent.YES
    return True if _LICENSE.search(u.text) and u.answer is not Intent.NO else None


def _miles(u: Understood, answering: bool) -> object:
    if u.mileage is not None or not answering:
        return u.mileage
    return find_mileage(f"{u.text} miles")


def _words(u: Understood, answering: bool) -> object:
    return phrases.plain(u.said, 200) if answering else None
