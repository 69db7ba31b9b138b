"""Past calls: when they came, what they were about, and every row a real one would have left."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent import prices
from agent.disposing import Story, Verdict, decide
from followup.models import Loop
from followup.sla import callback_due
from kit.db import Base
from record.business_hours import BusinessHours
from record.models import (
    Call,
    CallCost,
    CallTransfer,
    CallTurn,
    ClaimFlag,
    Disposition,
    ToolCall,
    TurnTiming,
    WriteBack,
)
from simulator.dealership.chance import Chance
from simulator.dealership.people import Person
from simulator.dealership.shop_floor import LINE, TARGETS, ZONE, People
from simulator.dealership.talk import Talk

MODEL = "gpt-realtime-2.1"
_ACCOUNT = "AC" + "0" * 32
_KEPT_AFTER = timedelta(minutes=45)
# Calls of the last days, so that there is always a today or a yesterday to look at; four days span any weekend.
_RECENT, _RECENT_DAYS = 14, 3
_JUST_NOW = (81, 43, 24)  # minutes ago, for the newest three
# Audio tokens of one spoken minute, and what a session's instructions weigh (voice.md 6).
_IN_A_MINUTE, _OUT_A_MINUTE, _INSTRUCTIONS = 600, 1200, 1450


@dataclass(frozen=True)
class Rang:
    """A call about to be written down. `person` was identified on it; `hint` only has the number."""

    id: str
    sid: str
    at: datetime
    phone: str
    person: Person | None = None
    hint: Person | None = None


@dataclass
class Ledger:
    """Turns conversations into rows, and counts what is still owed."""

    chance: Chance
    staff: People
    hours: BusinessHours
    now: datetime
    writeback_target: str
    rows: list[Base] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)

    def write_down(self, rang: Rang, talk: Talk) -> Verdict:
        verdict = decide(
            Story(
                turns=talk.said(),
                tools=talk.did(),
                end_reason=talk.end_reason,
                hand_offs=((talk.hand_off[0], talk.hand_off[1]),) if talk.hand_off else (),
                already_owed=any(use.result.get("result") == "promised" for use in talk.tools),
            )
        )
        connected = rang.at + timedelta(milliseconds=2300)
        seconds = 3 + talk.ms // 1000
        ended = rang.at + timedelta(seconds=seconds)
        self._call(rang, talk, verdict, connected, ended, seconds)
        self._words(rang, talk, connected)
        self._costs(rang, talk, seconds)
        self._outcome(rang, verdict, ended)
        self._owed(rang, talk, verdict, ended)
        return verdict

    def _call(
        self, rang: Rang, talk: Talk, verdict: Verdict, connected: datetime, ended: datetime, seconds: int
    ) -> None:
        on_file = rang.hint or rang.person
        level = 2 if any(use.level == 2 for use in talk.tools) else 1 if any(use.level for use in talk.tools) else 0
        spoke = connected + timedelta(milliseconds=talk.turns[0].started_ms)
        self.rows.append(
            Call(
                id=rang.id, call_sid=rang.sid, account_sid=_ACCOUNT, from_e164=rang.phone, to_e164=LINE,
                customer_hint_id=on_file.id if on_file else None,
                customer_id=rang.person.id if rang.person else None, verified_level=level,
                caller_attested=bool(rang.person), agent="stream", prompt_version="",
                next_step="hang_up", transfer_key=talk.hand_off[0] if talk.hand_off else None,
                started_at=rang.at, created_at=rang.at, connected_at=connected, ai_disclosed_at=rang.at,
                recording_notice_at=rang.at, first_ai_audio_at=spoke, stream_ended_at=ended, ended_at=ended,
                wrapped_up_at=ended + timedelta(seconds=1), end_reason=talk.end_reason, carrier_status="completed",
                duration_seconds=seconds,
                summary=[{"text": line.text, "at_ms": line.at_ms, "turn": line.turn} for line in verdict.lines],
            )
        )  # fmt: skip

    def _words(self, rang: Rang, talk: Talk, connected: datetime) -> None:
        chance = self.chance
        for turn in talk.turns:
            self.rows.append(
                CallTurn(
                    id=chance.id(rang.at), call_id=rang.id, seq=turn.seq, speaker=turn.speaker,
                    item_id=f"item_{chance.hex(12)}", text=turn.text, heard=turn.heard, cut=turn.cut,
                    started_ms=turn.started_ms, ended_ms=turn.ended_ms,
                    heard_ms=turn.ended_ms - turn.started_ms if turn.speaker == "agent" else None,
                    created_at=connected,
                )
            )  # fmt: skip
        for use in talk.tools:
            self.rows.append(
                ToolCall(
                    id=chance.id(rang.at), call_id=rang.id, tool_call_id=f"call_{chance.hex(12)}", tool=use.tool,
                    arguments=use.arguments, decision=use.decision, required_level=use.level, verified_level=2,
                    subject_customer_id=rang.person.id if rang.person else None, result=use.result,
                    started_ms=use.started_ms, took_ms=use.took_ms, created_at=connected,
                )
            )  # fmt: skip
        for s in talk.stamps:
            self.rows.append(
                TurnTiming(
                    id=chance.id(rang.at), call_id=rang.id, turn=s.turn, speech_end_ms=s.speech_end,
                    stop_event_ms=s.stop_event, response_create_ms=s.response_create, created_ms=s.created,
                    first_delta_ms=s.first_delta, first_sent_ms=s.first_sent, first_heard_ms=s.first_heard,
                    created_at=connected,
                )
            )  # fmt: skip
        if talk.hand_off:
            key, outcome, ms = talk.hand_off
            at = connected + timedelta(milliseconds=ms)
            self.rows.append(
                CallTransfer(
                    id=chance.id(at), call_id=rang.id, key=key, to_e164=TARGETS[key][1], reason="Asked for a person",
                    outcome=outcome, created_at=at,
                    connected_at=at + timedelta(seconds=9) if outcome == "connected" else None,
                )
            )  # fmt: skip

    def _costs(self, rang: Rang, talk: Talk, seconds: int) -> None:
        replies = max(1, len(talk.stamps))
        used = {
            "audio_in": talk.caller_ms / 60_000 * _IN_A_MINUTE,
            "audio_cached_in": talk.caller_ms / 60_000 * _IN_A_MINUTE * replies * 0.6,
            "text_in": float(_INSTRUCTIONS),
            "text_cached_in": float(_INSTRUCTIONS * (replies - 1)),
            "audio_out": talk.agent_ms / 60_000 * _OUT_A_MINUTE,
            "text_out": 22.0 * replies + 40 * len(talk.tools),
        }
        amounts = [(MODEL, modality, quantity) for modality, quantity in used.items()]
        amounts.append(("gpt-live-transcribe", "transcription_s", talk.caller_ms / 1000))
        amounts.append(("twilio", "media_stream_s", float(seconds)))
        for model, modality, quantity in amounts:
            if quantity >= 1:
                self.rows.append(
                    CallCost(
                        id=self.chance.id(rang.at), call_id=rang.id, model=model, modality=modality,
                        quantity=round(quantity, 1), microdollars=prices.microdollars(model, modality, quantity),
                        prices_as_of=prices.AS_OF, created_at=rang.at,
                    )
                )  # fmt: skip

    def _outcome(self, rang: Rang, verdict: Verdict, ended: datetime) -> None:
        settled = ended + timedelta(seconds=1)
        disposition = Disposition(
            id=self.chance.id(settled), call_id=rang.id, code=verdict.code.value, contact_outcome=verdict.contact.value,
            note=verdict.note, source="agent", created_at=settled,
        )  # fmt: skip
        self.rows.append(disposition)
        self.rows += [
            ClaimFlag(
                id=self.chance.id(settled), call_id=rang.id, turn=flag.turn, kind=flag.kind, words=flag.words,
                created_at=settled,
            )
            for flag in verdict.flags
        ]  # fmt: skip
        written = settled + timedelta(seconds=self.chance.between(2, 9))
        self.rows.append(
            WriteBack(
                id=self.chance.id(settled), target=self.writeback_target, subject_kind="disposition",
                subject_id=disposition.id, payload={"call_sid": rang.sid, "disposition": verdict.code.value},
                state="acked", attempts=1, acknowledged_at=written, proof="read_back",
                external_ref=f"{rang.sid}.csv", created_at=settled,
            )
        )  # fmt: skip

    def _owed(self, rang: Rang, talk: Talk, verdict: Verdict, ended: datetime) -> None:
        promised = next((use for use in talk.tools if use.result.get("result") == "promised"), None)
        need = str(promised.arguments["reason"]) if promised else verdict.owed
        if need is None:
            return
        due = callback_due(self.hours, "service", ended, urgent=False, asked=None)
        person = rang.person or rang.hint
        self.loops.append(
            Loop(
                id=promised.result["loop_id"] if promised else self.chance.id(ended), kind="callback",
                source_key=rang.sid, customer_id=person.id if person else None, call_id=rang.id, contact=rang.phone,
                department="service", need=need, owner_id=self.staff.owner("service")[1], due_at=due, first_due_at=due,
                next_look_at=due, created_at=ended, source="phone",
            )
        )  # fmt: skip

    def close_old_loops(self) -> None:
        """Somebody kept these promises, all but those due about now or later."""
        for loop in self.loops:
            if loop.due_at < self.now - _KEPT_AFTER:
                kept = loop.due_at - timedelta(minutes=self.chance.between(4, 35))
                loop.closed_at = max(loop.created_at, kept)
                loop.close_reason = self.chance.one_of(("completed", "completed", "booked", "done_elsewhere"))
                loop.state, loop.next_look_at = "closed", None
        self.rows += self.loops


def call_times(chance: Chance, now: datetime, count: int) -> list[datetime]:
    """When calls came in the last month, oldest first: mostly in opening hours, some early or late, none on Sundays."""
    times: set[datetime] = set()
    local_now = now.astimezone(ZONE)
    if local_now.weekday() < 5 and 9 <= local_now.hour < 18 or local_now.weekday() == 5 and 9 <= local_now.hour < 16:
        # The store is open: somebody called within the last hour and a half.
        times = {(now - timedelta(minutes=ago)).replace(microsecond=0) for ago in _JUST_NOW}
    while len(times) < count:
        recent = len(times) < _RECENT
        local = local_now - timedelta(days=chance.between(0, _RECENT_DAYS if recent else 30))
        hour = chance.between(7, 17) if chance.happens(0.88) else chance.one_of((6, 18, 19, 20))
        local = local.replace(hour=hour, minute=chance.between(0, 59), second=chance.between(0, 59), microsecond=0)
        at = local.astimezone(now.tzinfo)
        if local.weekday() != 6 and at < now - timedelta(minutes=_JUST_NOW[0] + 5):
            times.add(at)
    return sorted(times)
