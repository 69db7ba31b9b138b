"""A store's weeks on a clock that jumps: calls, texts, visits, parts, leads, people who forget; checked as it goes."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import select, update

from crm_sync.codes import STATUS_CHANGED
from crm_sync.sales import SPECIAL_ORDER_ARRIVED
from followup import desk, threads, typed_leads
from followup.closing import DONE, INSIDE, PARTS, NotClosed, Proof
from followup.desk import Person, Try
from followup.lead_facts import Channel, LeadPerson, NewLead, RequestedService
from followup.lifecycle import Illegal, State
from followup.models import Loop
from followup.programs.work import ProgramWork
from kit.clock import LoopClock
from kit.db import Database
from kit.ids import StaffId, new_id
from lanekeeper.invariants import breaches
from lanekeeper.looking_ahead import LookingAhead
from lanekeeper.reaper import Patience, Reaper
from record import outbox, texts
from record.models import Call, ContactPoint, OpeningHours, PhoneLine, RepairOrder, Rooftop, Staff, Vehicle
from record.sales_models import Deal
from record.text_models import TextMessage
from record.visit_models import Recommendation, SpecialOrderPart
from simulator.carrier.calls import CallStatus
from simulator.carrier.exchange import Exchange
from simulator.carrier.messages import Messages
from simulator.carrier.rest import RestApi
from simulator.carrier.settings import CarrierSettings, PhoneNumber
from simulator.carrier.webhooks import WebhookRequest
from simulator.http_server import HttpRequest
from telephony import after_call, answering, inbound_texts
from telephony.forms import parse_call, parse_delivery, parse_progress, parse_text
from tests.builders import ROOFTOP, STORE_PHONE, a_customer
from tests.soak.fate import Process
from tests.soak.still_time import in_still_time, one_thread
from tests.telephony.twilio import ACCOUNT, ORIGIN, TOKEN

ZONE = ZoneInfo("America/Los_Angeles")
BEGINS = datetime(2026, 10, 19, 7, 0, tzinfo=ZONE)
"""A Monday; the clocks go back on the second Sunday after it."""

LINES = tuple(f"+1503555{7000 + number}" for number in range(8))
PEOPLE = (
    ("Mara Field", "manager", "service"), ("Saul Gray", "manager", "sales"), ("Gail Moss", "director", "service"),
    ("Dan Osei", "advisor", "service"), ("Ines Roca", "advisor", "service"), ("Tom Hale", "advisor", "service"),
    ("Uma Shah", "advisor", "service"), ("Bea Ruiz", "bdc_rep", "service"), ("Kit Wong", "bdc_rep", "service"),
    ("Nora Lind", "sales", "sales"), ("Paul Reyes", "sales", "sales"), ("Pia Wolf", "parts", "parts"),
)  # fmt: skip
SAYINGS = (
    "What time do you open on Saturday?", "Is my car ready?", "How much is an oil change?", "Thanks!", "STOP",
    "Can I come Thursday at 9 for brakes?", "Please have someone call me", "ok", "Where are you located?",
)  # fmt: skip
DELIVERIES = (Channel.WEB, Channel.PHONE, Channel.TEXT, Channel.CHAT, Channel.WALK_IN)


@dataclass(frozen=True)
class Size:
    """What happens in the days before the store only finishes what is owed."""

    days: int
    calls: int
    texts: int
    orders: int
    declined: int
    parts: int
    leads: int
    customers: int
    runs_off: int
    step_minutes: int
    verify_minutes: int
    ahead_minutes: int = 10


@dataclass
class Story:
    """What a run came to."""

    counts: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    checks: int = 0
    still_open: int = 0


class Weeks:
    """One run; everything random is the seed's."""

    def __init__(self, database: Database, size: Size, seed: int) -> None:
        self.database, self.size, self.dice = database, size, random.Random(seed)
        self.story, self.number, self.forgets = Story(), 0, 0.3
        self.customers: list[tuple[str, str, str]] = []
        self.staff: list[Person] = []

    async def run(self) -> Story:
        loop = asyncio.get_running_loop()
        self.clock = LoopClock(BEGINS.astimezone(UTC), loop)
        exchange = Exchange(CarrierSettings(ACCOUNT, TOKEN, ORIGIN, seed=1), None, BEGINS.astimezone(UTC))
        await exchange.webhooks.close()
        exchange.webhooks = self  # type: ignore[assignment]
        exchange.numbers.update({line: PhoneNumber(line, message_path="/twilio/message") for line in LINES})
        self.exchange, self.messages = exchange, Messages(exchange)
        self.rest = RestApi(exchange, self.messages, None)  # type: ignore[arg-type]
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        await self._open()
        self.process = Process(self.database, self.clock, self.http)
        await self.process.start(duties=False)
        self.ahead = LookingAhead(self.database, self.clock)
        self.programs = ProgramWork(self.database, self.clock)
        async with asyncio.TaskGroup() as happening:
            happening.create_task(self._duties())
            happening.create_task(self._work())
            for when, what in self._plan():
                happening.create_task(self._at(when, what))
        await exchange.settle()
        await self.process.jobs.settle()
        await self.process.die()
        await self.http.aclose()
        if exchange.failures:
            raise exchange.failures[0]
        await self._ending()
        return self.story

    # ---- the carrier, which is well today --------------------------------------------------------------------------

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        head = {name.decode().lower(): value.decode() for name, value in request.headers.raw}
        query = dict(request.url.params.multi_items())
        got = await self.rest.answer(HttpRequest(request.method, request.url.path, query, head, request.content))
        return httpx.Response(got.status, content=got.body, request=request)

    async def send(self, url: str, fields: dict[str, str], *_: Any, **__: Any) -> WebhookRequest:
        """Every webhook arrives, but one in forty."""
        at = asyncio.get_running_loop().time()
        if self.dice.random() > 0.025:
            if "/message-status" in url:
                await inbound_texts.delivered(self.process.edge, parse_delivery(fields), url.partition("?o=")[2])
            else:
                await inbound_texts.receive(self.process.edge, parse_text(fields))
        return WebhookRequest(url, "POST", fields, at, 200)

    async def state(self, call_sid: str) -> tuple[str, int | None]:
        call = self.exchange.calls[call_sid]
        return str(call.status), call.seconds

    async def rescue(self, call_sid: str) -> None:
        raise AssertionError(f"a call the store's people have was taken from them: {call_sid}")

    # ---- what always goes on ---------------------------------------------------------------------------------------

    @property
    def _over(self) -> datetime:
        return BEGINS + timedelta(days=self.size.days + self.size.runs_off)

    async def _duties(self) -> None:
        """What a worker does, less often than it does it; and nothing may be wrong at any step."""
        step, left_alone = 0, timedelta(seconds=60)
        reaper = Reaper(
            self.database, self.clock, self, Patience(timedelta(seconds=10), left_alone, left_alone, timedelta(hours=1))
        )
        while self.clock.now() < self._over:
            await asyncio.sleep(60 * self.size.step_minutes)
            step += 1
            minutes = step * self.size.step_minutes
            await self.process.jobs.sweep()
            if minutes % self.size.ahead_minutes == 0:
                await reaper.run_once()
                await self.ahead.soon()
                await self.programs.look_for_people()
            if minutes % 60 == 0:
                self.story.counts["made good from the lists"] += await self.process.reconciler.run_once()
            if self.size.verify_minutes and minutes % self.size.verify_minutes == 0:
                await self._verify()

    async def _verify(self) -> None:
        async with self.database.looking_across("every step") as db:
            found = await breaches(db, self.clock.now())
        self.story.checks += 1
        if found:
            said = [f"{invariant.id} ({rows}): {invariant.says}" for invariant, rows in found]
            raise AssertionError(f"{self.clock.now().astimezone(ZONE):%a %d %b %H:%M}: {said}")

    # ---- what people do --------------------------------------------------------------------------------------------

    async def _work(self) -> None:
        """Every half hour everybody who is in looks at what is theirs and due; some of it they forget."""
        leaves = BEGINS + timedelta(days=self.size.days / 2)
        while self.clock.now() < self._over:
            await asyncio.sleep(1_800)
            local = self.clock.now().astimezone(ZONE)
            if self.clock.now() > leaves and len(self.staff) == len(PEOPLE):
                await self._somebody_leaves()
            if local.weekday() == 6 or not 7 <= local.hour < 18:
                continue
            self.forgets = 0.3 if self.clock.now() < BEGINS + timedelta(days=self.size.days) else 0.02
            for who in self.staff:
                await self._half_an_hour_of(who)

    async def _somebody_leaves(self) -> None:
        gone = self.staff.pop(3)
        async with self.database.writing(ROOFTOP) as db:
            await db.execute(update(Staff).where(Staff.id == gone.id).values(disabled_at=self.clock.now()))
        await self.process.jobs.sweep()

    async def _half_an_hour_of(self, who: Person) -> None:
        soon = self.clock.now() + timedelta(hours=1)
        async with self.database.reading(ROOFTOP) as db:
            mine = list(
                await db.execute(
                    select(Loop.id, Loop.state, Loop.kind, Loop.due_for, Loop.contact)
                    .where(Loop.owner_id == who.id, Loop.closed_at.is_(None), Loop.due_at <= soon)
                    .order_by(Loop.due_at)
                    .limit(12)
                )
            )
        for loop_id, state, kind, due_for, contact in mine:
            if self.dice.random() < self.forgets:
                continue
            try:
                async with self.database.writing(ROOFTOP) as db:
                    await self._deal_with(db, loop_id, state, kind, due_for, contact, who)
            except (NotClosed, Illegal, ValueError) as error:
                self.story.counts[f"refused: {type(error).__name__}"] += 1

    async def _deal_with(
        self, db: Any, loop_id: str, state: str, kind: str, due_for: str, contact: str, who: Person
    ) -> None:
        now, key, roll = self.clock.now(), new_id(), self.dice.random()
        done = [Proof(part, "note", says="spoke with them") for part in PARTS]
        if state == State.WAITING_EVENT:
            return
        if state == State.AI_DONE:
            await desk.acknowledge(db, loop_id, who, "looked at it", now)
        elif kind in INSIDE:
            await desk.finish(db, loop_id, DONE, [Proof("why", "note", says="done")], who, now)
        elif due_for == "promise" or roll < 0.45:
            await desk.tried(db, loop_id, Try("call", "spoke_customer", 90, "spoke with them"), who, key, now)
            await desk.finish(db, loop_id, DONE, done, who, now)
        elif roll < 0.5:
            await desk.promised(db, loop_id, "I call you with the price", now + timedelta(hours=4), who, now)
        elif roll < 0.75:
            await desk.tried(db, loop_id, Try("voicemail", "voicemail_left"), who, key, now)
            if contact.startswith("+") and (thread := await texts.thread_with(db, contact)) is not None:
                await threads.staff_reply(db, thread.id, who.name, "We tried to call you.", f"{loop_id}:{key}", now)
            await desk.tried(db, loop_id, Try("note", note="left a voicemail"), who, f"{key}n", now)
        elif roll < 0.9:
            await desk.tried(db, loop_id, Try("call", "no_answer"), who, key, now)
        elif roll < 0.93:
            await desk.snooze(db, loop_id, now + timedelta(hours=2), "asked to wait", who, now)
        else:
            why = [Proof("why", "note", says="no answer")]
            await desk.finish(db, loop_id, "no_response_after_attempts", why, who, now)

    # ---- what happens to the store ---------------------------------------------------------------------------------

    async def _at(self, when: datetime, what: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(max(0.0, (when - self.clock.now()).total_seconds()))
        await what()

    def _plan(self) -> Iterator[tuple[datetime, Callable[[], Awaitable[None]]]]:
        size = self.size
        for _ in range(size.calls):
            yield self._moment(6, 21), self._a_call
        for _ in range(size.texts):
            yield self._moment(6, 23), self._a_text
        declining = set(self.dice.sample(range(size.orders), min(size.declined, size.orders)))
        ordering = set(self.dice.sample(range(size.orders), size.parts))
        for number in range(size.orders):
            yield (
                self._moment(7, 16, open_days=True),
                self._an_order(declines=number in declining, parts=number in ordering),
            )
        for number in range(size.leads):
            yield self._moment(6, 23), self._a_lead(DELIVERIES[number % len(DELIVERIES)])
        yield self._moment(9, 17), self._a_delivery

    def _moment(self, first: int, last: int, *, open_days: bool = False) -> datetime:
        while True:
            at = BEGINS + timedelta(days=self.dice.randrange(self.size.days), seconds=self.dice.random() * 86_400)
            local = at.astimezone(ZONE)
            if first <= local.hour < last and not (open_days and local.weekday() == 6):
                return at

    def _somebody(self) -> tuple[str, str, str]:
        return self.dice.choice(self.customers)

    async def _a_call(self) -> None:
        """Rang out, a voicemail, or somebody at the store picked up; a third of the callers nobody knows."""
        self.story.counts["calls"] += 1
        number = (
            self._somebody()[1] if self.dice.random() < 0.66 else f"+1971{self.dice.randrange(2_000_000, 9_999_999)}"
        )
        at_carrier = self.exchange.new_call(number, self.dice.choice(LINES), "inbound")
        sid, roll, edge = at_carrier.sid, self.dice.random(), self.process.edge
        self.exchange.calls[sid] = at_carrier
        at_carrier.status = CallStatus.IN_PROGRESS
        base = {
            "AccountSid": ACCOUNT, "CallSid": sid, "From": number, "To": at_carrier.to, "Direction": "inbound"
        }  # fmt: skip
        lost = self.dice.random()
        if lost > 0.02:
            await answering.answer(edge, parse_call({**base, "CallStatus": "ringing"}))
        await asyncio.sleep(15 + self.dice.random() * 20)
        if lost > 0.02 and roll < 0.5:
            leg = {**base, "CallSid": f"CA{self.dice.getrandbits(128):032x}", "ParentCallSid": sid}
            await after_call.person_answered(edge, parse_progress({**leg, "CallStatus": "in-progress"}))
            await asyncio.sleep(120)
        elif lost > 0.02 and roll < 0.65:
            recording = {"RecordingSid": f"RE{self.dice.getrandbits(128):032x}", "RecordingDuration": "9"}
            await after_call.after_voicemail(edge, parse_progress({**base, **recording}))
        at_carrier.status = CallStatus.COMPLETED
        ended = {**base, "CallStatus": "completed", "CallDuration": "40", "SequenceNumber": "9"}
        if 0.005 < lost < 0.99:
            await after_call.status(edge, parse_progress(ended), ended)
        else:
            # Never heard of, or never ended: the carrier's lists and the reaper make it good.
            self.story.counts["calls whose last word was lost"] += 1

    async def _a_text(self) -> None:
        self.story.counts["texts from customers"] += 1
        said = self.dice.choices(SAYINGS, [6, 4, 6, 6, 0.3, 5, 3, 5, 5])[0]
        await self.messages.receive(self._somebody()[1], self.dice.choice(LINES), said)

    def _an_order(self, *, declines: bool, parts: bool) -> Callable[[], Awaitable[None]]:
        async def visit() -> None:
            self.story.counts["repair orders"] += 1
            self.number += 1
            customer, _, car = self._somebody()
            order, number = new_id(), f"R{self.number}"
            advisor = self.dice.choice([each for each in self.staff[3:7]])
            now = self.clock.now()
            promised = now + timedelta(hours=self.dice.choice((3, 5, 8))) if self.dice.random() < 0.5 else None
            async with self.database.writing(ROOFTOP) as db:
                db.add(
                    RepairOrder(
                        id=order, ro_number=number, customer_id=customer, vehicle_id=car, advisor_id=advisor.id,
                        status="arrived", opened_at=now, status_at=now, promised_at=promised,
                    )
                )  # fmt: skip
                await self._moved(db, order, "arrived")
            path = ["in_shop", *(["awaiting_approval"] if self.dice.random() < 0.3 else [])]
            path += ["awaiting_parts"] if parts else []
            for status in path:
                await asyncio.sleep(self.dice.uniform(1_200, 5_400))
                await self._moves(order, status)
            if parts:
                await self._an_order_of_parts(order, customer, car)
            await asyncio.sleep(self.dice.uniform(3_600, 9_000))
            await self._moves(order, "ready")
            await asyncio.sleep(self.dice.uniform(1_800, 20_000))
            await self._moves(order, "closed")
            if declines:
                await self._declines(order, customer, car, advisor)

        return visit

    async def _moves(self, order: str, status: str) -> None:
        async with self.database.writing(ROOFTOP) as db:
            closed = self.clock.now() if status == "closed" else None
            await db.execute(
                update(RepairOrder)
                .where(RepairOrder.id == order)
                .values(status=status, status_at=self.clock.now(), closed_at=closed)
            )
            await self._moved(db, order, status)

    async def _moved(self, db: Any, order: str, status: str) -> None:
        """As a store's file does in the transaction that changes the order."""
        payload = {"repair_order_id": order, "status": status, "as_of": self.clock.now().isoformat()}
        await outbox.add(db, STATUS_CHANGED, f"ro:{order}:{status}", payload, self.clock.now())

    async def _an_order_of_parts(self, order: str, customer: str, car: str) -> None:
        """Two parts; the second comes days later, and only then is the order whole."""
        self.story.counts["special orders"] += 1
        name = f"SO{order[-8:]}"
        for line in ("1", "2"):
            await asyncio.sleep(self.dice.uniform(0.5, 2.5) * 86_400)
            async with self.database.writing(ROOFTOP) as db:
                db.add(
                    SpecialOrderPart(
                        order_number=name, line=line, customer_id=customer, vehicle_id=car, repair_order_id=order,
                        part_number=f"P{line}", description="Caliper", state="received", received_at=self.clock.now(),
                    )
                )  # fmt: skip
                if line == "2":
                    payload = {
                        "order_number": name, "customer_id": customer, "repair_order_id": order,
                        "as_of": self.clock.now().isoformat(),
                    }  # fmt: skip
                    await outbox.add(db, SPECIAL_ORDER_ARRIVED, f"so:{name}", payload, self.clock.now())

    async def _declines(self, order: str, customer: str, car: str, advisor: Person) -> None:
        self.story.counts["declined jobs"] += 1
        async with self.database.writing(ROOFTOP) as db:
            db.add(
                Recommendation(
                    repair_order_id=order, customer_id=customer, vehicle_id=car, item_key="1",
                    description=self.dice.choice(("front brake pads", "cabin filter", "tires")),
                    colour=self.dice.choice(("red", "yellow")), state="declined", presented=True,
                    recommended_at=self.clock.now(), price_low_cents=40_000, recommended_by_id=advisor.id,
                )
            )  # fmt: skip

    def _a_lead(self, channel: Channel) -> Callable[[], Awaitable[None]]:
        async def arrives() -> None:
            self.story.counts[f"leads by {channel}"] += 1
            self.number += 1
            name, phone = f"Lead{self.number}", f"+1971{self.dice.randrange(2_000_000, 9_999_999)}"
            lead = NewLead(
                channel, LeadPerson(first_name=name, last_name="Novak", phones=(phone,)), source="test",
                external_id=f"L{self.number}", department=self.dice.choice(("sales", "service")),
                service=RequestedService("brakes"), requested_at=self.clock.now(),
            )  # fmt: skip
            async with self.database.writing(ROOFTOP) as db:
                await typed_leads.type_in(db, lead, name.encode(), "Bea Ruiz", self.clock.now())

        return arrives

    async def _a_delivery(self) -> None:
        self.story.counts["cars delivered"] += 1
        customer, _, car = self._somebody()
        async with self.database.writing(ROOFTOP) as db:
            sold = (self.clock.now() - timedelta(days=396)).date()
            db.add(Deal(deal_number=new_id()[:12], customer_id=customer, vehicle_id=car, kind="retail", sold_on=sold))

    # ---- the beginning and the end ---------------------------------------------------------------------------------

    async def _open(self) -> None:
        began = BEGINS.astimezone(UTC) - timedelta(days=400)
        async with self.database.writing(ROOFTOP) as db:
            db.add(
                Rooftop(
                    id=ROOFTOP, created_at=began, name="Riverside Motors", time_zone=ZONE.key, address="1 River Road",
                    store_phone=STORE_PHONE,
                )
            )  # fmt: skip
            await db.flush()
            db.add_all(PhoneLine(e164=line, department="service") for line in LINES)
            for department in ("service", "sales", "parts"):
                db.add_all(
                    OpeningHours(department=department, weekday=day, opens=time(7), closes=time(18)) for day in range(6)
                )
            for name, role, department in PEOPLE:
                row = Staff(name=name, role=role, department=department)
                db.add(row)
                await db.flush()
                self.staff.append(Person(StaffId(row.id), name))
            for number in range(self.size.customers):
                phone = f"+1503{5_000_000 + number:07d}"
                customer = await a_customer(db, f"First{number}", f"Last{number}", phone)
                car = await db.scalar(select(Vehicle.id).where(Vehicle.customer_id == customer))
                self.customers.append((customer, phone, str(car)))
                if self.dice.random() < 0.4:
                    at = ContactPoint.customer_id == customer
                    await db.execute(update(ContactPoint).where(at).values(label="landline"))

    async def _ending(self) -> None:
        """Every loop is closed; or its owner is here, and it is not due yet or somebody above them knows."""
        async with self.database.reading(ROOFTOP) as db:
            loops = list(await db.scalars(select(Loop)))
            here = set(await db.scalars(select(Staff.id).where(Staff.disabled_at.is_(None))))
            rows = list(await db.scalars(select(TextMessage)))
            rang = list(await db.scalars(select(Call)))
        self.story.ends = Counter(f"{row.kind}: {row.close_reason or row.state}" for row in loops)
        self.story.counts["loops"] = len(loops)
        self.story.counts["texts"] = len(rows)
        wrong = [
            f"{row.kind} of {row.contact}, {row.state}, due {row.due_at}, level {row.level}"
            for row in loops
            if row.closed_at is None
            and (row.owner_id not in here or (row.level == 0 and row.due_at <= self.clock.now()))
        ]
        self.story.still_open = sum(row.closed_at is None for row in loops)
        wrong += [f"text {row.state} {row.purpose}" for row in rows if row.next_try_at is not None]
        wrong += [f"call never ended: {row.call_sid}" for row in rang if row.ended_at is None]
        if wrong:
            raise AssertionError(f"{len(wrong)} of {len(loops)} did not end right: {wrong[:10]}")


@contextmanager
def no_point() -> Iterator[None]:
    async def point(_what: str) -> None:
        return

    with one_thread(point):
        yield


def live_through(url: str, size: Size, seed: int) -> Story:
    """Runs it on an empty, migrated SQLite database."""
    return run_weeks(url, lambda database: Weeks(database, size, seed))


def run_weeks(url: str, made: Callable[[Database], Weeks]) -> Story:
    async def run() -> Story:
        database = Database(url)
        try:
            return await made(database).run()
        finally:
            await database.close()

    with no_point():
        return in_still_time(run())
