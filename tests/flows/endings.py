"""What the records hold after a call, held against how its story ends."""

from collections.abc import AsyncIterator, Iterator
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CustomerId
from record import customers
from record.call_views import CallRecord
from record.models import Vehicle
from scheduling.appointments import Appointment, appointments_of, booked_in_call
from simulator.callers import ScriptedCaller
from simulator.carrier.calls import Call
from simulator.endings import BookedVisit, Kept, Story, day_called
from simulator.store import known_customer
from tests.flows.world import NOW, World


async def tell(world: World, story: Story) -> list[str]:
    """The story's caller calls; returns what did not end as it should, with what was said."""
    scenario = story.scenario
    caller = ScriptedCaller(scenario)
    ringing = await world.carrier.call(scenario.from_, world.store.line, caller, None, scenario.voice, None)
    call = await ringing.finished()
    record = await world.record(call.sid)
    async with world.database.reading(world.store.rooftop_id) as db:
        booked = [each for each in await booked_in_call(db, call.sid) if each.state.value == "booked"]
        wrong = [each async for each in _wrong_visits(db, story, booked, ZoneInfo(world.store.time_zone))]
        for kept in story.ends.kept:
            wrong += await _wrong_kept(db, kept, ZoneInfo(world.store.time_zone))
    wrong += await _wrong_otherwise(world, story, call, record)
    said = [f"{turn.speaker}: {turn.text}" for turn in record.turns] if wrong else []
    return [f"{story.name}: {each}" for each in wrong] + said


async def _wrong_visits(
    db: AsyncSession, story: Story, booked: list[Appointment], zone: ZoneInfo
) -> AsyncIterator[str]:
    wanted = story.ends.booked
    if wanted is None:
        return
    if len(booked) != len(wanted):
        yield f"{len(booked)} visits booked, not {len(wanted)}"
        return
    for visit, want in zip(sorted(booked, key=lambda each: each.starts_at), wanted, strict=True):
        for each in _differences(visit, want, zone):
            yield f"WRONG BOOKING {each}"
        person = await customers.customer(db, visit.customer_id) if visit.customer_id else None
        name = f"{person.first_name} {person.last_name}" if person else "nobody"
        if name != want.who:
            yield f"WRONG BOOKING for {name}, not {want.who}"
        if want.phone and person is not None and want.phone not in person.phones:
            yield f"WRONG BOOKING number {sorted(person.phones)}"
        car = await db.get(Vehicle, visit.vehicle_id) if visit.vehicle_id else None
        label = f"{car.year or ''} {car.make} {car.model}".strip() if car else ""
        if want.car and label != want.car:
            yield f"WRONG BOOKING of {label or 'no car'}, not {want.car}"
        if want.vin and (car is None or car.vin != want.vin):
            yield f"WRONG BOOKING without VIN {want.vin}"


def _differences(visit: Appointment, want: BookedVisit, zone: ZoneInfo) -> Iterator[str]:
    starts = visit.starts_at.astimezone(zone)
    if want.day and starts.date() != day_called(want.day, _today(zone)):
        yield f"on {starts:%A %d %B}, not {want.day}"
    if (want.from_ and starts.time() < want.from_) or (want.until and starts.time() > want.until):
        yield f"at {starts:%H:%M}"
    if want.jobs and set(visit.op_codes) != set(want.jobs):
        yield f"of {visit.op_codes}, not {want.jobs}"
    if want.kind and visit.visit.value != want.kind:
        yield f"as {visit.visit.value}"


async def _wrong_kept(db: AsyncSession, kept: Kept, zone: ZoneInfo) -> list[str]:
    first, last = kept.who.split()
    found = await known_customer(db, first, last)
    visits = await appointments_of(db, CustomerId(found), NOW) if found else []
    if len(visits) != kept.visits:
        return [f"{kept.who} has {len(visits)} visits, not {kept.visits}"]
    if kept.day and visits and visits[0].starts_at.astimezone(zone).date() != day_called(kept.day, _today(zone)):
        return [f"WRONG BOOKING {kept.who} comes {visits[0].starts_at.astimezone(zone):%A}, not {kept.day}"]
    return []


async def _wrong_otherwise(world: World, story: Story, call: Call, record: CallRecord) -> list[str]:
    ends, wrong = story.ends, []
    outcome = record.line.outcome.code if record.line.outcome else "none"
    if ends.outcome and outcome not in ends.outcome:
        wrong.append(f"outcome {outcome}, not {ends.outcome}")
    owed = await world.owed(call.sid)
    if ends.owes is not None and len(owed) != ends.owes:
        wrong.append(f"{len(owed)} promises, not {ends.owes}")
    wrong += [f"nothing owed about {words}" for words in ends.owed if not any(words in loop.need for loop in owed)]
    sent = [use.arguments.get("department") for use in record.tools if use.result.get("result") == "transferring"]
    if (sent[-1] if sent else "") != ends.sent_to:
        wrong.append(f"sent to {sent or 'nobody'}, not {ends.sent_to or 'nobody'}")
    spoken = " ".join(turn.text for turn in record.turns if turn.speaker == "agent")
    wrong += [f"never said {words!r}" for words in ends.says if words not in spoken]
    wrong += [f"said {words!r}" for words in ends.never if words in spoken]
    return [*wrong, *(f"claimed {claim}" for claim in record.claims)]


def _today(zone: ZoneInfo) -> date:
    return NOW.astimezone(zone).date()
