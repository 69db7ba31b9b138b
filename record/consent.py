"""May we contact this person, like this, for this, now? One decision, with the rules that made it; pure.

Whoever contacts a customer holds a Permission, made only here, in the transaction that claims the message.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from record import contact_rules as rows
from record.contact_rules import CONFIRMED_ONCE, Rule, StateHours, Window
from record.us_holidays import is_holiday


class Purpose(StrEnum):
    """What it is for. Mixed content is marketing."""

    REPLY = "conversational_reply"
    OPT_OUT_CONFIRMATION = "opt_out_confirmation"
    INFORMATIONAL = "informational"
    MARKETING = "marketing"
    CODE = "one_time_code"


class Channel(StrEnum):
    """How. `ai_call` is the assistant's own voice; `call` is a person's."""

    TEXT = "text"
    CALL = "call"
    AI_CALL = "ai_call"


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of the consent ledger: kind grant, revoke or block; source says where the words are."""

    kind: str
    channel: str
    scope: str
    at: datetime
    source: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """Something that went to this person before, from whichever department."""

    channel: str
    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a number stands with this store: when it opted out of everything, if it has not come back since."""

    opted_out_at: datetime | None = None
    confirmations: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """The store's own numbers: how often, and between which minutes of the day offers may go. Laws narrow them further
    and nothing widens them."""

    offers_week: int = rows.BUDGET_WEEK.number
    offers_month: int = rows.BUDGET_MONTH.number
    texts_day: int = rows.TEXTS_A_DAY.number
    offers_open: int = 9 * 60
    offers_close: int = 20 * 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. `stale_after`: from then on what it says may be untrue."""

    purpose: Purpose
    channel: Channel = Channel.TEXT
    stale_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the person and of us. `zones` and `states` are all the places they may be, none when nobody
    knows. `registered` is our number's 10DLC state for this purpose: None where nobody has said."""

    standing: Standing = Standing()
    ledger: tuple[Said, ...] = ()
    last_inbound_at: datetime | None = None
    gave_number: bool = False
    zones: tuple[ZoneInfo, ...] = ()
    states: tuple[str, ...] = ()
    sent: tuple[Sent, ...] = ()
    closed_days: frozenset[date] = frozenset()
    registered: bool | None = None
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Permission:
    """Made only here, at the moment of sending. `local_minute` and `window` are those of the tightest place."""

    rules: tuple[str, ...]
    version: str = rows.VERSION
    local_minute: int | None = None
    window: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Not now, and by which rules. `again_at` is when to ask again, where waiting helps."""

    rules: tuple[str, ...]
    says: str
    again_at: datetime | None = None
    version: str = rows.VERSION


_DAY = timedelta(days=1)
_QUARTER = timedelta(minutes=15)
_AUTOMATIC = (Purpose.INFORMATIONAL, Purpose.MARKETING)
# Words that were only spoken are no written consent (L3): the Fifth Circuit's contrary view binds three states.
_SPOKEN = ("call", "voice", "staff")


def may_contact(asked: Asked, facts: Facts, now: datetime) -> Permission | Refusal:
    """The decision for one message or call, at this moment."""
    if asked.purpose is Purpose.OPT_OUT_CONFIRMATION:
        return _confirmation(facts.standing, now)
    person_calls = asked.channel is Channel.CALL and asked.purpose is not Purpose.MARKETING
    if facts.standing.opted_out_at is not None and not person_calls:
        return _refused(rows.OPTED_OUT)
    wrong = _standing_rules(asked, facts, now)
    if wrong:
        return _together(wrong)
    if asked.purpose is Purpose.CODE:
        return Permission((rows.ASKED_FOR.id,))
    if asked.purpose is Purpose.REPLY:
        return _reply(facts, now)
    hours = _windows(asked.purpose, facts)
    open_now = _fits(asked.purpose, facts, hours, now)
    if isinstance(open_now, Rule):
        again = _next_open(asked.purpose, facts, hours, now)
        return Refusal((open_now.id,), open_now.says, again)
    basis = rows.WRITTEN if asked.purpose is Purpose.MARKETING else rows.GAVE_NUMBER
    clock = rows.OFFER_HOURS if asked.purpose is Purpose.MARKETING else rows.QUIET_HOURS
    return Permission((basis.id, clock.id), local_minute=open_now[0], window=open_now[1])


def standing_of(ledger: Sequence[Said], channels: tuple[str, ...] = ("text", "all")) -> datetime | None:
    """When they opted out of everything, if they have not come back since: the first time since they last opted in."""
    out: datetime | None = None
    for said in sorted(ledger, key=lambda each: each.at):
        if said.scope == "all" and said.channel in channels:
            out = None if said.kind == "grant" else out or said.at
    return out


def _standing_rules(asked: Asked, facts: Facts, now: datetime) -> list[Refusal]:
    """Everything but the clock, in the order a person would want to hear it."""
    wrong: list[Refusal] = []
    if asked.channel is Channel.AI_CALL and not _granted(facts.ledger, "ai_call", _scopes(asked.purpose)):
        wrong.append(_refused(rows.AI_VOICE))
    if _may_not_tell(asked, facts.ledger):
        wrong.append(_refused(rows.NO_NEWS))
    if asked.purpose is Purpose.MARKETING:
        if _said_no(facts.ledger, asked.channel, ("marketing", "all")):
            wrong.append(_refused(rows.OFFERS_OFF))
        elif asked.channel is not Channel.CALL and not _granted(facts.ledger, asked.channel, ("marketing",), True):
            wrong.append(_refused(rows.WRITTEN))
    if asked.purpose is Purpose.INFORMATIONAL and not (
        facts.gave_number or _granted(facts.ledger, asked.channel, ("informational", "all", "marketing"))
    ):
        wrong.append(_refused(rows.GAVE_NUMBER))
    if asked.channel is Channel.TEXT and not _registered(asked.purpose, facts):
        wrong.append(_refused(rows.REGISTERED))
    if asked.stale_after is not None and now > asked.stale_after:
        wrong.append(_refused(rows.STALE))
    return wrong + _budget(asked, facts, now)


def _together(wrong: Sequence[Refusal]) -> Refusal:
    """Every rule in the way; waiting helps only where it helps with all of them."""
    waits = [each.again_at for each in wrong]
    again = max(at for at in waits if at is not None) if all(waits) else None
    rules = tuple(rule for each in wrong for rule in each.rules)
    return Refusal(rules, "; ".join(each.says for each in wrong), again)


def _registered(purpose: Purpose, facts: Facts) -> bool:
    """Offers need a number known to be registered for them; anything else needs one not known to be refused."""
    return bool(facts.registered) if purpose is Purpose.MARKETING else facts.registered is not False


def _budget(asked: Asked, facts: Facts, now: datetime) -> list[Refusal]:
    offers = sorted(each.at for each in facts.sent if each.purpose == Purpose.MARKETING)
    calls = sorted(each.at for each in facts.sent if each.channel in (Channel.CALL, Channel.AI_CALL))
    texts = sorted(each.at for each in facts.sent if each.channel == Channel.TEXT and each.purpose in _AUTOMATIC)
    caps: list[tuple[Rule, list[datetime], timedelta]] = []
    own = facts.limits
    if asked.purpose is Purpose.MARKETING:
        week = _numbered(rows.BUDGET_WEEK, own.offers_week, "offers in 7 days, whichever department")
        month = _numbered(rows.BUDGET_MONTH, own.offers_month, "offers in 30 days, whichever department")
        caps = [(week, offers, 7 * _DAY), (month, offers, 30 * _DAY)]
    if asked.channel is Channel.AI_CALL or (asked.channel is Channel.CALL and asked.purpose is Purpose.MARKETING):
        caps.append((rows.CALLS_A_DAY, calls, _DAY))
    if asked.channel is Channel.TEXT and asked.purpose in _AUTOMATIC:
        caps.append((_numbered(rows.TEXTS_A_DAY, own.texts_day, "automatic texts in 24 hours"), texts, _DAY))
    wrong = []
    for rule, before, span in caps:
        recent = [at for at in before if now - at < span]
        if len(recent) >= rule.number:
            again = recent[-rule.number] + span if rule.number else None
            wrong.append(Refusal((rule.id,), rule.says, again))
    return wrong


def _numbered(rule: Rule, number: int, unit: str) -> Rule:
    """A rule with the store's own number in it."""
    return rule if rule.number == number else replace(rule, number=number, says=f"{number} {unit}")


def _reply(facts: Facts, now: datetime) -> Permission | Refusal:
    since = now - facts.last_inbound_at if facts.last_inbound_at is not None else None
    if since is None or since > timedelta(minutes=rows.CONVERSATION.number):
        return _refused(rows.CONVERSATION)
    if since <= timedelta(minutes=rows.ACTIVE.number):
        return Permission((rows.CONVERSATION.id, rows.ACTIVE.id))
    if all(_inside(rows.FEDERAL, now.astimezone(zone).time()) for zone in facts.zones):
        return Permission((rows.CONVERSATION.id, rows.QUIET_HOURS.id))
    return _refused(rows.QUIET_HOURS)


def _confirmation(standing: Standing, now: datetime) -> Permission | Refusal:
    if standing.opted_out_at is None or standing.confirmations:
        return _refused(CONFIRMED_ONCE)
    if now - standing.opted_out_at > timedelta(minutes=CONFIRMED_ONCE.number):
        return _refused(CONFIRMED_ONCE)
    return Permission((CONFIRMED_ONCE.id,))


def _granted(ledger: Sequence[Said], channel: str, scopes: tuple[str, ...], written: bool = False) -> bool:
    """Whether the last word on it is a yes. A store system's block is never outweighed by an older yes, and a spoken
    yes is none where it must be written."""
    yes = False
    for said in sorted(ledger, key=lambda each: each.at):
        about = said.channel == channel if channel == Channel.AI_CALL else said.channel in (channel, "all")
        if said.kind == "grant":
            if about and said.scope in scopes and not (written and said.source.startswith(_SPOKEN)):
                yes = True
        elif said.channel in (channel, "all") and (said.scope in scopes or said.scope == "all"):
            yes = False
    return yes


def _scopes(purpose: Purpose) -> tuple[str, ...]:
    return ("marketing",) if purpose is Purpose.MARKETING else ("informational", "all", "marketing")


def _may_not_tell(asked: Asked, ledger: Sequence[Said]) -> bool:
    """Whether they want no automatic news, nor offers by telephone. A person may always call about a car."""
    by_call = asked.channel is Channel.CALL
    if asked.purpose is not (Purpose.MARKETING if by_call else Purpose.INFORMATIONAL):
        return False
    return _said_no(ledger, asked.channel, ("informational", "all"))


def _said_no(ledger: Sequence[Said], channel: str, scopes: tuple[str, ...]) -> bool:
    """They, or a store system's flag, said no to this and nobody said yes since."""
    said = sorted(ledger, key=lambda each: each.at)
    kinds = [each.kind for each in said if each.channel in (channel, "all") and each.scope in scopes]
    return bool(kinds) and kinds[-1] != "grant"


def _windows(purpose: Purpose, facts: Facts) -> tuple[StateHours, ...]:
    """The laws that may apply to an offer: our own, and each state's they may be in; nobody knows: all of them."""
    if purpose is not Purpose.MARKETING:
        return ()
    if not facts.states or not facts.zones:
        return (rows.OFFERS, rows.UNKNOWN, *rows.STATES.values())
    return (rows.OFFERS, *(rows.STATES[state] for state in facts.states if state in rows.STATES))


def _fits(
    purpose: Purpose, facts: Facts, laws: tuple[StateHours, ...], now: datetime
) -> tuple[int, tuple[int, int]] | Rule:
    """The tightest place's minute and window when it is open everywhere they may be, else the rule that says no."""
    tightest: tuple[int, int, tuple[int, int]] | None = None
    for zone in facts.zones or (ZoneInfo("America/New_York"), ZoneInfo("Pacific/Honolulu")):
        local = now.astimezone(zone)
        window = rows.FEDERAL
        for law in laws:
            own = law.on(local.weekday())
            if own is None:
                return rows.OFFER_HOURS
            window = Window(max(window.opens, own.opens), min(window.closes, own.closes))
        if purpose is Purpose.MARKETING:
            window = _narrowed(window, facts.limits)
        if purpose is Purpose.MARKETING and (is_holiday(local.date()) or local.date() in facts.closed_days):
            return rows.HOLIDAY
        if not _inside(window, local.time()):
            return rows.OFFER_HOURS if purpose is Purpose.MARKETING else rows.QUIET_HOURS
        minute, opens, closes = _minute(local.time()), _minute(window.opens), _minute(window.closes)
        margin = min(minute - opens, closes - minute)
        if tightest is None or margin < tightest[0]:
            tightest = (margin, minute, (opens, closes))
    return (tightest[1], tightest[2]) if tightest is not None else rows.QUIET_HOURS


def _narrowed(window: Window, own: Limits) -> Window:
    opens, closes = time(*divmod(own.offers_open, 60)), time(*divmod(own.offers_close, 60))
    return Window(max(window.opens, opens), min(window.closes, closes))


def _next_open(purpose: Purpose, facts: Facts, laws: tuple[StateHours, ...], now: datetime) -> datetime | None:
    """The next quarter hour all of it is open, within ten days."""
    at = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0) + _QUARTER
    for _ in range(10 * 24 * 4):
        if not isinstance(_fits(purpose, facts, laws, at), Rule):
            return at
        at += _QUARTER
    return None


def _inside(window: Window, at: time) -> bool:
    return window.opens <= at < window.closes


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _refused(rule: Rule) -> Refusal:
    return Refusal((rule.id,), rule.says)
