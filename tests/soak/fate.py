"""One short life of a store that texts, with everything that can go wrong at every await, decided by a seed."""

import asyncio
import itertools
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from sqlalchemy import select, text

import followup.outreach
import followup.programs.work
import followup.watch
from agent.breaker import Breaker
from agent.settings import AgentSettings
from agent.texting import TextAgent
from crm_sync.planning import Planner
from crm_sync.settings import CrmSyncSettings
from followup import notices
from followup.loops import Promise, promise_callback
from followup.models import Loop
from followup.notices import Notice
from followup.outreach import Outreach
from followup.programs.work import ProgramWork
from followup.status_messages import TELL_STATUS
from followup.watch import LoopWatch
from kit.clock import LoopClock
from kit.db import Base, Database
from kit.ids import CustomerId
from kit.jobs import InlineJobs, JobTimes
from lanekeeper import events
from lanekeeper.invariants import breaches
from lanekeeper.subscriptions import subscriptions
from lanekeeper.texts import TextDesk
from record import text_outbox, texts
from record.consent import Purpose
from record.contact_models import ConsentEntry
from record.models import ContactPoint, OutboxEvent
from record.text_models import TextMessage
from record.text_outbox import Reply
from simulator.carrier.exchange import Exchange
from simulator.carrier.messages import Message, Messages
from simulator.carrier.rest import RestApi
from simulator.carrier.settings import CarrierSettings, PhoneNumber
from simulator.carrier.webhooks import CONNECTION_FAILURE, RETRIEVAL_FAILURE, WebhookRequest
from simulator.http_server import HttpRequest
from telephony import inbound_texts
from telephony.carrier_lists import TwilioLists
from telephony.edge import TwilioEdge
from telephony.forms import parse_delivery, parse_text
from telephony.reconcile import Reconciler
from telephony.sender import TwilioTexts
from tests.builders import ANA, LINE, NOW, ROOFTOP, a_customer, a_store
from tests.soak.still_time import ids_by, in_still_time, one_thread
from tests.telephony.twilio import ACCOUNT, ORIGIN, TOKEN, settings

BOB, CARL, LANDLINE = "+15550100188", "+15550100166", "+15550100144"
NUMBERS = (ANA, BOB, CARL, LANDLINE)
SAYINGS = (
    "What time do you open on Saturday?", "STOP", "please stop texting me", "How much is an oil change?", "START",
    "You have the wrong number", "Thanks!", "HELP",
)  # fmt: skip
OVER = frozenset({"accepted", "rejected", "withheld", "superseded", "not_sent"})


class Wrong(AssertionError):
    """What came out of a seed that must not."""

    def __init__(self, seed: int, faults: list[str]) -> None:
        super().__init__(f"seed {seed}: " + "; ".join(faults))


@dataclass
class Tally:
    """What many lives came to."""

    lives: int = 0
    points: int = 0
    deaths: int = 0
    sent: int = 0
    came: int = 0
    found: int = 0
    states: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class Process:
    """One process of ours: its jobs, its webhooks, everything it remembers; killed, it stops where it stands."""

    def __init__(self, database: Database, clock: LoopClock, http: httpx.AsyncClient) -> None:
        self.database, self.clock = database, clock
        jobs = InlineJobs(clock, JobTimes(overdue=timedelta(seconds=1)))
        ours = settings()
        self.edge = TwilioEdge(database, clock, ours, lambda: None)
        agent = TextAgent(database, clock, jobs, AgentSettings(openai_api_key=None), None, Breaker(30))
        outreach = Outreach(database, clock, jobs, TwilioTexts(ours, http))
        desk, watch = TextDesk(database, agent, outreach), LoopWatch(database, clock)
        acts = events.EventDispatcher(database, clock, jobs, subscriptions(Planner(CrmSyncSettings(folder=""))))
        jobs.on(followup.outreach.JOB, desk.look, desk.due)
        jobs.on(followup.watch.JOB, watch.look, watch.due)
        programs = ProgramWork(database, clock)
        jobs.on(followup.programs.work.JOB, programs.step, programs.due)
        jobs.on(events.JOB, acts.handle, acts.due)
        self.jobs = jobs
        self.reconciler = Reconciler(self.edge, TwilioLists(ours, http), timedelta(seconds=60))
        self._wakes = events.wakes_for_new_rows(database, jobs, clock)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self, *, duties: bool) -> None:
        await self.jobs.start()
        self._wakes.begin()
        if duties:
            self._tasks.add(asyncio.get_running_loop().create_task(self._duties(), name="duties"))

    async def rest(self) -> None:
        """From here on whoever runs the life does the duties."""
        for task in self._tasks:
            if task.get_name() == "duties":
                task.cancel()
        await asyncio.sleep(0.1)

    async def die(self) -> None:
        self._wakes.end()
        dying = list(self._tasks)
        for task in dying:
            task.cancel()
        await self.jobs.stop()  # cancels all it runs before it waits for any
        await asyncio.gather(*dying, return_exceptions=True)

    async def _duties(self) -> None:
        for turn in itertools.count(1):
            await asyncio.sleep(5)
            await self.jobs.sweep()
            if turn % 13 == 0:
                await self.reconciler.run_once()

    async def does(self, work: Coroutine[Any, Any, Any]) -> bool:
        """Something this process is asked to do; False when it died over it, or failed."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        await asyncio.wait({task})
        self._tasks.discard(task)
        if task.cancelled():
            return False
        if task.exception() is not None:
            raise task.exception() or RuntimeError
        return True


class Life:
    """The store, the carrier and their customers under one seed."""

    def __init__(self, seed: int, database: Database, tally: Tally) -> None:
        self.seed, self.database, self.tally = seed, database, tally
        self.dice = random.Random(seed)
        self.deaths = {self.dice.randrange(1, 400) for _ in range(self.dice.choice((0, 1, 1, 2, 3)))}
        self.passed = 0
        self.calm = False
        self.errors: list[str] = []
        self.process: Process | None = None
        self._restarting: asyncio.Task[None] | None = None

    # ---- what goes wrong ----

    async def point(self, what: str) -> None:
        """Passed at every await of ours: here we may be slow, and here we may die."""
        self.passed += 1
        if self.passed in self.deaths and self.process is not None and not self.calm:
            self._restarting = asyncio.get_running_loop().create_task(self._die())
            await asyncio.sleep(0)  # who passes here dies here
        roll = self.dice.random()
        if self.calm or roll < 0.75:
            return
        longest = 0.05 if roll < 0.97 else 6 if roll < 0.998 or what in ("request", "accepted") else 150
        await asyncio.sleep(self.dice.random() * longest)

    async def _die(self) -> None:
        dying, self.process = self.process, None
        if dying is None:
            return
        self.tally.deaths += 1
        await dying.die()
        await asyncio.sleep(self.dice.choice((0.2, 3, 40, 200)))
        await self._start()

    async def _start(self) -> None:
        process = Process(self.database, self.clock, self.http)
        await process.start(duties=not self.calm)
        self.process = process

    # ---- the carrier's side ----

    async def send(self, url: str, fields: Mapping[str, str], *_: Any, **__: Any) -> WebhookRequest:
        """A webhook: late, twice, or to nobody; whether ours took it is for the lists to make good."""
        at = asyncio.get_running_loop().time()
        if not self.calm and self.dice.random() < 0.15:
            return WebhookRequest(url, "POST", fields, at, 0, RETRIEVAL_FAILURE)
        if not self.calm:
            await asyncio.sleep(self.dice.random() * self.dice.choice((0.01, 1, 30)))
        copies = 2 if self.dice.random() < 0.2 else 1
        done = await asyncio.gather(*(self._ask(url, fields) for _ in range(copies)))
        return WebhookRequest(url, "POST", fields, at, 200 if any(done) else 0, 0 if any(done) else CONNECTION_FAILURE)

    async def _ask(self, url: str, fields: Mapping[str, str]) -> bool:
        process, parts = self.process, urlsplit(url)
        if process is None:
            return False
        ours = parse_qs(parts.query).get("o", [""])[0]
        work: Coroutine[Any, Any, Any]
        if parts.path == "/twilio/message":
            work = inbound_texts.receive(process.edge, parse_text(dict(fields)))
        else:
            work = inbound_texts.delivered(process.edge, parse_delivery(dict(fields)), ours)
        try:
            return await process.does(work)
        except Exception as error:
            self.errors.append(f"{parts.path} failed: {error!r}")
            return False

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """The carrier's API over a network that loses what we ask and what it answers."""
        await self.point("request")
        trouble = 1.0 if self.calm else self.dice.random()
        if trouble < 0.04:
            raise httpx.ConnectError("refused", request=request)
        if trouble < 0.08:
            await asyncio.sleep(15)
            raise httpx.ReadTimeout("nothing was taken", request=request)
        if trouble < 0.11:
            return httpx.Response(self.dice.choice((429, 500, 503)), json={"code": 20429}, request=request)
        head = {name.decode().lower(): value.decode() for name, value in request.headers.raw}
        query = {name: value for name, value in request.url.params.multi_items()}
        got = await self.rest.answer(HttpRequest(request.method, request.url.path, query, head, request.content))
        await self.point("accepted")
        if trouble < 0.19:
            await asyncio.sleep(15)
            raise httpx.ReadTimeout("taken, and not answered", request=request)
        if trouble < 0.22:
            return httpx.Response(502, text="bad gateway", request=request)
        return httpx.Response(got.status, content=got.body, request=request)

    # ---- one life ----

    async def live(self) -> None:
        loop = asyncio.get_running_loop()
        self.clock = LoopClock(NOW, loop)
        at_carrier = CarrierSettings(ACCOUNT, TOKEN, ORIGIN, seed=self.seed)
        exchange = Exchange(at_carrier, None, NOW)
        await exchange.webhooks.close()
        exchange.webhooks = self  # type: ignore[assignment]
        exchange.numbers[LINE] = PhoneNumber(LINE, message_path="/twilio/message")
        self.messages = Messages(exchange)
        self.messages.landlines.add(LANDLINE)
        self.messages.faults.callbacks_shuffled = self.dice.random() < 0.3
        self.messages.faults.listed_after_s = self.dice.choice((0, 0, 5, 45))
        self.rest = RestApi(exchange, self.messages, None)  # type: ignore[arg-type]
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        with ids_by(self.dice, lambda: round(NOW.timestamp() * 1e9 + loop.time() * 1e9)):
            await self._start()
            doings = [self._sometime(self._something()) for _ in range(self.dice.randrange(1, 5))]
            await asyncio.gather(*doings)
            await asyncio.sleep(20)
            await self._settle(exchange)
            await self._check()
            if self.process is not None:
                await self.process.die()
        await self.http.aclose()

    async def _sometime(self, does: Callable[[], Awaitable[Any]]) -> None:
        await asyncio.sleep(self.dice.choice((0, 0, 1, 10, 60)) * self.dice.random())
        await does()

    def _something(self) -> Callable[[], Awaitable[Any]]:
        number, key = self.dice.choice(NUMBERS), f"k{self.dice.randrange(6)}"
        body = self.dice.choice(("Your car is ready.", "The part is here.", "Call us when you can."))
        if self.dice.random() < 0.4:
            said = self.dice.choice(SAYINGS)
            return lambda: self.messages.receive(number, LINE, said)
        if self.dice.random() < 0.5:
            return lambda: self._ours(self._write(number, key, body))
        return lambda: self._ours(self._owe_and_tell(number, key))

    async def _ours(self, work: Coroutine[Any, Any, Any]) -> None:
        if self.process is None:
            work.close()
        else:
            await self.process.does(work)

    async def _write(self, number: str, key: str, body: str) -> None:
        """A text of a person's or of the store's, and sometimes a twin of it."""
        purpose = self.dice.choice((Purpose.INFORMATIONAL, Purpose.INFORMATIONAL, Purpose.REPLY))
        author, twins = self.dice.choice(("staff", "system")), self.dice.choice((1, 1, 2))
        async with self.database.writing(ROOFTOP) as db:
            thread = await texts.reach(db, number, LINE, "service")
            for twin in range(twins):
                reply = Reply(body, author, f"{number}:{key}:{twin}", purpose)
                await text_outbox.write(db, thread, reply, self.clock.now())

    async def _owe_and_tell(self, number: str, key: str) -> None:
        """Somebody owes the news until the carrier says that it arrived."""
        async with self.database.writing(ROOFTOP) as db:
            now, subject = self.clock.now(), f"ro:{number}:{key}:ready"
            owner = await db.scalar(select(ContactPoint.customer_id).where(ContactPoint.value == number))
            promise = Promise(
                subject, "Say that the car is ready", "service", number, CustomerId(str(owner)), kind=TELL_STATUS,
                due_at=now + timedelta(minutes=10),
            )  # fmt: skip
            await promise_callback(db, promise, now)
            facts = {"car": "car", "advisor": "Dan", "closes": "6 PM"}
            told = Notice(
                "ro_ready", subject, subject, number=number, facts=facts, stale_after=now + timedelta(hours=9)
            )
            await notices.send(db, told, now)

    async def _settle(self, exchange: Exchange) -> None:
        """The troubles end; what is due is looked at when it is due, and the lists are read, until nothing waits."""
        self.calm = True
        if self._restarting is not None:
            await self._restarting
        if self.process is None:
            await self._start()
        else:
            await self.process.rest()
        process = self.process
        assert process is not None
        for wait in (0, 70, 5_000, 70, 5_000, 70):
            await asyncio.sleep(wait)
            for _ in range(2):
                await process.jobs.sweep()
                await process.jobs.settle()
            self.tally.found += await process.reconciler.run_once()
            await process.jobs.settle()
            if wait and not await self._something_waits():
                break
        await process.jobs.sweep()
        await process.jobs.settle()
        await exchange.settle()

    async def _something_waits(self) -> bool:
        async with self.database.looking_across("what waits") as db:
            texts_wait = select(TextMessage.id).where(TextMessage.next_try_at.is_not(None))
            events_wait = select(OutboxEvent.id).where(OutboxEvent.handled_at.is_(None))
            return any([await db.scalar(each.limit(1)) is not None for each in (texts_wait, events_wait)])

    # ---- what must be true ----

    async def _check(self) -> None:
        taken: dict[str, list[Message]] = defaultdict(list)
        for message in self.messages.all.values():
            if message.direction == "outbound-api":
                taken[parse_qs(urlsplit(message.callback).query)["o"][0]].append(message)
        async with self.database.looking_across("the reckoning") as db:
            rows = list(await db.scalars(select(TextMessage)))
            owed = {row.source_key for row in await db.scalars(select(Loop))}
            out = list(await db.scalars(select(ConsentEntry).where(ConsentEntry.kind == "revoke")))
            broken = [invariant.id for invariant, _ in await breaches(db, self.clock.now())]
        faults = [*self.errors, *(f"invariant {each}" for each in broken)]
        ours = [row for row in rows if row.direction == "outbound"]
        keys = {row.idem_key for row in ours}
        gone = {row.contact for row in out}
        alike: dict[tuple[str, str], list[TextMessage]] = defaultdict(list)
        for row in ours:
            self.tally.states[row.state] += 1
            alike[row.to_e164, row.body].append(row)
        for same in alike.values():
            theirs = {row.id: taken.pop(row.id, []) for row in same}
            if len(same) > 1:
                faults += _faults_of_twins(same, theirs)
            else:
                faults += _faults_of(same[0], theirs[same[0].id], owed, keys, gone)
        faults += [f"the carrier has a text of ours that we have not: {sid}" for sid in taken]
        came = {row.message_sid: row for row in rows if row.direction == "inbound"}
        for message in self.messages.all.values():
            if message.direction == "inbound":
                row = came.pop(message.sid, None)
                faults += [f"lost: {message.body}"] if row is None or row.state != "handled" else []
        faults += [f"came from nowhere: {sid}" for sid in came]
        for entry in out:
            faults += self._after_opting_out(entry, ours)
        self.tally.lives += 1
        self.tally.points += self.passed
        self.tally.sent += len(ours)
        self.tally.came += len([row for row in rows if row.direction == "inbound"])
        if faults:
            raise Wrong(self.seed, faults)

    def _after_opting_out(self, entry: ConsentEntry, ours: list[TextMessage]) -> list[str]:
        """What the carrier took from us long after somebody opted out, and before they came back, if they did."""
        confirmed = {row.message_sid for row in ours if row.purpose == Purpose.OPT_OUT_CONFIRMATION}
        back = "START" in [m.body for m in self.messages.all.values() if m.from_ == entry.contact]
        late = [
            message
            for message in self.messages.all.values()
            if message.direction == "outbound-api" and message.to == entry.contact and message.sid not in confirmed
            and message.created > entry.at + timedelta(seconds=40)
        ]  # fmt: skip
        return [] if back else [f"sent after an opt-out: {message.body}" for message in late]


def _faults_of_twins(same: list[TextMessage], taken: dict[str, list[Message]]) -> list[str]:
    """The same words to the same number: the list does not say which of them it shows, only how many there are."""
    faults = [f"sent {len(each)} times: {text_id}" for text_id, each in taken.items() if len(each) > 1]
    faults += [f"never settled: {row.state} {row.idem_key}" for row in same if row.state not in OVER]
    sent, believed = sum(map(len, taken.values())), sum(row.state == "accepted" for row in same)
    return faults + ([f"{believed} believed sent where {sent} were: {same[0].idem_key}"] if sent != believed else [])


def _faults_of(
    row: TextMessage, taken: list[Message], owed: set[str], keys: set[str | None], gone: set[str]
) -> list[str]:
    name = f"{row.author} {row.purpose} {row.state} {row.idem_key}"
    if len(taken) > 1:
        return [f"sent {len(taken)} times: {name}"]
    if row.state not in OVER:
        return [f"never settled: {name}"]
    if taken:
        if row.state != "accepted":
            return [f"sent and not known: {name}"]
        if row.message_sid != taken[0].sid or row.status != taken[0].status:
            return [f"{row.status} where the carrier says {taken[0].status}: {name}"]
        lost = row.status == "undelivered"
    else:
        if row.state == "accepted":
            return [f"believed sent and was not: {name}"]
        lost = row.state in ("rejected", "not_sent", "withheld")
    answered_for = bool({f"text:{row.conversation_id}", row.subject} & owed) or f"{row.idem_key}:again" in keys
    nobody_waits = row.author != "staff" and (row.to_e164 in gone or (row.author == "system" and not row.subject))
    return [f"lost, and nobody owes it: {name}"] if lost and not answered_for and not nobody_waits else []


async def a_template(url: str) -> None:
    """Ana's store, with two more customers who have mobiles and one who has not."""
    database = Database(url)
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        for first, number in (("Bob", BOB), ("Carl", CARL), ("Lena", LANDLINE)):
            await a_customer(db, first, "Lee", number)
    await database.close()


def live_many(url: str, seeds: range) -> Tally:
    """A life for each seed on one database; raises Wrong with the first seed that came out wrong."""
    tally = Tally()

    async def all_of_them() -> None:
        life: Life | None = None

        async def point(what: str) -> None:
            if life is not None:
                await life.point(what)

        with one_thread(point):
            await a_template(url)
            database = Database(url)
            async with database.engine.connect() as connection:
                before = await _counted(connection)
            for seed in seeds:
                life = Life(seed, database, tally)
                await life.live()
                life = None
                await _as_before(database, before)
            await database.close()

    in_still_time(all_of_them())
    return tally


async def _counted(connection: Any) -> set[str]:
    """Tables that have rows before anybody lives."""
    found = set()
    for table in Base.metadata.sorted_tables:
        if (await connection.execute(text(f'select 1 from "{table.name}" limit 1'))).first() is not None:
            found.add(table.name)
    return found


async def _as_before(database: Database, before: set[str]) -> None:
    """Everything that lives left is taken away again, so that each begins in the same store."""
    async with database.engine.begin() as connection:
        await connection.execute(text("pragma foreign_keys=off"))
        for table in reversed(Base.metadata.sorted_tables):
            if table.name not in before:
                await connection.execute(text(f'delete from "{table.name}"'))
        await connection.execute(text("update contact_point set label = ''"))
