"""The queue and one loop as their templates show them; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from console import times, words
from console.briefs import brief_lines
from console.presenters import Badge, nameless
from console.times import Moment
from followup import closing, lifecycle
from followup.closing import DONE, PARTS
from followup.lifecycle import Act
from followup.queue_views import QueueCounts, QueueLine, WholeLoop
from followup.routing import Colleague
from kit.phone import spoken

_VIEWS = {
    "mine": "Mine",
    "all": "Everybody’s",
    "late": "Late",
    "offered": "Offered to me",
    "unconfirmed": "AI did it, not confirmed",
    "waiting": "Waiting",
    "snoozed": "Put off",
    "closed": "Closed today",
}
_WHY_DUE = {
    "first_contact": "first contact",
    "second_attempt": "second attempt",
    "reminder": "reminder",
    "promise": "promised",
    "answer": "they answered",
    "confirmation": "to be confirmed",
    "event": "waits for it",
}
_PARTS = {
    "reached": "Customer reached",
    "need_identified": "Need understood",
    "estimate_sent": "Estimate sent",
    "next_step_confirmed": "Next step agreed",
}
_ALARMS = {
    "unowned": "Nobody owns it",
    "review": "Two attempts, no answer",
    "idle_late": "Nothing done for a day",
    "stale_late": "Nothing done for three days",
    "handoff_late": "Offered and not accepted",
}
_LEVELS = {0: "", 1: "the manager was told", 2: "the director was told"}


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    address: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One loop: when and whose, who needs it, what they need."""

    badge: Badge
    who: str
    need: str
    kind: str
    owner: str
    value: str
    due: Moment
    address: str


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    label: str
    proven: str


@dataclass(frozen=True, slots=True)
class LoopPage:
    """Everything the page of one loop shows."""

    row: DeskRow
    title: str
    contact: str
    customer_address: str
    facts: tuple[tuple[str, str], ...]
    brief: tuple[tuple[str, str], ...]
    """The ten seconds' reading of the call that opened it, and where that call is."""
    call_address: str
    alarms: tuple[str, ...]
    promises: tuple[tuple[str, Moment, str], ...]
    parts: tuple[Part, ...]
    steps: tuple[tuple[Moment, str, str, str], ...]
    offer: tuple[str, Moment, tuple[tuple[str, str], ...]] | None
    proofs: tuple[tuple[str, str], ...]
    outcomes: tuple[tuple[str, str], ...]
    promised: bool
    may: frozenset[str]
    settled_on: tuple[str, str] | None
    """The page a task of the store's own is done on, which closes it by itself: its words and address."""


_SETTLED_ON = {
    "missing_details": ("Say what the code means", "/review/codes"),
    "feed_stale": ("See where files come from", "/feeds"),
    "prompt_returned": ("See what the agents are told", "/tune"),
}


def header(counts: QueueCounts) -> str:
    """ "4 late, 6 due in the next hour"."""
    late = f"{counts.late} late" if counts.late else "Nothing is late"
    soon = f"{counts.next_hour} due in the next hour" if counts.next_hour else "nothing due in the next hour"
    return f"{late}, {soon}"


def tabs(counts: QueueCounts, chosen: str) -> list[Tab]:
    return [
        Tab(label, f"/desk?{urlencode({'view': view})}", counts.views[view], view == chosen)
        for view, label in _VIEWS.items()
        if counts.views[view] or view in ("mine", "all", "late", chosen)
    ]


def row(line: QueueLine, now: datetime, zone: ZoneInfo) -> DeskRow:
    name = line.customer or (spoken(line.contact) if line.contact.startswith("+") else nameless(line.kind))
    return DeskRow(
        badge=_badge(line, now),
        who=f"{name} · {line.vehicle}" if line.vehicle else name,
        need=f"{line.need} → {line.next_step}" if line.next_step else line.need,
        kind=words.LOOPS.get(line.kind, words.plain(line.kind)),
        owner=line.owner,
        value=f"${line.value_cents // 100:,}" if line.value_cents else "",
        due=times.moment(line.closed_at or line.due_at, now, zone),
        address=f"/loops/{line.id}",
    )


def page(whole: WholeLoop, now: datetime, zone: ZoneInfo) -> LoopPage:
    line = whole.line
    facts = (
        ("State", words.plain(line.state)),
        ("Due", f"{times.moment(line.due_at, now, zone).words} ({_WHY_DUE.get(line.due_for, line.due_for)})"),
        ("Owner", line.owner),
        ("Department", words.plain(line.department)),
        ("Stage", words.plain(whole.stage)),
        ("Came by", words.plain(line.source) if line.source else ""),
        ("Asked for", whole.requested_service),
        ("At risk", f"${line.value_cents // 100:,}" if line.value_cents else ""),
        ("Cause", words.plain(whole.cause) if whole.cause else ""),
        ("Next step", line.next_step),
    )
    offer = whole.offer
    return LoopPage(
        row=row(line, now, zone),
        title=words.LOOPS.get(line.kind, words.plain(line.kind)),
        contact=spoken(line.contact) if line.contact.startswith("+") else "",
        customer_address=f"/customers/{line.customer_id}" if line.customer_id else "",
        facts=tuple((name, value) for name, value in facts if value),
        brief=brief_lines(whole.brief),
        call_address=f"/calls/{whole.call_id}" if whole.call_id else "",
        alarms=tuple(_alarm(kind, level) for kind, level in whole.alarms),
        promises=tuple(
            (said, times.moment(due, now, zone), words.plain(settled) if settled else "open")
            for said, due, settled in whole.promises
        ),
        parts=tuple(Part(part, _PARTS[part], whole.proven.get(part, "")) for part in PARTS),
        steps=tuple(
            (times.moment(step.at, now, zone), words.plain(step.act), step.by, step.says) for step in whole.steps
        ),
        offer=(offer.to, times.moment(offer.asked_at, now, zone), tuple(offer.facts.items())) if offer else None,
        proofs=tuple(
            (each.value, f"{each.says} ({times.moment(each.at, now, zone).words})") for each in whole.candidates
        ),
        outcomes=_outcomes(line),
        promised=any(not settled for _, _, settled in whole.promises),
        may=frozenset(act.value for act in lifecycle.legal_acts(line.state)),
        settled_on=_SETTLED_ON.get(line.kind),
    )


def people(everybody: Sequence[Colleague]) -> list[tuple[str, str]]:
    """Who it may be handed to: those who are there first."""
    there = {True: "there now", False: "not there", None: ""}
    ranked = sorted(everybody, key=lambda each: (each.there is False, each.name))
    return [
        (each.id, f"{each.name} ({', '.join(filter(None, (each.department, there[each.there], f'{each.load} open')))})")
        for each in ranked
    ]


def _outcomes(line: QueueLine) -> tuple[tuple[str, str], ...]:
    reasons = closing.reasons_for(line.department)
    return ((DONE, "Done: all four parts"), *((reason, words.plain(reason)) for reason in reasons))


def _alarm(kind: str, level: int) -> str:
    named = _ALARMS.get(kind)
    if named is None:
        what, when = kind.rsplit("_", 1)
        named = f"{_WHY_DUE.get(what, words.plain(what)).capitalize()} is {'late' if when == 'late' else 'due soon'}"
    return f"{named}; {_LEVELS[level]}" if _LEVELS.get(level) else named


def _badge(line: QueueLine, now: datetime) -> Badge:
    if line.closed_at is not None:
        return Badge("ok", "✓", words.plain(line.close_reason))
    if line.due_at <= now:
        return Badge("late", "▲", times.lateness(now - line.due_at))
    if line.state == Act.AI_DO or line.state == "ai_done_unconfirmed":
        return Badge("soon", "◆", "Confirm")
    if line.state.startswith("waiting"):
        return Badge("info", "■", "Waiting", True)
    return Badge("soon" if line.urgent else "info", "◔", f"Due {times.span(line.due_at - now)}")
