"""What a finished call came to: one disposition, what is still owed, what happened when. Pure; no model needed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from agent.guardrails import Backing, Claim, findings
from agent.house.understanding import Intent, find_intents


class Code(StrEnum):
    """The standard outcomes an inbound call can end with."""

    APPOINTMENT_SET = "appointment_set"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    CONFIRMED = "confirmed"
    STATUS_GIVEN = "status_given"
    PROMISE_MADE = "promise_made"
    TRANSFERRED_WARM = "transferred_warm"
    TRANSFERRED_COLD = "transferred_cold"
    PARTS_INQUIRY = "parts_inquiry"
    CALLBACK_REQUESTED = "callback_requested"
    INFO_ONLY = "info_only"
    NO_ACTION_NEEDED = "no_action_needed"
    DO_NOT_CONTACT = "do_not_contact"
    WRONG_NUMBER = "wrong_number"
    HUNG_UP = "hung_up"
    ABANDONED_IVR = "abandoned_ivr"
    ABANDONED_RING = "abandoned_ring"
    ABANDONED_HANDOFF = "abandoned_handoff"


class Contact(StrEnum):
    """Whether, and how, the caller was spoken with."""

    SPOKE_CUSTOMER = "spoke_customer"
    SPOKE_OTHER = "spoke_other"
    HUNG_UP = "hung_up"
    WRONG_NUMBER = "wrong_number"
    ABANDONED_IVR = "abandoned_ivr"
    ABANDONED_RING = "abandoned_ring"
    ABANDONED_HANDOFF = "abandoned_handoff"


# Ends where the caller got neither what they called for nor a person: each of these owes a callback (invariant I03).
UNMET = frozenset({Code.HUNG_UP, Code.ABANDONED_IVR, Code.ABANDONED_RING, Code.ABANDONED_HANDOFF})


@dataclass(frozen=True, slots=True)
class Said:
    """One turn. `words` of the agent are what the caller heard."""

    seq: int
    speaker: str
    words: str
    at_ms: int
    all_words: str = ""


@dataclass(frozen=True, slots=True)
class Did:
    """One use of a tool."""

    tool: str
    decision: str
    arguments: Mapping[str, Any]
    result: Mapping[str, Any]
    at_ms: int

    @property
    def kind(self) -> str:
        """What came back, when it was allowed; empty otherwise."""
        return str(self.result.get("result", "")) if self.decision == "allowed" else ""


@dataclass(frozen=True, slots=True)
class Story:
    """A finished call as its record tells it."""

    turns: tuple[Said, ...]
    tools: tuple[Did, ...]
    end_reason: str = ""
    hand_offs: tuple[tuple[str, str | None], ...] = ()  # department label and outcome, oldest first
    accepted: bool = False  # somebody was told what it is about and took the call
    came_back: bool = False  # the last hand-off reached nobody and the agent went on, a callback promised
    connected: bool = True
    voicemail: bool = False
    already_owed: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened, with the turn it came from."""

    text: str
    turn: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Flag:
    """A claim without a record behind it."""

    turn: int
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything wrap-up stores. `owed` is the callback to file, None when nothing is."""

    code: Code
    contact: Contact
    note: str
    lines: tuple[Line, ...]
    flags: tuple[Flag, ...]
    owed: str | None
    urgent: bool = False


# The strongest thing done decides, in this order.
_BY_RESULT: tuple[tuple[str, Code], ...] = (
    ("booked", Code.APPOINTMENT_SET),
    ("moved", Code.RESCHEDULED),
    ("cancelled", Code.CANCELLED),
)
_AFTER_PEOPLE: tuple[tuple[str, Code], ...] = (
    ("repair_orders", Code.STATUS_GIVEN),
    ("promised", Code.PROMISE_MADE),
    ("appointments", Code.CONFIRMED),
    ("wish_noted", Code.DO_NOT_CONTACT),
    ("store_facts", Code.INFO_ONLY),
)
_WANTED_MORE = frozenset({"offers", "menu"})
_SETTLED = frozenset({"booked", "moved", "cancelled", "promised", "transferring", "wish_noted"})
# What each change comes back with once it is made: a refusal is only settled by the same change made later.
_MADE = {
    "book_appointment": "booked",
    "move_appointment": "moved",
    "cancel_appointment": "cancelled",
    "promise_callback": "promised",
    "take_message": "promised",
    "honor_wish": "wish_noted",
}
# Steps on the way to something: their failure is made good by whatever was settled after them.
_STEPS = frozenset({"find_customer", "confirm_identity", "service_menu", "offer_slots", "find_appointments"})
_BESIDE_IT = frozenset({"", "ending", "store_facts", "menu", "noted"})
_OFFERED_IT = re.compile(
    r"\b(?:book|schedule|reserve|move|shall i|should i|which (?:one )?works|(?:does|would) (?:that|it) work)\b.*\?\s*$",
    re.IGNORECASE | re.DOTALL,
)


def decide(story: Story) -> Verdict:
    """The one verdict on a finished call; the same story always gets the same one."""
    code = _code(story)
    flags = _flags(story)
    owed = _owed(story, code, flags)
    if owed is not None and code is Code.NO_ACTION_NEEDED:
        code = Code.CALLBACK_REQUESTED
    lines = _lines(story, code)
    return Verdict(
        code=code,
        contact=_contact(story, code),
        note="; ".join(line.text for line in lines)[:500],
        lines=lines,
        flags=flags,
        owed=owed,
        urgent=any("urgent" in str(did.arguments.get("reason", "")).lower() for did in story.tools),
    )


def _code(story: Story) -> Code:
    kinds = [did.kind for did in story.tools]
    for kind, code in _BY_RESULT:
        if kind in kinds and not (kind == "booked" and _undone(story)):
            return code
    reached = next((key for key, outcome in story.hand_offs if outcome == "connected"), None)
    if reached is not None:
        if reached.lower() == "parts":
            return Code.PARTS_INQUIRY
        return Code.TRANSFERRED_WARM if story.accepted else Code.TRANSFERRED_COLD
    if any(_ended_with(did, "wrong_number") for did in story.tools):
        return Code.WRONG_NUMBER
    if story.voicemail:
        return Code.CALLBACK_REQUESTED
    if story.hand_offs or "transferring" in kinds:
        return Code.PROMISE_MADE if story.came_back else Code.ABANDONED_HANDOFF
    if any(did.tool == "take_message" and did.kind == "promised" for did in story.tools):
        return Code.CALLBACK_REQUESTED
    for kind, code in _AFTER_PEOPLE:
        if kind in kinds and not (kind == "store_facts" and _still_wanted(story)) and _told(story, kind):
            return code
    if not any(turn.speaker == "caller" for turn in story.turns):
        return Code.ABANDONED_IVR if story.connected else Code.ABANDONED_RING
    if any(did.kind == "ending" and not _ended_with(did, "silence") for did in story.tools) and not _still_wanted(
        story
    ):
        return Code.NO_ACTION_NEEDED
    return Code.HUNG_UP


def _undone(story: Story) -> bool:
    """A booking made and cancelled again within the call is not a booking."""
    made = {did.result.get("appointment_id") for did in story.tools if did.kind == "booked"}
    gone = {did.result.get("appointment_id") for did in story.tools if did.kind == "cancelled"}
    return bool(made) and made <= gone


def _told(story: Story, kind: str) -> bool:
    """An empty list of visits confirms nothing; a wish not to be recorded is no outcome by itself."""
    results = [did.result for did in story.tools if did.kind == kind]
    if kind == "appointments":
        return any(result.get("appointments") for result in results)
    if kind == "wish_noted":
        return any(result.get("wish") == "do_not_contact" for result in results)
    return True


def _still_wanted(story: Story) -> bool:
    """Times or work were being talked about, and nothing came of it; unless the caller said no to it."""
    if _declined(story):
        return False
    last_wish = max((i for i, did in enumerate(story.tools) if did.kind in _WANTED_MORE), default=-1)
    settled = max((i for i, did in enumerate(story.tools) if did.kind in ("booked", "moved", "promised")), default=-1)
    asked_times = any(did.kind == "offers" for did in story.tools)
    return last_wish > settled and (asked_times or _work_only(story))


def _declined(story: Story) -> bool:
    """The last word was the caller's no to "shall I book it?", and the call was ended with a goodbye."""
    if not any(_ended_with(did, "done") for did in story.tools):
        return False
    last = max((i for i, turn in enumerate(story.turns) if turn.speaker == "caller"), default=0)
    asked = next((turn.words for turn in reversed(story.turns[:last]) if turn.speaker == "agent"), "")
    return bool(_OFFERED_IT.search(asked)) and _says(story.turns[last], Intent.NO)


def _says(turn: Said, *intents: Intent) -> bool:
    return any(found.intent in intents and found.score >= 0.6 for found in find_intents(turn.words))


def _work_only(story: Story) -> bool:
    """The menu was looked at for work and not to tell a price: somebody then asked for car or name."""
    return any(did.tool == "find_customer" for did in story.tools)


def _ended_with(did: Did, reason: str) -> bool:
    return did.kind == "ending" and did.result.get("reason") == reason


def _contact(story: Story, code: Code) -> Contact:
    if code is Code.WRONG_NUMBER:
        return Contact.WRONG_NUMBER
    if code in (Code.ABANDONED_IVR, Code.ABANDONED_RING, Code.ABANDONED_HANDOFF, Code.HUNG_UP):
        return Contact(code.value)
    return Contact.SPOKE_CUSTOMER if any(turn.speaker == "caller" for turn in story.turns) else Contact.SPOKE_OTHER


def _owed(story: Story, code: Code, flags: tuple[Flag, ...]) -> str | None:
    """What somebody has to call back about: an unmet need, a handoff that reached nobody, or a call we lost."""
    if story.already_owed:
        return None
    need = _need(story)
    if code is Code.ABANDONED_HANDOFF:
        return f"Was put through and reached nobody. {need}".strip()
    if story.voicemail:
        return f"Left a message. {need}".strip()
    if code in UNMET:
        return need or "Hung up before saying what they needed"
    failed = story.end_reason in ("failed", "process_lost", "model_failed")
    if _still_wanted(story) or (failed and code in (Code.INFO_ONLY, Code.NO_ACTION_NEEDED)):
        return need or "The call ended before they were finished"
    if any(flag.kind == Claim.CALLBACK.value for flag in flags):
        return need or "Was told that somebody would call back"
    if any(outcome == "connected" for _, outcome in story.hand_offs):
        return None  # a person has it now
    if story.hand_offs or _not_done(story) or _asked_for_people_only(story):
        return need or "Something they asked for did not work"
    return None


def _not_done(story: Story) -> bool:
    """A tool that failed, or a change that was refused, and nothing later that made it good."""
    for i, did in enumerate(story.tools):
        later = {after.kind for after in story.tools[i + 1 :]}
        broken = did.decision in ("failed", "timed_out")
        if did.tool in _MADE:
            if (broken or did.decision == "refused") and _MADE[did.tool] not in later:
                return True
        elif broken and did.tool != "end_call":
            again = any(after.tool == did.tool and after.decision == "allowed" for after in story.tools[i + 1 :])
            if not again and not (did.tool in _STEPS and later & _SETTLED):
                return True
    return False


def _asked_for_people_only(story: Story) -> bool:
    """Asked for somebody, or for a call, and nothing was done about that; the opening hours are no answer to it."""
    if any(did.kind not in _BESIDE_IT for did in story.tools):
        return False
    people = (Intent.TRANSFER, Intent.CALLBACK, Intent.MESSAGE)
    return any(turn.speaker == "caller" and _says(turn, *people) for turn in story.turns)


def _need(story: Story) -> str:
    """The caller's own words about it, as far as they got."""
    asked = _asked_for(story)
    if asked:
        return f"Wanted: {asked[:200]}"
    first = need_words(story)
    return f"Said: {first[:200]}" if first else ""


def need_words(story: Story) -> str:
    """What they need in their own words: what they asked a tool for, else the first thing they said."""
    first = (turn.words for turn in story.turns if turn.speaker == "caller" and len(turn.words.split()) > 2)
    return _asked_for(story) or next(first, "")


def _asked_for(story: Story) -> str:
    for name in ("concern", "words", "reason", "text"):
        for did in story.tools:
            said = str(did.arguments.get(name, "") or "")
            if said and did.tool not in ("honor_wish", "end_call"):
                return said
    return ""


def _lines(story: Story, code: Code) -> tuple[Line, ...]:
    lines: list[Line] = []
    asked = next((did for did in story.tools if did.tool in ("service_menu", "book_appointment")), None)
    wanted = str(asked.arguments.get("words") or asked.arguments.get("concern") or "") if asked else ""
    if asked is not None and wanted:
        lines.append(_line(story, f"Asked for: {wanted[:160]}", asked))
    for did in story.tools:
        text = _done(did)
        if text:
            lines.append(_line(story, text, did))
    for key, outcome in story.hand_offs:
        last = story.turns[-1] if story.turns else Said(0, "", "", 0)
        lines.append(
            Line(f"Transfer to {key}: {(outcome or 'not answered').replace('_', ' ')}", last.seq, max(0, last.at_ms))
        )
    if code is Code.HUNG_UP and story.turns:
        last = story.turns[-1]
        lines.append(Line("Caller hung up before it was settled", last.seq, max(0, last.at_ms)))
    if _declined(story) and code is Code.NO_ACTION_NEEDED:
        last = [turn for turn in story.turns if turn.speaker == "caller"][-1]
        lines.append(Line("Caller decided against it", last.seq, max(0, last.at_ms)))
    if not lines and story.turns:
        first = next((turn for turn in story.turns if turn.speaker == "caller"), story.turns[0])
        lines.append(
            Line(f"Said: {first.words[:160]}" if first.words else "Nothing was said", first.seq, max(0, first.at_ms))
        )
    return tuple(dict.fromkeys(lines))


def _done(did: Did) -> str:
    result = did.result
    when = spoken_when(result.get("starts"))
    match did.kind:
        case "booked":
            services = ", ".join(map(str, result.get("services") or []))
            with_whom = result.get("advisor", "an advisor")
            return f"Booked {when} with {with_whom}: {services} ({result.get('confirmation', '')})"
        case "moved":
            return f"Moved the visit to {when}"
        case "cancelled":
            return "Cancelled the visit"
        case "promised":
            return f"Promised: {result.get('owner', 'someone')} calls back by {spoken_when(result.get('due'))}"
        case "repair_orders":
            return "Told the repair status"
        case "appointments" if result.get("appointments"):
            return "Told when the visit is"
        case "wish_noted":
            return f"Caller's wish: {str(result.get('wish', '')).replace('_', ' ')}"
        case "store_facts":
            return f"Told the store's {did.arguments.get('topic', 'details')}"
        case _:
            if did.decision in ("failed", "timed_out"):
                return f"{did.tool.replace('_', ' ')} did not work ({did.decision.replace('_', ' ')})"
            return ""


def _line(story: Story, text: str, did: Did) -> Line:
    """A tool's line points at the turn that led to it: the caller's last words before it."""
    before = [turn for turn in story.turns if turn.speaker == "caller" and turn.at_ms <= did.at_ms]
    turn = before[-1] if before else next(iter(story.turns), Said(0, "", "", 0))
    return Line(text, turn.seq, max(0, turn.at_ms))


def spoken_when(value: object) -> str:
    """A moment of a tool's answer as it is read: Mon Nov 23, 9:30 am."""
    try:
        at = datetime.fromisoformat(str(value))
        return f"{at:%a %b %-d, %-I:%M} {at:%p}".replace("AM", "am").replace("PM", "pm")
    except ValueError:
        return "a time"


def _flags(story: Story) -> tuple[Flag, ...]:
    """Claims in any agent turn that nothing in the whole call backs; one per kind and turn."""
    backing = Backing()
    for did in story.tools:
        backing.add(did.result, did.decision)
    if story.came_back:
        backing.add({"result": "promised"})  # filed when nobody took the call, before the agent spoke of it
    seen: dict[tuple[int, str], Flag] = {}
    for turn in story.turns:
        if turn.speaker == "agent":
            for finding in findings(turn.all_words or turn.words, backing):
                seen.setdefault((turn.seq, finding.kind.value), Flag(turn.seq, finding.kind.value, finding.words))
    return tuple(seen.values())
