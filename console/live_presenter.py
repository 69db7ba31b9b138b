"""Calls in progress, as exactly what their pages show; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from agent.house.understanding import Intent, find_intents
from console import times, words
from console.presenters import Badge, Caller, caller
from record.hand_off_moves import Stage
from record.live_views import LiveCall
from record.rooftops import Destination

_SHOWN_TURNS = 3
_FEWEST_WORDS = 4
_SURE = 0.6


@dataclass(frozen=True, slots=True)
class SaidLine:
    speaker: str
    is_agent: bool
    text: str


@dataclass(frozen=True, slots=True)
class Actions:
    """What may be done with a live call now; `busy` says who has the caller, or is being rung."""

    call_id: str
    department: str
    take_over: bool
    give_back: bool
    busy: str


@dataclass(frozen=True, slots=True)
class LiveCard:
    """One call; `cue` says why somebody should look at it."""

    id: str
    address: str
    badge: Badge
    caller: Caller
    vehicle: str
    department: str
    minutes: str
    wants: str
    cue: str
    speaking: str
    said: tuple[SaidLine, ...]
    actions: Actions


@dataclass(frozen=True, slots=True)
class LivePage:
    """Calls that need a person first, then the others, the longest first in both."""

    needed: tuple[LiveCard, ...]
    others: tuple[LiveCard, ...]


def live_page(calls: Sequence[LiveCall], now: datetime, zone: ZoneInfo) -> LivePage:
    cards = [card(call, now, zone) for call in calls]
    return LivePage(tuple(c for c in cards if c.cue), tuple(c for c in cards if not c.cue))


def card(call: LiveCall, now: datetime, zone: ZoneInfo) -> LiveCard:
    said = [turn for turn in call.turns if turn.text.strip() and turn.speaker in ("caller", "agent")]
    wants = next((t.text for t in said if t.speaker == "caller" and len(t.text.split()) >= _FEWEST_WORDS), "")
    cue = _cue(call)
    acts = actions(call)
    return LiveCard(
        id=str(call.line.id),
        address=f"/calls/{call.line.id}",
        badge=_badge(call, cue),
        caller=caller(call.line),
        vehicle=call.vehicle,
        department=words.plain(call.line.department),
        minutes=times.length((now - call.line.started_at).total_seconds()),
        wants=wants,
        cue=cue,
        speaking=acts.busy or _speaking(said[-1].speaker if said else ""),
        said=tuple(
            SaidLine(words.SPEAKERS.get(t.speaker, t.speaker), t.speaker == "agent", t.text)
            for t in said[-_SHOWN_TURNS:]
        ),
        actions=acts,
    )


def actions(call: LiveCall) -> Actions:
    to = call.hand_off
    return Actions(
        call_id=str(call.line.id),
        department=call.line.department,
        take_over=call.with_agent and (to is None or to.stage is Stage.ASKED),
        give_back=to is not None and to.stage in (Stage.RINGING, Stage.BRIEFING, Stage.TALKING),
        busy=_busy(call),
    )


def phones(listed: Sequence[Destination], mine: str | None) -> list[tuple[str, str, bool]]:
    """The phones a caller may be handed to, one's own first: key, label, and whether it is one's own."""
    own = {phone_key(each) for each in listed if mine and each.staff_id == mine}
    ranked = sorted(listed, key=lambda each: (phone_key(each) not in own, each.label))
    return [
        (phone_key(each), f"{each.label} (my phone)" if phone_key(each) in own else each.label, phone_key(each) in own)
        for each in ranked
    ]


def phone_key(each: Destination) -> str:
    """How a form names a phone: never by its number."""
    return f"person:{each.staff_id}" if each.staff_id else f"department:{each.key}"


def _busy(call: LiveCall) -> str:
    to = call.hand_off
    if to is None:
        return "" if call.with_agent else "Between the AI and a person"
    who = to.person or words.plain(to.key)
    by = f", for {to.asked_by}" if to.asked_by and to.asked_by != who else ""
    return {
        Stage.ASKED: f"Calling {who}{by}: the AI finishes its sentence",
        Stage.RINGING: f"Ringing {who}{by}",
        Stage.BRIEFING: f"{who} picked up and hears what it is about",
        Stage.TALKING: f"{who} has the caller. The AI is silent",
    }[to.stage]


def _speaking(last: str) -> str:
    return {"caller": "The caller spoke last", "agent": "The AI spoke last"}.get(last, "Nobody has spoken yet")


def _cue(call: LiveCall) -> str:
    """Why a person should look: the caller's own words, or a hand-off that reached nobody."""
    if call.hand_off is not None and call.hand_off.stage is Stage.TALKING:
        return ""
    heard = [found for turn in call.turns if turn.speaker == "caller" for found in find_intents(turn.text)]
    sure = [found.intent for found in heard if found.score >= _SURE]
    if Intent.SAFETY in sure:
        return "Says something is unsafe"
    asked = sure.count(Intent.TRANSFER)
    if asked:
        return "Asked for a person" + (f" {asked} times" if asked > 1 else "")
    if Intent.COMPLAINT in sure:
        return "Is not happy"
    return f"Was put through and reached nobody ({words.plain(call.last_failed).lower()})" if call.last_failed else ""


def _badge(call: LiveCall, cue: str) -> Badge:
    if call.hand_off is not None and call.hand_off.stage is Stage.TALKING:
        return Badge("ok", "✓", "With a person")
    if call.hand_off is not None:
        return Badge("soon", "◔", "Ringing")
    return Badge("late", "▲", "Needs a person") if cue else Badge("info", "◉", "With the AI")
