"""What the outside world is told of a call, column by column. Pure."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from kit.phone import spoken
from record.writebacks import Outcome

COLUMNS = (
    "writeback_id",
    "rooftop_id",
    "rooftop_name",
    "call_sid",
    "direction",
    "department",
    "call_started_at",
    "call_ended_at",
    "caller_phone",
    "customer_id",
    "customer_name",
    "disposition",
    "contact_outcome",
    "star_activity_code",
    "note",
    "appointment_at",
    "appointment_confirmation",
    "appointment_op_codes",
    "source",
    "recorded_at",
    "disposition_id",
    "corrects_disposition_id",
)
"""In file order; docs/writeback_csv.md says what each means. New ones are added at the end."""

# STAR's DispositionActivityCodes say who reached whom; our own code keeps what came of it.
_STAR_BY_CODE = {"confirmed": "CustomerMeetingConfirmed", "do_not_contact": "CustomerUnsubscribe"}
_STAR_BY_DIRECTION = {"inbound": "CustomerPhonedDealer", "outbound": "CustomerWasPhoned"}


def star_activity_code(code: str, direction: str) -> str:
    """The STAR activity nearest to one of our outcomes."""
    return _STAR_BY_CODE.get(code) or _STAR_BY_DIRECTION.get(direction, "CustomerPhonedDealer")


def values_of(
    outcome: Outcome,
    writeback_id: str,
    rooftop_id: str,
    rooftop_name: str,
    zone: ZoneInfo,
    visits: Sequence[tuple[datetime, str, Sequence[str]]],
) -> dict[str, str]:
    """The outcome as text by column. `visits` are the appointments the call booked: when, confirmation, op codes."""

    def local(at: datetime | None) -> str:
        return at.astimezone(zone).isoformat(timespec="seconds") if at else ""

    when, confirmation, op_codes = visits[-1] if visits else (None, "", ())
    return {
        "writeback_id": writeback_id,
        "rooftop_id": rooftop_id,
        "rooftop_name": rooftop_name,
        "call_sid": outcome.call_sid,
        "direction": outcome.direction,
        "department": outcome.department,
        "call_started_at": local(outcome.started_at),
        "call_ended_at": local(outcome.ended_at),
        "caller_phone": spoken(outcome.caller_e164) if outcome.caller_e164.startswith("+") else "",
        "customer_id": outcome.customer_id or "",
        "customer_name": outcome.customer_name,
        "disposition": outcome.code,
        "contact_outcome": outcome.contact_outcome,
        "star_activity_code": star_activity_code(outcome.code, outcome.direction),
        "note": outcome.note,
        "appointment_at": local(when),
        "appointment_confirmation": confirmation,
        "appointment_op_codes": " ".join(op_codes),
        "source": outcome.source,
        "recorded_at": local(outcome.recorded_at),
        "disposition_id": outcome.disposition_id,
        "corrects_disposition_id": outcome.corrects or "",
    }
