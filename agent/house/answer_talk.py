"""Questions with an answer: opening hours, the address, what something costs, how the car is coming along."""

from __future__ import annotations

import re
from datetime import date, datetime

from agent.house import phrases
from agent.house.acts import Act, Say
from agent.house.booking_talk import hand_over, who_is_calling
from agent.house.memory import Ask, Car, Memory, Talk, ToolAnswer, rows_of
from agent.house.understanding import Intent, NeedMention, Understood, add_up, digits_said

_BESIDE = 2
_ENDS = re.compile(r"[.?!](?=\s|$)")
_ZIP = re.compile(r"(?<!\d)(\d(?:[\s-]?\d){4})(?![\s-]?\d)")
_ZIP_DIGITS, _CODE_DIGITS = 5, 6
_RO = re.compile(
    r"\b(?:r\.?\s?o\.?|repair order|ticket|invoice|work order)\b\D{0,20}?(\d(?:[\s-]?\d){3,9})", re.IGNORECASE
)
_PLATE = re.compile(
    r"\b(?:plate|tag|license)\b(?:\s+(?:number|is|it's))*\s+([A-Z0-9](?:[\s-]?[A-Z0-9]){3,7})\b", re.IGNORECASE
)


class StoreTalk(Talk):
    """Hours, address, phone number: read from the store's record and said."""

    quick = True

    def __init__(self, memory: Memory, topic: str, day: date | None = None) -> None:
        super().__init__(memory)
        self.topic = topic
        self.day = day if topic == "hours" else None
        self.answer = ""

    def advance(self) -> list[Act]:
        """Look it up, say it."""
        if not self.answer:
            asked = {
                "topic": self.topic,
                "date": self.day.isoformat() if self.day else None,
                "language": self.m.tool_language,
            }
            return [self.m.tool("store_facts", asked, self._told)]
        self.done = True
        return [Say(self.answer)]

    def _told(self, answer: ToolAnswer) -> list[Act]:
        self.answer = self.m.told(answer, "no_fact", 600)
        return []


class PriceTalk(Talk):
    """What a job costs: only the store's own wording, never a number of ours."""

    quick = True

    def __init__(self, memory: Memory, words: str) -> None:
        super().__init__(memory)
        self.words = words
        self.answer = ""
        self.unpriced = False
        self.estimate = False

    def absorb(self, u: Understood) -> bool:
        """Whether an advisor is to work a price out."""
        if not self.unpriced or self.m.asking is not Ask.CALLBACK_OK or u.answer not in (Intent.YES, Intent.NO):
            return False
        self.estimate, self.done = u.answer is Intent.YES, u.answer is Intent.NO
        return True

    def advance(self) -> list[Act]:
        """Look it up on the menu, say what the store says; what it has no price for, an advisor works out."""
        if self.estimate:
            return who_is_calling(self.m) or self._ask_for_it()
        if self.unpriced:
            return [Say(self.answer, protected=True), self.m.ask(Ask.CALLBACK_OK, "want_estimate")]
        if not self.words:
            self.done = True
            return [self.m.say("no_quote")]
        if not self.answer:
            return [self.m.tool("service_menu", {"words": self.words}, self._told)]
        self.done = True
        return [Say(self.answer, protected=True)]

    def _ask_for_it(self) -> list[Act]:
        asked = {"what": self.words, "car": self.m.car.label, "phone": self.m.phone}
        return [self.m.tool("request_estimate", asked, self._filed)]

    def _filed(self, answer: ToolAnswer) -> list[Act]:
        self.done = True
        return [Say(self.m.told(answer, "note_left"), protected=True)]

    def _told(self, answer: ToolAnswer) -> list[Act]:
        said = []
        for row in rows_of(answer, "services"):
            name, price = self.m.work(row.get("name")), self.m.price(row.get("price"))
            if name and price:
                said.append(phrases.sentence(self.m.phrase("price", work=name, price=price)))
        self.answer = " ".join(said) or self.m.phrase("no_price")
        self.unpriced = not said
        return []


class StatusTalk(Talk):
    """How the car is coming along: only after two facts about it that we never spoke."""

    tool, found, otherwise = "repair_order_status", "repair_orders", "no_order"
    unproven = "Wants the status of a repair; details could not be confirmed"

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self.facts: dict[str, str] = {}
        self.given: set[tuple[str, str]] = set()
        self.turned_away = 0
        self.needs_facts = False
        self.locked = False
        self.code = ""  # wanted, then the six digits
        self.code_tried = False

    def absorb(self, u: Understood) -> bool:
        """Picks facts out of what was said: the car, a ZIP code, a repair order number, a plate; or a code."""
        if u.says(Intent.CODE) and not self.code_tried:
            self.code = self.code or "wanted"
            return True
        if self.m.asking is Ask.CODE:
            digits = digits_said(u.text)
            self.code = digits if len(digits) == _CODE_DIGITS else "none" if u.answer is Intent.NO else self.code
            return self.code != "sent"
        before = dict(self.facts)
        self.facts |= facts_said(u, asked=self.m.asking is Ask.FACT)
        return self.facts != before

    def advance(self) -> list[Act]:
        """Who, then two facts, then the answer or a person."""
        missing = who_is_calling(self.m)
        if missing:
            return missing
        if self.locked:
            self.done = True
            return hand_over(self.m, self.unproven)
        if self.code:
            return self._by_code()
        if self.needs_facts:
            return self._next_fact()
        return [self.m.say("checking"), self.m.tool(self.tool, self._asked(), self._told)]

    def _asked(self) -> dict[str, object]:
        return {"ro_number": self.facts.get("ro_number", ""), "language": self.m.tool_language}

    def _by_code(self) -> list[Act]:
        """A code instead of two facts: sent to the number on file, read back by the caller."""
        if self.code == "wanted":
            self.code, self.code_tried = "sent", True
            return [self.m.tool("send_code", {}, self._code_sent)]
        if self.code == "sent":
            return [self.m.ask(Ask.CODE, "ask_code")]
        said, self.code = self.code, ""
        if said == "none":
            return self.advance()
        return [self.m.tool("confirm_code", {"code": said}, self._code_checked)]

    def _code_sent(self, answer: ToolAnswer) -> list[Act]:
        if answer.get("result") == "code_asked":
            return []
        self.code, self.needs_facts = "", True
        return [self.m.say("no_code_here")]

    def _code_checked(self, answer: ToolAnswer) -> list[Act]:
        right = answer.get("right") is True
        self.needs_facts = not right
        return [self.m.say("code_right" if right else "code_wrong")]

    def _next_fact(self) -> list[Act]:
        known = self._known_facts()
        for kind, value in known.items():
            if (kind, value) not in self.given:
                self.given.add((kind, value))
                return [self.m.tool("confirm_identity", {"kind": kind, "value": value}, self._checked)]
        kinds = {kind for kind, _ in self.given}
        if len(kinds) >= 2:
            self.needs_facts = False
            return self.advance()
        if "vehicle" not in kinds and not known.get("vehicle"):
            return [self.m.ask(Ask.VEHICLE, "two_details")]
        return [self.m.ask(Ask.FACT, "second_detail")]

    def _known_facts(self) -> dict[str, str]:
        car: Car = self.m.car
        facts = dict(self.facts)
        if car.model or car.make:
            facts = {"vehicle": car.label, **facts}
        return facts

    def _answer(self, answer: ToolAnswer) -> str:
        return self.m.told(answer, self.otherwise, 600)

    def _checked(self, answer: ToolAnswer) -> list[Act]:
        if answer.get("result") == "refused":
            self.locked = True
            return [Say(self.m.told(answer, "person_for_that"))]
        return []

    def _told(self, answer: ToolAnswer) -> list[Act]:
        if answer.get("result") == self.found:
            self.done = True
            return [Say(self._answer(answer), protected=True)]
        if answer.get("reason") == "more_facts" and self.turned_away == 0:
            self.turned_away += 1
            self.needs_facts = True
            return []
        self.locked = True
        return [Say(self.m.told(answer, "no_order"))]


class AdvisedTalk(StatusTalk):
    """What was advised on the last visit and not done: theirs to hear after the same two facts."""

    tool, found, otherwise = "advised_work", "advised_work", "person_for_that"
    unproven = "Asks what work was advised on their last visit; details could not be confirmed"

    def _asked(self) -> dict[str, object]:
        return {}


def facts_said(u: Understood, *, asked: bool) -> dict[str, str]:
    """Facts about themselves in what a caller says; bare digits are one only when we `asked`."""
    facts: dict[str, str] = {}
    order, plate, code = _RO.search(u.text), _PLATE.search(u.text), _ZIP.search(u.text)
    digits = digits_said(u.text) if asked else ""
    if order:
        facts["ro_number"] = re.sub(r"\D", "", order[1])
    elif asked and (code or len(digits) == _ZIP_DIGITS):
        facts["zip"] = re.sub(r"\D", "", code[1]) if code else digits
    elif asked and 3 <= len(digits) <= 10 and not u.vehicles:
        facts["ro_number"] = digits
    if plate:
        facts["plate"] = re.sub(r"[^A-Za-z0-9]", "", plate[1]).upper()
    return facts


def priced_words(u: Understood) -> str:
    """The work a price was asked for, with the words beside it: rear brakes are not front brakes."""
    return phrases.plain("; ".join(_with_neighbours(u.text, need) for need in u.needs), 200)


def _with_neighbours(text: str, need: NeedMention) -> str:
    before = _ENDS.split(text[: need.start])[-1].split()[-_BESIDE:]
    return " ".join([*before, need.text])


def hours_day(u: Understood, now: datetime) -> date | None:
    """The one day whose hours are asked for, when the question itself names one."""
    asked = next((found.text for found in u.intents if found.intent is Intent.HOURS), "")
    at = u.text.lower().find(asked) if asked else -1
    if at < 0:
        return None
    begin = max((found.end() for found in _ENDS.finditer(u.text) if found.end() <= at), default=0)
    after = (found.start() for found in _ENDS.finditer(u.text) if found.start() >= at + len(asked))
    end = min(after, default=len(u.text))
    days = add_up([when for when in u.whens if begin <= when.start < end], now).days
    if not days and re.search(r"\bnow\b", u.text[begin:end], re.IGNORECASE):
        return now.date()
    return days[0].one_day if len(days) == 1 else None


def asks_about_store(u: Understood) -> list[str]:
    """Which facts about the store an utterance asks for."""
    return [topic for intent, topic in ((Intent.HOURS, "hours"), (Intent.ADDRESS, "address")) if u.says(intent)]
