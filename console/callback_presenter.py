"""Calls placed for somebody from a loop, as its page shows them; pure."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from console import times
from console.times import Moment
from followup.callback_calls import Outcome, Shown

_STATES = {
    "pending": "about to ring your phone",
    "placing": "about to ring your phone",
    "unknown": "not known yet whether your phone rang",
    "ringing": "your phone is ringing",
    "joining": "on the line",
}
_OUTCOMES = {
    Outcome.SPOKE: "spoke with them",
    Outcome.VOICEMAIL: "left a voicemail, which alone is no attempt",
    Outcome.ANSWERED: "somebody or something answered. Did you speak with them?",
    Outcome.NO_ANSWER: "they did not answer",
    Outcome.BUSY: "their line was busy",
    Outcome.FAILED: "their number could not be reached",
    Outcome.STAFF_NO_ANSWER: "your phone was not answered; they were not called",
    Outcome.DECLINED: "no key was pressed; they were not called",
    Outcome.REFUSED: "they may not be called now",
    Outcome.NOT_PLACED: "the call could not be placed",
}


@dataclass(frozen=True, slots=True)
class CallbackLine:
    """One call in words; `asks` where the person has yet to say who answered."""

    id: str
    staff: str
    at: Moment
    says: str
    asks: bool


def callback(call: Shown, now: datetime, zone: ZoneInfo) -> CallbackLine:
    says = _OUTCOMES[Outcome(call.outcome)] if call.outcome else _STATES.get(call.state, call.state)
    if call.seconds and call.outcome in (Outcome.SPOKE, Outcome.VOICEMAIL, Outcome.ANSWERED):
        says = f"{call.seconds // 60}:{call.seconds % 60:02d}, {says}"
    if call.says and call.outcome in (Outcome.REFUSED, Outcome.NOT_PLACED):
        says = f"{says} ({call.says})"
    return CallbackLine(call.id, call.staff, times.moment(call.asked_at, now, zone), says, call.to_confirm)
