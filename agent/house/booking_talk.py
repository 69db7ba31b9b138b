"""Booking a visit: what for, which car, who, when, read back, and only then booked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from agent.house import phrases
from agent.house.acts import Act, Say
from agent.house.memory import Ask, Memory, Talk, ToolAnswer, rows_of, text_of
from agent.house.slot_search import SlotSearch
from agent.house.times import SlotOffer
from agent.house.understanding import Intent, Need, NeedMention, Understood, is_car_word

_TRANSPORT: tuple[tuple[str, str], ...] = (
    (r"\bloaner|loan car|courtesy (?:car|vehicle)\b", "loaner"),
    (r"\brental|rent a car\b", "rental"),
    (r"\bshuttle|(?:a|need|get) (?:a )?(?:ride|lift)\b", "shuttle"),
    (r"\bpick (?:it|the \w+|my \w+) up from|come get (?:it|the \w+|my \w+)|pick ?up (?:and|service)\b", "pickup"),
    (
        r"\bdrop(?:ping)? (?:\w+ ){0,2}off|drop[- ]off|^\W*drop\W*$|leav(?:e|ing) (?:it|the \w+|my \w+|her|him)\b|"
        r"drop(?:ping)? (?:it|the (?:car|truck|van|suv|vehicle)|my \w+)\b",
        "drop_off",
    ),
    (
        r"\b(?:i(?:'ll| will|'d| would| can|'m going to)?|we(?:'ll)?|and|just|like to|want to|rather|please) "
        r"(?:just |like to |rather |going to )*wait(?:ing)?\b(?! a)|^wait(?: there| here)?\.?$|while i wait|"
        r"waiting room",
        "wait",
    ),
)
# When nothing is free that way we say so, and the visit itself is looked for without it.
_RIDES = frozenset({"wait", "shuttle", "loaner", "rental", "pickup"})
_LONGEST_CONCERN = 300
_LONGEST_ANSWER = 120
_DRY_SEARCHES = 3
_SHORT = 6
_NOT_THAT = re.compile(r",?\s*\b(?:not|instead of|rather than) (?:an?|the|my|just) [^,.?!;]*", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.?!](?=\s|$)")
_LONGEST_SENTENCE, _AROUND = 25, 6
_FILLER = re.compile(r"^(?:um+|uh+|well|so|yeah|yes|ok(?:ay)?|hi|hello|hey|please|thanks?)[,. ]+", re.IGNORECASE)


def transport_in(text: str) -> str:
    """How the caller means to get about meanwhile, when they say so."""
    low = text.lower()
    return next((way for pattern, way in _TRANSPORT if re.search(pattern, low)), "")


class BookingTalk(Talk):
    """One visit, with one or several jobs."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self.search = SlotSearch(memory)
        self.words: list[str] = []
        self.menu_words = ""
        self.can_wait = True
        self.op_codes: list[str] = []
        self.services: list[str] = []
        self.advice = ""
        self.transport = ""
        self.confirmed = False
        self.car_asked = 0
        self.car_settled = False
        self.half_asked: set[str] = set()
        self.tries = 0
        self.appointment_id = ""
        self.note = ""
        self.own_answers: dict[str, str] = {}

    # -- what was said -------------------------------------------------------------------------------------------

    def absorb(self, u: Understood) -> bool:
        """Needs, transport, times, and the answer to the read-back."""
        if self.m.asking is Ask.OWN:
            self.own_answers[self.m.question] = phrases.plain(u.said, _LONGEST_ANSWER)
            self.m.asking = None
            return True
        learned = self._needs(u) or self._car_answer(u)
        way = transport_in(u.text)
        if way == "wait" and not self.can_wait:
            way, self.note = "drop_off", "too_long_to_wait"
        if not way and self.m.asking is Ask.TRANSPORT:
            way = "drop_off" if u.answer is Intent.NO else ""  # a bare yes says neither: asked again
        learned = learned or bool(way)
        if way and way != self.transport:
            self.transport = way
            if self.search.chosen or self.search.offers:
                self.search.lost()
        asking = self.m.asking
        before = self.search.chosen
        moved = self.search.absorb(u)
        if self.search.chosen is not before:
            self.confirmed = False
        if asking is Ask.WHAT_TO_CHANGE and (moved or learned or self.m.news or u.answer is Intent.YES):
            self.m.asking = None  # something changed, or all is well after all: read back again
            return True
        if self.m.news and u.answer is not Intent.YES:
            return True  # "no, actually the Tahoe": read back again with what changed
        if asking is Ask.CONFIRM and not moved and not learned:
            return self._confirm(u)
        if asking is Ask.WHAT_TO_CHANGE and u.answer is Intent.NO and not (moved or learned):
            return self._confirm(u)
        return learned or moved

    def _car_answer(self, u: Understood) -> bool:
        """The answer to "which car": when it names nothing new, what the caller says is what we write down."""
        if self.m.asking not in (Ask.VEHICLE, Ask.YEAR) or self.m.news:
            return False
        if u.vehicles or u.answer is Intent.NO or (self.car_asked > 1 and len(u.text.split()) <= _SHORT):
            self.car_settled = True
            self.m.car.words = self.m.car.words or phrases.plain(u.text, 60)
            return True
        self.car_asked += 1
        return False

    def _confirm(self, u: Understood) -> bool:
        if u.answer is Intent.YES and not u.says(Intent.CORRECTION):
            self.confirmed = not self.m.unheard_question
            return True
        if u.answer is Intent.NO or u.says(Intent.CORRECTION):
            self.m.asking = Ask.WHAT_TO_CHANGE
            return True
        return False

    def _needs(self, u: Understood) -> bool:
        asked = self.m.asking is Ask.NEED
        named = [need for need in u.needs if need.need is not Need.OTHER or asked]
        if not named:
            if asked and _worth_noting(u):
                return self._note([_FILLER.sub("", u.text)])
            return False
        spans = _spans(u.text, named)
        if u.says(Intent.CORRECTION) and self.words and self.search.chosen is not None:
            self.words = []
            spans = [_NOT_THAT.sub("", span).strip() or span for span in spans]
        return self._note(spans)

    def _note(self, words: Sequence[str]) -> bool:
        new = [
            phrases.plain(w, _LONGEST_CONCERN)
            for w in words
            if phrases.plain(w).lower() not in map(str.lower, self.words)
        ]
        self.words += [w for w in new if w]
        return bool(new)

    # -- what next -----------------------------------------------------------------------------------------------

    def advance(self) -> list[Act]:
        """Asks for what is missing in a natural order, then looks, reads back, books."""
        if not self.words:
            return [self.m.ask(Ask.NEED, "ask_need")]
        if self.menu_words != self.concern:
            self.menu_words = self.concern
            return [self.m.tool("service_menu", {"words": self.concern}, self._priced)]
        acts: list[Act] = []
        if self.advice:
            acts, self.advice = [self.m.say(self.advice, protected=True)], ""
        if self.note:
            acts, self.note = [*acts, self.m.say(self.note)], ""
        return acts + (self._missing() or self._settle())

    def _missing(self) -> list[Act]:
        car = self.m.car
        self.car_settled = self.car_settled or "car" in self.m.facts.not_asked
        if not (car.make or car.model) and not self.car_settled:
            self.car_asked = max(self.car_asked, 1)
            return [self.m.ask(Ask.VEHICLE, "ask_vehicle")]
        missing = "ask_year" if car.model else "ask_model" if car.year else "ask_year_model"
        if not (car.year and car.model) and not self.car_settled and missing not in self.half_asked:
            self.half_asked.add(missing)
            return [self.m.ask(Ask.YEAR if car.model else Ask.VEHICLE, missing)]
        return who_is_calling(self.m) or self._own_question()

    def _own_question(self) -> list[Act]:
        """What the store always wants asked, in its own words; the answers go to the people of the shop."""
        waiting = next((each for each in self.m.facts.questions if each not in self.own_answers), None)
        return [self.m.ask_in_words(Ask.OWN, waiting)] if waiting is not None else []

    def _settle(self) -> list[Act]:
        if self.search.dry >= _DRY_SEARCHES:
            self.done = True
            reason = f"Wants a visit and no time suited: {self.concern}"
            return [self.m.say("nothing_suits"), *hand_over(self.m, reason)]
        if not self.transport and not self.can_wait:
            self.transport = "drop_off"
        if "ride" in self.m.facts.not_asked:
            self.transport = self.transport or "drop_off"
        if not self.transport and self.search.ready:
            return [self.m.ask(Ask.TRANSPORT, "ask_transport")]
        if self.search.chosen is None:
            asked = {
                "op_codes": self.op_codes,
                "words": "" if self.op_codes else self.concern,
                "transport": self.transport,
            }
            if self.search.came_up_dry and self.transport in _RIDES:
                self.note, self.transport = f"no_{self.transport}", "drop_off"
                self.search.lost()
                return self.advance()
            found = self.search.advance(asked)
            if self.search.chosen is None:
                return found
        return self._book(self.search.chosen) if self.confirmed else [self._read_back(self.search.chosen)]

    def _read_back(self, slot: SlotOffer) -> Say:
        if self.m.asking is Ask.WHAT_TO_CHANGE:
            return self.m.ask(Ask.WHAT_TO_CHANGE, "what_to_change")
        services = [self.m.work(name) for name in self.services]
        return self.m.ask(
            Ask.CONFIRM,
            "read_back",
            protected=True,
            when=self.m.moment(slot.starts),
            work=phrases.all_of(services, self.m.language) or self.m.phrase("your_visit"),
            car=self.m.phrase("on_the_car", car=self.m.car.label) if self.m.car.label else "",
            way=self.m.phrase(f"way_{self.transport}") if self.transport else "",
            name=self.m.phrase("under_name", name=self.m.name) if self.m.name else "",
        )

    def _book(self, slot: SlotOffer) -> list[Act]:
        self.confirmed = False
        self.tries += 1
        asked = {
            "slot_id": slot.slot_id,
            "op_codes": self.op_codes,
            "concern": "; ".join((self.concern, *self._told_besides())),
            "transport": self.transport,
            "vehicle": f"{self.m.car.label} VIN {self.m.vin}" if self.m.vin else self.m.car.label,
        }
        return [self.m.say("booking_it"), self.m.tool("book_appointment", asked, self._booked)]

    def _told_besides(self) -> list[str]:
        told = [f"VIN ends in {self.m.vin_ending}"] if self.m.vin_ending else []
        return told + [f"{question} {answer}" for question, answer in self.own_answers.items()]

    # -- what tools said -----------------------------------------------------------------------------------------

    def _priced(self, answer: ToolAnswer) -> list[Act]:
        rows = rows_of(answer, "services")
        self.op_codes = [text_of(row, "op_code") for row in rows if text_of(row, "op_code")]
        self.services = [phrases.plain(row.get("name"), 60) for row in rows]
        self.can_wait = all(row.get("can_wait") is True for row in rows) if rows else False
        if self.transport == "wait" and not self.can_wait:
            self.transport, self.note = "drop_off", "too_long_to_wait"
        if any(text_of(row, "safety") == "do_not_drive" for row in rows):
            self.advice = "do_not_drive"
        if self.search.chosen or self.search.offers:
            self.search.lost()
        return []

    def _booked(self, answer: ToolAnswer) -> list[Act]:
        if answer.get("result") == "booked":
            self.done, self.appointment_id = True, text_of(answer, "appointment_id")
            return [Say(_booked_words(answer, self.m), protected=True)]
        why = self.m.told(answer, "not_booked")
        if answer.get("reason") in ("slot_taken", "slot_unknown", "too_soon") and self.tries < 3:
            self.search.lost()
            return [Say(why)]
        if answer.get("reason") == "not_waitable" and self.tries < 3:
            self.transport = ""
            self.search.lost()
            return [Say(why)]
        self.done = True
        return [Say(why), *hand_over(self.m, f"Booking failed: {self.concern}")]

    @property
    def concern(self) -> str:
        """The caller's own words about the work."""
        return phrases.plain("; ".join(self.words), _LONGEST_CONCERN)


def who_is_calling(memory: Memory) -> list[Act]:
    """The questions and the look-up that say who this is; nothing once known."""
    if not memory.name:
        return [memory.ask(Ask.NAME, "ask_name")]
    if not memory.first and memory.name_open:
        memory.name_open = False
        return [memory.ask(Ask.NAME, "ask_first_name")]
    if not memory.last and memory.name_open and "last_name" not in memory.facts.not_asked:
        memory.name_open = False
        return [memory.ask(Ask.LAST_NAME, "ask_last_name", first=memory.first)]
    if not memory.reachable:
        return [memory.ask_phone("ask_phone")]
    introduction = memory.introduction()
    return [introduction] if introduction else []


def hand_over(memory: Memory, reason: str, department: str = "service") -> list[Act]:
    """What cannot be done here becomes a promise with an owner, never a dead end."""

    def promised(answer: ToolAnswer) -> list[Act]:
        return [Say(memory.told(answer, "note_left"), protected=True)]

    asked = {"reason": phrases.plain(reason, _LONGEST_CONCERN), "department": department}
    return [memory.tool("promise_callback", asked, promised)]


def _booked_words(answer: ToolAnswer, memory: Memory) -> str:
    try:
        starts = datetime.fromisoformat(text_of(answer, "starts")).astimezone(memory.facts.zone)
        when = memory.moment(starts)
    except ValueError:
        when = phrases.plain(text_of(answer, "say"))
    advisor = phrases.plain(answer.get("advisor"), 60)
    code = phrases.plain(answer.get("confirmation"), 20)
    with_whom = memory.phrase("looks_after", advisor=advisor) if advisor else ""
    number = memory.phrase("confirmation", code=" ".join(code)) if code else ""
    return memory.phrase("booked", when=when) + with_whom + number


def _spans(text: str, needs: Sequence[NeedMention]) -> list[str]:
    """The sentences the needs were said in; of a long one only the words around the need."""
    found = [_sentence_around(text, need) for need in sorted(needs, key=lambda need: need.start)]
    return list(dict.fromkeys(found))


def _sentence_around(text: str, need: NeedMention) -> str:
    breaks = [found.start() for found in _SENTENCE_END.finditer(text)]
    begin = max((at + 1 for at in breaks if at < need.start), default=0)
    sentence = text[begin : min((at for at in breaks if at >= need.end), default=len(text))].strip()
    if len(sentence.split()) <= _LONGEST_SENTENCE or need.end <= need.start:
        return _FILLER.sub("", sentence) or need.text
    before, after = text[: need.start].split()[-_AROUND:], text[need.end :].split()[:_AROUND]
    return " ".join([*before, need.text, *after])


def _worth_noting(u: Understood) -> bool:
    """Whether free words can be a complaint: said to the store, and more than a grunt."""
    silent = (Intent.INJECTION, Intent.GREETING, Intent.BOOK, Intent.YES, Intent.NO, Intent.CORRECTION)
    words = u.text.lower().strip(" .!?").split()
    about_cars = len(words) >= 2 or len(words) == 1 and is_car_word(words[0])
    return about_cars and not (u.says(*silent) or u.wanted or u.vehicles or u.names or u.phones)
