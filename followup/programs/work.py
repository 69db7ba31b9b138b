"""The work of all programs, in the background: people are looked for when a program's time comes, and each person's
step is a job of its own. Killed anywhere and done again, nobody is taken in twice and nothing is sent twice."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.program_models import Enrollment, ProgramRow
from followup.programs import keeping, leaving_alone, outcomes
from followup.programs.finding import FINDERS
from followup.programs.joining import ACTIVE, HELD_OUT, is_due, join, new_only
from followup.programs.keeping import Program
from followup.programs.people import Candidate
from followup.programs.rules import held_out
from followup.programs.standings import standings
from followup.programs.taking import look_of, take
from kit.clock import Clock
from kit.db import Database
from kit.logging import logger
from record import contact_policy
from record.business_hours import BusinessHours
from record.hours import hours_of
from record.models import Rooftop
from record.staff import NobodyWorksHere

log = logger("programs")

JOB = "take_program_step"
LOOKED_AT = time(9)
"""Store time at which a daily program looks for people: then whoever does the tasks is there."""


class ProgramWork:
    """Looking for people is a duty of the worker, a step is a job; both read everything again before they act."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def look_for_people(self) -> int:
        """Every program of every store whose time has come; returns how many people were taken in."""
        async with self._database.looking_across("which stores there are") as db:
            stores = list(await db.scalars(select(Rooftop.id)))
        return sum([await self.look_in_store(store) for store in stores])

    async def look_in_store(self, rooftop_id: str) -> int:
        now = self._clock.now()
        async with self._database.reading(rooftop_id) as db:
            made = await keeping.as_they_stand(db)
        if not all(each.id for each in made):
            async with self._database.writing(rooftop_id) as db:
                made = await keeping.programs(db, now)
        due = [each for each in made if each.paused_at is None and each.look_at is not None and each.look_at <= now]
        return sum([await self._look(rooftop_id, each, now) for each in due])

    async def _look(self, rooftop_id: str, program: Program, now: datetime) -> int:
        """Found in a session that only reads, taken in by one that writes: a long look keeps nobody waiting."""
        async with self._database.reading(rooftop_id) as db:
            found = await chosen(db, program, now)
            hours = await hours_of(db, program.kind.department)
        async with self._database.writing(rooftop_id) as db:
            current = await keeping.program(db, program.kind.name, lock=True)
            if current is None or current.paused_at is not None or current.look_at != program.look_at:
                return 0
            asked = await join(db, current, found, now)
            await keeping.looked(db, current, _next_look(current, hours, now))
            if current.kind.every >= timedelta(days=1):
                await outcomes.count(db, current, now)
        if found:
            log.info("program_joined", rooftop_id=rooftop_id, program=program.kind.name, people=len(found))
        return asked

    async def step(self, rooftop_id: str, enrollment_id: str) -> None:
        """The job: one person's step, if it is still due."""
        now = self._clock.now()
        try:
            async with self._database.writing(rooftop_id) as db:
                row = await db.scalar(
                    select(Enrollment)
                    .where(Enrollment.id == enrollment_id)
                    .with_for_update()
                    .execution_options(populate_existing=True)
                )
                if row is None or row.state not in (ACTIVE, HELD_OUT) or row.next_at is None or row.next_at > now:
                    return
                program = await _program_of(db, row)
                if program is not None and program.paused_at is None:
                    await take(db, program, row, now)
        except NobodyWorksHere:
            log.error("nobody_to_own", rooftop_id=rooftop_id, enrollment_id=enrollment_id)

    async def due(self, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
        """People whose step is due, in programs that are not paused."""
        async with self._database.looking_across("steps that are due, whichever store's") as db:
            rows = await db.execute(
                select(Enrollment.rooftop_id, Enrollment.id)
                .join(ProgramRow, ProgramRow.id == Enrollment.program_id)
                .where(Enrollment.next_at <= before, ProgramRow.paused_at.is_(None))
                .order_by(Enrollment.next_at)
                .limit(limit)
            )
            return [(row.rooftop_id, row.id) for row in rows]


async def chosen(db: AsyncSession, program: Program, now: datetime) -> list[Candidate]:
    """Who is taken in now: everybody new with a step today whom nothing says to leave alone, up to the day's number of
    those to ask."""
    found = await FINDERS[program.kind.name](db, await look_of(db, program, now))
    fresh = await new_only(db, program, found)
    if program.kind.offers:
        fresh = [each for each in fresh if is_due(program, each.counts_from, None, now)]
    policy = await contact_policy.in_force(db)
    known = await standings(db, [each.customer_id for each in fresh], now) if program.kind.offers else {}
    taken: list[Candidate] = []
    left = program.rules.a_day - await _joined_today(db, program, now)
    for each in fresh:
        out = program.kind.offers and held_out(each.customer_id, program.rules.holdout_percent)
        if left <= 0:
            break
        standing = known.get(each.customer_id)
        if standing is not None and leaving_alone.reason(
            program.kind, standing, policy.touches_week, policy.touches_month, now
        ):
            continue
        taken.append(each)
        left -= not out
    return taken


async def _joined_today(db: AsyncSession, program: Program, now: datetime) -> int:
    hours = await hours_of(db, program.kind.department)
    midnight = hours.at_local(hours.local(now).date(), time.min)
    rows = await db.scalars(
        select(Enrollment.id).where(
            Enrollment.program_id == program.id, Enrollment.enrolled_at >= midnight, Enrollment.state != HELD_OUT
        )
    )
    return len(list(rows))


async def _program_of(db: AsyncSession, row: Enrollment) -> Program | None:
    kind = await db.scalar(select(ProgramRow.kind).where(ProgramRow.id == row.program_id))
    return await keeping.program(db, kind) if kind is not None else None


def _next_look(program: Program, hours: BusinessHours, now: datetime) -> datetime:
    if program.kind.every < timedelta(days=1):
        return now + program.kind.every
    today = hours.at_local(hours.local(now).date(), LOOKED_AT)
    return today if today > now else hours.at_local(hours.local(now).date() + timedelta(days=1), LOOKED_AT)
