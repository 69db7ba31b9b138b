"""Looks at loops when a clock says so: due times, alarms before and after, and an owner who is really there."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import sla
from followup.assigning import colleagues, leaves_at, next_there
from followup.ending import BY_ITSELF, note
from followup.lifecycle import Act, State
from followup.loop_facts import facts_of, moved_on
from followup.loop_models import LoopAlarm
from followup.models import Loop
from followup.policies import policy_of
from followup.routing import Colleague, Wanted, choose, in_charge
from followup.settling import look_again, settled
from followup.sla import LoopFacts, Milestone
from kit.clock import Clock
from kit.db import Database
from kit.logging import logger
from record.hours import hours_of
from record.models import Staff

log = logger("watch")

JOB = "look_at_loop"

# What went wrong when a clock ran out and nobody has said otherwise (S2-04, S2-35).
_CAUSES = {
    "unowned": "no_clear_owner",
    "handoff_late": "no_clear_owner",
    "first_contact_late": "bad_timing",
    "second_attempt_late": "bad_timing",
    "promise_late": "bad_timing",
    "stale_late": "nowhere_to_escalate",
}


class LoopWatch:
    """The job behind every clock. It re-reads the loop, so being woken twice or late changes nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def look(self, rooftop_id: str, loop_id: str) -> None:
        async with self._database.writing(rooftop_id) as db:
            row = await db.scalar(
                select(Loop).where(Loop.id == loop_id).with_for_update().execution_options(populate_existing=True)
            )
            if row is not None and row.closed_at is None:
                await look_at(db, row, self._clock.now())

    async def due(self, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
        """Loops whose next moment has come, and at once those whose owner does not work here any more."""
        async with self._database.looking_across("clocks that ran out, whichever store's") as db:
            rows = await db.execute(
                select(Loop.rooftop_id, Loop.id)
                .join(Staff, Staff.id == Loop.owner_id)
                .where(Loop.closed_at.is_(None), or_(Loop.next_look_at <= before, Staff.disabled_at.is_not(None)))
                .order_by(Loop.next_look_at)
                .limit(limit)
            )
            return [(row.rooftop_id, row.id) for row in rows]


async def look_at(db: AsyncSession, row: Loop, now: datetime) -> None:
    """Brings one open loop up to date with the clock."""
    if await settled(db, row, now):
        return
    hours, policy = await hours_of(db, row.department), await policy_of(db, row.department)
    people = await colleagues(db, now)
    facts = await facts_of(db, row, policy, hours)
    await _sound_alarms(db, row, sla.raised(sla.milestones(hours, policy, facts), now), people, now)
    leaves = await _owner_who_is_there(db, row, facts, people, now)
    facts = await facts_of(db, row, policy, hours)
    due = sla.due(hours, policy, facts)
    row.due_at, row.due_for = due.at, due.why
    if row.state in (State.OPEN, State.WAITING_CUSTOMER):
        row.state = State.WAITING_CUSTOMER if moved_on(facts) else State.OPEN
    coming = [sla.next_moment(sla.milestones(hours, policy, facts), now), leaves, look_again(row, now)]
    row.next_look_at = min((at for at in coming if at is not None), default=None)


async def _sound_alarms(
    db: AsyncSession, row: Loop, standing: Sequence[Milestone], people: Sequence[Colleague], now: datetime
) -> None:
    """Raises what is new, clears what is no longer so; the loop stands at the highest level anybody was told."""
    open_ones = {
        (each.kind, each.since): each for each in await db.scalars(select(LoopAlarm).where(LoopAlarm.loop_id == row.id))
    }
    stands = {(each.kind, each.at) for each in standing}
    for key, alarm in open_ones.items():
        if alarm.cleared_at is None and key not in stands:
            alarm.cleared_at = now
    for each in standing:
        if (each.kind, each.at) in open_ones:
            continue
        who = None if each.level == sla.OWNER else in_charge(row.department, each.level, people)
        told = who.id if who is not None else row.owner_id
        db.add(LoopAlarm(loop_id=row.id, kind=each.kind, level=each.level, staff_id=told, since=each.at, raised_at=now))
        row.cause_code = row.cause_code or _CAUSES.get(each.kind, "")
        log.info("loop_alarm", rooftop_id=row.rooftop_id, loop_id=row.id, kind=each.kind, level=each.level)
    row.level = max((each.level for each in standing), default=0)


async def _owner_who_is_there(
    db: AsyncSession, row: Loop, facts: LoopFacts, people: Sequence[Colleague], now: datetime
) -> datetime | None:
    """Somebody else gets it when its owner left, or is gone until after it is due. Returns when the owner leaves."""
    here = {each.id: each for each in people}
    owner = next((each for each in people if each.id == row.owner_id), None)
    if owner is not None and owner.there is not False:
        return await leaves_at(db, owner.id, now) if owner.there else None
    if owner is not None:
        back = await next_there(db, owner.id, now)
        if back is not None and back <= row.due_at:
            return None
    choice = choose(Wanted(row.department), list(here.values()))
    if choice is None:
        log.error("nobody_to_own", rooftop_id=row.rooftop_id, loop_id=row.id)
        return None
    if choice.who.id != row.owner_id:
        was = owner.name if owner is not None else "whoever had it"
        row.owner_id, row.taken_at = choice.who.id, None
        gone = "is not there before it is due" if facts.owned else "does not work here any more"
        note(db, row, Act.ASSIGN, BY_ITSELF, f"to {choice.who.name}, who {choice.why}: {was} {gone}", now)
        await db.flush()
    return None
