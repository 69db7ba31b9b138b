"""After the call: summary, one disposition, claim flags, and a callback for whatever is still owed. One transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from agent.disposing import Did, Said, Story, Verdict, decide, spoken_when
from agent.heard_promises import HeardPromise, promises_in
from agent.staff_texts import event_awaited
from agent.summing_up import Known, Owing, sum_up
from followup.closing import INSIDE
from followup.leads import MISSING_DATA
from followup.loops import Promise, open_loops, promise_callback
from kit.ids import CallId, CallSid
from kit.phone import spoken
from kit.redaction import redact
from record import calls, customers, tool_calls, wrap_ups
from record.call_briefs import CallBrief
from record.call_views import CallRecord, call_record
from record.calls import CallFacts
from record.hand_off_moves import Outcome
from record.hours import hours_of
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
    story = story_of(record, already_owed=owed_already)
    verdict = decide(story)
    heard = await _heard(db, call, story)
    owed = verdict.owed if verdict.owed is not None or heard is None else ""
    if owed is not None:
        await promise_callback(db, await _what_is_owed(db, call, verdict, owed, heard), now)
    brief = await _summed_up(db, call, story, verdict)
    if brief.missing:
        await _ask_for_the_rest(db, call, brief, now)
    stored = await wrap_ups.store_wrap_up(db, CallId(call.id), _as_stored(verdict, brief), now)
    return WrappedUp(stored, verdict) if stored else None


async def _heard(db: Any, call: CallFacts, story: Story) -> HeardPromise | None:
    """What the caller was told would be done and no tool took down: the first promise with a time or an event."""
    taken_down = story.came_back or any(did.kind == "promised" for did in story.tools)
    hours = await hours_of(db, call.department)
    found: list[HeardPromise] = []
    for turn in story.turns:
        if turn.speaker == "staff" or (turn.speaker == "agent" and not taken_down):
            at = hours.local(call.started_at + timedelta(milliseconds=max(0, turn.at_ms)))
            found += promises_in(turn.words, at)
    dated = [promise for promise in found if promise.by is not None or promise.waits_for]
    return next(iter([*dated, *found]), None)


async def _what_is_owed(db: Any, call: CallFacts, verdict: Verdict, owed: str, heard: HeardPromise | None) -> Promise:
    """The unmet need and the promise that was heard about it are one loop, bound to its time or its event."""
    customer_id = call.customer_id or call.customer_hint_id
    event = await event_awaited(db, heard, customer_id) if heard else ""
    said = f'Was told: "{heard.words}"' if heard else ""
    return Promise(
        source_key=str(call.call_sid),
        need=". ".join(part for part in (owed, said) if part),
        department=call.department,
        contact=call.from_e164,
        customer_id=customer_id,
        call_id=call.id,
        urgent=verdict.urgent,
        source="phone",
        due_at=heard.by if heard else None,
        waits_for=event,
        promised=heard is not None and not event,
    )


async def _summed_up(db: Any, call: CallFacts, story: Story, verdict: Verdict) -> CallBrief:
    """The ten seconds' reading, with what the record knows of the caller and of what is owed."""
    given = await tool_calls.spoken_name(db, call.id)
    known = await customers.customer(db, call.customer_id or call.customer_hint_id or "")
    hours = await hours_of(db, call.department)
    owed = [loop for loop in await open_loops(db, call.id) if loop.kind not in INSIDE]
    identified = known is not None and call.customer_id is not None
    return sum_up(
        story,
        verdict,
        Known(
            name=known.name if known is not None and (identified or not given) else given,
            sure=identified or bool(given),
            number=spoken(call.from_e164) if call.from_e164.startswith("+") else "",
            car=known.vehicles[0].spoken if known is not None and identified and len(known.vehicles) == 1 else "",
            department=call.department,
            owed=tuple(Owing(o.need, o.owner, _said(hours.local(o.due_at)), o.urgent) for o in owed),
        ),
    )


async def _ask_for_the_rest(db: Any, call: CallFacts, brief: CallBrief, now: datetime) -> None:
    """What nobody said and somebody needs is one task, unless a tool or a hand-off has opened one for this call."""
    if any(loop.kind in INSIDE for loop in await open_loops(db, call.id)):
        return
    await promise_callback(
        db,
        Promise(
            source_key=f"{call.call_sid}:missing",
            need=f"Ask {_caller(brief)} for {', '.join(brief.missing)}",
            department=call.department,
            contact=call.from_e164,
            customer_id=call.customer_id or call.customer_hint_id,
            call_id=call.id,
            kind=MISSING_DATA,
        ),
        now,
    )


def _caller(brief: CallBrief) -> str:
    return brief.who.split(",")[0] if not brief.who.startswith("Did not") else "the caller"


def _said(at: datetime) -> str:
    return spoken_when(at.isoformat())


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


def _as_stored(verdict: Verdict, brief: CallBrief) -> WrapUp:
    return WrapUp(
        code=verdict.code.value,
        contact_outcome=verdict.contact.value,
        note=redact(verdict.note)[:500],
        summary=tuple({"text": redact(line.text), "at_ms": line.at_ms, "turn": line.turn} for line in verdict.lines),
        flags=tuple((flag.turn, flag.kind, redact(flag.words)) for flag in verdict.flags),
        brief=redacted(brief),
    )


def redacted(brief: CallBrief) -> CallBrief:
    """Whatever was said of cards and papers is gone before anything is kept."""
    return replace(
        brief, need=redact(brief.need), car=redact(brief.car), promised=redact(brief.promised),
        next_step=redact(brief.next_step),
    )  # fmt: skip
