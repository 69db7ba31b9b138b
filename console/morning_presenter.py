"""Yesterday's let-downs in words. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from console import words
from console.times import Moment, moment
from kit.phone import spoken
from visibility.morning import Group, LetDown, Morning
from visibility.worth import BOOK, INTENT, NOT_OTHERWISE, SHOW

_WHY = {
    "unowned": "Nobody owned it",
    "first_contact_late": "First contact came too late",
    "second_attempt_late": "No second try",
    "promise_late": "The promised time passed",
    "stale_late": "Left lying",
    "handoff_late": "Handed over and not accepted",
}


@dataclass(frozen=True)
class Row:
    """One customer."""

    address: str
    who: str
    what: str
    why: str
    cause: str
    owner: str
    ran_out: Moment
    fixed: Moment | None
    value: str
    more: str
    loop_id: str


@dataclass(frozen=True)
class Section:
    """Customers let down in one way; its title says how many."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class MorningView:
    """The page as it is shown."""

    day: str
    before: str
    after: str
    headline: tuple[str, ...]
    sections: tuple[Section, ...]
    strip: str
    frozen: Moment
    formula: tuple[str, ...]


def morning_view(found: Morning, now: datetime, zone: ZoneInfo, latest: date) -> MorningView:
    """Every figure in it is the length of a list below, or the sum of one."""
    sections = tuple(
        Section(f"{group} ({len(found.of(group))})", tuple(_row(person, now, zone) for person in found.of(group)))
        for group in Group
        if found.of(group)
    )
    after = found.day + timedelta(days=1)
    return MorningView(
        day=f"{found.day:%A, %B} {found.day.day}",
        before=(found.day - timedelta(days=1)).isoformat(),
        after=after.isoformat() if after <= latest else "",
        headline=_headline(found),
        sections=sections,
        strip=_strip(found),
        frozen=moment(found.frozen_at, now, zone),
        formula=_formula(found),
    )


def _headline(found: Morning) -> tuple[str, ...]:
    let_down, waiting = len(found.people), found.waiting
    if not let_down:
        return ("Nobody was let down.", f"{found.kept} of {found.kept} promises kept." if found.kept else "")
    customers = "1 customer was" if let_down == 1 else f"{let_down} customers were"
    still = "Nobody is still waiting." if not waiting else f"{waiting} {'is' if waiting == 1 else 'are'} still waiting."
    worth = found.exposure
    risk = (
        f"{_dollars(worth.exposure)} of work is exposed; {_dollars(worth.low)} to {_dollars(worth.high)} of it "
        "may be recovered."
        if waiting
        else ""
    )
    orders = "repair order" if found.recovered_orders == 1 else "repair orders"
    came = f"{_dollars(found.recovered_cents)} recovered since, in {found.recovered_orders} {orders}."
    since = came if found.recovered_orders else "Nothing recovered yet."
    return (f"{customers} let down.", still, risk, since)


def _strip(found: Morning) -> str:
    total = found.kept + len(found.people)
    if not found.people:
        return ""
    first = min(found.people, key=lambda person: person.ran_out_at)
    waited = max(((p.fixed_at or found.frozen_at) - p.ran_out_at for p in found.people), default=timedelta())
    hours, minutes = divmod(int(waited.total_seconds()) // 60, 60)
    longest = f"{hours} h {minutes} min" if hours else f"{minutes} min"
    return f"{found.kept} of {total} kept · longest past its time {longest}" if first else ""


def _row(person: LetDown, now: datetime, zone: ZoneInfo) -> Row:
    number = spoken(person.contact) if person.contact.startswith("+") else ""
    return Row(
        address=f"/loops/{person.loop_id}",
        who=person.who or number or words.NAMELESS,
        what=person.need,
        why=_WHY.get(person.why, words.plain(person.why)),
        cause=words.plain(person.cause_code) if person.cause_code else "",
        owner="Nobody" if person.why == "unowned" else person.owner,
        ran_out=moment(person.ran_out_at, now, zone),
        fixed=moment(person.fixed_at, now, zone) if person.fixed_at else None,
        value=_dollars(person.worth.exposure) if person.waits else "–",
        more=f"and {person.others} more of theirs" if person.others else "",
        loop_id=person.loop_id,
    )


def _formula(found: Morning) -> tuple[str, ...]:
    low, high = NOT_OTHERWISE
    return (
        "Exposed: each customer still waiting counts once, at the price on file of their largest matter, else at the "
        f"average repair order of {_dollars(found.order.cents)} ({found.order.source}).",
        f"May be recovered: exposed × {INTENT:.0%} of callers wanted a visit (calls only) × {low:.0%} to {high:.0%} "
        f"do not come back by themselves × {BOOK:.0%} book when reached × {SHOW:.0%} of those come.",
        "Recovered: repair orders these customers opened within 30 days after they were let down. Nothing is "
        "annualized.",
    )


def _dollars(cents: int) -> str:
    return f"${cents / 100:,.0f}"
