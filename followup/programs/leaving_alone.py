"""Who is left alone though they qualify: rules of our own, beside those of `may_contact`; the decision is pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from followup.programs.kinds import Kind

_WEEK, _MONTH = timedelta(days=7), timedelta(days=30)
TALKED_WITHIN = timedelta(days=2)
QUIET_AFTER = 5
"""So many touches without a sign of life, and a customer is quiet: they are not asked again."""


@dataclass(frozen=True, slots=True)
class Alone:
    """One rule: `for_good` ends the program for this person, else it is looked at again the next day."""

    id: str
    says: str
    for_good: bool
    source: str = "ours: fewer asks, each of them wanted"
    since: date = date(2026, 11, 25)


VISIT_BOOKED = Alone("P1", "a visit is booked", True)
COMPLAINT = Alone("P2", "a complaint of theirs is open", False)
IN_TOUCH = Alone("P3", "they were in touch in the last two days", False)
ASKED_TO_BE = Alone("P4", "they asked to be left alone, or are not who we think", True)
QUIET = Alone("P5", f"quiet: did not react to the last {QUIET_AFTER} touches", True)
BUDGET_WEEK = Alone("T7", "the week’s touches of all programs are used up", False, "the store’s touch budget")
BUDGET_MONTH = Alone("T30", "the month’s touches of all programs are used up", False, "the store’s touch budget")
RULES = (VISIT_BOOKED, COMPLAINT, IN_TOUCH, ASKED_TO_BE, QUIET, BUDGET_WEEK, BUDGET_MONTH)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of somebody that matters here. `touches` are those of all programs, the newest first."""

    visit_booked: bool = False
    complaint: bool = False
    heard_at: datetime | None = None
    asked_to_be: bool = False
    touches: tuple[datetime, ...] = ()


def reason(kind: Kind, standing: Standing, week: int, month: int, now: datetime) -> Alone | None:
    """Why this program leaves them alone now, the weightiest first; None when it need not."""
    if not kind.offers:
        return None
    if standing.asked_to_be:
        return ASKED_TO_BE
    if standing.visit_booked and kind.aims_at_a_visit:
        return VISIT_BOOKED
    since = [at for at in standing.touches if standing.heard_at is None or at > standing.heard_at]
    if len(since) >= QUIET_AFTER:
        return QUIET
    if standing.complaint:
        return COMPLAINT
    if standing.heard_at is not None and now - standing.heard_at < TALKED_WITHIN:
        return IN_TOUCH
    if sum(now - at < _WEEK for at in standing.touches) >= week:
        return BUDGET_WEEK
    if sum(now - at < _MONTH for at in standing.touches) >= month:
        return BUDGET_MONTH
    return None


def together(
    customers: Iterable[str],
    booked: set[str],
    complaints: set[str],
    asked: set[str],
    heard: Sequence[tuple[str, datetime]],
    touches: Sequence[tuple[str, datetime]],
) -> dict[str, Standing]:
    """Rows of each kind as one standing per customer."""
    last: dict[str, datetime] = {}
    for customer, at in heard:
        last[customer] = max(at, last.get(customer, at))
    made: defaultdict[str, list[datetime]] = defaultdict(list)
    for customer, at in touches:
        made[customer].append(at)
    return {
        each: Standing(
            each in booked,
            each in complaints,
            last.get(each),
            each in asked,
            tuple(sorted(made[each], reverse=True)),
        )
        for each in customers
    }
