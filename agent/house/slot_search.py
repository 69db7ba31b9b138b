"""Finding a time together: ask when, look, offer what is really free, settle on one. Shared by booking and moving."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from agent.house import phrases
from agent.house.acts import Act, Say
from agent.house.memory import Ask, Memory, ToolAnswer, rows_of, text_of
from agent.house.times import SlotOffer, fits, joined, picked, search, settled
from agent.house.understanding import Intent, Preference, Understood, WantedTime

_EARLIER = re.compile(r"\b(earlier|sooner|before that)\b", re.IGNORECASE)
_LATER = re.compile(r"\b(later|after that)\b", re.IGNORECASE)
_SOON = re.compile(
    r"\b(as soon as|asap|soonest|first available|next available|earliest|"
    r"(?:any ?time|any day|whenever)(?! (?:i|it|we|you|my|the|there)\b)|no preference|"
    r"(?:does ?n[o']?t|don'?t) (?:matter|care)|up to you|you (?:pick|choose))\b|^\W*any(?:thing)?\W*$",
    re.IGNORECASE,
)
_MOST_SPOKEN = 3


class SlotSearch:
    """What the caller wants, what was offered, what was chosen."""

    def __init__(self, memory: Memory) -> None:
        self.m = memory
        self.wanted = WantedTime()
        self.flexible = False
        self.offers: list[SlotOffer] = []
        self.chosen: SlotOffer | None = None
        self.looked_for: WantedTime | None = None
        self.why = ""  # there is nothing, in the words of the schedule
        self.ask_with = "ask_when"
        self.after: datetime | None = None
        self.near_only = False
        self.dry = 0
        self.widened = False
        self.refused = ""

    @property
    def ready(self) -> bool:
        """Whether there is enough to look with."""
        return bool(self.wanted) or self.flexible

    @property
    def came_up_dry(self) -> bool:
        """Whether the last look found nothing."""
        return self.looked_for is not None and not self.offers

    def absorb(self, u: Understood) -> bool:
        """Takes a wish for a time, a choice among the offers, or their refusal."""
        new = settled(u.wanted, self.m.now) if u.wanted else u.wanted
        if self.offers and self.m.asking in (Ask.WHICH_SLOT, Ask.CONFIRM, Ask.WHAT_TO_CHANGE, Ask.TRANSPORT):
            return self._choose(u, new)
        if new:
            self._wish(joined(self.wanted, new))
            return True
        if _SOON.search(u.text) and self.m.asking in (Ask.WHEN, None, Ask.HELP, Ask.NEED):
            self.flexible = True
            return True
        return False

    def _choose(self, u: Understood, new: WantedTime) -> bool:
        found = picked(self.offers, u, new)
        if self.m.asking is not Ask.WHICH_SLOT and not new and not (len(found) == 1 and " one" in u.text.lower()):
            return self._shift(u) if self.m.asking in (Ask.WHAT_TO_CHANGE, Ask.CONFIRM) else False
        if len(found) == 1:
            self.chosen = found[0]
            return True
        if found:
            self.offers, self.chosen = found, None
            return True
        if new:
            self._wish(joined(self.wanted, new))
            return True
        if u.answer is Intent.YES and len(self.offers) == 1:
            self.chosen = self.offers[0]
            return True
        return self._shift(u)

    def _shift(self, u: Understood) -> bool:
        """ "Something later", "anything earlier", or none of them: look on from what was offered."""
        if _LATER.search(u.text):
            self._look_from(self.offers[-1].starts)
        elif _EARLIER.search(u.text):
            self._wish(WantedTime(preference=Preference.EARLIEST))
        elif u.answer is Intent.NO and self.m.asking is Ask.WHICH_SLOT:
            self.offers, self.chosen, self.looked_for, self.wanted = [], None, None, WantedTime()
            self.ask_with = "ask_better_time"
        else:
            return False
        return True

    def _look_from(self, after: datetime) -> None:
        self.after = after
        self.wanted = replace(self.wanted, clock=(), preference=None)
        self.offers, self.chosen, self.looked_for = [], None, None
        self.flexible = True

    def _wish(self, wanted: WantedTime) -> None:
        self.wanted = wanted
        self.after = None
        self.widened = False
        self.offers, self.chosen, self.looked_for, self.why = [], None, None, ""

    def advance(self, arguments: Mapping[str, object]) -> list[Act]:
        """Ask when, look, or read the offers out; nothing once a time is chosen."""
        if not self.ready:
            return [self.m.ask(Ask.WHEN, self.ask_with)]
        if self.looked_for is None:
            self.looked_for = self.wanted
            asked = {**arguments, **search(self.wanted, self.m.now)}
            if self.after:
                asked["earliest"] = self.after.isoformat(timespec="minutes")
            return [self.m.say("looking"), self.m.tool("offer_slots", asked, self._offered)]
        if not self.offers and self.wanted and not self.widened:
            self.widened = True
            return [self.m.tool("offer_slots", {**arguments, **_from_then_on(self.wanted, self.m.now)}, self._offered)]
        if not self.offers:
            self.dry += 1
            why = self.why or self.m.phrase("no_opening")
            self.wanted, self.looked_for, self.flexible, self.why = WantedTime(), None, False, ""
            return [Say(why), self.m.ask(Ask.WHEN, "ask_other_day")]
        return [self._read_out()]

    def _offered(self, answer: ToolAnswer) -> list[Act]:
        found = []
        for row in rows_of(answer, "slots"):
            try:
                starts = datetime.fromisoformat(text_of(row, "starts")).astimezone(self.m.facts.zone)
            except ValueError:
                continue
            if text_of(row, "slot_id") and (self.after is None or starts > self.after):
                found.append(SlotOffer(text_of(row, "slot_id"), starts, phrases.plain(row.get("advisor"), 60)))
        fitting = [offer for offer in found if fits(offer, self.wanted)]
        self.offers = sorted((fitting or found)[:_MOST_SPOKEN], key=lambda offer: offer.starts)
        self.near_only = bool(found) and not fitting
        self.why = self.m.told(answer, "no_opening") if not found else ""
        self.refused = text_of(answer, "reason")
        exact = any(span.exact for span in self.wanted.clock) and bool(self.wanted.days)
        if fitting and (exact or (self.flexible and not self.wanted and len(fitting) == 1)):
            self.chosen = fitting[0]
        return []

    def _read_out(self) -> Say:
        said = phrases.say_choices([offer.starts for offer in self.offers], self.m.now, self.m.language)
        key = ("near_" if self.near_only else "") + ("offer" if len(self.offers) == 1 else "offers")
        return self.m.ask(Ask.WHICH_SLOT, key, protected=True, choices=said)

    def lost(self) -> None:
        """The chosen time went to somebody else: look again for the same wish."""
        self.offers, self.chosen, self.looked_for, self.why = [], None, None, ""


def _from_then_on(wanted: WantedTime, now: datetime) -> dict[str, object]:
    """The same wish without its end: whatever comes soonest after the day that is full or closed."""
    earliest = search(wanted, now).get("earliest")
    return {"earliest": earliest} if earliest else {}
