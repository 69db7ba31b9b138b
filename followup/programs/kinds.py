"""The programs there are: whom each is for, what it counts from, and what a store that changed nothing does; pure."""

from dataclasses import dataclass
from datetime import timedelta

from followup.programs.rules import PERSON, TEXT, Number, Rules, Step, days, hours
from record.consent import Purpose

_DAILY, _MINUTE, _HOUR = timedelta(days=1), timedelta(minutes=1), timedelta(hours=1)
_THREE_DAYS = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Kind:
    """One program. `offers` share the touch budget, leave alone who has a reason to be left alone, and may hold some
    people out; the others are news about something the customer asked for. A person's task is a loop of `loop_kind`,
    due `within` business time. A step more than `fresh` late is left out. `outcome` is what counts as its success.
    `person_instead`: where a text may not go, a person does it.
    """

    name: str
    title: str
    about: str
    counts_from: str
    loop_kind: str
    rules: Rules
    department: str = "service"
    purpose: Purpose = Purpose.MARKETING
    offers: bool = True
    most_holdout: int = 50
    before: bool = False
    every: timedelta = _DAILY
    fresh: timedelta = _THREE_DAYS
    within: timedelta = timedelta(hours=8)
    promised: bool = False
    outcome: str = "repair_order"
    numbers: tuple[Number, ...] = ()
    aims_at_a_visit: bool = True
    may_be_empty: bool = False
    person_instead: bool = True


_LOOK_BACK = Number("look_back_days", "Look back at most, days", 1, 730)
_MONTHS = Number("months", "Months without a visit", 1, 60)


def _months(number: int, look_back: int) -> dict[str, int]:
    return {"months": number, "look_back_days": look_back}


def _offers() -> tuple[Kind, ...]:
    return (
        Kind(
            "declined_red",
            "Work not done, red",
            "Red work was advised on a visit and not done.",
            "the visit",
            "declined_work",
            Rules((days(2, TEXT), days(7, PERSON), days(21, TEXT)), holdout_percent=0),
            most_holdout=0,
        ),
        Kind(
            "declined_yellow",
            "Work not done, yellow",
            "Yellow work was advised on a visit and not done.",
            "the visit",
            "declined_work",
            Rules((days(14, TEXT), days(45, PERSON), days(90, TEXT))),
        ),
        Kind(
            "deferred_work",
            "Work put off",
            "The customer put advised work off to a date that is here.",
            "the date it was put off to",
            "declined_work",
            Rules((days(0, TEXT), days(7, PERSON))),
        ),
        Kind(
            "silent_buyer",
            "Never came for service",
            "Bought a car here and never brought it for service.",
            "the day they were found",
            "silent_defector",
            Rules((days(0, PERSON), days(14, TEXT), days(45, TEXT)), numbers=_months(13, 180)),
            numbers=(_MONTHS, _LOOK_BACK),
        ),
        Kind(
            "silent_customer",
            "Gone quiet",
            "Used to come for service and has been away for longer than their own habit.",
            "the day they were found",
            "silent_defector",
            Rules(
                (days(0, TEXT), days(14, PERSON), days(45, TEXT)),
                numbers={"habit_percent": 150, "months": 9, "look_back_days": 180},
            ),
            numbers=(Number("habit_percent", "Percent of their own interval", 110, 400), _MONTHS, _LOOK_BACK),
        ),
        Kind(
            "watch_list",
            "Watch list",
            "Bought a car here and has not been for service; not yet long enough to ask.",
            "the day they were found",
            "silent_defector",
            Rules((), a_day=500, holdout_percent=0, window_days=155, numbers=_months(8, 155)),
            most_holdout=0,
            numbers=(_MONTHS, _LOOK_BACK),
            may_be_empty=True,
        ),
        Kind(
            "lease_ending",
            "Lease ending",
            "A lease of theirs ends soon; only whoever signed it is asked, whoever lives with them.",
            "the lease’s last day",
            "lease_ending",
            Rules(
                (
                    days(-180, TEXT),
                    days(-120, PERSON),
                    days(-90, TEXT),
                    days(-60, PERSON),
                    days(-30, PERSON),
                ),
                window_days=120,
            ),
            department="sales",
            before=True,
            outcome="deal",
            aims_at_a_visit=False,
        ),
        Kind(
            "household_due",
            "Another car of the household",
            "Somebody of their household was here lately and their own car is due. Only its owner is asked, and not "
            "told of the other’s visit.",
            "the day they were found",
            "household_due",
            Rules((days(0, TEXT), days(21, PERSON)), numbers=_months(6, 30)),
            numbers=(_MONTHS, Number("look_back_days", "The relative’s visit, days ago at most", 1, 90)),
        ),
        Kind(
            "first_service",
            "First service",
            "Took delivery of a car and has not been for service.",
            "delivery",
            "first_service",
            Rules((days(14, PERSON), days(150, TEXT), days(180, PERSON)), window_days=60),
        ),
        Kind(
            "post_delivery",
            "After delivery",
            "Took delivery of a car: is all well, before anybody else asks.",
            "delivery",
            "post_delivery",
            Rules(
                (days(3, TEXT), days(10, PERSON), days(90, TEXT), days(365, TEXT)),
                a_day=100,
                holdout_percent=0,
                window_days=120,
            ),
            department="sales",
            purpose=Purpose.INFORMATIONAL,
            most_holdout=0,
            aims_at_a_visit=False,
        ),
        Kind(
            "after_visit",
            "After a visit",
            "Their repair order was closed: is all well, before the maker’s survey.",
            "the visit’s end",
            "after_visit",
            Rules((days(2, TEXT),), a_day=200, holdout_percent=0, window_days=120),
            purpose=Purpose.INFORMATIONAL,
            most_holdout=0,
            aims_at_a_visit=False,
        ),
    )


def _news() -> tuple[Kind, ...]:
    plain = {"offers": False, "most_holdout": 0, "purpose": Purpose.INFORMATIONAL, "aims_at_a_visit": False}
    return (
        Kind(
            "visit_confirm",
            "Visit booked",
            "A visit was booked or moved.",
            "the booking",
            "visit_unconfirmed",
            Rules((Step(0, TEXT),), a_day=500, holdout_percent=0),
            every=_HOUR,
            fresh=timedelta(hours=6),
            person_instead=False,
            **plain,  # type: ignore[arg-type]
        ),
        Kind(
            "visit_reminders",
            "Visit coming up",
            "A visit is in the book.",
            "the visit",
            "visit_unconfirmed",
            Rules((hours(-24, TEXT), hours(-2, TEXT)), a_day=500, holdout_percent=0),
            before=True,
            every=_HOUR,
            fresh=timedelta(hours=2),
            **plain,  # type: ignore[arg-type]
        ),
        Kind(
            "no_show",
            "Did not come",
            "A visit’s time is over and nobody came.",
            "the day it was missed",
            "no_show",
            Rules((Step(0, PERSON), Step(0, TEXT)), a_day=500, holdout_percent=0),
            every=_MINUTE,
            fresh=timedelta(hours=10),
            within=timedelta(hours=1),
            **plain,  # type: ignore[arg-type]
        ),
        Kind(
            "part_arrived",
            "Ordered part is in",
            "All parts of their order are in.",
            "the last part’s arrival",
            "part_arrived",
            Rules((Step(0, PERSON), Step(0, TEXT), days(7, PERSON)), a_day=500, holdout_percent=0),
            fresh=timedelta(days=2),
            within=timedelta(hours=4),
            promised=True,
            **plain,  # type: ignore[arg-type]
        ),
    )


KINDS = {kind.name: kind for kind in (*_offers(), *_news())}

_WORDS = {
    "declined_red": "declined_work_red",
    "declined_yellow": "declined_work",
    "deferred_work": "declined_work",
    "silent_buyer": "silent_defector",
    "silent_customer": "silent_defector",
    "visit_confirm": "appointment_confirm",
}
_THE_SAME_DAY = 12 * 60


def words_for(kind: Kind, step: Step, wording: str) -> str:
    """Which words of `notice_words.toml` a text of this step has; red work is always told with its safety words."""
    if kind.name == "visit_reminders":
        return "appointment_soon" if step.after > -_THE_SAME_DAY else "appointment_day"
    if wording == "red" and kind.loop_kind == "declined_work":
        return "declined_work_red"
    return _WORDS.get(kind.name, kind.name)
