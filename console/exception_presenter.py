"""Exceptions in words: which rules are broken how often, and each case with who has it. Pure."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from console import words
from console.presenters import nameless
from console.times import Moment, moment, span
from kit.phone import spoken
from visibility.exceptions import Broken, Exceptions, Rule

RULES = {
    Rule.LATE: "Late",
    Rule.UNOWNED: "Nobody owns it",
    Rule.AWAY: "Owner is away",
    Rule.PUT_OFF: "Put off twice",
    Rule.SNOOZED: "Hidden past its time",
    Rule.NO_RECORD: "Said, not on record",
    Rule.REPEAT: "Called again",
    Rule.NOT_REACHED: "Reached nobody",
    Rule.TEXT_FAILED: "Text not delivered",
    Rule.UPSET: "Upset",
    Rule.STALE: "System not in step",
}
_MEANS = {
    Rule.LATE: "The manager’s time after the due time has passed too.",
    Rule.UNOWNED: "Its owner does not work here any more.",
    Rule.AWAY: "Whoever has it is away.",
    Rule.PUT_OFF: "Put off two times or more.",
    Rule.SNOOZED: "Put off to a time after it was due.",
    Rule.NO_RECORD: "The AI said it had done something, in the last 24 hours, and nothing shows it.",
    Rule.REPEAT: "More than one call from the same number in 24 hours.",
    Rule.NOT_REACHED: "Put through in the last 24 hours, and nobody took the call.",
    Rule.TEXT_FAILED: "A text of the last 24 hours did not arrive, and no later one did.",
    Rule.UPSET: "A complaint is open.",
    Rule.STALE: "A file or a write-back needs a person.",
}
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    address: str
    chosen: bool
    count: int


@dataclass(frozen=True, slots=True)
class Case:
    rule: str
    rule_name: str
    ref: str
    who: str
    what: str
    size: str
    owner: str
    due: Moment | None
    since: Moment
    address: str
    loop_id: str


@dataclass(frozen=True, slots=True)
class MuteLine:
    id: str
    rule: str
    until: Moment
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExceptionPage:
    """`total` is how many the chosen list has; `shown` may be fewer, and the page says so."""

    tabs: tuple[Tab, ...]
    causes: tuple[Tab, ...]
    means: str
    cases: tuple[Case, ...]
    total: int
    all_of_them: int
    open_loops: int
    mutes: tuple[MuteLine, ...]
    rule: str


def exception_page(found: Exceptions, rule: str, by: str, cause: str, now: datetime, zone: ZoneInfo) -> ExceptionPage:
    rule = rule if rule in list(Rule) else ""
    by = by if by in _CAUSES else "owner"
    listed = found.of(rule)
    chosen = [row for row in listed if not cause or _CAUSES[by](row, zone) == cause]
    per_rule = Counter(row.rule for row in found.rows)
    tabs = [Tab("All", "/exceptions", not rule, len(found.rows))]
    tabs += [
        Tab(label, f"/exceptions?rule={each}", rule == each, per_rule[each])
        for each, label in RULES.items()
        if per_rule[each] or rule == each
    ]
    return ExceptionPage(
        tabs=tuple(tabs),
        causes=_causes(listed, rule, by, cause, zone),
        means=_MEANS.get(Rule(rule), "") if rule else "",
        cases=tuple(_case(row, now, zone) for row in chosen[:_SHOWN]),
        total=len(chosen),
        all_of_them=len(found.rows),
        open_loops=found.open_loops,
        mutes=tuple(
            MuteLine(m.id, RULES[Rule(m.rule)], moment(m.until, now, zone), m.by, m.reason) for m in found.mutes
        ),
        rule=rule,
    )


_CAUSES: dict[str, Callable[[Broken, ZoneInfo], str]] = {
    "owner": lambda row, _zone: row.owner or "Nobody",
    "source": lambda row, _zone: words.plain(row.source) if row.source else "Unknown",
    "department": lambda row, _zone: words.plain(row.department) if row.department else "Unknown",
    "hour": lambda row, zone: f"{row.since.astimezone(zone):%H}:00",
}


def _causes(rows: tuple[Broken, ...], rule: str, by: str, cause: str, zone: ZoneInfo) -> tuple[Tab, ...]:
    """Where they come from, the most first; each leads to exactly those."""
    counted = Counter(_CAUSES[by](row, zone) for row in rows)
    base = {**({"rule": rule} if rule else {}), "by": by}
    return tuple(
        Tab(name, f"/exceptions?{urlencode({**base, 'cause': name})}", name == cause, count)
        for name, count in counted.most_common(12)
    )


def _case(row: Broken, now: datetime, zone: ZoneInfo) -> Case:
    contact = spoken(row.contact) if row.contact.startswith("+") else row.contact
    return Case(
        rule=row.rule,
        rule_name=RULES[row.rule],
        ref=row.ref,
        who=row.who or contact or nameless(row.kind),
        what=row.what,
        size=_size(row, now),
        owner=row.owner,
        due=moment(row.due_at, now, zone) if row.due_at else None,
        since=moment(row.since, now, zone),
        address=_address(row),
        loop_id=row.loop_id,
    )


def _size(row: Broken, now: datetime) -> str:
    if row.rule in (Rule.LATE, Rule.UNOWNED):
        return span(now - row.since)
    if isinstance(row.size, timedelta):
        return span(row.size)
    return f"{row.size} times" if row.size > 1 else ""


def _address(row: Broken) -> str:
    if row.loop_id:
        return f"/loops/{row.loop_id}"
    return f"/calls/{row.call_id}" if row.call_id else f"/texts/{row.thread_id}"
