"""After the call: summary, one disposition, claim flags, and a callback for whatever is still owed. One transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.disposing import Did, Said, Story, Verdict, decide
from followup.closing import INSIDE
from followup.loops import Promise, open_loops, promise_callback
from kit.ids import CallId, CallSid
from kit.redaction import redact
from record import calls, wrap_ups
from record.call_views import CallRecord, call_record
from record.hand_off_moves import Outcome
from record.wrap_ups import WrapUp


@dataclass(frozen=True, slots=True)
class WrappedUp:
    """The outcome as stored; `disposition_id` is what write-backs refer to."""

    disposition_id: str
    verdict: Verdict


async def wrap_up(db: Any, call_sid: CallSid | str, now: datetime) -> WrappedUp | None:
    """Finishes a call's record, once; None when it was finished before or there is no such call.

    The caller's session holds the transaction: summary, disposition, flags and promise appear together or not at all.
    """
    call = await calls.call(db, call_sid)
    if call is None:
        return None
    record = await call_record(db, call.id)
    if record is None:
        return None
    owed_already = any(loop.kind not in INSIDE for loop in await open_loops(db, call.id))
    verdict = decide(story_of(record, already_owed=owed_already))
    if verdict.owed is not None:
        await promise_callback(
            db,
            Promise(
                source_key=str(call.call_sid),
                need=verdict.owed,
                department=call.department,
                contact=call.from_e164,
                customer_id=call.customer_id or call.customer_hint_id,
                call_id=call.id,
                urgent=verdict.urgent,
                source="phone",
            ),
            now,
        )
    stored = await wrap_ups.store_wrap_up(db, CallId(call.id), _as_stored(verdict), now)
    return WrappedUp(stored, verdict) if stored else None


def story_of(record: CallRecord, *, already_owed: bool = False) -> Story:
    """The record of a call as wrap-up reads it."""
    return Story(
        turns=tuple(
            Said(
                turn.seq,
                turn.speaker,
                (turn.heard or turn.text) if turn.speaker == "agent" else turn.text,
                turn.started_ms or 0,
                turn.text,
            )
            for turn in record.turns
        ),
        tools=tuple(Did(use.tool, use.decision, use.arguments, use.result, use.started_ms) for use in record.tools),
        end_reason=record.line.end_reason or "",
        hand_offs=tuple((hand_off.label, hand_off.outcome) for hand_off in record.hand_offs),
        accepted=any(h.accepted_at is not None and h.outcome == Outcome.CONNECTED for h in record.hand_offs),
        came_back=bool(record.hand_offs) and record.hand_offs[-1].returned,
        connected=record.connected_at is not None,
        voicemail=any(clip.kind == "voicemail" for clip in record.clips),
        already_owed=already_owed,
    )


def _as_stored(verdict: Verdict) -> WrapUp:
    return WrapUp(
        code=verdict.code.value,
        contact_outcome=verdict.contact.value,
        note=redact(verdict.note)[:500],
        summary=tuple({"text": redact(line.text), "at_ms": line.at_ms, "turn": line.turn} for line in verdict.lines),
        flags=tuple((flag.turn, flag.kind, redact(flag.words)) for flag in verdict.flags),
    )
