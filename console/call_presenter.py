"""One call, as exactly what its page shows; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from console import times, words
from console.briefs import brief_lines
from console.presenters import Badge, Caller, badge, caller, due_badge, result
from console.times import Moment
from console.tool_lines import ToolLine, tool_line
from followup.loop_views import Owed
from kit.phone import spoken
from record.call_views import CallRecord, Clip, Cost, Delivery, HandOff, Timing, Turn

_MILLION = 1_000_000

_NUMBERED = re.compile(r"v(\d{1,6})-[0-9a-f]{8}$")


@dataclass(frozen=True, slots=True)
class Jump:
    """A moment of the call to go to: works as a link, and seeks the player when there is a script."""

    words: str
    spoken: str
    address: str
    audio_seconds: str


@dataclass(frozen=True, slots=True)
class SummaryLine:
    text: str
    source: Jump


@dataclass(frozen=True, slots=True)
class TurnLine:
    """One thing said. `parts` are (words, heard) in order; a turn with `note` explains the words that were cut."""

    id: str
    speaker: str
    is_agent: bool
    at: Jump | None
    parts: tuple[tuple[str, bool], ...]
    note: str
    flags: tuple[str, ...]
    current: bool


@dataclass(frozen=True, slots=True)
class EventLine:
    """Something between turns that nobody said: a tool, a hand-off and what was `told` with it."""

    id: str
    tool: ToolLine | None = None
    text: str = ""
    told: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Player:
    """A recording; with no `address` the page says why."""

    title: str
    address: str
    says: str


@dataclass(frozen=True, slots=True)
class OwedLine:
    badge: Badge
    kind: str
    need: str
    owner: str
    due: Moment
    closed: str


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    badge: Badge
    target: str
    says: str


@dataclass(frozen=True, slots=True)
class ClaimLine:
    says: str
    quote: str
    turn_id: str


@dataclass(frozen=True, slots=True)
class TimingRow:
    """One reply: what the caller waited, and where the wait went, in milliseconds; "" where unknown."""

    turn: int
    wait: str
    noticed: str
    decided: str
    model: str
    sent: str
    heard: str


@dataclass(frozen=True, slots=True)
class Timings:
    headline: str
    rows: tuple[TimingRow, ...]


@dataclass(frozen=True, slots=True)
class CostRow:
    what: str
    model: str
    quantity: str
    money: str


@dataclass(frozen=True, slots=True)
class Costs:
    total: str
    per_minute: str
    prices_as_of: str
    rows: tuple[CostRow, ...]


@dataclass(frozen=True, slots=True)
class CallView:
    id: str
    live: bool
    caller: Caller
    number_called: str
    department: str
    started: Moment
    length: str
    spoken_length: str
    badge: Badge
    result: str
    disposition: str
    contact: str
    ended: str
    agent: str
    prompt: tuple[str, str] | None
    """The version of the prompt it began with, and the address of its words."""
    identity: str
    brief: tuple[tuple[str, str], ...]
    summary: tuple[SummaryLine, ...]
    players: tuple[Player, ...]
    transcript: tuple[TurnLine | EventLine, ...]
    owed: tuple[OwedLine, ...]
    claims: tuple[ClaimLine, ...]
    deliveries: tuple[DeliveryLine, ...]
    timings: Timings | None
    costs: Costs | None


def call_view(record: CallRecord, owed: Sequence[Owed], *, now: datetime, zone: ZoneInfo, at_s: int | None) -> CallView:
    """`at_s` is the second of the recording a link pointed to."""
    line = record.line
    seconds = line.seconds if line.seconds is not None else (now - line.started_at).total_seconds()
    outcome = line.outcome
    return CallView(
        id=line.id,
        live=line.ended_at is None,
        caller=caller(line),
        number_called=spoken(line.to_e164),
        department=words.plain(line.department),
        started=times.moment(line.started_at, now, zone),
        length=times.length(seconds),
        spoken_length=times.spoken_length(seconds),
        badge=badge(line, owed, now, zone),
        result=result(line, owed, now, zone),
        disposition=words.DISPOSITIONS.get(outcome.code, words.plain(outcome.code)) if outcome else "",
        contact=words.CONTACTS.get(outcome.contact, words.plain(outcome.contact)) if outcome else "",
        ended=words.END_REASONS.get(line.end_reason, words.plain(line.end_reason)) if line.end_reason else "",
        agent=words.AGENTS.get(record.agent, record.agent),
        prompt=_prompt(record.prompt_version),
        identity=words.LEVELS.get(record.verified_level, "Unknown"),
        brief=brief_lines(record.brief),
        summary=tuple(SummaryLine(text, _jump(record, ms)) for text, ms in record.summary[:5]),
        players=_players(record, at_s, now, zone),
        transcript=_transcript(record, at_s),
        owed=tuple(_owed(loop, now, zone) for loop in owed),
        claims=tuple(
            ClaimLine(words.CLAIMS.get(c.kind, words.plain(c.kind)), c.words, f"turn-{c.turn}") for c in record.claims
        ),
        deliveries=tuple(_delivery(d, now, zone) for d in record.deliveries),
        timings=_timings(record.timings),
        costs=_costs(record.costs, seconds),
    )


def _audio_offset_ms(record: CallRecord) -> int:
    """How far into the recording the transcript's zero lies: both start within a moment, but not the same one."""
    if record.connected_at is None or record.recording_started_at is None:
        return 0
    return round((record.connected_at - record.recording_started_at).total_seconds() * 1000)


def _jump(record: CallRecord, ms: int) -> Jump:
    audio = max(0, (ms + _audio_offset_ms(record)) // 1000)
    place = _turn_at(record.turns, ms)
    address = f"/calls/{record.line.id}?t={audio}" + (f"#turn-{place}" if place is not None else "")
    return Jump(times.length(ms / 1000), times.spoken_length(ms / 1000), address, str(audio))


def _turn_at(turns: Sequence[Turn], ms: int) -> int | None:
    begun = [turn for turn in turns if turn.started_ms is not None and turn.started_ms <= ms]
    return max(begun, key=lambda turn: turn.started_ms or 0).seq if begun else None


def _transcript(record: CallRecord, at_s: int | None) -> tuple[TurnLine | EventLine, ...]:
    current = None if at_s is None else _turn_at(record.turns, at_s * 1000 - _audio_offset_ms(record) + 999)
    between = sorted(
        [(tool.started_ms, 0, EventLine(f"tool-{tool.id}", tool=tool_line(tool))) for tool in record.tools]
        + [
            (_since_connected(record, h.at), i, EventLine(f"hand-off-{i}", text=_hand_off(h), told=_told(h)))
            for i, h in enumerate(record.hand_offs, 1)
        ],
        key=lambda entry: entry[:2],
    )
    lines: list[TurnLine | EventLine] = []
    for turn in record.turns:
        # A tool belongs before the first thing said after it started; turns themselves keep their own order.
        while between and turn.started_ms is not None and between[0][0] < turn.started_ms:
            lines.append(between.pop(0)[2])
        lines.append(_turn_line(record, turn, current == turn.seq))
    return (*lines, *(entry[2] for entry in between))


def _since_connected(record: CallRecord, at: datetime) -> int:
    return round((at - (record.connected_at or record.line.started_at)).total_seconds() * 1000)


def _turn_line(record: CallRecord, turn: Turn, current: bool) -> TurnLine:
    agent = turn.speaker == "agent"
    if agent and (turn.heard or turn.cut):
        parts = tuple((text.strip(), heard) for text, heard in ((turn.heard, True), (turn.cut, False)) if text.strip())
    else:
        parts = ((turn.text.strip(), True),) if turn.text.strip() else ()
    cut = any(not heard for _, heard in parts)
    heard_any = any(heard for _, heard in parts)
    note = "" if not cut else "The caller spoke here; the rest was not heard" if heard_any else "Not heard"
    return TurnLine(
        id=f"turn-{turn.seq}",
        speaker=words.SPEAKERS.get(turn.speaker, words.plain(turn.speaker)),
        is_agent=agent,
        at=_jump(record, turn.started_ms) if turn.started_ms is not None else None,
        parts=parts,
        note=note,
        flags=tuple(words.CLAIMS.get(c.kind, words.plain(c.kind)) for c in record.claims if c.turn == turn.seq),
        current=current,
    )


def _hand_off(hand_off: HandOff) -> str:
    whom = f"{hand_off.label} ({hand_off.person})" if hand_off.person else hand_off.label
    if hand_off.outcome:
        how = words.TRANSFERS.get(hand_off.outcome, words.plain(hand_off.outcome))
    else:
        how = words.STAGES.get(hand_off.stage, "ringing")
    if hand_off.accepted_at is not None and hand_off.outcome == "connected":
        how = f"taken with 1 after {times.length((hand_off.accepted_at - hand_off.at).total_seconds())}"
    back = ", back to the agent" if hand_off.returned else ""
    return f"Rang {whom} → {how}{back}"


def _told(hand_off: HandOff) -> tuple[tuple[str, str], ...]:
    """What the person was told before they took the call, and what was lacking."""
    brief = hand_off.brief
    parts = (
        ("Name", brief.name),
        ("Car", brief.car),
        ("Repair order", brief.repair_order),
        ("About", brief.reason),
        ("Promised", brief.promised),
        ("Mood", words.plain(brief.mood) if brief.mood else ""),
        ("Lacking", ", ".join(hand_off.lacking)),
    )
    return tuple((name, value) for name, value in parts if value) if hand_off.warm else ()


def _players(record: CallRecord, at_s: int | None, now: datetime, zone: ZoneInfo) -> tuple[Player, ...]:
    if record.clips:
        return tuple(_player(record, clip, at_s, now, zone) for clip in record.clips)
    if record.line.ended_at is None:
        return (Player("Recording", "", "The recording will be here after the call."),)
    if record.recording_started_at is not None:
        return (Player("Recording", "", "Audio ready in about a minute. The transcript is below."),)
    return (Player("Recording", "", "This call was not recorded."),)


def _player(record: CallRecord, clip: Clip, at_s: int | None, now: datetime, zone: ZoneInfo) -> Player:
    title = "Voicemail" if clip.kind == "voicemail" else "Recording"
    if clip.deleted_at is not None:
        day = times.day_words(clip.deleted_at.astimezone(zone).date(), now.astimezone(zone).date())
        return Player(title, "", f"Deleted on {day}, as the store’s retention rule asks.")
    if clip.path is None:
        return Player(title, "", "Audio ready in about a minute. The transcript is below.")
    start = f"#t={at_s}" if at_s and clip.kind != "voicemail" else ""
    return Player(
        title, f"/calls/{record.line.id}/recording?clip={clip.id}{start}", times.length(clip.duration_seconds)
    )


def _owed(loop: Owed, now: datetime, zone: ZoneInfo) -> OwedLine:
    if loop.closed_at is None:
        shown, closed = due_badge(loop.due_at, now, zone), ""
    else:
        shown = Badge("ok", "✓", "Closed", quiet=True)
        closed = words.plain(loop.close_reason or "closed") + f", {times.moment(loop.closed_at, now, zone).words}"
    kind = words.LOOPS.get(loop.kind, words.plain(loop.kind))
    return OwedLine(shown, kind, loop.need, loop.owner, times.moment(loop.due_at, now, zone), closed)


def _delivery(delivery: Delivery, now: datetime, zone: ZoneInfo) -> DeliveryLine:
    says = words.DELIVERY.get(delivery.state, words.plain(delivery.state))
    target = words.TARGETS.get(delivery.target, words.plain(delivery.target))
    if delivery.acknowledged_at is not None:
        return DeliveryLine(
            Badge("ok", "✓", says, quiet=True), target, times.moment(delivery.acknowledged_at, now, zone).words
        )
    if delivery.state == "dead":
        return DeliveryLine(Badge("late", "▲", says), target, delivery.last_error or "A person has to look at it.")
    again = f"Next try {times.moment(delivery.next_try_at, now, zone).words}" if delivery.next_try_at else ""
    why = f" · {delivery.last_error}" if delivery.last_error else ""
    return DeliveryLine(Badge("waiting", "■", says), target, again + why)


def _timings(stamps: Sequence[Timing]) -> Timings | None:
    if not stamps:
        return None
    rows = tuple(
        TimingRow(
            turn=t.turn,
            wait=_ms(t.speech_end_ms, t.first_heard_ms),
            noticed=_ms(t.speech_end_ms, t.stop_event_ms),
            decided=_ms(t.stop_event_ms, t.response_create_ms),
            model=_ms(t.response_create_ms, t.first_delta_ms),
            sent=_ms(t.first_delta_ms, t.first_sent_ms),
            heard=_ms(t.first_sent_ms, t.first_heard_ms),
        )
        for t in stamps
    )
    waits = sorted(int(row.wait.replace(",", "")) for row in rows if row.wait)
    if not waits:
        return Timings("No reply was timed from end to end.", rows)
    middle = waits[(len(waits) - 1) // 2]
    return Timings(f"Typical wait for an answer {middle / 1000:.1f} s, longest {waits[-1] / 1000:.1f} s.", rows)


def _ms(start: int | None, end: int | None) -> str:
    return f"{end - start:,}" if start is not None and end is not None else ""


def _costs(costs: Sequence[Cost], seconds: float) -> Costs | None:
    if not costs:
        return None
    total = sum(cost.microdollars for cost in costs)
    day = max(cost.prices_as_of for cost in costs)
    rows = tuple(
        CostRow(
            words.MODALITIES.get(c.modality, words.plain(c.modality)),
            c.model,
            _quantity(c),
            f"${c.microdollars / _MILLION:.4f}" if c.microdollars else "no list price",
        )
        for c in sorted(costs, key=lambda c: -c.microdollars)
    )
    per_minute = f"${total / _MILLION / (seconds / 60):.3f} a minute" if seconds >= 1 else ""
    at_least = "At least " if any(cost.quantity and not cost.microdollars for cost in costs) else ""
    return Costs(f"{at_least}${total / _MILLION:.3f}", per_minute, f"{day:%b} {day.day}, {day.year}", rows)


def _quantity(cost: Cost) -> str:
    if cost.modality.endswith("_s"):
        return times.length(cost.quantity)
    return f"{cost.quantity:,.0f} {'characters' if 'characters' in cost.modality else 'tokens'}"


def _prompt(version: str) -> tuple[str, str] | None:
    found = _NUMBERED.match(version)
    return (f"prompt v{found[1]}", f"/tune/prompt/{version}") if found else None
