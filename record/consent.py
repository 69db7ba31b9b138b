"""May this text be sent now? Rules as rows, a decision with the rules that made it; pure.

Only what a reply in a conversation needs. Marketing, calls and quiet hours by state come with the whole of
`may_contact`; they add rows and purposes here, and nothing else changes for those who ask.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Purpose(StrEnum):
    """What a text is for."""

    REPLY = "conversational_reply"
    OPT_OUT_CONFIRMATION = "opt_out_confirmation"
    CODE = "one_time_code"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the rule table: its id in the catalogue, what it says, where it comes from."""

    id: str
    says: str
    source: str
    minutes: int = 0


OPTED_OUT = Rule("L5", "after an opt-out nothing goes out", "47 CFR 64.1200(a)(10)")
CONFIRMED_ONCE = Rule("L7", "one confirmation, within 5 minutes", "47 CFR 64.1200(a)(12)", minutes=5)
CONVERSATION = Rule("L1", "a reply needs the text it answers, of the last day", "CTIA, conversational", minutes=24 * 60)
ASKED_FOR = Rule("L1c", "a code goes out while the customer who asked for it is on the line", "CTIA, informational")
ACTIVE = Rule("L8a", "in a conversation under way any time of day", "47 CFR 64.1200(c)(1)", minutes=15)
QUIET_HOURS = Rule("L8", "otherwise from 8:00 to 21:00 where the customer is", "47 CFR 64.1200(c)(1)")
RULES = (OPTED_OUT, CONFIRMED_ONCE, CONVERSATION, ASKED_FOR, ACTIVE, QUIET_HOURS)

_EARLIEST, _LATEST = time(8), time(21)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a number stands with this store: when it opted out of everything, if it has not come back since."""

    opted_out_at: datetime | None = None
    confirmations: int = 0


@dataclass(frozen=True, slots=True)
class Permission:
    """Made only here, at the moment of sending. Whoever contacts a customer holds one."""

    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Not now, and by which rules."""

    rules: tuple[str, ...]
    says: str


def may_text(
    purpose: Purpose, standing: Standing, last_inbound_at: datetime | None, zones: Sequence[ZoneInfo], now: datetime
) -> Permission | Refusal:
    """The decision for one text. `zones` are all the places the customer may be: it must be day in each."""
    if purpose is Purpose.OPT_OUT_CONFIRMATION:
        return _confirmation(standing, now)
    if standing.opted_out_at is not None:
        return _refused(OPTED_OUT)
    if purpose is Purpose.CODE:
        return Permission((ASKED_FOR.id,))
    since = now - last_inbound_at if last_inbound_at is not None else None
    if since is None or since > timedelta(minutes=CONVERSATION.minutes):
        return _refused(CONVERSATION)
    if since <= timedelta(minutes=ACTIVE.minutes):
        return Permission((CONVERSATION.id, ACTIVE.id))
    if all(_EARLIEST <= now.astimezone(zone).time() < _LATEST for zone in zones):
        return Permission((CONVERSATION.id, QUIET_HOURS.id))
    return _refused(QUIET_HOURS)


def _confirmation(standing: Standing, now: datetime) -> Permission | Refusal:
    if standing.opted_out_at is None or standing.confirmations:
        return _refused(CONFIRMED_ONCE)
    if now - standing.opted_out_at > timedelta(minutes=CONFIRMED_ONCE.minutes):
        return _refused(CONFIRMED_ONCE)
    return Permission((CONFIRMED_ONCE.id,))


def _refused(rule: Rule) -> Refusal:
    return Refusal((rule.id,), rule.says)
