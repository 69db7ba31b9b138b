"""The rules about contacting people, as rows: id, words, source, since when, and the numbers in them; pure.

They set defaults and are no legal advice: a store's counsel signs them. Sources disagree in places; where they do, the
stricter stands here.
"""

from dataclasses import dataclass
from datetime import date, time

VERSION = "2026-11b"
"""Moves with every change below; each decision stores it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id in the catalogue, what a person is told, where it comes from, since when, and its number."""

    id: str
    says: str
    source: str
    since: date
    number: int = 0


def _rule(rule_id: str, says: str, source: str, since: str, number: int = 0) -> Rule:
    return Rule(rule_id, says, source, date.fromisoformat(since), number)


CONVERSATION = _rule(
    "L1", "a reply needs the text it answers, of the last day", "CTIA Messaging Principles 2023", "2023-05-01", 24 * 60
)
GAVE_NUMBER = _rule("L2", "they never gave this number for this", "47 CFR 64.1200(a)(1)-(2)", "2013-10-16")
WRITTEN = _rule("L3", "no written consent to offers is on file", "47 CFR 64.1200(f)(9)", "2013-10-16")
AI_VOICE = _rule(
    "L4", "the assistant calls nobody who did not ask it to", "FCC 24-17: an AI voice is artificial", "2024-02-08"
)
OPTED_OUT = _rule("L5", "after an opt-out nothing goes out", "47 CFR 64.1200(a)(10), FCC 24-24", "2025-04-11")
OFFERS_OFF = _rule("L5m", "they want no offers", "47 CFR 64.1200(a)(10)", "2025-04-11")
NO_NEWS = _rule("L5i", "they want no automatic messages this way", "47 CFR 64.1200(a)(10)", "2025-04-11")
CONFIRMED_ONCE = _rule("L7", "one confirmation, within 5 minutes", "47 CFR 64.1200(a)(12)", "2024-04-04", 5)
QUIET_HOURS = _rule("L8", "otherwise from 8:00 to 21:00 where the customer is", "47 CFR 64.1200(c)(1)", "1991-12-20")
ACTIVE = _rule("L8a", "in a conversation under way any time of day", "47 CFR 64.1200(c)(1)", "1991-12-20", 15)
OFFER_HOURS = _rule(
    "L8m",
    "offers go 9:00 to 20:00, Monday to Saturday, by the strictest law they may live under",
    "state laws",
    "2021-07-01",
)
HOLIDAY = _rule("L8h", "no offers on a holiday", "state laws (AL, LA, MS, PA, RI and others)", "2021-07-01")
REGISTERED = _rule("L14", "our number is not registered for this kind of text", "A2P 10DLC", "2023-08-31")
BUDGET_WEEK = _rule("L18", "one offer in 7 days, whichever department", "the store's touch budget", "2026-01-01", 1)
BUDGET_MONTH = _rule(
    "L18m", "three offers in 30 days, whichever department", "the store's touch budget", "2026-01-01", 3
)
CALLS_A_DAY = _rule("C9", "three calls in 24 hours", "Fla. Stat. 501.616(6)(b)", "2021-07-01", 3)
TEXTS_A_DAY = _rule("C9t", "six automatic texts in 24 hours", "ours, against loops", "2026-01-01", 6)
ASKED_FOR = _rule(
    "L1c", "a code goes to the customer who asks for it on the line", "CTIA Messaging Principles 2023", "2023-05-01"
)
STALE = _rule("F1", "what it says may no longer be true", "ours: status texts of stale data", "2026-01-01")
RULES = (
    CONVERSATION,
    GAVE_NUMBER,
    WRITTEN,
    AI_VOICE,
    OPTED_OUT,
    OFFERS_OFF,
    NO_NEWS,
    CONFIRMED_ONCE,
    QUIET_HOURS,
    ACTIVE,
    OFFER_HOURS,
    HOLIDAY,
    REGISTERED,
    BUDGET_WEEK,
    BUDGET_MONTH,
    CALLS_A_DAY,
    TEXTS_A_DAY,
    ASKED_FOR,
    STALE,
)


@dataclass(frozen=True, slots=True)
class Window:
    """When an offer may go on a day of the week, in the customer's own time."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class StateHours:
    """A state's own hours for offers. `saturday` and `sunday` None: never on that day."""

    state: str
    weekday: Window
    saturday: Window | None
    sunday: Window | None
    source: str
    since: date

    def on(self, weekday: int) -> Window | None:
        return self.weekday if weekday < 5 else self.saturday if weekday == 5 else self.sunday


def _hours(state: str, opens: int, closes: int, source: str, since: str, sunday: bool = True) -> StateHours:
    window = Window(time(opens), time(closes))
    return StateHours(state, window, window, window if sunday else None, source, date.fromisoformat(since))


FEDERAL = Window(time(8), time(21))
OFFERS = StateHours(
    "", Window(time(9), time(20)), Window(time(9), time(20)), None, "ours: the usual strictest", date(2026, 1, 1)
)
UNKNOWN = StateHours(
    "?", Window(time(10), time(18)), Window(time(10), time(17)), None, "the intersection of all", date(2026, 1, 1)
)
STATES = {
    row.state: row
    for row in (
        _hours("AL", 8, 20, "Ala. Code 8-19C", "1999-10-01", sunday=False),
        _hours("CT", 9, 20, "Conn. Gen. Stat. 42-288a", "2023-10-01"),
        _hours("FL", 8, 20, "Fla. Stat. 501.616(6)(a)", "2021-07-01"),
        _hours("KY", 10, 21, "KRS 367.46955", "1998-07-15"),
        _hours("LA", 8, 20, "La. R.S. 45:844", "2009-01-01", sunday=False),
        _hours("MA", 8, 20, "201 CMR 12", "2003-04-01"),
        _hours("MD", 8, 20, "Md. Com. Law 14-4501", "2024-01-01"),
        _hours("MI", 9, 21, "MCL 445.111", "2003-03-01"),
        _hours("MN", 9, 21, "Minn. Stat. 325E.30", "1987-08-01"),
        _hours("MS", 8, 20, "Miss. Code 77-3-701", "2003-07-01", sunday=False),
        _hours("NJ", 8, 20, "N.J.S.A. 56:8-127", "2003-05-01"),
        _hours("NM", 9, 21, "NMSA 57-12-22", "2003-07-01"),
        _hours("NV", 9, 20, "NRS 599B", "2003-10-01"),
        _hours("OK", 8, 20, "15 O.S. 775C", "2022-11-01"),
        StateHours(
            "RI",
            Window(time(9), time(18)),
            Window(time(10), time(17)),
            Window(time(10), time(17)),
            "R.I. Gen. Laws 5-61",
            date(1999, 1, 1),
        ),
        StateHours(
            "TX",
            Window(time(9), time(21)),
            Window(time(9), time(21)),
            Window(time(12), time(21)),
            "Tex. Bus. & Com. Code 301.051, SB 140",
            date(2025, 9, 1),
        ),
        _hours("WA", 8, 20, "RCW 80.36.390", "2022-06-09"),
    )
}
