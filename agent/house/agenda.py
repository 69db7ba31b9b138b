"""What a caller wants, as talks in the order they are dealt with: opened by what they say, closed when settled."""

from __future__ import annotations

from agent.house import phrases
from agent.house.answer_talk import (
    AdvisedTalk,
    PriceTalk,
    StatusTalk,
    StoreTalk,
    asks_about_store,
    hours_day,
    priced_words,
)
from agent.house.booking_talk import BookingTalk
from agent.house.care_talk import ContactTalk, MaintenanceTalk, PartsOrderTalk, WaitListTalk
from agent.house.inquiry_talk import SalesTalk
from agent.house.leaving_talk import Filing, MessageTalk, PersonTalk, WishTalk, key_for
from agent.house.memory import Ask, Memory, Talk
from agent.house.understanding import Department, Intent, Need, TransferTarget, Understood, find_vin, says_vin
from agent.house.vin_talk import VinTalk
from agent.house.visit_talk import VisitTalk, Wish


class Agenda:
    """The talks of one call."""

    def __init__(self, memory: Memory) -> None:
        self.m = memory
        self.talks: list[Talk] = []
        self.bookings: list[BookingTalk] = []
        self.priced = ""
        self.unasked = False  # a wish came before what they called for

    def open(self, u: Understood) -> bool:
        """New things to do, in the order they will be dealt with: quick ones first."""
        if u.says(Intent.INJECTION):
            return False
        new: list[Talk] = []
        if not u.says(Intent.CONTACT_CHANGE):
            new += [StoreTalk(self.m, topic, hours_day(u, self.m.now)) for topic in asks_about_store(u)]
        if (says_vin(u.text) or find_vin(u.text)) and not self.has(VinTalk) and not self.m.vin:
            new.append(VinTalk(self.m))
        if u.says(Intent.OPT_OUT):
            new.append(WishTalk(self.m, "do_not_contact", u.text))
        if u.says(Intent.DO_NOT_RECORD):
            new.append(WishTalk(self.m, "do_not_record", u.text))
        if u.says(Intent.PRICE) and not u.says(Intent.SALES, Intent.TRADE_IN):
            self.priced = priced_words(u)
            new.append(PriceTalk(self.m, self.priced or self._booking_words()))
        new += self._elsewhere(u)
        if not any(isinstance(talk, MessageTalk | PersonTalk) for talk in new):
            new += self._service(u)
        self.unasked = bool(new) and self.m.asking is Ask.HELP and u.says(Intent.DO_NOT_RECORD)
        self.talks = [talk for talk in self.talks if not talk.done]
        self.talks = [t for t in new if t.quick] + self.talks + [t for t in new if not t.quick]
        if any(isinstance(talk, BookingTalk) for talk in new):
            self.talks.sort(key=lambda talk: isinstance(talk, StatusTalk))  # what they came to is dealt with first
        return bool(new)

    def put_nobody_through(self) -> None:
        """Nobody took the call: they are rung again when the caller asks again."""
        self.talks = [talk for talk in self.talks if not isinstance(talk, PersonTalk)]

    def _elsewhere(self, u: Understood) -> list[Talk]:
        """Things people do, not this agent: parts, sales, messages."""
        said = phrases.plain(u.said, 400)
        if u.says(Intent.CONTACT_CHANGE) and not self.has(ContactTalk):
            return [ContactTalk(self.m, u)]
        if u.says(Intent.PARTS) and not u.says(Intent.PARTS_ORDER):
            filing = Filing("parts_inquiry", {"part": said, "car": self.m.car.label})
            return [PersonTalk(self.m, key_for(self.m, TransferTarget(Department.PARTS)), u.said, "to_parts", filing)]
        if u.says(Intent.SALES, Intent.TRADE_IN):
            key = key_for(self.m, TransferTarget(Department.SALES))
            return [] if self.has(SalesTalk) else [SalesTalk(self.m, key, u)]
        if any(isinstance(talk, MessageTalk) and not talk.done for talk in self.talks):
            return []
        if u.says(Intent.MESSAGE, Intent.CALLBACK):
            return [MessageTalk(self.m, key_for(self.m, u.transfer_to), callback=u.says(Intent.CALLBACK))]
        return []

    def _service(self, u: Understood) -> list[Talk]:
        busy = self.current()
        if u.says(Intent.ADVISED_WORK) and not u.says(Intent.PRICE) and not self.has(AdvisedTalk):
            return [AdvisedTalk(self.m)]
        if (
            _asks_status(u)
            and not u.says(Intent.PARTS_ORDER)
            and not self.has(StatusTalk)
            and not self.has(BookingTalk)
        ):
            return [StatusTalk(self.m)]
        if u.says(Intent.WAIT_LIST) and not self.has(WaitListTalk):
            return [self._wait_list(u)]
        if u.says(Intent.PARTS_ORDER) and not self.has(PartsOrderTalk):
            return [PartsOrderTalk(self.m)]
        if u.says(Intent.MAINTENANCE) and not u.says(Intent.PRICE, Intent.BOOK) and not self.has(MaintenanceTalk):
            return [MaintenanceTalk(self.m)]
        wish = next((w for w, i in _WISHES if u.says(i)), None)
        if wish and not self.has(VisitTalk) and not (isinstance(busy, BookingTalk) and busy.search.offers):
            talk = VisitTalk(self.m, wish)
            self._start_from_booked(talk, u)
            return [talk]
        if self.has(BookingTalk) or self.has(VisitTalk) or self.has(MessageTalk):
            return []
        needs = [need for need in u.needs if need.need is not Need.OTHER or not u.says(Intent.PRICE)]
        asked_only = u.says(Intent.PRICE) and not u.says(Intent.BOOK)
        if self.has(StatusTalk) and not (needs and u.says(Intent.BOOK)):
            return []  # what is wrong with a car that is here already is no visit of its own
        if u.says(Intent.BOOK, Intent.LOANER) or (needs and not asked_only):
            return [self.new_booking(bool(needs))]
        if self.m.asking is Ask.MORE and u.wanted and u.says(Intent.CORRECTION):
            talk = VisitTalk(self.m, Wish.MOVE)
            self._start_from_booked(talk, u)
            return [talk]
        return []

    def _wait_list(self, u: Understood) -> WaitListTalk:
        """From a booking under way, what it was for goes along, and it is not asked for a time again."""
        under_way = [talk for talk in self.talks if isinstance(talk, BookingTalk) and not talk.done]
        for talk in under_way:
            talk.done = True
        return WaitListTalk(self.m, under_way[-1].concern if under_way else "")

    def new_booking(self, says_what: bool) -> BookingTalk:
        """A booking starts from what was just asked the price of, when nothing else is named."""
        talk = BookingTalk(self.m)
        if not says_what and self.priced:
            talk.words = [self.priced]
        self.priced = ""
        self.bookings.append(talk)
        if self.m.asking is Ask.HELP:
            self.m.asking = None
        return talk

    def _start_from_booked(self, talk: VisitTalk, u: Understood) -> None:
        booked = [
            (t.appointment_id, t.search.chosen.starts) for t in self.bookings if t.appointment_id and t.search.chosen
        ]
        if booked and talk.wish is not Wish.CHECK:
            appointment_id, starts = booked[-1]
            talk.booked_here(appointment_id, starts)

    def has(self, kind: type[Talk]) -> bool:
        return any(isinstance(talk, kind) and not talk.done for talk in self.talks)

    def _booking_words(self) -> str:
        return next((talk.concern for talk in self.talks if isinstance(talk, BookingTalk)), "")

    def current(self) -> Talk | None:
        return next((talk for talk in self.talks if not talk.done), None)


def _asks_status(u: Understood) -> bool:
    """ "The check engine light is on" is a need, whatever else it sounds like."""
    if not u.says(Intent.RO_STATUS):
        return False
    scores = {found.intent: found.score for found in u.intents}
    return not u.needs or scores[Intent.RO_STATUS] > scores.get(Intent.BOOK, 0.0)


_WISHES = ((Wish.CANCEL, Intent.CANCEL), (Wish.MOVE, Intent.MOVE), (Wish.CHECK, Intent.CHECK_APPOINTMENT))
