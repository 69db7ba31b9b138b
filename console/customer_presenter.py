"""Customers, as exactly what their templates show; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from console import positions, times, words
from console.presenters import Badge, due_badge
from console.times import Moment
from kit.phone import spoken
from record.customer_views import Car, CustomerHead, Joined, Kin, Reach, Said
from record.directory import Found, Listed, Name, Query
from record.needs import Need
from record.stories import Entry, Page, Place

SHOWN: Mapping[str, tuple[str, frozenset[str]]] = {
    "calls": ("Calls", frozenset({"call", "contact"})),
    "texts": ("Texts", frozenset({"text"})),
    "visits": ("Visits", frozenset({"repair_order", "recommendation", "part", "store_appointment", "appointment"})),
    "sales": ("Sales", frozenset({"deal", "lead"})),
    "system": ("Record", frozenset({"consent", "merge", "merge_undone"})),
}
_LIST = {"call": "/calls/{id}", "lead": "/leads/{id}"}
_NOTHING_FOUND = {
    "digits": "No phone number ends in {words}, and no repair order has that number.",
    "email": "No e-mail address starts with {words}.",
    "code": "No plate, VIN or repair order is {words}.",
    "name": "Nobody’s first or last name starts with {words}.",
    "nothing": "There are no customers yet. They come with calls, leads and store files.",
}


@dataclass(frozen=True, slots=True)
class PersonRow:
    address: str
    name: str
    contact: str
    cars: str
    owed: str


@dataclass(frozen=True, slots=True)
class PeopleList:
    rows: tuple[PersonRow, ...]
    typed: str
    further: str | None
    first_page: bool
    nothing: str


@dataclass(frozen=True, slots=True)
class Chip:
    address: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ReachLine:
    words: str
    label: str
    badge: Badge | None


@dataclass(frozen=True, slots=True)
class CarLine:
    named: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NeedLine:
    badge: Badge
    says: str
    who: str
    due: Moment | None


@dataclass(frozen=True, slots=True)
class KinLine:
    address: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class StoryLine:
    id: str
    kind: str
    says: str
    address: str
    who: str
    department: str
    at: Moment
    more: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StoryDay:
    """Everything of one day, under its date."""

    words: str
    lines: tuple[StoryLine, ...]


@dataclass(frozen=True, slots=True)
class JoinLine:
    id: str
    says: str
    by: str
    at: Moment
    reasons: tuple[str, ...]
    undone: str
    survivor_address: str


@dataclass(frozen=True, slots=True)
class SaidLine:
    badge: Badge
    says: str
    words: str
    source: str
    at: Moment


def people_list(found: Found, query: Query, typed: str, owed: Mapping[str, int], *, first_page: bool) -> PeopleList:
    further = None
    if found.next is not None:
        kept = {"q": typed} if typed else {}
        further = f"/customers?{urlencode({**kept, 'after': place_of(found.next)})}"
    says = _NOTHING_FOUND[query.asked.value].format(words=f"“{' '.join(query.words)}”")
    rows = tuple(_row(one, owed.get(str(one.id), 0)) for one in found.people)
    return PeopleList(rows, typed, further, first_page, says)


def place_of(name: Name) -> str:
    return "\x1f".join((name.last, name.first, name.id))


def named_place(text: str) -> Name | None:
    parts = text.split("\x1f")
    return Name(*parts) if len(parts) == 3 else None


def listed_name(one: Listed) -> str:
    return f"{one.first_name} {one.last_name}".strip() or "A customer without a name"


def reach_line(one: Reach, now: datetime, zone: ZoneInfo) -> ReachLine:
    shown = spoken(one.value) if one.kind == "phone" else one.value
    if one.opted_out_at is None:
        return ReachLine(shown, one.label, None)
    since = times.day_words(one.opted_out_at.astimezone(zone).date(), now.astimezone(zone).date())
    return ReachLine(shown, one.label, Badge("late", "■", f"No texts since {since}"))


def car_line(one: Car, now: datetime, zone: ZoneInfo) -> CarLine:
    facts = []
    if one.plate:
        facts.append(f"plate {one.plate}")
    if one.mileage is not None:
        facts.append(f"{one.mileage:,} miles")
    if one.last_visit_at is not None:
        day = times.day_words(one.last_visit_at.astimezone(zone).date(), now.astimezone(zone).date())
        facts.append(f"last here {day}")
    return CarLine(one.named, (*facts, f"VIN {one.vin}" if one.vin else "no VIN"))


def need_line(need: Need, now: datetime, zone: ZoneInfo) -> NeedLine:
    if need.due_at is not None and (need.overdue or need.kind.startswith("loop_") or need.kind == "open_visit"):
        badge = due_badge(need.due_at, now, zone)
    elif need.kind == "unsold_red":
        badge = Badge("late", "◆", "Red work")
    else:
        badge = Badge("info", "●", words.NEEDS.get(need.kind) or words.plain(need.kind))
    due = times.moment(need.due_at, now, zone) if need.due_at else None
    return NeedLine(badge, need.says, need.who, due)


def kin_line(one: Kin) -> KinLine:
    why = words.HOUSEHOLD.get(one.kind) or words.plain(one.kind)
    return KinLine(f"/customers/{one.customer_id}", one.name, f"{why}: {one.source}" if one.source else why)


def address_words(person: CustomerHead) -> str:
    town = " ".join(part for part in (person.region, person.postal_code) if part)
    return ", ".join(part for part in (person.street, person.city, town) if part)


def chips(customer_id: str, show: str) -> tuple[Chip, ...]:
    everything = Chip(f"/customers/{customer_id}", "Everything", show not in SHOWN)
    rest = (Chip(f"/customers/{customer_id}?show={key}", label, key == show) for key, (label, _) in SHOWN.items())
    return (everything, *rest)


def story(page: Page, now: datetime, zone: ZoneInfo) -> tuple[StoryDay, ...]:
    """The page by day, in store time."""
    today = now.astimezone(zone).date()
    days: list[StoryDay] = []
    lines: list[StoryLine] = []
    for entry in page.entries:
        day = entry.at.astimezone(zone).date()
        named = {0: "Today", 1: "Yesterday", -1: "Tomorrow"}.get((today - day).days)
        titled = f"{named}, {day:%b} {day.day}" if named else f"{day:%A}, {times.day_words(day, today)}"
        if not days or days[-1].words != titled:
            lines = []
            days.append(StoryDay(titled, ()))
        lines.append(_story_line(entry, now, zone))
        days[-1] = StoryDay(titled, tuple(lines))
    return tuple(days)


def further_back(customer_id: str, show: str, place: Place | None) -> str | None:
    if place is None:
        return None
    kept = {"show": show} if show in SHOWN else {}
    return f"/customers/{customer_id}?{urlencode({**kept, 'before': positions.written(place.at, place.key)})}"


def place_read(text: str) -> Place | None:
    found = positions.read(text)
    return Place(*found) if found else None


def join_line(one: Joined, now: datetime, zone: ZoneInfo) -> JoinLine:
    undone = ""
    if one.undone_at is not None:
        undone = f"Taken apart again by {one.undone_by}, {times.moment(one.undone_at, now, zone).words}"
    by = "Automatically, because it was certain" if one.automatic else f"By {one.by}"
    says = f"{one.gone} joined into {one.survivor}"
    at = times.moment(one.at, now, zone)
    return JoinLine(one.id, says, by, at, one.reasons, undone, f"/customers/{one.survivor_id}")


def said_line(one: Said, now: datetime, zone: ZoneInfo) -> SaidLine:
    kind, shape, word = words.CONSENT.get(one.kind, ("waiting", "■", words.plain(one.kind)))
    contact = spoken(one.contact) if one.contact.startswith("+") else one.contact
    channel = words.CHANNELS.get(one.channel, one.channel)
    says = f"{channel}, {one.scope}" + (f", at {contact}" if contact else "")
    return SaidLine(Badge(kind, shape, word), says, one.words, one.source, times.moment(one.at, now, zone))


def _row(one: Listed, owed: int) -> PersonRow:
    contact = [spoken(phone) for phone in one.phones[:2]] + list(one.emails[:1] if not one.phones else ())
    cars = ", ".join(one.cars[:2]) + (f" and {len(one.cars) - 2} more" if len(one.cars) > 2 else "")
    says = f"{owed} open" if owed else ""
    return PersonRow(f"/customers/{one.id}", listed_name(one), " · ".join(contact), cars, says)


def _story_line(entry: Entry, now: datetime, zone: ZoneInfo) -> StoryLine:
    address = _LIST.get(entry.kind, "").format(id=entry.ref_id)
    if entry.kind == "text" and entry.detail.get("conversation"):
        address = f"/texts/{entry.detail['conversation']}"
    who = words.AGENTS.get(entry.who, entry.who) if entry.kind == "call" else entry.who
    more = tuple((label, entry.detail[name]) for name, label in words.STORY_DETAILS.items() if entry.detail.get(name))
    if entry.kind == "call" and entry.detail.get("seconds", "").isdigit():
        more = (("Length", times.length(int(entry.detail["seconds"]))), *more)
    return StoryLine(
        f"{entry.kind}-{entry.ref_id}",
        words.STORY_KINDS.get(entry.kind) or words.plain(entry.kind),
        entry.says[:1].upper() + entry.says[1:],
        address,
        who,
        words.DEPARTMENT_NAMES.get(entry.department, ""),
        times.moment(entry.at, now, zone),
        more,
    )
