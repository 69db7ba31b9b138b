"""What the store does and when it is open; what the shop charges, in its own words; how a car is coming along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from agent.house import phrases
from agent.house.understanding.languages import Language
from agent.tools.answers import Answer, Refused
from agent.tools.callbacks import local_day
from agent.tools.context import FACTS_NEEDED, Desk
from agent.tools.customer import LOCKED
from agent.tools.registry import Risk, tool
from kit.phone import spoken
from record import repair_orders, rooftops
from record.business_hours import BusinessHours, Holiday, NeverOpen
from record.hours import hours_of
from scheduling import op_codes
from scheduling.shop import Job

_NAMED_OUTRIGHT = 0.7  # the store's own keyword or a phrase for that kind of work; below it only a shared word
_MOST_JOBS = 5
_HOLIDAYS_TOLD, _MOST_HOLIDAYS = timedelta(days=14), 3
_READY = frozenset({"ready", "invoiced"})

Spoken = Annotated[Language, Field(description="The language you speak with the caller: en or es.")]


class Topic(StrEnum):
    """What callers ask about the store itself."""

    HOURS = "hours"
    ADDRESS = "address"
    PHONE = "phone"
    DEPARTMENTS = "departments"


class StoreFacts(Answer):
    """Facts from the store's own record."""

    result: ClassVar[str] = "store_facts"
    name: str
    open_now: bool
    language: Language


class ServiceLine(BaseModel):
    """One line of the menu. `price` is the store's wording and the only price there is."""

    op_code: str
    name: str
    price: str
    safety: str
    can_wait: bool


class Menu(Answer):
    """The lines that fit what the caller described, best first."""

    result: ClassVar[str] = "menu"
    services: list[ServiceLine]


class OrderLine(BaseModel):
    """One car in the shop."""

    ro_number: str
    vehicle: str
    status: str
    promised: str | None
    advisor: str | None


class RepairOrders(Answer):
    """Cars of this customer that are in the shop."""

    result: ClassVar[str] = "repair_orders"
    orders: list[OrderLine]
    language: Language


@tool(risk=Risk.PUBLIC)
async def store_facts(
    desk: Desk,
    topic: Topic,
    department: Annotated[str, Field(description="Whose hours: service, parts or sales.", max_length=30)] = "service",
    date: Annotated[
        str | None, Field(description="Local ISO date, when the caller asks about one day's hours.", max_length=40)
    ] = None,
    language: Spoken = Language.ENGLISH,
) -> Answer:
    """Opening hours, address, telephone number or departments of the store. Say nothing about them from memory."""
    store = await rooftops.store(desk.db, desk.context.rooftop_id)
    if store is None:
        return Refused(reason="not_found", say="I don't have that in front of me.")
    hours = await hours_of(desk.db, department)
    is_open = _open_now(hours, desk.now)
    if topic is Topic.ADDRESS:
        say = phrases.phrase("store_address", language, address=store.address)
    elif topic is Topic.PHONE:
        say = phrases.phrase("store_phone", language, number=spoken(store.store_phone))
    elif topic is Topic.DEPARTMENTS:
        labels = [each.label for each in await rooftops.departments(desk.db, desk.now)]
        say = (
            f"I can connect you to {phrases.one_of(labels)}." if labels else "I can take a message for any department."
        )
    else:
        day = local_day(date)
        say = (
            say_hours(hours, department, desk.now, language)
            if day is None
            else say_hours_on(hours, department, day, desk.now, language)
        )
    return StoreFacts(name=store.name, open_now=is_open, say=say, language=language)


@tool(risk=Risk.PUBLIC, limit=8, read_back=True)
async def service_menu(
    desk: Desk,
    words: Annotated[
        str, Field(description="What the caller needs, in their words; separate jobs with ;", max_length=400)
    ],
) -> Answer:
    """Find op codes and the store's price wording for what the caller describes. Quote no price that is not in here."""
    menu = await op_codes.menu(desk.db)
    lines = [
        ServiceLine(
            op_code=job.code,
            name=job.plain_name,
            price=op_codes.price_words(job),
            safety=job.safety_class.value,
            can_wait=job.waitable,
        )
        for job in jobs_for(words, menu)
    ]
    return Menu(services=lines, say="" if lines else "I'll note it down, and an advisor will take a look.")


def more_facts(desk: Desk) -> Answer:
    """Reads the same for a customer we do not know and one we do."""
    if desk.caller.locked:
        return Refused(reason="locked", say=LOCKED)
    if len(desk.caller.facts_given) >= FACTS_NEEDED:
        return Refused(reason="not_found", say="I can't bring up a repair order with those details.")
    return Refused(reason="more_facts", say="To look that up I need to check two details with you first.")


@tool(risk=Risk.PRIVATE, level=2, limit=4, read_back=True, turned_away=more_facts)
async def repair_order_status(
    desk: Desk,
    ro_number: Annotated[str | None, Field(description="Only if the caller read one out.", max_length=20)] = None,
    language: Spoken = Language.ENGLISH,
) -> Answer:
    """Tell how the caller's car in the shop is coming along. Refused until two facts were confirmed."""
    caller = desk.caller
    if caller.customer_id is None:
        return more_facts(desk)
    desk.subject = caller.customer_id
    orders = await repair_orders.open_repair_orders(desk.db, caller.customer_id)
    if ro_number:
        wanted = "".join(c for c in ro_number if c.isalnum())
        orders = [order for order in orders if order.ro_number == wanted] or orders
    hours = await hours_of(desk.db, "service")
    lines = [_line(order, hours, desk.now) for order in orders[:3]]
    said = [_said(order, hours, desk.now, language) for order in orders[:3]]
    say = " ".join(said) or phrases.phrase("no_car_here", language)
    return RepairOrders(orders=lines, say=say, language=language)


def jobs_for(words: str, menu: Sequence[Job]) -> list[Job]:
    """The menu lines for what was described, at most one of a kind of work; what nobody can name is a diagnosis."""
    jobs: list[Job] = []
    for part in [part.strip() for part in words.split(";") if part.strip()][:5]:
        found = op_codes.matches(part, menu)
        sure = [match.job for match in found if match.score >= _NAMED_OUTRIGHT] or [match.job for match in found[:1]]
        unnamed = [job for job in menu if job.family == op_codes.DIAGNOSTIC][:1]
        for job in sure or unnamed:
            if job.family not in {known.family for known in jobs}:
                jobs.append(job)
    return jobs[:_MOST_JOBS]


def say_hours(hours: BusinessHours, department: str, now: datetime, language: Language = Language.ENGLISH) -> str:
    """The week in a sentence or two, days with the same hours said together, and whether it is open now."""
    by_day: list[str] = []
    for weekday in range(7):
        spans = sorted((row.opens, row.closes) for row in hours.weekly if row.weekday == weekday)
        by_day.append(_spans(spans, language))
    groups: list[tuple[int, int, str]] = []
    for weekday, said in enumerate(by_day):
        if groups and groups[-1][2] == said:
            groups[-1] = (groups[-1][0], weekday, said)
        else:
            groups.append((weekday, weekday, said))
    parts = [_days(first, last, said, language) for first, last, said in groups]
    local = hours.local(now)
    holiday = hours.holiday_on(local.date())
    today = " " + phrases.phrase("hours_differ", language, holiday=holiday.name) if holiday else ""
    soon = "".join(
        f" {_on_day(hours, 'service', each.date, now, language)}" for each in _holidays_ahead(hours, local.date())
    )
    who = phrases.department_label(department, department, language).capitalize()
    week = phrases.phrase("hours_of_week", language, who=who, days=phrases.all_of(parts, language))
    return f"{week}{today}{soon} {_right_now(hours, now, language)}".strip()


def say_hours_on(
    hours: BusinessHours, department: str, day: Date, now: datetime, language: Language = Language.ENGLISH
) -> str:
    """One day's hours: a holiday by its name, and after a closed day when it opens again."""
    said = _on_day(hours, department, day, now, language)
    if day == hours.local(now).date():
        return f"{said} {_right_now(hours, now, language)}"
    if hours.openings_on(day) or day < hours.local(now).date():
        return said
    try:
        opens = hours.local(hours.next_opening(hours.at_local(day, time())))
    except NeverOpen:
        return said
    again = phrases.phrase("opens_again", language, when=phrases.say_moment(opens, now, language))
    return f"{said} {again}"


def _on_day(hours: BusinessHours, department: str, day: Date, now: datetime, language: Language) -> str:
    holiday = hours.holiday_on(day)
    spans = [(hours.local(each.starts_at).time(), hours.local(each.ends_at).time()) for each in hours.openings_on(day)]
    label = phrases.department_label(department, department, language).capitalize()
    who = phrases.phrase("we_are" if department == "service" else "it_is", language, who=label)
    said = phrases.say_day(day, hours.local(now).date(), language)
    why = phrases.phrase("for_holiday", language, holiday=holiday.name) if holiday and holiday.name else ""
    if not spans:
        return phrases.phrase("day_closed", language, who=who, day=said, why=why)
    return phrases.phrase("day_open", language, who=who, day=said, spans=_spans(spans, language), why=why)


def _spans(spans: Sequence[tuple[time, time]], language: Language) -> str:
    """ "7:30 to 6"; empty when there are none."""
    said = [
        phrases.phrase("span", language, opens=_clock(opens), closes=_clock(closes)) for opens, closes in sorted(spans)
    ]
    return phrases.all_of(said, language)


def _holidays_ahead(hours: BusinessHours, today: Date) -> list[Holiday]:
    """The next days that are not like other weeks, soonest first."""
    near = [each for each in hours.holidays if timedelta(0) < each.date - today <= _HOLIDAYS_TOLD]
    return sorted(near, key=lambda each: each.date)[:_MOST_HOLIDAYS]


def _days(first: int, last: int, spans: str, language: Language) -> str:
    one, other = phrases.weekday_name(first, language), phrases.weekday_name(last, language)
    days = one if first == last else phrases.phrase("days_from_to", language, first=one, last=other)
    if not spans:
        return phrases.phrase("days_closed", language, days=days)
    return phrases.phrase("days_open", language, days=days, spans=spans)


def _right_now(hours: BusinessHours, now: datetime, language: Language) -> str:
    closes = hours.closes_at(now)
    if closes is not None:
        until = phrases.say_time(hours.local(closes).time(), language)
        return phrases.phrase("open_now", language, until=until)
    try:
        opens = hours.local(hours.next_opening(now))
    except NeverOpen:
        return phrases.phrase("closed_now", language)
    return phrases.phrase("closed_until", language, when=phrases.say_moment(opens, now, language))


def _open_now(hours: BusinessHours, now: datetime) -> bool:
    return hours.closes_at(now) is not None


def _clock(moment: time) -> str:
    hour = moment.hour % 12 or 12
    return f"{hour}:{moment.minute:02d}" if moment.minute else str(hour)


def _line(order: repair_orders.Visit, hours: BusinessHours, now: datetime) -> OrderLine:
    promised = hours.local(order.promised_at).isoformat(timespec="minutes") if order.promised_at else None
    key = f"status_{order.status}"
    status = phrases.phrase(key if key in phrases.TABLE else "status_unknown")
    return OrderLine(
        ro_number=order.ro_number, vehicle=order.vehicle, status=status, promised=promised, advisor=order.advisor
    )


def _said(order: repair_orders.Visit, hours: BusinessHours, now: datetime, language: Language) -> str:
    key = f"status_{order.status}"
    status = phrases.phrase(key if key in phrases.TABLE else "status_unknown", language)
    said = [phrases.phrase("car_status", language, car=order.vehicle, status=status)]
    if order.promised_at is not None and order.promised_at > now and order.status not in _READY:
        moment = phrases.say_moment(hours.local(order.promised_at), now, language)
        said.append(phrases.phrase("promised_for", language, when=moment))
    if order.advisor:
        said.append(phrases.phrase("your_advisor", language, advisor=order.advisor))
    return " ".join(said)
