"""The clocks of a loop, in the department's business time: when it is due, and who must hear of it when; pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from record.business_hours import BusinessHours, NeverOpen

OWNER, MANAGER, DIRECTOR = 0, 1, 2
SOON, LATE = "_soon", "_late"
_NOON_RULE = 14
_PROMISE_WARNING = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """A department's numbers (requirements 1C). Durations are business time but `director_after` and `close_days`."""

    first_contact: timedelta = timedelta(minutes=60)
    hot: timedelta = timedelta(minutes=15)
    second_from: timedelta = timedelta(hours=2)
    second_to: timedelta = timedelta(hours=4)
    warn_percent: int = 25
    review_after_attempts: int = 2
    idle: timedelta = timedelta(hours=24)
    director_after: timedelta = timedelta(days=3)
    close_attempts: int = 5
    close_days: timedelta = timedelta(days=10)
    call_seconds: int = 20
    accept_handoff: timedelta = timedelta(minutes=15)
    confirm_ai: timedelta = timedelta(minutes=60)
    high_value_cents: int = 150_000
    average_order_cents: int = 45_000


SERVICE = SlaPolicy()
SALES = SlaPolicy(first_contact=timedelta(minutes=10), close_attempts=8, close_days=timedelta(days=30))


def default_policy(department: str) -> SlaPolicy:
    return SALES if department == "sales" else SERVICE


@dataclass(frozen=True, slots=True)
class LoopFacts:
    """What the clocks read. `attempts` are valid ones (`followup.attempts`), `replied_at` the customer's last sign of
    life, `promises` the times of those still open. An `owned` loop has somebody who works here."""

    opened_at: datetime
    first_due_at: datetime
    attempts: tuple[datetime, ...] = ()
    replied_at: datetime | None = None
    last_action_at: datetime | None = None
    promises: tuple[datetime, ...] = ()
    handed_at: datetime | None = None
    ai_done_at: datetime | None = None
    waits_for_event: bool = False
    owned: bool = True


@dataclass(frozen=True, slots=True)
class Due:
    """When it is due, and for what: promise, first_contact, answer, second_attempt, reminder, confirmation or event."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Milestone:
    """From `at` on, whoever stands at `level` must know of it, unless it is settled before."""

    kind: str
    level: int
    at: datetime


def callback_due(
    hours: BusinessHours,
    department: str,
    now: datetime,
    *,
    urgent: bool,
    asked: datetime | None,
    policy: SlaPolicy | None = None,
) -> datetime:
    """The promised instant when the customer named one that is still to come, else the department's first-contact time.

    A time outside opening hours moves to the next opening: nobody is there to keep it. Without any opening hours the
    clock runs in plain time.
    """
    if asked is not None and asked > now:
        return _when_somebody_is_there(hours, asked)
    numbers = policy or default_policy(department)
    return after(hours, now, min(numbers.hot, numbers.first_contact) if urgent else numbers.first_contact)


def after(hours: BusinessHours, at: datetime, amount: timedelta) -> datetime:
    """That much business time later, or plain time for a department that never opens."""
    try:
        return hours.add_business_time(at, amount)
    except NeverOpen:
        return at + amount


def due(hours: BusinessHours, policy: SlaPolicy, facts: LoopFacts) -> Due:
    """The one due time. A promise counts with its own time, whatever else is due."""
    found = [*(Due(at, "promise") for at in facts.promises), _step(hours, policy, facts)]
    return min(found, key=lambda each: each.at)


def milestones(hours: BusinessHours, policy: SlaPolicy, facts: LoopFacts) -> tuple[Milestone, ...]:
    """Everything that would have to be said if nothing happened from here on, in order."""
    found = [] if facts.owned else [Milestone("unowned", MANAGER, facts.opened_at)]
    for at in facts.promises:
        found += _clock("promise", at - _PROMISE_WARNING, at, hours, policy)
    step = _step(hours, policy, facts)
    since = max(each for each in (facts.opened_at, *facts.attempts, facts.replied_at, facts.ai_done_at) if each)
    found += _clock(step.why, _warning(hours, policy, since, step.at), step.at, hours, policy)
    if _unanswered(facts) >= policy.review_after_attempts:
        found.append(Milestone("review", MANAGER, facts.attempts[-1]))
    if facts.handed_at is not None:
        late = after(hours, facts.handed_at, policy.accept_handoff)
        found += [Milestone("handoff_late", OWNER, late), _higher("handoff_late", late, hours, policy)]
    if not facts.waits_for_event:
        last = max(facts.opened_at, facts.last_action_at or facts.opened_at)
        found.append(Milestone("idle_late", MANAGER, after(hours, last, policy.idle)))
        found.append(Milestone("stale_late", DIRECTOR, last + policy.director_after))
    return tuple(sorted(found, key=lambda each: (each.at, each.level, each.kind)))


def raised(all_of_them: tuple[Milestone, ...], now: datetime) -> tuple[Milestone, ...]:
    """The milestones that stand at a moment: a warning is over once what it warned of is there."""
    here = [each for each in all_of_them if each.at <= now]
    late = {each.kind.removesuffix(LATE) for each in here if each.kind.endswith(LATE)}
    return tuple(each for each in here if not (each.kind.endswith(SOON) and each.kind.removesuffix(SOON) in late))


def next_moment(all_of_them: tuple[Milestone, ...], now: datetime) -> datetime | None:
    """When the next one comes."""
    return next((each.at for each in all_of_them if each.at > now), None)


def second_window(hours: BusinessHours, policy: SlaPolicy, attempt_at: datetime) -> tuple[datetime, datetime]:
    """From when to when the second attempt belongs. After a first one before 14:00 it is made the same business day,
    so that calls do not bunch at the end of days (S2-83)."""
    opens, closes = after(hours, attempt_at, policy.second_from), after(hours, attempt_at, policy.second_to)
    local = hours.local(attempt_at)
    if local.hour < _NOON_RULE and hours.local(closes).date() != local.date():
        today = [each.ends_at for each in hours.openings_on(local.date()) if each.ends_at > attempt_at]
        if today:
            closes = min(closes, today[-1])
            opens = min(opens, closes)
    return opens, closes


def may_give_up(policy: SlaPolicy, facts: LoopFacts, now: datetime) -> bool:
    """Whether "no response" is an honest reason yet: enough valid attempts over enough days, no promise open."""
    if facts.promises or len(facts.attempts) < policy.close_attempts:
        return False
    return _unanswered(facts) > 0 and now - facts.opened_at >= policy.close_days


def _step(hours: BusinessHours, policy: SlaPolicy, facts: LoopFacts) -> Due:
    """The next thing the process itself asks for; of an event, that it comes by then."""
    if facts.ai_done_at is not None:
        return Due(after(hours, facts.ai_done_at, policy.confirm_ai), "confirmation")
    if facts.waits_for_event:
        return Due(facts.first_due_at, "event")
    last = facts.attempts[-1] if facts.attempts else None
    if facts.replied_at is not None and (last is None or facts.replied_at > last):
        answer = after(hours, facts.replied_at, policy.first_contact)
        return Due(answer if last is not None else min(answer, facts.first_due_at), "answer")
    if last is None:
        return Due(facts.first_due_at, "first_contact")
    if len(facts.attempts) == 1:
        return Due(second_window(hours, policy, last)[1], "second_attempt")
    return Due(_end_of_next_business_day(hours, last), "reminder")


def _unanswered(facts: LoopFacts) -> int:
    """Valid attempts since the customer was last heard of."""
    return sum(1 for at in facts.attempts if facts.replied_at is None or at > facts.replied_at)


def _clock(
    name: str, warning: datetime, at: datetime, hours: BusinessHours, policy: SlaPolicy
) -> tuple[Milestone, ...]:
    """Owner before and at the time; the manager one first-contact time later."""
    late = name + LATE
    return Milestone(name + SOON, OWNER, warning), Milestone(late, OWNER, at), _higher(late, at, hours, policy)


def _higher(kind: str, at: datetime, hours: BusinessHours, policy: SlaPolicy) -> Milestone:
    return Milestone(kind, MANAGER, after(hours, at, policy.first_contact))


def _warning(hours: BusinessHours, policy: SlaPolicy, since: datetime, at: datetime) -> datetime:
    """The moment only the last part of the time allowed is left."""
    allowed = hours.business_time_between(since, at) or max(at - since, timedelta(0))
    return after(hours, since, allowed * (100 - policy.warn_percent) / 100)


def _end_of_next_business_day(hours: BusinessHours, at: datetime) -> datetime:
    day = hours.local(at).date()
    for _ in range(30):
        day += timedelta(days=1)
        openings = hours.openings_on(day)
        if openings:
            return openings[-1].ends_at
    return at + timedelta(days=1)


def _when_somebody_is_there(hours: BusinessHours, at: datetime) -> datetime:
    try:
        return hours.next_opening(at)
    except NeverOpen:
        return at
