"""Visits already booked: when they are, moving one, cancelling one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from agent.house import phrases
from agent.house.acts import Act, Say
from agent.house.answer_talk import facts_said
from agent.house.booking_talk import hand_over, who_is_calling
from agent.house.memory import Ask, Memory, Talk, ToolAnswer, rows_of, text_of
from agent.house.slot_search import SlotSearch
from agent.house.times import SlotOffer, picked, settled
from agent.house.understanding import Intent, Understood, WantedTime

_DONT_KNOW = re.compile(r"^\W*(?:no|nope)\b|\bdon'?t (?:know|have|remember)\b|\bnot sure\b|\bno idea\b", re.IGNORECASE)


class Wish(StrEnum):
    """What the caller wants with a visit."""

    CHECK = "check"
    MOVE = "move"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Visit:
    """One booked visit as far as the caller may hear of it."""

    appointment_id: str
    starts: datetime
    about: str


class VisitTalk(Talk):
    """Finds the caller's visits, settles which one, then tells, moves or cancels it."""

    def __init__(self, memory: Memory, wish: Wish) -> None:
        super().__init__(memory)
        self.wish = wish
        self.search = SlotSearch(memory)
        self.visits: list[Visit] | None = None
        self.chosen: Visit | None = None
        self.none_said = ""
        self.confirmed = False
        self.left_alone = False
        self.tries = 0
        self.fact: dict[str, str] = {}
        self.needs_fact = False
        self.has_no_fact = False
        self.fact_tried = False

    # -- what was said -------------------------------------------------------------------------------------------

    def absorb(self, u: Understood) -> bool:
        """Which visit, what new time, and yes or no to the read-back."""
        for wish, intent in ((Wish.CANCEL, Intent.CANCEL), (Wish.MOVE, Intent.MOVE)):
            if u.says(intent) and self.wish is not wish and not self.confirmed:
                self.wish, self.m.asking = wish, None
                return True
        asking = self.m.asking
        if asking is Ask.FACT:
            self.fact = facts_said(u, asked=True)
            self.has_no_fact = not self.fact and not u.vehicles and bool(_DONT_KNOW.search(u.text))
            return bool(self.fact) or self.has_no_fact
        if asking is Ask.WHICH_APPOINTMENT:
            return self._which(u)
        if asking is Ask.CANCEL_OK:
            return self._cancel_ok(u)
        if self.wish is not Wish.MOVE:
            return False
        if self.visits is None and asking is not Ask.WHEN:
            u = _new_time_only(u)
        before = self.search.chosen
        moved = self.search.absorb(u)
        if self.search.chosen is not before:
            self.confirmed = False
        if asking is Ask.CONFIRM and not moved:
            return self._confirm(u)
        return moved

    def _confirm(self, u: Understood) -> bool:
        if u.answer is Intent.YES and not u.says(Intent.CORRECTION):
            self.confirmed = not self.m.unheard_question
            return True
        if u.answer is Intent.NO or u.says(Intent.CORRECTION):
            self.search.lost()
            self.search.wanted, self.search.flexible = WantedTime(), False
            return True
        return False

    def _which(self, u: Understood) -> bool:
        visits = self.visits or []
        as_offers = [SlotOffer(visit.appointment_id, visit.starts) for visit in visits]
        found = picked(as_offers, u, settled(u.wanted, self.m.now) if u.wanted else u.wanted)
        said = u.text.lower()
        named = [
            v for v in visits if v.about and any(word in said for word in v.about.lower().split() if len(word) > 3)
        ]
        ids = [offer.slot_id for offer in found] or [visit.appointment_id for visit in named]
        if len(ids) == 1:
            self.chosen = next(visit for visit in visits if visit.appointment_id == ids[0])
        return bool(ids)

    def _cancel_ok(self, u: Understood) -> bool:
        if u.answer is Intent.YES or (u.says(Intent.CANCEL) and u.answer is not Intent.NO):
            self.confirmed = not self.m.unheard_question
            return True
        if u.answer is Intent.NO:
            self.left_alone = True
            return True
        return False

    # -- what next -----------------------------------------------------------------------------------------------

    def advance(self) -> list[Act]:
        """Who, then which, then the thing itself."""
        if self.left_alone:
            self.done = True
            return [self.m.say("leave_it")]
        missing = who_is_calling(self.m)
        if missing:
            return missing
        if self.needs_fact:
            return self._one_fact()
        if self.visits is None:
            return [self.m.tool("find_appointments", {}, self._found)]
        if not self.visits:
            self.done = True
            return self._nothing_found()
        if self.wish is Wish.CHECK:
            self.done = True
            said = phrases.all_of([self._said(visit) for visit in self.visits[:3]], self.m.language)
            return [self.m.say("visits", protected=True, visits=said)]
        if self.chosen is None and len(self.visits) == 1:
            self.chosen = self.visits[0]
        if self.chosen is None:
            choices = phrases.one_of([self._said(visit) for visit in self.visits[:3]], self.m.language)
            return [self.m.ask(Ask.WHICH_APPOINTMENT, "which_visit", visits=choices)]
        return self._cancel(self.chosen) if self.wish is Wish.CANCEL else self._move(self.chosen)

    def _one_fact(self) -> list[Act]:
        """The number is one nobody vouches for: a detail only the customer knows goes with the name."""
        car = self.m.car
        known = dict(self.fact)
        if car.model and car.year:
            known.setdefault("vehicle", car.label)
        for kind, value in known.items():
            self.needs_fact, self.fact_tried, self.m.asking = False, True, None
            return [self.m.tool("confirm_identity", {"kind": kind, "value": value}, self._checked)]
        if self.has_no_fact:
            self.needs_fact, self.done = False, True
            return self._nothing_found()
        if car.model:
            return [self.m.ask(Ask.YEAR, "ask_year_of", car=car.label)]
        return [self.m.ask(Ask.FACT, "one_detail")]

    def _wants_fact(self, answer: ToolAnswer) -> bool:
        if answer.get("reason") == "more_facts" and not self.fact_tried:
            self.needs_fact = True
        return self.needs_fact

    def _nothing_found(self) -> list[Act]:
        why = self.none_said or self.m.phrase("no_visit")
        if self.wish is Wish.CHECK:
            return [Say(why), *hand_over(self.m, "Wants to check an appointment we could not find")]
        return [Say(why), *hand_over(self.m, f"Wants to {self.wish.value} an appointment we could not find")]

    def _cancel(self, visit: Visit) -> list[Act]:
        if not self.confirmed:
            return [self.m.ask(Ask.CANCEL_OK, "cancel_it", protected=True, visit=self._said(visit))]
        asked = {"appointment_id": visit.appointment_id, "reason": "asked on the phone"}
        return [self.m.tool("cancel_appointment", asked, self._cancelled)]

    def _move(self, visit: Visit) -> list[Act]:
        if self.search.chosen is None:
            acts: list[Act] = []
            if not self.search.ready and self.m.asking is not Ask.WHEN:
                acts = [self.m.say("booked_before", visit=self._said(visit))]
                self.search.ask_with = "ask_new_time"
            found = self.search.advance({"appointment_id": visit.appointment_id})
            if self.search.chosen is None:
                return acts + found
        slot = self.search.chosen
        if not self.confirmed:
            return [self.m.ask(Ask.CONFIRM, "move_it", protected=True, when=self.m.moment(slot.starts))]
        self.confirmed = False
        self.tries += 1
        asked = {"appointment_id": visit.appointment_id, "slot_id": slot.slot_id}
        return [self.m.say("one_moment"), self.m.tool("move_appointment", asked, self._moved)]

    # -- what tools said -----------------------------------------------------------------------------------------

    def _checked(self, answer: ToolAnswer) -> list[Act]:
        if answer.get("result") == "refused":
            self.visits, self.none_said = [], self.m.told(answer, "no_visit")
        return []

    def _found(self, answer: ToolAnswer) -> list[Act]:
        if self._wants_fact(answer):
            return []
        self.visits = []
        for row in rows_of(answer, "appointments"):
            try:
                starts = datetime.fromisoformat(text_of(row, "starts")).astimezone(self.m.facts.zone)
            except ValueError:
                continue
            about = phrases.plain(row.get("services") if isinstance(row.get("services"), str) else "", 80)
            self.visits.append(Visit(text_of(row, "appointment_id"), starts, about))
        self.none_said = self.m.told(answer, "no_visit")
        return []

    def _moved(self, answer: ToolAnswer) -> list[Act]:
        if answer.get("result") == "moved":
            self.done = True
            try:
                starts = datetime.fromisoformat(text_of(answer, "starts")).astimezone(self.m.facts.zone)
            except ValueError:
                return [self.m.say("moved_somewhere", protected=True)]
            return [self.m.say("moved", protected=True, when=self.m.moment(starts))]
        if self._wants_fact(answer):
            self.confirmed = True
            return []
        why = self.m.told(answer, "not_moved")
        if answer.get("reason") in ("slot_taken", "slot_unknown", "too_soon") and self.tries < 3:
            self.search.lost()
            return [Say(why)]
        self.done = True
        return [Say(why), *hand_over(self.m, "Could not move an appointment")]

    def _cancelled(self, answer: ToolAnswer) -> list[Act]:
        if self._wants_fact(answer):
            return []
        self.done = True
        if answer.get("result") == "cancelled":
            return [self.m.say("cancelled", protected=True)]
        why = self.m.told(answer, "not_cancelled")
        return [Say(why), *hand_over(self.m, "Could not cancel an appointment")]

    def booked_here(self, appointment_id: str, starts: datetime) -> None:
        """Starts from a visit just booked in this call, so that second thoughts need no look-up."""
        self.visits = [Visit(appointment_id, starts, "")]

    def _said(self, visit: Visit) -> str:
        when = self.m.moment(visit.starts)
        return self.m.phrase("visit_for", when=when, work=self.m.work(visit.about)) if visit.about else when


def _new_time_only(u: Understood) -> Understood:
    """ "Move my Tuesday appointment to Thursday" names two days; the last one is the new time."""
    if len(u.whens) < 2 or not u.wanted:
        return (
            u
            if u.says(Intent.MOVE) and " to " in f" {u.text.lower()} " or not u.whens
            else replace(u, wanted=WantedTime())
        )
    last = u.whens[-1]
    return replace(u, wanted=replace(u.wanted, days=last.days or u.wanted.days, clock=last.clock or u.wanted.clock))
