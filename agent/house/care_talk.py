"""The smaller things a good advisor does: the waiting list, details put right, what is due, parts on order."""

from __future__ import annotations

import re

from agent.house import phrases
from agent.house.acts import Act
from agent.house.answer_talk import StatusTalk
from agent.house.booking_talk import hand_over, transport_in, who_is_calling
from agent.house.memory import Ask, Memory, Talk, ToolAnswer, rows_of
from agent.house.times import search
from agent.house.understanding import Intent, Need, Understood, WantedTime, find_email, find_mileage, find_names

_ZIP = re.compile(r"\b(\d{5})(?:-\d{4})?\b")
_STREET = re.compile(r"\b\d{1,6}\s+\w[\w .'-]{2,60}", re.IGNORECASE)
_TRIES = 2
_KINDS = (
    ("phone", re.compile(r"\b(?:phone|cell|number|mobile)\b", re.IGNORECASE)),
    ("email", re.compile(r"\be-?mail\b", re.IGNORECASE)),
    ("street", re.compile(r"\baddress\b|\bmoved\b", re.IGNORECASE)),
    ("name", re.compile(r"\bname\b", re.IGNORECASE)),
)
_ASKS = {"phone": "ask_new_phone", "email": "ask_new_email", "street": "ask_new_address", "name": "ask_new_name"}


class WaitListTalk(Talk):
    """A place on the list for an earlier time: for what, when at all, who, and how to reach them."""

    def __init__(self, memory: Memory, words: str = "") -> None:
        super().__init__(memory)
        self.words = words
        self.wanted = WantedTime()
        self.transport = ""

    def absorb(self, u: Understood) -> bool:
        """What it is for, and the days that would do."""
        named = [need for need in u.needs if need.need is not Need.OTHER or self.m.asking is Ask.NEED]
        if named or (self.m.asking is Ask.NEED and len(u.text.split()) > 1):
            self.words = phrases.plain(u.said, 300)
        self.transport = transport_in(u.text) or self.transport
        self.wanted = u.wanted or self.wanted
        return bool(named or u.wanted or self.words)

    def advance(self) -> list[Act]:
        """Asks for what is missing, then puts them on the list."""
        if not self.words:
            return [self.m.ask(Ask.NEED, "ask_need")]
        missing = who_is_calling(self.m)
        if missing:
            return missing
        within = search(self.wanted, self.m.now) if self.wanted else {}
        asked = {"words": self.words, "transport": self.transport}
        asked |= {key: str(within[key]) for key in ("earliest", "latest") if within.get(key)}
        return [self.m.tool("join_wait_list", asked, self._joined)]

    def _joined(self, answer: ToolAnswer) -> list[Act]:
        self.done = True
        key = "on_the_list" if answer.get("result") == "on_the_list" else "not_on_list"
        return [self.m.say(key, protected=True)]


class ContactTalk(Talk):
    """One of the caller's own details put right: what they say, read back, then filed. What was there is never told."""

    def __init__(self, memory: Memory, u: Understood) -> None:
        super().__init__(memory)
        self.kind = next((kind for kind, words in _KINDS if words.search(u.text)), "")
        self.said: dict[str, str] = {}
        self.agreed = False
        self.opening = True
        self.asked = 0

    def absorb(self, u: Understood) -> bool:
        """Which detail, its new value, and yes or no to the read-back."""
        opening, self.opening = self.opening, False
        if self.m.asking is Ask.DETAIL_OK and u.answer is Intent.YES:
            self.agreed = True
            return True
        if self.m.asking is Ask.DETAIL_OK and u.answer is Intent.NO:
            self.said = {}
        if not self.kind:
            self.kind = next((kind for kind, words in _KINDS if words.search(u.text)), "")
        self.m.phone_to_say = False  # read back with our own question
        found = self._value(u, asked=self.m.asking is Ask.DETAIL)
        if found:
            self.said = found
        return bool(found or opening or self.kind or u.answer is Intent.NO)

    def _value(self, u: Understood, *, asked: bool) -> dict[str, str]:
        email = find_email(u.said)
        if email:
            self.kind = "email"
            return {"email": email}
        if self.kind == "phone":
            number = next((phone.e164 for phone in u.phones if phone.e164), None)
            return {"phone": number} if number else {}
        if self.kind == "street" and (asked or _STREET.search(u.said)):
            return _address(u.said)
        if self.kind == "name" and (asked or u.names):
            name = next(iter(u.names or find_names(u.text, asked=True)), None)
            if name is None:
                return {}
            return {key: value for key, value in (("first_name", name.first), ("last_name", name.last)) if value}
        return {}

    def advance(self) -> list[Act]:
        """Which, what, is that right, who, filed."""
        if not self.kind:
            return [self.m.ask(Ask.DETAIL, "ask_detail")]
        if not self.said and self.asked >= _TRIES:
            self.done = True
            return hand_over(self.m, f"Wants their {self.kind} put right: {' '.join(self.m.heard[-_TRIES:])}")
        if not self.said:
            self.asked += 1
            return [self.m.ask(Ask.DETAIL, _ASKS[self.kind])]
        if not self.agreed:
            return [self.m.ask(Ask.DETAIL_OK, "detail_ok", protected=True, detail=self._spoken())]
        missing = who_is_calling(self.m)
        return missing or [self.m.tool("correct_contact", dict(self.said), self._noted)]

    def _spoken(self) -> str:
        if "phone" in self.said:
            return phrases.say_digits(self.said["phone"].removeprefix("+1"))
        return phrases.plain(", ".join(self.said.values()), 160)

    def _noted(self, answer: ToolAnswer) -> list[Act]:
        if answer.get("result") == "corrected":
            self.done = True
            return [self.m.say("detail_noted", protected=True)]
        self.said, self.agreed = {}, False
        return []


class MaintenanceTalk(StatusTalk):
    """What the store's schedule says the car is due for: theirs to hear after two facts, or a code."""

    tool, found, otherwise = "maintenance_due", "maintenance_due", "person_for_that"
    unproven = "Asks what their car is due for; details could not be confirmed"

    def _asked(self) -> dict[str, object]:
        return {"car": self.m.car.label, "miles": find_mileage(" ".join(self.m.heard[-2:]))}

    def _answer(self, answer: ToolAnswer) -> str:
        work = [self.m.work(row.get("work")) for row in rows_of(answer, "work")]
        if not work:
            return self.m.phrase("nothing_due")
        return self.m.phrase("due_for", work=phrases.all_of(work, self.m.language))


class PartsOrderTalk(StatusTalk):
    """Whether the ordered parts have come: theirs to hear after two facts, or a code."""

    tool, found, otherwise = "parts_on_order", "parts_on_order", "no_parts"
    unproven = "Asks whether their ordered parts have come; details could not be confirmed"

    def _asked(self) -> dict[str, object]:
        return {}

    def _answer(self, answer: ToolAnswer) -> str:
        said = [
            self.m.phrase(
                "part_in" if row.get("arrived") is True else "part_coming", part=phrases.plain(row.get("part"))
            )
            for row in rows_of(answer, "parts")
        ]
        return " ".join(said) or self.m.phrase("no_parts")


def _address(text: str) -> dict[str, str]:
    """Street, city and ZIP code out of an address as said: "1440 Harbor Road, Portland, 97214"."""
    street, codes = _STREET.search(text), list(_ZIP.finditer(text))
    line = text[street.start() :] if street else text
    code = codes[-1][1] if codes and codes[-1].start() > (street.start() if street else 0) else ""
    parts = [part.strip(" .") for part in line.partition(code)[0].split(",")] if code else [line.strip(" .,")]
    kept = [phrases.plain(part, 80) for part in parts if part]
    found = {"street": kept[0] if kept else "", "city": kept[1] if len(kept) > 1 else "", "zip_code": code}
    return {key: value for key, value in found.items() if value}
